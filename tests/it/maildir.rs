//! The maildir backend inside of the sandbox: what only shows with a real component, a real index and real files. What the
//! backend does by itself is tested in its own package.

use std::path::{Path, PathBuf};

use mapistore::blocking::wait;
use mapistore::index::{Fmid, Owner, Scope, Uri};
use mapistore::types::{DeleteMode, PropertyValue, Role, StreamAccess, TableKind};
use mapistore::{Context, Folder, TransferSource};
use tests::TestRuntime;

const MID: u32 = 0x674A_0014;
const SUBJECT: u32 = 0x0037_001F;
const CHANGE_NUMBER: u32 = 0x67A4_0014;
const MIME: u32 = 0x6659_0102;

/// Mail that is well-formed, and mail that is not: all of it has to come out as it went in.
const MAILS: [&[u8]; 6] = [
    b"From: a@example.org\r\nSubject: plain\r\n\r\nbody\r\n",
    b"From: b@example.org\nSubject: line feeds\n\nbody",
    b"",
    b"no header at all",
    b"Subject: \xff\xfe broken \x00 bytes\r\n\r\n\x80\x81",
    b"Content-Type: multipart/mixed; boundary=x\r\nSubject: cut\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhalf",
];

fn runtime() -> TestRuntime {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("mapistore-maildir", "/mail");
    runtime
}

fn inbox(runtime: &TestRuntime, user: &str) -> (Context, Folder) {
    let context = runtime.open(user, &format!("maildir://{user}/INBOX/"));
    let root = runtime.root(&context);
    (context, root)
}

fn maildir(runtime: &TestRuntime, user: &str) -> PathBuf {
    runtime.files().join(user)
}

fn add(runtime: &TestRuntime, user: &str, folder: &Folder, mime: &[u8]) -> Fmid {
    let id = runtime.allocate_id(user).unwrap();
    let message = wait(folder.create_message(id, false)).unwrap();
    let stream = wait(message.open_stream(MIME, StreamAccess::Create)).unwrap();
    wait(stream.write(0, mime)).unwrap();
    wait(stream.commit()).unwrap();
    wait(message.save(false)).unwrap();
    id
}

fn mime(folder: &Folder, id: Fmid) -> Vec<u8> {
    let message = wait(folder.open_message(id, false)).unwrap();
    let stream = wait(message.open_stream(MIME, StreamAccess::Read)).unwrap();
    let mut bytes = Vec::new();
    let read = stream.read_to(|piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, mapistore::CallError>(())
    });
    wait(read).unwrap();
    bytes
}

fn ids(folder: &Folder) -> Vec<Fmid> {
    let table = wait(folder.open_table(TableKind::Contents)).unwrap();
    wait(table.set_columns(&[MID])).unwrap();
    let rows = wait(table.query_rows(0, 1000)).unwrap();
    let id = |cell| match cell {
        Ok(PropertyValue::Integer64(id)) => Fmid(u64::from_ne_bytes(i64::to_ne_bytes(id))),
        other => panic!("{other:?}"),
    };
    rows.cells.into_iter().map(id).collect()
}

fn files_in(dir: &Path) -> Vec<String> {
    let names = std::fs::read_dir(dir).unwrap();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_message_comes_out_byte_for_byte_as_it_went_in() {
    let runtime = runtime();
    let (_context, root) = inbox(&runtime, "alice");
    let added: Vec<_> = MAILS.iter().map(|mail| add(&runtime, "alice", &root, mail)).collect();
    assert_eq!(wait(root.get_child_count(TableKind::Contents)).unwrap(), 6, "ME-03, FO-11");
    for (id, mail) in added.iter().zip(MAILS) {
        assert_eq!(mime(&root, *id), mail);
    }
    let big = vec![b'x'; 3 << 20];
    let id = add(&runtime, "alice", &root, &big);
    assert!(mime(&root, id) == big, "AT-03: a message of several MiB");
}

#[test]
fn a_restart_finds_the_same_messages_under_the_same_ids() {
    let runtime = runtime();
    let (context, root) = inbox(&runtime, "alice");
    let id = add(&runtime, "alice", &root, MAILS[0]);
    let paths = wait(context.get_paths(&[id])).unwrap();
    drop(root);
    wait(context.close());
    let runtime = runtime.restart();
    let (context, root) = inbox(&runtime, "alice");
    assert_eq!(ids(&root), [id]);
    assert_eq!(wait(context.get_paths(&[id])).unwrap(), paths);
    assert_eq!(mime(&root, id), MAILS[0]);
}

#[test]
fn mail_that_another_program_delivers_marks_and_removes_is_seen_on_the_next_call() {
    let runtime = runtime();
    let (_context, root) = inbox(&runtime, "alice");
    let dir = maildir(&runtime, "alice");
    std::fs::write(dir.join("new/1.a.host"), MAILS[0]).unwrap();
    std::fs::write(dir.join("cur/2.b.host:2,S"), MAILS[1]).unwrap();
    let listed = ids(&root);
    assert_eq!(listed.len(), 2);
    let number = |id| {
        let message = wait(root.open_message(id, false)).unwrap();
        wait(message.get_properties(&[CHANGE_NUMBER, SUBJECT])).unwrap()
    };
    let before: Vec<_> = listed.iter().map(|id| number(*id)).collect();
    std::fs::rename(dir.join("new/1.a.host"), dir.join("cur/1.a.host:2,FS")).unwrap();
    assert_eq!(ids(&root), listed, "the same ids after a flag change");
    let after: Vec<_> = listed.iter().map(|id| number(*id)).collect();
    let changed = before.iter().zip(&after).filter(|(before, after)| before[0] != after[0]).count();
    assert_eq!(changed, 1, "one change number grew");
    std::fs::remove_file(dir.join("cur/2.b.host:2,S")).unwrap();
    assert_eq!(ids(&root).len(), 1);
}

#[test]
fn two_users_see_their_own_mail_and_nothing_of_each_other() {
    let runtime = runtime();
    let (_alice, of_alice) = inbox(&runtime, "alice");
    let (_bob, of_bob) = inbox(&runtime, "bob");
    let id = add(&runtime, "alice", &of_alice, MAILS[0]);
    assert_eq!(ids(&of_bob), []);
    assert!(wait(of_bob.open_message(id, false)).is_err(), "an id of the other");
    let stolen = runtime.try_open("bob", "maildir://alice/INBOX/").err().unwrap();
    assert!(stolen.code().is_some(), "{stolen}");
    assert_eq!(files_in(&maildir(&runtime, "bob").join("new")), Vec::<String>::new());
    let owner = Scope::namespace(Owner::parse("bob").unwrap(), "maildir").unwrap();
    let entries = runtime.index().find(&owner, "maildir://", "", None, 100).unwrap();
    assert!(entries.iter().all(|entry| entry.uri.starts_with("maildir://bob/")), "{entries:?}");
}

#[test]
fn messages_move_and_copy_within_a_context_and_between_contexts() {
    let runtime = runtime();
    let (_context, root) = inbox(&runtime, "alice");
    let id = add(&runtime, "alice", &root, MAILS[0]);
    let created = wait(runtime.create_root_folder("alice", Role::SentItems, "Sent")).unwrap().unwrap();
    let sent = runtime.open("alice", &created.uri);
    let sent_root = runtime.root(&sent);
    let target = runtime.allocate_id("alice").unwrap();
    let item = mapistore::types::TransferItem { source: id.0, target: target.0, keys: None };
    let source = TransferSource::Uri("maildir://alice/INBOX/".into());
    let copied = wait(sent_root.move_copy_messages(source, vec![item.clone()], true)).unwrap();
    assert_eq!(copied[0].outcome, Ok(()));
    assert_eq!(mime(&root, id), MAILS[0], "ME-13: the source is still there");
    assert_eq!(mime(&sent_root, target), MAILS[0]);
    let moved_to = runtime.allocate_id("alice").unwrap();
    let item = mapistore::types::TransferItem { target: moved_to.0, ..item };
    let source = TransferSource::Uri("maildir://alice/INBOX/".into());
    let moved = wait(sent_root.move_copy_messages(source, vec![item], false)).unwrap();
    assert_eq!(moved[0].outcome, Ok(()));
    assert_eq!(ids(&root), [], "ME-12: gone from the source");
    assert_eq!(mime(&sent_root, moved_to), MAILS[0]);
}

#[test]
fn a_soft_deleted_message_leaves_a_tombstone_and_a_hard_deleted_one_does_not() {
    let runtime = runtime();
    let (_context, root) = inbox(&runtime, "alice");
    let (soft, hard) = (add(&runtime, "alice", &root, MAILS[0]), add(&runtime, "alice", &root, MAILS[1]));
    wait(root.delete_messages(&[soft], DeleteMode::Soft)).unwrap();
    wait(root.delete_messages(&[hard], DeleteMode::Hard)).unwrap();
    assert_eq!(ids(&root), []);
    let deleted = wait(root.get_deleted(TableKind::Contents, mapistore::index::ChangeNumber(0))).unwrap();
    assert_eq!(deleted.ids, [soft.0], "ME-10, SY-02");
}

#[test]
fn folders_are_made_renamed_with_all_below_them_and_deleted() {
    let runtime = runtime();
    let created = wait(runtime.create_root_folder("alice", Role::Mail, "Archive")).unwrap().unwrap();
    let archive = runtime.open("alice", &created.uri);
    let root = runtime.root(&archive);
    let name = |text: &str| {
        vec![mapistore::types::Property { tag: 0x3001_001F, value: PropertyValue::Text(text.into()) }]
    };
    let fid = runtime.allocate_id("alice").unwrap();
    let folder = wait(root.create_folder(fid, name("2024"))).unwrap();
    let twice = wait(root.create_folder(runtime.allocate_id("alice").unwrap(), name("2024"))).err().unwrap();
    assert_eq!(twice.code(), Some(mapistore::types::ErrorCode::Exists), "FO-02");
    let mid = add(&runtime, "alice", &folder, MAILS[0]);
    assert_eq!(wait(folder.set_properties(name("Jahr 2024"))).unwrap(), []);
    let paths = wait(archive.get_paths(&[fid, mid])).unwrap();
    let path = |at: usize| paths[at].clone().unwrap();
    assert!(path(0).ends_with('/') && path(1).starts_with(&path(0)), "FO-06, FO-07: {paths:?}");
    let uri = Uri::parse(format!("maildir://{}", path(1))).unwrap();
    let owner = Scope::namespace(Owner::parse("alice").unwrap(), "maildir").unwrap();
    assert_eq!(runtime.index().get_ids(&owner, &[uri]).unwrap()[0].as_ref().unwrap().id, mid);
    let full = wait(folder.delete(DeleteMode::Hard, false)).unwrap_err();
    assert_eq!(full.code(), Some(mapistore::types::ErrorCode::Exists), "FO-05");
    wait(folder.delete(DeleteMode::Hard, true)).unwrap();
    assert_eq!(wait(root.get_child_count(TableKind::Hierarchy)).unwrap(), 0);
}

#[test]
fn a_header_of_any_length_makes_no_folder_unreadable() {
    let runtime = runtime();
    let (_context, root) = inbox(&runtime, "alice");
    let long = "x".repeat(200_000);
    let id =
        add(&runtime, "alice", &root, format!("From: {long}\r\nSubject: {long}\r\n\r\n{long}").as_bytes());
    let table = wait(root.open_table(TableKind::Contents)).unwrap();
    wait(table.set_columns(&[MID, SUBJECT, 0x0042_001F, 0x1000_001F])).unwrap();
    assert_eq!(wait(table.query_rows(0, 10)).unwrap().row_count, 1);
    let message = wait(root.open_message(id, false)).unwrap();
    let all = wait(message.list_properties()).unwrap();
    wait(message.get_properties(&all)).unwrap();
    let body = wait(message.open_stream(0x1000_001F, StreamAccess::Read)).unwrap();
    assert_eq!(wait(body.size()).unwrap(), 400_000, "UTF-16LE");
}

#[test]
fn a_file_whose_name_is_not_utf_8_makes_no_folder_unreadable() {
    use std::os::unix::ffi::OsStrExt as _;
    let runtime = runtime();
    let (_context, inbox) = inbox(&runtime, "alice");
    let kept = add(&runtime, "alice", &inbox, MAILS[0]);
    let odd = std::ffi::OsStr::from_bytes(b"1780300000.\xff.host:2,S");
    std::fs::write(maildir(&runtime, "alice").join("cur").join(odd), MAILS[1]).unwrap();
    assert_eq!(ids(&inbox), [kept]);
}

#[test]
fn a_thousand_contexts_are_opened_and_closed_and_none_stays() {
    let runtime = runtime();
    let contexts: Vec<_> = (0..1000)
        .map(|number| runtime.open(&format!("user{number}"), &format!("maildir://user{number}/INBOX/")))
        .collect();
    assert_eq!(runtime.open_contexts(), 1000);
    let held: u64 = contexts.iter().map(|context| wait(context.memory_bytes()).unwrap()).sum();
    let mut returned = 0;
    for context in contexts {
        let closed = wait(context.close()).unwrap();
        closed.destructors.unwrap();
        returned += closed.memory_bytes;
    }
    assert_eq!(returned, held);
    assert_eq!(runtime.open_contexts(), 0);
}
