//! Messages (MS-OXCMSG).

use super::{Attachment, PropertyStream, Table, property_calls};
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types;
use crate::check;
use crate::context::Handle;
use crate::error::CallError;
use crate::index::ChangeNumber;

/// A message of a folder, or one in an attachment.
pub struct Message {
    handle: Handle,
}

property_calls!(Message, message, "message");

impl Message {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle }
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
            objects.message().call_set_recipients(store, this, &recipients)
        });
        call.await
    }

    /// Marks it read or unread (MS-OXCMSG 2.2.1.6). Durable when this answers.
    ///
    /// # Errors
    /// The call failed.
    pub async fn set_read_flag(&self, read: bool) -> Result<(), CallError> {
        let call = self.handle.call("message.set-read-flag", move |store, objects, this| {
            objects.message().call_set_read_flag(store, this, read)
        });
        call.await
    }

    /// Makes it durable and visible, and answers its new change number (MS-OXCMSG 2.2.3.3). `force` saves over what
    /// somebody else saved meanwhile.
    ///
    /// # Errors
    /// `object-modified`; the call failed, or its answer is no change number.
    pub async fn save(&self, force: bool) -> Result<ChangeNumber, CallError> {
        let call = self.handle.checked(
            "message.save",
            move |store, objects, this| objects.message().call_save(store, this, force),
            |&number| match ChangeNumber(number).globcnt() {
                Some(_) => Ok(()),
                None => Err(format!("`{number:#018x}` is not a change number")),
            },
        );
        Ok(ChangeNumber(call.await?))
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
        Ok(Table::new(call.await?))
    }
}
