//! The handle of an open message, and the table of its attachments.

use std::rc::Rc;

use mapistore_sdk::tags;
use mapistore_sdk::types::{
    AttachNum, Cell, ChangeNumber, MessageData, Property, PropertyProblem, PropertyTag, PropertyValue,
    RecipientTable, StreamAccess,
};
use mapistore_sdk::{Error, ErrorCode, Message, PropertyStream, Result, Table};

use crate::attachment::{self, MaildirAttachment};
use crate::draft::{Draft, Home};
use crate::edit;
use crate::properties::MESSAGE;
use crate::restriction::Properties;
use crate::stream::{self, Commit, FileStream, ValueStream};
use crate::subject;
use crate::table::{RowTable, Source};
use crate::tag;

/// An open message.
pub(crate) struct MaildirMessage(pub(crate) Rc<Draft>);

impl MaildirMessage {
    /// The bytes of the message: its file as it is, or what the save will write.
    fn open_original(&self, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        if access != StreamAccess::Read {
            self.0.check_writable()?;
        }
        let file = match (&self.0.home, self.0.record()) {
            (Home::Folder(folder), Some(record)) if access != StreamAccess::Create => {
                Some(self.0.mailbox.store.open(&folder.path(), &record.base, &record.entry.file)?)
            }
            _ => None,
        };
        let data = match (access, file) {
            (StreamAccess::Read, Some(file)) => return Ok(Box::new(FileStream(file))),
            (StreamAccess::ReadWrite, Some(mut file)) => {
                let mut data = Vec::new();
                std::io::Read::read_to_end(&mut file, &mut data)?;
                data
            }
            (StreamAccess::Create, _) => Vec::new(),
            (_, None) => return Err(Error::not_found("the message was not saved")),
        };
        let draft = Rc::clone(&self.0);
        let commit: Option<Commit> = match access {
            StreamAccess::Read => None,
            _ => Some(Box::new(move |bytes| draft.replace(bytes))),
        };
        Ok(Box::new(ValueStream::new(data, commit)))
    }
}

impl Message for MaildirMessage {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(MESSAGE.iter().copied().filter(|&tag| self.0.value(tag).is_some()).collect())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.0.get(tags))
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        self.0.check_writable()?;
        Ok(problems(values.into_iter().map(|Property { tag, value }| (tag, self.0.set(tag, value)))))
    }

    fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        self.0.check_writable()?;
        Ok(problems(tags.iter().map(|&tag| (tag, self.0.remove(tag)))))
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        if tag == tag::INTERNET_CONTENT {
            return self.open_original(access);
        }
        let data = match access {
            StreamAccess::Create => Vec::new(),
            StreamAccess::Read | StreamAccess::ReadWrite => {
                self.0.value(tag).and_then(stream::to_bytes).ok_or(ErrorCode::NotFound)?
            }
        };
        if access == StreamAccess::Read {
            return Ok(Box::new(ValueStream::new(data, None)));
        }
        self.0.check_writable()?;
        if !matches!(tag, tags::PID_TAG_BODY | tags::PID_TAG_HTML) {
            return Err(Error::denied(format!("property {tag:#010x} cannot be written as a stream")));
        }
        let draft = Rc::clone(&self.0);
        let commit: Commit = Box::new(move |bytes| {
            let value = if tag == tags::PID_TAG_HTML {
                PropertyValue::Binary(bytes)
            } else {
                PropertyValue::Text(stream::to_text(&bytes)?)
            };
            draft.set(tag, value).map_err(Error::from)
        });
        Ok(Box::new(ValueStream::new(data, Some(commit))))
    }

    fn get_data(&mut self) -> Result<MessageData> {
        let content = self.0.content()?;
        let (prefix, normalized) = subject::split(&content.envelope.subject);
        Ok(MessageData {
            subject_prefix: (!prefix.is_empty()).then(|| prefix.to_owned()),
            normalized_subject: Some(normalized.to_owned()),
            recipients: edit::recipients(&content.envelope),
        })
    }

    fn set_recipients(&mut self, recipients: RecipientTable) -> Result<()> {
        self.0.edit(|content| edit::set_recipients(&mut content.envelope, &recipients))
    }

    fn set_read_flag(&mut self, read: bool) -> Result<()> {
        self.0.check_writable()?;
        self.0.set_read(read)
    }

    fn save(&mut self, force: bool) -> Result<ChangeNumber> {
        self.0.save(force)
    }

    fn list_attachments(&mut self) -> Result<Vec<AttachNum>> {
        let content = self.0.content()?;
        Ok(content
            .attachments()
            .map(|(number, _)| number)
            .filter(|&number| !self.0.is_unsaved(number))
            .collect())
    }

    fn open_attachment(
        &mut self,
        num: AttachNum,
        read_write: bool,
    ) -> Result<Box<dyn mapistore_sdk::Attachment>> {
        if read_write {
            self.0.check_writable()?;
        }
        let content = self.0.content()?;
        let attachment = content.attachments.get(num as usize).cloned().flatten();
        let attachment =
            attachment.ok_or_else(|| Error::not_found(format!("the message has no attachment {num}")))?;
        Ok(Box::new(MaildirAttachment::new(Rc::clone(&self.0), num, read_write, attachment)))
    }

    fn create_attachment(&mut self) -> Result<(AttachNum, Box<dyn mapistore_sdk::Attachment>)> {
        let number = self.0.add_attachment()?;
        let new =
            MaildirAttachment::new(Rc::clone(&self.0), number, true, crate::mime::Attachment::default());
        Ok((number, Box::new(new)))
    }

    fn delete_attachment(&mut self, num: AttachNum) -> Result<()> {
        let deleted = self.0.edit(|content| {
            let deleted = content.attachments.get_mut(num as usize)?.take();
            content.envelope.has_attachments = content.attachments.iter().any(Option::is_some);
            deleted
        })?;
        deleted.map(drop).ok_or_else(|| Error::not_found(format!("the message has no attachment {num}")))
    }

    fn open_attachment_table(&mut self) -> Result<Box<dyn Table>> {
        Ok(Box::new(RowTable::open(Attachments(Rc::clone(&self.0)))?))
    }
}

/// The problems among the outcomes.
pub(crate) fn problems(
    outcomes: impl Iterator<Item = (PropertyTag, std::result::Result<(), ErrorCode>)>,
) -> Vec<PropertyProblem> {
    outcomes.filter_map(|(tag, outcome)| Some(PropertyProblem { tag, code: outcome.err()? })).collect()
}

/// The saved attachments of a message.
struct Attachments(Rc<Draft>);

impl Source for Attachments {
    type Row = (AttachNum, crate::mime::Attachment);

    fn columns(&self) -> &'static [PropertyTag] {
        attachment::COLUMNS
    }

    fn rows(&self) -> Result<Vec<Self::Row>> {
        let content = self.0.content()?;
        let saved = content.attachments().filter(|(number, _)| !self.0.is_unsaved(*number));
        Ok(saved.map(|(number, attachment)| (number, attachment.clone())).collect())
    }

    fn properties<'a>(&'a self, (number, attachment): &'a Self::Row) -> Box<dyn Properties + 'a> {
        Box::new(attachment::View { number: *number, attachment })
    }
}
