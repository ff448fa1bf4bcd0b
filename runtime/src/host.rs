//! What a guest finds on the other side of its imports: the state of one store, and one file per interface.
//!
//! No function here enters the guest again, and none trusts a number or a text that the guest gives.

mod directories;
mod error;
pub(crate) mod fault;
mod files;
mod http;
mod index;
pub(crate) mod keyvalue;
mod log;
mod meter;
mod named_properties;
mod notifications;
mod outside;
mod poll;
mod random;
mod sockets;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use wasmtime::UpdateDeadline;
use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::p2::bindings as wasi;
use wasmtime_wasi::p2::bindings::sync as wasi_sync;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_config::{WasiConfig, WasiConfigVariables};
use wasmtime_wasi_http::WasiHttpCtx;

use crate::bindings::keyvalue::wasi::keyvalue as kept;
use crate::bindings::mapistore::backend as contract;
use crate::engine::epoch::{Clock, SLICE};
use crate::engine::limiter::StoreLimiter;
use crate::executor::Turn;
use crate::grant::{DirectoryGrant, GrantError};
use crate::index::{Index, IndexError, Scope};
use crate::keyvalue::{KeyValue, Quota, Space};
use crate::limits::{Limits, RANDOM_MAX_BYTES};
use crate::network::Network;
use crate::usage::Usage;
use crate::weigh::Weigh;

pub(crate) use log::{Journal, Subject};
pub(crate) use meter::{Meter, Meters};
pub(crate) use notifications::Published;
use poll::Deadline;
pub(crate) use poll::HostDeadline;

/// Everything on the host's side of one store. Dropping it closes what the guest had open.
pub(crate) struct HostState {
    pub(crate) limiter: StoreLimiter,
    pub(crate) journal: Journal,
    pub(crate) published: Published,
    /// Calls of host functions, since this was last looked at.
    pub(crate) host_calls: u64,
    /// Bytes that host functions took and gave.
    pub(crate) traffic: Traffic,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outgoing: http::Outgoing,
    open_sockets: outside::Sockets,
    settings: Arc<WasiConfigVariables>,
    table: ResourceTable,
    /// Bytes of values that the guest's open compare-and-swaps hold.
    cas_bytes: usize,
    random_bytes: u64,
    /// When the current call is over: shared with what the guest has open, which may wait as well.
    deadline: Arc<Deadline>,
    meter: Arc<Meter>,
    /// None where nobody else waits for a processor: in the process that prepares a component.
    turn: Option<Turn>,
    /// None before the backend has a user: in `describe` and `init`.
    mailbox: Option<Mailbox>,
}

/// The owner and the namespace that a store speaks for.
#[derive(Clone)]
pub(crate) struct Mailbox {
    pub(crate) index: Arc<dyn Index>,
    pub(crate) scope: Scope,
    pub(crate) keyvalue: Kept,
    /// What the owner has used, in all stores of the backend.
    pub(crate) meter: Arc<Meter>,
    /// What is to fail; none but in the conformance kit.
    pub(crate) faults: Option<Arc<fault::Faults>>,
}

/// The buckets that a store may use.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) store: Arc<dyn KeyValue>,
    pub(crate) space: Space,
    pub(crate) quota: Quota,
}

/// Bytes that crossed the boundary in host functions, since they were last taken.
#[derive(Default)]
pub(crate) struct Traffic {
    bytes_in: usize,
    bytes_out: usize,
}

impl Traffic {
    /// Counts what a host function was given, and what it answered.
    fn count(&mut self, given: usize, answered: usize) {
        self.bytes_out += given;
        self.bytes_in += answered;
    }

    /// Counts an argument that the guest is called with.
    pub(crate) fn hand(&mut self, argument: &(impl Weigh + ?Sized)) {
        self.bytes_in += argument.bytes();
    }

    pub(crate) fn take_into(&mut self, usage: &mut Usage) {
        let Self { bytes_in, bytes_out } = std::mem::take(self);
        usage.bytes_in += bytes_in as u64;
        usage.bytes_out += bytes_out as u64;
    }
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
    pub(crate) clock: &'a Clock,
    pub(crate) turn: Option<Turn>,
    pub(crate) mailbox: Option<Mailbox>,
    pub(crate) reach: &'a Reach,
}

impl StoreRequest<'_> {
    fn owner(&self) -> Option<String> {
        self.mailbox.as_ref().map(|mailbox| mailbox.scope.owner().as_str().to_owned())
    }

    fn subject(&self) -> Subject {
        let (backend, context) = (self.reach.backend.clone(), self.context.map(str::to_owned));
        Subject { backend, owner: self.owner(), context }
    }

    fn meter(&self) -> Arc<Meter> {
        match &self.mailbox {
            Some(mailbox) => Arc::clone(&mailbox.meter),
            None => Arc::new(Meter::of_nobody(self.limits)),
        }
    }
}

impl HostState {
    /// # Errors
    /// A granted directory cannot be opened.
    pub(crate) fn new(request: StoreRequest<'_>) -> Result<Self, GrantError> {
        let journal = Journal::new(request.subject(), request.limits.log_max_bytes, request.meter());
        Self::with_journal(request, journal)
    }

    fn with_journal(request: StoreRequest<'_>, journal: Journal) -> Result<Self, GrantError> {
        let (limits, reach, meter) = (request.limits, request.reach, request.meter());
        let outside = match (&reach.network, request.owner()) {
            (Some(network), Some(owner)) => Some(outside::Outside::new(Arc::clone(network), owner, &meter)),
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
        for grant in &reach.directories {
            match &request.mailbox {
                Some(mailbox) => directories::preopen(&mut wasi, grant, mailbox.scope.owner())?,
                None => directories::preopen_stand_in(&mut wasi, grant)?,
            }
        }
        let mut table = ResourceTable::new();
        table.set_max_capacity(usize::try_from(limits.open_files_max).unwrap_or(usize::MAX));
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
            host_calls: 0,
            traffic: Traffic::default(),
            random_bytes: 0,
            deadline: Deadline::new(request.clock, limits.call_timeout()),
            meter,
            turn: request.turn,
            mailbox: request.mailbox,
        })
    }

    /// Gives the store to somebody. What it has open stays: nothing of an owner's, since it had none. Where a directory stands
    /// in for theirs, it has theirs now.
    ///
    /// # Errors
    /// As [`new`](Self::new). The store is nobody's then.
    pub(crate) fn hand_over(&mut self, request: StoreRequest<'_>) -> Result<(), GrantError> {
        // Streams that `init` has opened write here as well.
        self.journal.hand_over(request.subject(), request.meter());
        let mut state = Self::with_journal(request, self.journal.clone())?;
        directories::give(&mut self.table, &mut self.wasi, &mut state.wasi)?;
        std::mem::swap(&mut state.limiter, &mut self.limiter);
        std::mem::swap(&mut state.table, &mut self.table);
        std::mem::swap(&mut state.deadline, &mut self.deadline);
        *self = state;
        Ok(())
    }

    /// Counts a call of a host function. Whatever is linked reaches the state through this: counting here costs a call that
    /// needs nothing of the host's nothing, where wasmtime's hook would be asked at every crossing.
    fn entered(&mut self) -> &mut Self {
        self.host_calls += 1;
        self
    }

    /// Begins a call of the guest that may take `timeout`.
    pub(crate) fn begin_call(&mut self, timeout: Duration) {
        self.deadline.set(timeout);
        self.journal.begin_call(&self.meter);
        if let Some(outside) = &self.outgoing.outside {
            outside.budget.begin_call();
        }
        if let Some(turn) = &mut self.turn {
            turn.begin();
        }
    }

    /// A slice of time is over: whether the guest may go on. Others may have to go on before it.
    pub(crate) fn go_on(&mut self) -> UpdateDeadline {
        let turn = self.turn.as_mut();
        let goes_on = !self.deadline.is_over() && turn.is_none_or(|turn| turn.go_on(self.deadline.get()));
        if goes_on { UpdateDeadline::Continue(SLICE) } else { UpdateDeadline::Interrupt }
    }

    /// The call has ended. Answers the processor time that it took.
    pub(crate) fn end_call(&mut self) -> Duration {
        self.turn.as_mut().map(Turn::end).unwrap_or_default()
    }

    /// How long the current call has taken.
    pub(crate) fn elapsed(&self) -> Duration {
        self.deadline.elapsed()
    }

    /// Bytes of the host's that the guest keeps it from giving back.
    pub(crate) fn held_bytes(&mut self) -> u64 {
        // A resource is a boxed value and its place in the table.
        const RESOURCE_BYTES: usize = 256;
        (self.cas_bytes + self.table.iter_mut().count() * RESOURCE_BYTES) as u64
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

    let own: fn(&mut S) -> &mut S = S::entered;
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
    wasi_sync::io::poll::add_to_linker::<S, poll::Bounded<'static>>(l, |state| {
        poll::Bounded(state.entered())
    })?;
    wasi_sync::io::streams::add_to_linker::<S, poll::Bounded<'static>>(l, |state| {
        poll::Bounded(state.entered())
    })?;
    wasi::io::error::add_to_linker::<S, error::Errors<'static>>(l, |state| {
        error::Errors(&mut state.entered().table)
    })?;
    wasi::cli::exit::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::environment::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::stdin::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::stdout::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::stderr::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::terminal_input::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::terminal_output::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::terminal_stdin::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::terminal_stdout::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::cli::terminal_stderr::add_to_linker::<S, WasiCli>(l, |state| state.entered().cli())?;
    wasi::clocks::wall_clock::add_to_linker::<S, WasiClocks>(l, |state| state.entered().clocks())?;
    wasi::clocks::monotonic_clock::add_to_linker::<S, WasiClocks>(l, |state| state.entered().clocks())?;
    wasi::random::random::add_to_linker::<S, WasiRandom>(l, |state| state.entered().wasi.random())?;
    wasi::random::insecure::add_to_linker::<S, WasiRandom>(l, |state| state.entered().wasi.random())?;
    wasi::random::insecure_seed::add_to_linker::<S, WasiRandom>(l, |state| state.entered().wasi.random())?;
    wasi::filesystem::preopens::add_to_linker::<S, WasiFilesystem>(l, |state| state.entered().filesystem())?;
    wasi_sync::filesystem::types::add_to_linker::<S, WasiFilesystem>(l, |state| {
        state.entered().filesystem()
    })?;
    files::shadow(l)?;
    random::shadow(l)?;
    wasi::sockets::instance_network::add_to_linker::<S, WasiSockets>(l, |state| state.entered().sockets())?;
    wasi::sockets::network::add_to_linker::<S, WasiSockets>(l, &Default::default(), |state| {
        state.entered().sockets()
    })?;
    wasi::sockets::ip_name_lookup::add_to_linker::<S, sockets::Whole>(l, |state| {
        sockets::Sockets(state.entered())
    })?;
    wasi::sockets::tcp_create_socket::add_to_linker::<S, WasiSockets>(l, |state| state.entered().sockets())?;
    wasi_sync::sockets::tcp::add_to_linker::<S, sockets::Whole>(l, |state| {
        sockets::Sockets(state.entered())
    })?;
    wasi_sync::sockets::udp::add_to_linker::<S, WasiSockets>(l, |state| state.entered().sockets())?;
    wasi_sync::sockets::udp_create_socket::add_to_linker::<S, WasiSockets>(l, |state| {
        state.entered().sockets()
    })?;
    http::add_to_linker(l)?;
    wasmtime_wasi_config::add_to_linker(l, |state| WasiConfig::from(&*state.entered().settings))?;
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
        IndexError::Exhausted(_) | IndexError::Quota { .. } | IndexError::Full { .. } => {
            ErrorCode::QuotaExceeded
        }
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
