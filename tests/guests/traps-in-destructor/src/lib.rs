//! Its folder's destructor traps.

use mapistore_sdk::Folder;

struct Trapper;

impl Folder for Trapper {}

impl Drop for Trapper {
    fn drop(&mut self) {
        panic!("as it was told to")
    }
}

guest_support::guest!("traps-in-destructor", Trapper);
