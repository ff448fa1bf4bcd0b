//! Reads of one transaction, be it a reader's or the writer's own. Knows the databases; knows neither scopes nor the
//! cache.

use std::ops::Bound;
use std::sync::Arc;

use heed::RoTxn;

use super::layout::{self, FolderNumber, Leaf, NameKey, OwnerNumber, OwnerRow, Record, TOP};
use super::{Databases, Db};
use crate::index::{Globcnt, IndexError, Owner, OwnerUsage, PROPERTY_ID_MIN, Stats, Uri, uri};

pub(super) struct View<'t> {
    pub(super) databases: &'t Databases,
    pub(super) txn: &'t RoTxn<'t>,
}

/// A row: its key and its value.
type Row<'t> = (&'t [u8], &'t [u8]);

/// A live record on a walk through the tree.
pub(super) struct Visit<'t, 'p> {
    /// The path of its folder.
    pub(super) path: &'p Arc<str>,
    /// Its name there.
    pub(super) name: &'t str,
    /// What is known of it.
    pub(super) leaf: Leaf,
}

impl<'t> View<'t> {
    pub(super) fn new(databases: &'t Databases, txn: &'t RoTxn<'t>) -> Self {
        View { databases, txn }
    }

    pub(super) fn owner(&self, owner: &Owner) -> Result<Option<OwnerRow>, IndexError> {
        let row = self.databases.owners.get(self.txn, owner.as_str().as_bytes())?;
        row.map(OwnerRow::from_bytes).transpose()
    }

    /// Every owner with its row.
    pub(super) fn owner_rows(&self) -> Result<Vec<(Owner, OwnerRow)>, IndexError> {
        let rows = self.databases.owners.iter(self.txn)?.map(|row| {
            let (name, row) = row?;
            Ok((Owner::parse(layout::text(name, "owners")?)?, OwnerRow::from_bytes(row)?))
        });
        rows.collect()
    }

    pub(super) fn owners(&self) -> Result<Vec<OwnerUsage>, IndexError> {
        let usage = |(owner, row): (Owner, OwnerRow)| OwnerUsage {
            owner,
            live: row.live,
            tombstones: row.tombstones,
            properties: u64::from(row.next_property).saturating_sub(PROPERTY_ID_MIN.into()),
            ids: row.next_globcnt.saturating_sub(Globcnt::MIN.get()),
            change_numbers: row.next_change.saturating_sub(Globcnt::MIN.get()),
        };
        Ok(self.owner_rows()?.into_iter().map(usage).collect())
    }

    pub(super) fn stats(&self, disk_bytes: u64) -> Result<Stats, IndexError> {
        let count = |db: Db| db.len(self.txn);
        let tombstones = count(self.databases.tombstones)?;
        Ok(Stats {
            owners: count(self.databases.owners)?,
            live: count(self.databases.leaves)?,
            tombstones,
            folders: count(self.databases.folders)?,
            properties: count(self.databases.property_names)?,
            disk_bytes,
        })
    }

    pub(super) fn record(
        &self,
        owner: OwnerNumber,
        globcnt: Globcnt,
    ) -> Result<Option<Record<'t>>, IndexError> {
        let row = self.databases.records.get(self.txn, &layout::counter_key(owner, globcnt))?;
        row.map(Record::from_bytes).transpose()
    }

    /// The live record with this name in a folder.
    pub(super) fn leaf(
        &self,
        owner: OwnerNumber,
        folder: FolderNumber,
        name: &str,
    ) -> Result<Option<Leaf>, IndexError> {
        let row = self.databases.leaves.get(self.txn, NameKey::in_folder(owner, folder, name).as_slice())?;
        let Some(leaf) = row.map(Leaf::from_bytes).transpose()? else { return Ok(None) };
        if layout::is_short(name) {
            return Ok(Some(leaf));
        }
        // The key has a digest of the name only.
        match self.record(owner, leaf.globcnt)? {
            Some(Record::Live { name: found, .. }) if found == name => Ok(Some(leaf)),
            _ => Ok(None),
        }
    }

    /// The live record of a URI.
    pub(super) fn live(&self, owner: OwnerNumber, uri: &Uri) -> Result<Option<Leaf>, IndexError> {
        match self.folder(owner, uri.folder())? {
            Some(folder) => self.leaf(owner, folder, uri.name()),
            None => Ok(None),
        }
    }

    /// The folder with this path.
    pub(super) fn folder(&self, owner: OwnerNumber, path: &str) -> Result<Option<FolderNumber>, IndexError> {
        let mut folder = TOP;
        for name in uri::components(path) {
            match self.subfolder(owner, folder, name)? {
                Some(number) => folder = number,
                None => return Ok(None),
            }
        }
        Ok(Some(folder))
    }

    pub(super) fn subfolder(
        &self,
        owner: OwnerNumber,
        parent: FolderNumber,
        name: &str,
    ) -> Result<Option<FolderNumber>, IndexError> {
        let row = self.databases.folders.get(self.txn, NameKey::in_folder(owner, parent, name).as_slice())?;
        let Some(row) = row else { return Ok(None) };
        let number = u32::from_be_bytes(layout::array(row, 0, "folders")?);
        let found = layout::is_short(name) || self.folder_name(owner, number)?.1 == name;
        Ok(found.then_some(number))
    }

    /// The parent and the name of a folder other than the top.
    pub(super) fn folder_name(
        &self,
        owner: OwnerNumber,
        folder: FolderNumber,
    ) -> Result<(FolderNumber, &'t str), IndexError> {
        match self.databases.folder_names.get(self.txn, &layout::number_key(owner, folder))? {
            Some(row) => layout::folder_name(row),
            None => Err(IndexError::Corrupt(format!("folder {folder} of owner {owner} has no name"))),
        }
    }

    /// The path of a folder, with its trailing slash.
    pub(super) fn path(&self, owner: OwnerNumber, folder: FolderNumber) -> Result<Arc<str>, IndexError> {
        let mut names = Vec::new();
        let mut at = folder;
        while at != TOP {
            let (parent, name) = self.folder_name(owner, at)?;
            // Each name adds its slash, so no path that was ever made has more of them.
            if names.len() > uri::URI_BYTES_MAX {
                return Err(IndexError::Corrupt(format!("folder {folder} of owner {owner} is in itself")));
            }
            names.push(name);
            at = parent;
        }
        Ok(names.iter().rev().flat_map(|name| [*name, "/"]).collect::<String>().into())
    }

    /// Visits the live records below a folder whose names, or whose folders' names, begin with `start`, until `visit`
    /// answers `false`. Returns whether it came to the end.
    pub(super) fn walk(
        &self,
        owner: OwnerNumber,
        folder: FolderNumber,
        path: &str,
        start: &str,
        visit: &mut dyn FnMut(Visit<'t, '_>) -> bool,
    ) -> Result<bool, IndexError> {
        let mut pending = vec![(folder, Arc::from(path), start)];
        while let Some((folder, path, start)) = pending.pop() {
            let prefix = NameKey::prefix_in_folder(owner, folder, start);
            for row in self.databases.leaves.prefix_iter(self.txn, prefix.as_slice())? {
                let (key, value) = row?;
                let leaf = Leaf::from_bytes(value)?;
                let name = match layout::name_in_key(key) {
                    Some(name) => name?,
                    None => self.long_name(owner, leaf.globcnt)?,
                };
                if name.starts_with(start) && !visit(Visit { path: &path, name, leaf }) {
                    return Ok(false);
                }
            }
            for row in self.databases.folders.prefix_iter(self.txn, prefix.as_slice())? {
                let number = u32::from_be_bytes(layout::array(row?.1, 0, "folders")?);
                let (_, name) = self.folder_name(owner, number)?;
                if name.starts_with(start) {
                    pending.push((number, [&path, name, "/"].concat().into(), ""));
                }
            }
        }
        Ok(true)
    }

    fn long_name(&self, owner: OwnerNumber, globcnt: Globcnt) -> Result<&'t str, IndexError> {
        match self.record(owner, globcnt)? {
            Some(Record::Live { name, .. }) => Ok(name),
            _ => Err(IndexError::Corrupt(format!(
                "the leaf of record {} of owner {owner} leads nowhere",
                globcnt.get()
            ))),
        }
    }

    /// Whether there is anything in a folder.
    pub(super) fn is_empty(&self, owner: OwnerNumber, folder: FolderNumber) -> Result<bool, IndexError> {
        let prefix = layout::number_key(owner, folder);
        for db in [self.databases.leaves, self.databases.folders] {
            if db.prefix_iter(self.txn, &prefix)?.next().transpose()?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The tombstone made last of those with this URI.
    pub(super) fn tombstone(
        &self,
        owner: OwnerNumber,
        uri: &Uri,
    ) -> Result<Option<(Globcnt, &'t str)>, IndexError> {
        let last = layout::tombstone_uri_key(owner, uri.identity(), Globcnt::MAX);
        for row in self.databases.tombstone_uris.rev_prefix_iter(self.txn, &last[..20])? {
            let globcnt = layout::counter(row?.1, 0, "tombstone_uris")?;
            if let Some(Record::Tombstone { uri: found, .. }) = self.record(owner, globcnt)?
                && found.strip_suffix('/').unwrap_or(found) == uri.identity()
            {
                return Ok(Some((globcnt, found)));
            }
        }
        Ok(None)
    }

    /// An owner's rows of a database with counters in its keys, from one counter on.
    pub(super) fn rows_from(
        &self,
        db: Db,
        owner: OwnerNumber,
        from: u64,
    ) -> Result<impl Iterator<Item = Result<Row<'t>, IndexError>> + use<'t>, IndexError> {
        // A page may begin after the last counter there is: then the range is empty.
        let start = match Globcnt::new(from) {
            Some(first) => Bound::Included(layout::counter_key(owner, first)),
            None => Bound::Excluded(layout::counter_key(owner, Globcnt::MAX)),
        };
        let end = layout::counter_key(owner, Globcnt::MAX);
        let range = (start.as_ref().map(|key| &key[..]), Bound::Included(&end[..]));
        Ok(db.range(self.txn, &range)?.map(|row| Ok(row?)))
    }
}
