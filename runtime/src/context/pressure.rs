//! Puts contexts to sleep while the machine is short of memory, before it takes to swapping or killing. Knows how much is
//! left, and nothing of what contexts do with theirs.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use super::Awake;
use crate::machine;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// While there is too little, so many of the contexts that are awake go to sleep at each look: one in eight.
const PART: usize = 8;

/// A thread that looks until it is dropped.
pub(crate) struct Pressure {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Pressure {
    /// Keeps so many bytes of the machine's memory free, as far as sleep can do it.
    ///
    /// # Errors
    /// The system has no room for a thread.
    pub(crate) fn watch(awake: &Arc<Awake>, reserve_bytes: u64) -> std::io::Result<Self> {
        let awake = Arc::downgrade(awake);
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("mapistore-pressure".into()).spawn(move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(LOOK) {
                if !relieve(&awake, machine::memory_available(), reserve_bytes) {
                    break;
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

/// False if there is nobody left to put to sleep, now or ever.
fn relieve(awake: &Weak<Awake>, available_bytes: u64, reserve_bytes: u64) -> bool {
    let Some(awake) = awake.upgrade() else { return false };
    if available_bytes < reserve_bytes {
        let asleep = awake.put_to_sleep(awake.count().div_ceil(PART));
        if asleep > 0 {
            let (available, reserve) =
                (crate::error::bytes(available_bytes), crate::error::bytes(reserve_bytes));
            tracing::info!(asleep, available, reserve, "memory is short: contexts were put to sleep");
        }
    }
    true
}

impl Drop for Pressure {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic has been printed by its thread; there is nothing to add.
            let _ = thread.join();
        }
    }
}
