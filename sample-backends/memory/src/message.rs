//! The handle of a message, in a folder or in an attachment. Changes are made to a draft, which takes the place of what is
//! kept when it is saved.

use crate::{
    attachment::MemoryAttachment,
    bag, ids,
    item::{AttachmentItem, COMPUTED, Item, UNSENT},
    mailbox::Mailbox,
    subject, transfer,
};
use mapistore_sdk::{
    Attachment, Error, INLINE_LIMIT, Message, PropertyStream, Result, RowsTable, Table,
    tags::*,
    types::{
        AttachNum, Cell, ChangeNumber, Fid, MessageData, Property, PropertyProblem, RecipientTable,
        StreamAccess, SubmitMode, TransferItem,
    },
};
use std::{cell::RefCell, rc::Rc, time::SystemTime};

/// What `set_read_flag`, which does not wait for `save`, changes in a draft.
const FLAG_CHANGE: [PropertyTag; 4] = [
    PID_TAG_CHANGE_NUMBER,
    PID_TAG_CHANGE_KEY,
    PID_TAG_PREDECESSOR_CHANGE_LIST,
    PID_TAG_LAST_MODIFICATION_TIME,
];

/// The columns of an attachment table (AT-05).
const ATTACHMENTS: &[PropertyTag] = &[
    PID_TAG_ATTACH_NUMBER,
    PID_TAG_ATTACH_SIZE,
    PID_TAG_ATTACH_METHOD,
    PID_TAG_ATTACH_FILENAME,
    PID_TAG_ATTACH_LONG_FILENAME,
    PID_TAG_ATTACH_EXTENSION,
    PID_TAG_ATTACH_MIME_TAG,
    PID_TAG_ATTACH_CONTENT_ID,
    PID_TAG_RENDERING_POSITION,
    PID_TAG_DISPLAY_NAME,
];

/// An attachment that is being changed.
pub(crate) type AttachmentDraft = Rc<RefCell<Rc<AttachmentItem>>>;

/// Where a message is kept.
enum Home {
    Folder(Fid),
    Attachment(AttachmentDraft),
}

/// A message that is being read or changed.
pub(crate) struct Draft {
    /// As it is held.
    pub(crate) item: Rc<Item>,
    /// As it was when it was opened or last saved; none before the first time.
    saved: Option<Rc<Item>>,
}

impl Draft {
    /// The message, to be changed: its own copy, from the first change on.
    pub(crate) fn edit(&mut self) -> &mut Item {
        Rc::make_mut(&mut self.item)
    }
}

/// An open message.
pub(crate) struct MemoryMessage {
    mailbox: Rc<Mailbox>,
    home: Home,
    draft: Rc<RefCell<Draft>>,
    read_write: bool,
}

impl MemoryMessage {
    /// A message of a folder.
    pub(crate) fn open(mailbox: Rc<Mailbox>, folder: Fid, item: Rc<Item>, read_write: bool) -> Self {
        let draft = Draft { item: Rc::clone(&item), saved: Some(item) };
        Self { mailbox, home: Home::Folder(folder), draft: Rc::new(RefCell::new(draft)), read_write }
    }

    /// A new message for a folder.
    pub(crate) fn create(mailbox: Rc<Mailbox>, folder: Fid, item: Item) -> Self {
        let draft = Draft { item: Rc::new(item), saved: None };
        Self { mailbox, home: Home::Folder(folder), draft: Rc::new(RefCell::new(draft)), read_write: true }
    }

    /// A message in an attachment: the one that is there, or a new one.
    pub(crate) fn embedded(
        mailbox: Rc<Mailbox>,
        attachment: AttachmentDraft,
        saved: Option<Rc<Item>>,
        item: Rc<Item>,
        read_write: bool,
    ) -> Self {
        let draft = Rc::new(RefCell::new(Draft { item, saved }));
        Self { mailbox, home: Home::Attachment(attachment), draft, read_write }
    }

    fn check_writable(&self) -> Result<()> {
        if !self.read_write {
            return Err(Error::denied("the message was opened for reading"));
        }
        Ok(())
    }

    /// The message as it is kept now.
    fn kept(&self) -> Result<Option<Rc<Item>>> {
        match &self.home {
            Home::Folder(folder) => self.mailbox.item(*folder, self.draft.borrow().item.id),
            Home::Attachment(attachment) => Ok(attachment.borrow().embedded.clone()),
        }
    }

    /// Keeps the message; `new` if there is none in its place.
    fn keep(&self, item: Rc<Item>, new: bool) -> Result<()> {
        match &self.home {
            Home::Folder(folder) if new => self.mailbox.add(*folder, item),
            Home::Folder(folder) => self.mailbox.replace(*folder, item),
            Home::Attachment(attachment) => {
                Rc::make_mut(&mut attachment.borrow_mut()).embedded = Some(item);
                Ok(())
            }
        }
    }

    /// The message with a new change number and all that is computed.
    fn finished(&self, mut item: Item) -> Result<(Rc<Item>, ChangeNumber)> {
        let number = ids::number()?;
        let folder = if let Home::Folder(folder) = self.home { Some(folder) } else { None };
        item.finish(folder, self.mailbox.replica(), number);
        Ok((Rc::new(item), number))
    }
}

impl Message for MemoryMessage {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.draft.borrow().item.properties.tags())
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.draft.borrow().item.properties.get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        self.check_writable()?;
        let mut draft = self.draft.borrow_mut();
        let properties = &mut draft.edit().properties;
        Ok(bag::problems(
            values,
            |given| given.tag,
            |Property { tag, value }| {
                bag::set(properties, COMPUTED, tag, value)?;
                subject::follow(properties, tag);
                Ok(())
            },
        ))
    }

    fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        self.check_writable()?;
        let mut draft = self.draft.borrow_mut();
        let properties = &mut draft.edit().properties;
        let problems = bag::remove_all(properties, COMPUTED, tags);
        tags.iter().for_each(|&tag| subject::follow(properties, tag));
        Ok(problems)
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        if access != StreamAccess::Read {
            self.check_writable()?;
        }
        if tag == PR_INTERNET_CONTENT && access != StreamAccess::Read {
            // Who writes the bytes of a mail expects to find its subject and its recipients afterwards.
            return Err(Error::not_implemented("message.open-stream of MIME"));
        }
        let draft = Rc::clone(&self.draft);
        bag::stream(&self.draft.borrow().item.properties, COMPUTED, tag, access, move |value| {
            let mut draft = draft.borrow_mut();
            let properties = &mut draft.edit().properties;
            bag::set(properties, COMPUTED, tag, value)?;
            subject::follow(properties, tag);
            Ok(())
        })
    }

    fn get_data(&mut self) -> Result<MessageData> {
        let draft = self.draft.borrow();
        let text = |tag| draft.item.properties.get_text(tag).map(str::to_owned);
        Ok(MessageData {
            subject_prefix: text(PID_TAG_SUBJECT_PREFIX),
            normalized_subject: text(PID_TAG_NORMALIZED_SUBJECT),
            recipients: draft.item.recipients.clone(),
        })
    }

    fn set_recipients(&mut self, recipients: RecipientTable) -> Result<()> {
        self.check_writable()?;
        if recipients.rows.iter().any(|row| row.cells.len() != recipients.columns.len()) {
            return Err(Error::invalid_parameter("a recipient has one cell for each column"));
        }
        self.draft.borrow_mut().edit().recipients = recipients;
        Ok(())
    }

    fn set_read_flag(&mut self, read: bool) -> Result<()> {
        self.check_writable()?;
        let kept = match &self.draft.borrow().saved {
            Some(_) => Some(self.kept()?.ok_or_else(|| Error::object_deleted("the message is gone"))?),
            None => None,
        };
        // What else the draft has changed waits for `save`.
        let flagged = kept.as_deref().map(|kept| {
            let mut item = kept.clone();
            item.set_read(read);
            self.finished(item)
        });
        let mut draft = self.draft.borrow_mut();
        if let Some((flagged, _)) = flagged.transpose()? {
            self.keep(Rc::clone(&flagged), false)?;
            for tag in FLAG_CHANGE {
                flagged
                    .properties
                    .get(tag)
                    .iter()
                    .for_each(|&value| draft.edit().properties.set(tag, value.clone()));
            }
            // Our own change is no conflict; that of somebody else before it still is.
            if let (Some(saved), Some(kept)) = (&draft.saved, &kept)
                && Rc::ptr_eq(saved, kept)
            {
                draft.saved = Some(flagged);
            }
        }
        draft.edit().set_read(read);
        Ok(())
    }

    fn save(&mut self, force: bool) -> Result<ChangeNumber> {
        self.check_writable()?;
        let kept = self.kept()?;
        match (&self.draft.borrow().saved, &kept) {
            (Some(_), None) => return Err(Error::object_deleted("the message is gone")),
            (None, Some(_)) => return Err(Error::exists("there is another message with this id")),
            (Some(saved), Some(kept)) if !force && !Rc::ptr_eq(saved, kept) => {
                return Err(Error::object_modified("the message was changed since it was opened"));
            }
            _ => {}
        }
        let (item, number) = self.finished((*self.draft.borrow().item).clone())?;
        self.keep(Rc::clone(&item), kept.is_none())?;
        *self.draft.borrow_mut() = Draft { item: Rc::clone(&item), saved: Some(item) };
        Ok(number)
    }

    /// There is nobody to send it to: it goes from where it is to the sent items of its tree.
    fn submit(&mut self, _mode: SubmitMode) -> Result<()> {
        self.check_writable()?;
        let Home::Folder(folder) = self.home else {
            return Err(Error::invalid_parameter("a message in an attachment cannot be sent"));
        };
        if self.draft.borrow().item.recipients.rows.is_empty() {
            return Err(Error::invalid_parameter("a message without recipients cannot be sent"));
        }
        let sent_items = self.mailbox.sent_items()?;
        let target = ids::reserve(1)?.first().copied().unwrap_or_default();
        let before = Rc::clone(&self.draft.borrow().item);
        {
            let mut draft = self.draft.borrow_mut();
            let flags = draft.item.flags() & !UNSENT;
            draft.edit().properties.set(PID_TAG_MESSAGE_FLAGS, flags);
            draft.edit().properties.set(PID_TAG_CLIENT_SUBMIT_TIME, SystemTime::now());
        }
        if let Err(error) = self.save(false) {
            self.draft.borrow_mut().item = before;
            return Err(error);
        }
        let items = vec![TransferItem { source: before.id, target, keys: None }];
        let outcomes = transfer::move_or_copy(&self.mailbox, folder, sent_items, items, false)?;
        outcomes.into_iter().try_for_each(|outcome| Ok(outcome.outcome?))
    }

    fn list_attachments(&mut self) -> Result<Vec<AttachNum>> {
        Ok(listed(&self.draft.borrow()).map(|(number, _)| number).collect())
    }

    fn open_attachment(&mut self, num: AttachNum, read_write: bool) -> Result<Box<dyn Attachment>> {
        if read_write {
            self.check_writable()?;
        }
        let item = self.draft.borrow().item.attachments.get(&num).cloned();
        let item = item.ok_or_else(|| Error::not_found(format!("the message has no attachment {num}")))?;
        let (mailbox, draft) = (Rc::clone(&self.mailbox), Rc::clone(&self.draft));
        Ok(Box::new(MemoryAttachment::new(mailbox, draft, num, item, read_write, false)))
    }

    fn create_attachment(&mut self) -> Result<(AttachNum, Box<dyn Attachment>)> {
        self.check_writable()?;
        let num = self.draft.borrow().item.next_attachment;
        let next =
            num.checked_add(1).ok_or_else(|| Error::too_big("all attachment numbers are given out"))?;
        self.draft.borrow_mut().edit().next_attachment = next;
        let (mailbox, draft) = (Rc::clone(&self.mailbox), Rc::clone(&self.draft));
        let item = Rc::new(AttachmentItem::new(num));
        Ok((num, Box::new(MemoryAttachment::new(mailbox, draft, num, item, true, true))))
    }

    fn delete_attachment(&mut self, num: AttachNum) -> Result<()> {
        self.check_writable()?;
        let deleted = self.draft.borrow_mut().edit().attachments.remove(&num);
        deleted.map(drop).ok_or_else(|| Error::not_found(format!("the message has no attachment {num}")))
    }

    fn open_attachment_table(&mut self) -> Result<Box<dyn Table>> {
        let draft = Rc::clone(&self.draft);
        let load = move || Ok(listed(&draft.borrow()).map(|(_, item)| Rc::clone(item)).collect());
        Ok(Box::new(RowsTable::open(ATTACHMENTS, load)?))
    }
}

/// The attachments that were saved with the message (AT-02), but for those deleted since.
fn listed(draft: &Draft) -> impl Iterator<Item = (AttachNum, &Rc<AttachmentItem>)> {
    let saved = draft.saved.as_deref();
    let is_saved = move |num| saved.is_some_and(|saved| saved.attachments.contains_key(num));
    draft.item.attachments.iter().filter(move |(num, _)| is_saved(num)).map(|(&num, item)| (num, item))
}
