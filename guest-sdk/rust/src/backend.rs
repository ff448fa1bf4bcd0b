//! The backend itself: what a server asks before anything is open (`wit/provider.wit`).

use crate::{
    Context, INLINE_LIMIT,
    error::{Error, Result},
    types::{BackendInfo, Capabilities, ConnectionInfo, ContextEntry, Fid, Role},
};

/// A storage backend. It has no value of its own: `init` leaves what every context shares in a `static`, of which
/// each context then gets a copy.
///
/// Pass the type to [`export!`](crate::export).
pub trait Backend: 'static {
    /// Name, namespace and capabilities. Answers the same whenever it is called, and calls no import.
    fn describe() -> BackendInfo;

    /// Runs once, before everything but `describe`, with the operator's settings. May hold nothing open when it
    /// returns: no file, no stream, no socket.
    fn init(config: &[(String, String)]) -> Result<()> {
        let _ = config;
        Ok(())
    }

    /// The roots that this backend has for a user. Called at every logon: be quick, and answer the same as last time.
    fn list_contexts(username: &str) -> Result<Vec<ContextEntry>>;

    /// Opens the root that `uri` names. `not-found`: no such root. `invalid-uri`: not a URI that this backend
    /// understands.
    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>>;

    /// Makes a new root for a role and answers its complete URI; `None` means "not my role, ask the next backend".
    fn create_root_folder(username: &str, role: Role, id: Fid, name: &str) -> Result<Option<String>> {
        let _ = (username, role, id, name);
        Ok(None)
    }

    /// The URI of a message in a folder, without opening either.
    fn generate_uri(username: &str, folder: &str, message: &str, root_uri: &str) -> Result<String> {
        let _ = (username, folder, message, root_uri);
        Err(Error::not_implemented("provider.generate-uri"))
    }
}

impl BackendInfo {
    /// A backend whose namespace is its name and that claims no capability yet.
    pub fn new(name: &str, description: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            namespace: name.to_owned(),
            version: version.to_owned(),
            capabilities: Capabilities::empty(),
            inline_limit: INLINE_LIMIT,
        }
    }
}

impl ContextEntry {
    /// The default folder of a role.
    pub fn main(role: Role, url: impl Into<String>, name: impl Into<String>) -> Self {
        Self { url: url.into(), name: name.into(), main_folder: true, role, tag: None }
    }
}
