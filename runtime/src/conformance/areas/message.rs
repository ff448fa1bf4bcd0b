//! ME: messages (MS-OXCMSG): how they come to be, what they hold, how they go.

mod property;
mod recipient;
mod stream;
mod transfer;

use crate::bindings::exports::mapistore::backend::objects::{ImportKeys, TransferItem};
use crate::bindings::mapistore::backend::types::{
    Capabilities as C, DeleteMode, ErrorCode as E, MessageData, PropertyTag, PropertyValue, Role, SubmitMode,
    TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{
    Done, Stop, demand, id_in, number_in, or_code, refused, refused_somehow, same, tag_name,
};
use crate::conformance::handles::{Folder, Message};
use crate::conformance::sample;
use crate::conformance::tag;
use crate::conformance::trial::{Made, Trial, all_done, flags_done, no_problems, property, text};
use crate::index::{ChangeNumber, Fmid};

const WRITE: &[C] = &[C::WRITE_MESSAGES];
const FILED: &[C] = &[C::WRITE_MESSAGES, C::FOLDERS];

use property::*;
use recipient::*;
use stream::*;
use transfer::*;

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
    b("ME-38", "The bytes of a message in its own format, where it offers them, come back as they were written.", &[C::WRITE_MESSAGES, C::STREAMS], mime),
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

use crate::bindings::exports::mapistore::backend::objects::StreamAccess;

fn save_deleted(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "goes")?;
    let message = root.open_message(id, true)?;
    no_problems("setting", &message.set_properties(vec![text(trial.marker()?, "again")])?)?;
    all_done("deleting", &root.delete_messages(&[id], DeleteMode::Hard)?)?;
    refused("saving what was deleted", message.save(false), &[E::ObjectDeleted, E::NotFound])?;
    holds(trial, &root, "after the save", &[])
}

fn unknown(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    refused("opening a message that does not exist", root.open_message(trial.id()?, false), &[E::NotFound])?;
    refused("opening the id 0", root.open_message(Fmid(0), false), &[E::NotFound, E::InvalidParameter])
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
