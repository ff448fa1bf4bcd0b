//! The mailbox owner's map between FID/MID and URI, and the source of ids, change numbers and named property ids.
//!
//! Owns the trait [`Index`], what goes through it, and the drivers: [`LmdbIndex`] keeps everything on disk,
//! [`MemoryIndex`] nothing. Both pass the same behaviour suite. Knows neither WebAssembly nor backends: a
//! caller says in a [`Scope`] which owner and which namespace it speaks for.
//!
//! Calls block (a change until it is on disk), so call from a thread that may.

mod fault;
mod fmid;
mod lmdb;
mod load;
mod mailbox;
mod memory;
mod permissions;
mod scope;
#[cfg(test)]
mod suite;
mod uri;

use std::error::Error;
use std::path::PathBuf;

pub use fault::FaultIndex;
pub use fmid::{ChangeNumber, Fmid, Globcnt, ParseIdError, REPLICA_ID};
pub use lmdb::{LmdbIndex, LmdbOptions};
pub use load::{LoadOutcome, LoadRecord};
pub use mailbox::{
    MAILBOX_ROW_BYTES_MAX, MAILBOX_ROWS_MAX, MailboxChange, MailboxRow, MailboxRows, NewMailboxRow, Place,
};
pub use memory::MemoryIndex;
pub use permissions::{
    MEMBER_BYTES_MAX, MEMBERS_MAX, Member, PermissionEdit, PermissionRow, PermissionUpdate,
};
pub use scope::{OWNER_BYTES_MAX, Owner, Scope};
pub use uri::{URI_BYTES_MAX, Uri, UriError};

/// The most ids, URIs or change numbers that one call takes or answers.
pub const BATCH_MAX: usize = 10_000;
/// The most ids that one call reserves.
pub const RESERVE_MAX: u32 = 65_536;
/// The most named properties that one call takes.
pub const PROPERTIES_MAX: usize = 1_000;
/// The longest name of a named property, in characters.
pub const PROPERTY_NAME_CHARS_MAX: usize = 254;
/// The first id of a named property (MS-OXPROPS 1.3.2).
pub const PROPERTY_ID_MIN: u16 = 0x8000;
/// The last id of a named property.
pub const PROPERTY_ID_MAX: u16 = 0xFFFE;

/// An index: one map per owner.
///
/// Each call is one transaction. When it answers `Ok`, all of it is done and, if the driver keeps anything, on
/// disk; when it answers `Err`, nothing of it is done. Calls may come from any number of threads. A list
/// longer than the limit is [`IndexError::OutOfRange`]; a URI outside the scope is
/// [`IndexError::ForeignNamespace`]; an id whose record is outside the scope is unknown.
pub trait Index: Send + Sync {
    /// Returns the record of each id, live or tombstone, or `None` where the id is unknown.
    ///
    /// # Errors
    /// More than [`BATCH_MAX`] ids; the storage failed.
    fn get_uris(&self, scope: &Scope, ids: &[Fmid]) -> Result<Vec<Option<Entry>>, IndexError>;

    /// Returns the record of each URI, or `None`. One trailing slash makes no difference. If the URI has several
    /// records, the live one; without a live one, the tombstone made last.
    ///
    /// # Errors
    /// More than [`BATCH_MAX`] URIs; one outside the scope; the storage failed.
    fn get_ids(&self, scope: &Scope, uris: &[Uri]) -> Result<Vec<Option<Entry>>, IndexError>;

    /// Returns the live id of each URI; where there is none, registers the URI under a fresh one.
    ///
    /// # Errors
    /// More than [`BATCH_MAX`] URIs; one outside the scope; no ids are left; [`IndexError::Quota`] if the scope's owner
    /// would have too many records; the storage failed.
    fn ensure_ids(&self, scope: &Scope, uris: &[Uri]) -> Result<Vec<Fmid>, IndexError>;

    /// Returns the live records whose URI begins with `prefix` and ends with `suffix`, literally, in the order in
    /// which their ids were allocated: at most `limit` of those after the id `after`.
    ///
    /// # Errors
    /// `limit` is not 1 to [`BATCH_MAX`]; `after` is not an id; the prefix is outside the scope; the storage
    /// failed.
    fn find(
        &self,
        scope: &Scope,
        prefix: &str,
        suffix: &str,
        after: Option<Fmid>,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError>;

    /// Registers a URI under an id that was allocated before.
    ///
    /// # Errors
    /// [`IndexError::InvalidId`] for an id never allocated; [`IndexError::IdTaken`] if it has a record, live or
    /// tombstone; [`IndexError::UriTaken`] if the URI has a live record; [`IndexError::Quota`] if the scope's owner would
    /// have too many records; the storage failed.
    fn add(&self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError>;

    /// Gives a live record another URI, or the same.
    ///
    /// # Errors
    /// [`IndexError::NotFound`] if the id is unknown or a tombstone; [`IndexError::UriTaken`] if another live
    /// record has the URI; the storage failed.
    fn update(&self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError>;

    /// Renames a container: puts `new` in place of `old` in every live record whose URI begins with `old`, and
    /// returns their number. Tombstones keep their URI.
    ///
    /// # Errors
    /// [`IndexError::NotContainer`] if one of the two does not end in a slash; [`IndexError::BelowItself`] if
    /// `new` lies below `old`; [`IndexError::UriTaken`] if there are live records below `new`; a URI would
    /// become too long; the storage failed.
    fn rename_prefix(&self, scope: &Scope, old: &Uri, new: &Uri) -> Result<u64, IndexError>;

    /// Soft: turns live records into tombstones, each stamped with a fresh change number. Hard: removes records,
    /// live or tombstone. Unknown ids change nothing, nor does a soft delete of a tombstone.
    ///
    /// # Errors
    /// More than [`BATCH_MAX`] ids; no change numbers are left; the storage failed.
    fn remove(&self, scope: &Scope, ids: &[Fmid], mode: DeleteMode) -> Result<(), IndexError>;

    /// Returns the tombstones whose URI begins with `prefix` and that were made after change number `since` (0:
    /// all), in the order in which they were made.
    ///
    /// # Errors
    /// `since` is not a change number; the prefix is outside the scope; the storage failed.
    fn list_deleted(
        &self,
        scope: &Scope,
        prefix: &str,
        since: ChangeNumber,
    ) -> Result<Vec<Entry>, IndexError>;

    /// Allocates `count` ids whose GLOBCNTs follow each other, without registering anything.
    ///
    /// # Errors
    /// `count` is not 1 to [`RESERVE_MAX`]; so many ids are not left; the storage failed.
    fn reserve(&self, scope: &Scope, count: u32) -> Result<IdRange, IndexError>;

    /// Returns `count` fresh change numbers, each greater than all before it.
    ///
    /// # Errors
    /// `count` is not 1 to [`BATCH_MAX`]; so many are not left; the storage failed.
    fn next_change_numbers(&self, scope: &Scope, count: usize) -> Result<Vec<ChangeNumber>, IndexError>;

    /// Returns the property id of each name. A name without one gets a new one if `create`, otherwise `None`.
    ///
    /// # Errors
    /// More than [`PROPERTIES_MAX`] names; a name that is empty or too long; no ids are left; the storage failed.
    fn named_to_ids(
        &self,
        owner: &Owner,
        names: &[NamedProperty],
        create: bool,
    ) -> Result<Vec<Option<u16>>, IndexError>;

    /// Returns the name of each property id, or `None` for one that was never given out.
    ///
    /// # Errors
    /// More than [`PROPERTIES_MAX`] ids; the storage failed.
    fn names_of_ids(&self, owner: &Owner, ids: &[u16]) -> Result<Vec<Option<NamedProperty>>, IndexError>;

    /// Returns an owner's mailbox: an empty one if there is none.
    ///
    /// # Errors
    /// The storage failed.
    fn mailbox(&self, owner: &Owner) -> Result<MailboxRows, IndexError>;

    /// Changes an owner's mailbox, registers the URIs of its new rows, and returns their ids in the order of
    /// [`MailboxChange::add`]. A change that is empty does nothing, and leaves the revision as it is.
    ///
    /// # Errors
    /// [`IndexError::MailboxChanged`] if the mailbox does not have the revision or a row that the change was planned
    /// for, or if it names a row twice, or an id would stand in two; [`IndexError::UriTaken`] if others have the URIs below a container;
    /// more than [`MAILBOX_ROWS_MAX`] rows, or more than [`MAILBOX_ROW_BYTES_MAX`] bytes in one; no ids are left;
    /// the storage failed.
    fn change_mailbox(&self, owner: &Owner, change: &MailboxChange) -> Result<Vec<Fmid>, IndexError>;

    /// Returns the permission rows of a folder; none if nobody ever gave it any.
    ///
    /// # Errors
    /// `folder` is not an id; the storage failed.
    fn get_permissions(&self, owner: &Owner, folder: Fmid) -> Result<Vec<PermissionRow>, IndexError>;

    /// Changes the permission rows of a folder.
    ///
    /// # Errors
    /// [`IndexError::InvalidId`] for an id never allocated; [`IndexError::MemberTaken`] and
    /// [`IndexError::MemberUnknown`] for a user who has a row already, or none; too many or too long members; the storage
    /// failed.
    fn modify_permissions(
        &self,
        owner: &Owner,
        folder: Fmid,
        update: &PermissionUpdate,
    ) -> Result<(), IndexError>;

    /// Returns every owner with anything in the index, in the order of their names, with what each uses.
    ///
    /// # Errors
    /// The storage failed.
    fn owners(&self) -> Result<Vec<OwnerUsage>, IndexError>;

    /// Returns an owner's records, live and tombstones, in the order of their ids: at most `limit` of those
    /// after the id `after`.
    ///
    /// # Errors
    /// `limit` is not 1 to [`BATCH_MAX`]; `after` is not an id; the storage failed.
    fn dump(&self, owner: &Owner, after: Option<Fmid>, limit: usize) -> Result<Vec<DumpEntry>, IndexError>;

    /// Puts records under the ids that they had elsewhere, live and tombstones, and lets no id up to `globcnt` or of a
    /// record be handed out again. Each record has an outcome; one that cannot be put keeps no other from it.
    /// Tombstones get fresh change numbers, in the order of the list.
    ///
    /// # Errors
    /// More than [`BATCH_MAX`] records; no change numbers are left; the storage failed.
    fn load(
        &self,
        owner: &Owner,
        records: &[LoadRecord],
        globcnt: Option<Globcnt>,
    ) -> Result<Vec<LoadOutcome>, IndexError>;

    /// Removes an owner with everything in it, and returns whether there was one. If the owner comes again,
    /// counters start anew.
    ///
    /// # Errors
    /// The storage failed. The owner may be gone even so; what is left of it on disk goes at the next start.
    fn remove_owner(&self, owner: &Owner) -> Result<bool, IndexError>;

    /// Checks every record against every other way to it, and all of them against the counters.
    ///
    /// # Errors
    /// The storage failed. What contradicts itself is no error: it is in the report.
    fn verify(&self) -> Result<Report, IndexError>;

    /// Returns what the whole index holds.
    ///
    /// # Errors
    /// The storage failed.
    fn stats(&self) -> Result<Stats, IndexError>;
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The FID or MID.
    pub id: Fmid,
    /// The URI; of a tombstone, what it had when it was deleted.
    pub uri: String,
    /// Whether this is a tombstone.
    pub soft_deleted: bool,
}

/// A record as the operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpEntry {
    /// The FID or MID.
    pub id: Fmid,
    /// The URI; of a tombstone, what it had when it was deleted.
    pub uri: String,
    /// The change number of the deletion, if this is a tombstone.
    pub deleted: Option<ChangeNumber>,
}

/// `count` ids whose GLOBCNTs follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdRange {
    /// The first.
    pub first: Fmid,
    /// How many there are.
    pub count: u32,
}

/// What a deletion leaves behind (IX-12: there is no third mode to refuse).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteMode {
    /// A tombstone.
    Soft,
    /// Nothing.
    Hard,
}

/// A property that is known by a name instead of a fixed id (MS-OXPROPS 1.3.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedProperty {
    /// The GUID of the property set, as the number that its text form shows.
    pub set: u128,
    /// The name in the set.
    pub name: PropertyName,
}

/// What a named property is called within its set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropertyName {
    /// A number, as with PidLid properties.
    Lid(u32),
    /// A text of 1 to [`PROPERTY_NAME_CHARS_MAX`] characters, compared byte by byte.
    Text(String),
}

/// An owner and what it uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerUsage {
    /// Whose index it is.
    pub owner: Owner,
    /// Live records.
    pub live: u64,
    /// Tombstones.
    pub tombstones: u64,
    /// Named properties that have an id.
    pub properties: u64,
    /// Ids handed out so far.
    pub ids: u64,
    /// Change numbers handed out so far.
    pub change_numbers: u64,
}

/// What the whole index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Owners with anything in the index.
    pub owners: u64,
    /// Live records.
    pub live: u64,
    /// Tombstones.
    pub tombstones: u64,
    /// Containers of the URI trees.
    pub folders: u64,
    /// Named properties that have an id.
    pub properties: u64,
    /// The size on disk; 0 if nothing is kept there.
    pub disk_bytes: u64,
}

/// What [`Index::verify`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Owners checked.
    pub owners: u64,
    /// Live records checked.
    pub live: u64,
    /// Tombstones checked.
    pub tombstones: u64,
    /// How many contradictions there are.
    pub problem_count: u64,
    /// The first [`Report::PROBLEMS_MAX`] of them, in words.
    pub problems: Vec<String>,
}

impl Report {
    /// How many problems are told in words.
    pub const PROBLEMS_MAX: usize = 100;

    /// Returns whether nothing contradicts itself.
    pub fn is_clean(&self) -> bool {
        self.problem_count == 0
    }

    fn problem(&mut self, text: String) {
        self.problem_count += 1;
        if self.problems.len() < Self::PROBLEMS_MAX {
            self.problems.push(text);
        }
    }
}

/// Why a call on the index did nothing.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A URI is empty, too long, or has no scheme.
    #[error(transparent)]
    InvalidUri(#[from] UriError),
    /// A URI, or the prefix of a search, is in a namespace that is not the caller's.
    #[error("`{uri}` is not in the namespace `{namespace}`")]
    ForeignNamespace {
        /// What was asked for.
        uri: String,
        /// What the caller may ask for.
        namespace: String,
    },
    /// A namespace is not the scheme of a URI.
    #[error("`{0}` is not a namespace: a letter, then letters, digits, `+`, `-` and `.`")]
    InvalidNamespace(String),
    /// An owner's name is empty or too long.
    #[error("the name of the owner has {bytes} bytes, 1 to {OWNER_BYTES_MAX} are allowed")]
    InvalidOwner {
        /// Its length.
        bytes: usize,
    },
    /// 0, an id of another replica, or one that was never allocated.
    #[error("`{0}` is not an id that was allocated here")]
    InvalidId(Fmid),
    /// Not a change number of this replica.
    #[error("`{0}` is not a change number")]
    InvalidChangeNumber(ChangeNumber),
    /// The name of a named property is empty or too long.
    #[error("the name of a property has {chars} characters, 1 to {PROPERTY_NAME_CHARS_MAX} are allowed")]
    InvalidPropertyName {
        /// Its length.
        chars: usize,
    },
    /// A number of things is outside its range.
    #[error("`{what}` is {value}, {min} to {max} are allowed")]
    OutOfRange {
        /// What there are too few or too many of.
        what: &'static str,
        /// How many.
        value: usize,
        /// The least allowed.
        min: usize,
        /// The most allowed.
        max: usize,
    },
    /// Only containers have anything below them.
    #[error("`{0}` is not a container: it does not end in a slash")]
    NotContainer(Uri),
    /// A container cannot be moved into itself.
    #[error("`{new}` lies below `{old}`, which it is to replace")]
    BelowItself {
        /// The container.
        old: Uri,
        /// Its new URI.
        new: Uri,
    },
    /// The id already has a record, live or tombstone.
    #[error("the id `{0}` is taken")]
    IdTaken(Fmid),
    /// The URI already has a live record, or there are some below it.
    #[error("the URI `{0}` is taken")]
    UriTaken(Uri),
    /// The mailbox is not what a change of it was planned for.
    #[error("the mailbox was changed by somebody else meanwhile")]
    MailboxChanged,
    /// The id is unknown, or a tombstone.
    #[error("there is no live record with the id `{0}`")]
    NotFound(Fmid),
    /// The user has a permission row already.
    #[error("the member has a permission row already")]
    MemberTaken,
    /// The user has no permission row.
    #[error("there is no permission row of this member")]
    MemberUnknown,
    /// A counter is at its end.
    #[error("the owner has no more {0} left")]
    Exhausted(&'static str),
    /// The owner has as many records as a caller of this scope may make.
    #[error("the owner would have {entries} records in the index, and `index_entries_max` is {max}")]
    Quota {
        /// How many there would be, tombstones included.
        entries: u64,
        /// The limit.
        max: u64,
    },
    /// The database has reached its largest size.
    #[error("the index is full: it may take {max_bytes} bytes (`map_size_bytes`)")]
    Full {
        /// That size.
        max_bytes: usize,
    },
    /// Another process, or another part of this one, has the index open.
    #[error("the index in `{path}` is in use by process {pid}")]
    InUse {
        /// Where it is.
        path: PathBuf,
        /// Who has it, as far as is known.
        pid: String,
    },
    /// The files were written by another version.
    #[error("the index in `{path}` has format {found}, this version reads format {supported}")]
    Format {
        /// Where it is.
        path: PathBuf,
        /// What it has.
        found: u32,
        /// What is known here.
        supported: u32,
    },
    /// What is stored contradicts itself.
    #[error("the index is corrupt: {0}")]
    Corrupt(String),
    /// The disk or the database failed. Nothing was done.
    #[error("the storage of the index does not work")]
    Storage(#[source] Box<dyn Error + Send + Sync>),
    /// The operation panicked, or the index is being closed. Nothing was done.
    #[error("the writer of the index gave no answer")]
    WriterLost,
}

impl IndexError {
    fn storage(error: impl Into<Box<dyn Error + Send + Sync>>) -> IndexError {
        IndexError::Storage(error.into())
    }
}

// The checks that every driver makes before it does anything.

fn check_range(what: &'static str, value: usize, min: usize, max: usize) -> Result<(), IndexError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(IndexError::OutOfRange { what, value, min, max }) }
}

fn check_uris(scope: &Scope, uris: &[Uri]) -> Result<(), IndexError> {
    check_range("uris", uris.len(), 0, BATCH_MAX)?;
    uris.iter().try_for_each(|uri| scope.admit(uri))
}

/// Returns the page's first candidate.
fn check_page(after: Option<Fmid>, limit: usize) -> Result<u64, IndexError> {
    check_range("limit", limit, 1, BATCH_MAX)?;
    match after {
        None => Ok(Globcnt::MIN.get()),
        Some(id) => id.globcnt().map(|last| last.get() + 1).ok_or(IndexError::InvalidId(id)),
    }
}

/// Returns the first change number of interest.
fn check_since(since: ChangeNumber) -> Result<u64, IndexError> {
    match since {
        ChangeNumber(0) => Ok(Globcnt::MIN.get()),
        _ => since.globcnt().map(|last| last.get() + 1).ok_or(IndexError::InvalidChangeNumber(since)),
    }
}

/// Returns whether there is anything to do.
fn check_rename(scope: &Scope, old: &Uri, new: &Uri) -> Result<bool, IndexError> {
    for uri in [old, new] {
        scope.admit(uri)?;
        if !uri.is_container() {
            return Err(IndexError::NotContainer(uri.clone()));
        }
    }
    match new.as_str().strip_prefix(old.as_str()) {
        Some("") => Ok(false),
        Some(_) => Err(IndexError::BelowItself { old: old.clone(), new: new.clone() }),
        None => Ok(true),
    }
}

fn check_properties(names: &[NamedProperty]) -> Result<(), IndexError> {
    check_range("names", names.len(), 0, PROPERTIES_MAX)?;
    for name in names {
        if let PropertyName::Text(text) = &name.name {
            let chars = text.chars().count();
            if !(1..=PROPERTY_NAME_CHARS_MAX).contains(&chars) {
                return Err(IndexError::InvalidPropertyName { chars });
            }
        }
    }
    Ok(())
}

/// Takes `count` numbers from a counter, and returns the first: a counter's value is the next to hand out.
fn take(counter: &mut u64, count: usize, what: &'static str) -> Result<Globcnt, IndexError> {
    let end = u64::try_from(count).ok().and_then(|count| counter.checked_add(count));
    let first = Globcnt::new(*counter).ok_or(IndexError::Exhausted(what))?;
    match end {
        Some(end) if end <= Globcnt::MAX.get() + 1 => {
            *counter = end;
            Ok(first)
        }
        _ => Err(IndexError::Exhausted(what)),
    }
}
