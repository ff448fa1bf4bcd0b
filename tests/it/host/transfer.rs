//! Copies and moves that no backend can do alone (ME-12, ME-13, FO-08 to FO-10).

use mapistore::bulk::{self, ImportJournal, ImportSource, MboxFormat};
use mapistore::index::{NamedProperty, Owner, PropertyName};
use mapistore::types::{DeleteMode, ErrorCode};
use mapistore::{TransferError, TransferLimits, TransferRequest, Transferred};

use super::*;

const MAIL: &[u8] = b"From: Bob <bob@example.org>\r\nTo: alice@example.org\r\nCc: eve@example.org\r\n\
Subject: =?utf-8?q?caf=C3=A9?=\r\nMessage-ID: <1@example.org>\r\n\r\nHello \xff\r\n";

fn both() -> TestRuntime {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-bag");
    runtime.add_guest_with_files("mapistore-maildir", "/mail");
    runtime
}

fn inbox(runtime: &TestRuntime, user: &str) -> (Context, Folder) {
    let context = runtime.open(user, &format!("maildir://{user}/INBOX/"));
    let root = runtime.root(&context);
    (context, root)
}

fn deliver(runtime: &TestRuntime, user: &str, folder: &Folder) -> Fmid {
    let id = runtime.allocate_id(user).unwrap();
    let message = wait(folder.create_message(id, false)).unwrap();
    let stream = wait(message.open_stream(MIME, StreamAccess::Create)).unwrap();
    wait(stream.write(0, MAIL)).unwrap();
    wait(stream.commit()).unwrap();
    wait(message.save(false)).unwrap();
    wait(message.set_read_flag(true)).unwrap();
    id
}

fn transfer(target: &Folder, source: &Folder, id: Fmid, copy: bool) -> Transferred {
    wait(target.transfer_messages(source, &[TransferRequest::of(id)], copy)).unwrap().remove(0)
}

/// Everything of a message that does not follow from where it lies.
fn shown(folder: &Folder, id: Fmid) -> (Vec<(PropertyTag, String)>, Vec<String>) {
    let message = wait(folder.open_message(id, false)).unwrap();
    let computed = [0x6748, 0x6749, 0x674A, 0x674D, 0x67A4, 0x65E0, 0x65E1, 0x65E2, 0x65E3, 0x300B, 0x6659];
    let mut tags = wait(message.list_properties()).unwrap();
    tags.retain(|tag| !computed.contains(&(tag >> 16)) && *tag >> 16 != 0x3008 && *tag >> 16 != 0x3007);
    let cells = wait(message.get_properties(&tags)).unwrap();
    let properties = tags.iter().zip(cells).map(|(tag, cell)| (*tag, format!("{cell:?}"))).collect();
    let recipients = wait(message.get_data()).unwrap().recipients;
    (properties, recipients.rows.iter().map(|row| format!("{row:?}")).collect())
}

#[test]
fn a_message_goes_to_another_backend_and_back_with_the_same_bytes_properties_and_recipients() {
    let runtime = both();
    let ((_maildir, inbox), (_bag, bag)) = (inbox(&runtime, "alice"), bag(&runtime, "alice"));
    let id = deliver(&runtime, "alice", &inbox);
    let before = shown(&inbox, id);
    let there = transfer(&bag, &inbox, id, false);
    assert_eq!(there.outcome.unwrap(), [0_u32; 0]);
    assert_eq!(count(&inbox, TableKind::Contents), 0, "ME-12");
    assert_eq!(subject(&bag, there.target), "café");
    let kept = wait(bag.open_message(there.target, false)).unwrap();
    assert_eq!(stream(&kept, MIME), MAIL);
    assert_eq!(wait(kept.get_data()).unwrap().recipients.rows.len(), 2);
    drop(kept);
    let back = transfer(&inbox, &bag, there.target, false);
    back.outcome.unwrap();
    assert_eq!(count(&bag, TableKind::Contents), 0);
    let message = wait(inbox.open_message(back.target, false)).unwrap();
    assert_eq!(stream(&message, MIME), MAIL);
    drop(message);
    assert_eq!(shown(&inbox, back.target), before, "the read state and the time of delivery too");
}

#[test]
fn an_imported_mail_tells_its_subject_also_where_the_backend_does_not_read_mail() {
    let runtime = both();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("a.eml"), MAIL).unwrap();
    let ((_maildir, inbox), (_bag, bag)) = (inbox(&runtime, "alice"), bag(&runtime, "alice"));
    for (number, folder) in [&inbox, &bag].into_iter().enumerate() {
        let source = ImportSource::open(dir.path(), MboxFormat::Rd).unwrap();
        let mut journal = ImportJournal::open(&dir.path().join(format!(".{number}")), "x").unwrap();
        let report = wait(bulk::import(folder, source, &mut journal, |_| {})).unwrap();
        assert_eq!((report.done, report.refused_count()), (1, 0), "{report:?}");
        let id = ids(folder, TableKind::Contents, MID)[0];
        assert_eq!(subject(folder, id), "café");
        let message = wait(folder.open_message(id, false)).unwrap();
        assert_eq!(stream(&message, MIME), MAIL);
        assert_eq!(wait(message.get_data()).unwrap().recipients.rows.len(), 2);
    }
}

#[test]
fn a_copy_goes_to_another_owner_and_the_source_is_still_there() {
    let runtime = both();
    let ((_a, alice), (_b, bob)) = (inbox(&runtime, "alice"), inbox(&runtime, "bob"));
    let id = deliver(&runtime, "alice", &alice);
    let copied = transfer(&bob, &alice, id, true);
    copied.outcome.unwrap();
    let message = wait(bob.open_message(copied.target, false)).unwrap();
    assert_eq!(stream(&message, MIME), MAIL);
    assert_eq!(count(&alice, TableKind::Contents), 1, "ME-13");
}

#[test]
fn attachments_embedded_messages_and_named_properties_travel_to_another_owner() {
    let runtime = runtime();
    let ((_a, alice), (_b, bob)) = (bag(&runtime, "alice"), bag(&runtime, "bob"));
    let named = |lid| NamedProperty { set: 1, name: PropertyName::Lid(lid) };
    let owner = |name: &str| Owner::parse(name).unwrap();
    runtime.index().named_to_ids(&owner("bob"), &[named(1)], true).unwrap();
    let id_of = |name: &str| runtime.index().named_to_ids(&owner(name), &[named(2)], false).unwrap()[0];
    let of_alice = runtime.index().named_to_ids(&owner("alice"), &[named(2)], true).unwrap()[0].unwrap();

    let (id, mail) = draft(&runtime, "alice", &alice, "outer");
    wait(mail.set_properties(vec![text(u32::from(of_alice) << 16 | 0x1F, "by name")])).unwrap();
    wait(mail.set_recipients(to("bob@example.org"))).unwrap();
    let data = vec![7; 3 << 20];
    attach(&mail, "big", &data);
    let (_, attachment) = wait(mail.create_attachment()).unwrap();
    let method = Property { tag: ATTACH_METHOD, value: PropertyValue::Integer32(5) };
    wait(attachment.set_properties(vec![method])).unwrap();
    let inner = wait(attachment.create_embedded(runtime.allocate_id("alice").unwrap())).unwrap();
    wait(inner.set_properties(vec![text(SUBJECT, "inner")])).unwrap();
    attach(&inner, "deep", b"x");
    wait(inner.save(false)).unwrap();
    wait(attachment.save()).unwrap();
    wait(mail.save(false)).unwrap();
    drop((inner, attachment, mail));

    let moved = transfer(&bob, &alice, id, false);
    assert_eq!(moved.outcome.unwrap(), [0_u32; 0]);
    let mail = wait(bob.open_message(moved.target, false)).unwrap();
    let tag = u32::from(id_of("bob").unwrap()) << 16 | 0x1F;
    assert_ne!(id_of("bob"), Some(of_alice));
    assert_eq!(text_of(wait(mail.get_properties(&[tag])).unwrap().remove(0)), "by name");
    assert_eq!(wait(mail.get_data()).unwrap().recipients, to("bob@example.org"));
    assert_eq!(wait(mail.list_attachments()).unwrap(), [0, 1]);
    let big = wait(mail.open_attachment(0, false)).unwrap();
    let stream = wait(big.open_stream(ATTACH_DATA, StreamAccess::Read)).unwrap();
    assert_eq!(wait(stream.size()).unwrap(), data.len() as u64, "AT-03");
    let part = wait(mail.open_attachment(1, false)).unwrap();
    let (_, inner) = wait(part.open_embedded()).unwrap();
    assert_eq!(text_of(wait(inner.get_properties(&[SUBJECT])).unwrap().remove(0)), "inner", "AT-04");
    assert_eq!(wait(inner.list_attachments()).unwrap(), [0]);
    assert_eq!(count(&alice, TableKind::Contents), 0);
}

#[test]
fn what_fails_leaves_the_source_and_no_half_copy_and_the_others_go() {
    let runtime = runtime();
    let ((_a, alice), (_b, bob)) = (bag(&runtime, "alice"), bag(&runtime, "bob"));
    let good = add(&runtime, "alice", &alice, "good");
    wait(bob.set_properties(vec![text(COMMENT, "full")])).unwrap();
    let refused = transfer(&bob, &alice, good, false).outcome.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::QuotaExceeded));
    assert_eq!((count(&alice, TableKind::Contents), count(&bob, TableKind::Contents)), (1, 0));
    wait(bob.set_properties(vec![text(COMMENT, "")])).unwrap();
    let gone = runtime.allocate_id("alice").unwrap();
    let requests: Vec<_> = [gone, good].into_iter().map(TransferRequest::of).collect();
    let answers = wait(bob.transfer_messages(&alice, &requests, false)).unwrap();
    assert_eq!(answers[0].outcome.as_ref().unwrap_err().code(), Some(ErrorCode::NotFound));
    assert!(answers[1].outcome.is_ok());
    assert_eq!((count(&alice, TableKind::Contents), count(&bob, TableKind::Contents)), (0, 1));
}

#[test]
fn a_message_that_the_target_would_make_another_is_not_moved() {
    let runtime = both();
    let ((_maildir, inbox), (_bag, bag)) = (inbox(&runtime, "alice"), bag(&runtime, "alice"));
    let (id, mail) = draft(&runtime, "alice", &bag, "a meeting");
    wait(mail.set_properties(vec![text(CLASS, "IPM.Appointment")])).unwrap();
    wait(mail.save(false)).unwrap();
    drop(mail);
    let refused = transfer(&inbox, &bag, id, false).outcome.unwrap_err();
    assert!(matches!(refused, TransferError::NotHeld { tag: CLASS }), "{refused}");
    assert_eq!((count(&inbox, TableKind::Contents), count(&bag, TableKind::Contents)), (0, 1));
}

fn tree(runtime: &TestRuntime, owner: &str, root: &Folder) -> Folder {
    let make = |parent: &Folder, name: &str| {
        let id = runtime.allocate_id(owner).unwrap();
        wait(parent.create_folder(id, vec![text(NAME, name)])).unwrap()
    };
    let top = make(root, "top");
    add(runtime, owner, &top, "one");
    let note = wait(top.create_message(runtime.allocate_id(owner).unwrap(), true)).unwrap();
    wait(note.set_properties(vec![text(SUBJECT, "associated")])).unwrap();
    wait(note.save(false)).unwrap();
    let below = make(&top, "below");
    add(runtime, owner, &below, "two");
    add(runtime, owner, &below, "three");
    top
}

fn child(folder: &Folder, name: &str) -> Folder {
    for id in ids(folder, TableKind::Hierarchy, FOLDER_ID) {
        let child = wait(folder.open_folder(id)).unwrap();
        if text_of(wait(child.get_properties(&[NAME])).unwrap().remove(0)) == name {
            return child;
        }
    }
    panic!("there is no folder `{name}`")
}

#[test]
fn fo_09_a_folder_is_copied_with_all_that_is_in_it_to_another_owner() {
    let runtime = runtime();
    let ((_a, alice), (_b, bob)) = (bag(&runtime, "alice"), bag(&runtime, "bob"));
    let top = tree(&runtime, "alice", &alice);
    let done = wait(bob.transfer_folder(&top, "copy", true, TransferLimits::default())).unwrap();
    assert_eq!((done.folders, done.messages), (2, 4));
    let copy = child(&bob, "copy");
    assert_eq!(Some(copy.fid()), done.folder);
    assert_eq!(count(&copy, TableKind::Contents), 1);
    assert_eq!(count(&copy, TableKind::Associated), 1, "ME-06");
    assert_eq!(count(&child(&copy, "below"), TableKind::Contents), 2);
    assert_eq!(count(&child(&top, "below"), TableKind::Contents), 2, "the source is still there");
}

#[test]
fn fo_08_a_folder_is_moved_to_another_backend_and_nothing_of_it_stays() {
    let runtime = both();
    let ((_maildir, inbox), (_bag, bag)) = (inbox(&runtime, "alice"), bag(&runtime, "alice"));
    let id = runtime.allocate_id("alice").unwrap();
    let folder = wait(inbox.create_folder(id, vec![text(NAME, "Work")])).unwrap();
    deliver(&runtime, "alice", &folder);
    let done = wait(bag.transfer_folder(&folder, "Work", false, TransferLimits::default())).unwrap();
    assert_eq!((done.folders, done.messages), (1, 1));
    assert_eq!(count(&inbox, TableKind::Hierarchy), 0);
    let moved = child(&bag, "Work");
    let id = ids(&moved, TableKind::Contents, MID)[0];
    assert_eq!(stream(&wait(moved.open_message(id, false)).unwrap(), MIME), MAIL);
}

#[test]
fn a_transfer_over_its_limits_leaves_no_half_copy() {
    let runtime = runtime();
    let ((_a, alice), (_b, bob)) = (bag(&runtime, "alice"), bag(&runtime, "bob"));
    let top = tree(&runtime, "alice", &alice);
    let default = TransferLimits::default();
    for limits in [
        TransferLimits { depth_max: 1, ..default },
        TransferLimits { folders_max: 1, ..default },
        TransferLimits { messages_max: 3, ..default },
    ] {
        let error = wait(bob.transfer_folder(&top, "copy", false, limits)).unwrap_err();
        assert!(matches!(error, TransferError::TooMuch { .. }), "{error}");
        assert_eq!(count(&bob, TableKind::Hierarchy), 0);
        assert_eq!(count(&child(&top, "below"), TableKind::Contents), 2);
    }
}

#[test]
fn a_folder_that_fails_in_the_middle_leaves_no_half_copy_and_the_source_whole() {
    let runtime = runtime();
    let ((_a, alice), (_b, bob)) = (bag(&runtime, "alice"), bag(&runtime, "bob"));
    let top = tree(&runtime, "alice", &alice);
    // Its copy has the same comment, and then takes no messages.
    wait(child(&top, "below").set_properties(vec![text(COMMENT, "full")])).unwrap();
    let error = wait(bob.transfer_folder(&top, "copy", false, TransferLimits::default())).unwrap_err();
    assert_eq!(error.code(), Some(ErrorCode::QuotaExceeded));
    assert_eq!(count(&bob, TableKind::Hierarchy), 0);
    assert_eq!((count(&top, TableKind::Contents), count(&child(&top, "below"), TableKind::Contents)), (1, 2));
}

#[test]
fn fo_10_a_folder_does_not_go_into_itself() {
    let runtime = runtime();
    let (_context, alice) = bag(&runtime, "alice");
    let top = tree(&runtime, "alice", &alice);
    let below = child(&top, "below");
    for target in [&top, &below] {
        let error = wait(target.transfer_folder(&top, "x", true, TransferLimits::default())).unwrap_err();
        assert!(matches!(error, TransferError::IntoItself), "{error}");
    }
}

#[test]
fn fo_05_a_tree_is_deleted_although_its_backend_deletes_empty_folders_only() {
    let runtime = runtime();
    let (_context, alice) = bag(&runtime, "alice");
    let top = tree(&runtime, "alice", &alice);
    assert_eq!(wait(top.delete(DeleteMode::Hard, true)).unwrap_err().code(), Some(ErrorCode::Exists));
    wait(top.delete_tree(DeleteMode::Soft)).unwrap();
    assert_eq!(count(&alice, TableKind::Hierarchy), 0);
    let deleted = wait(alice.get_deleted(TableKind::Hierarchy, mapistore::index::ChangeNumber(0))).unwrap();
    assert_eq!(deleted.ids, [top.fid().0]);
}
