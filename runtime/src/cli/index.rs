//! `index get|find|dump|load|verify|stats|compact`: the map of ids and URIs by hand.

use clap::Subcommand;
use mapistore::Runtime;
use mapistore::index::{BATCH_MAX, DumpEntry, Entry, Fmid, LmdbIndex, Owner, Scope, Uri};
use serde_json::{Value, json};

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::load::Load;
use super::output::{Output, Table};
use super::session::{Session, Who};
use super::settings::Settings;

/// See the module.
#[derive(Subcommand)]
pub(crate) enum Index {
    /// Prints the record of an id or a URI.
    Get {
        /// `0x` and 16 hex digits, or a URI.
        #[arg(value_name = "FMID|URI")]
        key: String,
        #[command(flatten)]
        who: Who,
    },
    /// Lists the live records whose URI matches a pattern.
    Find {
        /// A URI with one `*` in it, which stands for anything: `notes://alice/*`, `*/INBOX/`, `notes://*.eml`.
        #[arg(value_parser = parse_pattern)]
        pattern: Pattern,
        #[command(flatten)]
        who: Who,
    },
    /// Lists all records, tombstones too.
    Dump {
        /// Only those of this owner.
        #[arg(long, value_name = "USER")]
        user: Option<String>,
    },
    /// Puts records under the ids that they had elsewhere.
    Load(Load),
    /// Checks every record against every other way to it.
    Verify,
    /// Prints what the index holds.
    Stats,
    /// Gives the room back that deleted records took. Nobody may use the data directory meanwhile.
    Compact,
}

/// What stands before and after the `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    prefix: String,
    suffix: String,
}

/// IX-16: exactly one `*`.
fn parse_pattern(text: &str) -> Result<Pattern, String> {
    match text.split_once('*') {
        Some((prefix, suffix)) if !suffix.contains('*') => {
            Ok(Pattern { prefix: prefix.to_owned(), suffix: suffix.to_owned() })
        }
        Some(_) => Err("a pattern has one `*`, and this has more".into()),
        None => Err("a pattern has one `*`; `index get` looks up one URI".into()),
    }
}

impl Index {
    pub(crate) fn run(self, session: &mut Session<'_>) -> Outcome {
        match self {
            Self::Get { key, who } => get(session, &key, &who.name()?),
            Self::Find { pattern, who } => find(session, &pattern, &who.name()?),
            Self::Dump { user } => dump(session, user),
            Self::Load(load) => load.run(session),
            Self::Verify => verify(session),
            Self::Stats => stats(session),
            // Done before there is a session.
            Self::Compact => Ok(Exit::Done),
        }
    }
}

fn scope(user: &str) -> anyhow::Result<Scope> {
    Ok(Scope::operator(Owner::parse(user)?))
}

fn state(soft_deleted: bool) -> &'static str {
    if soft_deleted { "deleted" } else { "live" }
}

fn entry_json(entry: &Entry) -> Value {
    json!({ "id": entry.id.to_string(), "uri": entry.uri, "soft_deleted": entry.soft_deleted })
}

fn get(session: &mut Session<'_>, key: &str, user: &str) -> Outcome {
    let index = session.runtime.index();
    let found = if key.contains("://") {
        index.get_ids(&scope(user)?, &[Uri::parse(key)?])?
    } else {
        let id: Fmid = key.parse().map_err(|error| {
            Complaint::usage(format!("`{key}` is neither an id nor a URI")).because(error)
        })?;
        index.get_uris(&scope(user)?, &[id])?
    };
    let Some(entry) = found.into_iter().next().flatten() else {
        return Err(Complaint::refused(format!("the index of `{user}` does not have `{key}`")).into());
    };
    if session.out.is_json() {
        session.out.json(&entry_json(&entry))?;
    } else {
        session.out.line(&format!("{}  {}  {}", entry.id, state(entry.soft_deleted), entry.uri))?;
    }
    Ok(Exit::Done)
}

fn find(session: &mut Session<'_>, pattern: &Pattern, user: &str) -> Outcome {
    let scope = scope(user)?;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page =
            session.runtime.index().find(&scope, &pattern.prefix, &pattern.suffix, after, BATCH_MAX)?;
        after = page.last().map(|entry| entry.id);
        let full = page.len() == BATCH_MAX;
        found.extend(page);
        if !full {
            break;
        }
    }
    if session.out.is_json() {
        session.out.json(&json!({ "records": found.iter().map(entry_json).collect::<Vec<_>>() }))?;
    } else {
        for entry in &found {
            session.out.line(&format!("{}  {}", entry.id, entry.uri))?;
        }
    }
    Ok(Exit::Done)
}

fn dump(session: &mut Session<'_>, user: Option<String>) -> Outcome {
    let mut usages = session.runtime.index().owners()?;
    if let Some(user) = user {
        let user = Owner::parse(user)?;
        usages.retain(|usage| usage.owner == user);
    }
    // With the counters, so that a load hands no id out again that was in use.
    let counters: Vec<_> =
        usages.iter().map(|usage| json!({ "owner": usage.owner.as_str(), "ids": usage.ids })).collect();
    let owners: Vec<Owner> = usages.into_iter().map(|usage| usage.owner).collect();
    let mut documents = Vec::new();
    for owner in owners {
        let mut after = None;
        loop {
            let page = session.runtime.index().dump(&owner, after, BATCH_MAX)?;
            after = page.last().map(|entry| entry.id);
            if session.out.is_json() {
                documents.extend(page.iter().map(|entry| dump_json(&owner, entry)));
            } else {
                for entry in &page {
                    let state = state(entry.deleted.is_some());
                    session.out.line(&format!("{owner}  {}  {state}  {}", entry.id, entry.uri))?;
                }
            }
            if page.len() < BATCH_MAX {
                break;
            }
        }
    }
    if session.out.is_json() {
        session.out.json(&json!({ "owners": counters, "records": documents }))?;
    }
    Ok(Exit::Done)
}

fn dump_json(owner: &Owner, entry: &DumpEntry) -> Value {
    json!({
        "owner": owner.as_str(),
        "id": entry.id.to_string(),
        "uri": entry.uri,
        "soft_deleted": entry.deleted.is_some(),
        "deleted_at": entry.deleted.map(|number| number.to_string()),
    })
}

fn verify(session: &mut Session<'_>) -> Outcome {
    let report = session.runtime.index().verify()?;
    if session.out.is_json() {
        session.out.json(&json!({
            "clean": report.is_clean(),
            "owners": report.owners,
            "live": report.live,
            "tombstones": report.tombstones,
            "problem_count": report.problem_count,
            "problems": report.problems,
        }))?;
    } else {
        let (owners, live, tombstones) = (report.owners, report.live, report.tombstones);
        session.out.line(&format!(
            "{owners} owners, {live} live records, {tombstones} tombstones: {} problems",
            report.problem_count
        ))?;
        for problem in &report.problems {
            session.out.line(problem)?;
        }
    }
    Ok(if report.is_clean() { Exit::Done } else { Exit::Refused })
}

/// `index compact`, which opens the index by itself.
pub(crate) fn compact(settings: &Settings, out: &mut Output) -> Outcome {
    let (before, after) = LmdbIndex::compact(&Runtime::index_dir(&settings.data_dir))?;
    if out.is_json() {
        out.json(&json!({ "bytes_before": before, "bytes_after": after }))?;
    } else {
        out.line(&format!("{before} bytes before, {after} after"))?;
    }
    Ok(Exit::Done)
}

fn stats(session: &mut Session<'_>) -> Outcome {
    let (stats, owners) = (session.runtime.index().stats()?, session.runtime.index().owners()?);
    if session.out.is_json() {
        let owners: Vec<_> = owners
            .iter()
            .map(|usage| {
                json!({
                    "owner": usage.owner.as_str(),
                    "live": usage.live,
                    "tombstones": usage.tombstones,
                    "named_properties": usage.properties,
                    "ids": usage.ids,
                    "change_numbers": usage.change_numbers,
                })
            })
            .collect();
        session.out.json(&json!({
            "owner_count": stats.owners,
            "live": stats.live,
            "tombstones": stats.tombstones,
            "folders": stats.folders,
            "named_properties": stats.properties,
            "disk_bytes": stats.disk_bytes,
            "owners": owners,
        }))?;
        return Ok(Exit::Done);
    }
    session.out.pairs([
        ("owners", stats.owners.to_string()),
        ("live records", stats.live.to_string()),
        ("tombstones", stats.tombstones.to_string()),
        ("folders", stats.folders.to_string()),
        ("named properties", stats.properties.to_string()),
        ("bytes on disk", stats.disk_bytes.to_string()),
    ])?;
    if !owners.is_empty() {
        session.out.line("")?;
    }
    let mut table = Table::new(["OWNER", "LIVE", "TOMBSTONES", "NAMED PROPERTIES", "IDS", "CHANGE NUMBERS"]);
    for usage in &owners {
        let numbers = [usage.live, usage.tombstones, usage.properties, usage.ids, usage.change_numbers];
        table.row(std::iter::once(usage.owner.to_string()).chain(numbers.map(|number| number.to_string())));
    }
    session.out.table(&table)?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ix_16_a_pattern_has_exactly_one_star() {
        let pattern =
            |prefix: &str, suffix: &str| Ok(Pattern { prefix: prefix.into(), suffix: suffix.into() });
        assert_eq!(parse_pattern("a://b*"), pattern("a://b", ""));
        assert_eq!(parse_pattern("*.eml"), pattern("", ".eml"));
        assert_eq!(parse_pattern("a://*.eml"), pattern("a://", ".eml"));
        assert_eq!(parse_pattern("*"), pattern("", ""));
        assert!(
            parse_pattern("a://b").is_err() && parse_pattern("**").is_err() && parse_pattern("").is_err()
        );
    }

    #[test]
    fn in_a_pattern_percent_and_underscore_mean_themselves() {
        assert_eq!(parse_pattern("a%_*"), Ok(Pattern { prefix: "a%_".into(), suffix: String::new() }));
    }
}
