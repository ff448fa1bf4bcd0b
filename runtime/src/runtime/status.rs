//! Tells other programs of the same account what a runtime holds: a Unix socket in the data directory, which answers each
//! connection with one JSON document and closes it. Nothing is read from it.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Inner, Occupancy, Runtime};
use crate::usage::Usage;

/// The socket's name in the data directory.
const SOCKET: &str = "status.sock";

/// Contexts and owners that are told one by one: those that used most of the processors.
const TOLD_MAX: usize = 1_000;

/// How long a reader may take; the next one waits meanwhile.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest answer that is read.
const ANSWER_MAX_BYTES: u64 = 16 << 20;

/// What a running process says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The process.
    pub pid: u32,
    /// Bytes of its memory that are resident.
    pub resident_bytes: u64,
    /// How many contexts are open.
    pub contexts_open: usize,
    /// How many of them have a store.
    pub contexts_awake: usize,
    /// How many may have one.
    pub contexts_awake_max: usize,
    /// Everything that was used since the process began.
    pub total: Usage,
    /// Those that used most of the processors, 1,000 contexts and owners at most.
    pub occupancy: Occupancy,
}

/// Why no status could be had.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// Nobody answers.
    #[error("nobody answers at `{}`", path.display())]
    Nobody {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The answer cannot be read: it comes from another version.
    #[error("what the process at `{}` tells cannot be read", path.display())]
    Unreadable {
        /// The socket.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Status {
    /// Asks the process that uses a data directory.
    ///
    /// # Errors
    /// Nobody uses it, or whoever does keeps silent.
    pub fn ask(data_dir: &Path) -> Result<Self, StatusError> {
        let path = data_dir.join(SOCKET);
        let read = || {
            let mut answer = Vec::new();
            let stream = within(data_dir, |short| UnixStream::connect(short))?;
            stream.set_read_timeout(Some(WRITE_TIMEOUT))?;
            stream.take(ANSWER_MAX_BYTES).read_to_end(&mut answer)?;
            Ok(answer)
        };
        let answer = read().map_err(|source| StatusError::Nobody { path: path.clone(), source })?;
        serde_json::from_slice(&answer).map_err(|source| StatusError::Unreadable { path, source })
    }
}

impl Runtime {
    /// What `mapistore top` shows.
    pub fn status(&self) -> Status {
        let mut occupancy = self.occupancy();
        let mut total = occupancy.others;
        for owner in &occupancy.owners {
            total += owner.usage;
        }
        let status = Status {
            pid: std::process::id(),
            resident_bytes: resident_bytes(),
            contexts_open: occupancy.contexts.len(),
            contexts_awake: self.awake_contexts(),
            contexts_awake_max: self.inner.contexts.awake.max(),
            total,
            occupancy: Occupancy::default(),
        };
        occupancy.contexts.sort_by_key(|context| std::cmp::Reverse(context.usage.processor_ns));
        occupancy.contexts.truncate(TOLD_MAX);
        occupancy.owners.sort_by_key(|owner| std::cmp::Reverse(owner.usage.processor_ns));
        occupancy.owners.truncate(TOLD_MAX);
        Status { occupancy, ..status }
    }
}

/// Answers at the socket until it is dropped.
pub(super) struct StatusSocket {
    data_dir: PathBuf,
    stop: Arc<AtomicBool>,
}

impl StatusSocket {
    /// # Errors
    /// The socket cannot be made.
    pub(super) fn open(data_dir: &Path, runtime: Weak<Inner>) -> std::io::Result<Self> {
        // The index's lock has shown that no other process uses the directory: what is there was left behind.
        match std::fs::remove_file(data_dir.join(SOCKET)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = within(data_dir, |short| UnixListener::bind(short))?;
        let stop = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&stop);
        std::thread::Builder::new().name("mapistore-status".into()).spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                // Not held while a reader reads: the runtime may go.
                let Some(answer) = runtime.upgrade().map(|inner| Runtime { inner }.status()) else { break };
                if let Err(error) = stream.and_then(|stream| tell(&answer, stream)) {
                    tracing::debug!(%error, "a reader of the status went away");
                }
            }
        })?;
        Ok(Self { data_dir: data_dir.to_owned(), stop })
    }
}

impl Drop for StatusSocket {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread. If that fails, it has ended already.
        let _ = within(&self.data_dir, |short| UnixStream::connect(short));
        let _ = std::fs::remove_file(self.data_dir.join(SOCKET));
    }
}

fn tell(answer: &Status, mut stream: UnixStream) -> std::io::Result<()> {
    stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
    stream.write_all(&serde_json::to_vec(answer)?)
}

/// The socket by a path through the open directory: a socket's path has 108 bytes at most, and a data directory's may
/// have more.
fn within<R>(data_dir: &Path, work: impl FnOnce(&Path) -> std::io::Result<R>) -> std::io::Result<R> {
    let dir = std::fs::File::open(data_dir)?;
    work(&PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", dir.as_raw_fd())))
}

/// Bytes of this process that are resident; 0 if the system does not say.
pub(crate) fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * rustix::param::page_size() as u64
}
