//! Messages (MS-OXCMSG).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::lookup::Parent;
use super::{Attachment, PropertyStream, Table, property_calls};
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::notifications::{Event, Modification, Object};
use crate::bindings::mapistore::backend::types;
use crate::check;
use crate::context::guard::need;
use crate::context::{Handle, Live};
use crate::error::CallError;
use crate::events::Notice;
use crate::index::{ChangeNumber, Fmid};

/// A message of a folder, or one in an attachment.
pub struct Message {
    pub(crate) handle: Handle,
    /// What it is; none for a message in an attachment, which is part of another.
    object: Option<Object>,
    /// It was never saved.
    new: Arc<AtomicBool>,
}

/// PidTagMessageFlags.
const MESSAGE_FLAGS: types::PropertyTag = 0x0E07_0003;

property_calls!(Message, message, "message");

impl Message {
    pub(super) fn new(handle: Handle, folder: Fmid, id: Fmid, new: bool) -> Self {
        let object = Some(Object { folder: folder.0, message: Some(id.0) });
        Self { handle, object, new: Arc::new(AtomicBool::new(new)) }
    }

    pub(super) fn embedded(handle: Handle) -> Self {
        Self { handle, object: None, new: Arc::default() }
    }

    /// Nothing: what changes in a message is told when it is saved.
    fn changed(&self, _: Vec<types::PropertyTag>) -> Notice {
        Notice::default()
    }

    /// Its subject and its recipients (MS-OXCMSG 2.2.3.1.2).
    ///
    /// # Errors
    /// The call failed, or its answer breaks the contract.
    pub async fn get_data(&self) -> Result<types::MessageData, CallError> {
        let call = self.handle.checked(
            "message.get-data",
            |store, objects, this| objects.message().call_get_data(store, this),
            |data| check::recipients(&data.recipients),
        );
        call.await
    }

    /// Replaces all recipients; no rows remove them all.
    ///
    /// # Errors
    /// A row has not as many cells as there are columns, or one of another type; the call failed.
    pub async fn set_recipients(&self, recipients: types::RecipientTable) -> Result<(), CallError> {
        const FUNCTION: &str = "message.set-recipients";
        check::recipients(&recipients)
            .map_err(|problem| CallError::InvalidArgument { function: FUNCTION, problem })?;
        let call = self.handle.call(FUNCTION, move |store, objects, this| {
            store.data_mut().traffic.hand(&recipients);
            objects.message().call_set_recipients(store, this, &recipients)
        });
        call.await
    }

    /// Marks it read or unread (MS-OXCMSG 2.2.1.6). Durable when this answers.
    ///
    /// # Errors
    /// The call failed.
    pub async fn set_read_flag(&self, read: bool) -> Result<(), CallError> {
        let target = self.object.filter(|_| !self.new.load(Ordering::Relaxed));
        let changed = target.map(|target| Modification { target, tags: vec![MESSAGE_FLAGS] });
        let notice = changed.map(Event::Modified).map_or_else(Notice::default, Notice::of);
        let call = self.handle.change(
            "message.set-read-flag",
            move |store, objects, this| objects.message().call_set_read_flag(store, this, read),
            |()| notice,
        );
        call.await
    }

    /// Makes it durable and visible, and answers its new change number (MS-OXCMSG 2.2.3.3). `force` saves over what
    /// somebody else saved meanwhile.
    ///
    /// # Errors
    /// `object-modified`; the call failed, or its answer is no change number.
    pub async fn save(&self, force: bool) -> Result<ChangeNumber, CallError> {
        let (object, new) = (self.object, Arc::clone(&self.new));
        let notice = move || {
            let event = object.map(|target| match new.load(Ordering::Relaxed) {
                true => Event::Created(target),
                false => Event::Modified(Modification { target, tags: Vec::new() }),
            });
            event.map_or_else(Notice::default, Notice::of)
        };
        self.save_with(force, notice).await
    }

    /// Saves it; what is to be said of it, if that succeeds, the caller knows better.
    pub(crate) async fn save_with(
        &self,
        force: bool,
        notice: impl FnOnce() -> Notice + Send + 'static,
    ) -> Result<ChangeNumber, CallError> {
        const FUNCTION: &str = "message.save";
        let (new, guard) = (Arc::clone(&self.new), self.handle.guard.clone());
        let work = move |live: &mut Live, message| {
            let number = live.guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_objects().message().call_save(store, message, force)
            })?;
            if ChangeNumber(number).globcnt().is_none() {
                let problem = format!("`{number:#018x}` is not a change number");
                return Err(live.guest.invalid(FUNCTION, problem));
            }
            Ok(number)
        };
        let notice = move |_: &u64| {
            let notice = notice();
            new.store(false, Ordering::Relaxed);
            guard.saved();
            notice
        };
        Ok(ChangeNumber(self.handle.run_noticed(FUNCTION, need(FUNCTION), work, notice).await?))
    }

    /// Sends it (MS-OXOMSG 2.2.3.1).
    ///
    /// # Errors
    /// It has no recipients; the call failed.
    pub async fn submit(&self, mode: types::SubmitMode) -> Result<(), CallError> {
        let call = self.handle.call("message.submit", move |store, objects, this| {
            objects.message().call_submit(store, this, mode)
        });
        call.await
    }

    /// The numbers of its attachments.
    ///
    /// # Errors
    /// The call failed.
    pub async fn list_attachments(&self) -> Result<Vec<types::AttachNum>, CallError> {
        let call = self.handle.call("message.list-attachments", |store, objects, this| {
            objects.message().call_list_attachments(store, this)
        });
        call.await
    }

    /// Opens an attachment by its number.
    ///
    /// # Errors
    /// There is none of this number; the call failed.
    pub async fn open_attachment(
        &self,
        number: types::AttachNum,
        read_write: bool,
    ) -> Result<Attachment, CallError> {
        let call = self.handle.open("message.open-attachment", move |store, objects, this| {
            objects.message().call_open_attachment(store, this, number, read_write)
        });
        Ok(Attachment::new(call.await?))
    }

    /// A new attachment and its number.
    ///
    /// # Errors
    /// The call failed.
    pub async fn create_attachment(&self) -> Result<(types::AttachNum, Attachment), CallError> {
        let call = self.handle.open_with("message.create-attachment", |store, objects, this| {
            let created = objects.message().call_create_attachment(store, this)?;
            Ok(created.map(|(number, attachment)| (attachment, number)))
        });
        let (handle, number) = call.await?;
        Ok((number, Attachment::new(handle)))
    }

    /// Deletes an attachment; durable when the message is saved.
    ///
    /// # Errors
    /// There is none of this number; the call failed.
    pub async fn delete_attachment(&self, number: types::AttachNum) -> Result<(), CallError> {
        let call = self.handle.call("message.delete-attachment", move |store, objects, this| {
            objects.message().call_delete_attachment(store, this, number)
        });
        call.await
    }

    /// A table of its attachments.
    ///
    /// # Errors
    /// The call failed.
    pub async fn open_attachment_table(&self) -> Result<Table, CallError> {
        let call = self.handle.open("message.open-attachment-table", |store, objects, this| {
            objects.message().call_open_attachment_table(store, this)
        });
        Ok(Table::new(call.await?, Parent::None))
    }
}
