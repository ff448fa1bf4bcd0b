#![doc = include_str!("../README.md")]

mod attachment;
mod changes;
mod compose;
mod draft;
mod edit;
mod envelope;
mod folder;
mod ids;
mod mailbox;
mod message;
mod mime;
mod name;
mod path;
mod properties;
mod restriction;
mod snapshot;
mod store;
mod stream;
mod subject;
mod table;
mod tag;
mod transfer;
mod utf7;

use std::rc::Rc;
use std::sync::{PoisonError, RwLock};

use mapistore_sdk::types::{
    BackendInfo, Capabilities, ConnectionInfo, ContextEntry, Fid, Fmid, PathResult, Role,
};
use mapistore_sdk::{Backend, Context, Error, ErrorCode, Folder, Result};

use crate::folder::MaildirFolder;
use crate::mailbox::Mailbox;
use crate::path::{FolderPath, NAMESPACE};
use crate::store::Store;

mapistore_sdk::export!(Maildir);

/// Where the granted directory is, unless the operator's settings say otherwise.
const DEFAULT_ROOT: &str = "/mail";

/// The setting `root`. A string, since `init` may hold nothing open.
static ROOT: RwLock<String> = RwLock::new(String::new());

/// The usual names of special folders, the first of each role being the main one where both exist.
const SPECIAL: &[(&str, Role)] = &[
    ("Drafts", Role::Drafts),
    ("Sent", Role::SentItems),
    ("Sent Items", Role::SentItems),
    ("Sent Messages", Role::SentItems),
    ("Trash", Role::DeletedItems),
    ("Deleted Items", Role::DeletedItems),
    ("Deleted Messages", Role::DeletedItems),
    ("Outbox", Role::Outbox),
];

/// The backend.
pub struct Maildir;

impl Backend for Maildir {
    fn describe() -> BackendInfo {
        BackendInfo {
            name: "maildir".to_owned(),
            description: "mail in a Maildir++ tree".to_owned(),
            namespace: NAMESPACE.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capabilities: Capabilities::CREATE_ROOT
                | Capabilities::FOLDERS
                | Capabilities::MOVE_FOLDER
                | Capabilities::COPY_FOLDER
                | Capabilities::SOFT_DELETE
                | Capabilities::DELETED_IDS
                | Capabilities::ATTACHMENTS
                | Capabilities::EMBEDDED_MESSAGES
                | Capabilities::STREAMS
                | Capabilities::RESTRICTIONS
                | Capabilities::SORTING
                | Capabilities::FIND_ROW
                | Capabilities::CROSS_CONTEXT_MOVE
                | Capabilities::GENERATE_URI
                | Capabilities::WRITE_MESSAGES,
            inline_limit: properties::INLINE_LIMIT,
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
        let mut entries = vec![entry(username, &FolderPath::inbox(), Role::Mail, true)];
        let mut taken: Vec<Role> = Vec::new();
        let mut folders = top_level(&store())?;
        // In the order of preference, so that the first of each role is the main one.
        folders.sort_by_key(|(path, rank, _)| (*rank, path.clone()));
        for (path, _, role) in folders {
            let main = role != Role::Mail && !taken.contains(&role);
            taken.push(role);
            entries.push(entry(username, &path, role, main));
        }
        Ok(entries)
    }

    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let Some((user, path)) = FolderPath::from_uri(uri) else {
            return Err(Error::invalid_uri(format!("`{uri}` is not `maildir://USER/FOLDER/`")));
        };
        if user != connection.owner {
            return Err(Error::denied("the URI names another user than the owner of the mailbox"));
        }
        let mailbox = Mailbox::new(store(), user, connection.replica_guid);
        mailbox.go_on_with_rename();
        mailbox.check_exists(&path)?;
        if path == FolderPath::inbox() {
            // Others are made when something is put into them; the Inbox is where mail is delivered to.
            // A tree that may only be read is shown as it is.
            if let Err(error) = mailbox.store.ensure(&path) {
                log::warn!("the directories of the Inbox cannot be made: {error}");
            }
        }
        Ok(Box::new(MaildirContext { mailbox: Rc::new(mailbox), root: path }))
    }

    fn create_root_folder(username: &str, role: Role, _id: Fid, name: &str) -> Result<Option<String>> {
        if !matches!(role, Role::Mail | Role::Drafts | Role::SentItems | Role::Outbox | Role::DeletedItems) {
            return Ok(None);
        }
        let path = FolderPath::top(name).filter(|path| *path != FolderPath::inbox()).ok_or_else(|| {
            Error::invalid_parameter(format!(
                "`{name}` cannot be the name of a folder: 1 to 200 bytes, no `.` or `/`"
            ))
        })?;
        let store = store();
        if store.exists(&path)? {
            return Err(Error::exists(format!("there is a folder `{path}`")));
        }
        store.ensure(&path)?;
        Ok(Some(path.uri(username)))
    }

    fn generate_uri(_username: &str, folder: &str, message: &str, root_uri: &str) -> Result<String> {
        let root = if root_uri.ends_with('/') { root_uri.to_owned() } else { format!("{root_uri}/") };
        let folder = folder.trim_matches('/');
        let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        // A delivery agent knows the file's name; the URI has its base.
        let base = name::FileName::parse(message).map_or_else(|| message.to_owned(), |name| name.base);
        Ok(snapshot::message_uri(&format!("{root}{below}"), &base))
    }
}

/// The tree that the settings name.
fn store() -> Store {
    let root = ROOT.read().unwrap_or_else(PoisonError::into_inner);
    Store::new(if root.is_empty() { DEFAULT_ROOT } else { &root })
}

/// The top-level folders but the Inbox, with their rank among the special names and their role.
fn top_level(store: &Store) -> Result<Vec<(FolderPath, usize, Role)>> {
    let mut paths: Vec<FolderPath> = store.folders()?.iter().map(FolderPath::root).collect();
    paths.dedup();
    paths.retain(|path| *path != FolderPath::inbox());
    Ok(paths
        .into_iter()
        .map(|path| {
            let name = path.display_name();
            let rank = SPECIAL.iter().position(|(special, _)| special.eq_ignore_ascii_case(&name));
            let role = rank.and_then(|rank| SPECIAL.get(rank)).map_or(Role::Mail, |(_, role)| *role);
            (path, rank.unwrap_or(SPECIAL.len()), role)
        })
        .collect())
}

fn entry(user: &str, path: &FolderPath, role: Role, main_folder: bool) -> ContextEntry {
    ContextEntry { url: path.uri(user), name: path.display_name(), main_folder, role, tag: None }
}

/// One root, opened.
struct MaildirContext {
    mailbox: Rc<Mailbox>,
    root: FolderPath,
}

impl Context for MaildirContext {
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        let state = self.mailbox.open(id, &self.root);
        Ok(Box::new(MaildirFolder::root(Rc::clone(&self.mailbox), state)))
    }

    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        let scheme = format!("{NAMESPACE}://");
        let uris = ids::uris(ids)?;
        let path = |(&id, uri): (&Fmid, Option<String>)| {
            // The root may be older than its record in the index.
            let open = self.mailbox.path_of(id).map(|path| path.path(&self.mailbox.user));
            open.or_else(|| Some(uri?.strip_prefix(&scheme)?.to_owned())).ok_or(ErrorCode::NotFound)
        };
        Ok(ids.iter().zip(uris).map(path).collect())
    }
}
