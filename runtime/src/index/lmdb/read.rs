//! Look-ups in one owner's part of the index, with the help of the cache.

use std::cell::RefCell;
use std::sync::Arc;

use super::cache::{OwnerCache, TxnId};
use super::layout::{self, FolderNumber, Leaf, OwnerNumber, Record, TOP};
use super::view::View;
use crate::index::{DumpEntry, Entry, Fmid, Globcnt, IndexError, Owner, Scope, Uri};

pub(super) struct Reader<'t> {
    pub(super) view: &'t View<'t>,
    pub(super) owner: OwnerNumber,
    cache: &'t OwnerCache,
    txn: TxnId,
    /// The folder asked for last: neighbours in a list are mostly neighbours in the tree.
    last: RefCell<Option<(FolderNumber, Arc<str>)>>,
}

impl<'t> Reader<'t> {
    /// Returns `None` if there is no such owner.
    pub(super) fn new(
        view: &'t View<'t>,
        cache: &'t OwnerCache,
        owner: &Owner,
    ) -> Result<Option<Reader<'t>>, IndexError> {
        let txn = view.txn.id();
        let number = match cache.number(txn) {
            Some(number) => number,
            None => {
                let Some(row) = view.owner(owner)? else { return Ok(None) };
                cache.set_number(txn, row.number);
                row.number
            }
        };
        Ok(Some(Reader { view, owner: number, cache, txn, last: RefCell::new(None) }))
    }

    pub(super) fn get_uris(&self, scope: &Scope, ids: &[Fmid]) -> Result<Vec<Option<Entry>>, IndexError> {
        ids.iter().map(|id| Ok(self.get_uri(*id)?.filter(|entry| scope.contains(&entry.uri)))).collect()
    }

    fn get_uri(&self, id: Fmid) -> Result<Option<Entry>, IndexError> {
        let Some(globcnt) = id.globcnt() else { return Ok(None) };
        let Some(record) = self.view.record(self.owner, globcnt)? else { return Ok(None) };
        let soft_deleted = matches!(record, Record::Tombstone { .. });
        Ok(Some(Entry { id, uri: self.uri(record)?, soft_deleted }))
    }

    pub(super) fn get_ids(&self, uris: &[Uri]) -> Result<Vec<Option<Entry>>, IndexError> {
        uris.iter().map(|uri| self.get_id(uri)).collect()
    }

    fn get_id(&self, uri: &Uri) -> Result<Option<Entry>, IndexError> {
        if let Some(leaf) = self.live(uri)? {
            let slash = if leaf.container { "/" } else { "" };
            let found = [uri.identity(), slash].concat();
            return Ok(Some(Entry { id: leaf.globcnt.into(), uri: found, soft_deleted: false }));
        }
        let tombstone = self.view.tombstone(self.owner, uri)?;
        Ok(tombstone.map(|(globcnt, uri)| Entry {
            id: globcnt.into(),
            uri: uri.to_owned(),
            soft_deleted: true,
        }))
    }

    /// The live ids of the URIs, or `None` if one has none.
    pub(super) fn live_ids(&self, uris: &[Uri]) -> Result<Option<Vec<Fmid>>, IndexError> {
        uris.iter().map(|uri| Ok(self.live(uri)?.map(|leaf| leaf.globcnt.into()))).collect()
    }

    fn live(&self, uri: &Uri) -> Result<Option<Leaf>, IndexError> {
        match self.folder(uri.folder())? {
            Some(folder) => self.view.leaf(self.owner, folder, uri.name()),
            None => Ok(None),
        }
    }

    pub(super) fn list_deleted(&self, prefix: &str, from: u64) -> Result<Vec<Entry>, IndexError> {
        let mut deleted = Vec::new();
        for row in self.view.rows_from(self.view.databases.tombstones, self.owner, from)? {
            let globcnt = layout::counter(row?.1, 0, "tombstones")?;
            match self.view.record(self.owner, globcnt)? {
                Some(Record::Tombstone { uri, .. }) if uri.starts_with(prefix) => {
                    deleted.push(Entry { id: globcnt.into(), uri: uri.to_owned(), soft_deleted: true });
                }
                Some(Record::Tombstone { .. }) => {}
                _ => return Err(IndexError::Corrupt(format!("tombstone {} has no record", globcnt.get()))),
            }
        }
        Ok(deleted)
    }

    pub(super) fn dump(&self, from: u64, limit: usize) -> Result<Vec<DumpEntry>, IndexError> {
        let page = self.records_from(from)?.take(limit).map(|row| {
            let (globcnt, record) = row?;
            let deleted = match record {
                Record::Tombstone { change, .. } => Some(change.into()),
                Record::Live { .. } => None,
            };
            Ok(DumpEntry { id: globcnt.into(), uri: self.uri(record)?, deleted })
        });
        page.collect()
    }

    /// The owner's records in the order of their ids, from one counter on.
    pub(super) fn records_from(
        &self,
        from: u64,
    ) -> Result<impl Iterator<Item = Result<(Globcnt, Record<'t>), IndexError>> + use<'t>, IndexError> {
        let rows = self.view.rows_from(self.view.databases.records, self.owner, from)?;
        Ok(rows.map(|row| {
            let (key, value) = row?;
            Ok((layout::counter(key, 4, "records")?, Record::from_bytes(value)?))
        }))
    }

    pub(super) fn uri(&self, record: Record<'_>) -> Result<String, IndexError> {
        match record {
            Record::Tombstone { uri, .. } => Ok(uri.to_owned()),
            Record::Live { folder, name, container } => {
                let slash = if container { "/" } else { "" };
                self.with_path(folder, |path| [&**path, name, slash].concat())
            }
        }
    }

    /// The path of a folder, with its trailing slash.
    pub(super) fn path(&self, folder: FolderNumber) -> Result<Arc<str>, IndexError> {
        self.with_path(folder, Arc::clone)
    }

    fn with_path<R>(&self, folder: FolderNumber, work: impl FnOnce(&Arc<str>) -> R) -> Result<R, IndexError> {
        let mut last = self.last.borrow_mut();
        if let Some((known, path)) = &*last
            && *known == folder
        {
            return Ok(work(path));
        }
        let path = match self.cache.path(self.txn, folder) {
            Some(path) => path,
            None => {
                let path = self.view.path(self.owner, folder)?;
                self.cache.set_folder(self.txn, folder, &path);
                path
            }
        };
        let done = work(&path);
        *last = Some((folder, path));
        Ok(done)
    }

    /// The folder with this path.
    pub(super) fn folder(&self, path: &str) -> Result<Option<FolderNumber>, IndexError> {
        if path.is_empty() {
            return Ok(Some(TOP));
        }
        if let Some(folder) = self.cache.folder(self.txn, path) {
            return Ok(Some(folder));
        }
        let folder = self.view.folder(self.owner, path)?;
        if let Some(folder) = folder {
            self.cache.set_folder(self.txn, folder, &path.into());
        }
        Ok(folder)
    }
}
