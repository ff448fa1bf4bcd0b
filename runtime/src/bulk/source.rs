//! What there is to import: files and directories, whatever their kind, as single items with what their names say.
//!
//! A directory is walked in the order of its names, without following symbolic links. In a Maildir, `tmp` is left out,
//! and so are files whose names begin with a dot; its folders below are walked like any other directory.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::mbox::{MboxReader, is_separator};
use super::{ITEM_BYTES_MAX, MboxFormat, split};

/// How deep directories are walked.
const DEPTH_MAX: usize = 64;

/// One item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportItem {
    /// Where it comes from: the file, and in a file of many the number of the item, from 1.
    pub origin: String,
    /// Its bytes, as they are.
    pub bytes: Vec<u8>,
    /// When it was delivered, as far as the file says: the time of a file with one message.
    pub delivered: Option<SystemTime>,
    /// The flags in a Maildir file's name, such as `FS`; none for other files.
    pub flags: Option<String>,
}

/// An item, or the name of what is none and the reason.
pub(super) type Next = Result<ImportItem, (String, String)>;

/// What there is to import from a path. Files are read one after another, and of an mbox no more than a message is held.
pub struct ImportSource {
    /// Files that were found and not read yet.
    files: VecDeque<Found>,
    /// What could not be walked.
    problems: VecDeque<(String, String)>,
    format: MboxFormat,
    /// The file that is being read.
    open: Option<Open>,
}

struct Found {
    path: PathBuf,
    in_maildir: bool,
}

struct Open {
    path: String,
    number: u64,
    items: Items,
}

enum Items {
    Mbox(Box<MboxReader<BufReader<File>>>),
    Held(VecDeque<ImportItem>),
}

impl ImportSource {
    /// Looks for files below a path, or takes it as the one file.
    ///
    /// # Errors
    /// It does not exist, or cannot be looked at.
    pub fn open(path: &Path, format: MboxFormat) -> io::Result<Self> {
        let mut source = Self { files: VecDeque::new(), problems: VecDeque::new(), format, open: None };
        if std::fs::metadata(path)?.is_dir() {
            std::fs::read_dir(path)?;
            source.walk(path, 0);
        } else {
            source.files.push_back(Found { path: path.to_owned(), in_maildir: is_in_maildir(path) });
        }
        Ok(source)
    }

    /// How many files there are left to read.
    pub fn files_left(&self) -> usize {
        self.files.len()
    }

    fn walk(&mut self, dir: &Path, depth: usize) {
        let entries = std::fs::read_dir(dir).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
        let mut entries = match entries {
            Ok(entries) if depth < DEPTH_MAX => entries,
            Ok(_) => return self.problems.push_back((shown(dir), "a directory too deep".to_owned())),
            Err(error) => return self.problems.push_back((shown(dir), cannot_read(&error))),
        };
        entries.sort_by_key(std::fs::DirEntry::file_name);
        let is_maildir = is_maildir(dir);
        let in_maildir = dir.parent().is_some_and(is_maildir_part(dir));
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    if !(is_maildir && name == "tmp") {
                        self.walk(&path, depth + 1);
                    }
                }
                // What stands beside `cur` is the mail programs' own.
                Ok(kind) if kind.is_file() && !is_maildir && !name.as_encoded_bytes().starts_with(b".") => {
                    self.files.push_back(Found { path, in_maildir });
                }
                Ok(_) => {}
                Err(error) => self.problems.push_back((shown(&path), cannot_read(&error))),
            }
        }
    }

    /// Opens a file and finds out what is in it.
    fn items_of(&self, found: &Found) -> Result<Items, String> {
        let path = &found.path;
        let file = File::open(path).map_err(|error| cannot_read(&error))?;
        let meta = file.metadata().map_err(|error| cannot_read(&error))?;
        let mut input = BufReader::new(file);
        let start = input.fill_buf().map_err(|error| cannot_read(&error))?;
        let kind = kind_of(path, start, found.in_maildir).ok_or("no kind of file that is known")?;
        if kind == Kind::Mbox {
            return Ok(Items::Mbox(Box::new(MboxReader::new(input, self.format))));
        }
        if meta.len() > ITEM_BYTES_MAX {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        input.take(ITEM_BYTES_MAX).read_to_end(&mut bytes).map_err(|error| cannot_read(&error))?;
        let is_mail = kind == Kind::Mail;
        let parts = match kind {
            Kind::Mail | Kind::Mbox => vec![bytes],
            Kind::Cards => or_whole(split::cards(&bytes), bytes),
            Kind::Calendar => or_whole(split::calendar_items(&bytes), bytes),
        };
        if parts.is_empty() {
            return Err("nothing in it".to_owned());
        }
        let many = parts.len() > 1;
        let item = |(number, bytes): (usize, Vec<u8>)| ImportItem {
            origin: if many { format!("{}#{}", shown(path), number + 1) } else { shown(path) },
            bytes,
            delivered: meta.modified().ok().filter(|_| is_mail),
            flags: found.in_maildir.then(|| flags(path)),
        };
        Ok(Items::Held(parts.into_iter().enumerate().map(item).collect()))
    }
}

impl Iterator for ImportSource {
    type Item = Next;

    fn next(&mut self) -> Option<Next> {
        loop {
            if let Some(open) = &mut self.open {
                match open.items.next(&open.path, &mut open.number) {
                    Some(next) => return Some(next),
                    None => self.open = None,
                }
            }
            if let Some(problem) = self.problems.pop_front() {
                return Some(Err(problem));
            }
            let found = self.files.pop_front()?;
            match self.items_of(&found) {
                Ok(items) => self.open = Some(Open { path: shown(&found.path), number: 0, items }),
                Err(problem) => return Some(Err((shown(&found.path), problem))),
            }
        }
    }
}

impl Items {
    fn next(&mut self, path: &str, number: &mut u64) -> Option<Next> {
        match self {
            Self::Held(items) => items.pop_front().map(Ok),
            Self::Mbox(reader) => {
                let read = reader.next()?;
                *number += 1;
                let origin = format!("{path}#{number}");
                Some(match read {
                    Ok(Some(bytes)) => Ok(ImportItem { origin, bytes, delivered: None, flags: None }),
                    Ok(None) => Err((origin, too_large())),
                    Err(error) => Err((origin, cannot_read(&error))),
                })
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Mail,
    Mbox,
    Cards,
    Calendar,
}

/// What a file is: by where it lies, by its name, by its beginning.
fn kind_of(path: &Path, start: &[u8], in_maildir: bool) -> Option<Kind> {
    if in_maildir {
        return Some(Kind::Mail);
    }
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    let by_name = match extension.as_deref() {
        Some("eml") => Some(Kind::Mail),
        Some("mbox") => Some(Kind::Mbox),
        Some("vcf" | "vcard") => Some(Kind::Cards),
        Some("ics" | "ical" | "ifb") => Some(Kind::Calendar),
        _ => None,
    };
    by_name.or_else(|| {
        let start = start.strip_prefix(split::BYTE_ORDER_MARK).unwrap_or(start);
        let first = start.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        if is_separator(first) {
            Some(Kind::Mbox)
        } else if first.trim_ascii().eq_ignore_ascii_case(b"BEGIN:VCARD") {
            Some(Kind::Cards)
        } else if first.trim_ascii().eq_ignore_ascii_case(b"BEGIN:VCALENDAR") {
            Some(Kind::Calendar)
        } else {
            None
        }
    })
}

/// A file in which no item is found goes as it is: whether it is one, the backend says.
fn or_whole(parts: Vec<Vec<u8>>, file: Vec<u8>) -> Vec<Vec<u8>> {
    if parts.is_empty() && !file.trim_ascii().is_empty() { vec![file] } else { parts }
}

fn is_maildir(dir: &Path) -> bool {
    dir.join("cur").is_dir() && dir.join("new").is_dir()
}

fn is_maildir_part(dir: &Path) -> impl FnOnce(&Path) -> bool + '_ {
    move |parent| dir.file_name().is_some_and(|name| name == "cur" || name == "new") && is_maildir(parent)
}

/// Whether a file lies in `cur` or `new` of a Maildir.
fn is_in_maildir(file: &Path) -> bool {
    file.parent().is_some_and(|dir| dir.parent().is_some_and(is_maildir_part(dir)))
}

/// The flags after `:2,` in the name of a Maildir file.
fn flags(path: &Path) -> String {
    let name = path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
    name.rsplit_once(":2,").map(|(_, flags)| flags.to_owned()).unwrap_or_default()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn cannot_read(error: &io::Error) -> String {
    format!("cannot be read: {}", error.kind())
}

fn too_large() -> String {
    format!("larger than {} MiB", ITEM_BYTES_MAX >> 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, content: &str) {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    #[test]
    fn a_directory_gives_every_kind_of_item_in_the_order_of_its_names() {
        let dir = tempfile::tempdir().unwrap();
        let cards = "BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nFN:B\nEND:VCARD\n";
        write(dir.path(), "a.vcf", cards);
        write(dir.path(), "b/one.eml", "S: eml\n\n");
        write(dir.path(), "c/cur/1.x:2,FS", "S: maildir\n\n");
        write(dir.path(), "c/new/2.x", "From x 10:00\n");
        write(dir.path(), "c/tmp/3.x", "never");
        write(dir.path(), "c/dovecot.index", "never");
        write(dir.path(), "c/.Sent/cur/4.x:2,S", "S: sent\n\n");
        std::fs::create_dir_all(dir.path().join("c/.Sent/new")).unwrap();
        write(
            dir.path(),
            "d",
            "From a@b Thu Jan 1 00:00:00 1970\nS: 1\n\nFrom a@b Thu Jan 1 00:00:00 1970\nS: 2\n",
        );
        write(dir.path(), "e.bin", "\0\x01");
        write(dir.path(), "f.ics", "no calendar");
        write(dir.path(), "f.vcf", "BEGIN:VCARD\nFN:cut off");
        write(dir.path(), "f2.ics", "\r\n");
        std::os::unix::fs::symlink("/", dir.path().join("g")).unwrap();
        let found: Vec<_> = ImportSource::open(dir.path(), MboxFormat::Rd)
            .unwrap()
            .map(|next| match next {
                Ok(item) => {
                    let name =
                        item.origin.strip_prefix(&format!("{}/", shown(dir.path()))).unwrap().to_owned();
                    (name, item.flags.unwrap_or_else(|| format!("{} bytes", item.bytes.len())))
                }
                Err((origin, problem)) => (origin.rsplit('/').next().unwrap().to_owned(), problem),
            })
            .collect();
        let expected = [
            ("a.vcf#1", "27 bytes"),
            ("a.vcf#2", "27 bytes"),
            ("b/one.eml", "8 bytes"),
            ("c/.Sent/cur/4.x:2,S", "S"),
            ("c/cur/1.x:2,FS", "FS"),
            ("c/new/2.x", ""),
            ("d#1", "5 bytes"),
            ("d#2", "5 bytes"),
            ("e.bin", "no kind of file that is known"),
            ("f.ics", "11 bytes"),
            ("f.vcf", "23 bytes"),
            ("f2.ics", "nothing in it"),
        ];
        assert_eq!(found, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn a_single_file_is_taken_and_a_missing_one_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "x.eml", "S: x\n\n");
        let mut source = ImportSource::open(&dir.path().join("x.eml"), MboxFormat::Rd).unwrap();
        assert_eq!(source.next().unwrap().unwrap().bytes, b"S: x\n\n");
        assert!(source.next().is_none());
        assert!(ImportSource::open(&dir.path().join("none"), MboxFormat::Rd).is_err());
    }
}
