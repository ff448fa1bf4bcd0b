//! Tests that need a built guest or a process. One binary, so that the runtime is linked once.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bulk;
mod cli;
mod conformance;
mod contract;
mod crash;
mod fallback;
#[cfg(feature = "languages")]
mod feeds;
#[cfg(feature = "languages")]
mod go;
mod host;
mod index_crash;
#[cfg(feature = "languages")]
mod javascript;
#[cfg(feature = "languages")]
mod languages;
mod lifecycle;
mod limits;
mod maildir;
#[cfg(feature = "languages")]
mod mbox;
mod network;
mod provision;
#[cfg(feature = "languages")]
mod python;
mod registration;
mod sandbox;
mod seeds;
mod sleep;
mod tidy;
#[cfg(feature = "languages")]
mod todotxt;
