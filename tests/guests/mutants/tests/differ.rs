//! Each mutant is told from `memory` by what it does, and no mutant at all cannot be. The conformance kit tells which behaviour
//! each one breaks; this shows that there is something to find, natively.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use guest_mutants::{MUTANTS, Mutants};
use mapistore_memory::Memory;
use mapistore_sdk::{Backend, Folder, Message, Result, Table, index, tags::*, types::*};
use std::fmt::Debug;

/// What a backend did, call by call.
#[derive(Default, PartialEq)]
struct Log(Vec<String>);

impl Log {
    fn note<T: Debug>(&mut self, what: &str, answer: Result<T>) -> Option<T> {
        // What an operator reads is nobody's behaviour.
        let answer = answer.map_err(|error| error.code);
        self.0.push(format!("{what}: {answer:?}"));
        answer.ok()
    }

    /// As `note`, for handles.
    fn open<T>(&mut self, what: &str, answer: Result<T>) -> Option<T> {
        self.0.push(format!("{what}: {:?}", answer.as_ref().map(|_| ()).map_err(|error| error.code)));
        answer.ok()
    }
}

const CONTENTS: TableKind = TableKind::Contents;
const NUMBER: PropertyTag = 0x8001_0003;
const TIME: PropertyTag = PID_TAG_CLIENT_SUBMIT_TIME;

fn new_id() -> Fmid {
    index::reserve(1).unwrap().first
}

fn text(value: &str) -> PropertyValue {
    PropertyValue::Text(value.into())
}

fn set(tag: PropertyTag, value: impl Into<PropertyValue>) -> Vec<Property> {
    vec![Property { tag, value: value.into() }]
}

fn add(folder: &dyn Folder, values: Vec<Property>) -> Result<Mid> {
    let id = new_id();
    let mut message = folder.create_message(id, false)?;
    message.set_properties(values)?;
    message.save(false)?;
    Ok(id)
}

fn add_folder(folder: &dyn Folder, name: &str) -> Result<Box<dyn Folder>> {
    folder.create_folder(new_id(), set(PID_TAG_DISPLAY_NAME, name))
}

fn read(table: &mut dyn Table, columns: &[PropertyTag]) -> Result<Vec<Cell>> {
    table.set_columns(columns.to_vec())?;
    Ok(table.query_rows(0, 100)?.cells)
}

fn rows(folder: &dyn Folder, kind: TableKind, columns: &[PropertyTag]) -> Result<Vec<Cell>> {
    read(&mut *folder.open_table(kind)?, columns)
}

fn get(folder: &dyn Folder, id: Mid, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
    folder.open_message(id, false)?.get_properties(tags)
}

fn recipient(name: Option<&str>) -> RecipientTable {
    let row =
        Recipient { kind: RecipientKind::To, username: None, cells: vec![name.map(text), Some(text("a@b"))] };
    RecipientTable { columns: vec![PID_TAG_DISPLAY_NAME, PID_TAG_EMAIL_ADDRESS], rows: vec![row] }
}

/// Everything that a mutant might do differently.
fn run<B: Backend>() -> Log {
    index::reset();
    let mut log = Log::default();
    let connection = ConnectionInfo {
        username: "alice".into(),
        owner: "alice".into(),
        replica_guid: Guid { hi: 1, lo: 2 },
        replica_id: 1,
        locale: 0x409,
        codepage: 1252,
    };
    let uri = "memory://alice/outbox/";
    let context = B::create_context(connection, uri).unwrap();
    let root = context.get_root_folder(index::ensure_ids(&[uri.to_owned()]).unwrap()[0]).unwrap();
    folders(&mut log, &*context, &*root);
    for (name, act) in [
        ("messages", messages as fn(&mut Log, &dyn Folder, &dyn Folder)),
        ("saves", saves),
        ("streams", streams),
        ("attachments", attachments),
        ("tables", tables),
        ("permissions", permissions),
    ] {
        let (one, two) = (add_folder(&*root, name), add_folder(&*root, &format!("{name} 2")));
        if let (Some(one), Some(two)) = (log.open(name, one), log.open(name, two)) {
            act(&mut log, &*one, &*two);
        }
    }
    log
}

fn folders(log: &mut Log, context: &dyn mapistore_sdk::Context, root: &dyn Folder) {
    let ids = index::reserve(3).unwrap();
    let [a, b, c] = [0, 1, 2].map(|at| index::from_globcnt(index::globcnt(ids.first) + at));
    let folder = log.open("a", root.create_folder(a, set(PID_TAG_DISPLAY_NAME, "a"))).unwrap();
    let sub = log.open("b", folder.create_folder(b, set(PID_TAG_DISPLAY_NAME, "b"))).unwrap();
    log.open("same name", root.create_folder(c, set(PID_TAG_DISPLAY_NAME, "a")));
    log.open("no name", root.create_folder(new_id(), vec![]));
    log.open("unknown", root.open_folder(0x9999_0001));
    let paths = |log: &mut Log| drop(log.note("paths", context.get_paths(&[a, b])));
    let children = |log: &mut Log, folder: &dyn Folder| {
        let columns =
            [PID_TAG_FOLDER_ID, PID_TAG_DISPLAY_NAME, PID_TAG_CONTENT_COUNT, PID_TAG_FOLDER_CHILD_COUNT];
        log.note("children", rows(folder, TableKind::Hierarchy, &columns));
        log.note("count", folder.get_child_count(TableKind::Hierarchy));
    };
    paths(log);
    log.note("add", add(&*sub, set(PID_TAG_SUBJECT, "x")));
    log.note("into itself", folder.move_to(Some(&*sub), "c"));
    log.note("rename", folder.set_properties(set(PID_TAG_DISPLAY_NAME, "renamed")));
    paths(log);
    log.note("copy", folder.copy_to(root, true, "deep"));
    log.note("copy flat", folder.copy_to(root, false, "flat"));
    children(log, root);
    children(log, &*folder);
    let target = log.open("target", add_folder(root, "target")).unwrap();
    log.note("move", sub.move_to(Some(&*target), "moved"));
    paths(log);
    children(log, &*target);
    log.note("delete", target.delete(DeleteMode::Soft, false));
    log.note("delete all", target.delete(DeleteMode::Soft, true));
    log.note("deleted", root.get_deleted(TableKind::Hierarchy, 0));
}

fn messages(log: &mut Log, one: &dyn Folder, two: &dyn Folder) {
    let counts = |log: &mut Log| {
        let rows = [one, two].map(|folder| rows(folder, CONTENTS, &[PID_TAG_MID, PID_TAG_SUBJECT]).ok());
        log.note("rows", Ok(rows));
        log.note("counts", Ok([CONTENTS, TableKind::Associated].map(|kind| one.get_child_count(kind).ok())));
        log.note("deleted", one.get_deleted(CONTENTS, 0));
    };
    let unsaved = one.create_message(new_id(), false);
    counts(log);
    drop(unsaved);
    counts(log);
    log.note("associated", one.create_message(new_id(), true).and_then(|mut message| message.save(false)));
    let ids: Vec<_> = ["m", "n", "o", "p"]
        .into_iter()
        .filter_map(|name| log.note("add", add(one, set(PID_TAG_SUBJECT, name))))
        .collect();
    counts(log);
    let item = |at: usize, keys| TransferItem { source: ids[at], target: new_id(), keys };
    let keys = Some(ImportKeys { change_key: vec![7; 22], predecessors: vec![] });
    let source = || TransferSource::SameContext(one);
    log.note("copy", two.move_copy_messages(source(), vec![item(0, None)], true));
    log.note("move", two.move_copy_messages(source(), vec![item(1, keys)], false));
    log.note("keys", rows(two, CONTENTS, &[PID_TAG_CHANGE_KEY]));
    counts(log);
    let since = log.note("since", one.get_deleted(CONTENTS, 0)).map_or(0, |deleted| deleted.upto);
    log.note("soft", one.delete_messages(&ids[2..3], DeleteMode::Soft));
    log.note("since", one.get_deleted(CONTENTS, since));
    log.note("hard", one.delete_messages(&ids[3..], DeleteMode::Hard));
    counts(log);
    log.note("read", one.set_read_flags(&ids[..1], true));
    log.note("flags", get(one, ids[0], &[PID_TAG_MESSAGE_FLAGS]));
}

fn saves(log: &mut Log, one: &dyn Folder, _: &dyn Folder) {
    let id = log.note("add", add(one, set(PID_TAG_SUBJECT, "Re: x"))).unwrap();
    let state = [PID_TAG_CHANGE_NUMBER, PID_TAG_CHANGE_KEY, TIME, PID_TAG_BODY, PID_TAG_COMMENT];
    let open = |read_write| one.open_message(id, read_write).unwrap();
    log.note("state", get(one, id, &state));
    log.note("read only", open(false).set_properties(set(PID_TAG_BODY, "y")));
    let mut message = open(true);
    message.set_properties(set(TIME, PropertyValue::Time(12_345_678_901))).unwrap();
    message.set_properties(set(PID_TAG_BODY, "long ".repeat(100))).unwrap();
    message.set_properties(set(PID_TAG_COMMENT, "")).unwrap();
    log.note("save", message.save(false));
    log.note("state", get(one, id, &state));
    log.note("remove", message.remove_properties(&[TIME]));
    log.note("save", message.save(false));
    log.note("state", get(one, id, &state));
    for recipients in [recipient(None), recipient(Some("Eve"))] {
        log.note("recipients", message.set_recipients(recipients));
        log.note("data", message.get_data());
    }
    let mut other = open(true);
    log.note("other", other.save(false));
    log.note("conflict", message.save(false));
    log.note("force", message.save(true));
    for recipients in [RecipientTable { columns: vec![], rows: vec![] }, recipient(None)] {
        let mut message = open(true);
        message.set_recipients(recipients).unwrap();
        log.note("submit", message.submit(SubmitMode::None));
        log.note("left", rows(one, CONTENTS, &[PID_TAG_MID]));
        if one.get_child_count(CONTENTS).unwrap() == 0 {
            break;
        }
    }
}

fn streams(log: &mut Log, one: &dyn Folder, _: &dyn Folder) {
    let mut message = one.create_message(new_id(), false).unwrap();
    let body = |message: &mut dyn Message| message.get_properties(&[PID_TAG_BODY]);
    let mut stream = message.open_stream(PID_TAG_BODY, StreamAccess::Create).unwrap();
    log.note("write", stream.write(4, b"x\0"));
    log.note("size", stream.size());
    log.note("before commit", body(&mut *message));
    log.note("set size", stream.set_size(0));
    log.note("write", stream.write(0, b"x\0"));
    log.note("commit", stream.commit());
    log.note("after commit", body(&mut *message));
}

fn attachments(log: &mut Log, one: &dyn Folder, _: &dyn Folder) {
    let id = log.note("add", add(one, set(PID_TAG_SUBJECT, "x"))).unwrap();
    let mut message = one.open_message(id, true).unwrap();
    for _ in 0..2 {
        let (number, mut attachment) = message.create_attachment().unwrap();
        log.note("number", Ok(number));
        let mut stream = attachment.open_stream(PID_TAG_ATTACH_DATA_BINARY, StreamAccess::Create).unwrap();
        log.note("write", stream.write(0, &vec![1; 1_500_000]));
        log.note("commit", stream.commit());
        log.note("data", attachment.get_properties(&[PID_TAG_ATTACH_DATA_BINARY]));
        log.note("save", attachment.save());
    }
    log.note("list", message.list_attachments());
    log.note("save", message.save(false));
    log.note("delete", message.delete_attachment(1));
    log.note("list", message.list_attachments());
    let (number, mut attachment) = message.create_attachment().unwrap();
    log.note("number", Ok(number));
    let mut embedded = attachment.create_embedded(new_id()).unwrap();
    log.note("save embedded", embedded.save(false));
    log.open("open embedded", attachment.open_embedded());
    let table =
        message.open_attachment_table().and_then(|mut table| read(&mut *table, &[PID_TAG_ATTACH_SIZE]));
    log.note("table", table);
}

fn tables(log: &mut Log, one: &dyn Folder, _: &dyn Folder) {
    let since = one.get_deleted(CONTENTS, 0).unwrap().upto;
    for (subject, number) in [("b", Some(1)), ("Ab", None), ("a", Some(2)), ("c", None), ("a", Some(-1))] {
        let mut values = set(PID_TAG_SUBJECT, subject);
        values.extend(number.map(|number| Property { tag: NUMBER, value: number.into() }));
        log.note("add", add(one, values));
    }
    let mut table = one.open_table(CONTENTS).unwrap();
    table.set_columns(vec![PID_TAG_SUBJECT, NUMBER]).unwrap();
    log.note("rows", table.query_rows(0, 100));
    log.note("beyond", table.query_rows(100, 1));
    let property = |op, tag, value| RestrictionNode::Property(PropertyMatch { op, tag, value });
    let content = |kind, part: &str| {
        let (tag, value, options) = (PID_TAG_SUBJECT, text(part), MatchFlags::empty());
        RestrictionNode::Content(ContentMatch { tag, value, kind, options })
    };
    let one_or_a = || {
        let (left, right) = (property(Relop::Eq, NUMBER, 1.into()), content(MatchKind::FullString, "a"));
        vec![RestrictionNode::AnyOf(vec![1, 2]), left, right]
    };
    for restriction in [
        one_or_a(),
        vec![RestrictionNode::Negate(1), property(Relop::Eq, NUMBER, 1.into())],
        vec![property(Relop::Lt, NUMBER, 1.into())],
        vec![property(Relop::Ne, NUMBER, 1.into())],
        vec![content(MatchKind::FullString, "A")],
        vec![content(MatchKind::Prefix, "b")],
        vec![RestrictionNode::Bitmask(BitmaskMatch { non_zero: true, tag: NUMBER, mask: 1 })],
        vec![RestrictionNode::Exists(NUMBER)],
        vec![property(Relop::Regex, PID_TAG_SUBJECT, text("."))],
        vec![property(Relop::Gt, PID_TAG_CHANGE_NUMBER, PropertyValue::Integer64(since.cast_signed()))],
    ] {
        log.note("restrict", table.set_restriction(Some(restriction)));
        log.note("count", table.row_count());
        log.note("rows", table.query_rows(0, 100));
    }
    log.note("restrict", table.set_restriction(Some(one_or_a())));
    log.note("restrict", table.set_restriction(None));
    log.note("count", table.row_count());
    log.note("find", table.find_row(3, Direction::Backward, one_or_a()));
    log.note("count", table.row_count());
    let key = |tag, direction| SortKey { tag, direction };
    let (up, down) = (SortDirection::Ascending, SortDirection::Descending);
    for keys in [
        vec![key(PID_TAG_SUBJECT, up)],
        vec![key(PID_TAG_SUBJECT, down), key(NUMBER, up)],
        vec![key(NUMBER, up)],
    ] {
        log.note("sort", table.set_sort_order(Some(SortOrder { keys, categories: 0, expanded: 0 })));
        log.note("rows", table.query_rows(0, 100));
    }
    log.note("add", add(one, set(PID_TAG_SUBJECT, "later")));
    log.note("count", table.row_count());
    log.note("refresh", table.refresh());
    log.note("count", table.row_count());
}

fn permissions(log: &mut Log, one: &dyn Folder, _: &dyn Folder) {
    let bob = || Member::User(b"bob".to_vec());
    let grant = |member| PermissionChange::Add(Permission { member, name: None, rights: 1 });
    let eve = || Member::User(b"eve".to_vec());
    for (options, change) in [
        (PermissionOptions::empty(), grant(bob())),
        (PermissionOptions::REPLACE_ALL, grant(eve())),
        (PermissionOptions::empty(), PermissionChange::Remove(eve())),
    ] {
        log.note("modify", one.modify_permissions(options, vec![change]));
        log.note("permissions", one.get_permissions());
    }
}

fn mutant(name: &str) -> Log {
    Mutants::init(&[("mutant".to_owned(), name.to_owned())]).unwrap();
    run::<Mutants>()
}

#[test]
fn without_a_mutant_it_is_memory() {
    Mutants::init(&[]).unwrap();
    assert_eq!(Mutants::describe(), Memory::describe());
    let (original, plain) = (run::<Memory>(), run::<Mutants>());
    let difference = original.0.iter().zip(&plain.0).find(|(a, b)| a != b);
    assert!(original == plain, "{difference:?}");
}

#[test]
fn each_mutant_does_something_that_memory_does_not() {
    let original = run::<Memory>();
    let same: Vec<_> =
        MUTANTS.iter().map(|wrong| wrong.name).filter(|name| mutant(name) == original).collect();
    assert!(same.is_empty(), "{same:?}");
    assert!(MUTANTS.len() >= 25);
}

#[test]
fn an_unknown_mutant_and_a_name_given_twice_are_errors() {
    assert!(Mutants::init(&[("mutant".to_owned(), "none".to_owned())]).is_err());
    let mut names: Vec<_> = MUTANTS.iter().map(|wrong| wrong.name).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|a, b| a < b));
}
