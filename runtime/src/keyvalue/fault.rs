//! Keys and values that fail on purpose: for tests of whoever keeps some.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{KeyChange, KeyPage, KeyValue, KeyValueError, Quota, Space, SpaceUsage};

/// Passes every call on to another store, but for one, which fails and does nothing.
pub struct FaultKeyValue<K> {
    inner: K,
    calls: AtomicUsize,
    fail_at: AtomicUsize,
    full: bool,
}

impl<K: KeyValue> FaultKeyValue<K> {
    /// Wraps a store. `full` decides how calls fail: as without room, or as with a broken disk.
    pub fn new(inner: K, full: bool) -> Self {
        FaultKeyValue { inner, calls: AtomicUsize::new(0), fail_at: AtomicUsize::new(0), full }
    }

    /// Lets the call with this number fail, counted from 1 and from now; 0 for none.
    pub fn fail_at(&self, call: usize) {
        self.calls.store(0, Ordering::Relaxed);
        self.fail_at.store(call, Ordering::Relaxed);
    }

    /// How many calls there were since the last [`fail_at`](Self::fail_at).
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    fn next(&self) -> Result<&K, KeyValueError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match call == self.fail_at.load(Ordering::Relaxed) {
            true if self.full => Err(KeyValueError::Full),
            true => Err(KeyValueError::storage("a fault was injected here")),
            false => Ok(&self.inner),
        }
    }
}

impl<K: KeyValue> KeyValue for FaultKeyValue<K> {
    fn get_many(
        &self,
        space: &Space,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, KeyValueError> {
        self.next()?.get_many(space, bucket, keys)
    }

    fn keys(&self, space: &Space, bucket: &str, after: Option<&str>) -> Result<KeyPage, KeyValueError> {
        self.next()?.keys(space, bucket, after)
    }

    fn write(
        &self,
        space: &Space,
        bucket: &str,
        changes: Vec<KeyChange>,
        quota: Quota,
    ) -> Result<(), KeyValueError> {
        self.next()?.write(space, bucket, changes, quota)
    }

    fn increment(
        &self,
        space: &Space,
        bucket: &str,
        key: &str,
        delta: i64,
        quota: Quota,
    ) -> Result<i64, KeyValueError> {
        self.next()?.increment(space, bucket, key, delta, quota)
    }

    fn swap(
        &self,
        space: &Space,
        bucket: &str,
        key: &str,
        current: Option<Vec<u8>>,
        value: Vec<u8>,
        quota: Quota,
    ) -> Result<Result<(), Option<Vec<u8>>>, KeyValueError> {
        self.next()?.swap(space, bucket, key, current, value, quota)
    }

    fn usage(&self, space: &Space) -> Result<SpaceUsage, KeyValueError> {
        self.next()?.usage(space)
    }
}
