//! The handle of a folder: its properties, its sub-folders, its tables. What it does to messages is in `transfer`, what it
//! does to whole folders in `subtree`.

use crate::{
    bag, ids,
    item::Item,
    mailbox::{COMPUTED, Mailbox},
    message::MemoryMessage,
    permissions, subtree, transfer,
    uri::{self, Kind},
};
use mapistore_sdk::{
    Error, ErrorCode, Folder, INLINE_LIMIT, Message, Properties, PropertyStream, Result, RowsTable, Table,
    index,
    tags::*,
    types::{
        Cell, ChangeNumber, DeleteMode, DeletedSet, Fid, ItemOutcome, Mid, Permission, PermissionChange,
        PermissionOptions, Property, PropertyProblem, PropertyValue, StreamAccess, TableKind, TransferItem,
        TransferSource,
    },
    value::text_from_string8,
};
use std::rc::Rc;

/// The columns of a contents table. Named properties may be asked for besides.
const CONTENTS: &[PropertyTag] = &[
    PID_TAG_MID,
    PID_TAG_INST_ID,
    PID_TAG_INSTANCE_NUM,
    PID_TAG_PARENT_FOLDER_ID,
    PID_TAG_CHANGE_NUMBER,
    PID_TAG_CHANGE_KEY,
    PID_TAG_PREDECESSOR_CHANGE_LIST,
    PID_TAG_SOURCE_KEY,
    PID_TAG_MESSAGE_CLASS,
    PID_TAG_MESSAGE_FLAGS,
    PID_TAG_MESSAGE_SIZE,
    PID_TAG_HAS_ATTACHMENTS,
    PID_TAG_ASSOCIATED,
    PID_TAG_SUBJECT,
    PID_TAG_SUBJECT_PREFIX,
    PID_TAG_NORMALIZED_SUBJECT,
    PID_TAG_SENDER_NAME,
    PID_TAG_DISPLAY_TO,
    PID_TAG_DISPLAY_CC,
    PID_TAG_DISPLAY_BCC,
    PID_TAG_CLIENT_SUBMIT_TIME,
    PID_TAG_MESSAGE_DELIVERY_TIME,
    PID_TAG_CREATION_TIME,
    PID_TAG_LAST_MODIFICATION_TIME,
    PID_TAG_IMPORTANCE,
];

/// The columns of a hierarchy table but the computed ones.
const HIERARCHY: &[PropertyTag] =
    &[PID_TAG_DISPLAY_NAME, PID_TAG_CONTAINER_CLASS, PID_TAG_FOLDER_TYPE, PID_TAG_COMMENT];

const PERMISSIONS: &[PropertyTag] =
    &[PID_TAG_MEMBER_ID, PID_TAG_ENTRY_ID, PID_TAG_MEMBER_NAME, PID_TAG_MEMBER_RIGHTS];

/// An open folder.
pub(crate) struct MemoryFolder {
    /// What the handles of the context share.
    pub(crate) mailbox: Rc<Mailbox>,
    /// The folder.
    pub(crate) id: Fid,
}

impl MemoryFolder {
    fn open(&self, id: Fid) -> Box<dyn Folder> {
        Box::new(Self { mailbox: Rc::clone(&self.mailbox), id })
    }

    /// Sets one property. A folder's name is part of its URI, and of all below it.
    fn set(&self, tag: PropertyTag, value: PropertyValue) -> Result<()> {
        if !bag::is_one_of(tag, &[PID_TAG_DISPLAY_NAME]) {
            let set = |folder: &mut crate::mailbox::FolderData| {
                bag::set(&mut folder.properties, COMPUTED, tag, value)
            };
            return Ok(self.mailbox.folder_mut(self.id, set)??);
        }
        let name = text(value).ok_or_else(|| Error::invalid_parameter("a name is text"))?;
        let (parent, old) = self.mailbox.folder(self.id, |folder| {
            (folder.parent, folder.properties.get_text(PID_TAG_DISPLAY_NAME) == Some(name.as_str()))
        })?;
        match old {
            true => Ok(()),
            false => subtree::move_to(&self.mailbox, self.id, parent, &name),
        }
    }
}

fn text(value: PropertyValue) -> Option<String> {
    match value {
        PropertyValue::Text(text) => Some(text),
        PropertyValue::String8(bytes) => Some(text_from_string8(&bytes)),
        _ => None,
    }
}

impl Folder for MemoryFolder {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        Ok(self.mailbox.folder_properties(self.id)?.tags())
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.mailbox.folder_properties(self.id)?.get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&self, mut values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        // The name first: if it is taken, nothing has changed.
        values.sort_by_key(|given| !bag::is_one_of(given.tag, &[PID_TAG_DISPLAY_NAME]));
        let tags: Vec<_> = values.iter().map(|given| given.tag).collect();
        let mut problems = Vec::new();
        for Property { tag, value } in values {
            match self.set(tag, value) {
                // There is no such folder as the whole call asks for.
                Err(error) if matches!(error.code, ErrorCode::Exists | ErrorCode::ObjectDeleted) => {
                    return Err(error);
                }
                Err(error) => problems.push(PropertyProblem { tag, code: error.code }),
                Ok(()) => {}
            }
        }
        self.mailbox.touch(self.id, tags)?;
        Ok(problems)
    }

    fn remove_properties(&self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        // A folder without a name could not be found again.
        let kept = [COMPUTED, &[PID_TAG_DISPLAY_NAME]].concat();
        let problems = self
            .mailbox
            .folder_mut(self.id, |folder| bag::remove_all(&mut folder.properties, &kept, tags))?;
        self.mailbox.touch(self.id, tags.to_vec())?;
        Ok(problems)
    }

    fn open_stream(&self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        let properties = self.mailbox.folder_properties(self.id)?;
        let folder = Self { mailbox: Rc::clone(&self.mailbox), id: self.id };
        bag::stream(&properties, COMPUTED, tag, access, move |value| {
            folder.set(tag, value)?;
            folder.mailbox.touch(folder.id, vec![tag])
        })
    }

    fn open_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        match self.mailbox.folder(id, |folder| folder.parent) {
            Ok(Some(parent)) if parent == self.id => Ok(self.open(id)),
            _ => Err(Error::not_found(format!("there is no sub-folder `{id:#x}`"))),
        }
    }

    fn create_folder(&self, id: Fid, properties: Vec<Property>) -> Result<Box<dyn Folder>> {
        let name = properties.iter().find(|given| bag::is_one_of(given.tag, &[PID_TAG_DISPLAY_NAME]));
        let name = name.and_then(|given| text(given.value.clone()));
        let name = name.ok_or_else(|| Error::invalid_parameter("a new folder needs PidTagDisplayName"))?;
        self.mailbox.add_folder(id, self.id, &name, properties)?;
        Ok(self.open(id))
    }

    fn delete(&self, mode: DeleteMode, recursive: bool) -> Result<()> {
        subtree::delete(&self.mailbox, self.id, mode, recursive)
    }

    fn move_to(&self, target: Option<&dyn Folder>, new_name: &str) -> Result<()> {
        let target = target.map(<dyn Folder>::downcast::<Self>).transpose()?.map(|target| target.id);
        subtree::move_to(&self.mailbox, self.id, target, new_name)
    }

    fn copy_to(&self, target: &dyn Folder, recursive: bool, new_name: &str) -> Result<()> {
        subtree::copy_to(&self.mailbox, self.id, target.downcast::<Self>()?.id, recursive, new_name)
    }

    fn open_message(&self, id: Mid, read_write: bool) -> Result<Box<dyn Message>> {
        let item = self.mailbox.item(self.id, id)?;
        let item = item.ok_or_else(|| Error::not_found(format!("there is no message `{id:#x}`")))?;
        Ok(Box::new(MemoryMessage::open(Rc::clone(&self.mailbox), self.id, item, read_write)))
    }

    fn create_message(&self, id: Mid, associated: bool) -> Result<Box<dyn Message>> {
        // Nothing of it is kept before it is saved, but it needs a folder.
        self.mailbox.folder(self.id, |_| ())?;
        Ok(Box::new(MemoryMessage::create(Rc::clone(&self.mailbox), self.id, Item::new(id, associated))))
    }

    fn delete_messages(&self, ids: &[Mid], mode: DeleteMode) -> Result<Vec<ItemOutcome>> {
        transfer::delete(&self.mailbox, self.id, ids, mode)
    }

    fn move_copy_messages(
        &self,
        source: TransferSource<'_>,
        items: Vec<TransferItem>,
        copy: bool,
    ) -> Result<Vec<ItemOutcome>> {
        let TransferSource::SameContext(source) = source else {
            return Err(Error::not_implemented("folder.move-copy-messages of another context"));
        };
        transfer::move_or_copy(&self.mailbox, source.downcast::<Self>()?.id, self.id, items, copy)
    }

    fn set_read_flags(&self, ids: &[Mid], read: bool) -> Result<Vec<ItemOutcome>> {
        transfer::set_read(&self.mailbox, self.id, ids, read)
    }

    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        let count = match kind {
            TableKind::Hierarchy => self.mailbox.folder(self.id, |_| self.mailbox.children(self.id).len())?,
            TableKind::Contents => self.mailbox.folder(self.id, |folder| folder.items(false).count())?,
            TableKind::Associated => self.mailbox.folder(self.id, |folder| folder.items(true).count())?,
            TableKind::Permissions => self.mailbox.folder(self.id, |folder| folder.permissions.len())?,
            TableKind::Rules | TableKind::Attachments => 0,
        };
        u32::try_from(count).map_err(|_| Error::too_big("more than 4294967295 rows"))
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let (mailbox, id) = (Rc::clone(&self.mailbox), self.id);
        Ok(match kind {
            TableKind::Hierarchy => {
                let columns = [HIERARCHY, COMPUTED].concat();
                Box::new(RowsTable::open(&columns, move || {
                    mailbox.folder(id, |_| ())?;
                    mailbox.children(id).into_iter().map(|child| mailbox.folder_properties(child)).collect()
                })?)
            }
            TableKind::Contents | TableKind::Associated => {
                let associated = kind == TableKind::Associated;
                Box::new(RowsTable::open(CONTENTS, move || {
                    mailbox.folder(id, |folder| folder.items(associated).cloned().collect())
                })?)
            }
            TableKind::Permissions => Box::new(RowsTable::open(PERMISSIONS, move || {
                mailbox.folder(id, |folder| permissions::rows(&folder.permissions))
            })?),
            // No call of the contract makes rules (MS-OXORULE): the table is there, and empty.
            TableKind::Rules => {
                Box::new(RowsTable::open(&[], move || mailbox.folder(id, |_| Vec::<Properties>::new()))?)
            }
            TableKind::Attachments => {
                return Err(Error::invalid_parameter("attachments are those of a message"));
            }
        })
    }

    fn get_deleted(&self, kind: TableKind, since: ChangeNumber) -> Result<DeletedSet> {
        let wanted = match kind {
            TableKind::Hierarchy => Kind::Folder,
            TableKind::Contents => Kind::Message,
            TableKind::Associated => Kind::Associated,
            _ => return Err(Error::invalid_parameter("folders and messages leave tombstones, no others")),
        };
        // Before the look: what is deleted meanwhile is then told twice, and not never.
        let upto = ids::number()?;
        let uris = self.mailbox.folder(self.id, |folder| {
            folder.former_uris.iter().chain([&folder.uri]).cloned().collect::<Vec<_>>()
        })?;
        let mut ids = Vec::new();
        for uri in uris {
            let deleted = index::list_deleted(&uri, since)?.into_iter();
            ids.extend(
                deleted.filter(|entry| uri::kind(&uri, &entry.uri) == Some(wanted)).map(|entry| entry.id),
            );
        }
        Ok(DeletedSet { ids, upto })
    }

    fn get_permissions(&self) -> Result<Vec<Permission>> {
        self.mailbox.folder(self.id, |folder| folder.permissions.clone())
    }

    fn modify_permissions(&self, options: PermissionOptions, changes: Vec<PermissionChange>) -> Result<()> {
        self.mailbox.folder_mut(self.id, |folder| {
            folder.permissions = permissions::changed(&folder.permissions, options, changes)?;
            Ok(())
        })?
    }

    fn preload_messages(&self, _kind: TableKind, _ids: &[Mid]) -> Result<()> {
        // All of them are in memory already.
        self.mailbox.folder(self.id, |_| ())
    }
}
