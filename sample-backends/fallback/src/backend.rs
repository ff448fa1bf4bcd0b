//! The backend itself: what the host asks before anything is open, and the context.

use crate::{
    folder::FallbackFolder,
    mailbox::Mailbox,
    uri::{self, NAMESPACE, Place},
};
use mapistore_sdk::{
    Backend, Context, Error, ErrorCode, Folder, Result, index,
    tags::PID_TAG_DISPLAY_NAME,
    types::{BackendInfo, Capabilities, ConnectionInfo, ContextEntry, Fid, Fmid, Guid, PathResult, Role},
};
use std::rc::Rc;

/// The most roots that a listing may have.
const ROOTS_MAX: usize = 1_000;
/// The longest name that a listing may have.
const NAME_MAX_CHARS: usize = 255;

/// The backend.
pub struct Fallback;

impl Backend for Fallback {
    fn describe() -> BackendInfo {
        BackendInfo {
            capabilities: Capabilities::all() - Capabilities::CROSS_CONTEXT_MOVE - Capabilities::SUBMIT,
            ..BackendInfo::new(
                NAMESPACE,
                "anything, durable, in the host's key-value store",
                env!("CARGO_PKG_VERSION"),
            )
        }
    }

    fn list_contexts(username: &str) -> Result<Vec<ContextEntry>> {
        let url = uri::user_uri(username);
        let mut entries = vec![ContextEntry::main(Role::Fallback, url.clone(), "Fallback")];
        for (id, folder) in open(username, Place::Main, Guid { hi: 0, lo: 0 })?.folders()? {
            let (None, Some(role)) = (folder.parent, folder.role) else { continue };
            let name = folder.properties.get_text(PID_TAG_DISPLAY_NAME).unwrap_or_default();
            let name = name.chars().take(NAME_MAX_CHARS).collect();
            entries.push(ContextEntry {
                url: uri::folder(&url, id),
                name,
                main_folder: false,
                role,
                tag: None,
            });
        }
        entries.truncate(ROOTS_MAX);
        Ok(entries)
    }

    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let (user, place) = uri::parse(uri).ok_or_else(|| {
            Error::invalid_uri(format!("`{uri}` is not `fallback://USER/` nor a folder below it"))
        })?;
        if user != connection.owner {
            return Err(Error::denied("the folder belongs to another user"));
        }
        // The host holds delegates to what a folder's permissions grant. They find what is there.
        let mailbox = open(&user, place, connection.replica_guid)?;
        Ok(Box::new(FallbackContext(Rc::new(mailbox.for_user(connection.username == connection.owner)))))
    }

    fn create_root_folder(username: &str, role: Role, id: Fid, name: &str) -> Result<Option<String>> {
        // A root is stamped when it is opened: who makes it is not told the replica.
        let mailbox = open(username, Place::Main, Guid { hi: 0, lo: 0 })?;
        Ok(Some(mailbox.add_root(id, role, name)?))
    }

    /// `folder` is a folder's path below the root, empty for the root itself; `message` is the message's id in sixteen
    /// hexadecimal digits, or whatever name it has for who delivers it.
    fn generate_uri(_username: &str, folder: &str, message: &str, root_uri: &str) -> Result<String> {
        let (root, folder) = (root_uri.trim_end_matches('/'), folder.trim_matches('/'));
        let folder = if folder.is_empty() { format!("{root}/") } else { format!("{root}/{folder}/") };
        Ok(uri::named_message(&folder, message))
    }
}

fn open(user: &str, place: Place, replica: Guid) -> Result<Mailbox> {
    Mailbox::open(user, place, replica)
}

/// One folder, opened as a root.
struct FallbackContext(Rc<Mailbox>);

impl Context for FallbackContext {
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(FallbackFolder { mailbox: Rc::clone(&self.0), id: self.0.root(id)? }))
    }

    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        let scheme = format!("{NAMESPACE}://");
        let path = |entry: Option<index::Entry>| {
            let entry = entry.filter(|entry| !entry.soft_deleted).ok_or(ErrorCode::NotFound)?;
            Ok(entry.uri.strip_prefix(&scheme).ok_or(ErrorCode::Corrupted)?.to_owned())
        };
        Ok(index::get_uris(ids)?.into_iter().map(path).collect())
    }
}
