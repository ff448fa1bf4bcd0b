//! What the handles of one context share: its folders and what is in them. Owns the rule that the index and the memory say
//! the same: the index is asked first, and the memory changes only if it agreed.

use crate::{
    transfer,
    uri::{self, Root},
};
use mapistore_sdk::{
    Error, Properties, Result,
    bag::is_one_of,
    change_key::xid,
    columns::FOLDER_COMPUTED,
    held::{Item, Keeper, READ, stamp},
    ids,
    index::globcnt,
    notifications::{self, Event, Modification},
    permissions,
    tags::*,
    types::{DeleteMode, Fid, Fmid, Guid, Mid, Permission, Property, Role, TransferItem},
    value,
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::SystemTime,
};

/// An id, so that ids sort in the order of their allocation.
pub(crate) type Order = (u64, Fmid);

/// Where an id stands in that order.
pub(crate) fn order(id: Fmid) -> Order {
    (globcnt(id), id)
}

/// A folder as it is kept.
pub(crate) struct FolderData {
    /// The folder that it is in; none for a root.
    pub(crate) parent: Option<Fid>,
    /// Its URI, with the final slash.
    pub(crate) uri: String,
    /// The URIs that it had before: tombstones keep the URI that they were made with.
    pub(crate) former_uris: Vec<String>,
    /// All of its properties but the computed ones; what the change number decides is among them.
    pub(crate) properties: Properties,
    /// Its messages and associated messages.
    pub(crate) items: BTreeMap<Order, Rc<Item>>,
    /// Who may do what.
    pub(crate) permissions: Vec<Permission>,
}

impl FolderData {
    /// The messages, or the associated ones.
    pub(crate) fn items(&self, associated: bool) -> impl Iterator<Item = &Rc<Item>> {
        self.items.values().filter(move |item| item.associated == associated)
    }
}

/// One root with all that is in it.
pub(crate) struct Mailbox {
    root: Root,
    root_id: Cell<Option<Fid>>,
    replica: Guid,
    folders: RefCell<BTreeMap<Order, FolderData>>,
}

impl Mailbox {
    /// Opens a root, which is empty.
    ///
    /// # Errors
    /// The index fails.
    pub(crate) fn open(root: Root, replica: Guid) -> Result<Self> {
        // What an earlier context had is gone. Tombstones tell clients so.
        let prefix = root.uri();
        let lost: Vec<Fmid> = ids::find(&prefix, "")?
            .into_iter()
            .filter(|entry| entry.uri != prefix)
            .map(|entry| entry.id)
            .collect();
        ids::remove(&lost, DeleteMode::Soft)?;
        Ok(Self { root, root_id: Cell::new(None), replica, folders: RefCell::default() })
    }

    /// The root folder's id, which the host tells when it asks for the folder.
    ///
    /// # Errors
    /// The index fails.
    pub(crate) fn root(&self, id: Fid) -> Result<Fid> {
        if let Some(known) = self.root_id.get() {
            return Ok(known);
        }
        let mut properties = self.new_properties(self.root.display_name());
        stamp(&mut properties, self.replica, ids::number()?);
        self.folders.borrow_mut().insert(order(id), new_folder(None, self.root.uri(), properties));
        self.root_id.set(Some(id));
        Ok(id)
    }

    /// Whether this is the folder that the context began with.
    pub(crate) fn is_root(&self, id: Fid) -> bool {
        self.root_id.get() == Some(id)
    }

    /// Looks at a folder.
    ///
    /// # Errors
    /// `object-deleted` if it is gone.
    pub(crate) fn folder<T>(&self, id: Fid, look: impl FnOnce(&FolderData) -> T) -> Result<T> {
        self.folders.borrow().get(&order(id)).map(look).ok_or_else(|| gone(id))
    }

    /// Changes a folder.
    ///
    /// # Errors
    /// `object-deleted` if it is gone.
    pub(crate) fn folder_mut<T>(&self, id: Fid, change: impl FnOnce(&mut FolderData) -> T) -> Result<T> {
        self.folders.borrow_mut().get_mut(&order(id)).map(change).ok_or_else(|| gone(id))
    }

    /// The sub-folders of a folder, in the order of their ids.
    pub(crate) fn children(&self, id: Fid) -> Vec<Fid> {
        let folders = self.folders.borrow();
        folders.iter().filter(|(_, folder)| folder.parent == Some(id)).map(|(&(_, id), _)| id).collect()
    }

    /// A folder with all that is below it, parents first.
    pub(crate) fn subtree(&self, id: Fid) -> Vec<Fid> {
        let mut found = vec![id];
        let mut at = 0;
        while let Some(&id) = found.get(at) {
            found.extend(self.children(id));
            at += 1;
        }
        found
    }

    /// Puts a new folder in its place: in the index first.
    ///
    /// # Errors
    /// `exists` if the name or the id is taken.
    pub(crate) fn add_folder(&self, id: Fid, parent: Fid, name: &str, given: Vec<Property>) -> Result<()> {
        let uri = self.free_place(Some(parent), name)?;
        let number = ids::number()?;
        ids::add(&[(id, uri.clone())])?;
        let mut properties = self.new_properties(name);
        for Property { tag, value } in given {
            if !is_one_of(tag, FOLDER_COMPUTED) && !is_one_of(tag, &[PID_TAG_DISPLAY_NAME]) {
                properties.set(tag, value);
            }
        }
        stamp(&mut properties, self.replica, number);
        self.insert(id, parent, uri, properties, permissions::none());
        publish(&[Event::Created(notifications::folder(id)), Event::TableChanged(parent)]);
        Ok(())
    }

    /// Puts a folder that the index knows in its place.
    pub(crate) fn insert(
        &self,
        id: Fid,
        parent: Fid,
        uri: String,
        properties: Properties,
        permissions: Vec<Permission>,
    ) {
        let folder = FolderData { permissions, ..new_folder(Some(parent), uri, properties) };
        self.folders.borrow_mut().insert(order(id), folder);
    }

    /// Forgets folders.
    pub(crate) fn forget(&self, ids: &[Fid]) {
        let mut folders = self.folders.borrow_mut();
        ids.iter().for_each(|&id| drop(folders.remove(&order(id))));
    }

    /// The URI of a folder of this name in `parent`, or of a root of this name.
    ///
    /// # Errors
    /// `invalid-parameter` without a name or for one that is too long, `exists` if it is taken.
    pub(crate) fn free_place(&self, parent: Option<Fid>, name: &str) -> Result<String> {
        uri::check_name(name)?;
        let uri = match parent {
            Some(parent) => self.folder(parent, |parent| uri::folder(&parent.uri, name))?,
            None => Root { name: Some(name.to_owned()), ..self.root.clone() }.uri(),
        };
        if ids::is_live(&uri)? {
            return Err(Error::exists(format!("there is a folder `{name}`")));
        }
        Ok(uri)
    }

    /// Gives a folder its new change number.
    ///
    /// # Errors
    /// `object-deleted` if it is gone.
    pub(crate) fn touch(&self, id: Fid, tags: Vec<PropertyTag>) -> Result<()> {
        let number = ids::number()?;
        self.folder_mut(id, |folder| stamp(&mut folder.properties, self.replica, number))?;
        let mut events = vec![Event::Modified(Modification { target: notifications::folder(id), tags })];
        events.extend(self.folder(id, |folder| folder.parent)?.map(Event::TableChanged));
        publish(&events);
        Ok(())
    }

    /// All properties of a folder: the row of a hierarchy table (TA-13).
    ///
    /// # Errors
    /// `object-deleted` if it is gone.
    pub(crate) fn folder_properties(&self, id: Fid) -> Result<Properties> {
        let children = self.children(id).len();
        self.folder(id, |folder| {
            let unread = folder.items(false).filter(|item| item.flags() & READ == 0).count();
            let mut properties = folder
                .properties
                .clone()
                .with(PID_TAG_FOLDER_ID, value::id(id))
                .with(PID_TAG_SOURCE_KEY, xid(self.replica, id))
                .with(PID_TAG_CONTENT_COUNT, value::count(folder.items(false).count()))
                .with(PID_TAG_CONTENT_UNREAD_COUNT, value::count(unread))
                .with(PID_TAG_ASSOCIATED_CONTENT_COUNT, value::count(folder.items(true).count()))
                .with(PID_TAG_FOLDER_CHILD_COUNT, value::count(children))
                .with(PID_TAG_SUBFOLDERS, children > 0);
            if let Some(parent) = folder.parent {
                properties.set(PID_TAG_PARENT_FOLDER_ID, value::id(parent));
            }
            properties
        })
    }

    fn new_properties(&self, name: &str) -> Properties {
        Properties::new()
            .with(PID_TAG_DISPLAY_NAME, name)
            .with(PID_TAG_CONTAINER_CLASS, self.root.container_class())
            // FOLDER_GENERIC (MS-OXCFOLD 2.2.2.2.2.3).
            .with(PID_TAG_FOLDER_TYPE, 1)
            .with(PID_TAG_CREATION_TIME, SystemTime::now())
    }
}

impl Keeper for Mailbox {
    fn replica(&self) -> Guid {
        self.replica
    }

    fn item(&self, folder: Fid, id: Mid) -> Result<Option<Rc<Item>>> {
        self.folder(folder, |folder| folder.items.get(&order(id)).cloned())
    }

    /// In the index first.
    fn add(&self, folder: Fid, item: Item) -> Result<Rc<Item>> {
        let uri = self.folder(folder, |folder| uri::message(&folder.uri, item.id, item.associated))?;
        ids::add(&[(item.id, uri)])?;
        let object = notifications::message(folder, item.id);
        let mut events = vec![Event::Created(object), Event::TableChanged(folder)];
        // Who delivers mail says when (MS-OXOMSG 2.2.3.9).
        if !item.associated && item.properties.get(PID_TAG_MESSAGE_DELIVERY_TIME).is_some() {
            events.push(Event::NewMail(object));
        }
        let item = Rc::new(item);
        self.folder_mut(folder, |folder| folder.items.insert(order(item.id), Rc::clone(&item)))?;
        publish(&events);
        Ok(item)
    }

    fn replace(&self, folder: Fid, item: Item) -> Result<Rc<Item>> {
        let target = notifications::message(folder, item.id);
        let item = Rc::new(item);
        self.folder_mut(folder, |folder| folder.items.insert(order(item.id), Rc::clone(&item)))?;
        let tags = Vec::new();
        publish(&[Event::Modified(Modification { target, tags }), Event::TableChanged(folder)]);
        Ok(item)
    }

    /// The root, if that is its role, or the sub-folder `Sent Items` of the root, which is made when it is first needed.
    fn sent_items(&self) -> Result<Fid> {
        const NAME: &str = "Sent Items";
        let root = self.root_id.get().ok_or_else(|| Error::corrupted("a message without a root"))?;
        if self.root.role == Role::SentItems {
            return Ok(root);
        }
        for id in self.children(root) {
            if self.folder(id, |folder| folder.properties.get_text(PID_TAG_DISPLAY_NAME) == Some(NAME))? {
                return Ok(id);
            }
        }
        let id = ids::reserve(1)?.first().copied().unwrap_or_default();
        self.add_folder(id, root, NAME, Vec::new())?;
        Ok(id)
    }

    /// There is nobody to send it to: it goes from where it is to the sent items of its tree.
    fn sent(&self, folder: Fid, id: Mid, sent_items: Fid) -> Result<()> {
        let target = ids::reserve(1)?.first().copied().unwrap_or_default();
        let items = vec![TransferItem { source: id, target, keys: None }];
        let outcomes = transfer::move_or_copy(self, folder, sent_items, items, false)?;
        outcomes.into_iter().try_for_each(|outcome| Ok(outcome.outcome?))
    }
}

fn new_folder(parent: Option<Fid>, uri: String, properties: Properties) -> FolderData {
    let (former_uris, permissions) = (Vec::new(), permissions::none());
    FolderData { parent, uri, former_uris, properties, items: BTreeMap::new(), permissions }
}

fn gone(id: Fid) -> Error {
    Error::object_deleted(format!("folder `{id:#x}` is gone"))
}

/// Announces what is already done.
pub(crate) fn publish(events: &[Event]) {
    notifications::publish(events);
}
