//! Streams over large properties (MS-OXCPRPT 2.2.14).

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use mapistore_sdk::types::PropertyValue;
use mapistore_sdk::{Error, PropertyStream, Result};

use crate::mime::SIZE_LIMIT;

/// What becomes of the bytes that were written.
pub(crate) type Commit = Box<dyn FnMut(Vec<u8>) -> Result<()>>;

/// A value in memory; with somewhere to put it, it can be written.
pub(crate) struct ValueStream {
    data: Vec<u8>,
    commit: Option<Commit>,
}

impl ValueStream {
    /// A stream that begins with `data`; read-only without `commit`.
    pub(crate) fn new(data: Vec<u8>, commit: Option<Commit>) -> Self {
        Self { data, commit }
    }

    fn check_writable(&self) -> Result<()> {
        if self.commit.is_some() { Ok(()) } else { Err(Error::denied("the stream was opened to be read")) }
    }

    /// Grows or cuts the value.
    fn resize(&mut self, size: u64) -> Result<()> {
        if size > SIZE_LIMIT {
            return Err(Error::too_big(format!("a stream of {size} bytes, at most {SIZE_LIMIT} are taken")));
        }
        self.data.resize(usize::try_from(size).unwrap_or(usize::MAX), 0);
        Ok(())
    }
}

impl PropertyStream for ValueStream {
    fn size(&mut self) -> Result<u64> {
        Ok(self.data.len() as u64)
    }

    fn read(&mut self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.data.len());
        let end = start.saturating_add(length as usize).min(self.data.len());
        Ok(self.data[start..end].to_vec())
    }

    fn write(&mut self, offset: u64, data: &[u8]) -> Result<()> {
        self.check_writable()?;
        let end = offset.saturating_add(data.len() as u64);
        if end > self.data.len() as u64 {
            self.resize(end)?;
        }
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        self.data[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn set_size(&mut self, size: u64) -> Result<()> {
        self.check_writable()?;
        self.resize(size)
    }

    fn commit(&mut self) -> Result<()> {
        match &mut self.commit {
            Some(commit) => commit(self.data.clone()),
            None => Err(Error::denied("the stream was opened to be read")),
        }
    }
}

/// A message file, read as it is. The open file stays readable when the message is renamed or deleted.
pub(crate) struct FileStream(pub(crate) File);

impl PropertyStream for FileStream {
    fn size(&mut self) -> Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read(&mut self, offset: u64, length: u32) -> Result<Vec<u8>> {
        self.0.seek(SeekFrom::Start(offset))?;
        let mut data = Vec::new();
        self.0.by_ref().take(u64::from(length)).read_to_end(&mut data)?;
        Ok(data)
    }

    fn write(&mut self, _offset: u64, _data: &[u8]) -> Result<()> {
        Err(Error::denied("the stream was opened to be read"))
    }

    fn set_size(&mut self, _size: u64) -> Result<()> {
        Err(Error::denied("the stream was opened to be read"))
    }

    fn commit(&mut self) -> Result<()> {
        Err(Error::denied("the stream was opened to be read"))
    }
}

/// A value as the bytes of its stream; none for types that have no stream.
pub(crate) fn to_bytes(value: PropertyValue) -> Option<Vec<u8>> {
    match value {
        PropertyValue::Text(text) => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        PropertyValue::Binary(bytes) => Some(bytes),
        _ => None,
    }
}

/// A text property from the bytes of its stream.
///
/// # Errors
/// `InvalidData` for what is not UTF-16LE.
pub(crate) fn to_text(bytes: &[u8]) -> Result<String> {
    let units = bytes.chunks(2).map(|pair| match pair {
        [low, high] => Some(u16::from_le_bytes([*low, *high])),
        _ => None,
    });
    let units: Option<Vec<u16>> = units.collect();
    let text = units.and_then(|units| String::from_utf16(&units).ok());
    // A terminating zero belongs to the stream, not to the text.
    let text = text.map(|text| text.trim_end_matches('\0').to_owned());
    text.ok_or_else(|| Error::invalid_data("the stream of a text property is not UTF-16LE"))
}
