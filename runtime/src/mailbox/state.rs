//! What is kept of a mailbox, to bytes and back. Knows the index's rows; does not know what becomes of them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::slot::{role_name, role_named};
use super::{Language, Slot};
use crate::bindings::mapistore::backend::types::Role;
use crate::index::{Fmid, IndexError, MailboxRows};

/// The version of the rows' own format.
const FORMAT: u32 = 1;

/// About the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) format: u32,
    /// The language that folders were named in.
    pub(super) language: Language,
    /// The mailbox's own GUID, in hex.
    pub(super) guid: String,
}

/// A folder, or the one message that every mailbox has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) seat: Seat,
    /// The language's or the backend's name, before it was made unique.
    pub(super) base: String,
    /// What it is called.
    pub(super) name: String,
    /// Whether the name is the user's own.
    pub(super) renamed: bool,
    /// Whether its backend has opened it once.
    pub(super) initialised: bool,
}

/// What something is in the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Seat {
    /// A folder that every mailbox has.
    Standard(Slot),
    /// Another folder below the IPM subtree.
    Additional(#[serde(serialize_with = "write_role", deserialize_with = "read_role")] Role),
    /// The message with the owner's free/busy settings.
    LocalFreebusy,
}

impl Seat {
    /// The folder that it is in; none for the root.
    pub(super) fn parent(self) -> Option<Slot> {
        match self {
            Seat::Standard(slot) => slot.parent(),
            Seat::Additional(_) => Some(Slot::IpmSubtree),
            Seat::LocalFreebusy => Some(Slot::FreebusyData),
        }
    }
}

/// A row with its id and URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredRow {
    pub(super) id: Fmid,
    /// With its final slash.
    pub(super) uri: Option<String>,
    pub(super) row: Row,
}

/// A mailbox as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) revision: u64,
    /// None if there is no mailbox.
    pub(super) head: Option<Head>,
    pub(super) rows: Vec<StoredRow>,
}

impl Head {
    pub(super) fn new(language: Language, guid: u128) -> Head {
        Head { format: FORMAT, language, guid: format!("{guid:032x}") }
    }

    pub(super) fn guid(&self) -> u128 {
        u128::from_str_radix(&self.guid, 16).unwrap_or_default()
    }
}

impl Stored {
    /// # Errors
    /// The rows are not what [`to_bytes`] made.
    pub(super) fn read(rows: MailboxRows) -> Result<Stored, IndexError> {
        if rows.revision == 0 {
            return Ok(Stored::default());
        }
        let head: Head = from_bytes(&rows.head)?;
        if head.format != FORMAT {
            let problem = format!("the mailbox has format {}, this version reads {FORMAT}", head.format);
            return Err(IndexError::Corrupt(problem));
        }
        let row = |row: crate::index::MailboxRow| {
            let uri = row.uri.map(|uri| if uri.ends_with('/') { uri } else { uri + "/" });
            Ok(StoredRow { id: row.id, uri, row: from_bytes(&row.details)? })
        };
        let stored: Result<_, IndexError> = rows.rows.into_iter().map(row).collect();
        Ok(Stored { revision: rows.revision, head: Some(head), rows: stored? })
    }
}

pub(super) fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, IndexError> {
    serde_json::to_vec(value).map_err(|error| IndexError::Corrupt(error.to_string()))
}

fn from_bytes<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, IndexError> {
    serde_json::from_slice(bytes).map_err(|error| IndexError::Corrupt(format!("a row of a mailbox: {error}")))
}

fn write_role<S: Serializer>(role: &Role, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(role_name(*role))
}

fn read_role<'d, D: Deserializer<'d>>(deserializer: D) -> Result<Role, D::Error> {
    let name = String::deserialize(deserializer)?;
    role_named(&name).ok_or_else(|| serde::de::Error::custom(format!("`{name}` is no role")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{MAILBOX_ROW_BYTES_MAX, MailboxRow};

    fn row(seat: Seat) -> Row {
        Row { seat, base: "X".into(), name: "X (1)".into(), renamed: true, initialised: false }
    }

    #[test]
    fn rows_are_read_back() {
        for seat in [Seat::Standard(Slot::ToDo), Seat::Additional(Role::SentItems), Seat::LocalFreebusy] {
            assert_eq!(from_bytes::<Row>(&to_bytes(&row(seat)).unwrap()).unwrap(), row(seat));
        }
        assert_eq!(Head::new(Language::Fr, 7).guid(), 7);
    }

    #[test]
    fn the_longest_names_fit_a_row() {
        // JSON writes a character in at most 6 bytes, or in 4 of UTF-8.
        let long = "\u{1}".repeat(255);
        let row = Row { base: long.clone(), name: long, ..row(Seat::Additional(Role::DeletedItems)) };
        assert!(to_bytes(&row).unwrap().len() <= MAILBOX_ROW_BYTES_MAX);
    }

    #[test]
    fn what_is_not_a_row_is_an_error_and_not_a_panic() {
        let head = to_bytes(&Head::new(Language::En, 1)).unwrap();
        let newer = to_bytes(&Head { format: 2, ..Head::new(Language::En, 1) }).unwrap();
        for (head, details) in [
            (head.clone(), &b""[..]),
            (head.clone(), b"{}"),
            (
                head,
                br#"{"seat":{"additional":"king"},"base":"","name":"","renamed":false,"initialised":true}"#,
            ),
            (newer, b"[]"),
            (Vec::new(), b"[]"),
        ] {
            let rows = vec![MailboxRow { id: Fmid(1), uri: None, details: details.to_vec() }];
            let read = Stored::read(MailboxRows { revision: 1, head, rows });
            assert!(matches!(read, Err(IndexError::Corrupt(_))), "{read:?}");
        }
    }
}
