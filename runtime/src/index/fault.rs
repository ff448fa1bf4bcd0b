//! An index that fails on purpose: for tests of whoever uses one.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{
    ChangeNumber, DeleteMode, DumpEntry, Entry, Fmid, Globcnt, IdRange, Index, IndexError, LoadOutcome,
    LoadRecord, MailboxChange, MailboxRows, NamedProperty, Owner, OwnerUsage, PermissionRow,
    PermissionUpdate, Report, Scope, Stats, Uri,
};

/// Passes every call on to another index, but for one, which fails with [`IndexError::Storage`] and does nothing.
///
/// A test that fails the first call, then the second, and so on until a run meets no fault, has seen every
/// state that a failing disk can leave its subject in.
pub struct FaultIndex<I> {
    inner: I,
    calls: AtomicUsize,
    fail_at: usize,
}

impl<I: Index> FaultIndex<I> {
    /// Wraps an index. `fail_at` is the number of the call that is to fail, counted from 1; 0 for none.
    pub fn new(inner: I, fail_at: usize) -> Self {
        FaultIndex { inner, calls: AtomicUsize::new(0), fail_at }
    }

    /// Returns how many calls there were.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Returns whether the call that is to fail has come.
    pub fn has_failed(&self) -> bool {
        self.fail_at != 0 && self.calls() >= self.fail_at
    }

    /// Gives the wrapped index back.
    pub fn into_inner(self) -> I {
        self.inner
    }

    fn next(&self) -> Result<&I, IndexError> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call == self.fail_at {
            Err(IndexError::storage("a fault was injected here"))
        } else {
            Ok(&self.inner)
        }
    }
}

macro_rules! pass_on {
    ($(fn $name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        impl<I: Index> Index for FaultIndex<I> {
            $(fn $name(&self, $($argument: $type),*) -> Result<$answer, IndexError> {
                self.next()?.$name($($argument),*)
            })*
        }
    };
}

pass_on! {
    fn get_uris(scope: &Scope, ids: &[Fmid]) -> Vec<Option<Entry>>;
    fn get_ids(scope: &Scope, uris: &[Uri]) -> Vec<Option<Entry>>;
    fn ensure_ids(scope: &Scope, uris: &[Uri]) -> Vec<Fmid>;
    fn find(scope: &Scope, prefix: &str, suffix: &str, after: Option<Fmid>, limit: usize) -> Vec<Entry>;
    fn add(scope: &Scope, id: Fmid, uri: &Uri) -> ();
    fn update(scope: &Scope, id: Fmid, uri: &Uri) -> ();
    fn rename_prefix(scope: &Scope, old: &Uri, new: &Uri) -> u64;
    fn remove(scope: &Scope, ids: &[Fmid], mode: DeleteMode) -> ();
    fn list_deleted(scope: &Scope, prefix: &str, since: ChangeNumber) -> Vec<Entry>;
    fn reserve(scope: &Scope, count: u32) -> IdRange;
    fn next_change_numbers(scope: &Scope, count: usize) -> Vec<ChangeNumber>;
    fn named_to_ids(owner: &Owner, names: &[NamedProperty], create: bool) -> Vec<Option<u16>>;
    fn names_of_ids(owner: &Owner, ids: &[u16]) -> Vec<Option<NamedProperty>>;
    fn mailbox(owner: &Owner) -> MailboxRows;
    fn change_mailbox(owner: &Owner, change: &MailboxChange) -> Vec<Fmid>;
    fn get_permissions(owner: &Owner, folder: Fmid) -> Vec<PermissionRow>;
    fn modify_permissions(owner: &Owner, folder: Fmid, update: &PermissionUpdate) -> ();
    fn owners() -> Vec<OwnerUsage>;
    fn dump(owner: &Owner, after: Option<Fmid>, limit: usize) -> Vec<DumpEntry>;
    fn load(owner: &Owner, records: &[LoadRecord], globcnt: Option<Globcnt>) -> Vec<LoadOutcome>;
    fn remove_owner(owner: &Owner) -> bool;
    fn verify() -> Report;
    fn stats() -> Stats;
}
