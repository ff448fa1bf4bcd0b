//! `wasi:io/poll`, bounded by the deadline of the call: epochs end a guest that computes, not one that sleeps in the
//! host.

use std::time::Instant;

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::sync::io::poll as sync_poll;
use wasmtime_wasi::p2::{DynPollable, StreamError};
use wasmtime_wasi::runtime::in_tokio;
use wasmtime_wasi_io::bindings::wasi::io::poll as async_poll;

use super::HostState;

/// The guest waited in a host function until its deadline.
#[derive(Debug, thiserror::Error)]
#[error("the call waited in a host function until its deadline")]
pub(crate) struct HostDeadline;

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
    pub(super) table: &'a mut ResourceTable,
    deadline: Instant,
}

pub(super) fn bounded(state: &mut HostState) -> BoundedTable<'_> {
    BoundedTable { table: &mut state.table, deadline: state.deadline }
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

impl BoundedTable<'_> {
    pub(super) fn wait<R, E: AtDeadline>(
        &mut self,
        wait: impl AsyncFnOnce(&mut ResourceTable) -> Result<R, E>,
    ) -> Result<R, E> {
        let deadline = self.deadline.into();
        in_tokio(async {
            match tokio::time::timeout_at(deadline, wait(self.table)).await {
                Ok(result) => result,
                Err(_) => Err(E::at_deadline()),
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
