//! Random access to one large property.

use crate::context::Handle;
use crate::error::CallError;

/// How much is read or written at a time.
pub const CHUNK_BYTES: usize = 64 << 10;
/// The largest `read` that the contract allows.
const READ_MAX_BYTES: u32 = 1 << 20;

/// The text in the bytes of a stream of PtypString, which are UTF-16LE. What is no UTF-16 is replaced.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The bytes of a text as a stream of PtypString has them.
pub(crate) fn bytes_of(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// An open stream (MS-OXCPRPT 2.2.14).
pub struct PropertyStream {
    handle: Handle,
}

impl PropertyStream {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// Its size in bytes.
    ///
    /// # Errors
    /// The call failed.
    pub async fn size(&self) -> Result<u64, CallError> {
        let call = self.handle.call("property-stream.size", |store, objects, this| {
            objects.property_stream().call_size(store, this)
        });
        call.await
    }

    /// Up to `length` bytes from `offset`; none past the end.
    ///
    /// # Errors
    /// More than 1 MiB was asked for; the call failed; more came than was asked for.
    pub async fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>, CallError> {
        const FUNCTION: &str = "property-stream.read";
        if length > READ_MAX_BYTES {
            let problem = format!("{length} bytes, and at most {READ_MAX_BYTES} are allowed");
            return Err(CallError::InvalidArgument { function: FUNCTION, problem });
        }
        let call = self.handle.checked(
            FUNCTION,
            move |store, objects, this| objects.property_stream().call_read(store, this, offset, length),
            |bytes| match bytes.len() as u64 > u64::from(length) {
                true => Err(format!("{} bytes where at most {length} were asked for", bytes.len())),
                false => Ok(()),
            },
        );
        call.await
    }

    /// All of it, handed to `sink` piece by piece.
    ///
    /// # Errors
    /// The call failed, or `sink` did.
    pub async fn read_to<E: From<CallError>>(
        &self,
        mut sink: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut offset = 0;
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "64 KiB fits")]
            let piece = self.read(offset, CHUNK_BYTES as u32).await?;
            if piece.is_empty() {
                return Ok(offset);
            }
            sink(&piece)?;
            offset += piece.len() as u64;
        }
    }

    /// Writes all of `data` at `offset`.
    ///
    /// # Errors
    /// The stream is read-only; the call failed.
    pub async fn write(&self, offset: u64, data: &[u8]) -> Result<(), CallError> {
        for (number, piece) in data.chunks(CHUNK_BYTES).enumerate() {
            let (at, piece) = (offset + (number * CHUNK_BYTES) as u64, piece.to_vec());
            let call = self.handle.call("property-stream.write", move |store, objects, this| {
                store.data_mut().traffic.hand(piece.as_slice());
                objects.property_stream().call_write(store, this, at, &piece)
            });
            call.await?;
        }
        Ok(())
    }

    /// Cuts off, or fills with zeros.
    ///
    /// # Errors
    /// The stream is read-only; the call failed.
    pub async fn set_size(&self, size: u64) -> Result<(), CallError> {
        let call = self.handle.call("property-stream.set-size", move |store, objects, this| {
            objects.property_stream().call_set_size(store, this, size)
        });
        call.await
    }

    /// Puts what was written into the object.
    ///
    /// # Errors
    /// The call failed.
    pub async fn commit(&self) -> Result<(), CallError> {
        let call = self.handle.call("property-stream.commit", |store, objects, this| {
            objects.property_stream().call_commit(store, this)
        });
        call.await
    }
}
