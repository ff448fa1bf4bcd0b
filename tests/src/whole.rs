//! Messages that show whether they are whole: all that they hold follows from a number and a version, so that a mixture of
//! two versions, or a part of one, is seen when it is read.

use mapistore::blocking::wait;
use mapistore::types::{
    Property, PropertyTag, PropertyValue, Recipient, RecipientKind, RecipientTable, StreamAccess,
};
use mapistore::{CallError, Message};

const CLASS: PropertyTag = 0x001A_001F;
const SUBJECT: PropertyTag = 0x0037_001F;
const BODY: PropertyTag = 0x1000_001F;
const ADDRESS: PropertyTag = 0x3003_001F;
const ATTACH_DATA: PropertyTag = 0x3701_0102;
const ATTACH_METHOD: PropertyTag = 0x3705_0003;

fn body(number: u64, version: u64) -> String {
    format!("{number} {version}. ").repeat(20)
}

/// From none to some 700 KiB: within one write of a store, and beyond.
fn content(number: u64, version: u64) -> Vec<u8> {
    let seed = number * 31 + version;
    let bytes = seed % 5 * 173_000;
    (0..bytes).map(|at| u8::try_from((at * 7 + seed) % 251).unwrap_or_default()).collect()
}

/// Puts a version into a message, in the place of any other. It is not saved yet.
///
/// # Errors
/// A call fails.
pub fn write(message: &Message, number: u64, version: u64) -> Result<(), CallError> {
    let text = |tag, value: String| Property { tag, value: PropertyValue::Text(value) };
    let properties = vec![
        text(CLASS, "IPM.Note".into()),
        text(SUBJECT, format!("{number} {version}")),
        text(BODY, body(number, version)),
    ];
    wait(message.set_properties(properties))?;
    let cells = vec![Some(PropertyValue::Text(format!("{number}.{version}@example.org")))];
    let rows = vec![Recipient { kind: RecipientKind::To, username: None, cells }];
    wait(message.set_recipients(RecipientTable { columns: vec![ADDRESS], rows }))?;
    for old in wait(message.list_attachments())? {
        wait(message.delete_attachment(old))?;
    }
    let (_, attachment) = wait(message.create_attachment())?;
    let method = Property { tag: ATTACH_METHOD, value: PropertyValue::Integer32(1) };
    wait(attachment.set_properties(vec![method]))?;
    let stream = wait(attachment.open_stream(ATTACH_DATA, StreamAccess::Create))?;
    for (piece, offset) in content(number, version).chunks(64 << 10).zip((0..).step_by(64 << 10)) {
        wait(stream.write(offset, piece))?;
    }
    wait(stream.commit())?;
    wait(attachment.save())
}

/// The number and the version of a message.
///
/// # Panics
/// It is not whole, or cannot be read.
pub fn read(message: &Message) -> (u64, u64) {
    let cells = wait(message.get_properties(&[SUBJECT, BODY])).expect("properties");
    let [Ok(PropertyValue::Text(subject)), Ok(PropertyValue::Text(text))] = cells.as_slice() else {
        panic!("a message without subject or text: {cells:?}")
    };
    let numbers: Vec<u64> = subject.split(' ').filter_map(|word| word.parse().ok()).collect();
    let &[number, version] = numbers.as_slice() else { panic!("the subject is `{subject}`") };
    assert_eq!(*text, body(number, version), "the text of `{subject}`");
    let recipients = wait(message.get_data()).expect("recipients").recipients;
    let column = recipients.columns.iter().position(|tag| *tag == ADDRESS).expect("a column of addresses");
    let addresses: Vec<_> = recipients.rows.iter().map(|row| row.cells[column].clone()).collect();
    let address = PropertyValue::Text(format!("{number}.{version}@example.org"));
    assert_eq!(addresses, [Some(address)], "the recipients of `{subject}`");
    let attachments = wait(message.list_attachments()).expect("attachments");
    assert_eq!(attachments.len(), 1, "the attachments of `{subject}`");
    let attachment = wait(message.open_attachment(attachments[0], false)).expect("an attachment");
    let stream = wait(attachment.open_stream(ATTACH_DATA, StreamAccess::Read)).expect("a stream");
    let mut bytes = Vec::new();
    let read = stream.read_to(|piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, CallError>(())
    });
    wait(read).expect("the bytes of an attachment");
    assert!(bytes == content(number, version), "the attachment of `{subject}` is {} bytes", bytes.len());
    (number, version)
}
