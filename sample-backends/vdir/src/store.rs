//! The vdir tree on the disk (<https://vdirsyncer.pimutils.org/en/stable/vdir.html>): collections, items, and the steps
//! that are atomic there. Knows directories and names; does not know MAPI, ids or what is inside an item.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::path::is_collection;

/// How much of an item is read: one that is larger is shown by its beginning, and cannot be changed.
pub(crate) const SIZE_LIMIT: u64 = 32 << 20;

/// What a file looked like: another stamp means another content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// When it was written, in nanoseconds since 1970.
    pub(crate) modified: u64,
    /// Its size in bytes.
    pub(crate) size: u64,
}

/// The items of a collection by file name.
pub(crate) type Entries = BTreeMap<String, Stamp>;

/// A tree.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

impl Store {
    /// The tree at `root`, which need not exist yet.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    fn path(&self, collection: &str) -> PathBuf {
        self.root.join(collection)
    }

    /// The collections, sorted.
    ///
    /// # Errors
    /// What the disk says. A root that does not exist has none.
    pub(crate) fn collections(&self) -> io::Result<Vec<String>> {
        let mut found = names(&self.root)?;
        found.retain(|name| is_collection(name) && self.root.join(name).is_dir());
        found.sort();
        Ok(found)
    }

    /// Whether there is such a collection.
    pub(crate) fn exists(&self, collection: &str) -> bool {
        self.path(collection).is_dir()
    }

    /// Makes a collection, if it is not there.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn ensure(&self, collection: &str) -> io::Result<()> {
        fs::create_dir_all(self.path(collection))
    }

    /// When a file last came, went or was renamed in a collection.
    pub(crate) fn changed(&self, collection: &str) -> Option<SystemTime> {
        fs::metadata(self.path(collection)).and_then(|meta| meta.modified()).ok()
    }

    /// Looks at all items.
    ///
    /// # Errors
    /// `NotFound` for no collection; what the disk says. A listing that breaks off is an error: its items must not
    /// look deleted.
    pub(crate) fn scan(&self, collection: &str) -> io::Result<Entries> {
        let directory = self.path(collection);
        fs::metadata(&directory)?;
        let mut entries = Entries::new();
        for name in names(&directory)? {
            if !is_item(&name) {
                continue;
            }
            match fs::metadata(directory.join(&name)) {
                Ok(meta) if meta.is_file() => drop(entries.insert(name, stamp(&meta))),
                Ok(_) => {}
                // It went meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(entries)
    }

    /// What an item looks like now.
    ///
    /// # Errors
    /// `NotFound` if it is gone.
    pub(crate) fn stamp(&self, collection: &str, file: &str) -> io::Result<Stamp> {
        fs::metadata(self.path(collection).join(file)).map(|meta| stamp(&meta))
    }

    /// The content of an item, at most [`SIZE_LIMIT`] bytes, and what it looked like.
    ///
    /// # Errors
    /// `NotFound` if it is gone.
    pub(crate) fn read(&self, collection: &str, file: &str) -> io::Result<(Vec<u8>, Stamp)> {
        let file = File::open(self.path(collection).join(file))?;
        let stamp = stamp(&file.metadata()?);
        let mut content = Vec::new();
        file.take(SIZE_LIMIT).read_to_end(&mut content)?;
        Ok((content, stamp))
    }

    /// Writes an item, all or nothing: to a file that readers ignore, made durable, then renamed.
    ///
    /// # Errors
    /// What the disk says. Then the item is as it was.
    pub(crate) fn write(&self, collection: &str, file: &str, content: &[u8]) -> io::Result<Stamp> {
        self.replace(collection, file, content, true)?;
        self.stamp(collection, file)
    }

    /// Removes an item.
    ///
    /// # Errors
    /// `NotFound` if it is gone already.
    pub(crate) fn remove(&self, collection: &str, file: &str) -> io::Result<()> {
        fs::remove_file(self.path(collection).join(file))
    }

    /// Reads a small file that is no item, such as `displayname`; none if it is not there or not text.
    pub(crate) fn read_text(&self, collection: &str, file: &str) -> Option<String> {
        fs::read_to_string(self.path(collection).join(file)).ok()
    }

    /// Writes a small file that is no item.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn write_text(
        &self,
        collection: &str,
        file: &str,
        text: &str,
        durable: bool,
    ) -> io::Result<()> {
        self.replace(collection, file, text.as_bytes(), durable)
    }

    /// Adds to a small file. Not durable: what it holds can be made again.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn append_text(&self, collection: &str, file: &str, text: &str) -> io::Result<()> {
        File::options().append(true).open(self.path(collection).join(file))?.write_all(text.as_bytes())
    }

    fn replace(&self, collection: &str, file: &str, content: &[u8], durable: bool) -> io::Result<()> {
        let directory = self.path(collection);
        let tmp = directory.join(format!(".{}.tmp", unique()));
        let written = write_new(&tmp, content, durable).and_then(|()| fs::rename(&tmp, directory.join(file)));
        if written.is_err() {
            // Nothing refers to the file.
            let _ = fs::remove_file(&tmp);
        } else if durable && let Err(error) = mapistore_sdk::files::sync_directory(&directory) {
            log::warn!("`{}` cannot be synchronised: {error}", directory.display());
        }
        written
    }
}

/// Whether a file of this name is an item.
fn is_item(name: &str) -> bool {
    !name.starts_with('.') && (name.ends_with(".ics") || name.ends_with(".vcf"))
}

fn stamp(meta: &fs::Metadata) -> Stamp {
    let modified = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let nanos = modified.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
    Stamp { modified: nanos, size: meta.len() }
}

/// The names in a directory; none if it does not exist.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    match mapistore_sdk::files::names(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        result => result,
    }
}

fn write_new(path: &Path, content: &[u8], durable: bool) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    if durable { file.sync_all() } else { Ok(()) }
}

/// A UUID that was never given before (RFC 9562 5.4), in lower case: random where the system is.
pub(crate) fn unique() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let random = |salt: u64| {
        // Every `RandomState` has keys of its own, drawn when it is made: never during `init`.
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(salt);
        hasher.write_u128(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos());
        hasher.finish()
    };
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let (high, low) = (random(count), random(!count));
    let (high, low) = (high & !0xF000 | 0x4000, low & !(0b11 << 62) | 0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_items_are_seen_and_a_write_leaves_nothing_beside_them() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::new(directory.path());
        assert_eq!(store.scan("x").unwrap_err().kind(), ErrorKind::NotFound);
        store.ensure("x").unwrap();
        for name in [".hidden.ics", "a.ics.tmp", "color", "displayname", "notes.txt"] {
            fs::write(directory.path().join("x").join(name), "x").unwrap();
        }
        let stamp = store.write("x", "a.ics", b"content").unwrap();
        assert_eq!(store.scan("x").unwrap(), Entries::from([("a.ics".to_owned(), stamp)]));
        assert_eq!(store.read("x", "a.ics").unwrap(), (b"content".to_vec(), stamp));
        assert_eq!(names(&store.path("x")).unwrap().len(), 6);
        assert_eq!(store.collections().unwrap(), ["x"]);
    }

    #[test]
    fn a_uuid_is_of_version_4_and_unlike_the_one_before() {
        let (one, two) = (unique(), unique());
        assert_ne!(one, two);
        assert_eq!((one.len(), one.as_bytes()[14], b"89ab".contains(&one.as_bytes()[19])), (36, b'4', true));
    }
}
