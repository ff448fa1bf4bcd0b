//! What the host does for a backend that claims next to nothing, and between backends: `bag` keeps what it is given and
//! does nothing else.

mod events;
mod permissions;
mod tables;
mod transfer;

use mapistore::blocking::wait;
use mapistore::index::Fmid;
use mapistore::types::StreamAccess;
use mapistore::types::{
    Property, PropertyTag, PropertyValue, Recipient, RecipientKind, RecipientTable, TableKind,
};
use mapistore::{Connection, Context, Folder, Message};
use tests::TestRuntime;

const MID: PropertyTag = 0x674A_0014;
const FOLDER_ID: PropertyTag = 0x6748_0014;
const CLASS: PropertyTag = 0x001A_001F;
const SUBJECT: PropertyTag = 0x0037_001F;
const BODY: PropertyTag = 0x1000_001F;
const SIZE: PropertyTag = 0x0E08_0003;
const NAME: PropertyTag = 0x3001_001F;
const COMMENT: PropertyTag = 0x3004_001F;
const ADDRESS: PropertyTag = 0x3003_001F;
const ATTACH_NAME: PropertyTag = 0x3707_001F;
const ATTACH_DATA: PropertyTag = 0x3701_0102;
const ATTACH_METHOD: PropertyTag = 0x3705_0003;
const MIME: PropertyTag = 0x6659_0102;

fn runtime() -> TestRuntime {
    let runtime = TestRuntime::new();
    runtime.add_guest("guest-bag");
    runtime
}

/// A user's bag. The messages in it live as long as the context.
fn bag(runtime: &TestRuntime, user: &str) -> (Context, Folder) {
    let context = runtime.open(user, &format!("bag://{user}/inbox/"));
    let root = runtime.root(&context);
    (context, root)
}

/// A bag of another user.
fn bag_as(runtime: &TestRuntime, username: &str, owner: &str) -> (Context, Folder) {
    let connection = Connection { username: username.into(), ..Connection::of(owner) };
    let context = wait(runtime.open_context(&connection, &format!("bag://{owner}/inbox/"))).unwrap();
    let root = runtime.root(&context);
    (context, root)
}

fn text(tag: PropertyTag, value: &str) -> Property {
    Property { tag, value: PropertyValue::Text(value.into()) }
}

/// A message that is not saved yet.
fn draft(runtime: &TestRuntime, owner: &str, folder: &Folder, subject: &str) -> (Fmid, Message) {
    let id = runtime.allocate_id(owner).unwrap();
    let message = wait(folder.create_message(id, false)).unwrap();
    wait(message.set_properties(vec![text(CLASS, "IPM.Note"), text(SUBJECT, subject)])).unwrap();
    (id, message)
}

fn add(runtime: &TestRuntime, owner: &str, folder: &Folder, subject: &str) -> Fmid {
    let (id, message) = draft(runtime, owner, folder, subject);
    wait(message.save(false)).unwrap();
    id
}

fn attach(message: &Message, name: &str, data: &[u8]) {
    let (_, attachment) = wait(message.create_attachment()).unwrap();
    let method = Property { tag: ATTACH_METHOD, value: PropertyValue::Integer32(1) };
    wait(attachment.set_properties(vec![text(ATTACH_NAME, name), method])).unwrap();
    let stream = wait(attachment.open_stream(ATTACH_DATA, StreamAccess::Create)).unwrap();
    wait(stream.write(0, data)).unwrap();
    wait(stream.commit()).unwrap();
    wait(attachment.save()).unwrap();
}

fn to(address: &str) -> RecipientTable {
    let cells = vec![Some(PropertyValue::Text(address.into()))];
    let rows = vec![Recipient { kind: RecipientKind::To, username: None, cells }];
    RecipientTable { columns: vec![ADDRESS], rows }
}

fn stream(message: &Message, tag: PropertyTag) -> Vec<u8> {
    let stream = wait(message.open_stream(tag, StreamAccess::Read)).unwrap();
    let mut bytes = Vec::new();
    let read = stream.read_to(|piece| {
        bytes.extend_from_slice(piece);
        Ok::<_, mapistore::CallError>(())
    });
    wait(read).unwrap();
    bytes
}

fn subject(folder: &Folder, id: Fmid) -> String {
    let message = wait(folder.open_message(id, false)).unwrap();
    text_of(wait(message.get_properties(&[SUBJECT])).unwrap().remove(0))
}

fn text_of(cell: mapistore::types::Cell) -> String {
    match cell {
        Ok(PropertyValue::Text(text)) => text,
        other => panic!("{other:?}"),
    }
}

fn count(folder: &Folder, kind: TableKind) -> u32 {
    wait(folder.get_child_count(kind)).unwrap()
}

fn ids(folder: &Folder, kind: TableKind, tag: PropertyTag) -> Vec<Fmid> {
    let table = wait(folder.open_table(kind)).unwrap();
    wait(table.set_columns(&[tag])).unwrap();
    let rows = wait(table.query_rows(0, 1000)).unwrap();
    let id = |cell| match cell {
        Ok(PropertyValue::Integer64(id)) => Fmid(i64::cast_unsigned(id)),
        other => panic!("{other:?}"),
    };
    rows.cells.into_iter().map(id).collect()
}
