//! The behaviours that every driver must show: IX-01 to IX-25 here, what the interface says besides in `interface`,
//! and in `model` a comparison with the simplest index there could be.
//!
//! IX-12 (a delete mode other than soft and hard) and IX-24 (no context) have no test: [`DeleteMode`] has no third
//! value, and there is no [`Index`] to call without one that is open.

mod interface;
mod load;
mod mailbox;
mod model;

use std::collections::BTreeSet;
use std::path::Path;
use std::thread;

use self::interface::*;
use self::load::*;
use self::mailbox::*;
use super::*;

/// Opens a driver; one that keeps anything does so in the directory.
type Open = fn(&Path) -> Box<dyn Index>;

fn open_memory(_: &Path) -> Box<dyn Index> {
    Box::new(MemoryIndex::default())
}

fn open_lmdb(path: &Path) -> Box<dyn Index> {
    Box::new(LmdbIndex::open(path, LmdbOptions::default()).unwrap())
}

macro_rules! behaviours {
    ($($name:ident)*) => {
        mod memory_shows {
            $(#[test] fn $name() { super::show(super::open_memory, super::$name) })*
        }
        mod lmdb_shows {
            $(#[test] fn $name() { super::show(super::open_lmdb, super::$name) })*
        }
    };
}

behaviours! {
    ix_01_what_was_added_is_found_by_its_id
    ix_02_an_id_is_added_once
    ix_03_id_zero_and_ids_never_allocated_are_refused
    ix_04_the_id_of_a_tombstone_is_taken
    ix_05_unknown_ids_and_tombstones_cannot_be_updated
    ix_06_an_update_may_change_nothing
    ix_07_after_an_update_only_the_new_uri_resolves
    ix_08_deleting_the_unknown_is_no_error
    ix_09_a_tombstone_keeps_its_uri
    ix_10_a_hard_delete_removes_live_records_and_tombstones
    ix_11_a_second_soft_delete_changes_nothing
    ix_13_a_uri_is_found_exactly_or_not_at_all
    ix_14_one_trailing_slash_is_insignificant_to_look_ups
    ix_15_a_search_is_by_prefix_and_suffix
    ix_16_stars_are_literal
    ix_17_percent_and_underscore_are_literal
    ix_18_a_tombstone_is_found_by_its_uri
    ix_19_ids_follow_each_other
    ix_20_a_range_of_ids_has_no_gaps
    ix_21_concurrent_callers_get_different_ids
    ix_22_owners_do_not_see_each_other
    ix_23_a_rename_moves_all_live_records_and_only_them
    ix_23_a_rename_that_cannot_be_done_changes_nothing
    a_rename_puts_containers_where_there_were_none
    an_odd_uri_comes_back_byte_for_byte
    an_owner_has_no_more_records_than_a_scope_allows_to_make
    names_of_every_length_are_told_apart
    listing_registers_what_is_new
    a_call_that_adds_nothing_makes_no_owner
    a_search_goes_on_after_a_page
    deletions_are_listed_in_their_order
    change_numbers_grow
    a_namespace_hides_all_others
    limits_are_checked
    np_01_named_properties_get_ids_that_stay
    np_02_property_ids_lead_back_to_names
    pe_01_permission_rows_are_kept_by_owner_and_folder
    the_operator_sees_everything
    a_removed_owner_leaves_nothing_behind
    a_mailbox_gets_ids_and_uris_in_one_change
    a_mailbox_row_changes_and_goes_and_its_id_stays
    a_change_of_a_mailbox_that_is_another_by_now_is_refused
    an_id_stands_in_one_row_of_a_mailbox
    a_change_of_a_mailbox_names_a_row_once
    a_uri_below_that_is_taken_gets_another_id
    limits_of_a_mailbox_are_checked
    a_removed_owner_has_no_mailbox
    records_from_elsewhere_keep_their_ids
    what_cannot_be_loaded_keeps_nothing_else_out
    random_operations_do_what_the_model_does
}

fn show(open: Open, behaviour: fn(&dyn Index)) {
    let dir = tempfile::tempdir().unwrap();
    let index = open(dir.path());
    behaviour(&*index);
    let report = index.verify().unwrap();
    assert!(report.is_clean(), "{report:?}");
}

fn owner(name: &str) -> Owner {
    Owner::parse(name).unwrap()
}

fn alice() -> Scope {
    Scope::namespace(owner("alice"), "n").unwrap()
}

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

fn uris<const N: usize>(texts: [&str; N]) -> Vec<Uri> {
    texts.into_iter().map(uri).collect()
}

/// Allocates an id and adds a URI under it.
fn add(index: &dyn Index, text: &str) -> Fmid {
    let id = index.reserve(&alice(), 1).unwrap().first;
    index.add(&alice(), id, &uri(text)).unwrap();
    id
}

fn by_id(index: &dyn Index, id: Fmid) -> Option<Entry> {
    index.get_uris(&alice(), &[id]).unwrap().remove(0)
}

fn by_uri(index: &dyn Index, text: &str) -> Option<Entry> {
    index.get_ids(&alice(), &[uri(text)]).unwrap().remove(0)
}

fn live(id: Fmid, text: &str) -> Option<Entry> {
    Some(Entry { id, uri: text.to_owned(), soft_deleted: false })
}

fn tombstone(id: Fmid, text: &str) -> Option<Entry> {
    Some(Entry { id, uri: text.to_owned(), soft_deleted: true })
}

fn found(index: &dyn Index, prefix: &str, suffix: &str) -> Vec<String> {
    let entries = index.find(&alice(), prefix, suffix, None, BATCH_MAX).unwrap();
    assert!(entries.iter().all(|entry| !entry.soft_deleted));
    assert!(entries.is_sorted_by(|a, b| a.id < b.id));
    entries.into_iter().map(|entry| entry.uri).collect()
}

fn ix_01_what_was_added_is_found_by_its_id(index: &dyn Index) {
    let id = add(index, "n://a/b");
    assert_eq!(by_id(index, id), live(id, "n://a/b"));
}

fn ix_02_an_id_is_added_once(index: &dyn Index) {
    let id = add(index, "n://a");
    for text in ["n://a", "n://b"] {
        assert!(
            matches!(index.add(&alice(), id, &uri(text)), Err(IndexError::IdTaken(taken)) if taken == id)
        );
    }
    let other = index.reserve(&alice(), 1).unwrap().first;
    // Nor may a live URI have two ids, with or without its slash.
    for text in ["n://a", "n://a/"] {
        assert!(matches!(index.add(&alice(), other, &uri(text)), Err(IndexError::UriTaken(_))));
    }
    assert_eq!(by_id(index, other), None);
}

fn ix_03_id_zero_and_ids_never_allocated_are_refused(index: &dyn Index) {
    let last = index.reserve(&alice(), 10).unwrap().first.globcnt().unwrap().get() + 9;
    let id = |globcnt| Fmid::from(Globcnt::new(globcnt).unwrap());
    for bad in [Fmid(0), Fmid(1), Fmid(id(1).0 + 1), id(last + 1), Fmid::from(Globcnt::MAX)] {
        assert!(matches!(index.add(&alice(), bad, &uri("n://a")), Err(IndexError::InvalidId(_))), "{bad}");
        assert_eq!(by_id(index, bad), None);
    }
    index.add(&alice(), id(last), &uri("n://a")).unwrap();
}

fn ix_04_the_id_of_a_tombstone_is_taken(index: &dyn Index) {
    let id = add(index, "n://a");
    index.remove(&alice(), &[id], DeleteMode::Soft).unwrap();
    for text in ["n://a", "n://b"] {
        assert!(matches!(index.add(&alice(), id, &uri(text)), Err(IndexError::IdTaken(_))));
    }
}

fn ix_05_unknown_ids_and_tombstones_cannot_be_updated(index: &dyn Index) {
    assert!(matches!(index.update(&alice(), Fmid(0), &uri("n://b")), Err(IndexError::NotFound(_))));
    let id = index.reserve(&alice(), 1).unwrap().first;
    assert!(matches!(index.update(&alice(), id, &uri("n://b")), Err(IndexError::NotFound(_))));
    let id = add(index, "n://a");
    index.remove(&alice(), &[id], DeleteMode::Soft).unwrap();
    assert!(matches!(index.update(&alice(), id, &uri("n://b")), Err(IndexError::NotFound(_))));
    assert_eq!(by_uri(index, "n://b"), None);
}

fn ix_06_an_update_may_change_nothing(index: &dyn Index) {
    let id = add(index, "n://a/b");
    index.update(&alice(), id, &uri("n://a/b")).unwrap();
    assert_eq!(by_uri(index, "n://a/b"), live(id, "n://a/b"));
    // The slash is part of the URI all the same.
    index.update(&alice(), id, &uri("n://a/b/")).unwrap();
    assert_eq!(by_id(index, id), live(id, "n://a/b/"));
}

fn ix_07_after_an_update_only_the_new_uri_resolves(index: &dyn Index) {
    let (id, other) = (add(index, "n://a/b"), add(index, "n://c/d"));
    // Fill whatever cache there is.
    assert!(by_uri(index, "n://a/b").is_some());
    index.update(&alice(), id, &uri("n://e/f")).unwrap();
    assert_eq!(by_uri(index, "n://a/b"), None);
    assert_eq!(by_uri(index, "n://e/f"), live(id, "n://e/f"));
    assert!(matches!(index.update(&alice(), id, &uri("n://c/d/")), Err(IndexError::UriTaken(_))));
    assert_eq!(by_id(index, id), live(id, "n://e/f"));
    assert_eq!(by_id(index, other), live(other, "n://c/d"));
}

fn ix_08_deleting_the_unknown_is_no_error(index: &dyn Index) {
    let never = index.reserve(&alice(), 1).unwrap().first;
    for mode in [DeleteMode::Soft, DeleteMode::Hard] {
        index.remove(&alice(), &[never, Fmid(0), Fmid(u64::MAX)], mode).unwrap();
        index.remove(&Scope::operator(owner("nobody")), &[never], mode).unwrap();
    }
    assert_eq!(by_id(index, never), None);
}

fn ix_09_a_tombstone_keeps_its_uri(index: &dyn Index) {
    let id = add(index, "n://a/b/");
    index.remove(&alice(), &[id], DeleteMode::Soft).unwrap();
    assert_eq!(by_id(index, id), tombstone(id, "n://a/b/"));
    assert_eq!(found(index, "", ""), [""; 0]);
}

fn ix_10_a_hard_delete_removes_live_records_and_tombstones(index: &dyn Index) {
    let (first, second, third) = (add(index, "n://a"), add(index, "n://b"), add(index, "n://c"));
    index.remove(&alice(), &[first], DeleteMode::Soft).unwrap();
    index.remove(&alice(), &[first, second, first], DeleteMode::Hard).unwrap();
    assert_eq!(
        index.get_uris(&alice(), &[first, second, third]).unwrap(),
        [None, None, live(third, "n://c")]
    );
    assert_eq!(by_uri(index, "n://a"), None);
    assert_eq!(index.list_deleted(&alice(), "", ChangeNumber(0)).unwrap(), []);
}

fn ix_11_a_second_soft_delete_changes_nothing(index: &dyn Index) {
    let id = add(index, "n://a");
    index.remove(&alice(), &[id, id], DeleteMode::Soft).unwrap();
    let dump = index.dump(&owner("alice"), None, 10).unwrap();
    index.remove(&alice(), &[id], DeleteMode::Soft).unwrap();
    assert_eq!(index.dump(&owner("alice"), None, 10).unwrap(), dump);
    assert_eq!(by_id(index, id), tombstone(id, "n://a"));
}

fn ix_13_a_uri_is_found_exactly_or_not_at_all(index: &dyn Index) {
    let id = add(index, "n://a/b");
    assert_eq!(by_uri(index, "n://a/b"), live(id, "n://a/b"));
    for text in ["n://a", "n://a/", "n://a/B", "n://a/b/c", "n://a//b", "n://a/%62", "n://"] {
        assert_eq!(by_uri(index, text), None, "{text}");
    }
    let several = index.get_ids(&alice(), &uris(["n://x", "n://a/b", "n://x", "n://a/b/"])).unwrap();
    assert_eq!(several, [None, live(id, "n://a/b"), None, live(id, "n://a/b")]);
}

fn ix_14_one_trailing_slash_is_insignificant_to_look_ups(index: &dyn Index) {
    let (leaf, container) = (add(index, "n://a/b"), add(index, "n://c/"));
    let root = add(index, "n://");
    for (text, expected) in [
        ("n://a/b", live(leaf, "n://a/b")),
        ("n://a/b/", live(leaf, "n://a/b")),
        ("n://a/b//", None),
        ("n://c", live(container, "n://c/")),
        ("n://c/", live(container, "n://c/")),
        ("n://", live(root, "n://")),
        ("n:///", None),
    ] {
        assert_eq!(by_uri(index, text), expected, "{text}");
    }
    assert_eq!(index.ensure_ids(&alice(), &uris(["n://a/b/", "n://c"])).unwrap(), [leaf, container]);
    index.remove(&alice(), &[container], DeleteMode::Soft).unwrap();
    assert_eq!(by_uri(index, "n://c"), tombstone(container, "n://c/"));
}

fn ix_15_a_search_is_by_prefix_and_suffix(index: &dyn Index) {
    let all = [
        "n://in/1.eml",
        "n://in/",
        "n://in/sub/2.eml",
        "n://in/sub/",
        "n://inbox/3.eml",
        "n://in/2.txt",
        "n://",
    ];
    for text in all {
        add(index, text);
    }
    let gone = add(index, "n://in/4.eml");
    index.remove(&alice(), &[gone], DeleteMode::Soft).unwrap();
    assert_eq!(found(index, "", ""), all);
    assert_eq!(found(index, "n://", ""), all);
    assert_eq!(found(index, "n://in/", ""), [all[0], all[1], all[2], all[3], all[5]]);
    assert_eq!(found(index, "n://in", ""), all[..6]);
    assert_eq!(found(index, "n://in/s", ""), [all[2], all[3]]);
    assert_eq!(found(index, "", ".eml"), [all[0], all[2], all[4]]);
    assert_eq!(found(index, "n://in/", ".eml"), [all[0], all[2]]);
    assert_eq!(found(index, "n://in/", "/"), [all[1], all[3]]);
    assert_eq!(found(index, "n://in/sub/2", "/2.eml"), [all[2]]);
    // The two may overlap, and reach over the whole.
    assert_eq!(found(index, "n://in/1.eml", "n://in/1.eml"), [all[0]]);
    assert_eq!(found(index, "n://in/1.eml/", ""), [""; 0]);
    assert_eq!(found(index, "n://nothing", ""), [""; 0]);
    assert_eq!(found(index, "", "xn://in/"), [""; 0]);
}

fn ix_16_stars_are_literal(index: &dyn Index) {
    let all = ["n://a*b", "n://ab", "n://a**b", "n://axb"];
    for text in all {
        add(index, text);
    }
    assert_eq!(found(index, "n://a*", ""), ["n://a*b", "n://a**b"]);
    assert_eq!(found(index, "n://a*", "*b"), ["n://a*b", "n://a**b"]);
    assert_eq!(found(index, "n://a**", ""), ["n://a**b"]);
    // No URI begins like this, least of all one of this namespace.
    assert!(matches!(index.find(&alice(), "*", "", None, 1), Err(IndexError::ForeignNamespace { .. })));
    assert_eq!(index.find(&Scope::operator(owner("alice")), "*", "", None, 1).unwrap(), []);
}

fn ix_17_percent_and_underscore_are_literal(index: &dyn Index) {
    let all = ["n://a_b", "n://axb", "n://a%b", "n://a%20b"];
    for text in all {
        add(index, text);
    }
    assert_eq!(found(index, "n://a_", ""), ["n://a_b"]);
    assert_eq!(found(index, "n://a%", ""), ["n://a%b", "n://a%20b"]);
    assert_eq!(by_uri(index, "n://a b"), None);
}

fn ix_18_a_tombstone_is_found_by_its_uri(index: &dyn Index) {
    let first = add(index, "n://a/b");
    index.remove(&alice(), &[first], DeleteMode::Soft).unwrap();
    assert_eq!(by_uri(index, "n://a/b"), tombstone(first, "n://a/b"));
    assert_eq!(by_uri(index, "n://a/b/"), tombstone(first, "n://a/b"));
    // A live record comes first; without one, the tombstone made last.
    let [second, third] = [0; 2].map(|_| add_again(index, "n://a/b"));
    assert_eq!(by_uri(index, "n://a/b"), tombstone(third, "n://a/b"));
    let fourth = add(index, "n://a/b");
    assert_eq!(by_uri(index, "n://a/b"), live(fourth, "n://a/b"));
    index.remove(&alice(), &[fourth, third], DeleteMode::Hard).unwrap();
    assert_eq!(by_uri(index, "n://a/b"), tombstone(second, "n://a/b"));
}

/// Adds a URI and soft-deletes it.
fn add_again(index: &dyn Index, text: &str) -> Fmid {
    let id = add(index, text);
    index.remove(&alice(), &[id], DeleteMode::Soft).unwrap();
    id
}

fn ix_19_ids_follow_each_other(index: &dyn Index) {
    let ids: Vec<Fmid> = (0..300).map(|_| index.reserve(&alice(), 1).unwrap().first).collect();
    for (id, globcnt) in ids.iter().zip(1..) {
        assert_ne!(id.0, 0);
        assert_eq!(id.0 & 0xFFFF, 0x0001);
        assert_eq!(id.globcnt().unwrap().get(), globcnt);
    }
    assert!(ids.is_sorted());
}

fn ix_20_a_range_of_ids_has_no_gaps(index: &dyn Index) {
    let range = index.reserve(&alice(), RESERVE_MAX).unwrap();
    assert_eq!((range.first.globcnt(), range.count), (Globcnt::new(1), RESERVE_MAX));
    let next = index.ensure_ids(&alice(), &uris(["n://a"])).unwrap()[0];
    assert_eq!(next.globcnt().unwrap().get(), 1 + u64::from(RESERVE_MAX));
    let last = Fmid::from(Globcnt::new(u64::from(RESERVE_MAX)).unwrap());
    index.add(&alice(), last, &uri("n://b")).unwrap();
    assert!(last < next);
}

fn ix_21_concurrent_callers_get_different_ids(index: &dyn Index) {
    let ids: Vec<Fmid> = thread::scope(|threads| {
        let spawn = |thread: usize| {
            threads.spawn(move || {
                let mut ids = Vec::new();
                for round in 0..8 {
                    ids.push(index.reserve(&alice(), 1).unwrap().first);
                    let new = uri(&format!("n://{thread}/{round}"));
                    ids.extend(
                        index.ensure_ids(&alice(), &[uri("n://all"), new]).unwrap().into_iter().skip(1),
                    );
                }
                ids
            })
        };
        let threads: Vec<_> = (0..8).map(spawn).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 8 * 8 * 2);
    // What all of them asked for was registered once.
    assert_eq!(found(index, "n://all", "").len(), 1);
    assert_eq!(found(index, "", "").len(), 8 * 8 + 1);
}

fn ix_22_owners_do_not_see_each_other(index: &dyn Index) {
    let bob = Scope::namespace(owner("bob"), "n").unwrap();
    let (mine, later) = (add(index, "n://a"), add(index, "n://b"));
    let his = index.ensure_ids(&bob, &uris(["n://a"])).unwrap()[0];
    assert_eq!(mine, his, "each owner has counters of its own");
    index.update(&bob, his, &uri("n://c")).unwrap();
    assert_eq!(by_id(index, mine), live(mine, "n://a"));
    assert_eq!(index.get_uris(&bob, &[later]).unwrap(), [None]);
    assert_eq!(index.get_ids(&bob, &uris(["n://a", "n://b"])).unwrap(), [None, None]);
    index.remove(&bob, &[his, later], DeleteMode::Hard).unwrap();
    assert_eq!(found(index, "", ""), ["n://a", "n://b"]);
    assert_eq!(index.rename_prefix(&bob, &uri("n://"), &uri("n://")).unwrap(), 0);
}

fn ix_23_a_rename_moves_all_live_records_and_only_them(index: &dyn Index) {
    let moved = ["n://old/", "n://old/1", "n://old/sub/", "n://old/sub/deep/2", "n://old//3"];
    let kept = ["n://older/4", "n://old2", "n://other/old/5", "n://"];
    let moved_ids = moved.map(|text| add(index, text));
    let kept_ids = kept.map(|text| add(index, text));
    let gone = add_again(index, "n://old/6");
    // Fill whatever cache there is.
    assert_eq!(found(index, "", "").len(), 9);
    assert!(moved.iter().all(|text| by_uri(index, text).is_some()));
    assert_eq!(index.rename_prefix(&alice(), &uri("n://old/"), &uri("n://x/new/")).unwrap(), 5);
    for (id, text) in moved_ids.into_iter().zip(moved) {
        let new = text.replace("n://old/", "n://x/new/");
        assert_eq!(by_id(index, id), live(id, &new));
        assert_eq!(by_uri(index, &new), live(id, &new));
        assert_eq!(by_uri(index, text), None);
    }
    for (id, text) in kept_ids.into_iter().zip(kept) {
        assert_eq!(by_uri(index, text), live(id, text));
    }
    assert_eq!(by_id(index, gone), tombstone(gone, "n://old/6"));
    assert_eq!(by_uri(index, "n://old/6"), tombstone(gone, "n://old/6"));
    assert_eq!(by_uri(index, "n://x/new/6"), None);
    // There and back, to itself, and from where nothing is.
    assert_eq!(index.rename_prefix(&alice(), &uri("n://x/new/"), &uri("n://old/")).unwrap(), 5);
    assert_eq!(index.rename_prefix(&alice(), &uri("n://old/"), &uri("n://old/")).unwrap(), 0);
    assert_eq!(index.rename_prefix(&alice(), &uri("n://x/new/"), &uri("n://y/")).unwrap(), 0);
    assert_eq!(by_uri(index, "n://old/sub/deep/2"), live(moved_ids[3], "n://old/sub/deep/2"));
}

fn ix_23_a_rename_that_cannot_be_done_changes_nothing(index: &dyn Index) {
    let long = format!("n://a/{}", "x".repeat(URI_BYTES_MAX - 6));
    for text in ["n://a/", "n://a/1", "n://a/b/2", "n://c/3", "n://d", &long] {
        add(index, text);
    }
    let dump = index.dump(&owner("alice"), None, BATCH_MAX).unwrap();
    let rename = |old, new| index.rename_prefix(&alice(), &uri(old), &uri(new));
    assert!(matches!(rename("n://a/", "n://a/b/c/"), Err(IndexError::BelowItself { .. })));
    assert!(matches!(rename("n://a/", "n://c/"), Err(IndexError::UriTaken(_))));
    // `n://d` is no container, but the container `n://a/` would get its name.
    assert!(matches!(rename("n://a/", "n://d/"), Err(IndexError::UriTaken(_))));
    assert!(matches!(rename("n://a/b/", "n://a/"), Err(IndexError::UriTaken(_))));
    assert!(matches!(rename("n://a", "n://b/"), Err(IndexError::NotContainer(_))));
    assert!(matches!(rename("n://a/", "n://b"), Err(IndexError::NotContainer(_))));
    assert!(matches!(rename("n://a/", "m://a/"), Err(IndexError::ForeignNamespace { .. })));
    // One record's URI would become too long, so none changes.
    assert!(matches!(
        rename("n://a/", "n://aa/"),
        Err(IndexError::InvalidUri(UriError::TooLong { bytes: 4_097, .. }))
    ));
    assert_eq!(index.dump(&owner("alice"), None, BATCH_MAX).unwrap(), dump);
    assert_eq!(rename("n://a/", "n://e/").unwrap(), 4);
}

fn named(set: u128, text: &str) -> NamedProperty {
    NamedProperty { set, name: PropertyName::Text(text.to_owned()) }
}
/// IX-25, for the driver that keeps anything.
#[test]
fn ix_25_records_and_counters_are_there_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second, change, property);
    {
        let index = open_lmdb(dir.path());
        first = add(&*index, "n://a/b/1");
        second = add_again(&*index, "n://a/2");
        change = index.next_change_numbers(&alice(), 5).unwrap()[4];
        property = index.named_to_ids(&owner("alice"), &[named(1, "x")], true).unwrap();
        index.reserve(&alice(), 10).unwrap();
    }
    let index = open_lmdb(dir.path());
    assert!(index.verify().unwrap().is_clean());
    assert_eq!(by_id(&*index, first), live(first, "n://a/b/1"));
    assert_eq!(by_uri(&*index, "n://a/2"), tombstone(second, "n://a/2"));
    assert_eq!(index.reserve(&alice(), 1).unwrap().first.globcnt(), Globcnt::new(13));
    assert!(index.next_change_numbers(&alice(), 1).unwrap()[0] > change);
    assert_eq!(index.named_to_ids(&owner("alice"), &[named(1, "x")], false).unwrap(), property);
}

#[test]
fn a_fault_strikes_the_call_it_was_meant_for_and_no_other() {
    let index = FaultIndex::new(MemoryIndex::default(), 2);
    index.reserve(&alice(), 1).unwrap();
    assert!(!index.has_failed());
    assert!(matches!(index.reserve(&alice(), 1), Err(IndexError::Storage(_))));
    assert!(index.has_failed());
    // It did nothing.
    assert_eq!(index.reserve(&alice(), 1).unwrap().first.globcnt(), Globcnt::new(2));
    assert_eq!(index.calls(), 3);
    assert_eq!(index.into_inner().owners().unwrap()[0].ids, 2);
}

#[test]
fn a_counter_at_its_end_hands_nothing_out() {
    let mut counter = Globcnt::MAX.get() - 1;
    assert!(take(&mut counter, 3, "ids").is_err());
    assert_eq!(take(&mut counter, 2, "ids").unwrap().get(), Globcnt::MAX.get() - 1);
    assert!(matches!(take(&mut counter, 1, "ids"), Err(IndexError::Exhausted("ids"))));
    assert_eq!(counter, Globcnt::MAX.get() + 1);
}
