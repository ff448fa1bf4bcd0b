//! One context, one store: opens it, calls it, closes children first, and loses it after a trap.
//!
//! A context is open once per user and URI, and counted. Its store may be lost; what stays is who it is, and the next
//! use opens it by its URI again. Objects opened before the loss are stale. A context of which nothing is open may be put to
//! sleep: its store goes as if it were closed, and the next call wakes it, unnoticed.

mod awake;
pub(crate) mod guard;
mod handle;
pub(crate) mod handles;
mod pressure;
mod table;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime::component::ResourceAny;

use crate::backend::Backend;
use crate::bindings::exports::mapistore::backend::objects;
use crate::bindings::mapistore::backend::types;
use crate::check;
use crate::error::{CallError, Callee};
use crate::events::Notice;
use crate::executor::{Lane, Refusal};
use crate::guest::Guest;
use crate::host::Mailbox;
use crate::index::{Fmid, IndexError, Uri};
use crate::limits::Limits;
use crate::objects::Folder;
use crate::tenant::Tenant;
use crate::usage::{Counters, Usage};

pub(crate) use awake::{Awake, Room};
use awake::{Place, Sleep};
use guard::{Guard, Need};
pub(crate) use handle::Handle;
use handles::{HandleId, Handles};
pub(crate) use pressure::Pressure;
pub(crate) use table::{ContextTable, Opening};

/// How long the destructors of a context may take that is put to sleep: somebody else waits for its place.
const SLEEP_TIMEOUT: Duration = Duration::from_millis(100);

/// The number of a context in its process. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextId(pub(crate) u64);

#[cfg(test)]
impl ContextId {
    pub(crate) fn for_tests(number: u64) -> Self {
        Self(number)
    }
}

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
    pub(crate) uri: Arc<str>,
    pub(crate) connection: Connection,
    pub(crate) backend: Arc<Backend>,
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) usage: Counters,
    lane: Arc<Lane<Slot>>,
    table: Arc<ContextTable>,
    /// The tick of the last call.
    last_used: AtomicU64,
}

/// The store's place.
pub(crate) enum Slot {
    /// Not opened yet, or lost.
    Empty {
        /// How often it was opened anew.
        generation: u64,
    },
    /// Nothing was open, and somebody else needed the place. The root folder is the same when it wakes.
    Asleep {
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
    // Dropped after the store.
    _place: Place,
}

impl Inner {
    fn new(id: ContextId, opening: &Opening<'_>, table: &Arc<ContextTable>) -> Arc<Self> {
        let Opening { connection, uri, backend, tenant, executor } = *opening;
        let limits: &Limits = backend.limits();
        let waiting_max = usize::try_from(limits.queue_max_calls).unwrap_or(usize::MAX);
        let empty = Slot::Empty { generation: 0 };
        Arc::new(Self {
            id,
            uri: uri.into(),
            connection: connection.clone(),
            lane: Lane::new(executor, &tenant.share, empty, waiting_max, limits.queue_timeout()),
            backend: Arc::clone(backend),
            tenant: Arc::clone(tenant),
            usage: Counters::default(),
            table: Arc::clone(table),
            last_used: AtomicU64::new(0),
        })
    }

    pub(crate) fn callee(&self) -> Callee {
        Callee::Context(Arc::clone(&self.uri))
    }

    /// Whether it has a store, or is about to.
    pub(crate) fn is_awake(&self) -> bool {
        self.usage.usage().memory_bytes > 0
    }

    /// Directories that its store has open: those that its backend is granted.
    fn directories(&self) -> usize {
        self.backend.reach.directories.len()
    }

    fn last_used(&self) -> u64 {
        self.last_used.load(Ordering::Relaxed)
    }

    /// Does `work` with the open store; opens it first if need be. With a `generation`, only if it is still that one.
    fn run<R: Send + 'static>(
        self: &Arc<Self>,
        function: &'static str,
        generation: Option<u64>,
        work: impl FnOnce(&mut Live) -> Result<R, CallError> + Send + 'static,
    ) -> impl Future<Output = Result<R, CallError>> {
        self.run_noticed(function, generation, work, |_| Notice::default())
    }

    /// The same; `notice` says what has changed if the work succeeds.
    async fn run_noticed<R: Send + 'static>(
        self: &Arc<Self>,
        function: &'static str,
        generation: Option<u64>,
        work: impl FnOnce(&mut Live) -> Result<R, CallError> + Send + 'static,
        notice: impl FnOnce(&R) -> Notice + Send + 'static,
    ) -> Result<R, CallError> {
        let done = match self.lane.here() {
            Some(here) => here.run(|slot| self.run_in_turn(slot, generation, work, notice)),
            None => {
                let this = Arc::clone(self);
                self.lane.wait(move |slot| this.run_in_turn(slot, generation, work, notice)).await
            }
        };
        done.unwrap_or_else(|refusal| Err(self.refused(refusal, function)))
    }

    fn run_in_turn<R>(
        self: &Arc<Self>,
        slot: &mut Slot,
        generation: Option<u64>,
        work: impl FnOnce(&mut Live) -> Result<R, CallError>,
        notice: impl FnOnce(&R) -> Notice,
    ) -> Result<R, CallError> {
        let stale = || CallError::Stale { callee: self.callee() };
        match (&*slot, generation) {
            (Slot::Empty { generation: last }, None) => {
                let next = *last + 1;
                *slot = Slot::Empty { generation: next };
                *slot = Slot::Open(Box::new(self.open(next)?));
            }
            (Slot::Asleep { generation: last }, asked) if asked.is_none_or(|asked| asked == *last) => {
                *slot = Slot::Open(Box::new(self.open(*last)?));
            }
            _ => {}
        }
        self.last_used.store(self.backend.engine.clock().now(), Ordering::Relaxed);
        let Slot::Open(live) = slot else { return Err(stale()) };
        if generation.is_some_and(|generation| generation != live.generation) {
            return Err(stale());
        }
        let result = work(live);
        self.settle(slot, result, notice)
    }

    /// After a call: loses the store if it is dead; otherwise hands on what was announced, in this turn, so that the
    /// events of a context are in order.
    fn settle<R>(
        &self,
        slot: &mut Slot,
        result: Result<R, CallError>,
        notice: impl FnOnce(&R) -> Notice,
    ) -> Result<R, CallError> {
        let Slot::Open(live) = slot else { return result };
        live.tell_usage(&self.usage);
        match &result {
            Err(error) if error.is_loss() => {
                tracing::warn!(%error, context = %self.uri, "the context is lost");
                *slot = Slot::Empty { generation: live.generation };
                self.usage.let_go();
            }
            _ => {
                let (announced, dropped) = live.guest.take_events();
                let events = match &result {
                    Ok(answer) => notice(answer).merge(announced),
                    // The call did not succeed: what it announced is not known to be durable.
                    Err(_) => Vec::new(),
                };
                let dropped = if result.is_ok() { dropped } else { 0 };
                self.table.events.publish(self.id, &self.uri, &self.tenant.name, events, dropped);
            }
        }
        result
    }

    /// Starts a store and opens the context in it.
    fn open(self: &Arc<Self>, generation: u64) -> Result<Live, CallError> {
        let mailbox = self.backend.mailbox(&self.connection.owner, CREATE)?;
        let place = self.table.awake.take(self)?;
        let turn = self.lane.turn();
        let mut guest = self.backend.start(self.callee(), turn, Some(mailbox.clone()))?;
        let (context, root) = open_root(&mut guest, &self.backend, &self.connection, &mailbox, &self.uri)?;
        let mut handles = Handles::new();
        let context = handles.insert(context, None);
        let root = handles.insert(root, Some(context));
        Ok(Live { guest, handles, generation, context, root, _place: place })
    }

    /// Gives the store up if nothing is open in it and nobody uses it just now.
    fn try_sleep(&self) -> Sleep {
        let slept = self.lane.try_now(|slot| {
            let Slot::Open(live) = slot else { return Sleep::Refused };
            if self.backend.stateful || !live.handles.are_only([live.context, live.root]) {
                return Sleep::Refused;
            }
            let resources = live.handles.drain();
            // Its owner pays for a destructor that takes long, with calls that it could have made instead.
            if let Err(error) = live.guest.drop_resources_within(resources, SLEEP_TIMEOUT) {
                tracing::warn!(%error, "a destructor ended badly while its context was put to sleep");
            }
            live.tell_usage(&self.usage);
            self.usage.let_go();
            *slot = Slot::Asleep { generation: live.generation };
            Sleep::Asleep
        });
        slept.unwrap_or(Sleep::Busy)
    }

    /// Whether somebody else than the owner is logged on: only they need rights.
    pub(crate) fn is_delegated(&self) -> bool {
        self.connection.username != self.connection.owner
    }

    async fn get_paths(self: &Arc<Self>, ids: &[Fmid]) -> Result<Vec<objects::PathResult>, CallError> {
        const FUNCTION: &str = "context.get-paths";
        let ids: Vec<u64> = ids.iter().map(|id| id.0).collect();
        let work = move |live: &mut Live| {
            let context = live.resource(live.context)?;
            let paths = live.guest.call(FUNCTION, |store, world| {
                store.data_mut().traffic.hand(ids.as_slice());
                world.mapistore_backend_objects().context().call_get_paths(store, context, &ids)
            })?;
            if paths.len() != ids.len() {
                let problem = format!("{} paths for {} ids", paths.len(), ids.len());
                return Err(live.guest.invalid(FUNCTION, problem));
            }
            let checked = paths.iter().flatten().try_for_each(|path| check::path(path));
            checked.map_err(|problem| live.guest.invalid(FUNCTION, problem))?;
            Ok(paths)
        };
        self.run(FUNCTION, None, work).await
    }

    fn refused(&self, refusal: Refusal, function: &'static str) -> CallError {
        let callee = self.callee();
        let limits = self.backend.limits();
        match refusal {
            Refusal::QueueFull => CallError::Busy { callee, max: limits.queue_max_calls },
            Refusal::Expired => CallError::QueueTimeout { callee, waited_max: limits.queue_timeout() },
            Refusal::Panicked => CallError::Host { callee, function, problem: "it panicked".into() },
        }
    }

    fn close(&self, slot: &mut Slot) -> Option<Closed> {
        let closed = match std::mem::replace(slot, Slot::Closed) {
            Slot::Open(mut live) => {
                let memory_bytes = live.guest.held_bytes();
                let resources = live.handles.drain();
                let handles = resources.len();
                let destructors = live.guest.drop_resources(resources);
                if let Err(error) = &destructors {
                    tracing::warn!(%error, "a destructor ended badly; the memory is back all the same");
                }
                live.tell_usage(&self.usage);
                Some(Closed { memory_bytes, handles, destructors })
            }
            Slot::Empty { .. } | Slot::Asleep { .. } => None,
            Slot::Closed => return None,
        };
        self.usage.let_go();
        self.tenant.past.add(&self.usage.usage());
        self.tenant.remove_context();
        closed
    }

    pub(crate) fn close_later(self: &Arc<Self>) {
        let this = Arc::clone(self);
        self.lane.post(move |slot| drop(this.close(slot)));
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
        let fid = self.root_fid()?;
        let guard = Guard::folder(fid, id);
        let handle = Handle { inner: Arc::clone(&self.inner), generation, id, owned: false, guard };
        handle.require("context.get-root-folder", Need::Visible).await?;
        Ok(Folder::new(handle, fid))
    }

    /// Where each object is now: the URI without `namespace://`, or the backend's error for it.
    ///
    /// # Errors
    /// The call failed, or its answer breaks the contract.
    pub async fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<objects::PathResult>, CallError> {
        self.inner.get_paths(ids).await
    }

    /// Bytes of linear memory and tables that the context holds now; 0 if it was lost or sleeps.
    ///
    /// # Errors
    /// The context is busy.
    pub async fn memory_bytes(&self) -> Result<u64, CallError> {
        let held = self.inner.lane.call(|slot| match slot {
            Slot::Open(live) => live.guest.held_bytes(),
            Slot::Empty { .. } | Slot::Asleep { .. } | Slot::Closed => 0,
        });
        held.await.map_err(|refusal| self.inner.refused(refusal, "memory"))
    }

    /// Whether it has a store now. A context that sleeps wakes with the next call.
    pub fn is_awake(&self) -> bool {
        self.inner.is_awake()
    }

    /// What it has used since it was opened, and what it holds now. Nobody waits for this.
    pub fn usage(&self) -> Usage {
        self.inner.usage.usage()
    }

    /// Gives this reference up. If it was the last, closes the context and waits until that is done: answers what came
    /// back, or none if others still refer to it or nothing was open.
    pub async fn close(mut self) -> Option<Closed> {
        self.released = true;
        if !self.inner.table.release(&self.inner) {
            return None;
        }
        let inner = Arc::clone(&self.inner);
        match self.inner.lane.call(move |slot| inner.close(slot)).await {
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
    fn tell_usage(&mut self, counters: &Counters) {
        self.guest.tell_usage(self.handles.len() as u64, counters);
    }

    pub(crate) fn resource(&self, id: HandleId) -> Result<ResourceAny, CallError> {
        // Ids come from this context's own handles, so a missing one is ours.
        self.handles.get(id).ok_or_else(|| CallError::Stale { callee: self.guest.callee().clone() })
    }
}
