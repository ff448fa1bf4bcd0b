//! Tests that need a built guest or a process. One binary, so that the runtime is linked once.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bulk;
mod cli;
mod conformance;
mod contract;
mod crash;
mod fallback;
mod host;
mod index_crash;
#[cfg(feature = "languages")]
mod languages;
mod lifecycle;
mod limits;
mod maildir;
mod network;
mod provision;
mod registration;
mod sandbox;
mod seeds;
mod server;
mod sleep;
mod tidy;
