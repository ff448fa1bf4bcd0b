//! Every bound on what guests may use and cause: its name, its default and the reason for it. Knows numbers only.
//!
//! Some bounds no operator has a reason to move, and they are constants where they are kept: a line of the log
//! (`host/log.rs`, 4 KiB), one answer of the random generator (`RANDOM_MAX_BYTES`), sizes and numbers in one call of the
//! key-value store (`keyvalue.rs`) and of the index (`index.rs`), values that open compare-and-swaps
//! hold (`host/keyvalue.rs`, 8 MiB), the depth of directories that are counted (64).
//!
//! A guest that computes ends by epochs. A host function that waits is bounded as follows:
//!
//! | it waits for | bounded by |
//! |---|---|
//! | `wasi:io/poll`, timers, `wasi:clocks` | the call's deadline, in the host |
//! | a directory that is counted before a write | the call's deadline, in the host |
//! | reading and writing files | the kernel: one operation moves at most 64 KiB, and the guest's deadline is seen after it |
//! | the index and the key-value store | the writer's queue: at most one operation of each worker thread is in it, each of at most 10,000 records or 32 MiB; then the disk |
//! | `wasi:random`, the log, notifications | nothing to wait for |
//!
//! A disk that does not answer at all (a network file system whose server is gone) holds the thread until it does: no program
//! can end such a wait. Other threads go on, up to `runtime.worker_threads_max`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The largest answer of `wasi:random`: a seed has 32 bytes, and the host has to hold it.
pub(crate) const RANDOM_MAX_BYTES: u64 = 1 << 20;

/// Bounds on each context of a backend, and on what all contexts of an owner leave on the host. The operator sets them in `mapistore.toml`; the names there are the
/// names here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of all linear memories and tables of a context together. Default 128 MiB: a message of 25 MiB with its
    /// decoded attachments, four times over.
    pub memory_max_bytes: u64,
    /// How long one call may take, in milliseconds, host functions that wait included. Default 10 s: a first listing
    /// of a large folder on a slow disk.
    pub call_timeout_ms: u64,
    /// How long all destructors of a context may take together, in milliseconds. Default 2 s: they flush what
    /// was written, and nobody waits for their answer.
    pub close_timeout_ms: u64,
    /// Bytes that a guest may hand to the host in one argument list or one answer. Default 64 MiB: half of the memory
    /// that it may have, so that what the host holds for a context stays in proportion.
    pub hostcall_max_bytes: u64,
    /// Component-model handles that may be alive at once in a context. Default 10,000: a client has hundreds of objects
    /// open.
    pub handles_max: u32,
    /// Files, directories, streams, sockets, buckets and what else of the host's a context may have open at once, the directories
    /// that it was granted included. Default 1,024: each may be a file descriptor, of which the whole process has some
    /// hundred thousands.
    pub open_files_max: u32,
    /// Stores that are kept ready in which `init` has run, where no snapshot of it can be taken.
    /// Default 2: one for whoever comes next, and one while that is replaced.
    pub spare_stores_max: u32,
    /// Calls of one context that may wait for their turn. Default 256: more than one client ever sends at once.
    pub queue_max_calls: u32,
    /// How long a call may wait for its turn, in milliseconds. Default 30 s: after that a client has
    /// given up.
    pub queue_timeout_ms: u64,
    /// Bytes that a guest may write to the log in one call; the rest is dropped and counted. Default 64 KiB: a
    /// backtrace, with what led to it.
    pub log_max_bytes: u64,
    /// Bytes that all stores of an owner may write to the log in a second, after `log_max_bytes` at once.
    /// Default 64 KiB: 5 GiB a day, which a disk survives.
    pub log_bytes_per_second: u64,
    /// Lines that they may write in a second. Default 200: short ones cost the log more than their bytes.
    pub log_lines_per_second: u64,
    /// Events that a guest may publish in one call; the rest are dropped and counted. Default 1,000: a
    /// bulk change of a folder; after more, a client reads it anew.
    pub events_max: u32,
    /// Bytes of keys and values (`wasi:keyvalue`) that the backend may keep for one owner. Default 1 GiB: a mailbox
    /// without its mail, notes and calendars with attachments included.
    pub keyvalue_max_bytes: u64,
    /// Keys that it may keep for one owner. Default 4,000,000: each takes some fifty bytes of the disk besides its own.
    pub keyvalue_keys_max: u64,
    /// Buckets that it may ever have for one owner. Default 1,000: a bucket is a kind of record, and its name is kept for ever.
    pub keyvalue_buckets_max: u64,
    /// Bytes of the disk that an owner's directory may take for the backend to write more to it, or a directory that all owners
    /// share. Default 64 GiB: a large mailbox. Counted when what was written may have reached it.
    pub files_max_bytes: u64,
    /// Files, directories and links in such a directory. Default 4,000,000: a file a message, and a million is a large mailbox.
    pub files_max: u64,
    /// Records that an owner may have in the index for the backend to add one, tombstones and those of other backends included.
    /// Default 10,000,000: each takes about 200 bytes of the disk.
    pub index_entries_max: u64,
    /// Connections that a backend may have open at once for all of its contexts, those that are kept alive included. Default
    /// 64: every one is a file descriptor of the host, and a place at somebody else's server.
    pub network_connections_max: u32,
    /// Connections that one context may have in use at once. Default 8: a client that fetches a folder's messages side by
    /// side, and no context that takes all places of its backend.
    pub network_context_connections_max: u32,
    /// Connections that all contexts of one owner may have in use at once, in one backend. Default 16: two busy contexts, and
    /// no owner that takes the places of the others.
    pub network_owner_connections_max: u32,
    /// How long a new connection may take, in milliseconds: the name, a place among the backend's connections, TCP and
    /// TLS. Default 5 s: a call that began with it has as much again for its work.
    pub network_connect_timeout_ms: u64,
    /// How long a server may take until it begins to answer, in milliseconds. Default 10 s: a whole call.
    pub network_first_byte_timeout_ms: u64,
    /// How long a guest may wait for more of an answer that has begun, in milliseconds. Default 5 s: a server that is slow,
    /// and not one that is gone.
    pub network_between_bytes_timeout_ms: u64,
    /// How long a connection is kept for its owner's next request, in milliseconds. Default 30 s: shorter than what common
    /// servers keep one for, so that it is seldom they who close it.
    pub network_idle_timeout_ms: u64,
    /// Bytes of a request's body. Default 64 MiB: a message of 25 MiB, encoded, twice over.
    pub network_request_max_bytes: u64,
    /// Bytes of an answer's body. Default 64 MiB: as of a request.
    pub network_response_max_bytes: u64,
    /// Bytes of an answer's headers, and of those that a guest makes. Default 64 KiB: common servers refuse a request
    /// with more than 8 to 32.
    pub network_headers_max_bytes: u64,
    /// Bytes that one call may move over the network, in both directions together. Default 128 MiB: the largest request and
    /// the largest answer.
    pub network_call_max_bytes: u64,
}

/// Bounds on the process that prepares a component: compiles it, runs its `init` and takes the snapshot. In
/// `mapistore.toml` they stand under `[registration]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegistrationLimits {
    /// How long it may take, in milliseconds. Default 5 min: the largest component known, Python's with 18 MB, compiles
    /// in 22 s on two cores.
    pub timeout_ms: u64,
    /// Bytes of memory that it may have. Default 4 GiB: compiling takes about a hundred times the size of the component.
    pub memory_max_bytes: u64,
    /// Bytes of a file that it may write. Default 1 GiB: the compiled form is about four times as large as the component.
    pub file_max_bytes: u64,
    /// Bytes that all registered backends may take of the disk, each with its component, image and compiled form. Default
    /// 16 GiB: a hundred of Python's, which are the largest.
    pub disk_max_bytes: u64,
}

impl Limits {
    /// The same without deadlines: who stands at a breakpoint is not late. Nothing runs beside what is looked at.
    pub(crate) fn of_a_debugger(self) -> Self {
        const LONG_MS: u64 = 30 * 24 * 60 * 60 * 1000;
        Self {
            call_timeout_ms: LONG_MS,
            close_timeout_ms: LONG_MS,
            queue_timeout_ms: LONG_MS,
            network_connect_timeout_ms: LONG_MS,
            network_first_byte_timeout_ms: LONG_MS,
            network_between_bytes_timeout_ms: LONG_MS,
            spare_stores_max: 0,
            ..self
        }
    }
}

impl Default for RegistrationLimits {
    fn default() -> Self {
        Self {
            timeout_ms: 300_000,
            memory_max_bytes: 4 << 30,
            file_max_bytes: 1 << 30,
            disk_max_bytes: 16 << 30,
        }
    }
}

impl RegistrationLimits {
    /// How long it may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_max_bytes: 128 << 20,
            call_timeout_ms: 10_000,
            close_timeout_ms: 2_000,
            hostcall_max_bytes: 64 << 20,
            handles_max: 10_000,
            open_files_max: 1_024,
            spare_stores_max: 2,
            queue_max_calls: 256,
            queue_timeout_ms: 30_000,
            log_max_bytes: 64 << 10,
            log_bytes_per_second: 64 << 10,
            log_lines_per_second: 200,
            events_max: 1_000,
            keyvalue_max_bytes: 1 << 30,
            keyvalue_keys_max: 4_000_000,
            keyvalue_buckets_max: 1_000,
            files_max_bytes: 64 << 30,
            files_max: 4_000_000,
            index_entries_max: 10_000_000,
            network_connections_max: 64,
            network_context_connections_max: 8,
            network_owner_connections_max: 16,
            network_connect_timeout_ms: 5_000,
            network_first_byte_timeout_ms: 10_000,
            network_between_bytes_timeout_ms: 5_000,
            network_idle_timeout_ms: 30_000,
            network_request_max_bytes: 64 << 20,
            network_response_max_bytes: 64 << 20,
            network_headers_max_bytes: 64 << 10,
            network_call_max_bytes: 128 << 20,
        }
    }
}

impl Limits {
    /// How long one call may take.
    pub fn call_timeout(&self) -> Duration {
        Duration::from_millis(self.call_timeout_ms)
    }

    /// How long all destructors of a context may take together.
    pub fn close_timeout(&self) -> Duration {
        Duration::from_millis(self.close_timeout_ms)
    }

    /// How long a call may wait for its turn.
    pub fn queue_timeout(&self) -> Duration {
        Duration::from_millis(self.queue_timeout_ms)
    }
}
