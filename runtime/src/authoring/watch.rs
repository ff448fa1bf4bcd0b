//! Waits until an author has changed a file of a project. Does not know what is done then.

use std::collections::BTreeMap;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};

use super::AuthoringError;
use super::embedded::disk;

/// Folders that tools write into.
const BY_TOOLS: [&str; 3] = ["target", "node_modules", "__pycache__"];
/// Editors write a file in several steps: a change is over when nothing has happened for so long.
const SETTLED: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// Room for events; what has not room is read the next time.
const EVENT_BYTES: usize = 4096;

/// A watch over the folders that were there when it began. What is in a new one shows the next time.
#[derive(Debug)]
pub struct Watch {
    inotify: OwnedFd,
    /// The folders, below that of the project, by the numbers that the system has for them.
    folders: BTreeMap<i32, PathBuf>,
    dir: PathBuf,
    component: PathBuf,
}

impl Watch {
    /// Begins to watch the project in `dir`, except for the component that building writes.
    ///
    /// # Errors
    /// The system has no more watches to give, or a folder cannot be read.
    pub fn begin(dir: &Path, component: &Path) -> Result<Self, AuthoringError> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(failed(dir))?;
        let changes = WatchFlags::CLOSE_WRITE | WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVE;
        let (mut folders, mut left) = (BTreeMap::new(), vec![PathBuf::new()]);
        while let Some(folder) = left.pop() {
            let path = dir.join(&folder);
            folders
                .insert(inotify::add_watch(&inotify, &path, changes).map_err(failed(&path))?, folder.clone());
            for entry in std::fs::read_dir(&path).map_err(disk(&path))? {
                let entry = entry.map_err(disk(&path))?;
                let below = folder.join(entry.file_name());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) && is_own(&below) {
                    left.push(below);
                }
            }
        }
        Ok(Self { inotify, folders, dir: dir.to_owned(), component: component.to_owned() })
    }

    /// Waits for a change, and until it is over. Answers which file was the first, below the project's folder.
    ///
    /// # Errors
    /// The system does not say what has changed.
    pub fn wait(&self) -> Result<PathBuf, AuthoringError> {
        let mut changed = None;
        loop {
            let timeout = changed.is_some().then_some(&SETTLED);
            let mut inotify = [PollFd::new(&self.inotify, PollFlags::IN)];
            match poll(&mut inotify, timeout) {
                Ok(0) => return Ok(changed.unwrap_or_default()),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(failed(&self.dir)(error)),
            }
            let next = self.read().map_err(failed(&self.dir))?;
            changed = changed.or(next);
        }
    }

    /// Reads what has happened, and answers the first of the author's files.
    fn read(&self) -> rustix::io::Result<Option<PathBuf>> {
        let mut buffer = [MaybeUninit::uninit(); EVENT_BYTES];
        let mut events = Reader::new(&self.inotify, &mut buffer);
        let mut changed = None;
        loop {
            let event = match events.next() {
                Ok(event) => event,
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(changed),
                Err(error) => return Err(error),
            };
            let path = match (self.folders.get(&event.wd()), event.file_name()) {
                (Some(folder), Some(name)) => folder.join(name.to_string_lossy().as_ref()),
                // Events were lost, or the project is gone: anything may have changed.
                _ => PathBuf::new(),
            };
            if is_own(&path) && self.dir.join(&path) != self.component {
                changed = changed.or(Some(path));
            }
        }
    }
}

/// Whether a file is the author's: not ours, a tool's, or an editor's own.
fn is_own(path: &Path) -> bool {
    path.components().all(|part| {
        let name = part.as_os_str().to_string_lossy();
        !name.starts_with('.') && !name.ends_with('~') && !BY_TOOLS.contains(&name.as_ref())
    })
}

fn failed(path: &Path) -> impl FnOnce(rustix::io::Errno) -> AuthoringError {
    let path = path.to_owned();
    move |source| AuthoringError::Watch { path, source: io::Error::from(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authors_file_is_a_change_and_a_tools_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(dir.path()).unwrap();
        for folder in ["src/deep", "target", ".mapistore/build"] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        let component = root.join("notes.wasm");
        let watch = Watch::begin(&root, &component).unwrap();
        for file in ["target/x.o", ".mapistore/build/x", "notes.wasm", ".x.swp", "x.c~"] {
            std::fs::write(root.join(file), "by a tool").unwrap();
        }
        assert_eq!(watch.read().unwrap(), None);
        std::fs::write(root.join("src/deep/x.c"), "by the author").unwrap();
        assert_eq!(watch.wait().unwrap(), Path::new("src/deep/x.c"));
        std::fs::create_dir(root.join("new")).unwrap();
        std::fs::rename(root.join("src/deep/x.c"), root.join("y.c")).unwrap();
        assert_eq!(watch.wait().unwrap(), Path::new("new"));
        assert_eq!(watch.read().unwrap(), None);
    }

    #[test]
    fn what_begins_a_name_or_ends_it_tells_whose_it_is() {
        assert!(is_own(Path::new("backend.toml")) && is_own(Path::new("src/target.c")));
        for path in [".git/index", "a/target/b", "a/b.py~", "node_modules/x/y.js"] {
            assert!(!is_own(Path::new(path)), "{path}");
        }
    }
}
