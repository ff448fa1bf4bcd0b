//! The backend through the traits that a host calls, natively, over the SDK's index in memory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a panic is how a test fails")]

mod attachments;
mod contexts;
mod folders;
mod messages;
mod tables;
mod transfers;

use mapistore_memory::Memory;
use mapistore_sdk::{
    Backend, Context, ErrorCode, Folder, PropertyStream, Result, Table, index, notifications, tags::*,
    types::*,
};

/// Alice's context over a fresh index.
struct Mail {
    context: Box<dyn Context>,
    root_id: Fid,
    root: Box<dyn Folder>,
}

impl Mail {
    /// The Inbox.
    fn new() -> Self {
        index::reset();
        Self::open("memory://alice/mail/")
    }

    /// As the host does it.
    fn open(uri: &str) -> Self {
        let context = Memory::create_context(connection("alice"), uri).unwrap();
        let root_id = index::ensure_ids(&[uri.to_owned()]).unwrap()[0];
        let root = context.get_root_folder(root_id).unwrap();
        notifications::take();
        Self { context, root_id, root }
    }

    fn path(&self, id: Fmid) -> std::result::Result<String, ErrorCode> {
        self.context.get_paths(&[id]).unwrap().remove(0)
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

fn new_id() -> Fmid {
    index::reserve(1).unwrap().first
}

fn text(value: &str) -> PropertyValue {
    PropertyValue::Text(value.into())
}

fn set(tag: PropertyTag, value: impl Into<PropertyValue>) -> Vec<Property> {
    vec![Property { tag, value: value.into() }]
}

fn number(cell: &Cell) -> u64 {
    match cell {
        Ok(PropertyValue::Integer64(value)) => value.cast_unsigned(),
        Ok(PropertyValue::Integer32(value)) => u64::from(value.cast_unsigned()),
        other => panic!("{other:?} is no number"),
    }
}

fn code<T>(result: Result<T>) -> ErrorCode {
    result.err().unwrap().code
}

/// A saved message with this subject.
fn add(folder: &dyn Folder, subject: &str) -> Mid {
    let id = new_id();
    let mut message = folder.create_message(id, false).unwrap();
    assert_eq!(message.set_properties(set(PID_TAG_SUBJECT, subject)).unwrap(), []);
    message.save(false).unwrap();
    id
}

fn add_folder(parent: &dyn Folder, name: &str) -> (Fid, Box<dyn Folder>) {
    let id = new_id();
    (id, parent.create_folder(id, set(PID_TAG_DISPLAY_NAME, name)).unwrap())
}

fn get(folder: &dyn Folder, id: Mid, tag: PropertyTag) -> Cell {
    folder.open_message(id, false).unwrap().get_properties(&[tag]).unwrap().remove(0)
}

fn rows(table: &mut dyn Table, columns: &[PropertyTag]) -> Vec<Vec<Cell>> {
    table.set_columns(columns.to_vec()).unwrap();
    let batch = table.query_rows(0, 10_000).unwrap();
    assert!(batch.at_end);
    assert_eq!(batch.cells.len(), batch.row_count as usize * columns.len());
    batch.cells.chunks(columns.len()).map(<[Cell]>::to_vec).collect()
}

fn column(folder: &dyn Folder, kind: TableKind, tag: PropertyTag) -> Vec<Cell> {
    rows(&mut *folder.open_table(kind).unwrap(), &[tag]).into_iter().flatten().collect()
}

fn mids(folder: &dyn Folder) -> Vec<Mid> {
    column(folder, TableKind::Contents, PID_TAG_MID).iter().map(number).collect()
}

fn deleted(folder: &dyn Folder, kind: TableKind) -> Vec<Fmid> {
    folder.get_deleted(kind, 0).unwrap().ids
}

fn read(mut stream: Box<dyn PropertyStream>) -> Vec<u8> {
    let size = stream.size().unwrap();
    let mut data = Vec::new();
    while (data.len() as u64) < size {
        data.extend(stream.read(data.len() as u64, 65_536).unwrap());
    }
    data
}

fn write(mut stream: Box<dyn PropertyStream>, data: &[u8]) {
    for (at, part) in data.chunks(50_000).enumerate() {
        stream.write(at as u64 * 50_000, part).unwrap();
    }
    stream.commit().unwrap();
}
