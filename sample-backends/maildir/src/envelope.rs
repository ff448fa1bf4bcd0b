//! What the headers of a message say: all that a contents table needs, without reading the body.
//!
//! Knows RFC 5322 headers; does not know MAPI's tags, files or flags. Reading never fails: what cannot be
//! understood is left empty.

use std::borrow::Cow;

use mail_parser::{Address, ContentType, HeaderName, HeaderValue, Message, MessageParser};

/// How much of a file is read for its headers. Longer headers are shown as far as they go.
pub(crate) const HEADER_LIMIT: usize = 64 * 1024;

/// A name and an address; either may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mailbox {
    /// The name for people; empty if the header gives none.
    pub(crate) name: String,
    /// The address, `alice@example.org`.
    pub(crate) address: String,
}

impl Mailbox {
    /// The name, or the address where there is no name.
    pub(crate) fn display(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }
}

/// The header that a recipient stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A primary recipient.
    To,
    /// A copy.
    Cc,
    /// A blind copy.
    Bcc,
}

/// The headers that MAPI has properties for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The decoded subject.
    pub(crate) subject: String,
    /// The author.
    pub(crate) from: Option<Mailbox>,
    /// Who sent it for the author, if that is somebody else.
    pub(crate) sender: Option<Mailbox>,
    /// Everybody it was sent to, in the order of the headers.
    pub(crate) recipients: Vec<(Field, Mailbox)>,
    /// Where answers go, if not to the author.
    pub(crate) reply_to: Vec<Mailbox>,
    /// `Date`, in seconds since 1970.
    pub(crate) sent: Option<i64>,
    /// `Message-ID` without its brackets.
    pub(crate) message_id: Option<String>,
    /// `In-Reply-To` without its brackets.
    pub(crate) in_reply_to: Option<String>,
    /// `References` without their brackets.
    pub(crate) references: Vec<String>,
    /// PidTagImportance (MS-OXCMSG 2.2.1.11): 0 low, 1 normal, 2 high.
    pub(crate) importance: i32,
    /// PidTagSensitivity (MS-OXCMSG 2.2.1.13): 0 normal, 1 personal, 2 private, 3 confidential.
    pub(crate) sensitivity: i32,
    /// PidTagMessageClass, from the content type (MS-OXCMAIL 2.2.3.2.2).
    pub(crate) class: &'static str,
    /// Whether it has attachments: a guess from the content type, exact once the message was read.
    pub(crate) has_attachments: bool,
}

impl Default for Envelope {
    fn default() -> Self {
        Self {
            subject: String::new(),
            from: None,
            sender: None,
            recipients: Vec::new(),
            reply_to: Vec::new(),
            sent: None,
            message_id: None,
            in_reply_to: None,
            references: Vec::new(),
            importance: 1,
            sensitivity: 0,
            class: "IPM.Note",
            has_attachments: false,
        }
    }
}

impl Envelope {
    /// Reads the headers at the beginning of `bytes`.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        // The parser wants the empty line that ends the headers; a message may lack it.
        let mut headers = Cow::Borrowed(&bytes[..header_length(bytes).min(HEADER_LIMIT)]);
        if !headers.ends_with(b"\n\n") && !headers.ends_with(b"\n\r\n") {
            headers.to_mut().extend_from_slice(b"\r\n\r\n");
        }
        MessageParser::new()
            .parse_headers(&headers)
            .map_or_else(Self::default, |message| Self::from_message(&message))
    }

    /// Takes the headers from a message that was parsed.
    pub(crate) fn from_message(message: &Message<'_>) -> Self {
        let mut envelope = Self::default();
        let Some(root) = message.parts.first() else { return envelope };
        for header in &root.headers {
            envelope.take(&header.name, &header.value);
        }
        // "Sender" equal to "From" says nothing.
        if envelope.sender == envelope.from {
            envelope.sender = None;
        }
        envelope
    }

    /// Takes one header. Of headers that should be there once, the last counts.
    fn take(&mut self, name: &HeaderName<'_>, value: &HeaderValue<'_>) {
        let text = || value.as_text().unwrap_or_default().trim();
        match name {
            HeaderName::Subject => text().clone_into(&mut self.subject),
            HeaderName::From => self.from = mailboxes(value).next(),
            HeaderName::Sender => self.sender = mailboxes(value).next(),
            HeaderName::ReplyTo => self.reply_to = mailboxes(value).collect(),
            HeaderName::To => self.recipients.extend(mailboxes(value).map(|mailbox| (Field::To, mailbox))),
            HeaderName::Cc => self.recipients.extend(mailboxes(value).map(|mailbox| (Field::Cc, mailbox))),
            HeaderName::Bcc => self.recipients.extend(mailboxes(value).map(|mailbox| (Field::Bcc, mailbox))),
            HeaderName::Date => {
                self.sent =
                    value.as_datetime().filter(|date| date.is_valid()).map(|date| date.to_timestamp());
            }
            HeaderName::MessageId => self.message_id = ids(value).into_iter().next(),
            HeaderName::InReplyTo => self.in_reply_to = ids(value).into_iter().next(),
            HeaderName::References => self.references = ids(value),
            HeaderName::ContentType => {
                if let Some(content_type) = value.as_content_type() {
                    self.class = class(content_type);
                    self.has_attachments = probably_has_attachments(content_type);
                }
            }
            _ => self.take_by_name(name.as_str(), text()),
        }
    }

    /// Takes a header that the parser knows no type for.
    fn take_by_name(&mut self, name: &str, text: &str) {
        let is = |other: &str| text.eq_ignore_ascii_case(other);
        if name.eq_ignore_ascii_case("Importance") {
            self.importance = if is("high") { 2 } else { i32::from(!is("low")) };
        } else if name.eq_ignore_ascii_case("X-Priority") {
            // 1 and 2 are high, 4 and 5 low; words may follow the digit.
            self.importance = match text.as_bytes().first() {
                Some(b'1' | b'2') => 2,
                Some(b'4' | b'5') => 0,
                _ => 1,
            };
        } else if name.eq_ignore_ascii_case("Sensitivity") {
            self.sensitivity =
                (0..).zip(SENSITIVITIES).find(|(_, word)| is(word)).map_or(0, |(number, _)| number);
        }
    }
}

/// The words of the header `Sensitivity` (RFC 2156 5.3.4), by PidTagSensitivity.
pub(crate) const SENSITIVITIES: [&str; 4] = ["", "Personal", "Private", "Company-Confidential"];

/// The length of the headers with the empty line after them; all of `bytes` if there is none.
pub(crate) fn header_length(bytes: &[u8]) -> usize {
    let mut start = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        start += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return start;
        }
    }
    bytes.len()
}

fn mailboxes<'x>(value: &'x HeaderValue<'_>) -> impl Iterator<Item = Mailbox> + 'x {
    value.as_address().into_iter().flat_map(Address::iter).map(|address| Mailbox {
        name: address.name().unwrap_or_default().trim().to_owned(),
        address: address.address().unwrap_or_default().trim().to_owned(),
    })
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    match value {
        HeaderValue::Text(id) => vec![id.trim().to_owned()],
        HeaderValue::TextList(ids) => ids.iter().map(|id| id.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn class(content_type: &ContentType<'_>) -> &'static str {
    let attribute = |name, value: &str| {
        content_type.attribute(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    match (lower(content_type.ctype()).as_str(), lower(content_type.subtype().unwrap_or_default()).as_str()) {
        ("multipart", "signed") => "IPM.Note.SMIME.MultipartSigned",
        ("application", "pkcs7-mime" | "x-pkcs7-mime") => "IPM.Note.SMIME",
        ("multipart", "report") if attribute("report-type", "delivery-status") => "REPORT.IPM.Note.NDR",
        ("multipart", "report") if attribute("report-type", "disposition-notification") => {
            "REPORT.IPM.Note.IPNRN"
        }
        ("text", "calendar") if attribute("method", "request") => "IPM.Schedule.Meeting.Request",
        _ => "IPM.Note",
    }
}

fn probably_has_attachments(content_type: &ContentType<'_>) -> bool {
    match lower(content_type.ctype()).as_str() {
        "multipart" => lower(content_type.subtype().unwrap_or_default()) == "mixed",
        "text" => false,
        _ => true,
    }
}

fn lower(text: &str) -> String {
    text.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_decoded() {
        let envelope = Envelope::read(
            b"From: =?utf-8?Q?J=C3=BCrgen?= <j@example.org>\r\nTo: a@example.org, B <b@example.org>\r\n\
              Cc: list: c@example.org;\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nDate: Thu, 1 Jan 1970 01:00:10 +0100\r\n\
              Message-ID: <1@example.org>\r\nReferences: <a@x> <b@x>\r\nX-Priority: 1 (Highest)\r\n\
              Sensitivity: Private\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\nbody",
        );
        assert_eq!(envelope.subject, "Grüße");
        assert_eq!(envelope.from, Some(Mailbox { name: "Jürgen".into(), address: "j@example.org".into() }));
        let fields: Vec<_> = envelope.recipients.iter().map(|(field, to)| (*field, to.display())).collect();
        assert_eq!(fields, [(Field::To, "a@example.org"), (Field::To, "B"), (Field::Cc, "c@example.org")]);
        assert_eq!(envelope.sent, Some(10));
        assert_eq!(envelope.message_id.as_deref(), Some("1@example.org"));
        assert_eq!(envelope.references, ["a@x", "b@x"]);
        assert_eq!((envelope.importance, envelope.sensitivity), (2, 2));
        assert!(envelope.has_attachments);
    }

    #[test]
    fn what_is_no_message_has_an_empty_envelope() {
        for bytes in [&b""[..], b"\n", b"\0\xff\xfe", b"no header here", b"\r\n\r\nbody"] {
            assert_eq!(Envelope::read(bytes), Envelope::default());
        }
    }

    #[test]
    fn headers_without_an_end_are_read() {
        assert_eq!(Envelope::read(b"Subject: x").subject, "x");
        assert_eq!(Envelope::read(b"Subject: x\r\nDate: rubbish\r\n").sent, None);
    }

    #[test]
    fn the_class_follows_the_content_type() {
        let class = |value: &str| Envelope::read(format!("Content-Type: {value}\n\n").as_bytes()).class;
        assert_eq!(class("Multipart/Signed; boundary=x"), "IPM.Note.SMIME.MultipartSigned");
        assert_eq!(class("multipart/report; report-type=delivery-status"), "REPORT.IPM.Note.NDR");
        assert_eq!(class("text/calendar; method=REQUEST"), "IPM.Schedule.Meeting.Request");
        assert_eq!(class("text/plain"), "IPM.Note");
    }
}
