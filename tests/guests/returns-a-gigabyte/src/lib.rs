//! Answers a list of a gigabyte, or as much of it as its memory can hold.

use mapistore_sdk::types::PropertyTag;
use mapistore_sdk::{Folder, Result};

struct Gigabyte;

impl Folder for Gigabyte {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        Ok(vec![0x3001_001F; 1 << 28])
    }
}

guest_support::guest!("returns-a-gigabyte", Gigabyte);
