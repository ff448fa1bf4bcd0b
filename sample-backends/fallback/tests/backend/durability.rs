//! What is there when a context is opened again: after a good end, after a fault at every call of the store and of the index, after damage.

use super::*;

const URI: &str = "fallback://alice/";

/// Everything that can be seen from the root down: folders, messages with their change numbers, attachments, paths.
fn seen() -> Vec<String> {
    let mail = Mail::open(URI);
    let mut lines = Vec::new();
    look(&mail, &*mail.root, 0, &mut lines);
    lines
}

fn look(mail: &Mail, folder: &dyn Folder, depth: usize, lines: &mut Vec<String>) {
    let facts = [PID_TAG_DISPLAY_NAME, PID_TAG_COMMENT, PID_TAG_CONTENT_COUNT, PID_TAG_CONTENT_UNREAD_COUNT];
    lines.push(format!(
        "{depth} {:?} {:?}",
        folder.get_properties(&facts).unwrap(),
        folder.get_permissions().unwrap()
    ));
    for kind in [TableKind::Contents, TableKind::Associated] {
        for row in rows(
            &mut *folder.open_table(kind).unwrap(),
            &[PID_TAG_MID, PID_TAG_SUBJECT, PID_TAG_MESSAGE_FLAGS],
        ) {
            let id = number(&row[0]);
            let mut message = folder.open_message(id, false).unwrap();
            let cells =
                message.get_properties(&[PID_TAG_SUBJECT, PID_TAG_MESSAGE_FLAGS, PID_TAG_READ]).unwrap();
            assert_eq!(cells[..2], row[1..], "the row says what the message says");
            assert!(mail.path(id).is_ok(), "a message that is shown has a path");
            let mut contents = Vec::new();
            for num in message.list_attachments().unwrap() {
                let mut attachment = message.open_attachment(num, false).unwrap();
                let data =
                    read(attachment.open_stream(PID_TAG_ATTACH_DATA_BINARY, StreamAccess::Read).unwrap());
                contents.push((num, data.len(), data.iter().all(|byte| Some(byte) == data.first())));
            }
            lines.push(format!("{depth} {kind:?} {cells:?} {contents:?}"));
        }
    }
    for id in column(folder, TableKind::Hierarchy, PID_TAG_FOLDER_ID).iter().map(number) {
        assert!(mail.path(id).is_ok(), "a folder that is shown has a path");
        look(mail, &*folder.open_folder(id).unwrap(), depth + 1, lines);
    }
    for id in deleted(folder, TableKind::Contents).into_iter().chain(deleted(folder, TableKind::Hierarchy)) {
        lines.push(format!("{depth} deleted"));
        assert_eq!(mail.path(id), Err(ErrorCode::NotFound));
    }
}

/// Lets every call of the key-value store and of the index fail in turn, with all after it, as a kill does, and after each looks what a fresh context sees: what was before, or
/// what is when nothing fails.
fn old_or_new<T>(prepare: impl Fn(&Mail) -> T, act: impl Fn(&Mail, &T) -> Result<()>) {
    let begin = || {
        let mail = Mail::new();
        let prepared = prepare(&mail);
        (mail, prepared)
    };
    let (mail, prepared) = begin();
    let old = seen();
    act(&mail, &prepared).unwrap();
    let new = seen();
    assert_ne!(old, new);
    let (mail, prepared) = begin();
    let before = keyvalue::calls();
    act(&mail, &prepared).unwrap();
    for calls in 0..keyvalue::calls() - before {
        let (mail, prepared) = begin();
        keyvalue::fail_after(calls);
        let done = act(&mail, &prepared);
        // A kill leaves nothing time to tidy up.
        drop((mail, prepared));
        keyvalue::reset_faults();
        let found = seen();
        match done {
            // What is done after the call that counts may fail without a word.
            Ok(()) => assert_eq!(found, new, "acknowledged, with {calls} calls"),
            Err(_) => assert!(
                found == old || found == new,
                "after {calls} calls: {found:#?}\nold: {old:#?}\nnew: {new:#?}"
            ),
        }
        // And it stays as it was found.
        assert_eq!(seen(), found);
    }
}

/// A message with an attachment of this size, in the place of the one that is there.
fn attach(folder: &dyn Folder, id: Mid, new: bool, subject: &str, size: usize) -> Result<()> {
    let mut message = if new { folder.create_message(id, false)? } else { folder.open_message(id, true)? };
    message.set_properties(set(PID_TAG_SUBJECT, subject))?;
    if !new {
        message.delete_attachment(0)?;
    }
    let (_, mut attachment) = message.create_attachment()?;
    write(attachment.open_stream(PID_TAG_ATTACH_DATA_BINARY, StreamAccess::Create)?, &vec![7; size]);
    attachment.save()?;
    message.save(false)?;
    Ok(())
}

fn attached(folder: &dyn Folder) -> Mid {
    let id = new_id();
    attach(folder, id, true, "old", 600_000).unwrap();
    id
}

/// The keys of the store but for what is done already, and folders.
fn left() -> Vec<String> {
    let bucket = keyvalue::Bucket::open("mail").unwrap();
    let keys = bucket.keys(None).unwrap().keys.into_iter();
    keys.filter(|key| !key.starts_with("j/") && !key.starts_with("d/")).collect()
}

#[test]
fn a_new_message_is_there_whole_or_not_at_all() {
    old_or_new(|_| new_id(), |mail, &id| attach(&*mail.root, id, true, "new", 600_000));
}

#[test]
fn a_saved_message_is_the_old_one_or_the_new_one() {
    old_or_new(|mail| attached(&*mail.root), |mail, &id| attach(&*mail.root, id, false, "new", 700_000));
}

#[test]
fn a_message_larger_than_one_write_is_the_old_one_or_the_new_one() {
    old_or_new(|mail| attached(&*mail.root), |mail, &id| attach(&*mail.root, id, false, "new", 26 << 20));
}

#[test]
fn a_delete_takes_all_or_nothing() {
    let prepare = |mail: &Mail| {
        add(&*mail.root, "stays");
        [attached(&*mail.root), add(&*mail.root, "two")]
    };
    for mode in [DeleteMode::Soft, DeleteMode::Hard] {
        old_or_new(prepare, |mail, gone| mail.root.delete_messages(gone, mode).map(drop));
    }
}

#[test]
fn a_move_leaves_the_message_in_one_folder() {
    let prepare = |mail: &Mail| (attached(&*mail.root), new_id(), add_folder(&*mail.root, "target").1);
    for copy in [false, true] {
        old_or_new(prepare, |mail, (source, target, folder)| {
            let item = TransferItem { source: *source, target: *target, keys: None };
            let source = TransferSource::SameContext(&*mail.root);
            Ok(folder.move_copy_messages(source, vec![item], copy)?[0].outcome?)
        });
    }
}

#[test]
fn read_flags_change_together() {
    let prepare = |mail: &Mail| ["a", "b", "c"].map(|subject| add(&*mail.root, subject));
    old_or_new(prepare, |mail, ids| mail.root.set_read_flags(ids, true).map(drop));
}

/// A folder `a` with a message and a folder in it, and a folder `b`.
fn tree(mail: &Mail) -> [Box<dyn Folder>; 2] {
    let (_, folder) = add_folder(&*mail.root, "a");
    let (_, sub) = add_folder(&*folder, "sub");
    attached(&*folder);
    add(&*sub, "in sub");
    [folder, add_folder(&*mail.root, "b").1]
}

#[test]
fn a_folder_is_created_renamed_and_changed_whole_or_not_at_all() {
    let name = || set(PID_TAG_DISPLAY_NAME, "new");
    old_or_new(|_| new_id(), |mail, &id| mail.root.create_folder(id, name()).map(drop));
    old_or_new(tree, |_, [a, _]| a.set_properties(name()).map(drop));
    old_or_new(tree, |mail, _| mail.root.set_properties(set(PID_TAG_COMMENT, "new")).map(drop));
    old_or_new(tree, |mail, _| {
        let bob = Permission { member: Member::User(b"bob".to_vec()), name: None, rights: 1 };
        mail.root.modify_permissions(PermissionOptions::empty(), vec![PermissionChange::Add(bob)])
    });
}

#[test]
fn a_folder_is_deleted_moved_and_copied_whole_or_not_at_all() {
    old_or_new(tree, |_, [a, _]| a.delete(DeleteMode::Soft, true));
    old_or_new(tree, |_, [a, b]| a.move_to(Some(&**b), "moved"));
    old_or_new(tree, |_, [a, b]| a.copy_to(&**b, true, "copied"));
}

#[test]
fn what_goes_leaves_nothing_in_the_store() {
    let mail = Mail::new();
    let id = attached(&*mail.root);
    let before = left();
    attach(&*mail.root, id, false, "replaced", 600_000).unwrap();
    mail.root.set_read_flags(&[id], true).unwrap();
    assert_eq!(left().len(), before.len());
    let (target, folder) = (new_id(), add_folder(&*mail.root, "a").1);
    let item = TransferItem { source: id, target, keys: None };
    folder.move_copy_messages(TransferSource::SameContext(&*mail.root), vec![item], false).unwrap();
    assert_eq!(left().len(), before.len());
    folder.copy_to(&*mail.root, true, "b").unwrap();
    assert_eq!(left().len(), 2 * before.len());
    folder.delete(DeleteMode::Hard, true).unwrap();
    assert_eq!(left().len(), before.len());
}

/// A large body that a message no longer has is no copy of it either.
#[test]
fn a_large_value_goes_when_it_is_replaced() {
    let mail = Mail::new();
    let id = add(&*mail.root, "x");
    let small = left().len();
    let mut message = mail.root.open_message(id, true).unwrap();
    write(message.open_stream(PR_INTERNET_CONTENT, StreamAccess::Create).unwrap(), &vec![1; 3 << 20]);
    message.save(false).unwrap();
    assert!(left().len() > small + 10);
    drop(message);
    let mut message = Mail::open(URI).root.open_message(id, true).unwrap();
    let bytes = read(message.open_stream(PR_INTERNET_CONTENT, StreamAccess::Read).unwrap());
    assert_eq!(bytes, vec![1; 3 << 20]);
    message.remove_properties(&[PR_INTERNET_CONTENT]).unwrap();
    message.save(false).unwrap();
    assert_eq!(left().len(), small);
}

#[test]
fn what_is_damaged_is_corrupted_and_hides_nothing_else() {
    let mail = Mail::new();
    let (bad, good) = (add(&*mail.root, "bad"), add(&*mail.root, "good"));
    let (folder, _) = add_folder(&*mail.root, "bad");
    let (other, _) = add_folder(&*mail.root, "other");
    let bucket = keyvalue::Bucket::open("mail").unwrap();
    let suffix = |id: u64| format!("{:016x}", index::globcnt(id) << 16 | 1);
    for key in bucket.keys(None).unwrap().keys {
        if [bad, folder].iter().any(|&id| key.ends_with(&suffix(id))) && !key.starts_with("j/") {
            bucket.set(&key, b"damaged").unwrap();
        }
    }
    let mail = Mail::open(URI);
    assert_eq!(mids(&*mail.root), [bad, good]);
    assert_eq!(
        column(&*mail.root, TableKind::Contents, PID_TAG_SUBJECT),
        [Err(ErrorCode::NotFound), Ok(text("good"))]
    );
    assert_eq!(code(mail.root.open_message(bad, true)), ErrorCode::Corrupted);
    assert_eq!(code(mail.root.open_folder(folder)), ErrorCode::Corrupted);
    assert_eq!(
        column(&*mail.root, TableKind::Hierarchy, PID_TAG_FOLDER_ID).iter().map(number).collect::<Vec<_>>(),
        [other]
    );
    let outcomes = mail.root.set_read_flags(&[bad, good], true).unwrap();
    assert_eq!(outcomes[0].outcome, Err(ErrorCode::Corrupted));
    assert_eq!(outcomes[1].outcome, Ok(()));
    // It can be deleted.
    mail.root.delete_messages(&[bad], DeleteMode::Hard).unwrap();
    assert_eq!(mids(&*Mail::open(URI).root), [good]);
}
