//! Allocates without end, and touches what it got.

use mapistore_sdk::types::TableKind;
use mapistore_sdk::{Folder, Result};

struct Grower;

impl Folder for Grower {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        let mut held = Vec::new();
        loop {
            held.push(std::hint::black_box(vec![1u8; 1 << 20]));
        }
    }
}

guest_support::guest!("grows-memory", Grower);
