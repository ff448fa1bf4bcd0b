//! Attachments that get something wrong: their streams, and the messages in them.

use crate::{Mutant, Shared, is, wrong_message::WrongMessage, wrong_stream::WrongStream};
use mapistore_sdk::{
    Attachment, Message, PropertyStream, Result,
    tags::PropertyTag,
    types::{Cell, Mid, Property, PropertyProblem, StreamAccess},
};
use std::rc::Rc;

pub(crate) struct WrongAttachment {
    inner: Box<dyn Attachment>,
    shared: Rc<Shared>,
}

impl WrongAttachment {
    pub(crate) fn new(inner: Box<dyn Attachment>, shared: &Rc<Shared>) -> Self {
        Self { inner, shared: Rc::clone(shared) }
    }
}

impl Attachment for WrongAttachment {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        self.inner.list_properties()
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        self.inner.get_properties(tags)
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        self.inner.set_properties(values)
    }

    fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        self.inner.remove_properties(tags)
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        let stream = self.inner.open_stream(tag, access)?;
        Ok(if is(Mutant::LargeAttachmentCut) { WrongStream::cut(stream) } else { WrongStream::boxed(stream) })
    }

    fn save(&mut self) -> Result<()> {
        self.inner.save()
    }

    fn open_embedded(&mut self) -> Result<(Mid, Box<dyn Message>)> {
        let (id, inner) = self.inner.open_embedded()?;
        Ok((id, WrongMessage::embedded(inner, &self.shared)))
    }

    fn create_embedded(&mut self, id: Mid) -> Result<Box<dyn Message>> {
        Ok(WrongMessage::embedded(self.inner.create_embedded(id)?, &self.shared))
    }
}
