//! Tombstones for backends that keep none: from the owner's index, before and after a deletion.
//!
//! A backend without `soft-delete` is asked to delete for good. What the index knew of the objects before is a tombstone
//! afterwards, whether the backend took its records out or left them.

use crate::bindings::exports::mapistore::backend::objects::DeletedSet;
use crate::bindings::mapistore::backend::types::TableKind;
use crate::context::Inner;
use crate::error::CallError;
use crate::host::Mailbox;
use crate::index::{BATCH_MAX, ChangeNumber, DeleteMode, Entry, Fmid, IndexError, Uri};

/// Live records that are about to be deleted.
pub(super) struct Doomed {
    mailbox: Mailbox,
    entries: Vec<Entry>,
    function: &'static str,
}

impl Doomed {
    /// The live records of these ids.
    pub(super) fn objects(inner: &Inner, ids: &[u64], function: &'static str) -> Result<Self, CallError> {
        Self::collect(inner, function, |mailbox| {
            let ids: Vec<_> = ids.iter().copied().map(Fmid).collect();
            let found = mailbox.index.get_uris(&mailbox.scope, &ids)?;
            Ok(found.into_iter().flatten().filter(|entry| !entry.soft_deleted).collect())
        })
    }

    /// The live records of a folder and of all below it.
    pub(super) fn tree(inner: &Inner, folder: Fmid, function: &'static str) -> Result<Self, CallError> {
        Self::collect(inner, function, |mailbox| {
            let own = mailbox.index.get_uris(&mailbox.scope, &[folder])?.pop().flatten();
            let Some(own) = own.filter(|entry| !entry.soft_deleted) else { return Ok(Vec::new()) };
            let mut entries: Vec<Entry> = Vec::new();
            loop {
                let after = entries.last().map(|entry| entry.id);
                let page = mailbox.index.find(&mailbox.scope, &own.uri, "", after, BATCH_MAX)?;
                let last = page.len() < BATCH_MAX;
                entries.extend(page);
                if last {
                    // The folder itself begins with its URI, so it is among them.
                    return Ok(entries);
                }
            }
        })
    }

    fn collect(
        inner: &Inner,
        function: &'static str,
        find: impl FnOnce(&Mailbox) -> Result<Vec<Entry>, IndexError>,
    ) -> Result<Self, CallError> {
        let mailbox = inner.backend.mailbox(&inner.connection.owner, function)?;
        let entries = find(&mailbox).map_err(|source| CallError::Index { function, source })?;
        Ok(Self { mailbox, entries, function })
    }

    /// Makes tombstones of those that `deleted` says are gone.
    pub(super) fn bury(mut self, deleted: impl Fn(Fmid) -> bool) -> Result<(), CallError> {
        self.entries.retain(|entry| deleted(entry.id));
        let function = self.function;
        self.entries
            .chunks(BATCH_MAX)
            .try_for_each(|entries| bury(&self.mailbox, entries))
            .map_err(|source| CallError::Index { function, source })
    }
}

fn bury(mailbox: &Mailbox, entries: &[Entry]) -> Result<(), IndexError> {
    let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    let now = mailbox.index.get_uris(&mailbox.scope, &ids)?;
    for (entry, now) in entries.iter().zip(&now) {
        if now.is_none() {
            match mailbox.index.add(&mailbox.scope, entry.id, &Uri::parse(entry.uri.clone())?) {
                // Something else has the URI by now: then nobody looks for this one there.
                Ok(()) | Err(IndexError::UriTaken(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    mailbox.index.remove(&mailbox.scope, &ids, DeleteMode::Soft)
}

/// What was deleted in a folder since a change number, for a backend that does not say: the tombstones that lie directly
/// in it. The index cannot tell messages from folder associated information, so either list has both; an id that a
/// client does not know means nothing to it.
pub(super) fn deleted_in(
    inner: &Inner,
    folder: Fmid,
    kind: TableKind,
    since: ChangeNumber,
    function: &'static str,
) -> Result<DeletedSet, CallError> {
    let mailbox = inner.backend.mailbox(&inner.connection.owner, function)?;
    let list = || {
        // Before the look: what is deleted meanwhile is then told twice, and not never.
        let upto = mailbox.index.next_change_numbers(&mailbox.scope, 1)?;
        let upto = upto.first().copied().unwrap_or(since);
        let own = mailbox.index.get_uris(&mailbox.scope, &[folder])?.pop().flatten();
        let Some(own) = own else { return Ok(DeletedSet { ids: Vec::new(), upto: upto.0 }) };
        let wanted = |entry: &Entry| {
            let below = entry.uri.strip_prefix(&own.uri).unwrap_or_default();
            let (name, is_folder) = match below.strip_suffix('/') {
                Some(name) => (name, true),
                None => (below, false),
            };
            let of_kind = match kind {
                TableKind::Hierarchy => is_folder,
                TableKind::Contents | TableKind::Associated => !is_folder,
                TableKind::Rules | TableKind::Attachments | TableKind::Permissions => false,
            };
            of_kind && !name.is_empty() && !name.contains('/')
        };
        let deleted = mailbox.index.list_deleted(&mailbox.scope, &own.uri, since)?;
        let ids = deleted.iter().filter(|entry| wanted(entry)).map(|entry| entry.id.0).collect();
        Ok(DeletedSet { ids, upto: upto.0 })
    };
    list().map_err(|source| CallError::Index { function, source })
}
