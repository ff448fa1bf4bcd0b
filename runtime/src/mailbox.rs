//! A user's mailbox: which folders there are, what each is for, and where its contents are.
//!
//! Owns what a server tells a client at logon, and how a mailbox comes to be (contract PV-01 to PV-06): the backends
//! list what they have, `plan` decides, the index keeps it in one transaction, and `initialise` has each
//! backend open what is new. Knows folders by their ids and URIs; what is in them is the backends'.

mod initialise;
mod language;
mod plan;
mod provision;
mod rename;
mod slot;
mod special;
mod state;

use std::collections::HashMap;

use crate::bindings::mapistore::backend::types::{Guid, Role};
use crate::error::CallError;
use crate::index::{Fmid, IndexError};

pub use language::Language;
pub use plan::{Change, Ignored, What};
pub use rename::RenameError;
pub use slot::{FolderType, Slot, container_class, role_name};

use state::{Seat, Stored};

/// A user's mailbox as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Mailbox {
    /// Whose it is.
    pub owner: String,
    /// The language that its folders were named in.
    pub language: Language,
    /// Its GUID: made once, at random.
    pub guid: Guid,
    /// Its folders: those that every mailbox has, in the order of [`Slot::ALL`], then the others by their ids.
    pub folders: Vec<MailboxFolder>,
    /// The MID of the message with the owner's free/busy settings (IPM.Microsoft.ScheduleData.FreeBusy), in the folder
    /// [`Slot::FreebusyData`].
    pub local_freebusy: Option<Fmid>,
}

/// A folder of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxFolder {
    /// Its FID.
    pub id: Fmid,
    /// The FID of the folder that it is in; none for the root.
    pub parent: Option<Fmid>,
    /// Which of the folders that every mailbox has it is; none for another.
    pub slot: Option<Slot>,
    /// Its role, if it has one.
    pub role: Option<Role>,
    /// What it is called.
    pub name: String,
    /// Where its contents are; none for a search folder.
    pub uri: Option<String>,
    /// Whether the name is the user's own.
    pub renamed: bool,
    /// Whether its backend has opened it once; true for a search folder.
    pub initialised: bool,
}

/// What provisioning did.
#[derive(Debug)]
pub struct Provisioned {
    /// The mailbox now.
    pub mailbox: Mailbox,
    /// What changed: nothing, on most logons (PV-04).
    pub changes: Vec<Change>,
    /// Contexts that are listed and not mounted.
    pub ignored: Vec<Ignored>,
    /// Backends that did not list their contexts. What they have stays as it was (PV-05).
    pub unanswered: Vec<Unanswered>,
    /// Folders that no backend has opened yet. The next run tries again.
    pub uninitialised: Vec<Uninitialised>,
}

/// What provisioning would do.
#[derive(Debug)]
pub struct ProvisionPlan {
    /// The mailbox as it would be: slots in their order, then the others.
    pub folders: Vec<PlannedFolder>,
    /// The language that its folders would be named in.
    pub language: Language,
    /// What would change.
    pub changes: Vec<Change>,
    /// Contexts that are listed and would not be mounted.
    pub ignored: Vec<Ignored>,
    /// Backends that did not list their contexts.
    pub unanswered: Vec<Unanswered>,
}

/// A folder of a mailbox that is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFolder {
    /// Its FID; none if it does not exist yet.
    pub id: Option<Fmid>,
    /// Which of the folders that every mailbox has it is; none for another.
    pub slot: Option<Slot>,
    /// Its role, if it has one.
    pub role: Option<Role>,
    /// What it is called.
    pub name: String,
    /// Where its contents are; none for a search folder, and for one that will lie in the fallback, since its URI has
    /// its FID in it.
    pub uri: Option<String>,
}

/// A backend that did not list its contexts.
#[derive(Debug)]
pub struct Unanswered {
    /// Its name.
    pub backend: String,
    /// Why.
    pub error: CallError,
}

/// A folder, or the free/busy message, that no backend has opened yet.
#[derive(Debug)]
pub struct Uninitialised {
    /// Its FID; for the free/busy message, its MID.
    pub id: Fmid,
    /// Its URI; for the message, its folder's.
    pub uri: String,
    /// Why; none if it was not tried, because its backend failed too often or took too long before.
    pub error: Option<CallError>,
}

/// Why a mailbox could not be provisioned or read. It is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailboxError {
    /// No backend offers what the contract requires (PV-01).
    #[error("the mailbox of `{owner}` cannot be provisioned: {problem}")]
    NoFallback {
        /// Whose mailbox it is.
        owner: String,
        /// What is missing or wrong.
        problem: String,
        /// Backends that did not answer: one of them may have it.
        unanswered: Vec<Unanswered>,
    },
    /// The index failed, or the owner's name is not valid.
    #[error("the mailbox of `{owner}` cannot be read or changed")]
    Index {
        /// Whose mailbox it is.
        owner: String,
        /// Why.
        source: IndexError,
    },
    /// The host failed: a defect, or a machine out of resources.
    #[error("the host failed at the mailbox of `{owner}`")]
    Host {
        /// Whose mailbox it is.
        owner: String,
    },
    /// The system gave no random numbers.
    #[error("the mailbox of `{owner}` gets no GUID: {problem}")]
    Random {
        /// Whose mailbox it is.
        owner: String,
        /// What the system said.
        problem: String,
    },
}

impl Mailbox {
    /// None if nothing is stored.
    fn read(owner: &str, stored: &Stored) -> Option<Mailbox> {
        let head = stored.head.as_ref()?;
        let mut standard = HashMap::new();
        let mut local_freebusy = None;
        for found in &stored.rows {
            match found.row.seat {
                Seat::Standard(slot) => drop(standard.insert(slot, found.id)),
                Seat::LocalFreebusy => local_freebusy = Some(found.id),
                Seat::Additional(_) => {}
            }
        }
        let mut folders: Vec<_> = stored
            .rows
            .iter()
            .filter_map(|found| {
                let (slot, role, parent) = match found.row.seat {
                    Seat::Standard(slot) => (Some(slot), slot.role(), slot.parent()),
                    Seat::Additional(role) => (None, Some(role), Some(Slot::IpmSubtree)),
                    Seat::LocalFreebusy => return None,
                };
                Some(MailboxFolder {
                    id: found.id,
                    parent: parent.and_then(|parent| standard.get(&parent).copied()),
                    slot,
                    role,
                    name: found.row.name.clone(),
                    uri: found.uri.clone(),
                    renamed: found.row.renamed,
                    initialised: found.row.initialised,
                })
            })
            .collect();
        folders.sort_by_key(|folder| (folder.slot.is_none(), folder.slot, folder.id));
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
        let guid = Guid { hi: (head.guid() >> 64) as u64, lo: head.guid() as u64 };
        Some(Mailbox { owner: owner.to_owned(), language: head.language, guid, folders, local_freebusy })
    }

    /// The folder of a slot.
    pub fn slot(&self, slot: Slot) -> Option<&MailboxFolder> {
        self.folders.iter().find(|folder| folder.slot == Some(slot))
    }

    /// The folder with this FID.
    pub fn folder(&self, id: Fmid) -> Option<&MailboxFolder> {
        self.folders.iter().find(|folder| folder.id == id)
    }
}

impl MailboxFolder {
    /// Its PidTagContainerClass, if it has one.
    pub fn container_class(&self) -> Option<&'static str> {
        folder_class(self.slot, self.role)
    }

    /// Its PidTagFolderType.
    pub fn folder_type(&self) -> FolderType {
        self.slot.map_or(FolderType::Generic, Slot::folder_type)
    }
}

impl PlannedFolder {
    /// Its PidTagContainerClass, if it has one.
    pub fn container_class(&self) -> Option<&'static str> {
        folder_class(self.slot, self.role)
    }

    /// Its PidTagFolderType.
    pub fn folder_type(&self) -> FolderType {
        self.slot.map_or(FolderType::Generic, Slot::folder_type)
    }
}

fn folder_class(slot: Option<Slot>, role: Option<Role>) -> Option<&'static str> {
    match slot {
        Some(slot) => slot.container_class(),
        None => role.and_then(container_class),
    }
}
