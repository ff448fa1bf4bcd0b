//! A small backend in memory that does what the contract says. PidTagComment of its root tells what `init` left to this
//! context, and how many contexts were created in this memory: `greeting=hello contexts=1 inits=1`. The setting `fill-mib`
//! has `init` write so much memory.

use std::sync::Mutex;

use mapistore_sdk::tags::{
    PID_TAG_CHANGE_KEY, PID_TAG_CHANGE_NUMBER, PID_TAG_COMMENT, PID_TAG_CONTENT_COUNT, PID_TAG_DISPLAY_NAME,
    PID_TAG_MESSAGE_CLASS, PID_TAG_MESSAGE_FLAGS, PID_TAG_MESSAGE_SIZE, PID_TAG_MID, PID_TAG_SUBJECT,
};
use mapistore_sdk::types::{
    BackendInfo, Cell, ConnectionInfo, ContextEntry, Fid, MessageData, Mid, PropertyTag, RecipientTable,
    TableKind,
};
use mapistore_sdk::{
    Backend, Context, Error, Folder, INLINE_LIMIT, Message, Properties, Result, RowsTable, Table, index,
    value,
};

const MESSAGES: u32 = 20;

/// What this memory has seen.
struct Seen {
    greeting: String,
    inits: u32,
    contexts: u32,
    /// What `init` filled: a table that every context would read, if this were more than a test.
    filled: Vec<u8>,
}

static SEEN: Mutex<Seen> =
    Mutex::new(Seen { greeting: String::new(), inits: 0, contexts: 0, filled: Vec::new() });

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
        let setting = |name| config.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let mib: usize = setting("fill-mib").and_then(|mib| mib.parse().ok()).unwrap_or(0);
        seen(|seen| {
            seen.inits += 1;
            seen.greeting = setting("greeting").unwrap_or_default();
            seen.filled = (0..=250_u8).cycle().take(mib << 20).collect();
        })
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![guest_support::inbox("well-behaved", user)])
    }

    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let inbox = guest_support::inbox("well-behaved", &connection.owner).url;
        // As many more as a test wants to open, which no listing has.
        let more = inbox.replace("/inbox/", "/more/");
        if uri != inbox && !uri.starts_with(&more) {
            return Err(Error::not_found("the user has an inbox and nothing else"));
        }
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
    fn properties(&self) -> Result<Properties> {
        let comment = seen(|Seen { greeting, inits, contexts, .. }| {
            format!("greeting={greeting} contexts={contexts} inits={inits}")
        })?;
        Ok(Properties::new()
            .with(PID_TAG_DISPLAY_NAME, "Inbox")
            .with(PID_TAG_COMMENT, comment)
            .with(PID_TAG_CONTENT_COUNT, value::count(MESSAGES as usize)))
    }

    fn uri(&self) -> Result<String> {
        let entry = index::get_uris(&[self.root])?.into_iter().flatten().next();
        entry.map(|entry| entry.uri).ok_or_else(|| Error::not_found("the root has no record"))
    }
}

/// What a message has, and so the columns of the contents table.
const COLUMNS: &[PropertyTag] = &[
    PID_TAG_MID,
    PID_TAG_SUBJECT,
    PID_TAG_CHANGE_NUMBER,
    PID_TAG_CHANGE_KEY,
    PID_TAG_MESSAGE_CLASS,
    PID_TAG_MESSAGE_FLAGS,
    PID_TAG_MESSAGE_SIZE,
];

/// The messages, under the ids that the index has for their URIs. They never change, so that their change numbers are
/// those of the first changes that there could be.
fn messages(folder: &str) -> Result<Vec<Properties>> {
    let uris: Vec<_> = (0..MESSAGES).map(|number| format!("{folder}{number}")).collect();
    let row = |(number, mid): (u32, Mid)| {
        let change_number = (u64::from(number) + 1).swap_bytes() | 1;
        let subject = format!("message {number}");
        Properties::new()
            .with(PID_TAG_MID, value::id(mid))
            .with(PID_TAG_CHANGE_NUMBER, value::id(change_number))
            .with(PID_TAG_CHANGE_KEY, number.to_be_bytes().to_vec())
            .with(PID_TAG_MESSAGE_CLASS, "IPM.Note")
            .with(PID_TAG_MESSAGE_FLAGS, value::count(0))
            .with(PID_TAG_MESSAGE_SIZE, value::count(subject.len()))
            .with(PID_TAG_SUBJECT, subject)
    };
    Ok((0..).zip(index::ensure_ids(&uris)?).map(row).collect())
}

/// A message that is only read.
struct Letter(Properties);

impl Message for Letter {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.0.tags())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.0.get_cells(tags, INLINE_LIMIT))
    }

    fn get_data(&mut self) -> Result<MessageData> {
        Ok(MessageData {
            subject_prefix: None,
            normalized_subject: self.0.get_text(PID_TAG_SUBJECT).map(str::to_owned),
            recipients: RecipientTable { columns: Vec::new(), rows: Vec::new() },
        })
    }
}

impl Folder for Inbox {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        Ok(self.properties()?.tags())
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.properties()?.get_cells(tags, INLINE_LIMIT))
    }

    fn open_message(&self, id: Mid, _: bool) -> Result<Box<dyn Message>> {
        let wanted = value::id(id);
        let found = messages(&self.uri()?)?.into_iter().find(|row| row.get(PID_TAG_MID) == Some(&wanted));
        Ok(Box::new(Letter(found.ok_or_else(|| Error::not_found("there is no such message"))?)))
    }

    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        Ok(if kind == TableKind::Contents { MESSAGES } else { 0 })
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let folder = (kind == TableKind::Contents).then(|| self.uri()).transpose()?;
        let load = move || folder.as_deref().map_or(Ok(Vec::new()), messages);
        Ok(Box::new(RowsTable::open(COLUMNS, load)?))
    }
}

mapistore_sdk::export!(Guest);
