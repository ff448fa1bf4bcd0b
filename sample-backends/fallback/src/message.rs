//! Messages as they are kept: written with all that belongs to them, read with summaries of their attachments.

use crate::{
    mailbox::{Mailbox, publish},
    record::{AttachmentRecord, Head, RowRecord},
    store::{Blob, Write, message_key, row_key},
    uri,
};
use mapistore_sdk::{
    Error, ErrorCode, Result,
    held::{AttachmentItem, Item, Keeper},
    notifications::{self, Event, Modification},
    tags::PID_TAG_MESSAGE_DELIVERY_TIME,
    types::{Fid, Guid, Mid},
};
use std::rc::Rc;

/// Has a write keep a message in a folder; answers it as it will be kept.
///
/// # Errors
/// `too-big`; the index fails.
pub(crate) fn write(write: &mut Write, folder: Fid, mut item: Item) -> Result<Item> {
    let mut blobs = Vec::new();
    for attachment in item.attachments.values_mut() {
        let blob = match attachment.kept {
            Some(kept) => Blob(kept),
            None => {
                let blob = write.blob(&AttachmentRecord::whole(attachment))?;
                Rc::make_mut(attachment).kept = Some(blob.0);
                blob
            }
        };
        blobs.push(blob);
    }
    blobs.extend(write.record(message_key(item.id), &Head::new(folder, &item))?);
    let row = RowRecord::new(&item, blobs);
    write.record(row_key(folder, item.id, item.associated), &row)?;
    Ok(item)
}

/// Has a write keep a message in the place of the one with its id, whose blobs go unless the new one has them too.
///
/// # Errors
/// As [`write`]; `object-modified` if it has an attachment, unchanged, that somebody else has taken away since; the store fails.
pub(crate) fn rewrite(mailbox: &Mailbox, all: &mut Write, folder: Fid, item: Item) -> Result<Item> {
    let before = match mailbox.store.get::<RowRecord>(&row_key(folder, item.id, item.associated)) {
        // A row that cannot be read is replaced; what it led to stays.
        Err(error) if error.code == ErrorCode::Corrupted => None,
        row => row?.map(|row| row.blobs),
    };
    let kept: Vec<Blob> =
        item.attachments.values().filter_map(|attachment| attachment.kept.map(Blob)).collect();
    let before = before.unwrap_or_else(|| kept.clone());
    // The place of its contents is empty: not even a save by force can refer to it.
    if kept.iter().any(|blob| !before.contains(blob)) {
        return Err(Error::object_modified(
            "an attachment was changed or deleted since the message was opened",
        ));
    }
    all.garbage.extend(before.into_iter().filter(|blob| !kept.contains(blob)));
    write(all, folder, item)
}

impl Mailbox {
    /// The message with all of its attachments, as new ones: what a copy is made of.
    ///
    /// # Errors
    /// `corrupted` if one cannot be read.
    pub(crate) fn whole(&self, item: &Item) -> Result<Item> {
        let mut item = item.clone();
        for attachment in item.attachments.values_mut() {
            *attachment = self.attachment(attachment)?;
            Rc::make_mut(attachment).kept = None;
        }
        Ok(item)
    }

    /// A message of a folder; none if there is none, whether or not the folder is there.
    ///
    /// # Errors
    /// `corrupted` if it cannot be read.
    pub(crate) fn message(&self, folder: Fid, id: Mid) -> Result<Option<Item>> {
        let head = self.store.get::<Head>(&message_key(id))?;
        Ok(head.filter(|head| head.folder == folder).map(Head::item))
    }
}

impl Keeper for Mailbox {
    fn replica(&self) -> Guid {
        self.replica
    }

    fn item(&self, folder: Fid, id: Mid) -> Result<Option<Rc<Item>>> {
        self.check(folder)?;
        Ok(self.message(folder, id)?.map(Rc::new))
    }

    fn add(&self, folder: Fid, item: Item) -> Result<Rc<Item>> {
        self.check(folder)?;
        if self.store.exists(&message_key(item.id))? {
            return Err(Error::exists(format!("there is a message `{:#x}`", item.id)));
        }
        let uri = uri::message(&self.uri(folder)?, item.id, item.associated);
        let mut all = Write::default();
        let item = write(&mut all, folder, item)?;
        self.register(&all, item.id, uri)?;
        let object = notifications::message(folder, item.id);
        let mut events = vec![Event::Created(object), Event::TableChanged(folder)];
        // Who delivers mail says when (MS-OXOMSG 2.2.3.9).
        if !item.associated && item.properties.get(PID_TAG_MESSAGE_DELIVERY_TIME).is_some() {
            events.push(Event::NewMail(object));
        }
        publish(&events);
        Ok(Rc::new(item))
    }

    fn replace(&self, folder: Fid, item: Item) -> Result<Rc<Item>> {
        self.check(folder)?;
        let mut all = Write::default();
        let item = rewrite(self, &mut all, folder, item)?;
        self.store.commit(&all, None)?;
        let (target, tags) = (notifications::message(folder, item.id), Vec::new());
        publish(&[Event::Modified(Modification { target, tags }), Event::TableChanged(folder)]);
        Ok(Rc::new(item))
    }

    fn attachment(&self, item: &Rc<AttachmentItem>) -> Result<Rc<AttachmentItem>> {
        let Some(kept) = item.kept else { return Ok(Rc::clone(item)) };
        let whole = self.store.get_blob::<AttachmentRecord>(Blob(kept))?.attachment();
        Ok(Rc::new(AttachmentItem { kept: Some(kept), ..whole }))
    }

    /// They are kept as they are, beside the properties.
    fn takes_mime(&self) -> bool {
        true
    }
}
