//! The changes, each within a transaction that it may share with others.
//!
//! An operation decides first and writes afterwards: one that is refused has written nothing. What can fail after
//! the first write is the storage, or two long names with the same digest; then the writer aborts the transaction.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::mem;
use std::sync::Arc;

use heed::{PutFlags, RwTxn};

use super::cache::Cache;
use super::layout::{self, FolderNumber, Leaf, NameKey, OwnerNumber, OwnerRow, Record, TOP};
use super::view::View;
use super::{Databases, Db};
use crate::index::{
    ChangeNumber, DeleteMode, Fmid, Globcnt, IndexError, Owner, Scope, URI_BYTES_MAX, Uri, UriError, take,
    uri,
};

/// How many rows of a removed owner one transaction deletes.
const PURGE_ROWS: usize = 1_000;

pub(super) struct WriteTxn<'e> {
    databases: &'e Databases,
    cache: &'e Cache,
    txn: RwTxn<'e>,
    written: bool,
}

impl<'e> WriteTxn<'e> {
    pub(super) fn new(databases: &'e Databases, cache: &'e Cache, txn: RwTxn<'e>) -> Self {
        WriteTxn { databases, cache, txn, written: false }
    }

    pub(super) fn into_inner(self) -> RwTxn<'e> {
        self.txn
    }

    /// Returns whether anything was written since the last call.
    pub(super) fn take_written(&mut self) -> bool {
        mem::take(&mut self.written)
    }

    pub(super) fn view(&self) -> View<'_> {
        View::new(self.databases, &self.txn)
    }

    pub(super) fn databases(&self) -> &'e Databases {
        self.databases
    }

    pub(super) fn put(&mut self, db: Db, key: &[u8], value: &[u8]) -> Result<(), IndexError> {
        self.written = true;
        Ok(db.put(&mut self.txn, key, value)?)
    }

    /// Writes a row that must not exist: of two long names with the same digest, the second is an error.
    pub(super) fn insert(&mut self, db: Db, key: &[u8], value: &[u8]) -> Result<(), IndexError> {
        self.written = true;
        Ok(db.put_with_flags(&mut self.txn, PutFlags::NO_OVERWRITE, key, value)?)
    }

    /// Deletes a row that must exist.
    pub(super) fn erase(&mut self, db: Db, key: &[u8]) -> Result<(), IndexError> {
        self.written = true;
        if db.delete(&mut self.txn, key)? {
            return Ok(());
        }
        Err(IndexError::Corrupt("a row that others lead to does not exist".to_owned()))
    }

    /// Says that paths, or the owner's number, are no longer what they were.
    fn mark_cache(&self, owner: &Owner) {
        self.cache.owner(owner).mark(self.txn.id());
    }

    // ------------------------------------------------------------------ owners and counters

    /// Returns the format of the files; sets it if there is none.
    pub(super) fn format_or_set(&mut self, format: u32) -> Result<u32, IndexError> {
        if let Some(found) = self.databases.meta.get(&self.txn, b"format")? {
            return Ok(u32::from_be_bytes(layout::array(found, 0, "meta")?));
        }
        self.put(self.databases.meta, b"format", &format.to_be_bytes())?;
        Ok(format)
    }

    /// The owner's row; a new one, not yet written, if there is none.
    pub(super) fn owner_or_new(&mut self, owner: &Owner) -> Result<OwnerRow, IndexError> {
        if let Some(row) = self.view().owner(owner)? {
            return Ok(row);
        }
        let number = match self.databases.meta.get(&self.txn, b"next-owner")? {
            Some(next) => u32::from_be_bytes(layout::array(next, 0, "meta")?),
            None => 0,
        };
        let next = number.checked_add(1).ok_or(IndexError::Exhausted("owner numbers"))?;
        self.put(self.databases.meta, b"next-owner", &next.to_be_bytes())?;
        Ok(OwnerRow::new(number))
    }

    pub(super) fn put_owner(&mut self, owner: &Owner, row: OwnerRow) -> Result<(), IndexError> {
        self.put(self.databases.owners, owner.as_str().as_bytes(), &row.to_bytes())
    }

    pub(super) fn reserve(&mut self, owner: &Owner, count: usize) -> Result<Fmid, IndexError> {
        let mut row = self.owner_or_new(owner)?;
        let first = take(&mut row.next_globcnt, count, "ids")?;
        self.put_owner(owner, row)?;
        Ok(first.into())
    }

    pub(super) fn next_change_numbers(
        &mut self,
        owner: &Owner,
        count: usize,
    ) -> Result<Vec<ChangeNumber>, IndexError> {
        let mut row = self.owner_or_new(owner)?;
        let first = take(&mut row.next_change, count, "change numbers")?;
        self.put_owner(owner, row)?;
        Ok((first.get()..row.next_change).filter_map(Globcnt::new).map(ChangeNumber::from).collect())
    }

    /// Makes an owner unknown, and notes that its rows are to go.
    pub(super) fn remove_owner(&mut self, owner: &Owner) -> Result<bool, IndexError> {
        let Some(row) = self.view().owner(owner)? else { return Ok(false) };
        self.mark_cache(owner);
        self.erase(self.databases.owners, owner.as_str().as_bytes())?;
        self.put(self.databases.meta, &[b"gone", &row.number.to_be_bytes()[..]].concat(), &[])?;
        Ok(true)
    }

    /// Deletes some rows of removed owners. Returns whether there may be more.
    pub(super) fn purge_some(&mut self) -> Result<bool, IndexError> {
        let gone = self.databases.meta.prefix_iter(&self.txn, b"gone")?.next().transpose()?;
        let Some(note) = gone.map(|(key, _)| key.to_vec()) else { return Ok(false) };
        let mut room = PURGE_ROWS;
        for db in self.databases.owned() {
            let rows = db.prefix_iter(&self.txn, &note[b"gone".len()..])?.take(room);
            let keys = rows.map(|row| Ok(row?.0.to_vec())).collect::<Result<Vec<_>, IndexError>>()?;
            keys.iter().try_for_each(|key| self.erase(db, key))?;
            room -= keys.len();
        }
        if room > 0 {
            self.erase(self.databases.meta, &note)?;
        }
        Ok(true)
    }

    // ------------------------------------------------------------------ records

    pub(super) fn ensure_ids(&mut self, scope: &Scope, uris: &[Uri]) -> Result<Vec<Fmid>, IndexError> {
        let owner = scope.owner();
        if uris.is_empty() {
            // Nothing to make an owner for.
            return Ok(Vec::new());
        }
        let mut row = self.owner_or_new(owner)?;
        // Counted only near the limit: it costs a lookup for each.
        if scope.check_room(row.entries(), uris.len()).is_err() {
            let view = self.view();
            let mut new = HashSet::new();
            for uri in uris {
                if view.live(row.number, uri)?.is_none() {
                    new.insert(uri.identity());
                }
            }
            scope.check_room(row.entries(), new.len())?;
        }
        let mut folders = Folders::default();
        let mut ids = Vec::with_capacity(uris.len());
        for uri in uris {
            let folder = folders.get_or_create(self, &mut row, uri.folder())?;
            let globcnt = match self.view().leaf(row.number, folder, uri.name())? {
                Some(leaf) => leaf.globcnt,
                None => {
                    let globcnt = take(&mut row.next_globcnt, 1, "ids")?;
                    self.insert_live(&mut row, globcnt, folder, uri)?;
                    globcnt
                }
            };
            ids.push(globcnt.into());
        }
        self.put_owner(owner, row)?;
        Ok(ids)
    }

    pub(super) fn add(&mut self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        let owner = scope.owner();
        let (view, unknown) = (self.view(), IndexError::InvalidId(id));
        let (Some(globcnt), Some(mut row)) = (id.globcnt(), view.owner(owner)?) else { return Err(unknown) };
        if globcnt.get() >= row.next_globcnt {
            return Err(unknown);
        }
        if view.record(row.number, globcnt)?.is_some() {
            return Err(IndexError::IdTaken(id));
        }
        if view.live(row.number, uri)?.is_some() {
            return Err(IndexError::UriTaken(uri.clone()));
        }
        scope.check_room(row.entries(), 1)?;
        let folder = self.folder_or_create(&mut row, uri.folder())?;
        self.insert_live(&mut row, globcnt, folder, uri)?;
        self.put_owner(owner, row)
    }

    pub(super) fn update(&mut self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        let (view, owner) = (self.view(), scope.owner());
        let (Some(globcnt), Some(mut row)) = (id.globcnt(), view.owner(owner)?) else {
            return Err(IndexError::NotFound(id));
        };
        let Some(Record::Live { folder, name, container }) = view.record(row.number, globcnt)? else {
            return Err(IndexError::NotFound(id));
        };
        if !scope.contains(&[&view.path(row.number, folder)?, name, "/"].concat()) {
            return Err(IndexError::NotFound(id));
        }
        match view.live(row.number, uri)? {
            Some(leaf) if leaf.globcnt != globcnt => return Err(IndexError::UriTaken(uri.clone())),
            Some(_) if container == uri.is_container() => return Ok(()),
            _ => {}
        }
        let old_leaf = NameKey::in_folder(row.number, folder, name);
        self.erase(self.databases.leaves, old_leaf.as_slice())?;
        let new_folder = self.folder_or_create(&mut row, uri.folder())?;
        self.put_live(row.number, globcnt, new_folder, uri)?;
        self.drop_if_empty(owner, row.number, folder)?;
        self.put_owner(owner, row)
    }

    pub(super) fn remove(&mut self, scope: &Scope, ids: &[Fmid], mode: DeleteMode) -> Result<(), IndexError> {
        let owner = scope.owner();
        let Some(mut row) = self.view().owner(owner)? else { return Ok(()) };
        if mode == DeleteMode::Soft {
            // As many as could be needed, before the first write.
            take(&mut { row.next_change }, ids.len().max(1), "change numbers")?;
        }
        let mut paths: HashMap<FolderNumber, Arc<str>> = HashMap::new();
        let mut left = BTreeSet::new();
        let mut changed = false;
        for globcnt in ids.iter().filter_map(|id| id.globcnt()) {
            let view = self.view();
            match view.record(row.number, globcnt)? {
                Some(Record::Live { folder, name, container }) => {
                    let path = match paths.get(&folder) {
                        Some(path) => path.clone(),
                        None => paths.entry(folder).or_insert(view.path(row.number, folder)?).clone(),
                    };
                    let uri = [&*path, name, if container { "/" } else { "" }].concat();
                    if !scope.contains(&uri) {
                        continue;
                    }
                    let leaf = NameKey::in_folder(row.number, folder, name);
                    self.erase(self.databases.leaves, leaf.as_slice())?;
                    row.live = row.live.saturating_sub(1);
                    left.insert(folder);
                    match mode {
                        DeleteMode::Soft => self.put_tombstone(&mut row, globcnt, &uri)?,
                        DeleteMode::Hard => self.delete_record(row.number, globcnt)?,
                    }
                }
                Some(Record::Tombstone { change, uri })
                    if mode == DeleteMode::Hard && scope.contains(uri) =>
                {
                    let identity = uri.strip_suffix('/').unwrap_or(uri);
                    let by_uri = layout::tombstone_uri_key(row.number, identity, change);
                    self.erase(self.databases.tombstone_uris, &by_uri)?;
                    self.erase(self.databases.tombstones, &layout::counter_key(row.number, change))?;
                    self.delete_record(row.number, globcnt)?;
                    row.tombstones = row.tombstones.saturating_sub(1);
                }
                _ => continue,
            }
            changed = true;
        }
        for folder in left {
            self.drop_if_empty(owner, row.number, folder)?;
        }
        if changed { self.put_owner(owner, row) } else { Ok(()) }
    }

    pub(super) fn rename_prefix(&mut self, owner: &Owner, old: &Uri, new: &Uri) -> Result<u64, IndexError> {
        let view = self.view();
        let Some(mut row) = view.owner(owner)? else { return Ok(0) };
        let number = row.number;
        let own = view.live(number, old)?.filter(|leaf| leaf.container);
        let in_the_way = view.live(number, new)?.is_some_and(|leaf| leaf.container || own.is_some());
        // A folder exists only if there is a live record below it.
        if in_the_way || view.folder(number, new.as_str())?.is_some() {
            return Err(IndexError::UriTaken(new.clone()));
        }
        let folder = view.folder(number, old.as_str())?;
        let mut count = u64::from(own.is_some());
        let mut longest = old.as_str().len();
        if let Some(folder) = folder {
            view.walk(number, folder, old.as_str(), "", &mut |visit| {
                count += 1;
                longest =
                    longest.max(visit.path.len() + visit.name.len() + usize::from(visit.leaf.container));
                true
            })?;
        }
        if count == 0 {
            return Ok(0);
        }
        let bytes = longest - old.as_str().len() + new.as_str().len();
        if bytes > URI_BYTES_MAX {
            return Err(UriError::TooLong { start: new.as_str().chars().take(60).collect(), bytes }.into());
        }
        let parent = view.folder(number, old.folder())?.unwrap_or(TOP);

        self.mark_cache(owner);
        let new_parent = self.folder_or_create(&mut row, new.folder())?;
        let (old_key, new_key) = (
            NameKey::in_folder(number, parent, old.name()),
            NameKey::in_folder(number, new_parent, new.name()),
        );
        if let Some(folder) = folder {
            self.erase(self.databases.folders, old_key.as_slice())?;
            self.insert(self.databases.folders, new_key.as_slice(), &folder.to_be_bytes())?;
            let name = layout::folder_name_bytes(new_parent, new.name());
            self.put(self.databases.folder_names, &layout::number_key(number, folder), &name)?;
        }
        if let Some(leaf) = own {
            self.erase(self.databases.leaves, old_key.as_slice())?;
            self.put_live(number, leaf.globcnt, new_parent, new)?;
        }
        self.drop_if_empty(owner, number, parent)?;
        self.put_owner(owner, row)?;
        Ok(count)
    }

    // ------------------------------------------------------------------ rows

    pub(super) fn insert_live(
        &mut self,
        row: &mut OwnerRow,
        globcnt: Globcnt,
        folder: FolderNumber,
        uri: &Uri,
    ) -> Result<(), IndexError> {
        row.live += 1;
        self.put_live(row.number, globcnt, folder, uri)
    }

    /// Writes a live record and its leaf, which must not exist.
    fn put_live(
        &mut self,
        owner: OwnerNumber,
        globcnt: Globcnt,
        folder: FolderNumber,
        uri: &Uri,
    ) -> Result<(), IndexError> {
        let (name, container) = (uri.name(), uri.is_container());
        let leaf = Leaf { globcnt, container };
        self.insert(
            self.databases.leaves,
            NameKey::in_folder(owner, folder, name).as_slice(),
            &leaf.to_bytes(),
        )?;
        let record = Record::Live { folder, name, container };
        self.put(self.databases.records, &layout::counter_key(owner, globcnt), &record.to_bytes())
    }

    /// Puts a tombstone in the place of a live record whose leaf is gone.
    pub(super) fn put_tombstone(
        &mut self,
        row: &mut OwnerRow,
        globcnt: Globcnt,
        uri: &str,
    ) -> Result<(), IndexError> {
        let change = take(&mut row.next_change, 1, "change numbers")?;
        row.tombstones += 1;
        let record = Record::Tombstone { change, uri };
        self.put(self.databases.records, &layout::counter_key(row.number, globcnt), &record.to_bytes())?;
        let value = layout::counter_bytes(globcnt);
        self.insert(self.databases.tombstones, &layout::counter_key(row.number, change), &value)?;
        let identity = uri.strip_suffix('/').unwrap_or(uri);
        self.insert(
            self.databases.tombstone_uris,
            &layout::tombstone_uri_key(row.number, identity, change),
            &value,
        )
    }

    fn delete_record(&mut self, owner: OwnerNumber, globcnt: Globcnt) -> Result<(), IndexError> {
        let key = layout::counter_key(owner, globcnt);
        // Only folders have any.
        self.databases.permissions.delete(&mut self.txn, &key)?;
        self.erase(self.databases.records, &key)
    }

    /// The folder with this path, made if there is none.
    pub(super) fn folder_or_create(
        &mut self,
        row: &mut OwnerRow,
        path: &str,
    ) -> Result<FolderNumber, IndexError> {
        let mut folder = TOP;
        for name in uri::components(path) {
            folder = match self.view().subfolder(row.number, folder, name)? {
                Some(number) => number,
                None => {
                    let number = row.next_folder;
                    row.next_folder = number.checked_add(1).ok_or(IndexError::Exhausted("folder numbers"))?;
                    let key = NameKey::in_folder(row.number, folder, name);
                    self.insert(self.databases.folders, key.as_slice(), &number.to_be_bytes())?;
                    let value = layout::folder_name_bytes(folder, name);
                    self.insert(
                        self.databases.folder_names,
                        &layout::number_key(row.number, number),
                        &value,
                    )?;
                    number
                }
            };
        }
        Ok(folder)
    }

    /// Deletes a folder, and those that it is in, as far as nothing is left in them.
    fn drop_if_empty(
        &mut self,
        owner: &Owner,
        number: OwnerNumber,
        folder: FolderNumber,
    ) -> Result<(), IndexError> {
        let mut folder = folder;
        while folder != TOP && self.view().is_empty(number, folder)? {
            self.mark_cache(owner);
            let (parent, name) = self.view().folder_name(number, folder)?;
            let key = NameKey::in_folder(number, parent, name);
            self.erase(self.databases.folders, key.as_slice())?;
            self.erase(self.databases.folder_names, &layout::number_key(number, folder))?;
            folder = parent;
        }
        Ok(())
    }
}

/// The folders of a list of URIs: most are in the one before.
#[derive(Default)]
struct Folders<'u> {
    last: Option<(&'u str, FolderNumber)>,
}

impl<'u> Folders<'u> {
    fn get_or_create(
        &mut self,
        txn: &mut WriteTxn<'_>,
        row: &mut OwnerRow,
        path: &'u str,
    ) -> Result<FolderNumber, IndexError> {
        match self.last {
            Some((last, folder)) if last == path => Ok(folder),
            _ => {
                let folder = txn.folder_or_create(row, path)?;
                self.last = Some((path, folder));
                Ok(folder)
            }
        }
    }
}
