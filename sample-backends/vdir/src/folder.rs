//! The handle of the open folder: its properties, its table, and what is done to many items at once.

use std::rc::Rc;

use mapistore_sdk::tags::{self, property_id};
use mapistore_sdk::types::{
    Cell, ChangeNumber, DeleteMode, DeletedSet, ItemOutcome, Mid, Property, PropertyProblem, PropertyTag,
    PropertyValue, TableKind, TransferItem, TransferSource,
};
use mapistore_sdk::value::{self, filetime};
use mapistore_sdk::{Error, ErrorCode, Folder, INLINE_LIMIT, Message, Properties, Result, RowsTable, Table};

use crate::contents::Contents;
use crate::draft::{Draft, free_name};
use crate::ids;
use crate::item::Item;
use crate::message::{VdirMessage, problems};
use crate::snapshot::{FolderState, Record};
use crate::store::unique;

/// The file that names a collection.
const DISPLAY_NAME: &str = "displayname";
/// The file that describes a collection.
const DESCRIPTION: &str = "description";

/// What the folder may have.
const FOLDER: &[PropertyTag] = &[
    tags::PID_TAG_FOLDER_ID,
    tags::PID_TAG_DISPLAY_NAME,
    tags::PID_TAG_COMMENT,
    tags::PID_TAG_CONTAINER_CLASS,
    tags::PID_TAG_FOLDER_TYPE,
    tags::PID_TAG_CONTENT_COUNT,
    tags::PID_TAG_CONTENT_UNREAD_COUNT,
    tags::PID_TAG_ASSOCIATED_CONTENT_COUNT,
    tags::PID_TAG_SUBFOLDERS,
    tags::PID_TAG_CHANGE_NUMBER,
    tags::PID_TAG_CHANGE_KEY,
    tags::PID_TAG_PREDECESSOR_CHANGE_LIST,
    tags::PID_TAG_SOURCE_KEY,
    tags::PID_TAG_LAST_MODIFICATION_TIME,
    tags::PID_TAG_ACCESS,
];

/// The open folder.
pub(crate) struct VdirFolder(pub(crate) Rc<FolderState>);

impl VdirFolder {
    fn properties(&self) -> Result<Properties> {
        let folder = &self.0;
        let number = folder.change()?;
        let count = folder.records().len();
        let change_key = ids::xid(folder.replica, number);
        let mut bag = Properties::new()
            .with(tags::PID_TAG_FOLDER_ID, value::id(folder.id))
            .with(tags::PID_TAG_DISPLAY_NAME, display_name(folder))
            .with(tags::PID_TAG_CONTAINER_CLASS, folder.kind().container_class())
            // FOLDER_GENERIC (MS-OXCFOLD 2.2.2.2.2.3).
            .with(tags::PID_TAG_FOLDER_TYPE, 1)
            .with(tags::PID_TAG_CONTENT_COUNT, value::count(count))
            .with(tags::PID_TAG_CONTENT_UNREAD_COUNT, 0)
            .with(tags::PID_TAG_ASSOCIATED_CONTENT_COUNT, 0)
            .with(tags::PID_TAG_SUBFOLDERS, false)
            .with(tags::PID_TAG_CHANGE_NUMBER, value::id(number))
            .with(tags::PID_TAG_CHANGE_KEY, change_key.clone())
            .with(tags::PID_TAG_PREDECESSOR_CHANGE_LIST, ids::predecessors(&[], &change_key))
            .with(tags::PID_TAG_SOURCE_KEY, ids::xid(folder.replica, folder.id))
            // All of MS-OXCFOLD 2.2.2.2.1.4 but sub-folders: modify, read, delete, and create items.
            .with(tags::PID_TAG_ACCESS, 0x17);
        if let Some(comment) = folder.store.read_text(folder.collection(), DESCRIPTION) {
            bag.set(tags::PID_TAG_COMMENT, comment.trim());
        }
        if let Some(time) = folder.store.changed(folder.collection()) {
            bag.set(tags::PID_TAG_LAST_MODIFICATION_TIME, PropertyValue::Time(filetime(time)));
        }
        Ok(bag)
    }

    fn set(&self, tag: PropertyTag, value: PropertyValue) -> Result<std::result::Result<(), ErrorCode>> {
        let folder = &self.0;
        let file = match (tag, &value) {
            (tags::PID_TAG_DISPLAY_NAME, PropertyValue::Text(name)) if name.trim().is_empty() => {
                return Ok(Err(ErrorCode::InvalidParameter));
            }
            (tags::PID_TAG_DISPLAY_NAME, PropertyValue::Text(_)) => DISPLAY_NAME,
            (tags::PID_TAG_COMMENT, PropertyValue::Text(_)) => DESCRIPTION,
            (tags::PID_TAG_CONTAINER_CLASS, PropertyValue::Text(class))
                if class == folder.kind().container_class() =>
            {
                return Ok(Ok(()));
            }
            (tag, _) if FOLDER.iter().any(|&known| property_id(known) == property_id(tag)) => {
                return Ok(Err(ErrorCode::Denied));
            }
            _ => return Ok(Err(ErrorCode::NotImplemented)),
        };
        if let PropertyValue::Text(text) = value {
            folder.store.write_text(folder.collection(), file, text.trim(), true)?;
            folder.touch()?;
        }
        Ok(Ok(()))
    }

    fn transfer(&self, item: &TransferItem, copy: bool) -> Result<()> {
        let folder = &self.0;
        let record = folder.record(item.source)?;
        let number = ids::number()?;
        if !copy {
            // Within one folder a move is another id for the same file.
            ids::remove(&[item.source], DeleteMode::Soft)?;
            ids::add(item.target, &folder.uri_of(&record.file))?;
            folder.put(Record { id: item.target, number, ..Record::clone(&record) });
            return Ok(());
        }
        let (bytes, _) = folder.store.read(folder.collection(), &record.file)?;
        let uid = unique();
        // Two items of one UID are one item to other programs.
        let copied = Item::read(folder.kind(), &bytes, &record.file).with_uid(&uid).bytes();
        let file = free_name(folder, Some(&uid));
        ids::add(item.target, &folder.uri_of(&file))?;
        match folder.store.write(folder.collection(), &file, &copied) {
            Ok(stamp) => {
                drop(folder.put(Record { id: item.target, file, stamp, number, unread: record.unread }))
            }
            Err(error) => {
                ids::remove(&[item.target], DeleteMode::Hard)?;
                return Err(error.into());
            }
        }
        Ok(())
    }
}

impl Folder for VdirFolder {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        Ok(self.properties()?.tags())
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.properties()?.get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        let outcomes: Result<Vec<_>> =
            values.into_iter().map(|Property { tag, value }| Ok((tag, self.set(tag, value)?))).collect();
        Ok(problems(outcomes?.into_iter()))
    }

    fn remove_properties(&self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        let known = tags.iter().filter(|&&tag| FOLDER.contains(&tag));
        Ok(problems(known.map(|&tag| (tag, Err(ErrorCode::Denied)))))
    }

    fn open_message(&self, id: Mid, read_write: bool) -> Result<Box<dyn Message>> {
        self.0.sync()?;
        let record = self.0.record(id)?;
        Ok(Box::new(VdirMessage(Rc::new(Draft::open(Rc::clone(&self.0), record, read_write)?))))
    }

    fn create_message(&self, id: Mid, associated: bool) -> Result<Box<dyn Message>> {
        if associated {
            return Err(Error::not_implemented("folder.create-message of an associated message"));
        }
        if !self.0.store.exists(self.0.collection()) {
            return Err(Error::not_found(format!("folder `{}` is gone", self.0.place)));
        }
        Ok(Box::new(VdirMessage(Rc::new(Draft::create(Rc::clone(&self.0), id)))))
    }

    fn delete_messages(&self, ids: &[Mid], mode: DeleteMode) -> Result<Vec<ItemOutcome>> {
        let folder = &self.0;
        folder.sync()?;
        let mut deleted = Vec::new();
        let mut delete = |id: Mid| -> Result<()> {
            let record = folder.record(id)?;
            folder.store.remove(folder.collection(), &record.file)?;
            folder.take(&record);
            deleted.push(id);
            Ok(())
        };
        let outcomes: Vec<ItemOutcome> = ids
            .iter()
            .map(|&id| ItemOutcome { id, outcome: delete(id).map_err(|error| error.code) })
            .collect();
        ids::remove(&deleted, mode)?;
        Ok(outcomes)
    }

    fn move_copy_messages(
        &self,
        source: TransferSource<'_>,
        items: Vec<TransferItem>,
        copy: bool,
    ) -> Result<Vec<ItemOutcome>> {
        let same = match source {
            TransferSource::SameContext(folder) => folder.downcast::<Self>()?.0.id == self.0.id,
            TransferSource::Uri(_) => false,
        };
        if !same {
            return Err(Error::not_implemented("folder.move-copy-messages from another folder"));
        }
        self.0.sync()?;
        let outcome = |item: TransferItem| {
            let outcome = self.transfer(&item, copy).map_err(|error| error.code);
            ItemOutcome { id: item.source, outcome }
        };
        Ok(items.into_iter().map(outcome).collect())
    }

    /// An item is read until somebody says that it is not: neither format has a place for it.
    fn set_read_flags(&self, ids: &[Mid], read: bool) -> Result<Vec<ItemOutcome>> {
        self.0.sync()?;
        let outcome = |id: Mid| self.0.mark(id, read).map(drop).map_err(|error| error.code);
        Ok(ids.iter().map(|&id| ItemOutcome { id, outcome: outcome(id) }).collect())
    }

    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        self.0.sync()?;
        let count = if kind == TableKind::Contents { self.0.records().len() } else { 0 };
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let folder = Rc::clone(&self.0);
        match kind {
            TableKind::Contents => Ok(Box::new(Contents::open(folder)?)),
            TableKind::Hierarchy => Ok(Box::new(RowsTable::open(FOLDER, || Ok(Vec::<Properties>::new()))?)),
            _ => Err(Error::not_implemented("folder.open-table of this kind")),
        }
    }

    fn get_deleted(&self, kind: TableKind, since: ChangeNumber) -> Result<DeletedSet> {
        self.0.sync()?;
        // Before the look: what is deleted meanwhile is then told twice, and not never.
        let upto = ids::number()?;
        let prefix = self.0.place.uri(&self.0.user);
        let deleted = if kind == TableKind::Contents { ids::deleted(&prefix, since)? } else { Vec::new() };
        let inside = |uri: &str| uri.strip_prefix(&prefix).is_some_and(|name| !name.is_empty());
        let ids = deleted.into_iter().filter(|entry| inside(&entry.uri)).map(|entry| entry.id).collect();
        Ok(DeletedSet { ids, upto })
    }
}

/// The name for people: what `displayname` says, or that of the directory.
pub(crate) fn display_name(folder: &FolderState) -> String {
    name_of(&folder.store, folder.collection())
}

/// As [`display_name`], of a collection that is not open.
pub(crate) fn name_of(store: &crate::store::Store, collection: &str) -> String {
    let text = store.read_text(collection, DISPLAY_NAME).unwrap_or_default();
    let name: String = text.trim().chars().filter(|c| !c.is_control()).take(255).collect();
    if name.is_empty() { collection.to_owned() } else { name }
}

/// Names a new collection.
///
/// # Errors
/// What the disk says.
pub(crate) fn set_name(store: &crate::store::Store, collection: &str, name: &str) -> Result<()> {
    Ok(store.write_text(collection, DISPLAY_NAME, name, true)?)
}
