//! What a guest answers: a component that makes its answers of the bytes in its URI, asked everything that a server asks.

use std::sync::{Arc, LazyLock};

use mapistore::blocking::wait;
use mapistore::index::{ChangeNumber, Fmid, Globcnt, MemoryIndex};
use mapistore::keyvalue::MemoryKeyValue;
use mapistore::property::{matches_type, parse_sort, parse_where};
use mapistore::types::*;
use mapistore::{
    Connection, Context, EventFilter, Folder, Message, PropertyStream, Runtime, Table, TransferLimits,
    TransferRequest, TransferSource,
};
use tempfile::TempDir;

/// The most bytes of an input that a URI can carry.
const URI_BYTES: usize = 2_000;
const NAME: PropertyTag = 0x3001_001F;
const TAGS: [PropertyTag; 6] = [0x6748_0014, 0x674A_0014, NAME, 0x0E08_0003, 0x1000_001F, 0x3701_0102];
/// How deep folders, messages and attachments are followed into each other.
const DEPTH: usize = 2;

/// A runtime without a disk, over the guest that was registered once.
static RUNTIME: LazyLock<(Runtime, TempDir)> = LazyLock::new(|| {
    let dir = TempDir::new().expect("a temporary directory");
    tests::registered::install("guest-answers-anything", dir.path(), &[]);
    let builder = Runtime::builder(dir.path()).index(Arc::new(MemoryIndex::default()));
    let runtime = builder.key_value(Arc::new(MemoryKeyValue::default())).open().expect("a runtime");
    (runtime, dir)
});

/// The bytes as text, one a character.
fn as_text(data: &[u8], most: usize) -> String {
    data.iter().take(most).copied().map(char::from).collect()
}

/// Whatever a guest answers becomes an answer that keeps the contract, or an error.
pub(crate) fn answers(data: &[u8]) {
    let runtime = &RUNTIME.0;
    let owner = "alice";
    let mut events = runtime.subscribe(EventFilter::default());
    for listing in wait(runtime.list_contexts(&as_text(data, 100))) {
        for entry in listing.contexts.into_iter().flatten() {
            assert!(entry.url.starts_with("answersanything://") && entry.url.ends_with('/'), "{entry:?}");
        }
    }
    let _ = wait(runtime.create_root_folder(owner, Role::Mail, &as_text(data, 100)));
    let _ = wait(runtime.generate_uri(owner, &as_text(data, 100), "", "answersanything://x/"));
    let _ = wait(runtime.provision(&as_text(data, 100), None));
    let root = format!("answersanything://{}", as_text(data, URI_BYTES));
    if let Ok(context) = wait(runtime.open_context(&Connection::of(owner), &root)) {
        look(runtime, &context);
        wait(context.close());
    }
    while events.try_next().is_some() {}
    for used in runtime.index().owners().expect("an index in memory") {
        runtime.index().remove_owner(&used.owner).expect("an index in memory");
    }
    assert_eq!(runtime.open_contexts(), 0);
}

/// Asks everything of a context. A call that fails is an answer like any other; the next ones are made all the same.
fn look(runtime: &Runtime, context: &Context) {
    let ids: Vec<_> = (0..4).filter_map(Globcnt::new).map(Fmid::from).collect();
    if let Ok(paths) = wait(context.get_paths(&ids)) {
        assert_eq!(paths.len(), ids.len());
    }
    let Ok(root) = wait(context.root_folder()) else { return };
    folder(runtime, &root, DEPTH);
    if let Ok(child) = wait(root.open_folder(ids[1])) {
        let _ = wait(child.move_to(Some(&root), "a"));
        let _ = wait(child.copy_to(&root, true, "b"));
        let source = TransferSource::Folder(&child);
        let item = TransferItem { source: ids[1].0, target: ids[2].0, keys: None };
        if let Ok(outcomes) = wait(root.move_copy_messages(source, vec![item], true)) {
            assert_eq!(outcomes.iter().map(|outcome| outcome.id).collect::<Vec<_>>(), [ids[1].0]);
        }
        let _ = wait(child.delete_tree(DeleteMode::Soft));
    }
    // Between contexts, by the host: the other one answers the same bytes again.
    let other = format!("{}/", context.uri().trim_end_matches('/'));
    let Ok(other) = wait(runtime.open_context(&Connection::of("bob"), &other)) else { return };
    if let Ok(target) = wait(other.root_folder()) {
        let _ = wait(target.transfer_messages(
            &root,
            &ids.iter().copied().map(TransferRequest::of).collect::<Vec<_>>(),
            false,
        ));
        let _ = wait(target.transfer_folder(&root, "c", true, TransferLimits::default()));
    }
    wait(other.close());
}

/// Both calls that answer properties.
macro_rules! properties {
    ($object:expr) => {
        let _ = wait($object.list_properties());
        if let Ok(cells) = wait($object.get_properties(&TAGS)) {
            row(&TAGS, &cells);
        }
        let value = Property { tag: NAME, value: PropertyValue::Text("a".into()) };
        let _ = wait($object.set_properties(vec![value]));
        let _ = wait($object.remove_properties(&[NAME]));
        if let Ok(opened) = wait($object.open_stream(0x1000_001F, StreamAccess::Read)) {
            stream(&opened);
        }
    };
}

fn row(tags: &[PropertyTag], cells: &[Cell]) {
    assert_eq!(tags.len(), cells.len());
    for (&tag, cell) in tags.iter().zip(cells) {
        assert!(cell.as_ref().map_or(true, |value| matches_type(tag, value)), "{tag:#010x}: {cell:?}");
    }
}

fn folder(runtime: &Runtime, folder: &Folder, depth: usize) {
    properties!(folder);
    let ids: Vec<_> = (1..3).filter_map(Globcnt::new).map(Fmid::from).collect();
    for kind in [TableKind::Hierarchy, TableKind::Contents, TableKind::Associated, TableKind::Permissions] {
        let _ = wait(folder.get_child_count(kind));
        let _ = wait(folder.get_deleted(kind, ChangeNumber(0)));
        if let Ok(opened) = wait(folder.open_table(kind)) {
            table(&opened);
        }
    }
    let _ = wait(folder.get_permissions());
    let same = |outcomes: Vec<ItemOutcome>| {
        assert_eq!(outcomes.iter().map(|outcome| Fmid(outcome.id)).collect::<Vec<_>>(), ids);
    };
    let _ = wait(folder.set_read_flags(&ids, true)).map(same);
    let _ = wait(folder.delete_messages(&ids, DeleteMode::Soft)).map(same);
    let _ = wait(folder.delete_messages(&ids, DeleteMode::Hard)).map(same);
    if let Ok(opened) = wait(folder.open_message(ids[0], true)) {
        message(&opened, depth);
    }
    if let Ok(id) = runtime.allocate_id("alice")
        && let Ok(created) = wait(folder.create_message(id, false))
    {
        let _ = wait(created.save(false));
    }
    if let Ok(id) = runtime.allocate_id("alice") {
        let _ = wait(
            folder.create_folder(id, vec![Property { tag: NAME, value: PropertyValue::Text("a".into()) }]),
        );
    }
    if depth > 0
        && let Ok(child) = wait(folder.open_folder(ids[0]))
    {
        self::folder(runtime, &child, depth - 1);
        let _ = wait(child.delete(DeleteMode::Soft, true));
    }
}

fn message(message: &Message, depth: usize) {
    properties!(message);
    if let Ok(data) = wait(message.get_data()) {
        let columns = &data.recipients.columns;
        assert!(data.recipients.rows.iter().all(|row| row.cells.len() == columns.len()));
    }
    if let Ok(opened) = wait(message.open_attachment_table()) {
        table(&opened);
    }
    for number in wait(message.list_attachments()).unwrap_or_default() {
        let Ok(opened) = wait(message.open_attachment(number, true)) else { continue };
        properties!(opened);
        let _ = wait(opened.save());
        if depth > 0
            && let Ok((_, embedded)) = wait(opened.open_embedded())
        {
            self::message(&embedded, depth - 1);
        }
    }
    let _ = wait(message.create_attachment());
    let _ = wait(message.set_read_flag(true));
    let _ = wait(message.save(true));
    let _ = wait(message.submit(SubmitMode::None));
}

fn table(table: &Table) {
    let _ = wait(table.available_columns());
    let _ = wait(table.set_columns(&TAGS));
    for (restriction, order) in [("name~'a'", "name:desc"), ("size>5 or name=b", "size")] {
        if let Ok(batch) = wait(table.query_rows(0, 5)) {
            assert!(batch.row_count <= 5);
            assert_eq!(batch.cells.len(), batch.row_count as usize * TAGS.len());
            batch.cells.chunks(TAGS.len()).for_each(|cells| row(&TAGS, cells));
        }
        let _ = wait(table.row_count());
        let restriction = parse_where(restriction).expect("a restriction");
        if let Ok(Some(found)) = wait(table.find_row(0, Direction::Forward, restriction.clone())) {
            row(&TAGS, &found.cells);
        }
        let _ = wait(table.set_restriction(Some(restriction)));
        let _ = wait(table.set_sort_order(Some(parse_sort(order).expect("a sort order"))));
    }
    let _ = wait(table.refresh());
}

fn stream(stream: &PropertyStream) {
    let _ = wait(stream.size());
    if let Ok(read) = wait(stream.read(0, 4)) {
        assert!(read.len() <= 4);
    }
    let mut size = 0;
    let _ = wait(stream.read_to(&mut |part: &[u8]| {
        size += part.len();
        if size > 1 << 20 { Err(None) } else { Ok::<_, Option<mapistore::CallError>>(()) }
    }));
    let _ = wait(stream.write(0, b"a"));
    let _ = wait(stream.set_size(1));
    let _ = wait(stream.commit());
}
