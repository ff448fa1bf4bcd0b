//! A message and an attachment as they are kept: never changed, only replaced. So a table over them is a snapshot, and a
//! copy costs nothing. Knows what is computed from what; does not know folders or handles.

use mapistore_sdk::{
    Properties, Row,
    change_key::{predecessors, xid},
    restriction::RecipientRow,
    tags::*,
    types::{
        AttachNum, ChangeNumber, Fid, Guid, ImportKeys, Mid, PropertyValue, RecipientKind, RecipientTable,
        SubObject,
    },
    value,
};
use std::{borrow::Cow, collections::BTreeMap, rc::Rc, time::SystemTime};

/// mfRead (MS-OXCMSG 2.2.1.6).
pub(crate) const READ: i32 = 0x01;
/// mfUnsent.
pub(crate) const UNSENT: i32 = 0x08;
/// mfHasAttach.
const HAS_ATTACHMENTS: i32 = 0x10;
/// mfFAI.
const ASSOCIATED: i32 = 0x40;
/// afByValue (MS-OXCMSG 2.2.2.9).
const BY_VALUE: i32 = 1;
/// afEmbeddedMessage.
pub(crate) const EMBEDDED: i32 = 5;

/// What a message's properties say that nobody can set.
pub(crate) const COMPUTED: &[PropertyTag] = &[
    PID_TAG_MID,
    PID_TAG_INST_ID,
    PID_TAG_INSTANCE_NUM,
    PID_TAG_PARENT_FOLDER_ID,
    PID_TAG_CHANGE_NUMBER,
    PID_TAG_CHANGE_KEY,
    PID_TAG_PREDECESSOR_CHANGE_LIST,
    PID_TAG_SOURCE_KEY,
    PID_TAG_MESSAGE_SIZE,
    PID_TAG_HAS_ATTACHMENTS,
    PID_TAG_ASSOCIATED,
    PID_TAG_DISPLAY_TO,
    PID_TAG_DISPLAY_CC,
    PID_TAG_DISPLAY_BCC,
    PID_TAG_LAST_MODIFICATION_TIME,
];

/// What an attachment's properties say that nobody can set.
pub(crate) const ATTACHMENT_COMPUTED: &[PropertyTag] = &[PID_TAG_ATTACH_NUMBER, PID_TAG_ATTACH_SIZE];

/// A message.
#[derive(Clone)]
pub(crate) struct Item {
    /// Its id.
    pub(crate) id: Mid,
    /// It is folder associated information.
    pub(crate) associated: bool,
    /// All of its properties, also the computed ones.
    pub(crate) properties: Properties,
    /// Its recipients.
    pub(crate) recipients: RecipientTable,
    /// Its attachments.
    pub(crate) attachments: BTreeMap<AttachNum, Rc<AttachmentItem>>,
    /// The number of the next attachment: none is given out twice.
    pub(crate) next_attachment: AttachNum,
}

impl Item {
    /// An empty draft.
    pub(crate) fn new(id: Mid, associated: bool) -> Self {
        let properties = Properties::new()
            .with(PID_TAG_MESSAGE_CLASS, "IPM.Note")
            .with(PID_TAG_MESSAGE_FLAGS, UNSENT)
            .with(PID_TAG_CREATION_TIME, SystemTime::now());
        let recipients = RecipientTable { columns: Vec::new(), rows: Vec::new() };
        Self { id, associated, properties, recipients, attachments: BTreeMap::new(), next_attachment: 0 }
    }

    /// Computes what is computed, for a message in `folder` or in an attachment, and stamps it with its new change number.
    pub(crate) fn finish(&mut self, folder: Option<Fid>, replica: Guid, number: ChangeNumber) {
        let mut flags = self.flags() & !(HAS_ATTACHMENTS | ASSOCIATED);
        flags |= if self.attachments.is_empty() { 0 } else { HAS_ATTACHMENTS };
        flags |= if self.associated { ASSOCIATED } else { 0 };
        let names = [RecipientKind::To, RecipientKind::Cc, RecipientKind::Bcc].map(|kind| self.names(kind));
        let properties = &mut self.properties;
        properties.set(PID_TAG_MID, value::id(self.id));
        properties.set(PID_TAG_INST_ID, value::id(self.id));
        properties.set(PID_TAG_INSTANCE_NUM, 0);
        properties.set(PID_TAG_SOURCE_KEY, xid(replica, self.id));
        properties.set(PID_TAG_ASSOCIATED, self.associated);
        properties.set(PID_TAG_HAS_ATTACHMENTS, !self.attachments.is_empty());
        properties.set(PID_TAG_MESSAGE_FLAGS, flags);
        for (tag, names) in
            [PID_TAG_DISPLAY_TO, PID_TAG_DISPLAY_CC, PID_TAG_DISPLAY_BCC].into_iter().zip(names)
        {
            properties.set(tag, names);
        }
        match folder {
            Some(folder) => properties.set(PID_TAG_PARENT_FOLDER_ID, value::id(folder)),
            None => drop(properties.remove(PID_TAG_PARENT_FOLDER_ID)),
        }
        if properties.get(PID_TAG_MESSAGE_CLASS).is_none() {
            properties.set(PID_TAG_MESSAGE_CLASS, "IPM.Note");
        }
        stamp(properties, replica, number);
        self.properties.remove(PID_TAG_MESSAGE_SIZE);
        let size = self.size();
        self.properties.set(PID_TAG_MESSAGE_SIZE, i32::try_from(size).unwrap_or(i32::MAX));
    }

    /// The keys that an import supplies, in the place of our own.
    pub(crate) fn keep_keys(&mut self, keys: ImportKeys) {
        self.properties.set(PID_TAG_CHANGE_KEY, keys.change_key);
        self.properties.set(PID_TAG_PREDECESSOR_CHANGE_LIST, keys.predecessors);
    }

    /// PidTagMessageFlags.
    pub(crate) fn flags(&self) -> i32 {
        match self.properties.get(PID_TAG_MESSAGE_FLAGS) {
            Some(PropertyValue::Integer32(flags)) => *flags,
            _ => 0,
        }
    }

    /// Sets or clears mfRead.
    pub(crate) fn set_read(&mut self, read: bool) {
        let flags = if read { self.flags() | READ } else { self.flags() & !READ };
        self.properties.set(PID_TAG_MESSAGE_FLAGS, flags);
    }

    /// The same message under another id: what a copy is. Its attachments are shared.
    pub(crate) fn renumbered(&self, id: Mid) -> Self {
        Self { id, ..self.clone() }
    }

    fn size(&self) -> u64 {
        let cells = self.recipients.rows.iter().flat_map(|row| &row.cells).flatten();
        let attachments = self.attachments.values().map(|attachment| attachment.size());
        bag_size(&self.properties) + cells.map(value::size).sum::<u64>() + attachments.sum::<u64>()
    }

    /// The display names of recipients of this kind, with semicolons.
    fn names(&self, kind: RecipientKind) -> String {
        let columns = &self.recipients.columns;
        let of_kind = self.recipients.rows.iter().filter(|recipient| recipient.kind == kind);
        let name = |recipient| {
            let row = RecipientRow { columns, recipient };
            let named = row.value(PID_TAG_DISPLAY_NAME).or_else(|| row.value(PID_TAG_EMAIL_ADDRESS))?;
            if let PropertyValue::Text(name) = named.as_ref() { Some(name.clone()) } else { None }
        };
        of_kind.filter_map(name).collect::<Vec<_>>().join("; ")
    }
}

impl Row for Item {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        self.properties.value(tag)
    }

    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        let columns = &self.recipients.columns;
        Some(match object {
            SubObject::Recipients => {
                let rows = self.recipients.rows.iter();
                rows.map(|recipient| Box::new(RecipientRow { columns, recipient }) as Box<dyn Row>).collect()
            }
            SubObject::Attachments => {
                self.attachments.values().map(|attachment| Box::new(attachment) as Box<dyn Row>).collect()
            }
        })
    }
}

/// An attachment.
#[derive(Clone)]
pub(crate) struct AttachmentItem {
    /// All of its properties, also the computed ones.
    pub(crate) properties: Properties,
    /// The message in it.
    pub(crate) embedded: Option<Rc<Item>>,
}

impl AttachmentItem {
    /// An empty attachment.
    pub(crate) fn new(number: AttachNum) -> Self {
        let properties = Properties::new()
            .with(PID_TAG_ATTACH_NUMBER, number.cast_signed())
            .with(PID_TAG_ATTACH_METHOD, BY_VALUE)
            .with(PID_TAG_ATTACH_SIZE, 0);
        Self { properties, embedded: None }
    }

    /// Computes what is computed.
    pub(crate) fn finish(&mut self) {
        self.properties.remove(PID_TAG_ATTACH_SIZE);
        let size = self.size();
        self.properties.set(PID_TAG_ATTACH_SIZE, i32::try_from(size).unwrap_or(i32::MAX));
    }

    fn size(&self) -> u64 {
        bag_size(&self.properties) + self.embedded.as_ref().map_or(0, |embedded| embedded.size())
    }
}

impl Row for AttachmentItem {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        self.properties.value(tag)
    }
}

fn bag_size(bag: &Properties) -> u64 {
    bag.iter().map(|(_, value)| value::size(value)).sum()
}

/// Gives an object its new change number, and what follows from it.
pub(crate) fn stamp(properties: &mut Properties, replica: Guid, number: ChangeNumber) {
    let change_key = xid(replica, number);
    let before = match properties.get(PID_TAG_PREDECESSOR_CHANGE_LIST) {
        Some(PropertyValue::Binary(list)) => list.as_slice(),
        _ => &[],
    };
    let list = predecessors(before, &change_key);
    properties.set(PID_TAG_PREDECESSOR_CHANGE_LIST, list);
    properties.set(PID_TAG_CHANGE_NUMBER, value::id(number));
    properties.set(PID_TAG_CHANGE_KEY, change_key);
    properties.set(PID_TAG_LAST_MODIFICATION_TIME, SystemTime::now());
}
