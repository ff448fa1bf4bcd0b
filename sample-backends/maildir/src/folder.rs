//! The handle of an open folder: its properties, its sub-folders, its tables. What it does to messages is in
//! `transfer`.

use std::rc::Rc;

use mapistore_sdk::tags;
use mapistore_sdk::types::{
    Cell, ChangeNumber, DeleteMode, DeletedSet, Fid, ItemOutcome, Mid, Property, PropertyProblem,
    PropertyTag, PropertyValue, TableKind, TransferItem, TransferSource,
};
use mapistore_sdk::{Error, ErrorCode, Folder, Message, Result, Table};

use crate::draft::{Draft, Home};
use crate::ids;
use crate::mailbox::Mailbox;
use crate::message::{MaildirMessage, problems};
use crate::name::Flags;
use crate::path::FolderPath;
use crate::properties::{self, View, cell, file_time, resolve, text};
use crate::restriction::Properties;
use crate::snapshot::{FolderState, Record};
use crate::table::{RowTable, Source};
use crate::transfer;

/// What a folder may have, and so the columns of a hierarchy table (TA-13).
const FOLDER: &[PropertyTag] = &[
    tags::PID_TAG_FOLDER_ID,
    tags::PID_TAG_PARENT_FOLDER_ID,
    tags::PID_TAG_DISPLAY_NAME,
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

/// What every folder contains.
const CLASS: &str = "IPF.Note";

/// An open folder.
pub(crate) struct MaildirFolder {
    /// What the handles of the context share.
    pub(crate) mailbox: Rc<Mailbox>,
    /// The folder.
    pub(crate) state: Rc<FolderState>,
    is_root: bool,
}

impl MaildirFolder {
    /// The root folder of a context.
    pub(crate) fn root(mailbox: Rc<Mailbox>, state: Rc<FolderState>) -> Self {
        Self { mailbox, state, is_root: true }
    }

    fn sub_folder(&self, state: Rc<FolderState>) -> Box<dyn Folder> {
        Box::new(Self { mailbox: Rc::clone(&self.mailbox), state, is_root: false })
    }

    fn properties(&self) -> FolderView<'_> {
        FolderView { mailbox: &self.mailbox, folder: &self.state }
    }

    /// The place of a folder of this name below `parent`, which must be free.
    fn free_place(&self, parent: Option<&FolderPath>, name: &str) -> Result<FolderPath> {
        let path = match parent {
            Some(parent) => parent.child(name),
            None => FolderPath::top(name),
        };
        let path = path.ok_or_else(|| {
            Error::invalid_parameter(format!(
                "`{name}` cannot be the name of a folder: 1 to 200 bytes, no `.` or `/`"
            ))
        })?;
        if self.mailbox.store.exists(&path)? {
            return Err(Error::exists(format!("there is a folder `{path}`")));
        }
        // Another program may have removed a folder of this name; its ids are not this one's.
        transfer::retire(&self.mailbox, &path, DeleteMode::Soft)?;
        Ok(path)
    }

    /// Renames or moves this folder.
    fn move_below(&self, parent: Option<&FolderPath>, name: &str) -> Result<()> {
        let old = self.state.path();
        if self.is_root || old == FolderPath::inbox() {
            return Err(Error::denied("the root of a context stays where it is"));
        }
        if parent.is_some_and(|parent| parent.is_within(&old)) {
            return Err(Error::invalid_parameter("a folder cannot be moved into itself"));
        }
        let user = &self.mailbox.user;
        let new = self.free_place(parent, name)?;
        self.mailbox.store.begin_rename(&old, &new)?;
        let renamed = ids::rename(&old.uri(user), &new.uri(user)).and_then(|()| {
            self.mailbox.store.rename_folder(&old, &new).map_err(|error| {
                match ids::rename(&new.uri(user), &old.uri(user)) {
                    Ok(()) => error.into(),
                    Err(worse) => worse,
                }
            })
        });
        self.mailbox.store.end_rename();
        renamed?;
        self.mailbox.moved(&old, &new);
        self.state.sync(&self.mailbox)?;
        self.state.touch(&self.mailbox)
    }
}

impl Folder for MaildirFolder {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        let properties = self.properties();
        Ok(FOLDER.iter().copied().filter(|&tag| properties.get(tag).is_some()).collect())
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        self.mailbox.check_exists(&self.state.path())?;
        let properties = self.properties();
        Ok(tags.iter().map(|&tag| cell(properties.get(tag))).collect())
    }

    fn set_properties(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        let mut outcomes = Vec::new();
        for Property { tag, value } in values {
            let outcome = match (tag, value) {
                (tags::PID_TAG_DISPLAY_NAME, PropertyValue::Text(name))
                    if name == self.state.path().display_name() =>
                {
                    Ok(())
                }
                (tags::PID_TAG_DISPLAY_NAME, PropertyValue::Text(_)) if self.is_root => {
                    Err(ErrorCode::Denied)
                }
                (tags::PID_TAG_DISPLAY_NAME, PropertyValue::Text(name)) => {
                    let parent = self.state.path().parent();
                    self.move_below(parent.as_ref(), &name)?;
                    Ok(())
                }
                (tags::PID_TAG_CONTAINER_CLASS, PropertyValue::Text(class)) if class == CLASS => Ok(()),
                (tag, _) if resolve(tag, FOLDER).is_some() => Err(ErrorCode::Denied),
                _ => Err(ErrorCode::NotImplemented),
            };
            outcomes.push((tag, outcome));
        }
        Ok(problems(outcomes.into_iter()))
    }

    fn remove_properties(&self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        let known = tags.iter().filter(|&&tag| resolve(tag, FOLDER).is_some());
        Ok(problems(known.map(|&tag| (tag, Err(ErrorCode::Denied)))))
    }

    fn open_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        let uri = ids::uris(&[id])?.into_iter().next().flatten();
        let path = uri.and_then(|uri| Some(FolderPath::from_uri(&uri)?.1));
        match path {
            Some(path) if path.parent() == Some(self.state.path()) && self.mailbox.store.exists(&path)? => {
                Ok(self.sub_folder(self.mailbox.open(id, &path)))
            }
            _ => Err(Error::not_found(format!("folder `{}` has no such sub-folder", self.state.path()))),
        }
    }

    fn create_folder(&self, id: Fid, properties: Vec<Property>) -> Result<Box<dyn Folder>> {
        let name = properties.into_iter().find_map(|property| match property {
            Property { tag: tags::PID_TAG_DISPLAY_NAME, value: PropertyValue::Text(name) } => Some(name),
            _ => None,
        });
        let name = name.ok_or_else(|| Error::invalid_parameter("a new folder needs PidTagDisplayName"))?;
        let path = self.free_place(Some(&self.state.path()), &name)?;
        ids::add(id, &path.uri(&self.mailbox.user))?;
        if let Err(error) = self.mailbox.store.ensure(&path) {
            ids::remove(&[id], DeleteMode::Hard)?;
            return Err(error.into());
        }
        let state = self.mailbox.open(id, &path);
        state.touch(&self.mailbox)?;
        Ok(self.sub_folder(state))
    }

    fn delete(&self, mode: DeleteMode, recursive: bool) -> Result<()> {
        let path = self.state.path();
        if self.is_root {
            return Err(Error::denied("the root of a context cannot be deleted"));
        }
        let has_children = || Ok::<_, Error>(!self.mailbox.children(Some(&path))?.is_empty());
        if !recursive && (has_children()? || !self.mailbox.store.scan(&path)?.is_empty()) {
            return Err(Error::exists(format!("folder `{path}` is not empty")));
        }
        // The deepest first, so that what is left after a failure is still a tree.
        for folder in self.mailbox.store.folders()?.iter().rev().filter(|folder| folder.is_within(&path)) {
            self.mailbox.store.remove_folder(folder)?;
        }
        transfer::retire(&self.mailbox, &path, mode)?;
        self.mailbox.forget(&path);
        Ok(())
    }

    fn move_to(&self, target: Option<&dyn Folder>, new_name: &str) -> Result<()> {
        let parent =
            target.map(<dyn Folder>::downcast::<Self>).transpose()?.map(|target| target.state.path());
        self.move_below(parent.as_ref(), new_name)
    }

    fn copy_to(&self, target: &dyn Folder, recursive: bool, new_name: &str) -> Result<()> {
        let old = self.state.path();
        let parent = target.downcast::<Self>()?.state.path();
        if recursive && parent.is_within(&old) {
            return Err(Error::invalid_parameter("a folder cannot be copied into itself"));
        }
        let new = self.free_place(Some(&parent), new_name)?;
        self.mailbox.store.ensure(&new)?;
        transfer::copy_folder(&self.mailbox, &old, &new)?;
        if recursive {
            for folder in self.mailbox.store.folders()? {
                if folder.is_within(&old) && folder != old {
                    transfer::copy_folder(&self.mailbox, &folder, &folder.moved(&old, &new))?;
                }
            }
        }
        Ok(())
    }

    fn open_message(&self, id: Mid, read_write: bool) -> Result<Box<dyn Message>> {
        self.state.sync(&self.mailbox)?;
        let record = self.state.record(id)?;
        let draft = Draft::open(Rc::clone(&self.mailbox), Rc::clone(&self.state), record, read_write);
        Ok(Box::new(MaildirMessage(Rc::new(draft))))
    }

    fn create_message(&self, id: Mid, associated: bool) -> Result<Box<dyn Message>> {
        if associated {
            return Err(Error::not_implemented("folder.create-message of an associated message"));
        }
        self.mailbox.check_exists(&self.state.path())?;
        let home = Home::Folder(Rc::clone(&self.state));
        Ok(Box::new(MaildirMessage(Rc::new(Draft::create(Rc::clone(&self.mailbox), home, id)))))
    }

    fn delete_messages(&self, ids: &[Mid], mode: DeleteMode) -> Result<Vec<ItemOutcome>> {
        transfer::delete(&self.mailbox, &self.state, ids, mode)
    }

    fn move_copy_messages(
        &self,
        source: TransferSource<'_>,
        items: Vec<TransferItem>,
        copy: bool,
    ) -> Result<Vec<ItemOutcome>> {
        let source = match source {
            TransferSource::SameContext(folder) => Rc::clone(&folder.downcast::<Self>()?.state),
            TransferSource::Uri(uri) => {
                let path = match FolderPath::from_uri(&uri) {
                    Some((user, path)) if user == self.mailbox.user => path,
                    Some(_) => return Err(Error::denied("the messages are another user's")),
                    None => return Err(Error::invalid_uri(format!("`{uri}` names no folder"))),
                };
                self.mailbox.check_exists(&path)?;
                self.mailbox.folder(&path)?
            }
        };
        transfer::move_or_copy(&self.mailbox, &source, &self.state, items, copy)
    }

    fn set_read_flags(&self, ids: &[Mid], read: bool) -> Result<Vec<ItemOutcome>> {
        transfer::set_read(&self.mailbox, &self.state, ids, read)
    }

    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        let count = match kind {
            TableKind::Contents => self.mailbox.store.scan(&self.state.path())?.len(),
            TableKind::Hierarchy => self.mailbox.children(Some(&self.state.path()))?.len(),
            _ => 0,
        };
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let (mailbox, folder) = (Rc::clone(&self.mailbox), Rc::clone(&self.state));
        mailbox.check_exists(&folder.path())?;
        match kind {
            TableKind::Contents => Ok(Box::new(RowTable::open(Contents { mailbox, folder })?)),
            TableKind::Hierarchy => Ok(Box::new(RowTable::open(Hierarchy { mailbox, folder })?)),
            _ => Err(Error::not_implemented("folder.open-table of this kind")),
        }
    }

    fn get_deleted(&self, kind: TableKind, since: ChangeNumber) -> Result<DeletedSet> {
        self.state.sync(&self.mailbox)?;
        // Before the look: what is deleted meanwhile is then told twice, and not never.
        let upto = ids::number()?;
        let prefix = self.state.path().uri(&self.mailbox.user);
        let wanted = |uri: &str| {
            let name = uri.strip_prefix(&prefix).unwrap_or_default();
            let folder = name.strip_suffix('/');
            let direct = !folder.unwrap_or(name).is_empty() && !folder.unwrap_or(name).contains('/');
            direct
                && match kind {
                    TableKind::Contents => folder.is_none(),
                    TableKind::Hierarchy => folder.is_some(),
                    _ => false,
                }
        };
        let deleted = ids::deleted(&prefix, since)?;
        let ids = deleted.into_iter().filter(|entry| wanted(&entry.uri)).map(|entry| entry.id).collect();
        Ok(DeletedSet { ids, upto })
    }
}

/// A folder to ask for properties.
struct FolderView<'a> {
    mailbox: &'a Mailbox,
    folder: &'a FolderState,
}

impl Properties for FolderView<'_> {
    fn get(&self, wanted: PropertyTag) -> Option<PropertyValue> {
        let Self { mailbox, folder } = self;
        let path = folder.path();
        let id = |id: u64| PropertyValue::Integer64(id.cast_signed());
        let count = |count: usize| PropertyValue::Integer32(i32::try_from(count).unwrap_or(i32::MAX));
        let scan = || mailbox.store.scan(&path).ok();
        let change_key = || folder.change(mailbox).ok().map(|number| ids::xid(mailbox.replica, number));
        Some(match resolve(wanted, FOLDER)? {
            tags::PID_TAG_FOLDER_ID => id(folder.id),
            tags::PID_TAG_PARENT_FOLDER_ID => id(mailbox.folder(&path.parent()?).ok()?.id),
            tags::PID_TAG_DISPLAY_NAME => text(&path.display_name()),
            tags::PID_TAG_CONTAINER_CLASS => text(CLASS),
            // FOLDER_GENERIC (MS-OXCFOLD 2.2.2.2.2.3).
            tags::PID_TAG_FOLDER_TYPE => PropertyValue::Integer32(1),
            tags::PID_TAG_CONTENT_COUNT => count(scan()?.len()),
            tags::PID_TAG_CONTENT_UNREAD_COUNT => {
                count(scan()?.values().filter(|entry| !entry.flags.has(Flags::SEEN)).count())
            }
            tags::PID_TAG_ASSOCIATED_CONTENT_COUNT => count(0),
            tags::PID_TAG_SUBFOLDERS => {
                PropertyValue::Boolean(!mailbox.children(Some(&path)).ok()?.is_empty())
            }
            tags::PID_TAG_CHANGE_NUMBER => id(folder.change(mailbox).ok()?),
            tags::PID_TAG_CHANGE_KEY => PropertyValue::Binary(change_key()?),
            tags::PID_TAG_PREDECESSOR_CHANGE_LIST => {
                PropertyValue::Binary(ids::predecessors(&[], &change_key()?))
            }
            tags::PID_TAG_SOURCE_KEY => PropertyValue::Binary(ids::xid(mailbox.replica, folder.id)),
            tags::PID_TAG_LAST_MODIFICATION_TIME => {
                file_time(mailbox.store.stamp(&path).into_iter().flatten().max()?)
            }
            // All of MS-OXCFOLD 2.2.2.2.1.4: modify, read, delete, and create what there is.
            tags::PID_TAG_ACCESS => PropertyValue::Integer32(0x1F),
            _ => return None,
        })
    }
}

/// The sub-folders of a folder.
struct Hierarchy {
    mailbox: Rc<Mailbox>,
    folder: Rc<FolderState>,
}

impl Source for Hierarchy {
    type Row = Rc<FolderState>;

    fn columns(&self) -> &'static [PropertyTag] {
        FOLDER
    }

    fn rows(&self) -> Result<Vec<Self::Row>> {
        let children = self.mailbox.children(Some(&self.folder.path()))?;
        children.iter().map(|path| self.mailbox.folder(path)).collect()
    }

    fn properties<'a>(&'a self, row: &'a Self::Row) -> Box<dyn Properties + 'a> {
        Box::new(FolderView { mailbox: &self.mailbox, folder: row })
    }
}

/// The messages of a folder.
struct Contents {
    mailbox: Rc<Mailbox>,
    folder: Rc<FolderState>,
}

impl Source for Contents {
    type Row = Rc<Record>;

    fn columns(&self) -> &'static [PropertyTag] {
        properties::MESSAGE
    }

    fn rows(&self) -> Result<Vec<Self::Row>> {
        self.folder.sync(&self.mailbox)?;
        Ok(self.folder.records())
    }

    fn properties<'a>(&'a self, row: &'a Self::Row) -> Box<dyn Properties + 'a> {
        Box::new(View::new(&self.mailbox, &self.folder, Some(row)))
    }
}
