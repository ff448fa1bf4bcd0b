//! The typed handles of [`crate::objects`] with a log around them: every call and its answer is kept, and waits until it
//! is done. One method here for one there, under the same name.

use std::rc::Rc;

use super::expect::Done;
use super::log::{Log, Object};
use super::wave::{Wave, arguments};
use crate::bindings::exports::mapistore::backend::objects::{
    DeletedSet, Direction, FoundRow, PathResult, StreamAccess, TransferItem,
};
use crate::bindings::mapistore::backend::types as t;
use crate::context::Closed;
use crate::error::CallError;
use crate::index::{ChangeNumber, Fmid};
use crate::objects;

pub(super) type Context = Object<crate::context::Context>;
pub(super) type Folder = Object<objects::Folder>;
pub(super) type Message = Object<objects::Message>;
pub(super) type Attachment = Object<objects::Attachment>;
pub(super) type Table = Object<objects::Table>;
pub(super) type Stream = Object<objects::PropertyStream>;

impl<T> Object<T> {
    fn text(&self, function: &str, given: &[&dyn Wave]) -> String {
        format!("#{} {function}{}", self.number, arguments(given))
    }
}

/// Methods that answer a value, and methods that open an object.
macro_rules! calls {
    ($object:literal $(fn $method:ident($($argument:ident: $type:ty),*) -> $answer:ty = $name:literal;)*) => {
        $(pub(super) fn $method(&self, $($argument: $type),*) -> Done<$answer> {
            let call = self.text(concat!($object, ".", $name), &[$(&$argument),*]);
            self.log.call(&call, self.inner.$method($($argument),*))
        })*
    };
}
macro_rules! opens {
    ($object:literal $(fn $method:ident($($argument:ident: $type:ty),*) -> $answer:ty = $name:literal;)*) => {
        $(pub(super) fn $method(&self, $($argument: $type),*) -> Done<$answer> {
            let call = self.text(concat!($object, ".", $name), &[$(&$argument),*]);
            self.log.open(&call, self.inner.$method($($argument),*))
        })*
    };
}
/// The property calls that three kinds of objects share.
macro_rules! property_calls {
    ($object:literal) => {
        calls! { $object
            fn list_properties() -> Vec<t::PropertyTag> = "list-properties";
            fn get_properties(tags: &[t::PropertyTag]) -> Vec<t::Cell> = "get-properties";
            fn set_properties(values: Vec<t::Property>) -> Vec<t::PropertyProblem> = "set-properties";
            fn remove_properties(tags: &[t::PropertyTag]) -> Vec<t::PropertyProblem> = "remove-properties";
        }
        opens! { $object
            fn open_stream(tag: t::PropertyTag, access: StreamAccess) -> Stream = "open-stream";
        }

        /// One property.
        pub(super) fn get(&self, tag: t::PropertyTag) -> Done<t::Cell> {
            Ok(self.get_properties(&[tag])?.pop().unwrap_or(Err(t::ErrorCode::NotFound)))
        }
    };
}

impl Context {
    opens! { "context"
        fn root_folder() -> Folder = "get-root-folder";
    }
    calls! { "context"
        fn get_paths(ids: &[Fmid]) -> Vec<PathResult> = "get-paths";
    }

    /// Where one object is.
    pub(super) fn path(&self, id: Fmid) -> Done<PathResult> {
        Ok(self.get_paths(&[id])?.pop().unwrap_or(Err(t::ErrorCode::NotFound)))
    }

    /// Lets go of the context, and waits for its end if this was the last reference.
    pub(super) fn close(self) -> Option<Closed> {
        self.log.remark(&format!("#{} is closed", self.number));
        crate::blocking::wait(self.inner.close())
    }
}

impl Folder {
    property_calls!("folder");
    opens! { "folder"
        fn open_folder(id: Fmid) -> Folder = "open-folder";
        fn create_folder(id: Fmid, properties: Vec<t::Property>) -> Folder = "create-folder";
        fn open_message(id: Fmid, read_write: bool) -> Message = "open-message";
        fn create_message(id: Fmid, associated: bool) -> Message = "create-message";
        fn open_table(kind: t::TableKind) -> Table = "open-table";
    }
    calls! { "folder"
        fn delete(mode: t::DeleteMode, recursive: bool) -> () = "delete";
        fn delete_messages(ids: &[Fmid], mode: t::DeleteMode) -> Vec<t::ItemOutcome> = "delete-messages";
        fn set_read_flags(ids: &[Fmid], read: bool) -> Vec<t::ItemOutcome> = "set-read-flags";
        fn get_child_count(kind: t::TableKind) -> u32 = "get-child-count";
        fn get_deleted(kind: t::TableKind, since: ChangeNumber) -> DeletedSet = "get-deleted";
        fn get_permissions() -> Vec<t::Permission> = "get-permissions";
        fn modify_permissions(options: t::PermissionOptions, changes: Vec<t::PermissionChange>) -> ()
            = "modify-permissions";
        fn preload_messages(kind: t::TableKind, ids: &[Fmid]) -> () = "preload-messages";
    }

    pub(super) fn move_to(&self, target: Option<&Folder>, name: &str) -> Done {
        let to = target.map_or_else(|| "none".into(), |target| format!("some(#{})", target.number));
        let call = format!("#{} folder.move-to({to}, {})", self.number, name.wave());
        self.log.call(&call, self.inner.move_to(target.map(|target| &target.inner), name))
    }

    pub(super) fn copy_to(&self, target: &Folder, recursive: bool, name: &str) -> Done {
        let (to, name_text) = (target.number, name.wave());
        let call = format!("#{} folder.copy-to(#{to}, {recursive}, {name_text})", self.number);
        self.log.call(&call, self.inner.copy_to(&target.inner, recursive, name))
    }

    /// Moves or copies messages of a folder of the same context into this one.
    pub(super) fn take(
        &self,
        source: &Folder,
        items: Vec<TransferItem>,
        copy: bool,
    ) -> Done<Vec<t::ItemOutcome>> {
        let (from, list) = (source.number, items.wave());
        let call =
            format!("#{} folder.move-copy-messages(same-context(#{from}), {list}, {copy})", self.number);
        let source = objects::TransferSource::Folder(&source.inner);
        self.log.call(&call, self.inner.move_copy_messages(source, items, copy))
    }

    /// Moves or copies messages of a folder of another context into this one.
    pub(super) fn take_from(
        &self,
        uri: &str,
        items: Vec<TransferItem>,
        copy: bool,
    ) -> Done<Vec<t::ItemOutcome>> {
        let (from, list) = (uri.wave(), items.wave());
        let call = format!("#{} folder.move-copy-messages(uri({from}), {list}, {copy})", self.number);
        let source = objects::TransferSource::Uri(uri.to_owned());
        self.log.call(&call, self.inner.move_copy_messages(source, items, copy))
    }
}

impl Message {
    property_calls!("message");
    calls! { "message"
        fn get_data() -> t::MessageData = "get-data";
        fn set_recipients(recipients: t::RecipientTable) -> () = "set-recipients";
        fn set_read_flag(read: bool) -> () = "set-read-flag";
        fn save(force: bool) -> ChangeNumber = "save";
        fn submit(mode: t::SubmitMode) -> () = "submit";
        fn list_attachments() -> Vec<t::AttachNum> = "list-attachments";
        fn delete_attachment(number: t::AttachNum) -> () = "delete-attachment";
    }
    opens! { "message"
        fn open_attachment(number: t::AttachNum, read_write: bool) -> Attachment = "open-attachment";
        fn open_attachment_table() -> Table = "open-attachment-table";
    }

    pub(super) fn create_attachment(&self) -> Done<(t::AttachNum, Attachment)> {
        let call = self.text("message.create-attachment", &[]);
        let number = std::cell::Cell::new(0);
        let created = self.log.open(&call, async {
            let (given, attachment) = self.inner.create_attachment().await?;
            number.set(given);
            Ok(attachment)
        })?;
        self.log.remark(&format!("#{} is attachment {}", created.number, number.get()));
        Ok((number.get(), created))
    }
}

impl Attachment {
    property_calls!("attachment");
    calls! { "attachment"
        fn save() -> () = "save";
    }
    opens! { "attachment"
        fn create_embedded(id: Fmid) -> Message = "create-embedded";
    }

    pub(super) fn open_embedded(&self) -> Done<Message> {
        let call = self.text("attachment.open-embedded", &[]);
        self.log.open(&call, async { Ok::<_, CallError>(self.inner.open_embedded().await?.1) })
    }
}

impl Table {
    calls! { "table"
        fn available_columns() -> Vec<t::PropertyTag> = "available-columns";
        fn set_columns(columns: &[t::PropertyTag]) -> () = "set-columns";
        fn set_restriction(restriction: Option<t::Restriction>) -> () = "set-restriction";
        fn set_sort_order(order: Option<t::SortOrder>) -> () = "set-sort-order";
        fn row_count() -> u32 = "row-count";
        fn query_rows(start: u32, count: u32) -> t::RowBatch = "query-rows";
        fn find_row(start: u32, direction: Direction, restriction: t::Restriction) -> Option<FoundRow>
            = "find-row";
        fn refresh() -> () = "refresh";
    }

    /// All rows, with these columns.
    pub(super) fn rows(&self, columns: &[t::PropertyTag]) -> Done<Vec<Vec<t::Cell>>> {
        self.set_columns(columns)?;
        self.all_rows(columns.len())
    }

    /// All rows, with the `columns` columns that are set.
    pub(super) fn all_rows(&self, columns: usize) -> Done<Vec<Vec<t::Cell>>> {
        let mut rows = Vec::new();
        loop {
            let at = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            let batch = self.query_rows(at, 200)?;
            rows.extend(batch.cells.chunks(columns.max(1)).map(<[t::Cell]>::to_vec));
            if batch.at_end || batch.row_count == 0 {
                return Ok(rows);
            }
        }
    }
}

impl Stream {
    calls! { "property-stream"
        fn size() -> u64 = "size";
        fn read(offset: u64, length: u32) -> Vec<u8> = "read";
        fn write(offset: u64, data: &[u8]) -> () = "write";
        fn set_size(size: u64) -> () = "set-size";
        fn commit() -> () = "commit";
    }

    /// All bytes.
    pub(super) fn read_all(&self) -> Done<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let piece = self.read(bytes.len() as u64, 64 << 10)?;
            if piece.is_empty() {
                return Ok(bytes);
            }
            bytes.extend(piece);
        }
    }
}

/// Opens the context of a user and a URI.
pub(super) fn open_context(
    log: &Rc<Log>,
    runtime: &crate::runtime::Runtime,
    connection: &crate::context::Connection,
    uri: &str,
) -> Done<Context> {
    let who = match connection.username == connection.owner {
        true => connection.owner.clone(),
        false => format!("{} in the mailbox of {}", connection.username, connection.owner),
    };
    let call = format!("provider.create-context({}) for {who}", uri.wave());
    log.open(&call, runtime.open_context(connection, uri))
}
