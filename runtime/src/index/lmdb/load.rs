//! Puts records from elsewhere under their ids.

use super::layout::{OwnerRow, Record};
use super::write::WriteTxn;
use crate::index::load::{LoadOutcome, LoadRecord, next_globcnt};
use crate::index::{Globcnt, IndexError, Owner, take};

impl WriteTxn<'_> {
    pub(super) fn load(
        &mut self,
        owner: &Owner,
        records: &[LoadRecord],
        globcnt: Option<Globcnt>,
    ) -> Result<Vec<LoadOutcome>, IndexError> {
        let mut row = self.owner_or_new(owner)?;
        // As many as could be needed, before the first write.
        take(&mut { row.next_change }, records.len().max(1), "change numbers")?;
        row.next_globcnt = next_globcnt(row.next_globcnt, records, globcnt);
        let mut outcomes = Vec::with_capacity(records.len());
        for LoadRecord { id, uri, deleted } in records {
            let Some(globcnt) = id.globcnt() else {
                outcomes.push(LoadOutcome::InvalidId);
                continue;
            };
            let view = self.view();
            let outcome = match view.record(row.number, globcnt)? {
                Some(Record::Tombstone { uri: found, .. }) if *deleted && found == uri.as_str() => {
                    LoadOutcome::Present
                }
                Some(Record::Live { folder, name, container }) if !deleted => {
                    let path = view.path(row.number, folder)?;
                    let slash = if container { "/" } else { "" };
                    let same = [&*path, name, slash].concat() == uri.as_str();
                    if same { LoadOutcome::Present } else { LoadOutcome::IdTaken }
                }
                Some(_) => LoadOutcome::IdTaken,
                None if *deleted => {
                    self.put_tombstone(&mut row, globcnt, uri.as_str())?;
                    LoadOutcome::Added
                }
                None if view.live(row.number, uri)?.is_some() => LoadOutcome::UriTaken,
                None => {
                    let folder = self.folder_or_create(&mut row, uri.folder())?;
                    self.insert_live(&mut row, globcnt, folder, uri)?;
                    LoadOutcome::Added
                }
            };
            outcomes.push(outcome);
        }
        // Of an owner who is new, and of whom nothing could be put, nothing stays.
        if row != OwnerRow::new(row.number) {
            self.put_owner(owner, row)?;
        }
        Ok(outcomes)
    }
}
