//! `rm`, `mkdir` and `mark`: changes within one folder.

use anyhow::Context as _;
use clap::{ArgGroup, Args};
use mapistore::code_name;
use mapistore::index::Fmid;
use mapistore::types::{DeleteMode, ItemOutcome, Property, PropertyTag, PropertyValue};
use serde_json::json;

use super::Outcome;
use super::failure::{Complaint, Exit};
use super::session::{Session, Who};

/// PidTagDisplayName.
pub(crate) const DISPLAY_NAME: PropertyTag = 0x3001_001F;

/// `rm`.
#[derive(Args)]
pub(crate) struct Rm {
    /// The messages and folders.
    #[arg(required = true, value_name = "URI")]
    uris: Vec<String>,
    #[command(flatten)]
    who: Who,
    /// For good: no tombstone stays.
    #[arg(long)]
    hard: bool,
    /// Folders too, with all that is in them.
    #[arg(short)]
    recursive: bool,
}

/// `mkdir`.
#[derive(Args)]
pub(crate) struct Mkdir {
    /// The folder to make it in.
    uri: String,
    /// The display name of the new folder.
    name: String,
    #[command(flatten)]
    who: Who,
}

/// `mark`.
#[derive(Args)]
#[command(group(ArgGroup::new("flag").required(true).args(["read", "unread"])))]
pub(crate) struct Mark {
    /// The messages.
    #[arg(required = true, value_name = "URI")]
    uris: Vec<String>,
    #[command(flatten)]
    who: Who,
    /// They were read.
    #[arg(long)]
    read: bool,
    /// They were not read.
    #[arg(long)]
    unread: bool,
}

/// Reports the items of a batch that were refused; answers the URIs of the others.
pub(crate) fn settle(
    session: &Session<'_>,
    worst: &mut Exit,
    wanted: &[(Fmid, String)],
    outcomes: &[ItemOutcome],
    what: &str,
) -> Vec<(Fmid, String)> {
    let outcome_of = |id: Fmid| outcomes.iter().find(|outcome| outcome.id == id.0);
    let mut done = Vec::new();
    for (id, uri) in wanted {
        match outcome_of(*id).map(|outcome| outcome.outcome) {
            Some(Ok(())) => done.push((*id, uri.clone())),
            Some(Err(code)) => {
                let text = format!("`{uri}` was not {what}: {}", code_name(code));
                session.refuse(worst, &Complaint::refused(text).into());
            }
            None => {
                let text = format!("`{uri}` was not {what}: the backend says nothing about it");
                session.refuse(worst, &Complaint::refused(text).into());
            }
        }
    }
    done
}

impl Rm {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let mode = if self.hard { DeleteMode::Hard } else { DeleteMode::Soft };
        let (mut removed, mut worst) = (Vec::new(), Exit::Done);
        let (groups, folders) = session.locate_all(&user, &self.uris, &mut worst).await;
        for group in groups {
            let ids: Vec<_> = group.messages.iter().map(|(id, _)| *id).collect();
            match group.place.folder.delete_messages(&ids, mode).await {
                Ok(outcomes) => {
                    removed.extend(settle(session, &mut worst, &group.messages, &outcomes, "deleted"));
                }
                Err(error) => session.refuse(&mut worst, &error.into()),
            }
        }
        for (place, uri) in folders {
            let deleted = if place.path.is_empty() {
                let complaint = Complaint::refused(format!("`{uri}` is the root of a context and stays"));
                Err(complaint.hint("delete what is in it").into())
            } else if self.recursive {
                place.folder.delete_tree(mode).await.with_context(|| format!("`{uri}` was not deleted"))
            } else {
                let complaint = Complaint::usage(format!("`{uri}` is a folder"));
                Err(complaint.hint("`-r` deletes a folder and all that is in it").into())
            };
            match deleted {
                Ok(()) => removed.push((place.folder_id, uri)),
                Err(error) => session.refuse(&mut worst, &error),
            }
        }
        report_changed(session, "removed", &removed)?;
        Ok(worst)
    }
}

/// Prints what was changed: for people nothing, since they named it.
fn report_changed(session: &mut Session<'_>, key: &str, changed: &[(Fmid, String)]) -> anyhow::Result<()> {
    if !session.out.is_json() {
        return Ok(());
    }
    let changed: Vec<_> =
        changed.iter().map(|(id, uri)| json!({ "id": id.to_string(), "uri": uri })).collect();
    session.out.json(&json!({ key: changed }))
}

impl Mkdir {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let place = session.locate_folder(&user, &self.uri).await?;
        let id = session.runtime.allocate_id(&user)?;
        let name = Property { tag: DISPLAY_NAME, value: PropertyValue::Text(self.name) };
        let made = place.folder.create_folder(id, vec![name]).await?;
        drop(made);
        let uri = place.uri_of(id).await.context("it was made, but its URI is not known")?;
        if session.out.is_json() {
            session.out.json(&json!({ "id": id.to_string(), "uri": uri }))?;
        } else {
            session.out.line(&format!("{id}  {uri}"))?;
        }
        Ok(Exit::Done)
    }
}

impl Mark {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        let user = self.who.name()?;
        let (mut marked, mut worst) = (Vec::new(), Exit::Done);
        let (groups, folders) = session.locate_all(&user, &self.uris, &mut worst).await;
        for (_, uri) in folders {
            let complaint =
                Complaint::usage(format!("`{uri}` is a folder, and only messages are read or not"));
            session.refuse(&mut worst, &complaint.into());
        }
        for group in groups {
            let ids: Vec<_> = group.messages.iter().map(|(id, _)| *id).collect();
            match group.place.folder.set_read_flags(&ids, self.read).await {
                Ok(outcomes) => {
                    marked.extend(settle(session, &mut worst, &group.messages, &outcomes, "marked"))
                }
                Err(error) => session.refuse(&mut worst, &error.into()),
            }
        }
        report_changed(session, "marked", &marked)?;
        Ok(worst)
    }
}
