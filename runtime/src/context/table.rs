//! The open contexts of a runtime: one per user and URI, counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Connection, Context, ContextId, Inner};
use crate::backend::Backend;
use crate::events::EventBus;
use crate::executor::Executor;

/// What makes a context that context: who logged on, whose mailbox it is, and the URI.
type Key = (String, String, String);

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
#[derive(Default)]
pub(crate) struct ContextTable {
    state: Mutex<State>,
}

impl ContextTable {
    /// A reference to the context of this user and URI; a new context if there is none.
    pub(crate) fn obtain(
        self: &Arc<Self>,
        connection: &Connection,
        uri: &str,
        backend: &Arc<Backend>,
        executor: &Executor,
        events: &Arc<EventBus>,
    ) -> Context {
        let mut state = self.lock();
        let key = (connection.username.clone(), connection.owner.clone(), uri.to_owned());
        if let Some(counted) = state.open.get_mut(&key) {
            counted.references += 1;
            return Context { inner: Arc::clone(&counted.inner), released: false };
        }
        state.last_id += 1;
        let inner = Inner::new(
            ContextId(state.last_id),
            uri,
            connection.clone(),
            Arc::clone(backend),
            executor,
            Arc::clone(self),
            Arc::clone(events),
        );
        state.open.insert(key, Counted { inner: Arc::clone(&inner), references: 1 });
        Context { inner, released: false }
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
    let connection = &inner.connection;
    (connection.username.clone(), connection.owner.clone(), inner.uri.clone())
}
