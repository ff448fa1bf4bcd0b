//! The folders that every mailbox has: their place in it, what they are for, and their fixed properties.
//!
//! Knows neither names, which depend on the language, nor where a folder's contents are.

use serde::{Deserialize, Serialize};

use crate::bindings::mapistore::backend::types::Role;

/// A folder that every mailbox has (MS-OXOSFLD 2.2, MS-OXCSTOR 2.2.1.1.3).
///
/// The first sixteen are in the order of OpenChange's system index numbers, 1 to 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// What all others are in.
    MailboxRoot,
    /// Messages of rules that a client has to run.
    DeferredAction,
    /// Messages on their way out.
    SpoolerQueue,
    /// View definitions for the whole mailbox, as associated messages.
    CommonViews,
    /// Free/busy data of old clients.
    Schedule,
    /// What clients search for; search folders are in it.
    Finder,
    /// View definitions of one user.
    Views,
    /// Shortcuts.
    Shortcuts,
    /// A search folder: items with a reminder.
    Reminders,
    /// A search folder: what is to be done.
    ToDo,
    /// A search folder: messages whose voting or tracking is not complete.
    TrackedMailProcessing,
    /// The top of the information store: all that a person sees is below it.
    IpmSubtree,
    /// What arrives.
    Inbox,
    /// What is to be sent.
    Outbox,
    /// What was sent.
    SentItems,
    /// What was deleted.
    DeletedItems,
    /// What is being written.
    Drafts,
    /// Appointments.
    Calendar,
    /// People.
    Contacts,
    /// Tasks.
    Tasks,
    /// Sticky notes.
    Notes,
    /// Journal entries.
    Journal,
    /// Where the message with the owner's free/busy settings is.
    FreebusyData,
}

/// What kind of folder it is (PidTagFolderType, MS-OXCFOLD 2.2.2.2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderType {
    /// The root of the mailbox.
    Root = 0,
    /// A folder with contents of its own.
    Generic = 1,
    /// A search folder: it has no URI.
    Search = 2,
}

impl Slot {
    /// All of them, parents before children.
    pub const ALL: [Slot; 23] = [
        Slot::MailboxRoot,
        Slot::DeferredAction,
        Slot::SpoolerQueue,
        Slot::CommonViews,
        Slot::Schedule,
        Slot::Finder,
        Slot::Views,
        Slot::Shortcuts,
        Slot::Reminders,
        Slot::ToDo,
        Slot::TrackedMailProcessing,
        Slot::IpmSubtree,
        Slot::Inbox,
        Slot::Outbox,
        Slot::SentItems,
        Slot::DeletedItems,
        Slot::Drafts,
        Slot::Calendar,
        Slot::Contacts,
        Slot::Tasks,
        Slot::Notes,
        Slot::Journal,
        Slot::FreebusyData,
    ];

    /// The folder that it is in; none for the root.
    pub fn parent(self) -> Option<Slot> {
        match self {
            Slot::MailboxRoot => None,
            Slot::IpmSubtree | Slot::FreebusyData => Some(Slot::MailboxRoot),
            _ if self.role().is_some() => Some(Slot::IpmSubtree),
            _ => Some(Slot::MailboxRoot),
        }
    }

    /// The role whose main folder it is, if it is one's.
    pub fn role(self) -> Option<Role> {
        match self {
            Slot::Inbox => Some(Role::Mail),
            Slot::Outbox => Some(Role::Outbox),
            Slot::SentItems => Some(Role::SentItems),
            Slot::DeletedItems => Some(Role::DeletedItems),
            Slot::Drafts => Some(Role::Drafts),
            Slot::Calendar => Some(Role::Calendar),
            Slot::Contacts => Some(Role::Contacts),
            Slot::Tasks => Some(Role::Tasks),
            Slot::Notes => Some(Role::Notes),
            Slot::Journal => Some(Role::Journal),
            _ => None,
        }
    }

    /// Its PidTagContainerClass (MS-OXOSFLD 2.2.1), if it has one.
    pub fn container_class(self) -> Option<&'static str> {
        match self {
            Slot::Reminders => Some("Outlook.Reminder"),
            Slot::ToDo => Some("IPF.Task"),
            Slot::TrackedMailProcessing => Some("IPF.Note"),
            _ => self.role().and_then(container_class),
        }
    }

    /// Its PidTagFolderType.
    pub fn folder_type(self) -> FolderType {
        match self {
            Slot::MailboxRoot => FolderType::Root,
            Slot::Reminders | Slot::ToDo | Slot::TrackedMailProcessing => FolderType::Search,
            _ => FolderType::Generic,
        }
    }

    /// What it is called in `--json`, and on disk.
    pub fn name(self) -> &'static str {
        match self {
            Slot::MailboxRoot => "mailbox-root",
            Slot::DeferredAction => "deferred-action",
            Slot::SpoolerQueue => "spooler-queue",
            Slot::CommonViews => "common-views",
            Slot::Schedule => "schedule",
            Slot::Finder => "finder",
            Slot::Views => "views",
            Slot::Shortcuts => "shortcuts",
            Slot::Reminders => "reminders",
            Slot::ToDo => "to-do",
            Slot::TrackedMailProcessing => "tracked-mail-processing",
            Slot::IpmSubtree => "ipm-subtree",
            Slot::Inbox => "inbox",
            Slot::Outbox => "outbox",
            Slot::SentItems => "sent-items",
            Slot::DeletedItems => "deleted-items",
            Slot::Drafts => "drafts",
            Slot::Calendar => "calendar",
            Slot::Contacts => "contacts",
            Slot::Tasks => "tasks",
            Slot::Notes => "notes",
            Slot::Journal => "journal",
            Slot::FreebusyData => "freebusy-data",
        }
    }
}

const ROLES: [(Role, &str); 11] = [
    (Role::Mail, "mail"),
    (Role::Drafts, "drafts"),
    (Role::SentItems, "sent-items"),
    (Role::Outbox, "outbox"),
    (Role::DeletedItems, "deleted-items"),
    (Role::Calendar, "calendar"),
    (Role::Contacts, "contacts"),
    (Role::Tasks, "tasks"),
    (Role::Notes, "notes"),
    (Role::Journal, "journal"),
    (Role::Fallback, "fallback"),
];

/// The contract's name of a role.
pub fn role_name(role: Role) -> &'static str {
    ROLES.iter().find(|(known, _)| *known == role).map_or("fallback", |(_, name)| name)
}

/// The role with this name.
pub(super) fn role_named(name: &str) -> Option<Role> {
    ROLES.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
}

/// The PidTagContainerClass of folders with this role; none for the fallback.
pub fn container_class(role: Role) -> Option<&'static str> {
    match role {
        Role::Mail | Role::Drafts | Role::SentItems | Role::Outbox | Role::DeletedItems => Some("IPF.Note"),
        Role::Calendar => Some("IPF.Appointment"),
        Role::Contacts => Some("IPF.Contact"),
        Role::Tasks => Some("IPF.Task"),
        Role::Notes => Some("IPF.StickyNote"),
        Role::Journal => Some("IPF.Journal"),
        Role::Fallback => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_listed_once_after_its_parent_and_in_the_order_of_the_numbers() {
        assert!(Slot::ALL.is_sorted());
        for (at, slot) in Slot::ALL.into_iter().enumerate() {
            assert_eq!(slot as usize, at);
            assert!(slot.parent().is_none_or(|parent| Slot::ALL[..at].contains(&parent)), "{slot:?}");
        }
        assert_eq!(Slot::DeletedItems as usize + 1, 16);
    }

    #[test]
    fn a_slot_is_called_the_same_by_serde_and_here() {
        for slot in Slot::ALL {
            assert_eq!(serde_json::to_value(slot).unwrap(), slot.name());
        }
    }

    #[test]
    fn every_role_but_the_fallback_has_one_slot_and_a_container_class() {
        for (role, name) in ROLES {
            let slots = Slot::ALL.iter().filter(|slot| slot.role() == Some(role)).count();
            assert_eq!(slots, usize::from(role != Role::Fallback), "{name}");
            assert_eq!(container_class(role).is_some(), role != Role::Fallback, "{name}");
            assert_eq!(role_named(name), Some(role));
        }
    }
}
