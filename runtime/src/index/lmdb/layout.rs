//! Keys and values, to bytes and back. Knows no database.
//!
//! Numbers in keys are big-endian, so that rows are in the order of the numbers. Every key begins with the number
//! of its owner. A name that is too long for a key stands in it with its beginning and a digest, and in
//! full in the value of the row that leads back; who looks up compares with that.

use sha2::{Digest, Sha256};

use crate::index::{Globcnt, IndexError, NamedProperty, PropertyName};

/// LMDB's longest key.
const KEY_BYTES_MAX: usize = 511;
/// How much of a long name stands in a key. What goes before a name there has at most 21 bytes.
const NAME_HEAD_BYTES: usize = 470;
const NAME_DIGEST_BYTES: usize = 16;
/// The longest name that stands in a key itself; with one byte less than a digested one, none is taken for the other.
const NAME_SHORT_BYTES_MAX: usize = NAME_HEAD_BYTES + NAME_DIGEST_BYTES - 1;

const _: () = assert!(4 + 16 + 1 + NAME_HEAD_BYTES + NAME_DIGEST_BYTES <= KEY_BYTES_MAX);

/// The number of an owner. Never used twice.
pub(super) type OwnerNumber = u32;
/// The number of a folder, within its owner. Never used twice. 0 is what the namespaces' roots are in.
pub(super) type FolderNumber = u32;

/// What the namespaces' roots are in.
pub(super) const TOP: FolderNumber = 0;

pub(super) fn number_key(owner: OwnerNumber, number: u32) -> [u8; 8] {
    let mut key = [0; 8];
    key[..4].copy_from_slice(&owner.to_be_bytes());
    key[4..].copy_from_slice(&number.to_be_bytes());
    key
}

pub(super) fn counter_key(owner: OwnerNumber, counter: Globcnt) -> [u8; 10] {
    let mut key = [0; 10];
    key[..4].copy_from_slice(&owner.to_be_bytes());
    key[4..].copy_from_slice(&counter_bytes(counter));
    key
}

/// The key of a tombstone by its URI: a range per URI, in it the order in which tombstones were made.
pub(super) fn tombstone_uri_key(owner: OwnerNumber, identity: &str, change: Globcnt) -> [u8; 26] {
    let mut key = [0; 26];
    key[..4].copy_from_slice(&owner.to_be_bytes());
    key[4..20].copy_from_slice(&digest(identity));
    key[20..].copy_from_slice(&counter_bytes(change));
    key
}

pub(super) fn property_id_key(owner: OwnerNumber, id: u16) -> [u8; 6] {
    let mut key = [0; 6];
    key[..4].copy_from_slice(&owner.to_be_bytes());
    key[4..].copy_from_slice(&id.to_be_bytes());
    key
}

/// A key with a name in it, on the stack.
pub(super) struct NameKey {
    bytes: [u8; KEY_BYTES_MAX],
    len: usize,
}

impl NameKey {
    fn new(parts: &[&[u8]]) -> NameKey {
        let mut key = NameKey { bytes: [0; KEY_BYTES_MAX], len: 0 };
        for part in parts {
            key.bytes[key.len..key.len + part.len()].copy_from_slice(part);
            key.len += part.len();
        }
        key
    }

    fn named(head: &[u8], name: &str) -> NameKey {
        if is_short(name) {
            NameKey::new(&[head, name.as_bytes()])
        } else {
            NameKey::new(&[head, &name.as_bytes()[..NAME_HEAD_BYTES], &digest(name)])
        }
    }

    /// A key of `folders` or `leaves`.
    pub(super) fn in_folder(owner: OwnerNumber, folder: FolderNumber, name: &str) -> NameKey {
        Self::named(&number_key(owner, folder), name)
    }

    /// What the keys of all names in a folder that begin like this have in common, or a bit less.
    pub(super) fn prefix_in_folder(owner: OwnerNumber, folder: FolderNumber, start: &str) -> NameKey {
        let start = &start.as_bytes()[..start.len().min(NAME_HEAD_BYTES)];
        NameKey::new(&[&number_key(owner, folder), start])
    }

    /// A key of `property_ids`.
    pub(super) fn of_property(owner: OwnerNumber, property: &NamedProperty) -> NameKey {
        let mut head = [0; 21];
        head[..4].copy_from_slice(&owner.to_be_bytes());
        head[4..20].copy_from_slice(&property.set.to_be_bytes());
        match &property.name {
            PropertyName::Lid(lid) => NameKey::new(&[&head, &lid.to_be_bytes()]),
            PropertyName::Text(text) => {
                head[20] = 1;
                Self::named(&head, text)
            }
        }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Returns whether the name stands in keys itself.
pub(super) fn is_short(name: &str) -> bool {
    name.len() <= NAME_SHORT_BYTES_MAX
}

/// The name in a key of `folders` or `leaves`, if it stands there itself.
pub(super) fn name_in_key(key: &[u8]) -> Option<Result<&str, IndexError>> {
    let name = key.get(8..).filter(|name| name.len() <= NAME_SHORT_BYTES_MAX)?;
    Some(text(name, "leaves"))
}

fn digest(text: &str) -> [u8; NAME_DIGEST_BYTES] {
    let mut short = [0; NAME_DIGEST_BYTES];
    short.copy_from_slice(&Sha256::digest(text.as_bytes())[..NAME_DIGEST_BYTES]);
    short
}

/// What is known about an owner: the value in `owners`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnerRow {
    pub(super) number: OwnerNumber,
    pub(super) next_folder: FolderNumber,
    pub(super) next_globcnt: u64,
    pub(super) next_change: u64,
    pub(super) live: u64,
    pub(super) tombstones: u64,
    /// Wider than an id, so that it can stand after the last.
    pub(super) next_property: u32,
}

impl OwnerRow {
    /// Live records and tombstones together.
    pub(super) fn entries(&self) -> u64 {
        self.live.saturating_add(self.tombstones)
    }

    pub(super) fn new(number: OwnerNumber) -> OwnerRow {
        OwnerRow {
            number,
            next_folder: TOP + 1,
            next_globcnt: Globcnt::MIN.get(),
            next_change: Globcnt::MIN.get(),
            live: 0,
            tombstones: 0,
            next_property: crate::index::PROPERTY_ID_MIN.into(),
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 44] {
        let mut bytes = [0; 44];
        bytes[..4].copy_from_slice(&self.number.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.next_folder.to_be_bytes());
        for (at, value) in
            [(8, self.next_globcnt), (16, self.next_change), (24, self.live), (32, self.tombstones)]
        {
            bytes[at..at + 8].copy_from_slice(&value.to_be_bytes());
        }
        bytes[40..].copy_from_slice(&self.next_property.to_be_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<OwnerRow, IndexError> {
        let wide = |at| array(bytes, at, "owners").map(u64::from_be_bytes);
        let narrow = |at| array(bytes, at, "owners").map(u32::from_be_bytes);
        Ok(OwnerRow {
            number: narrow(0)?,
            next_folder: narrow(4)?,
            next_globcnt: wide(8)?,
            next_change: wide(16)?,
            live: wide(24)?,
            tombstones: wide(32)?,
            next_property: narrow(40)?,
        })
    }
}

/// A value in `records`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record<'t> {
    /// Where it is in the tree.
    Live { folder: FolderNumber, name: &'t str, container: bool },
    /// A tombstone has left the tree: its URI stays what it was, whatever becomes of its folder.
    Tombstone { change: Globcnt, uri: &'t str },
}

const LIVE_LEAF: u8 = 0;
const LIVE_CONTAINER: u8 = 1;
const TOMBSTONE: u8 = 2;

impl<'t> Record<'t> {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        match self {
            Record::Live { folder, name, container } => {
                let kind = if container { LIVE_CONTAINER } else { LIVE_LEAF };
                [&[kind], &folder.to_be_bytes()[..], name.as_bytes()].concat()
            }
            Record::Tombstone { change, uri } => {
                [&[TOMBSTONE], &counter_bytes(change)[..], uri.as_bytes()].concat()
            }
        }
    }

    pub(super) fn from_bytes(bytes: &'t [u8]) -> Result<Record<'t>, IndexError> {
        match bytes.split_first() {
            Some((&kind @ (LIVE_LEAF | LIVE_CONTAINER), rest)) => Ok(Record::Live {
                folder: u32::from_be_bytes(array(rest, 0, "records")?),
                name: text(&rest[4..], "records")?,
                container: kind == LIVE_CONTAINER,
            }),
            Some((&TOMBSTONE, rest)) => Ok(Record::Tombstone {
                change: counter(rest, 0, "records")?,
                uri: text(&rest[6..], "records")?,
            }),
            _ => Err(malformed("records")),
        }
    }
}

/// A value in `leaves`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) globcnt: Globcnt,
    pub(super) container: bool,
}

impl Leaf {
    pub(super) fn to_bytes(self) -> [u8; 7] {
        let mut bytes = [0; 7];
        bytes[..6].copy_from_slice(&counter_bytes(self.globcnt));
        bytes[6] = self.container.into();
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Leaf, IndexError> {
        let container = *bytes.get(6).ok_or_else(|| malformed("leaves"))?;
        Ok(Leaf { globcnt: counter(bytes, 0, "leaves")?, container: container != 0 })
    }
}

/// A value in `folder_names`.
pub(super) fn folder_name_bytes(parent: FolderNumber, name: &str) -> Vec<u8> {
    [&parent.to_be_bytes(), name.as_bytes()].concat()
}

pub(super) fn folder_name(bytes: &[u8]) -> Result<(FolderNumber, &str), IndexError> {
    let parent = u32::from_be_bytes(array(bytes, 0, "folder_names")?);
    Ok((parent, text(&bytes[4..], "folder_names")?))
}

/// A value in `property_names`.
pub(super) fn property_bytes(property: &NamedProperty) -> Vec<u8> {
    let set = property.set.to_be_bytes();
    match &property.name {
        PropertyName::Lid(lid) => [&set[..], &[0], &lid.to_be_bytes()].concat(),
        PropertyName::Text(text) => [&set[..], &[1], text.as_bytes()].concat(),
    }
}

pub(super) fn property(bytes: &[u8]) -> Result<NamedProperty, IndexError> {
    let set = u128::from_be_bytes(array(bytes, 0, "property_names")?);
    let name = match bytes.get(16) {
        Some(0) => PropertyName::Lid(u32::from_be_bytes(array(bytes, 17, "property_names")?)),
        Some(1) => PropertyName::Text(text(&bytes[17..], "property_names")?.to_owned()),
        _ => return Err(malformed("property_names")),
    };
    Ok(NamedProperty { set, name })
}

pub(super) fn counter_bytes(counter: Globcnt) -> [u8; 6] {
    let mut bytes = [0; 6];
    bytes.copy_from_slice(&counter.get().to_be_bytes()[2..]);
    bytes
}

/// Reads the six bytes of a counter.
pub(super) fn counter(bytes: &[u8], at: usize, database: &'static str) -> Result<Globcnt, IndexError> {
    let six: [u8; 6] = array(bytes, at, database)?;
    let mut eight = [0; 8];
    eight[2..].copy_from_slice(&six);
    Globcnt::new(u64::from_be_bytes(eight)).ok_or_else(|| malformed(database))
}

/// Reads `N` bytes.
pub(super) fn array<const N: usize>(
    bytes: &[u8],
    at: usize,
    database: &'static str,
) -> Result<[u8; N], IndexError> {
    let part = bytes.get(at..at + N).and_then(|part| part.try_into().ok());
    part.ok_or_else(|| malformed(database))
}

pub(super) fn text<'t>(bytes: &'t [u8], database: &'static str) -> Result<&'t str, IndexError> {
    str::from_utf8(bytes).map_err(|_| malformed(database))
}

pub(super) fn malformed(database: &'static str) -> IndexError {
    IndexError::Corrupt(format!("a row of `{database}` does not have its form"))
}

#[cfg(test)]
mod tests {

    use super::*;

    fn globcnt(value: u64) -> Globcnt {
        Globcnt::new(value).unwrap()
    }

    #[test]
    fn values_are_read_back() {
        let row =
            OwnerRow { number: 7, next_folder: 1 << 30, next_globcnt: 1 << 48, live: 3, ..OwnerRow::new(7) };
        assert_eq!(OwnerRow::from_bytes(&row.to_bytes()).unwrap(), row);
        let records = [
            Record::Live { folder: 9, name: "ü", container: false },
            Record::Live { folder: 9, name: "", container: true },
            Record::Tombstone { change: globcnt(5), uri: "n://a" },
        ];
        for record in records {
            assert_eq!(Record::from_bytes(&record.to_bytes()).unwrap(), record);
        }
        let leaf = Leaf { globcnt: Globcnt::MAX, container: true };
        assert_eq!(Leaf::from_bytes(&leaf.to_bytes()).unwrap(), leaf);
        for name in [PropertyName::Lid(0x8205), PropertyName::Text("Keywords".to_owned())] {
            let named = NamedProperty { set: u128::MAX - 1, name };
            assert_eq!(property(&property_bytes(&named)).unwrap(), named);
        }
    }

    #[test]
    fn malformed_values_are_errors_not_panics() {
        for bytes in [&[][..], &[9], &[0, 1], &[1, 0, 0, 0, 0, 0xFF], &[2, 1]] {
            assert!(Record::from_bytes(bytes).is_err(), "{bytes:?}");
            assert!(Leaf::from_bytes(bytes).is_err());
            assert!(OwnerRow::from_bytes(bytes).is_err());
            assert!(property(bytes).is_err());
        }
        assert!(folder_name(&[0, 0]).is_err());
        // A counter is never 0.
        assert!(Record::from_bytes(&[2, 0, 0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn rows_are_in_the_order_of_the_counters() {
        assert!(counter_key(1, globcnt(255)) < counter_key(1, globcnt(256)));
        assert!(counter_key(1, Globcnt::MAX) < counter_key(2, globcnt(1)));
    }

    #[test]
    fn keys_hold_names_of_any_length_and_tell_them_apart() {
        let key = |name: &str| NameKey::in_folder(1, 2, name).as_slice().to_vec();
        for len in [0, 1, 484, 485, 486, 487, 510, 511, 512, 4_096] {
            let name = "x".repeat(len);
            assert!(key(&name).len() <= KEY_BYTES_MAX);
            assert_eq!(is_short(&name), len <= 485);
            assert_ne!(key(&name), key(&(name.clone() + "y")), "{len}");
            let start = &name[..len / 2];
            assert!(key(&name).starts_with(NameKey::prefix_in_folder(1, 2, start).as_slice()));
        }
        // A short name cannot be made to look like a long one: their keys differ in length.
        assert_eq!(key(&"x".repeat(485)).len() + 1, key(&"x".repeat(486)).len());
        let long = NamedProperty { set: 0, name: PropertyName::Text("ü".repeat(254)) };
        assert!(NameKey::of_property(1, &long).as_slice().len() <= KEY_BYTES_MAX);
    }
}
