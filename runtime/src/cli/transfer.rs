//! `mv` and `cp`: messages and folders, within a context, between contexts and between backends. The library does it.

use anyhow::Context as _;
use clap::Args;
use mapistore::index::{BATCH_MAX, Fmid};
use mapistore::types::PropertyValue;
use mapistore::{TransferLimits, TransferRequest};
use serde_json::json;

use super::Outcome;
use super::change::DISPLAY_NAME;
use super::failure::{Complaint, Exit};
use super::locate::{Group, Place};
use super::session::{Session, Who};

/// `mv`.
#[derive(Args)]
pub(crate) struct Mv {
    #[command(flatten)]
    what: What,
}

/// `cp`.
#[derive(Args)]
pub(crate) struct Cp {
    #[command(flatten)]
    what: What,
}

#[derive(Args)]
struct What {
    /// The messages and folders, and the folder to put them into as the last.
    #[arg(required = true, num_args = 2.., value_name = "URI")]
    uris: Vec<String>,
    #[command(flatten)]
    who: Who,
}

/// A URI before and after.
type Transferred = (String, Fmid, Option<String>);

impl Mv {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        self.what.run(session, false).await
    }
}

impl Cp {
    pub(crate) async fn run(self, session: &mut Session<'_>) -> Outcome {
        self.what.run(session, true).await
    }
}

impl What {
    async fn run(mut self, session: &mut Session<'_>, copy: bool) -> Outcome {
        let user = self.who.name()?;
        let Some(target) = self.uris.pop() else { return Err(Complaint::usage("there is no target").into()) };
        let target = session.locate_folder(&user, &target).await?;
        let (mut done, mut worst) = (Vec::new(), Exit::Done);
        let (groups, folders) = session.locate_all(&user, &self.uris, &mut worst).await;
        for group in groups {
            match messages(session, &group, &target, copy, &mut worst).await {
                Ok(moved) => done.extend(moved),
                Err(error) => session.refuse(&mut worst, &error),
            }
        }
        for (place, uri) in folders {
            match whole_folder(&place, &target, copy).await.with_context(|| format!("`{uri}` stays")) {
                Ok(new) => done.push((uri, place.folder_id, new)),
                Err(error) => session.refuse(&mut worst, &error),
            }
        }
        report(session, &done)?;
        Ok(worst)
    }
}

fn report(session: &mut Session<'_>, done: &[Transferred]) -> anyhow::Result<()> {
    if session.out.is_json() {
        let done: Vec<_> = done
            .iter()
            .map(|(from, id, to)| json!({ "from": from, "id": id.to_string(), "to": to }))
            .collect();
        return session.out.json(&json!({ "transferred": done }));
    }
    for (_, id, to) in done {
        session.out.line(&format!("{id}  {}", to.as_deref().unwrap_or("(no URI)")))?;
    }
    Ok(())
}

/// Transfers the messages of one folder; those that stay are reported.
async fn messages(
    session: &Session<'_>,
    group: &Group,
    target: &Place,
    copy: bool,
    worst: &mut Exit,
) -> anyhow::Result<Vec<Transferred>> {
    let what = if copy { "copied" } else { "moved" };
    let mut transferred = Vec::with_capacity(group.messages.len());
    for messages in group.messages.chunks(BATCH_MAX) {
        let requests: Vec<_> = messages.iter().map(|(mid, _)| TransferRequest::of(*mid)).collect();
        let answers = target.folder.transfer_messages(&group.place.folder, &requests, copy).await?;
        for ((_, uri), answer) in messages.iter().zip(answers) {
            match answer.outcome {
                Ok(lost) => {
                    if !lost.is_empty() {
                        let text = format!("`{uri}`: the target has no place for {} properties", lost.len());
                        session.reporter.warn(&anyhow::Error::msg(text));
                    }
                    let to = target.uri_of(answer.target).await.ok();
                    transferred.push((uri.clone(), answer.target, to));
                }
                Err(error) => {
                    let error = anyhow::Error::new(error).context(format!("`{uri}` was not {what}"));
                    session.refuse(worst, &error);
                }
            }
        }
    }
    Ok(transferred)
}

/// Moves or copies a folder below another, under its own name; answers its new URI where that is known.
async fn whole_folder(place: &Place, target: &Place, copy: bool) -> anyhow::Result<Option<String>> {
    let name = match place.folder.get_properties(&[DISPLAY_NAME]).await?.pop() {
        Some(Ok(PropertyValue::Text(name))) => name,
        _ => return Err(Complaint::refused("the folder has no name (PidTagDisplayName)").into()),
    };
    let limits = TransferLimits::default();
    let done = target.folder.transfer_folder(&place.folder, &name, copy, limits).await?;
    match done.folder {
        Some(folder) => Ok(target.uri_of(folder).await.ok()),
        None => Ok(None),
    }
}
