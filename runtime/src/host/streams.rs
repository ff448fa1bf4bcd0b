//! `wasi:io/streams`, bounded by the deadline of the call: a stream from the network may have nothing for a long time.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sync::io::streams as sync_streams;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError};
use wasmtime_wasi_io::bindings::wasi::io::streams::{HostInputStream, HostOutputStream};

use super::poll::BoundedTable;

type Result<R> = std::result::Result<R, StreamError>;

impl sync_streams::Host for BoundedTable<'_> {
    fn convert_stream_error(&mut self, error: StreamError) -> wasmtime::Result<sync_streams::StreamError> {
        sync_streams::Host::convert_stream_error(self.table, error)
    }
}

impl sync_streams::HostInputStream for BoundedTable<'_> {
    fn read(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<Vec<u8>> {
        HostInputStream::read(self.table, stream, len)
    }

    fn blocking_read(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<Vec<u8>> {
        self.wait(async |table| HostInputStream::blocking_read(table, stream, len).await)
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<u64> {
        HostInputStream::skip(self.table, stream, len)
    }

    fn blocking_skip(&mut self, stream: Resource<DynInputStream>, len: u64) -> Result<u64> {
        self.wait(async |table| HostInputStream::blocking_skip(table, stream, len).await)
    }

    fn subscribe(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        HostInputStream::subscribe(self.table, stream)
    }

    fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        self.wait(async |table| HostInputStream::drop(table, stream).await)
    }
}

impl sync_streams::HostOutputStream for BoundedTable<'_> {
    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> Result<u64> {
        HostOutputStream::check_write(self.table, stream)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> Result<()> {
        HostOutputStream::write(self.table, stream, bytes)
    }

    fn blocking_write_and_flush(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> Result<()> {
        self.wait(async |table| HostOutputStream::blocking_write_and_flush(table, stream, bytes).await)
    }

    fn blocking_write_zeroes_and_flush(&mut self, stream: Resource<DynOutputStream>, len: u64) -> Result<()> {
        self.wait(async |table| HostOutputStream::blocking_write_zeroes_and_flush(table, stream, len).await)
    }

    fn subscribe(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<Resource<DynPollable>> {
        HostOutputStream::subscribe(self.table, stream)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, len: u64) -> Result<()> {
        HostOutputStream::write_zeroes(self.table, stream, len)
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> Result<()> {
        HostOutputStream::flush(self.table, stream)
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
        HostOutputStream::splice(self.table, to, from, len)
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
