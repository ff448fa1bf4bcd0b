//! What a guest finds on the other side of its imports: the state of one store, and one file per interface.
//!
//! No function here enters the guest again, and none trusts a number or a text that the guest gives.

pub(crate) mod fault;
mod http;
mod index;
pub(crate) mod keyvalue;
mod log;
mod named_properties;
mod notifications;
mod outside;
mod poll;
mod sockets;
mod streams;

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::p2::bindings::sync as wasi_sync;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_config::{WasiConfig, WasiConfigVariables};
use wasmtime_wasi_http::WasiHttpCtx;

use crate::bindings::keyvalue::wasi::keyvalue as kept;
use crate::bindings::mapistore::backend as contract;
use crate::engine::limiter::StoreLimiter;
use crate::grant::{DirectoryGrant, GrantError};
use crate::index::{Index, IndexError, Owner, Scope};
use crate::keyvalue::{KeyValue, Space};
use crate::limits::Limits;
use crate::manifest::Access;
use crate::network::Network;

pub(crate) use log::{Journal, Subject};
pub(crate) use notifications::Published;
pub(crate) use poll::HostDeadline;

/// The largest answer of `wasi:random`.
const RANDOM_MAX_BYTES: u64 = 1 << 20;

/// Everything on the host's side of one store. Dropping it closes what the guest had open.
pub(crate) struct HostState {
    pub(crate) limiter: StoreLimiter,
    pub(crate) journal: Journal,
    pub(crate) published: Published,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outgoing: http::Outgoing,
    open_sockets: outside::Sockets,
    settings: Arc<WasiConfigVariables>,
    table: ResourceTable,
    /// Bytes of values that the guest's open compare-and-swaps hold.
    cas_bytes: usize,
    deadline: Instant,
    /// None before the backend has a user: in `describe` and `init`.
    mailbox: Option<Mailbox>,
}

/// The owner and the namespace that a store speaks for.
#[derive(Clone)]
pub(crate) struct Mailbox {
    pub(crate) index: Arc<dyn Index>,
    pub(crate) scope: Scope,
    pub(crate) keyvalue: Kept,
    /// What is to fail; none but in the conformance kit.
    pub(crate) faults: Option<Arc<fault::Faults>>,
}

/// The buckets that a store may use.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) store: Arc<dyn KeyValue>,
    pub(crate) space: Space,
    pub(crate) max_bytes: u64,
}

/// What every store of a backend may reach, its owner's own aside.
#[derive(Clone, Default)]
pub(crate) struct Reach {
    /// The name that the backend is registered under.
    pub(crate) backend: String,
    pub(crate) directories: Vec<DirectoryGrant>,
    /// None if no place is granted.
    pub(crate) network: Option<Arc<Network>>,
    /// What `init` is given, for `wasi:config`.
    pub(crate) settings: Arc<WasiConfigVariables>,
}

impl Reach {
    /// For a backend before it is registered.
    pub(crate) fn nothing(backend: &str, settings: &[(String, String)]) -> Self {
        Self {
            backend: backend.to_owned(),
            settings: Arc::new(settings.iter().cloned().collect()),
            ..Self::default()
        }
    }
}

/// What a store is made of.
pub(crate) struct StoreRequest<'a> {
    /// The context's URI, if the store is one's.
    pub(crate) context: Option<&'a str>,
    pub(crate) limits: &'a Limits,
    pub(crate) mailbox: Option<Mailbox>,
    pub(crate) reach: &'a Reach,
}

impl HostState {
    /// # Errors
    /// A granted directory cannot be opened.
    pub(crate) fn new(request: &StoreRequest<'_>) -> Result<Self, GrantError> {
        let (limits, reach) = (request.limits, request.reach);
        let owner = request.mailbox.as_ref().map(|mailbox| mailbox.scope.owner().as_str().to_owned());
        let subject = Subject {
            backend: reach.backend.clone(),
            owner: owner.clone(),
            context: request.context.map(str::to_owned),
        };
        let journal = Journal::new(subject, limits.log_max_bytes);
        let outside = match (&reach.network, owner) {
            (Some(network), Some(owner)) => Some(outside::Outside::new(Arc::clone(network), owner)),
            _ => None,
        };
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_tcp(outside.is_some())
            // Which address it is `sockets` decides; the system binds what connects.
            .socket_addr_check(|_, purpose| {
                let connects = matches!(purpose, SocketAddrUse::TcpConnect | SocketAddrUse::TcpBind);
                Box::pin(std::future::ready(connects))
            })
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(RANDOM_MAX_BYTES)
            // Calls run on threads that may block; handing every read to another thread would triple its price.
            .allow_blocking_current_thread(true)
            .stdout(journal.stream("stdout"))
            .stderr(journal.stream("stderr"));
        if let Some(mailbox) = &request.mailbox {
            for grant in &reach.directories {
                preopen(&mut wasi, grant, mailbox.scope.owner())?;
            }
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(usize::try_from(limits.handles_max).unwrap_or(usize::MAX));
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(usize::try_from(limits.network_headers_max_bytes).unwrap_or(usize::MAX));
        Ok(Self {
            limiter: StoreLimiter::new(limits.memory_max_bytes),
            published: Published::new(limits.events_max),
            wasi: wasi.build(),
            http,
            outgoing: http::Outgoing { outside, journal: journal.clone() },
            open_sockets: outside::Sockets::new(),
            settings: Arc::clone(&reach.settings),
            journal,
            table,
            cas_bytes: 0,
            deadline: Instant::now() + limits.call_timeout(),
            mailbox: request.mailbox.clone(),
        })
    }

    /// Begins a call of the guest that may take `timeout`.
    pub(crate) fn set_deadline(&mut self, timeout: Duration) {
        self.deadline = Instant::now() + timeout;
        self.journal.begin_call();
        if let Some(outside) = &self.outgoing.outside {
            outside.budget.begin_call();
        }
    }

    /// Whether the guest holds nothing of the host's: no file, no stream, no socket. Handles do not survive a snapshot.
    pub(crate) fn holds_nothing(&self) -> bool {
        self.table.is_empty()
    }

    fn mailbox(&self) -> Result<&Mailbox, contract::types::Error> {
        self.mailbox.as_ref().ok_or_else(|| contract::types::Error {
            code: contract::types::ErrorCode::Denied,
            detail: Some("there is no user during `describe` and `init`".into()),
        })
    }
}

/// Opens the owner's directory through its capability, and hands WASI that very directory: its name is not looked up
/// a second time.
fn preopen(wasi: &mut WasiCtxBuilder, grant: &DirectoryGrant, owner: &Owner) -> Result<(), GrantError> {
    use std::os::fd::AsRawFd;
    let perms = match grant.access {
        Access::ReadOnly => wasmtime_wasi::FsPerms::ReadOnly,
        Access::ReadWrite => wasmtime_wasi::FsPerms::ReadWrite,
    };
    let dir = grant.open(owner.as_str())?;
    let same_directory = format!("/proc/self/fd/{}", dir.as_raw_fd());
    wasi.preopened_dir(same_directory, &grant.guest, perms).map_err(|error| GrantError::Open {
        host: grant.host(),
        source: std::io::Error::other(format!("{error:#}")),
    })?;
    Ok(())
}

impl WasiView for HostState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Links the world's imports, and WASI 0.2 with nothing in it but what is granted.
pub(crate) fn add_to_linker(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
    use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
    use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView as _};
    use wasmtime_wasi::random::WasiRandom;
    use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
    type S = HostState;

    let own: fn(&mut S) -> &mut S = |state| state;
    contract::index::add_to_linker::<S, HasSelf<S>>(linker, own)?;
    contract::named_properties::add_to_linker::<S, HasSelf<S>>(linker, own)?;
    contract::notifications::add_to_linker::<S, HasSelf<S>>(linker, own)?;
    crate::bindings::wasi::logging::logging::add_to_linker::<S, HasSelf<S>>(linker, own)?;
    kept::store::add_to_linker::<S, HasSelf<S>>(linker, own)?;
    kept::atomics::add_to_linker::<S, HasSelf<S>>(linker, own)?;
    kept::batch::add_to_linker::<S, HasSelf<S>>(linker, own)?;

    // What `wasmtime_wasi::p2::add_to_linker_sync` does, but with a `wasi:io` that knows the call's deadline, and with
    // sockets that know the grant.
    let l = linker;
    wasi_sync::io::poll::add_to_linker::<S, poll::Bounded>(l, poll::bounded)?;
    wasi_sync::io::streams::add_to_linker::<S, poll::Bounded>(l, poll::bounded)?;
    wasi::io::error::add_to_linker::<S, poll::Table>(l, |state| &mut state.table)?;
    wasi::cli::exit::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::environment::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::stdin::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::stdout::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::stderr::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::terminal_input::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::terminal_output::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::terminal_stdin::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::terminal_stdout::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::cli::terminal_stderr::add_to_linker::<S, WasiCli>(l, S::cli)?;
    wasi::clocks::wall_clock::add_to_linker::<S, WasiClocks>(l, S::clocks)?;
    wasi::clocks::monotonic_clock::add_to_linker::<S, WasiClocks>(l, S::clocks)?;
    wasi::random::random::add_to_linker::<S, WasiRandom>(l, |state| state.wasi.random())?;
    wasi::random::insecure::add_to_linker::<S, WasiRandom>(l, |state| state.wasi.random())?;
    wasi::random::insecure_seed::add_to_linker::<S, WasiRandom>(l, |state| state.wasi.random())?;
    wasi::filesystem::preopens::add_to_linker::<S, WasiFilesystem>(l, S::filesystem)?;
    wasi_sync::filesystem::types::add_to_linker::<S, WasiFilesystem>(l, S::filesystem)?;
    wasi::sockets::instance_network::add_to_linker::<S, WasiSockets>(l, S::sockets)?;
    wasi::sockets::network::add_to_linker::<S, WasiSockets>(l, &Default::default(), S::sockets)?;
    wasi::sockets::ip_name_lookup::add_to_linker::<S, sockets::Whole>(l, |state| sockets::Sockets(state))?;
    wasi::sockets::tcp_create_socket::add_to_linker::<S, WasiSockets>(l, S::sockets)?;
    wasi_sync::sockets::tcp::add_to_linker::<S, sockets::Whole>(l, |state| sockets::Sockets(state))?;
    wasi_sync::sockets::udp::add_to_linker::<S, WasiSockets>(l, S::sockets)?;
    wasi_sync::sockets::udp_create_socket::add_to_linker::<S, WasiSockets>(l, S::sockets)?;
    http::add_to_linker(l)?;
    wasmtime_wasi_config::add_to_linker(l, |state| WasiConfig::from(&*state.settings))?;
    Ok(())
}

impl contract::types::Host for HostState {}

/// What a guest may know of an index error: the closed set of the contract, and no path of the host.
fn guest_error(error: &IndexError) -> contract::types::Error {
    use contract::types::ErrorCode;
    let code = match error {
        IndexError::InvalidUri(_) => ErrorCode::InvalidUri,
        IndexError::ForeignNamespace { .. } => ErrorCode::Denied,
        IndexError::InvalidNamespace(_) => ErrorCode::InvalidNamespace,
        IndexError::InvalidOwner { .. }
        | IndexError::InvalidId(_)
        | IndexError::InvalidChangeNumber(_)
        | IndexError::InvalidPropertyName { .. }
        | IndexError::OutOfRange { .. }
        | IndexError::NotContainer(_)
        | IndexError::BelowItself { .. } => ErrorCode::InvalidParameter,
        IndexError::IdTaken(_) | IndexError::UriTaken(_) | IndexError::MemberTaken => ErrorCode::Exists,
        IndexError::NotFound(_) | IndexError::MemberUnknown => ErrorCode::NotFound,
        IndexError::Exhausted(_) | IndexError::Full { .. } => ErrorCode::QuotaExceeded,
        IndexError::Corrupt(_) => ErrorCode::Corrupted,
        IndexError::InUse { .. }
        | IndexError::Format { .. }
        | IndexError::Storage(_)
        | IndexError::WriterLost
        | IndexError::MailboxChanged => ErrorCode::Storage,
    };
    let detail = match code {
        ErrorCode::Storage | ErrorCode::Corrupted => {
            tracing::error!(error = %error, cause = ?std::error::Error::source(error), "the index failed");
            "the index failed".into()
        }
        _ => error.to_string(),
    };
    contract::types::Error { code, detail: Some(detail) }
}
