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
    assert_eq!(code(Memory::create_context(connection("bob"), "fallback://alice/")), ErrorCode::Denied);
}

/// PE-07: what a delegate may do the host decides, by the folder's permissions.
#[test]
fn a_delegate_finds_what_is_there_and_makes_nothing_by_looking() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let delegate = || ConnectionInfo { username: "bob".into(), ..connection("alice") };
    let context = Memory::create_context(delegate(), "fallback://alice/").unwrap();
    assert_eq!(mids(&*context.get_root_folder(mail.root_id).unwrap()), [id]);
    let fresh = new_id();
    let context = Memory::create_context(delegate(), &format!("fallback://alice/0x{fresh:016x}/")).unwrap();
    assert_eq!(code(context.get_root_folder(fresh)), ErrorCode::NotFound);
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

#[test]
fn a_save_by_force_cannot_keep_an_attachment_that_somebody_has_taken_away() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let mut message = mail.root.open_message(id, true).unwrap();
    let (_, mut attachment) = message.create_attachment().unwrap();
    write(attachment.open_stream(PID_TAG_ATTACH_DATA_BINARY, StreamAccess::Create).unwrap(), &[7; 100_000]);
    attachment.save().unwrap();
    message.save(false).unwrap();
    let mut theirs = Mail::open("fallback://alice/").root.open_message(id, true).unwrap();
    theirs.delete_attachment(0).unwrap();
    theirs.save(false).unwrap();
    assert_eq!(code(message.open_attachment(0, false)), ErrorCode::ObjectModified);
    assert_eq!(code(message.save(true)), ErrorCode::ObjectModified);
    // Without the attachment it can.
    message.delete_attachment(0).unwrap();
    message.set_properties(set(PID_TAG_SUBJECT, "mine")).unwrap();
    message.save(true).unwrap();
    assert_eq!(get(&*mail.root, id, PID_TAG_SUBJECT), Ok(text("mine")));
}

/// Every type of value, and the read flag in both of its forms.
#[test]
fn every_property_is_there_after_reopening() {
    use PropertyValue as V;
    let mail = Mail::new();
    let (id, guid) = (new_id(), Guid { hi: 3, lo: 4 });
    let values = [
        V::Integer16(-2),
        V::Integer32(i32::MIN),
        V::Floating32(1.5),
        V::Floating64(-0.25),
        V::Currency(i64::MAX),
        V::FloatingTime(2.5),
        V::ErrorCode(7),
        V::Boolean(true),
        V::Integer64(-9),
        V::String8(vec![0xE9]),
        V::Text("日本".into()),
        V::Time(u64::MAX),
        V::Guid(guid),
        V::Binary(vec![0; 2_000]),
        V::ServerId(vec![1]),
        V::RestrictionBlob(vec![2]),
        V::RuleActions(vec![3]),
        V::MultipleInteger16(vec![1, -1]),
        V::MultipleInteger32(vec![1]),
        V::MultipleFloating32(vec![0.5]),
        V::MultipleFloating64(vec![0.5]),
        V::MultipleCurrency(vec![4]),
        V::MultipleFloatingTime(vec![1.0]),
        V::MultipleInteger64(vec![5]),
        V::MultipleString8(vec![b"a".to_vec()]),
        V::MultipleText(vec!["a".into(), String::new()]),
        V::MultipleTime(vec![6]),
        V::MultipleGuid(vec![guid]),
        V::MultipleBinary(vec![vec![], vec![7]]),
    ];
    let tagged = |(at, value): (u32, V)| {
        let kind = mapistore_sdk::value::type_of(&value).unwrap();
        Property { tag: 0x8001_0000 + (at << 16) + u32::from(kind), value }
    };
    let given: Vec<Property> = (0..).zip(values).map(tagged).collect();
    let mut message = mail.root.create_message(id, true).unwrap();
    assert_eq!(message.set_properties(given.clone()).unwrap(), []);
    message.set_read_flag(true).unwrap();
    message.save(false).unwrap();
    let mail = Mail::open("fallback://alice/");
    let tags: Vec<_> = given.iter().map(|given| given.tag).collect();
    let expected: Vec<Cell> = given.into_iter().map(|given| Ok(given.value)).collect();
    assert_eq!(mail.root.open_message(id, false).unwrap().get_properties(&tags).unwrap(), expected);
    let row = rows(&mut *mail.root.open_table(TableKind::Associated).unwrap(), &tags).remove(0);
    assert_eq!(row, expected);
    let read = |mail: &Mail| {
        (number(&get(&*mail.root, id, PID_TAG_MESSAGE_FLAGS)) & 1, get(&*mail.root, id, PID_TAG_READ))
    };
    assert_eq!(read(&mail), (1, Ok(V::Boolean(true))));
    mail.root.set_read_flags(&[id], false).unwrap();
    assert_eq!(read(&mail), (0, Ok(V::Boolean(false))));
}
