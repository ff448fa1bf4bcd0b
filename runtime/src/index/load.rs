//! Records that come from another index, with the ids that they had there.

use super::{Fmid, Globcnt, Uri};

/// A record from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadRecord {
    /// The id that it had.
    pub id: Fmid,
    /// Its URI; of a tombstone, what it had when it was deleted.
    pub uri: Uri,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

/// What became of a [`LoadRecord`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoadOutcome {
    /// It is in the index now.
    Added,
    /// It was there already.
    Present,
    /// Its id is 0 or of another replica.
    InvalidId,
    /// Another record has its id.
    IdTaken,
    /// It is live, and another live record has its URI.
    UriTaken,
}

/// The first id to hand out after a load.
pub(super) fn next_globcnt(next: u64, records: &[LoadRecord], globcnt: Option<Globcnt>) -> u64 {
    let ids = records.iter().filter_map(|record| record.id.globcnt()).chain(globcnt);
    ids.map(|globcnt| globcnt.get() + 1).fold(next, u64::max)
}
