//! One file as an item: its lines, its properties, its recipients, and how a change of them is written.

use std::collections::{BTreeMap, BTreeSet};

use mapistore_sdk::types::{PropertyValue, RecipientKind, RecipientTable, Role};

use crate::attach::{self, Attached};
use crate::ical::{self, text};
use crate::key::{Bag, Key};
use crate::keys::{self, *};
use crate::lines::{Document, Span};
use crate::people;
use crate::time::{self, Zones};
use crate::{contact, event, task};

/// What a file contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// VEVENT, and whatever else an `.ics` file has.
    Event,
    /// VTODO.
    Task,
    /// vCard.
    Contact,
}

/// What is to be set (some value) and removed (none).
pub(crate) type Changes = BTreeMap<Key, Option<PropertyValue>>;

/// What clients may set of each kind.
const WRITABLE_COMMON: &[Key] = &[SUBJECT, BODY, SENSITIVITY, PRIVATE, Key::Keywords];
const WRITABLE_CALENDAR: &[Key] = &[
    IMPORTANCE,
    PRIORITY,
    LOCATION,
    REMINDER_SET,
    REMINDER_DELTA,
    GLOBAL_OBJECT_ID,
    SENT_REPRESENTING_NAME,
    SENT_REPRESENTING_EMAIL_ADDRESS,
    SENDER_NAME,
    SENDER_EMAIL_ADDRESS,
];
const WRITABLE_EVENT: &[Key] = &[START_WHOLE, END_WHOLE, SUB_TYPE, BUSY_STATUS, SEQUENCE];
const WRITABLE_TASK: &[Key] =
    &[TASK_START_DATE, TASK_DUE_DATE, TASK_STATUS, TASK_COMPLETE, PERCENT_COMPLETE, TASK_DATE_COMPLETED];
/// What of a contact follows from the rest.
const COMPUTED_CONTACT: &[Key] = &[
    HAS_PICTURE,
    HOME_ADDRESS,
    WORK_ADDRESS,
    OTHER_ADDRESS,
    EMAIL1_DISPLAY_NAME,
    EMAIL1_ADDRESS_TYPE,
    EMAIL1_ORIGINAL,
    EMAIL2_DISPLAY_NAME,
    EMAIL2_ADDRESS_TYPE,
    EMAIL2_ORIGINAL,
    EMAIL3_DISPLAY_NAME,
    EMAIL3_ADDRESS_TYPE,
    EMAIL3_ORIGINAL,
];

impl Kind {
    /// All kinds.
    pub(crate) const ALL: [Self; 3] = [Self::Event, Self::Task, Self::Contact];

    /// The kind of a file by its content and name; none for a file that is no item.
    pub(crate) fn of(file: &str, content: &[u8]) -> Option<Self> {
        if file.ends_with(".vcf") {
            return Some(Self::Contact);
        }
        let begins = |name: &str| {
            content.split(|&byte| byte == b'\n').any(|line| {
                let line = line.trim_ascii();
                line.len() == name.len() + 6
                    && line.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"BEGIN:"))
                    && line[6..].eq_ignore_ascii_case(name.as_bytes())
            })
        };
        let task = || begins("VTODO") && !begins("VEVENT");
        file.ends_with(".ics").then(|| if task() { Self::Task } else { Self::Event })
    }

    /// The letter that stands for the kind in our own files.
    pub(crate) const fn letter(self) -> char {
        match self {
            Self::Event => 'e',
            Self::Task => 't',
            Self::Contact => 'c',
        }
    }

    /// The kind of a role; none for roles that are not ours.
    pub(crate) const fn of_role(role: Role) -> Option<Self> {
        match role {
            Role::Calendar => Some(Self::Event),
            Role::Tasks => Some(Self::Task),
            Role::Contacts => Some(Self::Contact),
            _ => None,
        }
    }

    /// The role of folders of this kind.
    pub(crate) const fn role(self) -> Role {
        match self {
            Self::Event => Role::Calendar,
            Self::Task => Role::Tasks,
            Self::Contact => Role::Contacts,
        }
    }

    /// The role in a URI, and the name of the collection that is made for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Event => "calendar",
            Self::Task => "tasks",
            Self::Contact => "contacts",
        }
    }

    /// What files of this kind end with.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Event | Self::Task => "ics",
            Self::Contact => "vcf",
        }
    }

    /// PidTagContainerClass of the folder (MS-OXOSFLD 2.2.8).
    pub(crate) const fn container_class(self) -> &'static str {
        match self {
            Self::Event => "IPF.Appointment",
            Self::Task => "IPF.Task",
            Self::Contact => "IPF.Contact",
        }
    }

    /// PidTagMessageClass of the items.
    pub(crate) const fn message_class(self) -> &'static str {
        match self {
            Self::Event => "IPM.Appointment",
            Self::Task => "IPM.Task",
            Self::Contact => "IPM.Contact",
        }
    }

    /// Every property that an item may have.
    pub(crate) fn keys(self) -> Vec<Key> {
        let own: [&[Key]; 2] = match self {
            Self::Event => [CALENDAR, EVENT],
            Self::Task => [CALENDAR, TASK],
            Self::Contact => [CONTACT, &[]],
        };
        [keys::COMMON, own[0], own[1]].concat()
    }

    /// The property that counts where two say the same thing.
    pub(crate) fn canonical(self, key: Key) -> Key {
        match (self, key) {
            (Self::Contact, SUBJECT | NORMALIZED_SUBJECT) => DISPLAY_NAME,
            (_, NORMALIZED_SUBJECT) => SUBJECT,
            (Self::Event, COMMON_START | START_DATE) => START_WHOLE,
            (Self::Event, COMMON_END | END_DATE) => END_WHOLE,
            (_, CLEAN_GLOBAL_OBJECT_ID) => GLOBAL_OBJECT_ID,
            (_, key) => key,
        }
    }

    /// Whether a property can be set.
    pub(crate) fn is_writable(self, key: Key) -> bool {
        let own: [&[Key]; 2] = match self {
            Self::Event => [WRITABLE_CALENDAR, WRITABLE_EVENT],
            Self::Task => [WRITABLE_CALENDAR, WRITABLE_TASK],
            Self::Contact => [CONTACT, &[]],
        };
        let known = WRITABLE_COMMON.contains(&key) || own.iter().any(|keys| keys.contains(&key));
        known && !(self == Self::Contact && COMPUTED_CONTACT.contains(&key))
    }

    fn span(self, document: &Document) -> Option<Span> {
        let all = document.all();
        if self == Self::Contact {
            let card = document.components("VCARD", &all).into_iter().next();
            // A card whose BEGIN is damaged still has its lines.
            let named = || ["FN", "N"].iter().any(|name| document.field(&all, name).is_some());
            return card.or_else(|| named().then_some(all.clone()));
        }
        // An item may stand alone, without its VCALENDAR.
        let within = document.components("VCALENDAR", &all).into_iter().next().unwrap_or(all);
        let names: &[&str] = if self == Self::Task { &["VTODO"] } else { &["VEVENT", "VJOURNAL"] };
        let found =
            names.iter().map(|name| document.components(name, &within)).find(|found| !found.is_empty())?;
        // The series itself, not one of its exceptions.
        let main = found.iter().find(|span| document.field(span, "RECURRENCE-ID").is_none());
        main.or(found.first()).cloned()
    }
}

/// A file, read.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    kind: Kind,
    document: Document,
    zones: Zones,
    /// Its properties, but those that follow from where it is.
    pub(crate) bag: Bag,
    /// Who takes part.
    pub(crate) recipients: RecipientTable,
}

impl Item {
    /// Reads a file. What cannot be read is shown under the file's name.
    pub(crate) fn read(kind: Kind, bytes: &[u8], file: &str) -> Self {
        let document = Document::parse(bytes);
        let zones = match kind {
            Kind::Contact => Zones::default(),
            _ => Zones::new(String::from_utf8_lossy(bytes).into_owned()),
        };
        Self::from_document(kind, document, zones, file)
    }

    /// A new item without any property.
    pub(crate) fn new(kind: Kind, uid: &str) -> Self {
        let product = concat!("PRODID:-//mapistore//vdir ", env!("CARGO_PKG_VERSION"), "//EN");
        let stamp = format!("{}Z", time::format_time(time::now()));
        let text = match kind {
            Kind::Contact => {
                format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{product}\r\nUID:{uid}\r\nN:;;;;\r\nEND:VCARD\r\n")
            }
            _ => {
                let name = if kind == Kind::Task { "VTODO" } else { "VEVENT" };
                format!(
                    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{product}\r\nBEGIN:{name}\r\nUID:{uid}\r\nDTSTAMP:{stamp}\r\nEND:{name}\r\nEND:VCALENDAR\r\n"
                )
            }
        };
        Self::read(kind, text.as_bytes(), "")
    }

    fn from_document(kind: Kind, document: Document, zones: Zones, file: &str) -> Self {
        let mut bag = Bag::new();
        let mut recipients = RecipientTable { columns: Vec::new(), rows: Vec::new() };
        let span = kind.span(&document);
        if let Some(span) = &span {
            if kind != Kind::Contact {
                recipients = people::read(&document, span);
            }
            match kind {
                Kind::Event => event::read(&document, span, &zones, &recipients, &mut bag),
                Kind::Task => task::read(&document, span, &zones, &mut bag),
                Kind::Contact => contact::read(&document, span, &mut bag),
            }
        } else {
            log::warn!("`{file}` holds nothing that can be read as {}", kind.word());
        }
        let mut item = Self { kind, document, zones, bag, recipients };
        item.fill(file, span.is_some());
        item
    }

    /// What every item has.
    fn fill(&mut self, file: &str, readable: bool) {
        let bag = &mut self.bag;
        if !readable {
            bag.insert(SUBJECT, text(file));
        }
        let subject = ical::get(bag, SUBJECT).unwrap_or_default().to_owned();
        for key in [SUBJECT, NORMALIZED_SUBJECT, CONVERSATION_TOPIC] {
            bag.insert(key, text(&subject));
        }
        bag.insert(MESSAGE_CLASS, self.kind.message_class().into());
        bag.entry(SENSITIVITY).or_insert_with(|| 0.into());
        bag.entry(IMPORTANCE).or_insert_with(|| 1.into());
        bag.entry(PRIORITY).or_insert_with(|| 0.into());
        if bag.contains_key(&BODY) {
            // MS-OXCMSG 2.2.1.58.2: plain text.
            bag.insert(NATIVE_BODY, 1.into());
        }
        for (key, kind) in [
            (DISPLAY_TO, RecipientKind::To),
            (DISPLAY_CC, RecipientKind::Cc),
            (DISPLAY_BCC, RecipientKind::Bcc),
        ] {
            if self.kind != Kind::Contact {
                bag.insert(key, text(&people::display(&self.recipients, kind)));
            }
        }
        bag.insert(ASSOCIATED, false.into());
        // MAPI_ACCESS_MODIFY, _READ and _DELETE (MS-OXCPRPT 2.2.1.1).
        bag.insert(ACCESS, 0x07.into());
        bag.insert(ACCESS_LEVEL, 1.into());
        let attached = self.kind.span(&self.document);
        let attached =
            attached.is_some_and(|span| attach::count(&self.document, &span, self.kind == Kind::Contact) > 0);
        self.bag.insert(HAS_ATTACHMENTS, attached.into());
        // mfRead, and mfHasAttach (MS-OXCMSG 2.2.1.6): nobody has to read a calendar first.
        self.bag.insert(MESSAGE_FLAGS, (0x01 | if attached { 0x10 } else { 0 }).into());
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.document.bytes()
    }

    /// The UID; none if there is none.
    pub(crate) fn uid(&self) -> Option<String> {
        let span = self.kind.span(&self.document)?;
        Some(self.document.field(&span, "UID")?.1.text()).filter(|uid| !uid.is_empty())
    }

    /// What is attached.
    pub(crate) fn attachments(&self) -> Vec<Attached> {
        let span = self.kind.span(&self.document);
        span.map(|span| attach::read(&self.document, &span, self.kind == Kind::Contact)).unwrap_or_default()
    }

    /// Whether there is something that can be changed.
    pub(crate) fn is_readable(&self) -> bool {
        self.kind.span(&self.document).is_some()
    }

    /// The item after a change: what is not mapped stays byte for byte.
    pub(crate) fn apply(
        &self,
        changes: &Changes,
        recipients: Option<&RecipientTable>,
        attachments: Option<&[&Attached]>,
        file: &str,
    ) -> Self {
        let kind = self.kind;
        let mut document = self.document.clone();
        let mut bag = self.bag.clone();
        for (key, value) in changes {
            match value {
                Some(value) => drop(bag.insert(*key, value.clone())),
                None => drop(bag.remove(key)),
            }
        }
        // Removed means: as if it had never been said.
        let changed: BTreeSet<Key> = changes.keys().copied().collect();
        let span = move |document: &Document| kind.span(document).unwrap_or_default();
        if let Some(recipients) = recipients
            && kind != Kind::Contact
        {
            people::write(&mut document, span, recipients);
        }
        if let Some(attachments) = attachments {
            attach::write(&mut document, span, kind == Kind::Contact, attachments);
        }
        match kind {
            Kind::Event => event::write(&mut document, span, &self.zones, &bag, &changed),
            Kind::Task => task::write(&mut document, span, &self.zones, &bag, &changed),
            Kind::Contact => contact::write(&mut document, span, &bag, &changed),
        }
        Self::from_document(kind, document, self.zones.clone(), file)
    }

    /// The item under another UID, for a copy beside it.
    pub(crate) fn with_uid(&self, uid: &str) -> Self {
        let mut document = self.document.clone();
        // Every exception of a series has the UID of the series.
        let mut at = 0;
        let mut within: Vec<String> = Vec::new();
        while let Some(line) = document.line(at) {
            match line.name.as_str() {
                "BEGIN" => within.push(line.value.trim().to_ascii_uppercase()),
                "END" => drop(within.pop()),
                "UID" if within.last().is_some_and(|name| name != "VALARM") => {
                    document.replace(at, &crate::text::escape(uid), &[]);
                }
                _ => {}
            }
            at += 1;
        }
        Self::from_document(self.kind, document, self.zones.clone(), "")
    }
}
