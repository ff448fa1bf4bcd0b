//! Loops without end: in `get-child-count`, and in `list-contexts` for the user `spin`.

use mapistore_sdk::types::{BackendInfo, ConnectionInfo, ContextEntry, TableKind};
use mapistore_sdk::{Backend, Context, Folder, Result};

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        guest_support::info("spins-forever")
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        if user == "spin" {
            spin();
        }
        Ok(vec![guest_support::inbox("spins-forever", user)])
    }

    fn create_context(_: ConnectionInfo, _: &str) -> Result<Box<dyn Context>> {
        Ok(Box::new(guest_support::Root(|_| Box::new(Spinner))))
    }
}

struct Spinner;

impl Folder for Spinner {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        spin()
    }
}

fn spin() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

mapistore_sdk::export!(Guest);
