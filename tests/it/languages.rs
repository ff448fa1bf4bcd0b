//! Backends in each language: what `new` makes is built, checked, and answers the same; what does harm ends as it does in Rust.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use mapistore::types::TableKind;
use mapistore::{CallError, Context, Registration, Source, blocking::wait};
use serde_json::Value;
use tests::{TestRuntime, mapistore_binary};

/// Those that have a template, and its file that is the backend.
const LANGUAGES: [(&str, &str); 2] = [("rust", "src/lib.rs"), ("c", "backend.c")];

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

/// The template of a language as a project called `notes`, built once.
fn template(language: &'static str) -> PathBuf {
    static BUILT: [OnceLock<tempfile::TempDir>; LANGUAGES.len()] =
        [const { OnceLock::new() }; LANGUAGES.len()];
    let place = LANGUAGES.iter().position(|(name, _)| *name == language).unwrap();
    let dir = BUILT[place].get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        done(dir.path(), &["new", "notes", "--lang", language]);
        done(dir.path(), &["build", "notes"]);
        dir
    });
    dir.path().join("notes")
}

fn passes_check(language: &'static str) {
    let report: Value = serde_json::from_str(&done(&template(language), &["--json", "check", "."])).unwrap();
    let passed = report["behaviours"].as_array().unwrap().iter().filter(|one| one["outcome"] == "passed");
    assert!(passed.count() > 50, "{report}");
}

#[test]
fn the_template_in_rust_passes_the_check() {
    passes_check("rust");
}

#[test]
fn the_template_in_c_passes_the_check() {
    passes_check("c");
}

/// What one backend answers to calls of everything that it has.
fn answers(language: &'static str) -> Vec<String> {
    const TAGS: &str = "[0x001A001F, 0x0E070003, 0x0E080003, 0x0037001F, 0x0037001E, 0x0C1A001F, 0x0C1F001F, 0x00390040, \
                        0x0E060040, 0x1000001F, 0x65E20102, 0x67A40014, 0x674A0000, 0x0E1B000B]";
    let calls = [
        "list-contexts(\"alice\")".to_owned(),
        "context.get-paths([0x0100000000000001, 0x7700000000000001])".to_owned(),
        "folder.get-properties([0x3001001F, 0x3613001F, 0x36020003, 0x36030003, 0x360A000B, 0x3001001E, 0x0037001F])".to_owned(),
        "folder.get-child-count(contents); folder.get-child-count(hierarchy)".to_owned(),
        format!("folder.open-table(contents); table.set-columns({TAGS}); table.row-count(); table.query-rows(0, 2); \
                 table.query-rows(2, 9); table.query-rows(9, 9); table.refresh(); table.query-rows(1, 1)"),
        "folder.open-table(contents); table.query-rows(0, 1)".to_owned(),
        "folder.set-read-flags([0x7700000000000001], true)".to_owned(),
        "folder.open-message(0x7700000000000001, false)".to_owned(),
        "folder.get-deleted(contents, 0)".to_owned(),
    ];
    let project = template(language);
    let answer = |call: &String| {
        let uri = "notes://alice/inbox/";
        let output = mapistore(&project, &["invoke", "notes.wasm", "--user", "alice", "--uri", uri, call]);
        let (out, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        format!("{call}: {out}{errors}")
    };
    calls.iter().map(answer).collect()
}

#[test]
fn the_templates_answer_the_same_in_every_language() {
    let expected = answers("rust");
    assert!(expected[4].contains("A second message"), "{expected:?}");
    for (language, _) in LANGUAGES {
        for (found, expected) in answers(language).iter().zip(&expected) {
            assert_eq!(found, expected, "{language}");
        }
    }
}

#[test]
fn a_template_is_a_backend_of_under_eighty_lines() {
    for (language, file) in LANGUAGES {
        let text =
            std::fs::read_to_string(root().join("guest-sdk").join(language).join("template").join(file))
                .unwrap();
        let comment = |line: &str| ["//", "/*", "#!", "\"\"\""].iter().any(|mark| line.starts_with(mark));
        let code = text.lines().map(str::trim).filter(|line| !line.is_empty() && !comment(line)).count();
        assert!(code < 80, "{language}: {code} lines");
    }
}

#[test]
fn what_the_doctor_asks_for_is_what_continuous_integration_installs() {
    for (language, _) in LANGUAGES {
        let output = mapistore(&root(), &["--json", "doctor", language]);
        let tools: Value = serde_json::from_slice(&output.stdout).unwrap();
        let script = root().join("guest-sdk/install-tools.sh");
        let printed = Command::new("bash").arg(script).args(["--print", language]).output().unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        // The first tool of Rust is what built this test.
        let asked = tools["tools"].as_array().unwrap().iter().filter(|tool| tool["tool"] != "cargo");
        for tool in asked {
            let commands = [tool["install"].as_str(), tool["otherwise"].as_str()];
            let found = commands.iter().flatten().any(|command| printed.lines().any(|line| line == *command));
            assert!(found, "{tool}: {printed}");
        }
        assert!(!printed.is_empty(), "{language}");
    }
}

#[test]
fn a_build_that_cannot_be_says_why_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    assert!(fails(at, 2, &["new", "My-Notes", "--lang", "c"]).contains("letter from `a` to `z`"));
    assert!(fails(at, 2, &["new", "notes", "--lang", "cobol"]).contains("`rust`, `c`"));
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

/// A hostile backend in a language, beside a good one.
struct Hostile {
    runtime: TestRuntime,
    bystander: Context,
    context: Context,
    // Dropped last.
    _project: tempfile::TempDir,
}

impl Hostile {
    fn new(language: &str) -> Self {
        let project = tempfile::tempdir().unwrap();
        let sources = root().join("tests/languages").join(language);
        for entry in std::fs::read_dir(sources).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, project.path().join(path.file_name().unwrap())).unwrap();
        }
        done(project.path(), &["build"]);
        let limits = "[limits]\ncall_timeout_ms = 20000\nmemory_max_bytes = 33554432\n";
        let runtime = TestRuntime::with_config(limits);
        runtime.add_guest("guest-well-behaved");
        let bystander = runtime.open("bob", "wellbehaved://bob/inbox/");
        let source = Source::read(project.path()).unwrap();
        wait(runtime.register(Registration { source, ..Registration::default() })).unwrap();
        let context = runtime.open("mallory", &format!("hostile-{language}://mallory/inbox/"));
        Self { runtime, bystander, context, _project: project }
    }

    /// What counting the rows of this kind ends in; then the other context answers, and the hostile one opens anew.
    fn misbehave(&self, kind: TableKind) -> CallError {
        let error = wait(self.runtime.root(&self.context).get_child_count(kind)).unwrap_err();
        let bystander = self.runtime.root(&self.bystander);
        assert!(wait(bystander.get_child_count(TableKind::Contents)).unwrap() > 0);
        self.runtime.root(&self.context);
        error
    }
}

#[test]
fn harm_in_c_ends_its_own_context_with_an_error_that_names_it() {
    let hostile = Hostile::new("c");
    let memory = hostile.misbehave(TableKind::Contents);
    assert!(matches!(memory, CallError::OverLimit { limit: "memory_max_bytes", .. }), "{memory}");
    let words = [
        (TableKind::Hierarchy, "call stack exhausted"),
        (TableKind::Associated, "unreachable"),
        (TableKind::Rules, "exit"),
        (TableKind::Permissions, "out of bounds memory access"),
    ];
    for (kind, word) in words {
        let error = hostile.misbehave(kind);
        assert!(matches!(error, CallError::Trapped { .. }), "{kind:?}: {error}");
        assert!(error.to_string().contains(word), "{kind:?}: {error}");
    }
}
