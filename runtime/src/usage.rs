//! What contexts and owners have used. Knows numbers only.

use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What was used by a context, or by all that an owner has and had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Calls of the guest, destructors included.
    pub calls: u64,
    /// Calls of host functions by the guest.
    pub host_calls: u64,
    /// Nanoseconds of processor time in the guest and in host functions that it called, waiting excluded.
    pub processor_ns: u64,
    /// Bytes that the host handed to the guest: arguments that have a size, and answers of host functions; of WASI, what came
    /// out of files and other streams.
    pub bytes_in: u64,
    /// Bytes that the guest handed to the host: answers, and arguments of host functions; of WASI, what went into files and
    /// other streams.
    pub bytes_out: u64,
    /// Lines that the guest wrote to the log.
    pub log_lines: u64,
    /// Lines that it wrote beyond its limit: nobody saw them.
    pub log_lines_dropped: u64,
    /// Stores that were started: one for each context that was opened, woken, or opened again after a loss.
    pub stores: u64,
    /// Bytes that are held now: linear memories and tables of the guest, and buffers of the host's on its behalf.
    pub memory_bytes: u64,
    /// Objects of the guest that are open now.
    pub handles: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        for (mine, theirs) in self.numbers_mut().into_iter().zip(other.numbers()) {
            *mine = mine.saturating_add(theirs);
        }
    }
}

/// How many numbers a [`Usage`] has.
const NUMBERS: usize = 10;

impl Usage {
    /// Processor time as a duration.
    pub fn processor_time(&self) -> Duration {
        Duration::from_nanos(self.processor_ns)
    }

    fn numbers_mut(&mut self) -> [&mut u64; NUMBERS] {
        let Self {
            calls,
            host_calls,
            processor_ns,
            bytes_in,
            bytes_out,
            log_lines,
            log_lines_dropped,
            stores,
            memory_bytes,
            handles,
        } = self;
        [
            calls,
            host_calls,
            processor_ns,
            bytes_in,
            bytes_out,
            log_lines,
            log_lines_dropped,
            stores,
            memory_bytes,
            handles,
        ]
    }

    // Not by way of the other one: that would move a copy, which shows in the price of a call.
    fn numbers(&self) -> [u64; NUMBERS] {
        let Self {
            calls,
            host_calls,
            processor_ns,
            bytes_in,
            bytes_out,
            log_lines,
            log_lines_dropped,
            stores,
            memory_bytes,
            handles,
        } = *self;
        [
            calls,
            host_calls,
            processor_ns,
            bytes_in,
            bytes_out,
            log_lines,
            log_lines_dropped,
            stores,
            memory_bytes,
            handles,
        ]
    }
}

/// A [`Usage`] that one thread at a time adds to while others look.
#[derive(Debug, Default)]
pub(crate) struct Counters([AtomicU64; NUMBERS]);

/// Where in [`Usage::numbers`] those begin that say what is held now.
const HELD_FROM: usize = NUMBERS - 2;

impl Counters {
    /// Adds everything, from any thread.
    pub(crate) fn add(&self, usage: &Usage) {
        for (counter, number) in self.0.iter().zip(usage.numbers()) {
            if number > 0 {
                counter.fetch_add(number, Ordering::Relaxed);
            }
        }
    }

    /// Adds what was used and replaces what is held, from the one thread that has its context's turn.
    pub(crate) fn note(&self, usage: &Usage) {
        for (at, (counter, number)) in self.0.iter().zip(usage.numbers()).enumerate() {
            let before = if at < HELD_FROM { counter.load(Ordering::Relaxed) } else { 0 };
            counter.store(before.wrapping_add(number), Ordering::Relaxed);
        }
    }

    /// Nothing is held any more.
    pub(crate) fn let_go(&self) {
        self.note(&Usage::default());
    }

    pub(crate) fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for (counter, number) in self.0.iter().zip(usage.numbers_mut()) {
            *number = counter.load(Ordering::Relaxed);
        }
        usage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_adds_up_and_what_is_held_is_replaced() {
        let counters = Counters::default();
        counters.note(&Usage { calls: 2, bytes_out: 10, memory_bytes: 100, handles: 3, ..Usage::default() });
        counters.note(&Usage { calls: 1, memory_bytes: 50, handles: 2, ..Usage::default() });
        let expected = Usage { calls: 3, bytes_out: 10, memory_bytes: 50, handles: 2, ..Usage::default() };
        assert_eq!(counters.usage(), expected);
        counters.let_go();
        assert_eq!(counters.usage(), Usage { memory_bytes: 0, handles: 0, ..expected });
    }

    #[test]
    fn usages_add_up_number_by_number() {
        let one = Usage { calls: 1, log_lines_dropped: 5, handles: 1, ..Usage::default() };
        let mut sum = one;
        sum += one;
        assert_eq!(sum, Usage { calls: 2, log_lines_dropped: 10, handles: 2, ..Usage::default() });
    }
}
