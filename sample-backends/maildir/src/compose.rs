//! Writes a message as MIME, with `mail-builder`.
//!
//! The counterpart of `mime`: what that reads, this writes. Nothing that a client sets can add a header or a part
//! of its own: line ends and control characters are taken out of header values.

use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};

use crate::envelope::{Envelope, Field, Mailbox, SENSITIVITIES};
use crate::mime::{Attachment, Content};
use crate::name::unique;

/// Writes the message.
///
/// # Errors
/// None that a writer into memory has; the type is the library's.
pub(crate) fn write(content: &Content) -> std::io::Result<Vec<u8>> {
    let mut message = MessageBuilder::new();
    message.headers = headers(content);
    message.body(body(content)).write_to_vec()
}

/// A new message id, for a message that has none. Its host says nothing about the machine.
pub(crate) fn new_message_id() -> String {
    format!("{}@mapistore.invalid", unique())
}

fn headers(content: &Content) -> Vec<(std::borrow::Cow<'_, str>, HeaderType<'_>)> {
    let Envelope { subject, from, sender, recipients, reply_to, sent, .. } = &content.envelope;
    let mut headers: Vec<(&str, HeaderType<'_>)> = Vec::new();
    // The trace of where it has been stands first, as it did.
    for (name, value) in &content.other_headers {
        headers.push((name, Raw::new(unfolded(value)).into()));
    }
    headers.extend(mailboxes("From", from));
    headers.extend(mailboxes("Sender", sender));
    headers.extend(mailboxes("Reply-To", reply_to));
    for (name, field) in [("To", Field::To), ("Cc", Field::Cc), ("Bcc", Field::Bcc)] {
        let in_field = recipients.iter().filter(|(other, _)| *other == field);
        headers.extend(mailboxes(name, in_field.map(|(_, to)| to)));
    }
    if !subject.is_empty() {
        headers.push(("Subject", Text::new(one_line(subject)).into()));
    }
    headers.push(("Date", sent.map_or_else(Date::now, Date::new).into()));
    headers.extend(identity(&content.envelope));
    headers.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

/// The headers about what the message is and what it answers.
fn identity(envelope: &Envelope) -> Vec<(&'static str, HeaderType<'_>)> {
    let id = envelope.message_id.as_deref().map(one_line).filter(|id| !id.is_empty());
    let mut headers = vec![("Message-ID", MessageId::new(id.unwrap_or_else(new_message_id)).into())];
    if let Some(id) = &envelope.in_reply_to {
        headers.push(("In-Reply-To", MessageId::new(one_line(id)).into()));
    }
    if !envelope.references.is_empty() {
        headers.push((
            "References",
            MessageId::new_list(envelope.references.iter().map(|id| one_line(id))).into(),
        ));
    }
    if envelope.importance != 1 {
        let word = if envelope.importance > 1 { "high" } else { "low" };
        headers.push(("Importance", Raw::new(word).into()));
    }
    if let Some(word) = usize::try_from(envelope.sensitivity).ok().and_then(|at| SENSITIVITIES.get(at))
        && !word.is_empty()
    {
        headers.push(("Sensitivity", Raw::new(*word).into()));
    }
    headers
}

/// An address header; none without addresses.
fn mailboxes<'x>(
    name: &'static str,
    list: impl IntoIterator<Item = &'x Mailbox>,
) -> Option<(&'static str, HeaderType<'x>)> {
    let list: Vec<_> = list.into_iter().map(address).collect();
    (!list.is_empty()).then(|| (name, Address::new_list(list).into()))
}

fn address(mailbox: &Mailbox) -> Address<'_> {
    let name = (!mailbox.name.is_empty()).then(|| one_line(&mailbox.name));
    // Angle brackets would end the address early.
    Address::new_address(name, one_line(&mailbox.address).replace(['<', '>'], ""))
}

/// `multipart/mixed` over `multipart/related` over `multipart/alternative`: as much of it as the message needs.
fn body(content: &Content) -> MimePart<'_> {
    let (inline, attached): (Vec<_>, Vec<_>) =
        content.attachments().map(|(_, attachment)| attachment).partition(|attachment| {
            attachment.inline && attachment.content_id.is_some() && content.html.is_some()
        });
    let text = content.text.as_deref().map(|text| MimePart::new("text/plain", BodyPart::Text(text.into())));
    let html = content.html.as_deref().map(|html| {
        let html = MimePart::new("text/html", BodyPart::Text(html.into()));
        wrap("multipart/related", html, inline.into_iter().map(part).collect())
    });
    let body = match (text, html) {
        (Some(text), Some(html)) => MimePart::new("multipart/alternative", vec![text, html]),
        (Some(part), None) | (None, Some(part)) => part,
        (None, None) => MimePart::new("text/plain", BodyPart::Text("".into())),
    };
    wrap("multipart/mixed", body, attached.into_iter().map(part).collect())
}

/// The part and those that go with it; the part alone if none do.
fn wrap<'x>(kind: &'static str, first: MimePart<'x>, rest: Vec<MimePart<'x>>) -> MimePart<'x> {
    if rest.is_empty() { first } else { MimePart::new(kind, [vec![first], rest].concat()) }
}

fn part(attachment: &Attachment) -> MimePart<'_> {
    let mut content_type = ContentType::new(mime_type(&attachment.mime_type));
    for (key, value) in &attachment.parameters {
        content_type = content_type.attribute(token(key), one_line(value));
    }
    let name = one_line(&attachment.name);
    let mut disposition = ContentType::new(if attachment.inline { "inline" } else { "attachment" });
    if !name.is_empty() {
        content_type = content_type.attribute("name", name.clone());
        disposition = disposition.attribute("filename", name);
    }
    let bytes = BodyPart::Binary(attachment.data.as_slice().into());
    let mut part = MimePart::new(content_type, bytes).header("Content-Disposition", disposition);
    if let Some(id) = &attachment.content_id {
        part = part.cid(one_line(id));
    }
    if attachment.embedded {
        // RFC 2046 5.2.1 allows a message no encoding but these; 8bit says that its lines are as they are.
        part.transfer_encoding("8bit")
    } else {
        // Text too: quoted-printable would turn its line ends into ours.
        encoded(part, &attachment.data)
    }
}

/// The part in base64. Written here, since the library decides by itself for text.
fn encoded<'x>(mut part: MimePart<'x>, data: &[u8]) -> MimePart<'x> {
    let mut base64 = Vec::with_capacity(data.len() / 57 * 78 + 78);
    // Encoding into memory cannot fail.
    let _ = mail_builder::encoders::base64::base64_encode_mime(data, &mut base64, false);
    part.contents = BodyPart::Binary(base64.into());
    part.transfer_encoding("base64")
}

/// A content type that cannot break the header apart.
fn mime_type(text: &str) -> String {
    match text.split_once('/') {
        Some((kind, subtype)) if !token(kind).is_empty() && !token(subtype).is_empty() => {
            format!("{}/{}", token(kind), token(subtype)).to_ascii_lowercase()
        }
        _ => "application/octet-stream".to_owned(),
    }
}

/// The letters, digits and signs of a `token` (RFC 2045 5.1).
fn token(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_ascii_alphanumeric() || "!#$&+-.^_*'".contains(*character))
        .collect()
}

/// A value without line ends and control characters.
fn one_line(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}

/// A value on one line; the library folds it again. It would take folds for text, and end the headers with one.
fn unfolded(value: &str) -> String {
    let lines: Vec<&str> = value.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    one_line(&lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::Rc;

    fn mailbox(name: &str, address: &str) -> Mailbox {
        Mailbox { name: name.into(), address: address.into() }
    }

    fn full() -> Content {
        let envelope = Envelope {
            subject: "Grüße an alle".into(),
            from: Some(mailbox("Jürgen", "j@example.org")),
            recipients: vec![
                (Field::To, mailbox("", "a@example.org")),
                (Field::Cc, mailbox("B, C", "b@example.org")),
                (Field::Bcc, mailbox("Ünsichtbar", "c@example.org")),
            ],
            sent: Some(1_700_000_000),
            message_id: Some("1@example.org".into()),
            in_reply_to: Some("0@example.org".into()),
            references: vec!["0@example.org".into(), "00@example.org".into()],
            importance: 2,
            sensitivity: 3,
            has_attachments: true,
            ..Envelope::default()
        };
        let binary = Attachment {
            name: "bild ü.png".into(),
            mime_type: "image/png".into(),
            content_id: Some("cid1".into()),
            inline: true,
            data: Rc::new((0..=255).collect()),
            ..Attachment::default()
        };
        let text = Attachment {
            name: "l.txt".into(),
            mime_type: "text/plain".into(),
            parameters: vec![("charset".into(), "iso-8859-1".into())],
            data: Rc::new(b"\xe4\n\r\n.\r".to_vec()),
            ..Attachment::default()
        };
        let inner = Attachment {
            mime_type: "message/rfc822".into(),
            embedded: true,
            data: Rc::new(b"Subject: inner\r\n\r\nhello\r\n".to_vec()),
            ..Attachment::default()
        };
        Content {
            envelope,
            other_headers: vec![("X-Other".into(), "a\r\n  b".into())],
            text: Some("plain ä\r\n.\r\nFrom here\r\n".into()),
            html: Some("<p>html</p>".into()),
            attachments: vec![Some(binary), None, Some(text), Some(inner)],
            ..Content::default()
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let content = full();
        let back = Content::read(&write(&content).unwrap());
        assert_eq!(back.envelope, content.envelope);
        assert_eq!(back.text.as_deref(), content.text.as_deref());
        assert_eq!(back.html, content.html);
        assert_eq!(back.other_headers, [("X-Other".to_owned(), "a b".to_owned())]);
        let attachments: Vec<_> = back.attachments().map(|(_, attachment)| attachment).collect();
        assert_eq!(attachments.len(), 3);
        for (_, expected) in content.attachments() {
            let found = attachments.iter().find(|found| found.name == expected.name).unwrap();
            assert_eq!(found.data, expected.data);
            assert_eq!((&found.mime_type, &found.content_id), (&expected.mime_type, &expected.content_id));
            assert_eq!(found.embedded, expected.embedded);
        }
    }

    #[test]
    fn no_value_can_add_a_header() {
        let evil = "x\r\nEvil: yes\r\n\r\nbody";
        let mut content = full();
        content.envelope.subject = evil.into();
        content.envelope.from = Some(mailbox(evil, evil));
        content.envelope.message_id = Some(evil.into());
        content.other_headers.push(("X-A".into(), evil.into()));
        if let Some(Some(attachment)) = content.attachments.first_mut() {
            attachment.name = evil.into();
            attachment.mime_type = evil.into();
            attachment.content_id = Some(evil.into());
        }
        let written = String::from_utf8(write(&content).unwrap()).unwrap();
        assert!(!written.contains("\nEvil:"), "{written}");
    }

    #[test]
    fn a_long_folded_header_stays_one_header() {
        let value = "a word of text\r\n\t".repeat(40);
        let mut content = full();
        content.other_headers = vec![("Received".into(), value), ("X-After".into(), "here".into())];
        let back = Content::read(&write(&content).unwrap());
        assert_eq!(back.other_headers.len(), 2);
        assert_eq!(back.text, content.text);
    }

    #[test]
    fn an_empty_message_is_a_message() {
        let written = write(&Content::default()).unwrap();
        let back = Content::read(&written);
        assert_eq!(back.attachments().count(), 0);
        assert!(back.envelope.message_id.is_some() && back.envelope.sent.is_some());
    }
}
