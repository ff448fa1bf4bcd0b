//! What backends keep for an owner: buckets of keys and values, in LMDB or in memory. Owns their rules and their quota;
//! knows nothing of guests.
//!
//! Every call is one transaction, durable when it answers. A backend's buckets for one owner are a [`Space`]: no call
//! takes two, so nobody can name another's.

mod fault;
mod lmdb;
mod memory;
#[cfg(test)]
mod suite;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;

use crate::index::Owner;

pub use fault::FaultKeyValue;
pub use lmdb::LmdbKeyValue;
pub use memory::MemoryKeyValue;

/// The longest name of a bucket, in bytes.
pub const BUCKET_BYTES_MAX: usize = 255;
/// The longest key, in bytes: with what LMDB's key has before it, it fits.
pub const KEY_BYTES_MAX: usize = 480;
/// The largest value, in bytes.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// The most keys of one call.
pub const BATCH_KEYS_MAX: usize = 10_000;
/// The most bytes of values that one call writes or answers.
pub const BATCH_BYTES_MAX: usize = 32 << 20;
/// How many keys a page has at most.
pub const PAGE_KEYS_MAX: usize = 1_000;

/// Whose buckets: those of one backend, by its namespace, for one owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Space {
    namespace: String,
    owner: Owner,
}

/// What a space holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpaceUsage {
    /// How many keys.
    pub keys: u64,
    /// Bytes of keys and values together.
    pub bytes: u64,
}

/// What a space may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of keys and values together.
    pub bytes: u64,
    /// How many keys: each takes room of the disk's besides its bytes.
    pub keys: u64,
    /// How many buckets. One that was written to once counts, with keys or without.
    pub buckets: u64,
}

impl Quota {
    /// Room for anything.
    pub const NONE: Self = Self { bytes: u64::MAX, keys: u64::MAX, buckets: u64::MAX };
}

/// Some keys, and whether more follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// In the order of their bytes.
    pub keys: Vec<String>,
    /// There are keys after these.
    pub more: bool,
}

/// One key and what becomes of it: a value, or none to remove it.
pub type KeyChange = (String, Option<Vec<u8>>);

/// How a call fails. It has changed nothing then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyValueError {
    /// The name of a bucket, or a key, is empty or too long.
    #[error("the {what} has {bytes} bytes, 1 to {max} are allowed")]
    InvalidName {
        /// `bucket` or `key`.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A value or a batch is too large.
    #[error("{what} is {value}, at most {max} are allowed")]
    TooBig {
        /// What is counted.
        what: &'static str,
        /// How many.
        value: usize,
        /// The limit.
        max: usize,
    },
    /// The owner has no room left.
    #[error("it would take {value} {unit}, and `{limit}` is {max}")]
    Quota {
        /// The limit's name.
        limit: &'static str,
        /// What it counts.
        unit: &'static str,
        /// How many there would be, with what was to be written.
        value: u64,
        /// The limit.
        max: u64,
    },
    /// A value is no number, or a sum is too large for one.
    #[error("the value of `{key}` is no number of 8 bytes that this can be added to")]
    NotANumber {
        /// The key.
        key: String,
    },
    /// Another process has the files.
    #[error("`{}` is in use by the process {pid}", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
        /// Its id.
        pid: String,
    },
    /// Another version wrote the files.
    #[error("`{}` has format {found}, and this version reads format {supported}", path.display())]
    Format {
        /// The directory.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The format supported.
        supported: u32,
    },
    /// A row is not what was written.
    #[error("the keys and values are damaged: {0}")]
    Corrupt(&'static str),
    /// The files have reached their largest size, or the disk is full.
    #[error("there is no room for more keys and values")]
    Full,
    /// The disk failed.
    #[error("the keys and values cannot be read or written")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The thread that writes is gone: a defect.
    #[error("the writer of keys and values is gone")]
    WriterLost,
}

impl KeyValueError {
    fn storage(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Storage(error.into())
    }
}

impl Space {
    /// The buckets of the backend with this namespace for an owner.
    pub fn new(namespace: impl Into<String>, owner: Owner) -> Self {
        Self { namespace: namespace.into(), owner }
    }

    /// A namespace has no U+0000.
    fn key(&self) -> Vec<u8> {
        [self.namespace.as_bytes(), b"\0", self.owner.as_str().as_bytes()].concat()
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` for `{}`", self.namespace, self.owner.as_str())
    }
}

/// The store.
pub trait KeyValue: Send + Sync {
    /// The value of each key, in their order.
    ///
    /// # Errors
    /// A name is not valid, there are too many keys, the values are too large together; the disk failed.
    fn get_many(
        &self,
        space: &Space,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, KeyValueError>;

    /// Up to [`PAGE_KEYS_MAX`] keys after a text, in the order of their bytes.
    ///
    /// # Errors
    /// The name is not valid; the disk failed.
    fn keys(&self, space: &Space, bucket: &str, after: Option<&str>) -> Result<KeyPage, KeyValueError>;

    /// Makes all of the changes, or none. The space may then hold what the quota says.
    ///
    /// # Errors
    /// A name or a value is not valid, there are too many; the space would be too large; the disk failed.
    fn write(
        &self,
        space: &Space,
        bucket: &str,
        changes: Vec<KeyChange>,
        quota: Quota,
    ) -> Result<(), KeyValueError>;

    /// Adds to a number of 8 bytes, little-endian, and answers the sum. A key that is not there counts as 0.
    ///
    /// # Errors
    /// As [`write`](Self::write); the value is no number.
    fn increment(
        &self,
        space: &Space,
        bucket: &str,
        key: &str,
        delta: i64,
        quota: Quota,
    ) -> Result<i64, KeyValueError>;

    /// Writes a value if the key still has `current`: answers what it has instead, if it has another.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    fn swap(
        &self,
        space: &Space,
        bucket: &str,
        key: &str,
        current: Option<Vec<u8>>,
        value: Vec<u8>,
        quota: Quota,
    ) -> Result<Result<(), Option<Vec<u8>>>, KeyValueError>;

    /// What a space holds.
    ///
    /// # Errors
    /// The disk failed.
    fn usage(&self, space: &Space) -> Result<SpaceUsage, KeyValueError>;
}

fn check_name(what: &'static str, name: &str, max: usize) -> Result<(), KeyValueError> {
    match (1..=max).contains(&name.len()) {
        true => Ok(()),
        false => Err(KeyValueError::InvalidName { what, bytes: name.len(), max }),
    }
}

/// Checks the names of a call.
fn check_names<'k>(
    bucket: &str,
    mut keys: impl ExactSizeIterator<Item = &'k str>,
) -> Result<(), KeyValueError> {
    check_name("bucket", bucket, BUCKET_BYTES_MAX)?;
    if keys.len() > BATCH_KEYS_MAX {
        return Err(KeyValueError::TooBig {
            what: "the number of keys",
            value: keys.len(),
            max: BATCH_KEYS_MAX,
        });
    }
    keys.try_for_each(|key| check_name("key", key, KEY_BYTES_MAX))
}

/// Checks what is to be written.
fn check_changes(bucket: &str, changes: &[KeyChange]) -> Result<(), KeyValueError> {
    check_names(bucket, changes.iter().map(|(key, _)| key.as_str()))?;
    let sizes = || changes.iter().filter_map(|(_, value)| Some(value.as_ref()?.len()));
    if let Some(value) = sizes().find(|size| *size > VALUE_BYTES_MAX) {
        return Err(KeyValueError::TooBig { what: "the size of a value", value, max: VALUE_BYTES_MAX });
    }
    check_batch(sizes().sum())
}

fn check_batch(bytes: usize) -> Result<(), KeyValueError> {
    match bytes > BATCH_BYTES_MAX {
        true => {
            Err(KeyValueError::TooBig { what: "the size of all values", value: bytes, max: BATCH_BYTES_MAX })
        }
        false => Ok(()),
    }
}

/// The sum, as a number and as a value.
fn add(key: &str, old: Option<&[u8]>, delta: i64) -> Result<(i64, Vec<u8>), KeyValueError> {
    let wrong = || KeyValueError::NotANumber { key: key.to_owned() };
    let old = match old {
        Some(bytes) => i64::from_le_bytes(bytes.try_into().map_err(|_| wrong())?),
        None => 0,
    };
    let sum = old.checked_add(delta).ok_or_else(wrong)?;
    Ok((sum, sum.to_le_bytes().to_vec()))
}

/// What a space will hold after changes. `old` tells the size of the value that a key has before all of them.
fn usage_after(
    mut usage: SpaceUsage,
    changes: &[KeyChange],
    mut old: impl FnMut(&str) -> Result<Option<usize>, KeyValueError>,
) -> Result<SpaceUsage, KeyValueError> {
    let damaged = || KeyValueError::Corrupt("a space holds less than was counted");
    let mut sizes: HashMap<&str, Option<usize>> = HashMap::new();
    for (key, value) in changes {
        let new = value.as_ref().map(Vec::len);
        let old = match sizes.insert(key, new) {
            Some(earlier) => earlier,
            None => old(key)?,
        };
        if let Some(old) = old {
            usage.keys = usage.keys.checked_sub(1).ok_or_else(damaged)?;
            usage.bytes = usage.bytes.checked_sub((key.len() + old) as u64).ok_or_else(damaged)?;
        }
        if let Some(new) = new {
            usage.keys += 1;
            usage.bytes += (key.len() + new) as u64;
        }
    }
    Ok(usage)
}

/// Room is never refused to what takes less than before.
fn check_quota(before: SpaceUsage, after: SpaceUsage, quota: Quota) -> Result<(), KeyValueError> {
    check_room("keyvalue_max_bytes", "bytes", (before.bytes, after.bytes), quota.bytes)?;
    check_room("keyvalue_keys_max", "keys", (before.keys, after.keys), quota.keys)
}

/// Refuses one bucket more than there may be.
fn check_buckets(before: u64, quota: Quota) -> Result<(), KeyValueError> {
    check_room("keyvalue_buckets_max", "buckets", (before, before.saturating_add(1)), quota.buckets)
}

fn check_room(
    limit: &'static str,
    unit: &'static str,
    (before, after): (u64, u64),
    max: u64,
) -> Result<(), KeyValueError> {
    match after > max && after > before {
        true => Err(KeyValueError::Quota { limit, unit, value: after, max }),
        false => Ok(()),
    }
}
