#![doc = include_str!("../README.md")]

mod attach;
mod attachment;
mod changes;
mod contact;
mod contents;
mod draft;
mod event;
mod folder;
mod ical;
mod ids;
mod item;
mod key;
mod keys;
mod lines;
mod message;
mod path;
mod people;
mod recurrence;
mod roots;
mod snapshot;
mod store;
mod task;
mod text;
mod time;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{PoisonError, RwLock};

use mapistore_sdk::types::{
    BackendInfo, Capabilities, ConnectionInfo, ContextEntry, Fid, Fmid, PathResult, Role,
};
use mapistore_sdk::{Backend, Context, Error, ErrorCode, Folder, INLINE_LIMIT, Result};

use crate::folder::VdirFolder;
use crate::item::Kind;
use crate::key::Names;
use crate::path::{NAMESPACE, Place};
use crate::snapshot::FolderState;
use crate::store::Store;

mapistore_sdk::export!(Vdir);

/// Where the granted directory is, unless the operator's settings say otherwise.
const DEFAULT_ROOT: &str = "/vdir";

/// The setting `root`. A string, since `init` may hold nothing open.
static ROOT: RwLock<String> = RwLock::new(String::new());

/// The backend.
pub struct Vdir;

impl Backend for Vdir {
    fn describe() -> BackendInfo {
        BackendInfo {
            name: "vdir".to_owned(),
            description: "calendars, tasks and contacts in a vdir tree".to_owned(),
            namespace: NAMESPACE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: Capabilities::CREATE_ROOT
                | Capabilities::SOFT_DELETE
                | Capabilities::DELETED_IDS
                | Capabilities::ATTACHMENTS
                | Capabilities::STREAMS
                | Capabilities::GENERATE_URI
                | Capabilities::WRITE_MESSAGES,
            inline_limit: INLINE_LIMIT,
        }
    }

    fn init(config: &[(String, String)]) -> Result<()> {
        let mut root = DEFAULT_ROOT;
        for (key, value) in config {
            match key.as_str() {
                "root" if !value.is_empty() => root = value,
                "root" => return Err(Error::new(ErrorCode::BackendInit, "the setting `root` is empty")),
                _ => log::warn!("the setting `{key}` is unknown; known is `root`"),
            }
        }
        root.clone_into(&mut ROOT.write().unwrap_or_else(PoisonError::into_inner));
        Ok(())
    }

    fn list_contexts(username: &str) -> Result<Vec<ContextEntry>> {
        roots::list(&store(), username)
    }

    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let Some((user, place)) = Place::from_uri(uri) else {
            return Err(Error::invalid_uri(format!("`{uri}` is not `vdir://USER/ROLE/COLLECTION/`")));
        };
        if user != connection.owner {
            return Err(Error::denied("the URI names another user than the owner of the mailbox"));
        }
        let store = store();
        if !store.exists(&place.collection) {
            return Err(Error::not_found(format!("there is no folder `{place}`")));
        }
        Ok(Box::new(VdirContext { store, user, place, connection, open: RefCell::default() }))
    }

    fn create_root_folder(username: &str, role: Role, _id: Fid, name: &str) -> Result<Option<String>> {
        match Kind::of_role(role) {
            Some(kind) => Ok(Some(roots::create(&store(), kind, name)?.uri(username))),
            None => Ok(None),
        }
    }

    fn generate_uri(_username: &str, folder: &str, message: &str, root_uri: &str) -> Result<String> {
        if !folder.trim_matches('/').is_empty() {
            return Err(Error::invalid_parameter(format!(
                "`{folder}`: a collection has no folders below it"
            )));
        }
        let root = if root_uri.ends_with('/') { root_uri.to_owned() } else { format!("{root_uri}/") };
        Ok(snapshot::item_uri(&root, message))
    }
}

/// The tree that the settings name.
fn store() -> Store {
    let root = ROOT.read().unwrap_or_else(PoisonError::into_inner);
    Store::new(if root.is_empty() { DEFAULT_ROOT } else { &root })
}

/// One collection, opened as one of its kinds.
struct VdirContext {
    store: Store,
    user: String,
    place: Place,
    connection: ConnectionInfo,
    /// The one folder, shared by its handles.
    open: RefCell<Option<Rc<FolderState>>>,
}

impl Context for VdirContext {
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        if let Some(state) = self.open.borrow().as_ref().filter(|state| state.id == id) {
            return Ok(Box::new(VdirFolder(Rc::clone(state))));
        }
        let names = Names::look_up(&self.place.kind.keys())?;
        let (place, user, store) = (self.place.clone(), self.user.clone(), self.store.clone());
        let state = Rc::new(FolderState::new(id, place, user, self.connection.replica_guid, store, names));
        *self.open.borrow_mut() = Some(Rc::clone(&state));
        Ok(Box::new(VdirFolder(state)))
    }

    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        let scheme = format!("{NAMESPACE}://");
        let path = |uri: Option<String>| {
            let path = uri.as_deref().and_then(|uri| uri.strip_prefix(&scheme));
            path.map(str::to_owned).ok_or(ErrorCode::NotFound)
        };
        Ok(ids::uris(ids)?.into_iter().map(path).collect())
    }
}
