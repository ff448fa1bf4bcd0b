//! What is done to many messages at once: delete, move, copy, mark as read. Each answers one outcome for each message.

use crate::{
    ids,
    mailbox::{Mailbox, order, publish},
    uri,
};
use mapistore_sdk::{
    Error, ErrorCode, Result,
    notifications::{Event, Transfer, message as object},
    tags::PID_TAG_PREDECESSOR_CHANGE_LIST,
    types::{DeleteMode, Fid, ItemOutcome, Mid, TransferItem},
};
use std::rc::Rc;

/// Deletes messages (MS-OXCFOLD 2.2.1.11).
///
/// # Errors
/// The folder is gone, or the index fails: then all of them are still there.
pub(crate) fn delete(
    mailbox: &Mailbox,
    folder: Fid,
    ids: &[Mid],
    mode: DeleteMode,
) -> Result<Vec<ItemOutcome>> {
    let present: Vec<bool> = mailbox
        .folder(folder, |folder| ids.iter().map(|&id| folder.items.contains_key(&order(id))).collect())?;
    let gone: Vec<Mid> =
        ids.iter().zip(&present).filter(|(_, present)| **present).map(|(&id, _)| id).collect();
    ids::remove(&gone, mode)?;
    mailbox.folder_mut(folder, |folder| gone.iter().for_each(|&id| drop(folder.items.remove(&order(id)))))?;
    let mut events: Vec<Event> = gone.iter().map(|&id| Event::Deleted(object(folder, id))).collect();
    events.push(Event::TableChanged(folder));
    publish(&events);
    let outcome = |present| if present { Ok(()) } else { Err(ErrorCode::NotFound) };
    Ok(ids.iter().zip(present).map(|(&id, present)| ItemOutcome { id, outcome: outcome(present) }).collect())
}

/// Moves or copies messages (MS-OXCFOLD 2.2.1.6). What was moved leaves a tombstone where it was.
///
/// # Errors
/// A folder is gone, or there are no change numbers; everything else is an outcome.
pub(crate) fn move_or_copy(
    mailbox: &Mailbox,
    from: Fid,
    to: Fid,
    items: Vec<TransferItem>,
    copy: bool,
) -> Result<Vec<ItemOutcome>> {
    for folder in [from, to] {
        mailbox.folder(folder, |_| ())?;
    }
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
    let kept = mailbox.item(from, source)?;
    let kept = kept.ok_or_else(|| Error::not_found(format!("there is no message `{source:#x}`")))?;
    let mut new = kept.renumbered(target);
    if copy {
        // A copy begins a history of its own.
        new.properties.remove(PID_TAG_PREDECESSOR_CHANGE_LIST);
    }
    new.finish(Some(to), mailbox.replica(), ids::number()?);
    if let Some(keys) = keys {
        new.keep_keys(keys);
    }
    let place = mailbox.folder(to, |folder| uri::message(&folder.uri, target, new.associated))?;
    ids::add(&[(target, place)])?;
    if !copy && let Err(error) = ids::remove(&[source], DeleteMode::Soft) {
        ids::remove(&[target], DeleteMode::Hard)?;
        return Err(error);
    }
    mailbox.folder_mut(to, |folder| folder.items.insert(order(target), Rc::new(new)))?;
    let transfer = Transfer { to: object(to, target), source: object(from, source) };
    if copy {
        publish(&[Event::Copied(transfer)]);
    } else {
        mailbox.folder_mut(from, |folder| folder.items.remove(&order(source)))?;
        publish(&[Event::Moved(transfer)]);
    }
    Ok(())
}

/// Marks messages read or unread (MS-OXCMSG 2.2.3.10).
///
/// # Errors
/// The folder is gone, or there are no change numbers.
pub(crate) fn set_read(mailbox: &Mailbox, folder: Fid, ids: &[Mid], read: bool) -> Result<Vec<ItemOutcome>> {
    let mut outcomes = Vec::with_capacity(ids.len());
    for (&id, number) in ids.iter().zip(ids::numbers(ids.len())?) {
        let outcome = match mailbox.item(folder, id)? {
            Some(kept) => {
                let mut item = (*kept).clone();
                item.set_read(read);
                item.finish(Some(folder), mailbox.replica(), number);
                mailbox.replace(folder, Rc::new(item))?;
                Ok(())
            }
            None => Err(ErrorCode::NotFound),
        };
        outcomes.push(ItemOutcome { id, outcome });
    }
    Ok(outcomes)
}
