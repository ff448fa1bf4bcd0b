//! The permission rows of folders: one row for each folder that has any.

use super::layout;
use super::read::Reader;
use super::write::WriteTxn;
use crate::index::permissions::{self, PermissionRow, PermissionUpdate};
use crate::index::{Fmid, Globcnt, IndexError, Owner};

impl Reader<'_> {
    pub(super) fn permissions(&self, folder: Globcnt) -> Result<Vec<PermissionRow>, IndexError> {
        let key = layout::counter_key(self.owner, folder);
        let row = self.view.databases.permissions.get(self.view.txn, &key)?;
        row.map_or_else(|| Ok(Vec::new()), permissions::from_bytes)
    }
}

impl WriteTxn<'_> {
    pub(super) fn modify_permissions(
        &mut self,
        owner: &Owner,
        folder: Fmid,
        update: &PermissionUpdate,
    ) -> Result<(), IndexError> {
        let unknown = IndexError::InvalidId(folder);
        let (Some(globcnt), Some(row)) = (folder.globcnt(), self.view().owner(owner)?) else {
            return Err(unknown);
        };
        if globcnt.get() >= row.next_globcnt {
            return Err(unknown);
        }
        let key = layout::counter_key(row.number, globcnt);
        let db = self.databases().permissions;
        let before = self.view().databases.permissions.get(self.view().txn, &key)?.map(<[u8]>::to_vec);
        let rows = permissions::from_bytes(before.as_deref().unwrap_or_default())?;
        let changed = update.apply(&rows)?;
        match (changed.is_empty(), before.is_some()) {
            (false, _) => self.put(db, &key, &permissions::to_bytes(&changed)),
            (true, true) => self.erase(db, &key),
            (true, false) => Ok(()),
        }
    }
}
