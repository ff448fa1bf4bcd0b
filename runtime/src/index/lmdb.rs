//! The index in LMDB: one environment, every owner a range in each of its databases.
//!
//! Owns the files, the lock that keeps a second process out, and who runs what: reads on the caller's thread in a
//! read transaction that ends with the call, changes on the writer's. `heed` is named here and below only.
//!
//! | database | key | value |
//! |---|---|---|
//! | `meta` | `format`, `next-owner`, `gone` + owner number | the format, the next owner's number, nothing |
//! | `owners` | owner's name | its number, its counters, how much it holds |
//! | `folders` | owner, parent folder, name | folder number |
//! | `folder_names` | owner, folder | parent folder, name: the way back up |
//! | `records` | owner, GLOBCNT | live: folder, name, whether a container; tombstone: change number, URI |
//! | `leaves` | owner, folder, name | GLOBCNT, whether a container |
//! | `tombstones` | owner, change number | GLOBCNT |
//! | `tombstone_uris` | owner, digest of the URI, change number | GLOBCNT |
//! | `mailboxes` | owner | how many changes the mailbox has seen; what is kept about the whole |
//! | `mailbox_rows` | owner, GLOBCNT | what is kept about an id of the mailbox |
//! | `property_ids` | owner, property set, kind, name or number | property id |
//! | `property_names` | owner, property id | property set, kind, name or number |
//! | `permissions` | owner, GLOBCNT of a folder | its permission rows |
//!
//! A live record is in its folder, so renaming a folder changes one row for all that is below it. A folder exists as
//! long as there is a live record somewhere below it, and no longer.

mod cache;
mod compact;
mod find;
mod layout;
mod load;
mod mailbox;
mod permissions;
mod properties;
mod read;
#[cfg(test)]
mod tests;
mod verify;
mod view;
mod write;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heed::types::Bytes;
use heed::{CommitOrAbort, CompactionOption, Database, Env, MdbError, WithoutTls};

use self::cache::Cache;
use self::read::Reader;
use self::view::View;
use self::write::WriteTxn;
use super::{
    BATCH_MAX, ChangeNumber, DeleteMode, DumpEntry, Entry, Fmid, Globcnt, IdRange, Index, IndexError,
    LoadOutcome, LoadRecord, MailboxChange, MailboxRows, NamedProperty, Owner, OwnerUsage, PROPERTIES_MAX,
    PermissionRow, PermissionUpdate, RESERVE_MAX, Report, Scope, Stats, Uri, check_page, check_properties,
    check_range, check_rename, check_since, check_uris,
};
use crate::storage::group_commit::{Transactions, Writer};
use crate::storage::{self, LockFailure};

/// The version of the layout above.
const FORMAT: u32 = 1;

type Db = Database<'static, Bytes, Bytes>;

/// The size and the number of readers that an index is opened with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LmdbOptions {
    /// The largest size of the index. It is address space, not disk; 1 TiB unless told otherwise.
    pub map_size_bytes: usize,
    /// How many threads may read at once; 1,024 unless told otherwise.
    pub readers_max: u32,
}

impl Default for LmdbOptions {
    fn default() -> Self {
        LmdbOptions { map_size_bytes: 1 << 40, readers_max: 1_024 }
    }
}

/// The index of a data directory, on disk.
///
/// Dropping it completes what was asked for, and closes the files.
pub struct LmdbIndex {
    // In the order in which they have to go: the thread, the environment, the lock.
    writer: Writer<Environment>,
    environment: Environment,
    options: LmdbOptions,
    _lock: File,
}

/// What reads and changes both need.
#[derive(Clone)]
struct Environment {
    env: Env<WithoutTls>,
    databases: Databases,
    cache: Arc<Cache>,
}

/// The handles of the named databases.
#[derive(Clone, Copy)]
struct Databases {
    meta: Db,
    owners: Db,
    folders: Db,
    folder_names: Db,
    records: Db,
    leaves: Db,
    tombstones: Db,
    tombstone_uris: Db,
    property_ids: Db,
    property_names: Db,
    mailboxes: Db,
    mailbox_rows: Db,
    permissions: Db,
}

impl Databases {
    const COUNT: u32 = 13;

    fn open(env: &Env<WithoutTls>) -> Result<Databases, IndexError> {
        let wtxn = env.write_txn()?;
        let opened = env.create_databases_and_commit(wtxn, |opener, wtxn| -> Result<_, heed::Error> {
            let mut create = |name| opener.create_database::<Bytes, Bytes>(wtxn, Some(name));
            Ok(CommitOrAbort::<_, ()>::Commit([
                create("meta")?,
                create("owners")?,
                create("folders")?,
                create("folder_names")?,
                create("records")?,
                create("leaves")?,
                create("tombstones")?,
                create("tombstone_uris")?,
                create("property_ids")?,
                create("property_names")?,
                create("mailboxes")?,
                create("mailbox_rows")?,
                create("permissions")?,
            ]))
        })?;
        let all =
            opened.commit().ok_or_else(|| IndexError::Corrupt("the databases do not open".to_owned()))?;
        let [
            meta,
            owners,
            folders,
            folder_names,
            records,
            leaves,
            tombstones,
            tombstone_uris,
            property_ids,
            property_names,
            mailboxes,
            mailbox_rows,
            permissions,
        ] = all;
        Ok(Databases {
            meta,
            owners,
            folders,
            folder_names,
            records,
            leaves,
            tombstones,
            tombstone_uris,
            property_ids,
            property_names,
            mailboxes,
            mailbox_rows,
            permissions,
        })
    }

    /// Those whose keys begin with the number of an owner.
    fn owned(&self) -> [Db; 11] {
        [
            self.folders,
            self.folder_names,
            self.records,
            self.leaves,
            self.tombstones,
            self.tombstone_uris,
            self.property_ids,
            self.property_names,
            self.mailboxes,
            self.mailbox_rows,
            self.permissions,
        ]
    }
}

impl LmdbIndex {
    /// Opens the index in a directory, and makes both where there are none.
    ///
    /// # Errors
    /// [`IndexError::InUse`] if it is open, in this process or another; [`IndexError::Format`] if another version
    /// wrote it; the storage failed.
    pub fn open(path: &Path, options: LmdbOptions) -> Result<LmdbIndex, IndexError> {
        storage::create_private_dir(path).map_err(IndexError::storage)?;
        let lock = lock(path)?;
        let env = storage::open_env(path, options.map_size_bytes, options.readers_max, Databases::COUNT)?;
        let cleared = env.clear_stale_readers()?;
        if cleared > 0 {
            tracing::info!(cleared, "cleared reader slots of a process that is gone");
        }
        let environment =
            Environment { databases: Databases::open(&env)?, env, cache: Arc::new(Cache::default()) };
        let writer = Writer::start("mapistore-index", environment.clone()).map_err(IndexError::storage)?;
        let index = LmdbIndex { writer, environment, options, _lock: lock };
        let found = index.write(1, |txn| txn.format_or_set(FORMAT))?;
        if found != FORMAT {
            return Err(IndexError::Format { path: path.to_owned(), found, supported: FORMAT });
        }
        index.purge()?;
        Ok(index)
    }

    /// Writes a compacted copy of the index, as of one moment, to a file that does not exist yet. It can be opened
    /// as an index when it stands in a directory of its own under the name `data.mdb`.
    ///
    /// # Errors
    /// The file exists; the storage failed.
    pub fn copy_compacted(&self, to: &Path) -> Result<(), IndexError> {
        let mut file =
            OpenOptions::new().write(true).create_new(true).open(to).map_err(IndexError::storage)?;
        self.environment.env.copy_to_file(&mut file, CompactionOption::Enabled)?;
        file.sync_all().map_err(IndexError::storage)
    }

    /// Runs a change on the writer's thread.
    fn write<R, F>(&self, weight: usize, operation: F) -> Result<R, IndexError>
    where
        R: Send + 'static,
        F: for<'e> FnMut(&mut WriteTxn<'e>) -> Result<R, IndexError> + Send + 'static,
    {
        self.writer.call(weight, operation).map_err(|error| match error {
            IndexError::Full { .. } => IndexError::Full { max_bytes: self.options.map_size_bytes },
            error => error,
        })
    }

    /// Runs a read of the whole index.
    fn view<R>(&self, read: impl FnOnce(&View<'_>) -> Result<R, IndexError>) -> Result<R, IndexError> {
        let rtxn = self.environment.env.read_txn()?;
        read(&View::new(&self.environment.databases, &rtxn))
    }

    /// Runs a read of an owner's part, if there is such an owner.
    fn read<R>(
        &self,
        owner: &Owner,
        read: impl FnOnce(&Reader<'_>) -> Result<R, IndexError>,
    ) -> Result<Option<R>, IndexError> {
        self.view(|view| {
            // After the transaction has begun: see `Cache`.
            let cache = self.environment.cache.owner(owner);
            Reader::new(view, &cache, owner)?.as_ref().map(read).transpose()
        })
    }

    /// Deletes what is left of removed owners.
    fn purge(&self) -> Result<(), IndexError> {
        while self.write(BATCH_MAX, |txn| txn.purge_some())? {}
        Ok(())
    }
}

impl Index for LmdbIndex {
    fn get_uris(&self, scope: &Scope, ids: &[Fmid]) -> Result<Vec<Option<Entry>>, IndexError> {
        check_range("ids", ids.len(), 0, BATCH_MAX)?;
        let found = self.read(scope.owner(), |reader| reader.get_uris(scope, ids))?;
        Ok(found.unwrap_or_else(|| vec![None; ids.len()]))
    }

    fn get_ids(&self, scope: &Scope, uris: &[Uri]) -> Result<Vec<Option<Entry>>, IndexError> {
        check_uris(scope, uris)?;
        let found = self.read(scope.owner(), |reader| reader.get_ids(uris))?;
        Ok(found.unwrap_or_else(|| vec![None; uris.len()]))
    }

    fn ensure_ids(&self, scope: &Scope, uris: &[Uri]) -> Result<Vec<Fmid>, IndexError> {
        check_uris(scope, uris)?;
        // Most listings are of what is known already: no need to trouble the writer with them.
        if let Some(Some(ids)) = self.read(scope.owner(), |reader| reader.live_ids(uris))? {
            return Ok(ids);
        }
        let (scope, uris) = (scope.clone(), uris.to_vec());
        self.write(uris.len(), move |txn| txn.ensure_ids(&scope, &uris))
    }

    fn find(
        &self,
        scope: &Scope,
        prefix: &str,
        suffix: &str,
        after: Option<Fmid>,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError> {
        let from = check_page(after, limit)?;
        let prefix = scope.narrow(prefix)?;
        let found = self.read(scope.owner(), |reader| reader.find(&prefix, suffix, from, limit))?;
        Ok(found.unwrap_or_default())
    }

    fn add(&self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        scope.admit(uri)?;
        let (scope, uri) = (scope.clone(), uri.clone());
        self.write(1, move |txn| txn.add(&scope, id, &uri))
    }

    fn update(&self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        scope.admit(uri)?;
        let (scope, uri) = (scope.clone(), uri.clone());
        self.write(1, move |txn| txn.update(&scope, id, &uri))
    }

    fn rename_prefix(&self, scope: &Scope, old: &Uri, new: &Uri) -> Result<u64, IndexError> {
        if !check_rename(scope, old, new)? {
            return Ok(0);
        }
        let (owner, old, new) = (scope.owner().clone(), old.clone(), new.clone());
        self.write(1, move |txn| txn.rename_prefix(&owner, &old, &new))
    }

    fn remove(&self, scope: &Scope, ids: &[Fmid], mode: DeleteMode) -> Result<(), IndexError> {
        check_range("ids", ids.len(), 0, BATCH_MAX)?;
        let (scope, ids) = (scope.clone(), ids.to_vec());
        self.write(ids.len(), move |txn| txn.remove(&scope, &ids, mode))
    }

    fn list_deleted(
        &self,
        scope: &Scope,
        prefix: &str,
        since: ChangeNumber,
    ) -> Result<Vec<Entry>, IndexError> {
        let from = check_since(since)?;
        let prefix = scope.narrow(prefix)?;
        Ok(self.read(scope.owner(), |reader| reader.list_deleted(&prefix, from))?.unwrap_or_default())
    }

    fn reserve(&self, scope: &Scope, count: u32) -> Result<IdRange, IndexError> {
        let ids = usize::try_from(count).unwrap_or(usize::MAX);
        check_range("count", ids, 1, RESERVE_MAX as usize)?;
        let owner = scope.owner().clone();
        let first = self.write(1, move |txn| txn.reserve(&owner, ids))?;
        Ok(IdRange { first, count })
    }

    fn next_change_numbers(&self, scope: &Scope, count: usize) -> Result<Vec<ChangeNumber>, IndexError> {
        check_range("count", count, 1, BATCH_MAX)?;
        let owner = scope.owner().clone();
        self.write(1, move |txn| txn.next_change_numbers(&owner, count))
    }

    fn named_to_ids(
        &self,
        owner: &Owner,
        names: &[NamedProperty],
        create: bool,
    ) -> Result<Vec<Option<u16>>, IndexError> {
        check_properties(names)?;
        let known =
            self.read(owner, |reader| reader.named_to_ids(names))?.unwrap_or_else(|| vec![None; names.len()]);
        if !create || known.iter().all(Option::is_some) {
            return Ok(known);
        }
        let (owner, names) = (owner.clone(), names.to_vec());
        self.write(names.len(), move |txn| txn.named_to_ids(&owner, &names))
    }

    fn names_of_ids(&self, owner: &Owner, ids: &[u16]) -> Result<Vec<Option<NamedProperty>>, IndexError> {
        check_range("ids", ids.len(), 0, PROPERTIES_MAX)?;
        let found = self.read(owner, |reader| reader.names_of_ids(ids))?;
        Ok(found.unwrap_or_else(|| vec![None; ids.len()]))
    }

    fn mailbox(&self, owner: &Owner) -> Result<MailboxRows, IndexError> {
        Ok(self.read(owner, |reader| reader.mailbox())?.unwrap_or_default())
    }

    fn change_mailbox(&self, owner: &Owner, change: &MailboxChange) -> Result<Vec<Fmid>, IndexError> {
        let weight = 1 + change.remove.len() + change.put.len() + change.add.len();
        let (owner, change) = (owner.clone(), change.clone());
        self.write(weight, move |txn| txn.change_mailbox(&owner, &change))
    }

    fn get_permissions(&self, owner: &Owner, folder: Fmid) -> Result<Vec<PermissionRow>, IndexError> {
        let globcnt = folder.globcnt().ok_or(IndexError::InvalidId(folder))?;
        Ok(self.read(owner, |reader| reader.permissions(globcnt))?.unwrap_or_default())
    }

    fn modify_permissions(
        &self,
        owner: &Owner,
        folder: Fmid,
        update: &PermissionUpdate,
    ) -> Result<(), IndexError> {
        update.check()?;
        let (owner, update) = (owner.clone(), update.clone());
        self.write(update.edits.len().max(1), move |txn| txn.modify_permissions(&owner, folder, &update))
    }

    fn owners(&self) -> Result<Vec<OwnerUsage>, IndexError> {
        self.view(|view| view.owners())
    }

    fn dump(&self, owner: &Owner, after: Option<Fmid>, limit: usize) -> Result<Vec<DumpEntry>, IndexError> {
        let from = check_page(after, limit)?;
        Ok(self.read(owner, |reader| reader.dump(from, limit))?.unwrap_or_default())
    }

    fn load(
        &self,
        owner: &Owner,
        records: &[LoadRecord],
        globcnt: Option<Globcnt>,
    ) -> Result<Vec<LoadOutcome>, IndexError> {
        check_range("records", records.len(), 0, BATCH_MAX)?;
        let (owner, records) = (owner.clone(), records.to_vec());
        self.write(1 + records.len(), move |txn| txn.load(&owner, &records, globcnt))
    }

    fn remove_owner(&self, owner: &Owner) -> Result<bool, IndexError> {
        let owner = owner.clone();
        let removed = self.write(1, move |txn| txn.remove_owner(&owner))?;
        // The owner is gone already; this frees the space, in several transactions, now or at the next start.
        self.purge()?;
        Ok(removed)
    }

    fn verify(&self) -> Result<Report, IndexError> {
        self.view(verify::verify)
    }

    fn stats(&self) -> Result<Stats, IndexError> {
        let disk_bytes = self.environment.env.real_disk_size()?;
        self.view(|view| view.stats(disk_bytes))
    }
}

impl Transactions for Environment {
    type Txn<'e> = WriteTxn<'e>;
    type Error = IndexError;

    fn lost() -> IndexError {
        IndexError::WriterLost
    }

    fn begin(&self) -> Result<WriteTxn<'_>, IndexError> {
        Ok(WriteTxn::new(&self.databases, &self.cache, self.env.write_txn()?))
    }

    fn commit(&self, txn: WriteTxn<'_>) -> Result<(), IndexError> {
        Ok(txn.into_inner().commit()?)
    }

    fn take_written(txn: &mut WriteTxn<'_>) -> bool {
        txn.take_written()
    }
}

impl From<heed::Error> for IndexError {
    fn from(error: heed::Error) -> IndexError {
        match error {
            // `LmdbIndex::write` knows the size.
            heed::Error::Mdb(MdbError::MapFull) => IndexError::Full { max_bytes: 0 },
            error => IndexError::storage(error),
        }
    }
}

/// Takes the lock of the directory.
fn lock(path: &Path) -> Result<File, IndexError> {
    storage::lock(&path.join("index.lock")).map_err(|failure| match failure {
        LockFailure::InUse { pid } => IndexError::InUse { path: PathBuf::from(path), pid },
        LockFailure::Io(error) => IndexError::storage(error),
    })
}
