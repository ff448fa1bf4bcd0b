//! How clients find the folders of a mailbox: receive folders, and the entry ids that its root and its Inbox carry.
//!
//! Both follow from the mailbox, so nothing of them is stored.

use super::{Mailbox, MailboxFolder, Slot};
use crate::bindings::mapistore::backend::types::{Guid, PropertyTag, PropertyValue};
use crate::index::Fmid;

/// Where messages of a class arrive (MS-OXCSTOR 2.2.1.2): the longest class that a message's begins with decides.
const RECEIVE_FOLDERS: [(&str, Slot); 4] =
    [("", Slot::Inbox), ("IPC", Slot::IpmSubtree), ("IPM", Slot::Inbox), ("Report.IPM", Slot::Inbox)];

/// PidTagIpmAppointmentEntryId and the like (MS-OXOSFLD 2.2.2).
const ENTRY_IDS: [(PropertyTag, Slot); 7] = [
    (0x36D0_0102, Slot::Calendar),
    (0x36D1_0102, Slot::Contacts),
    (0x36D2_0102, Slot::Journal),
    (0x36D3_0102, Slot::Notes),
    (0x36D4_0102, Slot::Tasks),
    (0x36D5_0102, Slot::Reminders),
    (0x36D7_0102, Slot::Drafts),
];
/// PidTagAdditionalRenEntryIdsEx (MS-OXOSFLD 2.2.4): blocks of an id, a size and elements.
const ADDITIONAL_EX: PropertyTag = 0x36D9_0102;
/// PidTagExtendedFolderFlags (MS-OXOCFG 2.2.7.1).
const EXTENDED_FOLDER_FLAGS: PropertyTag = 0x36DA_0102;
/// PidTagFreeBusyEntryIds (MS-OXOSFLD 2.2.6): four entries, of which the last is the folder's.
const FREE_BUSY_ENTRY_IDS: PropertyTag = 0x36E4_1102;
/// The blocks of PidTagAdditionalRenEntryIdsEx: RSF_PID_SEND_AND_TRACK and RSF_PID_TODO_SEARCH.
const ADDITIONAL: [(u16, Slot); 2] = [(0x8002, Slot::TrackedMailProcessing), (0x8004, Slot::ToDo)];
/// RSF_ELID_ENTRYID: an element that is an entry id.
const ENTRY_ID_ELEMENT: u16 = 0x0001;
/// EntryType of a folder in a private mailbox (MS-OXCDATA 2.2.4.1).
const PRIVATE_FOLDER: u16 = 0x0001;
/// EntryType of a message in a private mailbox (MS-OXCDATA 2.2.4.2).
const PRIVATE_MESSAGE: u16 = 0x0007;

impl Mailbox {
    /// The message classes with a receive folder of their own, each with its folder (MS-OXCSTOR 2.2.1.4).
    pub fn receive_folders(&self) -> Vec<(&'static str, Fmid)> {
        let known = RECEIVE_FOLDERS.iter().filter_map(|(class, slot)| Some((*class, self.slot(*slot)?.id)));
        known.collect()
    }

    /// The folder in which messages of a class arrive, and the class that decided it (MS-OXCSTOR 3.2.5.2). Upper and
    /// lower case are the same.
    pub fn receive_folder(&self, message_class: &str) -> Option<(&'static str, &MailboxFolder)> {
        let matches = |class: &str| match message_class.get(..class.len()) {
            Some(start) => {
                let rest = &message_class[class.len()..];
                start.eq_ignore_ascii_case(class)
                    && (class.is_empty() || rest.is_empty() || rest.starts_with('.'))
            }
            None => false,
        };
        let longest = RECEIVE_FOLDERS
            .iter()
            .filter(|(class, _)| matches(class))
            .max_by_key(|(class, _)| class.len())?;
        Some((longest.0, self.slot(longest.1)?))
    }

    /// The properties by which clients find special folders: what the root of the mailbox and the Inbox carry besides
    /// their own (MS-OXOSFLD 2.2). `replica` is the GUID behind replica id 1.
    pub fn special_folder_properties(&self, replica: Guid) -> Vec<(PropertyTag, PropertyValue)> {
        let entry_id = |slot| self.slot(slot).and_then(|folder| self.folder_entry_id(folder.id, replica));
        let mut properties: Vec<_> = ENTRY_IDS
            .iter()
            .filter_map(|(tag, slot)| Some((*tag, PropertyValue::Binary(entry_id(*slot)?))))
            .collect();
        let blocks =
            ADDITIONAL.iter().filter_map(|(block, slot)| Some(persist_data(*block, &entry_id(*slot)?)));
        // The list ends with PERSIST_SENTINEL, which has no elements.
        let additional = blocks.chain([vec![0; 4]]).collect::<Vec<_>>().concat();
        properties.push((ADDITIONAL_EX, PropertyValue::Binary(additional)));
        // One sub-property: ExtendedFlags (0x01), 4 bytes, none of them set.
        properties.push((EXTENDED_FOLDER_FLAGS, PropertyValue::Binary(vec![0x01, 0x04, 0, 0, 0, 0])));
        if let Some(folder) = entry_id(Slot::FreebusyData) {
            let message = self.freebusy_entry_id(replica).unwrap_or_default();
            let entries = vec![Vec::new(), message, Vec::new(), folder];
            properties.push((FREE_BUSY_ENTRY_IDS, PropertyValue::MultipleBinary(entries)));
        }
        properties
    }

    /// The entry id of a folder of this mailbox, 46 bytes (MS-OXCDATA 2.2.4.1); none for an id of another replica.
    pub fn folder_entry_id(&self, id: Fmid, replica: Guid) -> Option<Vec<u8>> {
        let mut entry = self.entry_id_head(PRIVATE_FOLDER);
        push_source(&mut entry, id, replica)?;
        Some(entry)
    }

    /// The entry id of the free/busy message, 70 bytes (MS-OXCDATA 2.2.4.2).
    fn freebusy_entry_id(&self, replica: Guid) -> Option<Vec<u8>> {
        let mut entry = self.entry_id_head(PRIVATE_MESSAGE);
        push_source(&mut entry, self.slot(Slot::FreebusyData)?.id, replica)?;
        push_source(&mut entry, self.local_freebusy?, replica)?;
        Some(entry)
    }

    /// Flags, the mailbox's GUID, and the type.
    fn entry_id_head(&self, kind: u16) -> Vec<u8> {
        [&[0; 4], &guid_bytes(self.guid)[..], &kind.to_le_bytes()].concat()
    }
}

/// The replica's GUID, the six bytes of GLOBCNT, and two of padding.
fn push_source(entry: &mut Vec<u8>, id: Fmid, replica: Guid) -> Option<()> {
    entry.extend(guid_bytes(replica));
    entry.extend(&id.globcnt()?.get().to_be_bytes()[2..]);
    entry.extend([0; 2]);
    Some(())
}

/// A GUID as it is on the wire (MS-DTYP 2.3.4.2): the first three of its parts are little-endian.
fn guid_bytes(guid: Guid) -> [u8; 16] {
    let mut bytes = (u128::from(guid.hi) << 64 | u128::from(guid.lo)).to_be_bytes();
    bytes[..4].reverse();
    bytes[4..6].reverse();
    bytes[6..8].reverse();
    bytes
}

/// A PersistData block with one PersistElement (MS-OXOSFLD 2.2.4).
fn persist_data(block: u16, entry_id: &[u8]) -> Vec<u8> {
    // An entry id has 46 bytes.
    let size = u16::try_from(entry_id.len()).unwrap_or(u16::MAX);
    let numbers = [block, size.saturating_add(4), ENTRY_ID_ELEMENT, size];
    let mut bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    bytes.extend(entry_id);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Globcnt;
    use crate::mailbox::Language;

    const REPLICA: Guid = Guid { hi: 0x0011_2233_4455_6677, lo: 0x8899_AABB_CCDD_EEFF };

    /// Every slot, under the ids 1, 2 and so on in their order.
    fn mailbox() -> Mailbox {
        let id = |number| Fmid::from(Globcnt::new(number).unwrap());
        let folder = |slot: Slot| MailboxFolder {
            id: id(slot as u64 + 1),
            parent: slot.parent().map(|parent| id(parent as u64 + 1)),
            slot: Some(slot),
            role: slot.role(),
            name: String::new(),
            uri: None,
            renamed: false,
            initialised: true,
        };
        Mailbox {
            owner: "alice".into(),
            language: Language::En,
            guid: Guid { hi: 1, lo: 2 },
            folders: Slot::ALL.map(folder).into(),
            local_freebusy: Some(id(99)),
        }
    }

    #[test]
    fn messages_arrive_where_the_longest_class_says() {
        let mailbox = mailbox();
        let slot = |class| mailbox.receive_folder(class).map(|(known, folder)| (known, folder.slot.unwrap()));
        assert_eq!(slot(""), Some(("", Slot::Inbox)));
        assert_eq!(slot("ipm.Note"), Some(("IPM", Slot::Inbox)));
        assert_eq!(slot("IPC.X"), Some(("IPC", Slot::IpmSubtree)));
        assert_eq!(slot("IPCX"), Some(("", Slot::Inbox)));
        assert_eq!(slot("REPORT.IPM.Note.NDR"), Some(("Report.IPM", Slot::Inbox)));
        assert_eq!(slot("Ünknown"), Some(("", Slot::Inbox)));
        assert_eq!(mailbox.receive_folders().len(), 4);
    }

    #[test]
    fn an_entry_id_of_a_folder_has_its_46_bytes_in_the_order_of_the_wire() {
        let mailbox = mailbox();
        let entry = mailbox.folder_entry_id(Fmid::from(Globcnt::new(0x0102).unwrap()), REPLICA).unwrap();
        let mut expected = vec![0; 4];
        // The mailbox's GUID, the type, the replica's GUID, the counter, two bytes of padding.
        expected.extend([0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        expected.extend([1, 0]);
        expected.extend([0x33, 0x22, 0x11, 0, 0x55, 0x44, 0x77, 0x66]);
        expected.extend([0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF]);
        expected.extend([0, 0, 0, 0, 1, 2, 0, 0]);
        assert_eq!((entry.len(), &entry), (46, &expected));
        assert_eq!(mailbox.folder_entry_id(Fmid(0), REPLICA), None);
    }

    #[test]
    fn clients_find_every_special_folder() {
        let mailbox = mailbox();
        let properties = mailbox.special_folder_properties(REPLICA);
        let of = |wanted| properties.iter().find(|(tag, _)| *tag == wanted).map(|(_, value)| value.clone());
        let entry = |slot| mailbox.folder_entry_id(mailbox.slot(slot).unwrap().id, REPLICA).unwrap();
        for (tag, slot) in ENTRY_IDS {
            assert!(
                matches!(of(tag), Some(PropertyValue::Binary(found)) if found == entry(slot)),
                "{slot:?}"
            );
        }
        let Some(PropertyValue::Binary(blocks)) = of(ADDITIONAL_EX) else { panic!("no blocks") };
        let tracked = [&[0x02, 0x80, 50, 0, 1, 0, 46, 0][..], &entry(Slot::TrackedMailProcessing)].concat();
        let to_do = [&[0x04, 0x80, 50, 0, 1, 0, 46, 0][..], &entry(Slot::ToDo)].concat();
        assert_eq!(blocks, [tracked, to_do, vec![0; 4]].concat());
        let Some(PropertyValue::MultipleBinary(busy)) = of(FREE_BUSY_ENTRY_IDS) else { panic!("no entries") };
        assert_eq!(busy.iter().map(Vec::len).collect::<Vec<_>>(), [0, 70, 0, 46]);
        assert_eq!(busy[3], entry(Slot::FreebusyData));
    }
}
