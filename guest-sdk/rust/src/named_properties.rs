//! The map between named properties and property ids (`wit/named-properties.wit`). Natively a map in memory, one per
//! thread.

#[cfg(target_arch = "wasm32")]
use crate::bindings::mapistore::backend::named_properties as host;
use crate::{Result, types::Guid};

pub use crate::bindings::mapistore::backend::named_properties::{NamedProperty, PropName};

/// The property with this number in the set (PidLid...).
pub const fn lid(set: Guid, number: u32) -> NamedProperty {
    NamedProperty { set, name: PropName::Lid(number) }
}

/// The property with this name in the set (PidName...).
pub fn name(set: Guid, name: impl Into<String>) -> NamedProperty {
    NamedProperty { set, name: PropName::Name(name.into()) }
}

/// The id of each name; with `create`, unknown names get one.
pub fn to_ids(names: &[NamedProperty], create: bool) -> Result<Vec<Option<u16>>> {
    #[cfg(target_arch = "wasm32")]
    return Ok(host::to_ids(names, create)?);
    #[cfg(not(target_arch = "wasm32"))]
    return memory::to_ids(names, create);
}

/// The name of each id; none for an id that was never given out.
pub fn to_names(ids: &[u16]) -> Result<Vec<Option<NamedProperty>>> {
    #[cfg(target_arch = "wasm32")]
    return Ok(host::to_names(ids)?);
    #[cfg(not(target_arch = "wasm32"))]
    return Ok(memory::to_names(ids));
}

#[cfg(not(target_arch = "wasm32"))]
pub use memory::reset;

#[cfg(not(target_arch = "wasm32"))]
mod memory {
    use super::NamedProperty;
    use crate::{Error, Result};
    use std::cell::RefCell;

    const FIRST_ID: u16 = 0x8000;
    const LAST_ID: u16 = 0xFFFE;

    thread_local! {
        static NAMES: RefCell<Vec<NamedProperty>> = const { RefCell::new(Vec::new()) };
    }

    /// Empties the native map of this thread.
    pub fn reset() {
        NAMES.with_borrow_mut(Vec::clear);
    }

    pub(super) fn to_ids(names: &[NamedProperty], create: bool) -> Result<Vec<Option<u16>>> {
        NAMES.with_borrow_mut(|known| {
            names
                .iter()
                .map(|name| match known.iter().position(|other| other == name) {
                    Some(position) => Ok(Some(id_at(position)?)),
                    None if create => {
                        let id = id_at(known.len())?;
                        known.push(name.clone());
                        Ok(Some(id))
                    }
                    None => Ok(None),
                })
                .collect()
        })
    }

    fn id_at(position: usize) -> Result<u16> {
        let id = u16::try_from(position).ok().and_then(|offset| FIRST_ID.checked_add(offset));
        id.filter(|&id| id <= LAST_ID).ok_or_else(|| Error::too_big("all 32767 property ids are given out"))
    }

    pub(super) fn to_names(ids: &[u16]) -> Vec<Option<NamedProperty>> {
        NAMES.with_borrow(|known| {
            ids.iter().map(|id| known.get(usize::from(id.checked_sub(FIRST_ID)?)).cloned()).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_id_and_unknown_ones_have_none() {
        reset();
        let set = Guid { hi: 1, lo: 2 };
        let names = [lid(set, 0x8205), name(set, "Keywords")];
        assert_eq!(to_ids(&names, false).unwrap(), [None, None]);
        assert_eq!(to_ids(&names, true).unwrap(), [Some(0x8000), Some(0x8001)]);
        assert_eq!(to_ids(&names[1..], false).unwrap(), [Some(0x8001)]);
        assert_eq!(to_names(&[0x8001, 0x3001]).unwrap(), [Some(names[1].clone()), None]);
    }
}
