//! The mbox format, both ways and byte for byte: messages behind `From ` lines, and the quoting of such lines in them.
//!
//! A separator is a line that begins with `From ` and has a time of day in it, at the beginning of the file or after an
//! empty line, which belongs to it. Everything else is the message's, whatever its line ends are.

use std::io::{self, BufRead, Write};

use super::ITEM_BYTES_MAX;

/// How lines that begin with `From ` are quoted in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MboxFormat {
    /// One `>` is put before `From ` and before each `>From `, so that all of them come back.
    #[default]
    Rd,
    /// `>` is put before `From ` only: what was `>From ` cannot be told from it any more.
    O,
}

/// The messages of an mbox, one after another.
pub(super) struct MboxReader<R> {
    input: R,
    format: MboxFormat,
    line: Vec<u8>,
    /// The separator of the next message was read.
    at_message: bool,
    ended: bool,
}

/// A message, or none that is too large to be held.
pub(super) type Read = Option<Vec<u8>>;

impl<R: BufRead> MboxReader<R> {
    pub(super) fn new(input: R, format: MboxFormat) -> Self {
        Self { input, format, line: Vec::new(), at_message: false, ended: false }
    }

    /// Reads the next line, of which no more is held than of an item.
    fn next_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let read = io::Read::take(&mut self.input, ITEM_BYTES_MAX).read_until(b'\n', &mut self.line)?;
        Ok(read > 0)
    }

    fn next_message(&mut self) -> io::Result<Option<Read>> {
        // What stands before the first separator is no message.
        while !self.at_message {
            if !self.next_line()? {
                return Ok(None);
            }
            self.at_message = is_separator(&self.line);
        }
        self.at_message = false;
        let mut message = Vec::new();
        let mut too_large = false;
        // The length without an empty line at the end, if there is one.
        let mut before_empty = None;
        loop {
            if !self.next_line()? {
                self.ended = true;
                break;
            }
            if is_separator(&self.line) && (before_empty.is_some() || message.is_empty()) {
                self.at_message = true;
                break;
            }
            let is_empty = matches!(self.line.as_slice(), b"\n" | b"\r\n");
            before_empty = is_empty.then_some(message.len());
            let line = unquoted(&self.line, self.format);
            too_large |= (message.len() + line.len()) as u64 > ITEM_BYTES_MAX;
            if !too_large {
                message.extend_from_slice(line);
            } else {
                // Nothing of it is used; enough is kept to know that it is not empty.
                message.truncate(1);
            }
        }
        if let Some(length) = before_empty.filter(|length| *length <= message.len()) {
            message.truncate(length);
        }
        Ok(Some((!too_large).then_some(message)))
    }
}

impl<R: BufRead> Iterator for MboxReader<R> {
    type Item = io::Result<Read>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_message().transpose();
        self.ended |= matches!(next, None | Some(Err(_)));
        next
    }
}

/// Whether a line separates messages, as far as the line itself can tell.
pub(super) fn is_separator(line: &[u8]) -> bool {
    let has_time = |rest: &[u8]| {
        rest.windows(5)
            .any(|part| part[2] == b':' && [0, 1, 3, 4].iter().all(|at| part[*at].is_ascii_digit()))
    };
    line.strip_prefix(b"From ").is_some_and(has_time)
}

fn unquoted(line: &[u8], format: MboxFormat) -> &[u8] {
    let depth = line.iter().take_while(|byte| **byte == b'>').count();
    let quoted = depth > 0 && line[depth..].starts_with(b"From ");
    match format {
        MboxFormat::Rd if quoted => &line[1..],
        MboxFormat::O if quoted && depth == 1 => &line[1..],
        _ => line,
    }
}

/// Writes a message in mboxrd. The end of its last line is added if it has none: the format cannot do without.
pub(super) fn write(output: &mut impl Write, message: &[u8]) -> io::Result<()> {
    // Who sent it and when stands in the message; the format wants something here.
    output.write_all(b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n")?;
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        let depth = line.iter().take_while(|byte| **byte == b'>').count();
        if line[depth..].starts_with(b"From ") {
            output.write_all(b">")?;
        }
        output.write_all(line)?;
    }
    if !message.ends_with(b"\n") {
        output.write_all(b"\n")?;
    }
    output.write_all(b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, format: MboxFormat) -> Vec<String> {
        let messages = MboxReader::new(text.as_bytes(), format);
        messages.map(|message| String::from_utf8(message.unwrap().unwrap()).unwrap()).collect()
    }

    const SEPARATOR: &str = "From bob@example.org Thu Jan  1 00:00:00 1970\n";

    #[test]
    fn messages_come_out_byte_for_byte_without_what_separates_them() {
        let mbox = format!("{SEPARATOR}A: 1\r\n\r\nx\r\n\n{SEPARATOR}B: 2\n\n\ny\n\n\n{SEPARATOR}C: 3");
        assert_eq!(read(&mbox, MboxFormat::Rd), ["A: 1\r\n\r\nx\r\n", "B: 2\n\n\ny\n\n", "C: 3"]);
    }

    #[test]
    fn quoting_is_undone_as_the_format_says() {
        let mbox = format!("{SEPARATOR}S: x\n\n>From here\n>>From there\n> From\n\n");
        assert_eq!(read(&mbox, MboxFormat::Rd), ["S: x\n\nFrom here\n>From there\n> From\n"]);
        assert_eq!(read(&mbox, MboxFormat::O), ["S: x\n\nFrom here\n>>From there\n> From\n"]);
    }

    #[test]
    fn a_from_line_in_a_text_is_no_separator() {
        let mbox = format!("{SEPARATOR}S: x\n\nFrom now on it is ours.\nx\n{SEPARATOR}y\n");
        let expected = format!("S: x\n\nFrom now on it is ours.\nx\n{SEPARATOR}y\n");
        assert_eq!(read(&mbox, MboxFormat::Rd), [expected], "no empty line before, or no time in it");
        assert_eq!(read("no mbox\n\n", MboxFormat::Rd), [""; 0]);
        assert_eq!(read(&format!("{SEPARATOR}{SEPARATOR}x\n"), MboxFormat::Rd), ["", "x\n"]);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let messages = ["S: 1\n\nFrom x\n>From y\n\n\n", "", "\r\nno end", "\n"];
        let mut mbox = Vec::new();
        messages.iter().for_each(|message| write(&mut mbox, message.as_bytes()).unwrap());
        let expected = ["S: 1\n\nFrom x\n>From y\n\n\n", "\n", "\r\nno end\n", "\n"];
        assert_eq!(read(&String::from_utf8(mbox).unwrap(), MboxFormat::Rd), expected);
    }
}
