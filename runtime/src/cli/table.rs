//! `table`: a table as a client would ask for it.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use mapistore::property::{parse_columns, parse_sort, parse_where};
use mapistore::types::{PropertyTag, TableKind};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::failure::Exit;
use super::locate::{FOLDER_ID, MID};
use super::output;
use super::rows;
use super::session::{Session, Who};

/// See the module.
#[derive(Args)]
pub(crate) struct Table {
    /// The folder; for `--kind attachments` the message.
    uri: String,
    #[command(flatten)]
    who: Who,
    /// Which rows.
    #[arg(long, default_value = "contents")]
    kind: Kind,
    /// Columns by PidTag name, short name or tag number, with commas between them.
    #[arg(long, value_name = "NAME,...")]
    columns: Option<String>,
    /// Only the rows that satisfy this, such as `subject ~ "invoice" and not read`.
    #[arg(long = "where", id = "restriction", value_name = "EXPR")]
    restriction: Option<String>,
    /// The order, such as `received:desc,subject`.
    #[arg(long, value_name = "NAME[:desc],...")]
    sort: Option<String>,
    /// At most so many rows.
    #[arg(long, value_name = "N")]
    limit: Option<u32>,
    /// Begin after so many rows.
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u32,
}

/// The kinds of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Hierarchy,
    Contents,
    Associated,
    Rules,
    Attachments,
    Permissions,
}

impl Kind {
    /// As it is written at the shell.
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn table_kind(self) -> TableKind {
        match self {
            Self::Hierarchy => TableKind::Hierarchy,
            Self::Contents => TableKind::Contents,
            Self::Associated => TableKind::Associated,
            Self::Rules => TableKind::Rules,
            Self::Attachments => TableKind::Attachments,
            Self::Permissions => TableKind::Permissions,
        }
    }

    /// The columns that people usually want.
    fn columns(self) -> &'static [PropertyTag] {
        match self {
            // PidTagDisplayName, PidTagContentCount, PidTagContentUnreadCount, PidTagSubfolders.
            Self::Hierarchy => &[FOLDER_ID, 0x3001_001F, 0x3602_0003, 0x3603_0003, 0x360A_000B],
            // PidTagMessageDeliveryTime, PidTagSentRepresentingName, PidTagMessageSize, PidTagSubject.
            Self::Contents => &[MID, 0x0E06_0040, 0x0042_001F, 0x0E08_0003, 0x0037_001F],
            // PidTagMessageClass, PidTagSubject.
            Self::Associated => &[MID, 0x001A_001F, 0x0037_001F],
            // PidTagRuleSequence, PidTagRuleState, PidTagRuleName.
            Self::Rules => &[0x6676_0003, 0x6677_0003, 0x6682_001F],
            // PidTagAttachNumber, PidTagAttachSize, PidTagAttachMimeTag, PidTagAttachLongFilename.
            Self::Attachments => &[0x0E21_0003, 0x0E20_0003, 0x370E_001F, 0x3707_001F],
            // PidTagMemberId, PidTagMemberRights, PidTagMemberName.
            Self::Permissions => &[0x6671_0014, 0x6673_0003, 0x6672_001F],
        }
    }
}

impl Table {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let columns = match &self.columns {
            Some(columns) => parse_columns(columns).context("`--columns` makes no sense")?,
            None => self.kind.columns().to_vec(),
        };
        let restriction =
            self.restriction.as_deref().map(parse_where).transpose().context("`--where` makes no sense")?;
        let order = self.sort.as_deref().map(parse_sort).transpose().context("`--sort` makes no sense")?;

        let user = self.who.name()?;
        let place = session.locate(&user, &self.uri).await?;
        let table = if self.kind == Kind::Attachments {
            place.folder.open_message(place.message()?, false).await?.open_attachment_table().await?
        } else {
            let opened = place.into_folder(&self.uri)?.folder.open_table(self.kind.table_kind()).await;
            opened
                .with_context(|| format!("cannot open the table `{}` of `{}`", self.kind.name(), self.uri))?
        };
        table.set_columns(&columns).await?;
        if restriction.is_some() {
            table.set_restriction(restriction).await?;
        }
        if order.is_some() {
            table.set_sort_order(order).await?;
        }
        let rows = rows::read(&table, columns.len(), self.offset, self.limit).await?;

        if session.out.is_json() {
            let object = |cells: &Vec<_>| {
                let fields = columns.iter().zip(cells);
                let fields = fields.map(|(tag, cell)| (rows::key(*tag), rows::cell_json(*tag, cell)));
                Value::Object(fields.collect::<Map<_, _>>())
            };
            let tags: Vec<_> = columns.iter().map(|tag| format!("{tag:#010x}")).collect();
            session.out.json(&json!({
                "columns": tags,
                "row_count": table.row_count().await?,
                "offset": self.offset,
                "rows": rows.iter().map(object).collect::<Vec<_>>(),
            }))?;
        } else {
            let mut printed = output::Table::new(columns.iter().map(|tag| rows::title(*tag)));
            for cells in &rows {
                printed.row(columns.iter().zip(cells).map(|(tag, cell)| rows::text(*tag, cell)));
            }
            session.out.table(&printed)?;
        }
        Ok(Exit::Done)
    }
}
