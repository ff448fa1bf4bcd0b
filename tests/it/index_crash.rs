//! What is acknowledged survives the process: a writer is killed again and again, and the index is compared with
//! what the writer had said.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use mapistore::index::{
    BATCH_MAX, ChangeNumber, DumpEntry, Fmid, Index, LmdbIndex, LmdbOptions, Owner, Scope,
};

/// How often the writer is killed.
const KILLS: usize = 25;
/// How many threads the writer has.
const WRITERS: usize = 4;

/// What the writers have said so far.
#[derive(Default)]
struct Acknowledged {
    /// The URI of each id, or `None` if it was deleted.
    records: BTreeMap<Fmid, Option<String>>,
    numbers: BTreeSet<ChangeNumber>,
    /// The revision of each mailbox, by its owner.
    mailboxes: BTreeMap<String, u64>,
}

impl Acknowledged {
    fn line(&mut self, line: &str) {
        let mut words = line.split(' ');
        match (words.next().unwrap(), words.next().unwrap(), words.next()) {
            ("add", id, Some(uri)) => {
                let id = id.parse().unwrap();
                assert!(
                    self.records.insert(id, Some(uri.to_owned())).is_none(),
                    "`{id}` was given out twice"
                );
            }
            ("move", id, Some(uri)) => {
                self.records.insert(id.parse().unwrap(), Some(uri.to_owned()));
            }
            ("delete", id, None) => {
                self.records.insert(id.parse().unwrap(), None);
            }
            ("number", number, None) => {
                let number = number.parse().unwrap();
                assert!(self.numbers.insert(number), "`{number}` was given out twice");
            }
            ("mailbox", revision, Some(owner)) => {
                self.mailboxes.insert(owner.to_owned(), revision.parse().unwrap());
            }
            _ => panic!("the writer said `{line}`"),
        }
    }
}

/// Runs the writer, kills it when it has said so many lines, and takes in all that it said.
fn run_and_kill(path: &Path, lines: usize, acknowledged: &mut Acknowledged) {
    let mut writer =
        Command::new(env!("CARGO_BIN_EXE_index_writer")).arg(path).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(writer.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..lines {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "the writer ended by itself");
        acknowledged.line(line.trim_end());
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What was acknowledged between the last line read and the kill counts as well, but for half a line.
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    rest.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .for_each(|line| acknowledged.line(line));
}

/// Each acknowledged state, or the one after it: a writer may have been killed between doing and saying.
fn compare(index: &dyn Index, acknowledged: &Acknowledged, kills: usize) {
    let alice = Owner::parse("alice").unwrap();
    let mut dump: BTreeMap<Fmid, DumpEntry> = BTreeMap::new();
    loop {
        let after = dump.last_key_value().map(|(id, _)| *id);
        let page = index.dump(&alice, after, BATCH_MAX).unwrap();
        if page.is_empty() {
            break;
        }
        dump.extend(page.into_iter().map(|entry| (entry.id, entry)));
    }
    let mut unsaid = 0;
    for (id, said) in &acknowledged.records {
        let entry = dump.get(id).filter(|entry| entry.deleted.is_none());
        match (said, entry) {
            (Some(uri), Some(entry)) => {
                // Moved, and killed before it could say so: the last component stays.
                let moved = entry.uri.contains("/moved/") && !uri.contains("/moved/");
                let last = |uri: &str| uri.rsplit('/').next().map(str::to_owned);
                assert!(
                    entry.uri == *uri || (moved && last(&entry.uri) == last(uri)),
                    "{entry:?}, not `{uri}`"
                );
            }
            // Deleted, and killed before it could say so: softly those, and without a trace these.
            (Some(uri), None) => {
                let single = uri.contains("/single/");
                assert!(
                    single || (uri.ends_with("/0") && dump.contains_key(id)),
                    "`{id}` with `{uri}` is lost"
                );
                unsaid += 1;
            }
            (None, Some(entry)) => panic!("`{id}` was deleted, but there is {entry:?}"),
            (None, None) => {}
        }
    }
    assert!(
        unsaid <= kills * WRITERS,
        "{unsaid} deleted, although at most {WRITERS} can be on the way at a kill"
    );
    // No number and no id comes a second time.
    let scope = Scope::operator(alice);
    let next = index.next_change_numbers(&scope, 1).unwrap()[0];
    assert!(acknowledged.numbers.last().is_none_or(|last| *last < next));
    let next = index.reserve(&scope, 1).unwrap().first;
    assert!(acknowledged.records.last_key_value().is_none_or(|(last, _)| *last < next));
}

/// Each mailbox is the acknowledged one or the one after it, and whole (PV-06). What is found counts as acknowledged
/// from then on: the next kill too may fall between doing and saying.
fn compare_mailboxes(index: &dyn Index, acknowledged: &mut Acknowledged) {
    for usage in index.owners().unwrap() {
        let found = index.mailbox(&usage.owner).unwrap();
        let said = acknowledged.mailboxes.get(usage.owner.as_str()).copied().unwrap_or_default();
        assert!((said..=said + 1).contains(&found.revision), "{}: {said} {}", usage.owner, found.revision);
        let rows = if found.revision == 0 { 0 } else { 30 };
        assert_eq!(found.rows.len(), rows, "{}", usage.owner);
        assert!(found.rows.iter().all(|row| row.uri.is_some()));
        assert!(usage.owner.as_str() == "alice" || usage.live == found.revision * 30, "{usage:?}");
        if found.revision > 0 {
            acknowledged.mailboxes.insert(usage.owner.as_str().to_owned(), found.revision);
        }
    }
}

#[test]
fn nothing_acknowledged_is_lost_when_the_writer_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Acknowledged::default();
    for kill in 0..KILLS {
        // From the very first commit to a few hundred, at another point each time.
        run_and_kill(dir.path(), 1 + kill * 37 % 400, &mut acknowledged);
        let index = LmdbIndex::open(dir.path(), LmdbOptions::default()).unwrap();
        let report = index.verify().unwrap();
        assert!(report.is_clean(), "after {} kills: {report:?}", kill + 1);
        compare(&index, &acknowledged, kill + 1);
        compare_mailboxes(&index, &mut acknowledged);
    }
    assert!(acknowledged.records.len() > KILLS);
    assert_eq!(acknowledged.mailboxes.len(), WRITERS);
}
