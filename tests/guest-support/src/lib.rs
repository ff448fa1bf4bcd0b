//! What the test guests share: a backend with one root for each user, so that a guest is its folder and nothing else.

pub use mapistore_sdk;
use mapistore_sdk::types::{BackendInfo, Fmid, PathResult};
use mapistore_sdk::types::{Capabilities, ContextEntry, Fid, Role};
use mapistore_sdk::{Context, ErrorCode, Folder, Result};

/// How a test guest describes itself: its namespace is its name without dashes.
pub fn info(name: &str) -> BackendInfo {
    BackendInfo {
        name: name.into(),
        description: "a test guest".into(),
        namespace: namespace(name),
        version: "0.1.0".into(),
        capabilities: Capabilities::empty(),
        inline_limit: 32 << 10,
    }
}

/// The namespace of a test guest.
pub fn namespace(name: &str) -> String {
    name.replace('-', "")
}

/// The one root of a user.
pub fn inbox(name: &str, user: &str) -> ContextEntry {
    let url = format!("{}://{user}/inbox/", namespace(name));
    ContextEntry { url, name: "Inbox".into(), main_folder: true, role: Role::Mail, tag: None }
}

/// A context whose root is made by a function.
pub struct Root(pub fn(Fid) -> Box<dyn Folder>);

impl Context for Root {
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        Ok((self.0)(id))
    }

    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        let records = mapistore_sdk::index::get_uris(ids)?;
        let path = |record: Option<mapistore_sdk::index::Entry>| {
            let uri = record.ok_or(ErrorCode::NotFound)?.uri;
            uri.split_once("://").map(|(_, path)| path.to_owned()).ok_or(ErrorCode::Corrupted)
        };
        Ok(records.into_iter().map(path).collect())
    }
}

/// Exports a backend that is nothing but a root folder.
#[macro_export]
macro_rules! guest {
    ($name:literal, $root:expr) => {
        struct Guest;

        impl $crate::mapistore_sdk::Backend for Guest {
            fn describe() -> $crate::mapistore_sdk::types::BackendInfo {
                $crate::info($name)
            }

            fn list_contexts(
                user: &str,
            ) -> $crate::mapistore_sdk::Result<Vec<$crate::mapistore_sdk::types::ContextEntry>> {
                Ok(vec![$crate::inbox($name, user)])
            }

            fn create_context(
                _: $crate::mapistore_sdk::types::ConnectionInfo,
                _: &str,
            ) -> $crate::mapistore_sdk::Result<Box<dyn $crate::mapistore_sdk::Context>> {
                Ok(Box::new($crate::Root(|_| Box::new($root))))
            }
        }

        $crate::mapistore_sdk::export!(Guest);
    };
}
