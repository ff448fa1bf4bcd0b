//! What an import has done, on disk, so that it can be killed and run again.
//!
//! A line each: `b KEY MID` before the message of this MID is made, `d KEY` after it was saved. The key is the digest of
//! the item's bytes and, since a mailbox may hold the same bytes twice, which of them it is. A `b` without its `d` is
//! looked up in the folder by its MID: it is there, or it is made again. So what the journal does not know is never there.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{BulkError, file_error};
use crate::index::Fmid;

const FORMAT: &str = "mapistore import 1";

/// How far an item has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Begun(Fmid),
    Done,
}

/// The journal of one import. While it is open, no other run can have it.
pub struct ImportJournal {
    path: PathBuf,
    file: File,
    states: HashMap<String, State>,
    /// How often the bytes of this digest came up in this run.
    seen: HashMap<[u8; 16], u64>,
}

impl ImportJournal {
    /// Opens the journal of an import into `target`, such as its URI and user; makes it if it is not there.
    ///
    /// # Errors
    /// The file is another's journal, or none; another run has it; the disk fails.
    pub fn open(path: &Path, target: &str) -> Result<Self, BulkError> {
        let wrong = |problem: &str| BulkError::Journal { path: path.to_owned(), problem: problem.to_owned() };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(file_error(path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(wrong("another run is using it")),
            Err(std::fs::TryLockError::Error(error)) => return Err(file_error(path)(error)),
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(file_error(path))?;
        // A line that was being written when the process died says nothing.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let mut lines = text[..whole].lines();
        let head = format!("{FORMAT} {}", target.escape_default());
        let states = match lines.next() {
            Some(found) if found == head => lines
                .map(parse)
                .collect::<Option<HashMap<_, _>>>()
                .ok_or_else(|| wrong("a line is not understood"))?,
            Some(found) if found.starts_with(FORMAT) => return Err(wrong("it is of another folder")),
            Some(_) => return Err(wrong("it has another format")),
            None if whole == text.len() => HashMap::new(),
            None => return Err(wrong("it has another format")),
        };
        let prepare = |file: &mut File| -> io::Result<()> {
            file.set_len(whole as u64)?;
            file.seek(io::SeekFrom::End(0))?;
            if whole == 0 {
                writeln!(file, "{head}")?;
            }
            Ok(())
        };
        prepare(&mut file).map_err(file_error(path))?;
        Ok(Self { path: path.to_owned(), file, states, seen: HashMap::new() })
    }

    /// The key of an item, and how far it has come.
    pub(super) fn look_up(&mut self, bytes: &[u8]) -> (String, Option<State>) {
        let mut digest = [0; 16];
        digest.copy_from_slice(&Sha256::digest(bytes)[..16]);
        let seen = self.seen.entry(digest).or_default();
        let key = format!("{:032x}-{seen}", u128::from_be_bytes(digest));
        *seen += 1;
        let state = self.states.get(&key).copied();
        (key, state)
    }

    /// Notes that these items are about to be made, and waits until that is on disk.
    pub(super) fn begin(&mut self, items: &[(String, Fmid)]) -> Result<(), BulkError> {
        let lines: String = items.iter().map(|(key, id)| format!("b {key} {:016x}\n", id.0)).collect();
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(file_error(&self.path))
    }

    /// Notes that an item is there. Should this be lost, it is found by its id.
    pub(super) fn done(&mut self, key: &str) -> Result<(), BulkError> {
        self.file.write_all(format!("d {key}\n").as_bytes()).map_err(file_error(&self.path))
    }
}

fn parse(line: &str) -> Option<(String, State)> {
    let mut words = line.split(' ');
    let (mark, key) = (words.next()?, words.next()?);
    let state = match (mark, words.next(), words.next()) {
        ("d", None, None) => State::Done,
        ("b", Some(id), None) => State::Begun(Fmid(u64::from_str_radix(id, 16).ok()?)),
        _ => return None,
    };
    Some((key.to_owned(), state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_and_done_is_known_in_the_next_run_and_a_torn_line_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let mut journal = ImportJournal::open(&path, "m://a/\n").unwrap();
        let (one, two) = (journal.look_up(b"x").0, journal.look_up(b"x").0);
        assert_ne!(one, two, "the same bytes twice are two items");
        journal.begin(&[(one.clone(), Fmid(7)), (two, Fmid(8))]).unwrap();
        journal.done(&one).unwrap();
        assert!(matches!(ImportJournal::open(&path, "m://a/\n"), Err(BulkError::Journal { .. })), "in use");
        drop(journal);
        let mut text = std::fs::read(&path).unwrap();
        text.extend(b"d torn");
        std::fs::write(&path, text).unwrap();
        let mut journal = ImportJournal::open(&path, "m://a/\n").unwrap();
        assert_eq!(journal.look_up(b"x"), (one, Some(State::Done)));
        assert_eq!(journal.look_up(b"x").1, Some(State::Begun(Fmid(8))));
        assert_eq!(journal.look_up(b"x").1, None);
        drop(journal);
        assert!(matches!(ImportJournal::open(&path, "m://b/"), Err(BulkError::Journal { .. })));
        std::fs::write(&path, "something else").unwrap();
        assert!(matches!(ImportJournal::open(&path, "m://a/"), Err(BulkError::Journal { .. })));
    }
}
