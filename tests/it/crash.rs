//! A runtime under load is killed again and again, and keeps everything that it has acknowledged.

use std::process::Command;

/// Enough for each kind of operation to be cut some times; `just crash` does more.
const KILLS: &str = "6";

/// Messages of two backends, moves between them, the index, provisioning and registration: see `tests/src/bin/crash`.
#[test]
fn what_was_acknowledged_is_there_and_whole_after_each_kill() {
    let output = Command::new(env!("CARGO_BIN_EXE_crash")).args([KILLS, "1"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
