//! `wasi:io/poll`, bounded by the deadline of the call: epochs end a guest that computes, not one that sleeps in the
//! host.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::sync::io::poll as sync_poll;
use wasmtime_wasi::p2::{DynPollable, StreamError};
use wasmtime_wasi::runtime::{in_tokio, with_ambient_tokio_runtime};
use wasmtime_wasi_io::bindings::wasi::io::poll as async_poll;

use super::HostState;
use crate::engine::epoch::Clock;

/// The guest waited in a host function until its deadline.
#[derive(Debug, thiserror::Error)]
#[error("the call waited in a host function until its deadline")]
pub(crate) struct HostDeadline;

/// When the call that runs has to be over: shared with what the guest has open, which may wait as well.
pub(super) struct Deadline {
    clock: Clock,
    /// The tick in which the call began, and the one in which it is over.
    began: AtomicU64,
    over: AtomicU64,
}

impl Deadline {
    pub(super) fn new(clock: &Clock, timeout: Duration) -> Arc<Self> {
        let deadline = Self { clock: clock.clone(), began: AtomicU64::new(0), over: AtomicU64::new(0) };
        deadline.set(timeout);
        Arc::new(deadline)
    }

    /// A call begins that may take `timeout`.
    pub(super) fn set(&self, timeout: Duration) {
        self.began.store(self.clock.now(), Ordering::Relaxed);
        self.over.store(self.clock.deadline(timeout), Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.clock.now() >= self.over.load(Ordering::Relaxed)
    }

    /// How long the call has taken.
    pub(super) fn elapsed(&self) -> Duration {
        self.clock.since(self.began.load(Ordering::Relaxed))
    }

    /// When it is over, to within a few ticks.
    pub(super) fn get(&self) -> Instant {
        self.clock.instant(self.over.load(Ordering::Relaxed))
    }
}

/// The store's state, for functions that wait until the deadline at most.
pub(super) struct Bounded<'a>(pub(super) &'a mut HostState);

impl HasData for Bounded<'static> {
    type Data<'a> = Bounded<'a>;
}

/// What a host function that may wait ends with when the deadline falls: the store ends too.
pub(super) trait AtDeadline {
    fn at_deadline() -> Self;
}

impl AtDeadline for wasmtime::Error {
    fn at_deadline() -> Self {
        HostDeadline.into()
    }
}

impl AtDeadline for StreamError {
    fn at_deadline() -> Self {
        Self::Trap(HostDeadline.into())
    }
}

impl Bounded<'_> {
    pub(super) fn wait<R, E: AtDeadline>(
        &mut self,
        wait: impl AsyncFnOnce(&mut ResourceTable) -> Result<R, E>,
    ) -> Result<R, E> {
        let deadline = self.0.deadline.get().into();
        let HostState { table, turn, .. } = self.0;
        let mut wait = pin!(wait(table));
        // Most files are read without waiting: then there is nothing to let others go on for, which takes two looks at clocks.
        let looks = || wait.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(result) = with_ambient_tokio_runtime(looks) {
            return result;
        }
        let wait = || {
            in_tokio(async {
                match tokio::time::timeout_at(deadline, wait).await {
                    Ok(result) => result,
                    Err(_) => Err(E::at_deadline()),
                }
            })
        };
        match turn {
            Some(turn) => turn.aside(wait),
            None => wait(),
        }
    }
}

impl sync_poll::Host for Bounded<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wait(async |table| async_poll::Host::poll(table, pollables).await)
    }
}

impl sync_poll::HostPollable for Bounded<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.wait(async |table| async_poll::HostPollable::ready(table, pollable).await)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.wait(async |table| async_poll::HostPollable::block(table, pollable).await)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        async_poll::HostPollable::drop(&mut self.0.table, pollable)
    }
}
