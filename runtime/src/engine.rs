//! The wasmtime engine: every knob of it, the clock behind deadlines, and nothing about mailboxes.

mod contract;
pub(crate) mod epoch;
pub(crate) mod limiter;
mod pool;
pub(crate) mod snapshot;
pub(crate) mod world;

use std::time::Duration;

use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Store};

use crate::config::RuntimeSection;
use crate::host::{self, HostState};
use crate::limits::Limits;

/// One per runtime: compiles components and makes stores.
pub(crate) struct Engine {
    wasmtime: wasmtime::Engine,
    linker: Linker<HostState>,
    _ticker: epoch::Ticker,
}

impl Engine {
    /// For contexts: stores live in a pool. With `may_fail`, file operations may be made to fail.
    pub(crate) fn new(section: &RuntimeSection, may_fail: bool) -> wasmtime::Result<Self> {
        let mut config = compiling();
        config.allocation_strategy(pool::strategy(section.profile, section.contexts_awake_max));
        Self::with(&config, may_fail)
    }

    /// For the preparation of one component: every store gets memory of its own.
    pub(crate) fn for_preparation() -> wasmtime::Result<Self> {
        Self::with(&compiling(), false)
    }

    fn with(config: &Config, may_fail: bool) -> wasmtime::Result<Self> {
        let wasmtime = wasmtime::Engine::new(config)?;
        let mut linker = Linker::new(&wasmtime);
        host::add_to_linker(&mut linker)?;
        if may_fail {
            host::fault::shadow(&mut linker)?;
        }
        let ticker = epoch::Ticker::start(&wasmtime)?;
        Ok(Self { wasmtime, linker, _ticker: ticker })
    }

    pub(crate) fn linker(&self) -> &Linker<HostState> {
        &self.linker
    }

    pub(crate) fn compile(&self, component: &[u8]) -> wasmtime::Result<Component> {
        Component::from_binary(&self.wasmtime, component)
    }

    /// Loads what [`Component::serialize`] made.
    #[expect(unsafe_code, reason = "wasmtime cannot know who wrote the bytes; the registry's digest does")]
    pub(crate) fn load(&self, compiled: &[u8]) -> wasmtime::Result<Component> {
        // SAFETY: the bytes are those that `serialize` made: the caller compared them with the digest that was recorded
        // beside them, in a data directory that only the operator's account may write. wasmtime checks that they
        // are for this version, configuration and CPU.
        unsafe { Component::deserialize(&self.wasmtime, compiled) }
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
        store.set_hostcall_fuel(usize::try_from(limits.hostcall_max_bytes).unwrap_or(usize::MAX));
        store.set_max_component_handles(usize::try_from(limits.handles_max).unwrap_or(usize::MAX));
        set_deadline(&mut store, limits.call_timeout());
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
    // What `init` left is mapped copy-on-write, however much of it is zeros. wasmtime's 16 MiB would have larger
    // images of few pages copied into every store.
    config.memory_guaranteed_dense_image_size(IMAGE_MAX_BYTES);
    config
}

/// Bytes of an image that are mapped even if most of them are zeros: the default of `memory_max_bytes`.
const IMAGE_MAX_BYTES: u64 = 128 << 20;

/// Gives the guest `timeout` from now, for its own code and for host functions that wait.
pub(crate) fn set_deadline(store: &mut Store<HostState>, timeout: Duration) {
    store.set_epoch_deadline(epoch::ticks(timeout));
    store.data_mut().set_deadline(timeout);
}
