//! An open message: what was read, what was changed since, and how it is saved.
//!
//! Shared by the handle of the message, its attachments and its streams. Knows files and ids, no resource of the
//! contract.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mapistore_sdk::tags;
use mapistore_sdk::types::{Cell, ChangeNumber, DeleteMode, Fmid, PropertyTag, PropertyValue};
use mapistore_sdk::{Error, ErrorCode, Result};

use crate::compose;
use crate::edit;
use crate::ids;
use crate::mailbox::Mailbox;
use crate::mime::{Attachment, Content};
use crate::name::{Flags, next_revision, unique_base};
use crate::properties::{View, cell, to_unix_time};
use crate::restriction::Properties;
use crate::snapshot::{FolderState, Record, message_uri};

/// Where a message is saved to.
pub(crate) enum Home {
    /// A file of a folder.
    Folder(Rc<FolderState>),
    /// An attachment, as its handle holds it.
    Attachment(Rc<FolderState>, Rc<RefCell<Attachment>>),
}

/// An open message.
pub(crate) struct Draft {
    /// What the handles of the context share.
    pub(crate) mailbox: Rc<Mailbox>,
    /// Where it is saved to.
    pub(crate) home: Home,
    /// PidTagMid.
    pub(crate) id: Fmid,
    writable: bool,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// The message as it was opened or last saved; none before the first save.
    record: Option<Rc<Record>>,
    content: Option<Rc<Content>>,
    /// The message is too large to be held, and `content` is its beginning.
    partial: bool,
    /// The content differs from the file.
    edited: bool,
    /// The bytes that replace the message, in place of the content.
    original: Option<Vec<u8>>,
    /// Flags to set and clear.
    flags: Vec<(char, bool)>,
    delivered: Option<SystemTime>,
    /// Attachments that were created since the last save.
    unsaved: BTreeSet<u32>,
}

impl Draft {
    /// A message that has a file.
    pub(crate) fn open(
        mailbox: Rc<Mailbox>,
        folder: Rc<FolderState>,
        record: Rc<Record>,
        writable: bool,
    ) -> Self {
        let id = record.id;
        let state = State { record: Some(record), ..State::default() };
        Self { mailbox, home: Home::Folder(folder), id, writable, state: state.into() }
    }

    /// A message that has none yet.
    pub(crate) fn create(mailbox: Rc<Mailbox>, home: Home, id: Fmid) -> Self {
        let state = State { content: Some(Rc::default()), edited: true, ..State::default() };
        Self { mailbox, home, id, writable: true, state: state.into() }
    }

    /// The message in an attachment.
    pub(crate) fn embedded(mailbox: Rc<Mailbox>, home: Home, id: Fmid, writable: bool, bytes: &[u8]) -> Self {
        let state = State { content: Some(Rc::new(Content::read(bytes))), ..State::default() };
        Self { mailbox, home, id, writable, state: state.into() }
    }

    /// The folder that the message, or the one it is attached to, lies in.
    pub(crate) fn folder(&self) -> &Rc<FolderState> {
        match &self.home {
            Home::Folder(folder) | Home::Attachment(folder, _) => folder,
        }
    }

    /// The record that the message was opened with.
    pub(crate) fn record(&self) -> Option<Rc<Record>> {
        self.state.borrow().record.clone()
    }

    /// Whether attachment `number` was created since the last save.
    pub(crate) fn is_unsaved(&self, number: u32) -> bool {
        self.state.borrow().unsaved.contains(&number)
    }

    /// Refuses to change a message that was opened to be read.
    ///
    /// # Errors
    /// `Denied`.
    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.writable { Ok(()) } else { Err(Error::denied("the message was opened to be read")) }
    }

    /// The content, read if it was not yet.
    ///
    /// # Errors
    /// `ObjectDeleted` if the file is gone; what the disk says.
    pub(crate) fn content(&self) -> Result<Rc<Content>> {
        let mut state = self.state.borrow_mut();
        if let Some(content) = &state.content {
            return Ok(Rc::clone(content));
        }
        let record = state.record.clone().ok_or(ErrorCode::Corrupted)?;
        let (content, whole) = self.mailbox.content(self.folder(), &record).map_err(gone)?;
        state.partial = !whole;
        Ok(Rc::clone(state.content.insert(Rc::new(content))))
    }

    /// Changes the content.
    ///
    /// # Errors
    /// `Denied` if the message was opened to be read, `TooBig` if it is not held whole.
    pub(crate) fn edit<T>(&self, change: impl FnOnce(&mut Content) -> T) -> Result<T> {
        self.check_writable()?;
        self.content()?;
        let mut state = self.state.borrow_mut();
        if state.partial {
            return Err(Error::too_big("the message is too large to be changed"));
        }
        state.edited = true;
        state.original = None;
        Ok(change(Rc::make_mut(state.content.get_or_insert_default())))
    }

    /// Replaces the whole message by these bytes.
    ///
    /// # Errors
    /// `Denied` if the message was opened to be read.
    pub(crate) fn replace(&self, bytes: Vec<u8>) -> Result<()> {
        self.check_writable()?;
        let mut state = self.state.borrow_mut();
        state.content = Some(Rc::new(Content::read(&bytes)));
        state.partial = false;
        state.edited = true;
        state.original = Some(bytes);
        Ok(())
    }

    /// The number of a new attachment.
    ///
    /// # Errors
    /// As [`Self::edit`].
    pub(crate) fn add_attachment(&self) -> Result<u32> {
        let number = self.edit(|content| {
            content.attachments.push(None);
            u32::try_from(content.attachments.len() - 1).unwrap_or(u32::MAX)
        })?;
        self.state.borrow_mut().unsaved.insert(number);
        Ok(number)
    }

    /// The cells of these properties.
    pub(crate) fn get(&self, tags: &[PropertyTag]) -> Vec<Cell> {
        tags.iter().map(|&tag| cell(self.value(tag))).collect()
    }

    /// The value of a property, of whatever size.
    pub(crate) fn value(&self, tag: PropertyTag) -> Option<PropertyValue> {
        if tag == tags::PID_TAG_MID {
            return Some(PropertyValue::Integer64(self.id.cast_signed()));
        }
        let record = self.record();
        let mut view = View::new(&self.mailbox, self.folder(), record.as_deref());
        view.flags = self.flags();
        if let Some(content) = &self.state.borrow().content {
            view.content = Some(Rc::clone(content)).into();
        }
        let value = view.get(tag);
        if let Some(Some(content)) = view.content.into_inner() {
            self.state.borrow_mut().content.get_or_insert(content);
        }
        value
    }

    fn flags(&self) -> Flags {
        let state = self.state.borrow();
        state.flags_over(state.record.as_ref().map(|record| &record.entry.flags))
    }

    /// Sets a property; it is durable with [`Self::save`].
    ///
    /// # Errors
    /// A code for the list of problems.
    pub(crate) fn set(&self, tag: PropertyTag, value: PropertyValue) -> std::result::Result<(), ErrorCode> {
        if let Some(flags) = edit::flags(tag, &value)? {
            self.set_flags(flags);
            return Ok(());
        }
        // The time of a file; that of an existing one says when it came.
        if let (tags::PID_TAG_MESSAGE_DELIVERY_TIME, PropertyValue::Time(time), None) =
            (tag, &value, self.record())
        {
            let seconds = u64::try_from(to_unix_time(*time)).map_err(|_| ErrorCode::InvalidParameter)?;
            self.state.borrow_mut().delivered = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
            return Ok(());
        }
        // Tried on a copy: a property that is refused must not make the message count as changed.
        let mut trial = Content::clone(&*self.content().map_err(|error| error.code)?);
        edit::set(&mut trial, tag, value)?;
        self.edit(|content| *content = trial).map_err(|error| error.code)
    }

    /// Removes a property; durable with [`Self::save`].
    ///
    /// # Errors
    /// A code for the list of problems.
    pub(crate) fn remove(&self, tag: PropertyTag) -> std::result::Result<(), ErrorCode> {
        if let Some(flags) = edit::flags(tag, &PropertyValue::Integer32(0))? {
            self.set_flags(flags);
            return Ok(());
        }
        if self.value(tag).is_none() {
            return Ok(());
        }
        let removed = self.edit(|content| edit::remove(content, tag));
        removed.map_err(|error| error.code)?
    }

    fn set_flags(&self, flags: Vec<(char, bool)>) {
        self.state.borrow_mut().flags.extend(flags);
    }

    /// Sets or clears the read flag, at once.
    ///
    /// # Errors
    /// `ObjectDeleted` if the message is gone; what the disk says.
    pub(crate) fn set_read(&self, read: bool) -> Result<()> {
        let (Home::Folder(folder), Some(_)) = (&self.home, self.record()) else {
            // Not in a file yet: with the save.
            self.set_flags(vec![(Flags::SEEN, read)]);
            return Ok(());
        };
        folder.sync(&self.mailbox)?;
        let record =
            folder.set_flags(&self.mailbox, self.id, &[(Flags::SEEN, read)], ids::number()?).map_err(gone)?;
        folder.write_changes(&self.mailbox);
        self.state.borrow_mut().record = Some(record);
        Ok(())
    }

    /// Makes what was changed durable, and answers the new change number.
    ///
    /// # Errors
    /// `ObjectModified` if somebody else changed the message since, unless `force`; `ObjectDeleted` if it is gone.
    pub(crate) fn save(&self, force: bool) -> Result<ChangeNumber> {
        self.check_writable()?;
        let number = match &self.home {
            Home::Folder(folder) => self.save_file(folder, force)?,
            Home::Attachment(_, attachment) => {
                let bytes = self.bytes()?;
                let mut attachment = attachment.borrow_mut();
                attachment.data = Rc::new(bytes);
                attachment.embedded = true;
                ids::number()?
            }
        };
        let mut state = self.state.borrow_mut();
        state.edited = false;
        state.original = None;
        state.flags.clear();
        state.unsaved.clear();
        Ok(number)
    }

    fn save_file(&self, folder: &Rc<FolderState>, force: bool) -> Result<ChangeNumber> {
        let opened = self.record();
        let current = match &opened {
            Some(_) => {
                folder.sync(&self.mailbox)?;
                Some(folder.record(self.id).map_err(gone)?)
            }
            // A look at all that is there would make each message of an import dearer than the one before.
            None => {
                folder.sync_once(&self.mailbox)?;
                self.mailbox.check_exists(&folder.path())?;
                None
            }
        };
        if let (Some(opened), Some(current)) = (&opened, &current)
            && opened.number != current.number
            && !force
        {
            return Err(Error::new(ErrorCode::ObjectModified, "the message was changed since it was opened"));
        }
        let number = ids::number()?;
        let record = match &current {
            Some(current) if !self.state.borrow().edited => {
                let flags = self.state.borrow().flags.clone();
                folder.set_flags(&self.mailbox, current.id, &flags, number).map_err(gone)?
            }
            _ => self.write_file(folder, current.as_deref(), number)?,
        };
        folder.write_changes(&self.mailbox);
        self.state.borrow_mut().record = Some(record);
        Ok(number)
    }

    /// Writes a new file, in the place of the one that it replaces and under another name: under one name, a Maildir file
    /// never has two contents for longer than a rename takes.
    fn write_file(
        &self,
        folder: &Rc<FolderState>,
        current: Option<&Record>,
        number: ChangeNumber,
    ) -> Result<Rc<Record>> {
        let (mailbox, path) = (&self.mailbox, folder.path());
        let bytes = self.bytes()?;
        let flags = self.state.borrow().flags_over(current.map(|current| &current.entry.flags));
        let delivered = self.delivered(folder, current);
        let size = bytes.len() as u64;
        let base = current.map_or_else(|| unique_base(size), |current| next_revision(&current.base, size));
        let uri = |base: &str| message_uri(&path.uri(&mailbox.user), base);
        // The index first: another context that sees the file must find its id.
        match current {
            Some(_) => ids::update(self.id, &uri(&base))?,
            None => ids::add(self.id, &uri(&base))?,
        }
        let written = match current {
            Some(current) => mailbox.store.replace(
                &path,
                (&current.base, &current.entry),
                &base,
                &bytes,
                &flags,
                delivered,
            ),
            None => mailbox.store.deliver(&path, &base, &bytes, &flags, delivered),
        };
        let entry = match written {
            Ok(entry) => entry,
            Err(error) => {
                match current {
                    Some(current) => ids::update(self.id, &uri(&current.base))?,
                    None => ids::remove(&[self.id], DeleteMode::Hard)?,
                }
                return Err(error.into());
            }
        };
        let record = match current {
            Some(current) => Record { base, entry, ..current.changed(mailbox, number) },
            None => Record { id: self.id, base, entry, number, keys: None },
        };
        Ok(folder.put(record))
    }

    /// The message as it is to be written.
    fn bytes(&self) -> Result<Vec<u8>> {
        let original = self.state.borrow().original.clone();
        match original {
            Some(bytes) => Ok(bytes),
            None => {
                self.edit(|content| {
                    // So that the next save does not invent another one.
                    content.envelope.message_id.get_or_insert_with(compose::new_message_id);
                })?;
                Ok(compose::write(&*self.content()?)?)
            }
        }
    }

    /// A rewritten message keeps its time.
    fn delivered(&self, folder: &FolderState, current: Option<&Record>) -> Option<SystemTime> {
        self.state.borrow().delivered.or_else(|| self.mailbox.summary(folder, current?).ok()?.delivered)
    }
}

impl State {
    /// The flags with the changes that were made. A new message is a draft, unless it came as the bytes of a message
    /// or its flags were set.
    fn flags_over(&self, flags: Option<&Flags>) -> Flags {
        let new = || Flags::default().with(Flags::DRAFT, self.original.is_none());
        self.flags.iter().fold(flags.cloned().unwrap_or_else(new), |flags, &(flag, on)| flags.with(flag, on))
    }
}

/// The file of an open message is gone: that is something else than a message that never was.
fn gone(error: Error) -> Error {
    if error.code == ErrorCode::NotFound {
        return Error::new(ErrorCode::ObjectDeleted, "the message was deleted since it was opened");
    }
    error
}
