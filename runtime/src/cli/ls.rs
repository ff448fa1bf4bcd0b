//! `ls`: the sub-folders and messages of a folder.

use clap::Args;
use mapistore::Folder;
use mapistore::types::{Cell, PropertyTag, TableKind};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::failure::Exit;
use super::locate::{FOLDER_ID, MID};
use super::output::Table;
use super::rows;
use super::session::{Session, Who};

/// PidTagFolderId, PidTagDisplayName, PidTagContentCount, PidTagContentUnreadCount.
const FOLDER_COLUMNS: [PropertyTag; 4] = [FOLDER_ID, 0x3001_001F, 0x3602_0003, 0x3603_0003];
/// PidTagMid, PidTagMessageDeliveryTime, PidTagSentRepresentingName, PidTagMessageSize, PidTagSubject.
const MESSAGE_COLUMNS: [PropertyTag; 5] = [MID, 0x0E06_0040, 0x0042_001F, 0x0E08_0003, 0x0037_001F];

/// See the module.
#[derive(Args)]
pub(crate) struct Ls {
    /// The folder.
    uri: String,
    #[command(flatten)]
    who: Who,
    /// Ids, counts, dates, senders, sizes and subjects too.
    #[arg(short)]
    long: bool,
}

/// A row with the URI of what it stands for.
type Listed = (Option<String>, Vec<Cell>);

impl Ls {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let place = session.locate_folder(&user, &self.uri).await?;
        let folders = listed(session, &user, &place.folder, TableKind::Hierarchy, &FOLDER_COLUMNS).await?;
        let messages = listed(session, &user, &place.folder, TableKind::Contents, &MESSAGE_COLUMNS).await?;
        if session.out.is_json() {
            let folder_names = ["id", "name", "messages", "unread"];
            let message_names = ["id", "received", "from", "size", "subject"];
            session.out.json(&json!({
                "uri": place.folder_uri,
                "id": place.folder_id.to_string(),
                "folders": objects(&folders, &FOLDER_COLUMNS, &folder_names),
                "messages": objects(&messages, &MESSAGE_COLUMNS, &message_names),
            }))?;
        } else if self.long {
            print_long(session, &folders, &FOLDER_COLUMNS, &["ID", "NAME", "MESSAGES", "UNREAD", "URI"])?;
            if !folders.is_empty() && !messages.is_empty() {
                session.out.line("")?;
            }
            let titles = ["ID", "RECEIVED", "FROM", "SIZE", "SUBJECT", "URI"];
            print_long(session, &messages, &MESSAGE_COLUMNS, &titles)?;
        } else {
            for (uri, _) in folders.iter().chain(&messages) {
                session.out.line(uri.as_deref().unwrap_or("(no URI)"))?;
            }
        }
        Ok(Exit::Done)
    }
}

async fn listed(
    session: &Session<'_>,
    user: &str,
    folder: &Folder,
    kind: TableKind,
    columns: &[PropertyTag],
) -> anyhow::Result<Vec<Listed>> {
    let table = match folder.open_table(kind).await {
        Ok(table) => table,
        // A backend without folders below its root has no hierarchy table.
        Err(error) if rows::is_missing_table(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    table.set_columns(columns).await?;
    let rows = rows::read(&table, columns.len(), 0, None).await?;
    // A row without an id has no URI; 0 is never an id.
    let id = |row: &Vec<Cell>| row.first().and_then(rows::id).unwrap_or(mapistore::index::Fmid(0));
    let uris = session.uris_of(user, &rows.iter().map(id).collect::<Vec<_>>())?;
    Ok(uris.into_iter().zip(rows).collect())
}

fn objects(listed: &[Listed], columns: &[PropertyTag], names: &[&str]) -> Vec<Value> {
    let object = |(uri, cells): &Listed| {
        let mut object = Map::new();
        object.insert("uri".into(), json!(uri));
        for ((name, tag), cell) in names.iter().zip(columns).zip(cells) {
            object.insert((*name).into(), rows::cell_json(*tag, cell));
        }
        Value::Object(object)
    };
    listed.iter().map(object).collect()
}

fn print_long(
    session: &mut Session<'_>,
    listed: &[Listed],
    columns: &[PropertyTag],
    titles: &[&str],
) -> anyhow::Result<()> {
    let mut table = Table::new(titles.iter().copied());
    for (uri, cells) in listed {
        let mut row: Vec<_> = columns.iter().zip(cells).map(|(tag, cell)| rows::text(*tag, cell)).collect();
        row.push(uri.clone().unwrap_or_default());
        table.row(row);
    }
    session.out.table(&table)
}
