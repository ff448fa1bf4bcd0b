//! Values of content lines as text: escapes, parts and folding (RFC 5545 3.1 and 3.3.11, RFC 6350 3.2 and 3.4).

/// The most bytes of a line before it is folded (RFC 5545 3.1).
const LINE_LIMIT: usize = 75;

/// Text for a value.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' => out.push_str("\\n"),
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// The text of a value; line breaks become CRLF, as MAPI has them.
pub(crate) fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push_str("\r\n"),
                Some('\0') => {}
                Some(c) => out.push(c),
                None => out.push('\\'),
            },
            '\0' => {}
            c => out.push(c),
        }
    }
    out
}

/// The parts of a value between separators that are not escaped, still escaped themselves.
pub(crate) fn split(value: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (at, c) in value.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == separator {
            parts.push(&value[start..at]);
            start = at + c.len_utf8();
        }
    }
    parts.push(&value[start..]);
    parts
}

/// A parameter's value, quoted where it must be, with carets for what cannot stand there (RFC 6868).
pub(crate) fn parameter(value: &str) -> String {
    let clean: String = value.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.replace('^', "^^").replace('"', "^'");
    if clean.contains([',', ';', ':']) { format!("\"{clean}\"") } else { clean }
}

/// Undoes the carets of [`parameter`].
pub(crate) fn without_carets(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('^', Some('^')) => '^',
            ('^', Some('\'')) => '"',
            ('^', Some('n')) => ' ',
            _ => {
                out.push(c);
                continue;
            }
        };
        chars.next();
        out.push(meant);
    }
    out
}

/// A content line with its line ends, folded between characters.
pub(crate) fn fold(line: &str, line_end: &str) -> String {
    let mut out = String::with_capacity(line.len() + line.len() / LINE_LIMIT * 3 + 2);
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > LINE_LIMIT {
            out.push_str(line_end);
            out.push(' ');
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str(line_end);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_comes_back() {
        let text = "a;b,c\\d\r\ne: \"f\"";
        assert_eq!(escape(text), "a\\;b\\,c\\\\d\\ne: \"f\"");
        assert_eq!(unescape(&escape(text)), text);
        assert_eq!(unescape("a\\"), "a\\");
        // MAPI has no text with a zero in it.
        assert_eq!(unescape("a\0b\\\0c"), "abc");
    }

    #[test]
    fn escaped_separators_do_not_separate() {
        assert_eq!(split("a\\;b;c;;", ';'), ["a\\;b", "c", "", ""]);
    }

    #[test]
    fn folding_never_cuts_a_character() {
        let line = format!("SUMMARY:{}", "ü".repeat(100));
        let folded = fold(&line, "\r\n");
        assert!(folded.split("\r\n").all(|part| part.len() <= LINE_LIMIT));
        assert_eq!(folded.replace("\r\n ", ""), format!("{line}\r\n"));
    }

    #[test]
    fn a_parameter_is_quoted_where_it_must_be() {
        assert_eq!(parameter("A, \"B\"\r\n"), "\"A, ^'B^'\"");
        assert_eq!(parameter("plain"), "plain");
    }
}
