//! So many a second, and so many at once: a token bucket. Is told the time.

use std::time::Instant;

/// See the module.
pub(crate) struct Bucket {
    per_second: f64,
    at_once: f64,
    left: f64,
    filled: Instant,
}

#[expect(clippy::cast_precision_loss, reason = "a rate, not a count: 2^53 is far beyond any of them")]
impl Bucket {
    /// A full one.
    pub(crate) fn new(per_second: u64, at_once: u64, now: Instant) -> Self {
        let at_once = at_once as f64;
        Self { per_second: per_second as f64, at_once, left: at_once, filled: now }
    }

    fn fill(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.filled).as_secs_f64();
        self.left = (self.left + since * self.per_second).min(self.at_once);
        self.filled = self.filled.max(now);
    }

    /// Whether so many are left.
    pub(crate) fn has(&mut self, count: u64, now: Instant) -> bool {
        self.fill(now);
        count as f64 <= self.left
    }

    /// Takes so many, or none.
    pub(crate) fn take(&mut self, count: u64, now: Instant) -> bool {
        let has = self.has(count, now);
        if has {
            self.left -= count as f64;
        }
        has
    }

    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.left >= self.at_once
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_gives_what_it_holds_at_once_and_then_its_rate() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut bucket = Bucket::new(10, 20, start);
        assert!(bucket.take(20, start));
        assert!(!bucket.take(1, at(50)));
        assert!(bucket.take(1, at(100)));
        assert!(!bucket.take(1, at(100)));
        assert!(bucket.take(9, at(1_000)), "nine more in the second");
        assert!(!bucket.is_full(at(2_500)));
        assert!(bucket.is_full(at(60_000)), "and never more than it holds");
        assert!(!bucket.take(21, at(60_000)));
        assert!(bucket.take(20, at(60_000)));
    }

    #[test]
    fn time_that_stands_still_or_goes_back_gives_nothing() {
        let start = Instant::now() + Duration::from_secs(10);
        let mut bucket = Bucket::new(10, 1, start);
        assert!(bucket.take(1, start));
        assert!(!bucket.take(1, start - Duration::from_secs(5)));
        assert!(!bucket.take(1, start));
    }
}
