//! Who computes when there is more to compute than there are processors.
//!
//! A call starts at once. One that goes on for longer than a slice needs one of as many places as there are processors;
//! without a free one its thread waits here, inside of the guest's epoch callback. Whoever has had least, by weight,
//! comes next. So a call of microseconds never waits behind calls of seconds, and those share what there is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::share::Share;

/// The places.
pub(super) struct Gate {
    state: Mutex<State>,
    /// How many wait, to be looked at without the lock.
    waiting: AtomicUsize,
}

struct State {
    free: usize,
    /// By the time that they have had, and in the order in which they came.
    waiting: BTreeMap<(u64, u64), Arc<Ticket>>,
    tickets: u64,
    /// The time that the last one who came in had had.
    floor: u64,
}

#[derive(Default)]
struct Ticket {
    granted: Mutex<bool>,
    bell: Condvar,
}

/// Whether a call may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    Granted,
    /// Its deadline fell while it waited; it has no place.
    Expired,
}

impl Gate {
    pub(super) fn new(places: usize) -> Self {
        let state = State { free: places.max(1), waiting: BTreeMap::new(), tickets: 0, floor: 0 };
        Self { state: Mutex::new(state), waiting: AtomicUsize::new(0) }
    }

    /// Takes a place, waiting for it until the deadline. `waits` is called once if it has to wait, and what it answers is dropped
    /// when the wait is over.
    pub(super) fn enter<W>(&self, share: &Share, deadline: Instant, waits: impl FnOnce() -> W) -> Entry {
        let mut state = lock(&self.state);
        share.raise(state.floor);
        if state.free > 0 {
            state.free -= 1;
            return Entry::Granted;
        }
        let (key, ticket) = self.line_up(&mut state, share);
        drop(state);
        self.wait(key, &ticket, deadline, waits)
    }

    /// Gives the place to somebody who has had less, if there is one, and lines up again. The place is kept otherwise.
    pub(super) fn yield_to_others<W>(
        &self,
        share: &Share,
        deadline: Instant,
        waits: impl FnOnce() -> W,
    ) -> Entry {
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return Entry::Granted;
        }
        let mut state = lock(&self.state);
        match state.waiting.first_key_value() {
            Some(((had, _), _)) if *had < share.virtual_ns() => {}
            _ => return Entry::Granted,
        }
        self.pass_on(&mut state);
        let (key, ticket) = self.line_up(&mut state, share);
        drop(state);
        self.wait(key, &ticket, deadline, waits)
    }

    /// Gives a place back.
    pub(super) fn leave(&self) {
        self.pass_on(&mut lock(&self.state));
    }

    fn line_up(&self, state: &mut State, share: &Share) -> ((u64, u64), Arc<Ticket>) {
        state.tickets += 1;
        let (key, ticket) = ((share.virtual_ns(), state.tickets), Arc::<Ticket>::default());
        state.waiting.insert(key, Arc::clone(&ticket));
        self.waiting.store(state.waiting.len(), Ordering::Relaxed);
        (key, ticket)
    }

    /// A place goes to whoever has had least, or becomes free.
    fn pass_on(&self, state: &mut State) {
        let Some(((had, _), ticket)) = state.waiting.pop_first() else {
            state.free += 1;
            return;
        };
        self.waiting.store(state.waiting.len(), Ordering::Relaxed);
        state.floor = state.floor.max(had);
        *lock(&ticket.granted) = true;
        ticket.bell.notify_one();
    }

    fn wait<W>(
        &self,
        key: (u64, u64),
        ticket: &Ticket,
        deadline: Instant,
        waits: impl FnOnce() -> W,
    ) -> Entry {
        let _waits = waits();
        let mut granted = lock(&ticket.granted);
        while !*granted {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drop(granted);
                return self.give_up(key, ticket);
            }
            granted = ticket
                .bell
                .wait_timeout(granted, left.min(Duration::from_secs(60)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Entry::Granted
    }

    fn give_up(&self, key: (u64, u64), ticket: &Ticket) -> Entry {
        let mut state = lock(&self.state);
        if state.waiting.remove(&key).is_some() {
            self.waiting.store(state.waiting.len(), Ordering::Relaxed);
        } else if *lock(&ticket.granted) {
            // It was granted between the last look and now.
            self.pass_on(&mut state);
        }
        Entry::Expired
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn whoever_has_had_least_comes_next() {
        let gate = Gate::new(1);
        let (most, some, none) = (Share::new(1), Share::new(1), Share::new(1));
        most.charge(Duration::from_millis(9));
        some.charge(Duration::from_millis(5));
        assert_eq!(gate.enter(&most, later(), || ()), Entry::Granted);
        let (said, heard) = channel();
        std::thread::scope(|scope| {
            for (share, name) in [(&some, "some"), (&none, "none")] {
                let (said, gate) = (said.clone(), &gate);
                let (lined_up, waits) = channel();
                scope.spawn(move || {
                    gate.enter(share, later(), || lined_up.send(()).unwrap());
                    said.send(name).unwrap();
                    gate.leave();
                });
                waits.recv().unwrap();
            }
            assert_eq!(gate.yield_to_others(&most, later(), || ()), Entry::Granted);
        });
        assert_eq!(heard.iter().take(2).collect::<Vec<_>>(), ["none", "some"]);
        assert_eq!(lock(&gate.state).free, 0, "the first one has its place back");
    }

    #[test]
    fn one_who_has_had_less_than_all_who_wait_goes_on() {
        let gate = Gate::new(1);
        let (rich, poor) = (Share::new(1), Share::new(1));
        rich.charge(Duration::from_millis(9));
        assert_eq!(gate.enter(&poor, later(), || ()), Entry::Granted);
        std::thread::scope(|scope| {
            let (lined_up, waits) = channel();
            let (gate, rich) = (&gate, &rich);
            let other = scope.spawn(move || gate.enter(rich, later(), || lined_up.send(()).unwrap()));
            waits.recv().unwrap();
            assert_eq!(gate.yield_to_others(&poor, later(), || ()), Entry::Granted);
            assert!(!other.is_finished());
            gate.leave();
        });
    }

    #[test]
    fn a_deadline_ends_the_wait_and_takes_no_place() {
        let gate = Gate::new(1);
        let share = Share::new(1);
        assert_eq!(gate.enter(&share, later(), || ()), Entry::Granted);
        assert_eq!(gate.enter(&share, Instant::now(), || ()), Entry::Expired);
        gate.leave();
        assert_eq!(gate.enter(&share, Instant::now(), || ()), Entry::Granted);
    }
}
