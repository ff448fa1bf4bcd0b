//! What every look-up needs and hardly ever changes: owners' numbers and folders' paths. Knows no database.
//!
//! A read transaction sees the index as of one commit, and there may be readers of several at once. So each value is
//! stamped with the transaction that it was read in, and each change that makes values wrong (a folder renamed
//! or gone, an owner removed) marks its owner's part with its own transaction *before* it commits. A value is
//! right for a reader if no such change lies between the two: if the last mark is no later than either.
//! The mark is read after the transaction has begun, so it is at least as late as every change the reader sees.
//!
//! An owner's part that is dropped to save space leaves its mark behind, in `floor`, for the next.

use std::collections::HashMap;
use std::hash::Hash;
use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use foldhash::fast::RandomState;

use super::layout::{FolderNumber, OwnerNumber};
use crate::index::Owner;

/// About what the cache may take. When it is more, all of it goes: it is filled again soon enough.
const BYTES_MAX: usize = 64 << 20;
/// About what an entry takes besides its text.
const ENTRY_BYTES: usize = 96;

/// The number of a transaction.
pub(super) type TxnId = usize;

/// A look-up takes as long as its hashes: seeded, and quick. Who finds names that collide all the same slows down the look-ups of the
/// owner whose names they are.
type Map<K, V> = HashMap<K, V, RandomState>;

#[derive(Default)]
pub(super) struct Cache {
    owners: RwLock<Map<Owner, Arc<OwnerCache>>>,
    bytes: Arc<AtomicUsize>,
    floor: AtomicUsize,
}

/// An owner's part.
pub(super) struct OwnerCache {
    last_mark: AtomicUsize,
    values: RwLock<Values>,
    bytes: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Values {
    number: Option<Stamped<OwnerNumber>>,
    paths: Map<FolderNumber, Stamped<Arc<str>>>,
    folders: Map<Arc<str>, Stamped<FolderNumber>>,
}

/// A value and the transaction that saw it.
struct Stamped<V> {
    seen_in: TxnId,
    value: V,
}

impl Cache {
    /// Returns an owner's part. Readers call this after their transaction has begun, the writer before it commits.
    pub(super) fn owner(&self, owner: &Owner) -> Arc<OwnerCache> {
        let owners = self.owners.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(cache) = owners.get(owner)
            && self.bytes.load(Ordering::Relaxed) <= BYTES_MAX
        {
            return cache.clone();
        }
        drop(owners);
        let mut owners = self.owners.write().unwrap_or_else(PoisonError::into_inner);
        if self.bytes.load(Ordering::Relaxed) > BYTES_MAX {
            for (_, cache) in owners.drain() {
                self.floor.fetch_max(cache.last_mark.load(Ordering::SeqCst), Ordering::SeqCst);
            }
            self.bytes.store(0, Ordering::Relaxed);
        }
        let part = owners.entry(owner.clone()).or_insert_with(|| {
            self.bytes.fetch_add(
                owner.as_str().len() + mem::size_of::<OwnerCache>() + ENTRY_BYTES,
                Ordering::Relaxed,
            );
            Arc::new(OwnerCache {
                last_mark: AtomicUsize::new(self.floor.load(Ordering::SeqCst)),
                values: RwLock::default(),
                bytes: self.bytes.clone(),
            })
        });
        part.clone()
    }
}

impl OwnerCache {
    /// Says that the transaction `txn`, which has not committed yet, makes values wrong.
    pub(super) fn mark(&self, txn: TxnId) {
        self.last_mark.fetch_max(txn, Ordering::SeqCst);
    }

    pub(super) fn number(&self, txn: TxnId) -> Option<OwnerNumber> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        self.valid(values.number.as_ref(), txn).copied()
    }

    pub(super) fn set_number(&self, txn: TxnId, number: OwnerNumber) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        values.number = Some(Stamped { seen_in: txn, value: number });
    }

    pub(super) fn path(&self, txn: TxnId, folder: FolderNumber) -> Option<Arc<str>> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        self.valid(values.paths.get(&folder), txn).cloned()
    }

    pub(super) fn folder(&self, txn: TxnId, path: &str) -> Option<FolderNumber> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        self.valid(values.folders.get(path), txn).copied()
    }

    /// Keeps the path of a folder, in both directions.
    pub(super) fn set_folder(&self, txn: TxnId, folder: FolderNumber, path: &Arc<str>) {
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        let Values { paths, folders, .. } = &mut *values;
        self.insert(paths, folder, txn, path.clone(), path.len());
        self.insert(folders, path.clone(), txn, folder, 0);
    }

    fn insert<K: Eq + Hash, V>(
        &self,
        map: &mut Map<K, Stamped<V>>,
        key: K,
        txn: TxnId,
        value: V,
        text: usize,
    ) {
        // What a later transaction has seen serves more readers.
        if map.get(&key).is_some_and(|known| known.seen_in > txn) {
            return;
        }
        if map.insert(key, Stamped { seen_in: txn, value }).is_none() {
            self.bytes.fetch_add(text + ENTRY_BYTES, Ordering::Relaxed);
        }
    }

    fn valid<'v, V>(&self, stamped: Option<&'v Stamped<V>>, txn: TxnId) -> Option<&'v V> {
        let stamped = stamped?;
        let last_mark = self.last_mark.load(Ordering::SeqCst);
        (last_mark <= stamped.seen_in.min(txn)).then_some(&stamped.value)
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn owner(name: &str) -> Owner {
        Owner::parse(name).unwrap()
    }

    #[test]
    fn a_value_serves_every_reader_on_its_side_of_a_change_only() {
        let cache = Cache::default();
        let part = cache.owner(&owner("alice"));
        part.set_folder(10, 1, &"n://a/".into());
        assert_eq!(part.path(9, 1).as_deref(), Some("n://a/"));
        assert_eq!(part.folder(12, "n://a/"), Some(1));
        part.mark(12);
        // Nobody on either side may use what was seen before the change.
        assert_eq!(part.path(11, 1), None);
        assert_eq!(part.path(12, 1), None);
        part.set_folder(12, 1, &"n://b/".into());
        assert_eq!(part.path(13, 1).as_deref(), Some("n://b/"));
        // A reader from before the change must not have it, nor put back what it sees.
        assert_eq!(part.path(11, 1), None);
        part.set_folder(11, 1, &"n://a/".into());
        assert_eq!(part.path(12, 1).as_deref(), Some("n://b/"));
    }

    #[test]
    fn marks_outlive_a_cache_that_was_emptied() {
        let cache = Cache::default();
        let part = cache.owner(&owner("alice"));
        part.mark(12);
        cache.bytes.store(BYTES_MAX + 1, Ordering::Relaxed);
        let fresh = cache.owner(&owner("alice"));
        assert!(!Arc::ptr_eq(&part, &fresh));
        // A reader from before the change meets the fresh part, and spoils nothing.
        fresh.set_number(11, 1);
        assert_eq!(fresh.number(12), None);
        fresh.set_number(12, 2);
        assert_eq!(fresh.number(13), Some(2));
    }
}
