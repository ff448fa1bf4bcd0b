//! What is done to a folder with all that is below it: delete, move, copy.

use crate::{
    journal::{self, Entry},
    mailbox::{Mailbox, publish},
    message::write,
    record::Folder,
    store::{Store, Write, folder_key, rows_prefix},
    transfer, uri,
};
use mapistore_sdk::{
    Error, Result,
    held::{Keeper, stamp},
    ids, index,
    notifications::{Event, Modification, Transfer, folder as object},
    tags::{PID_TAG_DISPLAY_NAME, PID_TAG_PREDECESSOR_CHANGE_LIST},
    types::{DeleteMode, Fid, Fmid, Mid, Role},
};
use std::collections::BTreeMap;

/// How many messages of a folder are erased in one step.
const STEP: usize = 4_000;

/// All messages of a folder, associated ones too.
fn messages(mailbox: &Mailbox, folder: Fid) -> Result<Vec<Mid>> {
    let mut found = mailbox.store.ids(&rows_prefix(folder, false))?;
    found.extend(mailbox.store.ids(&rows_prefix(folder, true))?);
    Ok(found)
}

/// Takes folders, parents first, out of the index and the store with all that is in them. Done again, it goes on.
///
/// # Errors
/// The index or the store fails.
pub(crate) fn erase(mailbox: &Mailbox, folders: &[Fid], mode: DeleteMode) -> Result<()> {
    // From below: as long as a folder is there, so are the folders that lead to it.
    for &folder in folders.iter().rev() {
        for part in messages(mailbox, folder)?.chunks(STEP) {
            ids::remove(part, mode)?;
            transfer::erase(mailbox, folder, part)?;
        }
        ids::remove(&[folder], mode)?;
        let blob = mailbox.store.blob_of(&folder_key(folder))?;
        let keys = Store::blob_keys(&blob.into_iter().collect::<Vec<_>>()).into_iter();
        mailbox.store.delete(&keys.chain([folder_key(folder)]).collect::<Vec<_>>())?;
    }
    Ok(())
}

/// Deletes a folder (MS-OXCFOLD 2.2.1.3).
///
/// # Errors
/// `denied` for the root; `exists` if it is not empty and `recursive` is false.
pub(crate) fn delete(mailbox: &Mailbox, id: Fid, mode: DeleteMode, recursive: bool) -> Result<()> {
    if mailbox.is_root(id) {
        return Err(Error::denied("the root of a context cannot be deleted"));
    }
    let parent = mailbox.folder(id)?.parent;
    let folders = mailbox.subtree(id)?;
    if !recursive && (folders.len() > 1 || !messages(mailbox, id)?.is_empty()) {
        return Err(Error::exists("the folder is not empty"));
    }
    let key = journal::key()?;
    mailbox.store.begin(&key, &Entry::DeleteTree { folder: id, soft: mode == DeleteMode::Soft })?;
    erase(mailbox, &folders, mode)?;
    mailbox.store.settle(key);
    let mut events = vec![Event::Deleted(object(id))];
    events.extend(parent.map(Event::TableChanged));
    publish(&events);
    Ok(())
}

/// Renames a folder. Nothing else changes: URIs have ids in them.
///
/// # Errors
/// `exists` if the name is taken.
pub(crate) fn rename(mailbox: &Mailbox, id: Fid, name: &str) -> Result<()> {
    let folder = mailbox.folder(id)?;
    if folder.properties.get_text(PID_TAG_DISPLAY_NAME) == Some(name) {
        return Ok(());
    }
    mailbox.check_name(folder.parent, folder.role, name)?;
    mailbox.change(id, vec![PID_TAG_DISPLAY_NAME], |folder| {
        folder.properties.set(PID_TAG_DISPLAY_NAME, name);
        Ok(())
    })
}

/// Moves a folder below another one, or makes it a root (MS-OXCFOLD 2.2.1.7); renames it. All ids stay.
///
/// # Errors
/// `denied` for the root; `invalid-parameter` for a target inside; `exists` if the name is taken.
pub(crate) fn move_to(mailbox: &Mailbox, id: Fid, target: Option<Fid>, name: &str) -> Result<()> {
    if mailbox.is_root(id) {
        return Err(Error::denied("the root of a context stays where it is"));
    }
    let parent = mailbox.folder(id)?.parent;
    if let Some(target) = target {
        mailbox.check(target)?;
        if mailbox.subtree(id)?.contains(&target) {
            return Err(Error::invalid_parameter("a folder cannot be moved into itself"));
        }
    }
    if parent == target {
        return rename(mailbox, id, name);
    }
    mailbox.check_name(target, target.is_none().then_some(Role::Fallback), name)?;
    let old = mailbox.uri(id)?;
    let new = match target {
        Some(target) => uri::folder(&mailbox.uri(target)?, id),
        None => uri::folder(mailbox.user_uri(), id),
    };
    let key = journal::key()?;
    let (name, entry_old) = (name.to_owned(), old.clone());
    let entry = Entry::MoveFolder {
        folder: id,
        parent: target,
        name: name.clone(),
        old: entry_old,
        new: new.clone(),
    };
    mailbox.store.begin(&key, &entry)?;
    carry(mailbox, id, target, &name, (&old, &new), &key)?;
    publish(&[Event::Moved(Transfer { to: object(id), source: object(id) })]);
    let modified = Event::Modified(Modification { target: object(id), tags: vec![PID_TAG_DISPLAY_NAME] });
    publish(&parent.into_iter().map(Event::TableChanged).chain([modified]).collect::<Vec<_>>());
    publish(&target.map(Event::TableChanged).into_iter().collect::<Vec<_>>());
    Ok(())
}

/// Carries a folder to its new parent, as the entry says that has this key: the index first, then the store together with the
/// end of the entry. Done again, it goes on.
///
/// # Errors
/// The index or the store fails; if the index refuses, the entry ends.
pub(crate) fn carry(
    mailbox: &Mailbox,
    id: Fid,
    parent: Option<Fid>,
    name: &str,
    (old, new): (&str, &str),
    key: &str,
) -> Result<()> {
    // The root of the main context has the URI that all others begin with: from below it to beside it is no change of URI.
    if old != new
        && mailbox.uri(id)? != new
        && let Err(error) = index::rename_prefix(old, new)
    {
        mailbox.store.delete(&[key.to_owned()])?;
        return Err(error);
    }
    let mut folder = mailbox.folder(id)?;
    folder.parent = parent;
    folder.role = if parent.is_none() { Some(Role::Fallback) } else { None };
    folder.properties.set(PID_TAG_DISPLAY_NAME, name);
    stamp(&mut folder.properties, mailbox.replica, ids::number()?);
    mailbox.store.commit(&mailbox.write(id, &folder)?, Some((key, &Entry::Done)))?;
    mailbox.store.settle(key.to_owned());
    Ok(())
}

/// Copies a folder below another one (MS-OXCFOLD 2.2.1.8). Everything in the copy has a fresh id.
///
/// # Errors
/// `invalid-parameter` for a target inside that would be copied too; `exists` if the name is taken.
pub(crate) fn copy_to(mailbox: &Mailbox, id: Fid, target: Fid, recursive: bool, name: &str) -> Result<()> {
    mailbox.check(target)?;
    let folders = if recursive { mailbox.subtree(id)? } else { vec![id] };
    if recursive && folders.contains(&target) {
        return Err(Error::invalid_parameter("a folder cannot be copied into itself"));
    }
    mailbox.check_name(Some(target), None, name)?;
    let fresh = ids::reserve(folders.len())?;
    let top = fresh.first().copied().unwrap_or_default();
    let key = journal::key()?;
    mailbox.store.begin(&key, &journal::copy(fresh.clone()))?;
    if let Err(error) = fill(mailbox, &folders, &fresh, target, name, &key) {
        match erase(mailbox, &fresh, DeleteMode::Hard) {
            Ok(()) => mailbox.store.delete(&[key])?,
            // The next opening takes it back.
            Err(other) => log::error!("what was copied of folder `{id:#x}` is still there: {other}"),
        }
        return Err(error);
    }
    mailbox.store.settle(key);
    let transfer = Transfer { to: object(top), source: object(id) };
    publish(&[Event::Copied(transfer), Event::TableChanged(target)]);
    Ok(())
}

/// Fills the copies of folders, and then, with the end of the entry, puts the first one into its place.
fn fill(mailbox: &Mailbox, folders: &[Fid], fresh: &[Fid], target: Fid, name: &str, key: &str) -> Result<()> {
    let copies: BTreeMap<Fid, Fid> = folders.iter().copied().zip(fresh.iter().copied()).collect();
    let mut uris: BTreeMap<Fid, String> = BTreeMap::from([(target, mailbox.uri(target)?)]);
    let mut first: Option<(Fid, Folder)> = None;
    for (&source, &new) in folders.iter().zip(fresh) {
        let mut folder = mailbox.folder(source)?;
        let parent =
            folder.parent.and_then(|parent| copies.get(&parent)).copied().filter(|_| first.is_some());
        let parent = parent.unwrap_or(target);
        let uri = uri::folder(uris.get(&parent).map(String::as_str).unwrap_or_default(), new);
        folder.parent = Some(parent);
        folder.role = None;
        folder.properties.remove(PID_TAG_PREDECESSOR_CHANGE_LIST);
        stamp(&mut folder.properties, mailbox.replica, ids::number()?);
        let kept = messages(mailbox, source)?;
        let mut records: Vec<(Fmid, String)> = vec![(new, uri.clone())];
        for (id, copy) in kept.iter().zip(ids::reserve(kept.len())?) {
            // One that was deleted meanwhile is no part of the copy.
            let Some(item) = mailbox.message(source, *id)? else { continue };
            let mut item = mailbox.whole(&item)?.renumbered(copy);
            item.properties.remove(PID_TAG_PREDECESSOR_CHANGE_LIST);
            item.finish(Some(new), mailbox.replica(), ids::number()?);
            records.push((copy, uri::message(&uri, copy, item.associated)));
            let mut all = Write::default();
            write(&mut all, new, item)?;
            mailbox.store.commit(&all, None)?;
        }
        ids::add(&records)?;
        if first.is_none() {
            folder.properties.set(PID_TAG_DISPLAY_NAME, name);
            first = Some((new, folder));
        } else {
            mailbox.put(new, &folder)?;
        }
        uris.insert(new, uri);
    }
    match first {
        Some((id, folder)) => mailbox.store.commit(&mailbox.write(id, &folder)?, Some((key, &Entry::Done))),
        None => Ok(()),
    }
}
