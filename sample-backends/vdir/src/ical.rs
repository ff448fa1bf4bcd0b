//! What appointments and tasks have in common: subject, text, categories, reminder, identity, organiser.

use std::collections::BTreeSet;

use mapistore_sdk::types::PropertyValue;

use crate::key::{Bag, Key};
use crate::keys::*;
use crate::lines::{Document, Span};
use crate::people::Person;
use crate::text::{escape, split, unescape};
use crate::time::{self, Zones};

/// What begins a Global Object ID (MS-OXOCAL 2.2.1.27).
const OBJECT_ID: [u8; 16] = [0x04, 0, 0, 0, 0x82, 0, 0xE0, 0, 0x74, 0xC5, 0xB7, 0x10, 0x1A, 0x82, 0xE0, 0x08];
/// What stands before a UID that is none of Exchange's own (MS-OXCMAIL 2.1.3.1.1.20.26).
const FOREIGN: &[u8] = b"vCal-Uid\x01\0\0\0";

/// A text value; MAPI refuses U+0000.
pub(crate) fn text(value: &str) -> PropertyValue {
    PropertyValue::Text(value.replace('\0', ""))
}

/// The text of a property.
pub(crate) fn get(bag: &Bag, key: Key) -> Option<&str> {
    match bag.get(&key) {
        Some(PropertyValue::Text(text)) => Some(text),
        _ => None,
    }
}

/// The number of a property.
pub(crate) fn number(bag: &Bag, key: Key) -> Option<i32> {
    match bag.get(&key) {
        Some(PropertyValue::Integer32(number)) => Some(*number),
        _ => None,
    }
}

/// The switch of a property.
pub(crate) fn flag(bag: &Bag, key: Key) -> Option<bool> {
    match bag.get(&key) {
        Some(PropertyValue::Boolean(flag)) => Some(*flag),
        _ => None,
    }
}

/// Sets the text of the first line of this name.
pub(crate) fn put_line(document: &mut Document, span: &Span, name: &str, text: Option<&str>) {
    let at = document.field(span, name).map(|(at, _)| at);
    document.put_text(span, at, name, text.filter(|text| !text.is_empty()));
}

/// The categories of an item, in iCalendar and in vCard.
pub(crate) fn read_categories(document: &Document, span: &Span, bag: &mut Bag) {
    let lines = document.fields(span).filter(|(_, line)| line.name == "CATEGORIES");
    let categories: Vec<String> = lines
        .flat_map(|(_, line)| {
            split(&line.decoded(), ',').into_iter().map(|one| unescape(one.trim())).collect::<Vec<_>>()
        })
        .filter(|category| !category.is_empty())
        .collect();
    if !categories.is_empty() {
        bag.insert(Key::Keywords, PropertyValue::MultipleText(categories));
    }
}

/// Writes the categories into the first line, and removes others.
pub(crate) fn write_categories(document: &mut Document, span: &Span, bag: &Bag) {
    let categories = match bag.get(&Key::Keywords) {
        Some(PropertyValue::MultipleText(categories)) => categories.as_slice(),
        _ => &[],
    };
    let value = categories.iter().map(|category| escape(category)).collect::<Vec<_>>().join(",");
    let lines: Vec<usize> =
        document.fields(span).filter(|(_, line)| line.name == "CATEGORIES").map(|(at, _)| at).collect();
    for &at in lines.iter().skip(1).rev() {
        document.remove(at..at + 1);
    }
    document.put(
        span,
        lines.first().copied(),
        "CATEGORIES",
        Some(value.as_str()).filter(|value| !value.is_empty()),
        &[],
    );
}

/// Reads what both kinds have.
pub(crate) fn read(document: &Document, span: &Span, zones: &Zones, bag: &mut Bag) {
    let field = |name| document.field(span, name).map(|(_, line)| line);
    for (key, name) in [(SUBJECT, "SUMMARY"), (BODY, "DESCRIPTION"), (LOCATION, "LOCATION")] {
        if let Some(line) = field(name) {
            bag.insert(key, text(&line.text()));
        }
    }
    read_categories(document, span, bag);
    // MS-OXCMAIL 2.1.3.1.1.20.4 and .20.17.
    let sensitivity = match field("CLASS").map(|line| line.value.trim().to_ascii_uppercase()).as_deref() {
        Some("PERSONAL") => 1,
        Some("PRIVATE") => 2,
        Some("CONFIDENTIAL") => 3,
        _ => 0,
    };
    bag.insert(SENSITIVITY, sensitivity.into());
    bag.insert(PRIVATE, (sensitivity == 2).into());
    let importance = match field("PRIORITY").and_then(|line| line.value.trim().parse::<u8>().ok()) {
        Some(1..=4) => 2,
        Some(6..=9) => 0,
        _ => 1,
    };
    bag.insert(IMPORTANCE, importance.into());
    bag.insert(PRIORITY, (importance - 1).into());
    if let Some(uid) = field("UID") {
        let id = object_id(&uid.text());
        bag.insert(GLOBAL_OBJECT_ID, id.clone().into());
        bag.insert(CLEAN_GLOBAL_OBJECT_ID, id.into());
    }
    if let Some(organizer) = field("ORGANIZER").map(Person::read) {
        for key in [SENT_REPRESENTING_NAME, SENDER_NAME] {
            bag.insert(key, text(organizer.display()));
        }
        for key in [SENT_REPRESENTING_EMAIL_ADDRESS, SENDER_EMAIL_ADDRESS] {
            bag.insert(key, text(&organizer.address));
        }
        for key in [SENT_REPRESENTING_ADDRESS_TYPE, SENDER_ADDRESS_TYPE] {
            bag.insert(key, "SMTP".into());
        }
    }
    for (key, names) in
        [(CREATION_TIME, ["CREATED", "DTSTAMP"]), (LAST_MODIFICATION_TIME, ["LAST-MODIFIED", "DTSTAMP"])]
    {
        if let Some(moment) = names.iter().find_map(|name| zones.read_line(field(name)?)) {
            bag.insert(key, time::value(moment.unix));
        }
    }
}

/// The reminder: the first alarm whose trigger counts from the start (MS-OXCMAIL 2.1.3.1.1.20.62).
pub(crate) fn read_reminder(
    document: &Document,
    span: &Span,
    start: Option<i64>,
    zones: &Zones,
    bag: &mut Bag,
) {
    let delta = document.components("VALARM", span).iter().find_map(|alarm| {
        let (_, trigger) = document.field(alarm, "TRIGGER")?;
        match time::read_duration(&trigger.value) {
            Some(seconds) => Some(-seconds / 60),
            None => Some((start? - zones.read_line(trigger)?.unix) / 60),
        }
    });
    let delta = delta.and_then(|minutes| i32::try_from(minutes).ok());
    bag.insert(REMINDER_SET, delta.is_some().into());
    if let Some(minutes) = delta {
        bag.insert(REMINDER_DELTA, minutes.into());
        if let Some(start) = start {
            bag.insert(REMINDER_TIME, time::value(start));
            bag.insert(REMINDER_SIGNAL_TIME, time::value(start - i64::from(minutes) * 60));
        }
    }
}

/// Writes what both kinds have, as far as it changed. `span` answers where the item is after each change.
pub(crate) fn write(
    document: &mut Document,
    span: impl Fn(&Document) -> Span,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    let any = |keys: &[Key]| keys.iter().any(|key| changed.contains(key));
    for (key, name) in [(SUBJECT, "SUMMARY"), (BODY, "DESCRIPTION"), (LOCATION, "LOCATION")] {
        if changed.contains(&key) {
            put_line(document, &span(document), name, get(bag, key));
        }
    }
    if changed.contains(&Key::Keywords) {
        write_categories(document, &span(document), bag);
    }
    if any(&[SENSITIVITY, PRIVATE]) {
        let private = changed.contains(&PRIVATE) && !changed.contains(&SENSITIVITY);
        let class = match (number(bag, SENSITIVITY), flag(bag, PRIVATE)) {
            (_, Some(true)) if private => "PRIVATE",
            (_, Some(false)) if private => "PUBLIC",
            (Some(1), _) => "PERSONAL",
            (Some(2), _) => "PRIVATE",
            (Some(3), _) => "CONFIDENTIAL",
            _ => "PUBLIC",
        };
        let there = document.field(&span(document), "CLASS").is_some();
        if there || class != "PUBLIC" {
            put_line(document, &span(document), "CLASS", Some(class));
        }
    }
    if any(&[IMPORTANCE, PRIORITY]) {
        let importance = if changed.contains(&IMPORTANCE) {
            number(bag, IMPORTANCE)
        } else {
            number(bag, PRIORITY).map(|priority| priority + 1)
        };
        let priority = match importance {
            Some(2) => Some("1"),
            Some(0) => Some("9"),
            Some(1) => Some("5"),
            _ => None,
        };
        let there = document.field(&span(document), "PRIORITY").is_some();
        if there || priority != Some("5") {
            put_line(document, &span(document), "PRIORITY", priority);
        }
    }
    if changed.contains(&GLOBAL_OBJECT_ID)
        && let Some(PropertyValue::Binary(id)) = bag.get(&GLOBAL_OBJECT_ID)
    {
        put_line(document, &span(document), "UID", Some(&uid(id)));
    }
    if any(&[SENT_REPRESENTING_NAME, SENT_REPRESENTING_EMAIL_ADDRESS, SENDER_NAME, SENDER_EMAIL_ADDRESS]) {
        let pick = |first: Key, second: Key| {
            let key = if changed.contains(&second) && !changed.contains(&first) { second } else { first };
            get(bag, key).unwrap_or_default().to_owned()
        };
        let organizer = Person {
            name: pick(SENT_REPRESENTING_NAME, SENDER_NAME),
            address: pick(SENT_REPRESENTING_EMAIL_ADDRESS, SENDER_EMAIL_ADDRESS),
        };
        organizer.put(document, &span(document), "ORGANIZER");
    }
    if any(&[REMINDER_SET, REMINDER_DELTA]) {
        write_reminder(document, &span, bag);
    }
    touch(document, &span);
}

/// `DTSTAMP`, `LAST-MODIFIED`: what every program that changes an item sets (RFC 5545 3.8.7). Where there is none,
/// none is needed.
fn touch(document: &mut Document, span: &impl Fn(&Document) -> Span) {
    let stamp = format!("{}Z", time::format_time(time::now()));
    for name in ["DTSTAMP", "LAST-MODIFIED"] {
        if let Some(at) = document.field(&span(document), name).map(|(at, _)| at) {
            document.replace(at, &stamp, &[]);
        }
    }
}

fn write_reminder(document: &mut Document, span: &impl Fn(&Document) -> Span, bag: &Bag) {
    let alarms = document.components("VALARM", &span(document));
    if flag(bag, REMINDER_SET) == Some(false) {
        for alarm in alarms.iter().rev() {
            // With its BEGIN and END.
            document.remove(alarm.start - 1..alarm.end + 1);
        }
        return;
    }
    let minutes = number(bag, REMINDER_DELTA).unwrap_or(15);
    let sign = if minutes < 0 { "" } else { "-" };
    let trigger = format!("{sign}PT{}M", minutes.unsigned_abs());
    let first = alarms.first().and_then(|alarm| document.field(alarm, "TRIGGER")).map(|(at, _)| at);
    if let Some(at) = first {
        document.replace(at, &trigger, &[("VALUE", "")]);
        return;
    }
    let end = span(document).end;
    let subject = escape(get(bag, SUBJECT).filter(|subject| !subject.is_empty()).unwrap_or("Reminder"));
    let lines = [
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{subject}"),
        format!("TRIGGER:{trigger}"),
        "END:VALARM".to_owned(),
    ];
    for line in lines.iter().rev() {
        document.insert(end, line);
    }
}

/// A UID as a Global Object ID: itself if it is one in hexadecimal, and in the form for foreign ones otherwise.
fn object_id(uid: &str) -> Vec<u8> {
    let own = unhex(uid).filter(|bytes| bytes.starts_with(&OBJECT_ID) && bytes.len() >= 40);
    own.unwrap_or_else(|| {
        let data = [FOREIGN, uid.as_bytes(), &[0]].concat();
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&OBJECT_ID[..], &[0; 20], &length, &data].concat()
    })
}

/// The UID in a Global Object ID.
pub(crate) fn uid(id: &[u8]) -> String {
    let foreign = id.get(40..).and_then(|data| data.strip_prefix(FOREIGN));
    let foreign = foreign.and_then(|uid| std::str::from_utf8(uid.strip_suffix(&[0]).unwrap_or(uid)).ok());
    foreign.map_or_else(|| id.iter().map(|byte| format!("{byte:02X}")).collect(), str::to_owned)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    if digits.len().is_multiple_of(2) { pairs.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_and_its_global_object_id_lead_to_each_other() {
        for foreign in ["abc@example.org", "040000", "ü"] {
            assert_eq!(uid(&object_id(foreign)), foreign);
        }
        let own = format!("040000008200E00074C5B7101A82E008{}", "00".repeat(24));
        assert_eq!(object_id(&own).len(), 40);
        assert_eq!(uid(&object_id(&own)), own);
    }
}
