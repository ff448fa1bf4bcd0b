//! What a backend's owners have used of limits that outlive a store: the log's rate, and room in directories. All stores of one
//! owner share a [`Meter`], so that many contexts, or many short stores, get no more than one.

mod account;
mod bucket;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::grant::DirectoryGrant;
use crate::limits::Limits;
use crate::manifest::Access;

pub(super) use account::Refused;
use account::{Account, Used};
use bucket::Bucket;

/// The meters of one backend.
#[derive(Default)]
pub(crate) struct Meters {
    owners: Mutex<Owners>,
}

#[derive(Default)]
struct Owners {
    meters: HashMap<String, Arc<Meter>>,
    /// Of directories that all owners share, by their place among the grants.
    shared: HashMap<usize, Arc<Account>>,
    /// How many meters there may be before those that nobody uses are let go.
    prune_at: usize,
}

/// What one owner has used.
pub(crate) struct Meter {
    log: Mutex<LogRate>,
    /// Lines that were dropped, and of which the operator was not told yet.
    dropped_lines: AtomicU64,
    /// Of directories that may be written to.
    accounts: Vec<Arc<Account>>,
    /// Places for connections that are in use.
    connections: Arc<Semaphore>,
}

/// How much may be logged now.
struct LogRate {
    bytes: Bucket,
    lines: Bucket,
    /// When an operator was told last what was dropped.
    told: Option<Instant>,
}

impl LogRate {
    fn new(limits: &Limits, now: Instant) -> Self {
        Self {
            bytes: Bucket::new(limits.log_bytes_per_second, limits.log_max_bytes, now),
            lines: Bucket::new(limits.log_lines_per_second, limits.log_lines_per_second, now),
            told: None,
        }
    }

    /// Takes the room of one line, if there is room for it.
    fn take_line(&mut self, bytes: u64, now: Instant) -> bool {
        self.bytes.has(bytes, now) && self.lines.take(1, now) && self.bytes.take(bytes, now)
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.bytes.is_full(now) && self.lines.is_full(now)
    }
}

impl Meters {
    /// The meter of an owner.
    pub(crate) fn of(&self, owner: &str, limits: &Limits, directories: &[DirectoryGrant]) -> Arc<Meter> {
        const PRUNE_AT_LEAST: usize = 1_024;
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meter) = owners.meters.get(owner) {
            return Arc::clone(meter);
        }
        if owners.meters.len() >= owners.prune_at.max(PRUNE_AT_LEAST) {
            let now = Instant::now();
            owners.meters.retain(|_, meter| Arc::strong_count(meter) > 1 || meter.says_something(now));
            owners.prune_at = owners.meters.len() * 2;
        }
        let room = Used { bytes: limits.files_max_bytes, files: limits.files_max };
        let writable = directories.iter().enumerate().filter(|(_, grant)| grant.access == Access::ReadWrite);
        let accounts = writable
            .map(|(place, grant)| match grant.is_per_owner() {
                true => Arc::new(Account::new(grant.clone(), owner, room)),
                false => {
                    let shared = owners.shared.entry(place);
                    Arc::clone(shared.or_insert_with(|| Arc::new(Account::new(grant.clone(), "", room))))
                }
            })
            .collect();
        let meter = Arc::new(Meter { accounts, ..Meter::of_nobody(limits) });
        owners.meters.insert(owner.to_owned(), Arc::clone(&meter));
        meter
    }
}

impl Meter {
    /// For a store that has no owner: in `describe` and `init`.
    pub(super) fn of_nobody(limits: &Limits) -> Self {
        let log = Mutex::new(LogRate::new(limits, Instant::now()));
        let connections = Arc::new(Semaphore::new(limits.network_owner_connections_max as usize));
        Self { log, dropped_lines: AtomicU64::new(0), accounts: Vec::new(), connections }
    }

    /// Places for connections of all stores together.
    pub(super) fn connections(&self) -> &Arc<Semaphore> {
        &self.connections
    }

    /// Whether a line of the log is within the rate. One that its call has no `room` for, or that is not, is counted.
    pub(super) fn admit_line(&self, bytes: u64, room: bool, now: Instant) -> bool {
        let admitted = room && self.rate().take_line(bytes, now);
        if !admitted {
            self.dropped_lines.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    /// Whether lines were dropped that the operator was not told of.
    pub(super) fn has_dropped_lines(&self) -> bool {
        self.dropped_lines.load(Ordering::Relaxed) > 0
    }

    /// How many lines were dropped, if any were and the operator was not told within the last second.
    pub(super) fn take_dropped_lines(&self) -> Option<u64> {
        if !self.has_dropped_lines() {
            return None;
        }
        let (mut rate, now) = (self.rate(), Instant::now());
        if rate.told.is_some_and(|told| now.saturating_duration_since(told) < Duration::from_secs(1)) {
            return None;
        }
        rate.told = Some(now);
        Some(self.dropped_lines.swap(0, Ordering::Relaxed))
    }

    fn rate(&self) -> MutexGuard<'_, LogRate> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it could not be made again as it is.
    fn says_something(&self, now: Instant) -> bool {
        !self.rate().is_full(now) || self.accounts.iter().any(|account| account.has_grown())
    }

    /// Whether there is any directory to write to.
    pub(super) fn has_accounts(&self) -> bool {
        !self.accounts.is_empty()
    }

    /// Counts what is about to be written. Which directory it goes to is not known here (a descriptor does not say), so each
    /// is charged; counting what is really there puts it right.
    pub(super) fn charge(&self, bytes: u64, files: u64, deadline: Instant) -> Result<(), Refused> {
        self.accounts.iter().try_for_each(|account| account.charge(Used { bytes, files }, deadline))
    }

    /// Something was removed: what was full may have room again.
    pub(super) fn freed(&self) {
        self.accounts.iter().for_each(|account| account.freed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_stores_of_an_owner_have_one_meter_and_idle_ones_are_let_go() {
        let (meters, limits) = (Meters::default(), Limits::default());
        let of = |owner: &str| meters.of(owner, &limits, &[]);
        let alice = of("alice");
        assert!(Arc::ptr_eq(&alice, &of("alice")));
        assert!(!Arc::ptr_eq(&alice, &of("bob")));
        let mallory = of("mallory");
        assert!(mallory.admit_line(limits.log_max_bytes, true, Instant::now()));
        drop(mallory);
        for number in 0..1_100 {
            of(&number.to_string());
        }
        let known = meters.owners.lock().unwrap();
        assert!(known.meters.len() < 200, "{}", known.meters.len());
        assert!(known.meters.contains_key("alice"), "it is in use");
        assert!(known.meters.contains_key("mallory"), "what was logged counts still");
        assert!(!known.meters.contains_key("bob"));
    }
}
