//! The backend through the traits that a host calls, natively, over the SDK's index in memory.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use mapistore_maildir::Maildir;
use mapistore_sdk::types::*;
use mapistore_sdk::{Backend, Context, ErrorCode, Folder, PropertyStream, Table, index};

use mapistore_sdk::tags::{
    PID_TAG_ATTACH_DATA_BINARY as ATTACH_DATA, PID_TAG_ATTACH_LONG_FILENAME as ATTACH_NAME,
    PID_TAG_ATTACH_METHOD as ATTACH_METHOD, PID_TAG_ATTACH_NUMBER as ATTACH_NUMBER, PID_TAG_BODY as BODY,
    PID_TAG_CHANGE_KEY as CHANGE_KEY, PID_TAG_CHANGE_NUMBER as CHANGE_NUMBER,
    PID_TAG_CONTENT_COUNT as CONTENT_COUNT, PID_TAG_DISPLAY_NAME as DISPLAY_NAME,
    PID_TAG_EMAIL_ADDRESS as EMAIL_ADDRESS, PID_TAG_FOLDER_ID as FOLDER_ID, PID_TAG_HTML as HTML,
    PID_TAG_MESSAGE_FLAGS as MESSAGE_FLAGS, PID_TAG_MESSAGE_SIZE as MESSAGE_SIZE, PID_TAG_MID as MID,
    PID_TAG_NORMALIZED_SUBJECT as NORMALIZED_SUBJECT, PID_TAG_PREDECESSOR_CHANGE_LIST as PREDECESSORS,
    PID_TAG_READ as READ, PID_TAG_SUBJECT as SUBJECT,
};

/// PR_INTERNET_CONTENT.
const ORIGINAL: u32 = 0x6659_0102;

/// Alice's mail in a directory of its own. `init` is global, so the tests of this file use one root each in turn.
struct Mail {
    root: PathBuf,
    _lock: std::sync::MutexGuard<'static, ()>,
    _directory: tempfile::TempDir,
}

impl Mail {
    fn new() -> Self {
        static LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let lock = LOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("Maildir");
        Maildir::init(&[("root".into(), root.to_str().unwrap().into())]).unwrap();
        index::reset();
        Self { root, _lock: lock, _directory: directory }
    }

    fn context(&self, folder: &str) -> mapistore_sdk::Result<Box<dyn Context>> {
        let connection = ConnectionInfo {
            username: "alice".into(),
            owner: "alice".into(),
            replica_guid: Guid { hi: 1, lo: 2 },
            replica_id: 1,
            locale: 0x409,
            codepage: 1252,
        };
        Maildir::create_context(connection, &format!("maildir://alice/{folder}/"))
    }

    fn folder(&self, folder: &str) -> Box<dyn Folder> {
        let id = index::ensure_ids(&[format!("maildir://alice/{folder}/")]).unwrap()[0];
        self.context(folder).unwrap().get_root_folder(id).unwrap()
    }

    /// As another program would deliver.
    fn deliver(&self, folder: &str, name: &str, content: &[u8]) -> PathBuf {
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(self.root.join(folder).join(part)).unwrap();
        }
        let file = self.root.join(folder).join("cur").join(name);
        std::fs::write(&file, content).unwrap();
        file
    }
}

fn new_id() -> u64 {
    index::reserve(1).unwrap().first
}

fn text(value: &str) -> PropertyValue {
    PropertyValue::Text(value.into())
}

fn number(cell: &Cell) -> u64 {
    match cell {
        Ok(PropertyValue::Integer64(value)) => value.cast_unsigned(),
        Ok(PropertyValue::Integer32(value)) => u64::from(value.cast_unsigned()),
        other => panic!("{other:?} is no number"),
    }
}

fn rows(folder: &dyn Folder, kind: TableKind, columns: &[u32]) -> Vec<Vec<Cell>> {
    let mut table = folder.open_table(kind).unwrap();
    read(&mut *table, columns)
}

fn read(table: &mut dyn Table, columns: &[u32]) -> Vec<Vec<Cell>> {
    table.set_columns(columns.to_vec()).unwrap();
    let batch = table.query_rows(0, 10_000).unwrap();
    assert_eq!(batch.cells.len(), batch.row_count as usize * columns.len());
    batch.cells.chunks(columns.len()).map(<[Cell]>::to_vec).collect()
}

fn mids(folder: &dyn Folder) -> Vec<u64> {
    rows(folder, TableKind::Contents, &[MID]).iter().map(|row| number(&row[0])).collect()
}

fn stream(mut stream: Box<dyn PropertyStream>) -> Vec<u8> {
    let size = stream.size().unwrap();
    let mut data = Vec::new();
    while (data.len() as u64) < size {
        data.extend(stream.read(data.len() as u64, 65_536).unwrap());
    }
    data
}

fn write_stream(mut stream: Box<dyn PropertyStream>, data: &[u8]) {
    for (at, part) in data.chunks(50_000).enumerate() {
        stream.write(at as u64 * 50_000, part).unwrap();
    }
    stream.commit().unwrap();
}

fn add(folder: &dyn Folder, content: &[u8]) -> u64 {
    let id = new_id();
    let mut message = folder.create_message(id, false).unwrap();
    write_stream(message.open_stream(ORIGINAL, StreamAccess::Create).unwrap(), content);
    message.save(false).unwrap();
    id
}

fn original(folder: &dyn Folder, id: u64) -> Vec<u8> {
    stream(folder.open_message(id, false).unwrap().open_stream(ORIGINAL, StreamAccess::Read).unwrap())
}

fn code<T>(result: mapistore_sdk::Result<T>) -> ErrorCode {
    result.err().unwrap().code
}

#[test]
fn an_empty_root_lists_the_inbox_and_makes_nothing() {
    let mail = Mail::new();
    let contexts = Maildir::list_contexts("alice").unwrap();
    assert_eq!(contexts.len(), 1);
    assert_eq!((contexts[0].url.as_str(), contexts[0].main_folder), ("maildir://alice/INBOX/", true));
    assert!(!mail.root.exists());
    mail.context("INBOX").unwrap();
    assert!(mail.root.join("new").is_dir());
}

#[test]
fn special_folders_get_their_roles() {
    let mail = Mail::new();
    for folder in [".Sent", ".Sent Items", ".Drafts", ".Junk", ".Archive.2024", ".INBOX.sub"] {
        mail.deliver(folder, "1.a", b"");
    }
    let contexts = Maildir::list_contexts("alice").unwrap();
    let found: Vec<_> =
        contexts.iter().map(|entry| (entry.name.as_str(), entry.role, entry.main_folder)).collect();
    assert_eq!(
        found,
        [
            ("Inbox", Role::Mail, true),
            ("Drafts", Role::Drafts, true),
            ("Sent", Role::SentItems, true),
            ("Sent Items", Role::SentItems, false),
            ("Archive", Role::Mail, false),
            ("Junk", Role::Mail, false),
        ]
    );
    assert_eq!(Maildir::list_contexts("alice").unwrap(), contexts);
}

#[test]
fn a_root_is_made_for_mail_roles_only() {
    let mail = Mail::new();
    let make = |role, name| Maildir::create_root_folder("alice", role, 1, name);
    assert_eq!(make(Role::Calendar, "Calendar").unwrap(), None);
    assert_eq!(make(Role::Drafts, "Entwürfe").unwrap().unwrap(), "maildir://alice/Entw&APw-rfe/");
    assert!(mail.root.join(".Entw&APw-rfe/cur").is_dir());
    assert_eq!(code(make(Role::Mail, "Entwürfe")), ErrorCode::Exists);
    assert_eq!(code(make(Role::Mail, "../x")), ErrorCode::InvalidParameter);
}

#[test]
fn another_users_uri_is_denied_and_an_unknown_root_is_not_found() {
    let mail = Mail::new();
    let connection = |owner: &str| ConnectionInfo {
        username: "alice".into(),
        owner: owner.into(),
        replica_guid: Guid { hi: 1, lo: 2 },
        replica_id: 1,
        locale: 0,
        codepage: 1252,
    };
    let open = |owner, uri| code(Maildir::create_context(connection(owner), uri));
    assert_eq!(open("bob", "maildir://alice/INBOX/"), ErrorCode::Denied);
    assert_eq!(open("alice", "maildir://alice/None/"), ErrorCode::NotFound);
    assert_eq!(open("alice", "maildir://alice/../"), ErrorCode::InvalidUri);
    drop(mail);
}

/// ME-03, TA-01, TA-02, TA-03.
#[test]
fn a_message_comes_back_byte_for_byte_and_is_listed() {
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let content = b"From: A <a@example.org>\nSubject: Re: x\nX-Odd: \xff\n\nbody\r\n\n";
    let id = add(&*inbox, content);
    assert_eq!(original(&*inbox, id), content);
    let columns = [MID, SUBJECT, NORMALIZED_SUBJECT, MESSAGE_SIZE, HTML];
    let rows = rows(&*inbox, TableKind::Contents, &columns);
    assert_eq!(
        rows[0][..3],
        [Ok(PropertyValue::Integer64(id.cast_signed())), Ok(text("Re: x")), Ok(text("x"))]
    );
    assert_eq!(number(&rows[0][3]), content.len() as u64);
    assert_eq!(rows[0][4], Err(ErrorCode::NotFound));
    let mut table = inbox.open_table(TableKind::Contents).unwrap();
    assert_eq!(code(table.query_rows(0, 1)), ErrorCode::NotInitialized);
    table.set_columns(vec![MID]).unwrap();
    let past = table.query_rows(7, 1).unwrap();
    assert!(past.row_count == 0 && past.at_end);
}

/// ME-01, ME-02.
#[test]
fn a_message_that_is_not_saved_leaves_no_trace() {
    let mail = Mail::new();
    let context = mail.context("INBOX").unwrap();
    let inbox = context.get_root_folder(new_id()).unwrap();
    let id = new_id();
    let message = inbox.create_message(id, false).unwrap();
    assert_eq!(inbox.get_child_count(TableKind::Contents).unwrap(), 0);
    drop(message);
    assert_eq!(context.get_paths(&[id]).unwrap(), [Err(ErrorCode::NotFound)]);
    assert_eq!(code(inbox.open_message(id, false)), ErrorCode::NotFound);
    assert!(std::fs::read_dir(mail.root.join("tmp")).unwrap().next().is_none());
}

/// ME-04, ME-09, AT-01, AT-02.
#[test]
fn a_composed_message_reads_back() {
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let id = new_id();
    let mut message = inbox.create_message(id, false).unwrap();
    let set = |tag, value| Property { tag, value };
    let problems = message
        .set_properties(vec![
            set(SUBJECT, text("Grüße")),
            set(BODY, text("Hallo\r\nWelt")),
            set(HTML, PropertyValue::Binary(b"<p>Hallo</p>".to_vec())),
            set(0x8005_001F, text("named")),
        ])
        .unwrap();
    assert_eq!(problems, [PropertyProblem { tag: 0x8005_001F, code: ErrorCode::NotImplemented }]);
    let row = |kind, address: &str| Recipient {
        kind,
        username: None,
        cells: vec![Some(text("Bob")), Some(text(address))],
    };
    message
        .set_recipients(RecipientTable {
            columns: vec![DISPLAY_NAME, EMAIL_ADDRESS],
            rows: vec![row(RecipientKind::To, "b@example.org"), row(RecipientKind::Bcc, "c@example.org")],
        })
        .unwrap();
    let data: Vec<u8> = (0..3_000_000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let (first, mut attachment) = message.create_attachment().unwrap();
    attachment.set_properties(vec![set(ATTACH_NAME, text("ä.bin"))]).unwrap();
    write_stream(attachment.open_stream(ATTACH_DATA, StreamAccess::Create).unwrap(), &data);
    attachment.save().unwrap();
    let (second, mut attachment) = message.create_attachment().unwrap();
    let mut inner = attachment.create_embedded(new_id()).unwrap();
    inner.set_properties(vec![set(SUBJECT, text("inner"))]).unwrap();
    inner.save(false).unwrap();
    attachment.save().unwrap();
    assert_eq!((first, second), (0, 1));
    assert_eq!(message.list_attachments().unwrap(), [0_u32; 0]);
    let saved = message.save(false).unwrap();
    assert_eq!(message.list_attachments().unwrap(), [0, 1]);

    let mut message = inbox.open_message(id, true).unwrap();
    let cells = message.get_properties(&[SUBJECT, BODY, HTML, CHANGE_NUMBER, MESSAGE_FLAGS]).unwrap();
    assert_eq!(cells[0], Ok(text("Grüße")));
    assert_eq!(cells[1], Ok(text("Hallo\r\nWelt")));
    assert_eq!(cells[2], Ok(PropertyValue::Binary(b"<p>Hallo</p>".to_vec())));
    assert_eq!(number(&cells[3]), saved);
    assert_eq!(number(&cells[4]), 0x18);
    let recipients = message.get_data().unwrap().recipients;
    assert_eq!(recipients.rows.len(), 2);
    assert_eq!(recipients.rows[1].kind, RecipientKind::Bcc);
    let mut attachment = message.open_attachment(0, false).unwrap();
    assert_eq!(stream(attachment.open_stream(ATTACH_DATA, StreamAccess::Read).unwrap()), data);
    assert_eq!(attachment.get_properties(&[ATTACH_NAME]).unwrap(), [Ok(text("ä.bin"))]);
    let (_, mut inner) = message.open_attachment(1, false).unwrap().open_embedded().unwrap();
    assert_eq!(inner.get_properties(&[SUBJECT]).unwrap(), [Ok(text("inner"))]);
    let rows = read(&mut *message.open_attachment_table().unwrap(), &[ATTACH_NUMBER, ATTACH_METHOD]);
    assert_eq!(rows.iter().map(|row| number(&row[1])).collect::<Vec<_>>(), [1, 5]);

    message.delete_attachment(0).unwrap();
    assert_eq!(message.create_attachment().unwrap().0, 2);
    assert!(index::globcnt(message.save(false).unwrap()) > index::globcnt(saved));
    assert_eq!(mids(&*inbox), [id]);
}

/// ME-05.
#[test]
fn a_message_opened_to_be_read_refuses_changes() {
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let id = add(&*inbox, b"Subject: x\n\ny");
    let mut message = inbox.open_message(id, false).unwrap();
    assert_eq!(code(message.set_properties(vec![])), ErrorCode::Denied);
    assert_eq!(code(message.save(true)), ErrorCode::Denied);
    assert_eq!(code(message.set_read_flag(true)), ErrorCode::Denied);
    assert_eq!(code(message.open_stream(ORIGINAL, StreamAccess::Create)), ErrorCode::Denied);
}

/// ME-08.
#[test]
fn the_read_flag_is_in_the_file_name_and_the_change_number_grows() {
    let mail = Mail::new();
    let file = mail.deliver("", "1.a:2,F", b"Subject: x\n\n");
    let inbox = mail.folder("INBOX");
    let before = rows(&*inbox, TableKind::Contents, &[MID, CHANGE_NUMBER, MESSAGE_FLAGS, READ]).remove(0);
    let id = number(&before[0]);
    let outcomes = inbox.set_read_flags(&[id, 0x9999_0001], true).unwrap();
    assert_eq!(outcomes[0].outcome, Ok(()));
    assert_eq!(outcomes[1].outcome, Err(ErrorCode::NotFound));
    assert!(!file.exists() && mail.root.join("cur/1.a:2,FS").exists());
    let after = rows(&*inbox, TableKind::Contents, &[MID, CHANGE_NUMBER, MESSAGE_FLAGS, READ]).remove(0);
    assert_eq!(number(&after[0]), id);
    assert!(index::globcnt(number(&after[1])) > index::globcnt(number(&before[1])));
    assert_eq!((number(&before[2]) & 1, number(&after[2]) & 1), (0, 1));
    assert_eq!(
        (&before[3], &after[3]),
        (&Ok(PropertyValue::Boolean(false)), &Ok(PropertyValue::Boolean(true)))
    );
}

#[test]
fn what_other_programs_do_shows_on_the_next_call() {
    let mail = Mail::new();
    let file = mail.deliver("", "1.a:2,", b"Subject: one\n\n");
    let inbox = mail.folder("INBOX");
    let columns = [MID, CHANGE_NUMBER, MESSAGE_FLAGS];
    let first = rows(&*inbox, TableKind::Contents, &columns).remove(0);
    let mut table = inbox.open_table(TableKind::Contents).unwrap();

    let renamed = mail.root.join("cur/1.a:2,Sa");
    std::fs::rename(file, &renamed).unwrap();
    mail.deliver("", "2.b:2,", b"Subject: two\n\n");
    assert_eq!(original(&*inbox, number(&first[0])), b"Subject: one\n\n");
    assert_eq!(table.row_count().unwrap(), 1);
    table.refresh().unwrap();
    assert_eq!(table.row_count().unwrap(), 2);
    let now = rows(&*inbox, TableKind::Contents, &columns);
    assert_eq!(now[0][0], first[0]);
    assert!(index::globcnt(number(&now[0][1])) > index::globcnt(number(&first[1])));
    assert_eq!(number(&now[0][2]) & 1, 1);

    std::fs::remove_file(renamed).unwrap();
    assert_eq!(mids(&*inbox), [number(&now[1][0])]);
    let deleted = inbox.get_deleted(TableKind::Contents, 0).unwrap();
    assert_eq!(deleted.ids, [number(&first[0])]);
    assert!(inbox.get_deleted(TableKind::Contents, deleted.upto).unwrap().ids.is_empty());
}

/// mbsync adds its UID to the name of a file that it did not write.
#[test]
fn a_message_whose_file_is_renamed_behind_the_comma_keeps_its_id() {
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let id = add(&*inbox, b"Subject: one\n\n");
    let other = add(&*inbox, b"Subject: two\n\n");
    let name = |id| {
        let uri = index::get_uris(&[id]).unwrap()[0].clone().unwrap().uri;
        uri.rsplit('/').next().unwrap().to_owned()
    };
    let (renamed, deleted) = (name(id), name(other));
    let cur = mail.root.join("cur");
    std::fs::rename(cur.join(format!("{renamed}:2,")), cur.join(format!("{renamed},U=7:2,S"))).unwrap();
    std::fs::remove_file(cur.join(format!("{deleted}:2,"))).unwrap();
    std::fs::write(cur.join("9.new,S=5:2,"), "a\n\nb\n").unwrap();
    let now = mids(&*inbox);
    assert!(now.len() == 2 && now.contains(&id), "{now:?}");
    assert_eq!(inbox.get_deleted(TableKind::Contents, 0).unwrap().ids, [other]);
    // In a context that knows nothing of before.
    std::fs::rename(cur.join(format!("{renamed},U=7:2,S")), cur.join(format!("{renamed},U=8:2,S"))).unwrap();
    std::fs::remove_file(mail.root.join("mapistore-changes")).unwrap();
    assert_eq!(mids(&*mail.folder("INBOX")), now);
    assert_eq!(original(&*mail.folder("INBOX"), id), b"Subject: one\n\n");
}

#[test]
fn change_numbers_outlive_the_context_and_a_torn_file_does_not_hurt() {
    let mail = Mail::new();
    mail.deliver("", "1.a:2,", b"Subject: one\n\n");
    mail.deliver("", "2.b:2,", b"Subject: two\n\n");
    let columns = [MID, CHANGE_NUMBER];
    let first = rows(&*mail.folder("INBOX"), TableKind::Contents, &columns);
    assert_eq!(rows(&*mail.folder("INBOX"), TableKind::Contents, &columns), first);
    std::fs::write(mail.root.join("mapistore-changes"), b"mapistore-changes 1 to").unwrap();
    std::fs::remove_file(mail.root.join("cur/2.b:2,")).unwrap();
    let inbox = mail.folder("INBOX");
    let again = rows(&*inbox, TableKind::Contents, &columns);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0][0], first[0][0]);
    assert!(index::globcnt(number(&again[0][1])) > index::globcnt(number(&first[1][1])));
    assert_eq!(inbox.get_deleted(TableKind::Contents, 0).unwrap().ids, [number(&first[1][0])]);
}

/// Else each message of an import would be dearer than the one before.
#[test]
fn a_change_adds_a_line_to_the_change_numbers_and_does_not_write_all_of_them_again() {
    use std::os::unix::fs::MetadataExt;
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let first = add(&*inbox, b"Subject: one\n\n");
    let file = || std::fs::metadata(mail.root.join("mapistore-changes")).unwrap().ino();
    let before = file();
    let second = add(&*inbox, b"Subject: two\n\n");
    add(&*inbox, b"Subject: three\n\n");
    let mut message = inbox.open_message(second, true).unwrap();
    message.set_read_flag(true).unwrap();
    message.set_properties(vec![Property { tag: SUBJECT, value: text("changed") }]).unwrap();
    message.save(false).unwrap();
    inbox.delete_messages(&[first], DeleteMode::Soft).unwrap();
    assert_eq!(file(), before, "the same file");
    let columns = [MID, CHANGE_NUMBER, SUBJECT, READ];
    let here = rows(&*inbox, TableKind::Contents, &columns);
    assert_eq!(here.len(), 2);
    assert_eq!(rows(&*mail.folder("INBOX"), TableKind::Contents, &columns), here, "in another context");
}

/// ME-10, ME-11.
#[test]
fn a_soft_delete_leaves_a_tombstone_and_a_hard_one_nothing() {
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let (soft, hard) = (add(&*inbox, b"Subject: a\n\n"), add(&*inbox, b"Subject: b\n\n"));
    inbox.delete_messages(&[soft], DeleteMode::Soft).unwrap();
    inbox.delete_messages(&[hard], DeleteMode::Hard).unwrap();
    assert!(mids(&*inbox).is_empty());
    assert_eq!(inbox.get_deleted(TableKind::Contents, 0).unwrap().ids, [soft]);
}

/// ME-12, ME-13.
#[test]
fn messages_move_and_copy_between_folders_and_contexts() {
    let mail = Mail::new();
    mail.deliver(".Archive", "0.z:2,", b"");
    let (inbox, archive) = (mail.folder("INBOX"), mail.folder("Archive"));
    let (one, two) = (add(&*inbox, b"Subject: one\n\n"), add(&*inbox, b"Subject: two\n\n"));
    let (copied, moved) = (new_id(), new_id());
    let keys = ImportKeys { change_key: vec![7; 22], predecessors: [&[22][..], &[7; 22]].concat() };
    let source = || TransferSource::Uri("maildir://alice/INBOX/".into());
    let item = |source, target, keys| TransferItem { source, target, keys };
    archive.move_copy_messages(source(), vec![item(one, copied, None)], true).unwrap();
    archive.move_copy_messages(source(), vec![item(two, moved, Some(keys))], false).unwrap();
    assert_eq!(mids(&*inbox), [one]);
    assert_eq!(original(&*archive, copied), b"Subject: one\n\n");
    assert_eq!(original(&*archive, moved), b"Subject: two\n\n");
    assert_eq!(inbox.get_deleted(TableKind::Contents, 0).unwrap().ids, [two]);
    let keys = |folder: &dyn Folder| {
        folder.open_message(moved, false).unwrap().get_properties(&[CHANGE_KEY, PREDECESSORS]).unwrap()
    };
    assert_eq!(keys(&*archive)[0], Ok(PropertyValue::Binary(vec![7; 22])));
    assert_eq!(keys(&*mail.folder("Archive")), keys(&*archive));
    archive.set_read_flags(&[moved], true).unwrap();
    let [Ok(PropertyValue::Binary(key)), Ok(PropertyValue::Binary(list))] = &keys(&*archive)[..] else {
        panic!()
    };
    assert!(*key != vec![7; 22] && list.len() == 46);
    let within = new_id();
    let same = TransferSource::SameContext(&*archive);
    archive.move_copy_messages(same, vec![item(moved, within, None)], false).unwrap();
    assert!(mids(&*archive).contains(&within) && !mids(&*archive).contains(&moved));
    let foreign = TransferSource::Uri("maildir://bob/INBOX/".into());
    assert_eq!(code(archive.move_copy_messages(foreign, vec![], false)), ErrorCode::Denied);
}

/// ME-15.
#[test]
fn a_message_changed_meanwhile_is_saved_only_by_force() {
    let mail = Mail::new();
    let file = mail.deliver("", "1.a:2,", b"Subject: x\nX-Kept: yes\n\nbody");
    let inbox = mail.folder("INBOX");
    let id = mids(&*inbox)[0];
    let mut message = inbox.open_message(id, true).unwrap();
    message.set_properties(vec![Property { tag: SUBJECT, value: text("new") }]).unwrap();
    std::fs::rename(file, mail.root.join("cur/1.a:2,S")).unwrap();
    assert_eq!(code(message.save(false)), ErrorCode::ObjectModified);
    message.save(true).unwrap();
    let bytes = String::from_utf8(original(&*inbox, id)).unwrap();
    assert!(bytes.contains("X-Kept: yes") && bytes.contains("Subject: new"));
    let flags = rows(&*inbox, TableKind::Contents, &[MESSAGE_FLAGS]);
    assert_eq!(number(&flags[0][0]) & 1, 1);
    inbox.delete_messages(&[id], DeleteMode::Soft).unwrap();
    assert_eq!(code(message.save(true)), ErrorCode::ObjectDeleted);
}

/// FO-01 to FO-08, FO-10, FO-11.
#[test]
fn folders_are_made_renamed_moved_and_deleted() {
    let mail = Mail::new();
    mail.deliver(".Top", "0.z:2,", b"");
    let context = mail.context("Top").unwrap();
    let top_id = index::ensure_ids(&["maildir://alice/Top/".into()]).unwrap()[0];
    let top = context.get_root_folder(top_id).unwrap();
    let named = |name| vec![Property { tag: DISPLAY_NAME, value: text(name) }];
    assert_eq!(code(top.create_folder(new_id(), vec![])), ErrorCode::InvalidParameter);
    assert_eq!(code(top.open_folder(new_id())), ErrorCode::NotFound);
    let (one, sub) = (new_id(), new_id());
    let folder = top.create_folder(one, named("Über")).unwrap();
    assert_eq!(code(top.create_folder(new_id(), named("Über"))), ErrorCode::Exists);
    let below = folder.create_folder(sub, named("sub")).unwrap();
    let message = add(&*below, b"Subject: x\n\n");
    let path = |id| context.get_paths(&[id]).unwrap().remove(0).unwrap();
    assert_eq!(path(sub), "alice/Top/&ANw-ber/sub/");
    assert!(path(message).starts_with("alice/Top/&ANw-ber/sub/"));

    assert_eq!(folder.set_properties(named("new")).unwrap(), []);
    assert!(path(message).starts_with("alice/Top/new/sub/"));
    assert!(mail.root.join(".Top.new.sub").is_dir());
    assert_eq!(mids(&*below), [message]);
    assert_eq!(code(folder.move_to(Some(&*below), "x")), ErrorCode::InvalidParameter);
    below.move_to(Some(&*top), "moved").unwrap();
    assert_eq!(path(sub), "alice/Top/moved/");
    assert_eq!(mids(&*top.open_folder(sub).unwrap()), [message]);
    folder.copy_to(&*top, true, "copy").unwrap();

    let table = rows(&*top, TableKind::Hierarchy, &[FOLDER_ID, DISPLAY_NAME, CONTENT_COUNT]);
    assert_eq!(
        table.iter().map(|row| row[1].clone().unwrap()).collect::<Vec<_>>(),
        ["copy", "moved", "new"].map(text)
    );
    assert_eq!(top.get_child_count(TableKind::Hierarchy).unwrap(), 3);
    assert_eq!(number(&table[1][2]), 1);
    assert_eq!(code(below.delete(DeleteMode::Soft, false)), ErrorCode::Exists);
    below.delete(DeleteMode::Soft, true).unwrap();
    assert_eq!(top.get_deleted(TableKind::Hierarchy, 0).unwrap().ids, [sub]);
    assert_eq!(code(top.delete(DeleteMode::Hard, true)), ErrorCode::Denied);
    assert_eq!(top.set_properties(named("other")).unwrap()[0].code, ErrorCode::Denied);
}

/// FO-09.
#[test]
fn a_copied_folder_has_new_ids_and_leaves_the_source() {
    let mail = Mail::new();
    mail.deliver(".Top.a.b", "1.x:2,S", b"Subject: x\n\n");
    let top = mail.folder("Top");
    let id = number(&rows(&*top, TableKind::Hierarchy, &[FOLDER_ID])[0][0]);
    let folder = top.open_folder(id).unwrap();
    folder.copy_to(&*top, true, "c").unwrap();
    let source = mail.folder("Top/a/b");
    let copy = mail.folder("Top/c/b");
    assert_eq!(mids(&*copy).len(), 1);
    assert_ne!(mids(&*copy), mids(&*source));
}

/// TA-04, TA-06, TA-10.
#[test]
fn a_table_is_restricted_sorted_and_searched() {
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    for subject in ["b", "A", "c", "aa"] {
        add(&*inbox, format!("Subject: {subject}\n\n").as_bytes());
    }
    let mut table = inbox.open_table(TableKind::Contents).unwrap();
    let starts_with = |value| {
        vec![RestrictionNode::Content(ContentMatch {
            tag: SUBJECT,
            value: text(value),
            kind: MatchKind::Prefix,
            options: MatchFlags::IGNORE_CASE,
        })]
    };
    let key = SortKey { tag: SUBJECT, direction: SortDirection::Descending };
    table.set_sort_order(Some(SortOrder { keys: vec![key], categories: 0, expanded: 0 })).unwrap();
    let subjects = |table: &mut dyn Table| -> Vec<String> {
        let cells = read(table, &[SUBJECT]).into_iter().flatten();
        cells.map(|cell| if let Ok(PropertyValue::Text(text)) = cell { text } else { panic!() }).collect()
    };
    assert_eq!(subjects(&mut *table), ["c", "b", "aa", "A"]);
    table.set_restriction(Some(starts_with("a"))).unwrap();
    assert_eq!(subjects(&mut *table), ["aa", "A"]);
    let found = table.find_row(0, Direction::Backward, starts_with("a")).unwrap().unwrap();
    assert_eq!((found.index, &found.cells[0]), (0, &Ok(text("aa"))));
    assert_eq!(table.find_row(2, Direction::Forward, starts_with("a")).unwrap(), None);
    assert_eq!(table.row_count().unwrap(), 2);
    let regex = RestrictionNode::Property(PropertyMatch { op: Relop::Regex, tag: SUBJECT, value: text("a") });
    assert_eq!(code(table.set_restriction(Some(vec![regex]))), ErrorCode::TooComplex);
    assert_eq!(table.row_count().unwrap(), 2);
    table.set_restriction(None).unwrap();
    assert_eq!(table.row_count().unwrap(), 4);
}

#[test]
fn malformed_mail_is_listed_and_comes_back() {
    let mail = Mail::new();
    let broken: [&[u8]; 6] = [
        b"",
        b"\0\0\xff\xfe",
        b"no header at all",
        b"Subject: =?utf-8?B?!!!?=\nContent-Type: multipart/mixed; boundary=x\n\n--x\n",
        b"Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: base64\n\n%%%",
        b": : :\n\n\n",
    ];
    for (at, content) in broken.iter().enumerate() {
        mail.deliver("", &format!("{at}.a:2,"), content);
    }
    let inbox = mail.folder("INBOX");
    for (id, content) in mids(&*inbox).into_iter().zip(broken) {
        assert_eq!(original(&*inbox, id), content);
        let mut message = inbox.open_message(id, false).unwrap();
        let tags = message.list_properties().unwrap();
        assert!(message.get_properties(&tags).unwrap().iter().all(Result::is_ok));
        message.get_data().unwrap();
    }
}

#[test]
fn large_values_are_deferred_and_streamed() {
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let body = "ä line\r\n".repeat(10_000);
    let id = add(&*inbox, format!("Content-Type: text/plain; charset=utf-8\n\n{body}").as_bytes());
    let mut message = inbox.open_message(id, true).unwrap();
    let utf16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cells = message.get_properties(&[BODY]).unwrap();
    assert_eq!(cells, [Ok(PropertyValue::Deferred(utf16.len() as u64))]);
    assert_eq!(stream(message.open_stream(BODY, StreamAccess::Read).unwrap()), utf16);
    write_stream(message.open_stream(BODY, StreamAccess::Create).unwrap(), b"h\0i\0");
    message.save(false).unwrap();
    assert_eq!(inbox.open_message(id, false).unwrap().get_properties(&[BODY]).unwrap(), [Ok(text("hi"))]);
}

/// The files of a directory by hand: `MAILDIR_CORPUS=DIR cargo test -p mapistore-maildir corpus`.
#[test]
fn a_corpus_named_by_the_environment_is_listed_and_comes_back() {
    let Some(directory) = std::env::var_os("MAILDIR_CORPUS") else { return };
    let mail = Mail::new();
    let inbox = mail.folder("INBOX");
    let mut files = Vec::new();
    collect(Path::new(&directory), &mut files);
    for file in &files {
        let content = std::fs::read(file).unwrap();
        let id = add(&*inbox, &content);
        assert_eq!(original(&*inbox, id), content, "{}", file.display());
        let mut message = inbox.open_message(id, true).unwrap();
        let tags = message.list_properties().unwrap();
        assert!(message.get_properties(&tags).unwrap().iter().all(Result::is_ok), "{}", file.display());
        message.get_data().unwrap();
        read(&mut *message.open_attachment_table().unwrap(), &[ATTACH_NUMBER, ATTACH_DATA]);
        // Rewriting must keep the text and every attachment.
        let before = (message.list_attachments().unwrap(), message.get_properties(&[BODY, HTML]).unwrap());
        message.set_properties(vec![Property { tag: SUBJECT, value: text("rewritten") }]).unwrap();
        message.save(false).unwrap();
        let mut message = inbox.open_message(id, false).unwrap();
        let after = (message.list_attachments().unwrap(), message.get_properties(&[BODY, HTML]).unwrap());
        if before != after {
            eprintln!("{}: {before:?} became {after:?}", file.display());
        }
    }
    assert_eq!(mids(&*inbox).len(), files.len());
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
