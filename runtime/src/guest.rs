//! One running instance in its store: calls into it, and what a call that ended badly means.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Instance, ResourceAny};
use wasmtime::{Store, Trap, WasmBacktrace};

use crate::bindings::mapistore::backend::{notifications, types};
use crate::bindings::{self, BackendPre};
use crate::engine::{self, Engine};
use crate::error::{self, CallError, Callee};
use crate::executor::Turn;
use crate::host::{HostDeadline, HostState, Mailbox, Reach, StoreRequest};
use crate::limits::Limits;
use crate::symbols::Symbols;
use crate::usage::{Counters, Usage};
use crate::weigh::Weigh;

/// Longest error detail that is kept, in bytes.
const DETAIL_MAX_BYTES: usize = 4096;

/// A running instance. Once a call has ended badly it must not be entered again, and is dropped with its store.
pub(crate) struct Guest {
    pub(crate) store: Store<HostState>,
    pub(crate) world: bindings::Backend,
    callee: Callee,
    limits: Limits,
    symbols: Arc<Symbols>,
    /// What was used and not yet told: see [`take_usage`](Self::take_usage).
    usage: Usage,
}

/// What an instance is made with.
pub(crate) struct Start<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) limits: &'a Limits,
    pub(crate) callee: Callee,
    pub(crate) turn: Option<Turn>,
    pub(crate) mailbox: Option<Mailbox>,
    pub(crate) reach: &'a Reach,
    pub(crate) symbols: &'a Arc<Symbols>,
}

impl<'a> Start<'a> {
    fn request(self, callee: &'a Callee) -> StoreRequest<'a> {
        let Self { engine, limits, turn, mailbox, reach, callee: _, symbols: _ } = self;
        let context = match callee {
            Callee::Context(uri) => Some(&**uri),
            Callee::Backend(_) => None,
        };
        StoreRequest { context, limits, clock: engine.clock(), turn, mailbox, reach }
    }
}

/// What the guest's functions of the contract return.
pub(crate) type Answer<R> = wasmtime::Result<Result<R, types::Error>>;

impl Guest {
    /// Starts an instance.
    pub(crate) fn start(pre: &BackendPre<HostState>, start: Start<'_>) -> Result<Self, CallError> {
        Ok(Self::start_by(start, |store| Ok((pre.instantiate(store)?, ())))?.0)
    }

    /// Starts an instance and hands it out as well: for what the typed world does not know, such as calls by name.
    pub(crate) fn start_with_instance(
        pre: &BackendPre<HostState>,
        start: Start<'_>,
    ) -> Result<(Self, Instance), CallError> {
        Self::start_by(start, |store| {
            let instance = pre.instance_pre().instantiate(&mut *store)?;
            Ok((bindings::Backend::new(store, &instance)?, instance))
        })
    }

    fn start_by<R>(
        start: Start<'_>,
        instantiate: impl FnOnce(&mut Store<HostState>) -> wasmtime::Result<(bindings::Backend, R)>,
    ) -> Result<(Self, R), CallError> {
        const FUNCTION: &str = "instantiate";
        let (engine, limits, callee) = (start.engine, start.limits, start.callee.clone());
        let symbols = Arc::clone(start.symbols);
        let state = HostState::new(start.request(&callee));
        let state = state.map_err(|source| CallError::Grant { callee: callee.clone(), source })?;
        let mut store = engine.store(state, limits);
        let started = instantiate(&mut store);
        let time = store.data_mut().end_call();
        match started {
            Ok((world, more)) => {
                let usage = Usage { stores: 1, processor_ns: nanos(time), ..Usage::default() };
                Ok((Self { store, world, callee, limits: limits.clone(), symbols, usage }, more))
            }
            Err(error) => Err(classify(&error, &mut store, &callee, limits, &symbols, FUNCTION)),
        }
    }

    /// Gives the instance to somebody: what it does from now on is theirs.
    ///
    /// # Errors
    /// What was granted cannot be had.
    pub(crate) fn hand_over(&mut self, start: Start<'_>) -> Result<(), CallError> {
        let callee = start.callee.clone();
        // The store's own numbers begin anew.
        self.gather_usage();
        let handed = self.store.data_mut().hand_over(start.request(&callee));
        handed.map_err(|source| CallError::Grant { callee: callee.clone(), source })?;
        self.usage.stores = 1;
        self.callee = callee;
        Ok(())
    }

    pub(crate) fn callee(&self) -> &Callee {
        &self.callee
    }

    /// Calls a function that answers with the contract's errors. On [`CallError::is_loss`] the instance is dead.
    pub(crate) fn call<R: Weigh>(
        &mut self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &bindings::Backend) -> Answer<R>,
    ) -> Result<R, CallError> {
        let answer = self.enter(function, call)?;
        self.usage.bytes_out += answer.bytes() as u64;
        answer.map_err(|error| self.answered(function, error))
    }

    /// Calls a function, whatever it answers.
    pub(crate) fn enter<R>(
        &mut self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &bindings::Backend) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        engine::begin_call(&mut self.store, self.limits.call_timeout());
        let ended = call(&mut self.store, &self.world);
        self.count_call();
        ended.map_err(|error| self.classify(&error, function))
    }

    /// Runs destructors in the order given, all under one deadline. After the first that ends badly no other can run.
    pub(crate) fn drop_resources(&mut self, resources: Vec<ResourceAny>) -> Result<(), CallError> {
        self.drop_resources_within(resources, self.limits.close_timeout())
    }

    /// The same, under another deadline.
    pub(crate) fn drop_resources_within(
        &mut self,
        resources: Vec<ResourceAny>,
        timeout: Duration,
    ) -> Result<(), CallError> {
        const FUNCTION: &str = "destructor";
        if resources.is_empty() {
            return Ok(());
        }
        engine::begin_call(&mut self.store, timeout);
        let dropped = resources.into_iter().try_for_each(|resource| resource.resource_drop(&mut self.store));
        self.count_call();
        dropped.map_err(|error| self.classify(&error, FUNCTION))
    }

    fn classify(&mut self, error: &wasmtime::Error, function: &'static str) -> CallError {
        let Self { store, callee, limits, symbols, .. } = self;
        classify(error, store, callee, limits, symbols, function)
    }

    fn count_call(&mut self) {
        self.usage.calls += 1;
        self.usage.processor_ns += nanos(self.store.data_mut().end_call());
    }

    /// What was used since this was last asked, and what is held now besides objects.
    pub(crate) fn take_usage(&mut self) -> Usage {
        self.gather_usage();
        std::mem::take(&mut self.usage)
    }

    /// The same, noted right away: moving all numbers costs more than adding them up.
    pub(crate) fn tell_usage(&mut self, handles: u64, counters: &Counters) {
        self.gather_usage();
        self.usage.handles = handles;
        counters.note(&self.usage);
        self.usage = Usage::default();
    }

    fn gather_usage(&mut self) {
        let (usage, state) = (&mut self.usage, self.store.data_mut());
        usage.memory_bytes = state.limiter.held_bytes() + state.held_bytes();
        usage.host_calls = std::mem::take(&mut state.host_calls);
        state.traffic.take_into(usage);
        state.journal.take_into(usage);
    }

    /// What the last call published.
    pub(crate) fn take_events(&mut self) -> (Vec<notifications::Event>, u64) {
        self.store.data_mut().published.take()
    }

    /// Bytes of linear memory and tables that the store holds.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.store.data().limiter.held_bytes()
    }

    pub(crate) fn invalid(&self, function: &'static str, problem: String) -> CallError {
        CallError::InvalidAnswer { callee: self.callee.clone(), function, problem }
    }

    fn answered(&self, function: &'static str, error: types::Error) -> CallError {
        let detail = error.detail.map(|detail| {
            let mut line = String::with_capacity(detail.len().min(DETAIL_MAX_BYTES));
            for character in detail.chars() {
                if line.len() >= DETAIL_MAX_BYTES {
                    line.push('…');
                    break;
                }
                line.push(if character.is_control() { ' ' } else { character });
            }
            line
        });
        CallError::Answered { callee: self.callee.clone(), function, code: error.code, detail }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Finds out why a call ended badly, and which limit it was, if it was one.
fn classify(
    error: &wasmtime::Error,
    store: &mut Store<HostState>,
    callee: &Callee,
    limits: &Limits,
    symbols: &Symbols,
    function: &'static str,
) -> CallError {
    let over = |limit, asked, allowed| CallError::OverLimit {
        callee: callee.clone(),
        function,
        limit,
        asked,
        allowed,
    };
    if let Some(refused) = store.data_mut().limiter.take_refused() {
        return over(
            "memory_max_bytes",
            format!("asked for {}", error::bytes(refused)),
            error::bytes(limits.memory_max_bytes),
        );
    }
    let trap = error.downcast_ref::<Trap>();
    if trap == Some(&Trap::Interrupt) || error.is::<HostDeadline>() {
        let (limit, allowed) = match function {
            "destructor" => ("close_timeout_ms", limits.close_timeout()),
            _ => ("call_timeout_ms", limits.call_timeout()),
        };
        let ran = error::duration(store.data().elapsed());
        return over(limit, format!("ran for {ran}"), error::duration(allowed));
    }
    let text = format!("{error:#}");
    // wasmtime keeps the types of these two errors to itself; `it/limits.rs` notices if the texts change.
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        let allowed = error::bytes(limits.hostcall_max_bytes);
        return over("hostcall_max_bytes", "handed the host more".into(), allowed);
    }
    if text.contains("store handle limit exceeded") {
        return over("handles_max", "asked for one more handle".into(), limits.handles_max.to_string());
    }
    if text.contains("table has no free keys") {
        let allowed = limits.open_files_max.to_string();
        return over("open_files_max", "asked for one more file or stream".into(), allowed);
    }
    let trace = error.downcast_ref::<WasmBacktrace>();
    let backtrace = trace.map(|trace| symbols.backtrace(trace)).unwrap_or_default();
    let reason = match trap {
        Some(trap) => trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
        None => error.root_cause().to_string(),
    };
    CallError::Trapped { callee: callee.clone(), function, reason, backtrace }
}
