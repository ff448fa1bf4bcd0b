//! Attachments (MS-OXCMSG 2.2.2).

use super::{Message, PropertyStream, property_calls};
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types;
use crate::context::Handle;
use crate::error::CallError;
use crate::events::Notice;
use crate::index::Fmid;

/// An attachment of a message.
pub struct Attachment {
    handle: Handle,
}

property_calls!(Attachment, attachment, "attachment");

impl Attachment {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// Nothing: what changes in an attachment is part of its message when that is saved.
    fn changed(&self, _: Vec<types::PropertyTag>) -> Notice {
        Notice::default()
    }

    /// Makes it part of its message; durable when that is saved (MS-OXCMSG 2.2.3.15).
    ///
    /// # Errors
    /// The call failed.
    pub async fn save(&self) -> Result<(), CallError> {
        let call = self
            .handle
            .call("attachment.save", |store, objects, this| objects.attachment().call_save(store, this));
        call.await
    }

    /// The message in it (MS-OXCMSG 2.2.3.16).
    ///
    /// # Errors
    /// It holds no message; the call failed.
    pub async fn open_embedded(&self) -> Result<(Fmid, Message), CallError> {
        let call = self.handle.open_with("attachment.open-embedded", |store, objects, this| {
            let opened = objects.attachment().call_open_embedded(store, this)?;
            Ok(opened.map(|(id, message)| (message, id)))
        });
        let (handle, id) = call.await?;
        Ok((Fmid(id), Message::embedded(handle)))
    }

    /// Makes it hold a new message.
    ///
    /// # Errors
    /// The call failed.
    pub async fn create_embedded(&self, id: Fmid) -> Result<Message, CallError> {
        let call = self.handle.open("attachment.create-embedded", move |store, objects, this| {
            objects.attachment().call_create_embedded(store, this, id.0)
        });
        Ok(Message::embedded(call.await?))
    }
}
