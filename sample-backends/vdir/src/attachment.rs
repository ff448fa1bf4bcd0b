//! The handle of an open attachment (MS-OXCMSG 2.2.2). It holds a copy until it is saved.

use std::cell::RefCell;
use std::rc::Rc;

use mapistore_sdk::tags;
use mapistore_sdk::types::{
    AttachNum, Cell, Property, PropertyProblem, PropertyTag, PropertyValue, StreamAccess,
};
use mapistore_sdk::{BytesStream, Error, ErrorCode, INLINE_LIMIT, Properties, PropertyStream, Result};

use crate::attach::{Attached, PICTURE};
use crate::draft::Draft;
use crate::item::Kind;
use crate::message::problems;

/// PidTagAttachmentContactPhoto (MS-OXOCNTC 2.2.1.8.3).
const CONTACT_PHOTO: PropertyTag = 0x7FFF_000B;
/// PidTagAttachMethod (MS-OXCMSG 2.2.2.9): afByValue.
const BY_VALUE: i32 = 1;

/// What an attachment may have, and so the columns of the table.
pub(crate) const COLUMNS: &[PropertyTag] = &[
    tags::PID_TAG_ATTACH_NUMBER,
    tags::PID_TAG_ATTACH_METHOD,
    tags::PID_TAG_ATTACH_SIZE,
    tags::PID_TAG_ATTACH_FILENAME,
    tags::PID_TAG_ATTACH_LONG_FILENAME,
    tags::PID_TAG_ATTACH_EXTENSION,
    tags::PID_TAG_ATTACH_MIME_TAG,
    tags::PID_TAG_RENDERING_POSITION,
    tags::PID_TAG_DISPLAY_NAME,
    CONTACT_PHOTO,
    tags::PID_TAG_ATTACH_DATA_BINARY,
];

/// An open attachment.
pub(crate) struct VdirAttachment {
    draft: Rc<Draft>,
    number: AttachNum,
    writable: bool,
    held: Rc<RefCell<Attached>>,
}

impl VdirAttachment {
    /// Attachment `number` of an item.
    pub(crate) fn new(draft: Rc<Draft>, number: AttachNum, writable: bool, attached: Attached) -> Self {
        Self { draft, number, writable, held: Rc::new(RefCell::new(attached)) }
    }

    fn check_writable(&self) -> Result<()> {
        if self.writable { Ok(()) } else { Err(Error::denied("the attachment was opened to be read")) }
    }

    fn row(&self) -> Properties {
        row(self.number, &self.held.borrow())
    }
}

impl mapistore_sdk::Attachment for VdirAttachment {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.row().tags())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.row().get_cells(tags, INLINE_LIMIT))
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
        if tag != tags::PID_TAG_ATTACH_DATA_BINARY {
            return Err(Error::not_found(format!("property {tag:#010x} has no stream")));
        }
        let data = match access {
            StreamAccess::Create => Vec::new(),
            StreamAccess::Read | StreamAccess::ReadWrite => self.held.borrow().data.to_vec(),
        };
        if access == StreamAccess::Read {
            return Ok(Box::new(BytesStream::read_only(data)));
        }
        self.check_writable()?;
        let held = Rc::clone(&self.held);
        Ok(Box::new(BytesStream::read_write(data, move |bytes| {
            let mut held = held.borrow_mut();
            held.data = Rc::new(bytes.to_vec());
            held.stored = None;
            Ok(())
        })))
    }

    fn save(&mut self) -> Result<()> {
        self.check_writable()?;
        let attached = self.held.borrow().clone();
        if self.draft.folder.kind() == Kind::Contact && attached.name != PICTURE {
            // Any other file has no place in a vCard.
            return Err(Error::not_implemented(
                "attachment.save of anything but `ContactPicture.jpg` to a contact",
            ));
        }
        self.draft.put_attachment(self.number, Some(attached))
    }
}

/// The properties of an attachment.
pub(crate) fn row(number: AttachNum, attached: &Attached) -> Properties {
    let Attached { name, mime_type, data, .. } = attached;
    let mut row = Properties::new()
        .with(tags::PID_TAG_ATTACH_NUMBER, number.cast_signed())
        .with(tags::PID_TAG_ATTACH_METHOD, BY_VALUE)
        .with(tags::PID_TAG_ATTACH_SIZE, mapistore_sdk::value::count(data.len()))
        // Not rendered at a place in the text (MS-OXCMSG 2.2.2.16).
        .with(tags::PID_TAG_RENDERING_POSITION, -1)
        .with(CONTACT_PHOTO, name == PICTURE)
        .with(tags::PID_TAG_ATTACH_DATA_BINARY, data.to_vec());
    let mut text = |tag, value: &str| {
        if !value.is_empty() {
            row.set(tag, value);
        }
    };
    for tag in [tags::PID_TAG_ATTACH_FILENAME, tags::PID_TAG_ATTACH_LONG_FILENAME, tags::PID_TAG_DISPLAY_NAME]
    {
        text(tag, name);
    }
    text(tags::PID_TAG_ATTACH_EXTENSION, name.rfind('.').map_or("", |dot| &name[dot..]));
    text(tags::PID_TAG_ATTACH_MIME_TAG, mime_type);
    row
}

fn set(
    attached: &mut Attached,
    tag: PropertyTag,
    value: PropertyValue,
) -> std::result::Result<(), ErrorCode> {
    match (tag, value) {
        (tags::PID_TAG_ATTACH_LONG_FILENAME, PropertyValue::Text(name)) => attached.name = name,
        // The 8.3 name; it counts as long as there is no other.
        (tags::PID_TAG_ATTACH_FILENAME | tags::PID_TAG_DISPLAY_NAME, PropertyValue::Text(name)) => {
            if attached.name.is_empty() {
                attached.name = name;
            }
        }
        (tags::PID_TAG_ATTACH_MIME_TAG, PropertyValue::Text(mime_type)) => attached.mime_type = mime_type,
        (tags::PID_TAG_ATTACH_DATA_BINARY, PropertyValue::Binary(data)) => attached.data = Rc::new(data),
        // Nothing else can be kept; the extension follows from the name.
        (tags::PID_TAG_ATTACH_METHOD, PropertyValue::Integer32(BY_VALUE))
        | (tags::PID_TAG_RENDERING_POSITION, PropertyValue::Integer32(_))
        | (tags::PID_TAG_ATTACH_EXTENSION, PropertyValue::Text(_))
        | (CONTACT_PHOTO, PropertyValue::Boolean(_)) => return Ok(()),
        _ if COLUMNS.contains(&tag) => return Err(ErrorCode::Denied),
        _ => return Err(ErrorCode::NotImplemented),
    }
    attached.stored = None;
    Ok(())
}

fn remove(attached: &mut Attached, tag: PropertyTag) -> std::result::Result<(), ErrorCode> {
    match tag {
        tags::PID_TAG_ATTACH_LONG_FILENAME | tags::PID_TAG_ATTACH_FILENAME => attached.name.clear(),
        tags::PID_TAG_ATTACH_MIME_TAG => attached.mime_type.clear(),
        tags::PID_TAG_ATTACH_DATA_BINARY => attached.data = Rc::default(),
        _ if COLUMNS.contains(&tag) => return Err(ErrorCode::Denied),
        _ => return Ok(()),
    }
    attached.stored = None;
    Ok(())
}
