//! One context, one store: opens it, calls it, closes children first, and loses it after a trap.
//!
//! A context is open once per user and URI, and counted. Its store may be lost; what stays is who it is, and the next
//! use opens it by its URI again. Objects opened before the loss are stale.

pub(crate) mod handles;
mod table;

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::ResourceAny;

use crate::backend::Backend;
use crate::bindings::exports::mapistore::backend::objects;
use crate::bindings::mapistore::backend::{notifications, types};
use crate::check;
use crate::error::{CallError, Callee};
use crate::executor::{Executor, Lane, Refusal};
use crate::guest::{Answer, Guest};
use crate::host::{HostState, Mailbox};
use crate::index::{Fmid, IndexError, Uri};
use crate::limits::Limits;
use crate::objects::Folder;

use handles::{HandleId, Handles};
pub(crate) use table::ContextTable;

/// The number of a context in its process. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextId(u64);

/// Who opens a context.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Connection {
    /// The account that logged on.
    pub username: String,
    /// The mailbox owner: index, directories and quota are theirs.
    pub owner: String,
    /// Windows locale id (MS-LCID).
    pub locale: u32,
    /// Code page of 8-bit text.
    pub codepage: u32,
}

impl Connection {
    /// A user who opens their own mailbox, in US English and Windows-1252.
    pub fn of(user: &str) -> Self {
        Self { username: user.to_owned(), owner: user.to_owned(), locale: 0x0409, codepage: 1252 }
    }
}

/// What a context's guest announced in one call that has returned.
#[derive(Clone, Debug)]
pub struct ContextEvents {
    /// Which context.
    pub context: ContextId,
    /// Its URI.
    pub uri: String,
    /// Whose mailbox it is.
    pub owner: String,
    /// In the order in which they were published.
    pub events: Vec<notifications::Event>,
    /// How many more there were than a call may publish.
    pub dropped: u64,
}

/// Takes events. Called on the thread that ran the guest: be quick.
pub type EventSink = Arc<dyn Fn(ContextEvents) + Send + Sync>;

/// What closing a context gave back.
#[derive(Debug)]
pub struct Closed {
    /// Bytes of linear memory and tables that the store held.
    pub memory_bytes: u64,
    /// Guest objects that were still open, the context and its root folder included.
    pub handles: usize,
    /// How the destructors ended. Whatever it is, the memory is back.
    pub destructors: Result<(), CallError>,
}

/// A reference to an open context. When the last one goes, the context is closed: its destructors run, and its memory
/// comes back.
pub struct Context {
    pub(crate) inner: Arc<Inner>,
    /// True once this reference no longer counts.
    released: bool,
}

/// A context, whoever refers to it.
pub(crate) struct Inner {
    pub(crate) id: ContextId,
    pub(crate) uri: String,
    pub(crate) connection: Connection,
    pub(crate) backend: Arc<Backend>,
    callee: Callee,
    lane: Arc<Lane<Slot>>,
    table: Arc<ContextTable>,
    events: Option<EventSink>,
}

/// The store's place.
pub(crate) enum Slot {
    /// Not opened yet, or lost.
    Empty {
        /// How many stores there were.
        generation: u64,
    },
    Open(Box<Live>),
    /// The last reference went.
    Closed,
}

/// An open store.
pub(crate) struct Live {
    pub(crate) guest: Guest,
    pub(crate) handles: Handles<ResourceAny>,
    generation: u64,
    context: HandleId,
    root: HandleId,
}

impl Inner {
    fn new(
        id: ContextId,
        uri: &str,
        connection: Connection,
        backend: Arc<Backend>,
        executor: &Executor,
        table: Arc<ContextTable>,
        events: Option<EventSink>,
    ) -> Arc<Self> {
        let limits: &Limits = backend.limits();
        let waiting_max = usize::try_from(limits.queue_max_calls).unwrap_or(usize::MAX);
        let lane = Lane::new(executor, Slot::Empty { generation: 0 }, waiting_max, limits.queue_timeout());
        Arc::new(Self {
            id,
            uri: uri.to_owned(),
            callee: Callee::Context(uri.to_owned()),
            connection,
            backend,
            lane,
            table,
            events,
        })
    }

    /// Does `work` with the open store; opens it first if need be. With a `generation`, only if it is still that one.
    async fn run<R: Send + 'static>(
        self: &Arc<Self>,
        function: &'static str,
        generation: Option<u64>,
        work: impl FnOnce(&mut Live) -> Result<R, CallError> + Send + 'static,
    ) -> Result<R, CallError> {
        let this = Arc::clone(self);
        let done = self.lane.call(move |slot| this.run_in_turn(slot, generation, work)).await;
        done.unwrap_or_else(|refusal| Err(self.refused(refusal, function)))
    }

    fn run_in_turn<R>(
        &self,
        slot: &mut Slot,
        generation: Option<u64>,
        work: impl FnOnce(&mut Live) -> Result<R, CallError>,
    ) -> Result<R, CallError> {
        let stale = || CallError::Stale { callee: self.callee.clone() };
        if let (Slot::Empty { generation: last }, None) = (&*slot, generation) {
            let next = *last + 1;
            *slot = Slot::Empty { generation: next };
            *slot = Slot::Open(Box::new(self.open(next)?));
        }
        let Slot::Open(live) = slot else { return Err(stale()) };
        if generation.is_some_and(|generation| generation != live.generation) {
            return Err(stale());
        }
        let result = work(live);
        self.settle(slot, result)
    }

    /// After a call: loses the store if it is dead, and hands on what was announced if it is not.
    fn settle<R>(&self, slot: &mut Slot, result: Result<R, CallError>) -> Result<R, CallError> {
        let Slot::Open(live) = slot else { return result };
        match &result {
            Err(error) if error.is_loss() => {
                tracing::warn!(%error, context = %self.uri, "the context is lost");
                *slot = Slot::Empty { generation: live.generation };
            }
            _ => {
                let (events, dropped) = live.guest.take_events();
                if let Some(sink) = self.events.as_ref().filter(|_| !events.is_empty()) {
                    let owner = self.connection.owner.clone();
                    sink(ContextEvents { context: self.id, uri: self.uri.clone(), owner, events, dropped });
                }
            }
        }
        result
    }

    /// Starts a store and opens the context in it.
    fn open(&self, generation: u64) -> Result<Live, CallError> {
        let mailbox = self.backend.mailbox(&self.connection.owner, CREATE)?;
        let mut guest = self.backend.start(self.callee.clone(), Some(mailbox.clone()))?;
        let (context, root) = open_root(&mut guest, &self.backend, &self.connection, &mailbox, &self.uri)?;
        let mut handles = Handles::new();
        let context = handles.insert(context, None);
        let root = handles.insert(root, Some(context));
        Ok(Live { guest, handles, generation, context, root })
    }

    fn refused(&self, refusal: Refusal, function: &'static str) -> CallError {
        let callee = self.callee.clone();
        let limits = self.backend.limits();
        match refusal {
            Refusal::QueueFull => CallError::Busy { callee, max: limits.queue_max_calls },
            Refusal::Expired => CallError::QueueTimeout { callee, waited_max: limits.queue_timeout() },
            Refusal::Panicked => CallError::Host { callee, function, problem: "it panicked".into() },
        }
    }

    fn close(slot: &mut Slot) -> Option<Closed> {
        match std::mem::replace(slot, Slot::Closed) {
            Slot::Open(mut live) => {
                let memory_bytes = live.guest.held_bytes();
                let resources = live.handles.drain();
                let handles = resources.len();
                let destructors = live.guest.drop_resources(resources);
                if let Err(error) = &destructors {
                    tracing::warn!(%error, "a destructor ended badly; the memory is back all the same");
                }
                Some(Closed { memory_bytes, handles, destructors })
            }
            Slot::Empty { .. } | Slot::Closed => None,
        }
    }

    pub(crate) fn close_later(self: &Arc<Self>) {
        self.lane.post(|slot| drop(Self::close(slot)));
    }
}

const CREATE: &str = "provider.create-context";

/// Opens a context in a running instance, down to the root folder: without that, nothing stays open (LC-10).
pub(crate) fn open_root(
    guest: &mut Guest,
    backend: &Backend,
    connection: &Connection,
    mailbox: &Mailbox,
    uri: &str,
) -> Result<(ResourceAny, ResourceAny), CallError> {
    let info = types::ConnectionInfo {
        username: connection.username.clone(),
        owner: connection.owner.clone(),
        replica_guid: backend.replica_guid(),
        replica_id: crate::index::REPLICA_ID,
        locale: connection.locale,
        codepage: connection.codepage,
    };
    let context = guest.call(CREATE, |store, world| {
        world.mapistore_backend_provider().call_create_context(store, &info, uri)
    })?;
    // Only now: a URI that the backend does not open is not registered.
    let root_id = root_fid(mailbox, uri);
    let root_id = root_id.map_err(|source| CallError::Index { function: "index.ensure-ids", source });
    let root = root_id.and_then(|root_id| {
        guest.call("context.get-root-folder", |store, world| {
            world.mapistore_backend_objects().context().call_get_root_folder(store, context, root_id.0)
        })
    });
    match root {
        Ok(root) => Ok((context, root)),
        Err(error) => {
            if !error.is_loss() {
                // Its destructor runs; that it may fail changes nothing about the first error.
                let _ = guest.drop_resources(vec![context]);
            }
            Err(error)
        }
    }
}

/// The FID of a context's root, registered if it is new.
fn root_fid(mailbox: &Mailbox, uri: &str) -> Result<Fmid, IndexError> {
    let uri = Uri::parse(uri)?;
    let ids = mailbox.index.ensure_ids(&mailbox.scope, &[uri])?;
    ids.first().copied().ok_or_else(|| IndexError::Corrupt("no id for one URI".into()))
}

impl Context {
    /// Its number.
    pub fn id(&self) -> ContextId {
        self.inner.id
    }

    /// The URI that it was opened by, as it was given.
    pub fn uri(&self) -> &str {
        &self.inner.uri
    }

    /// Who opened it.
    pub fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    /// The backend that serves it.
    pub fn backend(&self) -> &str {
        self.inner.backend.name()
    }

    /// The FID of the root folder.
    ///
    /// # Errors
    /// The index failed.
    pub fn root_fid(&self) -> Result<Fmid, CallError> {
        const FUNCTION: &str = "index.ensure-ids";
        let mailbox = self.inner.backend.mailbox(&self.inner.connection.owner, FUNCTION)?;
        root_fid(&mailbox, &self.inner.uri).map_err(|source| CallError::Index { function: FUNCTION, source })
    }

    /// Opens the store if it is not open.
    pub(crate) async fn ensure_open(&self) -> Result<(), CallError> {
        self.inner.run("provider.create-context", None, |_| Ok(())).await
    }

    /// The root folder. Opens the context anew if it was lost.
    ///
    /// # Errors
    /// The context cannot be opened.
    pub async fn root_folder(&self) -> Result<Folder, CallError> {
        let root = self.inner.run("context.get-root-folder", None, |live| Ok((live.generation, live.root)));
        let (generation, id) = root.await?;
        let handle = Handle { inner: Arc::clone(&self.inner), generation, id, owned: false };
        Ok(Folder::new(handle))
    }

    /// Where each object is now: the URI without `namespace://`, or the backend's error for it.
    ///
    /// # Errors
    /// The call failed, or its answer breaks the contract.
    pub async fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<objects::PathResult>, CallError> {
        const FUNCTION: &str = "context.get-paths";
        let ids: Vec<u64> = ids.iter().map(|id| id.0).collect();
        self.inner
            .run(FUNCTION, None, move |live| {
                let context = live.resource(live.context)?;
                let paths = live.guest.call(FUNCTION, |store, world| {
                    world.mapistore_backend_objects().context().call_get_paths(store, context, &ids)
                })?;
                if paths.len() != ids.len() {
                    let problem = format!("{} paths for {} ids", paths.len(), ids.len());
                    return Err(live.guest.invalid(FUNCTION, problem));
                }
                let checked = paths.iter().flatten().try_for_each(|path| check::path(path));
                checked.map_err(|problem| live.guest.invalid(FUNCTION, problem))?;
                Ok(paths)
            })
            .await
    }

    /// Bytes of linear memory and tables that the context holds now; 0 if it was lost.
    ///
    /// # Errors
    /// The context is busy.
    pub async fn memory_bytes(&self) -> Result<u64, CallError> {
        let held = self.inner.lane.call(|slot| match slot {
            Slot::Open(live) => live.guest.held_bytes(),
            Slot::Empty { .. } | Slot::Closed => 0,
        });
        held.await.map_err(|refusal| self.inner.refused(refusal, "memory"))
    }

    /// Gives this reference up. If it was the last, closes the context and waits until that is done: answers what came
    /// back, or none if others still refer to it or nothing was open.
    pub async fn close(mut self) -> Option<Closed> {
        self.released = true;
        if !self.inner.table.release(&self.inner) {
            return None;
        }
        match self.inner.lane.call(Inner::close).await {
            Ok(closed) => closed,
            Err(_) => {
                self.inner.close_later();
                None
            }
        }
    }
}

impl Clone for Context {
    fn clone(&self) -> Self {
        self.inner.table.retain(&self.inner);
        Self { inner: Arc::clone(&self.inner), released: false }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        if !self.released && self.inner.table.release(&self.inner) {
            self.inner.close_later();
        }
    }
}

impl Live {
    pub(crate) fn resource(&self, id: HandleId) -> Result<ResourceAny, CallError> {
        // Ids come from this context's own handles, so a missing one is ours.
        self.handles.get(id).ok_or_else(|| CallError::Stale { callee: self.guest.callee().clone() })
    }
}

/// A guest object, held from outside. Dropping it lets go of the guest's.
pub(crate) struct Handle {
    pub(crate) inner: Arc<Inner>,
    generation: u64,
    pub(crate) id: HandleId,
    /// False for the root folder, which belongs to the context.
    owned: bool,
}

impl Handle {
    /// Does `work` in the object's store.
    pub(crate) async fn run<R: Send + 'static>(
        &self,
        function: &'static str,
        work: impl FnOnce(&mut Live, ResourceAny) -> Result<R, CallError> + Send + 'static,
    ) -> Result<R, CallError> {
        let id = self.id;
        self.inner
            .run(function, Some(self.generation), move |live| {
                let resource = live.resource(id)?;
                work(live, resource)
            })
            .await
    }

    /// Calls one function of the object.
    pub(crate) async fn call<R: Send + 'static>(
        &self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &objects::Guest, ResourceAny) -> Answer<R> + Send + 'static,
    ) -> Result<R, CallError> {
        self.run(function, move |live, resource| {
            live.guest.call(function, |store, world| call(store, world.mapistore_backend_objects(), resource))
        })
        .await
    }

    /// Calls one function of the object and checks its answer.
    pub(crate) async fn checked<R: Send + 'static>(
        &self,
        function: &'static str,
        call: impl FnOnce(&mut Store<HostState>, &objects::Guest, ResourceAny) -> Answer<R> + Send + 'static,
        check: impl FnOnce(&R) -> Result<(), check::Problem>,
    ) -> Result<R, CallError> {
        let answer = self.call(function, call).await?;
        check(&answer).map_err(|problem| CallError::InvalidAnswer {
            callee: self.inner.callee.clone(),
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
    pub(crate) async fn open_with<R: Send + 'static>(
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
        let inner = Arc::clone(&self.inner);
        Ok((Handle { inner, generation: self.generation, id, owned: true }, more))
    }

    /// The id of another object of the same store, to be used as an argument.
    pub(crate) fn sibling(&self, other: &Handle, function: &'static str) -> Result<HandleId, CallError> {
        if !Arc::ptr_eq(&self.inner, &other.inner) {
            return Err(CallError::OtherContext { function });
        }
        if self.generation != other.generation {
            return Err(CallError::Stale { callee: self.inner.callee.clone() });
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
            if let Err(error) = inner.settle(slot, dropped) {
                tracing::warn!(%error, context = %inner.uri, "a destructor ended badly");
            }
        });
    }
}
