//! A guest object from outside: calls into it, in its context's turn and under its guard.

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::ResourceAny;

use super::guard::{self, Guard, Need};
use super::handles::HandleId;
use super::{Inner, Live, Slot};
use crate::bindings::exports::mapistore::backend::objects;
use crate::check;
use crate::error::CallError;
use crate::events::Notice;
use crate::guest::Answer;
use crate::host::HostState;
use crate::index::Fmid;
use crate::weigh::Weigh;

/// A guest object, held from outside. Dropping it lets go of the guest's.
pub(crate) struct Handle {
    pub(crate) inner: Arc<Inner>,
    pub(super) generation: u64,
    pub(crate) id: HandleId,
    /// False for the root folder, which belongs to the context.
    pub(super) owned: bool,
    /// What it lies in, and so which rights it takes.
    pub(crate) guard: Guard,
}

impl Handle {
    // A future that only waits for another is handed on as it is: each that wraps one moves the answer once more, and of
    // such moves the price of a call is made.

    /// Does `work` in the object's store, if the user may call `function`.
    pub(crate) fn run<R: Send + 'static>(
        &self,
        function: &'static str,
        work: impl FnOnce(&mut Live, ResourceAny) -> Result<R, CallError> + Send + 'static,
    ) -> impl Future<Output = Result<R, CallError>> {
        self.run_noticed(function, self.need(function), work, |_| Notice::default())
    }

    /// The same, with the right that it takes; `notice` says what has changed if it succeeds.
    pub(crate) fn run_noticed<R: Send + 'static>(
        &self,
        function: &'static str,
        need: Need,
        work: impl FnOnce(&mut Live, ResourceAny) -> Result<R, CallError> + Send + 'static,
        notice: impl FnOnce(&R) -> Notice + Send + 'static,
    ) -> impl Future<Output = Result<R, CallError>> {
        let id = self.id;
        let check = self.inner.is_delegated().then(|| (Arc::clone(&self.inner), self.guard.clone()));
        let work = move |live: &mut Live| {
            if let Some((inner, guard)) = check {
                guard.check(&inner, live, function, need)?;
            }
            let resource = live.resource(id)?;
            work(live, resource)
        };
        self.inner.run_noticed(function, Some(self.generation), work, notice)
    }

    /// The right that a function takes of the user. The owner is never asked for one, and so need not wait for the answer.
    fn need(&self, function: &str) -> Need {
        if self.inner.is_delegated() { guard::need(function) } else { Need::Nothing }
    }

    /// Checks a right and does nothing else.
    pub(crate) async fn require(&self, function: &'static str, need: Need) -> Result<(), CallError> {
        if !self.inner.is_delegated() {
            return Ok(());
        }
        self.run_noticed(function, need, |_, _| Ok(()), |_| Notice::default()).await
    }

    /// Announces, in the context's turn, what the host did by several calls.
    pub(crate) async fn announce(&self, function: &'static str, notice: Notice) {
        // The context may be closed or lost by now: then there is nobody in whose turn to say it.
        let _ = self.inner.run_noticed(function, None, |_| Ok(()), |()| notice).await;
    }

    /// Calls one function of the object.
    pub(crate) fn call<R: Weigh + Send + 'static>(
        &self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &objects::Guest, ResourceAny) -> Answer<R> + Send + 'static,
    ) -> impl Future<Output = Result<R, CallError>> {
        self.run(function, move |live, resource| {
            live.guest.call(function, |store, world| call(store, world.mapistore_backend_objects(), resource))
        })
    }

    /// Calls one function that changes the object; `notice` says what has changed if it succeeds.
    pub(crate) fn change<R: Weigh + Send + 'static>(
        &self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &objects::Guest, ResourceAny) -> Answer<R> + Send + 'static,
        notice: impl FnOnce(&R) -> Notice + Send + 'static,
    ) -> impl Future<Output = Result<R, CallError>> {
        let work = move |live: &mut Live, resource| {
            live.guest.call(function, |store, world| call(store, world.mapistore_backend_objects(), resource))
        };
        self.run_noticed(function, self.need(function), work, notice)
    }

    /// Calls one function of the object and checks its answer.
    pub(crate) async fn checked<R: Weigh + Send + 'static>(
        &self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &objects::Guest, ResourceAny) -> Answer<R> + Send + 'static,
        check: impl FnOnce(&R) -> Result<(), check::Problem>,
    ) -> Result<R, CallError> {
        let answer = self.call(function, call).await?;
        check(&answer).map_err(|problem| CallError::InvalidAnswer {
            callee: self.inner.callee(),
            function,
            problem,
        })?;
        Ok(answer)
    }

    /// Calls a function that opens another object: a child of this one.
    pub(crate) async fn open(
        &self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &objects::Guest, ResourceAny) -> Answer<ResourceAny>
        + Send
        + 'static,
    ) -> Result<Handle, CallError> {
        let opened = self.open_with(function, |store, objects, resource| {
            Ok(call(store, objects, resource)?.map(|opened| (opened, ())))
        });
        Ok(opened.await?.0)
    }

    /// The same, for a function that answers something besides.
    pub(crate) async fn open_with<R: Weigh + Send + 'static>(
        &self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &objects::Guest, ResourceAny) -> Answer<(ResourceAny, R)>
        + Send
        + 'static,
    ) -> Result<(Handle, R), CallError> {
        let parent = self.id;
        let opened = self.run(function, move |live, resource| {
            let (opened, more) = live
                .guest
                .call(function, |store, world| call(store, world.mapistore_backend_objects(), resource))?;
            Ok((live.handles.insert(opened, Some(parent)), more))
        });
        let (id, more) = opened.await?;
        let (inner, guard) = (Arc::clone(&self.inner), self.guard.clone());
        Ok((Handle { inner, generation: self.generation, id, owned: true, guard }, more))
    }

    /// As [`Context::get_paths`].
    pub(crate) async fn paths(&self, ids: &[Fmid]) -> Result<Vec<objects::PathResult>, CallError> {
        self.inner.get_paths(ids).await
    }

    /// The same object once more, for as long as the first is held: dropping it lets go of nothing.
    pub(crate) fn borrowed(&self) -> Handle {
        let (inner, guard) = (Arc::clone(&self.inner), self.guard.clone());
        Handle { inner, generation: self.generation, id: self.id, owned: false, guard }
    }

    /// An object that `work` opened: `id` is what it put among the store's handles.
    pub(crate) fn child(&self, id: HandleId, guard: Guard) -> Handle {
        Handle { inner: Arc::clone(&self.inner), generation: self.generation, id, owned: true, guard }
    }

    /// The id of another object of the same store, to be used as an argument.
    pub(crate) fn sibling(&self, other: &Handle, function: &'static str) -> Result<HandleId, CallError> {
        if !Arc::ptr_eq(&self.inner, &other.inner) {
            return Err(CallError::OtherContext { function });
        }
        if self.generation != other.generation {
            return Err(CallError::Stale { callee: self.inner.callee() });
        }
        Ok(other.id)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !self.owned {
            return;
        }
        let (inner, generation, id) = (Arc::clone(&self.inner), self.generation, self.id);
        self.inner.lane.post(move |slot| {
            let Slot::Open(live) = &mut *slot else { return };
            if live.generation != generation {
                return;
            }
            let free = live.handles.release(id);
            let dropped = live.guest.drop_resources(free);
            if let Err(error) = inner.settle(slot, dropped, |()| Notice::default()) {
                tracing::warn!(%error, context = %inner.uri, "a destructor ended badly");
            }
        });
    }
}
