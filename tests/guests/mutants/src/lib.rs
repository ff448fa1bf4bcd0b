//! The backend `memory`, and deliberately wrong variants of it: the setting `mutant` names one of [`MUTANTS`]. Without the
//! setting it is `memory`. The conformance kit has to find each, on the behaviour that it breaks.
//!
//! Every object of `memory` is wrapped in one of the same kind, which passes all calls on but those that the mutant gets
//! wrong. The modules of `memory` are compiled here, since its library exports the component's functions, and a
//! component exports them once.

macro_rules! of_memory {
    ($($path:literal $name:ident;)*) => {
        $(
            #[path = $path]
            mod $name;
        )*
    };
}

of_memory! {
    "../../../../sample-backends/memory/src/backend.rs" backend;
    "../../../../sample-backends/memory/src/folder.rs" folder;
    "../../../../sample-backends/memory/src/mailbox.rs" mailbox;
    "../../../../sample-backends/memory/src/subtree.rs" subtree;
    "../../../../sample-backends/memory/src/transfer.rs" transfer;
    "../../../../sample-backends/memory/src/uri.rs" uri;
}

mod list;
mod wrong_attachment;
mod wrong_folder;
mod wrong_message;
mod wrong_stream;
mod wrong_table;

pub use backend::Memory;
pub use list::{MUTANTS, Mutant, Wrong};

use mapistore_sdk::{
    Backend, Context, Error, Folder, Result,
    types::{BackendInfo, ConnectionInfo, ContextEntry, Fid, Fmid, Mid, PathResult, Role},
};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
};
use wrong_folder::WrongFolder;

mapistore_sdk::export!(Mutants);

thread_local! {
    /// The mutant that this is; none for `memory` itself.
    static CURRENT: Cell<Option<Mutant>> = const { Cell::new(None) };
}

/// Whether this backend is that mutant.
pub(crate) fn is(mutant: Mutant) -> bool {
    CURRENT.get() == Some(mutant)
}

/// The backend.
pub struct Mutants;

impl Backend for Mutants {
    fn describe() -> BackendInfo {
        Memory::describe()
    }

    fn init(config: &[(String, String)]) -> Result<()> {
        let name = config.iter().find(|(key, _)| key == "mutant").map(|(_, name)| name.as_str());
        let named = |name| MUTANTS.iter().find(|wrong| wrong.name == name).map(|wrong| wrong.mutant);
        let unknown = |name| Error::backend_init(format!("there is no mutant `{name}`"));
        CURRENT.set(name.map(|name| named(name).ok_or_else(|| unknown(name))).transpose()?);
        Memory::init(config)
    }

    fn list_contexts(username: &str) -> Result<Vec<ContextEntry>> {
        Memory::list_contexts(username)
    }

    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let inner = Memory::create_context(connection, uri)?;
        Ok(Box::new(WrongContext { inner, shared: Rc::default() }))
    }

    fn create_root_folder(username: &str, role: Role, id: Fid, name: &str) -> Result<Option<String>> {
        Memory::create_root_folder(username, role, id, name)
    }

    fn generate_uri(username: &str, folder: &str, message: &str, root_uri: &str) -> Result<String> {
        Memory::generate_uri(username, folder, message, root_uri)
    }
}

/// What the mutants of one context have to remember.
#[derive(Default)]
pub(crate) struct Shared {
    /// Messages that were created and never saved.
    pub(crate) unsaved: Cell<u32>,
    /// The first change number and key that a message was seen with.
    pub(crate) first_changes: RefCell<HashMap<Mid, (mapistore_sdk::types::Cell, mapistore_sdk::types::Cell)>>,
    /// Names that folders were given, and do not have.
    pub(crate) names: RefCell<HashMap<Fid, String>>,
    /// Copies of folders, with what they are copies of.
    pub(crate) copies: RefCell<HashMap<Fid, Fid>>,
}

struct WrongContext {
    inner: Box<dyn Context>,
    shared: Rc<Shared>,
}

impl Context for WrongContext {
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        Ok(WrongFolder::boxed(self.inner.get_root_folder(id)?, &self.shared))
    }

    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        let mut paths = self.inner.get_paths(ids)?;
        for path in paths.iter_mut().flatten() {
            if is(Mutant::PathWithoutSlash) && path.ends_with('/') {
                path.pop();
            }
        }
        Ok(paths)
    }

    fn close(self: Box<Self>) -> Result<()> {
        self.inner.close()
    }
}
