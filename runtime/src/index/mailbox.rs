//! What an owner's mailbox is made of, as the index keeps it: ids, each with some bytes, and bytes about the whole.
//!
//! Knows neither what is in the bytes nor which folders a mailbox has; that is the provisioning's. It is here so that
//! ids, their URIs and the mailbox change together or not at all (PV-06).

use std::collections::HashSet;

use super::{BATCH_MAX, Fmid, IndexError, Uri, check_range};

/// The most rows of a mailbox.
pub const MAILBOX_ROWS_MAX: usize = BATCH_MAX;
/// The most bytes of a row, and of what is kept about the whole.
pub const MAILBOX_ROW_BYTES_MAX: usize = 8_192;
/// How many fresh ids are tried for a URI with the id in it, should the first be taken.
pub(super) const BELOW_TRIES: usize = 16;

/// An owner's mailbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxRows {
    /// How many changes there were; 0 says that there is no mailbox.
    pub revision: u64,
    /// About the whole.
    pub head: Vec<u8>,
    /// In the order of their ids.
    pub rows: Vec<MailboxRow>,
}

/// One id of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxRow {
    /// The FID, or MID.
    pub id: Fmid,
    /// The URI of its live record, if it has one.
    pub uri: Option<String>,
    /// What is kept about it.
    pub details: Vec<u8>,
}

/// What is to become of a mailbox: all of it, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailboxChange {
    /// The revision that it was planned for.
    pub revision: u64,
    /// Put in the place of what is kept about the whole.
    pub head: Option<Vec<u8>>,
    /// Rows that go. Their ids keep their records.
    pub remove: Vec<Fmid>,
    /// New details of rows that stay.
    pub put: Vec<(Fmid, Vec<u8>)>,
    /// New rows.
    pub add: Vec<NewMailboxRow>,
}

/// A row to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMailboxRow {
    /// Where its id comes from.
    pub place: Place,
    /// What is kept about it.
    pub details: Vec<u8>,
}

/// Where the id of a new row comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The live id of this URI, or a fresh one that is registered for it.
    At(Uri),
    /// A fresh id, registered for the container `0x` and its 16 hex digits below this one.
    Below(Uri),
    /// A fresh id without a record.
    Nowhere,
}

impl MailboxChange {
    /// Returns whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.head.is_none() && self.remove.is_empty() && self.put.is_empty() && self.add.is_empty()
    }
}

/// The URI of a row that lies below another.
pub(super) fn below(container: &Uri, id: Fmid) -> Result<Uri, IndexError> {
    if !container.is_container() {
        return Err(IndexError::NotContainer(container.clone()));
    }
    Ok(Uri::parse(format!("{container}{id}/"))?)
}

/// What every driver checks before it does anything. `stored` are the ids of the rows that there are.
pub(super) fn check_change(
    change: &MailboxChange,
    revision: u64,
    stored: &HashSet<Fmid>,
) -> Result<(), IndexError> {
    let added = change.add.iter().map(|new| &new.details);
    let changed = change.put.iter().map(|(_, details)| details);
    for details in added.chain(changed).chain(&change.head) {
        check_range("mailbox row bytes", details.len(), 0, MAILBOX_ROW_BYTES_MAX)?;
    }
    let mut named = HashSet::new();
    let mut old = change.remove.iter().chain(change.put.iter().map(|(id, _)| id));
    if revision != change.revision || !old.all(|id| stored.contains(id) && named.insert(id)) {
        return Err(IndexError::MailboxChanged);
    }
    let rows = (stored.len() + change.add.len()).saturating_sub(change.remove.len());
    check_range("mailbox rows", rows, 0, MAILBOX_ROWS_MAX)
}
