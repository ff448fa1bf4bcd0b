//! Properties that can be changed: each goes into a header, a body or a flag.
//!
//! What MIME has no place for is a problem, `not-implemented`, and never half kept; what is computed is `denied`.

use mapistore_sdk::ErrorCode;
use mapistore_sdk::tags;
use mapistore_sdk::types::{PropertyTag, PropertyValue, Recipient, RecipientKind, RecipientTable};

use crate::envelope::{Envelope, Field, Mailbox};
use crate::mime::Content;
use crate::name::Flags;
use crate::properties::{self, FOLLOW_UP, FORWARD, MESSAGE, READ, UNSENT, resolve, to_unix_time};
use crate::subject;
use crate::tag;

/// What a recipient has. PidTagDisplayName and PidTagEmailAddress come first, as when a client writes them.
pub(crate) const RECIPIENT: &[PropertyTag] = &[
    tags::PID_TAG_DISPLAY_NAME,
    tags::PID_TAG_EMAIL_ADDRESS,
    tags::PID_TAG_ADDRESS_TYPE,
    tags::PID_TAG_SMTP_ADDRESS,
    tags::PID_TAG_RECIPIENT_TYPE,
];

/// The flags that a property stands for, with their new state; none if it is no flag.
///
/// # Errors
/// `InvalidParameter` for a value of another type.
pub(crate) fn flags(tag: PropertyTag, value: &PropertyValue) -> Result<Option<Vec<(char, bool)>>, ErrorCode> {
    if !matches!(
        tag,
        tags::PID_TAG_MESSAGE_FLAGS | tags::PID_TAG_FLAG_STATUS | tags::PID_TAG_LAST_VERB_EXECUTED
    ) {
        return Ok(None);
    }
    let PropertyValue::Integer32(value) = *value else { return Err(ErrorCode::InvalidParameter) };
    Ok(Some(match tag {
        tags::PID_TAG_MESSAGE_FLAGS => {
            vec![(Flags::SEEN, value & READ != 0), (Flags::DRAFT, value & UNSENT != 0)]
        }
        tags::PID_TAG_FLAG_STATUS => vec![(Flags::FLAGGED, value == FOLLOW_UP)],
        // Reply to sender and reply to all are 102 and 103.
        _ => vec![(Flags::REPLIED, matches!(value, 102 | 103)), (Flags::PASSED, value == FORWARD)],
    }))
}

/// Sets a property of the content.
///
/// # Errors
/// `Denied` for what is computed, `NotImplemented` for what MIME cannot hold, `InvalidParameter` for a value of
/// another type or out of range.
pub(crate) fn set(content: &mut Content, tag: PropertyTag, value: PropertyValue) -> Result<(), ErrorCode> {
    match value {
        PropertyValue::Text(value) => set_text(content, tag, value),
        PropertyValue::Integer32(value) => set_number(&mut content.envelope, tag, value),
        PropertyValue::Binary(value) if tag == tags::PID_TAG_HTML => {
            content.html = Some(String::from_utf8_lossy(&value).replace('\0', ""));
            Ok(())
        }
        PropertyValue::Time(value) if tag == tags::PID_TAG_CLIENT_SUBMIT_TIME => {
            content.envelope.sent = Some(to_unix_time(value));
            Ok(())
        }
        _ => Err(refusal(tag)),
    }
}

fn set_text(content: &mut Content, tag: PropertyTag, value: String) -> Result<(), ErrorCode> {
    let envelope = &mut content.envelope;
    match tag {
        tags::PID_TAG_SUBJECT => envelope.subject = value,
        tags::PID_TAG_SUBJECT_PREFIX => {
            let (_, rest) = subject::split(&envelope.subject);
            envelope.subject = value + rest;
        }
        tags::PID_TAG_NORMALIZED_SUBJECT => {
            let (prefix, _) = subject::split(&envelope.subject);
            envelope.subject = prefix.to_owned() + &value;
        }
        tags::PID_TAG_BODY => content.text = Some(value),
        tags::PID_TAG_SENT_REPRESENTING_NAME => set_name(&mut envelope.from, value),
        tags::PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS | tag::SENT_REPRESENTING_SMTP_ADDRESS => {
            set_address(&mut envelope.from, value);
        }
        tags::PID_TAG_SENDER_NAME => set_name(&mut envelope.sender, value),
        tags::PID_TAG_SENDER_EMAIL_ADDRESS | tag::SENDER_SMTP_ADDRESS => {
            set_address(&mut envelope.sender, value)
        }
        tags::PID_TAG_SENDER_ADDRESS_TYPE | tags::PID_TAG_SENT_REPRESENTING_ADDRESS_TYPE
            if value == "SMTP" => {}
        tags::PID_TAG_INTERNET_MESSAGE_ID => envelope.message_id = ids(&value).into_iter().next(),
        tags::PID_TAG_IN_REPLY_TO_ID => envelope.in_reply_to = ids(&value).into_iter().next(),
        tags::PID_TAG_INTERNET_REFERENCES => envelope.references = ids(&value),
        // What is written here is a plain message, whatever it was before.
        tags::PID_TAG_MESSAGE_CLASS if value == "IPM.Note" || value == envelope.class => {}
        tags::PID_TAG_MESSAGE_CLASS => return Err(ErrorCode::NotImplemented),
        _ => return Err(refusal(tag)),
    }
    Ok(())
}

fn set_number(envelope: &mut Envelope, tag: PropertyTag, value: i32) -> Result<(), ErrorCode> {
    let within = |range: std::ops::RangeInclusive<i32>| {
        if range.contains(&value) { Ok(value) } else { Err(ErrorCode::InvalidParameter) }
    };
    match tag {
        tags::PID_TAG_IMPORTANCE => envelope.importance = within(0..=2)?,
        tags::PID_TAG_PRIORITY => envelope.importance = within(-1..=1)? + 1,
        tags::PID_TAG_SENSITIVITY => envelope.sensitivity = within(0..=3)?,
        _ => return Err(refusal(tag)),
    }
    Ok(())
}

/// Removes a property. One that is not there is removed already.
///
/// # Errors
/// `Denied` for what is computed.
pub(crate) fn remove(content: &mut Content, tag: PropertyTag) -> Result<(), ErrorCode> {
    let envelope = &mut content.envelope;
    match tag {
        tags::PID_TAG_SUBJECT | tags::PID_TAG_NORMALIZED_SUBJECT => envelope.subject.clear(),
        tags::PID_TAG_BODY => content.text = None,
        tags::PID_TAG_HTML => content.html = None,
        tags::PID_TAG_SENDER_NAME | tags::PID_TAG_SENDER_EMAIL_ADDRESS => envelope.sender = None,
        tags::PID_TAG_SENT_REPRESENTING_NAME | tags::PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS => {
            envelope.from = None
        }
        tags::PID_TAG_IN_REPLY_TO_ID => envelope.in_reply_to = None,
        tags::PID_TAG_INTERNET_REFERENCES => envelope.references.clear(),
        tags::PID_TAG_IMPORTANCE | tags::PID_TAG_PRIORITY => envelope.importance = 1,
        tags::PID_TAG_SENSITIVITY => envelope.sensitivity = 0,
        tag if resolve(tag, MESSAGE).is_some() => return Err(ErrorCode::Denied),
        _ => {}
    }
    Ok(())
}

/// Why a property cannot be set: it is computed, or there is no place for it.
fn refusal(tag: PropertyTag) -> ErrorCode {
    if resolve(tag, MESSAGE).is_some() { ErrorCode::Denied } else { ErrorCode::NotImplemented }
}

fn set_name(mailbox: &mut Option<Mailbox>, name: String) {
    mailbox.get_or_insert_default().name = name;
}

fn set_address(mailbox: &mut Option<Mailbox>, address: String) {
    mailbox.get_or_insert_default().address = address;
}

/// Message ids without their brackets.
fn ids(text: &str) -> Vec<String> {
    let ids = text.split([' ', '<', '>', '\t', '\r', '\n']).filter(|id| !id.is_empty());
    ids.map(str::to_owned).collect()
}

/// The recipients as rows.
pub(crate) fn recipients(envelope: &Envelope) -> RecipientTable {
    let rows = envelope.recipients.iter().map(|(field, mailbox)| {
        let (kind, number) = match field {
            Field::To => (RecipientKind::To, 1),
            Field::Cc => (RecipientKind::Cc, 2),
            Field::Bcc => (RecipientKind::Bcc, 3),
        };
        let address = (!mailbox.address.is_empty()).then(|| properties::text(&mailbox.address));
        let cells = vec![
            Some(properties::text(mailbox.display())),
            address.clone(),
            Some(properties::text("SMTP")),
            address,
            Some(PropertyValue::Integer32(number)),
        ];
        Recipient { kind, username: None, cells }
    });
    RecipientTable { columns: RECIPIENT.to_vec(), rows: rows.collect() }
}

/// Replaces the recipients by those of a table. An originator is the author.
pub(crate) fn set_recipients(envelope: &mut Envelope, table: &RecipientTable) {
    envelope.recipients.clear();
    for row in &table.rows {
        let text = |tag| {
            let at = table.columns.iter().position(|&column| column == tag)?;
            match row.cells.get(at)? {
                Some(PropertyValue::Text(text)) if !text.is_empty() => Some(text.clone()),
                _ => None,
            }
        };
        let address = text(tags::PID_TAG_SMTP_ADDRESS)
            .or_else(|| text(tags::PID_TAG_EMAIL_ADDRESS))
            .unwrap_or_default();
        let name = text(tags::PID_TAG_DISPLAY_NAME).filter(|name| *name != address).unwrap_or_default();
        let mailbox = Mailbox { name, address };
        match row.kind {
            RecipientKind::Originator => envelope.from = Some(mailbox),
            RecipientKind::To => envelope.recipients.push((Field::To, mailbox)),
            RecipientKind::Cc => envelope.recipients.push((Field::Cc, mailbox)),
            RecipientKind::Bcc => envelope.recipients.push((Field::Bcc, mailbox)),
        }
    }
}
