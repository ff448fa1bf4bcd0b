//! Contexts beyond memory: sleep, places, and what is counted meanwhile.

use mapistore::types::TableKind;
use mapistore::{
    CallError, Connection, Context, Registration, Runtime, Source, Status, StatusError, blocking::wait,
};
use tests::{TestRuntime, ids};

use crate::cli::Shell;

fn open(runtime: &TestRuntime, user: &str) -> Context {
    runtime.open(user, &format!("wellbehaved://{user}/inbox/"))
}

/// Puts a context to sleep, once a worker has let go of what the test has dropped.
fn put_to_sleep(runtime: &TestRuntime, context: &Context) {
    while context.is_awake() {
        runtime.put_to_sleep(1);
        std::thread::yield_now();
    }
}

fn count(folder: &mapistore::Folder) -> u32 {
    wait(folder.get_child_count(TableKind::Contents)).unwrap()
}

#[test]
fn a_context_that_slept_answers_as_before_and_its_root_folder_is_the_same() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let context = open(&runtime, "alice");
    let root = runtime.root(&context);
    let before = ids(&root, TableKind::Contents);
    put_to_sleep(&runtime, &context);
    assert_eq!((context.usage().memory_bytes, wait(context.memory_bytes()).unwrap()), (0, 0));
    assert_eq!(ids(&root, TableKind::Contents), before);
    assert!(context.is_awake());
    assert_eq!(context.usage().stores, 2);
}

#[test]
fn a_context_with_an_open_message_does_not_sleep() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let context = open(&runtime, "alice");
    let root = runtime.root(&context);
    let message = wait(root.open_message(ids(&root, TableKind::Contents)[0], false)).unwrap();
    // Idle, or it would not have answered: what keeps it awake is the message.
    assert!(wait(message.list_properties()).is_ok());
    assert_eq!(runtime.put_to_sleep(10), 0);
    assert!(wait(message.list_properties()).is_ok());
    drop(message);
    put_to_sleep(&runtime, &context);
}

#[test]
fn whoever_was_not_used_for_longest_makes_room() {
    let runtime = TestRuntime::with_config("[runtime]\ncontexts_awake_max = 2");
    runtime.add_guest("guest-well-behaved");
    let contexts = ["alice", "bob", "carol", "dave"].map(|user| open(&runtime, user));
    assert_eq!(runtime.awake_contexts(), 2);
    assert_eq!(contexts.each_ref().map(Context::is_awake), [false, false, true, true]);
    for context in &contexts {
        assert_eq!(count(&runtime.root(context)), 20);
        assert!(context.is_awake() && runtime.awake_contexts() <= 2);
    }
}

#[test]
fn where_every_place_is_in_use_the_error_names_the_limit_and_a_closed_context_makes_room() {
    let runtime = TestRuntime::with_config("[runtime]\ncontexts_awake_max = 1");
    runtime.add_guest("guest-well-behaved");
    let alice = open(&runtime, "alice");
    let table = wait(runtime.root(&alice).open_table(TableKind::Contents)).unwrap();
    let error = runtime.try_open("bob", "wellbehaved://bob/inbox/").err().unwrap();
    assert!(matches!(error, CallError::Full { limit: "contexts_awake_max", max: 1, .. }), "{error}");
    drop(table);
    drop(alice);
    assert_eq!(count(&runtime.root(&open(&runtime, "bob"))), 20);
}

#[test]
fn an_owner_with_too_many_contexts_loses_their_own_places_and_nobody_elses() {
    let runtime = TestRuntime::with_config("[runtime]\nowner_contexts_awake_max = 2\nowner_contexts_max = 3");
    runtime.add_guest("guest-well-behaved");
    let bob = open(&runtime, "bob");
    let of = |number: u32| runtime.try_open("alice", &format!("wellbehaved://alice/more/{number}/"));
    let contexts = [1, 1, 2, 3].map(|number| of(number).unwrap());
    let awake: Vec<_> = contexts.iter().map(Context::is_awake).collect();
    assert_eq!(awake, [false, false, true, true]);
    assert!(bob.is_awake());
    let error = of(4).err().unwrap();
    assert!(matches!(error, CallError::Full { limit: "owner_contexts_max", max: 3, .. }), "{error}");
    for context in contexts {
        wait(context.close());
    }
    assert!(of(4).is_ok());
}

#[test]
fn destructors_run_before_a_context_sleeps_and_one_that_never_ends_delays_nobody_for_long() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-spins-in-destructor").add_guest("guest-well-behaved");
    let rude = runtime.open("mallory", "spinsindestructor://mallory/inbox/");
    assert_eq!(runtime.put_to_sleep(1), 1);
    assert!(!rude.is_awake());
    assert_eq!(count(&runtime.root(&open(&runtime, "alice"))), 20);
}

#[test]
fn what_a_context_uses_is_counted_for_it_and_for_its_owner() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let context = open(&runtime, "alice");
    let opened = context.usage();
    assert_eq!((opened.stores, opened.handles), (1, 2));
    assert!(opened.memory_bytes >= 1 << 16 && opened.bytes_in > 0 && opened.processor_ns > 0);
    let root = runtime.root(&context);
    let before = context.usage();
    count(&root);
    let after = context.usage();
    assert_eq!(after.calls, before.calls + 1);
    assert_eq!((after.bytes_out, after.host_calls), (before.bytes_out + 4, before.host_calls));
    assert_eq!(ids(&root, TableKind::Contents).len(), 20);
    let listed = context.usage();
    // The guest asks the index for the ids, and answers them: eight bytes each, both ways.
    assert!(listed.bytes_out >= after.bytes_out + 20 * 8 && listed.host_calls > after.host_calls);
    drop(root);
    wait(context.close()).unwrap();
    wait(runtime.list_contexts("alice"));
    let occupancy = runtime.occupancy();
    assert!(occupancy.contexts.is_empty());
    let alice = occupancy.owners.iter().find(|owner| owner.owner == "alice").unwrap();
    assert!(alice.usage.calls > listed.calls && alice.usage.stores == 2, "{alice:?}");
    assert_eq!((alice.usage.memory_bytes, alice.usage.handles, alice.contexts), (0, 0, 0));
}

#[test]
fn contexts_sleep_while_memory_is_short() {
    // No machine has so much: it is always short.
    let runtime = TestRuntime::with_config(&format!("[runtime]\nmemory_reserve_bytes = {}", 1_u64 << 60));
    runtime.add_guest("guest-well-behaved");
    let context = open(&runtime, "alice");
    let root = runtime.root(&context);
    while context.is_awake() {
        std::thread::yield_now();
    }
    assert_eq!(count(&root), 20);
}

#[test]
fn another_program_is_told_who_uses_what_and_nobody_when_the_runtime_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    // A socket's path may have 108 bytes.
    let data = dir.path().join("d".repeat(150));
    let runtime = Runtime::builder(&data).status_socket(true).open().unwrap();
    let source = Source::read(&tests::guest("guest-well-behaved")).unwrap();
    wait(runtime.register(Registration { source, ..Registration::default() })).unwrap();
    let context = wait(runtime.open_context(&Connection::of("alice"), "wellbehaved://alice/inbox/")).unwrap();
    let status = Status::ask(&data).unwrap();
    assert_eq!((status.contexts_open, status.contexts_awake, status.pid), (1, 1, std::process::id()));
    let told = &status.occupancy.contexts[0];
    assert_eq!((told.uri.as_str(), told.usage.handles), ("wellbehaved://alice/inbox/", 2));
    assert_eq!(status.occupancy.owners[0].owner, "alice");
    drop((context, runtime));
    while !matches!(Status::ask(&data), Err(StatusError::Nobody { .. })) {
        std::thread::yield_now();
    }
}

#[test]
fn where_init_runs_in_every_store_one_is_ready_for_whoever_comes_next() {
    let runtime = TestRuntime::with_config("[limits]\nspare_stores_max = 1");
    runtime.add_guest("guest-well-behaved");
    tests::registered::init_per_store(&runtime.data_dir(), "well-behaved");
    let alice = open(&runtime, "alice");
    assert_eq!(alice.usage().calls, 3, "`init`, `create-context`, `get-root-folder`");
    let spares = || runtime.inspect("well-behaved").unwrap().spare_stores;
    while spares() == 0 {
        std::thread::yield_now();
    }
    let bob = open(&runtime, "bob");
    assert_eq!((bob.usage().calls, bob.usage().stores), (2, 1), "`init` had run");
    assert_eq!(count(&runtime.root(&bob)), 20);
    // What it reaches is bob's: ids come from his index, and alice's are hers.
    let ids = |context: &Context| tests::ids(&runtime.root(context), TableKind::Contents);
    let of = |user: &str| {
        let owner = mapistore::index::Owner::parse(user).unwrap();
        mapistore::index::Scope::namespace(owner, "wellbehaved").unwrap()
    };
    for (context, user) in [(&alice, "alice"), (&bob, "bob")] {
        let first = runtime.index().get_uris(&of(user), &ids(context)[..1]).unwrap().remove(0).unwrap();
        assert!(first.uri.starts_with(&format!("wellbehaved://{user}/")), "{}", first.uri);
    }
    while spares() == 0 {
        std::thread::yield_now();
    }
}

#[test]
fn a_store_that_was_ready_has_the_directories_of_whoever_it_is_given_to() {
    let runtime = TestRuntime::with_config("[limits]\nspare_stores_max = 1\nfiles_max_bytes = 1048576");
    runtime.add_guest_with_files("guest-fills-up", "/data");
    tests::registered::init_per_store(&runtime.data_dir(), "fills-up");
    let append = |owner: &str| {
        let context = runtime.open(owner, &format!("fillsup://{owner}/append/"));
        assert!(count(&runtime.root(&context)) > 500, "chunks of 1 KiB");
        context.usage().calls
    };
    let spares = || runtime.inspect("fills-up").unwrap().spare_stores;
    let with_init = append("alice");
    for owner in ["bob", "carol"] {
        while spares() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(append(owner), with_init - 1, "`init` had run, and each owner has room of their own");
    }
}

#[test]
fn what_a_guest_writes_to_files_and_reads_of_them_is_counted_in_bytes() {
    let runtime = TestRuntime::with_config("[limits]\nfiles_max_bytes = 1048576");
    runtime.add_guest_with_files("guest-fills-up", "/data");
    let transfer = |what: &str| {
        let context = runtime.open("alice", &format!("fillsup://alice/{what}/"));
        let root = runtime.root(&context);
        let before = context.usage();
        let bytes = u64::from(count(&root)) << 10;
        let after = context.usage();
        (bytes, after.bytes_out - before.bytes_out, after.bytes_in - before.bytes_in)
    };
    // The last chunk is handed over as well, and refused.
    let (appended, given, _) = transfer("append");
    assert!(
        appended > 500 << 10 && (appended..appended + (8 << 10)).contains(&given),
        "{given} of {appended}"
    );
    let (read, _, taken) = transfer("read");
    assert!(read > 500 << 10 && (read..read + (8 << 10)).contains(&taken), "{taken} of {read}");
}

/// A granted directory is an open file for as long as its context is awake.
#[test]
fn where_no_file_is_left_for_directories_only_backends_without_one_have_places() {
    let shell = Shell::new();
    tests::registered::install("guest-well-behaved", &shell.path("data"), &[]);
    let with_few_files = |uri: &str| {
        let listing = shell.command(&["ls", "--user", "alice", uri]);
        let mut limited = std::process::Command::new("sh");
        limited.args(["-c", "ulimit -n 120; exec \"$@\"", "sh"]).arg(listing.get_program());
        let output = limited.args(listing.get_args()).output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (listed, errors) = with_few_files("maildir://alice/INBOX/");
    assert!(!listed && errors.contains("`RLIMIT_NOFILE` allows, which is 0"), "{errors}");
    let (listed, errors) = with_few_files("wellbehaved://alice/inbox/");
    assert!(listed, "{errors}");
}
