//! What a mail says about itself, for backends that keep its bytes and do not read them: who looks at a folder there
//! should see more than ids.

use mail_parser::{Address, MessageParser};

use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types::{
    Property, PropertyTag, PropertyValue, Recipient, RecipientKind, RecipientTable,
};
use crate::error::CallError;
use crate::objects::Message;
use crate::objects::stream::bytes_of;

/// PidTagMessageClass, PidTagSubject, PidTagBody, PidTagSenderName, PidTagSenderEmailAddress, PidTagInternetMessageId,
/// PidTagClientSubmitTime.
const CLASS: PropertyTag = 0x001A_001F;
const SUBJECT: PropertyTag = 0x0037_001F;
const BODY: PropertyTag = 0x1000_001F;
const SENDER_NAME: PropertyTag = 0x0C1A_001F;
const SENDER_ADDRESS: PropertyTag = 0x0C1F_001F;
const MESSAGE_ID: PropertyTag = 0x1035_001F;
const SENT: PropertyTag = 0x0039_0040;
/// PidTagDisplayName and PidTagEmailAddress of a recipient.
const RECIPIENT: [PropertyTag; 2] = [0x3001_001F, 0x3003_001F];

/// Seconds from 1601 to 1970.
const TO_1970: i64 = 11_644_473_600;

/// Sets what the bytes say, if the backend did not find it in them by itself.
pub(super) async fn describe(message: &Message, bytes: &[u8], inline_limit: u32) -> Result<(), CallError> {
    let told = message.get_properties(&[SUBJECT, SENDER_NAME, BODY]).await?;
    if told.iter().any(Result::is_ok) || bytes.trim_ascii_start().starts_with(b"BEGIN:") {
        return Ok(());
    }
    let Some(described) = read(bytes).filter(|described| described.is_telling) else { return Ok(()) };
    // What the backend has no place for, it refuses one by one.
    message.set_properties(described.properties).await?;
    if !described.recipients.rows.is_empty() {
        message.set_recipients(described.recipients).await?;
    }
    let body = bytes_of(&described.body);
    if body.len() <= usize::try_from(inline_limit).unwrap_or(usize::MAX) {
        let value = PropertyValue::Text(described.body);
        message.set_properties(vec![Property { tag: BODY, value }]).await?;
    } else {
        let stream = message.open_stream(BODY, StreamAccess::Create).await?;
        stream.write(0, &body).await?;
        stream.commit().await?;
    }
    Ok(())
}

struct Described {
    /// It has something that a backend which reads mail would have told: without that, nobody knows whether it does, and
    /// setting anything could replace the original bytes.
    is_telling: bool,
    properties: Vec<Property>,
    recipients: RecipientTable,
    body: String,
}

fn read(bytes: &[u8]) -> Option<Described> {
    let mail = MessageParser::default().parse(bytes)?;
    let mut properties = Vec::new();
    let mut text = |tag, value: &str| {
        properties.push(Property { tag, value: PropertyValue::Text(clean(value)) });
    };
    text(CLASS, "IPM.Note");
    text(SUBJECT, mail.subject().unwrap_or_default());
    if let Some(sender) = mail.from().and_then(Address::first) {
        let address = sender.address.as_deref().unwrap_or_default();
        text(SENDER_NAME, sender.name.as_deref().unwrap_or(address));
        text(SENDER_ADDRESS, address);
    }
    if let Some(id) = mail.message_id() {
        text(MESSAGE_ID, &format!("<{id}>"));
    }
    if let Some(sent) = mail.date().and_then(|date| filetime(date.to_timestamp())) {
        properties.push(Property { tag: SENT, value: PropertyValue::Time(sent) });
    }
    let of = |kind, addresses: Option<&Address<'_>>| {
        let addresses = addresses.into_iter().flat_map(Address::iter);
        addresses
            .map(|recipient| {
                let address = recipient.address.as_deref().unwrap_or_default();
                let name = recipient.name.as_deref().unwrap_or(address);
                let cells = [name, address].map(|text| Some(PropertyValue::Text(clean(text)))).to_vec();
                Recipient { kind, username: None, cells }
            })
            .collect::<Vec<_>>()
    };
    let mut rows = of(RecipientKind::To, mail.to());
    rows.extend(of(RecipientKind::Cc, mail.cc()));
    rows.extend(of(RecipientKind::Bcc, mail.bcc()));
    let body = clean(&mail.body_text(0).unwrap_or_default());
    let has_subject = mail.subject().is_some_and(|subject| !subject.trim().is_empty());
    let is_telling = has_subject || mail.from().is_some() || !body.trim().is_empty();
    Some(Described {
        is_telling,
        properties,
        recipients: RecipientTable { columns: RECIPIENT.to_vec(), rows },
        body,
    })
}

/// MAPI refuses U+0000 in a text.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

fn filetime(unix_seconds: i64) -> Option<u64> {
    u64::try_from(unix_seconds.checked_add(TO_1970)?).ok()?.checked_mul(10_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_tells_subject_sender_time_body_and_recipients() {
        let mail = b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: a@example.org, B <b@example.org>\r\n\
            Cc: c@example.org\r\nSubject: x\0y\r\nMessage-ID: <1@x>\r\nDate: Thu, 01 Jan 1970 00:00:01 +0000\r\n\r\nHi\r\n";
        let described = read(mail).unwrap();
        let of = |tag| described.properties.iter().find(|property| property.tag == tag).map(|p| &p.value);
        let text = |value: &str| PropertyValue::Text(value.into());
        assert_eq!(of(SENDER_NAME), Some(&text("Jürgen")));
        assert_eq!(of(MESSAGE_ID), Some(&text("<1@x>")));
        assert_eq!(of(SENT), Some(&PropertyValue::Time(116_444_736_010_000_000)));
        assert!(matches!(of(SUBJECT), Some(PropertyValue::Text(subject)) if !subject.contains('\0')));
        assert_eq!(described.body.trim_end(), "Hi");
        assert_eq!(described.recipients.rows.len(), 3);
        assert_eq!(described.recipients.rows[1].cells, [Some(text("B")), Some(text("b@example.org"))]);
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        for bytes in
            [&b""[..], b"\0", b"Subject:", b"\xff\xff: \n\n", b"Date: Mon, 99 Foo 99999 99:99:99\n\n"]
        {
            assert!(read(bytes).is_none_or(|described| !described.is_telling), "{bytes:?}");
        }
    }
}
