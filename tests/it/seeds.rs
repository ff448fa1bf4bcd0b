//! What `init` drew at random is in the snapshot: hash maps get a seed of their own in every context all the same.

use std::collections::{BTreeMap, BTreeSet};

use mapistore::blocking::wait;
use mapistore::types::PropertyValue;
use mapistore::{Registration, Source};
use tests::{TestRuntime, guest};

/// PidTagComment.
const COMMENT: u32 = 0x3004_001F;

fn register(config: &[(&str, &str)]) -> TestRuntime {
    let runtime = TestRuntime::new();
    let source = Source::read(&guest("guest-hashes")).unwrap();
    let config: BTreeMap<_, _> =
        config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    wait(runtime.register(Registration { source, config, ..Registration::default() })).unwrap();
    runtime
}

/// The hashes of two new maps in a new context, and what the map of `init` finds.
fn hashes(runtime: &TestRuntime, user: &str) -> [String; 3] {
    let context = runtime.open(user, &format!("hashes://{user}/inbox/"));
    let found = wait(runtime.root(&context).get_properties(&[COMMENT])).unwrap().remove(0);
    let Ok(PropertyValue::Text(text)) = found else { panic!("{found:?}") };
    let [first, second, colours]: [&str; 3] =
        text.splitn(3, ' ').collect::<Vec<_>>().try_into().expect("three parts");
    [first.to_owned(), second.to_owned(), colours.to_owned()]
}

#[test]
fn no_two_contexts_share_a_hash_seed_and_maps_of_init_work_as_before() {
    let runtime = register(&[]);
    let record = runtime.backends().remove(0);
    assert_eq!(record.init, mapistore::InitMode::Snapshot, "or there would be nothing to see");
    let mut seen = BTreeSet::new();
    for user in ["alice", "bob", "carol"] {
        let [first, second, colours] = hashes(&runtime, user);
        assert_eq!(colours, "2 3");
        assert!(seen.insert(first.clone()) && seen.insert(second.clone()), "{user}: {first} {second}");
    }
    let runtime = runtime.restart();
    assert!(seen.insert(hashes(&runtime, "alice")[0].clone()), "a restart begins with the same image");
}

#[test]
fn an_author_may_ask_for_one_seed() {
    let runtime = register(&[("seed", "shared")]);
    assert_eq!(hashes(&runtime, "alice"), hashes(&runtime, "bob"));
}

#[test]
fn what_init_took_of_the_random_generator_is_told() {
    let record = register(&[]).backends().remove(0);
    assert_eq!(record.init_random_bytes, 16, "a seed");
}
