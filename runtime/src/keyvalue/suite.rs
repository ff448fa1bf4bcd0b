//! What every driver has to do, as tests that run on each.

use super::*;

fn space(backend: &str, owner: &str) -> Space {
    Space::new(backend, Owner::parse(owner).unwrap())
}

fn set(key: &str, value: &[u8]) -> KeyChange {
    (key.to_owned(), Some(value.to_vec()))
}

const ROOM: Quota = Quota::NONE;

fn bytes(bytes: u64) -> Quota {
    Quota { bytes, ..ROOM }
}

/// A driver, and what keeps its files.
struct Subject {
    store: Box<dyn KeyValue>,
    _dir: Option<tempfile::TempDir>,
}

fn subjects() -> Vec<Subject> {
    let dir = tempfile::tempdir().unwrap();
    let store = LmdbKeyValue::open(dir.path()).unwrap();
    vec![
        Subject { store: Box::new(MemoryKeyValue::default()), _dir: None },
        Subject { store: Box::new(store), _dir: Some(dir) },
    ]
}

fn value(store: &dyn KeyValue, space: &Space, bucket: &str, key: &str) -> Option<Vec<u8>> {
    store.get_many(space, bucket, &[key.to_owned()]).unwrap().remove(0)
}

#[test]
fn a_space_sees_its_own_keys_only() {
    for Subject { store, .. } in &subjects() {
        let spaces = [space("a", "alice"), space("a", "bob"), space("b", "alice"), space("a", "alice\u{1}")];
        for (number, space) in (0u8..).zip(&spaces) {
            store.write(space, "x", vec![set("k", &[number])], ROOM).unwrap();
            store.write(space, "y", vec![set("k", &[number + 100])], ROOM).unwrap();
        }
        for (number, space) in (0u8..).zip(&spaces) {
            assert_eq!(value(&**store, space, "x", "k"), Some(vec![number]));
            assert_eq!(value(&**store, space, "y", "k"), Some(vec![number + 100]));
            assert_eq!(store.keys(space, "x", None).unwrap().keys, ["k"]);
        }
        assert_eq!(store.keys(&space("c", "alice"), "x", None).unwrap(), KeyPage::default());
    }
}

#[test]
fn changes_are_made_all_or_none() {
    for Subject { store, .. } in &subjects() {
        let space = space("a", "alice");
        store.write(&space, "x", vec![set("a", b"old"), set("b", b"old")], ROOM).unwrap();
        let before = store.usage(&space).unwrap();
        let long = "k".repeat(KEY_BYTES_MAX + 1);
        let refused = store.write(&space, "x", vec![set("a", b"new"), set(&long, b"")], ROOM).unwrap_err();
        assert!(matches!(refused, KeyValueError::InvalidName { what: "key", .. }), "{refused}");
        let refused =
            store.write(&space, "x", vec![set("a", b"new"), set("c", &[0; 100])], bytes(50)).unwrap_err();
        assert!(matches!(refused, KeyValueError::Quota { max: 50, .. }), "{refused}");
        assert_eq!(value(&**store, &space, "x", "a"), Some(b"old".to_vec()));
        assert_eq!(store.usage(&space).unwrap(), before);
        store
            .write(&space, "x", vec![("a".into(), None), set("b", b"new"), set("b", b"newer")], ROOM)
            .unwrap();
        assert_eq!(value(&**store, &space, "x", "a"), None);
        assert_eq!(value(&**store, &space, "x", "b"), Some(b"newer".to_vec()));
        assert_eq!(store.usage(&space).unwrap(), SpaceUsage { keys: 1, bytes: 6 });
    }
}

#[test]
fn a_full_space_takes_what_is_smaller_and_lets_go_of_keys() {
    for Subject { store, .. } in &subjects() {
        let space = space("a", "alice");
        store.write(&space, "x", vec![set("k", &[0; 99])], bytes(100)).unwrap();
        assert!(matches!(
            store.write(&space, "x", vec![set("l", b"")], bytes(100)),
            Err(KeyValueError::Quota { limit: "keyvalue_max_bytes", value: 101, max: 100, .. })
        ));
        // The limit was lowered meanwhile.
        store.write(&space, "x", vec![set("k", &[0; 98])], bytes(10)).unwrap();
        store.write(&space, "x", vec![("k".into(), None)], bytes(10)).unwrap();
        assert_eq!(store.usage(&space).unwrap(), SpaceUsage::default());
    }
}

#[test]
fn keys_and_buckets_are_counted_and_a_bucket_counts_for_ever() {
    for Subject { store, .. } in &subjects() {
        let space = space("a", "alice");
        let quota = Quota { keys: 2, buckets: 2, ..ROOM };
        store.write(&space, "x", vec![set("a", b""), set("b", b"")], quota).unwrap();
        let refused = store.write(&space, "x", vec![set("c", b"")], quota).unwrap_err();
        assert!(
            matches!(refused, KeyValueError::Quota { limit: "keyvalue_keys_max", value: 3, .. }),
            "{refused}"
        );
        store.write(&space, "x", vec![("a".into(), None), set("c", b"")], quota).unwrap();
        store.write(&space, "x", vec![("b".into(), None), ("c".into(), None)], quota).unwrap();
        store.write(&space, "y", vec![set("a", b"")], quota).unwrap();
        store.write(&space, "y", vec![("a".into(), None)], quota).unwrap();
        let refused = store.write(&space, "z", vec![set("a", b"")], quota).unwrap_err();
        assert!(
            matches!(refused, KeyValueError::Quota { limit: "keyvalue_buckets_max", value: 3, .. }),
            "{refused}"
        );
        store.write(&space, "z", vec![("a".into(), None)], quota).unwrap();
        store.write(&Space::new("a", Owner::parse("bob").unwrap()), "z", vec![set("a", b"")], quota).unwrap();
    }
}

#[test]
fn keys_come_in_pages_in_the_order_of_their_bytes_from_any_text_on() {
    for Subject { store, .. } in &subjects() {
        let space = space("a", "alice");
        let changes = (0..1_500).rev().map(|number| set(&format!("{number:04}"), b"")).collect();
        store.write(&space, "x", changes, ROOM).unwrap();
        store.write(&space, "y", vec![set("0000", b"")], ROOM).unwrap();
        let first = store.keys(&space, "x", None).unwrap();
        assert_eq!((first.keys.len(), first.more), (PAGE_KEYS_MAX, true));
        let second = store.keys(&space, "x", first.keys.last().map(String::as_str)).unwrap();
        assert_eq!((second.keys.len(), second.more), (500, false));
        assert_eq!(store.keys(&space, "x", Some("1498x")).unwrap().keys, ["1499"]);
        assert_eq!(store.keys(&space, "x", Some(&"1498".repeat(500))).unwrap().keys, ["1499"]);
        assert!(store.keys(&space, "x", Some("2")).unwrap().keys.is_empty());
    }
}

#[test]
fn a_number_is_added_to_at_once_by_many() {
    for Subject { store, .. } in &subjects() {
        let space = space("a", "alice");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        store.increment(&space, "x", "n", 1, ROOM).unwrap();
                    }
                });
            }
        });
        assert_eq!(store.increment(&space, "x", "n", -100, ROOM).unwrap(), 0);
        store.write(&space, "x", vec![set("text", b"x")], ROOM).unwrap();
        let wrong = store.increment(&space, "x", "text", 1, ROOM).unwrap_err();
        assert!(matches!(wrong, KeyValueError::NotANumber { .. }), "{wrong}");
        store.increment(&space, "x", "m", i64::MAX, ROOM).unwrap();
        assert!(store.increment(&space, "x", "m", 1, ROOM).is_err());
    }
}

#[test]
fn a_swap_is_made_only_over_the_value_that_it_knows() {
    for Subject { store, .. } in &subjects() {
        let space = space("a", "alice");
        let swap = |current: Option<&[u8]>, value: &[u8]| {
            store.swap(&space, "x", "k", current.map(<[u8]>::to_vec), value.to_vec(), ROOM).unwrap()
        };
        assert_eq!(swap(Some(b"?"), b"1"), Err(None));
        assert_eq!(swap(None, b"1"), Ok(()));
        assert_eq!(swap(None, b"2"), Err(Some(b"1".to_vec())));
        assert_eq!(swap(Some(b"1"), b"2"), Ok(()));
        assert_eq!(value(&**store, &space, "x", "k"), Some(b"2".to_vec()));
    }
}

#[test]
fn batches_and_values_have_a_largest_size() {
    for Subject { store, .. } in &subjects() {
        let space = space("a", "alice");
        let big = vec![0; VALUE_BYTES_MAX];
        let one_more = vec![0; VALUE_BYTES_MAX + 1];
        assert!(store.write(&space, "x", vec![set("k", &one_more)], ROOM).is_err());
        let many: Vec<_> = (0..33).map(|number| set(&number.to_string(), &big)).collect();
        assert!(store.write(&space, "x", many.clone(), ROOM).is_err());
        for change in many {
            store.write(&space, "x", vec![change], ROOM).unwrap();
        }
        let keys: Vec<_> = (0..33).map(|number: u32| number.to_string()).collect();
        assert!(matches!(store.get_many(&space, "x", &keys), Err(KeyValueError::TooBig { .. })));
        assert_eq!(store.get_many(&space, "x", &keys[..32]).unwrap().len(), 32);
        let keys = vec!["k".to_owned(); BATCH_KEYS_MAX + 1];
        assert!(store.get_many(&space, "x", &keys).is_err());
    }
}

#[test]
fn what_was_written_is_there_after_reopening_and_a_second_process_is_kept_out() {
    let dir = tempfile::tempdir().unwrap();
    let space = space("a", "alice");
    let store = LmdbKeyValue::open(dir.path()).unwrap();
    store.write(&space, "x", vec![set("k", b"v")], ROOM).unwrap();
    assert!(matches!(LmdbKeyValue::open(dir.path()), Err(KeyValueError::InUse { .. })));
    drop(store);
    let store = LmdbKeyValue::open(dir.path()).unwrap();
    assert_eq!(value(&store, &space, "x", "k"), Some(b"v".to_vec()));
    assert_eq!(store.usage(&space).unwrap(), SpaceUsage { keys: 1, bytes: 2 });
}

#[test]
fn an_injected_fault_changes_nothing() {
    let store = FaultKeyValue::new(MemoryKeyValue::default(), true);
    let space = space("a", "alice");
    store.fail_at(2);
    store.write(&space, "x", vec![set("a", b"1")], ROOM).unwrap();
    assert!(matches!(store.write(&space, "x", vec![set("a", b"2")], ROOM), Err(KeyValueError::Full)));
    assert_eq!(value(&store, &space, "x", "a"), Some(b"1".to_vec()));
    assert_eq!(store.calls(), 3);
}
