//! An open item: what was read, what was changed since, and how it is saved.
//!
//! Shared by the handle of the message, its attachments and its streams. Knows files and ids, no resource of the
//! contract.

use std::cell::{Ref, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use mapistore_sdk::tags::property_type;
use mapistore_sdk::types::{
    AttachNum, ChangeNumber, DeleteMode, Fmid, PropertyTag, PropertyValue, RecipientTable,
};
use mapistore_sdk::value::type_of;
use mapistore_sdk::{Error, ErrorCode, Result};

use crate::attach::Attached;
use crate::ids;
use crate::item::{Changes, Item, Kind};
use crate::key::Key;
use crate::keys::*;
use crate::snapshot::{FolderState, Record};
use crate::store::{SIZE_LIMIT, unique};

/// An open item.
pub(crate) struct Draft {
    /// The folder that it is in.
    pub(crate) folder: Rc<FolderState>,
    /// PidTagMid.
    pub(crate) id: Fmid,
    writable: bool,
    state: RefCell<State>,
}

struct State {
    /// The item as it was opened or last saved; none before the first save.
    record: Option<Rc<Record>>,
    item: Item,
    changes: Changes,
    recipients: Option<RecipientTable>,
    /// By number; none where one was deleted.
    attachments: Option<Vec<Option<Attached>>>,
    attachments_changed: bool,
    /// Attachments that were created since the last save.
    unsaved: BTreeSet<AttachNum>,
    /// The bytes that replace the item.
    original: Option<Vec<u8>>,
    /// Whether a new item is to be unread.
    unread: bool,
}

impl Draft {
    /// An item that has a file.
    ///
    /// # Errors
    /// `NotFound` if the file is gone.
    pub(crate) fn open(folder: Rc<FolderState>, record: Rc<Record>, writable: bool) -> Result<Self> {
        let (bytes, _) = folder.store.read(folder.collection(), &record.file)?;
        let item = Item::read(folder.kind(), &bytes, &record.file);
        Ok(Self { id: record.id, folder, writable, state: State::new(Some(record), item).into() })
    }

    /// An item that has none yet.
    pub(crate) fn create(folder: Rc<FolderState>, id: Fmid) -> Self {
        let item = Item::new(folder.kind(), &unique());
        Self { folder, id, writable: true, state: State::new(None, item).into() }
    }

    /// Refuses to change an item that was opened to be read.
    ///
    /// # Errors
    /// `Denied`.
    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.writable { Ok(()) } else { Err(Error::denied("the item was opened to be read")) }
    }

    /// The value of a property, of whatever size.
    pub(crate) fn value(&self, tag: PropertyTag) -> Option<PropertyValue> {
        let key = self.folder.names.key(tag)?;
        let state = self.state.borrow();
        if let Some(change) = state.changes.get(&self.folder.kind().canonical(key)) {
            return change.clone();
        }
        if key == MID {
            return Some(mapistore_sdk::value::id(self.id));
        }
        let placed = state.record.as_ref().and_then(|record| placed(key, record, &self.folder));
        placed.or_else(|| {
            let value = state.item.bag.get(&key).cloned()?;
            Some(state.record.as_ref().map_or(value.clone(), |record| as_marked(key, value, record)))
        })
    }

    /// Sets or removes a property; it is durable with [`Self::save`].
    ///
    /// # Errors
    /// `NotImplemented` for what the file has no place for, `Denied` for what is computed, `InvalidParameter` for a
    /// value of another type.
    pub(crate) fn set(
        &self,
        tag: PropertyTag,
        value: Option<PropertyValue>,
    ) -> std::result::Result<(), ErrorCode> {
        let Some(key) = self.folder.names.key(tag) else {
            return if value.is_none() { Ok(()) } else { Err(ErrorCode::NotImplemented) };
        };
        let kind = self.folder.kind();
        let canonical = kind.canonical(key);
        if value == self.value(tag) {
            return Ok(());
        }
        if key == MESSAGE_CLASS {
            return Err(ErrorCode::NotImplemented);
        }
        if !kind.is_writable(canonical) {
            return Err(ErrorCode::Denied);
        }
        if let Some(value) = &value
            && Some(property_type(self.folder.names.tag(key).unwrap_or(tag))) != type_of(value)
        {
            return Err(ErrorCode::InvalidParameter);
        }
        if let Some(PropertyValue::Time(time)) = value
            && !crate::time::is_writable(time)
        {
            return Err(ErrorCode::InvalidParameter);
        }
        self.check_readable().map_err(|error| error.code)?;
        self.state.borrow_mut().changes.insert(canonical, value);
        Ok(())
    }

    /// Refuses to change what could not be read: there is no line to change.
    fn check_readable(&self) -> Result<()> {
        let state = self.state.borrow();
        let whole = state.record.as_ref().is_none_or(|record| record.stamp.size < SIZE_LIMIT);
        if !whole {
            return Err(Error::too_big("the item is too large to be changed"));
        }
        if state.item.is_readable() {
            return Ok(());
        }
        Err(Error::invalid_data("the file holds no item that could be changed"))
    }

    /// Replaces all recipients.
    ///
    /// # Errors
    /// `Denied` if the item was opened to be read.
    pub(crate) fn set_recipients(&self, recipients: RecipientTable) -> Result<()> {
        self.check_writable()?;
        self.check_readable()?;
        self.state.borrow_mut().recipients = Some(recipients);
        Ok(())
    }

    /// The recipients.
    pub(crate) fn recipients(&self) -> RecipientTable {
        let state = self.state.borrow();
        state.recipients.clone().unwrap_or_else(|| state.item.recipients.clone())
    }

    /// Replaces the whole item by these bytes.
    ///
    /// # Errors
    /// `Denied` if the item was opened to be read, `InvalidData` if they are another kind of item.
    pub(crate) fn replace(&self, bytes: Vec<u8>) -> Result<()> {
        self.check_writable()?;
        let kind = self.folder.kind();
        if Kind::of(&format!("x.{}", kind.extension()), &bytes) != Some(kind) {
            return Err(Error::invalid_data(format!("this is no item of `{}`", self.folder.place)));
        }
        let mut state = self.state.borrow_mut();
        let file = state.file().to_owned();
        let record = state.record.take();
        *state = State::new(record, Item::read(kind, &bytes, &file));
        state.original = Some(bytes);
        Ok(())
    }

    /// The item as it is in its file, or as it was replaced.
    ///
    /// # Errors
    /// `NotFound` if it has no bytes yet.
    pub(crate) fn original(&self) -> Result<Vec<u8>> {
        let state = self.state.borrow();
        if state.record.is_none() && state.original.is_none() {
            return Err(Error::not_found("the item was not saved"));
        }
        Ok(state.original.clone().unwrap_or_else(|| state.item.bytes()))
    }

    /// The attachments by number.
    pub(crate) fn attachments(&self) -> Ref<'_, [Option<Attached>]> {
        {
            let mut state = self.state.borrow_mut();
            if state.attachments.is_none() {
                state.attachments = Some(state.item.attachments().into_iter().map(Some).collect());
            }
        }
        Ref::map(self.state.borrow(), |state| state.attachments.as_deref().unwrap_or_default())
    }

    /// The saved attachments.
    pub(crate) fn saved_attachments(&self) -> Vec<(AttachNum, Attached)> {
        let unsaved = self.state.borrow().unsaved.clone();
        let attachments = self.attachments();
        let saved = (0..).zip(attachments.iter()).filter(|(number, _)| !unsaved.contains(number));
        saved.filter_map(|(number, attached)| Some((number, attached.clone()?))).collect()
    }

    /// The number of a new attachment.
    ///
    /// # Errors
    /// `Denied` if the item was opened to be read; `Exists` for a second picture.
    pub(crate) fn add_attachment(&self) -> Result<AttachNum> {
        self.check_writable()?;
        self.check_readable()?;
        let count = self.attachments().len();
        let number = AttachNum::try_from(count).unwrap_or(AttachNum::MAX);
        if self.folder.kind() == Kind::Contact && self.attachments().iter().any(Option::is_some) {
            return Err(Error::exists("a contact has one picture, and this one has it"));
        }
        let mut state = self.state.borrow_mut();
        state.attachments.get_or_insert_default().push(None);
        state.unsaved.insert(number);
        Ok(number)
    }

    /// Puts an attachment in, or takes it out.
    ///
    /// # Errors
    /// `Denied` if the item was opened to be read, `NotFound` for one that is not there to be taken out.
    pub(crate) fn put_attachment(&self, number: AttachNum, attached: Option<Attached>) -> Result<()> {
        self.check_writable()?;
        self.check_readable()?;
        let removed = attached.is_none();
        drop(self.attachments());
        let mut state = self.state.borrow_mut();
        let slot = state.attachments.as_mut().and_then(|slots| slots.get_mut(number as usize));
        let slot = slot.filter(|slot| !removed || slot.is_some());
        let slot = slot.ok_or_else(|| Error::not_found(format!("the item has no attachment {number}")))?;
        *slot = attached;
        state.attachments_changed = true;
        Ok(())
    }

    /// Marks the item as read or unread: at once, or when a new one is saved.
    ///
    /// # Errors
    /// `Denied` if it was opened to be read only; `ObjectDeleted` if it is gone.
    pub(crate) fn mark(&self, read: bool) -> Result<()> {
        self.check_writable()?;
        let opened = self.state.borrow().record.clone();
        match opened {
            Some(opened) => {
                self.current(&opened, true)?;
                let marked = self.folder.mark(self.id, read)?;
                // Another's change in between is still one at the next save.
                let unchanged = opened.stamp == marked.stamp;
                self.state.borrow_mut().record = Some(if unchanged {
                    marked
                } else {
                    Rc::new(Record { unread: !read, ..Record::clone(&opened) })
                });
            }
            None => self.state.borrow_mut().unread = !read,
        }
        Ok(())
    }

    /// Makes what was changed durable, and answers the new change number.
    ///
    /// # Errors
    /// `ObjectModified` if somebody else changed the item since, unless `force`; `ObjectDeleted` if it is gone.
    pub(crate) fn save(&self, force: bool) -> Result<ChangeNumber> {
        self.check_writable()?;
        let opened = self.state.borrow().record.clone();
        let current = match opened {
            Some(opened) => Some(self.current(&opened, force)?),
            None => None,
        };
        let bytes = self.bytes()?;
        let number = ids::number()?;
        let folder = &self.folder;
        let record = match current {
            Some(current) => {
                let stamp = folder.store.write(folder.collection(), &current.file, &bytes)?;
                folder.put(Record { stamp, number, ..Record::clone(&current) })
            }
            None => self.write_new(&bytes, number)?,
        };
        let item = Item::read(folder.kind(), &bytes, &record.file);
        *self.state.borrow_mut() = State::new(Some(record), item);
        Ok(number)
    }

    /// The item as it is now, which may be other than it was opened.
    fn current(&self, opened: &Record, force: bool) -> Result<Rc<Record>> {
        let folder = &self.folder;
        let known = folder.record(self.id).ok().filter(|known| known.number == opened.number);
        let stamp = folder.store.stamp(folder.collection(), &opened.file).ok();
        if let Some(known) = known
            && stamp == Some(known.stamp)
        {
            return Ok(known);
        }
        folder.scan(None)?;
        let current = folder
            .record(self.id)
            .map_err(|_| Error::new(ErrorCode::ObjectDeleted, "the item was deleted since it was opened"))?;
        if current.number != opened.number && !force {
            return Err(Error::new(ErrorCode::ObjectModified, "the item was changed since it was opened"));
        }
        Ok(current)
    }

    fn write_new(&self, bytes: &[u8], number: ChangeNumber) -> Result<Rc<Record>> {
        let folder = &self.folder;
        let unread = self.state.borrow().unread;
        let uid = Item::read(folder.kind(), bytes, "").uid();
        let file = free_name(folder, uid.as_deref());
        // The index first: another context that sees the file must find its id.
        match ids::add(self.id, &folder.uri_of(&file)) {
            // Somebody removed a file of this name, and we did not look since.
            Err(error) if error.code == ErrorCode::Exists => {
                folder.scan(None)?;
                ids::add(self.id, &folder.uri_of(&file))?;
            }
            added => added?,
        }
        match folder.store.write(folder.collection(), &file, bytes) {
            Ok(stamp) => Ok(folder.put(Record { id: self.id, file, stamp, number, unread })),
            Err(error) => {
                ids::remove(&[self.id], DeleteMode::Hard)?;
                Err(error.into())
            }
        }
    }

    /// The item as it is to be written.
    fn bytes(&self) -> Result<Vec<u8>> {
        let state = self.state.borrow();
        let edited = !state.changes.is_empty() || state.recipients.is_some() || state.attachments_changed;
        let bytes = match &state.original {
            Some(bytes) if !edited => bytes.clone(),
            None if !edited && state.record.is_some() => state.item.bytes(),
            _ => {
                let attached: Vec<&Attached> = state.attachments.iter().flatten().flatten().collect();
                let attached = state.attachments_changed.then_some(attached.as_slice());
                state.item.apply(&state.changes, state.recipients.as_ref(), attached, state.file()).bytes()
            }
        };
        if bytes.len() as u64 >= SIZE_LIMIT {
            return Err(Error::too_big(format!(
                "an item of {} bytes, at most {SIZE_LIMIT} are taken",
                bytes.len()
            )));
        }
        Ok(bytes)
    }
}

impl State {
    fn new(record: Option<Rc<Record>>, item: Item) -> Self {
        Self {
            record,
            item,
            changes: Changes::new(),
            recipients: None,
            attachments: None,
            attachments_changed: false,
            unsaved: BTreeSet::new(),
            original: None,
            unread: false,
        }
    }

    fn file(&self) -> &str {
        self.record.as_ref().map_or("", |record| &record.file)
    }
}

/// What follows from where an item is.
pub(crate) fn placed(key: Key, record: &Record, folder: &FolderState) -> Option<PropertyValue> {
    let binary_key = |id| PropertyValue::Binary(ids::xid(folder.replica, id));
    let time = || {
        let seconds = i64::try_from(record.stamp.modified / 1_000_000_000).unwrap_or(i64::MAX);
        crate::time::value(seconds)
    };
    Some(match key {
        MID | INST_ID => mapistore_sdk::value::id(record.id),
        INSTANCE_NUM => 0.into(),
        PARENT_FOLDER_ID => mapistore_sdk::value::id(folder.id),
        CHANGE_NUMBER => mapistore_sdk::value::id(record.number),
        CHANGE_KEY => binary_key(record.number),
        PREDECESSOR_CHANGE_LIST => {
            PropertyValue::Binary(ids::predecessors(&[], &ids::xid(folder.replica, record.number)))
        }
        SOURCE_KEY | SEARCH_KEY => binary_key(record.id),
        PARENT_SOURCE_KEY => binary_key(folder.id),
        MESSAGE_SIZE => i32::try_from(record.stamp.size).unwrap_or(i32::MAX).into(),
        LAST_MODIFICATION_TIME | MESSAGE_DELIVERY_TIME => time(),
        READ => (!record.unread).into(),
        _ => return None,
    })
}

/// A value of an item, where it also says whether the item was read: mfRead (MS-OXCMSG 2.2.1.6).
pub(crate) fn as_marked(key: Key, value: PropertyValue, record: &Record) -> PropertyValue {
    match value {
        PropertyValue::Integer32(flags) if key == MESSAGE_FLAGS && record.unread => (flags & !0x01).into(),
        value => value,
    }
}

/// A name for a new file: its UID where that is safe and free, as vdirsyncer has it, and a random one otherwise.
pub(crate) fn free_name(folder: &FolderState, uid: Option<&str>) -> String {
    let extension = folder.kind().extension();
    let safe = |uid: &&str| {
        !uid.starts_with('.')
            && uid.len() <= 120
            && uid.chars().all(|c| c.is_ascii_alphanumeric() || "_.-+@".contains(c))
    };
    let named = uid.filter(safe).map(|uid| format!("{uid}.{extension}"));
    let free = |file: &String| folder.store.stamp(folder.collection(), file).is_err();
    named.filter(free).unwrap_or_else(|| format!("{}.{extension}", unique()))
}
