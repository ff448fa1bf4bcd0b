//! Waits in a host function: epochs do not end that.

use std::time::Duration;

use mapistore_sdk::types::TableKind;
use mapistore_sdk::{Folder, Result};

struct Sleeper;

impl Folder for Sleeper {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        std::thread::sleep(Duration::from_secs(3600));
        Ok(0)
    }
}

guest_support::guest!("sleeps-forever", Sleeper);
