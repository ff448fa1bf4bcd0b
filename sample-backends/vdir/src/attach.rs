//! What is attached to an item inside its file: ATTACH of an appointment or a task (RFC 5545 3.8.1.1), PHOTO of a
//! contact (RFC 6350 6.2.4, MS-OXOCNTC 2.2.1.8.3). What is somewhere else, by its URI, stays in the file unseen.

use std::rc::Rc;

use mail_parser::decoders::base64::base64_decode;

use crate::lines::{Document, Line, Span};
use crate::text::parameter;

/// How the photo of a contact is called.
pub(crate) const PICTURE: &str = "ContactPicture.jpg";

/// An attachment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attached {
    /// Its file name; may be empty.
    pub(crate) name: String,
    /// Its media type; may be empty.
    pub(crate) mime_type: String,
    /// Its bytes.
    pub(crate) data: Rc<Vec<u8>>,
    /// Which of the file's attachments it is, if it is as it stands there.
    pub(crate) stored: Option<usize>,
}

/// Whether the line holds bytes and not an address of them.
pub(crate) fn is_inline(line: &Line) -> bool {
    let encoding = line.param("ENCODING").unwrap_or_default();
    encoding.eq_ignore_ascii_case("BASE64")
        || encoding.eq_ignore_ascii_case("B")
        || line.value.starts_with("data:")
}

/// The attachments of an item, in the order of their lines.
pub(crate) fn read(document: &Document, span: &Span, is_contact: bool) -> Vec<Attached> {
    let lines = lines(document, span, is_contact);
    lines
        .iter()
        .enumerate()
        .filter_map(|(stored, &at)| read_line(document.line(at)?, stored, is_contact))
        .collect()
}

/// How many there are, without decoding them.
pub(crate) fn count(document: &Document, span: &Span, is_contact: bool) -> usize {
    lines(document, span, is_contact).len()
}

fn lines(document: &Document, span: &Span, is_contact: bool) -> Vec<usize> {
    let name = if is_contact { "PHOTO" } else { "ATTACH" };
    let lines =
        document.fields(span).filter(|(_, line)| line.name == name && is_inline(line)).map(|(at, _)| at);
    // A contact has one picture.
    lines.take(if is_contact { 1 } else { usize::MAX }).collect()
}

fn read_line(line: &Line, stored: usize, is_contact: bool) -> Option<Attached> {
    let (head, encoded) = match line.value.strip_prefix("data:") {
        Some(uri) => uri.split_once(',')?,
        None => ("", line.value.as_str()),
    };
    let mime_type = line
        .param("FMTTYPE")
        .or_else(|| head.split(';').next().filter(|kind| !kind.is_empty()).map(str::to_owned))
        .or_else(|| {
            is_contact
                .then(|| format!("image/{}", line.param("TYPE").unwrap_or_default().to_ascii_lowercase()))
        });
    let name =
        ["FILENAME", "X-FILENAME", "X-APPLE-FILENAME", "X-LABEL"].iter().find_map(|name| line.param(name));
    // Blanks are left where somebody folded twice.
    let clean: Vec<u8> = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    // MAPI refuses U+0000.
    let text = |found: Option<String>| found.unwrap_or_default().replace('\0', "");
    Some(Attached {
        name: if is_contact { PICTURE.to_owned() } else { text(name) },
        mime_type: text(mime_type),
        data: Rc::new(base64_decode(&clean)?),
        stored: Some(stored),
    })
}

/// Makes the file's attachments these: who is stored stays as it is, others go, new ones come.
pub(crate) fn write(
    document: &mut Document,
    span: impl Fn(&Document) -> Span,
    is_contact: bool,
    wanted: &[&Attached],
) {
    let old = lines(document, &span(document), is_contact);
    for (position, &at) in old.iter().enumerate().rev() {
        if !wanted.iter().any(|one| one.stored == Some(position)) {
            document.remove(at..at + 1);
        }
    }
    let version4 =
        document.field(&span(document), "VERSION").is_some_and(|(_, line)| line.value.trim() == "4.0");
    for new in wanted.iter().filter(|one| one.stored.is_none()) {
        let data = base64_encode(&new.data);
        let line = if is_contact {
            let kind = new.mime_type.strip_prefix("image/").filter(|kind| !kind.is_empty()).unwrap_or("jpeg");
            if version4 {
                format!("PHOTO:data:image/{kind};base64,{data}")
            } else {
                format!("PHOTO;ENCODING=b;TYPE={}:{data}", parameter(&kind.to_ascii_uppercase()))
            }
        } else {
            let named = |name: &str, value: &str| match value {
                "" => String::new(),
                value => format!(";{name}={}", parameter(value)),
            };
            let (kind, name) = (named("FMTTYPE", &new.mime_type), named("FILENAME", &new.name));
            format!("ATTACH{kind}{name};ENCODING=BASE64;VALUE=BINARY:{data}")
        };
        let at = document.end_of(&span(document));
        document.insert(at, &line);
    }
}

fn base64_encode(data: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(data.len().div_ceil(3) * 4);
    for group in data.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = (bits >> (18 - 6 * digit)) & 0x3F;
            let padding = digit > group.len();
            out.push(if padding { '=' } else { char::from(DIGITS[index as usize]) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_an_attachment_has_a_zero_in_it() {
        for line in [
            "ATTACH;ENCODING=BASE64;FMTTYPE=a/\0b;FILENAME=c\0.txt:YWI=",
            "ATTACH;FILENAME=c\0.txt:data:a/\0b;base64,YWI=",
        ] {
            let document = Document::parse(format!("BEGIN:VEVENT\r\n{line}\r\nEND:VEVENT\r\n").as_bytes());
            let event = document.components("VEVENT", &document.all()).remove(0);
            let attached = read(&document, &event, false).remove(0);
            assert_eq!((&*attached.mime_type, &*attached.name), ("a/b", "c.txt"), "{line:?}");
        }
    }

    #[test]
    fn base64_comes_back() {
        for length in 0..70_u8 {
            let data: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            assert_eq!(base64_decode(base64_encode(&data).as_bytes()).unwrap_or_default(), data);
        }
        assert_eq!(base64_encode(b"ab"), "YWI=");
    }
}
