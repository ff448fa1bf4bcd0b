//! The two drivers of the index: whatever is asked of them, they answer the same.

use std::fmt::Debug;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use arbitrary::{Arbitrary, Result, Unstructured};
use mapistore::index::{
    BATCH_MAX, ChangeNumber, DeleteMode, Fmid, Globcnt, Index, LmdbIndex, LmdbOptions, LoadRecord,
    MailboxChange, Member, MemoryIndex, NamedProperty, NewMailboxRow, Owner, PermissionEdit, PermissionRow,
    PermissionUpdate, Place, PropertyName, Scope, Uri,
};
use tempfile::TempDir;

use crate::make::{bytes, list, text};

/// Both drivers, open for as long as the process runs.
struct Both {
    memory: MemoryIndex,
    lmdb: LmdbIndex,
    _dir: TempDir,
}

static BOTH: LazyLock<Mutex<Both>> = LazyLock::new(|| {
    // Each change waits for the disk. In memory, where there is such a place, that is no time.
    let shared = Path::new("/dev/shm");
    let dir = if shared.is_dir() { TempDir::new_in(shared) } else { TempDir::new() };
    let dir = dir.expect("a temporary directory");
    let lmdb = LmdbIndex::open(dir.path(), LmdbOptions::default()).expect("an index on disk");
    Mutex::new(Both { memory: MemoryIndex::default(), lmdb, _dir: dir })
});

impl Both {
    /// Asks both the same.
    fn ask<T: Debug>(&self, what: &dyn Debug, call: impl Fn(&dyn Index) -> T) -> T {
        let (memory, lmdb) = (call(&self.memory), call(&self.lmdb));
        // Errors have no other equality than their text.
        assert_eq!(
            format!("{memory:?}"),
            format!("{lmdb:?}"),
            "memory and LMDB answer differently after {what:?}"
        );
        memory
    }

    /// As [`ask`](Self::ask), where the answer leads nowhere.
    fn same<T: Debug>(&self, what: &dyn Debug, call: impl Fn(&dyn Index) -> T) {
        let _ = self.ask(what, call);
    }
}

/// One call, with ids as positions among those that were given out.
#[derive(Debug)]
enum Step {
    Ensure(Vec<Uri>),
    Add(Fmid, Uri),
    Update(Fmid, Uri),
    Rename(Uri, Uri),
    Remove(Vec<Fmid>, DeleteMode),
    GetIds(Vec<Uri>),
    GetUris(Vec<Fmid>),
    Find(String, String, Option<Fmid>, usize),
    ListDeleted(String, ChangeNumber),
    Reserve(u32),
    Numbers(usize),
    Named(Vec<NamedProperty>, bool),
    Names(Vec<u16>),
    Mailbox(MailboxChange),
    Permissions(Fmid, PermissionUpdate),
    Load(Vec<LoadRecord>, Option<Globcnt>),
    Dump(Option<Fmid>, usize),
    RemoveOwner,
}

/// What was answered so far, to ask with.
#[derive(Default)]
struct Known {
    ids: Vec<Fmid>,
    numbers: Vec<ChangeNumber>,
}

/// A sequence of calls for two owners; each answer, and all that is there afterwards, is the same in both drivers.
pub(crate) fn operations(data: &[u8]) {
    let both = BOTH.lock().unwrap_or_else(PoisonError::into_inner);
    let mut u = Unstructured::new(data);
    let owners = ["alice", "bob"].map(|name| Owner::parse(name).expect("a short name"));
    let (mut known, mut steps) = (Known::default(), Vec::new());
    for _ in 0..64 {
        if u.is_empty() {
            break;
        }
        let owner = &owners[usize::from(u.ratio(1, 8).unwrap_or_default())];
        let scope = match u.ratio(1, 8) {
            Ok(true) => Scope::operator(owner.clone()),
            _ => Scope::namespace(owner.clone(), "n").expect("a namespace"),
        };
        if let Ok(step) = step(&mut u, &known) {
            steps.push((scope, step));
            run(&both, &steps, &mut known);
        }
    }
    let steps = &steps;
    both.same(&steps, |index| {
        index.stats().map(|stats| mapistore::index::Stats { disk_bytes: 0, folders: 0, ..stats })
    });
    both.same(&steps, |index| index.owners());
    for owner in &owners {
        both.same(&steps, |index| index.dump(owner, None, BATCH_MAX));
        both.same(&steps, |index| index.mailbox(owner));
    }
    for index in [&both.memory as &dyn Index, &both.lmdb] {
        let report = index.verify().expect("storage that works");
        assert!(report.is_clean(), "{report:?}");
    }
    for owner in &owners {
        both.same(&steps, |index| index.remove_owner(owner));
    }
}

/// Runs the last of the steps; the others are for the report.
fn run(both: &Both, steps: &[(Scope, Step)], known: &mut Known) {
    let Some((scope, step)) = steps.last() else { return };
    let owner = scope.owner();
    match step {
        Step::Ensure(uris) => {
            known.ids.extend(both.ask(&steps, |index| index.ensure_ids(scope, uris)).unwrap_or_default());
        }
        Step::Add(id, uri) => both.same(&steps, |index| index.add(scope, *id, uri)),
        Step::Update(id, uri) => both.same(&steps, |index| index.update(scope, *id, uri)),
        Step::Rename(old, new) => both.same(&steps, |index| index.rename_prefix(scope, old, new)),
        Step::Remove(ids, mode) => both.same(&steps, |index| index.remove(scope, ids, *mode)),
        Step::GetIds(uris) => both.same(&steps, |index| index.get_ids(scope, uris)),
        Step::GetUris(ids) => both.same(&steps, |index| index.get_uris(scope, ids)),
        Step::Find(prefix, suffix, after, limit) => {
            both.same(&steps, |index| index.find(scope, prefix, suffix, *after, *limit));
        }
        Step::ListDeleted(prefix, since) => {
            both.same(&steps, |index| index.list_deleted(scope, prefix, *since));
        }
        Step::Reserve(count) => {
            known.ids.extend(both.ask(&steps, |index| index.reserve(scope, *count)).map(|range| range.first));
        }
        Step::Numbers(count) => {
            let numbers = both.ask(&steps, |index| index.next_change_numbers(scope, *count));
            known.numbers.extend(numbers.unwrap_or_default().first());
        }
        Step::Named(names, create) => both.same(&steps, |index| index.named_to_ids(owner, names, *create)),
        Step::Names(ids) => both.same(&steps, |index| index.names_of_ids(owner, ids)),
        Step::Mailbox(change) => {
            // Mostly what the mailbox is now; the revision of the change counts only where it is another.
            let revision =
                both.ask(&steps, |index| index.mailbox(owner)).map_or(0, |mailbox| mailbox.revision);
            let change = MailboxChange { revision: revision.wrapping_add(change.revision), ..change.clone() };
            let added = both.ask(&steps, |index| index.change_mailbox(owner, &change));
            known.ids.extend(added.unwrap_or_default());
        }
        Step::Permissions(folder, update) => {
            both.same(&steps, |index| index.modify_permissions(owner, *folder, update));
            both.same(&steps, |index| index.get_permissions(owner, *folder));
        }
        Step::Load(records, globcnt) => both.same(&steps, |index| index.load(owner, records, *globcnt)),
        Step::Dump(after, limit) => both.same(&steps, |index| index.dump(owner, *after, *limit)),
        Step::RemoveOwner => both.same(&steps, |index| index.remove_owner(owner)),
    }
}

fn step(u: &mut Unstructured<'_>, known: &Known) -> Result<Step> {
    Ok(match u.int_in_range(0..=20)? {
        0..=2 => Step::Ensure(list(u, 3, uri)?),
        3 => Step::Add(id(u, known)?, uri(u)?),
        4 => Step::Update(id(u, known)?, uri(u)?),
        5 | 6 => Step::Rename(uri(u)?, uri(u)?),
        7 | 8 => {
            let mode = if u.arbitrary()? { DeleteMode::Soft } else { DeleteMode::Hard };
            Step::Remove(list(u, 3, |u| id(u, known))?, mode)
        }
        9 => Step::GetIds(list(u, 3, uri)?),
        10 => Step::GetUris(list(u, 3, |u| id(u, known))?),
        11 => {
            let uri = uri(u)?;
            let mut prefix = String::from(uri);
            prefix.truncate(prefix.floor_char_boundary(u.int_in_range(0..=prefix.len())?));
            let after = if u.arbitrary()? { Some(id(u, known)?) } else { None };
            let suffix = u.choose(&["", "/", "b", "a/"])?;
            Step::Find(prefix, (*suffix).into(), after, u.int_in_range(0..=5)?)
        }
        12 => {
            let since = if known.numbers.is_empty() { ChangeNumber(0) } else { *u.choose(&known.numbers)? };
            Step::ListDeleted(uri(u)?.folder().to_owned(), since)
        }
        13 => Step::Reserve(u.int_in_range(0..=5)?),
        14 => Step::Numbers(u.int_in_range(0..=3)?),
        15 => Step::Named(list(u, 3, named)?, u.arbitrary()?),
        16 => Step::Names(list(u, 3, |u| Ok(0x8000 | u.int_in_range(0..=8)?))?),
        17 => Step::Mailbox(MailboxChange {
            revision: u64::from(u.ratio(1, 8)?),
            head: Option::<bool>::arbitrary(u)?.map(|_| b"head".to_vec()),
            remove: list(u, 2, |u| id(u, known))?,
            put: list(u, 2, |u| Ok((id(u, known)?, bytes(u)?)))?,
            add: list(u, 3, |u| Ok(NewMailboxRow { place: place(u)?, details: bytes(u)? }))?,
        }),
        18 => Step::Permissions(
            id(u, known)?,
            PermissionUpdate {
                replace_all: u.ratio(1, 4)?,
                include_free_busy: u.arbitrary()?,
                edits: list(u, 4, edit)?,
            },
        ),
        19 => {
            let record = |u: &mut Unstructured<'_>| {
                Ok(LoadRecord { id: id(u, known)?, uri: uri(u)?, deleted: u.arbitrary()? })
            };
            let globcnt = if u.arbitrary()? { Globcnt::new(u.int_in_range(0..=100)?) } else { None };
            Step::Load(list(u, 3, record)?, globcnt)
        }
        _ if u.ratio(1, 4)? => Step::RemoveOwner,
        _ => Step::Dump(if u.arbitrary()? { Some(id(u, known)?) } else { None }, u.int_in_range(0..=5)?),
    })
}

/// One that was given out, one that may have been, or any.
fn id(u: &mut Unstructured<'_>, known: &Known) -> Result<Fmid> {
    match u.int_in_range(0..=7)? {
        7 => Ok(Fmid(u.arbitrary()?)),
        6 => Ok(Globcnt::new(u.int_in_range(0..=40)?).map_or(Fmid(0), Fmid::from)),
        _ if known.ids.is_empty() => Ok(Fmid(0)),
        _ => Ok(*u.choose(&known.ids)?),
    }
}

/// Of few components, so that they meet; in the namespace `n` but for a few.
fn uri(u: &mut Unstructured<'_>) -> Result<Uri> {
    const LONG: &str =
        "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll";
    let mut text = String::from(if u.ratio(1, 16)? { "m://" } else { "n://" });
    for part in list(u, 4, |u| Ok(*u.choose(&["a", "b", "ab", "", LONG, "%", "ä"])?))? {
        // The longest key of LMDB is in reach of the long name.
        text.push_str(&if part == LONG { LONG.repeat(u.int_in_range(1..=12)?) } else { part.into() });
        if u.ratio(3, 4)? {
            text.push('/');
        }
    }
    Uri::parse(text).map_err(|_| arbitrary::Error::IncorrectFormat)
}

fn named(u: &mut Unstructured<'_>) -> Result<NamedProperty> {
    let name =
        if u.arbitrary()? { PropertyName::Lid(u.int_in_range(0..=3)?) } else { PropertyName::Text(text(u)?) };
    Ok(NamedProperty { set: u.int_in_range(0..=1)?, name })
}

fn place(u: &mut Unstructured<'_>) -> Result<Place> {
    Ok(match u.int_in_range(0..=2)? {
        0 => Place::Nowhere,
        1 => Place::At(uri(u)?),
        _ => Place::Below(uri(u)?),
    })
}

fn edit(u: &mut Unstructured<'_>) -> Result<PermissionEdit> {
    let member = match u.int_in_range(0..=3)? {
        0 => Member::Default,
        1 => Member::Anonymous,
        _ => Member::User(list(u, 2, |u| u.int_in_range(0..=1))?),
    };
    Ok(match u.int_in_range(0..=2)? {
        0 => PermissionEdit::Add(PermissionRow { member, name: Some(text(u)?), rights: u.arbitrary()? }),
        1 => PermissionEdit::Modify(PermissionRow { member, name: None, rights: u.arbitrary()? }),
        _ => PermissionEdit::Remove(member),
    })
}
