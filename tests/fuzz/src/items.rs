//! What the sample backends read: mail, calendars and contacts as anybody may send them. The backends run natively, over
//! one file that is the input, and are asked everything about it that a client asks.

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use mapistore_maildir::Maildir;
use mapistore_sdk::tags::{
    PID_TAG_ATTACH_DATA_BINARY, PID_TAG_BODY, PID_TAG_HTML, PID_TAG_MID, PID_TAG_SUBJECT,
    PID_TAG_TRANSPORT_MESSAGE_HEADERS, PR_INTERNET_CONTENT,
};
use mapistore_sdk::types::{
    Cell, ConnectionInfo, Guid, Property, PropertyTag, PropertyValue, StreamAccess, TableKind,
};
use mapistore_sdk::{Backend, Folder, Message, PropertyStream, index, named_properties, value};
use mapistore_vdir::Vdir;
use tempfile::TempDir;

/// The longest chain of messages within messages that is followed.
const DEPTH: usize = 4;

/// Where the backends keep what they are given. `init` is global: one input at a time.
static ROOT: LazyLock<Mutex<TempDir>> =
    LazyLock::new(|| Mutex::new(TempDir::new().expect("a temporary directory")));

/// A message in a Maildir. Its original bytes come back as they are, whatever they mean.
pub(crate) fn mail(data: &[u8]) {
    read::<Maildir>(data, "maildir", "INBOX", "cur/1.host:2,S", |root| {
        for part in ["cur", "new", "tmp"] {
            std::fs::create_dir_all(root.join(part)).expect("a Maildir");
        }
    });
}

/// A calendar item or a task.
pub(crate) fn calendar(data: &[u8]) {
    read::<Vdir>(data, "vdir", "calendar", "item.ics", |_| {});
}

/// A contact.
pub(crate) fn contact(data: &[u8]) {
    read::<Vdir>(data, "vdir", "contacts", "item.vcf", |_| {});
}

/// Has a backend read one file, asks it everything, changes the item, and asks again.
fn read<B: Backend>(data: &[u8], scheme: &str, place: &str, file: &str, prepare: impl Fn(&Path)) {
    let root = ROOT.lock().unwrap_or_else(PoisonError::into_inner);
    let root: PathBuf = root.path().join(scheme);
    // Nothing is left of the input before.
    let _ = std::fs::remove_dir_all(&root);
    let folder = root.join(place);
    std::fs::create_dir_all(&folder).expect("a directory");
    prepare(&folder);
    std::fs::write(folder.join(file), data).expect("a file");
    index::reset();
    named_properties::reset();
    B::init(&[("root".into(), root.to_string_lossy().into_owned())]).expect("a backend that starts");
    let folder = open::<B>(scheme, place);
    for id in ids(&*folder) {
        let Ok(mut message) = folder.open_message(id, false) else { continue };
        if let Ok(original) = message.open_stream(PR_INTERNET_CONTENT, StreamAccess::Read) {
            assert_eq!(contents(original), data, "the original is another");
        }
        look(&mut *message, DEPTH);
        drop(message);
        let subject = rewrite(&*folder, id);
        // As another context finds it.
        let Ok(mut message) = open::<B>(scheme, place).open_message(id, false) else {
            assert!(subject.is_none(), "it was saved, and is not there");
            continue;
        };
        if let Some(subject) = subject {
            let cells = message.get_properties(&[PID_TAG_SUBJECT]).expect("properties");
            assert_eq!(cells, [Ok(subject)], "the subject that was saved");
        }
        look(&mut *message, DEPTH);
    }
}

fn open<B: Backend>(scheme: &str, place: &str) -> Box<dyn Folder> {
    let connection = ConnectionInfo {
        username: "alice".into(),
        owner: "alice".into(),
        replica_guid: Guid { hi: 1, lo: 2 },
        replica_id: 1,
        locale: 0x409,
        codepage: 1252,
    };
    let kind = if scheme == "vdir" { format!("{place}/") } else { String::new() };
    let uri = format!("{scheme}://alice/{kind}{place}/");
    let id = index::ensure_ids(std::slice::from_ref(&uri)).expect("an id")[0];
    let context = B::create_context(connection, &uri).expect("a context");
    context.get_root_folder(id).expect("a root folder")
}

/// The messages of a folder, by its table, with every column that it has.
fn ids(folder: &dyn Folder) -> Vec<u64> {
    let mut table = folder.open_table(TableKind::Contents).expect("a table");
    let columns = table.available_columns().expect("columns");
    table.set_columns(columns.clone()).expect("its own columns");
    let batch = table.query_rows(0, 100).expect("rows");
    assert_eq!(batch.cells.len(), batch.row_count as usize * columns.len());
    batch.cells.chunks(columns.len().max(1)).for_each(|row| check(&columns, row));
    table.set_columns(vec![PID_TAG_MID]).expect("the id");
    let batch = table.query_rows(0, 100).expect("rows");
    let id = |cell: &Cell| match cell {
        Ok(PropertyValue::Integer64(id)) => id.cast_unsigned(),
        other => panic!("{other:?} is no id"),
    };
    batch.cells.iter().map(id).collect()
}

/// One cell for each tag, of its type.
fn check(tags: &[PropertyTag], cells: &[Cell]) {
    assert_eq!(tags.len(), cells.len());
    for (&tag, cell) in tags.iter().zip(cells) {
        let Ok(value) = cell else { continue };
        if let Some(kind) = value::type_of(value) {
            assert_eq!(tag & 0xFFFF, u32::from(kind), "{tag:#010x}: {value:?}");
        }
        let text = match value {
            PropertyValue::Text(text) => std::slice::from_ref(text),
            PropertyValue::MultipleText(texts) => texts,
            _ => continue,
        };
        // The contract forbids U+0000, and the host refuses the whole answer with it.
        assert!(text.iter().all(|text| !text.contains('\0')), "{tag:#010x}: {text:?}");
    }
}

fn contents(mut stream: Box<dyn PropertyStream>) -> Vec<u8> {
    let size = stream.size().expect("a size");
    let mut data = Vec::new();
    while (data.len() as u64) < size {
        let part = stream.read(data.len() as u64, 65_536).expect("bytes");
        assert!(!part.is_empty(), "it is shorter than its size");
        data.extend(part);
    }
    data
}

/// Asks a message everything, and what is in it.
fn look(message: &mut dyn Message, depth: usize) {
    let tags = message.list_properties().expect("tags");
    check(&tags, &message.get_properties(&tags).expect("properties"));
    for tag in [PID_TAG_BODY, PID_TAG_HTML, PID_TAG_TRANSPORT_MESSAGE_HEADERS] {
        if let Ok(stream) = message.open_stream(tag, StreamAccess::Read) {
            contents(stream);
        }
    }
    let recipients = message.get_data().expect("data").recipients;
    for row in &recipients.rows {
        assert_eq!(row.cells.len(), recipients.columns.len());
    }
    for number in message.list_attachments().unwrap_or_default() {
        let mut attachment = message.open_attachment(number, false).expect("a listed attachment");
        let tags = attachment.list_properties().expect("tags");
        check(&tags, &attachment.get_properties(&tags).expect("properties"));
        if let Ok(stream) = attachment.open_stream(PID_TAG_ATTACH_DATA_BINARY, StreamAccess::Read) {
            contents(stream);
        }
        if depth > 0
            && let Ok((_, mut embedded)) = attachment.open_embedded()
        {
            look(&mut *embedded, depth - 1);
        }
    }
}

/// Gives it another subject, and answers that if it was saved.
fn rewrite(folder: &dyn Folder, id: u64) -> Option<PropertyValue> {
    let mut message = folder.open_message(id, true).ok()?;
    let value = PropertyValue::Text("another; subject,\u{e4}".into());
    let subject = Property { tag: PID_TAG_SUBJECT, value: value.clone() };
    let problems = message.set_properties(vec![subject]).ok()?;
    message.save(false).ok()?;
    problems.is_empty().then_some(value)
}
