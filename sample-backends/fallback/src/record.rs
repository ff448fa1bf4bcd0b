//! Folders, messages and attachments as they are written, and back. Knows what each is made of; does not know keys.

use crate::{
    codec::{Bag, Value, value},
    store::Blob,
};
use mapistore_sdk::{
    Properties,
    held::{AttachmentItem, Item},
    types::{
        AttachNum, Fid, Member, Mid, Permission, PropertyValue, Recipient, RecipientKind, RecipientTable,
        Role,
    },
    value::size,
};
use serde::{Deserialize, Serialize};
use std::{cell::Cell, rc::Rc};

/// The largest value that stands in a row, in bytes; those above the second bound only as long as there is room for them.
const ROW_VALUE_MAX: u64 = 1_024;
const ROW_VALUE_SMALL: u64 = 64;
const ROW_ROOM: u64 = 8_192;
/// The largest value that stands in the summary of an attachment, in bytes.
const SUMMARY_VALUE_MAX: u64 = 4_096;

/// The roles, in the order of their numbers in the format.
const ROLES: [Role; 11] = [
    Role::Mail,
    Role::Drafts,
    Role::SentItems,
    Role::Outbox,
    Role::DeletedItems,
    Role::Calendar,
    Role::Contacts,
    Role::Tasks,
    Role::Notes,
    Role::Journal,
    Role::Fallback,
];

/// A folder.
#[derive(Clone)]
pub(crate) struct Folder {
    /// The folder that it is in; none for a root.
    pub(crate) parent: Option<Fid>,
    /// What a root that was asked for is for; roots with a role are listed.
    pub(crate) role: Option<Role>,
    /// All of its properties but the computed ones; what the change number decides is among them.
    pub(crate) properties: Properties,
    /// Who may do what.
    pub(crate) permissions: Vec<Permission>,
}

/// A folder as it is written.
#[derive(Serialize, Deserialize)]
pub(crate) struct FolderRecord {
    parent: Option<Fid>,
    role: Option<u8>,
    properties: Bag,
    permissions: Vec<(MemberRecord, Option<String>, u32)>,
}

#[derive(Serialize, Deserialize)]
enum MemberRecord {
    DefaultUser,
    Anonymous,
    User(Vec<u8>),
}

impl From<&Folder> for FolderRecord {
    fn from(folder: &Folder) -> Self {
        let number = |role| ROLES.iter().zip(0..).find(|(known, _)| **known == role).map(|(_, at)| at);
        let permission = |given: &Permission| {
            let member = match &given.member {
                Member::DefaultUser => MemberRecord::DefaultUser,
                Member::Anonymous => MemberRecord::Anonymous,
                Member::User(entry_id) => MemberRecord::User(entry_id.clone()),
            };
            (member, given.name.clone(), given.rights)
        };
        Self {
            parent: folder.parent,
            role: folder.role.and_then(number),
            properties: Bag::all(&folder.properties),
            permissions: folder.permissions.iter().map(permission).collect(),
        }
    }
}

impl From<FolderRecord> for Folder {
    fn from(record: FolderRecord) -> Self {
        let permission = |(member, name, rights)| {
            let member = match member {
                MemberRecord::DefaultUser => Member::DefaultUser,
                MemberRecord::Anonymous => Member::Anonymous,
                MemberRecord::User(entry_id) => Member::User(entry_id),
            };
            Permission { member, name, rights }
        };
        Self {
            parent: record.parent,
            role: record.role.map(|at| ROLES.get(usize::from(at)).copied().unwrap_or(Role::Fallback)),
            properties: record.properties.properties(),
            permissions: record.permissions.into_iter().map(permission).collect(),
        }
    }
}

/// A message of a folder.
#[derive(Serialize, Deserialize)]
pub(crate) struct Head {
    /// The folder that it is in.
    pub(crate) folder: Fid,
    item: ItemRecord,
}

impl Head {
    /// A message whose attachments all have a place of their own.
    pub(crate) fn new(folder: Fid, item: &Item) -> Self {
        Self { folder, item: ItemRecord::new(item) }
    }

    /// The message, with summaries of its attachments.
    pub(crate) fn item(self) -> Item {
        self.item.item()
    }
}

/// A message.
#[derive(Serialize, Deserialize)]
struct ItemRecord {
    id: Mid,
    associated: bool,
    properties: Bag,
    columns: Vec<u32>,
    recipients: Vec<(u8, Option<String>, Vec<Option<Value>>)>,
    attachments: Vec<(AttachNum, AttachmentRecord)>,
    next_attachment: AttachNum,
}

/// An attachment: the whole of it, or a summary of the one that is kept under this number.
#[derive(Serialize, Deserialize)]
pub(crate) struct AttachmentRecord {
    kept: Option<u64>,
    properties: Bag,
    embedded: Option<Box<ItemRecord>>,
}

impl ItemRecord {
    fn new(item: &Item) -> Self {
        let recipient = |recipient: &Recipient| {
            let kind = match recipient.kind {
                RecipientKind::Originator => 0,
                RecipientKind::To => 1,
                RecipientKind::Cc => 2,
                RecipientKind::Bcc => 3,
            };
            let cells = recipient.cells.iter().map(|cell| value(cell.as_ref()?)).collect();
            (kind, recipient.username.clone(), cells)
        };
        let attachment = |(&num, attachment): (&AttachNum, &Rc<AttachmentItem>)| {
            let record = match attachment.kept {
                None => AttachmentRecord::whole(attachment),
                kept => AttachmentRecord {
                    kept,
                    properties: Bag::of(&attachment.properties, |value| size(value) <= SUMMARY_VALUE_MAX),
                    embedded: None,
                },
            };
            (num, record)
        };
        Self {
            id: item.id,
            associated: item.associated,
            properties: Bag::all(&item.properties),
            columns: item.recipients.columns.clone(),
            recipients: item.recipients.rows.iter().map(recipient).collect(),
            attachments: item.attachments.iter().map(attachment).collect(),
            next_attachment: item.next_attachment,
        }
    }

    fn item(self) -> Item {
        let recipient = |(kind, username, cells): (u8, _, Vec<Option<Value>>)| {
            let kind = match kind {
                0 => RecipientKind::Originator,
                2 => RecipientKind::Cc,
                3 => RecipientKind::Bcc,
                _ => RecipientKind::To,
            };
            let cells = cells.into_iter().map(|cell| cell.map(PropertyValue::from)).collect();
            Recipient { kind, username, cells }
        };
        let recipients = RecipientTable {
            columns: self.columns,
            rows: self.recipients.into_iter().map(recipient).collect(),
        };
        let attachments = self.attachments.into_iter();
        Item {
            id: self.id,
            associated: self.associated,
            properties: self.properties.properties(),
            recipients,
            attachments: attachments.map(|(num, record)| (num, Rc::new(record.attachment()))).collect(),
            next_attachment: self.next_attachment,
        }
    }
}

impl AttachmentRecord {
    /// The whole of an attachment.
    pub(crate) fn whole(attachment: &AttachmentItem) -> Self {
        let embedded = attachment.embedded.as_deref().map(|item| Box::new(ItemRecord::new(item)));
        Self { kept: None, properties: Bag::all(&attachment.properties), embedded }
    }

    /// The attachment.
    pub(crate) fn attachment(self) -> AttachmentItem {
        AttachmentItem {
            properties: self.properties.properties(),
            embedded: self.embedded.map(|record| Rc::new(record.item())),
            kept: self.kept,
        }
    }
}

/// What a table shows of a message without opening it.
#[derive(Serialize, Deserialize)]
pub(crate) struct RowRecord {
    /// Its smaller properties.
    pub(crate) properties: Bag,
    /// These are all of its properties.
    pub(crate) complete: bool,
    /// What lies elsewhere and goes with the message.
    pub(crate) blobs: Vec<Blob>,
}

impl RowRecord {
    /// The row of a message.
    pub(crate) fn new(item: &Item, blobs: Vec<Blob>) -> Self {
        let room = Cell::new(ROW_ROOM);
        let properties = Bag::of(&item.properties, |value| {
            let size = size(value);
            let left = room.get().checked_sub(size).filter(|_| size <= ROW_VALUE_MAX);
            room.set(left.unwrap_or(room.get()));
            size <= ROW_VALUE_SMALL || left.is_some()
        });
        let complete = properties.len() == item.properties.iter().count();
        Self { properties, complete, blobs }
    }
}
