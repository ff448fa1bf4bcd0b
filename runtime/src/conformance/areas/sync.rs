//! SY: what changed and what was deleted since a change number (MS-OXCFXICS), preloading, and moves between contexts.

use crate::bindings::mapistore::backend::types::{
    Capabilities as C, DeleteMode, ErrorCode as E, PropertyMatch, PropertyValue as V, Relop,
    RestrictionNode as N, TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, id_in, or_code, same};
use crate::conformance::handles::Folder;
use crate::conformance::tag;
use crate::conformance::trial::{Trial, all_done, no_problems, text};
use crate::index::{ChangeNumber, Fmid};

const WRITE: &[C] = &[C::WRITE_MESSAGES];
const DELETED: &[C] = &[C::WRITE_MESSAGES, C::DELETED_IDS];
const CONTENTS: TableKind = TableKind::Contents;

const fn b(
    id: &'static str,
    sentence: &'static str,
    needs: &'static [C],
    show: fn(&Trial<'_>) -> Done,
) -> Behaviour {
    Behaviour::of(id, sentence, needs, show)
}

#[rustfmt::skip]
pub(crate) static BEHAVIOURS: &[Behaviour] = &[
    b("SY-01", "A restriction to change numbers after one shows just what changed since.", WRITE, changed_since).or_host(&[C::RESTRICTIONS]),
    b("SY-02", "The deleted ids since a change number are those deleted since, and never live ones.", DELETED, deleted_since),
    b("SY-03", "Preloading messages changes nothing about them, and an empty list ends it.", &[C::WRITE_MESSAGES, C::PRELOAD], preload),
    b("SY-04", "Asked again from the number that was answered, no id is told twice.", DELETED, told_once),
    b("SY-05", "A message that was moved away counts as deleted from its source.", &[C::WRITE_MESSAGES, C::FOLDERS, C::DELETED_IDS], moved_away),
    b("SY-06", "Deletions in one folder are not told of another.", &[C::WRITE_MESSAGES, C::FOLDERS, C::DELETED_IDS], per_folder),
    b("SY-07", "The predecessor change list of a message contains its change key.", WRITE, predecessors),
    b("SY-08", "Change numbers go on growing after the context was closed and opened again.", WRITE, grows_on),
    b("SY-09", "Deletions are told after the context was closed and opened again.", DELETED, deleted_reopened),
    b("SY-10", "What did not change keeps its change number and key, however often it is read.", WRITE, stable),
    b("SY-11", "Messages are copied and moved from a root of the user's to another.", &[C::WRITE_MESSAGES, C::CROSS_CONTEXT_MOVE, C::CREATE_ROOT], between_roots),
    b("SY-12", "A walk through all folders, messages and attachments of all roots meets no error.", &[], walk),
];

fn number(folder: &Folder, id: Fmid) -> Done<ChangeNumber> {
    let cell = folder.open_message(id, false)?.get(tag::CHANGE_NUMBER)?;
    Ok(ChangeNumber(id_in("PidTagChangeNumber", &cell)?.0))
}

fn change(trial: &Trial<'_>, folder: &Folder, id: Fmid, name: &str) -> Done<ChangeNumber> {
    let message = folder.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, name)])?)?;
    message.save(false)
}

fn changed_since(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (one, two) = (trial.add(&root, "one")?, trial.add(&root, "two")?);
    let since = number(&root, two)?.max(number(&root, one)?);
    let three = trial.add(&root, "three")?;
    change(trial, &root, one, "one again")?;
    let mut expected = vec![one, three];
    expected.sort_unstable();
    let table = root.open_table(CONTENTS)?;
    let shown = |op: Relop, number: ChangeNumber| -> Done<Vec<Fmid>> {
        let value = V::Integer64(number.0.cast_signed());
        table.set_restriction(Some(vec![N::Property(PropertyMatch {
            op,
            tag: tag::CHANGE_NUMBER,
            value,
        })]))?;
        let mut ids = trial.ids_in(&table, CONTENTS)?;
        ids.sort_unstable();
        Ok(ids)
    };
    same("the messages changed after that number", &shown(Relop::Gt, since)?, &expected)?;
    same("the messages changed until that number", &shown(Relop::Le, since)?, &vec![two])?;
    same("the message of one number", &shown(Relop::Eq, number(&root, three)?)?, &vec![three])
}

fn deleted_since(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (one, two, three) = (trial.add(&root, "one")?, trial.add(&root, "two")?, trial.add(&root, "three")?);
    all_done("deleting", &root.delete_messages(&[one], DeleteMode::Soft)?)?;
    let first = root.get_deleted(CONTENTS, ChangeNumber(0))?;
    same("all that was deleted", &first.ids, &vec![one.0])?;
    all_done("deleting", &root.delete_messages(&[two], DeleteMode::Soft)?)?;
    let second = root.get_deleted(CONTENTS, ChangeNumber(first.upto))?;
    same("what was deleted since", &second.ids, &vec![two.0])?;
    demand!(!second.ids.contains(&three.0), "a live message is told as deleted");
    let mut all = root.get_deleted(CONTENTS, ChangeNumber(0))?.ids;
    all.sort_unstable();
    let mut expected = vec![one.0, two.0];
    expected.sort_unstable();
    same("all that was deleted, at last", &all, &expected)
}

fn preload(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let ids = [trial.add(&root, "one")?, trial.add(&root, "two")?];
    let unknown = trial.id()?;
    root.preload_messages(CONTENTS, &[ids[0], ids[1], unknown])?;
    for (id, name) in ids.iter().zip(["one", "two"]) {
        same("its name", &trial.marker_of(&root.open_message(*id, false)?)?, &name.to_owned())?;
    }
    change(trial, &root, ids[0], "changed after it was preloaded")?;
    let name = trial.marker_of(&root.open_message(ids[0], false)?)?;
    same("its name after a change", &name, &"changed after it was preloaded".to_owned())?;
    root.preload_messages(CONTENTS, &[])?;
    same("its name after the end", &trial.marker_of(&root.open_message(ids[1], false)?)?, &"two".to_owned())
}

fn told_once(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "goes")?;
    all_done("deleting", &root.delete_messages(&[id], DeleteMode::Soft)?)?;
    let first = root.get_deleted(CONTENTS, ChangeNumber(0))?;
    let second = root.get_deleted(CONTENTS, ChangeNumber(first.upto))?;
    same("what was deleted since", &second.ids, &Vec::new())?;
    demand!(
        ChangeNumber(second.upto) >= ChangeNumber(first.upto),
        "the number up to which this is complete went from {} back to {}",
        ChangeNumber(first.upto),
        ChangeNumber(second.upto)
    );
    Ok(())
}

fn moved_away(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let target = trial.add_folder(&root, "Target")?;
    let id = trial.add(&root, "moves")?;
    let before = root.get_deleted(CONTENTS, ChangeNumber(0))?;
    let item = trial.item(id)?;
    let arrived = item.target;
    all_done("moving", &target.take(&root, vec![item], false)?)?;
    let since = root.get_deleted(CONTENTS, ChangeNumber(before.upto))?;
    same("what was deleted from the source", &since.ids, &vec![id.0])?;
    let of_target = target.get_deleted(CONTENTS, ChangeNumber(0))?;
    demand!(!of_target.ids.contains(&arrived), "the moved message is told as deleted from its target");
    Ok(())
}

fn per_folder(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let folder = trial.add_folder(&root, "Folder")?;
    let (outer, inner) = (trial.add(&root, "outer")?, trial.add(&folder, "inner")?);
    all_done("deleting", &root.delete_messages(&[outer], DeleteMode::Soft)?)?;
    all_done("deleting", &folder.delete_messages(&[inner], DeleteMode::Soft)?)?;
    same(
        "what was deleted from the root",
        &root.get_deleted(CONTENTS, ChangeNumber(0))?.ids,
        &vec![outer.0],
    )?;
    same(
        "what was deleted from the folder",
        &folder.get_deleted(CONTENTS, ChangeNumber(0))?.ids,
        &vec![inner.0],
    )?;
    let folders = root.get_deleted(TableKind::Hierarchy, ChangeNumber(0))?;
    same("the folders that were deleted", &folders.ids, &Vec::new())
}

fn predecessors(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "listed")?;
    for save in ["after the first save", "after the second"] {
        let cells =
            root.open_message(id, false)?.get_properties(&[tag::CHANGE_KEY, tag::PREDECESSOR_CHANGE_LIST])?;
        match cells.as_slice() {
            [Ok(V::Binary(key)), Ok(V::Binary(list))] => demand!(
                !key.is_empty() && list.windows(key.len()).any(|part| part == key),
                "{save}, the predecessor change list does not contain the change key"
            ),
            [_, Err(E::NotFound)] => {
                return Err(Stop::NotClaimed("its items have no PidTagPredecessorChangeList".into()));
            }
            other => return Err(Stop::Failed(format!("{save}, key and list are {other:?}"))),
        }
        change(trial, &root, id, "changed")?;
    }
    Ok(())
}

fn grows_on(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let id = trial.add(&root, "first")?;
    let before = number(&root, id)?;
    let (_context, root) = trial.reopen(context, root)?;
    same("the change number after reopening", &number(&root, id)?, &before)?;
    let after = change(trial, &root, id, "second")?;
    demand!(after > before, "the change number is {after} after {before}: it did not grow");
    Ok(())
}

fn deleted_reopened(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let (goes, stays) = (trial.add(&root, "goes")?, trial.add(&root, "stays")?);
    let before = root.get_deleted(CONTENTS, ChangeNumber(0))?;
    all_done("deleting", &root.delete_messages(&[goes], DeleteMode::Soft)?)?;
    let (_context, root) = trial.reopen(context, root)?;
    let since = root.get_deleted(CONTENTS, ChangeNumber(before.upto))?;
    same("what was deleted", &since.ids, &vec![goes.0])?;
    same("what stayed", &trial.ids(&root, CONTENTS)?, &vec![stays])
}

fn stable(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "still")?;
    let read = || root.open_message(id, false)?.get_properties(&[tag::CHANGE_NUMBER, tag::CHANGE_KEY]);
    let before = read()?;
    let message = root.open_message(id, false)?;
    let tags = message.list_properties()?;
    message.get_properties(&tags)?;
    or_code(message.get_data(), &[E::NotImplemented])?;
    trial.rows(&root, CONTENTS, &[tag::MID, tag::CHANGE_NUMBER])?;
    drop(message);
    trial.add(&root, "another")?;
    same("change number and key", &read()?, &before)
}

fn between_roots(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let role = trial.role()?;
    let Some(other) = trial.create_root(role, "Elsewhere")? else {
        return Err(Stop::NotClaimed("it makes no second root of its role".into()));
    };
    let elsewhere = trial.open(&other.it)?;
    let target = elsewhere.root_folder()?;
    let source_uri = trial.root_entry()?.url;
    let id = trial.add(&root, "travels")?;
    let copy = trial.item(id)?;
    let copied = Fmid(copy.target);
    all_done("copying", &target.take_from(&source_uri, vec![copy], true)?)?;
    same("the source after the copy", &trial.ids(&root, CONTENTS)?, &vec![id])?;
    same("the copy's name", &trial.marker_of(&target.open_message(copied, false)?)?, &"travels".to_owned())?;
    let item = trial.item(id)?;
    let moved = Fmid(item.target);
    all_done("moving", &target.take_from(&source_uri, vec![item], false)?)?;
    same("the source after the move", &trial.ids(&root, CONTENTS)?, &Vec::new())?;
    same(
        "the moved message's name",
        &trial.marker_of(&target.open_message(moved, false)?)?,
        &"travels".to_owned(),
    )
}

fn walk(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    if trial.claims(C::WRITE_MESSAGES) {
        trial.add(&root, "to be met")?;
        if trial.claims(C::FOLDERS) {
            let folder = trial.add_folder(&root, "On the way")?;
            trial.add(&folder, "further down")?;
        }
    }
    let mut met = 0;
    for entry in trial.list()? {
        let context = trial.open(&entry.url)?;
        met += walk_folder(trial, &context.root_folder()?, 0)?;
    }
    drop(context);
    trial.log.remark(&format!("{met} messages were met"));
    Ok(())
}

/// Opens all that is in a folder; answers how many messages there are.
fn walk_folder(trial: &Trial<'_>, folder: &Folder, depth: usize) -> Done<usize> {
    demand!(depth < 50, "folders nest more than 50 levels deep");
    let tags = folder.list_properties()?;
    folder.get_properties(&tags)?;
    let ids = trial.ids(folder, CONTENTS)?;
    for id in &ids {
        let message = folder.open_message(*id, false)?;
        let tags = message.list_properties()?;
        message.get_properties(&tags)?;
        message.get_data()?;
        if trial.claims(C::ATTACHMENTS) {
            for number in message.list_attachments()? {
                let attachment = message.open_attachment(number, false)?;
                let tags = attachment.list_properties()?;
                attachment.get_properties(&tags)?;
            }
        }
    }
    let mut met = ids.len();
    if trial.claims(C::FOLDERS) {
        for id in trial.ids(folder, TableKind::Hierarchy)? {
            met += walk_folder(trial, &folder.open_folder(id)?, depth + 1)?;
        }
    }
    Ok(met)
}
