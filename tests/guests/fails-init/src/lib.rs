//! Answers `init` with an error.

use mapistore_sdk::types::{BackendInfo, ConnectionInfo, ContextEntry};
use mapistore_sdk::{Backend, Context, Error, ErrorCode, Result};

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        guest_support::info("fails-init")
    }

    fn init(_: &[(String, String)]) -> Result<()> {
        Err(Error::new(ErrorCode::BackendInit, "as it was told to"))
    }

    fn list_contexts(_: &str) -> Result<Vec<ContextEntry>> {
        Ok(Vec::new())
    }

    fn create_context(_: ConnectionInfo, _: &str) -> Result<Box<dyn Context>> {
        Err(Error::not_found("nothing"))
    }
}

mapistore_sdk::export!(Guest);
