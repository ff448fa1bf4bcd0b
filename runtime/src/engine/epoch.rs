//! Ends a guest that runs too long. Knows ticks and deadlines; does not know what the guest was doing.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the epoch advances: a deadline is met to within two of these.
const TICK: Duration = Duration::from_millis(10);

/// A thread that advances the epoch of one engine until it is dropped.
pub(crate) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: &wasmtime::Engine) -> wasmtime::Result<Self> {
        let engine = engine.weak();
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("mapistore-epoch".into()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(TICK) {
                match engine.upgrade() {
                    Some(engine) => engine.increment_epoch(),
                    None => break,
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
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
pub(crate) fn ticks(timeout: Duration) -> u64 {
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
