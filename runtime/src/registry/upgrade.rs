//! Another version in the place of a registered backend, so that there is one of the two whatever happens.
//!
//! The new folder is written beside the old one. Then the old one gets another name, and the new one its name. If the
//! process ends between the two, the next start gives the old one its name back.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::register::{self, Registration, RegistryError, Surroundings};
use super::{Entry, Registry};

/// What an old version is called while the new one takes its place, before its name.
const REPLACED: &str = ".replaced-";

impl Registry {
    /// Examines, compiles, runs `init`, and puts the result in the place of the backend with the registration's name.
    /// `open` tells how many contexts of a backend are open. Calls must not overlap: the runtime sees to that.
    ///
    /// # Errors
    /// There is no such backend, contexts of it are open, the namespace is another, or as with [`Registry::add`]. The
    /// old version stays.
    pub(crate) fn upgrade(
        &self,
        registration: Registration,
        surroundings: &Surroundings,
        open: impl Fn(&str) -> usize,
    ) -> Result<Entry, RegistryError> {
        let name = registration.name.clone().unwrap_or_default();
        let old = self.by_name(&name).ok_or_else(|| RegistryError::Unknown { name: name.clone() })?.record;
        let check_open = || match open(&name) {
            0 => Ok(()),
            contexts => Err(RegistryError::InUse { name: name.clone(), contexts }),
        };
        check_open()?;
        let registration = with_what_was_given(registration, &old);
        let prepared = register::prepare(&registration, surroundings, old.order)?;
        if prepared.record.namespace != old.namespace {
            return Err(RegistryError::NamespaceChanged {
                name,
                registered: old.namespace.clone(),
                found: prepared.record.namespace,
            });
        }
        let building = prepared.initialize()?.build(&self.dir)?;
        // Loaded before it counts: what does not load replaces nothing.
        let entry = register::load(&building, surroundings)?;
        check_open()?;
        let replaced = swap(&self.dir, &building, &name)?;
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = entries.iter_mut().find(|known| known.record.name == name) {
            *place = entry.clone();
        }
        drop(entries);
        // The next start takes it away if this does not.
        if let Err(error) = std::fs::remove_dir_all(&replaced) {
            tracing::warn!(%error, path = %replaced.display(), "an old version could not be deleted");
        }
        Ok(entry)
    }
}

/// Adds the settings, directories and places of the old registration to those of the new one. The new ones win.
fn with_what_was_given(mut registration: Registration, old: &super::Record) -> Registration {
    let mut config = old.given.as_ref().unwrap_or(&old.config).clone();
    config.extend(std::mem::take(&mut registration.config));
    registration.config = config;
    for allowed in &old.allowed {
        if registration.allowed.iter().all(|new| new.guest != allowed.guest) {
            registration.allowed.push(allowed.clone());
        }
    }
    for allowed in &old.allowed_network {
        if !registration.network.contains(allowed) {
            registration.network.push(allowed.clone());
        }
    }
    registration
}

/// Returns what the old version is called now.
fn swap(dir: &Path, building: &Path, name: &str) -> Result<PathBuf, RegistryError> {
    let folder = dir.join(name);
    let replaced = dir.join(format!("{REPLACED}{name}"));
    let io = |source| RegistryError::Disk { path: folder.clone(), source };
    std::fs::rename(&folder, &replaced).map_err(io)?;
    if let Err(error) = std::fs::rename(building, &folder) {
        // If this fails as well, the next start does it.
        let _ = std::fs::rename(&replaced, &folder);
        return Err(io(error));
    }
    register::sync_dir(dir)?;
    Ok(replaced)
}

/// Gives an old version its name back if a new one did not come to take it.
///
/// # Errors
/// The disk failed.
pub(super) fn recover(dir: &Path) -> Result<(), RegistryError> {
    let io = |source| RegistryError::Disk { path: dir.to_owned(), source };
    for folder in std::fs::read_dir(dir).map_err(io)? {
        let folder = folder.map_err(io)?.path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = name.strip_prefix(REPLACED)
            && !dir.join(name).exists()
        {
            std::fs::rename(&folder, dir.join(name)).map_err(io)?;
            register::sync_dir(dir)?;
        }
    }
    Ok(())
}
