//! FA: faults of the host in the middle of an operation. Afterwards there is the old state or the new one, never a mixture;
//! nothing that was acknowledged is missing; and the operation can be done again.
//!
//! Each behaviour does one thing for one fresh owner after another: the first one's first operation of the host fails, the
//! next one's second, and so on, until one meets no fault.

use std::collections::BTreeMap;

use crate::bindings::mapistore::backend::types::{
    Capabilities as C, DeleteMode, ErrorCode as E, PropertyValue as V, RecipientKind, TableKind,
};
use crate::conformance::behaviour::Behaviour;
use crate::conformance::expect::{Done, Stop, demand, id_in, or_code};
use crate::conformance::handles::{Folder, Message};
use crate::conformance::sample;
use crate::conformance::tag;
use crate::conformance::trial::{Trial, all_done, flags_done, property, text};
use crate::error::CallError;
use crate::host::fault::Fault;
use crate::index::Fmid;

const WRITE: &[C] = &[C::WRITE_MESSAGES];
const FILED: &[C] = &[C::WRITE_MESSAGES, C::FOLDERS];
/// No operation of a backend needs more operations of the host.
const OPERATIONS_MAX: usize = 200;

#[rustfmt::skip]
pub(crate) static BEHAVIOURS: &[Behaviour] = &[
    b("FA-01", "A new message whose save meets a full disk, a failing index or a failing store is there whole, or not at all.", WRITE, |trial| refused(trial, &NEW)),
    b("FA-02", "A changed message whose save meets one is the old one or the new one.", WRITE, |trial| refused(trial, &CHANGE)),
    b("FA-03", "A deletion that meets one is done, or nothing of it.", WRITE, |trial| refused(trial, &DELETE)),
    b("FA-04", "A move that meets one leaves the message in one of the two folders, whole.", FILED, |trial| refused(trial, &MOVE)),
    b("FA-05", "A copy that meets one leaves the source, and a whole copy or none.", FILED, |trial| refused(trial, &COPY)),
    b("FA-06", "A folder whose creation meets one is there, or not.", FILED, |trial| refused(trial, &MKDIR)),
    b("FA-07", "A folder whose renaming meets one has the old name or the new one, and its contents.", FILED, |trial| refused(trial, &RENAME)),
    b("FA-08", "A read flag whose setting meets one is set, or not.", WRITE, |trial| refused(trial, &MARK)),
    b("FA-11", "A new message whose save is cut off is there whole, or not at all.", WRITE, |trial| lost(trial, &NEW)),
    b("FA-12", "A changed message whose save is cut off is the old one or the new one.", WRITE, |trial| lost(trial, &CHANGE)),
    b("FA-13", "A deletion that is cut off is done, or nothing of it.", WRITE, |trial| lost(trial, &DELETE)),
    b("FA-14", "A move that is cut off leaves the message in one of the two folders, whole.", FILED, |trial| lost(trial, &MOVE)),
    b("FA-15", "A copy that is cut off leaves the source, and a whole copy or none.", FILED, |trial| lost(trial, &COPY)),
    b("FA-16", "A folder whose creation is cut off is there, or not.", FILED, |trial| lost(trial, &MKDIR)),
    b("FA-17", "A folder whose renaming is cut off has the old name or the new one, and its contents.", FILED, |trial| lost(trial, &RENAME)),
    b("FA-18", "A read flag whose setting is cut off is set, or not.", WRITE, |trial| lost(trial, &MARK)),
    b("FA-21", "A context that is dropped between any two calls of a change leaves the old state or the new one.", WRITE, dropped_between),
];

const fn b(
    id: &'static str,
    sentence: &'static str,
    needs: &'static [C],
    show: fn(&Trial<'_>) -> Done,
) -> Behaviour {
    Behaviour::of(id, sentence, needs, show)
}

/// What is done while faults come.
struct Scene {
    /// What has to be there before; answers the object that it is about.
    prepare: fn(&Trial<'_>, &Folder) -> Done<Fmid>,
    /// What is done, with the object.
    act: fn(&Trial<'_>, &Folder, Fmid) -> Done,
}

const NEW: Scene = Scene { prepare: |_, _| Ok(Fmid(0)), act: |trial, root, _| laden(trial, root, "new") };
const CHANGE: Scene =
    Scene { prepare: prepared, act: |trial, root, id| change(trial, &root.open_message(id, true)?) };
const DELETE: Scene = Scene {
    prepare: prepared,
    act: |_, root, id| all_done("deleting", &root.delete_messages(&[id], DeleteMode::Soft)?),
};
const MOVE: Scene =
    Scene { prepare: prepared_in_folder, act: |trial, root, id| transfer(trial, root, id, false) };
const COPY: Scene =
    Scene { prepare: prepared_in_folder, act: |trial, root, id| transfer(trial, root, id, true) };
const MKDIR: Scene =
    Scene { prepare: |_, _| Ok(Fmid(0)), act: |trial, root, _| trial.add_folder(root, "New").map(drop) };
const RENAME: Scene = Scene {
    prepare: |trial, root| {
        let folder = trial.add_folder(root, "Old name")?;
        laden(trial, &folder, "inside")?;
        let below = trial.add_folder(&folder, "Below")?;
        laden(trial, &below, "further down")?;
        Ok(folder.id)
    },
    act: |_, root, id| {
        let problems = root.open_folder(id)?.set_properties(vec![sample::name("New name")])?;
        crate::conformance::trial::no_problems("renaming", &problems)
    },
};
const MARK: Scene = Scene {
    prepare: |trial, root| {
        let id = prepared(trial, root)?;
        flags_done("clearing the read flag", root.set_read_flags(&[id], false))?;
        Ok(id)
    },
    act: |_, root, id| all_done("marking", &root.set_read_flags(&[id], true)?),
};

/// Writes a message with recipients and an attachment, as far as the backend has them.
fn laden(trial: &Trial<'_>, folder: &Folder, name: &str) -> Done {
    let message = trial.compose(folder, name)?;
    fill(trial, &message, "first")?;
    message.save(false).map(drop)
}

fn fill(trial: &Trial<'_>, message: &Message, content: &str) -> Done {
    let address = format!("{content}@example.org");
    let to = sample::recipients(&[(RecipientKind::To, content, &address)]);
    or_code(message.set_recipients(to), &[E::NotImplemented])?;
    if trial.claims(C::ATTACHMENTS) {
        let (_, attachment) = message.create_attachment()?;
        attachment.set_properties(vec![
            property(tag::ATTACH_METHOD, V::Integer32(tag::BY_VALUE)),
            text(tag::ATTACH_LONG_FILENAME, &format!("{content}.bin")),
            property(tag::ATTACH_DATA_BINARY, V::Binary(content.repeat(100).into_bytes())),
        ])?;
        attachment.save()?;
    }
    Ok(())
}

fn prepared(trial: &Trial<'_>, root: &Folder) -> Done<Fmid> {
    laden(trial, root, "bystander")?;
    laden(trial, root, "old")?;
    let rows = trial.rows(root, TableKind::Contents, &[tag::MID, trial.marker()?])?;
    let old = rows.iter().find(|row| row.get(1) == Some(&Ok(V::Text("old".into()))));
    id_in("PidTagMid", old.and_then(|row| row.first()).unwrap_or(&Err(E::NotFound)))
}

fn prepared_in_folder(trial: &Trial<'_>, root: &Folder) -> Done<Fmid> {
    trial.add_folder(root, "Target")?;
    prepared(trial, root)
}

fn change(trial: &Trial<'_>, message: &Message) -> Done {
    message.set_properties(vec![text(trial.marker()?, "changed")])?;
    fill(trial, message, "second")?;
    message.save(false).map(drop)
}

fn transfer(trial: &Trial<'_>, root: &Folder, id: Fmid, copy: bool) -> Done {
    let folders = trial.ids(root, TableKind::Hierarchy)?;
    let target = root.open_folder(folders.first().copied().unwrap_or(Fmid(0)))?;
    all_done(if copy { "copying" } else { "moving" }, &target.take(root, vec![trial.item(id)?], copy)?)
}

/// All that a mailbox shows, by the names of folders: without ids, which differ from owner to owner.
type Picture = BTreeMap<String, Vec<String>>;

fn picture(trial: &Trial<'_>, folder: &Folder, name: &str, all: &mut Picture) -> Done {
    let ids = trial.ids(folder, TableKind::Contents)?;
    let count = usize::try_from(folder.get_child_count(TableKind::Contents)?).unwrap_or(usize::MAX);
    demand!(count == ids.len(), "`{name}/` counts {count} messages and lists {}", ids.len());
    let mut messages = Vec::new();
    for id in ids {
        let message = folder.open_message(id, false)?;
        let flags = match message.get(tag::MESSAGE_FLAGS)? {
            Ok(V::Integer32(flags)) => flags & tag::READ,
            _ => 0,
        };
        let mut facts = format!("{}, {flags}, ", trial.marker_of(&message)?);
        for (_, name, address) in sample::recipient_facts(&message.get_data()?.recipients) {
            facts.push_str(&format!("to {name} <{address}>, "));
        }
        if trial.claims(C::ATTACHMENTS) {
            for number in message.list_attachments()? {
                let attachment = message.open_attachment(number, false)?;
                let cells =
                    attachment.get_properties(&[tag::ATTACH_LONG_FILENAME, tag::ATTACH_DATA_BINARY])?;
                facts.push_str(&format!("{cells:?}, "));
            }
        }
        messages.push(facts);
    }
    messages.sort();
    all.insert(format!("{name}/"), messages);
    if trial.claims(C::FOLDERS) {
        for row in trial.rows(folder, TableKind::Hierarchy, &[tag::FOLDER_ID, tag::DISPLAY_NAME])? {
            let [id, Ok(V::Text(called))] = row.as_slice() else {
                return Err(Stop::Failed(format!("a row of the hierarchy table is {row:?}")));
            };
            picture(
                trial,
                &folder.open_folder(id_in("PidTagFolderId", id)?)?,
                &format!("{name}/{called}"),
                all,
            )?;
        }
    }
    Ok(())
}

fn whole(trial: &Trial<'_>, root: &Folder) -> Done<Picture> {
    let mut all = Picture::new();
    picture(trial, root, "", &mut all)?;
    Ok(all)
}

/// An owner of its own for each fault; its calls are told if it shows something.
fn for_owner<R>(trial: &Trial<'_>, name: &str, work: impl FnOnce(&Trial<'_>) -> Done<R>) -> Done<R> {
    let own = Trial::new(trial.kit, format!("{}-{name}", trial.owner));
    let result = work(&own);
    if result.is_err() {
        own.log.lines().iter().for_each(|line| trial.log.remark(line));
    }
    result
}

/// The picture before and after, if nothing fails.
fn undisturbed(trial: &Trial<'_>, scene: &Scene) -> Done<(Picture, Picture)> {
    for_owner(trial, "undisturbed", |own| {
        let (_context, root) = own.start()?;
        let id = (scene.prepare)(own, &root)?;
        let before = whole(own, &root)?;
        (scene.act)(own, &root, id)?;
        Ok((before, whole(own, &root)?))
    })
}

/// Errors that a fault may end in: whatever the backend says, and the end of its context.
fn is_of_fault(stop: &Stop) -> bool {
    match stop {
        Stop::Call(CallError::Answered { .. } | CallError::OverLimit { .. }) => true,
        // An outcome of a batch, or a problem of a property.
        Stop::Failed(_) => true,
        _ => false,
    }
}

fn told(picture: &Picture) -> String {
    picture
        .iter()
        .map(|(folder, messages)| format!("{folder}: [{}]", messages.join(" | ")))
        .collect::<Vec<_>>()
        .join("; ")
}

/// Does the scene with one fault; false if the fault did not come.
fn disturbed(
    own: &Trial<'_>,
    scene: &Scene,
    (before, after): &(Picture, Picture),
    fault: Fault,
    at: usize,
) -> Done<bool> {
    let (context, root) = own.start()?;
    let id = (scene.prepare)(own, &root)?;
    own.log.remark(&format!("from here on, operation {at} meets {fault:?}"));
    own.kit.faults.arm(&own.owner, fault, at);
    let done = (scene.act)(own, &root, id);
    let came = own.kit.faults.disarm(&own.owner);
    own.log.remark("from here on, nothing fails");
    let acknowledged = match done {
        Ok(()) => true,
        Err(stop) if came && is_of_fault(&stop) => false,
        Err(stop) => return Err(stop),
    };
    // What a context in memory holds goes with it: there, the same one has to be right.
    let (_context, root) = match own.kit.is_durable() {
        true => own.reopen(context, root)?,
        false => (context, root),
    };
    let what = format!("after a fault ({fault:?}) of operation {at}");
    let found = whole(own, &root)?;
    demand!(
        found == *after || !acknowledged && found == *before,
        "{what} there is {}; {} the new state is {}",
        told(&found),
        if acknowledged {
            "it was acknowledged, and".to_owned()
        } else {
            format!("the old state is {}, and", told(before))
        },
        told(after)
    );
    if found == *before && before != after {
        (scene.act)(own, &root, id)?;
        let found = whole(own, &root)?;
        demand!(found == *after, "{what}, done again, there is {}; {} is right", told(&found), told(after));
    }
    Ok(came)
}

fn each(trial: &Trial<'_>, scene: &Scene, fault: fn(usize) -> Fault) -> Done {
    let pictures = undisturbed(trial, scene)?;
    for at in 1..OPERATIONS_MAX {
        let came = for_owner(trial, &at.to_string(), |own| disturbed(own, scene, &pictures, fault(at), at))?;
        if !came {
            trial.log.remark(&format!("{} operations of the host, each of which failed once", at - 1));
            return Ok(());
        }
    }
    Err(Stop::Failed("there is no end of operations".into()))
}

fn refused(trial: &Trial<'_>, scene: &Scene) -> Done {
    each(trial, scene, |at| if at.is_multiple_of(2) { Fault::Io } else { Fault::NoSpace })
}

fn lost(trial: &Trial<'_>, scene: &Scene) -> Done {
    trial.reopen_needed()?;
    // Before the first operation nothing was done; before each other is after the one before it.
    each(trial, scene, |_| Fault::Lost)
}

fn dropped_between(trial: &Trial<'_>) -> Done {
    trial.reopen_needed()?;
    let (before, after) = undisturbed(trial, &CHANGE)?;
    for calls in 0..OPERATIONS_MAX {
        let ended = for_owner(trial, &format!("cut-{calls}"), |own| {
            let (context, root) = own.start()?;
            let id = (CHANGE.prepare)(own, &root)?;
            own.log.remark(&format!("the context is dropped after {calls} calls"));
            own.log.cut_after(calls);
            let done = (CHANGE.act)(own, &root, id);
            own.log.go_on();
            let ended = match done {
                Ok(()) => true,
                Err(Stop::Cut) => false,
                Err(stop) => return Err(stop),
            };
            let (_context, root) = own.reopen(context, root)?;
            let found = whole(own, &root)?;
            let right = if ended { found == after } else { found == before || found == after };
            demand!(right, "after {calls} calls there is {}", told(&found));
            Ok(ended)
        })?;
        if ended {
            return Ok(());
        }
    }
    Err(Stop::Failed("there is no end of calls".into()))
}
