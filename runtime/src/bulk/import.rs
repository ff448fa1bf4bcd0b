//! From files into a folder.

use std::time::{Duration, SystemTime};

use super::journal::State;
use super::source::Next;
use super::{BulkError, BulkReport, ImportItem, ImportJournal, mail, reason};
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types::{ErrorCode, Property, PropertyTag, PropertyValue};
use crate::error::CallError;
use crate::index::Fmid;
use crate::objects::Folder;
use crate::transfer::{MIME, fresh_ids};

/// How many items are begun with one write to the disk.
const BATCH_ITEMS: usize = 64;
/// How many bytes of them are held.
const BATCH_BYTES: usize = 8 << 20;

/// PidTagMessageDeliveryTime, PidTagMessageFlags, PidTagFlagStatus, PidTagLastVerbExecuted.
const DELIVERY_TIME: PropertyTag = 0x0E06_0040;
const MESSAGE_FLAGS: PropertyTag = 0x0E07_0003;
const FLAG_STATUS: PropertyTag = 0x1090_0003;
const LAST_VERB: PropertyTag = 0x1081_0003;

/// An item that is about to be made.
struct Begun {
    item: ImportItem,
    key: String,
    id: Fmid,
}

/// Imports what a source gives into a folder, as original bytes (0x66590102, PR_INTERNET_CONTENT) with the time of
/// delivery and the flags that are known; a backend that does not read mail is told what a mail says of itself. `progress` is told after each item.
///
/// What the journal says is there is not imported again. What the backend refuses is counted, and is tried again in the
/// next run.
///
/// # Errors
/// The journal cannot be written, or the host or the machine fails. What was imported until then is, and is known.
pub async fn import(
    folder: &Folder,
    source: impl Iterator<Item = Next>,
    journal: &mut ImportJournal,
    mut progress: impl FnMut(&BulkReport),
) -> Result<BulkReport, BulkError> {
    let mut report = BulkReport::default();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for next in source {
        let item = match next {
            Ok(item) => item,
            Err((origin, problem)) => {
                report.refuse(origin, problem);
                progress(&report);
                continue;
            }
        };
        let (key, state) = journal.look_up(&item.bytes);
        match state {
            Some(State::Done) => report.already += 1,
            Some(State::Begun(id)) if is_there(folder, id).await? => {
                journal.done(&key)?;
                report.already += 1;
            }
            _ => {
                bytes += item.bytes.len();
                batch.push((key, item));
            }
        }
        if batch.len() >= BATCH_ITEMS || bytes > BATCH_BYTES {
            make_all(folder, std::mem::take(&mut batch), journal, &mut report, &mut progress).await?;
            bytes = 0;
        }
        progress(&report);
    }
    make_all(folder, batch, journal, &mut report, &mut progress).await?;
    progress(&report);
    Ok(report)
}

/// Whether a message that was begun in an earlier run came to be saved.
async fn is_there(folder: &Folder, id: Fmid) -> Result<bool, CallError> {
    match folder.open_message(id, false).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.code(), Some(ErrorCode::NotFound | ErrorCode::ObjectDeleted)) => {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

async fn make_all(
    folder: &Folder,
    items: Vec<(String, ImportItem)>,
    journal: &mut ImportJournal,
    report: &mut BulkReport,
    progress: &mut impl FnMut(&BulkReport),
) -> Result<(), BulkError> {
    // One that was begun and is not there gets another id: of the first the index may know something.
    let ids = fresh_ids(folder, items.len())?;
    let begun: Vec<_> = items.into_iter().zip(ids).map(|((key, item), id)| Begun { item, key, id }).collect();
    if begun.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = begun.iter().map(|begun| (begun.key.clone(), begun.id)).collect();
    journal.begin(&lines)?;
    for Begun { item, key, id } in begun {
        match make(folder, id, &item).await {
            Ok(()) => {
                journal.done(&key)?;
                report.done += 1;
                report.bytes += item.bytes.len() as u64;
            }
            Err(error) => match reason(&error) {
                Some(reason) => report.refuse(item.origin, reason),
                None => return Err(error.into()),
            },
        }
        progress(report);
    }
    Ok(())
}

async fn make(folder: &Folder, id: Fmid, item: &ImportItem) -> Result<(), CallError> {
    let message = folder.create_message(id, false).await?;
    let stream = message.open_stream(MIME, StreamAccess::Create).await?;
    stream.write(0, &item.bytes).await?;
    stream.commit().await?;
    drop(stream);
    mail::describe(&message, &item.bytes, folder.handle.inner.backend.inline_limit()).await?;
    let known = known_beside(item);
    if !known.is_empty() {
        // A backend that keeps none of it keeps the message all the same.
        match message.set_properties(known).await {
            Err(error) if error.is_loss() => return Err(error),
            _ => {}
        }
    }
    message.save(false).await.map(drop)
}

/// What the bytes do not say.
fn known_beside(item: &ImportItem) -> Vec<Property> {
    let mut known = Vec::new();
    let mut add = |tag, value| known.push(Property { tag, value });
    if let Some(time) = item.delivered.and_then(filetime) {
        add(DELIVERY_TIME, PropertyValue::Time(time));
    }
    if let Some(flags) = &item.flags {
        let has = |flag| flags.contains(flag);
        let bit = |flag, bit| if has(flag) { bit } else { 0 };
        // mfRead and mfUnsent (MS-OXCMSG 2.2.1.6).
        add(MESSAGE_FLAGS, PropertyValue::Integer32(bit('S', 1) | bit('D', 8)));
        if has('F') {
            add(FLAG_STATUS, PropertyValue::Integer32(2));
        }
        // Reply to sender, forward (MS-OXOMSG 2.2.1.4).
        if has('R') || has('P') {
            add(LAST_VERB, PropertyValue::Integer32(if has('R') { 102 } else { 104 }));
        }
    }
    known
}

/// Units of 100 ns since 1601.
fn filetime(time: SystemTime) -> Option<u64> {
    const SECONDS_TO_1970: u64 = 11_644_473_600;
    let since: Duration = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    since.as_secs().checked_add(SECONDS_TO_1970)?.checked_mul(10_000_000)
}
