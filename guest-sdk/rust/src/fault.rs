//! Faults for unit tests, natively: calls of the index and of the key-value store that fail, as if the process was killed at one
//! of them. One count per thread for both.

use crate::{Error, ErrorCode, Result};
use std::cell::Cell;

thread_local! {
    /// How many calls still succeed.
    static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// Lets this thread's next `calls` calls succeed and all later ones fail with `Storage`, as a disk that goes away does,
/// until [`reset_faults`].
pub fn fail_after(calls: u32) {
    LEFT.set(Some(calls));
}

/// Ends [`fail_after`].
pub fn reset_faults() {
    LEFT.set(None);
}

/// How many calls this thread has made: the difference of two is what a test lets fail one after the other.
pub fn calls() -> u32 {
    CALLS.get()
}

/// To be asked before each call.
pub(crate) fn call() -> Result<()> {
    CALLS.set(CALLS.get().wrapping_add(1));
    match LEFT.get() {
        Some(0) => Err(Error::new(ErrorCode::Storage, "a fault was injected here")),
        Some(left) => {
            LEFT.set(Some(left - 1));
            Ok(())
        }
        None => Ok(()),
    }
}
