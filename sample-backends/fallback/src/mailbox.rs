//! What the handles of one context share: the owner's folders. Nothing is remembered between two calls, since another
//! context of the same owner may change everything; only what a folder is opened by stays.

use crate::{
    codec,
    journal::{self, Entry},
    record::{Folder, FolderRecord, RowRecord},
    store::{Store, Write, folder_key, id_of, rows_prefix},
    uri::{self, Place},
};
use mapistore_sdk::{
    Error, Properties, Result,
    bag::is_one_of,
    change_key::xid,
    columns::FOLDER_COMPUTED,
    held::{READ, stamp},
    ids, index,
    notifications::{self, Event, Modification},
    permissions,
    tags::*,
    types::{Fid, Fmid, Guid, Property, PropertyValue, Role},
    value,
};
use std::{cell::Cell, time::SystemTime};

/// The owner's folders, opened at one of them.
pub(crate) struct Mailbox {
    /// Where they are kept.
    pub(crate) store: Store,
    /// The GUID in change keys.
    pub(crate) replica: Guid,
    user_uri: String,
    place: Place,
    root: Cell<Option<Fid>>,
    /// It is opened for its owner.
    owner: bool,
}

impl Mailbox {
    /// Opens the folders of a user, and finishes what was begun when somebody was killed.
    ///
    /// # Errors
    /// `not-found` without such a folder; the store or the index fails.
    pub(crate) fn open(user: &str, place: Place, replica: Guid) -> Result<Self> {
        let (store, user_uri) = (Store::open()?, uri::user_uri(user));
        let mailbox = Self { store, replica, user_uri, place, root: Cell::new(None), owner: true };
        journal::heal(&mailbox)?;
        if let Place::Folder { id, top: false } = place
            && !mailbox.store.exists(&folder_key(id))?
        {
            return Err(Error::not_found(format!("there is no folder `{id:#x}`")));
        }
        Ok(mailbox)
    }

    /// Opened for its owner, or for a delegate, for whom no folder is made by opening it.
    pub(crate) fn for_user(self, owner: bool) -> Self {
        Self { owner, ..self }
    }

    /// The root folder's id, which the host tells when it asks for the folder. One that is opened for the first time is made.
    ///
    /// # Errors
    /// `not-found` if its URI says another id; the store or the index fails.
    pub(crate) fn root(&self, id: Fid) -> Result<Fid> {
        let name = match self.place {
            Place::Main => "Fallback".to_owned(),
            Place::Folder { id: named, .. } if named == id => uri::segment(id),
            Place::Folder { id: named, .. } => {
                return Err(Error::not_found(format!("the folder `{named:#x}` has the id `{id:#x}`")));
            }
        };
        if !self.store.exists(&folder_key(id))? {
            if !self.owner {
                return Err(Error::not_found(format!("there is no folder `{id:#x}` yet")));
            }
            let mut folder = new_folder(None, &name, "IPF.Note");
            stamp(&mut folder.properties, self.replica, ids::number()?);
            self.put(id, &folder)?;
        }
        self.root.set(Some(id));
        Ok(id)
    }

    /// Whether this is the folder that the context began with.
    pub(crate) fn is_root(&self, id: Fid) -> bool {
        self.root.get() == Some(id)
    }

    /// What the URIs of all of the owner's folders begin with.
    pub(crate) fn user_uri(&self) -> &str {
        &self.user_uri
    }

    /// The folder as URIs of what is in it name it; none for the main root.
    pub(crate) fn named(&self, id: Fid) -> Option<Fid> {
        (self.place != Place::Main || !self.is_root(id)).then_some(id)
    }

    /// Where a folder is in the index.
    ///
    /// # Errors
    /// `object-deleted` if it is gone.
    pub(crate) fn uri(&self, id: Fid) -> Result<String> {
        let entry = index::get_uris(&[id])?.pop().flatten().filter(|entry| !entry.soft_deleted);
        let mut uri = entry.ok_or_else(|| gone(id))?.uri;
        if !uri.ends_with('/') {
            uri.push('/');
        }
        Ok(uri)
    }

    /// A folder.
    ///
    /// # Errors
    /// `object-deleted` if it is gone, `corrupted` if it cannot be read.
    pub(crate) fn folder(&self, id: Fid) -> Result<Folder> {
        self.store.get::<FolderRecord>(&folder_key(id))?.map(Folder::from).ok_or_else(|| gone(id))
    }

    /// Fails if a folder is gone.
    ///
    /// # Errors
    /// `object-deleted`.
    pub(crate) fn check(&self, id: Fid) -> Result<()> {
        if self.store.exists(&folder_key(id))? { Ok(()) } else { Err(gone(id)) }
    }

    /// Keeps a folder in the place of what was kept.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn put(&self, id: Fid, folder: &Folder) -> Result<()> {
        self.store.commit(&self.write(id, folder)?, None)
    }

    /// What keeps a folder.
    ///
    /// # Errors
    /// The index or the store fails.
    pub(crate) fn write(&self, id: Fid, folder: &Folder) -> Result<Write> {
        let mut write = Write::default();
        write.garbage.extend(self.store.blob_of(&folder_key(id))?);
        write.record(folder_key(id), &FolderRecord::from(folder))?;
        Ok(write)
    }

    /// All folders, in the order of their ids. One that cannot be read is left out, so that the others are seen.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn folders(&self) -> Result<Vec<(Fid, Folder)>> {
        let keys = self.store.keys("d/")?;
        let records = self.store.get_all::<FolderRecord>(&keys)?;
        let readable = keys.iter().zip(records).filter_map(|(key, record)| match record {
            Ok(record) => Some((id_of(key)?, record?.into())),
            Err(error) => {
                log::error!("the folder under `{key}`: {error}");
                None
            }
        });
        Ok(readable.collect())
    }

    /// The sub-folders of a folder, in the order of their ids.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn children(&self, id: Fid) -> Result<Vec<(Fid, Folder)>> {
        Ok(self.folders()?.into_iter().filter(|(_, folder)| folder.parent == Some(id)).collect())
    }

    /// A folder with all that is below it, parents first.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn subtree(&self, id: Fid) -> Result<Vec<Fid>> {
        let all = self.folders()?;
        let mut found = vec![id];
        let mut at = 0;
        while let Some(&id) = found.get(at) {
            let below = all.iter().filter(|(_, folder)| folder.parent == Some(id)).map(|(id, _)| *id);
            let new: Vec<_> = below.filter(|id| !found.contains(id)).collect();
            found.extend(new);
            at += 1;
        }
        Ok(found)
    }

    /// Fails if a name cannot be given, or is taken by another folder with this parent; among roots, with this role.
    ///
    /// # Errors
    /// `invalid-parameter` without a name or for one that is too long, `exists` if it is taken.
    pub(crate) fn check_name(&self, parent: Option<Fid>, role: Option<Role>, name: &str) -> Result<()> {
        uri::check_name(name)?;
        let taken = self.folders()?.into_iter().any(|(_, folder)| {
            folder.parent == parent
                && (parent.is_some() || folder.role == role && role.is_some())
                && folder.properties.get_text(PID_TAG_DISPLAY_NAME) == Some(name)
        });
        if taken { Err(Error::exists(format!("there is a folder `{name}`"))) } else { Ok(()) }
    }

    /// Puts a new folder below `parent`.
    ///
    /// # Errors
    /// `exists` if the name or the id is taken.
    pub(crate) fn add_folder(&self, id: Fid, parent: Fid, name: &str, given: Vec<Property>) -> Result<()> {
        let class =
            self.folder(parent)?.properties.get_text(PID_TAG_CONTAINER_CLASS).unwrap_or_default().to_owned();
        self.check_name(Some(parent), None, name)?;
        let uri = uri::folder(&self.uri(parent)?, id);
        let mut folder = new_folder(Some(parent), name, &class);
        for Property { tag, value } in given {
            let fixed = is_one_of(tag, FOLDER_COMPUTED) || is_one_of(tag, &[PID_TAG_DISPLAY_NAME]);
            if !fixed && !matches!(value, PropertyValue::Deferred(_)) {
                folder.properties.set(tag, value);
            }
        }
        self.register_folder(id, folder, uri)?;
        publish(&[Event::Created(notifications::folder(id)), Event::TableChanged(parent)]);
        Ok(())
    }

    /// Makes a root for a role; answers its URI.
    ///
    /// # Errors
    /// `exists` if the name or the id is taken.
    pub(crate) fn add_root(&self, id: Fid, role: Role, name: &str) -> Result<String> {
        self.check_name(None, Some(role), name)?;
        let uri = uri::folder(&self.user_uri, id);
        let folder = Folder { role: Some(role), ..new_folder(None, name, container_class(role)) };
        self.register_folder(id, folder, uri.clone())?;
        Ok(uri)
    }

    fn register_folder(&self, id: Fid, mut folder: Folder, uri: String) -> Result<()> {
        if self.store.exists(&folder_key(id))? {
            return Err(Error::exists(format!("there is a folder `{id:#x}`")));
        }
        stamp(&mut folder.properties, self.replica, ids::number()?);
        self.register(&self.write(id, &folder)?, id, uri)
    }

    /// Writes a new object, and has the index know it. If it does not want to, nothing was written.
    ///
    /// # Errors
    /// `exists` if the id is taken.
    pub(crate) fn register(&self, write: &Write, id: Fmid, uri: String) -> Result<()> {
        let key = journal::key()?;
        self.store.commit(write, Some((&key, &Entry::Add { id, uri: uri.clone() })))?;
        if let Err(error) = self.add_to_index(id, &uri) {
            self.store.delete(&[write.keys(), vec![key]].concat())?;
            return Err(error);
        }
        self.store.settle(key);
        Ok(())
    }

    /// Registers an id, unless another context that was opened meanwhile has done so.
    ///
    /// # Errors
    /// `exists` if the id is taken.
    pub(crate) fn add_to_index(&self, id: Fmid, uri: &str) -> Result<()> {
        let Err(error) = index::add(id, uri) else { return Ok(()) };
        match index::get_uris(&[id])?.pop().flatten() {
            Some(entry) if entry.uri == uri && !entry.soft_deleted => Ok(()),
            _ => Err(error),
        }
    }

    /// Changes a folder, gives it its new change number, and keeps it.
    ///
    /// # Errors
    /// `object-deleted` if it is gone; those of `change`, and then nothing has changed.
    pub(crate) fn change<T>(
        &self,
        id: Fid,
        tags: Vec<PropertyTag>,
        change: impl FnOnce(&mut Folder) -> Result<T>,
    ) -> Result<T> {
        let mut folder = self.folder(id)?;
        let answer = change(&mut folder)?;
        stamp(&mut folder.properties, self.replica, ids::number()?);
        self.put(id, &folder)?;
        let mut events = vec![Event::Modified(Modification { target: notifications::folder(id), tags })];
        events.extend(folder.parent.map(Event::TableChanged));
        publish(&events);
        Ok(answer)
    }

    /// All properties of a folder. What has to be counted only if `wanted`.
    ///
    /// # Errors
    /// `object-deleted` if it is gone.
    pub(crate) fn folder_properties(
        &self,
        id: Fid,
        wanted: impl Fn(PropertyTag) -> bool,
    ) -> Result<Properties> {
        let folder = self.folder(id)?;
        let nested = wanted(PID_TAG_FOLDER_CHILD_COUNT) || wanted(PID_TAG_SUBFOLDERS);
        let children = if nested { self.children(id)?.len() } else { 0 };
        self.computed(id, folder, children, wanted)
    }

    /// The rows of a hierarchy table (TA-13).
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone.
    pub(crate) fn hierarchy(&self, id: Fid) -> Result<Vec<Properties>> {
        self.check(id)?;
        let all = self.folders()?;
        let row = |(child, folder): &(Fid, Folder)| {
            let children = all.iter().filter(|(_, folder)| folder.parent == Some(*child)).count();
            self.computed(*child, folder.clone(), children, |_| true)
        };
        all.iter().filter(|(_, folder)| folder.parent == Some(id)).map(row).collect()
    }

    fn computed(
        &self,
        id: Fid,
        folder: Folder,
        children: usize,
        wanted: impl Fn(PropertyTag) -> bool,
    ) -> Result<Properties> {
        let mut properties = folder
            .properties
            .with(PID_TAG_FOLDER_ID, value::id(id))
            .with(PID_TAG_SOURCE_KEY, xid(self.replica, id))
            .with(PID_TAG_FOLDER_CHILD_COUNT, value::count(children))
            .with(PID_TAG_SUBFOLDERS, children > 0);
        if let Some(parent) = folder.parent {
            properties.set(PID_TAG_PARENT_FOLDER_ID, value::id(parent));
        }
        for (tag, associated) in [(PID_TAG_CONTENT_COUNT, false), (PID_TAG_ASSOCIATED_CONTENT_COUNT, true)] {
            if wanted(tag) {
                properties.set(tag, value::count(self.store.keys(&rows_prefix(id, associated))?.len()));
            }
        }
        if wanted(PID_TAG_CONTENT_UNREAD_COUNT) {
            properties.set(PID_TAG_CONTENT_UNREAD_COUNT, value::count(self.unread(id)?));
        }
        Ok(properties)
    }

    fn unread(&self, id: Fid) -> Result<usize> {
        let keys = self.store.keys(&rows_prefix(id, false))?;
        let rows = self.store.get_all::<RowRecord>(&keys)?.into_iter();
        let unread = |row: &RowRecord| {
            let flags = row.properties.get(PID_TAG_MESSAGE_FLAGS);
            !matches!(flags, Some(codec::Value::Integer32(flags)) if flags & READ != 0)
        };
        Ok(rows.filter(|row| matches!(row, Ok(Some(row)) if unread(row))).count())
    }
}

fn new_folder(parent: Option<Fid>, name: &str, class: &str) -> Folder {
    let properties = Properties::new()
        .with(PID_TAG_DISPLAY_NAME, name)
        .with(PID_TAG_CONTAINER_CLASS, class)
        // FOLDER_GENERIC (MS-OXCFOLD 2.2.2.2.2.3).
        .with(PID_TAG_FOLDER_TYPE, 1)
        .with(PID_TAG_CREATION_TIME, SystemTime::now());
    Folder { parent, role: None, properties, permissions: permissions::none() }
}

/// PidTagContainerClass (MS-OXOSFLD 2.2).
fn container_class(role: Role) -> &'static str {
    match role {
        Role::Calendar => "IPF.Appointment",
        Role::Contacts => "IPF.Contact",
        Role::Tasks => "IPF.Task",
        Role::Notes => "IPF.StickyNote",
        Role::Journal => "IPF.Journal",
        _ => "IPF.Note",
    }
}

fn gone(id: Fid) -> Error {
    Error::object_deleted(format!("folder `{id:#x}` is gone"))
}

/// Announces what is already durable.
pub(crate) fn publish(events: &[Event]) {
    notifications::publish(events);
}
