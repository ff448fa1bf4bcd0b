//! What is done to a folder with all that is below it: delete, move, copy.

use crate::{
    ids,
    item::stamp,
    mailbox::{Mailbox, order, publish},
    uri,
};
use mapistore_sdk::{
    Error, Result, index,
    notifications::{Event, Transfer, folder as object},
    tags::{PID_TAG_DISPLAY_NAME, PID_TAG_PREDECESSOR_CHANGE_LIST},
    types::{DeleteMode, Fid, Fmid},
};
use std::{collections::BTreeMap, rc::Rc};

/// Deletes a folder (MS-OXCFOLD 2.2.1.3).
///
/// # Errors
/// `denied` for the root; `exists` if it is not empty and `recursive` is false.
pub(crate) fn delete(mailbox: &Mailbox, id: Fid, mode: DeleteMode, recursive: bool) -> Result<()> {
    if mailbox.is_root(id) {
        return Err(Error::denied("the root of a context cannot be deleted"));
    }
    let (parent, empty) = mailbox.folder(id, |folder| (folder.parent, folder.items.is_empty()))?;
    let folders = mailbox.subtree(id);
    if !recursive && (!empty || folders.len() > 1) {
        return Err(Error::exists("the folder is not empty"));
    }
    let mut gone: Vec<Fmid> = folders.clone();
    for &id in &folders {
        mailbox.folder(id, |folder| gone.extend(folder.items.keys().map(|&(_, id)| id)))?;
    }
    ids::remove(&gone, mode)?;
    mailbox.forget(&folders);
    let mut events = vec![Event::Deleted(object(id))];
    events.extend(parent.map(Event::TableChanged));
    publish(&events);
    Ok(())
}

/// Moves a folder below another one, or makes it a root (MS-OXCFOLD 2.2.1.7); renames it. All ids stay.
///
/// # Errors
/// `denied` for the root; `invalid-parameter` for a target inside; `exists` if the name is taken.
pub(crate) fn move_to(mailbox: &Mailbox, id: Fid, target: Option<Fid>, name: &str) -> Result<()> {
    if mailbox.is_root(id) {
        return Err(Error::denied("the root of a context stays where it is"));
    }
    let folders = mailbox.subtree(id);
    if target.is_some_and(|target| folders.contains(&target)) {
        return Err(Error::invalid_parameter("a folder cannot be moved into itself"));
    }
    let (parent, old) = mailbox.folder(id, |folder| (folder.parent, folder.uri.clone()))?;
    if target == parent
        && mailbox.folder(id, |folder| folder.properties.get_text(PID_TAG_DISPLAY_NAME) == Some(name))?
    {
        return Ok(());
    }
    let new = mailbox.free_place(target, name)?;
    index::rename_prefix(&old, &new)?;
    for &id in &folders {
        mailbox.folder_mut(id, |folder| {
            let moved = folder.uri.replacen(&old, &new, 1);
            folder.former_uris.push(std::mem::replace(&mut folder.uri, moved));
        })?;
    }
    mailbox.folder_mut(id, |folder| {
        folder.parent = target;
        folder.properties.set(PID_TAG_DISPLAY_NAME, name);
    })?;
    if target != parent {
        publish(&[Event::Moved(Transfer { to: object(id), source: object(id) })]);
        publish(&parent.map(Event::TableChanged).into_iter().collect::<Vec<_>>());
    }
    mailbox.touch(id, vec![PID_TAG_DISPLAY_NAME])
}

/// Copies a folder below another one (MS-OXCFOLD 2.2.1.8). Everything in the copy has a fresh id.
///
/// # Errors
/// `invalid-parameter` for a target inside that would be copied too; `exists` if the name is taken.
pub(crate) fn copy_to(mailbox: &Mailbox, id: Fid, target: Fid, recursive: bool, name: &str) -> Result<()> {
    let folders = if recursive { mailbox.subtree(id) } else { vec![id] };
    if recursive && folders.contains(&target) {
        return Err(Error::invalid_parameter("a folder cannot be copied into itself"));
    }
    let uri = mailbox.free_place(Some(target), name)?;

    // What there will be, by what there is: parents come before their children.
    let fresh = ids::reserve(folders.len())?;
    let copies: BTreeMap<Fid, Fid> = folders.iter().copied().zip(fresh).collect();
    let mut places: BTreeMap<Fid, (Fid, String)> = BTreeMap::from([(id, (target, uri))]);
    let mut records = Vec::new();
    let mut items = Vec::new();
    for &id in &folders {
        let uri = places[&id].1.clone();
        records.push((copies[&id], uri.clone()));
        let kept: Vec<_> = mailbox.folder(id, |folder| folder.items.values().cloned().collect())?;
        for (item, new) in kept.iter().zip(ids::reserve(kept.len())?) {
            records.push((new, uri::message(&uri, new, item.associated)));
            items.push((copies[&id], item.renumbered(new)));
        }
        for child in mailbox.children(id) {
            let name = mailbox.folder(child, |child| {
                child.properties.get_text(PID_TAG_DISPLAY_NAME).unwrap_or_default().to_owned()
            })?;
            places.insert(child, (copies[&id], uri::folder(&uri, &name)));
        }
    }
    let numbers = ids::numbers(folders.len() + items.len())?;
    ids::add(&records)?;

    let mut numbers = numbers.into_iter();
    for &id in &folders {
        let (parent, uri) = places[&id].clone();
        let (mut properties, permissions) =
            mailbox.folder(id, |folder| (folder.properties.clone(), folder.permissions.clone()))?;
        properties.remove(PID_TAG_PREDECESSOR_CHANGE_LIST);
        stamp(&mut properties, mailbox.replica(), numbers.next().unwrap_or_default());
        mailbox.insert(copies[&id], parent, uri, properties, permissions);
    }
    mailbox.folder_mut(copies[&id], |copy| copy.properties.set(PID_TAG_DISPLAY_NAME, name))?;
    for ((folder, mut item), number) in items.into_iter().zip(numbers) {
        item.properties.remove(PID_TAG_PREDECESSOR_CHANGE_LIST);
        item.finish(Some(folder), mailbox.replica(), number);
        mailbox.folder_mut(folder, |folder| folder.items.insert(order(item.id), Rc::new(item)))?;
    }
    let transfer = Transfer { to: object(copies[&id]), source: object(id) };
    publish(&[Event::Copied(transfer), Event::TableChanged(target)]);
    Ok(())
}
