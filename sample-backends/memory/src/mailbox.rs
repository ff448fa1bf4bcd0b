//! What the handles of one context share: its folders and what is in them. Owns the rule that the index and the memory say
//! the same: the index is asked first, and the memory changes only if it agreed.

use crate::{
    bag::is_one_of,
    ids,
    item::{Item, READ, stamp},
    permissions,
    uri::{self, Root},
};
use mapistore_sdk::{
    Error, Properties, Result,
    change_key::xid,
    index::globcnt,
    notifications::{self, Event, Modification},
    tags::*,
    types::{DeleteMode, Fid, Fmid, Guid, Mid, Permission, Property, Role},
    value,
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::SystemTime,
};

/// What a folder's properties say that nobody can set.
pub(crate) const COMPUTED: &[PropertyTag] = &[
    PID_TAG_FOLDER_ID,
    PID_TAG_PARENT_FOLDER_ID,
    PID_TAG_CONTENT_COUNT,
    PID_TAG_CONTENT_UNREAD_COUNT,
    PID_TAG_ASSOCIATED_CONTENT_COUNT,
    PID_TAG_SUBFOLDERS,
    PID_TAG_FOLDER_CHILD_COUNT,
    PID_TAG_CHANGE_NUMBER,
    PID_TAG_CHANGE_KEY,
    PID_TAG_PREDECESSOR_CHANGE_LIST,
    PID_TAG_SOURCE_KEY,
    PID_TAG_CREATION_TIME,
    PID_TAG_LAST_MODIFICATION_TIME,
];

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

    /// The GUID in change keys.
    pub(crate) fn replica(&self) -> Guid {
        self.replica
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
            if !is_one_of(tag, COMPUTED) && !is_one_of(tag, &[PID_TAG_DISPLAY_NAME]) {
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

    /// The message as it is kept now.
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone.
    pub(crate) fn item(&self, folder: Fid, id: Mid) -> Result<Option<Rc<Item>>> {
        self.folder(folder, |folder| folder.items.get(&order(id)).cloned())
    }

    /// Puts a message in the place of the one with its id, which there is.
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone.
    pub(crate) fn replace(&self, folder: Fid, item: Rc<Item>) -> Result<()> {
        let target = notifications::message(folder, item.id);
        self.folder_mut(folder, |folder| folder.items.insert(order(item.id), item))?;
        let tags = Vec::new();
        publish(&[Event::Modified(Modification { target, tags }), Event::TableChanged(folder)]);
        Ok(())
    }

    /// Puts a new message into its folder: in the index first.
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone, `exists` if the id is taken.
    pub(crate) fn add(&self, folder: Fid, item: Rc<Item>) -> Result<()> {
        let uri = self.folder(folder, |folder| uri::message(&folder.uri, item.id, item.associated))?;
        ids::add(&[(item.id, uri)])?;
        let object = notifications::message(folder, item.id);
        let mut events = vec![Event::Created(object), Event::TableChanged(folder)];
        // Who delivers mail says when (MS-OXOMSG 2.2.3.9).
        if !item.associated && item.properties.get(PID_TAG_MESSAGE_DELIVERY_TIME).is_some() {
            events.push(Event::NewMail(object));
        }
        self.folder_mut(folder, |folder| folder.items.insert(order(item.id), item))?;
        publish(&events);
        Ok(())
    }

    /// The folder for what was sent: the root, if that is its role, or the sub-folder `Sent Items` of the root, which is
    /// made when it is first needed.
    ///
    /// # Errors
    /// The index fails.
    pub(crate) fn sent_items(&self) -> Result<Fid> {
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

    fn new_properties(&self, name: &str) -> Properties {
        Properties::new()
            .with(PID_TAG_DISPLAY_NAME, name)
            .with(PID_TAG_CONTAINER_CLASS, self.root.container_class())
            // FOLDER_GENERIC (MS-OXCFOLD 2.2.2.2.2.3).
            .with(PID_TAG_FOLDER_TYPE, 1)
            .with(PID_TAG_CREATION_TIME, SystemTime::now())
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
