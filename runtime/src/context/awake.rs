//! Which contexts have a store: as many as fit. Who needs a place when there is none makes one, by putting to sleep whoever
//! was not used for longest and has nothing open.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::{ContextId, Inner};
use crate::error::CallError;

/// When places run out, so many of the contexts that were not used for longest are picked at once.
const PICKED: usize = 64;

/// How often somebody who waits for a place looks again: a call that ends makes no sound.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What there is room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) contexts: usize,
    /// The name of the bound that this is.
    pub(crate) bound: &'static str,
    /// Contexts of one owner.
    pub(crate) owner_contexts: usize,
    /// Granted directories that all contexts together may have open, a file descriptor each.
    pub(crate) directories: usize,
}

/// See the module.
pub(crate) struct Awake {
    room: Room,
    state: Mutex<State>,
    given_back: Condvar,
}

/// What came of the wish that a context should sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sleep {
    /// Something of it is open, or it has no store.
    Refused,
    /// A call is running, or it is being closed: it may be another time.
    Busy,
    Asleep,
}

#[derive(Default)]
struct State {
    count: usize,
    directories: usize,
    by_owner: HashMap<Arc<str>, HashMap<ContextId, Weak<Inner>>>,
    /// Those that go next, the last one first, with the time at which each was used when it was picked.
    picked: Vec<(u64, Weak<Inner>)>,
}

/// A context's right to a store. Dropping it gives the place back.
pub(crate) struct Place {
    awake: Arc<Awake>,
    id: ContextId,
    owner: Arc<str>,
    directories: usize,
}

/// Who may be put to sleep to make room.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anybody,
    /// Others would not help.
    WithDirectories,
}

impl Who {
    fn includes(self, inner: &Inner) -> bool {
        self == Self::Anybody || inner.directories() > 0
    }
}

impl Awake {
    pub(crate) fn new(room: Room) -> Arc<Self> {
        Arc::new(Self { room, state: Mutex::default(), given_back: Condvar::new() })
    }

    /// How many contexts may have a store at once.
    pub(crate) fn max(&self) -> usize {
        self.room.contexts
    }

    /// How many contexts have a store.
    pub(crate) fn count(&self) -> usize {
        self.lock().count
    }

    /// A place for a context that has none. Waits for one, for as long as a call may wait for its turn, if it is only calls that
    /// are in the way.
    ///
    /// # Errors
    /// [`CallError::Full`]: all places are taken, by contexts that are in use.
    pub(super) fn take(self: &Arc<Self>, inner: &Arc<Inner>) -> Result<Place, CallError> {
        let until = Instant::now() + inner.backend.limits().queue_timeout();
        loop {
            let (limit, max, found) = match self.try_take(inner) {
                Ok(place) => return Ok(place),
                Err(refused) => refused,
            };
            match found {
                Sleep::Asleep => {}
                // One was given back since the look that found none.
                Sleep::Refused if self.has_room(inner) => {}
                Sleep::Busy if Instant::now() < until => inner.lane.aside(|| {
                    let waited = self.given_back.wait_timeout(self.lock(), LOOK_AGAIN);
                    drop(waited.unwrap_or_else(PoisonError::into_inner));
                }),
                _ => return Err(CallError::Full { callee: inner.callee(), limit, max }),
            }
        }
    }

    fn has_room(&self, inner: &Inner) -> bool {
        let state = self.lock();
        let own = state.by_owner.get(&inner.tenant.name).map_or(0, HashMap::len);
        state.count < self.room.contexts
            && own < self.room.owner_contexts
            && state.directories + inner.directories() <= self.room.directories
    }

    /// Answers the limit that is in the way, and whether a place was made.
    fn try_take(self: &Arc<Self>, inner: &Arc<Inner>) -> Result<Place, (&'static str, usize, Sleep)> {
        let (owner, directories, room) = (&inner.tenant.name, inner.directories(), &self.room);
        let mut state = self.lock();
        let own = state.by_owner.get(owner);
        if own.is_some_and(|own| own.len() >= room.owner_contexts) {
            let own = own.cloned().unwrap_or_default();
            drop(state);
            let made = put_one_to_sleep(longest_unused(own, usize::MAX));
            return Err(("owner_contexts_awake_max", room.owner_contexts, made));
        }
        if state.count >= room.contexts {
            drop(state);
            return Err((room.bound, room.contexts, self.make_room(1, Who::Anybody).1));
        }
        if state.directories + directories > room.directories {
            drop(state);
            return Err(("RLIMIT_NOFILE", room.directories, self.make_room(1, Who::WithDirectories).1));
        }
        state.count += 1;
        state.directories += directories;
        let own = state.by_owner.entry(Arc::clone(owner)).or_default();
        own.insert(inner.id, Arc::downgrade(inner));
        Ok(Place { awake: Arc::clone(self), id: inner.id, owner: Arc::clone(owner), directories })
    }

    /// Puts so many contexts to sleep, those that were not used for longest first; fewer if the others are in use. Answers how
    /// many.
    pub(crate) fn put_to_sleep(&self, count: usize) -> usize {
        self.make_room(count, Who::Anybody).0
    }

    /// The same; answers the best that was found, too.
    fn make_room(&self, count: usize, who: Who) -> (usize, Sleep) {
        let (mut asleep, mut best) = (0, Sleep::Refused);
        // Those that were picked before may be in use by now: they are picked anew once.
        let mut picked_anew = false;
        while asleep < count {
            let mut state = self.lock();
            if let Some((used, inner)) = state.picked.pop() {
                drop(state);
                let fit =
                    |inner: &Arc<Inner>| who.includes(inner) && (picked_anew || inner.last_used() == used);
                let inner = inner.upgrade().filter(fit);
                let slept = inner.map_or(Sleep::Refused, |inner| inner.try_sleep());
                asleep += usize::from(slept == Sleep::Asleep);
                best = best.max(slept);
                continue;
            }
            if std::mem::replace(&mut picked_anew, true) {
                break;
            }
            let all: Vec<_> =
                state.by_owner.values().flatten().map(|(id, inner)| (*id, Weak::clone(inner))).collect();
            drop(state);
            let all = all
                .into_iter()
                .filter(|(_, inner)| inner.upgrade().is_some_and(|inner| who.includes(&inner)));
            let picked = longest_unused(all, PICKED.max(count));
            self.lock().picked = picked;
        }
        (asleep, best)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries one after another, the last one first, and answers the best that was found.
fn put_one_to_sleep(mut picked: Vec<(u64, Weak<Inner>)>) -> Sleep {
    let mut best = Sleep::Refused;
    while let Some((_, inner)) = picked.pop() {
        best = best.max(inner.upgrade().map_or(Sleep::Refused, |inner| inner.try_sleep()));
        if best == Sleep::Asleep {
            break;
        }
    }
    best
}

/// So many of the contexts that were not used for longest, the longest last. Of those that were used at the same time, the
/// one that was opened first. Not under the lock: a context that goes away meanwhile gives its place back.
fn longest_unused(
    contexts: impl IntoIterator<Item = (ContextId, Weak<Inner>)>,
    count: usize,
) -> Vec<(u64, Weak<Inner>)> {
    let used = |(id, inner): (ContextId, Weak<Inner>)| Some((inner.upgrade()?.last_used(), id, inner));
    let mut chosen: Vec<_> = contexts.into_iter().filter_map(used).collect();
    let key = |(used, id, _): &(u64, ContextId, Weak<Inner>)| (*used, *id);
    if count < chosen.len() {
        chosen.select_nth_unstable_by_key(count, key);
        chosen.truncate(count);
    }
    chosen.sort_unstable_by_key(|one| std::cmp::Reverse(key(one)));
    chosen.into_iter().map(|(used, _, inner)| (used, inner)).collect()
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.awake.lock();
        state.count -= 1;
        state.directories -= self.directories;
        if let Some(own) = state.by_owner.get_mut(&self.owner) {
            own.remove(&self.id);
            if own.is_empty() {
                state.by_owner.remove(&self.owner);
            }
        }
        drop(state);
        self.awake.given_back.notify_one();
    }
}
