//! Property streams that get something wrong.

use crate::{Mutant, is};
use mapistore_sdk::{PropertyStream, Result};

const MEBIBYTE: u64 = 1 << 20;

pub(crate) struct WrongStream {
    inner: Box<dyn PropertyStream>,
    /// What is written past this is dropped.
    room: u64,
}

impl WrongStream {
    pub(crate) fn boxed(inner: Box<dyn PropertyStream>) -> Box<dyn PropertyStream> {
        Box::new(Self { inner, room: u64::MAX })
    }

    /// A stream with room for a mebibyte.
    pub(crate) fn cut(inner: Box<dyn PropertyStream>) -> Box<dyn PropertyStream> {
        Box::new(Self { inner, room: MEBIBYTE })
    }
}

impl PropertyStream for WrongStream {
    fn size(&mut self) -> Result<u64> {
        self.inner.size()
    }

    fn read(&mut self, offset: u64, length: u32) -> Result<Vec<u8>> {
        self.inner.read(offset, length)
    }

    fn write(&mut self, mut offset: u64, data: &[u8]) -> Result<()> {
        if is(Mutant::GapNotFilled) {
            offset = offset.min(self.inner.size()?);
        }
        let fits = usize::try_from(self.room.saturating_sub(offset)).unwrap_or(usize::MAX).min(data.len());
        self.inner.write(offset, &data[..fits])?;
        if is(Mutant::StreamNeedsNoCommit) { self.inner.commit() } else { Ok(()) }
    }

    fn set_size(&mut self, size: u64) -> Result<()> {
        self.inner.set_size(size)
    }

    fn commit(&mut self) -> Result<()> {
        if is(Mutant::StreamNotCommitted) { Ok(()) } else { self.inner.commit() }
    }
}
