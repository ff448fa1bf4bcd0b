//! What `tdbdump indexing.tdb` prints: OpenChange's index of one user, as text. Knows the form; not where it goes.
//!
//! ```text
//! {
//! key(18) = "0x0a00000000000001"
//! data(31) = "sogo://alice@mail/folderINBOX/1"
//! }
//! ```
//! Bytes that are not printable, quotes and backslashes are `\` and two hex digits. A tombstone's key begins with
//! `SOFT_DELETED:`; `GlobalCount` is the counter.

use std::io::{self, BufRead};

use mapistore::index::{Fmid, Globcnt, LoadRecord, Uri};

/// What a dump says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Dump {
    pub(crate) records: Vec<LoadRecord>,
    pub(crate) globcnt: Option<Globcnt>,
    /// Entries that are neither, each with the line of its key and why.
    pub(crate) refused: Vec<(u64, String)>,
}

/// Why a text is no dump.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DumpError {
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    #[error("line {line} is not what `tdbdump` prints: `{text}`")]
    Form { line: u64, text: String },
}

impl Dump {
    pub(crate) fn read(text: impl BufRead) -> Result<Dump, DumpError> {
        let mut dump = Dump::default();
        let mut key: Option<(u64, Vec<u8>)> = None;
        for (number, line) in (1..).zip(text.split(b'\n')) {
            let line = line?;
            let line = line.strip_suffix(b"\r").unwrap_or(&line);
            if line.is_empty() || matches!(line, b"{" | b"}") {
                continue;
            }
            let form = || {
                let text = String::from_utf8_lossy(line).chars().take(80).collect();
                DumpError::Form { line: number, text }
            };
            if let Some(found) = quoted(line, b"key(") {
                key = Some((number, found));
            } else {
                let data = quoted(line, b"data(").ok_or_else(form)?;
                let (at, key) = key.take().ok_or_else(form)?;
                if let Err(reason) = dump.entry(&key, data) {
                    dump.refused.push((at, reason));
                }
            }
        }
        Ok(dump)
    }

    fn entry(&mut self, key: &[u8], data: Vec<u8>) -> Result<(), String> {
        let shown = || String::from_utf8_lossy(key).into_owned();
        let text = String::from_utf8(data).map_err(|_| format!("the value of `{}` is not UTF-8", shown()))?;
        // A terminating zero was written by some versions.
        let text = text.trim_end_matches('\0');
        let key = str::from_utf8(key).map_err(|_| format!("the key `{}` is not UTF-8", shown()))?;
        let key = key.trim_end_matches('\0');
        if key == "GlobalCount" {
            let digits = text.strip_prefix("0x").unwrap_or(text);
            let counter = u64::from_str_radix(digits, 16).ok().and_then(Globcnt::new);
            self.globcnt = Some(counter.ok_or_else(|| format!("`{text}` is not a counter"))?);
            return Ok(());
        }
        let (id, deleted) = match key.strip_prefix("SOFT_DELETED:") {
            Some(id) => (id, true),
            None => (key, false),
        };
        let id: Fmid = id.parse().map_err(|error| format!("{error}"))?;
        let uri = Uri::parse(text).map_err(|error| error.to_string())?;
        self.records.push(LoadRecord { id, uri, deleted });
        Ok(())
    }
}

/// The bytes between the quotes of `NAME(LENGTH) = "..."`, if there are as many as it says.
fn quoted(line: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let rest = line.strip_prefix(name)?;
    let close = rest.iter().position(|byte| *byte == b')')?;
    let length: usize = str::from_utf8(&rest[..close]).ok()?.parse().ok()?;
    let text = rest[close..].strip_prefix(b") = \"")?.strip_suffix(b"\"")?;
    let mut bytes = Vec::with_capacity(text.len());
    let mut left = text.iter();
    while let Some(byte) = left.next() {
        bytes.push(match byte {
            b'\\' => {
                let digits = [*left.next()?, *left.next()?];
                // `from_str_radix` would take a sign as well.
                let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
                u8::from_str_radix(str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => *byte,
        });
    }
    (bytes.len() == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DUMP: &str = r#"{
key(18) = "0x0a00000000000001"
data(17) = "sogo://alice@m\C3\BC/"
}
{
key(31) = "SOFT_DELETED:0x0b00000000000001"
data(10) = "sogo://a\22b"
}
{
key(11) = "GlobalCount"
data(18) = "0x000000000000002a"
}
"#;

    fn read(text: &str) -> Result<Dump, DumpError> {
        Dump::read(text.as_bytes())
    }

    #[test]
    fn records_tombstones_and_the_counter_are_read() {
        let dump = read(DUMP).unwrap();
        let record =
            |id, uri: &str, deleted| LoadRecord { id: Fmid(id), uri: Uri::parse(uri).unwrap(), deleted };
        assert_eq!(
            dump.records,
            [
                record(0x0A00_0000_0000_0001, "sogo://alice@mü/", false),
                record(0x0B00_0000_0000_0001, "sogo://a\"b", true)
            ]
        );
        assert_eq!(dump.globcnt, Globcnt::new(42));
        assert_eq!(read(&DUMP.replace('\n', "\r\n")).unwrap(), dump);
    }

    #[test]
    fn an_entry_that_is_no_record_is_refused_with_its_line_and_the_others_are_read() {
        let odd = "{\nkey(3) = \"abc\"\ndata(6) = \"n://ab\"\n}\n{\nkey(3) = \"0x1\"\ndata(4) = \"(nil\"\n}\n\
                   {\nkey(3) = \"0x1\"\ndata(1) = \"\\FF\"\n}\n{\nkey(11) = \"GlobalCount\"\ndata(1) = \"-\"\n}\n";
        let dump = read(&(odd.to_owned() + DUMP)).unwrap();
        assert_eq!(dump.records.len(), 2);
        assert_eq!(dump.refused.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 6, 10, 14]);
    }

    #[test]
    fn what_is_no_dump_is_named_by_its_line() {
        for text in [
            "hello",
            "{\nkey(2) = \"abc\"\n}",
            "{\nkey(1) = \"\\4\"\n}",
            "{\nkey(1) = \"\\+1\"\n}",
            "{\nkey(99999999999999999999) = \"a\"\n}",
            "{\nkey(1 = \"a\"\n}",
            "{\ndata(1) = \"a\"\n}",
            "{\nkey(1) = a\n}",
        ] {
            let error = read(text).unwrap_err();
            assert!(matches!(error, DumpError::Form { .. }), "{text}: {error:?}");
        }
    }
}
