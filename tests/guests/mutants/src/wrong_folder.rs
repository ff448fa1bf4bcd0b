//! Folders that get something wrong.

use crate::{
    Mutant, Shared, is, wrong_message::WrongMessage, wrong_stream::WrongStream, wrong_table::WrongTable,
};
use mapistore_sdk::{
    ErrorCode, Folder, Message, PropertyStream, Result, Table,
    tags::{PID_TAG_CONTENT_COUNT, PID_TAG_DISPLAY_NAME, PID_TAG_FOLDER_ID, PID_TAG_MID, PropertyTag},
    types::{
        Cell, ChangeNumber, DeleteMode, DeletedSet, Fid, ItemOutcome, Mid, Permission, PermissionChange,
        PermissionOptions, Property, PropertyProblem, PropertyValue, StreamAccess, TableKind, TransferItem,
        TransferSource,
    },
    value,
};
use std::rc::Rc;

pub(crate) struct WrongFolder {
    inner: Rc<dyn Folder>,
    shared: Rc<Shared>,
}

impl WrongFolder {
    pub(crate) fn boxed(inner: Box<dyn Folder>, shared: &Rc<Shared>) -> Box<dyn Folder> {
        Box::new(Self { inner: inner.into(), shared: Rc::clone(shared) })
    }

    fn wrap(&self, inner: Box<dyn Folder>) -> Box<dyn Folder> {
        Self::boxed(inner, &self.shared)
    }

    fn id(&self) -> Result<Fid> {
        id(&self.inner.get_properties(&[PID_TAG_FOLDER_ID])?)
    }

    /// One column of a table.
    fn ids(&self, kind: TableKind, tag: PropertyTag) -> Result<Vec<Fid>> {
        let mut table = self.inner.open_table(kind)?;
        table.set_columns(vec![tag])?;
        let count = table.row_count()?;
        table.query_rows(0, count)?.cells.chunks(1).map(id).collect()
    }
}

fn id(cells: &[Cell]) -> Result<Fid> {
    match cells {
        [Ok(PropertyValue::Integer64(id))] => Ok(id.cast_unsigned()),
        _ => Err(ErrorCode::Corrupted.into()),
    }
}

fn inner(folder: &dyn Folder) -> Result<&dyn Folder> {
    Ok(&*folder.downcast::<WrongFolder>()?.inner)
}

impl Folder for WrongFolder {
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        self.inner.list_properties()
    }

    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let mut cells = self.inner.get_properties(tags)?;
        if let Some(name) = self.shared.names.borrow().get(&self.id()?) {
            for (_, cell) in tags.iter().zip(&mut cells).filter(|(tag, _)| **tag == PID_TAG_DISPLAY_NAME) {
                *cell = Ok(name.as_str().into());
            }
        }
        Ok(cells)
    }

    fn set_properties(&self, mut values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        if is(Mutant::RenameNotInPaths) {
            let id = self.id()?;
            values.retain(|given| match &given.value {
                PropertyValue::Text(name) if given.tag == PID_TAG_DISPLAY_NAME => {
                    self.shared.names.borrow_mut().insert(id, name.clone());
                    false
                }
                _ => true,
            });
        }
        self.inner.set_properties(values)
    }

    fn remove_properties(&self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        self.inner.remove_properties(tags)
    }

    fn open_stream(&self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        Ok(WrongStream::boxed(self.inner.open_stream(tag, access)?))
    }

    fn open_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        match self.inner.open_folder(id) {
            Err(error) if is(Mutant::UnknownFolderOpens) && error.code == ErrorCode::NotFound => {
                Ok(Box::new(Self { inner: Rc::clone(&self.inner), shared: Rc::clone(&self.shared) }))
            }
            opened => Ok(self.wrap(opened?)),
        }
    }

    fn create_folder(&self, id: Fid, properties: Vec<Property>) -> Result<Box<dyn Folder>> {
        let named = |name: String| {
            let mut properties = properties.clone();
            properties.retain(|given| given.tag != PID_TAG_DISPLAY_NAME);
            properties.push(Property { tag: PID_TAG_DISPLAY_NAME, value: name.into() });
            self.inner.create_folder(id, properties)
        };
        let given = properties.iter().find(|given| given.tag == PID_TAG_DISPLAY_NAME);
        let created = match self.inner.create_folder(id, properties.clone()) {
            Err(error) if is(Mutant::DuplicateNameAccepted) && error.code == ErrorCode::Exists => {
                match given.map(|given| &given.value) {
                    Some(PropertyValue::Text(name)) => named(format!("{name} (2)")),
                    _ => Err(error),
                }
            }
            Err(error) if is(Mutant::NamelessFolderAccepted) && error.code == ErrorCode::InvalidParameter => {
                named(format!("New Folder {id:x}"))
            }
            created => created,
        };
        Ok(self.wrap(created?))
    }

    fn delete(&self, mode: DeleteMode, recursive: bool) -> Result<()> {
        let mode = if is(Mutant::SoftFolderDeleteForgotten) { DeleteMode::Hard } else { mode };
        self.inner.delete(mode, recursive || is(Mutant::DeletesWhatIsNotEmpty))
    }

    fn move_to(&self, target: Option<&dyn Folder>, new_name: &str) -> Result<()> {
        let target = target.map(inner).transpose()?;
        match (self.inner.move_to(target, new_name), target) {
            (Err(error), _)
                if is(Mutant::MoveIntoItselfAccepted) && error.code == ErrorCode::InvalidParameter =>
            {
                Ok(())
            }
            (Ok(()), Some(target)) if is(Mutant::MoveChangesIds) => {
                // The folder makes room for its copy.
                self.inner.set_properties(vec![Property {
                    tag: PID_TAG_DISPLAY_NAME,
                    value: format!("{new_name} (moved)").into(),
                }])?;
                self.inner.copy_to(target, true, new_name)?;
                self.inner.delete(DeleteMode::Hard, true)
            }
            (moved, _) => moved,
        }
    }

    fn copy_to(&self, target: &dyn Folder, recursive: bool, new_name: &str) -> Result<()> {
        let recursive = (recursive || is(Mutant::FolderCopyIsDeep)) && !is(Mutant::FolderCopyIsFlat);
        let wrapped = target.downcast::<Self>()?;
        if is(Mutant::FolderCopyMoves) {
            return self.inner.move_to(Some(&*wrapped.inner), new_name);
        }
        let before = wrapped.ids(TableKind::Hierarchy, PID_TAG_FOLDER_ID)?;
        self.inner.copy_to(&*wrapped.inner, recursive, new_name)?;
        if is(Mutant::CopiedFolderKeepsId) {
            let after = wrapped.ids(TableKind::Hierarchy, PID_TAG_FOLDER_ID)?.into_iter();
            let (new, source) = (after.filter(|id| !before.contains(id)), self.id()?);
            self.shared.copies.borrow_mut().extend(new.map(|id| (id, source)));
        }
        Ok(())
    }

    fn open_message(&self, id: Mid, read_write: bool) -> Result<Box<dyn Message>> {
        let inner = self.inner.open_message(id, read_write || is(Mutant::ReadOnlyWritable))?;
        Ok(WrongMessage::opened(inner, &self.shared))
    }

    fn create_message(&self, id: Mid, associated: bool) -> Result<Box<dyn Message>> {
        Ok(WrongMessage::created(self.inner.create_message(id, associated)?, &self.shared))
    }

    fn delete_messages(&self, ids: &[Mid], mode: DeleteMode) -> Result<Vec<ItemOutcome>> {
        if is(Mutant::HardDeleteForgotten) && mode == DeleteMode::Hard {
            return Ok(ids.iter().map(|&id| ItemOutcome { id, outcome: Ok(()) }).collect());
        }
        let mode = if is(Mutant::SoftDeleteForgotten) { DeleteMode::Hard } else { mode };
        self.inner.delete_messages(ids, mode)
    }

    fn move_copy_messages(
        &self,
        source: TransferSource<'_>,
        mut items: Vec<TransferItem>,
        copy: bool,
    ) -> Result<Vec<ItemOutcome>> {
        let source = match source {
            TransferSource::SameContext(folder) => TransferSource::SameContext(inner(folder)?),
            TransferSource::Uri(uri) => TransferSource::Uri(uri),
        };
        if is(Mutant::MoveDropsKeys) {
            items.iter_mut().for_each(|item| item.keys = None);
        }
        let copy = (copy || is(Mutant::MoveLeavesSource)) && !is(Mutant::CopyDeletesSource);
        self.inner.move_copy_messages(source, items, copy)
    }

    fn set_read_flags(&self, ids: &[Mid], read: bool) -> Result<Vec<ItemOutcome>> {
        if is(Mutant::ReadFlagIgnored) {
            return Ok(ids.iter().map(|&id| ItemOutcome { id, outcome: Ok(()) }).collect());
        }
        self.inner.set_read_flags(ids, read)
    }

    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        let count = self.inner.get_child_count(kind)?;
        Ok(match kind {
            TableKind::Contents if is(Mutant::UnsavedCounted) => count + self.shared.unsaved.get(),
            TableKind::Contents if is(Mutant::AssociatedIsContent) => {
                count + self.inner.get_child_count(TableKind::Associated)?
            }
            _ if is(Mutant::ChildCountIsOff) && count > 0 => count + 1,
            _ => count,
        })
    }

    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let mut table = WrongTable::new(self.inner.open_table(kind)?);
        if kind == TableKind::Hierarchy {
            if is(Mutant::FoldersWithoutCounts) {
                table.replace_in_rows(PID_TAG_CONTENT_COUNT, |_| Ok(PropertyValue::Integer32(0)));
            }
            let shared = Rc::clone(&self.shared);
            table.replace_in_rows(PID_TAG_FOLDER_ID, move |cell| {
                let found = id(std::slice::from_ref(&cell))
                    .ok()
                    .and_then(|id| shared.copies.borrow().get(&id).copied());
                found.map_or(cell, |source| Ok(value::id(source)))
            });
        }
        Ok(Box::new(table))
    }

    fn get_deleted(&self, kind: TableKind, since: ChangeNumber) -> Result<DeletedSet> {
        let mut deleted =
            self.inner.get_deleted(kind, if is(Mutant::AllDeletionsAgain) { 0 } else { since })?;
        if is(Mutant::LiveIdDeleted) && kind == TableKind::Contents {
            deleted.ids.extend(self.ids(kind, PID_TAG_MID)?.first());
        }
        Ok(deleted)
    }

    fn get_permissions(&self) -> Result<Vec<Permission>> {
        self.inner.get_permissions()
    }

    fn modify_permissions(
        &self,
        mut options: PermissionOptions,
        mut changes: Vec<PermissionChange>,
    ) -> Result<()> {
        if is(Mutant::ReplaceAllAdds) {
            options -= PermissionOptions::REPLACE_ALL;
        }
        if is(Mutant::RemovedMemberStays) {
            changes.retain(|change| !matches!(change, PermissionChange::Remove(_)));
        }
        self.inner.modify_permissions(options, changes)
    }

    fn preload_messages(&self, kind: TableKind, ids: &[Mid]) -> Result<()> {
        self.inner.preload_messages(kind, ids)
    }
}
