//! The handle of an open item, and the table of its attachments.

use std::rc::Rc;

use mapistore_sdk::tags::{self, PR_INTERNET_CONTENT};
use mapistore_sdk::types::{
    AttachNum, Cell, ChangeNumber, MessageData, Property, PropertyProblem, PropertyTag, PropertyValue,
    RecipientTable, StreamAccess,
};
use mapistore_sdk::value::{inline, text_from_utf16le, utf16le};
use mapistore_sdk::{
    BytesStream, Error, ErrorCode, INLINE_LIMIT, Message, PropertyStream, Result, RowsTable, Table,
};

use crate::attachment::{self, VdirAttachment};
use crate::draft::Draft;

/// An open item.
pub(crate) struct VdirMessage(pub(crate) Rc<Draft>);

impl VdirMessage {
    /// The bytes of the item: its file as it is, or what replaces it.
    fn open_original(&self, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        let data = match access {
            StreamAccess::Create => Vec::new(),
            StreamAccess::Read | StreamAccess::ReadWrite => self.0.original()?,
        };
        if access == StreamAccess::Read {
            return Ok(Box::new(BytesStream::read_only(data)));
        }
        self.0.check_writable()?;
        let draft = Rc::clone(&self.0);
        Ok(Box::new(BytesStream::read_write(data, move |bytes| draft.replace(bytes.to_vec()))))
    }
}

impl Message for VdirMessage {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        let known = self.0.folder.names.columns();
        Ok(known.iter().copied().filter(|&tag| self.0.value(tag).is_some()).collect())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(tags.iter().map(|&tag| cell(self.0.value(tag))).collect())
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        self.0.check_writable()?;
        Ok(problems(values.into_iter().map(|Property { tag, value }| (tag, self.0.set(tag, Some(value))))))
    }

    fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        self.0.check_writable()?;
        Ok(problems(tags.iter().map(|&tag| (tag, self.0.set(tag, None)))))
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        if tag == PR_INTERNET_CONTENT {
            return self.open_original(access);
        }
        let data = match (access, self.0.value(tag)) {
            (StreamAccess::Create, _) => Vec::new(),
            (_, Some(PropertyValue::Text(text))) => utf16le(&text),
            (_, Some(PropertyValue::Binary(bytes))) => bytes,
            _ => return Err(ErrorCode::NotFound.into()),
        };
        if access == StreamAccess::Read {
            return Ok(Box::new(BytesStream::read_only(data)));
        }
        self.0.check_writable()?;
        if tag != tags::PID_TAG_BODY {
            return Err(Error::denied(format!("property {tag:#010x} cannot be written as a stream")));
        }
        let draft = Rc::clone(&self.0);
        let commit = move |bytes: &[u8]| {
            let text = text_from_utf16le(bytes)?;
            // A terminating zero belongs to the stream, not to the text.
            let text = PropertyValue::Text(text.trim_end_matches('\0').to_owned());
            draft.set(tag, Some(text)).map_err(Error::from)
        };
        Ok(Box::new(BytesStream::read_write(data, commit)))
    }

    fn get_data(&mut self) -> Result<MessageData> {
        let subject = match self.0.value(tags::PID_TAG_SUBJECT) {
            Some(PropertyValue::Text(subject)) => Some(subject),
            _ => None,
        };
        Ok(MessageData { subject_prefix: None, normalized_subject: subject, recipients: self.0.recipients() })
    }

    fn set_recipients(&mut self, recipients: RecipientTable) -> Result<()> {
        self.0.set_recipients(recipients)
    }

    fn set_read_flag(&mut self, read: bool) -> Result<()> {
        self.0.mark(read)
    }

    fn save(&mut self, force: bool) -> Result<ChangeNumber> {
        self.0.save(force)
    }

    fn list_attachments(&mut self) -> Result<Vec<AttachNum>> {
        Ok(self.0.saved_attachments().into_iter().map(|(number, _)| number).collect())
    }

    fn open_attachment(
        &mut self,
        num: AttachNum,
        read_write: bool,
    ) -> Result<Box<dyn mapistore_sdk::Attachment>> {
        if read_write {
            self.0.check_writable()?;
        }
        let attached = self.0.attachments().get(num as usize).cloned().flatten();
        let attached =
            attached.ok_or_else(|| Error::not_found(format!("the item has no attachment {num}")))?;
        Ok(Box::new(VdirAttachment::new(Rc::clone(&self.0), num, read_write, attached)))
    }

    fn create_attachment(&mut self) -> Result<(AttachNum, Box<dyn mapistore_sdk::Attachment>)> {
        let number = self.0.add_attachment()?;
        Ok((number, Box::new(VdirAttachment::new(Rc::clone(&self.0), number, true, Default::default()))))
    }

    fn delete_attachment(&mut self, num: AttachNum) -> Result<()> {
        self.0.put_attachment(num, None)
    }

    fn open_attachment_table(&mut self) -> Result<Box<dyn Table>> {
        let draft = Rc::clone(&self.0);
        Ok(Box::new(RowsTable::open(attachment::COLUMNS, move || {
            let saved = draft.saved_attachments();
            Ok(saved.iter().map(|(number, attached)| attachment::row(*number, attached)).collect())
        })?))
    }
}

/// What a caller gets for a value: itself, its size if it is too large, `not-found` if there is none.
pub(crate) fn cell(value: Option<PropertyValue>) -> Cell {
    Ok(inline(value.ok_or(ErrorCode::NotFound)?, INLINE_LIMIT))
}

/// The problems among the outcomes.
pub(crate) fn problems(
    outcomes: impl Iterator<Item = (PropertyTag, std::result::Result<(), ErrorCode>)>,
) -> Vec<PropertyProblem> {
    outcomes.filter_map(|(tag, outcome)| Some(PropertyProblem { tag, code: outcome.err()? })).collect()
}
