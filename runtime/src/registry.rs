//! The registered backends: in memory by name, namespace and order; on disk as one folder each, so that a restart
//! compiles nothing and runs no `init`.
//!
//! ```text
//! backends/NAME/backend.json    what was registered, and with which settings
//!               component.wasm  as it was given
//!               start.wasm      the image that every store starts from
//!               start.cwasm     the same, compiled for this machine
//!               lines.json      where its code is in the source, if it says so
//! ```
//! A folder is made under another name and renamed when it is complete: a registration is there, or it is not.

mod child;
mod componentize;
mod preparation;
pub(crate) mod record;
mod register;
mod trust;
mod upgrade;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::backend::Backend;

pub use child::RegistrationProcess;
pub use child::worker::registration_child;
pub(crate) use componentize::component_of;
pub use record::{InitMode, Record, capability_names};
pub use register::{Registration, RegistryError, Source};
pub(crate) use register::{Surroundings, copy, examine, named_places};

/// A backend and what is known of it.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) record: Arc<Record>,
    pub(crate) backend: Arc<Backend>,
}

/// See the module.
pub(crate) struct Registry {
    dir: PathBuf,
    /// In the order of registration.
    entries: RwLock<Vec<Entry>>,
}

/// A backend that is registered but could not be loaded.
#[derive(Debug)]
pub struct LoadFailure {
    /// Its name: the folder's.
    pub name: String,
    /// Why.
    pub error: RegistryError,
}

impl Registry {
    /// Loads what is registered. One that cannot be loaded is reported, and the others are there.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub(crate) fn open(
        data_dir: &Path,
        surroundings: &Surroundings,
    ) -> Result<(Self, Vec<LoadFailure>), RegistryError> {
        let dir = data_dir.join("backends");
        let io = |source| RegistryError::Disk { path: dir.clone(), source };
        register::create_folder(&dir).map_err(io)?;
        register::check_folders(&[data_dir, &dir])?;
        upgrade::recover(&dir)?;
        let mut folders = Vec::new();
        for folder in std::fs::read_dir(&dir).map_err(io)? {
            let folder = folder.map_err(io)?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') {
                // What a registration that did not get to its end left behind.
                std::fs::remove_dir_all(&folder).map_err(io)?;
                continue;
            }
            if surroundings.only.as_ref().is_some_and(|only| *only != name) {
                continue;
            }
            folders.push((name, folder));
        }
        let (mut entries, mut failures) = (Vec::new(), Vec::new());
        for (name, loaded) in load_all(folders, surroundings) {
            match loaded {
                Ok(entry) => entries.push(entry),
                Err(error) => failures.push(LoadFailure { name, error }),
            }
        }
        entries.sort_by_key(|entry| entry.record.order);
        Ok((Self { dir, entries: RwLock::new(entries) }, failures))
    }

    pub(crate) fn all(&self) -> Vec<Entry> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<Entry> {
        self.all().into_iter().find(|entry| entry.record.name == name)
    }

    pub(crate) fn by_namespace(&self, namespace: &str) -> Option<Entry> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.iter().find(|entry| entry.record.namespace == namespace).cloned()
    }

    /// The namespaces that there are, for an error to name.
    pub(crate) fn namespaces(&self) -> String {
        let all: Vec<_> = self.all().iter().map(|entry| format!("`{}`", entry.record.namespace)).collect();
        if all.is_empty() { "none".into() } else { all.join(", ") }
    }

    /// Examines, compiles, runs `init`, and keeps the result. Calls must not overlap: the runtime sees to that.
    ///
    /// # Errors
    /// The source is no backend, its name or namespace is taken, its `init` fails, or the disk does. Nothing is
    /// registered then.
    pub(crate) fn add(
        &self,
        registration: &Registration,
        surroundings: &Surroundings,
    ) -> Result<Entry, RegistryError> {
        let order = self.all().last().map_or(0, |entry| entry.record.order + 1);
        let prepared = register::prepare(registration, surroundings, order)?;
        for entry in self.all() {
            if entry.record.name == prepared.record.name {
                return Err(RegistryError::NameTaken { name: prepared.record.name });
            }
            if entry.record.namespace == prepared.record.namespace {
                return Err(RegistryError::NamespaceTaken {
                    name: prepared.record.name,
                    namespace: prepared.record.namespace,
                    holder: entry.record.name.clone(),
                });
            }
        }
        let prepared = prepared.initialize()?;
        prepared.check_room(&self.dir, surroundings.config.registration.disk_max_bytes)?;
        let folder = self.dir.join(&prepared.record.name);
        prepared.write(&self.dir, &folder)?;
        let entry = register::load(&folder, surroundings)?;
        self.entries.write().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
        Ok(entry)
    }

    /// Takes a backend out and deletes its folder. The index and the owners' files stay.
    ///
    /// # Errors
    /// There is none of this name, or the disk fails.
    pub(crate) fn remove(&self, name: &str) -> Result<(), RegistryError> {
        crate::check::check_name(name).map_err(|_| RegistryError::Unknown { name: name.to_owned() })?;
        let folder = self.dir.join(name);
        if !folder.is_dir() {
            return Err(RegistryError::Unknown { name: name.to_owned() });
        }
        let io = |source| RegistryError::Disk { path: folder.clone(), source };
        // Renamed first: half a folder is never loaded.
        let doomed = self.dir.join(format!(".removed-{name}"));
        std::fs::rename(&folder, &doomed).map_err(io)?;
        register::sync_dir(&self.dir)?;
        self.entries
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|entry| entry.record.name != name);
        std::fs::remove_dir_all(&doomed).map_err(io)
    }
}

/// Loads on all processors: what takes time is the digests.
fn load_all(
    folders: Vec<(String, PathBuf)>,
    surroundings: &Surroundings,
) -> Vec<(String, Result<Entry, RegistryError>)> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(folders.len());
    let queue = Mutex::new(folders);
    let loaded = Mutex::new(Vec::new());
    let work = || {
        loop {
            // Not in the `while let`: the lock would be held for the length of its body.
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some((name, folder)) = next else { return };
            let result = register::load(&folder, surroundings);
            loaded.lock().unwrap_or_else(PoisonError::into_inner).push((name, result));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    loaded.into_inner().unwrap_or_else(PoisonError::into_inner)
}
