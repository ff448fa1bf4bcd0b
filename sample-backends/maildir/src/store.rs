//! The Maildir++ tree on the disk: folders, message files, and the steps that are atomic there.
//!
//! Knows directories and names; does not know MAPI, ids or what is inside a message. Other programs change the
//! same tree at any time, so a file is found again by its base name when it is not where it was.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::name::{FileName, Flags, unique_base};
use crate::path::FolderPath;

/// Delivered, and seen by no mail program yet.
const NEW: &str = "new";
/// Known to a mail program.
const CUR: &str = "cur";
/// Half-written.
const TMP: &str = "tmp";
/// The note of a folder's rename that is under way.
const RENAME: &str = "mapistore-rename";

/// One message file, as a scan found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its flags; none for a file in `new`.
    pub(crate) flags: Flags,
    /// Where it is below the folder's directory: `cur/NAME` or `new/NAME`.
    pub(crate) file: String,
}

/// The message files of a folder by base name.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// When the two directories of a folder last changed.
pub(crate) type Stamp = [Option<SystemTime>; 2];

/// A Maildir++ tree.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

impl Store {
    /// The tree at `root`, which need not exist yet.
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory of a folder.
    pub(crate) fn directory(&self, folder: &FolderPath) -> PathBuf {
        folder.directory().map_or_else(|| self.root.clone(), |name| self.root.join(name))
    }

    /// Every folder with a `cur`, sorted. The Inbox is not among them: it is always there.
    ///
    /// # Errors
    /// What the disk says. A root that does not exist has no folders.
    pub(crate) fn folders(&self) -> io::Result<Vec<FolderPath>> {
        let mut folders = Vec::new();
        for name in names(&self.root)? {
            if let Some(folder) = FolderPath::from_directory(&name)
                && self.root.join(&name).join(CUR).is_dir()
            {
                folders.push(folder);
            }
        }
        folders.sort();
        Ok(folders)
    }

    /// Whether the folder is there: the Inbox always, another if it or a folder below it has a `cur`.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn exists(&self, folder: &FolderPath) -> io::Result<bool> {
        if *folder == FolderPath::inbox() || self.directory(folder).join(CUR).is_dir() {
            return Ok(true);
        }
        // Maildir++ allows `.A.B` without `.A`.
        Ok(self.folders()?.iter().any(|other| other.is_within(folder)))
    }

    /// Makes what is missing of a folder's three directories.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn ensure(&self, folder: &FolderPath) -> io::Result<()> {
        let directory = self.directory(folder);
        for part in [TMP, NEW, CUR] {
            fs::create_dir_all(directory.join(part))?;
        }
        if folder.directory().is_some() {
            // Maildir++ marks a sub-folder with this empty file, for programs that deliver.
            File::options().create(true).append(true).open(directory.join("maildirfolder"))?;
        }
        Ok(())
    }

    /// When the folder last changed. Equal stamps mean that no file came, went or was renamed, unless that happened
    /// within the resolution of the disk's clock.
    pub(crate) fn stamp(&self, folder: &FolderPath) -> Stamp {
        let directory = self.directory(folder);
        [CUR, NEW].map(|part| fs::metadata(directory.join(part)).and_then(|meta| meta.modified()).ok())
    }

    /// Reads the names of all message files. Directories that are missing hold none.
    ///
    /// # Errors
    /// What the disk says. A listing that breaks off is an error: its messages must not look deleted.
    pub(crate) fn scan(&self, folder: &FolderPath) -> io::Result<Entries> {
        let directory = self.directory(folder);
        let mut entries = Entries::new();
        // `new` first: a file that moves to `cur` meanwhile is then seen once at least, and `cur` wins.
        for part in [NEW, CUR] {
            for file in names(&directory.join(part))? {
                // Dovecot sets flags on files in `new` as well, until a client has seen the folder.
                if let Some(FileName { base, flags }) = FileName::parse(&file) {
                    entries.insert(base, Entry { flags, file: format!("{part}/{file}") });
                }
            }
        }
        Ok(entries)
    }

    /// Opens a message, looking for it again if it is not where it was.
    ///
    /// # Errors
    /// `NotFound` if the message is gone.
    pub(crate) fn open(&self, folder: &FolderPath, base: &str, file: &str) -> io::Result<File> {
        let directory = self.directory(folder);
        match File::open(directory.join(file)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                File::open(directory.join(self.locate(folder, base)?.file))
            }
            result => result,
        }
    }

    /// Where a message is now.
    ///
    /// # Errors
    /// `NotFound` if the message is gone.
    pub(crate) fn locate(&self, folder: &FolderPath, base: &str) -> io::Result<Entry> {
        self.scan(folder)?.remove(base).ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Adds a message under a base name from [`unique_base`]: written to `tmp`, made durable, renamed to `cur`.
    ///
    /// # Errors
    /// What the disk says. Then the message is not there.
    pub(crate) fn deliver(
        &self,
        folder: &FolderPath,
        base: &str,
        content: &[u8],
        flags: &Flags,
        delivered: Option<SystemTime>,
    ) -> io::Result<Entry> {
        self.ensure(folder)?;
        let directory = self.directory(folder);
        let entry = entry(base, flags);
        let tmp = directory.join(TMP).join(base);
        let written =
            write_new(&tmp, content, delivered).and_then(|()| fs::rename(&tmp, directory.join(&entry.file)));
        if written.is_err() {
            // Nothing refers to the file; what is left behind, mail programs remove after 36 hours.
            let _ = fs::remove_file(&tmp);
        }
        written?;
        sync_directory(&directory.join(CUR));
        Ok(entry)
    }

    /// Puts new content in the place of a message's, and gives it another base name. There is never a moment with both
    /// contents or neither.
    ///
    /// # Errors
    /// What the disk says; then the message has its old name, and its old content or, if only the name could not be changed,
    /// the new one.
    pub(crate) fn replace(
        &self,
        folder: &FolderPath,
        (old_base, old): (&str, &Entry),
        base: &str,
        content: &[u8],
        flags: &Flags,
        delivered: Option<SystemTime>,
    ) -> io::Result<Entry> {
        let directory = self.directory(folder);
        // A name of its own: a save that was cut off may have left a file of this revision.
        let (entry, tmp) = (entry(base, flags), directory.join(TMP).join(unique_base(content.len() as u64)));
        // A mail program may have renamed the file since.
        let place =
            directory.join(self.locate(folder, old_base).map_or_else(|_| old.file.clone(), |now| now.file));
        let written = write_new(&tmp, content, delivered).and_then(|()| fs::rename(&tmp, &place));
        if let Err(error) = written {
            let _ = fs::remove_file(&tmp);
            return Err(error);
        }
        fs::rename(&place, directory.join(&entry.file))?;
        sync_directory(&directory.join(CUR));
        Ok(entry)
    }

    /// Sets the flags of a message by renaming it into `cur`.
    ///
    /// # Errors
    /// `NotFound` if the message is gone.
    pub(crate) fn set_flags(
        &self,
        folder: &FolderPath,
        base: &str,
        entry: &Entry,
        flags: &Flags,
    ) -> io::Result<Entry> {
        let renamed = self::entry(base, flags);
        self.rename(folder, base, entry, &self.directory(folder).join(&renamed.file))?;
        Ok(renamed)
    }

    /// Removes a message for good.
    ///
    /// # Errors
    /// `NotFound` if the message is gone.
    pub(crate) fn remove(&self, folder: &FolderPath, base: &str, entry: &Entry) -> io::Result<()> {
        let directory = self.directory(folder);
        match fs::remove_file(directory.join(&entry.file)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::remove_file(directory.join(self.locate(folder, base)?.file))
            }
            result => result,
        }
    }

    /// Moves a message to another folder with a rename, where it gets the base name `base_there`.
    ///
    /// # Errors
    /// `NotFound` if the message is gone.
    pub(crate) fn move_message(
        &self,
        from: &FolderPath,
        base: &str,
        entry: &Entry,
        to: &FolderPath,
        base_there: &str,
    ) -> io::Result<Entry> {
        self.ensure(to)?;
        let moved = self::entry(base_there, &carried(from, to, &entry.flags));
        let directory = self.directory(to);
        self.rename(from, base, entry, &directory.join(&moved.file))?;
        sync_directory(&directory.join(CUR));
        Ok(moved)
    }

    /// Copies a message, with its flags and time of delivery, to the base name `base_there`.
    ///
    /// # Errors
    /// `NotFound` if the message is gone.
    pub(crate) fn copy_message(
        &self,
        from: &FolderPath,
        base: &str,
        entry: &Entry,
        to: &FolderPath,
        base_there: &str,
    ) -> io::Result<Entry> {
        let mut file = self.open(from, base, &entry.file)?;
        let delivered = file.metadata()?.modified().ok();
        let mut content = Vec::new();
        io::Read::read_to_end(&mut file, &mut content)?;
        self.deliver(to, base_there, &content, &carried(from, to, &entry.flags), delivered)
    }

    /// Renames a folder and all that lie below it.
    ///
    /// # Errors
    /// `AlreadyExists` if there is anything at or below `new`. What the disk says; then what had moved is moved back.
    pub(crate) fn rename_folder(&self, old: &FolderPath, new: &FolderPath) -> io::Result<()> {
        let folders = self.folders()?;
        if folders.iter().any(|folder| folder.is_within(new) && !folder.is_within(old)) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let mut moved = Vec::new();
        for folder in folders.iter().filter(|folder| folder.is_within(old)) {
            let (from, to) = (self.directory(folder), self.directory(&folder.moved(old, new)));
            if let Err(error) = fs::rename(&from, &to) {
                for (from, to) in moved.into_iter().rev() {
                    fs::rename::<PathBuf, PathBuf>(to, from)?;
                }
                return Err(error);
            }
            moved.push((from, to));
        }
        Ok(())
    }

    /// Notes that a folder is about to get another place: if that is cut off, whoever comes next goes on with it.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn begin_rename(&self, old: &FolderPath, new: &FolderPath) -> io::Result<()> {
        let (Some(old), Some(new)) = (old.directory(), new.directory()) else {
            return Err(ErrorKind::PermissionDenied.into());
        };
        let (note, tmp) = (self.root.join(RENAME), self.root.join(format!("{RENAME}.new")));
        let _ = fs::remove_file(&tmp);
        write_new(&tmp, format!("{old}\n{new}\n").as_bytes(), None)?;
        fs::rename(tmp, note)
    }

    /// The rename that was begun and not ended.
    pub(crate) fn unfinished_rename(&self) -> Option<(FolderPath, FolderPath)> {
        let note = fs::read_to_string(self.root.join(RENAME)).ok()?;
        let (old, new) = note.trim_end().split_once('\n')?;
        Some((FolderPath::from_directory(old)?, FolderPath::from_directory(new)?))
    }

    /// Moves what is still in the old place to the new one.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn go_on_with_rename(&self, old: &FolderPath, new: &FolderPath) -> io::Result<()> {
        for folder in self.folders()?.iter().filter(|folder| folder.is_within(old)) {
            match fs::rename(self.directory(folder), self.directory(&folder.moved(old, new))) {
                // Somebody else goes on with it too.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                result => result?,
            }
        }
        Ok(())
    }

    /// Forgets the note of [`Self::begin_rename`].
    pub(crate) fn end_rename(&self) {
        // A note that stays is found again, and there is nothing left to do then.
        let _ = fs::remove_file(self.root.join(RENAME));
    }

    /// Removes one folder, not those below it. The Inbox is the tree and stays.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn remove_folder(&self, folder: &FolderPath) -> io::Result<()> {
        let Some(name) = folder.directory() else { return Err(ErrorKind::PermissionDenied.into()) };
        match fs::remove_dir_all(self.root.join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            result => result,
        }
    }

    /// Reads a small file of the folder's directory; none if it is not there or not text.
    pub(crate) fn read_state(&self, folder: &FolderPath, name: &str) -> Option<String> {
        fs::read_to_string(self.directory(folder).join(name)).ok()
    }

    /// Writes a small file into the folder's directory, all or nothing.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn write_state(&self, folder: &FolderPath, name: &str, content: &str) -> io::Result<()> {
        self.ensure(folder)?;
        let directory = self.directory(folder);
        let tmp = directory.join(TMP).join(unique_base(content.len() as u64));
        // Not synchronised: what it holds can be made again.
        fs::write(&tmp, content)?;
        fs::rename(tmp, directory.join(name))
    }

    /// Adds to a small file of the folder's directory, which must be there.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn append_state(&self, folder: &FolderPath, name: &str, text: &str) -> io::Result<()> {
        File::options().append(true).open(self.directory(folder).join(name))?.write_all(text.as_bytes())
    }

    /// Renames a message file, looking for it again if it is not where it was.
    fn rename(&self, folder: &FolderPath, base: &str, entry: &Entry, target: &Path) -> io::Result<()> {
        let directory = self.directory(folder);
        // `cur` may be missing: a folder that only ever received mail has `new`.
        self.ensure(folder)?;
        match fs::rename(directory.join(&entry.file), target) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::rename(directory.join(self.locate(folder, base)?.file), target)
            }
            result => result,
        }
    }
}

/// The names in a directory; none if it does not exist.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    match mapistore_sdk::files::names(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        result => result,
    }
}

/// A file in `cur`.
fn entry(base: &str, flags: &Flags) -> Entry {
    let name = FileName { base: base.to_owned(), flags: flags.clone() };
    Entry { flags: flags.clone(), file: format!("{CUR}/{name}") }
}

fn write_new(path: &Path, content: &[u8], modified: Option<SystemTime>) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    if let Some(time) = modified {
        // A nicety: without it the message shows the time of the copy.
        let _ = file.set_modified(time);
    }
    file.sync_all()
}

/// Makes a rename durable. If that fails, it is done all the same: what can be said is said to the operator.
fn sync_directory(directory: &Path) {
    if let Err(error) = mapistore_sdk::files::sync_directory(directory) {
        log::warn!("`{}` cannot be synchronised: {error}", directory.display());
    }
}

/// The flags that a message takes along: a keyword's letter means something in its own folder only.
fn carried(from: &FolderPath, to: &FolderPath, flags: &Flags) -> Flags {
    if from == to { flags.clone() } else { flags.without_keywords() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::new(directory.path().join("Maildir"));
        (directory, store)
    }

    fn folder(directory: &str) -> FolderPath {
        FolderPath::from_directory(directory).unwrap()
    }

    /// Delivers to the Inbox, and answers the base name.
    fn deliver(store: &Store, content: &[u8], flags: &str) -> String {
        let base = unique_base(content.len() as u64);
        store.deliver(&FolderPath::inbox(), &base, content, &Flags::parse(flags), None).unwrap();
        base
    }

    #[test]
    fn a_root_that_does_not_exist_is_an_empty_tree() {
        let (_guard, store) = store();
        assert!(store.folders().unwrap().is_empty());
        assert!(store.scan(&FolderPath::inbox()).unwrap().is_empty());
        assert!(store.exists(&FolderPath::inbox()).unwrap());
        assert!(!store.exists(&folder(".Sent")).unwrap());
    }

    #[test]
    fn a_delivered_message_is_in_cur_with_its_bytes_and_flags() {
        let (_guard, store) = store();
        let inbox = FolderPath::inbox();
        let base = deliver(&store, b"Subject: x\n\ny", "S");
        let entries = store.scan(&inbox).unwrap();
        assert!(entries[&base].flags.has(Flags::SEEN));
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut store.open(&inbox, &base, &entries[&base].file).unwrap(), &mut bytes)
            .unwrap();
        assert_eq!(bytes, b"Subject: x\n\ny");
        assert!(names(&store.directory(&inbox).join(TMP)).unwrap().is_empty());
    }

    #[test]
    fn a_file_renamed_by_another_program_is_found_again() {
        let (_guard, store) = store();
        let inbox = FolderPath::inbox();
        let base = deliver(&store, b"x", "");
        let before = store.scan(&inbox).unwrap()[&base].clone();
        let other = store.set_flags(&inbox, &base, &before, &Flags::parse("FS")).unwrap();
        assert!(store.open(&inbox, &base, &before.file).is_ok());
        assert_eq!(store.locate(&inbox, &base).unwrap(), other);
        store.set_flags(&inbox, &base, &before, &Flags::parse("T")).unwrap();
        store.remove(&inbox, &base, &before).unwrap();
        assert_eq!(store.remove(&inbox, &base, &before).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn a_message_moves_and_copies_with_its_flags() {
        let (_guard, store) = store();
        let (inbox, sent) = (FolderPath::inbox(), folder(".Sent"));
        let base = deliver(&store, b"x", "S");
        let entry = store.locate(&inbox, &base).unwrap();
        store.copy_message(&inbox, &base, &entry, &sent, "copy").unwrap();
        assert_eq!(store.move_message(&inbox, &base, &entry, &sent, &base).unwrap(), entry);
        assert!(store.scan(&inbox).unwrap().is_empty());
        assert_eq!(store.scan(&sent).unwrap().len(), 2);
    }

    #[test]
    fn flags_that_dovecot_sets_in_new_are_seen_and_kept() {
        let (_guard, store) = store();
        let inbox = FolderPath::inbox();
        store.ensure(&inbox).unwrap();
        std::fs::write(store.directory(&inbox).join("new/1.host:2,RSa"), "x").unwrap();
        let entry = store.scan(&inbox).unwrap()["1.host"].clone();
        assert_eq!(entry.flags.as_str(), "RSa");
        let unread =
            store.set_flags(&inbox, "1.host", &entry, &entry.flags.with(Flags::SEEN, false)).unwrap();
        assert_eq!(unread.file, "cur/1.host:2,Ra");
    }

    #[test]
    fn keywords_stay_behind_when_a_message_changes_its_folder() {
        let (_guard, store) = store();
        let (inbox, sent) = (FolderPath::inbox(), folder(".Sent"));
        let base = deliver(&store, b"x", "Sab");
        let entry = store.locate(&inbox, &base).unwrap();
        let copied = store.copy_message(&inbox, &base, &entry, &sent, "copy").unwrap();
        let moved = store.move_message(&inbox, &base, &entry, &sent, &base).unwrap();
        assert_eq!((copied.flags.as_str(), moved.flags.as_str()), ("S", "S"));
    }

    #[test]
    fn renaming_a_folder_renames_all_below_and_never_over_another() {
        let (_guard, store) = store();
        for name in [".a", ".a.b", ".ab", ".c"] {
            store.ensure(&folder(name)).unwrap();
        }
        let error = store.rename_folder(&folder(".a"), &folder(".c")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        store.rename_folder(&folder(".a"), &folder(".x")).unwrap();
        assert_eq!(store.folders().unwrap(), [".ab", ".c", ".x", ".x.b"].map(folder));
    }

    #[test]
    fn a_folder_without_a_directory_exists_if_one_below_it_does() {
        let (_guard, store) = store();
        store.ensure(&folder(".a.b")).unwrap();
        assert!(store.exists(&folder(".a")).unwrap());
        assert!(store.scan(&folder(".a")).unwrap().is_empty());
    }
}
