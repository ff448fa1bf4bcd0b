//! Ids and change numbers from the host's index, in batches of any size. Does not know what they are for.

use mapistore_sdk::{
    Result, index,
    types::{ChangeNumber, DeleteMode, Fmid},
};

/// The most ids that one call of the index takes.
const BATCH: usize = 10_000;

/// One fresh change number.
pub(crate) fn number() -> Result<ChangeNumber> {
    Ok(numbers(1)?.first().copied().unwrap_or_default())
}

/// As many fresh change numbers.
pub(crate) fn numbers(count: usize) -> Result<Vec<ChangeNumber>> {
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        let batch = u32::try_from((count - numbers.len()).min(BATCH)).unwrap_or(1);
        numbers.extend(index::next_change_numbers(batch)?);
    }
    Ok(numbers)
}

/// As many fresh ids, registered nowhere.
pub(crate) fn reserve(count: usize) -> Result<Vec<Fmid>> {
    let mut ids = Vec::with_capacity(count);
    while ids.len() < count {
        let batch = u32::try_from((count - ids.len()).min(BATCH)).unwrap_or(1);
        let range = index::reserve(batch)?;
        let first = index::globcnt(range.first);
        ids.extend((first..).take(range.count as usize).map(index::from_globcnt));
    }
    Ok(ids)
}

/// Registers ids under their URIs: all of them, or none.
pub(crate) fn add(records: &[(Fmid, String)]) -> Result<()> {
    for (done, (id, uri)) in records.iter().enumerate() {
        if let Err(error) = index::add(*id, uri) {
            let added: Vec<Fmid> = records[..done].iter().map(|(id, _)| *id).collect();
            remove(&added, DeleteMode::Hard)?;
            return Err(error);
        }
    }
    Ok(())
}

/// Takes ids out of the index: `Soft` leaves tombstones.
pub(crate) fn remove(ids: &[Fmid], mode: DeleteMode) -> Result<()> {
    ids.chunks(BATCH).try_for_each(|batch| index::remove(batch, mode))
}

/// The live records whose URIs begin with `prefix` and end with `suffix`.
pub(crate) fn find(prefix: &str, suffix: &str) -> Result<Vec<index::Entry>> {
    let mut found: Vec<index::Entry> = Vec::new();
    loop {
        let after = found.last().map(|entry| entry.id);
        let page = index::find(prefix, suffix, after, 10_000)?;
        let last = page.len() < BATCH;
        found.extend(page);
        if last {
            return Ok(found);
        }
    }
}

/// Whether there is a live record of the URI.
pub(crate) fn is_live(uri: &str) -> Result<bool> {
    let entries = index::get_ids(&[uri.to_owned()])?;
    Ok(entries.into_iter().flatten().any(|entry| !entry.soft_deleted))
}
