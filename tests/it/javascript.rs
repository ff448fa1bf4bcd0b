//! Backends in JavaScript: what the engine throws is an answer, harm that it cannot answer ends the context as any guest's does, and
//! destructors run.

use mapistore::types::{ErrorCode, TableKind};
use mapistore::{CallError, Context, Folder, blocking::wait};
use tests::TestRuntime;

const GUEST: &str = "js-hostile";

/// A runtime with the guest. SpiderMonkey has 17 MiB before it begins.
fn runtime(limits: &str) -> TestRuntime {
    let runtime = TestRuntime::with_config(&format!("[limits]\n{limits}\n"));
    runtime.add_guest(GUEST);
    runtime
}

/// The root that does this harm.
fn open(runtime: &TestRuntime, harm: &str) -> (Context, Folder) {
    let context = runtime.open("mallory", &format!("jshostile://mallory/{harm}/"));
    let root = runtime.root(&context);
    (context, root)
}

fn misbehave(root: &Folder) -> CallError {
    wait(root.get_child_count(TableKind::Contents)).unwrap_err()
}

/// How many folders were made, and of how many the destructor ran.
fn made_and_disposed(root: &Folder) -> (u32, u32) {
    let count = |kind| wait(root.get_child_count(kind)).unwrap();
    (count(TableKind::Associated), count(TableKind::Hierarchy))
}

#[test]
fn what_javascript_throws_is_an_answer_and_the_context_goes_on() {
    let runtime = runtime("");
    for (harm, word) in [
        ("exception", "TypeError: can't access property"),
        ("rejection", "RangeError: out of reach"),
        ("symbol", "Symbol(thrown)"),
        ("recursion", "InternalError: too much recursion"),
    ] {
        let (_context, root) = open(&runtime, harm);
        let error = misbehave(&root);
        assert!(matches!(error, CallError::Answered { code: ErrorCode::Failed, .. }), "{harm}: {error}");
        assert!(error.to_string().contains(word), "{harm}: {error}");
        assert_eq!(made_and_disposed(&root).0, 1, "{harm}");
    }
}

/// The harm ends the context at this limit, and the context opens anew.
fn ends_at(runtime: &TestRuntime, harm: &str, name: &str) {
    let (context, root) = open(runtime, harm);
    let error = misbehave(&root);
    assert!(matches!(&error, CallError::OverLimit { limit, .. } if *limit == name), "{harm}: {error}");
    assert_eq!(made_and_disposed(&runtime.root(&context)).0, 1, "{harm}");
}

#[test]
fn what_javascript_cannot_answer_ends_the_context_and_names_the_limit() {
    ends_at(&runtime("call_timeout_ms = 2000"), "loop", "call_timeout_ms");
    // With time enough for a machine that is busy.
    let runtime = runtime("call_timeout_ms = 120000\nmemory_max_bytes = 67108864");
    ends_at(&runtime, "memory", "memory_max_bytes");
    ends_at(&runtime, "strings", "memory_max_bytes");
    let (_context, root) = open(&runtime, "never");
    let error = misbehave(&root);
    assert!(matches!(error, CallError::Trapped { .. }), "{error}");
}

#[test]
fn each_destructor_runs_once_and_memory_stays_within_what_the_engine_collects() {
    let runtime = runtime("");
    let (context, root) = open(&runtime, "behaves");
    let id = runtime.allocate_id("mallory").unwrap();
    let call = |times: u32| {
        for _ in 0..times {
            let folder = wait(root.open_folder(id)).unwrap();
            wait(folder.get_properties(&[0x3001_001F])).unwrap();
        }
    };
    let before = wait(context.memory_bytes()).unwrap();
    call(7_000);
    let after = wait(context.memory_bytes()).unwrap();
    // What outlived a call is collected when about 30 MiB of it have come together.
    assert!(after <= before + (40 << 20), "from {before} to {after} bytes");
    assert_eq!(made_and_disposed(&root), (7_001, 7_000));
    let closed = wait(context.close()).unwrap();
    closed.destructors.as_ref().unwrap();
}
