//! What only this driver can show: locks, limits of the files, damage, and the ways of a search.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use heed::EnvFlags;
use tempfile::TempDir;

use super::layout::{Leaf, NameKey, TOP};
use super::*;
use crate::index::Globcnt;

fn open(dir: &TempDir) -> LmdbIndex {
    LmdbIndex::open(dir.path(), LmdbOptions::default()).unwrap()
}

fn alice() -> Scope {
    Scope::operator(Owner::parse("alice").unwrap())
}

fn uris(texts: impl IntoIterator<Item = String>) -> Vec<Uri> {
    texts.into_iter().map(|text| Uri::parse(text).unwrap()).collect()
}

#[test]
fn an_index_that_is_open_is_not_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let second = LmdbIndex::open(dir.path(), LmdbOptions::default());
    let pid = std::process::id().to_string();
    assert!(matches!(second, Err(IndexError::InUse { pid: holder, .. }) if holder == pid));
    drop(index);
    open(&dir);
}

#[test]
fn another_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    index.write(1, |txn| txn.put(txn.databases().meta, b"format", &7_u32.to_be_bytes())).unwrap();
    drop(index);
    let again = LmdbIndex::open(dir.path(), LmdbOptions::default());
    assert!(matches!(again, Err(IndexError::Format { found: 7, supported: 1, .. })));
}

#[test]
fn a_full_index_says_so_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let small = LmdbOptions { map_size_bytes: 1 << 20, ..LmdbOptions::default() };
    let index = LmdbIndex::open(dir.path(), small).unwrap();
    let mut kept = 0;
    let error = loop {
        match index.ensure_ids(&alice(), &uris((0..100).map(|n| format!("n://{kept}/{n}")))) {
            Ok(_) => kept += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, IndexError::Full { max_bytes } if max_bytes == 1 << 20), "{error:?}");
    assert!(kept > 10, "{kept}");
    let check = |index: &LmdbIndex| {
        let report = index.verify().unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert_eq!(report.live, kept * 100);
    };
    check(&index);
    // What others ask for meanwhile is done if it fits, and a larger index goes on.
    drop(index);
    let index = open(&dir);
    check(&index);
    index.ensure_ids(&alice(), &uris(["n://more".to_owned()])).unwrap();
}

#[test]
fn a_panic_in_the_writer_undoes_its_operation_only() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let id = index.reserve(&alice(), 1).unwrap().first;
    let lost = index.write(1, |txn| -> Result<(), IndexError> {
        txn.add(&alice(), Globcnt::MIN.into(), &Uri::parse("n://a").unwrap())?;
        panic!("a bug");
    });
    assert!(matches!(lost, Err(IndexError::WriterLost)));
    assert_eq!(index.get_uris(&alice(), &[id]).unwrap(), [None]);
    index.add(&alice(), id, &Uri::parse("n://a").unwrap()).unwrap();
}

#[test]
fn an_operation_that_fails_after_a_write_is_undone() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    index.ensure_ids(&alice(), &uris(["n://a".to_owned()])).unwrap();
    // The second name stands in for one with the same digest as another's: its row is there already.
    let key = |name: &str| NameKey::in_folder(0, 1, name).as_slice().to_vec();
    let (present, copy) = (key("a"), key(&"x".repeat(600)));
    index
        .write(1, move |txn| {
            let value = Leaf { globcnt: Globcnt::MIN, container: false }.to_bytes();
            assert!(txn.view().databases.leaves.get(txn.view().txn, &present)?.is_some());
            txn.put(txn.databases().leaves, &copy, &value)
        })
        .unwrap();
    let before = index.owners().unwrap();
    let refused = index.ensure_ids(&alice(), &uris(["n://b".to_owned(), format!("n://{}", "x".repeat(600))]));
    assert!(matches!(refused, Err(IndexError::Storage(_))), "{refused:?}");
    assert_eq!(index.owners().unwrap(), before);
    assert_eq!(index.get_ids(&alice(), &uris(["n://b".to_owned()])).unwrap(), [None]);
}

#[test]
fn verify_finds_each_kind_of_damage() {
    type Damage = fn(&mut WriteTxn<'_>) -> Result<(), IndexError>;
    fn erase(txn: &mut WriteTxn<'_>, db: Db) -> Result<(), IndexError> {
        let key = db.first(txn.view().txn)?.unwrap().0.to_vec();
        txn.erase(db, &key)
    }
    let damages: [Damage; 12] = [
        |txn| erase(txn, txn.databases().folders),
        |txn| erase(txn, txn.databases().folder_names),
        |txn| erase(txn, txn.databases().records),
        |txn| erase(txn, txn.databases().leaves),
        |txn| erase(txn, txn.databases().tombstones),
        |txn| erase(txn, txn.databases().tombstone_uris),
        |txn| erase(txn, txn.databases().property_ids),
        |txn| erase(txn, txn.databases().property_names),
        |txn| erase(txn, txn.databases().owners),
        |txn| txn.put(txn.databases().records, &layout::counter_key(0, Globcnt::MIN), &[9]),
        |txn| {
            let row = txn.view().owner(&Owner::parse("alice")?)?.unwrap();
            txn.put_owner(&Owner::parse("alice")?, layout::OwnerRow { next_globcnt: 2, ..row })
        },
        |txn| {
            txn.put(
                txn.databases().folder_names,
                &layout::number_key(0, 1),
                &layout::folder_name_bytes(1, "n:/"),
            )
        },
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let index = open(&dir);
        let ids = index.ensure_ids(&alice(), &uris(["n://a".to_owned(), "n://b/".to_owned()])).unwrap();
        index.remove(&alice(), &ids[1..], DeleteMode::Soft).unwrap();
        let name = NamedProperty { set: 1, name: crate::index::PropertyName::Lid(1) };
        index.named_to_ids(alice().owner(), &[name], true).unwrap();
        assert!(index.verify().unwrap().is_clean());
        index.write(1, damage).unwrap();
        assert!(!index.verify().unwrap().is_clean(), "damage {number}");
    }
}

#[test]
fn a_removal_that_was_interrupted_is_completed_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    index.ensure_ids(&alice(), &uris((0..3_000).map(|n| format!("n://a/{n}")))).unwrap();
    index.write(1, |txn| txn.remove_owner(alice().owner())).unwrap();
    assert!(index.write(1, |txn| txn.purge_some()).unwrap());
    assert!(index.verify().unwrap().is_clean());
    assert!(index.stats().unwrap().live > 0);
    drop(index);
    let index = open(&dir);
    assert_eq!((index.stats().unwrap().live, index.stats().unwrap().folders), (0, 0));
    assert!(index.verify().unwrap().is_clean());
}

#[test]
fn both_ways_of_a_search_find_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let all = (0..900).map(|n| format!("n://{}/{}/{n}{}", n % 5, n % 7, if n % 11 == 0 { "/" } else { "" }));
    let all: Vec<Uri> = uris(all.chain((0..5).map(|n| format!("n://{n}/"))));
    index.ensure_ids(&alice(), &all).unwrap();
    index
        .read(alice().owner(), |reader| {
            for prefix in
                ["n://", "", "n:", "n://1", "n://1/", "n://1/2/", "n://1/2/3", "n://x/", "n://1/2/x"]
            {
                for (suffix, from, limit) in [("", 1, 10_000), ("", 300, 7), ("/", 1, 10_000), ("2", 5, 9)] {
                    let tree = reader.find_in_tree(prefix, suffix, from, limit, usize::MAX)?.unwrap();
                    let order = reader.find_in_order(prefix, suffix, from, limit)?;
                    assert_eq!(tree, order, "{prefix} {suffix} {from} {limit}");
                }
            }
            assert_eq!(reader.find_in_tree("n://", "", 1, 10, 899)?, None);
            Ok(())
        })
        .unwrap();
}

#[test]
fn readers_never_see_half_of_a_rename() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let [a, b] = ["n://a/", "n://b/"].map(|text| Uri::parse(text).unwrap());
    let leaf = |folder: &Uri| uris([1, 2].map(|n| format!("{folder}x/{n}")));
    let ids = index.ensure_ids(&alice(), &leaf(&a)).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let entries = index.get_uris(&alice(), &ids).unwrap();
                    let paths = entries.iter().flatten().map(|entry| &entry.uri[..8]).collect::<Vec<_>>();
                    assert!(paths == ["n://a/x/"; 2] || paths == ["n://b/x/"; 2], "{paths:?}");
                    let both = [leaf(&a), leaf(&b)].concat();
                    let found = index.get_ids(&alice(), &both).unwrap();
                    assert!(
                        found.iter().map(Option::is_some).eq([true, true, false, false])
                            || found.iter().map(Option::is_some).eq([false, false, true, true]),
                        "{found:?}"
                    );
                }
            });
        }
        for _ in 0..100 {
            assert_eq!(index.rename_prefix(&alice(), &a, &b).unwrap(), 2);
            assert_eq!(index.rename_prefix(&alice(), &b, &a).unwrap(), 2);
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_compacted_copy_is_an_index() {
    let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let index = open(&dir);
    let ids = index.ensure_ids(&alice(), &uris(["n://a/b".to_owned()])).unwrap();
    index.copy_compacted(&copy.path().join("data.mdb")).unwrap();
    let refused = index.copy_compacted(&copy.path().join("data.mdb"));
    assert!(matches!(refused, Err(IndexError::Storage(_))));
    let copied = open(&copy);
    assert_eq!(copied.get_uris(&alice(), &ids).unwrap()[0].as_ref().unwrap().uri, "n://a/b");
    assert!(copied.verify().unwrap().is_clean());
}

#[test]
fn compacting_keeps_everything_and_gives_room_back() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let ids = index.ensure_ids(&alice(), &uris((0..5_000).map(|n| format!("n://a/{n}")))).unwrap();
    for part in ids[10..].chunks(1_000) {
        index.remove(&alice(), part, DeleteMode::Hard).unwrap();
    }
    let dump = |index: &LmdbIndex| index.dump(alice().owner(), None, BATCH_MAX).unwrap();
    let before = dump(&index);
    assert!(matches!(LmdbIndex::compact(dir.path()), Err(IndexError::InUse { .. })));
    drop(index);
    // What an attempt that was killed left is no obstacle.
    fs::write(dir.path().join("data.mdb.compacting"), b"half").unwrap();
    let (large, small) = LmdbIndex::compact(dir.path()).unwrap();
    assert!(small < large / 2, "{large} {small}");
    let index = open(&dir);
    assert_eq!(dump(&index), before);
    assert!(index.verify().unwrap().is_clean());
    assert_eq!(index.reserve(&alice(), 1).unwrap().first.globcnt(), Globcnt::new(5_001));
    assert!(!dir.path().join("data.mdb.compacting").exists());
}

#[test]
fn where_there_is_no_index_none_is_made_to_compact_it() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(LmdbIndex::compact(dir.path()), Err(IndexError::Storage(_))));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_top_is_never_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let ids = index.ensure_ids(&alice(), &uris(["n://".to_owned()])).unwrap();
    index.remove(&alice(), &ids, DeleteMode::Hard).unwrap();
    let empty = index.view(|view| view.is_empty(0, TOP)).unwrap();
    assert!(empty);
    assert_eq!(index.stats().unwrap().folders, 0);
}

#[test]
fn every_commit_is_synced() {
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let never = EnvFlags::NO_SYNC | EnvFlags::NO_META_SYNC | EnvFlags::MAP_ASYNC | EnvFlags::WRITE_MAP;
    assert_eq!(index.environment.env.get_flags().unwrap() & never.bits(), 0);
}

/// A commit writes its pages in any order, syncs, and then writes one meta page, synced by itself. So what a disk
/// may hold after a power cut is the file as it was before, with any of the new sectors but no new meta
/// page, or the file as it is afterwards. Both must open, and hold what was acknowledged.
#[test]
fn a_power_cut_during_a_commit_leaves_the_state_before_it() {
    const SECTOR: usize = 512;
    /// The two meta pages come first.
    const METAS: usize = 2 * 4_096;
    let dir = tempfile::tempdir().unwrap();
    let index = open(&dir);
    let read = || fs::read(dir.path().join("data.mdb")).unwrap();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for round in 0..40_u32 {
        // Enough to split pages and to use those again that earlier commits have freed.
        let all = uris((0..40).map(|n| format!("n://{}/{round}-{n}", n % 3)));
        let ids = index.ensure_ids(&alice(), &all).unwrap();
        let before = read();
        match round % 3 {
            0 => index.remove(&alice(), &ids, DeleteMode::Hard).unwrap(),
            1 => index.remove(&alice(), &ids[..20], DeleteMode::Soft).unwrap(),
            _ => {
                let (old, new) = (Uri::parse(all[0].folder()), Uri::parse(format!("n://r{round}/")));
                assert!(index.rename_prefix(&alice(), &old.unwrap(), &new.unwrap()).unwrap() > 0);
            }
        }
        let mut after = read();
        for cut in 0..4 {
            let mut disk = before.clone();
            disk.resize(before.len().max(after.len()), 0);
            after.resize(disk.len(), 0);
            for at in (METAS..disk.len()).step_by(SECTOR).filter(|_| cut == 0 || random().is_multiple_of(2)) {
                disk[at..at + SECTOR].copy_from_slice(&after[at..at + SECTOR]);
            }
            let copy = tempfile::tempdir().unwrap();
            fs::write(copy.path().join("data.mdb"), &disk).unwrap();
            let recovered = open(&copy);
            let report = recovered.verify().unwrap();
            assert!(report.is_clean(), "round {round}, cut {cut}: {report:?}");
            let found = recovered.get_uris(&alice(), &ids).unwrap();
            assert!(
                found.iter().flatten().zip(&all).all(|(entry, uri)| entry.uri == uri.as_str()),
                "round {round}"
            );
            assert_eq!(found.iter().flatten().filter(|entry| !entry.soft_deleted).count(), 40);
        }
    }
}
