//! Ids and change numbers: the host's index in batches of any size, and the binary forms of an id.
//!
//! The only module that calls the index.

use mapistore_sdk::index::{self, Entry as IndexEntry};
use mapistore_sdk::types::{ChangeNumber, DeleteMode, Fmid, Guid};
use mapistore_sdk::{ErrorCode, Result};

/// The most ids or URIs that one call may carry.
const BATCH: usize = 10_000;

/// The id of each URI; fresh ones where there is none.
pub(crate) fn ensure(uris: &[String]) -> Result<Vec<Fmid>> {
    batches(uris, index::ensure_ids)
}

/// The live id of each URI, where there is one.
pub(crate) fn live(uris: &[String]) -> Result<Vec<Option<Fmid>>> {
    let entries = batches(uris, index::get_ids)?;
    Ok(entries
        .into_iter()
        .map(|entry| entry.filter(|entry| !entry.soft_deleted).map(|entry| entry.id))
        .collect())
}

/// Live records below `prefix`.
pub(crate) fn below(prefix: &str) -> Result<Vec<IndexEntry>> {
    let mut found: Vec<IndexEntry> = Vec::new();
    loop {
        let after = found.last().map(|entry| entry.id);
        let page = index::find(prefix, "", after, 10_000)?;
        let last = page.len() < BATCH;
        found.extend(page);
        if last {
            return Ok(found);
        }
    }
}

/// As many fresh change numbers, in the order in which they grow.
pub(crate) fn numbers(count: usize) -> Result<Vec<ChangeNumber>> {
    let mut numbers = Vec::with_capacity(count);
    while numbers.len() < count {
        let batch = u32::try_from((count - numbers.len()).min(BATCH)).unwrap_or(1);
        numbers.extend(index::next_change_numbers(batch)?);
    }
    Ok(numbers)
}

/// One fresh change number.
pub(crate) fn number() -> Result<ChangeNumber> {
    Ok(numbers(1)?.first().copied().unwrap_or_default())
}

/// One fresh id that is registered nowhere, for a message within a message.
pub(crate) fn reserve() -> Result<Fmid> {
    Ok(index::reserve(1)?.first)
}

/// The URIs of live ids.
pub(crate) fn uris(ids: &[Fmid]) -> Result<Vec<Option<String>>> {
    let entries = batches(ids, index::get_uris)?;
    Ok(entries
        .into_iter()
        .map(|entry| entry.filter(|entry| !entry.soft_deleted).map(|entry| entry.uri))
        .collect())
}

/// Takes ids out of the index: `Soft` leaves tombstones.
pub(crate) fn remove(ids: &[Fmid], mode: DeleteMode) -> Result<()> {
    batches(ids, |batch| index::remove(batch, mode).map(|()| Vec::<()>::new())).map(drop)
}

/// Tombstones below `prefix` since a change number.
pub(crate) fn deleted(prefix: &str, since: ChangeNumber) -> Result<Vec<IndexEntry>> {
    index::list_deleted(prefix, since)
}

/// Registers a URI under an id that the host allocated.
pub(crate) fn add(id: Fmid, uri: &str) -> Result<()> {
    index::add(id, uri)
}

/// Registers a URI of which the disk has nothing yet. A record that is there all the same is of a transfer that was cut off.
pub(crate) fn claim(id: Fmid, uri: &str) -> Result<()> {
    match index::add(id, uri) {
        Err(error) if error.code == ErrorCode::Exists => {
            let left: Vec<_> =
                live(&[uri.to_owned()])?.into_iter().flatten().filter(|&other| other != id).collect();
            if left.is_empty() {
                return Err(error);
            }
            remove(&left, DeleteMode::Hard)?;
            index::add(id, uri)
        }
        result => result,
    }
}

/// Gives an id another URI.
pub(crate) fn update(id: Fmid, uri: &str) -> Result<()> {
    index::update(id, uri)
}

/// Renames a container with all that is in it.
pub(crate) fn rename(old: &str, new: &str) -> Result<()> {
    index::rename_prefix(old, new).map(drop)
}

fn batches<T, R>(items: &[T], call: impl Fn(&[T]) -> Result<Vec<R>>) -> Result<Vec<R>> {
    let mut answers = Vec::with_capacity(items.len());
    for batch in items.chunks(BATCH) {
        answers.extend(call(batch)?);
    }
    Ok(answers)
}

/// The counter in an id or change number (GLOBCNT, MS-OXCDATA 2.2.1.3), by which they can be compared.
pub(crate) fn counter(id: u64) -> u64 {
    index::globcnt(id)
}

/// An id as an XID (MS-OXCFXICS 2.2.2.2): the replica's GUID and the six bytes of the counter.
pub(crate) fn xid(replica: Guid, id: u64) -> Vec<u8> {
    let [_, _, counter @ ..] = id.to_le_bytes();
    [guid_bytes(replica).as_slice(), &counter].concat()
}

/// A GUID as it travels (MS-DTYP 2.3.4.2): the first three fields little-endian.
fn guid_bytes(guid: Guid) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&guid.hi.to_be_bytes());
    bytes[8..].copy_from_slice(&guid.lo.to_be_bytes());
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    bytes
}

/// A predecessor change list (MS-OXCFXICS 2.2.2.3) with `change_key` in the place of its replica's entry.
pub(crate) fn predecessors(list: &[u8], change_key: &[u8]) -> Vec<u8> {
    let mut entries: Vec<&[u8]> = Vec::new();
    let mut rest = list;
    while let Some((&length, after)) = rest.split_first() {
        let Some((entry, after)) = after.split_at_checked(usize::from(length)) else { break };
        entries.push(entry);
        rest = after;
    }
    entries.retain(|entry| entry.get(..16) != change_key.get(..16));
    entries.push(change_key);
    // The list is sorted by GUID.
    entries.sort_unstable();
    entries
        .iter()
        .flat_map(|entry| [&[u8::try_from(entry.len()).unwrap_or(u8::MAX)], *entry].concat())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLICA: Guid = Guid { hi: 0x0011_2233_4455_6677, lo: 0x8899_AABB_CCDD_EEFF };

    #[test]
    fn a_change_key_is_the_guid_and_the_counter() {
        // Counter 0x010203, replica id 1.
        let id = 0x0302_0100_0000_0001;
        assert_eq!(counter(id), 0x01_0203);
        let expected = "33221100554477668899aabbccddeeff000000010203";
        assert_eq!(xid(REPLICA, id).iter().map(|byte| format!("{byte:02x}")).collect::<String>(), expected);
    }

    #[test]
    fn a_predecessor_list_has_one_entry_for_each_replica() {
        let (own, newer) = (xid(REPLICA, 0x0100_0000_0000_0001), xid(REPLICA, 0x0200_0000_0000_0001));
        let foreign = [&[1; 16][..], &[9]].concat();
        let list = predecessors(&predecessors(&[], &own), &foreign);
        assert_eq!(list, [&[17][..], &foreign, &[22], &own].concat());
        assert_eq!(predecessors(&list, &newer), [&[17][..], &foreign, &[22], &newer].concat());
        assert_eq!(predecessors(&[200, 1], &own), [&[22][..], &own].concat());
    }
}
