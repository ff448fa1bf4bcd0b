//! From a folder into files.
//!
//! One file for each message is named after its MID, which stays, and is written under another name first: a file that is
//! there is complete. An mbox grows in a file of its own; after each message its length and the MID go into a second
//! one, so that the next run cuts off what is not complete and goes on.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::{BulkError, BulkReport, ITEM_BYTES_MAX, file_error, mbox, reason};
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types::{PropertyValue, TableKind};
use crate::error::CallError;
use crate::index::Fmid;
use crate::objects::Folder;
use crate::transfer::MIME;

/// PidTagMid.
const MID: u32 = 0x674A_0014;
/// How many rows are asked for at once.
const ROWS: u32 = 1_000;

/// What an export writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportFormat {
    /// One file for each message: `.eml`, `.ics` or `.vcf`, as its bytes begin.
    #[default]
    Files,
    /// One file `messages.mbox` (mboxrd).
    Mbox,
}

/// Exports the messages of a folder, as their original bytes (0x66590102, PR_INTERNET_CONTENT), into a directory, which
/// is made if it is not there. `progress` is told after each message, with how many there are in all.
///
/// # Errors
/// The folder cannot be listed; a file cannot be written; the host fails. What was written until then is complete.
pub async fn export(
    folder: &Folder,
    dir: &Path,
    format: ExportFormat,
    mut progress: impl FnMut(&BulkReport, u64),
) -> Result<BulkReport, BulkError> {
    std::fs::create_dir_all(dir).map_err(file_error(dir))?;
    let ids = messages(folder).await?;
    let total = ids.len() as u64;
    let mut report = BulkReport::default();
    let mut target = match format {
        ExportFormat::Files => Target::Files(written(dir)?),
        ExportFormat::Mbox => Target::Mbox(Box::new(Mbox::open(dir)?)),
    };
    for id in ids {
        if target.has(id) {
            report.already += 1;
        } else {
            match read(folder, id).await {
                Ok(Some(bytes)) => {
                    target.put(dir, id, &bytes)?;
                    report.done += 1;
                    report.bytes += bytes.len() as u64;
                }
                Ok(None) => {
                    report.refuse(id.to_string(), format!("larger than {} MiB", ITEM_BYTES_MAX >> 20))
                }
                Err(error) => match reason(&error) {
                    Some(reason) => report.refuse(id.to_string(), reason),
                    None => return Err(error.into()),
                },
            }
        }
        progress(&report, total);
    }
    target.finish(dir)?;
    Ok(report)
}

async fn messages(folder: &Folder) -> Result<Vec<Fmid>, CallError> {
    let table = folder.open_table(TableKind::Contents).await?;
    table.set_columns(&[MID]).await?;
    let mut ids = Vec::new();
    loop {
        let start = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let batch = table.query_rows(start, ROWS).await?;
        // A row without an id cannot be opened, but counts as a row.
        let id = |cell| match cell {
            Ok(PropertyValue::Integer64(id)) => Fmid(i64::cast_unsigned(id)),
            _ => Fmid(0),
        };
        ids.extend(batch.cells.into_iter().map(id));
        if batch.at_end {
            return Ok(ids);
        }
    }
}

/// The bytes of a message; none if they are too many.
async fn read(folder: &Folder, id: Fmid) -> Result<Option<Vec<u8>>, CallError> {
    let message = folder.open_message(id, false).await?;
    let stream = message.open_stream(MIME, StreamAccess::Read).await?;
    let mut bytes = Vec::new();
    loop {
        #[expect(clippy::cast_possible_truncation, reason = "64 KiB fits")]
        let piece = stream.read(bytes.len() as u64, crate::objects::CHUNK_BYTES as u32).await?;
        if piece.is_empty() {
            return Ok(Some(bytes));
        }
        bytes.extend(piece);
        if bytes.len() as u64 > ITEM_BYTES_MAX {
            return Ok(None);
        }
    }
}

enum Target {
    /// The ids of the files that are there.
    Files(HashSet<Fmid>),
    Mbox(Box<Mbox>),
}

impl Target {
    fn has(&self, id: Fmid) -> bool {
        match self {
            Self::Files(written) => written.contains(&id),
            Self::Mbox(mbox) => mbox.written.contains(&id),
        }
    }

    fn put(&mut self, dir: &Path, id: Fmid, bytes: &[u8]) -> Result<(), BulkError> {
        match self {
            Self::Files(_) => write_file(dir, id, bytes),
            Self::Mbox(mbox) => mbox.put(id, bytes),
        }
    }

    fn finish(self, dir: &Path) -> Result<(), BulkError> {
        match self {
            // The names as well.
            Self::Files(_) => File::open(dir).and_then(|dir| dir.sync_all()).map_err(file_error(dir)),
            Self::Mbox(mbox) => mbox.finish(dir),
        }
    }
}

/// The ids of the files that an earlier run wrote.
fn written(dir: &Path) -> Result<HashSet<Fmid>, BulkError> {
    let mut ids = HashSet::new();
    for entry in std::fs::read_dir(dir).map_err(file_error(dir))? {
        let path = entry.map_err(file_error(dir))?.path();
        let is_ours =
            path.extension().is_some_and(|extension| ["eml", "ics", "vcf"].iter().any(|e| extension == *e));
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if is_ours && stem.len() == 16 {
            ids.extend(u64::from_str_radix(stem, 16).map(Fmid));
        }
    }
    Ok(ids)
}

fn write_file(dir: &Path, id: Fmid, bytes: &[u8]) -> Result<(), BulkError> {
    let begins = |mark: &[u8]| {
        bytes.trim_ascii_start().get(..mark.len()).is_some_and(|b| b.eq_ignore_ascii_case(mark))
    };
    let extension = if begins(b"BEGIN:VCALENDAR") {
        "ics"
    } else if begins(b"BEGIN:VCARD") {
        "vcf"
    } else {
        "eml"
    };
    let path = dir.join(format!("{:016x}.{extension}", id.0));
    let part = dir.join(format!(".{:016x}.part", id.0));
    let write = || -> io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        std::fs::rename(&part, &path)
    };
    write().map_err(file_error(&path))
}

/// An mbox that grows.
struct Mbox {
    file: File,
    path: PathBuf,
    notes: File,
    notes_path: PathBuf,
    written: HashSet<Fmid>,
}

impl Mbox {
    fn open(dir: &Path) -> Result<Self, BulkError> {
        let (path, notes_path) = (dir.join("messages.mbox"), dir.join(".messages.mbox.done"));
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(file_error(path))
        };
        let (mut file, mut notes) = (open(&path)?, open(&notes_path)?);
        let mut text = String::new();
        notes.read_to_string(&mut text).map_err(file_error(&notes_path))?;
        let length = file.metadata().map_err(file_error(&path))?.len();
        // As far as both files agree.
        let (mut written, mut end, mut noted) = (HashSet::new(), 0, 0);
        for line in text.split_inclusive('\n') {
            let parsed = line.strip_suffix('\n').and_then(|line| {
                let (id, at) = line.split_once(' ')?;
                Some((Fmid(u64::from_str_radix(id, 16).ok()?), at.parse::<u64>().ok()?))
            });
            let Some((id, at)) = parsed.filter(|(_, at)| *at <= length) else { break };
            written.insert(id);
            (end, noted) = (at, noted + line.len() as u64);
        }
        if end == 0 && length > 0 {
            let problem = "there is an mbox that no export has begun".to_owned();
            return Err(BulkError::Journal { path, problem });
        }
        for (file, path, length) in [(&mut file, &path, end), (&mut notes, &notes_path, noted)] {
            let cut = file.set_len(length).and_then(|()| file.seek(io::SeekFrom::End(0)));
            cut.map_err(file_error(path))?;
        }
        Ok(Self { file, path, notes, notes_path, written })
    }

    fn put(&mut self, id: Fmid, bytes: &[u8]) -> Result<(), BulkError> {
        let mut message = Vec::with_capacity(bytes.len() + 64);
        let mut write = |file: &mut File| {
            mbox::write(&mut message, bytes)?;
            file.write_all(&message)?;
            file.stream_position()
        };
        let end = write(&mut self.file).map_err(file_error(&self.path))?;
        writeln!(self.notes, "{:016x} {end}", id.0).map_err(file_error(&self.notes_path))
    }

    fn finish(self, dir: &Path) -> Result<(), BulkError> {
        self.file.sync_all().map_err(file_error(&self.path))?;
        self.notes.sync_all().map_err(file_error(&self.notes_path))?;
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(file_error(dir))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_that_was_cut_off_goes_on_after_its_last_complete_message() {
        let dir = tempfile::tempdir().unwrap();
        let mut mbox = Mbox::open(dir.path()).unwrap();
        mbox.put(Fmid(1), b"S: 1\n\n").unwrap();
        mbox.put(Fmid(2), b"S: 2\n\n").unwrap();
        mbox.finish(dir.path()).unwrap();
        let path = dir.path().join("messages.mbox");
        let whole = std::fs::read(&path).unwrap();
        // The process died in the middle of the second message, and then in that of a third.
        std::fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        let mut mbox = Mbox::open(dir.path()).unwrap();
        assert_eq!(mbox.written, HashSet::from([Fmid(1)]));
        mbox.put(Fmid(2), b"S: 2\n\n").unwrap();
        drop(mbox);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        std::fs::write(&path, [&whole[..], b"From half"].concat()).unwrap();
        assert_eq!(Mbox::open(dir.path()).unwrap().written.len(), 2);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }

    #[test]
    fn an_mbox_of_somebody_else_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("messages.mbox"), "precious").unwrap();
        assert!(matches!(Mbox::open(dir.path()), Err(BulkError::Journal { .. })));
    }

    #[test]
    fn a_file_is_there_whole_or_not_at_all_and_named_as_it_begins() {
        let dir = tempfile::tempdir().unwrap();
        for (id, bytes) in [(1, &b"S: x\n"[..]), (2, b"\r\nbegin:vcard\r\n"), (3, b"BEGIN:VCALENDAR\n")] {
            write_file(dir.path(), Fmid(id), bytes).unwrap();
        }
        std::fs::write(dir.path().join(".0000000000000004.part"), "half").unwrap();
        std::fs::write(dir.path().join("0004.eml"), "another's").unwrap();
        assert_eq!(written(dir.path()).unwrap(), HashSet::from([Fmid(1), Fmid(2), Fmid(3)]));
        assert!(dir.path().join("0000000000000002.vcf").is_file());
    }
}
