//! `wasi:filesystem`, as far as it changes something: counted against the room that the owner's directories have, and where the
//! conformance kit's faults strike. What only reads is wasmtime's own, and the bytes of it are counted.

use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::AsRawFd as _;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{self, getrlimit};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemView as _;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self as fs, Host as _, HostDescriptor, HostDirectoryEntryStream as _,
};
use wasmtime_wasi::p2::{FsError, OutputStream, Pollable, StreamError, StreamResult};
use wasmtime_wasi_io::streams::DynOutputStream;

use super::HostState;
use super::fault::Fault;
use super::meter::{Meter, Refused};
use super::poll::{Deadline, HostDeadline};

/// The package and version that wasmtime-wasi links.
const FILESYSTEM: &str = "wasi:filesystem/types@0.2.12";

/// Of so many parts of the files that this process may open, one is left to the host: to give new contexts their directories.
const KEPT_PART: u64 = 8;

/// What an operation does to the directory.
#[derive(Clone, Copy)]
enum Effect {
    /// Nothing that counts.
    None,
    /// It changes something that takes no more room.
    Changes,
    /// It may make room.
    Frees,
    /// It writes so many bytes.
    Writes(usize),
    /// It makes a file, a directory or a link.
    Creates,
}

impl Effect {
    fn of_open(how: fs::OpenFlags) -> Self {
        if how.contains(fs::OpenFlags::CREATE) {
            Self::Creates
        } else if how.contains(fs::OpenFlags::TRUNCATE) {
            Self::Frees
        } else {
            Self::None
        }
    }
}

/// What an operation answers, made ready for the guest.
trait Answer: Sized {
    fn ready(self, _state: &mut HostState) -> wasmtime::Result<Self> {
        Ok(self)
    }
}

impl Answer for () {}
impl Answer for u64 {}
impl Answer for Resource<fs::Descriptor> {}

/// What was read, and whether that was the end.
impl Answer for (Vec<u8>, bool) {
    fn ready(self, state: &mut HostState) -> wasmtime::Result<Self> {
        state.traffic.count(0, self.0.len());
        Ok(self)
    }
}

/// A stream that writes is charged for what goes through it.
impl Answer for Resource<DynOutputStream> {
    fn ready(self, state: &mut HostState) -> wasmtime::Result<Self> {
        if !state.meter.has_accounts() {
            return Ok(self);
        }
        let inner = state.table.delete(self)?;
        let (meter, deadline) = (Arc::clone(&state.meter), Arc::clone(&state.deadline));
        let stream: DynOutputStream = Box::new(Metered { inner, meter, deadline });
        Ok(state.table.push(stream)?)
    }
}

impl HostState {
    /// Does an operation, if there is room for what it takes.
    fn change<R: Answer>(
        &mut self,
        effect: Effect,
        work: impl FnOnce(&mut Self) -> Result<R, FsError>,
    ) -> wasmtime::Result<Result<R, FsError>> {
        let (bytes, files) = match effect {
            Effect::Writes(bytes) => (bytes as u64, 0),
            Effect::Creates => (0, 1),
            Effect::None | Effect::Changes | Effect::Frees => (0, 0),
        };
        if let Effect::Writes(bytes) = effect {
            self.traffic.count(bytes, 0);
        }
        if bytes > 0 || files > 0 {
            match self.meter.charge(bytes, files, self.deadline.get()) {
                Ok(()) => {}
                Err(Refused::Full) => return Ok(Err(ErrorCode::InsufficientSpace.into())),
                Err(Refused::Deadline) => return Err(HostDeadline.into()),
            }
        }
        let done = match effect {
            Effect::None => work(self),
            _ => self.operation(|fault| Err(error(fault)), work)?,
        };
        match done {
            Ok(answer) => {
                if matches!(effect, Effect::Frees) {
                    self.meter.freed();
                }
                answer.ready(self).map(Ok)
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// What the guest is told of an operation, by the codes of its interface.
    fn answer<R>(&mut self, done: Result<R, FsError>) -> wasmtime::Result<Result<R, fs::ErrorCode>> {
        match done {
            Ok(answer) => Ok(Ok(answer)),
            Err(error) => Ok(Err(self.filesystem().convert_error_code(error)?)),
        }
    }
}

/// Puts functions that count in the place of those that change something, or read.
pub(super) fn shadow(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut instance = linker.instance(FILESYSTEM)?;
    macro_rules! shadow {
        ($($name:literal $method:ident($($argument:ident: $type:ty),*) -> $answer:ty, $effect:expr;)*) => {
            $(instance.func_wrap(
                concat!("[method]descriptor.", $name),
                |mut store: StoreContextMut<'_, HostState>,
                 (this, $($argument,)*): (Resource<fs::Descriptor>, $($type,)*)| {
                    let state = store.data_mut().entered();
                    let effect = $effect;
                    let work = |state: &mut HostState| -> Result<$answer, FsError> {
                        state.filesystem().$method(this, $($argument),*)
                    };
                    let done = state.change(effect, work)?;
                    Ok((state.answer(done)?,))
                },
            )?;)*
        };
    }
    shadow! {
        "create-directory-at" create_directory_at(path: String) -> (), Effect::Creates;
        "link-at" link_at(flags: fs::PathFlags, old: String, to: Resource<fs::Descriptor>, new: String) -> (),
            Effect::Creates;
        "read" read(length: u64, offset: u64) -> (Vec<u8>, bool), Effect::None;
        "remove-directory-at" remove_directory_at(path: String) -> (), Effect::Frees;
        "rename-at" rename_at(old: String, to: Resource<fs::Descriptor>, new: String) -> (), Effect::Frees;
        "symlink-at" symlink_at(to: String, new: String) -> (), Effect::Creates;
        "unlink-file-at" unlink_file_at(path: String) -> (), Effect::Frees;
        "set-size" set_size(size: u64) -> (), Effect::Frees;
        "sync" sync() -> (), Effect::Changes;
        "sync-data" sync_data() -> (), Effect::Changes;
        "write" write(bytes: Vec<u8>, offset: u64) -> u64, Effect::Writes(bytes.len());
        "write-via-stream" write_via_stream(offset: u64) -> Resource<DynOutputStream>, Effect::Changes;
        "append-via-stream" append_via_stream() -> Resource<DynOutputStream>, Effect::Changes;
    }
    instance.func_wrap(
        "[method]directory-entry-stream.read-directory-entry",
        |mut store: StoreContextMut<'_, HostState>, (this,): (Resource<fs::DirectoryEntryStream>,)| {
            let state = store.data_mut().entered();
            let read = loop {
                match state.filesystem().read_directory_entry(Resource::new_borrow(this.rep())) {
                    // A guest's C library breaks off where it meets an error, and none has a way around it.
                    Err(error) if matches!(error.downcast_ref(), Some(ErrorCode::IllegalByteSequence)) => {
                        state.journal.warn("a name in a directory is not UTF-8: the guest does not see it");
                    }
                    read => break read,
                }
            };
            Ok((state.answer(read)?,))
        },
    )?;
    instance.func_wrap(
        "[method]descriptor.open-at",
        |mut store: StoreContextMut<'_, HostState>,
         (this, flags, path, how, access): (
            Resource<fs::Descriptor>,
            fs::PathFlags,
            String,
            fs::OpenFlags,
            fs::DescriptorFlags,
        )| {
            let state = store.data_mut().entered();
            let done = match few_files_left() {
                // The contract of WASI has no word for it.
                true => Err(ErrorCode::InsufficientMemory.into()),
                false => state.change(Effect::of_open(how), |state| {
                    state.filesystem().open_at(this, flags, path, how, access)
                })?,
            };
            Ok((state.answer(done)?,))
        },
    )?;
    Ok(())
}

/// Whether this process has nearly as many files open as it may. A new file gets the lowest number that is free, so its number
/// tells; another one for a file that is open takes no look at a path.
fn few_files_left() -> bool {
    static OPEN: OnceLock<File> = OnceLock::new();
    let Some(max) = getrlimit(process::Resource::Nofile).current else { return false };
    let open = match OPEN.get() {
        Some(open) => open,
        None => match File::open("/dev/null") {
            Ok(file) => OPEN.get_or_init(|| file),
            // None left at all, which may pass, or no such device here.
            Err(error) => return error.kind() != ErrorKind::NotFound,
        },
    };
    let file = fcntl_dupfd_cloexec(open, 0);
    file.map_or(true, |file| {
        u64::try_from(file.as_raw_fd()).is_ok_and(|number| number >= max - max / KEPT_PART)
    })
}

fn error(fault: Fault) -> FsError {
    match fault {
        Fault::NoSpace => ErrorCode::InsufficientSpace.into(),
        Fault::Io | Fault::Lost => ErrorCode::Io.into(),
    }
}

/// A stream into a file.
struct Metered {
    inner: DynOutputStream,
    meter: Arc<Meter>,
    deadline: Arc<Deadline>,
}

impl Metered {
    fn charge(&self, bytes: usize) -> StreamResult<()> {
        let until: Instant = self.deadline.get();
        self.meter.charge(bytes as u64, 0, until).map_err(|refused| match refused {
            // As the system says it: what a guest's library knows how to tell.
            Refused::Full => {
                StreamError::LastOperationFailed(std::io::Error::from(rustix::io::Errno::NOSPC).into())
            }
            Refused::Deadline => StreamError::Trap(HostDeadline.into()),
        })
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Metered {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[wasmtime_wasi::async_trait]
impl OutputStream for Metered {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.charge(bytes.len())?;
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.inner.check_write()
    }

    // wasmtime's own is faster for files than what the trait would make of the others.
    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.charge(bytes.len())?;
        self.inner.blocking_write_and_flush(bytes).await
    }

    fn write_zeroes(&mut self, count: usize) -> StreamResult<()> {
        self.charge(count)?;
        self.inner.write_zeroes(count)
    }

    async fn write_ready(&mut self) -> StreamResult<usize> {
        self.inner.write_ready().await
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}
