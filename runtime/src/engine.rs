//! The wasmtime engine: every knob of it, the clock behind deadlines, and nothing about mailboxes.

pub(crate) mod contract;
pub(crate) mod epoch;
pub(crate) mod limiter;
pub(crate) mod pool;
pub(crate) mod snapshot;
pub(crate) mod world;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, OptLevel, Store, WasmBacktraceDetails};

use crate::config::Profile;
use crate::host::{self, HostState};
use crate::limits::Limits;

/// One per runtime: compiles components and makes stores.
pub(crate) struct Engine {
    wasmtime: wasmtime::Engine,
    linker: Linker<HostState>,
    ticker: epoch::Ticker,
    /// What was compiled for a debugger, if this is for one. It is compiled once and stays: a debugger has breakpoints in it, and is
    /// lost over code that goes and other code that comes to the same address.
    shown: Option<Mutex<Vec<Shown>>>,
}

/// A component as it came, and compiled for a debugger.
type Shown = (Vec<u8>, Component);

impl Engine {
    /// For contexts: stores live in a pool.
    pub(crate) fn new(profile: Profile, contexts_max: u32) -> wasmtime::Result<Self> {
        let mut config = compiling();
        config.allocation_strategy(pool::strategy(profile, contexts_max));
        Self::with(&config)
    }

    /// For a native debugger, which sees the source of guests that have DWARF. Its code is slow, and no other engine's.
    pub(crate) fn for_debugger() -> wasmtime::Result<Self> {
        let mut config = compiling();
        config.debug_info(true).cranelift_opt_level(OptLevel::None);
        Ok(Self { shown: Some(Mutex::default()), ..Self::with(&config)? })
    }

    /// For the preparation of one component: every store gets memory of its own.
    pub(crate) fn for_preparation() -> wasmtime::Result<Self> {
        Self::with(&compiling())
    }

    fn with(config: &Config) -> wasmtime::Result<Self> {
        let wasmtime = wasmtime::Engine::new(config)?;
        let mut linker = Linker::new(&wasmtime);
        host::add_to_linker(&mut linker)?;
        let ticker = epoch::Ticker::start(&wasmtime)?;
        Ok(Self { wasmtime, linker, ticker, shown: None })
    }

    /// Whether a debugger may stop guests anywhere, for any time.
    pub(crate) fn is_for_debugger(&self) -> bool {
        self.shown.is_some()
    }

    /// The limits of a backend as they hold here.
    pub(crate) fn limits(&self, limits: Limits) -> Limits {
        if self.is_for_debugger() { limits.of_a_debugger() } else { limits }
    }

    pub(crate) fn clock(&self) -> &epoch::Clock {
        self.ticker.clock()
    }

    pub(crate) fn linker(&self) -> &Linker<HostState> {
        &self.linker
    }

    pub(crate) fn compile(&self, component: &[u8]) -> wasmtime::Result<Component> {
        let Some(shown) = &self.shown else { return Component::from_binary(&self.wasmtime, component) };
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = shown.iter().find(|(bytes, _)| bytes == component) {
            return Ok(known.clone());
        }
        let compiled = Component::from_binary(&self.wasmtime, component)?;
        shown.push((component.to_vec(), compiled.clone()));
        Ok(compiled)
    }

    /// Maps what [`Component::serialize`] made. Pages are read when they are used, and are those of every process that
    /// maps the file.
    #[expect(unsafe_code, reason = "wasmtime cannot know who wrote the file; the registry does")]
    pub(crate) fn load(&self, compiled: &std::fs::File) -> wasmtime::Result<Component> {
        use std::os::fd::AsRawFd;
        // The very file that was looked at: its name may lead to another one by now.
        let path = format!("/proc/self/fd/{}", compiled.as_raw_fd());
        // SAFETY: the file is what `serialize` made: the caller compared it with the digest that was recorded, and made
        // sure that it and its folders belong to this account or root and that nobody else may write to them. It is
        // replaced by renaming only, never written to again. wasmtime checks that it is for this version,
        // configuration and CPU.
        unsafe { Component::deserialize_file(&self.wasmtime, path) }
    }

    /// What compiled code depends on besides the component: wasmtime's version, its configuration and the CPU.
    pub(crate) fn compatibility_hash(&self) -> String {
        use std::hash::{Hash, Hasher};
        // Fixed keys: the value is written to disk and compared after a restart.
        let mut hasher = std::hash::DefaultHasher::new();
        self.wasmtime.precompile_compatibility_hash().hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// Makes a store whose limits hold from its first instruction.
    pub(crate) fn store(&self, state: HostState, limits: &Limits) -> Store<HostState> {
        let mut store = Store::new(&self.wasmtime, state);
        store.limiter(|state| &mut state.limiter);
        // At the end of a slice the guest asks whether it may go on; without a callback it would trap.
        store.epoch_deadline_callback(|mut store| Ok(store.data_mut().go_on()));
        store.set_hostcall_fuel(usize::try_from(limits.hostcall_max_bytes).unwrap_or(usize::MAX));
        store.set_max_component_handles(usize::try_from(limits.handles_max).unwrap_or(usize::MAX));
        begin_call(&mut store, limits.call_timeout());
        store
    }
}

/// What decides about compiled code: the same wherever it is made and wherever it is run.
fn compiling() -> Config {
    let mut config = Config::new();
    // Deadlines: about 10% on tight loops, where fuel costs twice that and cannot be tied to time.
    config.epoch_interruption(true);
    // Component-model async triples the cost of a call, and no backend needs it.
    config.concurrency_support(false);
    // Whatever the environment says: files and lines are read at registration, and not in this process (`symbols`).
    config.wasm_backtrace_details(WasmBacktraceDetails::Disable);
    // What `init` left is mapped copy-on-write, however much of it is zeros. wasmtime's 16 MiB would have larger
    // images of few pages copied into every store.
    config.memory_guaranteed_dense_image_size(IMAGE_MAX_BYTES);
    config
}

/// Bytes of an image that are mapped even if most of them are zeros: the default of `memory_max_bytes`.
const IMAGE_MAX_BYTES: u64 = 128 << 20;

/// Gives the guest `timeout` from now, for its own code and for host functions that wait.
pub(crate) fn begin_call(store: &mut Store<HostState>, timeout: Duration) {
    store.set_epoch_deadline(epoch::FIRST_SLICE);
    store.data_mut().begin_call(timeout);
}
