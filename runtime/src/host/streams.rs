//! `wasi:io/streams`, bounded by the deadline of the call: a stream from the network may have nothing for a long time.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sync::io::streams as sync_streams;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError};
use wasmtime_wasi_io::bindings::wasi::io::streams::{HostInputStream, HostOutputStream};

use super::poll::Bounded;

type Result<R> = std::result::Result<R, StreamError>;

impl Bounded<'_> {
    /// Counts what a stream brought.
    fn brought(&mut self, read: Result<Vec<u8>>) -> Result<Vec<u8>> {
        let bytes = read.as_ref().map_or(0, Vec::len);
        self.0.traffic.count(0, bytes);
        read
    }
}

impl sync_streams::Host for Bounded<'_> {
    fn convert_stream_error(&mut self, error: StreamError) -> wasmtime::Result<sync_streams::StreamError> {
        sync_streams::Host::convert_stream_error(&mut self.0.table, error)
    }
}

impl sync_streams::HostInputStream for Bounded<'_> {
    fn read(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<Vec<u8>> {
        let read = HostInputStream::read(&mut self.0.table, stream, len);
        self.brought(read)
    }

    fn blocking_read(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<Vec<u8>> {
        let read = self.wait(async |table| HostInputStream::blocking_read(table, stream, len).await);
        self.brought(read)
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<u64> {
        HostInputStream::skip(&mut self.0.table, stream, len)
    }

    fn blocking_skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<u64> {
        self.wait(async |table| HostInputStream::blocking_skip(table, stream, len).await)
    }

    fn subscribe(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        HostInputStream::subscribe(&mut self.0.table, stream)
    }

    fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        self.wait(async |table| HostInputStream::drop(table, stream).await)
    }
}

impl sync_streams::HostOutputStream for Bounded<'_> {
    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> Result<u64> {
        HostOutputStream::check_write(&mut self.0.table, stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> Result<()> {
        self.0.traffic.count(bytes.len(), 0);
        HostOutputStream::write(&mut self.0.table, stream, bytes)
    }

    fn blocking_write_and_flush(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> Result<()> {
        self.0.traffic.count(bytes.len(), 0);
        self.wait(async |table| HostOutputStream::blocking_write_and_flush(table, stream, bytes).await)
    }

    fn blocking_write_zeroes_and_flush(&mut self, stream: Resource<DynOutputStream>, len: u64) -> Result<()> {
        self.wait(async |table| HostOutputStream::blocking_write_zeroes_and_flush(table, stream, len).await)
    }

    fn subscribe(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        HostOutputStream::subscribe(&mut self.0.table, stream)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, len: u64) -> Result<()> {
        HostOutputStream::write_zeroes(&mut self.0.table, stream, len)
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> Result<()> {
        HostOutputStream::flush(&mut self.0.table, stream)
    }

    fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> Result<()> {
        self.wait(async |table| HostOutputStream::blocking_flush(table, stream).await)
    }

    fn splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> Result<u64> {
        HostOutputStream::splice(&mut self.0.table, to, from, len)
    }

    fn blocking_splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        len: u64,
    ) -> Result<u64> {
        self.wait(async |table| HostOutputStream::blocking_splice(table, to, from, len).await)
    }

    fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        self.wait(async |table| HostOutputStream::drop(table, stream).await)
    }
}
