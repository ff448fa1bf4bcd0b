//! One store's calls as processors see them: what time they take, and whether they may go on. Knows nothing of guests.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::gate::Entry;
use super::share::Share;
use super::{Executor, WORKER};
use crate::stopwatch::Stopwatch;

/// How much less of a processor a thread gets while it runs a long call: short ones go before it.
const LONG_CALL_NICE: i32 = 10;

thread_local! {
    /// Set for good once this worker has run a long call: only a privileged process could undo it.
    static DEMOTED: Cell<bool> = const { Cell::new(false) };
}

/// True if the thread is no longer fit for short calls.
pub(super) fn is_demoted() -> bool {
    DEMOTED.get()
}

/// The calls of one store, one after another.
pub(crate) struct Turn {
    executor: Executor,
    share: Arc<Share>,
    /// The current call has one of the gate's places.
    holds: bool,
    /// What came before this is charged already.
    since: Stopwatch,
    /// The thread's processor time then; known once a call is long, since asking costs as much as several calls.
    thread_time: Option<Duration>,
    used: Duration,
}

impl Turn {
    pub(crate) fn new(executor: Executor, share: Arc<Share>) -> Self {
        let (since, used) = (Stopwatch::start(), Duration::ZERO);
        Self { executor, share, holds: false, since, thread_time: None, used }
    }

    /// For another store of the same owner.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.executor.clone(), Arc::clone(&self.share))
    }

    pub(crate) fn executor(&self) -> &Executor {
        &self.executor
    }

    /// A call begins.
    pub(crate) fn begin(&mut self) {
        (self.since, self.thread_time, self.used) = (Stopwatch::start(), None, Duration::ZERO);
    }

    /// The call has gone on for another slice. Waits while others are to go on before it; false if its deadline fell
    /// meanwhile.
    pub(crate) fn go_on(&mut self, deadline: Instant) -> bool {
        self.charge();
        self.thread_time.get_or_insert_with(thread_time);
        let gate = &self.executor.shared.gate;
        let waits = || self.executor.parked();
        let entry = if self.holds {
            gate.yield_to_others(&self.share, deadline, waits)
        } else {
            demote();
            gate.enter(&self.share, deadline, waits)
        };
        self.holds = entry == Entry::Granted;
        self.since = Stopwatch::start();
        self.holds
    }

    /// Waits in the host, for nothing that needs a processor.
    pub(crate) fn aside<R>(&mut self, wait: impl FnOnce() -> R) -> R {
        self.charge();
        if std::mem::take(&mut self.holds) {
            self.executor.shared.gate.leave();
        }
        let waited = wait();
        self.since = Stopwatch::start();
        waited
    }

    /// The call has ended. Answers the processor time that it took: by the clock on the wall up to its first slice, by the
    /// thread's own from then on.
    pub(crate) fn end(&mut self) -> Duration {
        self.charge();
        if std::mem::take(&mut self.holds) {
            self.executor.shared.gate.leave();
        }
        std::mem::take(&mut self.used)
    }

    fn charge(&mut self) {
        let had = self.since.elapsed();
        // What others take away from a long call on the way is not its own; of the place, it had all of it.
        self.used += match &mut self.thread_time {
            Some(before) => {
                let now = thread_time();
                now.saturating_sub(std::mem::replace(before, now))
            }
            None => had,
        };
        self.share.charge(had);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.holds {
            self.executor.shared.gate.leave();
        }
    }
}

/// Lets short calls go before this thread, if it is a worker: those end with the long call, and others are started.
fn demote() {
    if !WORKER.get() || DEMOTED.get() {
        return;
    }
    let lowered = rustix::process::setpriority_process(Some(rustix::thread::gettid()), LONG_CALL_NICE);
    match lowered {
        Ok(()) => DEMOTED.set(true),
        Err(error) => tracing::debug!(%error, "a long call keeps its priority"),
    }
}

fn thread_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_charged_to_its_owner_and_a_wait_in_the_host_is_not() {
        let (executor, share) = (Executor::new(1, 1), Share::new(1));
        let mut turn = Turn::new(executor, Arc::clone(&share));
        turn.begin();
        let wait = Duration::from_millis(30);
        turn.aside(|| std::thread::park_timeout(wait));
        let used = turn.end();
        assert!(used < wait && Duration::from_nanos(share.virtual_ns()) < wait, "{used:?}");
    }

    #[test]
    fn a_long_call_has_a_place_until_it_ends() {
        let (executor, share) = (Executor::with_places(1, 1, 1), Share::new(1));
        let soon = || Instant::now();
        let [mut one, mut other] = [0, 1].map(|_| Turn::new(executor.clone(), Arc::clone(&share)));
        one.begin();
        other.begin();
        assert!(one.go_on(soon()));
        assert!(!other.go_on(soon()));
        one.end();
        assert!(other.go_on(soon()));
        other.aside(|| assert!(one.go_on(soon())));
    }
}
