//! `wasi:io/error`, in words for a guest: wasmtime's own function adds the backtrace of the host's where one was taken
//! (`RUST_BACKTRACE`), which is none of the guest's business.

use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi_io::bindings::wasi::io::error::{Host, HostError};
use wasmtime_wasi_io::streams::Error;

/// The store's errors.
pub(super) struct Errors<'a>(pub(super) &'a mut ResourceTable);

impl HasData for Errors<'static> {
    type Data<'a> = Errors<'a>;
}

impl Host for Errors<'_> {}

impl HostError for Errors<'_> {
    fn drop(&mut self, error: Resource<Error>) -> wasmtime::Result<()> {
        self.0.delete(error)?;
        Ok(())
    }

    fn to_debug_string(&mut self, error: Resource<Error>) -> wasmtime::Result<String> {
        Ok(format!("{:#}", self.0.get(&error)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_reads_what_went_wrong_and_no_backtrace_of_the_host() {
        let mut table = ResourceTable::new();
        let error = wasmtime::Error::msg("the disk is gone").context("cannot write");
        let error: Resource<Error> = table.push(error).unwrap();
        let words = Errors(&mut table).to_debug_string(error).unwrap();
        assert_eq!(words, "cannot write: the disk is gone");
    }
}
