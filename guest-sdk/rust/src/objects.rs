//! The objects of a mailbox as traits (`wit/objects.wit`). Every method has a default that answers `not-implemented`, so
//! a backend writes what it can do, and claims that in `describe`.
//!
//! Dropping an object is its destructor. `Context` and `Folder` take `&self`, because one folder can be the source and the
//! target of a call at once; where they change, use a `Cell` or a `RefCell`, and do not keep it borrowed while calling
//! the other folder of the call. All other objects take `&mut self`. A context's calls never run two at a time, so nothing
//! has to be `Send` or `Sync`.

use crate::{
    INLINE_LIMIT, Properties,
    error::{Error, ErrorCode, Result},
    index,
    tags::{PID_TAG_NORMALIZED_SUBJECT, PID_TAG_SUBJECT, PID_TAG_SUBJECT_PREFIX},
    types::{
        AttachNum, Cell, ChangeNumber, DeleteMode, DeletedSet, Direction, Fid, Fmid, FoundRow, ItemOutcome,
        MessageData, Mid, PathResult, Permission, PermissionChange, PermissionOptions, Property,
        PropertyProblem, PropertyTag, RecipientTable, Restriction, RowBatch, SortOrder, StreamAccess,
        SubmitMode, TableKind, TransferItem, TransferSource,
    },
};
use std::any::Any;

/// Gives each method a default that answers `not-implemented` and names the function.
macro_rules! optional {
    ($object:literal: $(
        $(#[$doc:meta])*
        fn $name:ident(&$($this:ident)+ $(, $arg:ident: $ty:ty)*) -> Result<$ret:ty>;
    )*) => {
        $(
            $(#[$doc])*
            fn $name(&$($this)+ $(, $arg: $ty)*) -> Result<$ret> {
                $(let _ = $arg;)*
                Err(Error::not_implemented(concat!($object, ".", stringify!($name))))
            }
        )*
    };
}

/// One root, opened for one user. It has a memory of its own: nothing is shared with another context.
pub trait Context: Any {
    /// The root folder. `id` is the root's FID.
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>>;

    /// Where each object is now: the URI without `namespace://`. By default, the one that the index has.
    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        let path = |entry: Option<index::Entry>| {
            let entry = entry.filter(|entry| !entry.soft_deleted).ok_or(ErrorCode::NotFound)?;
            entry.uri.split_once("://").map(|(_, path)| path.to_owned()).ok_or(ErrorCode::Corrupted)
        };
        Ok(index::get_uris(ids)?.into_iter().map(path).collect())
    }

    /// Shuts down in an orderly way, where that can fail. Nothing that was acknowledged may depend on it.
    fn close(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// A folder (MS-OXCFOLD).
pub trait Folder: Any {
    /// All properties, for a folder that can say them at once: `list_properties` and `get_properties` answer from
    /// them by default.
    fn properties(&self) -> Result<Properties> {
        Err(Error::not_implemented("folder.get_properties"))
    }
    /// The tags that `get_properties` can answer now.
    fn list_properties(&self) -> Result<Vec<PropertyTag>> {
        Ok(self.properties()?.tags())
    }
    /// One cell for each tag, in their order. [`Properties::get_cells`] does it.
    fn get_properties(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.properties()?.get_cells(tags, INLINE_LIMIT))
    }

    optional! { "folder":
        /// Sets properties, durably; answers those that could not be set.
        fn set_properties(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>>;
        /// Removes properties; one that is not there is no problem.
        fn remove_properties(&self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>>;
        /// Opens one large property.
        fn open_stream(&self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>>;

        /// Opens a direct sub-folder.
        fn open_folder(&self, id: Fid) -> Result<Box<dyn Folder>>;
        /// Creates a direct sub-folder under an id that the host allocated.
        fn create_folder(&self, id: Fid, properties: Vec<Property>) -> Result<Box<dyn Folder>>;
        /// Deletes this folder. Without `recursive`, one that is not empty answers `exists`; the root answers `denied`.
        fn delete(&self, mode: DeleteMode, recursive: bool) -> Result<()>;
        /// Moves this folder below `target`, or makes it a root. `target` may be this very folder.
        fn move_to(&self, target: Option<&dyn Folder>, new_name: &str) -> Result<()>;
        /// Copies this folder below `target`, which may be this very folder.
        fn copy_to(&self, target: &dyn Folder, recursive: bool, new_name: &str) -> Result<()>;

        /// Opens a message. Opened without `read_write`, all that changes it answers `denied`.
        fn open_message(&self, id: Mid, read_write: bool) -> Result<Box<dyn Message>>;
        /// A new message, unseen until it is saved.
        fn create_message(&self, id: Mid, associated: bool) -> Result<Box<dyn Message>>;
        /// One outcome for each id.
        fn delete_messages(&self, ids: &[Mid], mode: DeleteMode) -> Result<Vec<ItemOutcome>>;
        /// Moves or copies messages into this folder, perhaps from itself. One outcome for each item, under its source id.
        fn move_copy_messages(&self, source: TransferSource<'_>, items: Vec<TransferItem>, copy: bool) -> Result<Vec<ItemOutcome>>;

        /// Opens a table over a snapshot of the folder. [`RowsTable`](crate::RowsTable) is a ready one.
        fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>>;
        /// What was deleted since a change number. Never an id that is live.
        fn get_deleted(&self, kind: TableKind, since: ChangeNumber) -> Result<DeletedSet>;

        /// Who may do what.
        fn get_permissions(&self) -> Result<Vec<Permission>>;
        /// Changes who may do what.
        fn modify_permissions(&self, options: PermissionOptions, changes: Vec<PermissionChange>) -> Result<()>;
    }

    /// One outcome for each id. By default each message is opened for writing, and told.
    fn set_read_flags(&self, ids: &[Mid], read: bool) -> Result<Vec<ItemOutcome>> {
        let mut outcomes = Vec::with_capacity(ids.len());
        for &id in ids {
            let outcome =
                match self.open_message(id, true).and_then(|mut message| message.set_read_flag(read)) {
                    Err(error) if error.code == ErrorCode::NotImplemented => return Err(error),
                    outcome => outcome.map_err(|error| error.code),
                };
            outcomes.push(ItemOutcome { id, outcome });
        }
        Ok(outcomes)
    }

    /// How many rows the unrestricted table of this kind has. By default they are counted.
    fn get_child_count(&self, kind: TableKind) -> Result<u32> {
        self.open_table(kind)?.row_count()
    }

    /// A hint that these messages will be opened soon; an empty list ends it. Ignored by default.
    fn preload_messages(&self, kind: TableKind, ids: &[Mid]) -> Result<()> {
        let _ = (kind, ids);
        Ok(())
    }
}

impl dyn Folder {
    /// This folder as the backend's own type, for the folders that `move_to`, `copy_to` and `move_copy_messages` get.
    ///
    /// # Errors
    /// `invalid-parameter` if it is another type of folder.
    pub fn downcast<T: Folder>(&self) -> Result<&T> {
        let any: &dyn Any = self;
        any.downcast_ref().ok_or_else(|| Error::invalid_parameter("the folder is of another kind"))
    }
}

/// A message (MS-OXCMSG). Changes are held until `save`.
pub trait Message: Any {
    /// All properties, for a message that can say them at once: `list_properties` and `get_properties` answer from
    /// them by default.
    fn properties(&mut self) -> Result<Properties> {
        Err(Error::not_implemented("message.get_properties"))
    }
    /// The tags that `get_properties` can answer now.
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.properties()?.tags())
    }
    /// One cell for each tag, in their order. [`Properties::get_cells`] does it.
    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.properties()?.get_cells(tags, INLINE_LIMIT))
    }

    optional! { "message":
        /// Sets properties; answers those that could not be set.
        fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>>;
        /// Removes properties; one that is not there is no problem.
        fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>>;
        /// Opens one large property.
        fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>>;

        /// Replaces all recipients.
        fn set_recipients(&mut self, recipients: RecipientTable) -> Result<()>;
        /// MSGFLAG_READ; durable when the call answers.
        fn set_read_flag(&mut self, read: bool) -> Result<()>;
        /// Makes the message durable and visible; answers its new change number.
        fn save(&mut self, force: bool) -> Result<ChangeNumber>;
        /// Sends the message.
        fn submit(&mut self, mode: SubmitMode) -> Result<()>;

        /// The numbers of the saved attachments.
        fn list_attachments(&mut self) -> Result<Vec<AttachNum>>;
        /// Opens an attachment.
        fn open_attachment(&mut self, num: AttachNum, read_write: bool) -> Result<Box<dyn Attachment>>;
        /// A new attachment, listed once it and then its message have been saved.
        fn create_attachment(&mut self) -> Result<(AttachNum, Box<dyn Attachment>)>;
        /// Deletes an attachment.
        fn delete_attachment(&mut self, num: AttachNum) -> Result<()>;
        /// Opens the table of attachments.
        fn open_attachment_table(&mut self) -> Result<Box<dyn Table>>;
    }

    /// What a client is told when it opens the message. By default it has no recipients, and its subject is in its
    /// properties.
    fn get_data(&mut self) -> Result<MessageData> {
        let properties = self.properties()?;
        let text = |tag| properties.get_text(tag).map(str::to_owned);
        Ok(MessageData {
            subject_prefix: text(PID_TAG_SUBJECT_PREFIX),
            normalized_subject: text(PID_TAG_NORMALIZED_SUBJECT).or_else(|| text(PID_TAG_SUBJECT)),
            recipients: RecipientTable { columns: Vec::new(), rows: Vec::new() },
        })
    }
}

/// An attachment (MS-OXCMSG 2.2.2).
pub trait Attachment: Any {
    /// All properties, for an attachment that can say them at once: `list_properties` and `get_properties` answer from
    /// them by default.
    fn properties(&mut self) -> Result<Properties> {
        Err(Error::not_implemented("attachment.get_properties"))
    }
    /// The tags that `get_properties` can answer now.
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        Ok(self.properties()?.tags())
    }
    /// One cell for each tag, in their order. [`Properties::get_cells`] does it.
    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        Ok(self.properties()?.get_cells(tags, INLINE_LIMIT))
    }

    optional! { "attachment":
        /// Sets properties; answers those that could not be set.
        fn set_properties(&mut self, values: Vec<Property>) -> Result<Vec<PropertyProblem>>;
        /// Removes properties; one that is not there is no problem.
        fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>>;
        /// Opens one large property; the content is PidTagAttachDataBinary.
        fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>>;

        /// Makes the attachment part of the message as it is held.
        fn save(&mut self) -> Result<()>;
        /// The message in an attachment of method afEmbeddedMessage.
        fn open_embedded(&mut self) -> Result<(Mid, Box<dyn Message>)>;
        /// Makes this attachment an embedded message.
        fn create_embedded(&mut self, id: Mid) -> Result<Box<dyn Message>>;
    }
}

/// A table (MS-OXCTABL). Row numbers count from 0 in the restricted and sorted view.
pub trait Table: Any {
    optional! { "table":
        /// Every column that the table has.
        fn available_columns(&mut self) -> Result<Vec<PropertyTag>>;
        /// Chooses the columns. Until then `query_rows` and `find_row` answer `not-initialized`.
        fn set_columns(&mut self, columns: Vec<PropertyTag>) -> Result<()>;
        /// How many rows the view has.
        fn row_count(&mut self) -> Result<u32>;
        /// Up to `count` rows from `start`.
        fn query_rows(&mut self, start: u32, count: u32) -> Result<RowBatch>;
        /// The first row from `start` that satisfies the restriction.
        fn find_row(&mut self, start: u32, direction: Direction, restriction: Restriction) -> Result<Option<FoundRow>>;
        /// Looks at the folder again.
        fn refresh(&mut self) -> Result<()>;
    }

    /// Shows only the rows that satisfy it. `too-complex`, the default, makes the host filter.
    fn set_restriction(&mut self, restriction: Option<Restriction>) -> Result<()> {
        leave_to_host(restriction.is_none())
    }

    /// Orders the rows. `too-complex`, the default, makes the host sort.
    fn set_sort_order(&mut self, order: Option<SortOrder>) -> Result<()> {
        leave_to_host(order.is_none())
    }
}

/// The view without restriction or order is the one that every table has.
fn leave_to_host(plain: bool) -> Result<()> {
    if plain { Ok(()) } else { Err(Error::too_complex("this table has its natural view only")) }
}

/// Random access to one large property. [`BytesStream`](crate::BytesStream) is a ready one.
pub trait PropertyStream: Any {
    optional! { "property-stream":
        /// Size in bytes.
        fn size(&mut self) -> Result<u64>;
        /// Up to `length` bytes from `offset`; fewer only at the end.
        fn read(&mut self, offset: u64, length: u32) -> Result<Vec<u8>>;
        /// Writes all of `data` at `offset`; a gap before it is filled with zeros.
        fn write(&mut self, offset: u64, data: &[u8]) -> Result<()>;
        /// Cuts off or fills with zeros.
        fn set_size(&mut self, size: u64) -> Result<()>;
        /// Puts what was written into the object.
        fn commit(&mut self) -> Result<()>;
    }
}
