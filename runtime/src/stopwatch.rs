//! How long something short took, by a clock that costs a third of the system's to look at: the processor's own counter, where
//! the kernel itself keeps time by it. Knows time and nothing else.
//!
//! How fast the counter runs is found out beside the system's clock, by a thread that ticks anyway; until then, and on other
//! machines, the system's clock is asked.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Nanoseconds of a tick of the counter, times 2^32; 0 while that is not known.
static RATE: AtomicU64 = AtomicU64::new(0);

/// So long both clocks run before the one is measured by the other. A look costs some tens of nanoseconds: five digits are right.
const MEASURED_FOR: Duration = Duration::from_millis(5);

/// When something began.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stopwatch {
    Counter(u64),
    System(Instant),
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        if RATE.load(Ordering::Relaxed) == 0 {
            Self::System(Instant::now())
        } else {
            Self::Counter(counter())
        }
    }

    pub(crate) fn elapsed(self) -> Duration {
        match self {
            Self::System(since) => since.elapsed(),
            Self::Counter(since) => {
                // The counters of two processors may differ by a little.
                let ticks = counter().saturating_sub(since);
                let nanos = (u128::from(ticks) * u128::from(RATE.load(Ordering::Relaxed))) >> 32;
                Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
            }
        }
    }
}

/// Finds out how fast the counter runs, if it is time for that. To be called now and then.
pub(crate) fn calibrate() {
    static BEGUN: OnceLock<Option<(Instant, u64)>> = OnceLock::new();
    if RATE.load(Ordering::Relaxed) != 0 {
        return;
    }
    let Some((since, from)) = *BEGUN.get_or_init(|| is_trusted().then(|| (Instant::now(), counter()))) else {
        return;
    };
    let (time, ticks) = (since.elapsed(), counter().saturating_sub(from));
    if time >= MEASURED_FOR && ticks > 0 {
        let rate = (time.as_nanos() << 32) / u128::from(ticks);
        RATE.store(u64::try_from(rate).unwrap_or(0), Ordering::Relaxed);
    }
}

/// Whether the kernel keeps time by the counter: then it runs evenly, and alike on all processors.
#[cfg(target_arch = "x86_64")]
fn is_trusted() -> bool {
    let source = std::fs::read_to_string("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    source.is_ok_and(|source| source.trim() == "tsc")
}

#[cfg(not(target_arch = "x86_64"))]
fn is_trusted() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the standard library has no other way to the counter")]
fn counter() -> u64 {
    // SAFETY: every processor of this architecture has the instruction, and it reads nothing but the counter.
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
fn counter() -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_the_systems_clock_before_and_after_it_was_calibrated() {
        let (system, early) = (Instant::now(), Stopwatch::start());
        let mut late = None;
        while system.elapsed() < Duration::from_millis(60) {
            calibrate();
            late = late.or_else(|| {
                (system.elapsed() > Duration::from_millis(20)).then(|| (Instant::now(), Stopwatch::start()))
            });
        }
        let agrees = |since: Instant, watch: Stopwatch| {
            let (least, took, most) = (since.elapsed(), watch.elapsed(), since.elapsed());
            let slack = Duration::from_millis(1);
            assert!(took + slack >= least && took <= most + slack, "{took:?} of {least:?}");
        };
        agrees(system, early);
        let (since, watch) = late.unwrap();
        assert_eq!(matches!(watch, Stopwatch::Counter(_)), is_trusted());
        agrees(since, watch);
    }
}
