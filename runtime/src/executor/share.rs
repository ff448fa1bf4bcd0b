//! What an owner gets of threads and processors: a weight, and the time that they have had. Knows nothing of calls.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// One owner's share. Who has had least of it, by weight, goes first.
#[derive(Debug)]
pub(crate) struct Share {
    number: u64,
    /// 2^32, divided by the weight: a call is charged by a multiplication.
    per_weight: u64,
    /// Nanoseconds, divided by the weight. An owner who comes back begins where the others are: nobody saves up.
    virtual_ns: AtomicU64,
}

impl Share {
    /// The next one; a weight of 0 counts as 1.
    pub(crate) fn new(weight: u32) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let per_weight = (1 << 32) / u64::from(weight.max(1));
        Arc::new(Self { number, per_weight, virtual_ns: AtomicU64::new(0) })
    }

    /// Takes note of time that was had.
    pub(crate) fn charge(&self, time: Duration) {
        let nanos = (time.as_nanos() * u128::from(self.per_weight)) >> 32;
        self.virtual_ns.fetch_add(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn virtual_ns(&self) -> u64 {
        self.virtual_ns.load(Ordering::Relaxed)
    }

    /// Begins at `floor` if it is behind it.
    pub(super) fn raise(&self, floor: u64) {
        self.virtual_ns.fetch_max(floor, Ordering::Relaxed);
    }
}

/// What is ready to run, owner by owner: from whoever has had least, in the order in which it came.
pub(super) struct Ready<T> {
    owners: HashMap<u64, Queue<T>>,
    /// Owners of whom something may be taken, by the time that they had when they were put here.
    order: BTreeSet<(u64, u64)>,
    /// The time that the last one who was taken from had had.
    floor: u64,
    takeable: usize,
    /// How many of one owner may run at once.
    running_max: usize,
}

struct Queue<T> {
    share: Arc<Share>,
    waiting: VecDeque<T>,
    running: usize,
    /// Its key in the order.
    listed: Option<u64>,
}

impl<T> Queue<T> {
    fn takeable(&self, running_max: usize) -> usize {
        self.waiting.len().min(running_max.saturating_sub(self.running))
    }
}

impl<T> Ready<T> {
    pub(super) fn new(running_max: usize) -> Self {
        let (owners, order) = (HashMap::new(), BTreeSet::new());
        Self { owners, order, floor: 0, takeable: 0, running_max: running_max.max(1) }
    }

    /// How many may be taken now: less than what waits where an owner has as many running as they may.
    pub(super) fn takeable(&self) -> usize {
        self.takeable
    }

    pub(super) fn push(&mut self, share: &Arc<Share>, item: T) {
        if !self.owners.contains_key(&share.number) {
            share.raise(self.floor);
            let queue =
                Queue { share: Arc::clone(share), waiting: VecDeque::new(), running: 0, listed: None };
            self.owners.insert(share.number, queue);
        }
        self.change(share.number, |queue| queue.waiting.push_back(item));
    }

    /// Takes the next. [`done`](Self::done) is to be called with its share when it has run.
    pub(super) fn pop(&mut self) -> Option<(Arc<Share>, T)> {
        loop {
            let (had, number) = self.order.pop_first()?;
            let queue = self.owners.get_mut(&number)?;
            queue.listed = None;
            let (share, has) = (Arc::clone(&queue.share), queue.share.virtual_ns());
            // What is running has been charged since it was put here, and somebody else may be before it now.
            if has > had && self.order.first().is_some_and(|(next, _)| *next < has) {
                self.change(number, |_| ());
                continue;
            }
            self.floor = self.floor.max(has);
            let mut taken = None;
            self.change(number, |queue| {
                taken = queue.waiting.pop_front();
                queue.running += 1;
            });
            return taken.map(|item| (share, item));
        }
    }

    /// What was taken of this share has run.
    pub(super) fn done(&mut self, share: &Share) {
        self.change(share.number, |queue| queue.running -= 1);
    }

    /// Changes an owner's queue, and puts it where it then belongs.
    fn change(&mut self, number: u64, change: impl FnOnce(&mut Queue<T>)) {
        let Some(queue) = self.owners.get_mut(&number) else { return };
        self.takeable -= queue.takeable(self.running_max);
        change(queue);
        let takeable = queue.takeable(self.running_max);
        self.takeable += takeable;
        match (takeable > 0, queue.listed) {
            (true, None) => {
                let had = queue.share.virtual_ns();
                queue.listed = Some(had);
                self.order.insert((had, number));
            }
            (false, Some(had)) => {
                queue.listed = None;
                self.order.remove(&(had, number));
            }
            _ => {}
        }
        if queue.waiting.is_empty() && queue.running == 0 {
            self.owners.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    /// Takes and runs so many, each for a millisecond; answers what was taken.
    fn run(ready: &mut Ready<&'static str>, count: usize) -> Vec<&'static str> {
        let run = |_| {
            let (share, item) = ready.pop().unwrap();
            share.charge(MILLI);
            ready.done(&share);
            item
        };
        (0..count).map(run).collect()
    }

    #[test]
    fn owners_take_turns_however_much_one_of_them_has_to_do() {
        let (mut ready, a, b) = (Ready::new(1), Share::new(1), Share::new(1));
        (0..10).for_each(|_| ready.push(&a, "a"));
        assert_eq!(run(&mut ready, 2), ["a", "a"]);
        ready.push(&b, "b");
        ready.push(&b, "b");
        let next = run(&mut ready, 4);
        assert_eq!(next.iter().filter(|item| **item == "b").count(), 2, "{next:?}");
    }

    #[test]
    fn an_owner_of_weight_three_has_three_times_as_much() {
        let (mut ready, a, b) = (Ready::new(1), Share::new(1), Share::new(3));
        (0..40).for_each(|_| {
            ready.push(&a, "a");
            ready.push(&b, "b");
        });
        let taken = run(&mut ready, 40);
        assert_eq!(taken.iter().filter(|item| **item == "b").count(), 30, "{taken:?}");
    }

    #[test]
    fn nobody_saves_up_time_by_being_away() {
        let (mut ready, a, b) = (Ready::new(1), Share::new(1), Share::new(1));
        (0..20).for_each(|_| ready.push(&a, "a"));
        run(&mut ready, 10);
        (0..20).for_each(|_| ready.push(&b, "b"));
        let taken = run(&mut ready, 10);
        assert!(taken.iter().filter(|item| **item == "a").count() >= 4, "{taken:?}");
    }

    #[test]
    fn what_an_owner_may_not_run_yet_is_not_takeable() {
        let (mut ready, a, b) = (Ready::new(2), Share::new(1), Share::new(1));
        (0..5).for_each(|_| ready.push(&a, "a"));
        assert_eq!(ready.takeable(), 2);
        let first = ready.pop().unwrap();
        ready.pop().unwrap();
        assert_eq!((ready.takeable(), ready.pop().map(|taken| taken.1)), (0, None));
        ready.push(&b, "b");
        assert_eq!(ready.pop().unwrap().1, "b");
        ready.done(&first.0);
        assert_eq!((ready.takeable(), ready.pop().unwrap().1), (1, "a"));
    }

    #[test]
    fn an_owner_with_nothing_to_do_leaves_nothing_behind() {
        let (mut ready, a) = (Ready::new(2), Share::new(1));
        ready.push(&a, "a");
        run(&mut ready, 1);
        assert!(ready.owners.is_empty() && ready.order.is_empty() && ready.takeable() == 0);
    }
}
