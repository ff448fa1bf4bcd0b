//! Change numbers of a folder's messages, kept in a small file of the folder, `mapistore-changes`.
//!
//! A Maildir has no change numbers, so we remember what we saw: the flags of each message, and the number it got
//! when it came or changed. What differs from that on the next look has changed behind our back. The file can be
//! made again, with higher numbers: one that is missing, torn, or of another index counts as empty.
//!
//! Knows the format; does not know the disk or the index.
//!
//! ```text
//! mapistore-changes 1 REPLICA-GUID FOLDER-CHANGE-NUMBER
//! CHANGE-NUMBER :FLAGS BASE-NAME [CHANGE-KEY PREDECESSORS]
//! ...
//! end COUNT
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::name::Flags;
use crate::path::{escape, unescape};

/// The file's name. Mail programs ignore files that they do not know beside `cur`.
pub(crate) const FILE: &str = "mapistore-changes";

const HEADER: &str = "mapistore-changes 1";

/// PidTagChangeKey and PidTagPredecessorChangeList, where an import supplied them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    /// PidTagChangeKey.
    pub(crate) change_key: Vec<u8>,
    /// PidTagPredecessorChangeList.
    pub(crate) predecessors: Vec<u8>,
}

/// What was last seen of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Its change number.
    pub(crate) number: u64,
    /// Its flags.
    pub(crate) flags: Flags,
    /// Its keys, where they do not follow from the number.
    pub(crate) keys: Option<Keys>,
}

/// What was last seen of a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The folder's own change number; 0 if it has none yet.
    pub(crate) folder: u64,
    /// Its messages by base name.
    pub(crate) messages: BTreeMap<String, Change>,
    /// How many lines stand behind the end.
    pub(crate) added: usize,
}

impl Changes {
    /// Reads the file; `None` if it is not whole, or was written with another index.
    pub(crate) fn parse(text: &str, replica: u128) -> Option<Self> {
        // Whole lines only.
        let mut lines = text[..text.rfind('\n')? + 1].lines();
        let mut header = lines.next()?.strip_prefix(HEADER)?.split_whitespace();
        if u128::from_str_radix(header.next()?, 16).ok()? != replica {
            return None;
        }
        let mut changes = Self { folder: number(header.next()?)?, ..Self::default() };
        for line in lines.by_ref() {
            if let Some(count) = line.strip_prefix("end ") {
                if count.parse() != Ok(changes.messages.len()) {
                    return None;
                }
                for line in lines {
                    changes.added += 1;
                    // One that two writers tore apart is as if it had never been written.
                    let _ = changes.read_added(line);
                }
                return Some(changes);
            }
            let (base, change) = parse_line(line)?;
            changes.messages.insert(base, change);
        }
        None
    }

    fn read_added(&mut self, line: &str) -> Option<()> {
        if let Some(base) = line.strip_prefix("gone ") {
            self.messages.remove(&unescape(base)?);
        } else if let Some(change) = line.strip_prefix("folder ") {
            self.folder = number(change)?;
        } else {
            let (base, change) = parse_line(line)?;
            self.messages.insert(base, change);
        }
        Some(())
    }

    /// Writes the file.
    pub(crate) fn write(&self, replica: u128) -> String {
        let mut text = format!("{HEADER} {replica:032x} {:x}\n", self.folder);
        for (base, change) in &self.messages {
            text.push_str(&message_line(base, change));
        }
        let _ = writeln!(text, "end {}", self.messages.len());
        text
    }
}

/// The line of a message that came or changed.
pub(crate) fn message_line(base: &str, change: &Change) -> String {
    let mut line = format!("{:x} :{} {}", change.number, change.flags.as_str(), escape(base));
    if let Some(keys) = &change.keys {
        // Writing to a string cannot fail.
        let _ = write!(line, " {} {}", hex(&keys.change_key), hex(&keys.predecessors));
    }
    line.push('\n');
    line
}

/// The line of a message that went.
pub(crate) fn gone_line(base: &str) -> String {
    format!("gone {}\n", escape(base))
}

/// The line of the folder itself.
pub(crate) fn folder_line(number: u64) -> String {
    format!("folder {number:x}\n")
}

fn parse_line(line: &str) -> Option<(String, Change)> {
    let mut fields = line.split(' ');
    let number = number(fields.next()?)?;
    let flags = Flags::parse(fields.next()?.strip_prefix(':')?);
    let base = unescape(fields.next()?)?;
    let keys = match (fields.next(), fields.next()) {
        (Some(key), Some(list)) => Some(Keys { change_key: unhex(key)?, predecessors: unhex(list)? }),
        (None, None) => None,
        _ => return None,
    };
    Some((base, Change { number, flags, keys }))
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

/// Bytes in hexadecimal, after an `x`: nothing is something too.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold("x".to_owned(), |text, byte| text + &format!("{byte:02x}"))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix('x')?.as_bytes();
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    if digits.len().is_multiple_of(2) { pairs.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes() -> Changes {
        let change = |number, flags, keys| Change { number, flags: Flags::parse(flags), keys };
        let keys = Keys { change_key: vec![0, 255], predecessors: Vec::new() };
        Changes {
            folder: 7,
            messages: BTreeMap::from([
                ("1.a b%".to_owned(), change(0x1_0001, "", None)),
                ("2.host,S=1".to_owned(), change(2, "FSa", Some(keys))),
            ]),
            added: 0,
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = changes().write(42);
        assert_eq!(Changes::parse(&text, 42), Some(changes()));
    }

    #[test]
    fn lines_behind_the_end_count_and_a_torn_one_counts_as_none() {
        let read = Change { number: 9, flags: Flags::parse("S"), keys: None };
        let mut text = changes().write(42);
        text += &message_line("1.a b%", &read);
        text += &message_line("3.new", &read);
        text += &gone_line("2.host,S=1");
        text += &folder_line(10);
        text += "b :FS\n8 :F 1.a";
        let expected =
            [("1.a b%", &read), ("3.new", &read)].map(|(base, read)| (base.to_owned(), read.clone()));
        assert_eq!(
            Changes::parse(&text, 42),
            Some(Changes { folder: 10, messages: expected.into(), added: 5 })
        );
    }

    #[test]
    fn a_file_that_is_torn_or_of_another_index_counts_as_none() {
        let text = changes().write(42);
        assert_eq!(Changes::parse(&text, 43), None);
        assert!((0..text.len() - 1).all(|end| Changes::parse(&text[..end], 42).is_none()));
        assert_eq!(Changes::parse(&text.replace(" 1 ", " 2 "), 42), None);
        assert_eq!(Changes::parse("\0\0\0\0", 42), None);
    }
}
