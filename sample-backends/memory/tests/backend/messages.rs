//! Messages: ME-01 to ME-09, ME-14, ME-15.

use super::*;

/// ME-01, ME-02.
#[test]
fn a_message_that_is_not_saved_leaves_no_trace() {
    let mail = Mail::new();
    let id = new_id();
    let mut message = mail.root.create_message(id, false).unwrap();
    message.set_properties(set(PID_TAG_SUBJECT, "x")).unwrap();
    assert_eq!(mail.root.get_child_count(TableKind::Contents).unwrap(), 0);
    assert_eq!((mids(&*mail.root), mail.path(id)), (vec![], Err(ErrorCode::NotFound)));
    assert_eq!(code(mail.root.open_message(id, false)), ErrorCode::NotFound);
    drop(message);
    assert_eq!(mail.path(id), Err(ErrorCode::NotFound));
    assert_eq!(deleted(&*mail.root, TableKind::Contents), [0_u64; 0]);
}

/// ME-03, ME-09.
#[test]
fn a_saved_message_is_listed_opened_and_numbered() {
    let mail = Mail::new();
    let id = add(&*mail.root, "Re: x");
    assert_eq!(mids(&*mail.root), [id]);
    assert!(mail.path(id).unwrap().starts_with("alice/mail/"));
    let mut message = mail.root.open_message(id, true).unwrap();
    for tag in [
        PID_TAG_MID,
        PID_TAG_CHANGE_NUMBER,
        PID_TAG_CHANGE_KEY,
        PID_TAG_PREDECESSOR_CHANGE_LIST,
        PID_TAG_MESSAGE_CLASS,
        PID_TAG_MESSAGE_FLAGS,
        PID_TAG_MESSAGE_SIZE,
    ] {
        assert!(message.get_properties(&[tag]).unwrap()[0].is_ok(), "{tag:#x}");
    }
    let (number_before, key_before) =
        (get(&*mail.root, id, PID_TAG_CHANGE_NUMBER), get(&*mail.root, id, PID_TAG_CHANGE_KEY));
    let saved = message.save(false).unwrap();
    assert!(index::globcnt(saved) > index::globcnt(number(&number_before)));
    assert_eq!(number(&get(&*mail.root, id, PID_TAG_CHANGE_NUMBER)), saved);
    assert_ne!(get(&*mail.root, id, PID_TAG_CHANGE_KEY), key_before);
    let data = message.get_data().unwrap();
    assert_eq!(
        (data.subject_prefix.as_deref(), data.normalized_subject.as_deref()),
        (Some("Re: "), Some("x"))
    );
}

/// ME-04.
#[test]
fn a_property_of_each_type_comes_back() {
    use PropertyValue as V;
    let mail = Mail::new();
    let guid = Guid { hi: 1, lo: 2 };
    let values = [
        (0x0002, V::Integer16(-1)),
        (0x0003, V::Integer32(i32::MIN)),
        (0x0004, V::Floating32(1.5)),
        (0x0005, V::Floating64(-0.0)),
        (0x0006, V::Currency(-1)),
        (0x0007, V::FloatingTime(2.5)),
        (0x000A, V::ErrorCode(0x8004_010F)),
        (0x000B, V::Boolean(true)),
        (0x0014, V::Integer64(i64::MIN)),
        (0x001E, V::String8(b"\xE9".to_vec())),
        (0x001F, text("é😀")),
        (0x0040, V::Time(u64::MAX)),
        (0x0048, V::Guid(guid)),
        (0x00FB, V::ServerId(vec![1])),
        (0x00FD, V::RestrictionBlob(vec![1])),
        (0x00FE, V::RuleActions(vec![1])),
        (0x0102, V::Binary(vec![0, 255])),
        (0x0001, V::Null),
        (0x1002, V::MultipleInteger16(vec![1])),
        (0x1003, V::MultipleInteger32(vec![])),
        (0x1004, V::MultipleFloating32(vec![1.0])),
        (0x1005, V::MultipleFloating64(vec![1.0])),
        (0x1006, V::MultipleCurrency(vec![1])),
        (0x1007, V::MultipleFloatingTime(vec![1.0])),
        (0x1014, V::MultipleInteger64(vec![1])),
        (0x101E, V::MultipleString8(vec![b"a".to_vec()])),
        (0x101F, V::MultipleText(vec!["a".into(), String::new()])),
        (0x1040, V::MultipleTime(vec![1])),
        (0x1048, V::MultipleGuid(vec![guid])),
        (0x1102, V::MultipleBinary(vec![vec![], vec![1]])),
    ];
    let properties: Vec<_> = (0x8000..)
        .zip(values)
        .map(|(id, (kind, value)): (u32, _)| Property { tag: id << 16 | kind, value })
        .collect();
    let tags: Vec<_> = properties.iter().map(|property| property.tag).collect();
    let expected: Vec<_> = properties.iter().map(|property| Ok(property.value.clone())).collect();
    let id = add(&*mail.root, "x");
    let mut message = mail.root.open_message(id, true).unwrap();
    assert_eq!(message.set_properties(properties).unwrap(), []);
    assert_eq!(message.get_properties(&tags).unwrap(), expected);
    message.save(false).unwrap();
    let mut message = mail.root.open_message(id, true).unwrap();
    assert_eq!(message.get_properties(&tags).unwrap(), expected);
    assert_eq!(message.remove_properties(&tags).unwrap(), []);
    message.save(false).unwrap();
    let listed = mail.root.open_message(id, false).unwrap().list_properties().unwrap();
    assert!(listed.iter().all(|tag| !tags.contains(tag)));
    let denied = message.set_properties(set(PID_TAG_CHANGE_NUMBER, 1_i64)).unwrap();
    assert_eq!(denied, [PropertyProblem { tag: PID_TAG_CHANGE_NUMBER, code: ErrorCode::Denied }]);
}

/// ME-05.
#[test]
fn a_message_opened_to_be_read_refuses_changes() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let mut message = mail.root.open_message(id, false).unwrap();
    let recipients = RecipientTable { columns: vec![], rows: vec![] };
    assert_eq!(code(message.set_properties(set(PID_TAG_SUBJECT, "y"))), ErrorCode::Denied);
    assert_eq!(code(message.remove_properties(&[PID_TAG_SUBJECT])), ErrorCode::Denied);
    assert_eq!(code(message.open_stream(PID_TAG_BODY, StreamAccess::Create)), ErrorCode::Denied);
    assert_eq!(code(message.set_recipients(recipients)), ErrorCode::Denied);
    assert_eq!(code(message.set_read_flag(true)), ErrorCode::Denied);
    assert_eq!(code(message.create_attachment()), ErrorCode::Denied);
    assert_eq!(code(message.delete_attachment(0)), ErrorCode::Denied);
    assert_eq!(code(message.submit(SubmitMode::None)), ErrorCode::Denied);
    assert_eq!(code(message.save(true)), ErrorCode::Denied);
}

/// ME-06.
#[test]
fn an_associated_message_counts_as_nothing_else() {
    let mail = Mail::new();
    let id = new_id();
    mail.root.create_message(id, true).unwrap().save(false).unwrap();
    let count = |kind| mail.root.get_child_count(kind).unwrap();
    assert_eq!((count(TableKind::Contents), count(TableKind::Associated)), (0, 1));
    assert_eq!(
        column(&*mail.root, TableKind::Associated, PID_TAG_MID).iter().map(number).collect::<Vec<_>>(),
        [id]
    );
    assert_eq!(mids(&*mail.root), [0_u64; 0]);
    mail.root.delete_messages(&[id], DeleteMode::Soft).unwrap();
    assert_eq!(deleted(&*mail.root, TableKind::Associated), [id]);
    assert_eq!(deleted(&*mail.root, TableKind::Contents), [0_u64; 0]);
}

/// ME-07.
#[test]
fn recipients_are_replaced_and_keep_their_missing_cells() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let row = |kind, cells: [Option<&str>; 2]| Recipient {
        kind,
        username: None,
        cells: cells.map(|cell| cell.map(text)).to_vec(),
    };
    let table = |rows| RecipientTable { columns: vec![PID_TAG_DISPLAY_NAME, PID_TAG_EMAIL_ADDRESS], rows };
    let save = |recipients: RecipientTable| {
        let mut message = mail.root.open_message(id, true).unwrap();
        message.set_recipients(recipients).unwrap();
        message.save(false).unwrap();
        mail.root.open_message(id, false).unwrap().get_data().unwrap().recipients
    };
    let first = table(vec![
        row(RecipientKind::To, [Some("Bob"), None]),
        row(RecipientKind::To, [None, Some("c@example.org")]),
        row(RecipientKind::Bcc, [Some(""), None]),
    ]);
    assert_eq!(save(first.clone()), first);
    assert_eq!(get(&*mail.root, id, PID_TAG_DISPLAY_TO), Ok(text("Bob; c@example.org")));
    let second = table(vec![row(RecipientKind::Cc, [Some("Eve"), None])]);
    assert_eq!(save(second.clone()), second);
    assert_eq!(save(table(vec![])).rows.len(), 0);
    let crooked = Recipient { cells: vec![], ..row(RecipientKind::To, [None, None]) };
    let mut message = mail.root.open_message(id, true).unwrap();
    assert_eq!(code(message.set_recipients(table(vec![crooked]))), ErrorCode::InvalidParameter);
}

/// ME-08.
#[test]
fn the_read_flag_does_not_wait_for_a_save_and_is_a_change() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let state = || {
        let cells = mail
            .root
            .open_message(id, false)
            .unwrap()
            .get_properties(&[PID_TAG_MESSAGE_FLAGS, PID_TAG_CHANGE_NUMBER]);
        let cells = cells.unwrap();
        (number(&cells[0]) & 1, index::globcnt(number(&cells[1])))
    };
    let first = state();
    assert_eq!(first.0, 0);
    let mut message = mail.root.open_message(id, true).unwrap();
    message.set_properties(set(PID_TAG_SUBJECT, "unsaved")).unwrap();
    message.set_read_flag(true).unwrap();
    let second = state();
    assert!(second.0 == 1 && second.1 > first.1);
    assert_eq!(get(&*mail.root, id, PID_TAG_SUBJECT), Ok(text("x")));
    let outcomes = mail.root.set_read_flags(&[id, 0x9999_0001], false).unwrap();
    assert_eq!((outcomes[0].outcome, outcomes[1].outcome), (Ok(()), Err(ErrorCode::NotFound)));
    let third = state();
    assert!(third.0 == 0 && third.1 > second.1);
    // The flag that was set through the handle itself is no conflict; the other one is.
    assert_eq!(code(message.save(false)), ErrorCode::ObjectModified);
    let mut message = mail.root.open_message(id, true).unwrap();
    message.set_read_flag(true).unwrap();
    message.save(false).unwrap();
    assert_eq!(state().0, 1);
}

/// ME-14.
#[test]
fn what_is_submitted_goes_to_the_sent_items() {
    index::reset();
    let mail = Mail::open("memory://alice/outbox/");
    let id = add(&*mail.root, "x");
    let mut message = mail.root.open_message(id, true).unwrap();
    assert_eq!(code(message.submit(SubmitMode::None)), ErrorCode::InvalidParameter);
    assert_eq!(mids(&*mail.root), [id]);
    let bob = Recipient { kind: RecipientKind::To, username: None, cells: vec![Some(text("b@example.org"))] };
    message.set_recipients(RecipientTable { columns: vec![PID_TAG_EMAIL_ADDRESS], rows: vec![bob] }).unwrap();
    message.submit(SubmitMode::PreProcess).unwrap();
    assert_eq!(mids(&*mail.root), [0_u64; 0]);
    assert_eq!(deleted(&*mail.root, TableKind::Contents), [id]);
    assert_eq!(column(&*mail.root, TableKind::Hierarchy, PID_TAG_DISPLAY_NAME), [Ok(text("Sent Items"))]);
    let sent = number(&column(&*mail.root, TableKind::Hierarchy, PID_TAG_FOLDER_ID)[0]);
    let sent = mail.root.open_folder(sent).unwrap();
    let found = mids(&*sent)[0];
    assert_eq!(number(&get(&*sent, found, PID_TAG_MESSAGE_FLAGS)) & 8, 0);
    assert!(get(&*sent, found, PID_TAG_CLIENT_SUBMIT_TIME).is_ok());
    assert_eq!(code(message.save(true)), ErrorCode::ObjectDeleted);
}

/// ME-15.
#[test]
fn a_message_changed_meanwhile_is_saved_only_by_force() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let mut mine = mail.root.open_message(id, true).unwrap();
    let mut theirs = mail.root.open_message(id, true).unwrap();
    theirs.set_properties(set(PID_TAG_BODY, "theirs")).unwrap();
    theirs.save(false).unwrap();
    mine.set_properties(set(PID_TAG_SUBJECT, "mine")).unwrap();
    assert_eq!(code(mine.save(false)), ErrorCode::ObjectModified);
    assert_eq!(get(&*mail.root, id, PID_TAG_SUBJECT), Ok(text("x")));
    mine.save(true).unwrap();
    mine.save(false).unwrap();
    assert_eq!(get(&*mail.root, id, PID_TAG_SUBJECT), Ok(text("mine")));
    mail.root.delete_messages(&[id], DeleteMode::Soft).unwrap();
    assert_eq!(code(mine.save(true)), ErrorCode::ObjectDeleted);
}

#[test]
fn large_values_are_deferred_and_streamed() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let body = "ä line\r\n".repeat(100_000);
    let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut message = mail.root.open_message(id, true).unwrap();
    assert_eq!(code(message.open_stream(PID_TAG_BODY, StreamAccess::Read)), ErrorCode::NotFound);
    assert_eq!(code(message.open_stream(PID_TAG_BODY, StreamAccess::ReadWrite)), ErrorCode::NotFound);
    assert_eq!(
        code(message.open_stream(PID_TAG_MESSAGE_FLAGS, StreamAccess::Read)),
        ErrorCode::InvalidParameter
    );
    assert_eq!(
        code(message.open_stream(PR_INTERNET_CONTENT, StreamAccess::Create)),
        ErrorCode::NotImplemented
    );
    let mut dropped = message.open_stream(PID_TAG_BODY, StreamAccess::Create).unwrap();
    dropped.write(0, b"x\0").unwrap();
    drop(dropped);
    assert_eq!(message.get_properties(&[PID_TAG_BODY]).unwrap(), [Err(ErrorCode::NotFound)]);
    write(message.open_stream(PID_TAG_BODY, StreamAccess::Create).unwrap(), &utf16);
    assert_eq!(get(&*mail.root, id, PID_TAG_BODY), Err(ErrorCode::NotFound));
    message.save(false).unwrap();
    assert_eq!(get(&*mail.root, id, PID_TAG_BODY), Ok(PropertyValue::Deferred(utf16.len() as u64)));
    let mut message = mail.root.open_message(id, true).unwrap();
    assert_eq!(read(message.open_stream(PID_TAG_BODY, StreamAccess::Read).unwrap()), utf16);
    let mut stream = message.open_stream(PID_TAG_BODY, StreamAccess::ReadWrite).unwrap();
    stream.set_size(4).unwrap();
    stream.write(2, b"!\0").unwrap();
    stream.commit().unwrap();
    assert_eq!(message.get_properties(&[PID_TAG_BODY]).unwrap(), [Ok(text("ä!"))]);
}
