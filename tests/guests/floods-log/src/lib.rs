//! Writes 2,000 lines: to the log, and to standard error.

use mapistore_sdk::types::TableKind;
use mapistore_sdk::{Folder, Result};

struct Flooder;

impl Folder for Flooder {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        for number in 0..2_000 {
            log::error!("line {number}\nand a second one \u{1b}[31m");
            eprintln!("{number}");
        }
        Ok(0)
    }
}

guest_support::guest!("floods-log", Flooder);
