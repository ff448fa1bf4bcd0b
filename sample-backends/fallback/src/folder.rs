//! The handle of a folder: its properties, its sub-folders, its tables. What it does to messages is in `transfer`, what it
//! does to whole folders in `subtree`.

use crate::{
    mailbox::Mailbox,
    row::MessageRow,
    store::rows_prefix,
    subtree, transfer,
    uri::{self, Kind},
};
use mapistore_sdk::{
    Error, ErrorCode, Folder, INLINE_LIMIT, Message, Properties, PropertyStream, Result, RowsTable, Table,
    bag,
    columns::{CONTENTS, FOLDER_COMPUTED as COMPUTED, HIERARCHY, PERMISSIONS},
    held::{HeldMessage, Item, Keeper},
    ids, index, permissions,
    tags::*,
    types::{
        Cell, ChangeNumber, DeleteMode, DeletedSet, Fid, ItemOutcome, Mid, Permission, PermissionChange,
        PermissionOptions, Property, PropertyProblem, PropertyValue, StreamAccess, TableKind, TransferItem,
        TransferSource,
    },
    value::text_from_string8,
};
use std::rc::Rc;

/// An open folder.
pub(crate) struct FallbackFolder {
    /// What the handles of the context share.
    pub(crate) mailbox: Rc<Mailbox>,
    /// The folder.
    pub(crate) id: Fid,
}

impl FallbackFolder {
    fn open(&self, id: Fid) -> Box<dyn Folder> {
        Box::new(Self { mailbox: Rc::clone(&self.mailbox), id })
    }

    fn keeper(&self) -> Rc<dyn Keeper> {
        Rc::<Mailbox>::clone(&self.mailbox)
    }

    /// Sets properties but the name, in one step.
    fn set(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        let tags = values.iter().map(|given| given.tag).collect();
        self.mailbox
            .change(self.id, tags, |folder| Ok(bag::set_all(&mut folder.properties, COMPUTED, values)))
    }
}

fn is_name(tag: PropertyTag) -> bool {
    bag::is_one_of(tag, &[PID_TAG_DISPLAY_NAME])
}

fn text(value: PropertyValue) -> Result<String> {
    match value {
        PropertyValue::Text(text) => Ok(text),
        PropertyValue::String8(bytes) => Ok(text_from_string8(&bytes)),
        _ => Err(Error::invalid_parameter("a name is text")),
    }
}

impl Folder for FallbackFolder {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        Ok(self.mailbox.folder_properties(self.id, |_| true)?.tags())
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let wanted = |tag| bag::is_one_of(tag, tags);
        Ok(self.mailbox.folder_properties(self.id, wanted)?.get_cells(tags, INLINE_LIMIT))
    }

    fn set_properties(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        let (names, others): (Vec<_>, Vec<_>) = values.into_iter().partition(|given| is_name(given.tag));
        let mut problems = Vec::new();
        // The name first: if it is taken, nothing has changed.
        for Property { tag, value } in names {
            match text(value).and_then(|name| subtree::rename(&self.mailbox, self.id, &name)) {
                Err(error) if error.code == ErrorCode::InvalidParameter => {
                    problems.push(PropertyProblem { tag, code: error.code });
                }
                renamed => renamed?,
            }
        }
        problems.extend(self.set(others)?);
        Ok(problems)
    }

    fn remove_properties(&self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        // A folder without a name could not be found again.
        let kept = [COMPUTED, &[PID_TAG_DISPLAY_NAME]].concat();
        self.mailbox
            .change(self.id, tags.to_vec(), |folder| Ok(bag::remove_all(&mut folder.properties, &kept, tags)))
    }

    fn open_stream(&self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        let properties = self.mailbox.folder(self.id)?.properties;
        let folder = Self { mailbox: Rc::clone(&self.mailbox), id: self.id };
        bag::stream(&properties, COMPUTED, tag, access, move |value| {
            match folder.set_properties(vec![Property { tag, value }])?.first() {
                Some(problem) => Err(problem.code.into()),
                None => Ok(()),
            }
        })
    }

    fn open_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        match self.mailbox.folder(id) {
            Ok(folder) if folder.parent == Some(self.id) => Ok(self.open(id)),
            Err(error) if error.code != ErrorCode::ObjectDeleted => Err(error),
            _ => Err(Error::not_found(format!("there is no sub-folder `{id:#x}`"))),
        }
    }

    fn create_folder(&self, id: Fid, properties: Vec<Property>) -> Result<Box<dyn Folder>> {
        let name = properties.iter().find(|given| is_name(given.tag));
        let name = name.ok_or_else(|| Error::invalid_parameter("a new folder needs PidTagDisplayName"))?;
        let name = text(name.value.clone())?;
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
        Ok(Box::new(HeldMessage::open(self.keeper(), self.id, item, read_write)))
    }

    fn create_message(&self, id: Mid, associated: bool) -> Result<Box<dyn Message>> {
        // Nothing of it is kept before it is saved, but it needs a folder.
        self.mailbox.check(self.id)?;
        Ok(Box::new(HeldMessage::create(self.keeper(), self.id, Item::new(id, associated))))
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
        let folder = self.mailbox.folder(self.id)?;
        let count = match kind {
            TableKind::Hierarchy => self.mailbox.children(self.id)?.len(),
            TableKind::Contents => self.mailbox.store.keys(&rows_prefix(self.id, false))?.len(),
            TableKind::Associated => self.mailbox.store.keys(&rows_prefix(self.id, true))?.len(),
            TableKind::Permissions => folder.permissions.len(),
            TableKind::Rules | TableKind::Attachments => 0,
        };
        u32::try_from(count).map_err(|_| Error::too_big("more than 4294967295 rows"))
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let (mailbox, id) = (Rc::clone(&self.mailbox), self.id);
        Ok(match kind {
            TableKind::Hierarchy => Box::new(RowsTable::open(HIERARCHY, move || mailbox.hierarchy(id))?),
            TableKind::Contents | TableKind::Associated => {
                let associated = kind == TableKind::Associated;
                Box::new(RowsTable::open(CONTENTS, move || MessageRow::all(&mailbox, id, associated))?)
            }
            TableKind::Permissions => Box::new(RowsTable::open(PERMISSIONS, move || {
                Ok(permissions::rows(&mailbox.folder(id)?.permissions))
            })?),
            // No call of the contract makes rules (MS-OXORULE): the table is there, and empty.
            TableKind::Rules => Box::new(RowsTable::open(&[], move || {
                mailbox.check(id)?;
                Ok(Vec::<Properties>::new())
            })?),
            TableKind::Attachments => {
                return Err(Error::invalid_parameter("attachments are those of a message"));
            }
        })
    }

    /// Tombstones keep the URI that they were made with, in which the folder is named by its id: so they are found after the
    /// folder was moved, too.
    fn get_deleted(&self, kind: TableKind, since: ChangeNumber) -> Result<DeletedSet> {
        let wanted = match kind {
            TableKind::Hierarchy => Kind::Folder,
            TableKind::Contents => Kind::Message,
            TableKind::Associated => Kind::Associated,
            _ => return Err(Error::invalid_parameter("folders and messages leave tombstones, no others")),
        };
        self.mailbox.check(self.id)?;
        // Before the look: what is deleted meanwhile is then told twice, and not never.
        let upto = ids::number()?;
        let user_uri = self.mailbox.user_uri();
        let here = Some((wanted, self.mailbox.named(self.id)));
        let deleted = index::list_deleted(user_uri, since)?.into_iter();
        let ids = deleted.filter(|entry| uri::kind(user_uri, &entry.uri) == here).map(|entry| entry.id);
        Ok(DeletedSet { ids: ids.collect(), upto })
    }

    fn get_permissions(&self) -> Result<Vec<Permission>> {
        Ok(self.mailbox.folder(self.id)?.permissions)
    }

    fn modify_permissions(&self, options: PermissionOptions, changes: Vec<PermissionChange>) -> Result<()> {
        let mut folder = self.mailbox.folder(self.id)?;
        folder.permissions = permissions::changed(&folder.permissions, options, changes)?;
        self.mailbox.put(self.id, &folder)
    }

    fn preload_messages(&self, _kind: TableKind, _ids: &[Mid]) -> Result<()> {
        // The host has read ahead already.
        self.mailbox.check(self.id)
    }
}
