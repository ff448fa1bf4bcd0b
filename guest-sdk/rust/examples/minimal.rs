//! A whole backend: one empty, read-only mail folder for everybody.
use mapistore_sdk::{tags::*, types::*, *};

struct Minimal;

impl Backend for Minimal {
    fn describe() -> BackendInfo {
        BackendInfo::new("minimal", "one empty folder", env!("CARGO_PKG_VERSION"))
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![ContextEntry::main(Role::Mail, format!("minimal://{user}/"), "Minimal")])
    }

    fn create_context(_: ConnectionInfo, _uri: &str) -> Result<Box<dyn Context>> {
        Ok(Box::new(Root))
    }
}

struct Root;

impl Context for Root {
    fn get_root_folder(&self, _: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(Root))
    }
}

impl Folder for Root {
    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(Properties::new().with(PID_TAG_DISPLAY_NAME, "Minimal").get_cells(tags, INLINE_LIMIT))
    }

    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        Ok(0)
    }
}

mapistore_sdk::export!(Minimal);
