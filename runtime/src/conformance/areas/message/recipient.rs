//! ME: recipients, and read flags.

use super::*;

/// Recipients of the saved message, as another handle reads them; none if the backend keeps none.
pub(super) fn set_and_read(
    message: &Made<Message>,
    folder: &Folder,
    rows: &[(K, &str, &str)],
) -> Done<Vec<(K, String, String)>> {
    message.set_recipients(sample::recipients(rows))?;
    message.save(false)?;
    let read = folder.open_message(message.id, false)?.get_data()?;
    Ok(sample::recipient_facts(&read.recipients))
}

pub(super) fn facts(rows: &[(K, &str, &str)]) -> Vec<(K, String, String)> {
    rows.iter().map(|(kind, name, address)| (*kind, (*name).to_owned(), (*address).to_owned())).collect()
}

/// Items of some roles have no recipients: their backends say so, and are not asked further.
pub(super) fn needs_recipients<T>(result: Done<T>) -> Done<T> {
    or_code(result, &[E::NotImplemented])?
        .ok_or_else(|| Stop::NotClaimed("its items have no recipients".into()))
}

pub(super) const ANNA: (K, &str, &str) = (K::To, "Anna", "anna@example.org");
pub(super) const BORIS: (K, &str, &str) = (K::Cc, "Boris Müller", "boris@example.org");
pub(super) const CARLA: (K, &str, &str) = (K::To, "Carla, the third", "carla@example.net");

pub(super) fn recipients(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "to some")?;
    let first = needs_recipients(set_and_read(&message, &root, &[ANNA, BORIS]))?;
    same("the recipients", &first, &facts(&[ANNA, BORIS]))?;
    let second = set_and_read(&message, &root, &[CARLA])?;
    same("the recipients after they were replaced", &second, &facts(&[CARLA]))?;
    let mut missing = sample::recipients(&[ANNA]);
    if let Some(cell) = missing.rows.first_mut().and_then(|row| row.cells.first_mut()) {
        *cell = None;
    }
    message.set_recipients(missing)?;
    message.save(false)?;
    let data = root.open_message(message.id, false)?.get_data()?;
    // A store that has nothing but the address may show it as the name; a text of nothing is not a missing one.
    let at = data.recipients.columns.iter().position(|column| *column == tag::DISPLAY_NAME);
    let name = data.recipients.rows.first().and_then(|row| row.cells.get(at?)?.clone());
    demand!(
        name.as_ref().is_none_or(|name| *name == PropertyValue::Text(ANNA.2.into())),
        "the missing name of a recipient is read back as {name:?}"
    );
    let found = sample::recipient_facts(&data.recipients);
    demand!(
        matches!(found.as_slice(), [(K::To, _, address)] if address == ANNA.2),
        "a recipient without a name is read back as {found:?}"
    );
    same("the recipients after all were removed", &set_and_read(&message, &root, &[])?, &Vec::new())
}

pub(super) fn flags(folder: &Folder, id: Fmid) -> Done<i32> {
    number_in("PidTagMessageFlags", &folder.open_message(id, false)?.get(tag::MESSAGE_FLAGS)?)
}

pub(super) fn read_flag(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "unread, then read")?;
    let message = root.open_message(id, true)?;
    or_code(message.set_read_flag(false), &[E::NotImplemented])?
        .ok_or_else(|| Stop::NotClaimed("its items are neither read nor unread".into()))?;
    same("the read bit after it was cleared", &(flags(&root, id)? & tag::READ), &0)?;
    let before = change_number(&root.open_message(id, false)?)?;
    message.set_read_flag(true)?;
    same("the read bit after it was set", &(flags(&root, id)? & tag::READ), &tag::READ)?;
    let after = change_number(&root.open_message(id, false)?)?;
    demand!(after > before, "the change number is {after} after {before}: it did not grow");
    let rows = trial.rows(&root, CONTENTS, &[tag::MESSAGE_FLAGS])?;
    let cell = rows.first().and_then(|row| row.first().cloned()).unwrap_or(Err(E::NotFound));
    same("the read bit in the table", &(number_in("PidTagMessageFlags", &cell)? & tag::READ), &tag::READ)?;
    message.set_read_flag(false)?;
    same("the read bit after it was cleared again", &(flags(&root, id)? & tag::READ), &0)
}

pub(super) fn many_flags(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(trial.add(&root, &format!("message {number}"))?);
    }
    let (marked, rest) = ids.split_at(3);
    flags_done("clearing the read flag", root.set_read_flags(&ids, false))?;
    all_done("setting the read flag", &root.set_read_flags(marked, true)?)?;
    for id in marked {
        same("the read bit of a marked message", &(flags(&root, *id)? & tag::READ), &tag::READ)?;
    }
    for id in rest {
        same("the read bit of another message", &(flags(&root, *id)? & tag::READ), &0)?;
    }
    let unknown = trial.id()?;
    let outcomes = root.set_read_flags(&[unknown, rest[0]], true)?;
    for outcome in outcomes {
        let expected = if outcome.id == unknown.0 { Err(E::NotFound) } else { Ok(()) };
        same(&format!("the outcome of {}", Fmid(outcome.id)), &outcome.outcome, &expected)?;
    }
    Ok(())
}

pub(super) fn recipient_order(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "to many")?;
    let hidden = (K::Bcc, "Dora \"the quiet\" O'Neill", "dora@example.org");
    let rows = [ANNA, CARLA, (K::To, "日本 太郎", "taro@example.jp"), BORIS, hidden];
    let found = needs_recipients(set_and_read(&message, &root, &rows))?;
    // A format may keep the kinds apart; within one kind the order has to stay.
    for kind in [K::To, K::Cc, K::Bcc] {
        let of = |all: &[(K, String, String)]| -> Vec<_> {
            all.iter().filter(|fact| fact.0 == kind).cloned().collect()
        };
        same(&format!("the recipients of kind {kind:?}"), &of(&found), &of(&facts(&rows)))?;
    }
    Ok(())
}
