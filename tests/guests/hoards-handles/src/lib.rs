//! Makes a million resource handles and drops none.

use mapistore_sdk::types::TableKind;
use mapistore_sdk::{Folder, Result};

/// The component model's own way to make a handle: the SDK would keep count.
#[cfg(target_arch = "wasm32")]
#[expect(unsafe_code, reason = "the canonical ABI's `resource.new`")]
fn new_handle() -> i32 {
    #[link(wasm_import_module = "[export]mapistore:backend/objects@0.1.0")]
    unsafe extern "C" {
        #[link_name = "[resource-new]folder"]
        fn resource_new(representation: i32) -> i32;
    }
    // SAFETY: the representation is never used: no handle is given to anybody or dropped.
    unsafe { resource_new(0) }
}

#[cfg(not(target_arch = "wasm32"))]
fn new_handle() -> i32 {
    0
}

struct Hoarder;

impl Folder for Hoarder {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        for _ in 0..1_000_000 {
            std::hint::black_box(new_handle());
        }
        Ok(0)
    }
}

guest_support::guest!("hoards-handles", Hoarder);
