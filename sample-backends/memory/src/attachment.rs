//! The handle of an attachment. Its changes reach the message's draft when it is saved.

use crate::{
    bag,
    item::{ATTACHMENT_COMPUTED as COMPUTED, AttachmentItem, EMBEDDED, Item},
    mailbox::Mailbox,
    message::{AttachmentDraft, Draft, MemoryMessage},
};
use mapistore_sdk::{
    Attachment, Error, INLINE_LIMIT, Message, PropertyStream, Result,
    tags::{PID_TAG_ATTACH_DATA_OBJECT, PID_TAG_ATTACH_METHOD, PropertyTag},
    types::{AttachNum, Cell, Mid, Property, PropertyProblem, PropertyValue, StreamAccess},
};
use std::{cell::RefCell, rc::Rc};

/// An open attachment.
pub(crate) struct MemoryAttachment {
    mailbox: Rc<Mailbox>,
    message: Rc<RefCell<Draft>>,
    number: AttachNum,
    draft: AttachmentDraft,
    read_write: bool,
    /// It was never saved.
    new: bool,
}

impl MemoryAttachment {
    /// An attachment of a message.
    pub(crate) fn new(
        mailbox: Rc<Mailbox>,
        message: Rc<RefCell<Draft>>,
        number: AttachNum,
        item: Rc<AttachmentItem>,
        read_write: bool,
        new: bool,
    ) -> Self {
        Self { mailbox, message, number, draft: Rc::new(RefCell::new(item)), read_write, new }
    }

    fn check_writable(&self) -> Result<()> {
        if !self.read_write {
            return Err(Error::denied("the attachment was opened for reading"));
        }
        Ok(())
    }

    fn embedded(&self, saved: Option<Rc<Item>>, item: Rc<Item>) -> Box<dyn Message> {
        let (mailbox, draft) = (Rc::clone(&self.mailbox), Rc::clone(&self.draft));
        Box::new(MemoryMessage::embedded(mailbox, draft, saved, item, self.read_write))
    }
}

impl Attachment for MemoryAttachment {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.draft.borrow().properties.tags())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.draft.borrow().properties.get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        self.check_writable()?;
        let mut draft = self.draft.borrow_mut();
        Ok(bag::set_all(&mut Rc::make_mut(&mut draft).properties, COMPUTED, values))
    }

    fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        self.check_writable()?;
        let mut draft = self.draft.borrow_mut();
        Ok(bag::remove_all(&mut Rc::make_mut(&mut draft).properties, COMPUTED, tags))
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        if access != StreamAccess::Read {
            self.check_writable()?;
        }
        let draft = Rc::clone(&self.draft);
        bag::stream(&self.draft.borrow().properties, COMPUTED, tag, access, move |value| {
            Ok(bag::set(&mut Rc::make_mut(&mut draft.borrow_mut()).properties, COMPUTED, tag, value)?)
        })
    }

    fn save(&mut self) -> Result<()> {
        self.check_writable()?;
        let mut message = self.message.borrow_mut();
        if !self.new && !message.item.attachments.contains_key(&self.number) {
            return Err(Error::object_deleted(format!("attachment {} was deleted", self.number)));
        }
        let mut draft = self.draft.borrow_mut();
        Rc::make_mut(&mut draft).finish();
        message.edit().attachments.insert(self.number, Rc::clone(&draft));
        self.new = false;
        Ok(())
    }

    fn open_embedded(&mut self) -> Result<(Mid, Box<dyn Message>)> {
        let embedded = self.draft.borrow().embedded.clone();
        let item = embedded.ok_or_else(|| Error::not_found("there is no message in the attachment"))?;
        Ok((item.id, self.embedded(Some(Rc::clone(&item)), item)))
    }

    fn create_embedded(&mut self, id: Mid) -> Result<Box<dyn Message>> {
        self.check_writable()?;
        {
            let mut draft = self.draft.borrow_mut();
            let attachment = Rc::make_mut(&mut draft);
            attachment.embedded = None;
            attachment.properties.set(PID_TAG_ATTACH_METHOD, EMBEDDED);
            attachment.properties.set(PID_TAG_ATTACH_DATA_OBJECT, PropertyValue::Object);
        }
        Ok(self.embedded(None, Rc::new(Item::new(id, false))))
    }
}
