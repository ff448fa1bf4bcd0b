//! Calls itself until the stack is used up.

use mapistore_sdk::types::TableKind;
use mapistore_sdk::{Folder, Result};

struct Recurser;

impl Folder for Recurser {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        Ok(deeper(1))
    }
}

// Not a tail call: the addition comes after.
#[inline(never)]
fn deeper(depth: u32) -> u32 {
    if std::hint::black_box(depth) == 0 { 0 } else { deeper(std::hint::black_box(depth + 1)) + depth }
}

guest_support::guest!("recurses-deeply", Recurser);
