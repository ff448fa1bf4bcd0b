//! Tests that need a built guest or a process. One binary, so that the runtime is linked once.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod cli;
mod conformance;
mod contract;
mod index_crash;
mod lifecycle;
mod limits;
mod maildir;
mod sandbox;
mod tidy;
