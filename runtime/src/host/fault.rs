//! Faults on purpose, for the conformance kit: the n-th thing that a guest asks the host to change, or to look up in the index
//! or among its keys, fails, or is the last that its store lives to see. Nothing here is linked or consulted in a runtime
//! without [`Faults`].
//!
//! What counts is one operation of the index or of the key-value store, or one of `wasi:filesystem` that changes something. A
//! new import that keeps something goes through [`HostState::operation`] as well.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p2::FsError;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{self as fs, Host as _, HostDescriptor};
use wasmtime_wasi_io::streams::DynOutputStream;

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

/// The package and version that wasmtime-wasi links.
const FILESYSTEM: &str = "wasi:filesystem/types@0.2.12";

/// Puts functions that may fail in the place of those of `wasi:filesystem` that change something.
pub(crate) fn shadow(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut instance = linker.instance(FILESYSTEM)?;
    macro_rules! fail_at {
        ($($name:literal $method:ident($($argument:ident: $type:ty),*) -> $answer:ty, $counts:expr;)*) => {
            $(instance.func_wrap(
                concat!("[method]descriptor.", $name),
                |mut store: StoreContextMut<'_, HostState>,
                 (this, $($argument,)*): (Resource<fs::Descriptor>, $($type,)*)| {
                    let state = store.data_mut();
                    let work = |state: &mut HostState| state.filesystem().$method(this, $($argument),*);
                    let done: Result<$answer, FsError> =
                        if $counts { state.operation(|fault| Err(error(fault)), work)? } else { work(state) };
                    let done = match done {
                        Ok(answer) => Ok(answer),
                        Err(error) => Err(state.filesystem().convert_error_code(error)?),
                    };
                    Ok((done,))
                },
            )?;)*
        };
    }
    fail_at! {
        "create-directory-at" create_directory_at(path: String) -> (), true;
        "link-at" link_at(flags: fs::PathFlags, old: String, to: Resource<fs::Descriptor>, new: String) -> (), true;
        "open-at" open_at(flags: fs::PathFlags, path: String, how: fs::OpenFlags, access: fs::DescriptorFlags)
            -> Resource<fs::Descriptor>, how.contains(fs::OpenFlags::CREATE);
        "remove-directory-at" remove_directory_at(path: String) -> (), true;
        "rename-at" rename_at(old: String, to: Resource<fs::Descriptor>, new: String) -> (), true;
        "unlink-file-at" unlink_file_at(path: String) -> (), true;
        "set-size" set_size(size: u64) -> (), true;
        "sync" sync() -> (), true;
        "sync-data" sync_data() -> (), true;
        "write" write(bytes: Vec<u8>, offset: u64) -> u64, true;
        "write-via-stream" write_via_stream(offset: u64) -> Resource<DynOutputStream>, true;
        "append-via-stream" append_via_stream() -> Resource<DynOutputStream>, true;
    }
    Ok(())
}

fn error(fault: Fault) -> FsError {
    match fault {
        Fault::NoSpace => ErrorCode::InsufficientSpace.into(),
        Fault::Io | Fault::Lost => ErrorCode::Io.into(),
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
