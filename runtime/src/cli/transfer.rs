//! `mv` and `cp`: within a context by its backend; between contexts by a backend that claims it, else message by message
//! through their MIME bytes. A source is deleted only after its copy was saved.

use anyhow::Context as _;
use clap::Args;
use mapistore::index::{BATCH_MAX, Fmid, Globcnt, Owner, Scope};
use mapistore::types::{
    Capabilities, DeleteMode, Property, PropertyTag, PropertyValue, StreamAccess, TransferItem,
};
use mapistore::{CHUNK_BYTES, TransferSource};
use serde_json::json;

use super::Outcome;
use super::change::{DISPLAY_NAME, settle};
use super::failure::{Complaint, Exit};
use super::locate::{Group, Place};
use super::session::{Session, Who};
use super::show::MIME;

/// PidTagMessageFlags, in which `READ` is mfRead.
const MESSAGE_FLAGS: PropertyTag = 0x0E07_0003;
const READ: i32 = 1;
/// PidTagMessageDeliveryTime.
const DELIVERY_TIME: PropertyTag = 0x0E06_0040;

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
            let moved = if group.place.context.id() == target.context.id() {
                let source = TransferSource::Folder(&group.place.folder);
                by_backend(session, &user, &group, source, &target, copy, &mut worst).await
            } else if moves_between_contexts(session, &group.place, &target)? {
                let source = TransferSource::Uri(group.place.folder_uri.clone());
                by_backend(session, &user, &group, source, &target, copy, &mut worst).await
            } else {
                by_bytes(session, &user, &group, &target, copy, &mut worst).await
            };
            match moved {
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

/// Whether one backend serves both contexts, and moves between them by itself.
fn moves_between_contexts(session: &Session<'_>, source: &Place, target: &Place) -> anyhow::Result<bool> {
    let backend = target.context.backend();
    if source.context.backend() != backend {
        return Ok(false);
    }
    let claimed = session.runtime.inspect(backend)?.info.capabilities;
    Ok(claimed.contains(Capabilities::CROSS_CONTEXT_MOVE))
}

async fn by_backend(
    session: &Session<'_>,
    user: &str,
    group: &Group,
    source: TransferSource<'_>,
    target: &Place,
    copy: bool,
    worst: &mut Exit,
) -> anyhow::Result<Vec<Transferred>> {
    if group.messages.len() > BATCH_MAX {
        let text =
            format!("{} messages of one folder, at most {BATCH_MAX} are allowed", group.messages.len());
        return Err(Complaint::usage(text).into());
    }
    let new_ids = fresh_ids(session, user, group.messages.len())?;
    let items = group.messages.iter().zip(&new_ids);
    let items = items.map(|((mid, _), new)| TransferItem { source: mid.0, target: new.0, keys: None });
    let outcomes = target.folder.move_copy_messages(source, items.collect(), copy).await?;
    let what = if copy { "copied" } else { "moved" };
    let done = settle(session, worst, &group.messages, &outcomes, what);
    let mut transferred = Vec::with_capacity(done.len());
    for ((mid, uri), new) in group.messages.iter().zip(&new_ids) {
        if done.iter().any(|(id, _)| id == mid) {
            transferred.push((uri.clone(), *new, target.uri_of(*new).await.ok()));
        }
    }
    Ok(transferred)
}

/// Ids that follow each other, in one transaction.
fn fresh_ids(session: &Session<'_>, user: &str, count: usize) -> anyhow::Result<Vec<Fmid>> {
    let scope = Scope::operator(Owner::parse(user)?);
    let range = session.runtime.index().reserve(&scope, u32::try_from(count)?)?;
    let first = range.first.globcnt().context("the index handed out an id that is none")?;
    let ids = (first.get()..).take(count).filter_map(Globcnt::new).map(Fmid::from);
    Ok(ids.collect())
}

async fn by_bytes(
    session: &Session<'_>,
    user: &str,
    group: &Group,
    target: &Place,
    copy: bool,
    worst: &mut Exit,
) -> anyhow::Result<Vec<Transferred>> {
    let mut transferred = Vec::new();
    for (mid, uri) in &group.messages {
        match one_by_bytes(session, user, group, *mid, target, copy).await {
            Ok((new, to)) => transferred.push((uri.clone(), new, to)),
            Err(error) => session.refuse(worst, &error.context(format!("`{uri}` stays where it is"))),
        }
    }
    Ok(transferred)
}

async fn one_by_bytes(
    session: &Session<'_>,
    user: &str,
    group: &Group,
    mid: Fmid,
    target: &Place,
    copy: bool,
) -> anyhow::Result<(Fmid, Option<String>)> {
    let source = group.place.folder.open_message(mid, false).await?;
    let bytes = source.open_stream(MIME, StreamAccess::Read).await?;
    let new_id = session.runtime.allocate_id(user)?;
    let new = target.folder.create_message(new_id, false).await?;
    let written = new.open_stream(MIME, StreamAccess::Create).await?;
    let mut offset = 0;
    loop {
        let piece = bytes.read(offset, u32::try_from(CHUNK_BYTES)?).await?;
        if piece.is_empty() {
            break;
        }
        written.write(offset, &piece).await?;
        offset += piece.len() as u64;
    }
    written.commit().await?;
    drop(written);

    // What the bytes do not say: when it was delivered, and whether it was read. A backend that keeps neither
    // stores the message all the same.
    let cells = source.get_properties(&[DELIVERY_TIME, MESSAGE_FLAGS]).await?;
    if let Some(Ok(value @ PropertyValue::Time(_))) = cells.first() {
        let delivered = Property { tag: DELIVERY_TIME, value: value.clone() };
        if let Err(error) = new.set_properties(vec![delivered]).await {
            session.reporter.warn(&anyhow::Error::new(error).context("the delivery time was not kept"));
        }
    }
    new.save(false).await?;
    if let Some(Ok(PropertyValue::Integer32(flags))) = cells.get(1)
        && let Err(error) = new.set_read_flag(flags & READ != 0).await
    {
        session.reporter.warn(&anyhow::Error::new(error).context("the read flag was not kept"));
    }
    drop((new, bytes, source));

    let to = target.uri_of(new_id).await.ok();
    if !copy {
        let outcomes = group.place.folder.delete_messages(&[mid], DeleteMode::Soft).await;
        let refused = match outcomes.map(|mut outcomes| outcomes.pop().map(|outcome| outcome.outcome)) {
            Ok(Some(Ok(()))) => None,
            Ok(Some(Err(code))) => Some(Complaint::refused(mapistore::code_name(code)).into()),
            Ok(None) => Some(Complaint::refused("the backend says nothing about it").into()),
            Err(error) => Some(anyhow::Error::new(error)),
        };
        if let Some(error) = refused {
            let at = to.as_deref().unwrap_or("in the target");
            return Err(
                error.context(format!("its copy is complete (`{at}`), but the original was not deleted"))
            );
        }
    }
    Ok((new_id, to))
}

/// Moves or copies a folder below another of the same context, under its own name; answers its new URI where that is
/// known.
async fn whole_folder(place: &Place, target: &Place, copy: bool) -> anyhow::Result<Option<String>> {
    if place.context.id() != target.context.id() {
        let complaint = Complaint::usage("a folder moves and copies within its context only");
        return Err(complaint.hint("make the folder with `mkdir`, and transfer its messages").into());
    }
    let name = match place.folder.get_properties(&[DISPLAY_NAME]).await?.pop() {
        Some(Ok(PropertyValue::Text(name))) => name,
        _ => return Err(Complaint::refused("the folder has no name (PidTagDisplayName)").into()),
    };
    if copy {
        place.folder.copy_to(&target.folder, true, &name).await?;
        return Ok(None);
    }
    place.folder.move_to(Some(&target.folder), &name).await?;
    Ok(place.uri_of(place.folder_id).await.ok())
}
