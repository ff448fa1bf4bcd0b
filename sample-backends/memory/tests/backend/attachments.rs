//! Attachments: AT-01 to AT-05.

use super::*;

/// AT-01, AT-02.
#[test]
fn numbers_begin_at_0_and_none_is_given_out_twice() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let mut message = mail.root.open_message(id, true).unwrap();
    for expected in 0..3 {
        let (number, mut attachment) = message.create_attachment().unwrap();
        assert_eq!(number, expected);
        attachment.save().unwrap();
    }
    drop(message.create_attachment().unwrap());
    assert_eq!(message.list_attachments().unwrap(), [0_u32; 0]);
    assert!(mail.root.open_message(id, false).unwrap().list_attachments().unwrap().is_empty());
    message.save(false).unwrap();
    assert_eq!(message.list_attachments().unwrap(), [0, 1, 2]);
    assert_eq!(number(&get(&*mail.root, id, PID_TAG_MESSAGE_FLAGS)) & 0x10, 0x10);
    message.delete_attachment(2).unwrap();
    assert_eq!(code(message.delete_attachment(2)), ErrorCode::NotFound);
    assert_eq!(code(message.open_attachment(2, false)), ErrorCode::NotFound);
    message.save(false).unwrap();
    let mut message = mail.root.open_message(id, true).unwrap();
    assert_eq!(message.list_attachments().unwrap(), [0, 1]);
    assert_eq!(message.create_attachment().unwrap().0, 4);
}

/// AT-02: an attachment that was not saved is not part of the message.
#[test]
fn an_attachment_changes_with_its_own_save_and_then_the_messages() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let mut message = mail.root.open_message(id, true).unwrap();
    let (_, mut attachment) = message.create_attachment().unwrap();
    attachment.set_properties(set(PID_TAG_ATTACH_LONG_FILENAME, "a")).unwrap();
    message.save(false).unwrap();
    assert_eq!(message.list_attachments().unwrap(), [0_u32; 0]);
    attachment.save().unwrap();
    message.save(false).unwrap();
    let mut again = message.open_attachment(0, true).unwrap();
    again.set_properties(set(PID_TAG_ATTACH_LONG_FILENAME, "b")).unwrap();
    let name = |message: &mut dyn mapistore_sdk::Message| {
        let mut attachment = message.open_attachment(0, false).unwrap();
        attachment.get_properties(&[PID_TAG_ATTACH_LONG_FILENAME]).unwrap().remove(0)
    };
    assert_eq!(name(&mut *message), Ok(text("a")));
    again.save().unwrap();
    assert_eq!(name(&mut *message), Ok(text("b")));
    assert_eq!(name(&mut *mail.root.open_message(id, false).unwrap()), Ok(text("a")));
    let mut reader = message.open_attachment(0, false).unwrap();
    assert_eq!(code(reader.set_properties(vec![])), ErrorCode::Denied);
    assert_eq!(code(reader.save()), ErrorCode::Denied);
    message.delete_attachment(0).unwrap();
    assert_eq!(code(again.save()), ErrorCode::ObjectDeleted);
}

/// AT-03, AT-05.
#[test]
fn several_mebibytes_come_back_and_the_table_says_so() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let data: Vec<u8> = (0..5_000_000_u32).map(|at| at.to_le_bytes()[0] ^ at.to_le_bytes()[1]).collect();
    let mut message = mail.root.open_message(id, true).unwrap();
    let (_, mut attachment) = message.create_attachment().unwrap();
    assert_eq!(attachment.set_properties(set(PID_TAG_ATTACH_LONG_FILENAME, "ä.bin")).unwrap(), []);
    write(attachment.open_stream(PID_TAG_ATTACH_DATA_BINARY, StreamAccess::Create).unwrap(), &data);
    attachment.save().unwrap();
    message.save(false).unwrap();
    let mut message = mail.root.open_message(id, false).unwrap();
    let mut attachment = message.open_attachment(0, false).unwrap();
    let cells = attachment.get_properties(&[PID_TAG_ATTACH_DATA_BINARY]).unwrap();
    assert_eq!(cells, [Ok(PropertyValue::Deferred(5_000_000))]);
    assert_eq!(read(attachment.open_stream(PID_TAG_ATTACH_DATA_BINARY, StreamAccess::Read).unwrap()), data);
    let columns =
        [PID_TAG_ATTACH_NUMBER, PID_TAG_ATTACH_METHOD, PID_TAG_ATTACH_SIZE, PID_TAG_ATTACH_LONG_FILENAME];
    let row = rows(&mut *message.open_attachment_table().unwrap(), &columns).remove(0);
    assert_eq!((number(&row[0]), number(&row[1]), &row[3]), (0, 1, &Ok(text("ä.bin"))));
    assert!(number(&row[2]) > 5_000_000);
    assert!(number(&get(&*mail.root, id, PID_TAG_MESSAGE_SIZE)) > 5_000_000);
}

/// AT-04.
#[test]
fn messages_in_messages_in_messages_come_back() {
    let mail = Mail::new();
    let id = add(&*mail.root, "outer");
    let mut outer = mail.root.open_message(id, true).unwrap();
    let (_, mut holder) = outer.create_attachment().unwrap();
    assert_eq!(code(holder.open_embedded()), ErrorCode::NotFound);
    let mut middle = holder.create_embedded(new_id()).unwrap();
    let (_, mut deeper) = middle.create_attachment().unwrap();
    let inner_id = new_id();
    let mut inner = deeper.create_embedded(inner_id).unwrap();
    inner.set_properties(set(PID_TAG_SUBJECT, "inner")).unwrap();
    inner.save(false).unwrap();
    deeper.save().unwrap();
    middle.save(false).unwrap();
    holder.save().unwrap();
    outer.save(false).unwrap();

    let mut outer = mail.root.open_message(id, true).unwrap();
    let mut holder = outer.open_attachment(0, true).unwrap();
    let method = holder.get_properties(&[PID_TAG_ATTACH_METHOD, PID_TAG_ATTACH_DATA_OBJECT]).unwrap();
    assert_eq!(method, [Ok(PropertyValue::Integer32(5)), Ok(PropertyValue::Object)]);
    let (_, mut middle) = holder.open_embedded().unwrap();
    let (found, mut inner) = middle.open_attachment(0, true).unwrap().open_embedded().unwrap();
    assert_eq!(
        (found, inner.get_properties(&[PID_TAG_SUBJECT]).unwrap()),
        (inner_id, vec![Ok(text("inner"))])
    );
    assert!(inner.get_properties(&[PID_TAG_CHANGE_KEY]).unwrap()[0].is_ok());
    assert_eq!(code(inner.submit(SubmitMode::None)), ErrorCode::InvalidParameter);
    assert_eq!(mail.path(inner_id), Err(ErrorCode::NotFound));
    assert_eq!(mail.root.get_child_count(TableKind::Contents).unwrap(), 1);

    // A change inside reaches the folder only through every save on the way.
    middle.set_properties(set(PID_TAG_SUBJECT, "changed")).unwrap();
    middle.save(false).unwrap();
    let subject = || {
        let mut outer = mail.root.open_message(id, false).unwrap();
        let (_, mut middle) = outer.open_attachment(0, false).unwrap().open_embedded().unwrap();
        middle.get_properties(&[PID_TAG_SUBJECT]).unwrap().remove(0)
    };
    assert_eq!(subject(), Err(ErrorCode::NotFound));
    holder.save().unwrap();
    outer.save(false).unwrap();
    assert_eq!(subject(), Ok(text("changed")));
}
