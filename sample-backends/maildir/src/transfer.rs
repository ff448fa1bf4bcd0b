//! What is done to many messages at once: delete, move, copy, mark as read. One outcome for each message.

use mapistore_sdk::types::{DeleteMode, ItemOutcome, Mid, TransferItem};
use mapistore_sdk::{ErrorCode, Result};

use crate::changes::Keys;
use crate::ids;
use crate::mailbox::Mailbox;
use crate::name::{Flags, unique_base_like};
use crate::path::FolderPath;
use crate::snapshot::{FolderState, Record, message_uri};

/// Deletes messages. The file goes in both modes; after a soft delete the id stays, as a tombstone.
pub(crate) fn delete(
    mailbox: &Mailbox,
    folder: &FolderState,
    ids: &[Mid],
    mode: DeleteMode,
) -> Result<Vec<ItemOutcome>> {
    folder.sync(mailbox)?;
    let path = folder.path();
    let mut deleted = Vec::new();
    let outcomes = each(ids, |id| {
        let record = folder.record(id)?;
        mailbox.store.remove(&path, &record.base, &record.entry)?;
        folder.take(id);
        deleted.push(id);
        Ok(())
    });
    ids::remove(&deleted, mode)?;
    folder.write_changes(mailbox);
    Ok(outcomes)
}

/// Marks messages as read or unread.
pub(crate) fn set_read(
    mailbox: &Mailbox,
    folder: &FolderState,
    ids: &[Mid],
    read: bool,
) -> Result<Vec<ItemOutcome>> {
    folder.sync(mailbox)?;
    let mut numbers = ids::numbers(ids.len())?.into_iter();
    let outcomes = each(ids, |id| {
        let number = numbers.next().ok_or(ErrorCode::Failed)?;
        if folder.record(id)?.entry.flags.has(Flags::SEEN) != read {
            folder.set_flags(mailbox, id, &[(Flags::SEEN, read)], number)?;
        }
        Ok(())
    });
    folder.write_changes(mailbox);
    Ok(outcomes)
}

/// Moves or copies messages from one folder to another, or within one.
pub(crate) fn move_or_copy(
    mailbox: &Mailbox,
    source: &FolderState,
    target: &FolderState,
    items: Vec<TransferItem>,
    copy: bool,
) -> Result<Vec<ItemOutcome>> {
    source.sync(mailbox)?;
    target.sync(mailbox)?;
    let mut moved = Vec::new();
    let mut numbers = ids::numbers(items.len())?.into_iter();
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let id = item.source;
        let outcome = transfer(mailbox, source, target, item, numbers.next().unwrap_or_default(), copy);
        if outcome.is_ok() && !copy {
            moved.push(id);
        }
        outcomes.push(ItemOutcome { id, outcome: outcome.map_err(|error| error.code) });
    }
    ids::remove(&moved, DeleteMode::Soft)?;
    target.write_changes(mailbox);
    source.write_changes(mailbox);
    Ok(outcomes)
}

fn transfer(
    mailbox: &Mailbox,
    source: &FolderState,
    target: &FolderState,
    item: TransferItem,
    number: u64,
    copy: bool,
) -> Result<()> {
    let record = source.record(item.source)?;
    let Record { base, entry, .. } = &*record;
    let (from, to) = (source.path(), target.path());
    let base_there = if copy || target.has_base(base) { unique_base_like(base) } else { base.clone() };
    // The index first: another context that sees the file must find its id.
    ids::claim(item.target, &message_uri(&to.uri(&mailbox.user), &base_there))?;
    let arrived = if copy {
        mailbox.store.copy_message(&from, base, entry, &to, &base_there)
    } else {
        mailbox.store.move_message(&from, base, entry, &to, &base_there)
    };
    let entry = match arrived {
        Ok(entry) => entry,
        Err(error) => {
            ids::remove(&[item.target], DeleteMode::Hard)?;
            return Err(error.into());
        }
    };
    if !copy {
        source.take(item.source);
    }
    let keys = item.keys.map(|keys| Keys { change_key: keys.change_key, predecessors: keys.predecessors });
    target.put(Record { id: item.target, base: base_there, entry, number, keys });
    Ok(())
}

/// Copies the messages of one folder to another, which need not be there yet. They get ids when they are looked at.
pub(crate) fn copy_folder(mailbox: &Mailbox, from: &FolderPath, to: &FolderPath) -> Result<()> {
    mailbox.store.ensure(to)?;
    for (base, entry) in mailbox.store.scan(from)? {
        mailbox.store.copy_message(from, &base, &entry, to, &unique_base_like(&base))?;
    }
    Ok(())
}

/// Takes a folder and all below it out of the index.
pub(crate) fn retire(mailbox: &Mailbox, path: &FolderPath, mode: DeleteMode) -> Result<()> {
    let uri = path.uri(&mailbox.user);
    let below = ids::below(&uri)?.into_iter().map(|entry| entry.id);
    let itself = ids::live(&[uri])?.into_iter().flatten();
    ids::remove(&below.chain(itself).collect::<Vec<_>>(), mode)
}

fn each(ids: &[Mid], mut action: impl FnMut(Mid) -> Result<()>) -> Vec<ItemOutcome> {
    let outcome = |&id: &Mid| ItemOutcome { id, outcome: action(id).map_err(|error| error.code) };
    ids.iter().map(outcome).collect()
}
