//! `wasi:io/poll`, bounded by the deadline of the call: epochs end a guest that computes, not one that sleeps in the
//! host.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::sync::io::poll as sync_poll;
use wasmtime_wasi::runtime::in_tokio;
use wasmtime_wasi_io::bindings::wasi::io::poll as async_poll;

use super::HostState;

/// The guest waited in a host function until its deadline.
#[derive(Debug, thiserror::Error)]
#[error("the call waited in a host function until its deadline")]
pub(crate) struct HostDeadline;

/// When the call that runs has to be over: shared with what the guest has open, which may wait as well.
pub(super) struct Deadline {
    made: Instant,
    /// Nanoseconds since then.
    after: AtomicU64,
}

impl Deadline {
    pub(super) fn new(timeout: Duration) -> Arc<Self> {
        let deadline = Self { made: Instant::now(), after: AtomicU64::new(0) };
        deadline.set(timeout);
        Arc::new(deadline)
    }

    pub(super) fn set(&self, timeout: Duration) {
        let nanoseconds = self.made.elapsed().saturating_add(timeout).as_nanos();
        self.after.store(u64::try_from(nanoseconds).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> Instant {
        self.made + Duration::from_nanos(self.after.load(Ordering::Relaxed))
    }
}

/// The store's WASI resources.
pub(super) struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

/// The store's WASI resources and the deadline.
pub(super) struct Bounded;

impl HasData for Bounded {
    type Data<'a> = BoundedTable<'a>;
}

pub(super) struct BoundedTable<'a> {
    table: &'a mut ResourceTable,
    deadline: Instant,
}

pub(super) fn bounded(state: &mut HostState) -> BoundedTable<'_> {
    BoundedTable { deadline: state.deadline.get(), table: &mut state.table }
}

impl BoundedTable<'_> {
    fn wait<R>(
        &mut self,
        wait: impl AsyncFnOnce(&mut ResourceTable) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        let deadline = self.deadline.into();
        in_tokio(async {
            match tokio::time::timeout_at(deadline, wait(self.table)).await {
                Ok(result) => result,
                Err(_) => Err(HostDeadline.into()),
            }
        })
    }
}

impl sync_poll::Host for BoundedTable<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wait(async |table| async_poll::Host::poll(table, pollables).await)
    }
}

impl sync_poll::HostPollable for BoundedTable<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.wait(async |table| async_poll::HostPollable::ready(table, pollable).await)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.wait(async |table| async_poll::HostPollable::block(table, pollable).await)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        async_poll::HostPollable::drop(self.table, pollable)
    }
}
