//! `index load`: records from another index, under the ids that they had there.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mapistore::index::{ChangeNumber, Fmid, Globcnt, LoadOutcome, LoadRecord, Owner, Uri};
use serde::Deserialize;
use serde_json::json;

use super::failure::{Complaint, Exit};
use super::session::{Session, Who};
use super::tdbdump::Dump;
use super::{Outcome, open_input};

/// How many records one transaction takes.
const BATCH: usize = 1_000;

/// `index load`.
#[derive(Args)]
pub(crate) struct Load {
    /// The file; `-` for stdin.
    file: PathBuf,
    /// What it is.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Whose index it is: with `tdbdump`, which does not say; with `json`, only this owner's are loaded.
    #[command(flatten)]
    who: Who,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// What `index dump --json` prints.
    Json,
    /// What `tdbdump indexing.tdb` prints, of an index of OpenChange.
    Tdbdump,
}

/// What one owner gets.
#[derive(Default)]
struct Part {
    records: Vec<LoadRecord>,
    globcnt: Option<Globcnt>,
}

/// What is to be loaded, and what cannot be.
#[derive(Default)]
struct Source {
    owners: BTreeMap<Owner, Part>,
    refused: Vec<String>,
}

/// `index dump --json`.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    owners: Vec<DocumentOwner>,
    records: Vec<DocumentRecord>,
}

#[derive(Deserialize)]
struct DocumentOwner {
    owner: String,
    ids: u64,
}

#[derive(Deserialize)]
struct DocumentRecord {
    owner: String,
    id: String,
    uri: String,
    soft_deleted: bool,
    deleted_at: Option<String>,
}

impl Load {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Outcome {
        let source = match self.format {
            Format::Json => self.json()?,
            Format::Tdbdump => self.tdbdump()?,
        };
        let (mut added, mut present, mut refused) = (0_u64, 0_u64, source.refused);
        for (owner, part) in source.owners {
            let mut records = part.records.as_slice();
            // At least once: the counter counts without records too.
            loop {
                let (batch, rest) = records.split_at(records.len().min(BATCH));
                let outcomes = session.runtime.index().load(&owner, batch, part.globcnt)?;
                for (record, outcome) in batch.iter().zip(outcomes) {
                    let (id, uri) = (record.id, &record.uri);
                    match outcome {
                        LoadOutcome::Added => added += 1,
                        LoadOutcome::Present => present += 1,
                        LoadOutcome::InvalidId => refused.push(format!("`{id}` is not an id of replica 1")),
                        LoadOutcome::IdTaken => refused.push(format!("the id `{id}` of `{uri}` is taken")),
                        LoadOutcome::UriTaken => refused.push(format!("the URI `{uri}` of `{id}` is taken")),
                    }
                }
                records = rest;
                if records.is_empty() {
                    break;
                }
            }
        }
        if session.out.is_json() {
            session.out.json(&json!({ "added": added, "present": present, "refused": refused }))?;
        } else {
            let count = refused.len();
            session.out.line(&format!("{added} records added, {present} were there, {count} refused"))?;
        }
        let mut worst = Exit::Done;
        for reason in refused {
            session.refuse(&mut worst, &Complaint::refused(reason).into());
        }
        Ok(worst)
    }

    fn tdbdump(&self) -> anyhow::Result<Source> {
        let owner = Owner::parse(self.who.name()?)?;
        let dump =
            Dump::read(BufReader::new(open_input(&self.file)?)).map_err(|error| self.unreadable(error))?;
        let mut records = dump.records;
        // Its own order is that of a hash table.
        records.sort_by_key(|record| record.id);
        let refused = dump.refused.into_iter().map(|(line, reason)| format!("line {line}: {reason}"));
        let part = Part { records, globcnt: dump.globcnt };
        Ok(Source { owners: BTreeMap::from([(owner, part)]), refused: refused.collect() })
    }

    fn json(&self) -> anyhow::Result<Source> {
        let document: Document = serde_json::from_reader(BufReader::new(open_input(&self.file)?))
            .map_err(|error| self.unreadable(error))?;
        let mut source = Source::default();
        let wanted = |owner: &str| self.who.user.as_deref().is_none_or(|user| user == owner);
        for owner in document.owners.into_iter().filter(|owner| wanted(&owner.owner)) {
            let part = source.owners.entry(Owner::parse(owner.owner)?).or_default();
            part.globcnt = Globcnt::new(owner.ids);
        }
        let mut records: Vec<_> =
            document.records.into_iter().filter(|record| wanted(&record.owner)).collect();
        // Tombstones get new change numbers, in the order of the old ones.
        records.sort_by_key(|record| {
            record.deleted_at.as_deref().and_then(|at| at.parse::<ChangeNumber>().ok())
        });
        for record in records {
            match parse_record(&record) {
                Ok((owner, parsed)) => source.owners.entry(owner).or_default().records.push(parsed),
                Err(error) => source.refused.push(format!("`{}`: {error}", record.id)),
            }
        }
        Ok(source)
    }

    fn unreadable(&self, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Complaint {
        Complaint::usage(format!("cannot load `{}`", self.file.display())).because(error)
    }
}

fn parse_record(record: &DocumentRecord) -> anyhow::Result<(Owner, LoadRecord)> {
    let id: Fmid = record.id.parse()?;
    let loaded = LoadRecord { id, uri: Uri::parse(record.uri.as_str())?, deleted: record.soft_deleted };
    Ok((Owner::parse(record.owner.as_str())?, loaded))
}
