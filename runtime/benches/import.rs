//! What an import costs: mails from files into a Maildir and into `fallback`, beside `cp` of the same files.
//!
//! `cp` leaves everything in the page cache, while an imported message is on the disk before the next is begun. So there is a
//! second baseline, which does that and nothing else: each file is copied, synchronised, and then its directory.
//!
//! `cargo bench --bench import` writes 10,000 mails below the temporary directory (`TMPDIR`), which should be on a disk. All
//! sides read them from the page cache.

#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::print_stdout, reason = "the table is what a bench is for")]

#[path = "support/guests.rs"]
mod guests;
#[path = "support/harness.rs"]
mod harness;
#[path = "support/mails.rs"]
mod mails;

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use guests::Guests;
use mapistore::bulk::{self, ImportJournal, ImportSource, MboxFormat};
use mapistore::{Connection, OperatorConfig, blocking};

fn main() {
    let (rounds, messages) = if harness::is_small() { (1, 20) } else { (3, 10_000) };
    let guests = Guests::new(OperatorConfig::default());
    let dir = guests.dir.path();
    let files = dir.join("files");
    std::fs::create_dir(&files).unwrap();
    std::fs::create_dir(dir.join("mail")).unwrap();
    (0..messages).for_each(|number| {
        std::fs::write(files.join(format!("{number:05}.eml")), mails::mail(number)).unwrap();
    });
    guests.register("mapistore-maildir", Some(&dir.join("mail/{owner}")), &[]);
    guests.register("mapistore-fallback", None, &[]);

    let title = format!("import of {messages} mails; the baseline copies the same files");
    harness::head(&title);
    for (backend, folder) in [("maildir", "INBOX/"), ("fallback", "")] {
        let measured: Vec<_> = (0..rounds)
            .map(|round| {
                let user = format!("user{round}");
                let copied = |copy: fn(&Path, &Path)| {
                    let target = dir.join("copy");
                    let time = alone(|| copy(&files, &target));
                    assert_eq!(std::fs::read_dir(&target).unwrap().count(), messages as usize);
                    std::fs::remove_dir_all(target).unwrap();
                    time
                };
                let (cp, durable) = (copied(cp), copied(copy_durably));
                let uri = format!("{backend}://{user}/{folder}");
                (cp, durable, alone(|| assert_eq!(import(&guests, &user, &uri, &files), u64::from(messages))))
            })
            .collect();
        let beside = |baseline: fn(&(Duration, Duration, Duration)) -> Duration| {
            let mut left = measured.iter();
            harness::rounds(rounds, || left.next().map(|times| (baseline(times), times.2)).unwrap())
        };
        let (cp, durable) = (beside(|times| times.0), beside(|times| times.1));
        harness::row(&format!("{backend}; baseline `cp`"), "", &cp);
        harness::row(&format!("{backend}; baseline each file on the disk"), "", &durable);
        let each_second = |time: Duration| f64::from(messages) / time.as_secs_f64();
        println!(
            "  messages per second: {:.0}; files per second: {:.0} by `cp`, {:.0} each on the disk",
            each_second(cp.ours()),
            each_second(cp.baseline()),
            each_second(durable.baseline()),
        );
    }
}

/// What it takes when nothing that was written before waits for the disk.
fn alone(run: impl FnOnce()) -> Duration {
    assert!(Command::new("sync").status().unwrap().success());
    let mut run = Some(run);
    harness::each(1, || run.take().unwrap()())
}

fn cp(files: &Path, target: &Path) {
    assert!(Command::new("cp").arg("-r").args([files, target]).status().unwrap().success());
}

fn copy_durably(files: &Path, target: &Path) {
    std::fs::create_dir(target).unwrap();
    let dir = File::open(target).unwrap();
    for entry in std::fs::read_dir(files).unwrap() {
        let entry = entry.unwrap();
        let copy = target.join(entry.file_name());
        std::fs::copy(entry.path(), &copy).unwrap();
        File::open(copy).unwrap().sync_all().unwrap();
        dir.sync_all().unwrap();
    }
}

/// As `mapistore import` does it; answers how many messages were imported.
fn import(guests: &Guests, user: &str, uri: &str, files: &Path) -> u64 {
    let source = ImportSource::open(files, MboxFormat::Rd).unwrap();
    let journal = tempfile::tempdir_in(guests.dir.path()).unwrap();
    let mut journal = ImportJournal::open(&journal.path().join("journal"), uri).unwrap();
    blocking::wait(async {
        let context = guests.runtime.open_context(&Connection::of(user), uri).await.unwrap();
        let folder = context.root_folder().await.unwrap();
        let report = bulk::import(&folder, source, &mut journal, |_| {}).await.unwrap();
        assert_eq!(report.refused_count(), 0, "{report:?}");
        drop(folder);
        context.close().await.unwrap().destructors.unwrap();
        report.done
    })
}
