//! The native key-value store: maps in memory, one set per thread, with the host's rules.

use super::KeyPage;
use crate::{
    Error, ErrorCode, Result,
    fault::{call, reset_faults},
};
use std::{cell::RefCell, collections::BTreeMap, ops::Bound};

const NAME_BYTES_MAX: usize = 255;
const KEY_BYTES_MAX: usize = 480;
const VALUE_BYTES_MAX: usize = 1 << 20;
const BATCH_KEYS_MAX: usize = 10_000;
const BATCH_BYTES_MAX: usize = 32 << 20;
const PAGE_KEYS: usize = 1_000;

type Buckets = BTreeMap<String, BTreeMap<String, Vec<u8>>>;

thread_local! {
    static BUCKETS: RefCell<Buckets> = const { RefCell::new(BTreeMap::new()) };
}

/// Empties this thread's buckets, and ends what `fail_after` began.
pub fn reset() {
    BUCKETS.with_borrow_mut(BTreeMap::clear);
    reset_faults();
}

pub(super) struct Bucket {
    name: String,
}

impl Bucket {
    pub(super) fn open(name: &str) -> Result<Self> {
        check("bucket", name.len(), NAME_BYTES_MAX)?;
        Ok(Self { name: name.to_owned() })
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.get_many(&[key.to_owned()])?.pop().flatten())
    }

    pub(super) fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        call()?;
        check_batch(keys.len(), 0)?;
        keys.iter().try_for_each(|key| check("key", key.len(), KEY_BYTES_MAX))?;
        BUCKETS.with_borrow(|buckets| {
            let bucket = buckets.get(&self.name);
            Ok(keys.iter().map(|key| bucket?.get(key).cloned()).collect())
        })
    }

    pub(super) fn keys(&self, after: Option<&str>) -> Result<KeyPage> {
        call()?;
        BUCKETS.with_borrow(|buckets| {
            let Some(bucket) = buckets.get(&self.name) else { return Ok(KeyPage::default()) };
            let from = after.map_or(Bound::Unbounded, Bound::Excluded);
            let mut rest = bucket.range::<str, _>((from, Bound::Unbounded)).map(|(key, _)| key.clone());
            let keys: Vec<_> = rest.by_ref().take(PAGE_KEYS).collect();
            let next = keys.last().filter(|_| rest.next().is_some()).cloned();
            Ok(KeyPage { keys, next })
        })
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.get(key)?.is_some())
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<()> {
        self.write(&[(key.to_owned(), Some(value.to_vec()))])
    }

    pub(super) fn delete(&self, key: &str) -> Result<()> {
        self.write(&[(key.to_owned(), None)])
    }

    pub(super) fn set_many(&self, pairs: &[(String, Vec<u8>)]) -> Result<()> {
        let changes: Vec<_> = pairs.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        self.write(&changes)
    }

    pub(super) fn delete_many(&self, keys: &[String]) -> Result<()> {
        let changes: Vec<_> = keys.iter().map(|key| (key.clone(), None)).collect();
        self.write(&changes)
    }

    fn write(&self, changes: &[(String, Option<Vec<u8>>)]) -> Result<()> {
        call()?;
        check_batch(
            changes.len(),
            changes.iter().map(|(_, value)| value.as_ref().map_or(0, Vec::len)).sum(),
        )?;
        for (key, value) in changes {
            check("key", key.len(), KEY_BYTES_MAX)?;
            if value.as_ref().is_some_and(|value| value.len() > VALUE_BYTES_MAX) {
                return Err(Error::too_big("a value has more than 1 MiB"));
            }
        }
        BUCKETS.with_borrow_mut(|buckets| {
            let bucket = buckets.entry(self.name.clone()).or_default();
            for (key, value) in changes {
                match value {
                    Some(value) => bucket.insert(key.clone(), value.clone()),
                    None => bucket.remove(key),
                };
            }
        });
        Ok(())
    }

    pub(super) fn increment(&self, key: &str, delta: i64) -> Result<i64> {
        let wrong =
            || Error::new(ErrorCode::InvalidData, format!("`{key}` is no number that can be added to"));
        let old = match self.get(key)? {
            Some(bytes) => i64::from_le_bytes(bytes.try_into().map_err(|_| wrong())?),
            None => 0,
        };
        let sum = old.checked_add(delta).ok_or_else(wrong)?;
        self.write(&[(key.to_owned(), Some(sum.to_le_bytes().to_vec()))])?;
        Ok(sum)
    }
}

fn check(what: &str, bytes: usize, max: usize) -> Result<()> {
    match (1..=max).contains(&bytes) {
        true => Ok(()),
        false => {
            Err(Error::invalid_parameter(format!("the {what} has {bytes} bytes, 1 to {max} are allowed")))
        }
    }
}

fn check_batch(keys: usize, bytes: usize) -> Result<()> {
    if keys > BATCH_KEYS_MAX || bytes > BATCH_BYTES_MAX {
        return Err(Error::too_big(format!("{keys} keys and {bytes} bytes are too much for one call")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Bucket;
    use super::*;
    use crate::fault::fail_after;

    #[test]
    fn a_batch_is_written_whole_or_not_at_all() {
        reset();
        let bucket = Bucket::open("b").unwrap();
        let pairs = [("a".to_owned(), vec![1]), (String::new(), vec![2])];
        assert_eq!(bucket.set_many(&pairs).unwrap_err().code, ErrorCode::InvalidParameter);
        assert_eq!(bucket.get("a").unwrap(), None);
        bucket.set_many(&pairs[..1]).unwrap();
        assert_eq!(bucket.get_many(&["b".into(), "a".into()]).unwrap(), [None, Some(vec![1])]);
    }

    #[test]
    fn keys_come_in_pages_in_the_order_of_their_bytes() {
        reset();
        let bucket = Bucket::open("b").unwrap();
        let pairs: Vec<_> = (0..1_500).rev().map(|n| (format!("{n:04}"), vec![])).collect();
        bucket.set_many(&pairs).unwrap();
        let first = bucket.keys(None).unwrap();
        let second = bucket.keys(first.next.as_deref()).unwrap();
        assert_eq!((first.keys.len(), second.keys.len(), second.next), (1_000, 500, None));
        assert_eq!(bucket.keys(Some("1498x")).unwrap().keys, ["1499"]);
    }

    #[test]
    fn a_number_is_added_to_and_another_value_is_refused() {
        reset();
        let bucket = Bucket::open("b").unwrap();
        assert_eq!(bucket.increment("n", 5).unwrap(), 5);
        assert_eq!(bucket.increment("n", -7).unwrap(), -2);
        bucket.set("n", b"x").unwrap();
        assert_eq!(bucket.increment("n", 1).unwrap_err().code, ErrorCode::InvalidData);
    }

    #[test]
    fn after_the_calls_that_may_succeed_all_fail_until_the_fault_is_over() {
        reset();
        let bucket = Bucket::open("b").unwrap();
        fail_after(1);
        bucket.set("a", b"1").unwrap();
        assert_eq!(bucket.set("a", b"2").unwrap_err().code, ErrorCode::Storage);
        assert!(bucket.get("a").is_err());
        reset_faults();
        assert_eq!(bucket.get("a").unwrap(), Some(b"1".to_vec()));
    }
}
