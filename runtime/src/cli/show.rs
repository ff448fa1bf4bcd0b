//! `show` and `cat`: one object, as properties or as its bytes.

use std::collections::HashMap;

use clap::Args;
use mapistore::Message;
use mapistore::index::{NamedProperty, Owner, PropertyName};
use mapistore::property::parse_columns;
use mapistore::types::{Cell, PropertyTag, RecipientKind, RecipientTable, StreamAccess};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::output::{Output, Table};
use super::rows;
use super::session::{Session, Who};

/// PR_INTERNET_CONTENT: the MIME form of a message, byte for byte.
pub(crate) const MIME: PropertyTag = 0x6659_0102;
/// Most tags in one call of the contract.
const TAGS_MAX: usize = 1_000;
/// PidTagAttachNumber, PidTagAttachSize, PidTagAttachMimeTag, PidTagAttachLongFilename.
const ATTACHMENT_COLUMNS: [PropertyTag; 4] = [0x0E21_0003, 0x0E20_0003, 0x370E_001F, 0x3707_001F];

/// `show`.
#[derive(Args)]
pub(crate) struct Show {
    /// The folder or message.
    uri: String,
    #[command(flatten)]
    who: Who,
    /// Only these properties, by PidTag name, short name or tag number, with commas between them.
    #[arg(long, value_name = "NAME,...")]
    properties: Option<String>,
}

/// `cat`.
#[derive(Args)]
pub(crate) struct Cat {
    /// The message.
    uri: String,
    #[command(flatten)]
    who: Who,
}

/// The first tag of a named property (MS-OXPROPS 1.3.2).
const FIRST_NAMED: PropertyTag = 0x8000_0000;

/// Tags and what the object has for them.
type Properties = Vec<(PropertyTag, Cell)>;
/// Tags of named properties and their names.
type Names = HashMap<PropertyTag, String>;

/// What is shown of a message besides its properties.
struct Parts {
    recipients: RecipientTable,
    attachments: Vec<Vec<Cell>>,
}

/// The property calls that folders and messages have in common.
macro_rules! read_properties {
    ($object:expr, $wanted:expr) => {{
        let tags = match $wanted {
            Some(tags) => tags,
            None => $object.list_properties().await?,
        };
        let mut properties = Properties::with_capacity(tags.len());
        for tags in tags.chunks(TAGS_MAX) {
            let cells = $object.get_properties(tags).await?;
            properties.extend(tags.iter().copied().zip(cells));
        }
        properties
    }};
}

impl Show {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let wanted = self.properties.as_deref().map(parse_columns).transpose()?;
        // Those who ask for properties get these and nothing else.
        let with_parts = wanted.is_none();
        let user = self.who.name()?;
        let place = session.locate(&user, &self.uri).await?;
        let (kind, id, properties, parts) = match place.message {
            Some(mid) => {
                let message = place.folder.open_message(mid, false).await?;
                let properties = read_properties!(message, wanted);
                let parts = if with_parts { Some(parts(&message).await?) } else { None };
                ("message", mid, properties, parts)
            }
            None => ("folder", place.folder_id, read_properties!(place.folder, wanted), None),
        };
        let names = names(session, &user, &properties)?;
        let uri = if place.message.is_some() { &self.uri } else { &place.folder_uri };
        if session.out.is_json() {
            let mut document = Map::new();
            document.insert("uri".into(), json!(uri));
            document.insert("id".into(), json!(id.to_string()));
            document.insert("kind".into(), json!(kind));
            document.insert("properties".into(), properties_json(&properties, &names));
            if let Some(parts) = &parts {
                document.insert("recipients".into(), recipients_json(&parts.recipients));
                let attachments = parts.attachments.iter().map(|cells| object(&ATTACHMENT_COLUMNS, cells));
                document.insert("attachments".into(), attachments.collect());
            }
            session.out.json(&document)?;
        } else {
            let mut table = Table::new([""; 0]);
            table.row(["uri", "", uri]);
            table.row(["id", "", &id.to_string()]);
            for (tag, cell) in &properties {
                let name = mapistore::property::name_of(*tag).unwrap_or_default();
                let name = names.get(tag).map_or(name, String::as_str);
                table.row([name, &format!("{tag:#010x}"), &rows::text(*tag, cell)]);
            }
            session.out.table(&table)?;
            if let Some(parts) = &parts {
                print_parts(session.out, parts)?;
            }
        }
        Ok(Exit::Done)
    }
}

async fn parts(message: &Message) -> anyhow::Result<Parts> {
    let recipients = message.get_data().await?.recipients;
    let attachments = match message.open_attachment_table().await {
        Ok(table) => {
            table.set_columns(&ATTACHMENT_COLUMNS).await?;
            rows::read(&table, ATTACHMENT_COLUMNS.len(), 0, None).await?
        }
        // A backend need not know attachments.
        Err(error) if rows::is_missing_table(&error) => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    Ok(Parts { recipients, attachments })
}

fn print_parts(out: &mut Output, parts: &Parts) -> anyhow::Result<()> {
    if !parts.recipients.rows.is_empty() {
        out.line("")?;
        let columns = &parts.recipients.columns;
        let titles = columns.iter().map(|tag| rows::title(*tag));
        let mut table = Table::new(std::iter::once("RECIPIENT".to_owned()).chain(titles));
        for recipient in &parts.recipients.rows {
            let cells = columns.iter().zip(&recipient.cells).map(|(tag, value)| {
                value.as_ref().map(|value| mapistore::property::display(*tag, value)).unwrap_or_default()
            });
            table.row(std::iter::once(kind_name(recipient.kind).to_owned()).chain(cells));
        }
        out.table(&table)?;
    }
    if !parts.attachments.is_empty() {
        out.line("")?;
        let mut table = Table::new(["ATTACHMENT", "SIZE", "TYPE", "NAME"]);
        for cells in &parts.attachments {
            table.row(ATTACHMENT_COLUMNS.iter().zip(cells).map(|(tag, cell)| rows::text(*tag, cell)));
        }
        out.table(&table)?;
    }
    Ok(())
}

fn kind_name(kind: RecipientKind) -> &'static str {
    match kind {
        RecipientKind::Originator => "originator",
        RecipientKind::To => "to",
        RecipientKind::Cc => "cc",
        RecipientKind::Bcc => "bcc",
    }
}

/// What the mailbox calls its named properties (MS-OXPROPS 1.3.2): the set, and the number or name in it.
fn names(session: &Session<'_>, user: &str, properties: &Properties) -> anyhow::Result<Names> {
    let named: Vec<PropertyTag> =
        properties.iter().map(|(tag, _)| *tag).filter(|tag| *tag >= FIRST_NAMED).collect();
    if named.is_empty() {
        return Ok(Names::new());
    }
    let ids: Vec<u16> = named.iter().map(|tag| property_id(*tag)).collect();
    let found = session.runtime.index().names_of_ids(&Owner::parse(user)?, &ids)?;
    let called = |property: NamedProperty| {
        let text = format!("{:032x}", property.set);
        let guid = [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-");
        match property.name {
            PropertyName::Lid(lid) => format!("{{{guid}}} {lid:#06x}"),
            PropertyName::Text(name) => format!("{{{guid}}} {name}"),
        }
    };
    Ok(named.into_iter().zip(found).filter_map(|(tag, found)| Some((tag, called(found?)))).collect())
}

fn property_id(tag: PropertyTag) -> u16 {
    let [high, low, ..] = tag.to_be_bytes();
    u16::from_be_bytes([high, low])
}

fn properties_json(properties: &Properties, names: &Names) -> Value {
    let property = |(tag, cell): &(PropertyTag, Cell)| {
        json!({
            "tag": format!("{tag:#010x}"),
            "name": mapistore::property::name_of(*tag).or(names.get(tag).map(String::as_str)),
            "value": rows::cell_json(*tag, cell),
        })
    };
    properties.iter().map(property).collect()
}

fn object(columns: &[PropertyTag], cells: &[Cell]) -> Value {
    let fields = columns.iter().zip(cells);
    Value::Object(fields.map(|(tag, cell)| (rows::key(*tag), rows::cell_json(*tag, cell))).collect())
}

fn recipients_json(table: &RecipientTable) -> Value {
    let recipient = |row: &mapistore::types::Recipient| {
        let cells = table.columns.iter().zip(&row.cells).map(|(tag, value)| {
            let value = value.as_ref().map_or(Value::Null, |value| mapistore::property::to_json(*tag, value));
            (rows::key(*tag), value)
        });
        json!({
            "kind": kind_name(row.kind),
            "username": row.username,
            "properties": cells.collect::<Map<_, _>>(),
        })
    };
    table.rows.iter().map(recipient).collect()
}

impl Cat {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        if session.out.is_json() {
            return Err(Complaint::usage("`cat` prints bytes, and `--json` has no form for them").into());
        }
        let user = self.who.name()?;
        let place = session.locate(&user, &self.uri).await?;
        let message = place.folder.open_message(place.message()?, false).await?;
        let stream = message.open_stream(MIME, StreamAccess::Read).await?;
        stream.read_to(|piece| session.out.bytes(piece)).await?;
        Ok(Exit::Done)
    }
}
