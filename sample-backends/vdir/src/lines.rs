//! An item as its content lines: found by name, and changed one at a time while every other byte stays.
//!
//! Knows lines, folding, parameters and BEGIN/END; does not know what any property means. A line that cannot be
//! read is kept, and belongs to nothing.

use std::ops::Range;

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

use crate::text::{escape, fold, parameter, split, unescape, without_carets};

/// One content line, with its folds and line ends.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    raw: Vec<u8>,
    /// What stands before the name and a dot, as `item1` in `item1.TEL` (RFC 6350 3.3).
    group: String,
    /// The property's name in capitals; empty for what is no content line.
    pub(crate) name: String,
    /// Parameters with their names in capitals. One without a name, as vCard 2.1 has them, is a TYPE.
    params: Vec<(String, String)>,
    /// The value as it is written, unfolded.
    pub(crate) value: String,
}

/// A file, line by line.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    lines: Vec<Line>,
    line_end: &'static str,
}

/// A component: the lines between its BEGIN and END, without these.
pub(crate) type Span = Range<usize>;

impl Line {
    fn parse(raw: &[u8]) -> Self {
        let unfolded = unfold(raw);
        let text = String::from_utf8(unfolded).unwrap_or_else(|error| latin1(error.as_bytes()));
        let text = text.trim_start_matches('\u{feff}');
        let mut line = Self {
            raw: raw.to_vec(),
            group: String::new(),
            name: String::new(),
            params: Vec::new(),
            value: String::new(),
        };
        let Some(colon) = outside_quotes(text, ':').next() else { return line };
        let (head, value) = text.split_at(colon);
        let mut parts = split_quoted(head, ';').into_iter();
        let name = parts.next().unwrap_or_default().trim();
        let (group, name) = name.rsplit_once('.').unwrap_or(("", name));
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(sound) {
            return line;
        }
        line.name = name.to_ascii_uppercase();
        group.clone_into(&mut line.group);
        line.params = parts
            .map(|part| match part.split_once('=') {
                Some((name, value)) => (name.trim().to_ascii_uppercase(), value.to_owned()),
                None if part.eq_ignore_ascii_case("QUOTED-PRINTABLE")
                    || part.eq_ignore_ascii_case("BASE64") =>
                {
                    ("ENCODING".to_owned(), part.to_owned())
                }
                None => ("TYPE".to_owned(), part.to_owned()),
            })
            .collect();
        value[1..].clone_into(&mut line.value);
        line
    }

    /// The first value of a parameter, without its quotation marks.
    pub(crate) fn param(&self, name: &str) -> Option<String> {
        let (_, value) = self.params.iter().find(|(other, _)| other == name)?;
        let first = split_quoted(value, ',').into_iter().next()?;
        Some(without_carets(first.trim_matches('"')))
    }

    /// Whether a TYPE says `kind`, in any case.
    pub(crate) fn has_type(&self, kind: &str) -> bool {
        let types = self.params.iter().filter(|(name, _)| name == "TYPE");
        types
            .flat_map(|(_, value)| value.trim_matches('"').split(','))
            .any(|one| one.trim_matches('"').eq_ignore_ascii_case(kind))
    }

    /// The value with its MIME encoding and charset undone (vCard 2.1), still escaped.
    pub(crate) fn decoded(&self) -> String {
        let encoding = self.param("ENCODING").unwrap_or_default();
        if !encoding.eq_ignore_ascii_case("QUOTED-PRINTABLE") {
            return self.value.clone();
        }
        let Some(bytes) = quoted_printable_decode(self.value.as_bytes()) else { return self.value.clone() };
        let decoder = self.param("CHARSET").and_then(|charset| charset_decoder(charset.as_bytes()));
        let text = match decoder {
            Some(decoder) => decoder(&bytes),
            None => String::from_utf8(bytes).unwrap_or_else(|error| latin1(error.as_bytes())),
        };
        text.replace("\r\n", "\\n").replace('\n', "\\n")
    }

    /// The value as text.
    pub(crate) fn text(&self) -> String {
        unescape(&self.decoded())
    }

    /// The parts of a structured value as text.
    pub(crate) fn parts(&self) -> Vec<String> {
        split(&self.decoded(), ';').into_iter().map(unescape).collect()
    }

    /// The line as it would be written with another value and parameters of these names exchanged; an empty one is
    /// removed.
    fn with(&self, value: &str, params: &[(&str, &str)]) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!("{}.", self.group) };
        let mut head = format!("{group}{}", self.name);
        let kept = self.params.iter().filter(|(name, _)| {
            !params.iter().any(|(other, _)| other == name) && !matches!(name.as_str(), "ENCODING" | "CHARSET")
        });
        for (name, value) in kept {
            head.push_str(&format!(";{name}={value}"));
        }
        for (name, value) in params.iter().filter(|(_, value)| !value.is_empty()) {
            head.push_str(&format!(";{name}={}", parameter(value)));
        }
        format!("{head}:{value}")
    }
}

impl Document {
    /// Takes a file apart. Every byte is in exactly one line.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let line_end = match bytes.iter().position(|&byte| byte == b'\n') {
            Some(at) if at == 0 || bytes[at - 1] != b'\r' => "\n",
            _ => "\r\n",
        };
        let mut lines = Vec::new();
        let mut start = 0;
        while start < bytes.len() {
            let end = end_of_line(bytes, start);
            lines.push(Line::parse(&bytes[start..end]));
            start = end;
        }
        Self { lines, line_end }
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| line.raw.iter().copied()).collect()
    }

    /// The components of this name that lie directly in `within`. One without an END ends with what it is in.
    pub(crate) fn components(&self, name: &str, within: &Span) -> Vec<Span> {
        let mut found = Vec::new();
        let mut open: Vec<(&str, usize)> = Vec::new();
        for at in within.clone() {
            let line = &self.lines[at];
            if line.name == "BEGIN" {
                open.push((line.value.trim(), at + 1));
            } else if line.name == "END"
                && let Some((begun, start)) = open.pop()
                && open.is_empty()
                && begun.eq_ignore_ascii_case(name)
            {
                found.push(start..at);
            }
        }
        if let Some(&(begun, start)) = open.first()
            && begun.eq_ignore_ascii_case(name)
        {
            found.push(start..within.end);
        }
        found
    }

    /// All lines.
    pub(crate) fn all(&self) -> Span {
        0..self.lines.len()
    }

    /// The lines of a component, without those of the components in it.
    pub(crate) fn fields(&self, span: &Span) -> impl Iterator<Item = (usize, &Line)> {
        let mut depth = 0_usize;
        span.clone().filter_map(move |at| {
            let line = self.lines.get(at)?;
            match line.name.as_str() {
                "BEGIN" => depth += 1,
                "END" => depth = depth.saturating_sub(1),
                "" => {}
                _ if depth == 0 => return Some((at, line)),
                _ => {}
            }
            None
        })
    }

    /// The first line of this name in a component.
    pub(crate) fn field(&self, span: &Span, name: &str) -> Option<(usize, &Line)> {
        self.fields(span).find(|(_, line)| line.name == name)
    }

    /// The line at a position.
    pub(crate) fn line(&self, at: usize) -> Option<&Line> {
        self.lines.get(at)
    }

    /// Gives a line another value, which must be escaped, and exchanges parameters. An equal value changes nothing.
    pub(crate) fn replace(&mut self, at: usize, value: &str, params: &[(&str, &str)]) {
        let Some(line) = self.lines.get(at) else { return };
        let same_params = params.iter().all(|(name, value)| line.param(name).unwrap_or_default() == *value);
        if line.value == value && same_params {
            return;
        }
        let ended = line.raw.ends_with(b"\n");
        let mut text = fold(&line.with(value, params), self.line_end);
        if !ended {
            text.truncate(text.len() - self.line_end.len());
        }
        self.lines[at] = Line::parse(text.as_bytes());
    }

    /// Puts a new line before the one at `at`.
    pub(crate) fn insert(&mut self, at: usize, line: &str) {
        let at = at.min(self.lines.len());
        if let Some(before) = at.checked_sub(1).and_then(|before| self.lines.get_mut(before)) {
            // The file ended with a soft break: what follows now would belong to the value.
            if is_quoted(&before.raw) {
                while ends_softly(&before.raw) {
                    before.raw.truncate(before.raw.trim_ascii_end().len() - 1);
                }
            }
            if !before.raw.ends_with(b"\n") {
                before.raw.extend_from_slice(self.line_end.as_bytes());
            }
        }
        self.lines.insert(at, Line::parse(fold(line, self.line_end).as_bytes()));
    }

    /// Takes a line out.
    pub(crate) fn remove(&mut self, span: Span) {
        let end = span.end.min(self.lines.len());
        self.lines.drain(span.start.min(end)..end);
    }

    /// Where a new line of a component goes: behind its own last one, before the components in it.
    pub(crate) fn end_of(&self, span: &Span) -> usize {
        self.fields(span).last().map_or(span.start, |(at, _)| at + 1)
    }

    /// Sets, inserts or removes the text of the line at `at`, or of a new one that begins with `head`.
    pub(crate) fn put_text(&mut self, span: &Span, at: Option<usize>, head: &str, text: Option<&str>) {
        self.put(span, at, head, text.map(escape).as_deref(), &[]);
    }

    /// As [`Self::put_text`] with a value that is escaped already.
    pub(crate) fn put(
        &mut self,
        span: &Span,
        at: Option<usize>,
        head: &str,
        value: Option<&str>,
        params: &[(&str, &str)],
    ) {
        match (at, value) {
            (Some(at), Some(value)) => self.replace(at, value, params),
            (Some(at), None) => self.remove(at..at + 1),
            (None, Some(value)) => {
                let params: String = params
                    .iter()
                    .filter(|(_, value)| !value.is_empty())
                    .map(|(name, value)| format!(";{name}={}", parameter(value)))
                    .collect();
                self.insert(self.end_of(span), &format!("{head}{params}:{value}"));
            }
            (None, None) => {}
        }
    }
}

/// Where the content line that begins at `start` ends, behind its last line end.
fn end_of_line(bytes: &[u8], start: usize) -> usize {
    let next = |from: usize| {
        let found = bytes[from..].iter().position(|&byte| byte == b'\n');
        found.map_or(bytes.len(), |at| from + at + 1)
    };
    let mut end = next(start);
    // Once: a value may go on for all of a file.
    let quoted = is_quoted(&bytes[start..end]);
    while end < bytes.len() {
        if !(quoted && ends_softly(&bytes[start..end]) || matches!(bytes[end], b' ' | b'\t')) {
            break;
        }
        end = next(end);
    }
    end
}

/// Whether a value is quoted-printable, by what is before it in its first line.
fn is_quoted(line: &[u8]) -> bool {
    let head = line.split(|byte| matches!(byte, b':' | b'\n')).next().unwrap_or_default();
    head.to_ascii_uppercase().windows(16).any(|window| window == b"QUOTED-PRINTABLE")
}

/// Whether a quoted-printable value goes on in the next line: vCard 2.1 folds it with `=` at the end of the line.
fn ends_softly(line: &[u8]) -> bool {
    line.trim_ascii_end().ends_with(b"=")
}

fn unfold(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        let end = if rest.starts_with(b"\r\n") { 2 } else { usize::from(byte == b'\n') };
        rest = match end {
            0 => {
                out.push(byte);
                after
            }
            // A quoted-printable soft break: what follows belongs to the value, blanks and all.
            _ if out.ends_with(b"=") && !matches!(rest.get(end), Some(b' ' | b'\t')) => {
                out.pop();
                &rest[end..]
            }
            // The blank of the fold goes too.
            _ => rest.get(end + 1..).unwrap_or_default(),
        };
    }
    if raw.ends_with(b"=\r\n") || raw.ends_with(b"=\n") {
        // The end of the file, not a soft break: base64 ends so.
        out.push(b'=');
    }
    out
}

fn latin1(bytes: &[u8]) -> String {
    mapistore_sdk::value::text_from_string8(bytes)
}

/// The positions of `wanted` that are not within quotation marks.
fn outside_quotes(text: &str, wanted: char) -> impl Iterator<Item = usize> + '_ {
    let mut quoted = false;
    text.char_indices().filter_map(move |(at, c)| {
        if c == '"' {
            quoted = !quoted;
        }
        (c == wanted && !quoted).then_some(at)
    })
}

fn split_quoted(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for at in outside_quotes(text, separator) {
        parts.push(&text[start..at]);
        start = at + separator.len_utf8();
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "BEGIN:VCALENDAR\nX-A:1\nBEGIN:VEVENT\nsummary;LANGUAGE=en:Lo\n ng\\, text\n\
        ATTENDEE;CN=\"A; B: C\":mailto:a@b\nno line\nBEGIN:VALARM\nSUMMARY:alarm\nEND:VALARM\nUID:1\nEND:VEVENT\n\
        END:VCALENDAR";

    fn event(document: &Document) -> Span {
        let calendar = document.components("VCALENDAR", &document.all()).remove(0);
        document.components("VEVENT", &calendar).remove(0)
    }

    #[test]
    fn lines_are_unfolded_and_their_parameters_read() {
        let document = Document::parse(EVENT.as_bytes());
        assert_eq!(document.bytes(), EVENT.as_bytes());
        let span = event(&document);
        let names: Vec<_> = document.fields(&span).map(|(_, line)| line.name.as_str()).collect();
        assert_eq!(names, ["SUMMARY", "ATTENDEE", "UID"]);
        assert_eq!(document.field(&span, "SUMMARY").unwrap().1.text(), "Long, text");
        assert_eq!(document.field(&span, "ATTENDEE").unwrap().1.param("CN").unwrap(), "A; B: C");
    }

    #[test]
    fn a_change_leaves_every_other_line_as_it_is() {
        let mut document = Document::parse(EVENT.as_bytes());
        let span = event(&document);
        let at = document.field(&span, "SUMMARY").map(|(at, _)| at);
        document.put_text(&span, at, "SUMMARY", Some("a;b"));
        let span = event(&document);
        document.put_text(&span, None, "LOCATION", Some("here"));
        let text = String::from_utf8(document.bytes()).unwrap();
        let expected = EVENT
            .replace("summary;LANGUAGE=en:Lo\n ng\\, text", "SUMMARY;LANGUAGE=en:a\\;b")
            .replace("UID:1\n", "UID:1\nLOCATION:here\n");
        assert_eq!(text, expected);
    }

    #[test]
    fn quoted_printable_is_unfolded_and_decoded() {
        let card = "BEGIN:VCARD\r\nNOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:a=FC=\r\nb=0D=0Ac\r\nPHOTO;BASE64:AAA=\r\nEND:VCARD\r\n";
        let document = Document::parse(card.as_bytes());
        let span = document.components("VCARD", &document.all()).remove(0);
        assert_eq!(document.field(&span, "NOTE").unwrap().1.text(), "aüb\r\nc");
        assert_eq!(document.field(&span, "PHOTO").unwrap().1.value, "AAA=");
        assert_eq!(document.bytes(), card.as_bytes());
    }

    #[test]
    fn a_line_behind_a_soft_break_at_the_end_of_the_file_is_a_line_of_its_own() {
        for (end, kept) in [("a=\n2=", "a=\n2"), ("2== \n", "2"), ("2", "2")] {
            let head = "BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE:";
            let mut document = Document::parse(format!("{head}{end}").as_bytes());
            let span = document.components("VCARD", &document.all()).remove(0);
            document.put_text(&span, None, "FN", Some("x"));
            assert_eq!(String::from_utf8(document.bytes()).unwrap(), format!("{head}{kept}\nFN:x\n"));
        }
    }

    #[test]
    fn a_component_without_an_end_ends_with_the_file() {
        let document = Document::parse(b"BEGIN:VCARD\nFN:x");
        let span = document.components("VCARD", &document.all()).remove(0);
        assert_eq!(document.field(&span, "FN").unwrap().1.text(), "x");
    }
}
