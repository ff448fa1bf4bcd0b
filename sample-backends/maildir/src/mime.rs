//! A whole message as MAPI sees it: bodies and attachments, read from MIME.
//!
//! Knows `mail-parser`; does not know MAPI's tags or the disk. Reading never fails: what cannot be parsed is the
//! body, as it stands.

use std::borrow::Cow;
use std::rc::Rc;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::html::html_to_text;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType};

use crate::envelope::{Envelope, header_length};

/// The largest message that is read into memory. Of a larger one, the beginning is shown, and its content cannot be
/// changed; its original bytes can be read like any other's.
pub(crate) const SIZE_LIMIT: u64 = 32 << 20;

/// Messages within messages are parsed to this depth. A context must not run out of stack over one of a million.
const NESTING_LIMIT: usize = 500;

/// A message in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// The headers that MAPI has properties for.
    pub(crate) envelope: Envelope,
    /// The other headers, name and raw value, in their order: kept when the message is written again.
    pub(crate) other_headers: Vec<(String, String)>,
    /// All headers as they stand.
    pub(crate) header_text: String,
    /// The plain text body.
    pub(crate) text: Option<String>,
    /// The HTML body.
    pub(crate) html: Option<String>,
    /// Attachments by number; none where one was deleted, since numbers are not used twice.
    pub(crate) attachments: Vec<Option<Attachment>>,
}

/// An attachment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attachment {
    /// The file name; empty if there is none.
    pub(crate) name: String,
    /// `type/subtype`.
    pub(crate) mime_type: String,
    /// Parameters of the content type other than the name.
    pub(crate) parameters: Vec<(String, String)>,
    /// `Content-ID` without its brackets.
    pub(crate) content_id: Option<String>,
    /// Whether it belongs into the HTML body.
    pub(crate) inline: bool,
    /// Whether `data` is a message.
    pub(crate) embedded: bool,
    /// The bytes, decoded.
    pub(crate) data: Rc<Vec<u8>>,
}

impl Content {
    /// Reads a message.
    pub(crate) fn read(raw: &[u8]) -> Self {
        let parsed = if is_too_deep(raw) { None } else { MessageParser::new().parse(raw) };
        let header_text = &raw[..header_length(raw)];
        let mut content = match parsed {
            Some(message) if has_content(&message) => Self::from_message(message, raw),
            _ => Self::unparsed(raw),
        };
        content.header_text = String::from_utf8_lossy(header_text).replace('\0', "");
        content.envelope.has_attachments = !content.attachments.is_empty();
        content
    }

    /// Shows what the parser made nothing of.
    fn unparsed(raw: &[u8]) -> Self {
        let envelope = Envelope::read(raw);
        let body = &raw[header_length(raw)..];
        let body = if body.is_empty() && envelope == Envelope::default() { raw } else { body };
        Self { envelope, text: Some(clean(&String::from_utf8_lossy(body))), ..Self::default() }
    }

    fn from_message(mut message: Message<'_>, raw: &[u8]) -> Self {
        let bodies = |ids: &[u32], html: bool| {
            let parts: Vec<&str> = ids.iter().filter_map(|&id| body(message.part(id)?, html)).collect();
            (!parts.is_empty()).then(|| clean(&parts.join("\r\n")))
        };
        let mut content = Self {
            envelope: Envelope::from_message(&message),
            other_headers: other_headers(&message, raw),
            text: bodies(&message.text_body, false),
            html: bodies(&message.html_body, true),
            ..Self::default()
        };
        for id in std::mem::take(&mut message.attachments) {
            if let Some(part) = message.parts.get_mut(id as usize).map(std::mem::take) {
                content.attachments.push(Some(attachment(part, raw)));
            }
        }
        content
    }

    /// The plain text body, made from the HTML if there is none.
    pub(crate) fn plain_text(&self) -> Option<Cow<'_, str>> {
        match (&self.text, &self.html) {
            (Some(text), _) => Some(Cow::Borrowed(text)),
            (None, Some(html)) => Some(Cow::Owned(html_to_text(html))),
            (None, None) => None,
        }
    }

    /// The attachments that are there, with their numbers.
    pub(crate) fn attachments(&self) -> impl Iterator<Item = (u32, &Attachment)> {
        (0..).zip(&self.attachments).filter_map(|(number, slot)| Some((number, slot.as_ref()?)))
    }
}

fn has_content(message: &Message<'_>) -> bool {
    !(message.text_body.is_empty() && message.html_body.is_empty() && message.attachments.is_empty())
}

/// The text of a body part, if it is of the wanted kind.
fn body<'x>(part: &'x MessagePart<'_>, html: bool) -> Option<&'x str> {
    match &part.body {
        PartType::Text(text) if !html => Some(text),
        PartType::Html(text) if html => Some(text),
        _ => None,
    }
}

/// Text as a property may hold it: MAPI refuses U+0000.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// The headers that neither the envelope nor the structure of the body accounts for.
fn other_headers(message: &Message<'_>, raw: &[u8]) -> Vec<(String, String)> {
    let headers = message.parts.first().map_or(&[][..], |root| &root.headers);
    let kept = headers.iter().filter(|header| !is_rewritten(&header.name));
    kept.filter_map(|header| {
        let value = raw.get(header.offset_start as usize..header.offset_end as usize)?;
        Some((header.name.as_str().to_owned(), std::str::from_utf8(value).ok()?.trim().to_owned()))
    })
    .collect()
}

/// Whether writing the message makes this header anew.
fn is_rewritten(name: &HeaderName<'_>) -> bool {
    use HeaderName as Name;
    let by_type =
        matches!(
            name,
            Name::Subject
                | Name::From
                | Name::Sender
                | Name::ReplyTo
                | Name::To
                | Name::Cc
                | Name::Bcc
                | Name::Date
        ) || matches!(name, Name::MessageId | Name::InReplyTo | Name::References | Name::MimeVersion)
            || name.is_mime_header();
    let by_name = ["Importance", "X-Priority", "Priority", "Sensitivity", "X-MSMail-Priority"];
    by_type || by_name.iter().any(|other| name.as_str().eq_ignore_ascii_case(other))
}

fn attachment(part: MessagePart<'_>, raw: &[u8]) -> Attachment {
    let embedded = part.is_message();
    let content_type = part.content_type();
    let mime_type = match content_type.map(|content| (content.ctype(), content.subtype())) {
        _ if embedded => "message/rfc822".to_owned(),
        Some((kind, Some(subtype))) => format!("{kind}/{subtype}").to_ascii_lowercase(),
        _ if part.is_text() => "text/plain".to_owned(),
        _ => "application/octet-stream".to_owned(),
    };
    let parameters = content_type.and_then(|content| content.attributes()).unwrap_or_default();
    let parameters = parameters.iter().filter(|parameter| !["name", "boundary"].contains(&&*parameter.name));
    Attachment {
        name: clean(part.attachment_name().unwrap_or_default().trim()),
        mime_type: clean(&mime_type),
        parameters: parameters
            .map(|parameter| (parameter.name.to_string(), parameter.value.to_string()))
            .collect(),
        content_id: part.content_id().map(clean),
        inline: part.content_disposition().is_some_and(|disposition| disposition.is_inline())
            || part.content_id().is_some() && part.content_disposition().is_none(),
        embedded,
        data: Rc::new(data(part, raw)),
    }
}

/// The bytes of a part. Text is taken from the message again: the parser has converted it to UTF-8.
fn data(part: MessagePart<'_>, raw: &[u8]) -> Vec<u8> {
    let body = raw.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default();
    match part.body {
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.into_owned(),
        PartType::Text(text) | PartType::Html(text) => {
            let decoded = match part.encoding {
                Encoding::None => Some(body.to_vec()),
                Encoding::Base64 => base64_decode(body),
                Encoding::QuotedPrintable => quoted_printable_decode(body),
            };
            decoded.unwrap_or_else(|| text.into_owned().into_bytes())
        }
        PartType::Message(_) if part.encoding == Encoding::None => body.to_vec(),
        PartType::Message(message) => message.raw_message.into_owned(),
        PartType::Multipart(_) => body.to_vec(),
    }
}

/// Whether parsing could nest deeper than the limit: the parser has none of its own for parts that are not encoded.
fn is_too_deep(raw: &[u8]) -> bool {
    let nests =
        |window: &[u8]| window.eq_ignore_ascii_case(b"message/") || window.eq_ignore_ascii_case(b"t/digest");
    raw.windows(8).filter(|window| nests(window)).nth(NESTING_LIMIT).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIXED: &[u8] = b"From: a@x\r\nSubject: s\r\nX-Other: kept\r\n  folded\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\
        Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain\r\n\r\nplain\r\n\
        --i\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>html</p>\r\n--i--\r\n\
        --o\r\nContent-Type: text/plain; charset=iso-8859-1; name=l.txt\r\n\
        Content-Disposition: attachment; filename=l.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n5OT8\r\n\
        --o\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello\r\n--o--\r\n";

    #[test]
    fn bodies_and_attachments_are_found() {
        let content = Content::read(MIXED);
        assert_eq!(content.text.as_deref(), Some("plain"));
        assert_eq!(content.html.as_deref(), Some("<p>html</p>"));
        assert_eq!(content.other_headers, [("X-Other".to_owned(), "kept\r\n  folded".to_owned())]);
        let attachments: Vec<_> = content.attachments().map(|(_, attachment)| attachment).collect();
        assert_eq!(
            (attachments[0].name.as_str(), attachments[0].data.as_slice()),
            ("l.txt", &b"\xe4\xe4\xfc"[..])
        );
        assert!(attachments[1].embedded);
        assert_eq!(attachments[1].data.as_slice(), b"Subject: inner\r\n\r\nhello");
    }

    #[test]
    fn html_alone_gives_a_text_body_too() {
        let content = Content::read(b"Content-Type: text/html\n\n<p>a &amp; b</p>");
        assert_eq!(content.text, None);
        assert_eq!(content.plain_text().unwrap().trim(), "a & b");
    }

    #[test]
    fn what_is_no_message_is_its_own_body() {
        assert_eq!(Content::read(b"just text").text.as_deref(), Some("just text"));
        assert_eq!(Content::read(b"").text.as_deref(), Some(""));
        assert_eq!(Content::read(b"\0\xff").text.as_deref(), Some("\u{fffd}"));
    }

    #[test]
    fn a_message_nested_a_hundred_thousand_times_is_shown_as_text() {
        let raw = b"Content-Type: message/rfc822\n\n".repeat(100_000);
        let content = Content::read(&raw);
        assert!(content.attachments.is_empty() && content.text.is_some());
    }
}
