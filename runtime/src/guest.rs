//! One running instance in its store: calls into it, and what a call that ended badly means.

use std::time::Instant;

use wasmtime::component::{Instance, ResourceAny};
use wasmtime::{Store, Trap, WasmBacktrace};

use crate::bindings::mapistore::backend::{notifications, types};
use crate::bindings::{self, BackendPre};
use crate::engine::{self, Engine};
use crate::error::{self, CallError, Callee};
use crate::host::{HostDeadline, HostState, Mailbox, Reach, StoreRequest};
use crate::limits::Limits;

/// Longest error detail that is kept, in bytes.
const DETAIL_MAX_BYTES: usize = 4096;

/// A running instance. Once a call has ended badly it must not be entered again, and is dropped with its store.
pub(crate) struct Guest {
    pub(crate) store: Store<HostState>,
    pub(crate) world: bindings::Backend,
    callee: Callee,
    limits: Limits,
}

/// What the guest's functions of the contract return.
pub(crate) type Answer<R> = wasmtime::Result<Result<R, types::Error>>;

impl Guest {
    /// Starts an instance.
    pub(crate) fn start(
        engine: &Engine,
        pre: &BackendPre<HostState>,
        callee: Callee,
        limits: &Limits,
        mailbox: Option<Mailbox>,
        reach: &Reach,
    ) -> Result<Self, CallError> {
        let instantiate = |store: &mut Store<HostState>| Ok((pre.instantiate(store)?, ()));
        Ok(Self::start_by(engine, callee, limits, mailbox, reach, instantiate)?.0)
    }

    /// Starts an instance without a user, to run `init` in and to take the snapshot of.
    pub(crate) fn start_for_init(
        engine: &Engine,
        pre: &BackendPre<HostState>,
        callee: Callee,
        limits: &Limits,
        reach: &Reach,
    ) -> Result<(Self, Instance), CallError> {
        Self::start_with_instance(engine, pre, callee, limits, None, reach)
    }

    /// Starts an instance and hands it out as well: for what the typed world does not know, such as calls by name.
    pub(crate) fn start_with_instance(
        engine: &Engine,
        pre: &BackendPre<HostState>,
        callee: Callee,
        limits: &Limits,
        mailbox: Option<Mailbox>,
        reach: &Reach,
    ) -> Result<(Self, Instance), CallError> {
        Self::start_by(engine, callee, limits, mailbox, reach, |store| {
            let instance = pre.instance_pre().instantiate(&mut *store)?;
            Ok((bindings::Backend::new(store, &instance)?, instance))
        })
    }

    fn start_by<R>(
        engine: &Engine,
        callee: Callee,
        limits: &Limits,
        mailbox: Option<Mailbox>,
        reach: &Reach,
        instantiate: impl FnOnce(&mut Store<HostState>) -> wasmtime::Result<(bindings::Backend, R)>,
    ) -> Result<(Self, R), CallError> {
        const FUNCTION: &str = "instantiate";
        let context = match &callee {
            Callee::Context(uri) => Some(uri.as_str()),
            Callee::Backend(_) => None,
        };
        let request = StoreRequest { context, limits, mailbox, reach };
        let state =
            HostState::new(&request).map_err(|source| CallError::Grant { callee: callee.clone(), source })?;
        let mut store = engine.store(state, limits);
        let started = Instant::now();
        match instantiate(&mut store) {
            Ok((world, more)) => Ok((Self { store, world, callee, limits: limits.clone() }, more)),
            Err(error) => Err(classify(&error, &mut store, &callee, limits, FUNCTION, started)),
        }
    }

    pub(crate) fn callee(&self) -> &Callee {
        &self.callee
    }

    /// Calls a function that answers with the contract's errors. On [`CallError::is_loss`] the instance is dead.
    pub(crate) fn call<R>(
        &mut self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &bindings::Backend) -> Answer<R>,
    ) -> Result<R, CallError> {
        self.enter(function, call)?.map_err(|error| self.answered(function, error))
    }

    /// Calls a function, whatever it answers.
    pub(crate) fn enter<R>(
        &mut self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &bindings::Backend) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        engine::set_deadline(&mut self.store, self.limits.call_timeout());
        let started = Instant::now();
        call(&mut self.store, &self.world)
            .map_err(|error| classify(&error, &mut self.store, &self.callee, &self.limits, function, started))
    }

    /// Runs destructors in the order given, all under one deadline. After the first that ends badly no other can run.
    pub(crate) fn drop_resources(&mut self, resources: Vec<ResourceAny>) -> Result<(), CallError> {
        const FUNCTION: &str = "destructor";
        engine::set_deadline(&mut self.store, self.limits.close_timeout());
        let limits = Limits { call_timeout_ms: self.limits.close_timeout_ms, ..self.limits.clone() };
        let started = Instant::now();
        for resource in resources {
            resource.resource_drop(&mut self.store).map_err(|error| {
                classify(&error, &mut self.store, &self.callee, &limits, FUNCTION, started)
            })?;
        }
        Ok(())
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

/// Finds out why a call ended badly, and which limit it was, if it was one.
fn classify(
    error: &wasmtime::Error,
    store: &mut Store<HostState>,
    callee: &Callee,
    limits: &Limits,
    function: &'static str,
    started: Instant,
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
        let limit = if function == "destructor" { "close_timeout_ms" } else { "call_timeout_ms" };
        let ran = error::duration(started.elapsed());
        return over(limit, format!("ran for {ran}"), error::duration(limits.call_timeout()));
    }
    let text = format!("{error:#}");
    // wasmtime keeps the types of these two errors to itself; `it/limits.rs` notices if the texts change.
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        let allowed = error::bytes(limits.hostcall_max_bytes);
        return over("hostcall_max_bytes", "handed the host more".into(), allowed);
    }
    if text.contains("store handle limit exceeded") || text.contains("table has no free keys") {
        return over("handles_max", "asked for one more handle".into(), limits.handles_max.to_string());
    }
    let backtrace = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
    let reason = match trap {
        Some(trap) => trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
        None => error.root_cause().to_string(),
    };
    CallError::Trapped { callee: callee.clone(), function, reason, backtrace }
}
