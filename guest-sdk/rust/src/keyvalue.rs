//! Buckets of keys and values that the host keeps, durable, for this backend and the context's owner
//! (`wit/deps/wasi-keyvalue`). Natively they are maps in memory, one set per thread: for unit tests, which [`reset`] them
//! and can make their calls and those of the index fail ([`fail_after`]).

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(not(target_arch = "wasm32"))]
mod memory;

#[cfg(target_arch = "wasm32")]
use component as store;
#[cfg(not(target_arch = "wasm32"))]
use memory as store;

use crate::Result;

#[cfg(not(target_arch = "wasm32"))]
pub use crate::fault::{calls, fail_after, reset_faults};
#[cfg(not(target_arch = "wasm32"))]
pub use memory::reset;

/// A bucket. Any name of 1 to 255 bytes is one; it is there when it is first written to.
///
/// A key has 1 to 480 bytes, a value at most 1 MiB; what a call wrote is durable when it answers. Errors are
/// `QuotaExceeded` when the owner has no room left, `Storage` for the host's disk, `Denied` during `describe` and `init`.
pub struct Bucket(store::Bucket);

/// Some keys, and where to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyPage {
    /// In the order of their bytes.
    pub keys: Vec<String>,
    /// What to call [`Bucket::keys`] with for those after these; none at the end.
    pub next: Option<String>,
}

macro_rules! calls {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        impl Bucket {
            /// Opens a bucket.
            pub fn open(name: &str) -> Result<Self> {
                store::Bucket::open(name).map(Self)
            }

            $(
                $(#[$doc])*
                pub fn $name(&self, $($arg: $ty),*) -> Result<$ret> {
                    self.0.$name($($arg),*)
                }
            )*
        }
    };
}

calls! {
    /// The value of a key; none if there is no such key.
    fn get(key: &str) -> Option<Vec<u8>>;
    /// Writes a value, over the one that was there.
    fn set(key: &str, value: &[u8]) -> ();
    /// Removes a key; one that is not there is no error.
    fn delete(key: &str) -> ();
    /// Whether there is such a key.
    fn exists(key: &str) -> bool;
    /// Up to 1,000 keys after `after`, which may be any text, in the order of their bytes.
    fn keys(after: Option<&str>) -> KeyPage;
    /// The value of each key, in their order.
    fn get_many(keys: &[String]) -> Vec<Option<Vec<u8>>>;
    /// Writes all of them, or none. At most 10,000, and 32 MiB.
    fn set_many(pairs: &[(String, Vec<u8>)]) -> ();
    /// Removes all of them, or none. At most 10,000.
    fn delete_many(keys: &[String]) -> ();
    /// Adds to a number, and answers the sum; a key that is not there counts as 0.
    fn increment(key: &str, delta: i64) -> i64;
}
