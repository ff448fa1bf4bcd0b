//! `new`, `build` and `doctor`: projects, components, and what is missing to make them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tests::mapistore_binary;

fn root() -> PathBuf {
    std::fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap()
}

fn mapistore(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(mapistore_binary());
    // The standard library for guests is compiled once for all of the tree.
    command.env("GUEST_TARGET_DIR", root().join("target/guests"));
    command.current_dir(dir).args(arguments).env_remove("RUST_LOG").output().unwrap()
}

/// Standard output of a command that has to succeed.
fn done(dir: &Path, arguments: &[&str]) -> String {
    let output = mapistore(dir, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stdout).unwrap()
}

/// Standard error of a command that has to end with `code`.
fn fails(dir: &Path, code: i32, arguments: &[&str]) -> String {
    let output = mapistore(dir, arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
    errors
}

/// The program as on a machine that has nothing: what it finds is in the folders of `path`.
fn bare(dir: &Path, path: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let program = dir.join("mapistore-bare");
    let script =
        format!("#!/bin/bash\nPATH='{}' exec '{}' \"$@\"\n", path.display(), mapistore_binary().display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

#[test]
fn what_the_doctor_asks_for_is_what_continuous_integration_installs() {
    let dir = tempfile::tempdir().unwrap();
    let nothing = dir.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let program = bare(dir.path(), &nothing);
    let script = root().join("guest-sdk/install-tools.sh");
    for language in super::LANGUAGES {
        let output = Command::new(&program).args(["--json", "doctor", language]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{language}");
        let tools: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut asked: Vec<String> = Vec::new();
        for tool in tools["tools"].as_array().unwrap() {
            assert_eq!(tool["state"], "missing", "{tool}");
            let install = tool["install"].as_str().unwrap();
            let command = match tool["otherwise"].as_str() {
                Some(otherwise) => format!("{install}    # or: {otherwise}"),
                None => install.to_owned(),
            };
            if !asked.contains(&command) {
                asked.push(command);
            }
        }
        let mut print = Command::new("bash");
        print.arg(&script).arg("--print").arg(&program).arg(dir.path().join("tools")).arg(language);
        let output = print.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), asked, "{language}");
    }
}

#[test]
fn a_build_that_cannot_be_says_why_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    assert!(fails(at, 2, &["new", "My-Notes", "--lang", "c"]).contains("letter from `a` to `z`"));
    assert!(fails(at, 2, &["new", "notes", "--lang", "cobol"]).contains("`rust`, `python`"));
    assert!(fails(at, 2, &["new", "notes", "--lang", "Rust"]).contains("did you mean `rust`?"));
    assert!(fails(at, 2, &["build"]).contains("mapistore new"));
    std::fs::write(at.join("backend.toml"), "[backend]\nname = 'a'\ncomponent = 'a.wasm'\n").unwrap();
    assert!(fails(at, 2, &["build"]).contains("[build]"));
    assert!(fails(at, 2, &["new", ".", "--lang", "c"]).contains("cannot be the name"));
    done(at, &["new", "notes", "--lang", "c"]);
    assert!(fails(at, 2, &["new", "notes", "--lang", "c"]).contains("not an empty folder"));
    std::fs::write(at.join("notes/backend.c"), "int x = nonsense;\n").unwrap();
    let errors = fails(at, 1, &["build", "notes"]);
    assert!(errors.contains("undeclared identifier 'nonsense'") && errors.contains("`clang`"), "{errors}");
    std::fs::remove_file(at.join("notes/backend.c")).unwrap();
    assert!(fails(at, 2, &["build", "notes"]).contains("`source` under `[build]`"));
}

#[test]
fn clang_warns_of_the_authors_code_and_of_no_other() {
    let dir = tempfile::tempdir().unwrap();
    done(dir.path(), &["new", "notes", "--lang", "c"]);
    let warnings = || {
        let output = mapistore(dir.path(), &["build", "notes"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(warnings(), "");
    let source = dir.path().join("notes/backend.c");
    let text = std::fs::read_to_string(&source).unwrap();
    std::fs::write(&source, format!("{text}\nstatic int idle(void) {{ return 0; }}\n")).unwrap();
    let warned = warnings();
    assert!(warned.contains("backend.c") && warned.contains("unused function 'idle'"), "{warned}");
}

#[test]
fn a_tool_that_is_missing_is_named_with_the_command_that_installs_it() {
    let dir = tempfile::tempdir().unwrap();
    done(dir.path(), &["new", "notes", "--lang", "c"]);
    let run = |arguments: &[&str]| {
        let mut command = Command::new(mapistore_binary());
        command.args(arguments).current_dir(dir.path()).env("PATH", dir.path()).output().unwrap()
    };
    let output = run(&["build", "notes"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("`clang`, which compiles C") && errors.contains("apt-get install"), "{errors}");
    let output = run(&["doctor", "c"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert_eq!(told.matches("MISSING").count(), 4, "{told}");
    assert_eq!(told.matches("apt-get install").count(), 1, "{told}");
}
