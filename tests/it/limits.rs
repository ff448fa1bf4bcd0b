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
    let CallError::Trapped { backtrace, .. } = &error else { panic!("{error}") };
    // By the names of its source, and nothing of the host's.
    let told = backtrace.lines().find(|line| line.contains("guest_traps_in_method::Trapper"));
    assert!(told.is_some_and(|line| line.contains("get_child_count")), "{backtrace}");
    assert!(!backtrace.contains("_ZN") && !backtrace.contains("wasmtime"), "{backtrace}");
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

/// The guest that takes as much as it gets, with a directory of each owner's own.
fn filler(limits: &str) -> TestRuntime {
    let runtime = TestRuntime::with_config(&format!("[limits]\n{limits}"));
    runtime.add_guest_with_files("guest-fills-up", "/data");
    runtime
}

/// How much of something an owner's context gets before there is no more.
fn fill(runtime: &TestRuntime, owner: &str, what: &str) -> u32 {
    let context = runtime.open(owner, &format!("fillsup://{owner}/{what}/"));
    wait(runtime.root(&context).get_child_count(TableKind::Contents)).unwrap()
}

#[test]
fn an_owners_directory_takes_no_more_bytes_than_files_max_bytes_however_they_are_written() {
    let runtime = filler("files_max_bytes = 1048576");
    let appended = fill(&runtime, "mallory", "append");
    assert!((900..=1024).contains(&appended), "{appended} KiB");
    // Another store of the owner's begins where this one ended, and writes over what is there.
    assert!(fill(&runtime, "mallory", "write") <= 1024 - appended + 4);
    assert_eq!(fill(&runtime, "alice", "overwrite"), 1_000, "what is overwritten takes no room");
    fill(&runtime, "mallory", "clear");
    let written = fill(&runtime, "mallory", "write");
    assert!((900..=1024).contains(&written), "{written} KiB after all was removed");
}

#[test]
fn what_was_there_before_the_runtime_counts_against_files_max_bytes() {
    let runtime = filler("files_max_bytes = 1048576");
    std::fs::create_dir_all(runtime.files().join("mallory/deep")).unwrap();
    std::fs::write(runtime.files().join("mallory/deep/old"), vec![1; 512 << 10]).unwrap();
    let written = fill(&runtime, "mallory", "append");
    assert!((400..=512).contains(&written), "{written} KiB");
}

#[test]
fn an_owners_directory_takes_no_more_files_than_files_max_empty_ones_and_directories_included() {
    let runtime = filler("files_max = 128");
    assert_eq!(fill(&runtime, "mallory", "files"), 128);
    assert_eq!(fill(&runtime, "mallory", "directories"), 0);
    assert_eq!(fill(&runtime, "alice", "directories"), 128);
    fill(&runtime, "mallory", "clear");
    assert_eq!(fill(&runtime, "mallory", "directories"), 128);
}

#[test]
fn a_context_that_opens_files_without_end_ends_at_open_files_max() {
    let runtime = filler("open_files_max = 32");
    std::fs::create_dir_all(runtime.files().join("mallory")).unwrap();
    std::fs::write(runtime.files().join("mallory/same"), "").unwrap();
    let context = runtime.open("mallory", "fillsup://mallory/open/");
    let files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let root = runtime.root(&context);
    let error = wait(root.get_child_count(TableKind::Contents)).unwrap_err();
    assert_over(&error, "open_files_max");
    assert!(error.to_string().contains("`open_files_max` is 32"), "{error}");
    // Of this process, which other tests use as well: that its own are closed is what the store's end does.
    assert!(files() < 10_000);
}

#[test]
fn keys_buckets_and_ids_end_at_their_limits_for_each_owner() {
    let limits = "keyvalue_keys_max = 10\nkeyvalue_buckets_max = 5\nindex_entries_max = 20";
    let runtime = filler(limits);
    assert_eq!(fill(&runtime, "mallory", "keys"), 10);
    assert_eq!(fill(&runtime, "trudy", "buckets"), 5);
    // The roots of the two contexts are records as well.
    assert_eq!(fill(&runtime, "mallory", "ids"), 20 - 2);
    assert_eq!(fill(&runtime, "alice", "keys"), 10);
    assert_eq!(fill(&runtime, "alice", "ids"), 20 - 2);
}

#[test]
fn values_end_at_keyvalue_max_bytes() {
    let runtime = filler("keyvalue_max_bytes = 600");
    // A digit or two, and five bytes.
    assert_eq!(fill(&runtime, "mallory", "keys"), 10 + (600 - 60) / 7);
}

/// Has a call begin without waiting for it, as a client does that sends several at once.
fn begin<F: Future>(call: &mut std::pin::Pin<Box<F>>) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match call.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answer) => Some(answer),
        std::task::Poll::Pending => None,
    }
}

#[test]
fn calls_beyond_queue_max_calls_are_refused_at_once() {
    let limits = "[limits]\ncall_timeout_ms = 300\nqueue_max_calls = 2\n";
    let hostile = Hostile::with_config("spins-forever", limits);
    let root = hostile.runtime.root(&hostile.context);
    let mut calls: Vec<_> = (0..5).map(|_| Box::pin(root.get_child_count(TableKind::Contents))).collect();
    let answers: Vec<_> = calls.iter_mut().map(begin).collect();
    // One may run and two may wait; whether the first runs already, a worker decides.
    let refused: Vec<_> = answers.iter().flatten().map(|answer| answer.as_ref().unwrap_err()).collect();
    assert!((2..=3).contains(&refused.len()), "{refused:?}");
    assert!(refused.iter().all(|error| error.to_string().contains("`queue_max_calls`")), "{refused:?}");
    let accepted = calls.into_iter().zip(&answers).find(|(_, answer)| answer.is_none());
    assert_over(&wait(accepted.unwrap().0).unwrap_err(), "call_timeout_ms");
}

#[test]
fn a_call_that_waits_longer_than_queue_timeout_ms_is_not_made() {
    let runtime = TestRuntime::with_config("[limits]\nqueue_timeout_ms = 0\n");
    runtime.add_guest("guest-spins-forever");
    let context = runtime.open("mallory", "spinsforever://mallory/inbox/");
    let root = runtime.root(&context);
    // Begun without waiting, a call goes to a worker, and there is always some time before one takes it.
    let mut call = Box::pin(root.get_child_count(TableKind::Contents));
    assert!(begin(&mut call).is_none());
    let late = wait(call).unwrap_err();
    assert!(late.to_string().contains("`queue_timeout_ms`"), "{late}");
}
