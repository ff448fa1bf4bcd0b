//! Faults on purpose, for the conformance kit: the n-th thing that a guest asks the host to change, or to look up in the index
//! or among its keys, fails, or is the last that its store lives to see. Nothing here is consulted in a runtime without
//! [`Faults`].
//!
//! What counts is one operation of the index or of the key-value store, or one of `wasi:filesystem` that changes something. A
//! new import that keeps something goes through [`HostState::operation`] as well.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{HostDeadline, HostState};

/// What happens to an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It answers that there is no space left, or that the index failed, and does nothing.
    NoSpace,
    /// It answers an input/output error, and does nothing.
    Io,
    /// It is done, but the call's deadline falls: the guest never learns.
    Lost,
}

/// Which fault comes to whom. One owner has one at most.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Mutex<HashMap<String, Armed>>,
}

struct Armed {
    fault: Fault,
    /// The operation that it comes to, counted from 1.
    at: usize,
    operations: usize,
}

impl Faults {
    /// From now on, the `at`-th operation of an owner's stores meets a fault.
    pub(crate) fn arm(&self, owner: &str, fault: Fault, at: usize) {
        self.lock().insert(owner.to_owned(), Armed { fault, at, operations: 0 });
    }

    /// No more faults for this owner; true if there was one.
    pub(crate) fn disarm(&self, owner: &str) -> bool {
        self.lock().remove(owner).is_some_and(|armed| armed.operations >= armed.at)
    }

    fn next(&self, owner: &str) -> Option<Fault> {
        let mut all = self.lock();
        let armed = all.get_mut(owner)?;
        armed.operations += 1;
        (armed.operations == armed.at).then_some(armed.fault)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostState {
    /// Does something that counts: `work`, or what the fault makes of it.
    ///
    /// # Errors
    /// The store ends here.
    pub(super) fn operation<R>(
        &mut self,
        refuse: impl FnOnce(Fault) -> R,
        work: impl FnOnce(&mut Self) -> R,
    ) -> wasmtime::Result<R> {
        let mailbox = self.mailbox.as_ref();
        let fault = mailbox.and_then(|mailbox| mailbox.faults.as_ref()?.next(mailbox.scope.owner().as_str()));
        match fault {
            None => Ok(work(self)),
            Some(fault @ (Fault::NoSpace | Fault::Io)) => Ok(refuse(fault)),
            Some(Fault::Lost) => {
                work(self);
                Err(HostDeadline.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_comes_once_to_the_operation_that_it_is_for_and_to_nobody_else() {
        let faults = Faults::default();
        faults.arm("alice", Fault::Io, 2);
        assert_eq!(faults.next("alice"), None);
        assert_eq!(faults.next("bob"), None);
        assert_eq!(faults.next("alice"), Some(Fault::Io));
        assert_eq!(faults.next("alice"), None);
        assert!(faults.disarm("alice"));
        assert_eq!(faults.next("alice"), None);
        faults.arm("bob", Fault::NoSpace, 1);
        assert!(!faults.disarm("bob"), "it did not come");
    }
}
