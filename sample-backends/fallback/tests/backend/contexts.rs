//! Roots, contexts, and what one context finds of another.

use super::*;

fn reset() {
    index::reset();
    keyvalue::reset();
}

fn make(name: &str, role: Role) -> Result<Option<String>> {
    Memory::create_root_folder("alice", role, new_id(), name)
}

#[test]
fn the_main_root_and_every_created_one_are_listed() {
    reset();
    let uri = make("Team / 1", Role::Calendar).unwrap().unwrap();
    assert_eq!(code(make("Team / 1", Role::Calendar)), ErrorCode::Exists);
    make("Team / 1", Role::Mail).unwrap();
    for name in ["", &"x".repeat(256)] {
        assert_eq!(code(make(name, Role::Tasks)), ErrorCode::InvalidParameter);
    }
    let mail = Mail::open(&uri);
    add_folder(&*mail.root, "below");
    let listed = Memory::list_contexts("alice").unwrap();
    let seen: Vec<_> =
        listed.iter().map(|entry| (entry.name.as_str(), entry.role, entry.main_folder)).collect();
    assert_eq!(
        seen,
        [
            ("Fallback", Role::Fallback, true),
            ("Team / 1", Role::Calendar, false),
            ("Team / 1", Role::Mail, false)
        ]
    );
    assert_eq!((listed[0].url.as_str(), &listed[1].url), ("fallback://alice/", &uri));
    let class = mail.root.get_properties(&[PID_TAG_CONTAINER_CLASS, PID_TAG_CHANGE_KEY]).unwrap();
    assert_eq!(class[0], Ok(text("IPF.Appointment")));
}

#[test]
fn a_folder_below_the_main_root_is_made_when_its_uri_is_first_opened() {
    let main = Mail::new();
    let id = new_id();
    let uri = format!("fallback://alice/0x{id:016x}/");
    index::add(id, &uri).unwrap();
    let mail = Mail::open(&uri);
    assert_eq!(mail.root_id, id);
    assert_eq!(mail.root.set_properties(set(PID_TAG_DISPLAY_NAME, "Notes")).unwrap(), []);
    let message = add(&*mail.root, "x");
    // It is a root of its own, not a sub-folder of the main one.
    assert_eq!(main.root.get_child_count(TableKind::Hierarchy).unwrap(), 0);
    assert_eq!(Memory::list_contexts("alice").unwrap().len(), 1);
    let again = Mail::open(&uri);
    assert_eq!(again.root.get_properties(&[PID_TAG_DISPLAY_NAME]).unwrap(), [Ok(text("Notes"))]);
    assert_eq!(mids(&*again.root), [message]);
    again.root.delete_messages(&[message], DeleteMode::Soft).unwrap();
    assert_eq!(deleted(&*mail.root, TableKind::Contents), [message]);
    assert_eq!(deleted(&*main.root, TableKind::Contents), [0_u64; 0]);
    // An id that the index has for something else opens nothing.
    let context = Memory::create_context(connection("alice"), &uri).unwrap();
    assert_eq!(code(context.get_root_folder(new_id())), ErrorCode::NotFound);
}

#[test]
fn only_folders_that_are_there_are_opened_deeper_down() {
    let mail = Mail::new();
    let (outer, folder) = add_folder(&*mail.root, "a");
    let (inner, sub) = add_folder(&*folder, "b");
    let message = add(&*sub, "x");
    let uri = format!("fallback://{}", folder_path(&[(outer, ""), (inner, "")]));
    assert_eq!(mids(&*Mail::open(&uri).root), [message]);
    let missing = format!("fallback://{}", folder_path(&[(outer, ""), (new_id(), "")]));
    assert_eq!(code(Memory::create_context(connection("alice"), &missing)), ErrorCode::NotFound);
    for wrong in ["fallback://alice/letters/", "fallback://alice/0x1/", "other://alice/"] {
        assert_eq!(code(Memory::create_context(connection("alice"), wrong)), ErrorCode::InvalidUri);
    }
    for (owner, uri) in [("bob", "fallback://alice/"), ("bob", "fallback://bob/")] {
        assert_eq!(code(Memory::create_context(connection(owner), uri)), ErrorCode::Denied);
    }
}

#[test]
fn two_contexts_of_one_owner_see_what_the_other_changes() {
    let (one, two) = (Mail::new(), Mail::open("fallback://alice/"));
    let (id, folder) = add_folder(&*one.root, "a");
    let seen = two.root.open_folder(id).unwrap();
    let message = add(&*folder, "x");
    let mut mine = folder.open_message(message, true).unwrap();
    let mut theirs = seen.open_message(message, true).unwrap();
    theirs.set_properties(set(PID_TAG_SUBJECT, "theirs")).unwrap();
    theirs.save(false).unwrap();
    assert_eq!(code(mine.save(false)), ErrorCode::ObjectModified);
    assert_eq!(get(&*folder, message, PID_TAG_SUBJECT), Ok(text("theirs")));
    seen.set_properties(set(PID_TAG_DISPLAY_NAME, "b")).unwrap();
    assert_eq!(folder.get_properties(&[PID_TAG_DISPLAY_NAME]).unwrap(), [Ok(text("b"))]);
    seen.delete(DeleteMode::Soft, true).unwrap();
    assert_eq!(code(folder.get_child_count(TableKind::Contents)), ErrorCode::ObjectDeleted);
    assert_eq!(deleted(&*one.root, TableKind::Hierarchy), [id]);
}

#[test]
fn a_uri_is_generated_as_a_message_gets_it() {
    let mail = Mail::new();
    let (folder, sub) = add_folder(&*mail.root, "a b");
    let id = add(&*sub, "x");
    let path = format!("0x{folder:016x}");
    let uri = Memory::generate_uri("alice", &path, &format!("{id:016x}"), "fallback://alice/").unwrap();
    assert_eq!(uri.strip_prefix("fallback://").unwrap(), mail.path(id).unwrap());
}

/// ME-14: without SUBMIT the host sends.
#[test]
fn what_is_not_claimed_is_not_implemented() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let mut message = mail.root.open_message(id, true).unwrap();
    let bob = Recipient { kind: RecipientKind::To, username: None, cells: vec![Some(text("b@example.org"))] };
    message.set_recipients(RecipientTable { columns: vec![PID_TAG_EMAIL_ADDRESS], rows: vec![bob] }).unwrap();
    assert_eq!(code(message.submit(SubmitMode::None)), ErrorCode::NotImplemented);
    assert!(
        !Memory::describe().capabilities.intersects(Capabilities::SUBMIT | Capabilities::CROSS_CONTEXT_MOVE)
    );
}
