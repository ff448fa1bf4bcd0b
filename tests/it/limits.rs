//! Guests that do harm: each ends its own context, the error names what happened, and the others go on (LC-14, LC-15).

use std::time::{Duration, Instant};

use mapistore::types::TableKind;
use mapistore::{CallError, Context, blocking::wait};
use tests::TestRuntime;

const QUICK: &str = "[limits]\ncall_timeout_ms = 300\nclose_timeout_ms = 200\nmemory_max_bytes = 33554432\n";

/// A hostile backend and a good one side by side. The hostile context's root is asked to misbehave.
struct Hostile {
    runtime: TestRuntime,
    bystander: Context,
    context: Context,
}

impl Hostile {
    fn new(name: &str) -> Self {
        Self::with_config(name, QUICK)
    }

    fn with_config(name: &str, config: &str) -> Self {
        let runtime = TestRuntime::with_config(config);
        runtime.add_guest("guest-well-behaved").add_guest(&format!("guest-{name}"));
        let bystander = runtime.open("bob", "wellbehaved://bob/inbox/");
        let namespace = name.replace('-', "");
        let context = runtime.open("mallory", &format!("{namespace}://mallory/inbox/"));
        Self { runtime, bystander, context }
    }

    fn misbehave(&self) -> CallError {
        let root = self.runtime.root(&self.context);
        wait(root.get_child_count(TableKind::Contents)).unwrap_err()
    }

    /// The other context answers, and the hostile one opens anew.
    fn others_go_on(&self) {
        let root = self.runtime.root(&self.bystander);
        assert!(wait(root.get_child_count(TableKind::Contents)).unwrap() > 0);
        self.runtime.root(&self.context);
    }
}

fn assert_over(error: &CallError, name: &str) {
    assert!(matches!(error, CallError::OverLimit { limit, .. } if *limit == name), "{error}");
    assert!(error.to_string().contains(name) && error.to_string().contains("mallory"), "{error}");
}

#[test]
fn an_infinite_loop_ends_at_the_deadline() {
    let hostile = Hostile::new("spins-forever");
    let started = Instant::now();
    assert_over(&hostile.misbehave(), "call_timeout_ms");
    assert!(started.elapsed() < Duration::from_secs(10));
    hostile.others_go_on();
}

#[test]
fn a_guest_that_sleeps_in_the_host_ends_at_the_deadline() {
    let hostile = Hostile::new("sleeps-forever");
    let started = Instant::now();
    assert_over(&hostile.misbehave(), "call_timeout_ms");
    assert!(started.elapsed() < Duration::from_secs(10));
    hostile.others_go_on();
}

#[test]
fn endless_allocation_ends_at_the_memory_limit() {
    let hostile = Hostile::new("grows-memory");
    let error = hostile.misbehave();
    assert_over(&error, "memory_max_bytes");
    assert!(error.to_string().contains("`memory_max_bytes` is 32 MiB"), "{error}");
    hostile.others_go_on();
}

#[test]
fn deep_recursion_ends_in_a_trap_that_says_so() {
    let hostile = Hostile::new("recurses-deeply");
    let error = hostile.misbehave();
    assert!(error.to_string().contains("call stack exhausted"), "{error}");
    hostile.others_go_on();
}

#[test]
fn lc_14_a_trap_ends_its_own_context_and_objects_opened_before_it_are_stale() {
    let hostile = Hostile::new("traps-in-method");
    let root = hostile.runtime.root(&hostile.context);
    let error = hostile.misbehave();
    assert!(matches!(error, CallError::Trapped { .. }), "{error}");
    assert!(error.to_string().contains("folder.get-child-count"), "{error}");
    let stale = wait(root.get_properties(&[])).unwrap_err();
    assert!(matches!(stale, CallError::Stale { .. }), "{stale}");
    hostile.others_go_on();
}

#[test]
fn a_trap_in_a_destructor_gives_the_memory_back_all_the_same() {
    let Hostile { runtime, bystander, context } = Hostile::new("traps-in-destructor");
    let closed = wait(context.close()).unwrap();
    assert!(
        matches!(closed.destructors, Err(CallError::Trapped { function: "destructor", .. })),
        "{closed:?}"
    );
    assert!(closed.memory_bytes > 0);
    assert!(wait(runtime.root(&bystander).get_child_count(TableKind::Contents)).is_ok());
}

#[test]
fn a_destructor_that_never_ends_is_ended() {
    let Hostile { runtime, bystander, context } = Hostile::new("spins-in-destructor");
    let closed = wait(context.close()).unwrap();
    let error = closed.destructors.unwrap_err();
    assert_over(&error, "close_timeout_ms");
    assert!(wait(runtime.root(&bystander).get_child_count(TableKind::Contents)).is_ok());
}

#[test]
fn an_answer_that_breaks_the_contract_reaches_nobody() {
    let hostile = Hostile::new("lies-in-table");
    // Each kind of table tells another lie.
    for (kind, word) in [
        (TableKind::Contents, "cells for"),
        (TableKind::Hierarchy, "of another type"),
        (TableKind::Associated, "were asked for"),
        (TableKind::Rules, "not at the end"),
    ] {
        let table = wait(hostile.runtime.root(&hostile.context).open_table(kind)).unwrap();
        wait(table.set_columns(&[0x0E08_0003])).unwrap();
        let error = wait(table.query_rows(0, 5)).unwrap_err();
        assert!(matches!(error, CallError::InvalidAnswer { .. }), "{kind:?}: {error}");
        assert!(error.to_string().contains(word), "{kind:?}: {error}");
    }
    hostile.others_go_on();
}

#[test]
fn a_million_handles_end_at_the_handle_limit() {
    let hostile = Hostile::new("hoards-handles");
    assert_over(&hostile.misbehave(), "handles_max");
    hostile.others_go_on();
}

#[test]
fn a_list_of_a_gigabyte_ends_at_the_hostcall_limit() {
    let hostile = Hostile::new("returns-a-gigabyte");
    let root = hostile.runtime.root(&hostile.context);
    let error = wait(root.list_properties()).unwrap_err();
    let named =
        ["hostcall_max_bytes", "memory_max_bytes"].iter().any(|name| error.to_string().contains(name));
    assert!(named, "{error}");
    hostile.others_go_on();
}

#[test]
fn a_flood_of_log_lines_is_cut_and_stops_nobody() {
    // Without a short deadline: what is shown is that the flood is cut, not that it ends.
    let hostile = Hostile::with_config("floods-log", "[limits]\nlog_max_bytes = 1000\n");
    let root = hostile.runtime.root(&hostile.context);
    wait(root.get_child_count(TableKind::Contents)).unwrap();
    hostile.others_go_on();
}

#[test]
fn contexts_on_other_threads_go_on_while_one_spins() {
    let runtime = TestRuntime::with_config("[limits]\ncall_timeout_ms = 3000\n");
    runtime.add_guest("guest-well-behaved").add_guest("guest-spins-forever");
    let spinning = runtime.open("mallory", "spinsforever://mallory/inbox/");
    let bystander = runtime.open("bob", "wellbehaved://bob/inbox/");
    let root = runtime.root(&bystander);
    let spin_root = runtime.root(&spinning);
    let spin = std::thread::spawn(move || wait(spin_root.get_child_count(TableKind::Contents)));
    let started = Instant::now();
    for _ in 0..100 {
        wait(root.get_child_count(TableKind::Contents)).unwrap();
    }
    // All of it fits into the time in which the other context still spins.
    assert!(started.elapsed() < Duration::from_secs(3));
    assert!(spin.join().unwrap().unwrap_err().is_loss());
}
