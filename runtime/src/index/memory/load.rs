//! Puts records from elsewhere under their ids, in memory.

use super::{Map, Record};
use crate::index::load::{LoadOutcome, LoadRecord, next_globcnt};
use crate::index::{Globcnt, IndexError, take};

impl Map {
    pub(super) fn load(
        &mut self,
        records: &[LoadRecord],
        globcnt: Option<Globcnt>,
    ) -> Result<Vec<LoadOutcome>, IndexError> {
        take(&mut { self.next_change }, records.len().max(1), "change numbers")?;
        self.next_globcnt = next_globcnt(self.next_globcnt, records, globcnt);
        records.iter().map(|record| self.load_one(record)).collect()
    }

    fn load_one(&mut self, LoadRecord { id, uri, deleted }: &LoadRecord) -> Result<LoadOutcome, IndexError> {
        let Some(globcnt) = id.globcnt() else { return Ok(LoadOutcome::InvalidId) };
        if let Some(found) = self.records.get(&globcnt) {
            let same = found.uri == *uri && found.deleted.is_some() == *deleted;
            return Ok(if same { LoadOutcome::Present } else { LoadOutcome::IdTaken });
        }
        if *deleted {
            let change = take(&mut self.next_change, 1, "change numbers")?;
            self.tombstones.insert(change, globcnt);
            self.records.insert(globcnt, Record { uri: uri.clone(), deleted: Some(change) });
        } else if self.live.contains_key(uri.identity()) {
            return Ok(LoadOutcome::UriTaken);
        } else {
            self.put_live(globcnt, uri);
        }
        Ok(LoadOutcome::Added)
    }
}
