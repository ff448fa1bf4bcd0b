//! Buckets in LMDB, in an environment of their own: what backends write does not hold up the index.
//!
//! | database | key | value |
//! |---|---|---|
//! | `meta` | `format`, `next-space`, `next-bucket` | a number |
//! | `spaces` | namespace, 0, owner's name | its number, how many keys and bytes it holds |
//! | `buckets` | space, bucket's name | its number |
//! | `values` | bucket, key | value |
//!
//! Numbers are of 4 bytes, big-endian, and never used twice. Reads run on the caller's thread in a transaction that ends
//! with the call, changes on the writer's, many in one commit.

use std::fs::File;
use std::ops::Bound;
use std::path::Path;

use heed::types::Bytes;
use heed::{CommitOrAbort, Database, Env, MdbError, RoTxn, RwTxn, WithoutTls};

use super::{
    KeyChange, KeyPage, KeyValue, KeyValueError, PAGE_KEYS_MAX, Quota, Space, SpaceUsage, add, check_batch,
    check_buckets, check_changes, check_names, check_quota, usage_after,
};
use crate::storage::group_commit::{Transactions, Writer};
use crate::storage::{self, LockFailure};

/// The version of the layout above.
const FORMAT: u32 = 1;
/// The largest size of the files. It is address space, not disk.
const MAP_SIZE_BYTES: usize = 1 << 40;
const READERS_MAX: u32 = 1_024;

type Db = Database<'static, Bytes, Bytes>;

/// The keys and values of a data directory, on disk. Dropping it completes what was asked for, and closes the files.
pub struct LmdbKeyValue {
    // In the order in which they have to go: the thread, the environment, the lock.
    writer: Writer<Environment>,
    environment: Environment,
    _lock: File,
}

#[derive(Clone)]
struct Environment {
    env: Env<WithoutTls>,
    databases: Databases,
}

#[derive(Clone, Copy)]
struct Databases {
    meta: Db,
    spaces: Db,
    buckets: Db,
    values: Db,
}

/// A row of `spaces`.
#[derive(Clone, Copy)]
struct SpaceRow {
    number: u32,
    usage: SpaceUsage,
}

impl SpaceRow {
    fn to_bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&self.number.to_be_bytes());
        bytes[4..12].copy_from_slice(&self.usage.keys.to_be_bytes());
        bytes[12..].copy_from_slice(&self.usage.bytes.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, KeyValueError> {
        Ok(Self {
            number: u32::from_be_bytes(array(bytes, 0)?),
            usage: SpaceUsage {
                keys: u64::from_be_bytes(array(bytes, 4)?),
                bytes: u64::from_be_bytes(array(bytes, 12)?),
            },
        })
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], KeyValueError> {
    let part = bytes.get(at..at + N).and_then(|part| part.try_into().ok());
    part.ok_or(KeyValueError::Corrupt("a row is too short"))
}

fn below(number: u32, name: &str) -> Vec<u8> {
    [&number.to_be_bytes(), name.as_bytes()].concat()
}

impl Databases {
    const COUNT: u32 = 4;

    fn open(env: &Env<WithoutTls>) -> Result<Self, KeyValueError> {
        let wtxn = env.write_txn()?;
        let opened = env.create_databases_and_commit(wtxn, |opener, wtxn| -> Result<_, heed::Error> {
            let mut create = |name| opener.create_database::<Bytes, Bytes>(wtxn, Some(name));
            let all = [create("meta")?, create("spaces")?, create("buckets")?, create("values")?];
            Ok(CommitOrAbort::<_, ()>::Commit(all))
        })?;
        let all = opened.commit().ok_or(KeyValueError::Corrupt("the databases do not open"))?;
        let [meta, spaces, buckets, values] = all;
        Ok(Self { meta, spaces, buckets, values })
    }

    fn space(&self, txn: &RoTxn<'_>, space: &Space) -> Result<Option<SpaceRow>, KeyValueError> {
        self.spaces.get(txn, &space.key())?.map(SpaceRow::from_bytes).transpose()
    }

    fn bucket(&self, txn: &RoTxn<'_>, space: u32, bucket: &str) -> Result<Option<u32>, KeyValueError> {
        let found = self.buckets.get(txn, &below(space, bucket))?;
        found.map(|bytes| Ok(u32::from_be_bytes(array(bytes, 0)?))).transpose()
    }

    /// How many buckets a space has; of more than `enough`, so many.
    fn bucket_count(
        &self,
        txn: &RoTxn<'_>,
        space: Option<SpaceRow>,
        enough: u64,
    ) -> Result<u64, KeyValueError> {
        let Some(row) = space else { return Ok(0) };
        let names = self.buckets.prefix_iter(txn, &row.number.to_be_bytes())?;
        let enough = usize::try_from(enough).unwrap_or(usize::MAX);
        Ok(names.take(enough).count() as u64)
    }

    /// The number of a bucket of a space, if both are there.
    fn known(&self, txn: &RoTxn<'_>, space: &Space, bucket: &str) -> Result<Option<u32>, KeyValueError> {
        match self.space(txn, space)? {
            Some(row) => self.bucket(txn, row.number, bucket),
            None => Ok(None),
        }
    }
}

impl LmdbKeyValue {
    /// Opens the store in a directory, and makes both where there are none.
    ///
    /// # Errors
    /// It is open, in this process or another; another version wrote it; the disk failed.
    pub fn open(path: &Path) -> Result<Self, KeyValueError> {
        storage::create_private_dir(path).map_err(KeyValueError::storage)?;
        let lock = storage::lock(&path.join("keyvalue.lock")).map_err(|failure| match failure {
            LockFailure::InUse { pid } => KeyValueError::InUse { path: path.to_owned(), pid },
            LockFailure::Io(error) => KeyValueError::storage(error),
        })?;
        let env = storage::open_env(path, MAP_SIZE_BYTES, READERS_MAX, Databases::COUNT)?;
        env.clear_stale_readers()?;
        let environment = Environment { databases: Databases::open(&env)?, env };
        let writer =
            Writer::start("mapistore-keyvalue", environment.clone()).map_err(KeyValueError::storage)?;
        let store = Self { writer, environment, _lock: lock };
        let found = store.writer.call(1, |txn| txn.format_or_set())?;
        if found != FORMAT {
            return Err(KeyValueError::Format { path: path.to_owned(), found, supported: FORMAT });
        }
        Ok(store)
    }

    fn read<R>(
        &self,
        read: impl FnOnce(&Databases, &RoTxn<'_>) -> Result<R, KeyValueError>,
    ) -> Result<R, KeyValueError> {
        let rtxn = self.environment.env.read_txn()?;
        read(&self.environment.databases, &rtxn)
    }
}

impl KeyValue for LmdbKeyValue {
    fn get_many(
        &self,
        space: &Space,
        bucket: &str,
        keys: &[String],
    ) -> Result<Vec<Option<Vec<u8>>>, KeyValueError> {
        check_names(bucket, keys.iter().map(String::as_str))?;
        self.read(|databases, txn| {
            let Some(bucket) = databases.known(txn, space, bucket)? else {
                return Ok(vec![None; keys.len()]);
            };
            let (mut values, mut bytes) = (Vec::with_capacity(keys.len()), 0);
            for key in keys {
                let value = databases.values.get(txn, &below(bucket, key))?;
                bytes += value.map_or(0, <[u8]>::len);
                check_batch(bytes)?;
                values.push(value.map(<[u8]>::to_vec));
            }
            Ok(values)
        })
    }

    fn keys(&self, space: &Space, bucket: &str, after: Option<&str>) -> Result<KeyPage, KeyValueError> {
        check_names(bucket, [].into_iter())?;
        self.read(|databases, txn| {
            let Some(bucket) = databases.known(txn, space, bucket)? else { return Ok(KeyPage::default()) };
            // LMDB takes no longer key than its longest; a text that is longer is cut, and comes before what is compared.
            let after = after.map(|after| below(bucket, after));
            let first = below(bucket, "");
            let from = match &after {
                Some(key) => Bound::Excluded(key.get(..key.len().min(LMDB_KEY_BYTES_MAX)).unwrap_or(key)),
                None => Bound::Included(first.as_slice()),
            };
            let mut page = KeyPage::default();
            for row in databases.values.range(txn, &(from, Bound::Unbounded))? {
                let (key, _) = row?;
                let Some(name) = key.strip_prefix(first.as_slice()) else { break };
                if page.keys.len() == PAGE_KEYS_MAX {
                    page.more = true;
                    break;
                }
                let name =
                    std::str::from_utf8(name).map_err(|_| KeyValueError::Corrupt("a key is no text"))?;
                page.keys.push(name.to_owned());
            }
            Ok(page)
        })
    }

    fn write(
        &self,
        space: &Space,
        bucket: &str,
        changes: Vec<KeyChange>,
        quota: Quota,
    ) -> Result<(), KeyValueError> {
        check_changes(bucket, &changes)?;
        let (space, bucket) = (space.clone(), bucket.to_owned());
        self.writer.call(changes.len(), move |txn| txn.write(&space, &bucket, &changes, quota))
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
        let (space, bucket, key) = (space.clone(), bucket.to_owned(), key.to_owned());
        self.writer.call(1, move |txn| {
            let (sum, value) = add(&key, txn.get(&space, &bucket, &key)?, delta)?;
            txn.write(&space, &bucket, &[(key.clone(), Some(value))], quota)?;
            Ok(sum)
        })
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
        let (space, bucket, key) = (space.clone(), bucket.to_owned(), key.to_owned());
        self.writer.call(1, move |txn| {
            let found = txn.get(&space, &bucket, &key)?;
            if found != current.as_deref() {
                return Ok(Err(found.map(<[u8]>::to_vec)));
            }
            txn.write(&space, &bucket, &changes, quota).map(Ok)
        })
    }

    fn usage(&self, space: &Space) -> Result<SpaceUsage, KeyValueError> {
        self.read(|databases, txn| Ok(databases.space(txn, space)?.map(|row| row.usage).unwrap_or_default()))
    }
}

/// LMDB's longest key.
const LMDB_KEY_BYTES_MAX: usize = 511;

struct WriteTxn<'e> {
    databases: &'e Databases,
    txn: RwTxn<'e>,
    written: bool,
}

impl WriteTxn<'_> {
    fn put(&mut self, db: Db, key: &[u8], value: &[u8]) -> Result<(), KeyValueError> {
        self.written = true;
        Ok(db.put(&mut self.txn, key, value)?)
    }

    fn format_or_set(&mut self) -> Result<u32, KeyValueError> {
        if let Some(found) = self.databases.meta.get(&self.txn, b"format")? {
            return Ok(u32::from_be_bytes(array(found, 0)?));
        }
        self.put(self.databases.meta, b"format", &FORMAT.to_be_bytes())?;
        Ok(FORMAT)
    }

    fn next_number(&mut self, counter: &[u8]) -> Result<u32, KeyValueError> {
        let number = match self.databases.meta.get(&self.txn, counter)? {
            Some(next) => u32::from_be_bytes(array(next, 0)?),
            None => 0,
        };
        let next = number.checked_add(1).ok_or(KeyValueError::Full)?;
        self.put(self.databases.meta, counter, &next.to_be_bytes())?;
        Ok(number)
    }

    fn get(&self, space: &Space, bucket: &str, key: &str) -> Result<Option<&[u8]>, KeyValueError> {
        match self.databases.known(&self.txn, space, bucket)? {
            Some(bucket) => Ok(self.databases.values.get(&self.txn, &below(bucket, key))?),
            None => Ok(None),
        }
    }

    fn write(
        &mut self,
        space: &Space,
        bucket: &str,
        changes: &[KeyChange],
        quota: Quota,
    ) -> Result<(), KeyValueError> {
        let known = self.databases.space(&self.txn, space)?;
        let bucket_number = match known {
            Some(row) => self.databases.bucket(&self.txn, row.number, bucket)?,
            None => None,
        };
        let before = known.map(|row| row.usage).unwrap_or_default();
        // Before the first write: what is refused leaves the transaction to the others in it.
        let usage = usage_after(before, changes, |key| {
            let Some(number) = bucket_number else { return Ok(None) };
            Ok(self.databases.values.get(&self.txn, &below(number, key))?.map(<[u8]>::len))
        })?;
        check_quota(before, usage, quota)?;
        if bucket_number.is_none() {
            if changes.iter().all(|(_, value)| value.is_none()) {
                return Ok(());
            }
            check_buckets(self.databases.bucket_count(&self.txn, known, quota.buckets)?, quota)?;
        }
        let space_number = match known {
            Some(row) => row.number,
            None => self.next_number(b"next-space")?,
        };
        let bucket_number = match bucket_number {
            Some(number) => number,
            None => {
                let number = self.next_number(b"next-bucket")?;
                self.put(self.databases.buckets, &below(space_number, bucket), &number.to_be_bytes())?;
                number
            }
        };
        for (key, value) in changes {
            let key = below(bucket_number, key);
            match value {
                Some(value) => self.put(self.databases.values, &key, value)?,
                None => {
                    self.written = true;
                    self.databases.values.delete(&mut self.txn, &key)?;
                }
            }
        }
        let row = SpaceRow { number: space_number, usage };
        self.put(self.databases.spaces, &space.key(), &row.to_bytes())
    }
}

impl Transactions for Environment {
    type Txn<'e> = WriteTxn<'e>;
    type Error = KeyValueError;

    fn lost() -> KeyValueError {
        KeyValueError::WriterLost
    }

    fn begin(&self) -> Result<WriteTxn<'_>, KeyValueError> {
        Ok(WriteTxn { databases: &self.databases, txn: self.env.write_txn()?, written: false })
    }

    fn commit(&self, txn: WriteTxn<'_>) -> Result<(), KeyValueError> {
        Ok(txn.txn.commit()?)
    }

    fn take_written(txn: &mut WriteTxn<'_>) -> bool {
        std::mem::take(&mut txn.written)
    }
}

impl From<heed::Error> for KeyValueError {
    fn from(error: heed::Error) -> Self {
        let no_space = |error: &std::io::Error| error.kind() == std::io::ErrorKind::StorageFull;
        match error {
            heed::Error::Mdb(MdbError::MapFull) => Self::Full,
            heed::Error::Io(error) if no_space(&error) => Self::Full,
            error => Self::storage(error),
        }
    }
}
