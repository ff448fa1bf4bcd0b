//! Counts what is below a directory, with pauses. Follows no link, and holds one open directory a level.

use std::io;
use std::time::{Duration, Instant};

use cap_std::fs::{Dir, MetadataExt, ReadDir};

use super::Used;

/// Directories deeper than this are not counted: each level is an open file. Maildir has one, a deep mailbox ten.
const DEPTH_MAX: usize = 64;

/// Entries between two looks at the clock.
const ENTRIES_A_LOOK: u32 = 64;

/// The unit in which `stat` tells what a file takes, whatever the disk's own is.
const BLOCK_BYTES: u64 = 512;

/// See the module.
#[derive(Default)]
pub(super) struct Walk {
    /// Open directories, the deepest last; none before the first step.
    levels: Option<Vec<ReadDir>>,
    used: Used,
    /// How long it took before it was paused.
    pub(super) took: Duration,
}

/// How far it got.
pub(super) enum Step {
    Done(Used),
    Deadline,
    Uncountable(String),
}

impl Walk {
    /// Counts until it is done or the time is over. `open` opens the directory, at the first step.
    pub(super) fn go_on(&mut self, deadline: Instant, open: impl FnOnce() -> io::Result<Dir>) -> Step {
        match self.count(deadline, open) {
            Ok(true) => Step::Done(self.used),
            Ok(false) => Step::Deadline,
            Err(problem) => Step::Uncountable(problem.to_string()),
        }
    }

    fn count(&mut self, deadline: Instant, open: impl FnOnce() -> io::Result<Dir>) -> io::Result<bool> {
        let levels = match &mut self.levels {
            Some(levels) => levels,
            none => none.insert(vec![open()?.entries()?]),
        };
        let mut looked = 0;
        while let Some(deepest) = levels.last_mut() {
            let Some(entry) = deepest.next() else {
                levels.pop();
                continue;
            };
            let entry = entry?;
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                // Removed since it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            self.used.files = self.used.files.saturating_add(1);
            self.used.bytes = self.used.bytes.saturating_add(metadata.blocks().saturating_mul(BLOCK_BYTES));
            if metadata.is_dir() {
                if levels.len() >= DEPTH_MAX {
                    return Err(io::Error::other(format!("directories are nested deeper than {DEPTH_MAX}")));
                }
                match entry.open_dir().and_then(|dir| dir.entries()) {
                    Ok(below) => levels.push(below),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            looked += 1;
            if looked % ENTRIES_A_LOOK == 0 && Instant::now() >= deadline {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use cap_std::ambient_authority;

    use super::*;

    fn open(path: &std::path::Path) -> io::Result<Dir> {
        Dir::open_ambient_dir(path, ambient_authority())
    }

    #[test]
    fn everything_below_counts_and_links_lead_nowhere() {
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("large"), vec![1; 1 << 20]).unwrap();
        std::fs::create_dir_all(dir.path().join("a/b")).unwrap();
        std::fs::write(dir.path().join("a/b/file"), vec![1; 10_000]).unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.path().join("a/link")).unwrap();
        let far = Instant::now() + Duration::from_secs(3_600);
        let Step::Done(used) = Walk::default().go_on(far, || open(dir.path())) else { panic!("not done") };
        assert_eq!(used.files, 4);
        assert!((10_000..1 << 20).contains(&used.bytes), "{used:?}");
    }

    #[test]
    fn it_pauses_at_its_deadline_and_goes_on_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        for name in 0..100 {
            std::fs::write(dir.path().join(name.to_string()), "").unwrap();
        }
        let mut walk = Walk::default();
        let past = Instant::now();
        assert!(matches!(walk.go_on(past, || open(dir.path())), Step::Deadline));
        assert_eq!(walk.used.files, u64::from(ENTRIES_A_LOOK));
        let again = walk.go_on(past, || Err(io::Error::other("it is open")));
        let Step::Done(used) = again else { panic!("36 more need no look at the clock") };
        assert_eq!(used.files, 100);
    }

    #[test]
    fn directories_without_an_end_cannot_be_counted() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("x/".repeat(DEPTH_MAX + 1))).unwrap();
        let far = Instant::now() + Duration::from_secs(3_600);
        let Step::Uncountable(problem) = Walk::default().go_on(far, || open(dir.path())) else {
            panic!("counted")
        };
        assert!(problem.contains("deeper than 64"), "{problem}");
    }
}
