//! The owner's map between ids and URIs (`wit/index.wit`). In a component these are the host's functions. Natively they
//! work on a map in memory, one per thread, with the same rules except that it checks no namespace: for
//! unit tests, which [`reset`] it, and for measuring a backend without a sandbox.

#[cfg(any(not(target_arch = "wasm32"), test))]
mod memory;

#[cfg(target_arch = "wasm32")]
use crate::bindings::mapistore::backend::index as host;
use crate::{
    Result,
    types::{ChangeNumber, DeleteMode, Fmid},
};

pub use crate::bindings::mapistore::backend::index::{Entry, IdRange};

macro_rules! calls {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        $(
            $(#[$doc])*
            pub fn $name($($arg: $ty),*) -> Result<$ret> {
                #[cfg(target_arch = "wasm32")]
                return Ok(host::$name($($arg),*)?);
                #[cfg(not(target_arch = "wasm32"))]
                return crate::fault::call().and_then(|()| memory::with(|index| index.$name($($arg),*)));
            }
        )*
    };
}

calls! {
    /// The record of each id, live or tombstone; none where the id is unknown.
    fn get_uris(ids: &[Fmid]) -> Vec<Option<Entry>>;
    /// The record of each URI: the live one, or the tombstone made last.
    fn get_ids(uris: &[String]) -> Vec<Option<Entry>>;
    /// The live id of each URI; where there is none, a fresh one is registered.
    fn ensure_ids(uris: &[String]) -> Vec<Fmid>;
    /// Live records by literal prefix and suffix, in the order of their allocation, after the id `after`.
    fn find(prefix: &str, suffix: &str, after: Option<Fmid>, limit: u32) -> Vec<Entry>;
    /// Registers a URI under an id that the host allocated.
    fn add(id: Fmid, uri: &str) -> ();
    /// Gives a live record another URI.
    fn update(id: Fmid, uri: &str) -> ();
    /// Renames a container with all that is live below it; answers the number of records that changed.
    fn rename_prefix(old: &str, new: &str) -> u64;
    /// Makes live records tombstones, or records go for good.
    fn remove(ids: &[Fmid], mode: DeleteMode) -> ();
    /// Tombstones below a prefix that were made after `since`, in the order in which they were made.
    fn list_deleted(prefix: &str, since: ChangeNumber) -> Vec<Entry>;
    /// Allocates ids without registering anything.
    fn reserve(count: u32) -> IdRange;
    /// Fresh change numbers, each greater than all before.
    fn next_change_numbers(count: u32) -> Vec<ChangeNumber>;
}

/// Empties the native map of this thread.
#[cfg(not(target_arch = "wasm32"))]
pub fn reset() {
    memory::with(|index| *index = memory::Memory::default());
}

/// The id (or change number) with this GLOBCNT in the host's replica, 1.
pub const fn from_globcnt(globcnt: u64) -> Fmid {
    globcnt.swap_bytes() | 1
}

/// The GLOBCNT of an id or change number: what compares in the order of allocation.
pub const fn globcnt(id: Fmid) -> u64 {
    (id & !0xFFFF).swap_bytes()
}
