//! The contents table. Its rows are read from their files when they are asked for, so that opening the table of a
//! large collection is quick, and no call reads more than it can in its time.

use std::rc::Rc;

use mapistore_sdk::types::{Cell, PropertyTag, PropertyValue, RowBatch};
use mapistore_sdk::{Error, Result, Table};

use crate::draft::{as_marked, placed};
use crate::item::Item;
use crate::key::Key;
use crate::message::cell;
use crate::snapshot::{FolderState, Record};

/// The most rows that one call answers; the caller comes again for more.
const BATCH: usize = 500;

/// A table over the items that the folder had when it was opened or refreshed.
pub(crate) struct Contents {
    folder: Rc<FolderState>,
    columns: Vec<PropertyTag>,
    rows: Vec<Rc<Record>>,
}

impl Contents {
    /// A table over the items that the folder has now.
    ///
    /// # Errors
    /// What looking at the folder says.
    pub(crate) fn open(folder: Rc<FolderState>) -> Result<Self> {
        folder.sync()?;
        Ok(Self { rows: folder.records(), folder, columns: Vec::new() })
    }

    fn cells(&self, record: &Record) -> Vec<Cell> {
        let folder = &self.folder;
        let keys: Vec<_> = self.columns.iter().map(|&tag| folder.names.key(tag)).collect();
        let placed: Vec<_> = keys.iter().map(|key| key.and_then(|key| placed(key, record, folder))).collect();
        if keys.iter().zip(&placed).all(|(key, value)| key.is_none() || value.is_some()) {
            return placed.into_iter().map(cell).collect();
        }
        let item = match folder.store.read(folder.collection(), &record.file) {
            Ok((bytes, _)) => Item::read(folder.kind(), &bytes, &record.file),
            // It went since the table was opened: the row stays, with what is known of it.
            Err(_) => return placed.into_iter().map(cell).collect(),
        };
        let value = |(key, placed): (Option<Key>, Option<PropertyValue>)| {
            placed.or_else(|| Some(as_marked(key?, item.bag.get(&key?).cloned()?, record)))
        };
        keys.into_iter().zip(placed).map(|pair| cell(value(pair))).collect()
    }
}

impl Table for Contents {
    fn available_columns(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.folder.names.columns().to_vec())
    }

    fn set_columns(&mut self, columns: Vec<PropertyTag>) -> Result<()> {
        if columns.is_empty() {
            return Err(Error::invalid_parameter("a table needs a column"));
        }
        self.columns = columns;
        Ok(())
    }

    fn row_count(&mut self) -> Result<u32> {
        Ok(u32::try_from(self.rows.len()).unwrap_or(u32::MAX))
    }

    fn query_rows(&mut self, start: u32, count: u32) -> Result<RowBatch> {
        if self.columns.is_empty() {
            return Err(Error::not_initialized("rows were asked for before columns were set"));
        }
        let start = (start as usize).min(self.rows.len());
        let end = start.saturating_add((count as usize).min(BATCH)).min(self.rows.len());
        let cells = self.rows[start..end].iter().flat_map(|record| self.cells(record)).collect();
        let row_count = u32::try_from(end - start).unwrap_or(u32::MAX);
        Ok(RowBatch { row_count, cells, at_end: end == self.rows.len() })
    }

    fn refresh(&mut self) -> Result<()> {
        self.folder.sync()?;
        self.rows = self.folder.records();
        Ok(())
    }
}
