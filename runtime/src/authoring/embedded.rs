//! The files that are part of this program, and how they get into a project. Does not know what they are for.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::AuthoringError;

/// Path from the root of the source tree, and contents; see `build.rs`.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// What stands in templates where a project has its name.
const NAME: &str = "example-name";

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// Where, below the folder that it is written to.
    pub(super) path: String,
    /// What is in it.
    pub(super) contents: Cow<'static, [u8]>,
}

impl File {
    /// The same file of a project that is called `name`.
    pub(super) fn named(self, name: &str) -> Self {
        let contents = match std::str::from_utf8(&self.contents) {
            Ok(text) if text.contains(NAME) => Cow::Owned(text.replace(NAME, name).into_bytes()),
            _ => self.contents,
        };
        Self { path: self.path.replace(NAME, name), contents }
    }
}

/// The files below a folder of the source tree, whose name ends in `/`.
pub(super) fn below(folder: &str) -> Vec<File> {
    let one = |(path, contents): &(&str, &'static [u8])| {
        let path = path.strip_prefix(folder)?.to_owned();
        Some(File { path, contents: Cow::Borrowed(*contents) })
    };
    FILES.iter().filter_map(one).collect()
}

/// One file of the source tree.
pub(super) fn file(path: &str) -> &'static [u8] {
    FILES.iter().find(|(other, _)| *other == path).map_or(&[], |(_, contents)| contents)
}

/// Makes `dir` have these files and no others. What is right already keeps its time, so that nothing is compiled again.
pub(super) fn replace(dir: &Path, files: &[File]) -> Result<(), AuthoringError> {
    let wanted: BTreeSet<PathBuf> = files.iter().map(|file| dir.join(&file.path)).collect();
    if dir.is_dir() {
        remove_others(dir, &wanted)?;
    }
    write(dir, files.iter().cloned())
}

/// Removes the files below `dir` that are not wanted.
fn remove_others(dir: &Path, wanted: &BTreeSet<PathBuf>) -> Result<(), AuthoringError> {
    for entry in fs::read_dir(dir).map_err(disk(dir))? {
        let entry = entry.map_err(disk(dir))?;
        let path = entry.path();
        if entry.file_type().map_err(disk(&path))?.is_dir() {
            remove_others(&path, wanted)?;
            // Goes if nothing is left in it.
            let _ = fs::remove_dir(&path);
        } else if !wanted.contains(&path) {
            fs::remove_file(&path).map_err(disk(&path))?;
        }
    }
    Ok(())
}

/// Writes files below `dir`, those that are not there with these contents.
pub(super) fn write(dir: &Path, files: impl IntoIterator<Item = File>) -> Result<(), AuthoringError> {
    for file in files {
        let path = dir.join(&file.path);
        if fs::read(&path).is_ok_and(|there| there == *file.contents) {
            continue;
        }
        write_file(&path, &file.contents)?;
    }
    Ok(())
}

/// Writes one file, with the folders above it.
pub(super) fn write_file(path: &Path, contents: &[u8]) -> Result<(), AuthoringError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    fs::write(path, contents).map_err(disk(path))
}

/// Makes a folder, with those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), AuthoringError> {
    fs::create_dir_all(path).map_err(disk(path))
}

/// What the system said about a path.
pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> AuthoringError {
    let path = path.to_owned();
    move |source| AuthoringError::Disk { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sources_are_embedded_without_what_tools_leave() {
        assert!(below("wit/").iter().any(|file| file.path == "deps/wasi-keyvalue/store.wit"));
        assert!(below("guest-sdk/rust/template/").iter().any(|file| file.path == ".gitignore"));
        for (path, _) in FILES {
            let leftover = ["target", "node_modules", "__pycache__", ".venv"];
            assert!(!path.split('/').any(|part| leftover.contains(&part)), "{path}");
        }
    }

    #[test]
    fn a_name_is_put_into_texts_and_paths_and_not_into_other_bytes() {
        let file =
            |path: &str, contents: &'static [u8]| File { path: path.into(), contents: contents.into() };
        let named = file("example-name/a", b"name = \"example-name\"").named("notes");
        assert_eq!(named, file("notes/a", b"name = \"notes\""));
        let bytes = file("icon", b"\xFFexample-name");
        assert_eq!(bytes.clone().named("notes"), bytes);
    }
}
