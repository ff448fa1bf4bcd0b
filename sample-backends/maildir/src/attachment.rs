//! The handle of an open attachment (MS-OXCMSG 2.2.2). It holds a copy until it is saved.

use std::cell::RefCell;
use std::rc::Rc;

use mapistore_sdk::tags;
use mapistore_sdk::types::{
    AttachNum, Cell, Mid, Property, PropertyProblem, PropertyTag, PropertyValue, StreamAccess,
};
use mapistore_sdk::{Error, ErrorCode, Message, PropertyStream, Result};

use crate::draft::{Draft, Home};
use crate::ids;
use crate::message::{MaildirMessage, problems};
use crate::mime::Attachment;
use crate::properties::{cell, resolve, text};
use crate::restriction::Properties;
use crate::stream::{self, ValueStream};

/// What an attachment may have, and so the columns of the table.
pub(crate) const COLUMNS: &[PropertyTag] = &[
    tags::PID_TAG_ATTACH_NUMBER,
    tags::PID_TAG_ATTACH_METHOD,
    tags::PID_TAG_ATTACH_SIZE,
    tags::PID_TAG_ATTACH_FILENAME,
    tags::PID_TAG_ATTACH_LONG_FILENAME,
    tags::PID_TAG_ATTACH_EXTENSION,
    tags::PID_TAG_ATTACH_MIME_TAG,
    tags::PID_TAG_ATTACH_CONTENT_ID,
    tags::PID_TAG_ATTACH_FLAGS,
    tags::PID_TAG_ATTACHMENT_HIDDEN,
    tags::PID_TAG_RENDERING_POSITION,
    tags::PID_TAG_DISPLAY_NAME,
    tags::PID_TAG_ATTACH_DATA_BINARY,
    tags::PID_TAG_ATTACH_DATA_OBJECT,
];

/// PidTagAttachMethod (MS-OXCMSG 2.2.2.9): afByValue.
const BY_VALUE: i32 = 1;
/// afEmbeddedMessage.
const EMBEDDED: i32 = 5;
/// PidTagAttachFlags: attRenderedInBody.
const RENDERED_IN_BODY: i32 = 4;

/// An open attachment.
pub(crate) struct MaildirAttachment {
    draft: Rc<Draft>,
    number: AttachNum,
    writable: bool,
    held: Rc<RefCell<Attachment>>,
}

impl MaildirAttachment {
    /// Attachment `number` of a message.
    pub(crate) fn new(draft: Rc<Draft>, number: AttachNum, writable: bool, attachment: Attachment) -> Self {
        Self { draft, number, writable, held: Rc::new(RefCell::new(attachment)) }
    }

    fn check_writable(&self) -> Result<()> {
        if self.writable { Ok(()) } else { Err(Error::denied("the attachment was opened to be read")) }
    }

    fn value(&self, tag: PropertyTag) -> Option<PropertyValue> {
        View { number: self.number, attachment: &self.held.borrow() }.get(tag)
    }

    fn home(&self) -> Home {
        Home::Attachment(Rc::clone(self.draft.folder()), Rc::clone(&self.held))
    }
}

impl mapistore_sdk::Attachment for MaildirAttachment {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(COLUMNS.iter().copied().filter(|&tag| self.value(tag).is_some()).collect())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(tags.iter().map(|&tag| cell(self.value(tag))).collect())
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        self.check_writable()?;
        let mut held = self.held.borrow_mut();
        Ok(problems(values.into_iter().map(|Property { tag, value }| (tag, set(&mut held, tag, value)))))
    }

    fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        self.check_writable()?;
        let mut held = self.held.borrow_mut();
        Ok(problems(tags.iter().map(|&tag| (tag, remove(&mut held, tag)))))
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        let data = match access {
            StreamAccess::Create => Vec::new(),
            StreamAccess::Read | StreamAccess::ReadWrite => {
                self.value(tag).and_then(stream::to_bytes).ok_or(ErrorCode::NotFound)?
            }
        };
        if access == StreamAccess::Read {
            return Ok(Box::new(ValueStream::new(data, None)));
        }
        self.check_writable()?;
        if tag != tags::PID_TAG_ATTACH_DATA_BINARY {
            return Err(Error::denied(format!("property {tag:#010x} cannot be written as a stream")));
        }
        let held = Rc::clone(&self.held);
        let commit = move |bytes| {
            let mut held = held.borrow_mut();
            held.data = Rc::new(bytes);
            held.embedded = false;
            Ok(())
        };
        Ok(Box::new(ValueStream::new(data, Some(Box::new(commit)))))
    }

    fn save(&mut self) -> Result<()> {
        self.check_writable()?;
        let attachment = self.held.borrow().clone();
        self.draft.edit(|content| {
            if let Some(slot) = content.attachments.get_mut(self.number as usize) {
                *slot = Some(attachment);
            }
            content.envelope.has_attachments = true;
        })
    }

    fn open_embedded(&mut self) -> Result<(Mid, Box<dyn Message>)> {
        let held = self.held.borrow();
        if !held.embedded {
            return Err(Error::not_found("the attachment is not a message"));
        }
        let id = ids::reserve()?;
        let mailbox = Rc::clone(&self.draft.mailbox);
        let draft = Draft::embedded(mailbox, self.home(), id, self.writable, &held.data);
        Ok((id, Box::new(MaildirMessage(Rc::new(draft)))))
    }

    fn create_embedded(&mut self, id: Mid) -> Result<Box<dyn Message>> {
        self.check_writable()?;
        let mut held = self.held.borrow_mut();
        "message/rfc822".clone_into(&mut held.mime_type);
        held.embedded = true;
        let draft = Draft::create(Rc::clone(&self.draft.mailbox), self.home(), id);
        Ok(Box::new(MaildirMessage(Rc::new(draft))))
    }
}

/// An attachment to ask for properties.
pub(crate) struct View<'a> {
    /// Its number.
    pub(crate) number: AttachNum,
    /// What is known of it.
    pub(crate) attachment: &'a Attachment,
}

impl Properties for View<'_> {
    fn get(&self, wanted: PropertyTag) -> Option<PropertyValue> {
        let Attachment { name, mime_type, content_id, inline, embedded, data, .. } = self.attachment;
        let number = |value: usize| PropertyValue::Integer32(i32::try_from(value).unwrap_or(i32::MAX));
        let named = || (!name.is_empty()).then_some(name.as_str());
        Some(match resolve(wanted, COLUMNS)? {
            tags::PID_TAG_ATTACH_NUMBER => PropertyValue::Integer32(self.number.cast_signed()),
            tags::PID_TAG_ATTACH_METHOD => {
                PropertyValue::Integer32(if *embedded { EMBEDDED } else { BY_VALUE })
            }
            tags::PID_TAG_ATTACH_SIZE => number(data.len()),
            tags::PID_TAG_ATTACH_FILENAME
            | tags::PID_TAG_ATTACH_LONG_FILENAME
            | tags::PID_TAG_DISPLAY_NAME => text(named()?),
            tags::PID_TAG_ATTACH_EXTENSION => text(&name[name.rfind('.')?..]),
            tags::PID_TAG_ATTACH_MIME_TAG => text(mime_type),
            tags::PID_TAG_ATTACH_CONTENT_ID => text(content_id.as_deref()?),
            tags::PID_TAG_ATTACH_FLAGS => {
                PropertyValue::Integer32(if *inline { RENDERED_IN_BODY } else { 0 })
            }
            tags::PID_TAG_ATTACHMENT_HIDDEN => PropertyValue::Boolean(*inline),
            // Not rendered at a place in the text (MS-OXCMSG 2.2.2.16).
            tags::PID_TAG_RENDERING_POSITION => PropertyValue::Integer32(-1),
            tags::PID_TAG_ATTACH_DATA_OBJECT if *embedded => PropertyValue::Object,
            tags::PID_TAG_ATTACH_DATA_BINARY if !embedded => PropertyValue::Binary(data.to_vec()),
            _ => return None,
        })
    }
}

fn set(
    attachment: &mut Attachment,
    tag: PropertyTag,
    value: PropertyValue,
) -> std::result::Result<(), ErrorCode> {
    match (tag, value) {
        (tags::PID_TAG_ATTACH_LONG_FILENAME, PropertyValue::Text(name)) => attachment.name = name,
        // The 8.3 name; it counts as long as there is no other.
        (tags::PID_TAG_ATTACH_FILENAME | tags::PID_TAG_DISPLAY_NAME, PropertyValue::Text(name)) => {
            if attachment.name.is_empty() {
                attachment.name = name;
            }
        }
        (tags::PID_TAG_ATTACH_MIME_TAG, PropertyValue::Text(mime_type)) => attachment.mime_type = mime_type,
        (tags::PID_TAG_ATTACH_CONTENT_ID, PropertyValue::Text(id)) => attachment.content_id = Some(id),
        (tags::PID_TAG_ATTACH_FLAGS, PropertyValue::Integer32(flags)) => {
            attachment.inline = flags & RENDERED_IN_BODY != 0
        }
        (tags::PID_TAG_ATTACHMENT_HIDDEN, PropertyValue::Boolean(hidden)) => attachment.inline = hidden,
        (tags::PID_TAG_ATTACH_DATA_BINARY, PropertyValue::Binary(data)) => {
            attachment.data = Rc::new(data);
            attachment.embedded = false;
        }
        (tags::PID_TAG_ATTACH_METHOD, PropertyValue::Integer32(BY_VALUE)) => attachment.embedded = false,
        // Nothing else can be rendered at a place of its own; the extension follows from the name.
        (tags::PID_TAG_ATTACH_METHOD, PropertyValue::Integer32(EMBEDDED))
        | (tags::PID_TAG_RENDERING_POSITION, PropertyValue::Integer32(_))
        | (tags::PID_TAG_ATTACH_EXTENSION, PropertyValue::Text(_)) => {}
        _ if resolve(tag, COLUMNS).is_some() => return Err(ErrorCode::Denied),
        _ => return Err(ErrorCode::NotImplemented),
    }
    Ok(())
}

fn remove(attachment: &mut Attachment, tag: PropertyTag) -> std::result::Result<(), ErrorCode> {
    match tag {
        tags::PID_TAG_ATTACH_LONG_FILENAME | tags::PID_TAG_ATTACH_FILENAME => attachment.name.clear(),
        tags::PID_TAG_ATTACH_CONTENT_ID => attachment.content_id = None,
        tags::PID_TAG_ATTACH_DATA_BINARY => attachment.data = Rc::default(),
        _ if resolve(tag, COLUMNS).is_some() => return Err(ErrorCode::Denied),
        _ => {}
    }
    Ok(())
}
