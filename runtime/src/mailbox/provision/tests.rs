//! What a transaction leaves behind, in both drivers: all of a mailbox or nothing of it.

use std::path::Path;
use std::thread;

use super::*;
use crate::bindings::mapistore::backend::types::{ContextEntry, Role};
use crate::index::{DumpEntry, FaultIndex, LmdbIndex, LmdbOptions, MailboxRows, MemoryIndex, Scope, Uri};
use crate::mailbox::Slot;

fn alice() -> Owner {
    Owner::parse("alice").unwrap()
}

fn answer(namespace: &str, contexts: &[(&str, Role, bool)]) -> Answer {
    let entry = |(url, role, main_folder): &(&str, Role, bool)| ContextEntry {
        url: (*url).into(),
        name: "Name".into(),
        main_folder: *main_folder,
        role: *role,
        tag: None,
    };
    let contexts = Some(contexts.iter().map(entry).collect());
    Answer { backend: namespace.into(), namespace: namespace.into(), contexts }
}

fn request() -> Request {
    let answers = vec![
        answer("fb", &[("fb://alice/", Role::Fallback, true)]),
        answer("m", &[("m://alice/inbox/", Role::Mail, true), ("m://alice/more/", Role::Mail, false)]),
    ];
    Request { language: None, guid: 7, answers, unloaded: false }
}

/// A later logon: one context is gone, one is new, the language is another.
fn later() -> Request {
    let mail = [("m://alice/inbox/", Role::Mail, true), ("m://alice/other/", Role::Mail, false)];
    let mut request = Request { language: Some(Language::Fr), guid: 8, ..request() };
    request.answers[1] = answer("m", &mail);
    request
}

/// Everything that an owner has in an index.
#[derive(Debug, PartialEq)]
struct Everything {
    mailbox: MailboxRows,
    records: Vec<DumpEntry>,
    usage: String,
}

fn everything(index: &dyn Index) -> Everything {
    let report = index.verify().unwrap();
    assert!(report.is_clean(), "{report:?}");
    Everything {
        mailbox: index.mailbox(&alice()).unwrap(),
        records: index.dump(&alice(), None, 10_000).unwrap(),
        usage: format!("{:?}", index.owners().unwrap()),
    }
}

/// Fails call after call of a run, and looks each time at what is left, after opening the index anew.
fn every_fault_leaves_nothing<I: Index>(
    open: impl Fn() -> I,
    reopen: impl Fn(I) -> I,
    run: &Request,
) -> usize {
    for fail_at in 1.. {
        let index = open();
        let before = everything(&index);
        let faulty = FaultIndex::new(index, fail_at);
        let result = commit(&faulty, &alice(), run);
        let (met, index) = (faulty.has_failed(), reopen(faulty.into_inner()));
        if !met {
            assert!(result.is_ok(), "{result:?}");
            return fail_at;
        }
        // Only the reading afterwards may fail with the mailbox complete.
        let after = everything(&index);
        if after != before {
            let whole = open();
            commit(&whole, &alice(), run).unwrap();
            let whole = everything(&whole);
            assert_eq!(after, whole, "call {fail_at}: a part of a mailbox");
            assert_eq!(fail_at, 3, "the change is the second call");
        }
        // The next logon is as if nothing had been.
        commit(&index, &alice(), run).unwrap();
        assert_eq!(Stored::read(index.mailbox(&alice()).unwrap()).unwrap().rows.len(), Slot::ALL.len() + 2);
    }
    unreachable!("a run makes some number of calls")
}

fn lmdb(path: &Path) -> LmdbIndex {
    LmdbIndex::open(path, LmdbOptions::default()).unwrap()
}

#[test]
fn pv_06_a_fault_leaves_no_part_of_a_mailbox_in_memory() {
    assert_eq!(every_fault_leaves_nothing(MemoryIndex::default, |index| index, &request()), 4);
    let provisioned = || {
        let index = MemoryIndex::default();
        commit(&index, &alice(), &request()).unwrap();
        index
    };
    assert_eq!(every_fault_leaves_nothing(provisioned, |index| index, &later()), 4);
}

#[test]
fn pv_06_a_fault_leaves_no_part_of_a_mailbox_on_disk() {
    let dirs = std::cell::RefCell::new(Vec::new());
    let fresh = || {
        dirs.borrow_mut().push(tempfile::tempdir().unwrap());
        lmdb(dirs.borrow().last().unwrap().path())
    };
    let provisioned = || {
        let index = fresh();
        commit(&index, &alice(), &request()).unwrap();
        index
    };
    let reopen = |index| {
        // The newest directory is that of the index: it is opened first in every round.
        drop(index);
        lmdb(dirs.borrow().last().unwrap().path())
    };
    assert_eq!(every_fault_leaves_nothing(fresh, reopen, &request()), 4);
    assert_eq!(every_fault_leaves_nothing(provisioned, reopen, &later()), 4);
}

#[test]
fn pv_06_a_disk_without_room_in_the_middle_of_the_transaction_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let small = LmdbOptions { map_size_bytes: 1 << 19, ..LmdbOptions::default() };
    let index = LmdbIndex::open(dir.path(), small).unwrap();
    index.ensure_ids(&Scope::operator(alice()), &[Uri::parse("m://alice/inbox/").unwrap()]).unwrap();
    let before = everything(&index);
    let urls: Vec<String> = (0..1_000).map(|n| format!("n://{n}{}/", "x".repeat(400))).collect();
    let contexts: Vec<_> = urls.iter().map(|url| (url.as_str(), Role::Mail, false)).collect();
    let mut request = request();
    request.answers.push(answer("n", &contexts));
    let error = commit(&index, &alice(), &request).unwrap_err();
    assert!(matches!(error, CommitError::Index(IndexError::Full { .. })), "{error:?}");
    assert_eq!(everything(&index), before);
    drop(index);
    let index = lmdb(dir.path());
    assert_eq!(everything(&index), before);
    commit(&index, &alice(), &request).unwrap();
    assert_eq!(index.mailbox(&alice()).unwrap().rows.len(), Slot::ALL.len() + 2 + 1_000);
}

#[test]
fn pv_04_a_second_run_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let index = lmdb(dir.path());
    commit(&index, &alice(), &request()).unwrap();
    let opened: HashSet<_> = index.mailbox(&alice()).unwrap().rows.iter().map(|row| row.id).collect();
    note_initialised(&index, &alice(), &opened).unwrap();
    let file = || std::fs::read(dir.path().join("data.mdb")).unwrap();
    let before = file();
    let again = commit(&index, &alice(), &Request { guid: 9, ..request() }).unwrap();
    note_initialised(&index, &alice(), &opened).unwrap();
    assert_eq!(again.changes, []);
    assert!(file() == before, "the file has changed");
}

fn logons_at_once_make_one_mailbox(index: &dyn Index) {
    let all: Vec<Committed> = thread::scope(|threads| {
        let logon = || commit(index, &alice(), &request()).unwrap();
        let running: Vec<_> = (0..8).map(|_| threads.spawn(logon)).collect();
        running.into_iter().map(|logon| logon.join().unwrap()).collect()
    });
    assert_eq!(all.iter().filter(|logon| !logon.changes.is_empty()).count(), 1);
    assert!(all.iter().all(|logon| logon.stored == all[0].stored));
    assert_eq!(everything(index).mailbox.revision, 1);
}

#[test]
fn pv_04_logons_at_once_make_one_mailbox_in_memory() {
    logons_at_once_make_one_mailbox(&MemoryIndex::default());
}

#[test]
fn pv_04_logons_at_once_make_one_mailbox_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    logons_at_once_make_one_mailbox(&lmdb(dir.path()));
}

#[test]
fn a_folder_keeps_its_id_when_its_context_comes_back() {
    let index = MemoryIndex::default();
    commit(&index, &alice(), &request()).unwrap();
    let id_of = |uri: &str| {
        let rows = index.mailbox(&alice()).unwrap().rows;
        rows.into_iter().find(|row| row.uri.as_deref() == Some(uri)).map(|row| row.id)
    };
    let before = id_of("m://alice/more/").unwrap();
    commit(&index, &alice(), &later()).unwrap();
    assert_eq!(id_of("m://alice/more/"), None);
    let back = commit(&index, &alice(), &Request { language: None, ..request() }).unwrap();
    assert_eq!(id_of("m://alice/more/"), Some(before));
    let mailbox = Mailbox::read("alice", &back.stored).unwrap();
    assert_eq!((mailbox.language, mailbox.guid.lo), (Language::Fr, 7));
    assert_eq!(mailbox.slot(Slot::Inbox).unwrap().name, "Boîte de réception");
}
