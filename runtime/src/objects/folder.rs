//! Folders (MS-OXCFOLD).

use super::{Message, PropertyStream, Table, property_calls};
use crate::bindings::exports::mapistore::backend::objects::{self, StreamAccess};
use crate::bindings::mapistore::backend::types;
use crate::check;
use crate::context::Handle;
use crate::error::CallError;
use crate::index::{BATCH_MAX, ChangeNumber, Fmid};

/// A folder of an open context.
pub struct Folder {
    handle: Handle,
}

/// Where messages come from.
pub enum TransferSource<'a> {
    /// A folder of the same context.
    Folder(&'a Folder),
    /// The complete URI of a folder of another context; for backends that claim `cross-context-move`.
    Uri(String),
}

property_calls!(Folder, folder, "folder");

impl Folder {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// Opens a direct sub-folder.
    ///
    /// # Errors
    /// There is none with this id; the call failed.
    pub async fn open_folder(&self, id: Fmid) -> Result<Folder, CallError> {
        let call = self.handle.open("folder.open-folder", move |store, objects, this| {
            objects.folder().call_open_folder(store, this, id.0)
        });
        Ok(Folder::new(call.await?))
    }

    /// Creates a direct sub-folder under an id from [`Runtime::allocate_id`](crate::Runtime::allocate_id)
    /// (MS-OXCFOLD 2.2.1.2).
    ///
    /// # Errors
    /// PidTagDisplayName is missing or taken; the call failed.
    pub async fn create_folder(
        &self,
        id: Fmid,
        properties: Vec<types::Property>,
    ) -> Result<Folder, CallError> {
        const FUNCTION: &str = "folder.create-folder";
        super::check_values(FUNCTION, &properties)?;
        let call = self.handle.open(FUNCTION, move |store, objects, this| {
            objects.folder().call_create_folder(store, this, id.0, &properties)
        });
        Ok(Folder::new(call.await?))
    }

    /// Deletes this folder (MS-OXCFOLD 2.2.1.3).
    ///
    /// # Errors
    /// It is not empty and `recursive` is false; it is the root; the call failed.
    pub async fn delete(&self, mode: types::DeleteMode, recursive: bool) -> Result<(), CallError> {
        let call = self.handle.call("folder.delete", move |store, objects, this| {
            objects.folder().call_delete(store, this, mode, recursive)
        });
        call.await
    }

    /// Moves this folder below `target`, or makes it a root (MS-OXCFOLD 2.2.1.7).
    ///
    /// # Errors
    /// `target` belongs to another context, or lies in this folder; the name is taken; the call failed.
    pub async fn move_to(&self, target: Option<&Folder>, new_name: &str) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.move-to";
        let target = target.map(|target| self.handle.sibling(&target.handle, FUNCTION)).transpose()?;
        let new_name = new_name.to_owned();
        let call = self.handle.run(FUNCTION, move |live, this| {
            let target = target.map(|target| live.resource(target)).transpose()?;
            live.guest.call(FUNCTION, |store, world| {
                let folder = world.mapistore_backend_objects().folder();
                folder.call_move_to(store, this, target, &new_name)
            })
        });
        call.await
    }

    /// Copies this folder below `target` (MS-OXCFOLD 2.2.1.8).
    ///
    /// # Errors
    /// As [`move_to`](Self::move_to).
    pub async fn copy_to(&self, target: &Folder, recursive: bool, new_name: &str) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.copy-to";
        let target = self.handle.sibling(&target.handle, FUNCTION)?;
        let new_name = new_name.to_owned();
        let call = self.handle.run(FUNCTION, move |live, this| {
            let target = live.resource(target)?;
            live.guest.call(FUNCTION, |store, world| {
                let folder = world.mapistore_backend_objects().folder();
                folder.call_copy_to(store, this, target, recursive, &new_name)
            })
        });
        call.await
    }

    /// Opens a message (MS-OXCMSG 2.2.3.1).
    ///
    /// # Errors
    /// There is none with this id; the call failed.
    pub async fn open_message(&self, id: Fmid, read_write: bool) -> Result<Message, CallError> {
        let call = self.handle.open("folder.open-message", move |store, objects, this| {
            objects.folder().call_open_message(store, this, id.0, read_write)
        });
        Ok(Message::new(call.await?))
    }

    /// A new message under an id from [`Runtime::allocate_id`](crate::Runtime::allocate_id) (MS-OXCMSG 2.2.3.2).
    /// Nobody sees it before it is saved.
    ///
    /// # Errors
    /// The call failed.
    pub async fn create_message(&self, id: Fmid, associated: bool) -> Result<Message, CallError> {
        let call = self.handle.open("folder.create-message", move |store, objects, this| {
            objects.folder().call_create_message(store, this, id.0, associated)
        });
        Ok(Message::new(call.await?))
    }

    /// Deletes messages; one outcome for each (MS-OXCFOLD 2.2.1.11).
    ///
    /// # Errors
    /// There are more than 10,000 ids; the call failed, or its answer breaks the contract.
    pub async fn delete_messages(
        &self,
        ids: &[Fmid],
        mode: types::DeleteMode,
    ) -> Result<Vec<types::ItemOutcome>, CallError> {
        const FUNCTION: &str = "folder.delete-messages";
        let ids = raw_ids(FUNCTION, ids)?;
        let wanted = ids.clone();
        let call = self.handle.checked(
            FUNCTION,
            move |store, objects, this| objects.folder().call_delete_messages(store, this, &wanted, mode),
            |outcomes| check::outcomes(&ids, outcomes),
        );
        call.await
    }

    /// Moves or copies messages into this folder; one outcome for each, under its source id (MS-OXCFOLD 2.2.1.6).
    ///
    /// # Errors
    /// The source belongs to another context; there are more than 10,000 items; the call failed, or its answer
    /// breaks the contract.
    pub async fn move_copy_messages(
        &self,
        source: TransferSource<'_>,
        items: Vec<objects::TransferItem>,
        copy: bool,
    ) -> Result<Vec<types::ItemOutcome>, CallError> {
        const FUNCTION: &str = "folder.move-copy-messages";
        let sources: Vec<_> = items.iter().map(|item| Fmid(item.source)).collect();
        let sources = raw_ids(FUNCTION, &sources)?;
        let source = match source {
            TransferSource::Folder(folder) => Ok(self.handle.sibling(&folder.handle, FUNCTION)?),
            TransferSource::Uri(uri) => Err(uri),
        };
        self.handle
            .run(FUNCTION, move |live, this| {
                let source = match source {
                    Ok(folder) => objects::TransferSource::SameContext(live.resource(folder)?),
                    Err(uri) => objects::TransferSource::Uri(uri),
                };
                let outcomes = live.guest.call(FUNCTION, |store, world| {
                    let folder = world.mapistore_backend_objects().folder();
                    folder.call_move_copy_messages(store, this, &source, &items, copy)
                })?;
                check::outcomes(&sources, &outcomes)
                    .map_err(|problem| live.guest.invalid(FUNCTION, problem))?;
                Ok(outcomes)
            })
            .await
    }

    /// Marks messages read or unread; one outcome for each (MS-OXCMSG 2.2.3.10).
    ///
    /// # Errors
    /// There are more than 10,000 ids; the call failed, or its answer breaks the contract.
    pub async fn set_read_flags(
        &self,
        ids: &[Fmid],
        read: bool,
    ) -> Result<Vec<types::ItemOutcome>, CallError> {
        const FUNCTION: &str = "folder.set-read-flags";
        let ids = raw_ids(FUNCTION, ids)?;
        let wanted = ids.clone();
        let call = self.handle.checked(
            FUNCTION,
            move |store, objects, this| objects.folder().call_set_read_flags(store, this, &wanted, read),
            |outcomes| check::outcomes(&ids, outcomes),
        );
        call.await
    }

    /// How many rows the unrestricted table of this kind has.
    ///
    /// # Errors
    /// The call failed.
    pub async fn get_child_count(&self, kind: types::TableKind) -> Result<u32, CallError> {
        let call = self.handle.call("folder.get-child-count", move |store, objects, this| {
            objects.folder().call_get_child_count(store, this, kind)
        });
        call.await
    }

    /// Opens a table over the folder as it is now.
    ///
    /// # Errors
    /// The call failed.
    pub async fn open_table(&self, kind: types::TableKind) -> Result<Table, CallError> {
        let call = self.handle.open("folder.open-table", move |store, objects, this| {
            objects.folder().call_open_table(store, this, kind)
        });
        Ok(Table::new(call.await?))
    }

    /// What was deleted since a change number (MS-OXCFXICS 3.2.5.3).
    ///
    /// # Errors
    /// The call failed.
    pub async fn get_deleted(
        &self,
        kind: types::TableKind,
        since: ChangeNumber,
    ) -> Result<objects::DeletedSet, CallError> {
        let call = self.handle.call("folder.get-deleted", move |store, objects, this| {
            objects.folder().call_get_deleted(store, this, kind, since.0)
        });
        call.await
    }

    /// Who may do what (MS-OXCPERM).
    ///
    /// # Errors
    /// The call failed.
    pub async fn get_permissions(&self) -> Result<Vec<types::Permission>, CallError> {
        let call = self.handle.call("folder.get-permissions", |store, objects, this| {
            objects.folder().call_get_permissions(store, this)
        });
        call.await
    }

    /// Changes who may do what (MS-OXCPERM 2.2.2).
    ///
    /// # Errors
    /// The call failed.
    pub async fn modify_permissions(
        &self,
        options: types::PermissionOptions,
        changes: Vec<types::PermissionChange>,
    ) -> Result<(), CallError> {
        let call = self.handle.call("folder.modify-permissions", move |store, objects, this| {
            objects.folder().call_modify_permissions(store, this, options, &changes)
        });
        call.await
    }

    /// Says that these messages will be opened soon; an empty list ends it.
    ///
    /// # Errors
    /// There are more than 10,000 ids; the call failed.
    pub async fn preload_messages(&self, kind: types::TableKind, ids: &[Fmid]) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.preload-messages";
        let ids = raw_ids(FUNCTION, ids)?;
        let call = self.handle.call(FUNCTION, move |store, objects, this| {
            objects.folder().call_preload_messages(store, this, kind, &ids)
        });
        call.await
    }
}

fn raw_ids(function: &'static str, ids: &[Fmid]) -> Result<Vec<u64>, CallError> {
    if ids.len() > BATCH_MAX {
        let problem = format!("{} ids, and at most {BATCH_MAX} are allowed", ids.len());
        return Err(CallError::InvalidArgument { function, problem });
    }
    Ok(ids.iter().map(|id| id.0).collect())
}
