//! The backend through the traits that a host calls, natively, over the SDK's index in memory.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};

use mapistore_sdk::named_properties::{self, lid};
use mapistore_sdk::tags::{
    PID_TAG_ATTACH_DATA_BINARY as ATTACH_DATA, PID_TAG_ATTACH_LONG_FILENAME as ATTACH_NAME,
    PID_TAG_BIRTHDAY as BIRTHDAY, PID_TAG_BODY as BODY,
    PID_TAG_BUSINESS_TELEPHONE_NUMBER as BUSINESS_TELEPHONE, PID_TAG_CHANGE_NUMBER as CHANGE_NUMBER,
    PID_TAG_CONTENT_COUNT as CONTENT_COUNT, PID_TAG_DISPLAY_NAME as DISPLAY_NAME,
    PID_TAG_EMAIL_ADDRESS as EMAIL_ADDRESS, PID_TAG_GIVEN_NAME as GIVEN_NAME,
    PID_TAG_MESSAGE_CLASS as MESSAGE_CLASS, PID_TAG_MESSAGE_FLAGS as MESSAGE_FLAGS, PID_TAG_MID as MID,
    PID_TAG_READ as READ, PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS as ORGANIZER, PID_TAG_SUBJECT as SUBJECT,
    PID_TAG_SURNAME as SURNAME, PR_INTERNET_CONTENT as ORIGINAL,
};
use mapistore_sdk::types::*;
use mapistore_sdk::value::filetime_from_unix;
use mapistore_sdk::{Backend, Context, ErrorCode, Folder, Message, PropertyStream, Table, index};
use mapistore_vdir::Vdir;

const APPOINTMENT: Guid = Guid { hi: 0x0006_2002_0000_0000, lo: 0xC000_0000_0000_0046 };
const TASK: Guid = Guid { hi: 0x0006_2003_0000_0000, lo: 0xC000_0000_0000_0046 };
const ADDRESS: Guid = Guid { hi: 0x0006_2004_0000_0000, lo: 0xC000_0000_0000_0046 };
const COMMON: Guid = Guid { hi: 0x0006_2008_0000_0000, lo: 0xC000_0000_0000_0046 };

/// Alice's tree in a directory of its own. `init` is global, so the tests of this file use one root each in turn.
struct Tree {
    root: PathBuf,
    _lock: std::sync::MutexGuard<'static, ()>,
    _directory: tempfile::TempDir,
}

impl Tree {
    fn new() -> Self {
        static LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let lock = LOCK.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("vdir");
        Vdir::init(&[("root".into(), root.to_str().unwrap().into())]).unwrap();
        index::reset();
        named_properties::reset();
        Self { root, _lock: lock, _directory: directory }
    }

    fn context(&self, place: &str) -> mapistore_sdk::Result<Box<dyn Context>> {
        Vdir::create_context(connection("alice"), &format!("vdir://alice/{place}/"))
    }

    fn folder(&self, place: &str) -> Box<dyn Folder> {
        let id = index::ensure_ids(&[format!("vdir://alice/{place}/")]).unwrap()[0];
        self.context(place).unwrap().get_root_folder(id).unwrap()
    }

    /// As another program would write it.
    fn put(&self, file: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let tmp = path.with_extension("tmp");
        std::fs::write(&tmp, content).unwrap();
        std::fs::rename(tmp, &path).unwrap();
        path
    }
}

fn connection(owner: &str) -> ConnectionInfo {
    ConnectionInfo {
        username: "alice".into(),
        owner: owner.into(),
        replica_guid: Guid { hi: 1, lo: 2 },
        replica_id: 1,
        locale: 0x409,
        codepage: 1252,
    }
}

fn named(set: Guid, number: u32, kind: u32) -> u32 {
    let id = named_properties::to_ids(&[lid(set, number)], true).unwrap()[0].unwrap();
    u32::from(id) << 16 | kind
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

fn rows(folder: &dyn Folder, columns: &[u32]) -> Vec<Vec<Cell>> {
    read(&mut *folder.open_table(TableKind::Contents).unwrap(), columns)
}

fn read(table: &mut dyn Table, columns: &[u32]) -> Vec<Vec<Cell>> {
    table.set_columns(columns.to_vec()).unwrap();
    let batch = table.query_rows(0, 10_000).unwrap();
    batch.cells.chunks(columns.len()).map(<[Cell]>::to_vec).collect()
}

fn mids(folder: &dyn Folder) -> Vec<u64> {
    rows(folder, &[MID]).iter().map(|row| number(&row[0])).collect()
}

fn stream(mut stream: Box<dyn PropertyStream>) -> Vec<u8> {
    let size = u32::try_from(stream.size().unwrap()).unwrap();
    stream.read(0, size).unwrap()
}

fn write_stream(mut stream: Box<dyn PropertyStream>, data: &[u8]) {
    stream.write(0, data).unwrap();
    stream.commit().unwrap();
}

fn original(folder: &dyn Folder, id: u64) -> Vec<u8> {
    stream(folder.open_message(id, false).unwrap().open_stream(ORIGINAL, StreamAccess::Read).unwrap())
}

fn code<T>(result: mapistore_sdk::Result<T>) -> ErrorCode {
    result.err().unwrap().code
}

/// Sets properties, of which none may be a problem.
fn set(message: &mut dyn Message, values: &[(u32, PropertyValue)]) {
    let values = values.iter().map(|(tag, value)| Property { tag: *tag, value: value.clone() }).collect();
    assert_eq!(message.set_properties(values).unwrap(), []);
}

/// The lines of one that are not in the other, in both directions.
fn difference(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (before, after) = (lines(before), lines(after));
    let only = |one: &[String], other: &[String]| {
        one.iter().filter(|line| !other.contains(line)).cloned().collect::<Vec<_>>()
    };
    (only(&before, &after), only(&after, &before))
}

const MEETING: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Some Producer//EN\r\nX-WR-CALNAME:x\r\n\
BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nTZOFFSETFROM:+0200\r\n\
TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
BEGIN:VEVENT\r\nUID:meeting-1\r\nDTSTAMP:20240101T000000Z\r\nSUMMARY;LANGUAGE=en:Plan\\, and a subject that is so lo\r\n ng that it is folded\r\n\
DTSTART;TZID=Europe/Berlin:20240701T120000\r\nDTEND;TZID=Europe/Berlin:20240701T130000\r\n\
RRULE:FREQ=WEEKLY;BYDAY=MO\r\nEXDATE;TZID=Europe/Berlin:20240708T120000\r\nLOCATION:Room 1\r\nCLASS:PRIVATE\r\n\
CATEGORIES:Work,Plans\r\nORGANIZER;CN=Ann:mailto:ann@example.org\r\n\
ATTENDEE;CN=\"Bob; B.\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:bob@example.org\r\n\
ATTENDEE;ROLE=OPT-PARTICIPANT:MAILTO:cy@example.org\r\nX-ODD;P=1:kept as   it is\r\n\
BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
BEGIN:VEVENT\r\nUID:meeting-1\r\nRECURRENCE-ID;TZID=Europe/Berlin:20240715T120000\r\nDTSTART;TZID=Europe/Berlin:20240715T140000\r\n\
SUMMARY:moved once\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

const TODO: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:todoman\nBEGIN:VTODO\nUID:t1\nSUMMARY:Buy milk\n\
DUE;VALUE=DATE:20240105\nPERCENT-COMPLETE:40\nSTATUS:IN-PROCESS\nPRIORITY:1\nX-KEEP:1\nEND:VTODO\nEND:VCALENDAR\n";

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c1\r\nFN:Dr. Ada Lovelace\r\nN:Lovelace;Ada;Augusta;Dr.;\r\n\
NICKNAME:Countess\r\nORG:Analytical;Engines\r\nitem1.EMAIL;TYPE=INTERNET:ada@example.org\r\nitem1.X-ABLabel:odd\r\n\
EMAIL:second@example.org\r\nTEL;TYPE=WORK,VOICE:+44 1\r\nTEL;TYPE=cell:+44 2\r\n\
ADR;TYPE=HOME:;;1 Street;London;;N1;England\r\nBDAY:1815-12-10\r\nPHOTO;ENCODING=b;TYPE=PNG:AQID\r\nNOTE:first\\nsecond\r\n\
X-ODD:kept\r\nEND:VCARD\r\n";

#[test]
fn an_owner_with_nothing_gets_one_collection_of_each_kind() {
    let tree = Tree::new();
    let contexts = Vdir::list_contexts("alice").unwrap();
    let found: Vec<_> =
        contexts.iter().map(|entry| (entry.url.as_str(), entry.role, entry.main_folder)).collect();
    assert_eq!(
        found,
        [
            ("vdir://alice/calendar/calendar/", Role::Calendar, true),
            ("vdir://alice/tasks/tasks/", Role::Tasks, true),
            ("vdir://alice/contacts/contacts/", Role::Contacts, true),
        ]
    );
    assert!(tree.root.join("tasks").is_dir());
    assert_eq!(Vdir::list_contexts("alice").unwrap(), contexts);
}

#[test]
fn collections_get_their_roles_by_content_and_name() {
    let tree = Tree::new();
    tree.put("work/a.ics", MEETING);
    tree.put("work/b.ics", TODO);
    tree.put("people/a.vcf", CARD);
    tree.put("default/a.ics", MEETING);
    tree.put("home/displayname", "At home\n");
    std::fs::create_dir(tree.root.join("my todos")).unwrap();
    std::fs::create_dir(tree.root.join(".hidden")).unwrap();
    let contexts = Vdir::list_contexts("alice").unwrap();
    let found: Vec<_> =
        contexts.iter().map(|entry| (entry.name.as_str(), entry.role, entry.main_folder)).collect();
    assert_eq!(
        found,
        [
            ("default", Role::Calendar, true),
            ("At home", Role::Calendar, false),
            ("work", Role::Calendar, false),
            ("my todos", Role::Tasks, true),
            ("work", Role::Tasks, false),
            ("people", Role::Contacts, true),
        ]
    );
    // An item less is no folder less.
    std::fs::remove_file(tree.root.join("work/b.ics")).unwrap();
    assert_eq!(Vdir::list_contexts("alice").unwrap(), contexts);
    assert_eq!(rows(&*tree.folder("calendar/work"), &[MESSAGE_CLASS]), [[Ok(text("IPM.Appointment"))]]);
}

#[test]
fn a_root_is_made_for_the_three_roles_only() {
    let tree = Tree::new();
    let make = |role, name| Vdir::create_root_folder("alice", role, 1, name);
    assert_eq!(make(Role::Mail, "Mail").unwrap(), None);
    assert_eq!(make(Role::Tasks, "Übrig").unwrap().unwrap(), "vdir://alice/tasks/Übrig/");
    assert_eq!(code(make(Role::Tasks, "Übrig")), ErrorCode::Exists);
    assert_eq!(code(make(Role::Tasks, "../x")), ErrorCode::InvalidParameter);
    assert_eq!(Vdir::list_contexts("alice").unwrap()[0].role, Role::Tasks);
    assert!(!tree.root.join("calendar").exists());
}

#[test]
fn another_users_uri_is_denied_and_an_unknown_root_is_not_found() {
    let _tree = Tree::new();
    let open = |owner, uri| code(Vdir::create_context(connection(owner), uri));
    assert_eq!(open("bob", "vdir://alice/tasks/x/"), ErrorCode::Denied);
    assert_eq!(open("alice", "vdir://alice/tasks/x/"), ErrorCode::NotFound);
    assert_eq!(open("alice", "vdir://alice/tasks/../"), ErrorCode::InvalidUri);
}

#[test]
fn an_appointment_has_the_properties_of_the_standard() {
    let tree = Tree::new();
    tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let id = mids(&*folder)[0];
    let mut message = folder.open_message(id, false).unwrap();
    let tags = [
        SUBJECT,
        ORGANIZER,
        named(APPOINTMENT, 0x820D, 0x40),
        named(APPOINTMENT, 0x820E, 0x40),
        named(APPOINTMENT, 0x8215, 0x0B),
        named(APPOINTMENT, 0x8208, 0x1F),
        named(APPOINTMENT, 0x8205, 0x03),
        named(APPOINTMENT, 0x8223, 0x0B),
        named(APPOINTMENT, 0x8232, 0x1F),
        named(COMMON, 0x8501, 0x03),
        named(COMMON, 0x8506, 0x0B),
        0x0036_0003,
    ];
    let cells: Vec<PropertyValue> =
        message.get_properties(&tags).unwrap().into_iter().map(Result::unwrap).collect();
    let ten = 1_719_828_000;
    let expected = [
        text("Plan, and a subject that is so long that it is folded"),
        text("ann@example.org"),
        PropertyValue::Time(filetime_from_unix(ten)),
        PropertyValue::Time(filetime_from_unix(ten + 3600)),
        false.into(),
        text("Room 1"),
        2.into(),
        true.into(),
        text("every week on Monday"),
        15.into(),
        true.into(),
        2.into(),
    ];
    assert_eq!(cells, expected);
    let data = message.get_data().unwrap();
    let kinds: Vec<_> = data.recipients.rows.iter().map(|row| row.kind).collect();
    assert_eq!(kinds, [RecipientKind::To, RecipientKind::Cc]);
    assert_eq!(data.recipients.rows[0].cells[0], Some(text("Bob; B.")));
    let listed = message.list_properties().unwrap();
    assert!(message.get_properties(&listed).unwrap().iter().all(Result::is_ok));
    // One item, although the file has two VEVENTs.
    assert_eq!(folder.get_child_count(TableKind::Contents).unwrap(), 1);
}

#[test]
fn changing_one_property_keeps_every_other_line() {
    let tree = Tree::new();
    let file = tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let id = mids(&*folder)[0];
    let mut message = folder.open_message(id, true).unwrap();
    set(&mut *message, &[(named(APPOINTMENT, 0x8208, 0x1F), text("Room 2; left"))]);
    message.save(false).unwrap();
    let after = std::fs::read_to_string(&file).unwrap();
    let (gone, new) = difference(MEETING, &after);
    assert_eq!(gone, ["DTSTAMP:20240101T000000Z\r\n", "LOCATION:Room 1\r\n"]);
    assert_eq!((new.len(), new[1].as_str()), (2, "LOCATION:Room 2\\; left\r\n"));
    assert_eq!(mids(&*folder), [id]);
}

#[test]
fn a_meeting_moves_in_its_own_time_zone_and_becomes_all_day() {
    let tree = Tree::new();
    let file = tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let mut message = folder.open_message(mids(&*folder)[0], true).unwrap();
    let (start, end) = (named(APPOINTMENT, 0x820D, 0x40), named(APPOINTMENT, 0x820E, 0x40));
    let time = |unix| PropertyValue::Time(filetime_from_unix(unix));
    let december = 1_733_132_400;
    set(&mut *message, &[(start, time(december)), (end, time(december + 1800))]);
    message.save(false).unwrap();
    let moved = std::fs::read_to_string(&file).unwrap();
    assert!(moved.contains("\r\nDTSTART;TZID=Europe/Berlin:20241202T104000\r\n"), "{moved}");
    assert!(moved.contains("\r\nDTEND;TZID=Europe/Berlin:20241202T111000\r\n"), "{moved}");
    assert!(moved.contains("DTSTART;TZID=Europe/Berlin:20240715T140000"), "the exception stays");
    // Midnight of the client's Berlin is 23:00 UTC of the day before.
    let midnight = 1_733_094_000;
    set(
        &mut *message,
        &[
            (named(APPOINTMENT, 0x8215, 0x0B), true.into()),
            (start, time(midnight)),
            (end, time(midnight + 86_400)),
            (named(APPOINTMENT, 0x8205, 0x03), 0.into()),
        ],
    );
    message.save(false).unwrap();
    let all_day = std::fs::read_to_string(&file).unwrap();
    assert!(
        all_day.contains("\r\nDTSTART;VALUE=DATE:20241202\r\nDTEND;VALUE=DATE:20241203\r\n"),
        "{all_day}"
    );
    assert!(all_day.contains("\r\nTRANSP:TRANSPARENT\r\n"), "{all_day}");
}

#[test]
fn attendees_that_stay_keep_their_lines() {
    let tree = Tree::new();
    let file = tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let mut message = folder.open_message(mids(&*folder)[0], true).unwrap();
    let row = |kind, name: &str, address: &str| Recipient {
        kind,
        username: None,
        cells: vec![Some(text(name)), Some(text(address))],
    };
    message
        .set_recipients(RecipientTable {
            columns: vec![DISPLAY_NAME, EMAIL_ADDRESS],
            rows: vec![
                row(RecipientKind::To, "Bob", "bob@example.org"),
                row(RecipientKind::Cc, "Dee, D.", "dee@example.org"),
            ],
        })
        .unwrap();
    message.save(false).unwrap();
    let (gone, new) = difference(MEETING, &std::fs::read_to_string(&file).unwrap());
    assert_eq!(gone[1..], ["ATTENDEE;ROLE=OPT-PARTICIPANT:MAILTO:cy@example.org\r\n"]);
    let line = new[1..].concat().replace("\r\n ", "");
    assert_eq!(
        line,
        "ATTENDEE;CN=\"Dee, D.\";ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:dee@example.org\r\n"
    );
}

#[test]
fn a_task_is_completed_and_keeps_its_line_ends() {
    let tree = Tree::new();
    let file = tree.put("work/t.ics", TODO);
    let folder = tree.folder("tasks/work");
    let mut message = folder.open_message(mids(&*folder)[0], true).unwrap();
    let tags =
        [MESSAGE_CLASS, SUBJECT, named(TASK, 0x8101, 3), named(TASK, 0x8102, 5), named(TASK, 0x8105, 0x40)];
    let cells: Vec<PropertyValue> =
        message.get_properties(&tags).unwrap().into_iter().map(Result::unwrap).collect();
    let due = PropertyValue::Time(filetime_from_unix(1_704_412_800));
    assert_eq!(cells, [text("IPM.Task"), text("Buy milk"), 1.into(), 0.4.into(), due]);
    set(&mut *message, &[(named(TASK, 0x811C, 0x0B), true.into())]);
    message.save(false).unwrap();
    let after = std::fs::read_to_string(&file).unwrap();
    let (gone, new) = difference(TODO, &after);
    assert_eq!(gone, ["PERCENT-COMPLETE:40\n", "STATUS:IN-PROCESS\n"]);
    assert_eq!((new[0].as_str(), new[1].as_str()), ("PERCENT-COMPLETE:100\n", "STATUS:COMPLETED\n"));
    assert!(new[2].starts_with("COMPLETED:") && !after.contains('\r'));
    assert_eq!(message.get_properties(&tags[2..4]).unwrap(), [Ok(2.into()), Ok(1.0.into())]);
}

#[test]
fn a_contact_has_the_properties_of_the_standard_and_its_picture() {
    let tree = Tree::new();
    let file = tree.put("people/a.vcf", CARD);
    let folder = tree.folder("contacts/people");
    let mut message = folder.open_message(mids(&*folder)[0], true).unwrap();
    let tags = [
        SUBJECT,
        SURNAME,
        GIVEN_NAME,
        BUSINESS_TELEPHONE,
        0x3A1C_001F,
        0x3A5D_001F,
        0x3A59_001F,
        BODY,
        BIRTHDAY,
        named(ADDRESS, 0x8083, 0x1F),
        named(ADDRESS, 0x8093, 0x1F),
        named(ADDRESS, 0x8015, 0x0B),
        named(ADDRESS, 0x8005, 0x1F),
    ];
    let cells: Vec<PropertyValue> =
        message.get_properties(&tags).unwrap().into_iter().map(Result::unwrap).collect();
    let expected = [
        text("Dr. Ada Lovelace"),
        text("Lovelace"),
        text("Ada"),
        text("+44 1"),
        text("+44 2"),
        text("1 Street"),
        text("London"),
        text("first\r\nsecond"),
        PropertyValue::Time(filetime_from_unix(-4_861_728_000)),
        text("ada@example.org"),
        text("second@example.org"),
        true.into(),
        text("Lovelace, Ada"),
    ];
    assert_eq!(cells, expected);
    let mut picture = message.open_attachment(0, false).unwrap();
    assert_eq!(picture.get_properties(&[ATTACH_NAME]).unwrap(), [Ok(text("ContactPicture.jpg"))]);
    assert_eq!(stream(picture.open_stream(ATTACH_DATA, StreamAccess::Read).unwrap()), [1, 2, 3]);

    set(
        &mut *message,
        &[
            (GIVEN_NAME, text("A;da")),
            (named(ADDRESS, 0x8083, 0x1F), text("new@example.org")),
            (0x3A59_001F, text("Bath")),
        ],
    );
    message.save(false).unwrap();
    let (gone, new) = difference(CARD, &std::fs::read_to_string(&file).unwrap());
    assert_eq!(
        gone,
        [
            "N:Lovelace;Ada;Augusta;Dr.;\r\n",
            "item1.EMAIL;TYPE=INTERNET:ada@example.org\r\n",
            "ADR;TYPE=HOME:;;1 Street;London;;N1;England\r\n"
        ]
    );
    assert_eq!(
        new,
        [
            "N:Lovelace;A\\;da;Augusta;Dr.;\r\n",
            "item1.EMAIL;TYPE=INTERNET:new@example.org\r\n",
            "ADR;TYPE=HOME:;;1 Street;Bath;;N1;England\r\n"
        ]
    );
    let picture = message.list_attachments().unwrap();
    message.delete_attachment(picture[0]).unwrap();
    let (number, mut new) = message.create_attachment().unwrap();
    set_attachment(&mut *new, "ContactPicture.jpg", b"jpeg");
    assert_eq!(message.list_attachments().unwrap(), [0_u32; 0]);
    message.save(false).unwrap();
    assert_eq!((number, message.list_attachments().unwrap()), (1, vec![0]));
    assert!(std::fs::read_to_string(&file).unwrap().contains("\r\nPHOTO;ENCODING=b;TYPE=JPEG:anBlZw==\r\n"));
}

fn set_attachment(attachment: &mut dyn mapistore_sdk::Attachment, name: &str, data: &[u8]) {
    let problems = attachment.set_properties(vec![Property { tag: ATTACH_NAME, value: text(name) }]).unwrap();
    assert_eq!(problems, []);
    write_stream(attachment.open_stream(ATTACH_DATA, StreamAccess::Create).unwrap(), data);
    attachment.save().unwrap();
}

/// AT-01, AT-02.
#[test]
fn a_file_is_attached_to_an_appointment_and_reads_back() {
    let tree = Tree::new();
    tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let id = mids(&*folder)[0];
    let mut message = folder.open_message(id, true).unwrap();
    let data: Vec<u8> = (0..5000_u32).map(|at| at.to_le_bytes()[0]).collect();
    let (_, mut attachment) = message.create_attachment().unwrap();
    set_attachment(&mut *attachment, "a, b.bin", &data);
    message.save(false).unwrap();
    let mut message = folder.open_message(id, false).unwrap();
    let mut attachment = message.open_attachment(0, false).unwrap();
    assert_eq!(stream(attachment.open_stream(ATTACH_DATA, StreamAccess::Read).unwrap()), data);
    let table = read(&mut *message.open_attachment_table().unwrap(), &[ATTACH_NAME]);
    assert_eq!(table, [[Ok(text("a, b.bin"))]]);
    assert_eq!(code(message.create_attachment()), ErrorCode::Denied);
}

/// ME-01, ME-02, ME-04.
#[test]
fn a_new_item_is_valid_and_named_by_its_uid() {
    let tree = Tree::new();
    Vdir::list_contexts("alice").unwrap();
    for place in ["calendar/calendar", "tasks/tasks", "contacts/contacts"] {
        let context = tree.context(place).unwrap();
        let folder = context.get_root_folder(new_id()).unwrap();
        let id = new_id();
        let mut message = folder.create_message(id, false).unwrap();
        set(&mut *message, &[(SUBJECT, text("Größe, new")), (BODY, text("a\r\nb"))]);
        let odd = Property { tag: 0x9005_001F, value: text("named") };
        assert_eq!(message.set_properties(vec![odd]).unwrap()[0].code, ErrorCode::NotImplemented);
        assert_eq!(folder.get_child_count(TableKind::Contents).unwrap(), 0);
        assert_eq!(context.get_paths(&[id]).unwrap(), [Err(ErrorCode::NotFound)]);
        message.save(false).unwrap();
        let path = context.get_paths(&[id]).unwrap().remove(0).unwrap();
        let bytes = String::from_utf8(original(&*folder, id)).unwrap();
        let uid = bytes.split("\r\nUID:").nth(1).unwrap().split("\r\n").next().unwrap();
        assert!(
            path.ends_with(&format!("/{uid}.{}", if place.starts_with("con") { "vcf" } else { "ics" })),
            "{path}"
        );
        let mut message = folder.open_message(id, false).unwrap();
        assert_eq!(
            message.get_properties(&[SUBJECT, BODY]).unwrap(),
            [Ok(text("Größe, new")), Ok(text("a\r\nb"))]
        );
        assert_eq!(mids(&*folder), [id]);
        assert!(bytes.contains("\r\nPRODID:-//mapistore//"));
    }
}

/// ME-03.
#[test]
fn an_item_comes_back_byte_for_byte_and_only_where_it_belongs() {
    let tree = Tree::new();
    Vdir::list_contexts("alice").unwrap();
    let calendar = tree.folder("calendar/calendar");
    let add = |folder: &dyn Folder, content: &[u8]| {
        let id = new_id();
        let mut message = folder.create_message(id, false)?;
        let mut stream = message.open_stream(ORIGINAL, StreamAccess::Create)?;
        stream.write(0, content)?;
        stream.commit()?;
        message.save(false).map(|_| id)
    };
    let id = add(&*calendar, MEETING.as_bytes()).unwrap();
    assert_eq!(original(&*calendar, id), MEETING.as_bytes());
    assert!(tree.root.join("calendar/meeting-1.ics").exists());
    let again = add(&*calendar, MEETING.as_bytes()).unwrap();
    assert_eq!(original(&*calendar, again), MEETING.as_bytes());
    assert_eq!(mids(&*calendar).len(), 2);
    assert_eq!(code(add(&*calendar, TODO.as_bytes())), ErrorCode::InvalidData);
    assert!(add(&*tree.folder("tasks/tasks"), TODO.as_bytes()).is_ok());
}

/// ME-05.
#[test]
fn an_item_opened_to_be_read_refuses_changes() {
    let tree = Tree::new();
    tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let mut message = folder.open_message(mids(&*folder)[0], false).unwrap();
    assert_eq!(code(message.set_properties(vec![])), ErrorCode::Denied);
    assert_eq!(code(message.save(true)), ErrorCode::Denied);
    assert_eq!(code(message.open_stream(ORIGINAL, StreamAccess::Create)), ErrorCode::Denied);
    assert_eq!(code(message.delete_attachment(0)), ErrorCode::Denied);
}

#[test]
fn what_other_programs_do_shows_on_the_next_call() {
    let tree = Tree::new();
    let file = tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let first = rows(&*folder, &[MID, CHANGE_NUMBER]).remove(0);
    let mut stale = folder.open_message(number(&first[0]), true).unwrap();

    tree.put("work/a.ics", MEETING.replace("Room 1", "Room 10"));
    tree.put("work/b.ics", MEETING.replace("meeting-1", "meeting-2"));
    let now = rows(&*folder, &[MID, CHANGE_NUMBER]);
    assert_eq!((now.len(), &now[0][0]), (2, &first[0]));
    assert!(index::globcnt(number(&now[0][1])) > index::globcnt(number(&first[1])));
    assert_eq!(rows(&*folder, &[MID, CHANGE_NUMBER]), now);
    assert_eq!(
        rows(&*tree.folder("calendar/work"), &[MID, CHANGE_NUMBER]),
        now,
        "another context sees the same"
    );

    set(&mut *stale, &[(SUBJECT, text("mine"))]);
    assert_eq!(code(stale.save(false)), ErrorCode::ObjectModified);
    stale.save(true).unwrap();

    std::fs::remove_file(&file).unwrap();
    assert_eq!(mids(&*folder), [number(&now[1][0])]);
    assert_eq!(code(stale.save(true)), ErrorCode::ObjectDeleted);
    let deleted = folder.get_deleted(TableKind::Contents, 0).unwrap();
    assert_eq!(deleted.ids, [number(&first[0])]);
    assert!(folder.get_deleted(TableKind::Contents, deleted.upto).unwrap().ids.is_empty());
}

#[test]
fn the_name_of_a_file_that_somebody_removed_is_free_at_once() {
    let tree = Tree::new();
    let file = tree.put("work/meeting-1.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let old = mids(&*folder)[0];
    std::fs::remove_file(&file).unwrap();
    let id = new_id();
    let mut message = folder.create_message(id, false).unwrap();
    write_stream(message.open_stream(ORIGINAL, StreamAccess::Create).unwrap(), MEETING.as_bytes());
    message.save(false).unwrap();
    assert!(file.exists());
    assert_eq!(mids(&*folder), [id]);
    assert_eq!(folder.get_deleted(TableKind::Contents, 0).unwrap().ids, [old]);
}

#[test]
fn me_08_an_item_is_read_until_it_is_marked_and_the_mark_outlives_the_context() {
    let tree = Tree::new();
    let file =
        tree.put("work/a.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    let before = std::fs::read(&file).unwrap();
    let folder = tree.folder("calendar/work");
    let columns = [MID, MESSAGE_FLAGS, READ, CHANGE_NUMBER];
    let first = rows(&*folder, &columns).remove(0);
    assert_eq!((number(&first[1]) & 1, &first[2]), (1, &Ok(PropertyValue::Boolean(true))));
    let id = number(&first[0]);
    assert_eq!(folder.set_read_flags(&[id], false).unwrap()[0].outcome, Ok(()));
    drop(folder);
    let folder = tree.folder("calendar/work");
    let marked = rows(&*folder, &columns).remove(0);
    assert_eq!((number(&marked[1]) & 1, &marked[2]), (0, &Ok(PropertyValue::Boolean(false))));
    assert!(index::globcnt(number(&marked[3])) > index::globcnt(number(&first[3])));
    let mut message = folder.open_message(id, true).unwrap();
    message.set_read_flag(true).unwrap();
    assert_eq!(message.get_properties(&[READ]).unwrap(), [Ok(PropertyValue::Boolean(true))]);
    set(&mut *message, &[(SUBJECT, text("x"))]);
    message.save(false).unwrap();
    assert_eq!(rows(&*folder, &columns)[0][2], Ok(PropertyValue::Boolean(true)));
    assert_ne!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn deleting_leaves_a_tombstone_and_no_file() {
    let tree = Tree::new();
    let file = tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let id = mids(&*folder)[0];
    let outcomes = folder.delete_messages(&[id, 0x9999_0001], DeleteMode::Soft).unwrap();
    assert_eq!((outcomes[0].outcome, outcomes[1].outcome), (Ok(()), Err(ErrorCode::NotFound)));
    assert!(!file.exists());
    assert_eq!(folder.get_deleted(TableKind::Contents, 0).unwrap().ids, [id]);
    assert_eq!(folder.get_properties(&[CONTENT_COUNT]).unwrap(), [Ok(0.into())]);
}

#[test]
fn a_copy_is_an_item_of_its_own() {
    let tree = Tree::new();
    tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let (source, target) = (mids(&*folder)[0], new_id());
    let item = TransferItem { source, target, keys: None };
    let same = TransferSource::SameContext(&*folder);
    assert_eq!(folder.move_copy_messages(same, vec![item], true).unwrap()[0].outcome, Ok(()));
    let copy = String::from_utf8(original(&*folder, target)).unwrap();
    let (gone, new) = difference(MEETING, &copy);
    assert_eq!((gone.len(), new.len()), (2, 2), "the UID of the series and of its exception");
    assert_eq!(mids(&*folder).len(), 2);
}

#[test]
fn malformed_items_are_shown_by_their_file_names_and_stay_as_they_are() {
    let tree = Tree::new();
    for (name, content) in
        [("a.ics", &b"\xff\xfe\0"[..]), ("b.ics", b""), ("c.ics", b"BEGIN:VEVENT\nSUMMARY:open")]
    {
        tree.put(&format!("work/{name}"), content);
    }
    let folder = tree.folder("calendar/work");
    let found = rows(&*folder, &[SUBJECT]);
    assert_eq!(found, [[Ok(text("a.ics"))], [Ok(text("b.ics"))], [Ok(text("open"))]]);
    let id = mids(&*folder)[0];
    assert_eq!(original(&*folder, id), b"\xff\xfe\0");
    let mut message = folder.open_message(id, true).unwrap();
    let problem = message.set_properties(vec![Property { tag: SUBJECT, value: text("x") }]).unwrap();
    assert_eq!(problem[0].code, ErrorCode::InvalidData);
    message.save(false).unwrap();
    assert_eq!(original(&*folder, id), b"\xff\xfe\0");
}

#[test]
fn a_folder_is_named_by_its_file() {
    let tree = Tree::new();
    tree.put("work/a.ics", MEETING);
    let folder = tree.folder("calendar/work");
    let value = Property { tag: DISPLAY_NAME, value: text("Büro") };
    assert_eq!(folder.set_properties(vec![value]).unwrap(), []);
    assert_eq!(std::fs::read_to_string(tree.root.join("work/displayname")).unwrap(), "Büro");
    assert_eq!(folder.get_properties(&[DISPLAY_NAME]).unwrap(), [Ok(text("Büro"))]);
}

/// The files of a directory by hand: `VDIR_CORPUS=DIR cargo test -p mapistore-vdir corpus -- --nocapture`.
#[test]
fn a_corpus_named_by_the_environment_is_listed_comes_back_and_keeps_its_lines() {
    let Some(directory) = std::env::var_os("VDIR_CORPUS") else { return };
    let tree = Tree::new();
    Vdir::list_contexts("alice").unwrap();
    let mut files = Vec::new();
    collect(Path::new(&directory), &mut files);
    files.sort();
    let (mut edited, mut unreadable) = (0, 0);
    for file in &files {
        let content = std::fs::read(file).unwrap();
        let places = ["calendar/calendar", "tasks/tasks", "contacts/contacts"];
        let place = match file.extension().is_some_and(|extension| extension == "vcf") {
            true => places[2],
            false if contains(&content, b"BEGIN:VTODO") && !contains(&content, b"BEGIN:VEVENT") => places[1],
            false => places[0],
        };
        let folder = tree.folder(place);
        let id = new_id();
        let mut message = folder.create_message(id, false).unwrap();
        write_stream(message.open_stream(ORIGINAL, StreamAccess::Create).unwrap(), &content);
        message.save(false).unwrap();
        assert_eq!(original(&*folder, id), content, "{}", file.display());
        let tags = message.list_properties().unwrap();
        assert!(message.get_properties(&tags).unwrap().iter().all(Result::is_ok), "{}", file.display());
        message.get_data().unwrap();
        read(&mut *message.open_attachment_table().unwrap(), &[ATTACH_NAME, ATTACH_DATA]);
        let value = Property { tag: SUBJECT, value: text("rewritten") };
        if !message.set_properties(vec![value]).unwrap().is_empty() {
            unreadable += 1;
            eprintln!("{}: cannot be changed", file.display());
            continue;
        }
        message.save(false).unwrap();
        edited += 1;
        let (gone, new) = difference(&latin1(&content), &latin1(&original(&*folder, id)));
        let expected = |line: &String| {
            let names = ["SUMMARY", "DTSTAMP", "LAST-MODIFIED", "FN", "REV"];
            let head = line.split([':', ';']).next().unwrap_or_default().to_ascii_uppercase();
            names.contains(&head.rsplit('.').next().unwrap_or_default()) || line.starts_with([' ', '\t'])
        };
        let odd: Vec<&String> = gone.iter().chain(&new).filter(|line| !expected(line)).collect();
        assert!(odd.is_empty(), "{}: {odd:?}", file.display());
        assert_eq!(
            message.get_properties(&[SUBJECT]).unwrap(),
            [Ok(text("rewritten"))],
            "{}",
            file.display()
        );
    }
    eprintln!("{} files, {edited} changed, {unreadable} shown by name only", files.len());
}

fn contains(content: &[u8], word: &[u8]) -> bool {
    content.windows(word.len()).any(|window| window == word)
}

/// Bytes as characters, one for each.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}
