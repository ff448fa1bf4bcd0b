//! todotxt inside of the sandbox: what only shows with a real component, a real index and real files. What the backend does by
//! itself is tested in its own package.

use std::path::PathBuf;

use mapistore::blocking::wait;
use mapistore::types::{PropertyValue, TableKind};
use mapistore::{CallError, Folder};
use tests::{TestRuntime, ids};

const SUBJECT: u32 = 0x0037_001F;

fn runtime() -> TestRuntime {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("todotxt", "/todo");
    runtime
}

fn file(runtime: &TestRuntime) -> PathBuf {
    runtime.files().join("alice/todo.txt")
}

fn put(runtime: &TestRuntime, content: &str) {
    std::fs::create_dir_all(runtime.files().join("alice")).unwrap();
    std::fs::write(file(runtime), content).unwrap();
}

fn rename(folder: &Folder, subject: &str, to: &str) -> Result<(), CallError> {
    for id in ids(folder, TableKind::Contents) {
        let message = wait(folder.open_message(id, true))?;
        let cells = wait(message.get_properties(&[SUBJECT]))?;
        if cells == [Ok(PropertyValue::Text(subject.to_owned()))] {
            let value =
                mapistore::types::Property { tag: SUBJECT, value: PropertyValue::Text(to.to_owned()) };
            assert_eq!(wait(message.set_properties(vec![value]))?, []);
            wait(message.save(false))?;
            return Ok(());
        }
    }
    panic!("there is no `{subject}`");
}

#[test]
fn a_change_touches_its_line_only() {
    let runtime = runtime();
    put(&runtime, "# mine\r\n(A) one +p\r\n\r\ntwo due:2026-12-01 rec:1w\r\nthree");
    let context = runtime.open("alice", "todotxt://alice/tasks/");
    let root = runtime.root(&context);
    rename(&root, "two rec:1w", "two, again").unwrap();
    let content = std::fs::read_to_string(file(&runtime)).unwrap();
    assert_eq!(content, "# mine\r\n(A) one +p\r\n\r\ntwo, again due:2026-12-01\r\nthree");
}

#[test]
fn ids_stay_while_others_edit_and_over_a_restart() {
    let runtime = runtime();
    put(&runtime, "one\ntwo\nthree\n");
    let context = runtime.open("alice", "todotxt://alice/tasks/");
    let before = ids(&runtime.root(&context), TableKind::Contents);
    put(&runtime, "three\nx 2026-01-01 one\ntwo due:2026-05-05\n");
    let moved = [before[2], before[0], before[1]];
    assert_eq!(ids(&runtime.root(&context), TableKind::Contents), moved);
    drop(context);
    let runtime = runtime.restart();
    let context = runtime.open("alice", "todotxt://alice/tasks/");
    assert_eq!(ids(&runtime.root(&context), TableKind::Contents), moved);
}

#[test]
fn a_list_that_is_not_there_is_empty_and_is_not_made_by_looking() {
    let runtime = runtime();
    let context = runtime.open("alice", "todotxt://alice/tasks/");
    assert_eq!(ids(&runtime.root(&context), TableKind::Contents), []);
    assert!(!file(&runtime).exists());
}

#[test]
fn it_passes_every_behaviour_that_it_claims() {
    let kit = tests::registered::kit("todotxt", Some("/todo"), &[]);
    let report = kit.run(&mapistore::conformance::Plan::default()).unwrap();
    let passed = report.count(|outcome| *outcome == mapistore::conformance::Outcome::Passed);
    assert!(report.is_clean() && passed >= 80, "{passed} passed");
}
