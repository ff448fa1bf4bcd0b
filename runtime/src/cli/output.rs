//! What goes to stdout: lines and tables for people, one JSON document for programs, bytes as they are.
//!
//! Text that came from a guest or a message is printed without its control characters: it must not drive a terminal.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use serde::Serialize;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Nobody reads stdout any more: no error, but nothing more to do.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output")]
pub(crate) struct StdoutClosed;

/// The result of a command on its way out.
pub(crate) struct Output {
    sink: BufWriter<StdoutLock<'static>>,
    json: bool,
    terminal: bool,
    /// Columns of the terminal, if there is one.
    width: Option<usize>,
}

/// Rows with aligned columns.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell.into())).collect());
    }

    /// The lines, none longer than `width`. A header is shown only above rows.
    fn lines(&self, width: Option<usize>) -> Vec<String> {
        if self.rows.is_empty() {
            return Vec::new();
        }
        let header = self.header.iter().any(|title| !title.is_empty()).then_some(&self.header);
        let all: Vec<&Vec<String>> = header.into_iter().chain(&self.rows).collect();
        let columns = all.iter().map(|row| row.len()).max().unwrap_or(0);
        let widest =
            |column: usize| all.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
        let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
        all.iter().map(|row| line(row, &widths, width)).collect()
    }
}

/// One row, padded but not after its end, and cut where the terminal ends.
fn line(row: &[String], widths: &[usize], limit: Option<usize>) -> String {
    let mut line = String::new();
    for (cell, &width) in row.iter().zip(widths) {
        line.push_str(cell);
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
    }
    line.truncate(line.trim_end().len());
    match limit {
        Some(limit) if line.width() > limit => cut(&line, limit),
        _ => line,
    }
}

/// As much of a line as fits beside the mark that something is missing.
fn cut(line: &str, limit: usize) -> String {
    let (mut short, mut used) = (String::new(), 0);
    for character in line.chars() {
        used += character.width().unwrap_or(0);
        if used + 1 > limit {
            break;
        }
        short.push(character);
    }
    short.push('…');
    short
}

/// The text without characters that a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let width =
            terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| usize::from(width.0));
        Self { sink: BufWriter::new(stdout.lock()), json, terminal, width }
    }

    /// Whether the result is to be a JSON document.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether somebody watches.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Takes away what the terminal shows.
    pub(crate) fn clear(&mut self) -> anyhow::Result<()> {
        // ECMA-48: the cursor to the upper left, and everything behind it erased.
        self.write(b"\x1b[H\x1b[J")
    }

    pub(crate) fn json(&mut self, document: &impl Serialize) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(document)?;
        self.write(text.as_bytes())?;
        self.write(b"\n")
    }

    pub(crate) fn line(&mut self, line: &str) -> anyhow::Result<()> {
        self.write(printable(line).as_bytes())?;
        self.write(b"\n")
    }

    pub(crate) fn table(&mut self, table: &Table) -> anyhow::Result<()> {
        for line in table.lines(self.width) {
            self.write(line.as_bytes())?;
            self.write(b"\n")?;
        }
        Ok(())
    }

    /// Name and value, line by line.
    pub(crate) fn pairs<N: Into<String>, V: Into<String>>(
        &mut self,
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> anyhow::Result<()> {
        let mut table = Table::new([""; 0]);
        for (name, value) in pairs {
            table.row([name.into(), value.into()]);
        }
        self.table(&table)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.write(bytes)
    }

    pub(crate) fn flush(&mut self) -> anyhow::Result<()> {
        self.sink.flush().map_err(failed)
    }

    fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.sink.write_all(bytes).map_err(failed)
    }
}

fn failed(error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => StdoutClosed.into(),
        _ => anyhow::Error::new(error).context("cannot write the result to stdout"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_also_in_wide_characters() {
        let mut table = Table::new(["A", "B"]);
        table.row(["日本", "x"]);
        table.row(["a", "y"]);
        assert_eq!(table.lines(None), ["A     B", "日本  x", "a     y"]);
    }

    #[test]
    fn a_line_is_cut_where_the_terminal_ends_and_says_so() {
        let mut table = Table::new([""; 0]);
        table.row(["日本語日本語"]);
        assert_eq!(table.lines(Some(6)), ["日本…"]);
        assert_eq!(table.lines(Some(12)), ["日本語日本語"]);
    }

    #[test]
    fn a_table_without_rows_prints_nothing() {
        assert!(Table::new(["A"]).lines(None).is_empty());
    }

    #[test]
    fn a_subject_cannot_drive_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
    }
}
