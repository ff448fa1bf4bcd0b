//! Panics, which is a trap in a guest.

use mapistore_sdk::types::{Cell, PropertyTag, TableKind};
use mapistore_sdk::{Folder, Result};

struct Trapper;

impl Folder for Trapper {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        panic!("as it was told to")
    }

    fn get_properties(&self, _: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(Vec::new())
    }
}

guest_support::guest!("traps-in-method", Trapper);
