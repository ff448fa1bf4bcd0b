//! Messages that are deleted, moved and copied: ME-10 to ME-13, SY-02, SY-03.

use super::*;

fn item(source: Mid, target: Mid) -> TransferItem {
    TransferItem { source, target, keys: None }
}

/// ME-10, ME-11, SY-02.
#[test]
fn a_soft_delete_leaves_a_tombstone_and_a_hard_one_nothing() {
    let mail = Mail::new();
    let (soft, hard, kept) = (add(&*mail.root, "a"), add(&*mail.root, "b"), add(&*mail.root, "c"));
    let before = mail.root.get_deleted(TableKind::Contents, 0).unwrap().upto;
    let outcomes = mail.root.delete_messages(&[soft, 0x7777_0001], DeleteMode::Soft).unwrap();
    assert_eq!((outcomes[0].outcome, outcomes[1].outcome), (Ok(()), Err(ErrorCode::NotFound)));
    mail.root.delete_messages(&[hard], DeleteMode::Hard).unwrap();
    assert_eq!(mids(&*mail.root), [kept]);
    let deleted = mail.root.get_deleted(TableKind::Contents, before).unwrap();
    assert_eq!(deleted.ids, [soft]);
    assert!(mail.root.get_deleted(TableKind::Contents, deleted.upto).unwrap().ids.is_empty());
    assert_eq!(code(mail.root.open_message(soft, false)), ErrorCode::NotFound);
    assert_eq!(code(mail.root.get_deleted(TableKind::Rules, 0)), ErrorCode::InvalidParameter);
}

/// ME-12.
#[test]
fn a_move_takes_the_message_to_its_new_id_and_keeps_the_keys_it_is_given() {
    let mail = Mail::new();
    let (target_id, target) = add_folder(&*mail.root, "a");
    let (one, two) = (add(&*mail.root, "one"), add(&*mail.root, "two"));
    let (new_one, new_two) = (new_id(), new_id());
    let keys = ImportKeys { change_key: vec![7; 22], predecessors: [&[22][..], &[7; 22]].concat() };
    let imported = TransferItem { keys: Some(keys.clone()), ..item(two, new_two) };
    let source = TransferSource::SameContext(&*mail.root);
    let outcomes = target
        .move_copy_messages(source, vec![item(one, new_one), imported, item(5, new_id())], false)
        .unwrap();
    assert_eq!(
        outcomes.iter().map(|outcome| (outcome.id, outcome.outcome)).collect::<Vec<_>>(),
        [(one, Ok(())), (two, Ok(())), (5, Err(ErrorCode::NotFound))]
    );
    assert_eq!((mids(&*mail.root), mids(&*target)), (vec![], vec![new_one, new_two]));
    assert_eq!(deleted(&*mail.root, TableKind::Contents), [one, two]);
    assert_eq!(get(&*target, new_one, PID_TAG_SUBJECT), Ok(text("one")));
    assert_eq!(number(&get(&*target, new_one, PID_TAG_PARENT_FOLDER_ID)), target_id);
    assert_eq!(get(&*target, new_two, PID_TAG_CHANGE_KEY), Ok(PropertyValue::Binary(keys.change_key)));
    let list = get(&*target, new_two, PID_TAG_PREDECESSOR_CHANGE_LIST);
    assert_eq!(list, Ok(PropertyValue::Binary(keys.predecessors)));
    assert!(mail.path(new_one).unwrap().starts_with("alice/mail/a/"));
    assert_eq!(mail.path(one), Err(ErrorCode::NotFound));
    // Within one folder, source and target are one object.
    let again = new_id();
    let same = TransferSource::SameContext(&*target);
    target.move_copy_messages(same, vec![item(new_one, again)], false).unwrap();
    assert_eq!(mids(&*target), [new_two, again]);
    // The predecessors go on from what was supplied.
    target.set_read_flags(&[new_two], true).unwrap();
    let Ok(PropertyValue::Binary(list)) = get(&*target, new_two, PID_TAG_PREDECESSOR_CHANGE_LIST) else {
        panic!()
    };
    assert_eq!(list.len(), 46);
}

/// ME-13.
#[test]
fn a_copy_leaves_the_source_and_is_a_message_of_its_own() {
    let mail = Mail::new();
    let (_, target) = add_folder(&*mail.root, "a");
    let id = add(&*mail.root, "one");
    let before = get(&*mail.root, id, PID_TAG_CHANGE_NUMBER);
    let copied = new_id();
    let source = || TransferSource::SameContext(&*mail.root);
    target.move_copy_messages(source(), vec![item(id, copied)], true).unwrap();
    let taken = target.move_copy_messages(source(), vec![item(id, copied)], true).unwrap();
    assert_eq!(taken[0].outcome, Err(ErrorCode::Exists));
    assert_eq!((mids(&*mail.root), mids(&*target)), (vec![id], vec![copied]));
    assert_eq!(get(&*mail.root, id, PID_TAG_CHANGE_NUMBER), before);
    assert_ne!(get(&*target, copied, PID_TAG_CHANGE_NUMBER), before);
    let mut message = target.open_message(copied, true).unwrap();
    message.set_properties(set(PID_TAG_SUBJECT, "other")).unwrap();
    message.save(false).unwrap();
    assert_eq!(get(&*mail.root, id, PID_TAG_SUBJECT), Ok(text("one")));
    assert_eq!(deleted(&*mail.root, TableKind::Contents), [0_u64; 0]);
    let foreign = TransferSource::Uri("memory://alice/drafts/".into());
    assert_eq!(code(target.move_copy_messages(foreign, vec![], true)), ErrorCode::NotImplemented);
}

/// SY-03.
#[test]
fn preloading_changes_nothing() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    mail.root.preload_messages(TableKind::Contents, &[id, 5]).unwrap();
    assert_eq!(get(&*mail.root, id, PID_TAG_SUBJECT), Ok(text("x")));
    mail.root.preload_messages(TableKind::Contents, &[]).unwrap();
    assert_eq!(mids(&*mail.root), [id]);
}
