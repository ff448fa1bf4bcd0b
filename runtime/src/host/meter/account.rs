//! How full a granted directory is: counted once, then estimated from what guests write, and counted again when the estimate
//! reaches the limit. So a write costs an addition, and a full directory is overfilled by what is written at one time, no more.
//!
//! Counting is done by the call that needs it, on its thread and within its deadline; what one call did not finish, the next
//! goes on with. An overwritten byte is estimated as one more, and a removed file as still there, until the next count.
//! A count misses what is being written while it passes: one write of each call at the same time.
//! Before the first count, which a process that writes little never needs, a sixty-fourth of the limit is free.

mod walk;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::grant::DirectoryGrant;
use walk::{Step, Walk};

/// Part of the limit that is free before the first count.
const UNCOUNTED_PART: u64 = 64;

/// A count that found a directory full is not repeated for so many times what it took, unless something was removed.
const REST: u32 = 10;

/// What a directory takes of the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Used {
    pub(super) bytes: u64,
    /// Files, directories and links.
    pub(super) files: u64,
}

/// Why something may not be written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no room for it.
    Full,
    /// The call's deadline came first.
    Deadline,
}

/// One directory.
pub(super) struct Account {
    grant: DirectoryGrant,
    owner: String,
    room: Used,
    state: Mutex<State>,
    counted: Condvar,
}

#[derive(Default)]
struct State {
    /// What was counted last.
    found: Option<Used>,
    /// What was written since the last count began.
    since: Used,
    /// What was written before that, while it is not over.
    before: Used,
    count: Count,
    /// Not to be counted again before.
    rest_until: Option<Instant>,
}

#[derive(Default)]
enum Count {
    #[default]
    None,
    Paused(Box<Walk>),
    Running,
}

impl Used {
    fn plus(self, other: Self) -> Self {
        Self { bytes: self.bytes.saturating_add(other.bytes), files: self.files.saturating_add(other.files) }
    }

    fn fits(self, room: Self) -> bool {
        self.bytes <= room.bytes && self.files <= room.files
    }
}

impl State {
    /// Whether so much more fits, as far as is known.
    fn admits(&self, more: Used, room: Used) -> bool {
        let written = self.before.plus(self.since).plus(more);
        match self.found {
            Some(found) => found.plus(written).fits(room),
            None => {
                let part = |all: u64| all / UNCOUNTED_PART;
                written.fits(Used { bytes: part(room.bytes), files: part(room.files) })
            }
        }
    }
}

impl Account {
    pub(super) fn new(grant: DirectoryGrant, owner: &str, room: Used) -> Self {
        Self { grant, owner: owner.to_owned(), room, state: Mutex::default(), counted: Condvar::new() }
    }

    /// Counts something that is about to be written, if there is room for it.
    pub(super) fn charge(&self, more: Used, deadline: Instant) -> Result<(), Refused> {
        let mut state = self.lock();
        loop {
            if state.admits(more, self.room) {
                state.since = state.since.plus(more);
                return Ok(());
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(Refused::Deadline);
            }
            if state.rest_until.is_some_and(|until| now < until) {
                return Err(Refused::Full);
            }
            state = match std::mem::replace(&mut state.count, Count::Running) {
                // Another call of the owner's counts: its result serves this one as well.
                Count::Running => self.wait(state, deadline - now),
                Count::Paused(walk) => self.count(state, walk, deadline)?,
                Count::None => {
                    state.before = std::mem::take(&mut state.since);
                    self.count(state, Box::default(), deadline)?
                }
            };
        }
    }

    /// Something was removed.
    pub(super) fn freed(&self) {
        self.lock().rest_until = None;
    }

    /// Whether anything was written that no count has found yet.
    pub(super) fn has_grown(&self) -> bool {
        let state = self.lock();
        state.before.plus(state.since) != Used::default()
    }

    fn count<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        mut walk: Box<Walk>,
        deadline: Instant,
    ) -> Result<MutexGuard<'a, State>, Refused> {
        drop(state);
        let started = Instant::now();
        let step = walk.go_on(deadline, || self.grant.open(&self.owner).map_err(std::io::Error::other));
        let mut state = self.lock();
        self.counted.notify_all();
        let rest = |took: Duration| Some(Instant::now() + took * REST);
        match step {
            Step::Done(found) => {
                state.count = Count::None;
                state.found = Some(found);
                state.before = Used::default();
                state.rest_until = rest(walk.took + started.elapsed());
                if !found.fits(self.room) {
                    tracing::warn!(
                        directory = %self.grant.guest, owner = %self.owner, bytes = found.bytes, files = found.files,
                        "a granted directory is full: `files_max_bytes` or `files_max` is reached"
                    );
                }
                Ok(state)
            }
            Step::Deadline => {
                walk.took += started.elapsed();
                state.count = Count::Paused(walk);
                Err(Refused::Deadline)
            }
            Step::Uncountable(problem) => {
                state.count = Count::None;
                state.since = state.since.plus(std::mem::take(&mut state.before));
                state.rest_until = rest(walk.took + started.elapsed());
                tracing::warn!(
                    directory = %self.grant.guest, owner = %self.owner, %problem,
                    "a granted directory cannot be counted: nothing more is written to it"
                );
                Err(Refused::Full)
            }
        }
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, timeout: Duration) -> MutexGuard<'a, State> {
        self.counted.wait_timeout(state, timeout).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under it between two changes.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::grant::{Allowance, directories};
    use crate::manifest::Access;

    fn account(dir: &Path, bytes: u64, files: u64) -> Account {
        let allowance = Allowance { host: dir.to_owned(), guest: "/x".into(), access: Access::ReadWrite };
        let grant = directories(None, &[allowance]).unwrap().remove(0);
        Account::new(grant, "alice", Used { bytes, files })
    }

    fn far() -> Instant {
        Instant::now() + Duration::from_secs(3_600)
    }

    const KIB: u64 = 1 << 10;

    #[test]
    fn a_little_is_free_and_then_what_is_there_counts() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("old"), vec![1; 60 << 10]).unwrap();
        let account = account(dir.path(), 128 * KIB, 1_000);
        let write = |bytes| account.charge(Used { bytes, files: 0 }, far());
        write(2 * KIB).unwrap();
        assert_eq!(account.lock().found, None, "it was not counted for that");
        write(20 * KIB).unwrap();
        let found = account.lock().found.unwrap();
        assert!(found.bytes >= 60 * KIB && found.files == 1, "{found:?}");
        // What was written before the count is found by it, if it was written at all; this was not.
        write(30 * KIB).unwrap();
        assert_eq!(write(60 * KIB), Err(Refused::Full));
    }

    #[test]
    fn what_is_overwritten_is_found_not_to_have_grown() {
        let dir = tempfile::tempdir().unwrap();
        let account = account(dir.path(), 64 * KIB, 1_000);
        for _ in 0..100 {
            std::fs::write(dir.path().join("same"), vec![1; 8 << 10]).unwrap();
            account.freed();
            account.charge(Used { bytes: 8 * KIB, files: 0 }, far()).unwrap();
        }
    }

    #[test]
    fn files_count_whatever_is_in_them_and_removing_one_makes_room() {
        let dir = tempfile::tempdir().unwrap();
        let account = account(dir.path(), 1 << 30, 64);
        let create = |name: u32| {
            account.charge(Used { bytes: 0, files: 1 }, far())?;
            std::fs::write(dir.path().join(name.to_string()), "").unwrap();
            Ok(())
        };
        assert_eq!((0..100).map_while(|name| create(name).ok()).count(), 64);
        assert_eq!(create(64), Err(Refused::Full));
        std::fs::remove_file(dir.path().join("0")).unwrap();
        account.freed();
        create(65).unwrap();
        assert_eq!(create(66), Err(Refused::Full));
    }

    #[test]
    fn a_call_without_time_does_not_count_and_the_next_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        for name in 0..2_000 {
            std::fs::write(dir.path().join(format!("{name}")), "").unwrap();
        }
        let account = account(dir.path(), 1 << 30, 2_001);
        let more = Used { bytes: 0, files: 64 };
        assert_eq!(account.charge(more, Instant::now()), Err(Refused::Deadline));
        assert_eq!(account.charge(more, far()), Err(Refused::Full));
        account.charge(Used { bytes: 0, files: 1 }, far()).unwrap();
    }

    #[test]
    fn calls_at_the_same_time_share_a_count_and_overfill_by_no_more_than_one_write_each() {
        let dir = tempfile::tempdir().unwrap();
        let account = account(dir.path(), 1 << 30, 640);
        let made = std::sync::atomic::AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while account.charge(Used { bytes: 0, files: 1 }, far()).is_ok() {
                        let name = made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        std::fs::write(dir.path().join(name.to_string()), "").unwrap();
                    }
                });
            }
        });
        // A file that was charged and not yet made when the count passed is missed, one of each thread.
        let made = made.into_inner();
        assert!((640 - 64..=640 + 8).contains(&made), "{made}");
    }

    #[test]
    fn a_directory_that_is_gone_takes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("gone");
        let account = account(&gone, 64, 64);
        assert_eq!(account.charge(Used { bytes: 64, files: 0 }, far()), Err(Refused::Full));
    }
}
