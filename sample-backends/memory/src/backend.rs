//! The backend itself: what the host asks before anything is open, and the context.

use crate::{
    folder::MemoryFolder,
    ids,
    mailbox::Mailbox,
    uri::{self, NAMESPACE, Root},
};
use mapistore_sdk::{
    Backend, Context, Error, ErrorCode, Folder, Result, index,
    types::{BackendInfo, Capabilities, ConnectionInfo, ContextEntry, Fid, Fmid, PathResult, Role},
};
use std::rc::Rc;

/// The most roots that a listing may have.
const ROOTS_MAX: usize = 1_000;

/// The backend.
pub struct Memory;

impl Backend for Memory {
    fn describe() -> BackendInfo {
        BackendInfo {
            // Everything but what one memory for each context makes impossible.
            capabilities: Capabilities::all() - Capabilities::CROSS_CONTEXT_MOVE,
            ..BackendInfo::new(
                NAMESPACE,
                "everything, for as long as the context lives",
                env!("CARGO_PKG_VERSION"),
            )
        }
    }

    fn list_contexts(username: &str) -> Result<Vec<ContextEntry>> {
        let main = Root::main(username).map(|root| entry(&root, true));
        // An instance that lists has no memory of what another one created: the index has.
        let created = ids::find(&uri::user_uri(username), "/")?;
        let created = created.iter().filter_map(|record| Root::parse(&record.uri));
        let created = created.filter(|root| root.name.is_some()).map(|root| entry(&root, false));
        Ok(main.chain(created).take(ROOTS_MAX).collect())
    }

    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let root = Root::parse(uri)
            .ok_or_else(|| Error::invalid_uri(format!("`{uri}` is not `memory://USER/ROLE/`")))?;
        // Nobody can have been given rights in a memory that begins empty: the mailbox is its owner's.
        if root.user != connection.owner || connection.username != connection.owner {
            return Err(Error::denied("the root belongs to another user"));
        }
        if root.name.is_some() && !ids::is_live(&root.uri())? {
            return Err(Error::not_found(format!("there is no root `{uri}`")));
        }
        Ok(Box::new(MemoryContext(Rc::new(Mailbox::open(root, connection.replica_guid)?))))
    }

    fn create_root_folder(username: &str, role: Role, id: Fid, name: &str) -> Result<Option<String>> {
        uri::check_name(name)?;
        let uri = Root { user: username.to_owned(), role, name: Some(name.to_owned()) }.uri();
        index::add(id, &uri)?;
        Ok(Some(uri))
    }

    /// `folder` is a folder's path below the root, empty for the root itself; `message` is the message's id in sixteen
    /// hexadecimal digits, or whatever name it has for who delivers it.
    fn generate_uri(_username: &str, folder: &str, message: &str, root_uri: &str) -> Result<String> {
        let (root, folder) = (root_uri.trim_end_matches('/'), folder.trim_matches('/'));
        let folder = if folder.is_empty() { format!("{root}/") } else { format!("{root}/{folder}/") };
        Ok(uri::named_message(&folder, message))
    }
}

fn entry(root: &Root, main_folder: bool) -> ContextEntry {
    let name = root.display_name().chars().take(255).collect();
    ContextEntry { url: root.uri(), name, main_folder, role: root.role, tag: None }
}

/// One root, opened.
struct MemoryContext(Rc<Mailbox>);

impl Context for MemoryContext {
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(MemoryFolder { mailbox: Rc::clone(&self.0), id: self.0.root(id)? }))
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
