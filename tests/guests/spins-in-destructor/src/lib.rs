//! Its folder's destructor never ends.

use mapistore_sdk::Folder;

struct Spinner;

impl Folder for Spinner {}

impl Drop for Spinner {
    fn drop(&mut self) {
        loop {
            std::hint::spin_loop();
        }
    }
}

guest_support::guest!("spins-in-destructor", Spinner);
