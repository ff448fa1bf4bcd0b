//! The properties of a message: from its record, its envelope, or its whole content, whichever is the least to read.
//!
//! One `match` for each of these three. Knows MAPI's tags; does not know tables or handles.

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use mapistore_sdk::ErrorCode;
use mapistore_sdk::tags;
use mapistore_sdk::types::{Cell, PropertyTag, PropertyValue};

use crate::envelope::{Envelope, Field, Mailbox as Address};
use crate::ids;
use crate::mailbox::{Mailbox, Summary};
use crate::mime::Content;
use crate::name::Flags;
use crate::restriction::Properties;
use crate::snapshot::{FolderState, Record};
use crate::subject;
use crate::tag;

/// Values of more bytes than this come as `deferred`.
pub(crate) const INLINE_LIMIT: u32 = 32 * 1024;

/// MSGFLAG_READ (MS-OXCMSG 2.2.1.6).
pub(crate) const READ: i32 = 0x01;
/// MSGFLAG_UNSENT.
pub(crate) const UNSENT: i32 = 0x08;
/// MSGFLAG_HASATTACH.
const HAS_ATTACHMENTS: i32 = 0x10;
/// PidTagFlagStatus: flagged (MS-OXOFLAG 2.2.1.1).
pub(crate) const FOLLOW_UP: i32 = 2;
/// PidTagLastVerbExecuted: reply to sender, forward (MS-OXOMSG 2.2.1.20).
pub(crate) const REPLY: i32 = 102;
/// Forward.
pub(crate) const FORWARD: i32 = 104;

/// Every property that a message may have, and so the columns of a contents table.
pub(crate) const MESSAGE: &[PropertyTag] = &[
    tags::PID_TAG_MID,
    tags::PID_TAG_INST_ID,
    tags::PID_TAG_INSTANCE_NUM,
    tags::PID_TAG_PARENT_FOLDER_ID,
    tags::PID_TAG_CHANGE_NUMBER,
    tags::PID_TAG_CHANGE_KEY,
    tags::PID_TAG_PREDECESSOR_CHANGE_LIST,
    tags::PID_TAG_SOURCE_KEY,
    tags::PID_TAG_PARENT_SOURCE_KEY,
    tags::PID_TAG_SEARCH_KEY,
    tags::PID_TAG_MESSAGE_CLASS,
    tags::PID_TAG_MESSAGE_FLAGS,
    tags::PID_TAG_READ,
    tags::PID_TAG_MESSAGE_SIZE,
    tags::PID_TAG_MESSAGE_DELIVERY_TIME,
    tags::PID_TAG_CLIENT_SUBMIT_TIME,
    tags::PID_TAG_CREATION_TIME,
    tags::PID_TAG_LAST_MODIFICATION_TIME,
    tags::PID_TAG_SUBJECT,
    tags::PID_TAG_SUBJECT_PREFIX,
    tags::PID_TAG_NORMALIZED_SUBJECT,
    tags::PID_TAG_CONVERSATION_TOPIC,
    tags::PID_TAG_SENDER_NAME,
    tags::PID_TAG_SENDER_EMAIL_ADDRESS,
    tags::PID_TAG_SENDER_ADDRESS_TYPE,
    tag::SENDER_SMTP_ADDRESS,
    tags::PID_TAG_SENT_REPRESENTING_NAME,
    tags::PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS,
    tags::PID_TAG_SENT_REPRESENTING_ADDRESS_TYPE,
    tag::SENT_REPRESENTING_SMTP_ADDRESS,
    tags::PID_TAG_DISPLAY_TO,
    tags::PID_TAG_DISPLAY_CC,
    tags::PID_TAG_DISPLAY_BCC,
    tags::PID_TAG_REPLY_RECIPIENT_NAMES,
    tags::PID_TAG_INTERNET_MESSAGE_ID,
    tags::PID_TAG_IN_REPLY_TO_ID,
    tags::PID_TAG_INTERNET_REFERENCES,
    tags::PID_TAG_IMPORTANCE,
    tags::PID_TAG_PRIORITY,
    tags::PID_TAG_SENSITIVITY,
    tags::PID_TAG_HAS_ATTACHMENTS,
    tags::PID_TAG_FLAG_STATUS,
    tags::PID_TAG_LAST_VERB_EXECUTED,
    tags::PID_TAG_ACCESS,
    tags::PID_TAG_ACCESS_LEVEL,
    tags::PID_TAG_ASSOCIATED,
    tags::PID_TAG_MESSAGE_CODEPAGE,
    tags::PID_TAG_INTERNET_CODEPAGE,
    tags::PID_TAG_NATIVE_BODY,
    tags::PID_TAG_BODY,
    tags::PID_TAG_HTML,
    tags::PID_TAG_TRANSPORT_MESSAGE_HEADERS,
];

/// A message to ask for properties. Reads its headers when the first property needs them, and its body likewise.
pub(crate) struct View<'a> {
    /// What the handles share.
    pub(crate) mailbox: &'a Mailbox,
    /// The folder.
    pub(crate) folder: &'a FolderState,
    /// The message; none before its first save.
    pub(crate) record: Option<&'a Record>,
    /// Its flags.
    pub(crate) flags: Flags,
    /// The headers; filled in when needed.
    pub(crate) summary: OnceCell<Option<Rc<Summary>>>,
    /// The content; filled in when needed, or beforehand for a message that is being changed.
    pub(crate) content: OnceCell<Option<Rc<Content>>>,
}

impl<'a> View<'a> {
    /// The message of this record.
    pub(crate) fn new(mailbox: &'a Mailbox, folder: &'a FolderState, record: Option<&'a Record>) -> Self {
        let flags = record.map(|record| record.entry.flags.clone()).unwrap_or_default();
        Self { mailbox, folder, record, flags, summary: OnceCell::new(), content: OnceCell::new() }
    }
}

impl Properties for View<'_> {
    fn get(&self, wanted: PropertyTag) -> Option<PropertyValue> {
        // A tag with a type need not be looked for here, for every cell of a table: below there is something for it, or not.
        let tag = if wanted & 0xFFFF == 0 { resolve(wanted, MESSAGE)? } else { wanted };
        if let Some(value) = from_flags(tag, &self.flags) {
            return Some(value);
        }
        if let Some(record) = self.record
            && let Some(value) = from_record(tag, record, self.mailbox, self.folder)
        {
            return Some(value);
        }
        if let Some(content) = self.content.get() {
            let content = content.as_deref()?;
            let summary = self.record.and_then(|_| self.summary());
            return self
                .envelope_value(tag, &content.envelope, summary.as_deref())
                .or_else(|| from_content(tag, content));
        }
        let summary = self.summary()?;
        match self.envelope_value(tag, &summary.envelope, Some(&summary)) {
            None if needs_content(tag) => from_content(tag, self.content()?.as_ref()),
            value => value,
        }
    }
}

impl View<'_> {
    fn summary(&self) -> Option<Rc<Summary>> {
        let read = || self.mailbox.summary(self.folder, self.record?).ok();
        self.summary.get_or_init(read).clone()
    }

    fn content(&self) -> Option<Rc<Content>> {
        let read =
            || self.mailbox.content(self.folder, self.record?).ok().map(|(content, _)| Rc::new(content));
        self.content.get_or_init(read).clone()
    }

    /// What the headers say. Without a `summary`, the message was never saved.
    fn envelope_value(
        &self,
        tag: PropertyTag,
        envelope: &Envelope,
        summary: Option<&Summary>,
    ) -> Option<PropertyValue> {
        let from = envelope.from.as_ref();
        let sender = envelope.sender.as_ref().or(from);
        let subject = || subject::split(&envelope.subject);
        let delivered = || summary?.delivered.map(file_time);
        Some(match tag {
            tags::PID_TAG_MESSAGE_CLASS => text(envelope.class),
            tags::PID_TAG_MESSAGE_FLAGS => PropertyValue::Integer32(message_flags(&self.flags, envelope)),
            tags::PID_TAG_READ => PropertyValue::Boolean(self.flags.has(Flags::SEEN)),
            tags::PID_TAG_MESSAGE_SIZE => {
                PropertyValue::Integer32(i32::try_from(summary?.size).unwrap_or(i32::MAX))
            }
            tags::PID_TAG_MESSAGE_DELIVERY_TIME
            | tags::PID_TAG_CREATION_TIME
            | tags::PID_TAG_LAST_MODIFICATION_TIME => delivered()?,
            tags::PID_TAG_CLIENT_SUBMIT_TIME => envelope.sent.map(unix_time)?,
            tags::PID_TAG_SUBJECT => text(&envelope.subject),
            tags::PID_TAG_SUBJECT_PREFIX => text(subject().0),
            tags::PID_TAG_NORMALIZED_SUBJECT | tags::PID_TAG_CONVERSATION_TOPIC => text(subject().1),
            tags::PID_TAG_SENDER_NAME => text(sender?.display()),
            tags::PID_TAG_SENDER_EMAIL_ADDRESS | tag::SENDER_SMTP_ADDRESS => text(&sender?.address),
            tags::PID_TAG_SENDER_ADDRESS_TYPE => sender.map(|_| text("SMTP"))?,
            tags::PID_TAG_SENT_REPRESENTING_NAME => text(from?.display()),
            tags::PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS | tag::SENT_REPRESENTING_SMTP_ADDRESS => {
                text(&from?.address)
            }
            tags::PID_TAG_SENT_REPRESENTING_ADDRESS_TYPE => from.map(|_| text("SMTP"))?,
            tags::PID_TAG_DISPLAY_TO => display(envelope, Field::To),
            tags::PID_TAG_DISPLAY_CC => display(envelope, Field::Cc),
            tags::PID_TAG_DISPLAY_BCC => display(envelope, Field::Bcc),
            tags::PID_TAG_REPLY_RECIPIENT_NAMES if envelope.reply_to.is_empty() => return None,
            tags::PID_TAG_REPLY_RECIPIENT_NAMES => names(envelope.reply_to.iter()),
            tags::PID_TAG_INTERNET_MESSAGE_ID => text(&format!("<{}>", envelope.message_id.as_ref()?)),
            tags::PID_TAG_IN_REPLY_TO_ID => text(&format!("<{}>", envelope.in_reply_to.as_ref()?)),
            tags::PID_TAG_INTERNET_REFERENCES if envelope.references.is_empty() => return None,
            tags::PID_TAG_INTERNET_REFERENCES => text(&format!("<{}>", envelope.references.join("> <"))),
            tags::PID_TAG_IMPORTANCE => PropertyValue::Integer32(envelope.importance),
            tags::PID_TAG_PRIORITY => PropertyValue::Integer32(envelope.importance - 1),
            tags::PID_TAG_SENSITIVITY => PropertyValue::Integer32(envelope.sensitivity),
            tags::PID_TAG_HAS_ATTACHMENTS => PropertyValue::Boolean(envelope.has_attachments),
            tags::PID_TAG_ASSOCIATED => PropertyValue::Boolean(false),
            // MAPI_ACCESS_MODIFY, _READ and _DELETE (MS-OXCPRPT 2.2.1.1).
            tags::PID_TAG_ACCESS => PropertyValue::Integer32(0x07),
            tags::PID_TAG_ACCESS_LEVEL => PropertyValue::Integer32(1),
            tags::PID_TAG_MESSAGE_CODEPAGE | tags::PID_TAG_INTERNET_CODEPAGE => {
                PropertyValue::Integer32(65001)
            }
            _ => return None,
        })
    }
}

/// What is known without reading the file.
fn from_record(
    tag: PropertyTag,
    record: &Record,
    mailbox: &Mailbox,
    folder: &FolderState,
) -> Option<PropertyValue> {
    let key = |id| ids::xid(mailbox.replica, id);
    let binary = PropertyValue::Binary;
    let id = |id: u64| PropertyValue::Integer64(id.cast_signed());
    Some(match tag {
        tags::PID_TAG_MID | tags::PID_TAG_INST_ID => id(record.id),
        tags::PID_TAG_INSTANCE_NUM => PropertyValue::Integer32(0),
        tags::PID_TAG_PARENT_FOLDER_ID => id(folder.id),
        tags::PID_TAG_CHANGE_NUMBER => id(record.number),
        tags::PID_TAG_CHANGE_KEY => {
            binary(record.keys.as_ref().map_or_else(|| key(record.number), |keys| keys.change_key.clone()))
        }
        tags::PID_TAG_PREDECESSOR_CHANGE_LIST => {
            binary(record.keys.as_ref().map_or_else(
                || ids::predecessors(&[], &key(record.number)),
                |keys| keys.predecessors.clone(),
            ))
        }
        tags::PID_TAG_SOURCE_KEY | tags::PID_TAG_SEARCH_KEY => binary(key(record.id)),
        tags::PID_TAG_PARENT_SOURCE_KEY => binary(key(folder.id)),
        _ => return None,
    })
}

/// What the file's name says.
fn from_flags(tag: PropertyTag, flags: &Flags) -> Option<PropertyValue> {
    let value = match tag {
        tags::PID_TAG_FLAG_STATUS if flags.has(Flags::FLAGGED) => FOLLOW_UP,
        tags::PID_TAG_LAST_VERB_EXECUTED if flags.has(Flags::REPLIED) => REPLY,
        tags::PID_TAG_LAST_VERB_EXECUTED if flags.has(Flags::PASSED) => FORWARD,
        _ => return None,
    };
    Some(PropertyValue::Integer32(value))
}

/// Whether the body must be read for this property.
fn needs_content(tag: PropertyTag) -> bool {
    matches!(
        tag,
        tags::PID_TAG_BODY
            | tags::PID_TAG_HTML
            | tags::PID_TAG_NATIVE_BODY
            | tags::PID_TAG_TRANSPORT_MESSAGE_HEADERS
    )
}

fn from_content(tag: PropertyTag, content: &Content) -> Option<PropertyValue> {
    Some(match tag {
        tags::PID_TAG_BODY => text(&content.plain_text()?),
        tags::PID_TAG_HTML => PropertyValue::Binary(content.html.clone()?.into_bytes()),
        // MS-OXCMSG 2.2.1.58.2: 1 is plain text, 3 HTML.
        tags::PID_TAG_NATIVE_BODY if content.html.is_some() => PropertyValue::Integer32(3),
        tags::PID_TAG_NATIVE_BODY if content.text.is_some() => PropertyValue::Integer32(1),
        tags::PID_TAG_TRANSPORT_MESSAGE_HEADERS if !content.header_text.is_empty() => {
            text(&content.header_text)
        }
        _ => return None,
    })
}

fn message_flags(flags: &Flags, envelope: &Envelope) -> i32 {
    let bit = |on, bit| if on { bit } else { 0 };
    bit(flags.has(Flags::SEEN), READ)
        | bit(flags.has(Flags::DRAFT), UNSENT)
        | bit(envelope.has_attachments, HAS_ATTACHMENTS)
}

fn display(envelope: &Envelope, field: Field) -> PropertyValue {
    names(envelope.recipients.iter().filter(|(other, _)| *other == field).map(|(_, address)| address))
}

fn names<'a>(addresses: impl Iterator<Item = &'a Address>) -> PropertyValue {
    text(&addresses.map(Address::display).collect::<Vec<_>>().join("; "))
}

/// A text value. MAPI refuses U+0000, and a header may hold one.
pub(crate) fn text(value: &str) -> PropertyValue {
    PropertyValue::Text(if value.contains('\0') { value.replace('\0', "") } else { value.to_owned() })
}

/// Seconds since 1970 as FILETIME; times before 1601 are shown as that.
pub(crate) fn unix_time(seconds: i64) -> PropertyValue {
    let since_1601 = u64::try_from(seconds.saturating_add(11_644_473_600)).unwrap_or_default();
    PropertyValue::Time(since_1601.saturating_mul(10_000_000))
}

/// FILETIME as seconds since 1970.
pub(crate) fn to_unix_time(file_time: u64) -> i64 {
    i64::try_from(file_time / 10_000_000).unwrap_or(i64::MAX) - 11_644_473_600
}

/// A file's time as FILETIME, in whole seconds: that is what survives a copy to any file system.
pub(crate) fn file_time(time: SystemTime) -> PropertyValue {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    unix_time(i64::try_from(seconds).unwrap_or(i64::MAX))
}

/// The one of `known` that is meant: the tag itself, or for PtypUnspecified the one with its id.
pub(crate) fn resolve(wanted: PropertyTag, known: &[PropertyTag]) -> Option<PropertyTag> {
    let unspecified = wanted & 0xFFFF == 0;
    known.iter().copied().find(|&tag| tag == wanted || unspecified && tag >> 16 == wanted >> 16)
}

/// What a caller gets for a value: itself, its size if it is too large, `not-found` if there is none.
pub(crate) fn cell(value: Option<PropertyValue>) -> Cell {
    let value = value.ok_or(ErrorCode::NotFound)?;
    let size = stream_size(&value);
    Ok(if size > u64::from(INLINE_LIMIT) { PropertyValue::Deferred(size) } else { value })
}

/// How many bytes the value has as a stream; 0 for what does not grow.
fn stream_size(value: &PropertyValue) -> u64 {
    match value {
        PropertyValue::Text(text) if text.len() <= INLINE_LIMIT as usize / 2 => 0,
        PropertyValue::Text(text) => text.encode_utf16().count() as u64 * 2,
        PropertyValue::Binary(bytes) => bytes.len() as u64,
        _ => 0,
    }
}
