//! Records that come from elsewhere.

use super::*;

fn record(globcnt: u64, text: &str, deleted: bool) -> LoadRecord {
    LoadRecord { id: Globcnt::new(globcnt).unwrap().into(), uri: uri(text), deleted }
}

fn id(globcnt: u64) -> Fmid {
    Globcnt::new(globcnt).unwrap().into()
}

pub(super) fn records_from_elsewhere_keep_their_ids(index: &dyn Index) {
    let records = [
        record(7, "n://a/1", false),
        record(300, "n://a/b/", false),
        record(9, "n://a/1", true),
        record(5, "n://a/2", true),
    ];
    let loaded = index.load(&owner("alice"), &records, Globcnt::new(1_000)).unwrap();
    assert_eq!(loaded, [LoadOutcome::Added; 4]);
    assert_eq!(by_id(index, id(7)), live(id(7), "n://a/1"));
    assert_eq!(by_uri(index, "n://a/1"), live(id(7), "n://a/1"));
    assert_eq!(by_uri(index, "n://a/2"), tombstone(id(5), "n://a/2"));
    let deleted = index.list_deleted(&alice(), "n://", ChangeNumber(0)).unwrap();
    assert_eq!(deleted.iter().map(|entry| entry.id).collect::<Vec<_>>(), [id(9), id(5)]);
    // What was in use is not handed out again: up to the counter, or to the highest id.
    assert_eq!(index.reserve(&alice(), 1).unwrap().first, id(1_001));
    index.load(&owner("alice"), &[record(5_000, "n://c", false)], None).unwrap();
    assert_eq!(index.reserve(&alice(), 1).unwrap().first, id(5_001));
    // Again is no harm: an import can be repeated.
    assert_eq!(index.load(&owner("alice"), &records, None).unwrap(), [LoadOutcome::Present; 4]);
    assert_eq!(index.owners().unwrap()[0].change_numbers, 2);
}

pub(super) fn what_cannot_be_loaded_keeps_nothing_else_out(index: &dyn Index) {
    let known = add(index, "n://known");
    let records = [
        LoadRecord { id: Fmid(0), ..record(1, "n://zero", false) },
        LoadRecord { id: Fmid(0x0200_0000_0000_0002), ..record(1, "n://replica", false) },
        LoadRecord { id: known, ..record(1, "n://other", false) },
        LoadRecord { id: known, ..record(1, "n://known", true) },
        record(8, "n://known/", false),
        record(9, "n://fine", false),
        record(10, "n://fine", false),
    ];
    let loaded = index.load(&owner("alice"), &records, None).unwrap();
    use LoadOutcome::{Added, IdTaken, InvalidId, UriTaken};
    assert_eq!(loaded, [InvalidId, InvalidId, IdTaken, IdTaken, UriTaken, Added, UriTaken]);
    assert_eq!(by_id(index, known), live(known, "n://known"));
    let many = vec![record(1, "n://x", false); BATCH_MAX + 1];
    assert!(matches!(index.load(&owner("alice"), &many, None), Err(IndexError::OutOfRange { .. })));
    // The last id there can be leaves none to hand out, and breaks nothing.
    index.load(&owner("alice"), &[], Some(Globcnt::MAX)).unwrap();
    assert!(matches!(index.reserve(&alice(), 1), Err(IndexError::Exhausted(_))));
}
