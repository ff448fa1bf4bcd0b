//! The binary forms of ids and change numbers in synchronization (MS-OXCFXICS 2.2.2): XIDs, change keys, and predecessor
//! change lists.

use crate::types::{Fmid, Guid};

/// An id or change number as an XID (MS-OXCFXICS 2.2.2.2): the replica's GUID and the six bytes of GLOBCNT. That of a change
/// number is its change key, that of an id PidTagSourceKey.
pub fn xid(replica: Guid, id: Fmid) -> Vec<u8> {
    let [_, _, globcnt @ ..] = id.to_le_bytes();
    [guid_bytes(replica).as_slice(), &globcnt].concat()
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

/// A predecessor change list (MS-OXCFXICS 2.2.2.3) with `change_key` in the place of its replica's entry. What of the
/// list cannot be read is left out.
pub fn predecessors(list: &[u8], change_key: &[u8]) -> Vec<u8> {
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
    let sized = |entry: &&[u8]| [&[u8::try_from(entry.len()).unwrap_or(u8::MAX)], *entry].concat();
    entries.iter().flat_map(sized).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLICA: Guid = Guid { hi: 0x0011_2233_4455_6677, lo: 0x8899_AABB_CCDD_EEFF };

    #[test]
    fn a_change_key_is_the_guid_and_the_globcnt() {
        // GLOBCNT 0x010203, replica id 1.
        let expected = "33221100554477668899aabbccddeeff000000010203";
        let key = xid(REPLICA, 0x0302_0100_0000_0001);
        assert_eq!(key.iter().map(|byte| format!("{byte:02x}")).collect::<String>(), expected);
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
