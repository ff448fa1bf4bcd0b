//! Interrupts a guest that runs too long. Knows ticks and deadlines; does not know what the guest was doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::stopwatch;

/// How often the epoch advances: a deadline is met to within two of these.
const TICK: Duration = Duration::from_millis(10);

/// Ticks from when a call begins until it is asked to let others go on; each further slice is one. One more than a slice,
/// because the current tick is already running.
pub(crate) const FIRST_SLICE: u64 = 2;
pub(crate) const SLICE: u64 = 1;

/// How many ticks there were. Looking at it costs a load, where the system's clock costs as much as a small call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// The tick in which `timeout` from now is over.
    pub(crate) fn deadline(&self, timeout: Duration) -> u64 {
        self.now().saturating_add(ticks(timeout))
    }

    /// How long ago that tick was.
    pub(crate) fn since(&self, tick: u64) -> Duration {
        let ticks = u32::try_from(self.now().saturating_sub(tick)).unwrap_or(u32::MAX);
        TICK.saturating_mul(ticks)
    }

    /// About when that tick will be.
    pub(crate) fn instant(&self, tick: u64) -> Instant {
        let left = u32::try_from(tick.saturating_sub(self.now())).unwrap_or(u32::MAX);
        let now = Instant::now();
        now.checked_add(TICK.saturating_mul(left)).unwrap_or(now)
    }
}

/// A thread that advances the epoch of one engine until it is dropped.
pub(crate) struct Ticker {
    clock: Clock,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: &wasmtime::Engine) -> wasmtime::Result<Self> {
        let engine = engine.weak();
        let clock = Clock::default();
        let ticks = Arc::clone(&clock.0);
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("mapistore-epoch".into()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                let Some(engine) = engine.upgrade() else { break };
                ticks.fetch_add(1, Ordering::Relaxed);
                stopwatch::calibrate();
                engine.increment_epoch();
            }
        })?;
        Ok(Self { clock, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the ticker has been printed by its thread; there is nothing to add.
            let _ = thread.join();
        }
    }
}

/// `timeout` in ticks, rounded up; one more because the current tick is already running.
fn ticks(timeout: Duration) -> u64 {
    u64::try_from(timeout.as_millis().div_ceil(TICK.as_millis())).unwrap_or(u64::MAX / 2).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_rounded_up_to_whole_ticks_and_one_more() {
        assert_eq!(ticks(Duration::ZERO), 1);
        assert_eq!(ticks(Duration::from_millis(1)), 2);
        assert_eq!(ticks(Duration::from_millis(10)), 2);
        assert_eq!(ticks(Duration::from_millis(11)), 3);
    }
}
