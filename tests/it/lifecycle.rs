//! Registration, contexts, references, loss and return (LC-01 to LC-15).

use mapistore::types::{PropertyValue, TableKind};
use mapistore::{CallError, InitMode, Registration, RegistryError, Source, blocking::wait};
use tests::{TestRuntime, chain, guest};

/// PidTagComment: what the root of `well-behaved` answers about itself.
const COMMENT: u32 = 0x3004_001F;

fn comment(context: &mapistore::Context) -> String {
    let root = wait(context.root_folder()).unwrap();
    match wait(root.get_properties(&[COMMENT])).unwrap().remove(0) {
        Ok(PropertyValue::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn lc_01_without_a_backend_no_context_opens_and_the_error_says_so() {
    let runtime = TestRuntime::new();
    assert!(wait(runtime.list_contexts("alice")).is_empty());
    let error = runtime.try_open("alice", "wellbehaved://alice/inbox/").err().unwrap();
    assert!(error.to_string().contains("registered: none"), "{error}");
}

#[test]
fn lc_02_a_second_backend_with_the_name_or_the_namespace_is_refused() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let again = runtime.try_add_guest("guest-well-behaved").unwrap_err();
    assert!(matches!(again, RegistryError::NameTaken { .. }), "{again}");
    let source = Source::read(&guest("guest-well-behaved")).unwrap();
    let renamed = Registration { source, name: Some("other".into()), ..Registration::default() };
    let shadow = wait(runtime.register(renamed)).unwrap_err();
    assert!(matches!(shadow, RegistryError::NamespaceTaken { .. }), "{shadow}");
    assert_eq!(runtime.backends().len(), 1);
}

#[test]
fn lc_03_a_backend_whose_init_fails_stays_unregistered_and_its_reason_is_told() {
    let runtime = TestRuntime::new();
    let error = runtime.try_add_guest("guest-fails-init").unwrap_err();
    assert!(matches!(error, RegistryError::Init(_)), "{error}");
    assert!(chain(&error).contains("backend-init"), "{}", chain(&error));
    assert!(runtime.backends().is_empty());
    runtime.add_guest("guest-well-behaved");
}

#[test]
fn lc_04_what_is_no_backend_is_refused_by_name_of_what_is_missing() {
    let runtime = TestRuntime::new();
    let register = |bytes: Vec<u8>| {
        let source = match Source::from_bytes(&bytes) {
            Ok(source) => source,
            Err(error) => return error,
        };
        wait(runtime.register(Registration { source, ..Registration::default() })).unwrap_err()
    };
    let text = register(b"hello".to_vec());
    assert!(matches!(text, RegistryError::NotAComponent { .. }), "{text}");
    let module = register(wat::parse_str("(module)").unwrap()).to_string();
    assert!(module.contains("mapistore:backend/provider@0.1.0"), "{module}");
    let broken = register(wat::parse_str(r#"(module (import "elsewhere" "f" (func)))"#).unwrap());
    assert!(matches!(broken, RegistryError::NotAComponent { .. }), "{broken}");
    assert!(broken.to_string().contains("elsewhere"), "{broken}");
    let empty = register(wat::parse_str("(component)").unwrap()).to_string();
    assert!(empty.contains("mapistore:backend/provider@0.1.0"), "{empty}");
    assert!(empty.contains("mapistore:backend/objects@0.1.0"), "{empty}");
    let newer = r#"(component (instance $i) (export "mapistore:backend/provider@0.2.0" (instance $i)))"#;
    let newer = register(wat::parse_str(newer).unwrap()).to_string();
    assert!(newer.contains("exports `mapistore:backend/provider@0.2.0`, and this host speaks"), "{newer}");
    let hollow = r#"(component (instance $i)
        (export "mapistore:backend/provider@0.1.0" (instance $i))
        (export "mapistore:backend/objects@0.1.0" (instance $i)))"#;
    let hollow = register(wat::parse_str(hollow).unwrap()).to_string();
    assert!(hollow.contains("not a backend"), "{hollow}");
    runtime.add_guest("guest-well-behaved");
}

#[test]
fn lc_05_a_uri_without_a_namespace_and_one_of_no_backend_are_told_apart() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    for uri in ["", "abc", "a:b", "x:/y", "x://"] {
        let error = runtime.try_open("alice", uri).err().unwrap();
        assert!(error.to_string().contains("is not a URI"), "{error}");
    }
    let unknown = runtime.try_open("alice", "nothing://alice/").err().unwrap().to_string();
    assert!(unknown.contains("`nothing`") && unknown.contains("`wellbehaved`"), "{unknown}");
}

#[test]
fn lc_07_one_context_per_user_and_uri() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let uri = "wellbehaved://alice/inbox/";
    let (first, second) = (runtime.open("alice", uri), runtime.open("alice", uri));
    assert_eq!(first.id(), second.id());
    assert_eq!(runtime.open_contexts(), 1);
    let other = runtime.open("bob", "wellbehaved://bob/inbox/");
    assert_ne!(first.id(), other.id());
}

#[test]
fn lc_08_a_context_closes_with_its_last_reference_and_each_destructor_runs_once_children_first() {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("guest-counts-destructors", "/data");
    let uri = "countsdestructors://alice/inbox/";
    let (first, second) = (runtime.open("alice", uri), runtime.open("alice", uri));
    let root = runtime.root(&first);
    let id = runtime.allocate_id("alice").unwrap();
    let message = wait(root.create_message(id, false)).unwrap();
    let table = wait(root.open_table(TableKind::Contents)).unwrap();
    assert!(wait(first.close()).is_none(), "another reference is there");
    let log = runtime.files().join("alice/destructors");
    assert!(!log.exists() || std::fs::read_to_string(&log).unwrap().is_empty());
    let closed = wait(second.close()).unwrap();
    closed.destructors.as_ref().unwrap();
    assert!(closed.memory_bytes > 0);
    assert_eq!(closed.handles, 4);
    let order: Vec<_> = std::fs::read_to_string(&log).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(order, ["table", "message", "folder", "context"]);
    drop((message, table, root));
    assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 4);
}

#[test]
fn lc_09_ids_are_never_used_again_and_a_closed_contexts_objects_are_stale() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let uri = "wellbehaved://alice/inbox/";
    let first = runtime.open("alice", uri);
    let (id, root) = (first.id(), runtime.root(&first));
    wait(first.close()).unwrap();
    let again = runtime.open("alice", uri);
    assert_ne!(again.id(), id);
    let stale = wait(root.get_child_count(TableKind::Contents)).unwrap_err();
    assert!(matches!(stale, CallError::Stale { .. }), "{stale}");
}

#[test]
fn lc_12_a_backend_that_fails_hides_nothing_of_the_others() {
    let runtime = TestRuntime::with_config("[limits]\ncall_timeout_ms = 200\n");
    runtime.add_guest("guest-spins-forever").add_guest("guest-well-behaved");
    let listings = wait(runtime.list_contexts("spin"));
    assert!(listings[0].contexts.as_ref().unwrap_err().is_loss());
    assert_eq!(listings[1].contexts.as_ref().unwrap().len(), 1);
}

#[test]
fn init_runs_once_and_every_context_starts_from_what_it_left() {
    let runtime = TestRuntime::new();
    let source = Source::read(&guest("guest-well-behaved")).unwrap();
    let config = [("greeting".to_owned(), "hello".to_owned())].into();
    let registration = Registration { source, config, ..Registration::default() };
    let record = wait(runtime.register(registration)).unwrap();
    assert_eq!(record.init, InitMode::Snapshot);
    let alice = runtime.open("alice", "wellbehaved://alice/inbox/");
    let bob = runtime.open("bob", "wellbehaved://bob/inbox/");
    // The greeting came from `init`; the count of contexts in this memory is one in each.
    assert_eq!(comment(&alice), "greeting=hello contexts=1 inits=1");
    assert_eq!(comment(&bob), "greeting=hello contexts=1 inits=1");
}

#[test]
fn a_restart_runs_no_init_and_compiles_nothing() {
    let runtime = TestRuntime::new();
    let source = Source::read(&guest("guest-well-behaved")).unwrap();
    let config = [("greeting".to_owned(), "kept".to_owned())].into();
    wait(runtime.register(Registration { source, config, ..Registration::default() })).unwrap();
    let folder = runtime.data_dir().join("backends/well-behaved");
    // Without these nothing could be compiled, nor `init` run again.
    std::fs::remove_file(folder.join("component.wasm")).unwrap();
    std::fs::remove_file(folder.join("start.wasm")).unwrap();
    let runtime = runtime.restart();
    assert!(runtime.load_failures().is_empty(), "{:?}", runtime.load_failures());
    let context = runtime.open("alice", "wellbehaved://alice/inbox/");
    assert_eq!(comment(&context), "greeting=kept contexts=1 inits=1");
}

#[test]
fn compiled_code_that_was_changed_is_refused_and_the_other_backends_load() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved").add_guest("guest-spins-forever");
    let file = runtime.data_dir().join("backends/well-behaved/start.cwasm");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let runtime = runtime.restart();
    assert_eq!(runtime.load_failures().len(), 1);
    let error = runtime.load_failures()[0].error.to_string();
    assert!(error.contains("start.cwasm") && error.contains("digest"), "{error}");
    assert_eq!(runtime.backends().len(), 1);
}

#[test]
fn a_backend_with_open_contexts_is_not_removed_and_one_without_is() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let context = runtime.open("alice", "wellbehaved://alice/inbox/");
    let refused = wait(runtime.remove("well-behaved")).unwrap_err();
    assert!(refused.to_string().contains("1 contexts"), "{refused}");
    wait(context.close());
    wait(runtime.remove("well-behaved")).unwrap();
    assert!(runtime.backends().is_empty());
    assert!(matches!(wait(runtime.remove("well-behaved")), Err(RegistryError::Unknown { .. })));
    assert!(matches!(wait(runtime.remove("../data")), Err(RegistryError::Unknown { .. })));
}

/// Another version of `well-behaved`, with a setting of its own.
fn another_version(component: &str, settings: &[(&str, &str)]) -> Registration {
    let source = Source::read(&guest(component)).unwrap();
    let config = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Registration { source, name: Some("well-behaved".into()), config, ..Registration::default() }
}

#[test]
fn an_upgrade_keeps_the_place_the_ids_and_the_settings_and_runs_init_again() {
    let runtime = TestRuntime::new();
    wait(runtime.register(another_version("guest-well-behaved", &[("greeting", "old"), ("x", "y")])))
        .unwrap();
    runtime.add_guest("guest-spins-forever");
    let uri = "wellbehaved://alice/inbox/";
    let context = runtime.open("alice", uri);
    let id = context.root_fid().unwrap();
    let in_use = wait(runtime.upgrade(another_version("guest-well-behaved", &[]))).unwrap_err();
    assert!(matches!(in_use, RegistryError::InUse { contexts: 1, .. }), "{in_use}");
    wait(context.close());
    let record = wait(runtime.upgrade(another_version("guest-well-behaved", &[]))).unwrap();
    assert_eq!((record.config["greeting"].as_str(), record.config["x"].as_str()), ("old", "y"));
    wait(runtime.upgrade(another_version("guest-well-behaved", &[("greeting", "new")]))).unwrap();
    let order = |runtime: &TestRuntime| {
        runtime.backends().iter().map(|record| record.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(order(&runtime), ["well-behaved", "spins-forever"]);
    let context = runtime.open("alice", uri);
    assert_eq!(comment(&context), "greeting=new contexts=1 inits=1");
    assert_eq!(context.root_fid().unwrap(), id);
    wait(context.close());
    let runtime = runtime.restart();
    assert_eq!(order(&runtime), ["well-behaved", "spins-forever"]);
    assert_eq!(comment(&runtime.open("alice", uri)), "greeting=new contexts=1 inits=1");
}

#[test]
fn an_upgrade_that_is_refused_leaves_the_old_version() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let refused = wait(runtime.upgrade(another_version("guest-floods-log", &[]))).unwrap_err();
    assert!(matches!(refused, RegistryError::NamespaceChanged { .. }), "{refused}");
    let unknown = Registration { name: Some("other".into()), ..another_version("guest-well-behaved", &[]) };
    assert!(matches!(wait(runtime.upgrade(unknown)), Err(RegistryError::Unknown { .. })));
    runtime.open("alice", "wellbehaved://alice/inbox/");
}

#[test]
fn an_upgrade_that_was_cut_short_is_undone_at_the_next_start() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let backends = runtime.data_dir().join("backends");
    std::fs::rename(backends.join("well-behaved"), backends.join(".replaced-well-behaved")).unwrap();
    std::fs::create_dir(backends.join(".adding-well-behaved")).unwrap();
    runtime.open("alice", "wellbehaved://alice/inbox/");
    assert_eq!(std::fs::read_dir(&backends).unwrap().count(), 1);
}

#[test]
fn a_table_that_the_backend_cannot_filter_or_sort_is_filtered_and_sorted_by_the_host() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let context = runtime.open("alice", "wellbehaved://alice/inbox/");
    let table = wait(runtime.root(&context).open_table(TableKind::Contents)).unwrap();
    let subject = 0x0037_001F;
    let early = wait(table.query_rows(0, 10)).unwrap_err();
    assert_eq!(early.code(), Some(mapistore::types::ErrorCode::NotInitialized), "TA-02: {early}");
    wait(table.set_columns(&[subject])).unwrap();
    let all = wait(table.row_count()).unwrap();
    let where_ = mapistore::property::parse_where("subject ^= \"message 1\"").unwrap();
    wait(table.set_restriction(Some(where_))).unwrap();
    let order = mapistore::property::parse_sort("subject:desc").unwrap();
    wait(table.set_sort_order(Some(order))).unwrap();
    let rows = wait(table.query_rows(0, 100)).unwrap();
    assert!(rows.row_count > 0 && rows.row_count < all, "{} of {all}", rows.row_count);
    let subjects: Vec<_> = rows.cells.iter().map(|cell| format!("{cell:?}")).collect();
    let mut sorted = subjects.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!(subjects, sorted);
    assert!(rows.at_end);
    wait(table.set_restriction(None)).unwrap();
    assert_eq!(wait(table.row_count()).unwrap(), all, "TA-06");
}
