//! The Go SDK through the host: what does harm ends as it does in Rust, every destructor runs once, and nothing grows.

use std::time::{Duration, Instant};

use mapistore::types::{StreamAccess, TableKind};
use mapistore::{CallError, Context, blocking::wait};
use tests::TestRuntime;

const QUICK: &str = "[limits]\ncall_timeout_ms = 2000\nmemory_max_bytes = 67108864\n";
const SUBJECT: u32 = 0x0037_001F;
const DATA: u32 = 0x3701_0102;

struct Hostile {
    runtime: TestRuntime,
    bystander: Context,
    context: Context,
}

impl Hostile {
    fn new(what: &str) -> Self {
        let runtime = TestRuntime::with_config(QUICK);
        runtime.add_guest("guest-go");
        let bystander = runtime.open("bob", "guest-go://bob/counts/");
        let context = runtime.open("mallory", &format!("guest-go://mallory/{what}/"));
        Self { runtime, bystander, context }
    }

    fn misbehave(&self) -> CallError {
        let root = self.runtime.root(&self.context);
        wait(root.get_child_count(TableKind::Contents)).unwrap_err()
    }

    /// The other context answers, and the hostile one opens anew.
    fn others_go_on(&self) {
        let root = self.runtime.root(&self.bystander);
        assert_eq!(wait(root.get_child_count(TableKind::Hierarchy)).unwrap(), 2);
        self.runtime.root(&self.context);
    }
}

fn assert_over(error: &CallError, name: &str) {
    assert!(matches!(error, CallError::OverLimit { limit, .. } if *limit == name), "{error}");
    assert!(error.to_string().contains("mallory"), "{error}");
}

#[test]
fn an_endless_loop_ends_at_the_deadline() {
    let hostile = Hostile::new("spins");
    let started = Instant::now();
    assert_over(&hostile.misbehave(), "call_timeout_ms");
    assert!(started.elapsed() < Duration::from_secs(20));
    hostile.others_go_on();
}

#[test]
fn endless_allocation_ends_at_the_memory_limit() {
    let hostile = Hostile::new("grows");
    let error = hostile.misbehave();
    assert_over(&error, "memory_max_bytes");
    assert!(error.to_string().contains("`memory_max_bytes` is 64 MiB"), "{error}");
    hostile.others_go_on();
}

#[test]
fn deep_recursion_ends_in_a_trap_that_says_so() {
    let hostile = Hostile::new("recurses");
    let error = hostile.misbehave();
    assert!(error.to_string().contains("call stack exhausted"), "{error}");
    hostile.others_go_on();
}

#[test]
fn a_panic_is_an_answer_with_its_message_and_ends_the_object_only() {
    let hostile = Hostile::new("panics");
    let root = hostile.runtime.root(&hostile.context);
    let error = hostile.misbehave();
    assert!(matches!(error, CallError::Answered { .. }), "{error:?}");
    assert!(error.to_string().contains("assignment to entry in nil map"), "{error}");
    let again = wait(root.get_child_count(TableKind::Hierarchy)).unwrap_err();
    assert!(again.to_string().contains("in which a call panicked"), "{again}");
    hostile.others_go_on();
}

#[test]
fn an_exit_and_a_deadlock_end_the_context() {
    for what in ["exits", "deadlocks"] {
        let hostile = Hostile::new(what);
        let error = hostile.misbehave();
        assert!(matches!(error, CallError::Trapped { .. }), "{what}: {error:?}");
        hostile.others_go_on();
    }
}

#[test]
fn every_destructor_runs_once() {
    let runtime = TestRuntime::with_config(QUICK);
    runtime.add_guest("guest-go");
    let context = runtime.open("alice", "guest-go://alice/counts/");
    let root = runtime.root(&context);
    let live = || wait(root.get_child_count(TableKind::Hierarchy)).unwrap();
    assert_eq!(live(), 2, "the context and its root");
    for _ in 0..100 {
        let table = wait(root.open_table(TableKind::Contents)).unwrap();
        let message = wait(root.create_message(runtime.allocate_id("alice").unwrap(), false)).unwrap();
        let (_, attachment) = wait(message.create_attachment()).unwrap();
        let stream = wait(attachment.open_stream(DATA, StreamAccess::Read)).unwrap();
        assert_eq!(wait(stream.read(0, 10)).unwrap(), b"bytes");
        assert!(live() >= 6);
        drop((stream, attachment, message, table));
    }
    assert_eq!(live(), 2);
    wait(context.close()).unwrap().destructors.unwrap();
}

/// A collection that begins in a call is ended by a later one: the rows of 100 tables were never there at once.
#[test]
fn garbage_is_collected_over_calls() {
    let runtime = TestRuntime::with_config(QUICK);
    runtime.add_guest("guest-go");
    let context = runtime.open("alice", "guest-go://alice/counts/");
    let root = runtime.root(&context);
    for _ in 0..100 {
        let table = wait(root.open_table(TableKind::Contents)).unwrap();
        wait(table.set_columns(&[SUBJECT])).unwrap();
        assert_eq!(wait(table.query_rows(9_990, 100)).unwrap().row_count, 10);
    }
    assert!(wait(context.memory_bytes()).unwrap() < 40 << 20);
}

fn number(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// `just soak-go` does 50,000 calls and 1,000 contexts.
#[test]
fn memory_does_not_grow_over_many_calls_and_contexts() {
    let (calls, contexts) = (number("GO_CALLS", 2_000), number("GO_CONTEXTS", 20));
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-go");
    let context = runtime.open("alice", "guest-go://alice/churns/");
    let root = runtime.root(&context);
    let mut memory = Vec::new();
    for round in 0..calls {
        assert_eq!(wait(root.get_child_count(TableKind::Contents)).unwrap(), 50);
        assert_eq!(wait(root.get_properties(&[SUBJECT])).unwrap().len(), 1);
        if round % (calls / 4) == calls / 4 - 1 {
            memory.push(wait(context.memory_bytes()).unwrap());
        }
    }
    assert!(memory.windows(2).all(|pair| pair[0] == pair[1]), "{memory:?}");
    let mut held = Vec::new();
    for _ in 0..contexts {
        let context = runtime.open("bob", "guest-go://bob/churns/");
        wait(runtime.root(&context).get_child_count(TableKind::Contents)).unwrap();
        held.push(wait(context.close()).unwrap().memory_bytes);
    }
    assert!(held.iter().all(|bytes| *bytes == held[0]), "{held:?}");
    eprintln!("{calls} calls: {memory:?} bytes after each quarter; {contexts} contexts of {} bytes", held[0]);
}
