//! Compaction: a copy without the free pages takes the place of the file. Nobody may have the index open.

use std::fs::{self, File};
use std::path::Path;

use super::{LmdbIndex, LmdbOptions};
use crate::index::IndexError;

/// What the copy is called until it takes its place.
const COPY: &str = "data.mdb.compacting";
const DATA: &str = "data.mdb";

impl LmdbIndex {
    /// Compacts the index in a directory, and returns its size in bytes before and after. If that does not come to its
    /// end, the index is as it was.
    ///
    /// # Errors
    /// There is no index; it is open, in this process or another; the storage failed.
    pub fn compact(path: &Path) -> Result<(u64, u64), IndexError> {
        let (data, copy) = (path.join(DATA), path.join(COPY));
        let size = |file: &Path| fs::metadata(file).map(|found| found.len()).map_err(IndexError::storage);
        let before = size(&data)?;
        let index = LmdbIndex::open(path, LmdbOptions::default())?;
        // What an attempt before this one left.
        let _ = fs::remove_file(&copy);
        let copied = index.copy_compacted(&copy);
        // The lock is held until the copy is in place; the map of the old file goes before.
        let LmdbIndex { writer, environment, options: _, _lock: lock } = index;
        drop(writer);
        environment.env.prepare_for_closing().wait();
        copied?;
        let after = size(&copy)?;
        fs::rename(&copy, &data).map_err(IndexError::storage)?;
        File::open(path).and_then(|dir| dir.sync_all()).map_err(IndexError::storage)?;
        drop(lock);
        Ok((before, after))
    }
}
