//! What is done to many messages at once: delete, move, copy, mark as read. Each answers one outcome for each message.

use crate::{
    journal::{self, Entry},
    mailbox::{Mailbox, publish},
    message::{rewrite, write},
    record::RowRecord,
    store::{Blob, Store, Write, message_key, row_key},
    uri,
};
use mapistore_sdk::{
    Error, ErrorCode, Result,
    held::Keeper,
    ids,
    notifications::{Event, Modification, Transfer, message as object},
    tags::PID_TAG_PREDECESSOR_CHANGE_LIST,
    types::{DeleteMode, Fid, ItemOutcome, Mid, TransferItem},
};

/// How many messages are deleted in one step.
const DELETE_MAX: usize = 4_000;
/// How many bytes of messages that are marked are written in one step.
const MARK_BYTES: usize = 4 << 20;
/// How many messages that are marked are written in one step.
const MARK_MAX: usize = 1_000;

/// The keys of a message, but for its blobs.
pub(crate) fn keys_of(folder: Fid, id: Mid) -> [String; 3] {
    [message_key(id), row_key(folder, id, false), row_key(folder, id, true)]
}

/// Takes messages out of the store, those that are there: chunks first, since the rows lead to them.
///
/// # Errors
/// The store fails.
pub(crate) fn erase(mailbox: &Mailbox, folder: Fid, ids: &[Mid]) -> Result<()> {
    for part in ids.chunks(2_000) {
        let rows: Vec<_> =
            part.iter().flat_map(|&id| keys_of(folder, id)).filter(|key| key.starts_with("r/")).collect();
        let mut blobs = Vec::new();
        for row in mailbox.store.get_all::<RowRecord>(&rows)? {
            match row {
                Ok(row) => blobs.extend(row.map(|row| row.blobs).unwrap_or_default()),
                // What it led to is lost.
                Err(error) => log::error!("a row in folder `{folder:#x}`: {error}"),
            }
        }
        mailbox.store.delete(&Store::blob_keys(&blobs))?;
        mailbox.store.delete(&part.iter().flat_map(|&id| keys_of(folder, id)).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Deletes messages (MS-OXCFOLD 2.2.1.11).
///
/// # Errors
/// The folder is gone, or the index or the store fails.
pub(crate) fn delete(
    mailbox: &Mailbox,
    folder: Fid,
    ids: &[Mid],
    mode: DeleteMode,
) -> Result<Vec<ItemOutcome>> {
    mailbox.check(folder)?;
    let mut outcomes = Vec::with_capacity(ids.len());
    for part in ids.chunks(DELETE_MAX) {
        let keys: Vec<_> =
            part.iter().flat_map(|&id| [false, true].map(|kind| row_key(folder, id, kind))).collect();
        let rows = mailbox.store.get_all::<RowRecord>(&keys)?;
        // A row that cannot be read is there too.
        let present = rows.chunks(2).map(|kinds| kinds.iter().any(|row| !matches!(row, Ok(None))));
        let present: Vec<bool> = present.collect();
        let gone: Vec<Mid> =
            part.iter().zip(&present).filter(|(_, here)| **here).map(|(&id, _)| id).collect();
        delete_part(mailbox, folder, &gone, mode)?;
        let mut events: Vec<Event> = gone.iter().map(|&id| Event::Deleted(object(folder, id))).collect();
        events.push(Event::TableChanged(folder));
        publish(&events);
        outcomes.extend(part.iter().zip(present).map(|(&id, here)| {
            let outcome = if here { Ok(()) } else { Err(ErrorCode::NotFound) };
            ItemOutcome { id, outcome }
        }));
    }
    Ok(outcomes)
}

fn delete_part(mailbox: &Mailbox, folder: Fid, gone: &[Mid], mode: DeleteMode) -> Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let key = journal::key()?;
    let entry = Entry::Delete { folder, ids: gone.to_vec(), soft: mode == DeleteMode::Soft };
    mailbox.store.begin(&key, &entry)?;
    if let Err(error) = ids::remove(gone, mode) {
        mailbox.store.delete(&[key])?;
        return Err(error);
    }
    erase(mailbox, folder, gone)?;
    mailbox.store.settle(key);
    Ok(())
}

/// Moves or copies messages (MS-OXCFOLD 2.2.1.6). What was moved leaves a tombstone where it was.
///
/// # Errors
/// A folder is gone; everything else is an outcome.
pub(crate) fn move_or_copy(
    mailbox: &Mailbox,
    from: Fid,
    to: Fid,
    items: Vec<TransferItem>,
    copy: bool,
) -> Result<Vec<ItemOutcome>> {
    mailbox.check(from)?;
    mailbox.check(to)?;
    let one = |item: TransferItem| {
        let id = item.source;
        let outcome = transfer(mailbox, from, to, item, copy).map_err(|error| error.code);
        ItemOutcome { id, outcome }
    };
    let outcomes = items.into_iter().map(one).collect();
    publish(&[Event::TableChanged(from), Event::TableChanged(to)]);
    Ok(outcomes)
}

fn transfer(mailbox: &Mailbox, from: Fid, to: Fid, item: TransferItem, copy: bool) -> Result<()> {
    let TransferItem { source, target, keys } = item;
    let kept = mailbox.message(from, source)?;
    let kept = kept.ok_or_else(|| Error::not_found(format!("there is no message `{source:#x}`")))?;
    if mailbox.store.exists(&message_key(target))? {
        return Err(Error::exists(format!("there is a message `{target:#x}`")));
    }
    // What is moved keeps its attachments where they are; a copy has its own.
    let mut new = if copy { mailbox.whole(&kept)? } else { kept.clone() }.renumbered(target);
    if copy {
        // A copy begins a history of its own.
        new.properties.remove(PID_TAG_PREDECESSOR_CHANGE_LIST);
    }
    new.finish(Some(to), mailbox.replica(), ids::number()?);
    if let Some(keys) = keys {
        new.keep_keys(keys);
    }
    let uri = uri::message(&mailbox.uri(to)?, target, new.associated);
    let mut all = Write::default();
    let new = write(&mut all, to, new)?;
    let transfer = Transfer { to: object(to, target), source: object(from, source) };
    if copy {
        mailbox.register(&all, target, uri)?;
        publish(&[Event::Copied(transfer)]);
        return Ok(());
    }
    let row = mailbox.store.get::<RowRecord>(&row_key(from, source, kept.associated))?;
    let moves = |blob: &Blob| new.attachments.values().any(|attachment| attachment.kept == Some(blob.0));
    let blobs = row.map(|row| row.blobs).unwrap_or_default().into_iter();
    let garbage: Vec<Blob> = blobs.filter(|blob| !moves(blob)).collect();
    let key = journal::key()?;
    let entry = Entry::Move { from, source, target, uri: uri.clone(), garbage: garbage.clone() };
    mailbox.store.commit(&all, Some((&key, &entry)))?;
    let undo = |error| {
        mailbox.store.delete(&[all.keys(), vec![key.clone()]].concat())?;
        Err(error)
    };
    if let Err(error) = mailbox.add_to_index(target, &uri) {
        return undo(error);
    }
    if let Err(error) = ids::remove(&[source], DeleteMode::Soft) {
        ids::remove(&[target], DeleteMode::Hard)?;
        return undo(error);
    }
    mailbox.store.delete(&[Store::blob_keys(&garbage), keys_of(from, source).to_vec()].concat())?;
    mailbox.store.settle(key);
    publish(&[Event::Moved(transfer)]);
    Ok(())
}

/// Marks messages read or unread (MS-OXCMSG 2.2.3.10).
///
/// # Errors
/// The folder is gone, there are no change numbers, or the store fails.
pub(crate) fn set_read(mailbox: &Mailbox, folder: Fid, ids: &[Mid], read: bool) -> Result<Vec<ItemOutcome>> {
    mailbox.check(folder)?;
    let mut outcomes = Vec::with_capacity(ids.len());
    let mut all = Write::default();
    let mut marked = Vec::new();
    for (&id, number) in ids.iter().zip(ids::numbers(ids.len())?) {
        let outcome = match mailbox.message(folder, id) {
            Ok(Some(mut item)) => {
                item.set_read(read);
                item.finish(Some(folder), mailbox.replica(), number);
                rewrite(mailbox, &mut all, folder, item)?;
                marked.push(id);
                Ok(())
            }
            Ok(None) => Err(ErrorCode::NotFound),
            Err(error) if error.code == ErrorCode::Corrupted => Err(error.code),
            Err(error) => return Err(error),
        };
        outcomes.push(ItemOutcome { id, outcome });
        if all.size() > MARK_BYTES || marked.len() >= MARK_MAX {
            flush(mailbox, folder, &mut all, &mut marked)?;
        }
    }
    flush(mailbox, folder, &mut all, &mut marked)?;
    Ok(outcomes)
}

fn flush(mailbox: &Mailbox, folder: Fid, all: &mut Write, marked: &mut Vec<Mid>) -> Result<()> {
    if marked.is_empty() {
        return Ok(());
    }
    mailbox.store.commit(&std::mem::take(all), None)?;
    let modified = |id| Event::Modified(Modification { target: object(folder, id), tags: Vec::new() });
    let mut events: Vec<Event> = marked.drain(..).map(modified).collect();
    events.push(Event::TableChanged(folder));
    publish(&events);
    Ok(())
}
