//! Folders (MS-OXCFOLD): what is asked of the backend, and what the host does where the backend does not claim it.

use std::collections::HashSet;
use std::sync::Arc;

use super::lookup::parent_of;
use super::tombstones::{self, Doomed};
use super::{Message, PropertyStream, Table, property_calls, rights};
use crate::bindings::exports::mapistore::backend::objects::{self, StreamAccess};
use crate::bindings::mapistore::backend::notifications::{Event, Modification, Object, Transfer};
use crate::bindings::mapistore::backend::types::{self, Capabilities, DeleteMode};
use crate::check;
use crate::context::guard::{Guard, Need, need};
use crate::context::{Handle, Live};
use crate::error::CallError;
use crate::events::Notice;
use crate::index::{BATCH_MAX, ChangeNumber, Fmid};

/// PidTagMessageFlags.
const MESSAGE_FLAGS: types::PropertyTag = 0x0E07_0003;

/// A folder of an open context.
pub struct Folder {
    pub(crate) handle: Handle,
    fid: Fmid,
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
    pub(crate) fn new(handle: Handle, fid: Fmid) -> Self {
        Self { handle, fid }
    }

    /// The same folder once more, for as long as this one is held.
    pub(crate) fn reopened(&self) -> Self {
        Self { handle: self.handle.borrowed(), fid: self.fid }
    }

    /// Its FID.
    pub fn fid(&self) -> Fmid {
        self.fid
    }

    fn object(&self) -> Object {
        Object { folder: self.fid.0, message: None }
    }

    fn message(&self, id: u64) -> Object {
        Object { folder: self.fid.0, message: Some(id) }
    }

    /// A folder has no `save`: what changes in it is told at once.
    fn changed(&self, tags: Vec<types::PropertyTag>) -> Notice {
        Notice::of(Event::Modified(Modification { target: self.object(), tags }))
    }

    /// Opens a direct sub-folder.
    ///
    /// # Errors
    /// There is none with this id; the call failed.
    pub async fn open_folder(&self, id: Fmid) -> Result<Folder, CallError> {
        const FUNCTION: &str = "folder.open-folder";
        let call = self
            .handle
            .open(FUNCTION, move |store, objects, this| objects.folder().call_open_folder(store, this, id.0));
        let folder = self.sub_folder(call.await?, id);
        folder.handle.require(FUNCTION, Need::Visible).await?;
        Ok(folder)
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
        let (parent, inner) = (self.handle.id, Arc::clone(&self.handle.inner));
        let work = move |live: &mut Live, this| {
            let created = live.guest.call(FUNCTION, |store, world| {
                store.data_mut().traffic.hand(properties.as_slice());
                let folder = world.mapistore_backend_objects().folder();
                folder.call_create_folder(store, this, id.0, &properties)
            })?;
            let created = live.handles.insert(created, Some(parent));
            rights::grant_creator(&inner, id, FUNCTION)?;
            Ok(created)
        };
        let notice = move |_: &_| Notice::of(Event::Created(Object { folder: id.0, message: None }));
        let created = self.handle.run_noticed(FUNCTION, need(FUNCTION), work, notice).await?;
        Ok(self.sub_folder(self.handle.child(created, self.handle.guard.clone()), id))
    }

    fn sub_folder(&self, mut handle: Handle, id: Fmid) -> Folder {
        handle.guard = Guard::folder(id, handle.id);
        Folder::new(handle, id)
    }

    /// Deletes this folder (MS-OXCFOLD 2.2.1.3). For a backend without `soft-delete` the host keeps the tombstones of
    /// what was in it.
    ///
    /// # Errors
    /// It is not empty and `recursive` is false; it is the root; the call failed.
    pub async fn delete(&self, mode: DeleteMode, recursive: bool) -> Result<(), CallError> {
        let event = Event::Deleted(self.object());
        self.delete_with(mode, recursive, Notice::of(event)).await
    }

    pub(crate) async fn delete_with(
        &self,
        mode: DeleteMode,
        recursive: bool,
        notice: Notice,
    ) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.delete";
        let (inner, fid) = (Arc::clone(&self.handle.inner), self.fid);
        let work = move |live: &mut Live, this| {
            let by_host = mode == DeleteMode::Soft && !inner.backend.claims(Capabilities::SOFT_DELETE);
            let doomed = by_host.then(|| Doomed::tree(&inner, fid, FUNCTION)).transpose()?;
            let mode = if by_host { DeleteMode::Hard } else { mode };
            live.guest.call(FUNCTION, |store, world| {
                let folder = world.mapistore_backend_objects().folder();
                folder.call_delete(store, this, mode, recursive)
            })?;
            doomed.map_or(Ok(()), |doomed| doomed.bury(|_| true))
        };
        self.handle.run_noticed(FUNCTION, need(FUNCTION), work, |()| notice).await
    }

    /// Moves this folder below `target`, or makes it a root (MS-OXCFOLD 2.2.1.7).
    ///
    /// # Errors
    /// `target` belongs to another context, or lies in this folder; the name is taken; the call failed.
    pub async fn move_to(&self, target: Option<&Folder>, new_name: &str) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.move-to";
        if let Some(target) = target {
            target.handle.require(FUNCTION, Need::CreateSubfolder).await?;
        }
        let target = target.map(|target| self.handle.sibling(&target.handle, FUNCTION)).transpose()?;
        let new_name = new_name.to_owned();
        let event = Event::Moved(Transfer { to: self.object(), source: self.object() });
        let work = move |live: &mut Live, this| {
            let target = target.map(|target| live.resource(target)).transpose()?;
            live.guest.call(FUNCTION, |store, world| {
                let folder = world.mapistore_backend_objects().folder();
                folder.call_move_to(store, this, target, &new_name)
            })
        };
        self.handle.run_noticed(FUNCTION, need(FUNCTION), work, |()| Notice::of(event)).await
    }

    /// Copies this folder below `target` (MS-OXCFOLD 2.2.1.8).
    ///
    /// # Errors
    /// As [`move_to`](Self::move_to).
    pub async fn copy_to(&self, target: &Folder, recursive: bool, new_name: &str) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.copy-to";
        target.handle.require(FUNCTION, Need::CreateSubfolder).await?;
        // The copy has an id of its own, which only the backend knows.
        let event = Event::TableChanged(target.fid.0);
        let target = self.handle.sibling(&target.handle, FUNCTION)?;
        let new_name = new_name.to_owned();
        let work = move |live: &mut Live, this| {
            let target = live.resource(target)?;
            live.guest.call(FUNCTION, |store, world| {
                let folder = world.mapistore_backend_objects().folder();
                folder.call_copy_to(store, this, target, recursive, &new_name)
            })
        };
        self.handle.run_noticed(FUNCTION, need(FUNCTION), work, |()| Notice::of(event)).await
    }

    /// Opens a message (MS-OXCMSG 2.2.3.1).
    ///
    /// # Errors
    /// There is none with this id; the call failed.
    pub async fn open_message(&self, id: Fmid, read_write: bool) -> Result<Message, CallError> {
        const FUNCTION: &str = "folder.open-message";
        let (parent, inner) = (self.handle.id, Arc::clone(&self.handle.inner));
        let guard = self.handle.guard.clone();
        let work = move |live: &mut Live, this| {
            let message = live.guest.call(FUNCTION, |store, world| {
                let folder = world.mapistore_backend_objects().folder();
                folder.call_open_message(store, this, id.0, read_write)
            })?;
            let own = rights::may_read(&inner, live, &guard, message, FUNCTION)?;
            Ok((live.handles.insert(message, Some(parent)), own))
        };
        let (message, own) = self.handle.run(FUNCTION, work).await?;
        let handle = self.handle.child(message, self.handle.guard.of_message(own, false));
        Ok(Message::new(handle, self.fid, id, false))
    }

    /// A new message under an id from [`Runtime::allocate_id`](crate::Runtime::allocate_id) (MS-OXCMSG 2.2.3.2).
    /// Nobody sees it before it is saved.
    ///
    /// # Errors
    /// The call failed.
    pub async fn create_message(&self, id: Fmid, associated: bool) -> Result<Message, CallError> {
        const FUNCTION: &str = "folder.create-message";
        let (parent, inner) = (self.handle.id, Arc::clone(&self.handle.inner));
        let work = move |live: &mut Live, this| {
            let message = live.guest.call(FUNCTION, |store, world| {
                let folder = world.mapistore_backend_objects().folder();
                folder.call_create_message(store, this, id.0, associated)
            })?;
            rights::sign(&inner, live, message)?;
            Ok(live.handles.insert(message, Some(parent)))
        };
        let message = self.handle.run(FUNCTION, work).await?;
        let handle = self.handle.child(message, self.handle.guard.of_message(true, true));
        Ok(Message::new(handle, self.fid, id, true))
    }

    /// Deletes messages; one outcome for each (MS-OXCFOLD 2.2.1.11). For a backend without `soft-delete` the host keeps
    /// the tombstones.
    ///
    /// # Errors
    /// There are more than 10,000 ids; the call failed, or its answer breaks the contract.
    pub async fn delete_messages(
        &self,
        ids: &[Fmid],
        mode: DeleteMode,
    ) -> Result<Vec<types::ItemOutcome>, CallError> {
        let fid = self.fid.0;
        let deleted = move |id| Event::Deleted(Object { folder: fid, message: Some(id) });
        let notice =
            move |outcomes: &[types::ItemOutcome]| Notice::all(done(outcomes).map(deleted).collect());
        self.delete_messages_with(ids, mode, notice).await
    }

    pub(crate) async fn delete_messages_with(
        &self,
        ids: &[Fmid],
        mode: DeleteMode,
        notice: impl FnOnce(&[types::ItemOutcome]) -> Notice + Send + 'static,
    ) -> Result<Vec<types::ItemOutcome>, CallError> {
        const FUNCTION: &str = "folder.delete-messages";
        let ids = raw_ids(FUNCTION, ids)?;
        let (inner, guard) = (Arc::clone(&self.handle.inner), self.handle.guard.clone());
        let work = move |live: &mut Live, this| {
            let ids = rights::admitted(&inner, live, &guard, this, ids, rights::DELETE, FUNCTION)?;
            let by_host = mode == DeleteMode::Soft && !inner.backend.claims(Capabilities::SOFT_DELETE);
            let doomed = by_host.then(|| Doomed::objects(&inner, &ids.admitted, FUNCTION)).transpose()?;
            let mode = if by_host { DeleteMode::Hard } else { mode };
            let outcomes = live.guest.call(FUNCTION, |store, world| {
                store.data_mut().traffic.hand(ids.admitted.as_slice());
                let folder = world.mapistore_backend_objects().folder();
                folder.call_delete_messages(store, this, &ids.admitted, mode)
            })?;
            check::outcomes(&ids.admitted, &outcomes)
                .map_err(|problem| live.guest.invalid(FUNCTION, problem))?;
            if let Some(doomed) = doomed {
                let gone: HashSet<u64> = done(&outcomes).collect();
                doomed.bury(|id| gone.contains(&id.0))?;
            }
            Ok(ids.with_refused(outcomes))
        };
        let notice = move |outcomes: &Vec<_>| notice(outcomes);
        self.handle.run_noticed(FUNCTION, need(FUNCTION), work, notice).await
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
        let source_fid = match &source {
            TransferSource::Folder(folder) => Some(folder.fid),
            // Which folder that is, only the backend knows.
            TransferSource::Uri(_) => None,
        };
        self.move_copy_from(source, source_fid, items, copy).await
    }

    /// The same, for a caller that knows the source's id where it comes as a URI.
    pub(crate) async fn move_copy_from(
        &self,
        source: TransferSource<'_>,
        source_fid: Option<Fmid>,
        items: Vec<objects::TransferItem>,
        copy: bool,
    ) -> Result<Vec<types::ItemOutcome>, CallError> {
        const FUNCTION: &str = "folder.move-copy-messages";
        let sources: Vec<_> = items.iter().map(|item| Fmid(item.source)).collect();
        let sources = raw_ids(FUNCTION, &sources)?;
        let transferred = |item: &objects::TransferItem| Transfer {
            to: self.message(item.target),
            source: Object { folder: source_fid.map_or(0, |fid| fid.0), message: Some(item.source) },
        };
        let transfers: Vec<_> = items.iter().map(transferred).collect();
        let source = match source {
            TransferSource::Folder(folder) => {
                folder.handle.require(FUNCTION, Need::ReadAny).await?;
                if !copy {
                    folder.handle.require(FUNCTION, Need::DeleteAny).await?;
                }
                Ok(self.handle.sibling(&folder.handle, FUNCTION)?)
            }
            TransferSource::Uri(uri) => Err(uri),
        };
        let inner = Arc::clone(&self.handle.inner);
        let work = move |live: &mut Live, this| {
            let source = match source {
                Ok(folder) => objects::TransferSource::SameContext(live.resource(folder)?),
                // Rights in a folder that is named by its URI cannot be looked up.
                Err(_) if inner.is_delegated() => {
                    return Err(crate::context::guard::denied(&inner, FUNCTION, crate::Rights::READ_ANY));
                }
                Err(uri) => objects::TransferSource::Uri(uri),
            };
            let outcomes = live.guest.call(FUNCTION, |store, world| {
                store.data_mut().traffic.hand(&(&source, items.as_slice()));
                let folder = world.mapistore_backend_objects().folder();
                folder.call_move_copy_messages(store, this, &source, &items, copy)
            })?;
            check::outcomes(&sources, &outcomes).map_err(|problem| live.guest.invalid(FUNCTION, problem))?;
            Ok(outcomes)
        };
        let notice = move |outcomes: &Vec<types::ItemOutcome>| {
            let gone: HashSet<u64> = done(outcomes).collect();
            let transfers = transfers.into_iter();
            let transfers =
                transfers.filter(|transfer| transfer.source.message.is_some_and(|id| gone.contains(&id)));
            let event = |transfer: Transfer| match (source_fid, copy) {
                (None, _) => Event::Created(transfer.to),
                (Some(_), true) => Event::Copied(transfer),
                (Some(_), false) => Event::Moved(transfer),
            };
            Notice::all(transfers.map(event).collect())
        };
        self.handle.run_noticed(FUNCTION, need(FUNCTION), work, notice).await
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
        let (inner, guard, fid) = (Arc::clone(&self.handle.inner), self.handle.guard.clone(), self.fid.0);
        let work = move |live: &mut Live, this| {
            let ids = rights::admitted(&inner, live, &guard, this, ids, rights::EDIT, FUNCTION)?;
            let outcomes = live.guest.call(FUNCTION, |store, world| {
                store.data_mut().traffic.hand(ids.admitted.as_slice());
                let folder = world.mapistore_backend_objects().folder();
                folder.call_set_read_flags(store, this, &ids.admitted, read)
            })?;
            check::outcomes(&ids.admitted, &outcomes)
                .map_err(|problem| live.guest.invalid(FUNCTION, problem))?;
            Ok(ids.with_refused(outcomes))
        };
        let notice = move |outcomes: &Vec<types::ItemOutcome>| {
            let changed = done(outcomes).map(|id| {
                let target = Object { folder: fid, message: Some(id) };
                Event::Modified(Modification { target, tags: vec![MESSAGE_FLAGS] })
            });
            Notice::all(changed.collect())
        };
        self.handle.run_noticed(FUNCTION, need(FUNCTION), work, notice).await
    }

    /// How many rows the unrestricted table of this kind has.
    ///
    /// # Errors
    /// The call failed.
    pub async fn get_child_count(&self, kind: types::TableKind) -> Result<u32, CallError> {
        const FUNCTION: &str = "folder.get-child-count";
        if parent_of(&self.handle.inner, self.handle.id, kind).hides_rows() {
            // A folder that is hidden is not counted either. Boxed: whoever is not concerned would move it all the same.
            return Box::pin(async { self.open_table(kind).await?.row_count().await }).await;
        }
        let work = move |live: &mut Live, this| {
            live.guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_objects().folder().call_get_child_count(store, this, kind)
            })
        };
        self.handle.run_noticed(FUNCTION, need_of_table(kind), work, |_| Notice::default()).await
    }

    /// Opens a table over the folder as it is now.
    ///
    /// # Errors
    /// The call failed.
    pub async fn open_table(&self, kind: types::TableKind) -> Result<Table, CallError> {
        const FUNCTION: &str = "folder.open-table";
        let folder = self.handle.id;
        let work = move |live: &mut Live, this| {
            let table = live.guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_objects().folder().call_open_table(store, this, kind)
            })?;
            Ok(live.handles.insert(table, Some(folder)))
        };
        let table =
            self.handle.run_noticed(FUNCTION, need_of_table(kind), work, |_| Notice::default()).await?;
        let parent = parent_of(&self.handle.inner, folder, kind);
        Ok(Table::new(self.handle.child(table, self.handle.guard.clone()), parent))
    }

    /// What was deleted since a change number (MS-OXCFXICS 3.2.5.3). For a backend without `deleted-ids` it is what the
    /// owner's index has tombstones of; then messages and folder associated information are not told apart.
    ///
    /// # Errors
    /// The call failed.
    pub async fn get_deleted(
        &self,
        kind: types::TableKind,
        since: ChangeNumber,
    ) -> Result<objects::DeletedSet, CallError> {
        const FUNCTION: &str = "folder.get-deleted";
        let (inner, fid) = (Arc::clone(&self.handle.inner), self.fid);
        let work = move |live: &mut Live, this| {
            if !inner.backend.claims(Capabilities::DELETED_IDS) {
                return tombstones::deleted_in(&inner, fid, kind, since, FUNCTION);
            }
            live.guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_objects().folder().call_get_deleted(store, this, kind, since.0)
            })
        };
        self.handle.run(FUNCTION, work).await
    }

    /// Who may do what (MS-OXCPERM). The host keeps the list of a backend without `permissions`.
    ///
    /// # Errors
    /// The call failed.
    pub async fn get_permissions(&self) -> Result<Vec<types::Permission>, CallError> {
        const FUNCTION: &str = "folder.get-permissions";
        let (inner, fid) = (Arc::clone(&self.handle.inner), self.fid);
        let work = move |live: &mut Live, this| {
            if !inner.backend.claims(Capabilities::PERMISSIONS) {
                return crate::context::guard::kept_by_host(&inner, fid, FUNCTION);
            }
            live.guest.call(FUNCTION, |store, world| {
                world.mapistore_backend_objects().folder().call_get_permissions(store, this)
            })
        };
        self.handle.run(FUNCTION, work).await
    }

    /// Changes who may do what (MS-OXCPERM 2.2.2): all of it, or nothing. The host keeps the list of a backend without
    /// `permissions`.
    ///
    /// # Errors
    /// A user is added who is in the list, or changed who is not; the call failed.
    pub async fn modify_permissions(
        &self,
        options: types::PermissionOptions,
        changes: Vec<types::PermissionChange>,
    ) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.modify-permissions";
        let (inner, fid) = (Arc::clone(&self.handle.inner), self.fid);
        let work = move |live: &mut Live, this| {
            if !inner.backend.claims(Capabilities::PERMISSIONS) {
                return rights::modify(&inner, fid, options, changes, FUNCTION);
            }
            live.guest.call(FUNCTION, |store, world| {
                store.data_mut().traffic.hand(changes.as_slice());
                let folder = world.mapistore_backend_objects().folder();
                folder.call_modify_permissions(store, this, options, &changes)
            })
        };
        let notice = self.changed(Vec::new());
        self.handle.run_noticed(FUNCTION, need(FUNCTION), work, |()| notice).await
    }

    /// Says that these messages will be opened soon; an empty list ends it.
    ///
    /// # Errors
    /// There are more than 10,000 ids; the call failed.
    pub async fn preload_messages(&self, kind: types::TableKind, ids: &[Fmid]) -> Result<(), CallError> {
        const FUNCTION: &str = "folder.preload-messages";
        let ids = raw_ids(FUNCTION, ids)?;
        if !self.handle.inner.backend.claims(Capabilities::PRELOAD) {
            // A hint that would do nothing.
            return self.handle.require(FUNCTION, need(FUNCTION)).await;
        }
        let call = self.handle.call(FUNCTION, move |store, objects, this| {
            store.data_mut().traffic.hand(ids.as_slice());
            objects.folder().call_preload_messages(store, this, kind, &ids)
        });
        call.await
    }
}

/// The ids of those that succeeded.
fn done(outcomes: &[types::ItemOutcome]) -> impl Iterator<Item = u64> {
    outcomes.iter().filter(|outcome| outcome.outcome.is_ok()).map(|outcome| outcome.id)
}

/// The right that looking into a table takes.
fn need_of_table(kind: types::TableKind) -> Need {
    match kind {
        types::TableKind::Hierarchy => Need::Visible,
        types::TableKind::Contents | types::TableKind::Associated | types::TableKind::Attachments => {
            Need::ReadAny
        }
        types::TableKind::Rules | types::TableKind::Permissions => Need::Owner,
    }
}

fn raw_ids(function: &'static str, ids: &[Fmid]) -> Result<Vec<u64>, CallError> {
    if ids.len() > BATCH_MAX {
        let problem = format!("{} ids, and at most {BATCH_MAX} are allowed", ids.len());
        return Err(CallError::InvalidArgument { function, problem });
    }
    Ok(ids.iter().map(|id| id.0).collect())
}
