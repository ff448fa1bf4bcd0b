//! The fallback inside of the sandbox: what only shows with a real component, both stores on a disk, and a process that is
//! killed. What it does call by call is shown by the conformance kit and in its own package.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use mapistore::blocking::wait;
use mapistore::index::{FaultIndex, Fmid, MemoryIndex, Owner, Scope};
use mapistore::keyvalue::{FaultKeyValue, MemoryKeyValue};
use mapistore::mailbox::{Mailbox, MailboxError, Provisioned, Slot, What};
use mapistore::types::{Property, PropertyValue, TableKind};
use mapistore::{Access, Allowance, Connection, Context, Folder, Runtime};
use tests::{TestRuntime, ids, whole};

fn runtime() -> TestRuntime {
    let runtime = TestRuntime::new();
    runtime.add_guest("mapistore-fallback");
    runtime
}

fn root(runtime: &Runtime, user: &str) -> (Context, Folder) {
    let context = wait(runtime.open_context(&Connection::of(user), &format!("fallback://{user}/"))).unwrap();
    let root = wait(context.root_folder()).unwrap();
    (context, root)
}

fn add(runtime: &Runtime, user: &str, folder: &Folder, number: u64) -> Fmid {
    let id = runtime.allocate_id(user).unwrap();
    let message = wait(folder.create_message(id, false)).unwrap();
    whole::write(&message, number, 0).unwrap();
    wait(message.save(false)).unwrap();
    id
}

fn add_folder(runtime: &Runtime, user: &str, parent: &Folder, name: &str) -> Folder {
    let id = runtime.allocate_id(user).unwrap();
    let name = Property { tag: 0x3001_001F, value: PropertyValue::Text(name.into()) };
    wait(parent.create_folder(id, vec![name])).unwrap()
}

#[test]
fn a_restart_finds_the_same_folders_and_messages_under_the_same_ids_and_paths() {
    let runtime = runtime();
    let (context, folder) = root(&runtime, "alice");
    let below = add_folder(&runtime, "alice", &folder, "Below");
    // One fits into one write of the store, the other is kept in pieces.
    let added = [add(&runtime, "alice", &folder, 5), add(&runtime, "alice", &below, 9)];
    let all = [added[0], added[1], below.fid()];
    let paths = wait(context.get_paths(&all)).unwrap();
    drop((folder, below));
    wait(context.close());
    let runtime = runtime.restart();
    let (context, folder) = root(&runtime, "alice");
    assert_eq!(wait(context.get_paths(&all)).unwrap(), paths);
    assert_eq!(
        (ids(&folder, TableKind::Contents), ids(&folder, TableKind::Hierarchy)),
        (vec![all[0]], vec![all[2]])
    );
    let below = wait(folder.open_folder(all[2])).unwrap();
    assert_eq!(ids(&below, TableKind::Contents), [all[1]]);
    assert_eq!(whole::read(&wait(folder.open_message(all[0], false)).unwrap()), (5, 0));
    assert_eq!(whole::read(&wait(below.open_message(all[1], false)).unwrap()), (9, 0));
}

#[test]
fn two_owners_see_their_own_and_nothing_of_each_other() {
    let runtime = runtime();
    let ((_a, of_alice), (_b, of_bob)) = (root(&runtime, "alice"), root(&runtime, "bob"));
    let below = add_folder(&runtime, "alice", &of_alice, "Below");
    let id = add(&runtime, "alice", &of_alice, 1);
    assert_eq!(ids(&of_bob, TableKind::Contents), []);
    assert_eq!(ids(&of_bob, TableKind::Hierarchy), []);
    assert!(wait(of_bob.open_message(id, false)).is_err(), "an id of the other");
    assert!(wait(of_bob.open_folder(below.fid())).is_err(), "an id of the other");
    for uri in ["fallback://alice/".to_owned(), format!("fallback://alice/{}/", below.fid())] {
        let stolen = runtime.try_open("bob", &uri).err().unwrap();
        assert!(stolen.code().is_some(), "{stolen}");
    }
    // Both may have the same id: they are two owners' numbers.
    add_folder(&runtime, "bob", &of_bob, "Below");
    assert_eq!(add(&runtime, "bob", &of_bob, 2), id);
    assert_eq!(whole::read(&wait(of_alice.open_message(id, false)).unwrap()), (1, 0));
    assert_eq!(whole::read(&wait(of_bob.open_message(id, false)).unwrap()), (2, 0));
    let bob = Scope::namespace(Owner::parse("bob").unwrap(), "fallback").unwrap();
    let entries = runtime.index().find(&bob, "fallback://", "", None, 100).unwrap();
    assert!(entries.iter().all(|entry| entry.uri.starts_with("fallback://bob/")), "{entries:?}");
}

/// How often the writer is killed.
const KILLS: usize = 12;

/// The messages of an owner by their numbers: the version of each, and whether it is in `Moved`.
type Messages = BTreeMap<u64, (u64, bool)>;

/// What one owner's writer has said.
#[derive(Default)]
struct Said {
    acknowledged: Messages,
    /// With what it was about to do, if it did not say that this is done.
    tried: Option<Messages>,
}

impl Said {
    fn line(&mut self, words: &[&str]) {
        if words == ["done"] {
            self.acknowledged = self.tried.take().unwrap();
            return;
        }
        let mut next = self.acknowledged.clone();
        let number = words[2].parse().unwrap();
        match words[1] {
            "save" => drop(next.insert(number, (words[3].parse().unwrap(), false))),
            "move" => next.get_mut(&number).unwrap().1 = true,
            "delete" => drop(next.remove(&number)),
            _ => panic!("the writer said {words:?}"),
        }
        self.tried = Some(next);
    }
}

/// Runs the writer, kills it when it has said so many lines, and takes in all that it said.
fn run_and_kill(data_dir: &Path, first: usize, lines: usize, said: &mut BTreeMap<String, Said>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fallback_writer"));
    let mut writer = command.arg(data_dir).arg(first.to_string()).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(writer.stdout.take().unwrap());
    let mut text = String::new();
    for _ in 0..lines {
        assert!(out.read_line(&mut text).unwrap() > 0, "the writer ended by itself");
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What was said between the last line read and the kill counts as well, but for half a line.
    out.read_to_string(&mut text).unwrap();
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let words: Vec<&str> = line.split(' ').collect();
        said.get_mut(words[0]).unwrap().line(&words[1..]);
    }
}

/// The messages of a folder, each of which has to be whole.
fn found_in(folder: &Folder, moved: bool, all: &mut Messages) {
    let listed = ids(folder, TableKind::Contents);
    assert_eq!(wait(folder.get_child_count(TableKind::Contents)).unwrap() as usize, listed.len());
    for id in listed {
        let (number, version) = whole::read(&wait(folder.open_message(id, false)).unwrap());
        assert!(all.insert(number, (version, moved)).is_none(), "the message {number} is there twice");
    }
}

#[test]
fn every_acknowledged_change_is_there_and_whole_when_the_process_is_killed() {
    let runtime = runtime();
    let data_dir = runtime.data_dir();
    let mut said = BTreeMap::new();
    for owner in ["alice", "bob"] {
        let (context, root) = root(&runtime, owner);
        add_folder(&runtime, owner, &root, "Moved");
        drop(root);
        wait(context.close());
        said.insert(owner.to_owned(), Said::default());
    }
    let mut runtime = runtime;
    for kill in 0..KILLS {
        runtime = runtime.restart();
        // From the very first call to some dozens, at another point each time.
        run_and_kill(&data_dir, kill * 1000, 1 + kill * 17 % 60, &mut said);
        for (owner, said) in &mut said {
            let (_context, root) = root(&runtime, owner);
            let mut found = Messages::new();
            found_in(&root, false, &mut found);
            let folders = ids(&root, TableKind::Hierarchy);
            found_in(&wait(root.open_folder(folders[0])).unwrap(), true, &mut found);
            let tried = said.tried.take();
            assert!(
                found == said.acknowledged || Some(&found) == tried.as_ref(),
                "{owner}, kill {kill}: {found:?} is neither {:?} nor {tried:?}",
                said.acknowledged
            );
            // Every message has an id, and nothing else does but the two folders.
            let usage = runtime.index().owners().unwrap();
            let usage = usage.iter().find(|usage| usage.owner.as_str() == owner).unwrap();
            assert_eq!(usage.live, found.len() as u64 + 2, "{owner}, kill {kill}");
            // The next kill too may fall between doing and saying.
            said.acknowledged = found;
        }
        assert!(runtime.index().verify().unwrap().is_clean(), "kill {kill}");
    }
    assert!(said.values().all(|said| said.acknowledged.len() > KILLS), "the writers hardly wrote");
}

fn mail_and_fallback() -> TestRuntime {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("mapistore-maildir", "/mail").add_guest("mapistore-fallback");
    runtime
}

fn provision(runtime: &Runtime) -> Provisioned {
    wait(runtime.provision("alice", None)).unwrap()
}

/// Each folder with its parent and its URI, in which `FID` stands for its id.
fn tree(mailbox: &Mailbox) -> Vec<(&str, &str, String)> {
    let rows = mailbox.folders.iter().map(|folder| {
        let parent = folder.parent.and_then(|id| mailbox.folder(id)).map_or("", |parent| &parent.name);
        let uri = folder.uri.as_deref().unwrap_or_default().replace(&folder.id.to_string(), "FID");
        (parent, folder.name.as_str(), uri)
    });
    rows.collect()
}

#[test]
fn pv_01_mail_alone_makes_no_mailbox() {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("mapistore-maildir", "/mail");
    let error = wait(runtime.provision("alice", None)).unwrap_err();
    assert!(matches!(error, MailboxError::NoFallback { .. }), "{error}");
    assert_eq!(wait(runtime.mailbox("alice")).unwrap(), None);
}

#[test]
fn pv_02_and_03_the_inbox_is_mail_and_what_mail_does_not_offer_is_in_the_fallback() {
    let runtime = mail_and_fallback();
    let done = provision(&runtime);
    assert!(done.uninitialised.is_empty(), "{:?}", done.uninitialised);
    let (top, all, own) = ("Mailbox - alice", "Top of Information Store", "fallback://alice/FID/");
    let expected = [
        ("", top, "fallback://alice/"),
        (top, "Deferred Action", own),
        (top, "Spooler Queue", own),
        (top, "Common Views", own),
        (top, "Schedule", own),
        (top, "Finder", own),
        (top, "Views", own),
        (top, "Shortcuts", own),
        // Search folders have no contents of their own.
        (top, "Reminders", ""),
        (top, "To-Do", ""),
        (top, "Tracked Mail Processing", ""),
        (top, all, own),
        (all, "Inbox", "maildir://alice/INBOX/"),
        (all, "Outbox", own),
        (all, "Sent Items", own),
        (all, "Deleted Items", own),
        (all, "Drafts", own),
        (all, "Calendar", own),
        (all, "Contacts", own),
        (all, "Tasks", own),
        (all, "Notes", own),
        (all, "Journal", own),
        (top, "Freebusy Data", own),
    ];
    assert_eq!(tree(&done.mailbox), expected.map(|(parent, name, uri)| (parent, name, uri.to_owned())));
    // Each opens by its URI under its id, and takes a message.
    for folder in done.mailbox.folders.iter().filter(|folder| folder.uri.is_some()) {
        let context = runtime.open("alice", folder.uri.as_deref().unwrap());
        assert_eq!(context.root_fid().unwrap(), folder.id, "{}", folder.name);
        if folder.slot != Some(Slot::Inbox) {
            let root = runtime.root(&context);
            let id = add(&runtime, "alice", &root, 5);
            assert_eq!(whole::read(&wait(root.open_message(id, false)).unwrap()), (5, 0), "{}", folder.name);
        }
    }
    // The free/busy message, made by the logon, is the fallback's.
    let data = runtime.open("alice", done.mailbox.slot(Slot::FreebusyData).unwrap().uri.as_deref().unwrap());
    let message =
        wait(runtime.root(&data).open_message(done.mailbox.local_freebusy.unwrap(), false)).unwrap();
    let class = wait(message.get_properties(&[0x001A_001F])).unwrap();
    assert_eq!(class, [Ok(PropertyValue::Text("IPM.Microsoft.ScheduleData.FreeBusy".into()))]);
}

#[test]
fn pv_04_a_second_logon_and_one_after_a_restart_change_nothing() {
    let runtime = mail_and_fallback();
    let first = provision(&runtime).mailbox;
    let usage = runtime.index().owners().unwrap();
    let runtime = runtime.restart();
    for _ in 0..2 {
        let again = provision(&runtime);
        assert_eq!((again.changes.len(), &again.mailbox), (0, &first));
    }
    assert_eq!(runtime.index().owners().unwrap(), usage);
}

#[test]
fn pv_05_sent_mail_that_comes_takes_its_slot_and_when_it_goes_the_fallback_s_folder_has_it_again() {
    let runtime = mail_and_fallback();
    let first = provision(&runtime).mailbox;
    let ours = first.slot(Slot::SentItems).unwrap().clone();
    let kept = runtime.open("alice", ours.uri.as_deref().unwrap());
    let id = add(&runtime, "alice", &runtime.root(&kept), 5);
    // As another program makes it.
    let sent = runtime.files().join("alice/.Sent");
    for name in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(sent.join(name)).unwrap();
    }
    let second = provision(&runtime);
    let slot = second.mailbox.slot(Slot::SentItems).unwrap();
    assert_eq!(slot.uri.as_deref(), Some("maildir://alice/Sent/"), "{:?}", second.changes);
    let beside = second.mailbox.folder(ours.id).unwrap();
    assert_eq!((beside.slot, beside.uri.as_ref()), (None, ours.uri.as_ref()), "what was sent before stays");
    std::fs::remove_dir_all(&sent).unwrap();
    let third = provision(&runtime);
    assert!(third.changes.iter().any(|change| change.what == What::Unmounted), "{:?}", third.changes);
    assert_eq!(third.mailbox.slot(Slot::SentItems).unwrap().id, ours.id);
    assert_eq!(whole::read(&wait(runtime.root(&kept).open_message(id, false)).unwrap()), (5, 0));
}

#[test]
fn pv_06_whatever_call_of_either_store_fails_there_is_a_whole_mailbox_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let host = dir.path().join("files/{owner}");
    let allowed = Allowance { host, guest: "/mail".into(), access: Access::ReadWrite };
    std::fs::create_dir_all(dir.path().join("files")).unwrap();
    tests::registered::install("mapistore-maildir", &dir.path().join("data"), &[allowed]);
    tests::registered::install("mapistore-fallback", &dir.path().join("data"), &[]);
    let mut met = [0; 2];
    for (store, met) in met.iter_mut().enumerate() {
        // Every single call of the index is tried with less work in `provision`.
        for fail_at in (1..).step_by(7) {
            let index =
                FaultIndex::new(MemoryIndex::default(), if store == 0 { fail_at } else { usize::MAX });
            let index = Arc::new(index);
            let keys = Arc::new(FaultKeyValue::new(MemoryKeyValue::default(), fail_at % 2 == 0));
            keys.fail_at(if store == 1 { fail_at } else { 0 });
            let builder = Runtime::builder(dir.path().join("data"));
            let runtime = builder.index(index.clone()).key_value(keys.clone()).open().unwrap();
            let result = wait(runtime.provision("alice", None));
            if !index.has_failed() && (store == 0 || keys.calls() < fail_at) {
                assert!(result.unwrap().uninitialised.is_empty());
                break;
            }
            *met += 1;
            let folders = wait(runtime.mailbox("alice")).unwrap().map(|mailbox| mailbox.folders.len());
            assert!(matches!(folders, None | Some(23)), "call {fail_at}: {folders:?}");
            let again = provision(&runtime);
            assert!(again.uninitialised.is_empty(), "call {fail_at}: {:?}", again.uninitialised);
            assert_eq!(again.mailbox.folders.len(), 23);
            assert!(runtime.index().verify().unwrap().is_clean());
        }
    }
    assert!(met.iter().all(|met| *met > 3), "{met:?}");
}
