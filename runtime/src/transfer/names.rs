//! Named properties of one owner in the mailbox of another: an id means something with its owner only, so tags are
//! translated by name (MS-OXPROPS 1.3.2).

use std::collections::HashMap;
use std::sync::Arc;

use crate::bindings::mapistore::backend::types::PropertyTag;
use crate::error::CallError;
use crate::index::{Index, IndexError, Owner, PROPERTIES_MAX, PROPERTY_ID_MIN};
use crate::objects::Folder;

/// The way from the source's tags to the target's.
pub(super) struct Names {
    /// The index and the two owners; none if there is one owner only.
    between: Option<(Arc<dyn Index>, Owner, Owner)>,
    known: HashMap<u16, Option<u16>>,
}

impl Names {
    pub(super) fn new(source: &Folder, target: &Folder) -> Result<Self, CallError> {
        let (from, to) = (&source.handle.inner.connection.owner, &target.handle.inner.connection.owner);
        let between = if from == to {
            None
        } else {
            let owner = |name: &str| Owner::parse(name).map_err(failed);
            Some((Arc::clone(&target.handle.inner.backend.index), owner(from)?, owner(to)?))
        };
        Ok(Self { between, known: HashMap::new() })
    }

    /// The target's tags for the source's; none for one whose name the source's owner does not know.
    pub(super) fn translate(&mut self, tags: &[PropertyTag]) -> Result<Vec<Option<PropertyTag>>, CallError> {
        let Some((index, from, to)) = &self.between else {
            return Ok(tags.iter().copied().map(Some).collect());
        };
        let id_of = |tag: &PropertyTag| u16::try_from(tag >> 16).unwrap_or_default();
        let mut unknown: Vec<u16> = tags.iter().map(id_of).filter(|id| *id >= PROPERTY_ID_MIN).collect();
        unknown.retain(|id| !self.known.contains_key(id));
        unknown.sort_unstable();
        unknown.dedup();
        for ids in unknown.chunks(PROPERTIES_MAX) {
            let names = index.names_of_ids(from, ids).map_err(failed)?;
            let named: Vec<_> = names.iter().flatten().cloned().collect();
            let mut there = index.named_to_ids(to, &named, true).map_err(failed)?.into_iter();
            for (id, name) in ids.iter().zip(&names) {
                let translated = name.as_ref().and_then(|_| there.next().flatten());
                self.known.insert(*id, translated);
            }
        }
        let translated = |tag: &PropertyTag| match id_of(tag) {
            id if id < PROPERTY_ID_MIN => Some(*tag),
            id => {
                let there = self.known.get(&id).copied().flatten()?;
                Some(u32::from(there) << 16 | tag & 0xFFFF)
            }
        };
        Ok(tags.iter().map(translated).collect())
    }
}

fn failed(source: IndexError) -> CallError {
    CallError::Index { function: "named-properties.to-ids", source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{MemoryIndex, NamedProperty, PropertyName};

    #[test]
    fn a_named_property_keeps_its_name_and_not_its_id() {
        let index: Arc<dyn Index> = Arc::new(MemoryIndex::default());
        let (alice, bob) = (Owner::parse("alice").unwrap(), Owner::parse("bob").unwrap());
        let name = |lid| NamedProperty { set: 7, name: PropertyName::Lid(lid) };
        index.named_to_ids(&bob, &[name(1), name(2)], true).unwrap();
        let of_alice = index.named_to_ids(&alice, &[name(2)], true).unwrap()[0].unwrap();
        let mut names =
            Names { between: Some((Arc::clone(&index), alice, bob.clone())), known: HashMap::new() };
        let tag = u32::from(of_alice) << 16 | 0x1F;
        let translated = names.translate(&[0x0037_001F, tag, 0x9999_0003]).unwrap();
        let of_bob = index.named_to_ids(&bob, &[name(2)], false).unwrap()[0].unwrap();
        assert_ne!(of_alice, of_bob);
        assert_eq!(translated, [Some(0x0037_001F), Some(u32::from(of_bob) << 16 | 0x1F), None]);
    }
}
