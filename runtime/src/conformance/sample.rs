//! What items look like: the least that one of each role needs, and values for every property that a backend may store.

use super::expect::Done;
use super::tag;
use super::trial::{Trial, property, text};
use crate::bindings::mapistore::backend::types::{
    Guid, Property, PropertyTag, PropertyValue, Recipient, RecipientKind, RecipientTable, Role,
};
use crate::index::{NamedProperty, PropertyName};

/// PSETID_Appointment (MS-OXPROPS 1.3.2).
const PSETID_APPOINTMENT: u128 = 0x0006_2002_0000_0000_C000_0000_0000_0046;
/// PSETID_Task.
const PSETID_TASK: u128 = 0x0006_2003_0000_0000_C000_0000_0000_0046;
/// PS_PUBLIC_STRINGS.
pub(super) const PS_PUBLIC_STRINGS: u128 = 0x0002_0329_0000_0000_C000_0000_0000_0046;

/// 2026-03-02 09:00 UTC as FILETIME: whole seconds, which is all that many formats keep.
pub(super) const TIME: u64 = 134_169_156_000_000_000;
/// One hour of FILETIME.
pub(super) const HOUR: u64 = 36_000_000_000;

/// PidTagDisplayName, as a new folder needs it.
pub(super) fn name(name: &str) -> Property {
    text(tag::DISPLAY_NAME, name)
}

/// The property that tells items of a role apart.
pub(super) fn marker(role: Role) -> PropertyTag {
    if role == Role::Contacts { tag::DISPLAY_NAME } else { tag::SUBJECT }
}

/// The message class of a role's items.
fn class(role: Role) -> &'static str {
    match role {
        Role::Calendar => "IPM.Appointment",
        Role::Contacts => "IPM.Contact",
        Role::Tasks => "IPM.Task",
        Role::Notes => "IPM.StickyNote",
        Role::Journal => "IPM.Activity",
        _ => "IPM.Note",
    }
}

/// What a new item of a role is given: its class, its marker, and what makes it one of its kind.
pub(super) fn item(trial: &Trial<'_>, role: Role, called: &str) -> Done<Vec<Property>> {
    let mut properties = vec![text(tag::MESSAGE_CLASS, class(role)), text(marker(role), called)];
    match role {
        Role::Calendar => {
            let start = trial.named(&lid(PSETID_APPOINTMENT, 0x820D), 0x0040)?;
            let end = trial.named(&lid(PSETID_APPOINTMENT, 0x820E), 0x0040)?;
            properties.push(property(start, PropertyValue::Time(TIME)));
            properties.push(property(end, PropertyValue::Time(TIME + HOUR)));
        }
        Role::Contacts | Role::Tasks => {}
        _ => properties.push(text(tag::BODY, &format!("This is {called}."))),
    }
    Ok(properties)
}

/// The name of a numbered property.
pub(super) fn lid(set: u128, lid: u32) -> NamedProperty {
    NamedProperty { set, name: PropertyName::Lid(lid) }
}

/// The name of a property with a text name.
pub(super) fn named(set: u128, name: &str) -> NamedProperty {
    NamedProperty { set, name: PropertyName::Text(name.to_owned()) }
}

/// Values to be stored one by one: properties of the standard with values that mean something, and one property of every
/// type whose meaning is the message class's own.
pub(super) fn values(trial: &Trial<'_>) -> Done<Vec<Property>> {
    use PropertyValue as V;
    let mut all = vec![
        text(tag::SUBJECT, "Ein größeres Subject, mit 日本語 and 🙂"),
        text(tag::BODY, &"Ein langer Text, der in eine Zelle passt. ".repeat(30)),
        text(tag::BODY, "First line\r\nÄnd a second, after a break\r\n"),
        property(tag::IMPORTANCE, V::Integer32(2)),
        property(tag::IMPORTANCE, V::Integer32(0)),
        property(tag::PRIORITY, V::Integer32(1)),
        property(tag::SENSITIVITY, V::Integer32(2)),
        property(tag::FLAG_STATUS, V::Integer32(2)),
        property(tag::READ_RECEIPT_REQUESTED, V::Boolean(true)),
        property(tag::CLIENT_SUBMIT_TIME, V::Time(TIME)),
        property(tag::MESSAGE_DELIVERY_TIME, V::Time(TIME + HOUR)),
        property(tag::HTML, V::Binary(b"<html><body><p>Hello</p></body></html>\r\n".to_vec())),
        property(tag::CONVERSATION_INDEX, V::Binary((0..22).collect())),
        text(tag::SENT_REPRESENTING_NAME, "Zoë Example"),
        text(tag::SENT_REPRESENTING_EMAIL_ADDRESS, "zoe@example.org"),
        text(tag::INTERNET_MESSAGE_ID, "<one@example.org>"),
        text(tag::IN_REPLY_TO_ID, "<zero@example.org>"),
        text(tag::INTERNET_REFERENCES, "<minus@example.org> <zero@example.org>"),
        property(tag::ICON_INDEX, V::Integer32(0x103)),
        text(tag::DISPLAY_NAME, "Anna Öztürk"),
        text(tag::GIVEN_NAME, "Anna"),
        text(tag::SURNAME, "Öztürk"),
        text(tag::COMPANY_NAME, "Example & Sons; Ltd, \"Berlin\""),
        text(tag::TITLE, "Head of Nothing"),
        text(tag::BUSINESS_TELEPHONE_NUMBER, "+49 30 123456"),
        text(tag::MOBILE_TELEPHONE_NUMBER, "+49 170 123456"),
        text(tag::COMMENT, "a comment"),
    ];
    let appointment = |number| lid(PSETID_APPOINTMENT, number);
    let task = |number| lid(PSETID_TASK, number);
    for (name, value) in [
        (appointment(0x8205), V::Integer32(2)),
        (appointment(0x8208), V::Text("Raum „Ö“, 3. Stock".into())),
        (task(0x811C), V::Boolean(false)),
        (named(PS_PUBLIC_STRINGS, "Keywords"), V::MultipleText(vec!["Red".into(), "Grün, blau".into()])),
    ] {
        all.push(property(trial.named(&name, type_of(&value))?, value));
    }
    let more = [V::Text(String::new()), V::Text("long ".repeat(500)), V::Binary(Vec::new()), V::Time(0)];
    for (number, value) in (1..).zip(one_of_each_type().into_iter().chain(more)) {
        all.push(property(tag::own(number, type_of(&value)), value));
    }
    Ok(all)
}

/// A value of every type that a property may have (MS-OXCDATA 2.11.1), extremes among them.
pub(super) fn one_of_each_type() -> Vec<PropertyValue> {
    use PropertyValue as V;
    let guid = |lo| Guid { hi: 0x0123_4567_89AB_CDEF, lo };
    vec![
        V::Integer16(i16::MIN),
        V::Integer32(i32::MIN),
        V::Floating32(-1.5),
        V::Floating64(f64::MAX),
        V::Currency(-12_345),
        V::FloatingTime(46_083.25),
        V::ErrorCode(0x8004_010F),
        V::Boolean(true),
        V::Integer64(i64::MIN),
        V::String8(b"bytes \xE4\xF6".to_vec()),
        V::Text("text with \"quotes\", a \\ and a ; — 🙂".into()),
        V::Time(TIME + 1),
        V::Guid(guid(u64::MAX)),
        V::Binary((0..=255).collect()),
        V::ServerId(vec![1, 2, 3]),
        V::RestrictionBlob(vec![8, 0, 0, 0x1F, 0]),
        V::RuleActions(vec![1, 0]),
        V::MultipleInteger16(vec![1, -1]),
        V::MultipleInteger32(vec![i32::MAX, 0, i32::MIN]),
        V::MultipleFloating32(vec![0.5]),
        V::MultipleFloating64(vec![0.25, -0.25]),
        V::MultipleCurrency(vec![1, 2]),
        V::MultipleFloatingTime(vec![1.5]),
        V::MultipleInteger64(vec![i64::MAX]),
        V::MultipleString8(vec![b"a".to_vec(), Vec::new()]),
        V::MultipleText(vec!["a".into(), String::new(), "ü".into()]),
        V::MultipleTime(vec![TIME, TIME + HOUR]),
        V::MultipleGuid(vec![guid(1), guid(2)]),
        V::MultipleBinary(vec![vec![0, 1], Vec::new()]),
    ]
}

/// The property type of a value.
pub(super) fn type_of(value: &PropertyValue) -> u16 {
    crate::property::PropertyType::of(value).map_or(0, crate::property::PropertyType::id)
}

/// The columns that recipients are written with here.
pub(super) const RECIPIENT_COLUMNS: [PropertyTag; 3] =
    [tag::DISPLAY_NAME, tag::EMAIL_ADDRESS, tag::ADDRESS_TYPE];

/// Recipients by kind, name and address.
pub(super) fn recipients(rows: &[(RecipientKind, &str, &str)]) -> RecipientTable {
    let rows = rows.iter().map(|(kind, name, address)| {
        let cell = |text: &str| Some(PropertyValue::Text(text.to_owned()));
        let cells = vec![cell(name), cell(address), cell("SMTP")];
        Recipient { kind: *kind, username: None, cells }
    });
    RecipientTable { columns: RECIPIENT_COLUMNS.to_vec(), rows: rows.collect() }
}

/// Kind, name and address of each recipient, whatever the columns are.
pub(super) fn recipient_facts(table: &RecipientTable) -> Vec<(RecipientKind, String, String)> {
    let cell = |row: &Recipient, tag: PropertyTag| {
        let at = table.columns.iter().position(|column| *column == tag)?;
        match row.cells.get(at)? {
            Some(PropertyValue::Text(text)) => Some(text.clone()),
            _ => None,
        }
    };
    let facts = table.rows.iter().map(|row| {
        let name = cell(row, tag::DISPLAY_NAME).unwrap_or_default();
        let address = cell(row, tag::EMAIL_ADDRESS).or_else(|| cell(row, tag::SMTP_ADDRESS));
        (row.kind, name, address.unwrap_or_default())
    });
    facts.collect()
}
