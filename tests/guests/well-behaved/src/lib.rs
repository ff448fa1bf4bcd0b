//! A small backend in memory that does what the contract says. PidTagComment of its root tells what `init` left to this
//! context, and how many contexts were created in this memory: `greeting=hello contexts=1 inits=1`.

use std::sync::Mutex;

use mapistore_sdk::tags::{
    PID_TAG_COMMENT, PID_TAG_CONTENT_COUNT, PID_TAG_DISPLAY_NAME, PID_TAG_MID, PID_TAG_SUBJECT,
};
use mapistore_sdk::types::{BackendInfo, Cell, ConnectionInfo, ContextEntry, Fid, PropertyTag, TableKind};
use mapistore_sdk::{
    Backend, Context, Error, Folder, INLINE_LIMIT, Properties, Result, RowsTable, Table, index, value,
};

const MESSAGES: u32 = 20;

/// What this memory has seen.
struct Seen {
    greeting: String,
    inits: u32,
    contexts: u32,
}

static SEEN: Mutex<Seen> = Mutex::new(Seen { greeting: String::new(), inits: 0, contexts: 0 });

fn seen<T>(look: impl FnOnce(&mut Seen) -> T) -> Result<T> {
    SEEN.lock()
        .map(|mut seen| look(&mut seen))
        .map_err(|_| Error::corrupted("a panic left the memory half-written"))
}

struct Guest;

impl Backend for Guest {
    fn describe() -> BackendInfo {
        guest_support::info("well-behaved")
    }

    fn init(config: &[(String, String)]) -> Result<()> {
        let greeting = config.iter().find(|(key, _)| key == "greeting").map(|(_, value)| value.clone());
        seen(|seen| {
            seen.inits += 1;
            seen.greeting = greeting.unwrap_or_default();
        })
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![guest_support::inbox("well-behaved", user)])
    }

    fn create_context(_: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        seen(|seen| seen.contexts += 1)?;
        // The folder gets its URI back from the index, by the root's id.
        index::ensure_ids(&[uri.to_owned()])?;
        Ok(Box::new(guest_support::Root(|root| Box::new(Inbox { root }))))
    }
}

struct Inbox {
    root: Fid,
}

impl Inbox {
    fn uri(&self) -> Result<String> {
        let entry = index::get_uris(&[self.root])?.into_iter().flatten().next();
        entry.map(|entry| entry.uri).ok_or_else(|| Error::not_found("the root has no record"))
    }
}

/// The rows of the contents table, under the ids that the index has for their URIs.
fn messages(folder: &str) -> Result<Vec<Properties>> {
    let uris: Vec<_> = (0..MESSAGES).map(|number| format!("{folder}{number}")).collect();
    let row = |(number, mid)| {
        Properties::new().with(PID_TAG_MID, value::id(mid)).with(PID_TAG_SUBJECT, format!("message {number}"))
    };
    Ok(index::ensure_ids(&uris)?.into_iter().enumerate().map(row).collect())
}

impl Folder for Inbox {
    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let comment = seen(|Seen { greeting, inits, contexts }| {
            format!("greeting={greeting} contexts={contexts} inits={inits}")
        })?;
        let properties = Properties::new()
            .with(PID_TAG_DISPLAY_NAME, "Inbox")
            .with(PID_TAG_COMMENT, comment)
            .with(PID_TAG_CONTENT_COUNT, value::count(MESSAGES as usize));
        Ok(properties.get_cells(tags, INLINE_LIMIT))
    }

    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        Ok(if kind == TableKind::Contents { MESSAGES } else { 0 })
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let folder = (kind == TableKind::Contents).then(|| self.uri()).transpose()?;
        let load = move || folder.as_deref().map_or(Ok(Vec::new()), messages);
        Ok(Box::new(RowsTable::open(&[PID_TAG_MID, PID_TAG_SUBJECT], load)?))
    }
}

mapistore_sdk::export!(Guest);
