//! Every bound on what one context may use: its name, its default and the reason for it. Knows numbers only.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds on each context of a backend. The operator sets them in `mapistore.toml`; the names there are the
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
    /// How long all destructors of a context may take together, in milliseconds. Default 2 s.
    pub close_timeout_ms: u64,
    /// Bytes that a guest may hand to the host in one argument list or one answer. Default 64 MiB: half of the memory
    /// that it may have, so that what the host holds for a context stays in proportion.
    pub hostcall_max_bytes: u64,
    /// Component-model handles that may be alive at once in a context, and WASI resources. Default 10,000: a client
    /// has hundreds of objects open, and every open file of a guest is a file descriptor of the host.
    pub handles_max: u32,
    /// Calls of one context that may wait for their turn. Default 256.
    pub queue_max_calls: u32,
    /// How long a call may wait for its turn, in milliseconds. Default 30 s.
    pub queue_timeout_ms: u64,
    /// Bytes that a guest may write to the log in one call; the rest is dropped and counted. Default 64 KiB.
    pub log_max_bytes: u64,
    /// Events that a guest may publish in one call; the rest are dropped and counted. Default 1,000.
    pub events_max: u32,
    /// Bytes of keys and values (`wasi:keyvalue`) that the backend may keep for one owner. Default 1 GiB: a mailbox
    /// without its mail, notes and calendars with attachments included.
    pub keyvalue_max_bytes: u64,
    /// Connections that a backend may have open at once for all of its contexts, those that are kept alive included. Default
    /// 64: every one is a file descriptor of the host, and a place at somebody else's server.
    pub network_connections_max: u32,
    /// Connections that one context may have in use at once. Default 8: a client that fetches a folder's messages side by
    /// side, and no context that takes all places of its backend.
    pub network_context_connections_max: u32,
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
}

impl Default for RegistrationLimits {
    fn default() -> Self {
        Self { timeout_ms: 300_000, memory_max_bytes: 4 << 30, file_max_bytes: 1 << 30 }
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
            queue_max_calls: 256,
            queue_timeout_ms: 30_000,
            log_max_bytes: 64 << 10,
            events_max: 1_000,
            keyvalue_max_bytes: 1 << 30,
            network_connections_max: 64,
            network_context_connections_max: 8,
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
