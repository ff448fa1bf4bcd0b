//! Runs work on objects that take one call at a time: each has a lane, calls of a lane run in order, different lanes
//! run in parallel on threads that are started when they are needed. Threads are shared by owners, and processors too:
//! see [`share`] and [`gate`]. Knows nothing of guests.
//!
//! A caller that goes away does not stop its call: the work belongs to the lane. A caller that may block (see
//! [`crate::blocking`]) and finds its lane idle does the work on its own thread, without a change of threads.

mod gate;
mod share;
mod turn;

use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_channel::oneshot;

use gate::Gate;
use share::Ready;
pub(crate) use share::Share;
pub(crate) use turn::Turn;

/// How long a thread without work stays.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// Threads that may wait for a processor, besides those that have one. When there are as many, long calls hold up others.
const PARKED_MAX: usize = 192;

thread_local! {
    /// Set on the executor's own threads.
    static WORKER: Cell<bool> = const { Cell::new(false) };
    /// Set while the current thread waits for a future and may do its work itself.
    static MAY_BLOCK: Cell<bool> = const { Cell::new(false) };
}

/// Marks the current thread as one that may run calls itself, until the guard is dropped.
pub(crate) fn allow_blocking() -> impl Drop {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            MAY_BLOCK.set(self.0);
        }
    }
    // Inside of an async runtime a blocking host function would stop its other tasks, or panic.
    Restore(MAY_BLOCK.replace(tokio::runtime::Handle::try_current().is_err()))
}

/// Why a call was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// As many as may wait are waiting.
    QueueFull,
    /// Its turn did not come in time.
    Expired,
    /// The work panicked: a defect of the host.
    Panicked,
}

/// The threads.
#[derive(Clone)]
pub(crate) struct Executor {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    threads_max: usize,
    gate: Gate,
    /// wasmtime-wasi's runtime: entered once per thread, host functions that wait find it without starting one.
    waits: tokio::runtime::Handle,
}

struct State {
    ready: Ready<Arc<dyn Run>>,
    threads: usize,
    idle: usize,
    /// Threads that wait at the gate. They do not count: others take their place.
    parked: usize,
}

/// A lane, whatever it holds.
trait Run: Send + Sync {
    /// Runs the next call; true if more are waiting.
    fn run_next(&self) -> bool;

    fn share(&self) -> &Arc<Share>;
}

impl Executor {
    /// At most so many threads, of which one owner may have so many at once.
    pub(crate) fn new(threads_max: usize, owner_threads_max: usize) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_places(threads_max, owner_threads_max, processors)
    }

    /// The same, for long calls on so many processors.
    fn with_places(threads_max: usize, owner_threads_max: usize, places: usize) -> Self {
        let waits = wasmtime_wasi::runtime::with_ambient_tokio_runtime(tokio::runtime::Handle::current);
        let ready = Ready::new(owner_threads_max);
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State { ready, threads: 0, idle: 0, parked: 0 }),
                wake: Condvar::new(),
                threads_max: threads_max.max(1),
                gate: Gate::new(places),
                waits,
            }),
        }
    }

    /// Lets another thread take the place of this one, which waits, until what is answered is dropped.
    fn parked(&self) -> impl Drop {
        struct Parked<'a>(Option<&'a Shared>);
        impl Drop for Parked<'_> {
            fn drop(&mut self) {
                if let Some(shared) = self.0 {
                    lock(&shared.state).parked -= 1;
                }
            }
        }
        if !WORKER.get() {
            return Parked(None);
        }
        let mut state = lock(&self.shared.state);
        state.parked += 1;
        self.shared.staff(&mut state);
        Parked(Some(&self.shared))
    }
}

impl Shared {
    fn schedule(self: &Arc<Self>, lane: Arc<dyn Run>) {
        let mut state = lock(&self.state);
        let share = Arc::clone(lane.share());
        state.ready.push(&share, lane);
        self.staff(&mut state);
        if state.threads == 0 {
            // No thread could be started, and nobody else will come to it.
            self.work_here(state);
        }
    }

    /// Sees to it that somebody comes to what is ready: wakes a thread, or starts one if there may be another.
    fn staff(self: &Arc<Self>, state: &mut State) {
        let ready = state.ready.takeable();
        if ready == 0 {
            return;
        }
        if state.idle >= ready {
            self.wake.notify_one();
            return;
        }
        if state.threads - state.parked.min(PARKED_MAX) >= self.threads_max {
            return;
        }
        let shared = Arc::clone(self);
        match std::thread::Builder::new().name("mapistore-worker".into()).spawn(move || shared.work()) {
            Ok(_) => state.threads += 1,
            Err(error) => tracing::warn!(%error, threads = state.threads, "cannot start another worker"),
        }
    }

    fn work(self: Arc<Self>) {
        WORKER.set(true);
        let _waits = self.waits.enter();
        let mut state = lock(&self.state);
        loop {
            if let Some((share, lane)) = state.ready.pop() {
                drop(state);
                let more = lane.run_next();
                state = lock(&self.state);
                state.ready.done(&share);
                if more {
                    // Behind the owner's others: a lane with much to do does not hold up the rest.
                    state.ready.push(&share, lane);
                }
                if turn::is_demoted() {
                    state.threads -= 1;
                    self.staff(&mut state);
                    return;
                }
                continue;
            }
            // The last reference besides the threads' own is gone: nothing can come any more.
            if Arc::strong_count(&self) == state.threads {
                state.threads -= 1;
                return;
            }
            state.idle += 1;
            let (guard, waited) =
                self.wake.wait_timeout(state, IDLE_TIMEOUT).unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if waited.timed_out() && state.ready.takeable() == 0 {
                state.threads -= 1;
                return;
            }
        }
    }

    /// The caller does the work: there is no thread for it.
    fn work_here<'a>(&'a self, mut state: MutexGuard<'a, State>) {
        while let Some((share, lane)) = state.ready.pop() {
            drop(state);
            while lane.run_next() {}
            state = lock(&self.state);
            state.ready.done(&share);
        }
    }
}

/// A `T` that takes one call at a time.
pub(crate) struct Lane<T> {
    queue: Mutex<Queue<T>>,
    executor: Executor,
    share: Arc<Share>,
    waiting_max: usize,
    wait_max: Duration,
}

struct Queue<T> {
    waiting: VecDeque<Waiting<T>>,
    target: Target<T>,
}

/// Where a lane's `T` is: whoever runs a call has it, so that a call takes no lock while it runs.
enum Target<T> {
    Idle(T),
    /// The lane stands in the executor's queue.
    Scheduled(T),
    Running,
}

impl<T> Target<T> {
    /// Takes it if nothing runs and nothing waits.
    fn take_idle(&mut self) -> Option<T> {
        match std::mem::replace(self, Self::Running) {
            Self::Idle(target) => Some(target),
            other => {
                *self = other;
                None
            }
        }
    }

    /// Takes it for the next call.
    fn take_scheduled(&mut self) -> Option<T> {
        match std::mem::replace(self, Self::Running) {
            Self::Idle(target) | Self::Scheduled(target) => Some(target),
            Self::Running => None,
        }
    }
}

impl<T> Queue<T> {
    /// Takes the target back after a call; true if the lane is to be scheduled again.
    fn give_back(&mut self, target: T) -> bool {
        let more = !self.waiting.is_empty();
        self.target = if more { Target::Scheduled(target) } else { Target::Idle(target) };
        more
    }
}

/// What is done in a turn. Told `None` if its time to wait ran out.
type Work<T> = Box<dyn FnOnce(Option<&mut T>) + Send>;

struct Waiting<T> {
    since: Instant,
    work: Work<T>,
    /// Clean-up never expires.
    expires: bool,
}

/// A lane that was idle, and the right to do something in it at once.
#[must_use]
pub(crate) struct Here<'a, T: Send + 'static> {
    lane: &'a Arc<Lane<T>>,
    target: T,
}

impl<T: Send + 'static> Here<'_, T> {
    /// Does `work` on this thread.
    pub(crate) fn run<R>(self, work: impl FnOnce(&mut T) -> R) -> Result<R, Refusal> {
        let Self { lane, mut target } = self;
        let done = catch_unwind(AssertUnwindSafe(|| work(&mut target)));
        if lock(&lane.queue).give_back(target) {
            lane.executor.shared.schedule(Arc::clone(lane) as Arc<dyn Run>);
        }
        done.map_err(|_| Refusal::Panicked)
    }
}

impl<T: Send + 'static> Lane<T> {
    pub(crate) fn new(
        executor: &Executor,
        share: &Arc<Share>,
        target: T,
        waiting_max: usize,
        wait_max: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::new(Queue { waiting: VecDeque::new(), target: Target::Idle(target) }),
            executor: executor.clone(),
            share: Arc::clone(share),
            waiting_max,
            wait_max,
        })
    }

    /// Does `work` when its turn comes.
    pub(crate) async fn call<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, Refusal> {
        match self.here() {
            Some(here) => here.run(work),
            None => self.wait(work).await,
        }
    }

    /// The lane, if this thread may block and nothing runs in the lane and nothing waits for it. What borrows can be done there.
    pub(crate) fn here(self: &Arc<Self>) -> Option<Here<'_, T>> {
        MAY_BLOCK.get().then(|| self.take_idle()).flatten()
    }

    /// Does `work` when its turn comes, on a worker.
    pub(crate) async fn wait<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, Refusal> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move |target: Option<&mut T>| {
            // The caller may have gone; its call was made all the same.
            let _ = answer.send(target.map(work).ok_or(Refusal::Expired));
        });
        self.enqueue(Waiting { since: Instant::now(), work, expires: true }, self.waiting_max)?;
        // The sender is dropped unused only when the work panicked.
        answered.await.unwrap_or(Err(Refusal::Panicked))
    }

    /// Does `work` some time, even if nobody waits for it.
    pub(crate) fn post(self: &Arc<Self>, work: impl FnOnce(&mut T) + Send + 'static) {
        match self.here() {
            // A panic was printed by the hook; the poster asked for no answer.
            Some(here) => _ = here.run(work),
            None => self.hand(work),
        }
    }

    /// The same, by a worker in any case.
    pub(crate) fn hand(self: &Arc<Self>, work: impl FnOnce(&mut T) + Send + 'static) {
        let work = Box::new(move |target: Option<&mut T>| {
            if let Some(target) = target {
                work(target);
            }
        });
        // Cannot be full.
        let _ = self.enqueue(Waiting { since: Instant::now(), work, expires: false }, usize::MAX);
    }

    /// The calls of what is in this lane, as processors see them.
    pub(crate) fn turn(&self) -> Turn {
        Turn::new(self.executor.clone(), Arc::clone(&self.share))
    }

    /// Waits for something that needs no thread meanwhile.
    pub(crate) fn aside<R>(&self, wait: impl FnOnce() -> R) -> R {
        let _parked = self.executor.parked();
        wait()
    }

    /// Does `work` here and now if nothing runs and nothing waits; none if something does.
    pub(crate) fn try_now<R>(self: &Arc<Self>, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.take_idle()?.run(work).ok()
    }

    fn enqueue(self: &Arc<Self>, waiting: Waiting<T>, waiting_max: usize) -> Result<(), Refusal> {
        let mut queue = lock(&self.queue);
        if queue.waiting.len() >= waiting_max {
            return Err(Refusal::QueueFull);
        }
        queue.waiting.push_back(waiting);
        if let Some(target) = queue.target.take_idle() {
            queue.target = Target::Scheduled(target);
            drop(queue);
            self.executor.shared.schedule(Arc::clone(self) as Arc<dyn Run>);
        }
        Ok(())
    }

    fn take_idle(self: &Arc<Self>) -> Option<Here<'_, T>> {
        let target = lock(&self.queue).target.take_idle()?;
        Some(Here { lane: self, target })
    }
}

impl<T: Send + 'static> Run for Lane<T> {
    fn run_next(&self) -> bool {
        let mut queue = lock(&self.queue);
        let Some(mut target) = queue.target.take_scheduled() else { return false };
        while let Some(next) = queue.waiting.pop_front() {
            drop(queue);
            let expired = next.expires && next.since.elapsed() > self.wait_max;
            let given = (!expired).then_some(&mut target);
            // A panic ends this call and no other. It was printed by the hook, and the caller is told.
            let _ = catch_unwind(AssertUnwindSafe(|| (next.work)(given)));
            queue = lock(&self.queue);
            if !expired {
                break;
            }
        }
        queue.give_back(target)
    }

    fn share(&self) -> &Arc<Share> {
        &self.share
    }
}

/// A panic under a lock leaves nothing half done here: what runs under one is a few moves.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    fn lane(waiting_max: usize, wait_max: Duration) -> Arc<Lane<Vec<u32>>> {
        Lane::new(&Executor::new(4, 4), &Share::new(1), Vec::new(), waiting_max, wait_max)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn calls_of_one_lane_run_in_order() {
        let lane = lane(1000, LONG);
        for number in 0..100 {
            lane.post(move |numbers| numbers.push(number));
        }
        let numbers = pollster::block_on(lane.call(|numbers| numbers.clone())).unwrap();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_caller_that_goes_away_does_not_stop_its_call() {
        let lane = lane(10, LONG);
        let (hold, held) = mpsc::channel::<()>();
        lane.post(move |_| held.recv().unwrap());
        let mut call = Box::pin(lane.call(|numbers| numbers.push(7)));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
        drop(call);
        hold.send(()).unwrap();
        assert_eq!(pollster::block_on(lane.call(|numbers| numbers.clone())), Ok(vec![7]));
    }

    #[test]
    fn a_full_queue_refuses_at_once_and_clean_up_is_never_refused() {
        let lane = lane(0, LONG);
        let (hold, held) = mpsc::channel::<()>();
        lane.post(move |_| held.recv().unwrap());
        assert_eq!(pollster::block_on(lane.call(|_| ())), Err(Refusal::QueueFull));
        let (done, is_done) = mpsc::channel();
        lane.post(move |_| done.send(()).unwrap());
        hold.send(()).unwrap();
        is_done.recv().unwrap();
    }

    #[test]
    fn a_call_whose_turn_comes_too_late_is_not_made() {
        let lane = lane(10, Duration::ZERO);
        let (hold, held) = mpsc::channel::<()>();
        lane.post(move |_| held.recv().unwrap());
        let late = std::thread::spawn({
            let lane = Arc::clone(&lane);
            move || pollster::block_on(lane.call(|numbers| numbers.push(1)))
        });
        while lock(&lane.queue).waiting.is_empty() {
            std::thread::yield_now();
        }
        hold.send(()).unwrap();
        assert_eq!(late.join().unwrap(), Err(Refusal::Expired));
        // The lane is let go after the caller is told.
        while lane.try_now(|numbers| assert!(numbers.is_empty())).is_none() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_panic_ends_its_own_call_only() {
        let lane = lane(10, LONG);
        let panicked = pollster::block_on(lane.call(|_| panic!("for the test")));
        assert_eq!(panicked, Err::<(), _>(Refusal::Panicked));
        assert_eq!(pollster::block_on(lane.call(|numbers| numbers.len())), Ok(0));
    }

    #[test]
    fn a_caller_that_may_block_does_the_work_on_its_own_thread() {
        // A lane each: a worker answers before it lets its lane go, and a busy lane is not taken.
        let lanes = [lane(10, LONG), lane(10, LONG)];
        let here = std::thread::current().id();
        let elsewhere = pollster::block_on(lanes[0].call(|_| std::thread::current().id())).unwrap();
        let _allowed = allow_blocking();
        let inline = pollster::block_on(lanes[1].call(|_| std::thread::current().id())).unwrap();
        assert_eq!(inline, here);
        assert_ne!(elsewhere, here);
    }

    #[test]
    fn different_lanes_run_at_the_same_time() {
        let (executor, share) = (Executor::new(4, 4), Share::new(1));
        let lanes: Vec<_> = (0..4).map(|_| Lane::new(&executor, &share, (), 10, LONG)).collect();
        let barrier = Arc::new(std::sync::Barrier::new(5));
        for lane in &lanes {
            let barrier = Arc::clone(&barrier);
            lane.post(move |()| {
                barrier.wait();
            });
        }
        barrier.wait();
    }

    #[test]
    fn an_owner_whose_calls_never_end_leaves_threads_to_others() {
        let (executor, greedy, other) = (Executor::new(4, 2), Share::new(1), Share::new(1));
        let (hold, held) = mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        for _ in 0..8 {
            let held = Arc::clone(&held);
            Lane::new(&executor, &greedy, (), 10, LONG).post(move |()| _ = lock(&held).recv());
        }
        let lane = Lane::new(&executor, &other, (), 10, LONG);
        assert_eq!(pollster::block_on(lane.call(|()| 7)), Ok(7));
        drop(hold);
    }

    #[test]
    fn who_waits_for_a_processor_holds_no_thread() {
        let (executor, share) = (Executor::with_places(1, 4, 1), Share::new(1));
        let deadline = || Instant::now() + LONG;
        let mut here = Turn::new(executor.clone(), Arc::clone(&share));
        assert!(here.go_on(deadline()));
        let (parked, done) = (executor.clone(), mpsc::channel());
        let long = Lane::new(&executor, &share, (), 10, LONG);
        let turn = Arc::clone(&share);
        long.post(move |()| {
            let mut turn = Turn::new(parked, turn);
            done.0.send(turn.go_on(deadline())).unwrap();
        });
        // The only thread waits, and another one does this.
        let short = Lane::new(&executor, &share, (), 10, LONG);
        assert_eq!(pollster::block_on(short.call(|()| 7)), Ok(7));
        here.end();
        assert!(done.1.recv().unwrap());
    }
}
