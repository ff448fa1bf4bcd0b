//! The shell: each command once, exit codes, what goes to which stream, and errors that a person can act on.

use std::path::PathBuf;
use std::process::{Command, Output};

use mapistore::{Access, Allowance};
use tests::guest;
use tests::mapistore_binary;

/// A data directory, a Maildir for each user, and the backend registered.
pub(crate) struct Shell {
    dir: tempfile::TempDir,
}

impl Shell {
    pub(crate) fn new() -> Self {
        let shell = Self::empty();
        std::fs::create_dir(shell.path("mail")).unwrap();
        let host = shell.path("mail/{owner}");
        let allowed = Allowance { host, guest: "/mail".into(), access: Access::ReadWrite };
        tests::registered::install("mapistore-maildir", &shell.path("data"), &[allowed]);
        shell
    }

    pub(crate) fn empty() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(mapistore_binary());
        command
            .arg("--data-dir")
            .arg(self.path("data"))
            .args(arguments)
            .env_remove("MAPISTORE_LOG")
            .env("USER", "alice")
            .env("XDG_CONFIG_HOME", self.path("config"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Standard output of a command that has to succeed and say nothing on standard error.
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a command that has to end with `code` and print no result.
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        errors
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        serde_json::from_str(&self.done(&all)).unwrap()
    }

    /// Adds a message and answers its URI.
    fn add(&self, folder: &str, text: &str) -> String {
        let file = self.path("message.eml");
        std::fs::write(&file, text).unwrap();
        self.done(&["add", folder, file.to_str().unwrap()]);
        let listed = self.json(&["ls", folder]);
        listed["messages"].as_array().unwrap().last().unwrap()["uri"].as_str().unwrap().to_owned()
    }
}

const INBOX: &str = "maildir://alice/INBOX/";
const MAIL: &str =
    "From: Bob <bob@example.org>\r\nTo: alice@example.org\r\nSubject: invoice\r\n\r\nHello.\r\n";

#[test]
fn a_message_goes_in_is_listed_shown_and_comes_out_byte_for_byte() {
    let shell = Shell::new();
    let uri = shell.add(INBOX, MAIL);
    assert_eq!(shell.done(&["cat", &uri]), MAIL);
    assert!(shell.done(&["ls", "-l", INBOX]).contains("invoice"));
    let table = shell.done(&["table", INBOX, "--columns", "subject,size", "--where", "subject ~ \"VOICE\""]);
    assert!(table.contains("invoice"), "{table}");
    let none = shell.done(&["table", INBOX, "--columns", "subject", "--where", "size > 100000"]);
    assert!(!none.contains("invoice"), "{none}");
    let shown = shell.done(&["show", &uri]);
    assert!(shown.contains("invoice") && shown.contains("alice@example.org"), "{shown}");
}

#[test]
fn contexts_are_listed_and_roots_are_made() {
    let shell = Shell::new();
    assert!(shell.done(&["contexts", "--user", "alice"]).contains(INBOX));
    let made = shell.done(&["create-root", "--user", "alice", "--role", "sent-items", "--name", "Sent"]);
    assert!(made.contains("maildir://alice/Sent/"), "{made}");
    assert!(shell.done(&["contexts", "--user", "alice"]).contains("sent-items"));
}

#[test]
fn messages_are_copied_moved_marked_and_removed() {
    let shell = Shell::new();
    let uri = shell.add(INBOX, MAIL);
    shell.done(&["create-root", "--user", "alice", "--role", "mail", "--name", "Archive"]);
    let archive = "maildir://alice/Archive/";
    shell.done(&["mkdir", archive, "2024"]);
    shell.done(&["cp", &uri, archive]);
    shell.done(&["mv", &uri, "maildir://alice/Archive/2024/"]);
    let count = |folder: &str| shell.json(&["ls", folder])["messages"].as_array().unwrap().len();
    assert_eq!((count(INBOX), count(archive), count("maildir://alice/Archive/2024/")), (0, 1, 1));
    let copy = shell.json(&["ls", archive])["messages"][0]["uri"].as_str().unwrap().to_owned();
    assert_eq!(shell.done(&["cat", &copy]), MAIL);
    shell.done(&["mark", &copy, "--read"]);
    let read = shell.done(&["table", archive, "--columns", "subject", "--where", "flags & 1"]);
    assert!(read.contains("invoice"), "{read}");
    shell.done(&["rm", &copy]);
    assert_eq!(count(archive), 0);
}

#[test]
fn the_index_is_seen_and_verified() {
    let shell = Shell::new();
    let uri = shell.add(INBOX, MAIL);
    assert!(shell.done(&["index", "get", &uri, "--user", "alice"]).contains("0x"));
    assert!(shell.done(&["index", "find", "maildir://alice/INBOX/*", "--user", "alice"]).contains(&uri));
    assert!(shell.done(&["index", "dump", "--user", "alice"]).contains(&uri));
    shell.done(&["index", "verify"]);
    shell.done(&["index", "stats"]);
    for pattern in ["maildir://alice/", "*a*"] {
        let error = shell.fails(2, &["index", "find", pattern, "--user", "alice"]);
        assert!(error.contains('*'), "IX-16: {error}");
    }
}

#[test]
fn functions_are_called_by_wave_expressions() {
    let shell = Shell::new();
    shell.add(INBOX, MAIL);
    let listed = shell.done(&["invoke", "maildir", "list-contexts(\"alice\")", "--user", "alice"]);
    assert!(listed.contains(INBOX), "{listed}");
    let count = shell.done(&[
        "invoke",
        "maildir",
        "folder.get-child-count(contents)",
        "--user",
        "alice",
        "--uri",
        INBOX,
    ]);
    assert!(count.contains('1'), "{count}");
    let error = shell.fails(2, &["invoke", "maildir", "list-context(\"alice\")"]);
    assert!(error.contains("list-contexts"), "{error}");
}

#[test]
fn backends_are_added_listed_inspected_and_removed() {
    let shell = Shell::empty();
    let grant = format!("{}::/mail:ro", shell.path("mail/{owner}").display());
    let component = guest("mapistore-maildir");
    let added = shell.done(&["backend", "add", component.to_str().unwrap(), "--dir", &grant]);
    assert!(added.contains("maildir") && added.contains("snapshot"), "{added}");
    assert!(shell.done(&["backend", "list"]).contains("maildir"));
    let inspected = shell.done(&["backend", "inspect", "maildir"]);
    assert!(
        inspected.contains("mapistore:backend/provider@0.1.0") && inspected.contains("/mail"),
        "{inspected}"
    );
    let file = guest("guest-well-behaved");
    assert!(shell.done(&["backend", "inspect", file.to_str().unwrap()]).contains("wellbehaved"));
    shell.done(&["backend", "remove", "maildir"]);
    assert!(!shell.done(&["backend", "list"]).contains("maildir://"));
}

#[test]
fn errors_name_the_thing_the_cause_and_the_way_out() {
    let shell = Shell::new();
    let unknown = shell.fails(1, &["ls", "nothing://alice/"]);
    assert!(unknown.contains("`nothing`") && unknown.contains("maildir"), "{unknown}");
    let gone = shell.fails(1, &["cat", "maildir://alice/INBOX/none"]);
    assert!(gone.starts_with("error:"), "{gone}");
    let missing = shell.fails(1, &["backend", "remove", "nothing"]);
    assert!(missing.contains("backend list"), "{missing}");
    let grammar = shell.fails(2, &["table", INBOX, "--where", "subject ~"]);
    assert!(grammar.contains("error:"), "{grammar}");
    shell.fails(2, &["--config", "/nowhere/mapistore.toml", "backend", "list"]);
    shell.fails(2, &["no-such-command"]);
}

#[test]
fn a_component_that_is_none_is_refused_and_nothing_is_registered() {
    let shell = Shell::empty();
    let file = shell.path("text.wasm");
    std::fs::write(&file, "not a component").unwrap();
    let error = shell.fails(1, &["backend", "add", file.to_str().unwrap()]);
    assert!(error.contains("not a WebAssembly component"), "{error}");
    assert!(shell.json(&["backend", "list"]).to_string().len() < 40);
}

#[test]
fn the_version_names_wasmtime_and_the_contract() {
    let version = Shell::empty().done(&["--version"]);
    let manifest =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/Cargo.toml")).unwrap();
    let pinned = manifest.lines().find(|line| line.starts_with("wasmtime = ")).unwrap();
    let pinned = pinned.split('"').nth(1).unwrap().trim_start_matches('=');
    assert!(
        version.contains(&format!("wasmtime {pinned}")) && version.contains("mapistore:backend@0.1.0"),
        "{version}"
    );
    assert!(Shell::empty().done(&["completions", "bash"]).contains("mapistore"));
}

#[test]
fn a_mailbox_is_provisioned_and_the_second_time_nothing_changes() {
    let shell = Shell::new();
    let missing = shell.fails(1, &["provision"]);
    assert!(missing.contains("role `fallback`") && missing.contains("hint: "), "{missing}");
    let guest = guest("guest-offers-roots");
    let roots = "roots=fallback:Fallback:main,calendar:Work,mail:Other:main";
    shell.done(&["backend", "add", guest.to_str().unwrap(), "--config", roots]);
    let plan = shell.run(&["--json", "provision", "--dry-run"]);
    let plan: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    assert_eq!(plan["folders"][0]["slot"], "mailbox-root");
    assert!(plan["changes"].as_array().unwrap().iter().all(|change| change["id"].is_null()));
    let done = shell.run(&["provision", "--user", "alice"]);
    let (text, warnings) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
    // The free/busy message needs no directory here: it is only not noted.
    assert_eq!(done.status.code(), Some(0), "{warnings}");
    assert!(warnings.contains("warning: `offersroots://alice/Other/`"), "{warnings}");
    let inbox = text.lines().find(|line| line.trim_start().starts_with("Inbox")).unwrap();
    assert!(inbox.starts_with("    Inbox") && inbox.contains("IPF.Note") && inbox.contains(INBOX), "{text}");
    assert!(text.contains("`Work` created"), "{text}");
    let again = shell.run(&["provision"]);
    assert!(String::from_utf8(again.stdout).unwrap().contains("nothing changed"));
    let upgraded = shell.json(&["backend", "upgrade", "offers-roots", guest.to_str().unwrap()]);
    assert_eq!(upgraded["name"], "offers-roots");
    let german = shell.run(&["--json", "provision", "--locale", "de-AT"]);
    let german: serde_json::Value = serde_json::from_slice(&german.stdout).unwrap();
    let changes = german["changes"].as_array().unwrap();
    assert!(changes.iter().any(|change| change["from"] == "Inbox" && change["name"] == "Posteingang"));
}

#[test]
fn an_index_goes_out_comes_in_elsewhere_and_is_compacted() {
    let shell = Shell::new();
    let uri = shell.add(INBOX, MAIL);
    let dump = shell.json(&["index", "dump"]);
    let file = shell.path("dump.json");
    std::fs::write(&file, dump.to_string()).unwrap();
    let file = file.to_str().unwrap();
    let other = Shell::empty();
    let count = dump["records"].as_array().unwrap().len();
    assert_eq!(other.json(&["index", "load", file])["added"], count);
    assert_eq!(other.json(&["index", "dump"]), dump);
    assert!(other.done(&["index", "load", file]).starts_with("0 records added"));
    assert!(other.done(&["index", "get", &uri]).contains("live"));
    let tdb = shell.path("indexing.txt");
    let text = "{\nkey(18) = \"0xff00000000000001\"\ndata(15) = \"sogo://bob/mail\"\n}\n\
                {\nkey(18) = \"0xfe00000000000001\"\ndata(3) = \"nil\"\n}\n";
    std::fs::write(&tdb, text).unwrap();
    let load = ["index", "load", tdb.to_str().unwrap(), "--format", "tdbdump", "--user", "bob"];
    let refused = other.fails(1, &load);
    assert!(refused.contains("line 6"), "{refused}");
    assert!(other.done(&["index", "get", "0xff00000000000001", "--user", "bob"]).contains("sogo://bob/mail"));
    assert!(other.fails(2, &["index", "load", file, "--format", "tdbdump"]).contains("line 1"));
    assert!(other.done(&["index", "compact"]).contains("bytes before"));
    assert!(other.done(&["index", "verify"]).contains("0 problems"));
    assert!(Shell::empty().fails(3, &["index", "compact"]).contains("error: "));
}

#[test]
fn check_tells_what_a_registered_backend_does_as_lines_as_json_and_as_junit() {
    let shell = Shell::new();
    let lines = shell.done(&["check", "maildir", "--only", "FO-01,PE-01"]);
    assert!(lines.contains("FO-01  passed") && lines.contains("PE-01  not claimed"), "{lines}");
    assert!(lines.ends_with("maildir: 1 passed, 0 failed, 1 not claimed\n"), "{lines}");
    let file = shell.path("report.xml");
    let json =
        shell.done(&["check", "maildir", "--only", "FO-01", "--json", "--junit", file.to_str().unwrap()]);
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["behaviours"][0]["outcome"], "passed");
    assert!(!document["behaviours"][0]["calls"].as_array().unwrap().is_empty());
    let report = std::fs::read_to_string(file).unwrap();
    assert!(report.contains("<testcase") && report.contains("FO-01"), "{report}");
    let mut reader = quick_xml::Reader::from_str(&report);
    while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
}

#[test]
fn a_wrong_backend_fails_its_check_and_a_script_shows_it_again() {
    let shell = Shell::empty();
    tests::registered::install("guest-mutants", &shell.path("data"), &[]);
    let mutants = guest("guest-mutants");
    let wrong = ["check", mutants.to_str().unwrap(), "--config", "mutant=copy-deletes-source"];
    let output = shell.run(&[&wrong[..], &["--operations", "2000", "--seed", "5"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    let command = told.lines().last().unwrap().trim();
    assert!(
        command.starts_with("mapistore check ") && command.contains("mutant=copy-deletes-source"),
        "{told}"
    );
    let script = command.split('\'').nth(1).unwrap();
    let again = shell.run(&[&wrong[..], &["--script", script]].concat());
    assert_eq!(again.status.code(), Some(1), "{script}");
    assert!(shell.done(&["check", "memory", "--script", script]).contains("no difference"), "{script}");
    let output = shell.run(&[&wrong[..], &["--only", "ME-13"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("ME-13 FAILED") && told.contains("folder.move-copy-messages"), "{told}");
    let unknown = shell.run(&["check", "memory", "--only", "XX-01"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[test]
fn a_bare_component_that_needs_a_directory_is_told_how_to_get_one() {
    let shell = Shell::empty();
    let maildir = guest("mapistore-maildir");
    let path = maildir.to_str().unwrap();
    let output = shell.run(&["check", path, "--only", "LC-16"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("`--dir GUEST`"), "{told}");
    assert!(shell.done(&["check", path, "--only", "LC-16", "--dir", "/mail"]).contains("1 passed"));
    let refused = shell.fails(2, &["check", path, "--dir", "mail"]);
    assert!(refused.contains("begin with `/`"), "{refused}");
}

#[test]
fn the_doctor_says_how_many_contexts_there_is_room_for_and_what_is_in_the_way() {
    let shell = Shell::empty();
    let config = shell.path("mapistore.toml");
    std::fs::write(&config, "[runtime]\ncontexts_awake_max = 4000000000").unwrap();
    // Whether the tools of every language are here is not the point.
    let printed = shell.run(&["--config", config.to_str().unwrap(), "doctor"]).stdout;
    let printed = String::from_utf8(printed).unwrap();
    for bound in ["vm.max_map_count", "RLIMIT_AS", "memory", "RLIMIT_NOFILE"] {
        assert!(printed.contains(&format!("`{bound}` has room for ")), "{bound}: {printed}");
    }
}

#[test]
fn top_shows_nobody_where_nobody_is_and_says_whom_it_would_show() {
    let error = Shell::empty().fails(1, &["top"]);
    assert!(error.contains("no process tells what it holds") && error.contains("hint:"), "{error}");
}

#[test]
fn a_backend_answers_under_a_debugger_as_it_does_without_and_what_is_registered_stays_as_it_is() {
    let shell = Shell::new();
    let file = guest("guest-well-behaved");
    let file = file.to_str().unwrap();
    let usual = shell.done(&["invoke", file, "describe()"]);
    // Nobody presses Enter: the end of standard input does as well.
    let arguments = ["invoke", "--debug-guest", "--wait", file, "describe()"];
    let output = shell.command(&arguments).stdin(std::process::Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), usual);
    let notes = String::from_utf8(output.stderr).unwrap();
    assert!(notes.contains("gdb -p ") && notes.contains("no debug information"), "{notes}");

    let list = "list-contexts(\"alice\")";
    let usual = shell.done(&["invoke", "maildir", list]);
    let kept = |name: &str| std::fs::read(shell.path("data/backends/maildir").join(name)).unwrap();
    let before = ["backend.json", "start.wasm", "start.cwasm"].map(kept);
    let output = shell.run(&["invoke", "--debug-guest", "maildir", list]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), usual);
    assert!(["backend.json", "start.wasm", "start.cwasm"].map(kept) == before);

    assert!(shell.fails(2, &["invoke", "--wait", "maildir", list]).contains("--debug-guest"));
}
