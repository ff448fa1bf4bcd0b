//! ME: messages (MS-OXCMSG): how they come to be, what they hold, how they go.

use crate::bindings::exports::mapistore::backend::objects::{ImportKeys, TransferItem};
use crate::bindings::mapistore::backend::types::{
    Capabilities as C, DeleteMode, ErrorCode as E, PropertyTag, PropertyValue, Role, SubmitMode, TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{
    Done, Stop, demand, id_in, number_in, or_code, refused, refused_somehow, same, tag_name,
};
use crate::conformance::handles::{Folder, Message};
use crate::conformance::sample;
use crate::conformance::tag;
use crate::conformance::trial::{Made, Trial, all_done, no_problems, property, text};
use crate::index::{ChangeNumber, Fmid};

const WRITE: &[C] = &[C::WRITE_MESSAGES];
const FILED: &[C] = &[C::WRITE_MESSAGES, C::FOLDERS];

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
    b("ME-01", "A created message is neither counted nor listed before it is saved.", WRITE, unsaved),
    b("ME-02", "A message that is dropped unsaved leaves no trace.", WRITE, dropped),
    b("ME-03", "A saved message is listed, counted, opens by its MID and has a path in its folder.", WRITE, saved),
    b("ME-04", "A property of any type that was set without a problem is read back as it was set.", WRITE, round_trip),
    b("ME-05", "What changes a message that was opened to be read is denied.", WRITE, read_only),
    b("ME-06", "An associated message is counted and listed among the associated ones only.", &[C::WRITE_MESSAGES, C::ASSOCIATED], associated),
    b("ME-07", "Setting recipients replaces all of them; no rows remove them; a missing cell stays missing.", WRITE, recipients),
    b("ME-08", "The read flag is a bit of PidTagMessageFlags, can be set and cleared, and changes the change number.", WRITE, read_flag),
    b("ME-09", "Every save answers a change number greater than all before, and the message has it, with a change key.", WRITE, change_numbers),
    b("ME-10", "A soft deleted message is gone, and told among the deleted ones.", &[C::WRITE_MESSAGES, C::DELETED_IDS], soft_delete),
    b("ME-11", "A hard deleted message is gone: not counted, not listed, not opened, no path.", WRITE, hard_delete),
    b("ME-12", "A moved message is gone from its source and has the supplied MID and change key in its target.", FILED, moved),
    b("ME-13", "A copied message is in the target under the supplied MID, and its source is still there.", FILED, copied),
    b("ME-14", "A message is submitted: it leaves the folder; without recipients it is refused.", &[C::WRITE_MESSAGES, C::SUBMIT], submitted),
    b("ME-15", "Saving over what somebody else saved meanwhile is refused with object-modified, unless forced.", WRITE, conflict),
    b("ME-16", "A saved message has its MID, change number, change key, class, flags and size.", &[], required),
    b("ME-17", "A removed property is not-found after the save, and the others stay.", WRITE, removed),
    b("ME-18", "Changes are seen by nobody else before they are saved.", WRITE, held_back),
    b("ME-19", "Changes to a message that is dropped unsaved are lost, and it stays as it was.", WRITE, changes_dropped),
    b("ME-20", "Every property that a message lists can be read.", &[], listed),
    b("ME-21", "Deleting an id that is not there deletes the others all the same.", WRITE, delete_unknown),
    b("ME-22", "Read flags are set for many messages at once, each with an outcome.", WRITE, many_flags),
    b("ME-23", "A message keeps properties and recipients when its context is closed and opened again.", WRITE, reopened),
    b("ME-24", "Every root takes an item of its role and gives it back.", WRITE, every_root),
    b("ME-25", "A text beyond the inline limit comes as its size and is read whole from its stream, in UTF-16LE.", &[C::WRITE_MESSAGES, C::STREAMS], long_text),
    b("ME-26", "A stream is written in pieces; a gap is filled with zeros; commit and save make it the value.", &[C::WRITE_MESSAGES, C::STREAMS], stream_write),
    b("ME-27", "A stream that is dropped without commit changes nothing.", &[C::WRITE_MESSAGES, C::STREAMS], stream_dropped),
    b("ME-28", "A stream reads any part of its value, and nothing past the end.", &[C::WRITE_MESSAGES, C::STREAMS], stream_read),
    b("ME-29", "A stream of a property that is not there is not-found, and one opened to be read cannot be written.", &[C::WRITE_MESSAGES, C::STREAMS], stream_refused),
    b("ME-30", "The message data have the subject's prefix and the subject without it.", WRITE, data),
    b("ME-31", "Recipients keep their order, kinds, names and addresses.", WRITE, recipient_order),
    b("ME-32", "A message that was deleted while it was open is not brought back by a save.", WRITE, save_deleted),
    b("ME-33", "A copy is independent: changing it leaves the source as it was.", FILED, copy_independent),
    b("ME-34", "Moving takes properties and recipients along.", FILED, move_content),
    b("ME-35", "An item of a move that is not there is not-found, and the others are moved.", FILED, move_unknown),
    b("ME-36", "An unknown MID is not-found.", &[], unknown),
    b("ME-37", "A property that could not be set stays as it was.", WRITE, problem_keeps),
    b("ME-38", "The MIME bytes of a message, where it offers them, come back as they were written.", &[C::WRITE_MESSAGES, C::STREAMS], mime),
    b("ME-39", "Sixty messages are all counted and listed, each once.", WRITE, many),
    b("ME-40", "A message is not opened from a folder that it is not in.", FILED, other_folder),
    b("ME-41", "A message can be saved more than once through one handle.", WRITE, saved_twice),
    b("ME-42", "A copy within one folder stands beside its source.", WRITE, copy_in_place),
    b("ME-43", "Importing a message's change key again keeps it until the message changes.", FILED, imported_key),
    b("ME-44", "A deleted message's change does not reach the others of its folder.", WRITE, delete_one),
];

const CONTENTS: TableKind = TableKind::Contents;

/// The messages of a folder, sorted by their ids.
fn listed_ids(trial: &Trial<'_>, folder: &Folder) -> Done<Vec<Fmid>> {
    let mut ids = trial.ids(folder, CONTENTS)?;
    ids.sort_unstable();
    Ok(ids)
}

fn holds(trial: &Trial<'_>, folder: &Folder, what: &str, expected: &[Fmid]) -> Done {
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let listed = listed_ids(trial, folder)?;
    demand!(listed == expected, "{what}: the table has {listed:?}, and {expected:?} are right");
    let count = usize::try_from(folder.get_child_count(CONTENTS)?).unwrap_or(usize::MAX);
    demand!(count == expected.len(), "{what}: the child count is {count}, and {} is right", expected.len());
    Ok(())
}

fn is_called(trial: &Trial<'_>, folder: &Folder, id: Fmid, expected: &str) -> Done {
    let message = folder.open_message(id, false)?;
    same("the message's name", &trial.marker_of(&message)?, &expected.to_owned())
}

fn change_number(message: &Message) -> Done<ChangeNumber> {
    Ok(ChangeNumber(id_in("PidTagChangeNumber", &message.get(tag::CHANGE_NUMBER)?)?.0))
}

fn unsaved(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "not yet")?;
    holds(trial, &root, "before the save", &[])?;
    refused("opening an unsaved message", root.open_message(message.id, false), &[E::NotFound])?;
    message.save(false)?;
    holds(trial, &root, "after the save", &[message.id])
}

fn dropped(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let message = trial.compose(&root, "never")?;
    let id = message.id;
    drop(message);
    holds(trial, &root, "after the drop", &[])?;
    same("the path", &context.path(id)?, &Err(E::NotFound))?;
    refused("opening it", root.open_message(id, false), &[E::NotFound])?;
    demand!(trial.indexed_uri(id)?.is_none(), "the index has a record for a message that was never saved");
    Ok(())
}

fn saved(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let id = trial.add(&root, "saved")?;
    holds(trial, &root, "after the save", &[id])?;
    is_called(trial, &root, id, "saved")?;
    let root_path = context.path(trial.root_fid(&context)?)?.unwrap_or_default();
    match context.path(id)? {
        Ok(path) => demand!(
            path.starts_with(&root_path) && path.len() > root_path.len() && !path.ends_with('/'),
            "the path `{path}` is not that of a message in `{root_path}`"
        ),
        Err(code) => return Err(Stop::Failed(format!("its path is {code:?}"))),
    }
    let rows = trial.rows(&root, CONTENTS, &[tag::MID, trial.marker()?])?;
    let found = rows.first().and_then(|row| row.get(1).cloned());
    same("its name in the table", &found, &Some(Ok(PropertyValue::Text("saved".into()))))
}

fn round_trip(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut kept = 0;
    for value in sample::values(trial)? {
        let message = trial.compose(&root, "holds")?;
        let tag = value.tag;
        let problems = message.set_properties(vec![value.clone()])?;
        if let Some(problem) = problems.first() {
            demand!(problem.tag == tag, "the problem of {} names {:#010x}", tag_name(tag), problem.tag);
            continue;
        }
        message.save(false)?;
        let id = message.id;
        drop(message);
        let found = root.open_message(id, false)?.get(tag)?;
        demand!(
            found == Ok(value.value.clone()),
            "{} was set without a problem, to {:?}, and is {found:?} after the save",
            tag_name(tag),
            value.value
        );
        kept += 1;
    }
    demand!(kept > 0, "no property at all can be set");
    trial.log.remark(&format!("{kept} values were stored; the others are problems, which is as honest"));
    Ok(())
}

fn read_only(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "to be read")?;
    let message = root.open_message(id, false)?;
    let denied = |what: &str, result: Done<()>| refused(what, result, &[E::Denied]);
    denied("setting a property", message.set_properties(vec![text(trial.marker()?, "changed")]).map(drop))?;
    denied("removing a property", message.remove_properties(&[tag::BODY]).map(drop))?;
    denied("setting recipients", message.set_recipients(sample::recipients(&[])))?;
    denied("saving", message.save(false).map(drop))?;
    if trial.claims(C::ATTACHMENTS) {
        denied("adding an attachment", message.create_attachment().map(drop))?;
    }
    is_called(trial, &root, id, "to be read")
}

fn associated(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let visible = trial.add(&root, "visible")?;
    let hidden = trial.compose_as(trial.role()?, &root, "hidden", true)?;
    hidden.save(false)?;
    holds(trial, &root, "among the messages", &[visible])?;
    same("the associated messages", &trial.ids(&root, TableKind::Associated)?, &vec![hidden.id])?;
    same("their count", &root.get_child_count(TableKind::Associated)?, &1)?;
    is_called(trial, &root, hidden.id, "hidden")?;
    all_done("deleting", &root.delete_messages(&[hidden.id], DeleteMode::Hard)?)?;
    same("their count after the deletion", &root.get_child_count(TableKind::Associated)?, &0)?;
    holds(trial, &root, "after the deletion", &[visible])
}

use crate::bindings::mapistore::backend::types::RecipientKind as K;

/// Recipients of the saved message, as another handle reads them; none if the backend keeps none.
fn set_and_read(
    message: &Made<Message>,
    folder: &Folder,
    rows: &[(K, &str, &str)],
) -> Done<Vec<(K, String, String)>> {
    message.set_recipients(sample::recipients(rows))?;
    message.save(false)?;
    let read = folder.open_message(message.id, false)?.get_data()?;
    Ok(sample::recipient_facts(&read.recipients))
}

fn facts(rows: &[(K, &str, &str)]) -> Vec<(K, String, String)> {
    rows.iter().map(|(kind, name, address)| (*kind, (*name).to_owned(), (*address).to_owned())).collect()
}

/// Items of some roles have no recipients: their backends say so, and are not asked further.
fn needs_recipients<T>(result: Done<T>) -> Done<T> {
    or_code(result, &[E::NotImplemented])?
        .ok_or_else(|| Stop::NotClaimed("its items have no recipients".into()))
}

const ANNA: (K, &str, &str) = (K::To, "Anna", "anna@example.org");
const BORIS: (K, &str, &str) = (K::Cc, "Boris Müller", "boris@example.org");
const CARLA: (K, &str, &str) = (K::To, "Carla, the third", "carla@example.net");

fn recipients(trial: &Trial<'_>) -> Done {
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

fn flags(folder: &Folder, id: Fmid) -> Done<i32> {
    number_in("PidTagMessageFlags", &folder.open_message(id, false)?.get(tag::MESSAGE_FLAGS)?)
}

fn read_flag(trial: &Trial<'_>) -> Done {
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

fn change_numbers(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut last = ChangeNumber(0);
    let mut keys = Vec::new();
    let message = trial.compose(&root, "first")?;
    let other = trial.compose(&root, "other")?;
    for (number, saved) in [&message, &other, &message, &message, &other].into_iter().enumerate() {
        no_problems(
            "setting",
            &saved.set_properties(vec![text(trial.marker()?, &format!("save {number}"))])?,
        )?;
        let answered = saved.save(false)?;
        demand!(answered > last, "save {number} answered {answered} after {last}: it did not grow");
        last = answered;
        let read = root.open_message(saved.id, false)?;
        same("PidTagChangeNumber", &change_number(&read)?, &answered)?;
        match read.get(tag::CHANGE_KEY)? {
            Ok(PropertyValue::Binary(key)) if !key.is_empty() => {
                demand!(!keys.contains(&key), "save {number} left the change key of an earlier one");
                keys.push(key);
            }
            cell => return Err(Stop::Failed(format!("PidTagChangeKey is {cell:?}"))),
        }
    }
    Ok(())
}

fn soft_delete(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (stays, goes) = (trial.add(&root, "stays")?, trial.add(&root, "goes")?);
    let before = root.get_deleted(CONTENTS, ChangeNumber(0))?;
    all_done("deleting", &root.delete_messages(&[goes], DeleteMode::Soft)?)?;
    holds(trial, &root, "after the deletion", &[stays])?;
    refused("opening it", root.open_message(goes, false), &[E::NotFound])?;
    let since = root.get_deleted(CONTENTS, ChangeNumber(before.upto))?;
    same("the ids deleted since", &since.ids, &vec![goes.0])
}

fn hard_delete(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let (stays, goes) = (trial.add(&root, "stays")?, trial.add(&root, "goes")?);
    all_done("deleting", &root.delete_messages(&[goes], DeleteMode::Hard)?)?;
    holds(trial, &root, "after the deletion", &[stays])?;
    refused("opening it", root.open_message(goes, false), &[E::NotFound])?;
    same("its path", &context.path(goes)?, &Err(E::NotFound))?;
    is_called(trial, &root, stays, "stays")
}

fn moved(trial: &Trial<'_>) -> Done {
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

fn copied(trial: &Trial<'_>) -> Done {
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

fn submitted(trial: &Trial<'_>) -> Done {
    let entries = trial.list()?;
    let outbox = entries.iter().find(|entry| entry.role == Role::Outbox).cloned();
    let outbox = match outbox {
        Some(entry) => entry,
        None => trial.root_entry()?,
    };
    let context = trial.open(&outbox.url)?;
    let root = context.root_folder()?;
    let message = trial.compose_as(outbox.role, &root, "to be sent", false)?;
    message.save(false)?;
    refused("submitting without recipients", message.submit(SubmitMode::None), &[E::InvalidParameter])?;
    holds(trial, &root, "after the refusal", &[message.id])?;
    message.set_recipients(sample::recipients(&[ANNA]))?;
    message.save(false)?;
    message.submit(SubmitMode::None)?;
    let left = listed_ids(trial, &root)?;
    demand!(!left.contains(&message.id), "the submitted message is still in the folder");
    // Without a durable store, each context has contents of its own.
    let sent = entries.iter().find(|entry| entry.role == Role::SentItems && trial.kit.is_durable());
    if let Some(sent) = sent {
        let context = trial.open(&sent.url)?;
        let folder = context.root_folder()?;
        let marker = sample::marker(outbox.role);
        let rows = trial.rows(&folder, CONTENTS, &[marker])?;
        let wanted = vec![Ok(PropertyValue::Text("to be sent".into()))];
        demand!(rows.contains(&wanted), "the submitted message is not in `{}`", sent.url);
    }
    Ok(())
}

fn conflict(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "before")?;
    let (first, second) = (root.open_message(id, true)?, root.open_message(id, true)?);
    let called = |name: &str| -> Done<_> { Ok(vec![text(trial.marker()?, name)]) };
    no_problems("setting", &first.set_properties(called("by the first")?)?)?;
    no_problems("setting", &second.set_properties(called("by the second")?)?)?;
    first.save(false)?;
    refused("saving over the other's change", second.save(false), &[E::ObjectModified])?;
    is_called(trial, &root, id, "by the first")?;
    second.save(true)?;
    is_called(trial, &root, id, "by the second")
}

fn required(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.any_message(&root)?;
    let tags = [
        tag::MID,
        tag::CHANGE_NUMBER,
        tag::CHANGE_KEY,
        tag::MESSAGE_CLASS,
        tag::MESSAGE_FLAGS,
        tag::MESSAGE_SIZE,
    ];
    let message = root.open_message(id, false)?;
    for (tag, cell) in tags.iter().zip(message.get_properties(&tags)?) {
        demand!(cell.is_ok(), "{} of a saved message is {cell:?}", tag_name(*tag));
    }
    same("PidTagMid", &id_in("PidTagMid", &message.get(tag::MID)?)?, &id)?;
    let size = number_in("PidTagMessageSize", &message.get(tag::MESSAGE_SIZE)?)?;
    demand!(size > 0, "PidTagMessageSize is {size}");
    Ok(())
}

/// Properties of the message that the backend stores besides the marker.
fn storable(trial: &Trial<'_>, message: &Message) -> Done<Vec<(PropertyTag, PropertyValue)>> {
    let mut stored = Vec::new();
    for value in sample::values(trial)? {
        let is_marker = value.tag == trial.marker()?;
        if !is_marker && stored.len() < 4 && !stored.iter().any(|(tag, _)| *tag == value.tag) {
            let problems = message.set_properties(vec![value.clone()])?;
            if problems.is_empty() {
                stored.push((value.tag, value.value));
            }
        }
    }
    demand!(!stored.is_empty(), "nothing can be set but the name");
    Ok(stored)
}

fn removed(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "with properties")?;
    // Texts go without a trace; numbers often have a default that takes their place.
    // A format that has a place for a body anyway may answer an empty one: the body is the last resort.
    let candidates = [tag::IN_REPLY_TO_ID, tag::COMPANY_NAME, tag::COMMENT, tag::BODY];
    let mut chosen = None;
    for tag in candidates {
        let problems = message.set_properties(vec![text(tag, "<to-be-removed@example.org>")])?;
        if problems.is_empty() && chosen.is_none() {
            chosen = Some(tag);
        }
    }
    let chosen = chosen.ok_or_else(|| Stop::NotClaimed("it stores none of the properties tried".into()))?;
    message.save(false)?;
    drop(root.open_message(message.id, false)?);
    demand!(root.open_message(message.id, false)?.get(chosen)?.is_ok(), "{} was lost", tag_name(chosen));
    no_problems("removing", &message.remove_properties(&[chosen])?)?;
    message.save(false)?;
    let read = root.open_message(message.id, false)?;
    same(&tag_name(chosen), &read.get(chosen)?, &Err(E::NotFound))?;
    same("the name", &trial.marker_of(&read)?, &"with properties".to_owned())?;
    no_problems("removing it again", &message.remove_properties(&[chosen])?)
}

fn held_back(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "old")?;
    let message = root.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "new")])?)?;
    same("the name for whoever changed it", &trial.marker_of(&message)?, &"new".to_owned())?;
    is_called(trial, &root, id, "old")?;
    let rows = trial.rows(&root, CONTENTS, &[trial.marker()?])?;
    same("the table", &rows, &vec![vec![Ok(PropertyValue::Text("old".into()))]])?;
    message.save(false)?;
    is_called(trial, &root, id, "new")
}

fn changes_dropped(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "old")?;
    let before = change_number(&root.open_message(id, false)?)?;
    let message = root.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "new")])?)?;
    or_code(message.set_recipients(sample::recipients(&[ANNA])), &[E::NotImplemented])?;
    drop(message);
    is_called(trial, &root, id, "old")?;
    let read = root.open_message(id, false)?;
    same("the change number", &change_number(&read)?, &before)?;
    same("the recipients", &sample::recipient_facts(&read.get_data()?.recipients), &Vec::new())
}

fn listed(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.any_message(&root)?;
    let message = root.open_message(id, false)?;
    let tags = message.list_properties()?;
    demand!(!tags.is_empty(), "a message lists no properties");
    for (tag, cell) in tags.iter().zip(message.get_properties(&tags)?) {
        demand!(cell.is_ok(), "{} is listed and answers {cell:?}", tag_name(*tag));
    }
    let mut sorted = tags.clone();
    sorted.sort_unstable();
    sorted.dedup();
    demand!(sorted.len() == tags.len(), "a property is listed twice");
    Ok(())
}

fn delete_unknown(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (one, two, unknown) = (trial.add(&root, "one")?, trial.add(&root, "two")?, trial.id()?);
    let outcomes = root.delete_messages(&[one, unknown, two], DeleteMode::Hard)?;
    for outcome in outcomes {
        let known = outcome.id != unknown.0;
        let fine = outcome.outcome.is_ok() || !known && outcome.outcome == Err(E::NotFound);
        demand!(fine, "deleting {} ended with {:?}", Fmid(outcome.id), outcome.outcome);
    }
    holds(trial, &root, "after the deletion", &[])
}

fn many_flags(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(trial.add(&root, &format!("message {number}"))?);
    }
    let (marked, rest) = ids.split_at(3);
    let done = or_code(root.set_read_flags(&ids, false), &[E::NotImplemented])?;
    let done = done.ok_or_else(|| Stop::NotClaimed("its items are neither read nor unread".into()))?;
    all_done("clearing the read flag", &done)?;
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

fn reopened(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let message = trial.compose(&root, "stays")?;
    let stored = storable(trial, &message)?;
    let with_recipients =
        or_code(message.set_recipients(sample::recipients(&[ANNA, CARLA])), &[E::NotImplemented])?;
    let number = message.save(false)?;
    let (id, path) = (message.id, context.path(message.id)?);
    drop(message);
    let (context, root) = trial.reopen(context, root)?;
    holds(trial, &root, "after reopening", &[id])?;
    same("the path", &context.path(id)?, &path)?;
    let message = root.open_message(id, false)?;
    same("the name", &trial.marker_of(&message)?, &"stays".to_owned())?;
    same("the change number", &change_number(&message)?, &number)?;
    for (tag, value) in stored {
        same(&tag_name(tag), &message.get(tag)?, &Ok(value))?;
    }
    if with_recipients.is_some() {
        let read = sample::recipient_facts(&message.get_data()?.recipients);
        same("the recipients", &read, &facts(&[ANNA, CARLA]))?;
    }
    Ok(())
}

fn every_root(trial: &Trial<'_>) -> Done {
    trial.root_entry()?;
    if trial.claims(C::CREATE_ROOT) {
        for role in [Role::Calendar, Role::Contacts, Role::Tasks, Role::Notes, Role::Journal] {
            let there = trial.list()?.iter().any(|entry| entry.role == role);
            if !there {
                trial.create_root(role, &format!("For {role:?}").replace("Role::", ""))?;
            }
        }
    }
    for entry in trial.list()? {
        let context = trial.open(&entry.url)?;
        let root = context.root_folder()?;
        let message = trial.compose_as(entry.role, &root, "an item", false)?;
        message.save(false)?;
        let marker = sample::marker(entry.role);
        let found = root.open_message(message.id, false)?.get(marker)?;
        same(
            &format!("the item's name in `{}`", entry.url),
            &found,
            &Ok(PropertyValue::Text("an item".into())),
        )?;
        let rows = trial.rows(&root, CONTENTS, &[tag::MID])?;
        same(&format!("the number of rows in `{}`", entry.url), &rows.len(), &1)?;
    }
    Ok(())
}

/// The text of a role's items that may be long.
fn long_tag(trial: &Trial<'_>, message: &Message) -> Done<PropertyTag> {
    for tag in [tag::BODY, tag::COMMENT, trial.marker()?] {
        if message.set_properties(vec![text(tag, "short")])?.is_empty() {
            return Ok(tag);
        }
    }
    Err(Stop::NotClaimed("it stores no text that may be long".into()))
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Lines short enough for every format.
fn long(bytes: usize) -> String {
    let line = "Zeile mit Ümläuten und einem 🙂 am Ende.\r\n";
    line.repeat(bytes / line.len() + 1)
}

use crate::bindings::exports::mapistore::backend::objects::StreamAccess;

fn write_stream(message: &Message, tag: PropertyTag, bytes: &[u8]) -> Done {
    let stream = message.open_stream(tag, StreamAccess::Create)?;
    for (number, piece) in bytes.chunks(64 << 10).enumerate() {
        stream.write((number * (64 << 10)) as u64, piece)?;
    }
    stream.commit()
}

/// Writes a text as a stream, saves it, and answers its tag with the message.
fn with_long_text(trial: &Trial<'_>, folder: &Folder, value: &str) -> Done<(PropertyTag, Made<Message>)> {
    let message = trial.compose(folder, "with a long text")?;
    let tag = long_tag(trial, &message)?;
    or_code(write_stream(&message, tag, &utf16(value)), &[E::Denied, E::NotImplemented])?
        .ok_or_else(|| Stop::NotClaimed(format!("{} cannot be written as a stream", tag_name(tag))))?;
    message.save(false)?;
    Ok((tag, message))
}

fn long_text(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let limit = trial.kit.inline_limit()?;
    let value = long(limit as usize * 3);
    let (tag, message) = with_long_text(trial, &root, &value)?;
    let read = root.open_message(message.id, false)?;
    let bytes = utf16(&value);
    same(&tag_name(tag), &read.get(tag)?, &Ok(PropertyValue::Deferred(bytes.len() as u64)))?;
    let stream = read.open_stream(tag, StreamAccess::Read)?;
    same("the stream's size", &stream.size()?, &(bytes.len() as u64))?;
    demand!(stream.read_all()? == bytes, "the stream's bytes are not those that were written");
    Ok(())
}

fn stream_write(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "in pieces")?;
    let tag = long_tag(trial, &message)?;
    let opened = or_code(message.open_stream(tag, StreamAccess::Create), &[E::Denied, E::NotImplemented])?;
    let stream = opened.ok_or_else(|| Stop::NotClaimed(format!("no stream of {}", tag_name(tag))))?;
    stream.write(0, &utf16("Hello"))?;
    stream.write(14, &utf16("old!"))?;
    same("the size", &stream.size()?, &22)?;
    same("the gap", &stream.read(10, 4)?, &vec![0; 4])?;
    stream.write(10, &utf16(", w"))?;
    stream.set_size(18)?;
    stream.write(16, &utf16("orld"))?;
    stream.commit()?;
    drop(stream);
    message.save(false)?;
    let found = root.open_message(message.id, false)?.get(tag)?;
    same(&tag_name(tag), &found, &Ok(PropertyValue::Text("Hello, world".into())))
}

fn stream_dropped(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (tag, message) = with_long_text(trial, &root, "as it was")?;
    let again = root.open_message(message.id, true)?;
    let stream = again.open_stream(tag, StreamAccess::ReadWrite)?;
    stream.write(0, &utf16("CHANGED"))?;
    drop(stream);
    again.save(true)?;
    let found = root.open_message(message.id, false)?.get(tag)?;
    same(&tag_name(tag), &found, &Ok(PropertyValue::Text("as it was".into())))
}

fn stream_read(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (tag, message) = with_long_text(trial, &root, "0123456789")?;
    let stream = root.open_message(message.id, false)?.open_stream(tag, StreamAccess::Read)?;
    let bytes = utf16("0123456789");
    same("the size", &stream.size()?, &20)?;
    same("the beginning", &stream.read(0, 4)?, &bytes[..4].to_vec())?;
    same("the middle", &stream.read(7, 6)?, &bytes[7..13].to_vec())?;
    same("the end", &stream.read(16, 100)?, &bytes[16..].to_vec())?;
    same("what is past the end", &stream.read(20, 10)?, &Vec::new())?;
    same("what is far past the end", &stream.read(u64::MAX - 5, 10)?, &Vec::new())?;
    same("nothing", &stream.read(3, 0)?, &Vec::new())
}

fn stream_refused(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (tag, message) = with_long_text(trial, &root, "a text")?;
    let absent = tag::own(0x7F, 0x001F);
    let read = root.open_message(message.id, false)?;
    refused("reading what is not there", read.open_stream(absent, StreamAccess::Read), &[E::NotFound])?;
    let stream = read.open_stream(tag, StreamAccess::Read)?;
    refused("writing to a stream opened to be read", stream.write(0, &[0, 0]), &[E::Denied])?;
    let writing = read.open_stream(tag, StreamAccess::ReadWrite);
    refused("a stream to be written, of a message opened to be read", writing, &[E::Denied])
}

fn data(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "plain")?;
    let set = message.set_properties(vec![text(tag::SUBJECT, "Re: the matter")])?;
    if !set.is_empty() {
        return Err(Stop::NotClaimed("its items have no subject".into()));
    }
    let problems = message.set_properties(vec![
        text(tag::SUBJECT_PREFIX, "Re: "),
        text(tag::NORMALIZED_SUBJECT, "the matter"),
    ])?;
    message.save(false)?;
    let data = root.open_message(message.id, false)?.get_data()?;
    let whole = data.subject_prefix.clone().unwrap_or_default()
        + data.normalized_subject.as_deref().unwrap_or_default();
    same("prefix and subject together", &whole, &"Re: the matter".to_owned())?;
    if problems.is_empty() {
        same("the prefix", &data.subject_prefix, &Some("Re: ".to_owned()))?;
    }
    Ok(())
}

fn recipient_order(trial: &Trial<'_>) -> Done {
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

fn save_deleted(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "goes")?;
    let message = root.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "again")])?)?;
    all_done("deleting", &root.delete_messages(&[id], DeleteMode::Hard)?)?;
    refused("saving what was deleted", message.save(false), &[E::ObjectDeleted, E::NotFound])?;
    holds(trial, &root, "after the save", &[])
}

fn copy_independent(trial: &Trial<'_>) -> Done {
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

fn move_content(trial: &Trial<'_>) -> Done {
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

fn move_unknown(trial: &Trial<'_>) -> Done {
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

fn unknown(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    refused("opening a message that does not exist", root.open_message(trial.id()?, false), &[E::NotFound])?;
    refused("opening the id 0", root.open_message(Fmid(0), false), &[E::NotFound, E::InvalidParameter])
}

fn problem_keeps(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "as it is")?;
    message.save(false)?;
    let tags = [tag::MID, tag::CHANGE_NUMBER, tag::MESSAGE_SIZE, tag::CHANGE_KEY];
    let before = root.open_message(message.id, false)?.get_properties(&tags)?;
    let values = vec![
        property(tag::MID, PropertyValue::Integer64(1)),
        property(tag::CHANGE_NUMBER, PropertyValue::Integer64(0x1_0001)),
        property(tag::MESSAGE_SIZE, PropertyValue::Integer32(1)),
    ];
    let problems = or_code(message.set_properties(values), &[E::Denied, E::InvalidParameter])?;
    let after = root.open_message(message.id, false)?.get_properties(&tags)?;
    same("what is computed", &after, &before)?;
    let Some(problems) = problems else { return Ok(()) };
    demand!(
        problems.iter().any(|problem| problem.tag == tag::MID),
        "PidTagMid was set without a problem, and an id is the host's"
    );
    Ok(())
}

fn mime(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let composed = trial.add(&root, "composed")?;
    let offered = root.open_message(composed, false)?.open_stream(tag::INTERNET_CONTENT, StreamAccess::Read);
    or_code(offered, &[E::NotFound, E::NotImplemented])?
        .ok_or_else(|| Stop::NotClaimed("its items have no MIME form".into()))?;
    let id = trial.id()?;
    let message = root.create_message(id, false)?;
    let none = [E::NotFound, E::Denied, E::NotImplemented, E::InvalidParameter];
    let bytes = b"From: a@example.org\nSubject: =?utf-8?q?=C3=A4?=\nX-Odd:  two  blanks\n\nbody without end";
    or_code(write_stream(&message, tag::INTERNET_CONTENT, bytes), &none)?
        .ok_or_else(|| Stop::NotClaimed("its items have no MIME form".into()))?;
    message.save(false)?;
    let read = root.open_message(id, false)?;
    let stream = read.open_stream(tag::INTERNET_CONTENT, StreamAccess::Read)?;
    demand!(stream.read_all()? == bytes, "the bytes are not those that were written");
    same("the subject", &read.get(tag::SUBJECT)?, &Ok(PropertyValue::Text("ä".into())))
}

fn many(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut ids = Vec::new();
    for number in 0..60 {
        ids.push(trial.add(&root, &format!("message {number}"))?);
    }
    holds(trial, &root, "after sixty saves", &ids)?;
    all_done("deleting", &root.delete_messages(&ids[..40], DeleteMode::Hard)?)?;
    holds(trial, &root, "after forty deletions", &ids[40..])
}

fn other_folder(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let other = trial.add_folder(&root, "Other")?;
    let id = trial.add(&root, "in the root")?;
    refused("opening it from another folder", other.open_message(id, false), &[E::NotFound])?;
    let outcomes = other.delete_messages(&[id], DeleteMode::Hard)?;
    drop(outcomes);
    holds(trial, &root, "after a deletion through another folder", &[id])
}

fn saved_twice(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "one")?;
    message.save(false)?;
    message.save(false)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "two")])?)?;
    message.save(false)?;
    holds(trial, &root, "after three saves", &[message.id])?;
    is_called(trial, &root, message.id, "two")
}

fn copy_in_place(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let source = trial.add(&root, "twice")?;
    let item = trial.item(source)?;
    let copy = Fmid(item.target);
    let same_folder = root.take(&root, vec![item], true)?;
    all_done("copying", &same_folder)?;
    holds(trial, &root, "the folder", &[source, copy])?;
    is_called(trial, &root, copy, "twice")
}

fn imported_key(trial: &Trial<'_>) -> Done {
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

fn delete_one(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let mut ids = Vec::new();
    for name in ["a", "b", "c", "d"] {
        ids.push(trial.add(&root, name)?);
    }
    let number = |id: Fmid| -> Done<ChangeNumber> { change_number(&root.open_message(id, false)?) };
    let before = [number(ids[0])?, number(ids[1])?, number(ids[3])?];
    all_done("deleting", &root.delete_messages(&[ids[2]], DeleteMode::Hard)?)?;
    same("the other change numbers", &[number(ids[0])?, number(ids[1])?, number(ids[3])?], &before)?;
    for (id, name) in [(ids[0], "a"), (ids[1], "b"), (ids[3], "d")] {
        is_called(trial, &root, id, name)?;
    }
    refused_somehow("opening the deleted one", root.open_message(ids[2], false))
}
