//! A property stream over bytes in memory.

use crate::{Error, PropertyStream, Result};

type OnCommit = Box<dyn FnMut(&[u8]) -> Result<()>>;

/// A ready [`PropertyStream`] for values that fit into memory.
pub struct BytesStream {
    bytes: Vec<u8>,
    /// `None` on a stream that may only be read.
    on_commit: Option<OnCommit>,
}

impl BytesStream {
    /// A stream that refuses to be written.
    pub fn read_only(bytes: Vec<u8>) -> Self {
        Self { bytes, on_commit: None }
    }

    /// A stream that may be written; `on_commit` gets all of the bytes at each `commit`.
    pub fn read_write(bytes: Vec<u8>, on_commit: impl FnMut(&[u8]) -> Result<()> + 'static) -> Self {
        Self { bytes, on_commit: Some(Box::new(on_commit)) }
    }

    fn check_writable(&self) -> Result<()> {
        if self.on_commit.is_none() {
            return Err(Error::denied("the stream was opened for reading"));
        }
        Ok(())
    }

    /// Makes room for `size` bytes, without taking any away, and answers it as an index.
    fn grow(&mut self, size: Option<u64>) -> Result<usize> {
        let size = size.and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(|| Error::too_big("the value does not fit into memory"))?;
        let more = size.saturating_sub(self.bytes.len());
        self.bytes.try_reserve(more).map_err(|error| Error::no_memory(error.to_string()))?;
        self.bytes.resize(self.bytes.len() + more, 0);
        Ok(size)
    }
}

impl PropertyStream for BytesStream {
    fn size(&mut self) -> Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read(&mut self, offset: u64, length: u32) -> Result<Vec<u8>> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.bytes.len());
        let end = start.saturating_add(length as usize).min(self.bytes.len());
        Ok(self.bytes[start..end].to_vec())
    }

    fn write(&mut self, offset: u64, data: &[u8]) -> Result<()> {
        self.check_writable()?;
        let end = self.grow(offset.checked_add(data.len() as u64))?;
        self.bytes[end - data.len()..end].copy_from_slice(data);
        Ok(())
    }

    fn set_size(&mut self, size: u64) -> Result<()> {
        self.check_writable()?;
        let size = self.grow(Some(size))?;
        self.bytes.truncate(size);
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        match &mut self.on_commit {
            Some(on_commit) => on_commit(&self.bytes),
            None => Err(Error::denied("the stream was opened for reading")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use std::{cell::RefCell, rc::Rc};

    #[test]
    fn reads_are_clamped_to_the_value() {
        let mut stream = BytesStream::read_only(b"abc".to_vec());
        assert_eq!(stream.read(1, 10).unwrap(), b"bc");
        assert_eq!(stream.read(u64::MAX, u32::MAX).unwrap(), b"");
        assert_eq!(stream.write(0, b"x").unwrap_err().code, ErrorCode::Denied);
    }

    #[test]
    fn writes_fill_gaps_with_zeros_and_reach_the_object_at_commit() {
        let committed = Rc::new(RefCell::new(Vec::new()));
        let target = committed.clone();
        let mut stream = BytesStream::read_write(b"ab".to_vec(), move |bytes| {
            *target.borrow_mut() = bytes.to_vec();
            Ok(())
        });
        stream.write(4, b"z").unwrap();
        stream.write(0, b"A").unwrap();
        assert!(committed.borrow().is_empty());
        stream.commit().unwrap();
        assert_eq!(*committed.borrow(), b"Ab\0\0z");
        assert!(stream.write(u64::MAX, b"z").is_err());
    }
}
