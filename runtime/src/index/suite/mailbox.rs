//! What mailboxes do, in every driver. What is in their rows is the provisioning's; here it is some bytes.

use super::*;

fn new(place: Place, details: &str) -> NewMailboxRow {
    NewMailboxRow { place, details: details.into() }
}

fn at(text: &str, details: &str) -> NewMailboxRow {
    new(Place::At(uri(text)), details)
}

fn adding(revision: u64, add: Vec<NewMailboxRow>) -> MailboxChange {
    MailboxChange { revision, add, ..MailboxChange::default() }
}

fn row(id: Fmid, uri: Option<&str>, details: &str) -> MailboxRow {
    MailboxRow { id, uri: uri.map(str::to_owned), details: details.into() }
}

pub(super) fn a_mailbox_gets_ids_and_uris_in_one_change(index: &dyn Index) {
    let alice = owner("alice");
    assert_eq!(index.mailbox(&alice).unwrap(), MailboxRows::default());
    let known = add(index, "n://known");
    let change = MailboxChange {
        head: Some(b"head".to_vec()),
        ..adding(
            0,
            vec![
                at("n://known/", "a"),
                at("n://b/", "b"),
                new(Place::Below(uri("f://x/")), "c"),
                new(Place::Nowhere, "d"),
            ],
        )
    };
    let ids = index.change_mailbox(&alice, &change).unwrap();
    assert_eq!(ids[0], known, "a URI keeps the id that it has");
    assert!(ids.is_sorted());
    let below = format!("f://x/{}/", ids[2]);
    let rows = vec![
        row(ids[0], Some("n://known"), "a"),
        row(ids[1], Some("n://b/"), "b"),
        row(ids[2], Some(&below), "c"),
        row(ids[3], None, "d"),
    ];
    let expected = MailboxRows { revision: 1, head: b"head".to_vec(), rows };
    assert_eq!(index.mailbox(&alice).unwrap(), expected);
    // The ids are the index's own.
    let all = Scope::operator(alice.clone());
    assert_eq!(index.get_uris(&all, &ids[2..]).unwrap(), [live(ids[2], &below), None]);
    assert_eq!(index.mailbox(&owner("bob")).unwrap(), MailboxRows::default());
    // Nothing to do is nothing done.
    assert_eq!(index.change_mailbox(&alice, &adding(1, vec![])).unwrap(), []);
    assert_eq!(index.mailbox(&alice).unwrap(), expected);
    // What a backend renames, or removes, is seen here.
    index.update(&super::alice(), ids[1], &uri("n://c/")).unwrap();
    index.remove(&super::alice(), &[ids[0]], DeleteMode::Soft).unwrap();
    let uris: Vec<_> = index.mailbox(&alice).unwrap().rows.into_iter().map(|row| row.uri).collect();
    assert_eq!(uris, [None, Some("n://c/".to_owned()), Some(below), None]);
}

pub(super) fn a_mailbox_row_changes_and_goes_and_its_id_stays(index: &dyn Index) {
    let alice = owner("alice");
    let ids = index.change_mailbox(&alice, &adding(0, vec![at("n://a/", "a"), at("n://b/", "b")])).unwrap();
    let change = MailboxChange {
        revision: 1,
        head: Some(b"h".to_vec()),
        remove: vec![ids[0]],
        put: vec![(ids[1], b"B".to_vec())],
        ..MailboxChange::default()
    };
    assert_eq!(index.change_mailbox(&alice, &change).unwrap(), []);
    let found = index.mailbox(&alice).unwrap();
    assert_eq!((found.revision, &found.head[..]), (2, &b"h"[..]));
    assert_eq!(found.rows, [row(ids[1], Some("n://b/"), "B")]);
    assert_eq!(by_id(index, ids[0]), live(ids[0], "n://a/"));
    // So what comes back is what it was; and a row may go and come in one change.
    let change =
        MailboxChange { remove: vec![ids[1]], ..adding(2, vec![at("n://b/", "x"), at("n://a/", "y")]) };
    assert_eq!(index.change_mailbox(&alice, &change).unwrap(), [ids[1], ids[0]]);
}

pub(super) fn a_change_of_a_mailbox_that_is_another_by_now_is_refused(index: &dyn Index) {
    let alice = owner("alice");
    let ids = index.change_mailbox(&alice, &adding(0, vec![at("n://a/", "a")])).unwrap();
    let before = (index.mailbox(&alice).unwrap(), index.owners().unwrap());
    let unknown = Fmid::from(Globcnt::new(99).unwrap());
    for change in [
        adding(0, vec![at("n://b/", "b")]),
        adding(2, vec![at("n://b/", "b")]),
        MailboxChange { revision: 0, remove: ids.clone(), ..MailboxChange::default() },
        MailboxChange { revision: 1, remove: vec![unknown], ..MailboxChange::default() },
        MailboxChange { revision: 1, put: vec![(unknown, vec![])], ..MailboxChange::default() },
        MailboxChange { remove: vec![Fmid(0)], ..adding(1, vec![at("n://b/", "b")]) },
    ] {
        let refused = index.change_mailbox(&alice, &change);
        assert!(matches!(refused, Err(IndexError::MailboxChanged)), "{refused:?}");
        assert_eq!((index.mailbox(&alice).unwrap(), index.owners().unwrap()), before);
    }
}

pub(super) fn an_id_stands_in_one_row_of_a_mailbox(index: &dyn Index) {
    let alice = owner("alice");
    index.change_mailbox(&alice, &adding(0, vec![at("n://a/", "a")])).unwrap();
    let before = (index.mailbox(&alice).unwrap(), index.owners().unwrap());
    for add in [
        vec![new(Place::Nowhere, "x"), at("n://a", "again")],
        vec![at("n://b/", "b"), new(Place::Below(uri("f://x/")), "x"), at("n://b", "b again")],
    ] {
        let refused = index.change_mailbox(&alice, &adding(1, add));
        assert!(matches!(refused, Err(IndexError::MailboxChanged)), "{refused:?}");
        // All or nothing: no id was taken, no URI registered.
        assert_eq!((index.mailbox(&alice).unwrap(), index.owners().unwrap()), before);
    }
}

pub(super) fn a_change_of_a_mailbox_names_a_row_once(index: &dyn Index) {
    let alice = owner("alice");
    let id = index.change_mailbox(&alice, &adding(0, vec![at("n://a/", "a")])).unwrap()[0];
    let before = index.mailbox(&alice).unwrap();
    let named = |remove: &[Fmid], put: usize| MailboxChange {
        revision: 1,
        remove: remove.to_vec(),
        put: vec![(id, b"b".to_vec()); put],
        ..MailboxChange::default()
    };
    for change in [named(&[id, id], 0), named(&[id], 1), named(&[], 2)] {
        let refused = index.change_mailbox(&alice, &change);
        assert!(matches!(refused, Err(IndexError::MailboxChanged)), "{change:?}: {refused:?}");
        assert_eq!(index.mailbox(&alice).unwrap(), before);
    }
}

pub(super) fn a_uri_below_that_is_taken_gets_another_id(index: &dyn Index) {
    let alice = owner("alice");
    let below = |count: u64| format!("n://x/{}/", Fmid::from(Globcnt::new(count).unwrap()));
    // A guest that knows how ids are made registers what the third would be called.
    add(index, &below(2));
    let ids = index.change_mailbox(&alice, &adding(0, vec![new(Place::Below(uri("n://x/")), "a")])).unwrap();
    assert_eq!(ids, [Fmid::from(Globcnt::new(3).unwrap())]);
    // One that registers them all keeps its own folders from being made, and nothing else.
    let all: Vec<Uri> = (100..200).map(|count| uri(&below(count))).collect();
    index.ensure_ids(&super::alice(), &all).unwrap();
    let before = index.owners().unwrap();
    let refused = index.change_mailbox(&alice, &adding(1, vec![new(Place::Below(uri("n://x/")), "b")]));
    assert!(matches!(refused, Err(IndexError::UriTaken(_))), "{refused:?}");
    assert_eq!(index.owners().unwrap(), before);
    let refused = index.change_mailbox(&alice, &adding(1, vec![new(Place::Below(uri("n://x")), "b")]));
    assert!(matches!(refused, Err(IndexError::NotContainer(_))), "{refused:?}");
}

pub(super) fn limits_of_a_mailbox_are_checked(index: &dyn Index) {
    let alice = owner("alice");
    let long = "x".repeat(MAILBOX_ROW_BYTES_MAX + 1);
    let head = MailboxChange { head: Some(long.clone().into()), ..MailboxChange::default() };
    for change in [adding(0, vec![at("n://a/", &long)]), head] {
        let refused = index.change_mailbox(&alice, &change);
        assert!(matches!(refused, Err(IndexError::OutOfRange { .. })), "{refused:?}");
    }
    let many = |count| (0..count).map(|n| at(&format!("n://{n}/"), "x")).collect::<Vec<_>>();
    let refused = index.change_mailbox(&alice, &adding(0, many(MAILBOX_ROWS_MAX + 1)));
    assert!(matches!(refused, Err(IndexError::OutOfRange { .. })));
    assert_eq!(index.owners().unwrap(), []);
    let ids = index.change_mailbox(&alice, &adding(0, many(MAILBOX_ROWS_MAX))).unwrap();
    let refused = index.change_mailbox(&alice, &adding(1, vec![at("n://more/", "x")]));
    assert!(matches!(refused, Err(IndexError::OutOfRange { .. })));
    // What goes makes room.
    let change = MailboxChange { remove: ids[..1].to_vec(), ..adding(1, vec![at("n://more/", "x")]) };
    assert_eq!(index.change_mailbox(&alice, &change).unwrap().len(), 1);
    assert_eq!(index.mailbox(&alice).unwrap().rows.len(), MAILBOX_ROWS_MAX);
}

pub(super) fn a_removed_owner_has_no_mailbox(index: &dyn Index) {
    let (alice, bob) = (owner("alice"), owner("bob"));
    for owner in [&alice, &bob] {
        index.change_mailbox(owner, &adding(0, vec![at("n://a/", "a")])).unwrap();
    }
    assert!(index.remove_owner(&alice).unwrap());
    assert_eq!(index.mailbox(&alice).unwrap(), MailboxRows::default());
    assert_eq!(index.mailbox(&bob).unwrap().rows.len(), 1);
}
