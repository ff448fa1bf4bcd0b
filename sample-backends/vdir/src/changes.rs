//! Change numbers of a collection's items, kept in a small file of the collection, `.mapistore-changes`.
//!
//! A vdir has no change numbers, so we remember what we saw: the kind and the stamp of each file, and the number it
//! got when it came or changed. What differs from that on the next look has changed behind our back. The file grows by
//! lines, the last of a name counts; one that is missing or of another index counts as empty, and a torn line as none.
//!
//! ```text
//! mapistore-changes 1 REPLICA-GUID
//! NUMBER KIND MODIFIED SIZE NAME [unread]
//! gone NAME
//! folder NUMBER KIND
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::item::Kind;
use crate::path::{escape, unescape};
use crate::store::Stamp;

/// The file's name. Programs ignore dot files.
pub(crate) const FILE: &str = ".mapistore-changes";

const HEADER: &str = "mapistore-changes 1";
/// After the name of an item that was marked as unread.
const UNREAD: &str = "unread";

/// What was last seen of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Its change number.
    pub(crate) number: u64,
    /// What it contained.
    pub(crate) kind: Kind,
    /// What it looked like.
    pub(crate) stamp: Stamp,
    /// Whether it was marked as unread: neither format has a place for that.
    pub(crate) unread: bool,
}

/// What was last seen of a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The change numbers of its folders.
    pub(crate) folders: BTreeMap<Kind, u64>,
    /// Its items by file name.
    pub(crate) items: BTreeMap<String, Change>,
    /// How many lines it took.
    pub(crate) lines: usize,
}

impl Changes {
    /// Reads the file; `None` if it was written with another index.
    pub(crate) fn parse(text: &str, replica: u128) -> Option<Self> {
        let (header, _) = text.split_once('\n')?;
        if header != format!("{HEADER} {replica:032x}") { None } else { Self::parse_any(text) }
    }

    /// Reads the file, of whatever index: kinds and stamps are true in all of them.
    pub(crate) fn parse_any(text: &str) -> Option<Self> {
        let mut changes = Self::default();
        let (_, lines) = text.strip_prefix(HEADER)?.split_once('\n')?;
        for line in lines.split_inclusive('\n') {
            changes.lines += 1;
            if let Some(line) = line.strip_suffix('\n') {
                // A line that was torn in the middle of two writers is as if it had never been written.
                let _ = changes.read_line(line);
            }
        }
        Some(changes)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let fields: Vec<&str> = line.split(' ').collect();
        match fields.as_slice() {
            ["gone", name] => drop(self.items.remove(&unescape(name)?)),
            ["folder", number, letter] => drop(self.folders.insert(kind(letter)?, hex(number)?)),
            [number, letter, modified, size, name, flags @ ..] => {
                let stamp = Stamp { modified: hex(modified)?, size: hex(size)? };
                let unread = flags.contains(&UNREAD);
                let change = Change { number: hex(number)?, kind: kind(letter)?, stamp, unread };
                self.items.insert(unescape(name)?, change);
            }
            _ => {}
        }
        Some(())
    }

    /// Writes the file.
    pub(crate) fn write(&self, replica: u128) -> String {
        let mut text = format!("{HEADER} {replica:032x}\n");
        for (kind, number) in &self.folders {
            text.push_str(&folder_line(*kind, *number));
        }
        for (name, change) in &self.items {
            text.push_str(&line(name, change));
        }
        text
    }
}

/// The line of an item that came or changed.
pub(crate) fn line(name: &str, change: &Change) -> String {
    let Change { number, kind, stamp: Stamp { modified, size }, unread } = change;
    let flags = if *unread { format!(" {UNREAD}") } else { String::new() };
    format!("{number:x} {} {modified:x} {size:x} {}{flags}\n", kind.letter(), escape(name))
}

/// The line of an item that went.
pub(crate) fn gone_line(name: &str) -> String {
    format!("gone {}\n", escape(name))
}

/// The line of a folder.
pub(crate) fn folder_line(kind: Kind, number: u64) -> String {
    let mut line = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(line, "folder {number:x} {}", kind.letter());
    line
}

fn kind(letter: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| letter.chars().eq([kind.letter()]))
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_a_torn_line_counts_as_none() {
        let change = |number| Change {
            number,
            kind: Kind::Task,
            stamp: Stamp { modified: 7, size: 1 << 40 },
            unread: number == 2,
        };
        let mut changes = Changes { folders: BTreeMap::from([(Kind::Event, 9)]), ..Changes::default() };
        changes.items =
            BTreeMap::from([("a b%.ics".to_owned(), change(0x1_0001)), ("ü.ics".to_owned(), change(2))]);
        let mut text = changes.write(42);
        assert_eq!(Changes::parse(&text, 42), Some(Changes { lines: 3, ..changes.clone() }));
        assert_eq!(Changes::parse(&text, 43), None);
        text += &line("ü.ics", &change(3));
        text += &gone_line("a b%.ics");
        text += "4 t 7";
        let read = Changes::parse(&text, 42).unwrap();
        assert_eq!((read.items.len(), read.items["ü.ics"].number, read.lines), (1, 3, 6));
    }
}
