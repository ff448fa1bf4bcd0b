//! Organiser and attendees (RFC 5545 3.8.4) as addresses and recipients (MS-OXOCAL 2.2.4.10).

use mapistore_sdk::tags;
use mapistore_sdk::types::{PropertyTag, PropertyValue, Recipient, RecipientKind, RecipientTable};

use crate::ical::text;
use crate::lines::{Document, Line, Span};
use crate::text::parameter;

/// What a recipient has.
const COLUMNS: &[PropertyTag] = &[
    tags::PID_TAG_DISPLAY_NAME,
    tags::PID_TAG_EMAIL_ADDRESS,
    tags::PID_TAG_ADDRESS_TYPE,
    tags::PID_TAG_SMTP_ADDRESS,
    tags::PID_TAG_RECIPIENT_TYPE,
    tags::PID_TAG_RECIPIENT_TRACK_STATUS,
];

/// What Exchange writes for somebody without an address.
const NOBODY: &str = "invalid:nomail";

/// Somebody with an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// CN.
    pub(crate) name: String,
    /// The address without `mailto:`.
    pub(crate) address: String,
}

impl Person {
    /// Reads ORGANIZER or ATTENDEE.
    pub(crate) fn read(line: &Line) -> Self {
        let value = line.value.trim();
        let mail = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let address = match (mail, line.param("EMAIL")) {
            (Some(_), _) => value[7..].to_owned(),
            (None, Some(address)) => address,
            (None, None) if value.eq_ignore_ascii_case(NOBODY) => String::new(),
            (None, None) => value.to_owned(),
        };
        Self { name: line.param("CN").unwrap_or_default(), address }
    }

    /// The name to show.
    pub(crate) fn display(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }

    fn value(&self) -> String {
        let clean: String = self.address.chars().filter(|c| !c.is_control()).collect();
        if clean.is_empty() {
            NOBODY.to_owned()
        } else if clean.contains(':') {
            clean
        } else {
            format!("mailto:{clean}")
        }
    }

    /// Writes the one line of this name; nobody at all removes it.
    pub(crate) fn put(&self, document: &mut Document, span: &Span, name: &str) {
        let at = document.field(span, name).map(|(at, _)| at);
        let value = self.value();
        let value = (*self != Self::default()).then_some(value.as_str());
        document.put(span, at, name, value, &[("CN", &self.name)]);
    }
}

/// The attendees as recipients.
pub(crate) fn read(document: &Document, span: &Span) -> RecipientTable {
    let rows = attendees(document, span).map(|(_, kind, line)| {
        let person = Person::read(line);
        let status = match line.param("PARTSTAT").unwrap_or_default().to_ascii_uppercase().as_str() {
            "TENTATIVE" => 2,
            "ACCEPTED" => 3,
            "DECLINED" => 4,
            "NEEDS-ACTION" => 5,
            _ => 0,
        };
        Recipient {
            kind,
            username: None,
            cells: vec![
                Some(text(person.display())),
                Some(text(&person.address)),
                Some("SMTP".into()),
                Some(text(&person.address)),
                Some(number(kind).into()),
                Some(status.into()),
            ],
        }
    });
    RecipientTable { columns: COLUMNS.to_vec(), rows: rows.collect() }
}

/// The names of the recipients of a kind, with semicolons.
pub(crate) fn display(table: &RecipientTable, kind: RecipientKind) -> String {
    let rows = table.rows.iter().filter(|row| row.kind == kind);
    let names = rows.filter_map(|row| match row.cells.first() {
        Some(Some(PropertyValue::Text(name))) => Some(name.as_str()),
        _ => None,
    });
    names.collect::<Vec<_>>().join("; ")
}

/// Makes the attendees agree with a table: who stays keeps the line as it is.
pub(crate) fn write(document: &mut Document, span: impl Fn(&Document) -> Span, table: &RecipientTable) {
    let column = |tag| table.columns.iter().position(|&column| column == tag);
    let cell = |row: &Recipient, tag| match row.cells.get(column(tag)?)? {
        Some(PropertyValue::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let wanted: Vec<(RecipientKind, Person)> = table
        .rows
        .iter()
        .filter(|row| row.kind != RecipientKind::Originator)
        .map(|row| {
            let smtp = cell(row, tags::PID_TAG_SMTP_ADDRESS);
            let address = smtp.or_else(|| cell(row, tags::PID_TAG_EMAIL_ADDRESS)).unwrap_or_default();
            let name = cell(row, tags::PID_TAG_DISPLAY_NAME).filter(|name| *name != address);
            (row.kind, Person { name: name.unwrap_or_default(), address })
        })
        .filter(|(_, person)| !person.address.is_empty())
        .collect();
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let mut kept = Vec::new();
    let mut gone = Vec::new();
    for (at, kind, line) in attendees(document, &span(document)) {
        let address = Person::read(line).address;
        match wanted.iter().position(|(_, person)| same(&person.address, &address)) {
            Some(position) => kept.push((at, position, wanted[position].0 != kind)),
            None => gone.push(at),
        }
    }
    for &(at, position, moved) in &kept {
        if moved && let Some(value) = document.line(at).map(|line| line.value.clone()) {
            document.replace(at, &value, &[("ROLE", role(wanted[position].0))]);
        }
    }
    for (position, (kind, person)) in wanted.iter().enumerate() {
        if kept.iter().any(|(_, other, _)| *other == position) {
            continue;
        }
        let name = match person.name.as_str() {
            "" => String::new(),
            name => format!(";CN={}", parameter(name)),
        };
        let line =
            format!("ATTENDEE{name};ROLE={};PARTSTAT=NEEDS-ACTION;RSVP=TRUE:{}", role(*kind), person.value());
        document.insert(document.end_of(&span(document)), &line);
    }
    // Last, and from the end: new lines stand behind all of them.
    for &at in gone.iter().rev() {
        document.remove(at..at + 1);
    }
}

fn attendees<'a>(
    document: &'a Document,
    span: &Span,
) -> impl Iterator<Item = (usize, RecipientKind, &'a Line)> {
    document.fields(span).filter(|(_, line)| line.name == "ATTENDEE").map(|(at, line)| {
        // MS-OXCMAIL 2.1.3.1.1.20.2: a resource is a blind copy recipient.
        let resource = matches!(
            line.param("CUTYPE").unwrap_or_default().to_ascii_uppercase().as_str(),
            "RESOURCE" | "ROOM"
        );
        let kind = match line.param("ROLE").unwrap_or_default().to_ascii_uppercase().as_str() {
            _ if resource => RecipientKind::Bcc,
            "OPT-PARTICIPANT" => RecipientKind::Cc,
            "NON-PARTICIPANT" => RecipientKind::Bcc,
            _ => RecipientKind::To,
        };
        (at, kind, line)
    })
}

fn role(kind: RecipientKind) -> &'static str {
    match kind {
        RecipientKind::Originator => "CHAIR",
        RecipientKind::To => "REQ-PARTICIPANT",
        RecipientKind::Cc => "OPT-PARTICIPANT",
        RecipientKind::Bcc => "NON-PARTICIPANT",
    }
}

fn number(kind: RecipientKind) -> i32 {
    match kind {
        RecipientKind::Originator => 0,
        RecipientKind::To => 1,
        RecipientKind::Cc => 2,
        RecipientKind::Bcc => 3,
    }
}
