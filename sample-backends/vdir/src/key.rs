//! Properties by what they are called, and the tags that they have in one mailbox.
//!
//! A named property's id differs from mailbox to mailbox, so the rest of the backend speaks of [`Key`]s, and
//! [`Names`] turns them into tags and back at the edge.

use std::collections::{BTreeMap, HashMap};

use mapistore_sdk::Result;
use mapistore_sdk::named_properties::{self, NamedProperty};
use mapistore_sdk::tags::{PTYP_UNSPECIFIED, property_id, property_tag, property_type};
use mapistore_sdk::types::{Guid, PropertyTag, PropertyValue};

/// A property set (MS-OXPROPS 1.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Set {
    /// PSETID_Appointment.
    Appointment,
    /// PSETID_Task.
    Task,
    /// PSETID_Address.
    Address,
    /// PSETID_Common.
    Common,
    /// PSETID_Meeting.
    Meeting,
}

/// A property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// By its tag.
    Tag(PropertyTag),
    /// By its long id in a set, with its type.
    Lid(Set, u32, u16),
    /// PidNameKeywords of PS_PUBLIC_STRINGS: the categories.
    Keywords,
}

/// The values of an item.
pub(crate) type Bag = BTreeMap<Key, PropertyValue>;

/// PtypMultipleString (MS-OXCDATA 2.11.1).
const PTYP_MULTIPLE_STRING: u16 = 0x101F;

impl Set {
    fn guid(self) -> Guid {
        // All end alike: {000620xx-0000-0000-C000-000000000046}.
        let ole = |number: u64| Guid { hi: number << 32, lo: 0xC000_0000_0000_0046 };
        match self {
            Self::Appointment => ole(0x0006_2002),
            Self::Task => ole(0x0006_2003),
            Self::Address => ole(0x0006_2004),
            Self::Common => ole(0x0006_2008),
            Self::Meeting => Guid { hi: 0x6ED8_DA90_450B_101B, lo: 0x98DA_00AA_003F_1305 },
        }
    }
}

impl Key {
    fn named(self) -> Option<(NamedProperty, u16)> {
        match self {
            Self::Tag(_) => None,
            Self::Lid(set, lid, kind) => Some((named_properties::lid(set.guid(), lid), kind)),
            Self::Keywords => {
                let strings = Guid { hi: 0x0002_0329_0000_0000, lo: 0xC000_0000_0000_0046 };
                Some((named_properties::name(strings, "Keywords"), PTYP_MULTIPLE_STRING))
            }
        }
    }
}

/// The keys that a folder's items may have, with their tags in this mailbox.
pub(crate) struct Names {
    tags: HashMap<Key, PropertyTag>,
    keys: HashMap<u16, Vec<(u16, Key)>>,
    columns: Vec<PropertyTag>,
}

impl Names {
    /// Looks up all named properties among `keys` at once.
    ///
    /// # Errors
    /// What the host says.
    pub(crate) fn look_up(keys: &[Key]) -> Result<Self> {
        let named: Vec<(Key, NamedProperty, u16)> =
            keys.iter().filter_map(|&key| key.named().map(|(name, kind)| (key, name, kind))).collect();
        let wanted: Vec<NamedProperty> = named.iter().map(|(_, name, _)| name.clone()).collect();
        let mut tags: HashMap<Key, PropertyTag> = named_properties::to_ids(&wanted, true)?
            .into_iter()
            .zip(&named)
            .filter_map(|(id, (key, _, kind))| Some((*key, property_tag(id?, *kind))))
            .collect();
        for &key in keys {
            if let Key::Tag(tag) = key {
                tags.insert(key, tag);
            }
        }
        let columns: Vec<PropertyTag> = keys.iter().filter_map(|key| tags.get(key).copied()).collect();
        let mut keys: HashMap<u16, Vec<(u16, Key)>> = HashMap::new();
        for (&key, &tag) in &tags {
            keys.entry(property_id(tag)).or_default().push((property_type(tag), key));
        }
        Ok(Self { tags, keys, columns })
    }

    /// The tag of a key.
    pub(crate) fn tag(&self, key: Key) -> Option<PropertyTag> {
        self.tags.get(&key).copied()
    }

    /// The key that is meant by a tag, which may leave its type open.
    pub(crate) fn key(&self, tag: PropertyTag) -> Option<Key> {
        let wanted = property_type(tag);
        let keys = self.keys.get(&property_id(tag))?;
        keys.iter().find(|(kind, _)| *kind == wanted || wanted == PTYP_UNSPECIFIED).map(|(_, key)| *key)
    }

    /// The tags of all keys, in their order.
    pub(crate) fn columns(&self) -> &[PropertyTag] {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_tag_and_the_tag_leads_back() {
        named_properties::reset();
        let start = Key::Lid(Set::Appointment, 0x820D, 0x0040);
        let names = Names::look_up(&[start, Key::Tag(0x0037_001F), Key::Keywords]).unwrap();
        assert_eq!(names.columns(), [0x8000_0040, 0x0037_001F, 0x8001_101F]);
        assert_eq!(names.key(0x8000_0040), Some(start));
        assert_eq!(names.key(0x8000_0000), Some(start));
        assert_eq!(names.key(0x8000_001F), None);
        assert_eq!(names.key(0x0037_001F), Some(Key::Tag(0x0037_001F)));
    }
}
