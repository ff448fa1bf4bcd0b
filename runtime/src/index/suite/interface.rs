//! What the interfaces say beyond the numbered behaviours, and the named properties (NP-01, NP-02).

use super::*;

pub(super) fn a_rename_puts_containers_where_there_were_none(index: &dyn Index) {
    let id = add(index, "n://a/b/c");
    // Below a leaf of that name is another place than the leaf.
    let leaf = add(index, "n://d");
    assert_eq!(index.rename_prefix(&alice(), &uri("n://a/b/"), &uri("n://d/")).unwrap(), 1);
    assert_eq!(by_id(index, id), live(id, "n://d/c"));
    assert_eq!(by_id(index, leaf), live(leaf, "n://d"));
    // What became empty is gone: its name is free, and nothing is in the way.
    assert_eq!(index.rename_prefix(&alice(), &uri("n://d/"), &uri("n://a/b/")).unwrap(), 1);
    assert_eq!(index.stats().unwrap().folders, 3);
    // The operator may rename a whole namespace.
    let all = Scope::operator(owner("alice"));
    assert_eq!(index.rename_prefix(&all, &uri("n://"), &uri("m://x/")).unwrap(), 2);
    assert_eq!(by_id(index, id), None, "it has left the namespace");
    let entries = index.get_uris(&all, &[id, leaf]).unwrap();
    assert_eq!(entries, [live(id, "m://x/a/b/c"), live(leaf, "m://x/d")]);
}

pub(super) fn an_odd_uri_comes_back_byte_for_byte(index: &dyn Index) {
    let odd = [
        "n://",
        "n:///",
        "n:////",
        "n://a//",
        "n://a/",
        "n://a//b",
        "n://a/\0/",
        "n://ü/%2F?#",
        "n://x://y",
        "n:// ",
        "n://..",
        "n://./..",
        "n://A",
        "n://a\u{301}",
        "n://\u{e1}",
    ];
    let ids = index.ensure_ids(&alice(), &uris(odd)).unwrap();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), odd.len());
    let entries = index.get_uris(&alice(), &ids).unwrap();
    for ((entry, text), id) in entries.into_iter().zip(odd).zip(ids) {
        assert_eq!(entry, live(id, text));
        assert_eq!(by_uri(index, text), live(id, text));
    }
    assert_eq!(found(index, "", ""), odd);
}

pub(super) fn an_owner_has_no_more_records_than_a_scope_allows_to_make(index: &dyn Index) {
    let narrow = alice().with_entries_max(3);
    let full = |entries, result: Result<(), IndexError>| {
        let quota = matches!(result, Err(IndexError::Quota { entries: found, max: 3 }) if found == entries);
        assert!(quota, "{entries}: {result:?}");
    };
    let ids = index.ensure_ids(&narrow, &uris(["n://a", "n://b"])).unwrap();
    index.remove(&narrow, &ids[..1], DeleteMode::Soft).unwrap();
    full(4, index.ensure_ids(&narrow, &uris(["n://c", "n://d", "n://b"])).map(drop));
    // The same URI twice is one record, and what is there takes no room.
    let again = index.ensure_ids(&narrow, &uris(["n://c", "n://c/", "n://b"])).unwrap();
    assert_eq!(again[2], ids[1]);
    let reserved = index.reserve(&narrow, 1).unwrap().first;
    full(4, index.add(&narrow, reserved, &uri("n://d")));
    // A tombstone counts until it goes; others are not bound by it.
    index.remove(&narrow, &ids[..1], DeleteMode::Hard).unwrap();
    index.add(&narrow, reserved, &uri("n://d")).unwrap();
    add(index, "n://e");
}

pub(super) fn names_of_every_length_are_told_apart(index: &dyn Index) {
    // Around where a name no longer fits a key, around LMDB's longest key, and the longest URI.
    let mut texts = Vec::new();
    for bytes in [469, 470, 471, 484, 485, 486, 487, 503, 504, 510, 511, 512, 1_000, URI_BYTES_MAX] {
        for last in ["x", "y"] {
            let name = format!("{}{last}", "x".repeat(bytes - 5));
            texts.push(format!("n://{name}"));
            texts.push(format!("n://{}{bytes}/{last}", "ü".repeat(bytes.min(4_000) / 2 - 3)));
        }
    }
    let uris: Vec<Uri> = texts.iter().map(|text| uri(text)).collect();
    let ids = index.ensure_ids(&alice(), &uris).unwrap();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), texts.len());
    for (id, text) in ids.iter().zip(&texts) {
        assert_eq!(by_id(index, *id), live(*id, text));
        assert_eq!(by_uri(index, text), live(*id, text));
        assert!(found(index, text, "").contains(text));
        assert!(found(index, &text[..text.len() - 1], "").contains(text));
    }
    assert_eq!(found(index, "n://x", "y").len(), 14);
    // Long names can be moved and deleted like any other.
    let (container, new) = (format!("n://{}4096/", "ü".repeat(1_997)), format!("n://{}/", "z".repeat(3_998)));
    assert_eq!(index.rename_prefix(&alice(), &uri(&container), &uri(&new)).unwrap(), 2);
    assert!(by_uri(index, &format!("{new}x")).is_some());
    index.remove(&alice(), &ids, DeleteMode::Soft).unwrap();
    assert_eq!(by_uri(index, &texts[4]), tombstone(ids[4], &texts[4]));
    index.remove(&alice(), &ids, DeleteMode::Hard).unwrap();
    assert_eq!(
        index.stats().unwrap(),
        Stats { owners: 1, disk_bytes: index.stats().unwrap().disk_bytes, ..Stats::default() }
    );
}

pub(super) fn listing_registers_what_is_new(index: &dyn Index) {
    let known = add(index, "n://a/1");
    let gone = add_again(index, "n://a/2");
    let ids =
        index.ensure_ids(&alice(), &uris(["n://a/1", "n://a/2", "n://a/3", "n://a/2", "n://a/3/"])).unwrap();
    assert_eq!(ids[0], known);
    assert_ne!(ids[1], gone, "a tombstone's id is not given to another object");
    assert_eq!((ids[3], ids[4]), (ids[1], ids[2]));
    assert!(ids[1] < ids[2]);
    assert_eq!(by_id(index, ids[2]), live(ids[2], "n://a/3"));
    assert_eq!(index.ensure_ids(&alice(), &uris(["n://a/3", "n://a/1"])).unwrap(), [ids[2], known]);
    assert_eq!(index.ensure_ids(&alice(), &[]).unwrap(), []);
}

/// `owners` and a dump of everything would show them.
pub(super) fn a_call_that_adds_nothing_makes_no_owner(index: &dyn Index) {
    assert_eq!(index.ensure_ids(&alice(), &[]).unwrap(), []);
    assert_eq!(index.load(&owner("alice"), &[], None).unwrap(), []);
    let foreign = LoadRecord { id: Fmid(0), uri: uri("n://a"), deleted: false };
    assert_eq!(index.load(&owner("alice"), &[foreign], None).unwrap(), [LoadOutcome::InvalidId]);
    assert_eq!(index.named_to_ids(&owner("alice"), &[], true).unwrap(), []);
    index.remove(&alice(), &[Fmid(0)], DeleteMode::Soft).unwrap();
    assert_eq!(index.change_mailbox(&owner("alice"), &MailboxChange::default()).unwrap(), []);
    assert_eq!(index.owners().unwrap(), []);
}

pub(super) fn a_search_goes_on_after_a_page(index: &dyn Index) {
    let all: Vec<String> = (0..25).map(|n| format!("n://{}/{n}", n % 3)).collect();
    let ids = index.ensure_ids(&alice(), &all.iter().map(|text| uri(text)).collect::<Vec<_>>()).unwrap();
    index.remove(&alice(), &ids[5..10], DeleteMode::Hard).unwrap();
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = index.find(&alice(), "n://", "", after, 7).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        pages.push(page.len());
    }
    assert_eq!(pages, [7, 7, 6]);
    // The id to go on after need not exist any more.
    let rest = index.find(&alice(), "n://", "", Some(ids[7]), 2).unwrap();
    assert_eq!(rest.iter().map(|entry| entry.id).collect::<Vec<_>>(), ids[10..12]);
    assert_eq!(index.find(&alice(), "n://", "", Some(Fmid::from(Globcnt::MAX)), 2).unwrap(), []);
    assert!(matches!(index.find(&alice(), "n://", "", Some(Fmid(0)), 2), Err(IndexError::InvalidId(_))));
}

pub(super) fn deletions_are_listed_in_their_order(index: &dyn Index) {
    let ids = ["n://a/1", "n://b/2", "n://a/3", "n://a/4"].map(|text| add(index, text));
    index.remove(&alice(), &[ids[3], ids[1]], DeleteMode::Soft).unwrap();
    let since = index.next_change_numbers(&alice(), 1).unwrap()[0];
    index.remove(&alice(), &[ids[0]], DeleteMode::Soft).unwrap();
    let listed = |prefix, since| -> Vec<Fmid> {
        let deleted = index.list_deleted(&alice(), prefix, since).unwrap();
        assert!(deleted.iter().all(|entry| entry.soft_deleted));
        deleted.into_iter().map(|entry| entry.id).collect()
    };
    assert_eq!(listed("", ChangeNumber(0)), [ids[3], ids[1], ids[0]]);
    assert_eq!(listed("n://a/", ChangeNumber(0)), [ids[3], ids[0]]);
    assert_eq!(listed("n://a/", since), [ids[0]]);
    assert_eq!(listed("n://b", since), []);
    let now = index.next_change_numbers(&alice(), 1).unwrap()[0];
    assert_eq!(listed("", now), []);
    assert!(matches!(
        index.list_deleted(&alice(), "", ChangeNumber(7)),
        Err(IndexError::InvalidChangeNumber(ChangeNumber(7)))
    ));
}

pub(super) fn change_numbers_grow(index: &dyn Index) {
    let first = index.next_change_numbers(&alice(), 300).unwrap();
    let id = add(index, "n://a");
    index.remove(&alice(), &[id], DeleteMode::Soft).unwrap();
    let deleted = index.dump(&owner("alice"), None, 1).unwrap()[0].deleted.unwrap();
    let then = index.next_change_numbers(&alice(), 1).unwrap();
    let all: Vec<_> = first.into_iter().chain([deleted]).chain(then).collect();
    assert_eq!(all.len(), 302);
    assert!(all.is_sorted_by(|a, b| a < b));
}

pub(super) fn a_namespace_hides_all_others(index: &dyn Index) {
    let (other, all) = (Scope::namespace(owner("alice"), "nn").unwrap(), Scope::operator(owner("alice")));
    let (mine, gone) = (add(index, "n://a"), add_again(index, "n://b"));
    let foreign = |result: Result<(), IndexError>| matches!(result, Err(IndexError::ForeignNamespace { .. }));
    assert_eq!(index.get_uris(&other, &[mine, gone]).unwrap(), [None, None]);
    assert!(foreign(index.get_ids(&other, &uris(["nn://a", "n://a"])).map(drop)));
    assert!(foreign(index.ensure_ids(&other, &uris(["nn://a", "n://a"])).map(drop)));
    assert!(foreign(index.find(&other, "n://", "", None, 1).map(drop)));
    assert!(foreign(index.list_deleted(&other, "n://", ChangeNumber(0)).map(drop)));
    assert!(foreign(index.add(&other, mine, &uri("n://a"))));
    assert!(foreign(index.update(&other, mine, &uri("n://a"))));
    assert!(foreign(index.rename_prefix(&other, &uri("n://a/"), &uri("nn://a/")).map(drop)));
    assert!(matches!(index.update(&other, mine, &uri("nn://a")), Err(IndexError::NotFound(_))));
    assert!(matches!(index.add(&other, mine, &uri("nn://a")), Err(IndexError::IdTaken(_))));
    index.remove(&other, &[mine, gone], DeleteMode::Hard).unwrap();
    assert_eq!(index.find(&other, "", "", None, 9).unwrap(), []);
    assert_eq!(index.list_deleted(&other, "", ChangeNumber(0)).unwrap(), []);
    assert_eq!(index.get_uris(&all, &[mine, gone]).unwrap(), [live(mine, "n://a"), tombstone(gone, "n://b")]);
    let theirs = index.ensure_ids(&other, &uris(["nn://a"])).unwrap()[0];
    let seen = index.find(&all, "", "", None, 9).unwrap();
    assert_eq!(seen.iter().map(|entry| entry.id).collect::<Vec<_>>(), [mine, theirs]);
    assert_eq!(found(index, "", ""), ["n://a"]);
}

pub(super) fn limits_are_checked(index: &dyn Index) {
    let refused = |result: Result<(), IndexError>| matches!(result, Err(IndexError::OutOfRange { .. }));
    let (ids, many) = (vec![Fmid(0); BATCH_MAX + 1], vec![uri("n://a"); BATCH_MAX + 1]);
    assert!(refused(index.get_uris(&alice(), &ids).map(drop)));
    assert!(refused(index.get_ids(&alice(), &many).map(drop)));
    assert!(refused(index.ensure_ids(&alice(), &many).map(drop)));
    assert!(refused(index.remove(&alice(), &ids, DeleteMode::Hard)));
    for count in [0, BATCH_MAX + 1] {
        assert!(refused(index.find(&alice(), "", "", None, count).map(drop)));
        assert!(refused(index.next_change_numbers(&alice(), count).map(drop)));
        assert!(refused(index.dump(&owner("alice"), None, count).map(drop)));
    }
    for count in [0, RESERVE_MAX + 1] {
        assert!(refused(index.reserve(&alice(), count).map(drop)));
    }
    assert_eq!(index.owners().unwrap(), [], "what is refused leaves no trace");
    assert_eq!(index.ensure_ids(&alice(), &many[1..]).unwrap().len(), BATCH_MAX);
}

pub(super) fn np_01_named_properties_get_ids_that_stay(index: &dyn Index) {
    let lid = |set, lid| NamedProperty { set, name: PropertyName::Lid(lid) };
    let long = "ü".repeat(PROPERTY_NAME_CHARS_MAX);
    let names = [
        lid(1, 0x820D),
        lid(2, 0x820D),
        named(1, "Keywords"),
        named(1, "keywords"),
        lid(1, 0x820E),
        lid(1, 0x820D),
        named(1, &long),
        named(1, &format!("{}u", &long[2..])),
    ];
    assert_eq!(index.named_to_ids(&owner("alice"), &names, false).unwrap(), [None; 8]);
    assert_eq!(index.owners().unwrap(), []);
    let ids: Vec<u16> =
        index.named_to_ids(&owner("alice"), &names, true).unwrap().into_iter().flatten().collect();
    assert_eq!(ids, [0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0x8000, 0x8005, 0x8006]);
    let again: Vec<_> =
        index.named_to_ids(&owner("alice"), &names, true).unwrap().into_iter().flatten().collect();
    assert_eq!(again, ids);
    // Another owner has a map of its own.
    assert_eq!(index.named_to_ids(&owner("bob"), &names[4..5], true).unwrap(), [Some(0x8000)]);
    for text in ["".to_owned(), "x".repeat(PROPERTY_NAME_CHARS_MAX + 1)] {
        let refused = index.named_to_ids(&owner("alice"), &[named(1, "new"), named(1, &text)], true);
        assert!(matches!(refused, Err(IndexError::InvalidPropertyName { .. })));
    }
    assert_eq!(index.named_to_ids(&owner("alice"), &[named(1, "new")], false).unwrap(), [None]);
}

pub(super) fn np_02_property_ids_lead_back_to_names(index: &dyn Index) {
    let names: Vec<_> = (0..32_767).map(|n| named(7, &n.to_string())).collect();
    for part in names.chunks(PROPERTIES_MAX) {
        assert!(index.named_to_ids(&owner("alice"), part, true).unwrap().iter().all(Option::is_some));
    }
    let back = index.names_of_ids(&owner("alice"), &[0x8001, 0, 0x7FFF, 0xFFFE, 0xFFFF, 0x1000]).unwrap();
    assert_eq!(back, [Some(names[1].clone()), None, None, Some(names[32_766].clone()), None, None]);
    // 0xFFFE is the last; a call that needs one more gets none.
    let refused = index.named_to_ids(&owner("alice"), &[named(8, "more")], true);
    assert!(matches!(refused, Err(IndexError::Exhausted("property ids"))));
    assert_eq!(index.named_to_ids(&owner("alice"), &names[..1], true).unwrap(), [Some(0x8000)]);
    assert_eq!(index.names_of_ids(&owner("bob"), &[0x8000]).unwrap(), [None]);
    assert!(matches!(index.names_of_ids(&owner("bob"), &[0; 1_001]), Err(IndexError::OutOfRange { .. })));
}

pub(super) fn pe_01_permission_rows_are_kept_by_owner_and_folder(index: &dyn Index) {
    let owner = |name: &str| Owner::parse(name).unwrap();
    let (alice, bob) = (owner("alice"), owner("bob"));
    let row = |rights| PermissionRow { member: Member::User(b"carol".to_vec()), name: None, rights };
    let add = |rights| PermissionUpdate {
        edits: vec![PermissionEdit::Add(row(rights))],
        ..PermissionUpdate::default()
    };
    let reserve = |owner: &Owner| index.reserve(&Scope::operator(owner.clone()), 1).unwrap().first;
    let (of_alice, of_bob) = (reserve(&alice), reserve(&bob));
    assert_eq!(of_alice, of_bob, "the same id, of two owners");
    index.modify_permissions(&alice, of_alice, &add(3)).unwrap();
    assert_eq!(index.get_permissions(&alice, of_alice).unwrap(), [row(3)]);
    assert_eq!(index.get_permissions(&bob, of_bob).unwrap(), []);
    assert!(matches!(index.modify_permissions(&alice, of_alice, &add(1)), Err(IndexError::MemberTaken)));
    assert_eq!(
        index.get_permissions(&alice, of_alice).unwrap(),
        [row(3)],
        "a refused change changes nothing"
    );
    let never = Fmid::from(Globcnt::new(77).unwrap());
    assert!(matches!(index.modify_permissions(&bob, never, &add(1)), Err(IndexError::InvalidId(_))));
    assert!(matches!(index.get_permissions(&bob, Fmid(0)), Err(IndexError::InvalidId(_))));
    let nameless = PermissionUpdate {
        edits: vec![PermissionEdit::Remove(Member::User(Vec::new()))],
        ..PermissionUpdate::default()
    };
    assert!(matches!(
        index.modify_permissions(&alice, of_alice, &nameless),
        Err(IndexError::OutOfRange { what: "entry id", .. })
    ));
    // A folder that is deleted for good takes its rows along; one that left a tombstone does not.
    let scope = Scope::operator(alice.clone());
    index.add(&scope, of_alice, &Uri::parse("n://a/").unwrap()).unwrap();
    index.remove(&scope, &[of_alice], DeleteMode::Soft).unwrap();
    assert_eq!(index.get_permissions(&alice, of_alice).unwrap(), [row(3)]);
    index.remove(&scope, &[of_alice], DeleteMode::Hard).unwrap();
    assert_eq!(index.get_permissions(&alice, of_alice).unwrap(), []);
    index.modify_permissions(&bob, of_bob, &add(1)).unwrap();
    assert!(index.remove_owner(&bob).unwrap());
    assert!(index.verify().unwrap().is_clean());
    assert_eq!(index.get_permissions(&bob, of_bob).unwrap(), []);
}

pub(super) fn the_operator_sees_everything(index: &dyn Index) {
    let (first, second) = (add(index, "n://a/b/1"), add_again(index, "n://a/2"));
    let other = Scope::operator(owner("bob"));
    let third = index.ensure_ids(&other, &uris(["m://3"])).unwrap()[0];
    index.named_to_ids(&owner("bob"), &[named(1, "x")], true).unwrap();
    let dump = index.dump(&owner("alice"), None, 9).unwrap();
    let change = dump[1].deleted;
    assert_eq!(change.and_then(|change| change.globcnt()), Globcnt::new(1));
    let entry = |id, uri: &str, deleted| DumpEntry { id, uri: uri.to_owned(), deleted };
    assert_eq!(dump, [entry(first, "n://a/b/1", None), entry(second, "n://a/2", change)]);
    assert_eq!(index.dump(&owner("alice"), Some(first), 9).unwrap(), dump[1..]);
    assert_eq!(index.dump(&owner("bob"), None, 9).unwrap(), [entry(third, "m://3", None)]);
    assert_eq!(index.dump(&owner("carol"), None, 9).unwrap(), []);
    let usage = |name, live, tombstones, properties, ids, change_numbers| OwnerUsage {
        owner: owner(name),
        live,
        tombstones,
        properties,
        ids,
        change_numbers,
    };
    assert_eq!(index.owners().unwrap(), [usage("alice", 1, 1, 0, 2, 1), usage("bob", 1, 0, 1, 1, 0)]);
    let stats = index.stats().unwrap();
    let expected =
        Stats { owners: 2, live: 2, tombstones: 1, folders: 4, properties: 1, disk_bytes: stats.disk_bytes };
    assert_eq!(stats, expected);
    let report = index.verify().unwrap();
    assert_eq!((report.owners, report.live, report.tombstones), (2, 2, 1));
}

pub(super) fn a_removed_owner_leaves_nothing_behind(index: &dyn Index) {
    let bob = Scope::operator(owner("bob"));
    let all: Vec<Uri> = (0..2_500).map(|n| uri(&format!("n://{}/{n}", n % 7))).collect();
    let ids = index.ensure_ids(&alice(), &all).unwrap();
    index.remove(&alice(), &ids[..100], DeleteMode::Soft).unwrap();
    index.named_to_ids(&owner("alice"), &[named(1, "x")], true).unwrap();
    let his = index.ensure_ids(&bob, &all[..1]).unwrap()[0];
    assert_eq!(by_id(index, ids[100]), live(ids[100], "n://2/100"));
    assert!(index.remove_owner(&owner("alice")).unwrap());
    assert!(!index.remove_owner(&owner("alice")).unwrap());
    assert_eq!(by_id(index, ids[100]), None);
    let stats = index.stats().unwrap();
    assert_eq!(
        (stats.owners, stats.live, stats.tombstones, stats.folders, stats.properties),
        (1, 1, 0, 2, 0)
    );
    assert_eq!(index.get_uris(&bob, &[his]).unwrap(), [live(his, "n://0/0")]);
    // One of the same name begins anew.
    let id = add(index, "n://2/100");
    assert_eq!(id.globcnt(), Globcnt::new(1));
    assert_eq!(by_uri(index, "n://2/100"), live(id, "n://2/100"));
}

pub(super) fn random_operations_do_what_the_model_does(index: &dyn Index) {
    for seed in 1..=12 {
        model::compare(index, seed, 400);
    }
}
