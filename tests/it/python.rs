//! What a backend in Python does to the host when it misbehaves, and what is left of it when it does not: `tests/languages/python`.

use mapistore::blocking::wait;
use mapistore::types::{ErrorCode, PropertyValue, TableKind};
use mapistore::{CallError, Context, Folder};
use tests::TestRuntime;

/// PidTagComment: random numbers; PidTagBody: what was counted in contexts that are closed.
const COMMENT: u32 = 0x3004_001F;
const BODY: u32 = 0x1000_001F;
const SUBJECT: u32 = 0x0037_001F;

const LIMITS: &str = "[limits]\ncall_timeout_ms = 2000\nmemory_max_bytes = 67108864\n";

fn open(runtime: &TestRuntime, user: &str, how: &str) -> (Context, Folder) {
    let context = runtime.open(user, &format!("python://{user}/{how}/"));
    let root = runtime.root(&context);
    (context, root)
}

fn text(folder: &Folder, tag: u32) -> String {
    match wait(folder.get_properties(&[tag])).unwrap().remove(0) {
        Ok(PropertyValue::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

/// Asks a root that is called `how` to do what its name says; the context of somebody else goes on.
fn misbehave(how: &str) -> CallError {
    let runtime = TestRuntime::with_config(LIMITS);
    runtime.add_guest("python");
    let (_bystander, beside) = open(&runtime, "bob", "inbox");
    let (_context, root) = open(&runtime, "mallory", how);
    let error = wait(root.get_child_count(TableKind::Contents)).unwrap_err();
    assert_eq!(wait(beside.get_child_count(TableKind::Contents)).unwrap(), 1);
    open(&runtime, "mallory", how);
    error
}

#[track_caller]
fn assert_failed(error: &CallError, word: &str) {
    let failed = matches!(error, CallError::Answered { code: ErrorCode::Failed, .. });
    assert!(failed && error.to_string().contains(word), "{error}");
}

#[track_caller]
fn assert_over(error: &CallError, name: &str) {
    assert!(matches!(error, CallError::OverLimit { limit, .. } if *limit == name), "{error}");
    assert!(error.to_string().contains("mallory"), "{error}");
}

#[test]
fn an_exception_is_an_answer_and_so_are_recursion_exit_and_a_wrong_type() {
    assert_failed(&misbehave("fail"), "KeyError: 'a missing key'");
    assert_failed(&misbehave("recurse"), "RecursionError: maximum recursion depth exceeded");
    assert_failed(&misbehave("leave"), "`sys.exit(3)`");
    assert_failed(&misbehave("wrong-type"), "`Folder.get_child_count` answered a `str`");
    let denied = misbehave("deny");
    assert!(matches!(denied, CallError::Answered { code: ErrorCode::Denied, .. }), "{denied}");
}

#[test]
fn allocation_without_end_is_over_the_memory_limit() {
    let error = misbehave("grow");
    assert_over(&error, "memory_max_bytes");
    assert!(error.to_string().contains("`memory_max_bytes` is 64 MiB"), "{error}");
}

#[test]
fn a_loop_without_end_is_over_the_deadline() {
    assert_over(&misbehave("spin"), "call_timeout_ms");
}

#[test]
fn abort_and_exit_are_traps() {
    for (how, word) in [("abort", "unreachable"), ("exit", "Exited")] {
        let error = misbehave(how);
        assert!(matches!(error, CallError::Trapped { .. }), "{error}");
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn random_numbers_differ_from_context_to_context() {
    let runtime = TestRuntime::new();
    runtime.add_guest("python");
    let seen: Vec<_> = ["alice", "bob", "carol"]
        .iter()
        .map(|user| text(&open(&runtime, user, "inbox").1, COMMENT))
        .flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (6, 6), "{seen:?}");
}

#[test]
fn fifty_thousand_calls_leave_neither_objects_nor_memory() {
    let runtime = TestRuntime::new();
    runtime.add_guest("python");
    let (context, root) = open(&runtime, "alice", "inbox");
    let round = |times: usize| {
        for _ in 0..times {
            // Five calls, two objects, and their destructors.
            let message = wait(root.open_message(root.fid(), false)).unwrap();
            wait(message.get_properties(&[SUBJECT, BODY])).unwrap();
            wait(root.get_child_count(TableKind::Contents)).unwrap();
            wait(root.get_properties(&[0x3001_001F])).unwrap();
            wait(root.open_table(TableKind::Hierarchy)).unwrap();
        }
        (wait(root.get_child_count(TableKind::Associated)).unwrap(), wait(context.memory_bytes()).unwrap())
    };
    let warm = round(1_000);
    let after = round(9_000);
    // The context and its root.
    assert_eq!((warm.0, after.0), (2, 2));
    assert!(after.1 <= warm.1, "{} bytes after 5,000 calls, {} after 50,000", warm.1, after.1);
}

#[test]
fn a_thousand_contexts_are_all_dropped_and_none_holds_more_than_the_first() {
    let runtime = TestRuntime::new();
    runtime.add_guest("python");
    let mut held = Vec::new();
    for _ in 0..1_000 {
        let (context, root) = open(&runtime, "alice", "inbox");
        let message = wait(root.open_message(root.fid(), false)).unwrap();
        drop((root, message));
        let closed = wait(context.close()).unwrap();
        closed.destructors.unwrap();
        held.push(closed.memory_bytes);
    }
    assert_eq!(held.iter().max(), held.first());
    let (_context, root) = open(&runtime, "alice", "inbox");
    assert_eq!(text(&root, BODY), "{'made': 3000, 'dropped': 3000, 'contexts': 1000}");
}
