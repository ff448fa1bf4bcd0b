//! An owner while something of theirs runs: their share of threads and processors, the contexts that they have, and what
//! all of it has used. Knows nothing of what a context is.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::OwnerSection;
use crate::executor::Share;
use crate::usage::{Counters, Usage};

/// Owners without a context whose use is still told one by one. Beyond it theirs is added up.
const REMEMBERED_MAX: usize = 65_536;

/// See the module.
pub(crate) struct Tenant {
    pub(crate) name: Arc<str>,
    pub(crate) share: Arc<Share>,
    /// What was used outside of the contexts that are there: by those that were closed, and by calls without one.
    pub(crate) past: Counters,
    contexts: AtomicU32,
}

/// The owners that there are, by name.
pub(crate) struct Tenants {
    sections: BTreeMap<String, OwnerSection>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    by_name: HashMap<Arc<str>, Arc<Tenant>>,
    /// Of owners that are not told any more.
    others: Usage,
}

impl Tenant {
    /// One context more, if there are fewer than `max`.
    pub(crate) fn add_context(&self, max: u32) -> bool {
        let more = |count| (count < max).then_some(count + 1);
        self.contexts.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    /// One context less.
    pub(crate) fn remove_context(&self) {
        self.contexts.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Tenants {
    pub(crate) fn new(sections: BTreeMap<String, OwnerSection>) -> Self {
        Self { sections, state: Mutex::default() }
    }

    /// The owner of this name.
    pub(crate) fn get(&self, name: &str) -> Arc<Tenant> {
        let mut state = self.lock();
        if let Some(tenant) = state.by_name.get(name) {
            return Arc::clone(tenant);
        }
        if state.by_name.len() >= REMEMBERED_MAX {
            state.forget_idle();
        }
        let weight = self.sections.get(name).cloned().unwrap_or_default().weight;
        let tenant = Arc::new(Tenant {
            name: name.into(),
            share: Share::new(weight),
            past: Counters::default(),
            contexts: AtomicU32::new(0),
        });
        state.by_name.insert(Arc::clone(&tenant.name), Arc::clone(&tenant));
        tenant
    }

    /// All that are known, and what was used by those that are not told any more.
    pub(crate) fn all(&self) -> (Vec<Arc<Tenant>>, Usage) {
        let state = self.lock();
        (state.by_name.values().cloned().collect(), state.others)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds up the use of those to whom nobody refers.
    fn forget_idle(&mut self) {
        let others = &mut self.others;
        self.by_name.retain(|_, tenant| {
            let idle = Arc::strong_count(tenant) == 1;
            if idle {
                *others += tenant.past.usage();
            }
            !idle
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_has_as_many_contexts_as_they_may() {
        let tenants = Tenants::new(BTreeMap::new());
        let alice = tenants.get("alice");
        assert!(alice.add_context(2) && alice.add_context(2) && !alice.add_context(2));
        alice.remove_context();
        assert!(tenants.get("alice").add_context(2));
    }

    #[test]
    fn what_was_used_is_not_forgotten_with_the_owner() {
        let tenants = Tenants::new(BTreeMap::new());
        let bob = tenants.get("bob");
        for number in 0..=REMEMBERED_MAX {
            tenants.get(&number.to_string()).past.add(&Usage { calls: 1, ..Usage::default() });
        }
        let (known, others) = tenants.all();
        assert!(known.len() < 10 && known.iter().any(|known| Arc::ptr_eq(known, &bob)), "{}", known.len());
        let told: u64 = known.iter().map(|tenant| tenant.past.usage().calls).sum();
        assert_eq!(told + others.calls, REMEMBERED_MAX as u64 + 1);
    }
}
