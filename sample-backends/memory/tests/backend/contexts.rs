//! Roots, contexts, what a context leaves behind.

use super::*;

#[test]
fn there_is_one_main_root_of_each_role() {
    index::reset();
    let listed = Memory::list_contexts("alice").unwrap();
    assert_eq!(listed.len(), 11);
    assert!(listed.iter().all(|entry| entry.main_folder));
    for entry in listed {
        let mail = Mail::open(&entry.url);
        assert_eq!(mail.root.get_properties(&[PID_TAG_DISPLAY_NAME]).unwrap(), [Ok(text(&entry.name))]);
        assert_eq!(mail.path(mail.root_id).unwrap(), entry.url.strip_prefix("memory://").unwrap());
    }
}

#[test]
fn a_root_that_was_created_is_listed_by_every_instance() {
    index::reset();
    let id = new_id();
    let make = |id, name| Memory::create_root_folder("alice", Role::Calendar, id, name);
    let uri = make(id, "Team / 1").unwrap().unwrap();
    assert_eq!(uri, "memory://alice/calendar:Team %2F 1/");
    assert_eq!(code(make(new_id(), "Team / 1")), ErrorCode::Exists);
    for name in ["", &"x".repeat(256)] {
        assert_eq!(code(make(new_id(), name)), ErrorCode::InvalidParameter);
    }
    let mail = Mail::open(&uri);
    add_folder(&*mail.root, "below");
    let listed = Memory::list_contexts("alice").unwrap();
    assert_eq!(listed.len(), 12);
    assert_eq!((listed[11].name.as_str(), listed[11].role), ("Team / 1", Role::Calendar));
    assert!(!listed[11].main_folder);
    assert_eq!(mail.root_id, id);
    let class = mail.root.get_properties(&[PID_TAG_CONTAINER_CLASS]).unwrap();
    assert_eq!(class, [Ok(text("IPF.Appointment"))]);
    assert_eq!(Memory::list_contexts("bob").unwrap().len(), 11);
}

#[test]
fn another_users_uri_is_denied_and_an_unknown_root_is_not_found() {
    index::reset();
    let open = |owner, uri| code(Memory::create_context(connection(owner), uri));
    assert_eq!(open("bob", "memory://alice/mail/"), ErrorCode::Denied);
    // A delegate would find nothing, and take what the owner has for lost (PE-02).
    assert_eq!(open("bob", "memory://bob/mail/"), ErrorCode::Denied);
    assert_eq!(open("alice", "memory://alice/mail:None/"), ErrorCode::NotFound);
    assert_eq!(open("alice", "memory://alice/letters/"), ErrorCode::InvalidUri);
}

/// SY-02: a new context is empty, and says so.
#[test]
fn what_an_earlier_context_had_is_gone_and_leaves_tombstones() {
    let mail = Mail::new();
    let (folder, sub) = add_folder(&*mail.root, "a");
    let (message, below) = (add(&*mail.root, "x"), add(&*sub, "y"));
    drop(mail);
    let mail = Mail::open("memory://alice/mail/");
    assert_eq!(deleted(&*mail.root, TableKind::Contents), [message]);
    assert_eq!(deleted(&*mail.root, TableKind::Hierarchy), [folder]);
    assert_eq!(mail.path(below), Err(ErrorCode::NotFound));
    assert_eq!(code(mail.root.open_message(message, false)), ErrorCode::NotFound);
    add_folder(&*mail.root, "a");
}

#[test]
fn a_uri_is_generated_as_a_message_gets_it() {
    let mail = Mail::new();
    let (_, folder) = add_folder(&*mail.root, "a b");
    let id = add(&*folder, "x");
    let uri = Memory::generate_uri("alice", "a b", &format!("{id:016x}"), "memory://alice/mail/").unwrap();
    assert_eq!(uri.strip_prefix("memory://").unwrap(), mail.path(id).unwrap());
    let delivered = Memory::generate_uri("alice", "", "12:1.eml", "memory://alice/mail").unwrap();
    assert_eq!(delivered, "memory://alice/mail/message:12%3A1.eml");
}

#[test]
fn changes_are_announced() {
    use notifications::{Event, Modification, Transfer, folder, message};
    let mail = Mail::new();
    let id = new_id();
    let mut item = mail.root.create_message(id, false).unwrap();
    item.set_properties(set(PID_TAG_MESSAGE_DELIVERY_TIME, PropertyValue::Time(1))).unwrap();
    assert_eq!(notifications::take(), []);
    item.save(false).unwrap();
    let object = message(mail.root_id, id);
    let changed = Event::TableChanged(mail.root_id);
    assert_eq!(notifications::take(), [Event::Created(object), changed.clone(), Event::NewMail(object)]);
    item.save(false).unwrap();
    let modified = Event::Modified(Modification { target: object, tags: vec![] });
    assert_eq!(notifications::take(), [modified, changed.clone()]);

    let (target, sub) = add_folder(&*mail.root, "a");
    assert_eq!(notifications::take(), [Event::Created(folder(target)), changed.clone()]);
    let new = new_id();
    let items = vec![TransferItem { source: id, target: new, keys: None }];
    sub.move_copy_messages(TransferSource::SameContext(&*mail.root), items, false).unwrap();
    let transfer = Transfer { to: message(target, new), source: object };
    assert_eq!(notifications::take()[0], Event::Moved(transfer));
    sub.delete_messages(&[new], DeleteMode::Soft).unwrap();
    assert_eq!(notifications::take(), [Event::Deleted(message(target, new)), Event::TableChanged(target)]);
    sub.copy_to(&*mail.root, false, "b").unwrap();
    assert!(
        matches!(notifications::take()[0], Event::Copied(Transfer { source, .. }) if source == folder(target))
    );
    sub.delete(DeleteMode::Soft, false).unwrap();
    assert_eq!(notifications::take(), [Event::Deleted(folder(target)), changed]);
}
