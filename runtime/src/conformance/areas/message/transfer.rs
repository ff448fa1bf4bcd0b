//! ME: messages moved and copied.

use super::*;

pub(super) fn moved(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let (plain, keyed) = (trial.add(&root, "plain")?, trial.add(&root, "keyed")?);
    let (to_plain, to_keyed) = (trial.id()?, trial.id()?);
    let change_key: Vec<u8> = (1..=22).collect();
    let predecessors = [&[22], change_key.as_slice()].concat();
    let keys = ImportKeys { change_key: change_key.clone(), predecessors };
    let items = vec![
        TransferItem { source: plain.0, target: to_plain.0, keys: None },
        TransferItem { source: keyed.0, target: to_keyed.0, keys: Some(keys) },
    ];
    all_done("moving", &target.take(&root, items, false)?)?;
    holds(trial, &root, "the source", &[])?;
    holds(trial, &target, "the target", &[to_plain, to_keyed])?;
    is_called(trial, &target, to_plain, "plain")?;
    is_called(trial, &target, to_keyed, "keyed")?;
    let key = target.open_message(to_keyed, false)?.get(tag::CHANGE_KEY)?;
    same("the supplied change key", &key, &Ok(PropertyValue::Binary(change_key)))?;
    let path = context.path(target.id)?.unwrap_or_default();
    let inside = context.path(to_plain)?.unwrap_or_default();
    demand!(inside.starts_with(&path), "the moved message is at `{inside}`, and its folder at `{path}`");
    Ok(())
}

pub(super) fn copied(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let source = trial.add(&root, "twice")?;
    let item = trial.item(source)?;
    let copy = Fmid(item.target);
    all_done("copying", &target.take(&root, vec![item], true)?)?;
    holds(trial, &root, "the source", &[source])?;
    holds(trial, &target, "the target", &[copy])?;
    is_called(trial, &root, source, "twice")?;
    is_called(trial, &target, copy, "twice")
}

pub(super) fn copy_independent(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let source = trial.add(&root, "source")?;
    let item = trial.item(source)?;
    let copy = Fmid(item.target);
    all_done("copying", &target.take(&root, vec![item], true)?)?;
    let message = target.open_message(copy, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "copy")])?)?;
    message.save(false)?;
    is_called(trial, &root, source, "source")?;
    is_called(trial, &target, copy, "copy")?;
    all_done("deleting", &root.delete_messages(&[source], DeleteMode::Hard)?)?;
    is_called(trial, &target, copy, "copy")
}

pub(super) fn move_content(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let message = trial.compose(&root, "laden")?;
    let stored = storable(trial, &message)?;
    let recipients =
        or_code(message.set_recipients(sample::recipients(&[ANNA, BORIS])), &[E::NotImplemented])?;
    message.save(false)?;
    let item = trial.item(message.id)?;
    let id = Fmid(item.target);
    drop(message);
    all_done("moving", &target.take(&root, vec![item], false)?)?;
    let moved = target.open_message(id, false)?;
    same("the name", &trial.marker_of(&moved)?, &"laden".to_owned())?;
    for (tag, value) in stored {
        same(&tag_name(tag), &moved.get(tag)?, &Ok(value))?;
    }
    if recipients.is_some() {
        let found = sample::recipient_facts(&moved.get_data()?.recipients);
        same("the recipients", &found, &facts(&[ANNA, BORIS]))?;
    }
    Ok(())
}

pub(super) fn move_unknown(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let (known, unknown) = (trial.add(&root, "known")?, trial.id()?);
    let items = vec![trial.item(unknown)?, trial.item(known)?];
    let arrived = Fmid(items[1].target);
    for outcome in target.take(&root, items, false)? {
        let expected = if outcome.id == unknown.0 { Err(E::NotFound) } else { Ok(()) };
        same(&format!("the outcome of {}", Fmid(outcome.id)), &outcome.outcome, &expected)?;
    }
    holds(trial, &target, "the target", &[arrived])?;
    holds(trial, &root, "the source", &[])
}

pub(super) fn other_folder(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let other = trial.add_folder(&root, "Other")?;
    let id = trial.add(&root, "in the root")?;
    refused("opening it from another folder", other.open_message(id, false), &[E::NotFound])?;
    let outcomes = other.delete_messages(&[id], DeleteMode::Hard)?;
    drop(outcomes);
    holds(trial, &root, "after a deletion through another folder", &[id])
}

pub(super) fn copy_in_place(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let source = trial.add(&root, "twice")?;
    let item = trial.item(source)?;
    let copy = Fmid(item.target);
    let same_folder = root.take(&root, vec![item], true)?;
    all_done("copying", &same_folder)?;
    holds(trial, &root, "the folder", &[source, copy])?;
    is_called(trial, &root, copy, "twice")
}

pub(super) fn imported_key(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let source = trial.add(&root, "imported")?;
    let change_key = vec![7; 22];
    let keys =
        ImportKeys { change_key: change_key.clone(), predecessors: [vec![22], change_key.clone()].concat() };
    let item = TransferItem { keys: Some(keys), ..trial.item(source)? };
    let id = Fmid(item.target);
    all_done("moving", &target.take(&root, vec![item], false)?)?;
    let key = |what: &str| -> Done<Vec<u8>> {
        match target.open_message(id, false)?.get(tag::CHANGE_KEY)? {
            Ok(PropertyValue::Binary(key)) => Ok(key),
            other => Err(Stop::Failed(format!("the change key {what} is {other:?}"))),
        }
    };
    same("the change key after the move", &key("after the move")?, &change_key)?;
    let message = target.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "changed")])?)?;
    message.save(false)?;
    demand!(
        key("after the change")? != change_key,
        "the change key is still the imported one after a change"
    );
    Ok(())
}
