//! NO: what a backend announces (MS-OXCNOTIF). It need not announce anything; what it announces has to be true.

use crate::bindings::mapistore::backend::notifications::{Event, Object};
use crate::bindings::mapistore::backend::types::{Capabilities as C, DeleteMode, ErrorCode as E};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, refused};
use crate::conformance::trial::{Trial, all_done};

const WRITE: &[C] = &[C::WRITE_MESSAGES];

const fn b(
    id: &'static str,
    sentence: &'static str,
    needs: &'static [C],
    show: fn(&Trial<'_>) -> Done,
) -> Behaviour {
    Behaviour::of(id, sentence, needs, show)
}

#[rustfmt::skip]
pub(crate) static BEHAVIOURS: &[Behaviour] = &[
    b("NO-05", "What is announced as created or modified is in the folder that is named.", WRITE, created),
    b("NO-06", "Nothing is announced of a message that is never saved, nor of a call that is refused.", WRITE, nothing),
    b("NO-07", "A deletion is announced of the message that was deleted, and of no other.", WRITE, deleted),
    b("NO-08", "Listing, opening and reading announce nothing.", WRITE, reading),
];

fn events(trial: &Trial<'_>) -> Vec<Event> {
    trial.events()
}

/// Ends the trial if there was something to announce and nothing was.
fn need_events(trial: &Trial<'_>) -> Done {
    if events(trial).is_empty() {
        return Err(Stop::NotClaimed("it announces nothing".into()));
    }
    Ok(())
}

fn created(trial: &Trial<'_>) -> Done {
    let (context, root) = trial.start()?;
    let root_id = trial.root_fid(&context)?;
    let id = trial.add(&root, "announced")?;
    let message = root.open_message(id, true)?;
    message.save(true)?;
    need_events(trial)?;
    for event in events(trial) {
        let target = match &event {
            Event::Created(target) | Event::NewMail(target) => *target,
            Event::Modified(modification) => modification.target,
            Event::TableChanged(folder) => Object { folder: *folder, message: None },
            other => return Err(Stop::Failed(format!("creating and saving announced {other:?}"))),
        };
        let right = target.folder == root_id.0 && target.message.is_none_or(|mid| mid == id.0);
        demand!(right, "announced was {event:?}: the folder is {root_id}, and the message {id}");
    }
    Ok(())
}

fn nothing(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let message = trial.compose(&root, "never saved")?;
    drop(message);
    let unknown = trial.id()?;
    refused("opening what is not there", root.open_message(unknown, false), &[E::NotFound])?;
    let announced = events(trial);
    demand!(announced.is_empty(), "announced was {announced:?}");
    Ok(())
}

fn deleted(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let (stays, goes) = (trial.add(&root, "stays")?, trial.add(&root, "goes")?);
    let before = events(trial).len();
    all_done("deleting", &root.delete_messages(&[goes], DeleteMode::Hard)?)?;
    let announced = events(trial).split_off(before);
    if announced.is_empty() {
        return Err(Stop::NotClaimed("it announces no deletions".into()));
    }
    for event in announced {
        let right = match &event {
            Event::Deleted(target) => target.message == Some(goes.0),
            Event::TableChanged(_) => true,
            Event::Modified(modification) => modification.target.message.is_none(),
            _ => false,
        };
        demand!(right, "announced was {event:?}: {goes} was deleted, and {stays} was not");
    }
    Ok(())
}

fn reading(trial: &Trial<'_>) -> Done {
    let (_context, root) = trial.start()?;
    let id = trial.add(&root, "read")?;
    let before = events(trial).len();
    let message = root.open_message(id, false)?;
    let tags = message.list_properties()?;
    message.get_properties(&tags)?;
    trial.rows(
        &root,
        crate::bindings::mapistore::backend::types::TableKind::Contents,
        &[crate::conformance::tag::MID],
    )?;
    let announced = events(trial).split_off(before);
    demand!(announced.is_empty(), "reading announced {announced:?}");
    Ok(())
}
