//! The open contexts of a runtime: one per user and URI, counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Awake, Connection, Context, ContextId, Inner};
use crate::backend::Backend;
use crate::error::{CallError, Callee};
use crate::events::EventBus;
use crate::executor::Executor;
use crate::tenant::Tenant;

/// What makes a context that context: who logged on, whose mailbox it is, and the URI.
type Key = (Arc<str>, Arc<str>, Arc<str>);

#[derive(Default)]
struct State {
    open: HashMap<Key, Counted>,
    last_id: u64,
}

struct Counted {
    inner: Arc<Inner>,
    references: usize,
}

/// See the module.
pub(crate) struct ContextTable {
    state: Mutex<State>,
    pub(crate) awake: Arc<Awake>,
    pub(crate) events: Arc<EventBus>,
    /// How many contexts one owner may have.
    owner_max: u32,
}

/// Which context, and what it needs.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) uri: &'a str,
    pub(crate) backend: &'a Arc<Backend>,
    pub(crate) tenant: &'a Arc<Tenant>,
    pub(crate) executor: &'a Executor,
}

impl ContextTable {
    pub(crate) fn new(awake: Arc<Awake>, events: Arc<EventBus>, owner_max: u32) -> Self {
        Self { state: Mutex::default(), awake, events, owner_max }
    }

    /// A reference to the context of this user and URI; a new context if there is none.
    ///
    /// # Errors
    /// [`CallError::Full`]: the owner has as many as they may.
    pub(crate) fn obtain(self: &Arc<Self>, opening: Opening<'_>) -> Result<Context, CallError> {
        let Opening { connection, uri, tenant, .. } = opening;
        let username = match connection.username == *tenant.name {
            true => Arc::clone(&tenant.name),
            false => connection.username.as_str().into(),
        };
        let mut key = (username, Arc::clone(&tenant.name), uri.into());
        let mut state = self.lock();
        if let Some(counted) = state.open.get_mut(&key) {
            counted.references += 1;
            return Ok(Context { inner: Arc::clone(&counted.inner), released: false });
        }
        if !tenant.add_context(self.owner_max) {
            let (callee, limit) = (Callee::Context(key.2), "owner_contexts_max");
            return Err(CallError::Full { callee, limit, max: self.owner_max as usize });
        }
        state.last_id += 1;
        let inner = Inner::new(ContextId(state.last_id), &opening, self);
        key.2 = Arc::clone(&inner.uri);
        state.open.insert(key, Counted { inner: Arc::clone(&inner), references: 1 });
        Ok(Context { inner, released: false })
    }

    /// All that are open, asleep or not.
    pub(crate) fn all(&self) -> Vec<Arc<Inner>> {
        self.lock().open.values().map(|counted| Arc::clone(&counted.inner)).collect()
    }

    /// One more reference to a context that its caller has one to.
    pub(super) fn retain(&self, inner: &Inner) {
        if let Some(counted) = self.lock().open.get_mut(&key(inner)) {
            counted.references += 1;
        }
    }

    /// One reference less; true if it was the last. The context can then no longer be obtained.
    pub(super) fn release(&self, inner: &Inner) -> bool {
        let mut state = self.lock();
        let key = key(inner);
        let Some(counted) = state.open.get_mut(&key) else { return false };
        counted.references -= 1;
        let last = counted.references == 0;
        if last {
            state.open.remove(&key);
        }
        last
    }

    /// How many contexts are open.
    pub(crate) fn len(&self) -> usize {
        self.lock().open.len()
    }

    /// How many contexts of a backend are open.
    pub(crate) fn count_of(&self, backend: &str) -> usize {
        self.lock().open.values().filter(|counted| counted.inner.backend.name() == backend).count()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(inner: &Inner) -> Key {
    let (username, owner) = (inner.connection.username.as_str(), &inner.tenant.name);
    let username = if username == &**owner { Arc::clone(owner) } else { username.into() };
    (username, Arc::clone(owner), Arc::clone(&inner.uri))
}
