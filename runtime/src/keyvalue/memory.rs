//! Buckets in memory: for tests, and for what is to be kept nowhere.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{
    KeyChange, KeyPage, KeyValue, KeyValueError, PAGE_KEYS_MAX, Quota, Space, SpaceUsage, add, check_batch,
    check_buckets, check_changes, check_names, check_quota, usage_after,
};

/// See the module.
#[derive(Default)]
pub struct MemoryKeyValue {
    spaces: Mutex<HashMap<Space, Kept>>,
}

#[derive(Default)]
struct Kept {
    usage: SpaceUsage,
    buckets: HashMap<String, BTreeMap<String, Vec<u8>>>,
}

impl Kept {
    fn get(&self, bucket: &str, key: &str) -> Option<&Vec<u8>> {
        self.buckets.get(bucket)?.get(key)
    }

    fn write(&mut self, bucket: &str, changes: Vec<KeyChange>, quota: Quota) -> Result<(), KeyValueError> {
        let old = |key: &str| Ok(self.get(bucket, key).map(Vec::len));
        let usage = usage_after(self.usage, &changes, old)?;
        check_quota(self.usage, usage, quota)?;
        if !self.buckets.contains_key(bucket) {
            if changes.iter().all(|(_, value)| value.is_none()) {
                return Ok(());
            }
            check_buckets(self.buckets.len() as u64, quota)?;
        }
        self.usage = usage;
        let values = self.buckets.entry(bucket.to_owned()).or_default();
        for (key, value) in changes {
            match value {
                Some(value) => values.insert(key, value),
                None => values.remove(&key),
            };
        }
        Ok(())
    }
}

impl MemoryKeyValue {
    fn lock(&self) -> MutexGuard<'_, HashMap<Space, Kept>> {
        // Nothing that runs under the lock panics between two changes.
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyValue for MemoryKeyValue {
    fn get_many(
        &self,
        space: &Space,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, KeyValueError> {
        check_names(bucket, keys.iter().map(String::as_str))?;
        let spaces = self.lock();
        let kept = spaces.get(space);
        let found = || keys.iter().map(|key| kept?.get(bucket, key));
        check_batch(found().flatten().map(Vec::len).sum())?;
        Ok(found().map(|value| value.cloned()).collect())
    }

    fn keys(&self, space: &Space, bucket: &str, after: Option<&str>) -> Result<KeyPage, KeyValueError> {
        check_names(bucket, [].into_iter())?;
        let spaces = self.lock();
        let Some(values) = spaces.get(space).and_then(|kept| kept.buckets.get(bucket)) else {
            return Ok(KeyPage::default());
        };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = values.range::<str, _>((from, Bound::Unbounded)).map(|(key, _)| key.clone());
        let keys = rest.by_ref().take(PAGE_KEYS_MAX).collect();
        Ok(KeyPage { keys, more: rest.next().is_some() })
    }

    fn write(
        &self,
        space: &Space,
        bucket: &str,
        changes: Vec<KeyChange>,
        quota: Quota,
    ) -> Result<(), KeyValueError> {
        check_changes(bucket, &changes)?;
        self.lock().entry(space.clone()).or_default().write(bucket, changes, quota)
    }

    fn increment(
        &self,
        space: &Space,
        bucket: &str,
        key: &str,
        delta: i64,
        quota: Quota,
    ) -> Result<i64, KeyValueError> {
        check_names(bucket, [key].into_iter())?;
        let mut spaces = self.lock();
        let kept = spaces.entry(space.clone()).or_default();
        let (sum, value) = add(key, kept.get(bucket, key).map(Vec::as_slice), delta)?;
        kept.write(bucket, vec![(key.to_owned(), Some(value))], quota)?;
        Ok(sum)
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
        let changes = vec![(key.to_owned(), Some(value))];
        check_changes(bucket, &changes)?;
        let mut spaces = self.lock();
        let kept = spaces.entry(space.clone()).or_default();
        let found = kept.get(bucket, key).cloned();
        if found != current {
            return Ok(Err(found));
        }
        kept.write(bucket, changes, quota).map(Ok)
    }

    fn usage(&self, space: &Space) -> Result<SpaceUsage, KeyValueError> {
        Ok(self.lock().get(space).map(|kept| kept.usage).unwrap_or_default())
    }
}
