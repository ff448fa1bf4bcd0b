//! Stores in which `init` has run already, for backends of which no snapshot can be taken: whoever opens a context takes one,
//! and another is made while nobody waits.

use std::sync::{Arc, Mutex, PoisonError};

use super::Backend;
use crate::error::Callee;
use crate::executor::{Executor, Lane, Share};
use crate::guest::{Guest, Start};

/// See the module.
pub(crate) struct Spares {
    state: Mutex<State>,
    /// No owner pays for them.
    share: Arc<Share>,
}

#[derive(Default)]
struct State {
    ready: Vec<Guest>,
    making: usize,
}

impl Default for Spares {
    fn default() -> Self {
        Self { state: Mutex::default(), share: Share::new(1) }
    }
}

impl Spares {
    pub(super) fn take(&self) -> Option<Guest> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ready.pop()
    }

    /// How many are ready.
    pub(crate) fn count(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ready.len()
    }

    /// Has as many made as are missing, by a worker.
    pub(super) fn refill(&self, backend: &Arc<Backend>, executor: &Executor) {
        for _ in 0..self.reserve_missing(backend) {
            let backend = Arc::clone(backend);
            let lane = Lane::new(executor, &self.share, (), 1, backend.limits.queue_timeout());
            // Never here: whoever opens a context is not to wait for the next one's `init`.
            lane.hand(move |()| backend.spares.make(&backend));
        }
    }

    /// How many are missing: whoever asks makes them.
    fn reserve_missing(&self, backend: &Backend) -> usize {
        let max = usize::try_from(backend.limits.spare_stores_max).unwrap_or(usize::MAX);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = max.saturating_sub(state.ready.len() + state.making);
        state.making += missing;
        missing
    }

    fn make(&self, backend: &Backend) {
        let (engine, limits, reach, symbols) =
            (&*backend.engine, &backend.limits, &backend.reach, &backend.symbols);
        let callee = Callee::Backend(backend.name().into());
        let start = Start { engine, limits, callee, turn: None, mailbox: None, reach, symbols };
        let made = Guest::start(&backend.pre, start).and_then(|mut guest| {
            backend.initialize(&mut guest)?;
            // Nobody's: the owner who takes it pays for what they do with it.
            guest.take_usage();
            Ok(guest)
        });
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.making -= 1;
        match made {
            Ok(guest) => state.ready.push(guest),
            // Whoever opens a context runs `init` then, and is told.
            Err(error) => tracing::debug!(%error, "no store could be kept ready"),
        }
    }
}
