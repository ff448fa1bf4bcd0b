//! Folders: FO-01 to FO-11, SY-02, PE-01.

use super::*;

/// FO-01, FO-02, FO-03, FO-04, FO-06, FO-11.
#[test]
fn a_folder_is_created_once_and_opened_by_its_id() {
    let mail = Mail::new();
    let (id, _) = add_folder(&*mail.root, "Über / uns");
    let name = mail
        .root
        .open_folder(id)
        .unwrap()
        .get_properties(&[PID_TAG_DISPLAY_NAME, PID_TAG_FOLDER_ID])
        .unwrap();
    assert_eq!((&name[0], number(&name[1])), (&Ok(text("Über / uns")), id));
    assert_eq!(mail.path(id).unwrap(), "alice/mail/Über %2F uns/");
    assert_eq!(mail.root.get_child_count(TableKind::Hierarchy).unwrap(), 1);
    assert_eq!(column(&*mail.root, TableKind::Hierarchy, PID_TAG_FOLDER_ID).len(), 1);
    let create = |properties| code(mail.root.create_folder(new_id(), properties));
    assert_eq!(create(set(PID_TAG_DISPLAY_NAME, "Über / uns")), ErrorCode::Exists);
    assert_eq!(create(set(PID_TAG_COMMENT, "no name")), ErrorCode::InvalidParameter);
    assert_eq!(create(set(PID_TAG_DISPLAY_NAME, "")), ErrorCode::InvalidParameter);
    assert_eq!(code(mail.root.open_folder(new_id())), ErrorCode::NotFound);
    let (below, _) = add_folder(&*mail.root.open_folder(id).unwrap(), "below");
    assert_eq!(code(mail.root.open_folder(below)), ErrorCode::NotFound);
    assert_eq!(mail.root.get_properties(&[PID_TAG_SUBFOLDERS]).unwrap(), [Ok(PropertyValue::Boolean(true))]);
}

/// FO-05, SY-02.
#[test]
fn only_a_recursive_delete_takes_the_contents_along() {
    let mail = Mail::new();
    let (id, folder) = add_folder(&*mail.root, "a");
    let (below, sub) = add_folder(&*folder, "b");
    let message = add(&*sub, "x");
    assert_eq!(code(folder.delete(DeleteMode::Soft, false)), ErrorCode::Exists);
    assert_eq!(code(sub.delete(DeleteMode::Soft, false)), ErrorCode::Exists);
    folder.delete(DeleteMode::Soft, true).unwrap();
    assert_eq!(mail.root.get_child_count(TableKind::Hierarchy).unwrap(), 0);
    assert_eq!(deleted(&*mail.root, TableKind::Hierarchy), [id]);
    for id in [id, below, message] {
        assert_eq!(mail.path(id), Err(ErrorCode::NotFound));
    }
    assert_eq!(code(sub.get_child_count(TableKind::Contents)), ErrorCode::ObjectDeleted);
    assert_eq!(code(folder.create_message(new_id(), false)), ErrorCode::ObjectDeleted);
    let (hard, folder) = add_folder(&*mail.root, "a");
    folder.delete(DeleteMode::Hard, false).unwrap();
    assert!(!deleted(&*mail.root, TableKind::Hierarchy).contains(&hard));
    assert_eq!(code(mail.root.delete(DeleteMode::Hard, true)), ErrorCode::Denied);
}

/// FO-07.
#[test]
fn a_rename_is_followed_by_everything_below() {
    let mail = Mail::new();
    let (id, folder) = add_folder(&*mail.root, "old");
    let (_, sub) = add_folder(&*folder, "sub");
    let (gone, message) = (add(&*sub, "gone"), add(&*sub, "x"));
    sub.delete_messages(&[gone], DeleteMode::Soft).unwrap();
    add_folder(&*mail.root, "taken");
    let rename = |name: &str| folder.set_properties(set(PID_TAG_DISPLAY_NAME, name));
    assert_eq!(code(rename("taken")), ErrorCode::Exists);
    assert_eq!(rename("old").unwrap(), []);
    assert_eq!(rename("new").unwrap(), []);
    assert_eq!(mail.path(id).unwrap(), "alice/mail/new/");
    assert!(mail.path(message).unwrap().starts_with("alice/mail/new/sub/"));
    assert_eq!(mids(&*sub), [message]);
    // Tombstones keep the URI that they were made with, and are found all the same.
    assert_eq!(deleted(&*sub, TableKind::Contents), [gone]);
    let denied = [PropertyProblem { tag: PID_TAG_DISPLAY_NAME, code: ErrorCode::Denied }];
    assert_eq!(mail.root.set_properties(set(PID_TAG_DISPLAY_NAME, "Inbox 2")).unwrap(), denied);
}

/// FO-08, FO-10.
#[test]
fn a_folder_moves_with_its_ids_but_not_into_itself() {
    let mail = Mail::new();
    let (id, folder) = add_folder(&*mail.root, "a");
    let (below, sub) = add_folder(&*folder, "b");
    let (_, other) = add_folder(&*mail.root, "other");
    let message = add(&*sub, "x");
    for target in [&*sub, &*folder] {
        assert_eq!(code(folder.move_to(Some(target), "c")), ErrorCode::InvalidParameter);
    }
    assert_eq!(code(folder.move_to(Some(&*mail.root), "other")), ErrorCode::Exists);
    folder.move_to(Some(&*other), "c").unwrap();
    assert_eq!(code(mail.root.open_folder(id)), ErrorCode::NotFound);
    let moved = other.open_folder(id).unwrap().open_folder(below).unwrap();
    assert_eq!(mids(&*moved), [message]);
    assert_eq!(mail.path(below).unwrap(), "alice/mail/other/c/b/");
    assert_eq!(deleted(&*mail.root, TableKind::Hierarchy), [0_u64; 0]);
    folder.move_to(None, "root").unwrap();
    assert_eq!(mail.path(below).unwrap(), "alice/mail:root/b/");
    assert!(Memory::list_contexts("alice").unwrap().iter().any(|entry| entry.name == "root"));
    assert_eq!(mids(&*moved), [message]);
    assert_eq!(code(mail.root.move_to(None, "x")), ErrorCode::Denied);
}

/// FO-09.
#[test]
fn a_copy_has_ids_of_its_own_and_leaves_the_source() {
    let mail = Mail::new();
    let (_, folder) = add_folder(&*mail.root, "a");
    let (below, sub) = add_folder(&*folder, "b");
    let (one, two) = (add(&*folder, "one"), add(&*sub, "two"));
    assert_eq!(code(folder.copy_to(&*sub, true, "c")), ErrorCode::InvalidParameter);
    assert_eq!(code(folder.copy_to(&*mail.root, true, "a")), ErrorCode::Exists);
    folder.copy_to(&*mail.root, true, "deep").unwrap();
    folder.copy_to(&*folder, false, "flat").unwrap();
    let open = |parent: &dyn Folder, at: usize| {
        parent.open_folder(number(&column(parent, TableKind::Hierarchy, PID_TAG_FOLDER_ID)[at])).unwrap()
    };
    let deep = open(&*mail.root, 1);
    assert_eq!(deep.get_properties(&[PID_TAG_DISPLAY_NAME]).unwrap(), [Ok(text("deep"))]);
    let copied = open(&*deep, 0);
    assert_eq!(column(&*copied, TableKind::Contents, PID_TAG_SUBJECT), [Ok(text("two"))]);
    assert!(mids(&*copied) != [two] && mids(&*deep) != [one] && mids(&*deep).len() == 1);
    let path = mail.path(mids(&*copied)[0]).unwrap();
    assert!(path.starts_with("alice/mail/deep/b/message:"));
    let flat = open(&*folder, 1);
    assert_eq!(flat.get_child_count(TableKind::Hierarchy).unwrap(), 0);
    assert_eq!(flat.get_child_count(TableKind::Contents).unwrap(), 1);
    assert_eq!((mids(&*folder), mids(&*sub)), (vec![one], vec![two]));
    assert_eq!(mail.path(below).unwrap(), "alice/mail/a/b/");
}

/// TA-13.
#[test]
fn a_hierarchy_table_shows_what_the_folder_says_of_itself() {
    let mail = Mail::new();
    let (_, folder) = add_folder(&*mail.root, "a");
    add(&*folder, "x");
    let mut table = mail.root.open_table(TableKind::Hierarchy).unwrap();
    let columns = table.available_columns().unwrap();
    assert_eq!(rows(&mut *table, &columns)[0], folder.get_properties(&columns).unwrap());
    assert!(folder.list_properties().unwrap().iter().all(|tag| columns.contains(tag)));
    let counts = [PID_TAG_CONTENT_COUNT, PID_TAG_CONTENT_UNREAD_COUNT];
    assert_eq!(folder.get_properties(&counts).unwrap().iter().map(number).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn properties_of_a_folder_are_set_streamed_and_removed() {
    let mail = Mail::new();
    let before = number(&mail.root.get_properties(&[PID_TAG_CHANGE_NUMBER]).unwrap()[0]);
    assert_eq!(mail.root.set_properties(set(PID_TAG_COMMENT, "hello")).unwrap(), []);
    let after = number(&mail.root.get_properties(&[PID_TAG_CHANGE_NUMBER]).unwrap()[0]);
    assert!(index::globcnt(after) > index::globcnt(before));
    let stream = |access| mail.root.open_stream(PID_TAG_COMMENT, access).unwrap();
    assert_eq!(read(stream(StreamAccess::Read)), b"h\0e\0l\0l\0o\0");
    write(stream(StreamAccess::Create), b"x\0");
    assert_eq!(mail.root.get_properties(&[PID_TAG_COMMENT]).unwrap(), [Ok(text("x"))]);
    assert_eq!(mail.root.remove_properties(&[PID_TAG_COMMENT, PID_TAG_BODY]).unwrap(), []);
    assert_eq!(mail.root.get_properties(&[PID_TAG_COMMENT]).unwrap(), [Err(ErrorCode::NotFound)]);
    let denied = mail.root.set_properties(set(PID_TAG_CONTENT_COUNT, 7)).unwrap();
    assert_eq!(denied, [PropertyProblem { tag: PID_TAG_CONTENT_COUNT, code: ErrorCode::Denied }]);
    assert_eq!(mail.root.remove_properties(&[PID_TAG_DISPLAY_NAME]).unwrap()[0].code, ErrorCode::Denied);
}

/// PE-01.
#[test]
fn permissions_are_added_changed_removed_and_replaced() {
    let mail = Mail::new();
    let user = |name: &[u8], rights| Permission { member: Member::User(name.to_vec()), name: None, rights };
    let all = |member, rights| Permission { member, name: None, rights };
    let modify = |options, changes| mail.root.modify_permissions(options, changes);
    let none = PermissionOptions::empty();
    let first = vec![
        PermissionChange::Add(user(b"bob", 0x1801)),
        PermissionChange::Modify(all(Member::DefaultUser, 0x800)),
        PermissionChange::Add(all(Member::Anonymous, 1)),
    ];
    let nobody = [all(Member::DefaultUser, 0), all(Member::Anonymous, 0)];
    assert_eq!(mail.root.get_permissions().unwrap(), nobody);
    modify(PermissionOptions::INCLUDE_FREE_BUSY, first).unwrap();
    modify(none, vec![PermissionChange::Modify(user(b"bob", 3))]).unwrap();
    let expected = [all(Member::DefaultUser, 0x800), all(Member::Anonymous, 1), user(b"bob", 0x1803)];
    assert_eq!(mail.root.get_permissions().unwrap(), expected);
    assert_eq!(mail.root.get_child_count(TableKind::Permissions).unwrap(), 3);
    let ids: Vec<_> = column(&*mail.root, TableKind::Permissions, PID_TAG_MEMBER_ID);
    assert_eq!(ids, [0_i64, -1, 3].map(|id| Ok(PropertyValue::Integer64(id))));
    // One that fails takes all back.
    let unknown = PermissionChange::Remove(Member::User(vec![9]));
    assert_eq!(
        code(modify(none, vec![PermissionChange::Remove(Member::Anonymous), unknown])),
        ErrorCode::NotFound
    );
    assert_eq!(code(modify(none, vec![PermissionChange::Modify(user(b"eve", 1))])), ErrorCode::NotFound);
    assert_eq!(code(modify(none, vec![PermissionChange::Add(user(b"bob", 1))])), ErrorCode::Exists);
    assert_eq!(mail.root.get_permissions().unwrap(), expected);
    modify(none, vec![PermissionChange::Remove(Member::User(b"bob".to_vec()))]).unwrap();
    assert_eq!(mail.root.get_permissions().unwrap().len(), 2);
    modify(PermissionOptions::REPLACE_ALL, vec![PermissionChange::Add(user(b"eve", 1))]).unwrap();
    assert_eq!(mail.root.get_permissions().unwrap(), [&nobody[..], &[user(b"eve", 1)]].concat());
}
