//! One type per resource of the contract. `Context` and `Folder` are shared by reference, the others borrowed mutably
//! for the time of a call.

use crate::{
    Attachment, Context, Folder, Message, PropertyStream, Table,
    bindings::{exports::mapistore::backend::objects, mapistore::backend::types::Error},
    types::{
        AttachNum, Cell, ChangeNumber, DeleteMode, DeletedSet, Direction, Fid, Fmid, FoundRow, ItemOutcome,
        MessageData, Mid, PathResult, Permission, PermissionChange, PermissionOptions, Property,
        PropertyProblem, PropertyTag, RecipientTable, Restriction, RowBatch, SortOrder, StreamAccess,
        SubmitMode, TableKind, TransferItem, TransferSource,
    },
};
use std::cell::{RefCell, RefMut};

type Answer<T> = Result<T, Error>;

/// The host never enters an object while a call on it runs; should it happen, that is an answer, not a trap.
fn borrow<T: ?Sized>(object: &RefCell<Box<T>>) -> crate::Result<RefMut<'_, Box<T>>> {
    object.try_borrow_mut().map_err(|_| crate::Error::in_use("a call on this object is running"))
}

pub struct ContextHandle(pub(crate) Box<dyn Context>);

impl objects::GuestContext for ContextHandle {
    fn get_root_folder(&self, id: Fid) -> Answer<objects::Folder> {
        Ok(folder(self.0.get_root_folder(id)?))
    }
    fn get_paths(&self, ids: Vec<Fmid>) -> Answer<Vec<PathResult>> {
        Ok(self.0.get_paths(&ids)?)
    }
    fn close(this: objects::Context) -> Answer<()> {
        Ok(this.into_inner::<Self>().0.close()?)
    }
}

pub struct FolderHandle(Box<dyn Folder>);

fn folder(folder: Box<dyn Folder>) -> objects::Folder {
    objects::Folder::new(FolderHandle(folder))
}

fn lent<'a>(folder: &'a objects::FolderBorrow<'_>) -> &'a dyn Folder {
    &*folder.get::<FolderHandle>().0
}

impl objects::GuestFolder for FolderHandle {
    fn list_properties(&self) -> Answer<Vec<PropertyTag>> {
        Ok(self.0.list_properties()?)
    }
    fn get_properties(&self, tags: Vec<PropertyTag>) -> Answer<Vec<Cell>> {
        Ok(self.0.get_properties(&tags)?)
    }
    fn set_properties(&self, values: Vec<Property>) -> Answer<Vec<PropertyProblem>> {
        Ok(self.0.set_properties(values)?)
    }
    fn remove_properties(&self, tags: Vec<PropertyTag>) -> Answer<Vec<PropertyProblem>> {
        Ok(self.0.remove_properties(&tags)?)
    }
    fn open_stream(&self, tag: PropertyTag, access: StreamAccess) -> Answer<objects::PropertyStream> {
        Ok(stream(self.0.open_stream(tag, access)?))
    }
    fn open_folder(&self, id: Fid) -> Answer<objects::Folder> {
        Ok(folder(self.0.open_folder(id)?))
    }
    fn create_folder(&self, id: Fid, properties: Vec<Property>) -> Answer<objects::Folder> {
        Ok(folder(self.0.create_folder(id, properties)?))
    }
    fn delete(&self, mode: DeleteMode, recursive: bool) -> Answer<()> {
        Ok(self.0.delete(mode, recursive)?)
    }
    fn move_to(&self, target: Option<objects::FolderBorrow<'_>>, new_name: String) -> Answer<()> {
        Ok(self.0.move_to(target.as_ref().map(lent), &new_name)?)
    }
    fn copy_to(&self, target: objects::FolderBorrow<'_>, recursive: bool, new_name: String) -> Answer<()> {
        Ok(self.0.copy_to(lent(&target), recursive, &new_name)?)
    }
    fn open_message(&self, id: Mid, read_write: bool) -> Answer<objects::Message> {
        Ok(message(self.0.open_message(id, read_write)?))
    }
    fn create_message(&self, id: Mid, associated: bool) -> Answer<objects::Message> {
        Ok(message(self.0.create_message(id, associated)?))
    }
    fn delete_messages(&self, ids: Vec<Mid>, mode: DeleteMode) -> Answer<Vec<ItemOutcome>> {
        Ok(self.0.delete_messages(&ids, mode)?)
    }
    fn move_copy_messages(
        &self,
        source: objects::TransferSource<'_>,
        items: Vec<TransferItem>,
        copy: bool,
    ) -> Answer<Vec<ItemOutcome>> {
        let source = match &source {
            objects::TransferSource::SameContext(folder) => TransferSource::SameContext(lent(folder)),
            objects::TransferSource::Uri(uri) => TransferSource::Uri(uri.clone()),
        };
        Ok(self.0.move_copy_messages(source, items, copy)?)
    }
    fn set_read_flags(&self, ids: Vec<Mid>, read: bool) -> Answer<Vec<ItemOutcome>> {
        Ok(self.0.set_read_flags(&ids, read)?)
    }
    fn get_child_count(&self, kind: TableKind) -> Answer<u32> {
        Ok(self.0.get_child_count(kind)?)
    }
    fn open_table(&self, kind: TableKind) -> Answer<objects::Table> {
        Ok(table(self.0.open_table(kind)?))
    }
    fn get_deleted(&self, kind: TableKind, since: ChangeNumber) -> Answer<DeletedSet> {
        Ok(self.0.get_deleted(kind, since)?)
    }
    fn get_permissions(&self) -> Answer<Vec<Permission>> {
        Ok(self.0.get_permissions()?)
    }
    fn modify_permissions(&self, options: PermissionOptions, changes: Vec<PermissionChange>) -> Answer<()> {
        Ok(self.0.modify_permissions(options, changes)?)
    }
    fn preload_messages(&self, kind: TableKind, ids: Vec<Mid>) -> Answer<()> {
        Ok(self.0.preload_messages(kind, &ids)?)
    }
}

pub struct MessageHandle(RefCell<Box<dyn Message>>);

fn message(message: Box<dyn Message>) -> objects::Message {
    objects::Message::new(MessageHandle(RefCell::new(message)))
}

impl objects::GuestMessage for MessageHandle {
    fn list_properties(&self) -> Answer<Vec<PropertyTag>> {
        Ok(borrow(&self.0)?.list_properties()?)
    }
    fn get_properties(&self, tags: Vec<PropertyTag>) -> Answer<Vec<Cell>> {
        Ok(borrow(&self.0)?.get_properties(&tags)?)
    }
    fn set_properties(&self, values: Vec<Property>) -> Answer<Vec<PropertyProblem>> {
        Ok(borrow(&self.0)?.set_properties(values)?)
    }
    fn remove_properties(&self, tags: Vec<PropertyTag>) -> Answer<Vec<PropertyProblem>> {
        Ok(borrow(&self.0)?.remove_properties(&tags)?)
    }
    fn open_stream(&self, tag: PropertyTag, access: StreamAccess) -> Answer<objects::PropertyStream> {
        Ok(stream(borrow(&self.0)?.open_stream(tag, access)?))
    }
    fn get_data(&self) -> Answer<MessageData> {
        Ok(borrow(&self.0)?.get_data()?)
    }
    fn set_recipients(&self, recipients: RecipientTable) -> Answer<()> {
        Ok(borrow(&self.0)?.set_recipients(recipients)?)
    }
    fn set_read_flag(&self, read: bool) -> Answer<()> {
        Ok(borrow(&self.0)?.set_read_flag(read)?)
    }
    fn save(&self, force: bool) -> Answer<ChangeNumber> {
        Ok(borrow(&self.0)?.save(force)?)
    }
    fn submit(&self, mode: SubmitMode) -> Answer<()> {
        Ok(borrow(&self.0)?.submit(mode)?)
    }
    fn list_attachments(&self) -> Answer<Vec<AttachNum>> {
        Ok(borrow(&self.0)?.list_attachments()?)
    }
    fn open_attachment(&self, num: AttachNum, read_write: bool) -> Answer<objects::Attachment> {
        Ok(attachment(borrow(&self.0)?.open_attachment(num, read_write)?))
    }
    fn create_attachment(&self) -> Answer<(AttachNum, objects::Attachment)> {
        let (num, created) = borrow(&self.0)?.create_attachment()?;
        Ok((num, attachment(created)))
    }
    fn delete_attachment(&self, num: AttachNum) -> Answer<()> {
        Ok(borrow(&self.0)?.delete_attachment(num)?)
    }
    fn open_attachment_table(&self) -> Answer<objects::Table> {
        Ok(table(borrow(&self.0)?.open_attachment_table()?))
    }
}

pub struct AttachmentHandle(RefCell<Box<dyn Attachment>>);

fn attachment(attachment: Box<dyn Attachment>) -> objects::Attachment {
    objects::Attachment::new(AttachmentHandle(RefCell::new(attachment)))
}

impl objects::GuestAttachment for AttachmentHandle {
    fn list_properties(&self) -> Answer<Vec<PropertyTag>> {
        Ok(borrow(&self.0)?.list_properties()?)
    }
    fn get_properties(&self, tags: Vec<PropertyTag>) -> Answer<Vec<Cell>> {
        Ok(borrow(&self.0)?.get_properties(&tags)?)
    }
    fn set_properties(&self, values: Vec<Property>) -> Answer<Vec<PropertyProblem>> {
        Ok(borrow(&self.0)?.set_properties(values)?)
    }
    fn remove_properties(&self, tags: Vec<PropertyTag>) -> Answer<Vec<PropertyProblem>> {
        Ok(borrow(&self.0)?.remove_properties(&tags)?)
    }
    fn open_stream(&self, tag: PropertyTag, access: StreamAccess) -> Answer<objects::PropertyStream> {
        Ok(stream(borrow(&self.0)?.open_stream(tag, access)?))
    }
    fn save(&self) -> Answer<()> {
        Ok(borrow(&self.0)?.save()?)
    }
    fn open_embedded(&self) -> Answer<(Mid, objects::Message)> {
        let (mid, embedded) = borrow(&self.0)?.open_embedded()?;
        Ok((mid, message(embedded)))
    }
    fn create_embedded(&self, id: Mid) -> Answer<objects::Message> {
        Ok(message(borrow(&self.0)?.create_embedded(id)?))
    }
}

pub struct TableHandle(RefCell<Box<dyn Table>>);

fn table(table: Box<dyn Table>) -> objects::Table {
    objects::Table::new(TableHandle(RefCell::new(table)))
}

impl objects::GuestTable for TableHandle {
    fn available_columns(&self) -> Answer<Vec<PropertyTag>> {
        Ok(borrow(&self.0)?.available_columns()?)
    }
    fn set_columns(&self, columns: Vec<PropertyTag>) -> Answer<()> {
        Ok(borrow(&self.0)?.set_columns(columns)?)
    }
    fn set_restriction(&self, restriction: Option<Restriction>) -> Answer<()> {
        Ok(borrow(&self.0)?.set_restriction(restriction)?)
    }
    fn set_sort_order(&self, order: Option<SortOrder>) -> Answer<()> {
        Ok(borrow(&self.0)?.set_sort_order(order)?)
    }
    fn row_count(&self) -> Answer<u32> {
        Ok(borrow(&self.0)?.row_count()?)
    }
    fn query_rows(&self, start: u32, count: u32) -> Answer<RowBatch> {
        Ok(borrow(&self.0)?.query_rows(start, count)?)
    }
    fn find_row(
        &self,
        start: u32,
        direction: Direction,
        restriction: Restriction,
    ) -> Answer<Option<FoundRow>> {
        Ok(borrow(&self.0)?.find_row(start, direction, restriction)?)
    }
    fn refresh(&self) -> Answer<()> {
        Ok(borrow(&self.0)?.refresh()?)
    }
}

pub struct StreamHandle(RefCell<Box<dyn PropertyStream>>);

fn stream(stream: Box<dyn PropertyStream>) -> objects::PropertyStream {
    objects::PropertyStream::new(StreamHandle(RefCell::new(stream)))
}

impl objects::GuestPropertyStream for StreamHandle {
    fn size(&self) -> Answer<u64> {
        Ok(borrow(&self.0)?.size()?)
    }
    fn read(&self, offset: u64, length: u32) -> Answer<Vec<u8>> {
        Ok(borrow(&self.0)?.read(offset, length)?)
    }
    fn write(&self, offset: u64, data: Vec<u8>) -> Answer<()> {
        Ok(borrow(&self.0)?.write(offset, &data)?)
    }
    fn set_size(&self, size: u64) -> Answer<()> {
        Ok(borrow(&self.0)?.set_size(size)?)
    }
    fn commit(&self) -> Answer<()> {
        Ok(borrow(&self.0)?.commit()?)
    }
}
