//! A project: a folder with a `backend.toml` that says in which language it is. Does not know how any is built.

use std::fs;
use std::path::{Path, PathBuf};

use super::embedded::{disk, make_folder};
use super::{AuthoringError, Language};
use crate::manifest::Manifest;

/// The longest name of a backend that the contract allows.
const NAME_MAX_CHARS: usize = 64;

/// See the module.
#[derive(Clone, Debug)]
pub struct Project {
    dir: PathBuf,
    manifest: Manifest,
    language: &'static dyn Language,
    source: PathBuf,
}

impl Project {
    /// The project in a folder.
    ///
    /// # Errors
    /// It is none, or in a language that is not known.
    pub fn open(dir: &Path) -> Result<Self, AuthoringError> {
        let path = dir.join("backend.toml");
        if !path.exists() {
            return Err(AuthoringError::NoProject { path: dir.to_owned() });
        }
        let manifest = Manifest::read(&path)?;
        let Some(build) = &manifest.build else { return Err(AuthoringError::NoBuildSection { path }) };
        let language = super::language(&build.language)?;
        let dir = fs::canonicalize(dir).map_err(disk(dir))?;
        let source = dir.join(build.source.as_deref().unwrap_or(Path::new(language.default_source())));
        Ok(Self { dir, manifest, language, source })
    }

    /// Its folder, as an absolute path.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The backend's name.
    pub fn name(&self) -> &str {
        &self.manifest.backend.name
    }

    /// What its manifest says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its language.
    pub fn language(&self) -> &'static dyn Language {
        self.language
    }

    /// The file or folder that building begins with.
    pub fn source(&self) -> &Path {
        &self.source
    }

    /// Where the component goes.
    pub fn component(&self) -> PathBuf {
        self.dir.join(&self.manifest.backend.component)
    }

    /// What is ours in the project.
    pub(super) fn own(&self) -> PathBuf {
        self.dir.join(".mapistore")
    }

    /// The contract.
    pub fn contract(&self) -> PathBuf {
        self.own().join("wit")
    }

    /// The contract as a dependency of the world `backend-with-http`: one folder, for tools that take no second one.
    pub(super) fn contract_with_http(&self) -> PathBuf {
        self.own().join("wit-http")
    }

    /// Only then it imports `wasi:http`.
    pub(super) fn asks_for_network(&self) -> bool {
        !self.manifest.request.network.is_empty()
    }

    /// The world that the component is of, and the folder that describes it.
    pub(super) fn world(&self) -> (PathBuf, &'static str) {
        match self.asks_for_network() {
            true => (self.contract_with_http(), "mapistore:with-http/backend-with-http@0.1.0"),
            false => (self.contract(), "mapistore:backend/backend@0.1.0"),
        }
    }

    /// The SDK of its language.
    pub fn sdk(&self) -> PathBuf {
        self.own().join("sdk")
    }

    /// Generated bindings, and what tools leave between two builds.
    pub fn scratch(&self) -> PathBuf {
        self.own().join("build")
    }

    /// # Errors
    /// What building begins with is not there.
    pub(super) fn check_source(&self) -> Result<(), AuthoringError> {
        match self.source.exists() {
            true => Ok(()),
            false => Err(AuthoringError::NoSource { path: self.source.clone() }),
        }
    }
}

/// The name of the backend whose project is in `dir`. It is also a namespace, and the name of a package in every language:
/// the contract would allow more.
pub(super) fn name_of(dir: &Path) -> Result<String, AuthoringError> {
    let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let problem = if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "it begins with a letter from `a` to `z`"
    } else if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        "it has letters from `a` to `z`, digits and `-`"
    } else if name.len() > NAME_MAX_CHARS {
        "it has at most 64 characters"
    } else {
        return Ok(name);
    };
    Err(AuthoringError::Name { name, problem })
}

/// Makes the folder, or takes one that is empty.
pub(super) fn claim(dir: &Path) -> Result<(), AuthoringError> {
    if !dir.exists() {
        return make_folder(dir);
    }
    let empty = dir.is_dir() && fs::read_dir(dir).map_err(disk(dir))?.next().is_none();
    if empty { Ok(()) } else { Err(AuthoringError::NotEmpty { path: dir.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_that_every_language_takes() {
        for name in ["notes", "a", "my-notes-2"] {
            assert_eq!(name_of(&Path::new("somewhere").join(name)).unwrap(), name);
        }
        let long = "a".repeat(NAME_MAX_CHARS + 1);
        for name in ["", "Notes", "2do", "my_notes", "my notes", "größe", "..", &long] {
            assert!(matches!(name_of(Path::new(name)), Err(AuthoringError::Name { .. })), "{name}");
        }
    }

    #[test]
    fn what_is_no_project_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let open = |text: &str| {
            fs::write(dir.path().join("backend.toml"), text).unwrap();
            Project::open(dir.path()).unwrap_err()
        };
        assert!(matches!(Project::open(dir.path()), Err(AuthoringError::NoProject { .. })));
        let backend = "[backend]\nname = 'a'\ncomponent = 'a.wasm'\n";
        assert!(matches!(open("[backend"), AuthoringError::Manifest(_)));
        assert!(matches!(open(backend), AuthoringError::NoBuildSection { .. }));
        let unknown = open(&format!("{backend}[build]\nlanguage = 'Rust'"));
        assert!(matches!(unknown, AuthoringError::UnknownLanguage { similar: Some("rust"), .. }));
    }

    #[test]
    fn the_manifest_may_name_another_source() {
        let dir = tempfile::tempdir().unwrap();
        let manifest = "[backend]\nname='a'\ncomponent='a.wasm'\n[build]\nlanguage='rust'\nsource='src/a.c'";
        fs::write(dir.path().join("backend.toml"), manifest).unwrap();
        let project = Project::open(dir.path()).unwrap();
        assert!(project.source().ends_with("src/a.c"));
        assert!(matches!(project.check_source(), Err(AuthoringError::NoSource { .. })));
    }
}
