//! What `just fuzz` compiles the workspace with.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::process::Command;

/// What the wrapper would call, for a crate of this name.
fn called(crate_name: &str) -> String {
    let wrapper = concat!(env!("CARGO_MANIFEST_DIR"), "/rustc.sh");
    let output =
        Command::new(wrapper).args(["echo", "--crate-name", crate_name, "--edition=2024"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn crates_are_instrumented_and_build_scripts_are_not() {
    assert!(called("mapistore").contains("sancov-module"));
    assert_eq!(called("build_script_build"), "--crate-name build_script_build --edition=2024\n");
}
