//! Two stores, one truth. A kill may fall between a call of the key-value store and one of the index; this module owns what
//! makes the next opening find the whole old or the whole new state.
//!
//! - **What changes one message or folder in its place** (save, read flags, rename, permissions, properties) is one write of the
//!   key-value store, which is all or nothing; the index is not asked. Larger ones write their chunks before, under numbers
//!   that nothing refers to; until the one write that counts, an entry says that they are garbage, and that write turns
//!   the entry to what it replaces.
//! - **What adds or moves a message, or adds a folder**, writes the object and its entry at once, then the index. Healing
//!   goes forward: what is written is registered, and the source of a move goes. A call whose index step fails takes back
//!   what it wrote and answers the error.
//! - **What deletes, and what moves a folder,** writes its entry first, then changes the index, then the store. Healing goes
//!   forward from the entry, whatever was done of it.
//! - **A copy of a folder** writes everything below the new folder first, which nothing leads to, and the folder itself last,
//!   together with the end of the entry. Healing takes back.
//!
//! Entries that go forward are healed at once: doing them twice, or beside the call that wrote them, comes to the same. Those
//! that take back wait for [`AGE_SECONDS`], since another context of the same owner may be at it; until then nobody sees
//! what they are about.
//!
//! What this does not order is two calls of two contexts that change the same message at the same moment: the last write
//! counts, and if both replace its attachments, an attachment of the one that counts may answer `object-modified`.

use crate::{
    mailbox::Mailbox,
    store::{Blob, Store, folder_key, message_key},
    subtree, transfer,
};
use mapistore_sdk::{
    ErrorCode, Result, ids, index,
    types::{DeleteMode, Fid, Fmid, Mid},
};
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// No call of the contract runs as long as this.
const AGE_SECONDS: u64 = 3_600;

/// What is being done.
#[derive(Serialize, Deserialize)]
pub(crate) enum Entry {
    /// Nothing any more.
    Done,
    /// An object is to be in the index.
    Add { id: Fmid, uri: String },
    /// A message goes to another folder, under another id.
    Move { from: Fid, source: Mid, target: Mid, uri: String, garbage: Vec<Blob> },
    /// Messages go.
    Delete { folder: Fid, ids: Vec<Mid>, soft: bool },
    /// A folder goes with all that is in it.
    DeleteTree { folder: Fid, soft: bool },
    /// A folder goes to another parent, or becomes a root.
    MoveFolder { folder: Fid, parent: Option<Fid>, name: String, old: String, new: String },
    /// Chunks that nothing refers to.
    Garbage { since: u64, blobs: Vec<Blob> },
    /// Folders that are being filled.
    Copy { since: u64, folders: Vec<Fid> },
}

/// Chunks that nothing refers to, from now on.
pub(crate) fn garbage(blobs: Vec<Blob>) -> Entry {
    Entry::Garbage { since: now(), blobs }
}

/// Folders that are being filled, from now on.
pub(crate) fn copy(folders: Vec<Fid>) -> Entry {
    Entry::Copy { since: now(), folders }
}

/// A key for an entry, which no other has.
///
/// # Errors
/// The index fails.
pub(crate) fn key() -> Result<String> {
    Ok(format!("j/{:016x}", index::globcnt(ids::number()?)))
}

/// The mode that an entry says.
pub(crate) fn mode(soft: bool) -> DeleteMode {
    if soft { DeleteMode::Soft } else { DeleteMode::Hard }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Finishes what was begun. An entry that cannot be finished does not keep the others from it, nor the context from opening.
///
/// # Errors
/// The store or the index is away.
pub(crate) fn heal(mailbox: &Mailbox) -> Result<()> {
    let store = &mailbox.store;
    let keys = store.keys("j/")?;
    for (key, entry) in keys.iter().zip(store.get_all::<Entry>(&keys)?) {
        let healed = match entry {
            Ok(Some(entry)) => finish(mailbox, key, entry),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        match healed {
            Err(error) if matches!(error.code, ErrorCode::Storage | ErrorCode::QuotaExceeded) => {
                return Err(error);
            }
            Err(error) => log::error!("`{key}` of the journal cannot be finished: {error}"),
            Ok(()) => {}
        }
    }
    Ok(())
}

fn finish(mailbox: &Mailbox, key: &str, entry: Entry) -> Result<()> {
    let store = &mailbox.store;
    let mut obsolete = vec![key.to_owned()];
    match entry {
        Entry::Done => {}
        Entry::Add { id, uri } => {
            if store.exists(&message_key(id))? || store.exists(&folder_key(id))? {
                register(id, &uri)?;
            }
        }
        Entry::Move { from, source, target, uri, garbage } => {
            if store.exists(&message_key(target))? {
                register(target, &uri)?;
                ids::remove(&[source], DeleteMode::Soft)?;
                obsolete.splice(0..0, transfer::keys_of(from, source));
                obsolete.splice(0..0, Store::blob_keys(&garbage));
            }
        }
        Entry::Delete { folder, ids: gone, soft } => {
            ids::remove(&gone, mode(soft))?;
            transfer::erase(mailbox, folder, &gone)?;
        }
        Entry::DeleteTree { folder, soft } => subtree::erase(mailbox, &mailbox.subtree(folder)?, mode(soft))?,
        Entry::MoveFolder { folder, parent, name, old, new } => {
            return subtree::carry(mailbox, folder, parent, &name, (&old, &new), key);
        }
        Entry::Garbage { since, .. } | Entry::Copy { since, .. } if now().abs_diff(since) < AGE_SECONDS => {
            return Ok(());
        }
        Entry::Garbage { blobs, .. } => obsolete.splice(0..0, Store::blob_keys(&blobs)).for_each(drop),
        Entry::Copy { folders, .. } => subtree::erase(mailbox, &folders, DeleteMode::Hard)?,
    }
    store.delete(&obsolete)
}

/// Sees to it that an object is in the index, unless it was deleted there.
fn register(id: Fmid, uri: &str) -> Result<()> {
    match index::get_uris(&[id])?.first() {
        Some(None) => index::add(id, uri),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{store::Write, uri::Place};
    use mapistore_sdk::{keyvalue, types::Guid};

    #[test]
    fn what_takes_back_waits_until_nobody_can_be_at_it() {
        index::reset();
        keyvalue::reset();
        let open = || Mailbox::open("alice", Place::Main, Guid { hi: 1, lo: 2 }).unwrap();
        let mailbox = open();
        let mut write = Write::default();
        let blob = write.blob(&vec![7_u8; 600_000]).unwrap();
        mailbox.store.commit(&write, None).unwrap();
        let chunks = || mailbox.store.keys("b/").unwrap().len();
        assert_eq!(chunks(), 3);
        mailbox.store.begin("j/1", &garbage(vec![blob])).unwrap();
        open();
        assert_eq!(chunks(), 3);
        mailbox
            .store
            .begin("j/1", &Entry::Garbage { since: now() - AGE_SECONDS, blobs: vec![blob] })
            .unwrap();
        open();
        assert_eq!((chunks(), mailbox.store.keys("j/").unwrap().len()), (0, 0));
    }

    #[test]
    fn an_entry_that_cannot_be_read_keeps_no_context_from_opening() {
        index::reset();
        keyvalue::reset();
        let bucket = keyvalue::Bucket::open("mail").unwrap();
        bucket.set("j/1", b"damaged").unwrap();
        let gone = Entry::MoveFolder {
            folder: 1,
            parent: None,
            name: "x".into(),
            old: "a/".into(),
            new: "b/".into(),
        };
        bucket.set("j/2", &crate::codec::encode(&gone).unwrap()).unwrap();
        Mailbox::open("alice", Place::Main, Guid { hi: 1, lo: 2 }).unwrap();
    }
}
