//! What a guest can reach: its owner's directory, its owner's index in its own namespace, and nothing else.

use mapistore::blocking::wait;
use mapistore::index::{Owner, Scope, Uri};
use mapistore::types::PropertyValue;
use mapistore::{CallError, Context};
use tests::TestRuntime;

const COMMENT: u32 = 0x3004_001F;

fn report(runtime: &TestRuntime, context: &Context) -> String {
    match wait(runtime.root(context).get_properties(&[COMMENT])).unwrap().remove(0) {
        Ok(PropertyValue::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

/// Everything that the guest tried has to have failed; each line is `what: result`.
fn assert_nothing_reached(report: &str) {
    assert!(report.lines().count() >= 10, "too few attempts:\n{report}");
    for line in report.lines() {
        let (what, result) = line.rsplit_once(": ").unwrap_or((line, ""));
        assert!(result.starts_with("denied"), "`{what}` was not denied:\n{report}");
    }
}

#[test]
fn a_hostile_guest_reaches_nothing_that_it_was_not_granted() {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("guest-snoops", "/data").add_guest("guest-well-behaved");
    let bob = runtime.open("bob", "wellbehaved://bob/inbox/");
    runtime.root(&bob);
    std::fs::create_dir_all(runtime.files().join("bob")).unwrap();
    std::fs::write(runtime.files().join("bob/secret"), "of bob").unwrap();
    std::fs::create_dir_all(runtime.files().join("mallory")).unwrap();
    std::os::unix::fs::symlink("../bob", runtime.files().join("mallory/link")).unwrap();
    std::os::unix::fs::symlink("/etc", runtime.files().join("mallory/etc")).unwrap();
    let mallory = runtime.open("mallory", "snoops://mallory/inbox/");
    assert_nothing_reached(&report(&runtime, &mallory));
}

#[test]
fn ix_22_two_owners_of_one_backend_share_no_index_entry_and_no_file() {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("guest-counts-destructors", "/data").add_guest("guest-well-behaved");
    for user in ["alice", "bob"] {
        let context = runtime.open(user, &format!("countsdestructors://{user}/inbox/"));
        runtime.root(&context);
        wait(context.close()).unwrap();
    }
    for user in ["alice", "bob"] {
        let files: Vec<_> = std::fs::read_dir(runtime.files().join(user)).unwrap().collect();
        assert_eq!(files.len(), 1);
        let owner = Owner::parse(user).unwrap();
        let records = runtime.index().dump(&owner, None, 100).unwrap();
        assert!(!records.is_empty());
        assert!(records.iter().all(|record| record.uri.contains(user)), "{records:?}");
    }
}

#[test]
fn owners_with_hostile_names_get_a_directory_and_an_index_of_their_own() {
    let runtime = TestRuntime::new();
    runtime.add_guest_with_files("guest-counts-destructors", "/data");
    let outside = std::fs::read_dir(runtime.files().parent().unwrap()).unwrap().count();
    for user in ["..", "a/b", ".", "x\u{0}y"] {
        let context = runtime.open(user, "countsdestructors://someone/inbox/");
        wait(context.close()).unwrap();
        let dir = runtime.files().join(mapistore::owner_directory_name(user));
        assert!(dir.join("destructors").is_file(), "{user:?}");
    }
    // Two names that no index takes: refused, with the rule.
    for user in [String::new(), "o".repeat(300)] {
        let error = runtime.try_open(&user, "countsdestructors://someone/inbox/").err().unwrap();
        assert!(error.to_string().contains("1 to 255"), "{error}");
    }
    assert_eq!(std::fs::read_dir(runtime.files().parent().unwrap()).unwrap().count(), outside);
}

#[test]
fn a_uri_of_a_foreign_namespace_is_refused_wherever_the_guest_hands_it_out() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-foreign-uri");
    let listed = wait(runtime.list_contexts("mallory")).remove(0).contexts.unwrap_err();
    assert!(matches!(listed, CallError::InvalidAnswer { .. }), "{listed}");
    assert!(listed.to_string().contains("its own is `foreignuri`"), "{listed}");
    let created = wait(runtime.create_root_folder("mallory", mapistore::types::Role::Mail, "x")).unwrap_err();
    assert!(matches!(created, CallError::InvalidAnswer { .. }), "{created}");
    let context = runtime.open("mallory", "foreignuri://mallory/inbox/");
    let seen = report(&runtime, &context);
    assert!(!seen.is_empty());
    for line in seen.lines() {
        assert!(line.contains("denied"), "{seen}");
    }
}

#[test]
fn an_id_of_another_namespace_is_unknown_to_a_guest() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-well-behaved");
    let owner = Owner::parse("alice").unwrap();
    let other = Scope::namespace(owner.clone(), "other").unwrap();
    let id = runtime.index().ensure_ids(&other, &[Uri::parse("other://alice/x").unwrap()]).unwrap()[0];
    let context = runtime.open("alice", "wellbehaved://alice/inbox/");
    let paths = wait(context.get_paths(&[id])).unwrap();
    assert!(paths[0].is_err(), "{paths:?}");
}

#[test]
fn without_a_grant_a_component_sees_no_directory() {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-snoops");
    let context = runtime.open("mallory", "snoops://mallory/inbox/");
    assert_nothing_reached(&report(&runtime, &context));
}
