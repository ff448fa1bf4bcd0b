//! Writes the name of each object to `/data/destructors` when it is dropped.

use std::io::Write;

use mapistore_sdk::index::ensure_ids;
use mapistore_sdk::types::{BackendInfo, ConnectionInfo, ContextEntry, Fid, Mid, TableKind};
use mapistore_sdk::{Backend, Context, Folder, Message, Result, Table};

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        guest_support::info("counts-destructors")
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![guest_support::inbox("counts-destructors", user)])
    }

    fn create_context(_: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        ensure_ids(&[uri.to_owned()])?;
        Ok(Box::new(Counted("context")))
    }
}

struct Counted(&'static str);

impl Drop for Counted {
    fn drop(&mut self) {
        let file = std::fs::OpenOptions::new().create(true).append(true).open("/data/destructors");
        file.and_then(|mut file| writeln!(file, "{}", self.0)).expect("a line in the file");
    }
}

impl Context for Counted {
    fn get_root_folder(&self, _: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(Counted("folder")))
    }
}

impl Folder for Counted {
    fn create_message(&self, _: Mid, _: bool) -> Result<Box<dyn Message>> {
        Ok(Box::new(Counted("message")))
    }

    fn open_table(&self, _: TableKind) -> Result<Box<dyn Table>> {
        Ok(Box::new(Counted("table")))
    }
}

impl Message for Counted {}

impl Table for Counted {}

mapistore_sdk::export!(Guest);
