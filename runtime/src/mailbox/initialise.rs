//! Has each backend open its new folders once, so that it can prepare what it needs for them.
//!
//! Comes after the transaction: a backend that fails at it is told of and asked again at the next logon; the mailbox
//! stands. Bounded: a backend that keeps failing, or is slow, is not asked for the rest.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::state::{Seat, Stored, StoredRow};
use super::{Slot, Uninitialised};
use crate::bindings::mapistore::backend::types::{ErrorCode, Property, PropertyValue};
use crate::context::Connection;
use crate::error::CallError;
use crate::index::Fmid;
use crate::objects::Folder;
use crate::runtime::Runtime;

/// After so many failures, or one that lost the context, a backend is left alone until the next run.
const FAILURES_MAX: usize = 3;
/// How long one backend may take for all of its folders. What it does not get to comes next time.
const TIME_MAX: Duration = Duration::from_secs(30);

const PID_TAG_MESSAGE_CLASS: u32 = 0x001A_001F;
const PID_TAG_SUBJECT: u32 = 0x0037_001F;

/// One thing to open.
struct Task<'a> {
    id: Fmid,
    uri: &'a str,
    /// The message in the folder of the URI, and not the folder.
    message: bool,
}

/// Opens what no backend has opened yet. Answers what was opened, and what was not.
pub(super) async fn initialise(
    runtime: &Runtime,
    connection: &Connection,
    stored: &Stored,
) -> (HashSet<Fmid>, Vec<Uninitialised>) {
    let mut backends: HashMap<&str, Vec<Task<'_>>> = HashMap::new();
    for task in tasks(runtime, &stored.rows) {
        let namespace = task.uri.split_once("://").map_or("", |(namespace, _)| namespace);
        backends.entry(namespace).or_default().push(task);
    }
    let of_all = backends.into_values().map(|tasks| of_backend(runtime, connection, tasks));
    let (mut opened, mut failed) = (HashSet::new(), Vec::new());
    for (ids, failures) in join_all(of_all).await {
        opened.extend(ids);
        failed.extend(failures);
    }
    failed.sort_by_key(|failure: &Uninitialised| failure.id);
    (opened, failed)
}

fn tasks<'a>(runtime: &Runtime, rows: &'a [StoredRow]) -> Vec<Task<'a>> {
    let new = || rows.iter().filter(|found| !found.row.initialised);
    let folders = new().filter(|found| found.row.seat != Seat::LocalFreebusy);
    let mut tasks: Vec<_> = folders
        .filter_map(|found| Some(Task { id: found.id, uri: found.uri.as_deref()?, message: false }))
        .collect();
    // The message comes after its folder; a backend that keeps no messages has none.
    if let Some(message) = new().find(|found| found.row.seat == Seat::LocalFreebusy)
        && let Some(folder) = rows.iter().find(|found| found.row.seat == Seat::Standard(Slot::FreebusyData))
        && let Some(uri) = folder.uri.as_deref()
        && keeps_messages(runtime, uri)
    {
        tasks.push(Task { id: message.id, uri, message: true });
    }
    tasks
}

fn keeps_messages(runtime: &Runtime, uri: &str) -> bool {
    let namespace = uri.split_once("://").map_or("", |(namespace, _)| namespace);
    let backends = runtime.backends();
    let backend = backends.iter().find(|record| record.namespace == namespace);
    backend.is_some_and(|record| record.capabilities.iter().any(|name| name == "write-messages"))
}

async fn of_backend(
    runtime: &Runtime,
    connection: &Connection,
    tasks: Vec<Task<'_>>,
) -> (Vec<Fmid>, Vec<Uninitialised>) {
    let begun = Instant::now();
    let (mut opened, mut failed, mut failures) = (Vec::new(), Vec::new(), 0);
    for Task { id, uri, message } in tasks {
        let uninitialised = |error| Uninitialised { id, uri: uri.to_owned(), error };
        if failures >= FAILURES_MAX || begun.elapsed() > TIME_MAX {
            failed.push(uninitialised(None));
            continue;
        }
        match open(runtime, connection, id, uri, message).await {
            Ok(()) => opened.push(id),
            Err(error) => {
                // A trap or a deadline will most likely come again, and a logon waits for this.
                failures += if error.is_loss() { FAILURES_MAX } else { 1 };
                failed.push(uninitialised(Some(error)));
            }
        }
    }
    (opened, failed)
}

async fn open(
    runtime: &Runtime,
    connection: &Connection,
    id: Fmid,
    uri: &str,
    message: bool,
) -> Result<(), CallError> {
    let context = runtime.open_context(connection, uri).await?;
    let done = if message {
        match context.root_folder().await {
            Ok(folder) => make_local_freebusy(&folder, id).await,
            Err(error) => Err(error),
        }
    } else {
        Ok(())
    };
    context.close().await;
    done
}

/// Makes the message with the owner's free/busy settings, if it is not there (MS-OXODLGT 2.2.2).
async fn make_local_freebusy(folder: &Folder, id: Fmid) -> Result<(), CallError> {
    match folder.open_message(id, false).await {
        Ok(_) => return Ok(()),
        Err(CallError::Answered { code: ErrorCode::NotFound, .. }) => {}
        Err(error) => return Err(error),
    }
    let message = folder.create_message(id, false).await?;
    let text = |tag, value: &str| Property { tag, value: PropertyValue::Text(value.to_owned()) };
    let properties = vec![
        text(PID_TAG_MESSAGE_CLASS, "IPM.Microsoft.ScheduleData.FreeBusy"),
        text(PID_TAG_SUBJECT, "LocalFreebusy"),
    ];
    message.set_properties(properties).await?;
    message.save(false).await.map(drop)
}
