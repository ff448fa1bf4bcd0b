//! vCard as a contact (MS-OXOCNTC 2.2.1), in versions 2.1, 3.0 and 4.0.

use std::collections::BTreeSet;

use crate::ical::{self, get, put_line, text};
use crate::key::{Bag, Key};
use crate::keys::*;
use crate::lines::{Document, Line, Span};
use crate::text::{escape, split};
use crate::time;

/// Lines with one text.
const TEXTS: &[(Key, &str)] = &[
    (DISPLAY_NAME, "FN"),
    (TITLE, "TITLE"),
    (PROFESSION, "ROLE"),
    (NICKNAME, "NICKNAME"),
    (BODY, "NOTE"),
    (INSTANT_MESSAGING, "IMPP"),
    // What Evolution writes, and others understand.
    (FILE_UNDER, "X-EVOLUTION-FILE-AS"),
];

/// The parts of N, in their order.
const NAME: &[Key] = &[SURNAME, GIVEN_NAME, MIDDLE_NAME, DISPLAY_NAME_PREFIX, GENERATION];
/// The parts of ORG.
const ORGANIZATION: &[Key] = &[COMPANY_NAME, DEPARTMENT_NAME];
/// The addresses, each with its type, its formatted form, and the keys of the parts of ADR: box, extended (which has
/// none), street, town, state, postal code, country.
const ADDRESSES: &[(&str, Key, [Option<Key>; 7])] = &[
    (
        "HOME",
        HOME_ADDRESS,
        [
            Some(HOME_BOX),
            None,
            Some(HOME_STREET),
            Some(HOME_CITY),
            Some(HOME_STATE),
            Some(HOME_POSTAL_CODE),
            Some(HOME_COUNTRY),
        ],
    ),
    (
        "WORK",
        WORK_ADDRESS,
        [
            Some(WORK_BOX),
            None,
            Some(WORK_STREET),
            Some(WORK_CITY),
            Some(WORK_STATE),
            Some(WORK_POSTAL_CODE),
            Some(WORK_COUNTRY),
        ],
    ),
    (
        "",
        OTHER_ADDRESS,
        [
            Some(OTHER_BOX),
            None,
            Some(OTHER_STREET),
            Some(OTHER_CITY),
            Some(OTHER_STATE),
            Some(OTHER_POSTAL_CODE),
            Some(OTHER_COUNTRY),
        ],
    ),
];
/// Telephones, with the head of a new line. Of the same types, the first line is the first one's.
const TELEPHONES: &[(Key, &str)] = &[
    (HOME_FAX, "TEL;TYPE=HOME,FAX"),
    (BUSINESS_FAX, "TEL;TYPE=WORK,FAX"),
    (PAGER_TELEPHONE, "TEL;TYPE=PAGER"),
    (CAR_TELEPHONE, "TEL;TYPE=CAR"),
    (MOBILE_TELEPHONE, "TEL;TYPE=CELL"),
    (BUSINESS_TELEPHONE, "TEL;TYPE=WORK"),
    (BUSINESS2_TELEPHONE, "TEL;TYPE=WORK"),
    (HOME_TELEPHONE, "TEL;TYPE=HOME"),
    (HOME2_TELEPHONE, "TEL;TYPE=HOME"),
    (OTHER_TELEPHONE, "TEL;TYPE=VOICE"),
];
/// The e-mail addresses: address, display name, type, original display name.
const EMAILS: &[[Key; 4]] = &[
    [EMAIL1_ADDRESS, EMAIL1_DISPLAY_NAME, EMAIL1_ADDRESS_TYPE, EMAIL1_ORIGINAL],
    [EMAIL2_ADDRESS, EMAIL2_DISPLAY_NAME, EMAIL2_ADDRESS_TYPE, EMAIL2_ORIGINAL],
    [EMAIL3_ADDRESS, EMAIL3_DISPLAY_NAME, EMAIL3_ADDRESS_TYPE, EMAIL3_ORIGINAL],
];
/// Days, with the names that their line may have.
const DAYS: &[(Key, &[&str])] = &[
    (BIRTHDAY, &["BDAY"]),
    (WEDDING_ANNIVERSARY, &["ANNIVERSARY", "X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY"]),
];

/// Reads a contact.
pub(crate) fn read(document: &Document, span: &Span, bag: &mut Bag) {
    let field = |name| document.field(span, name).map(|(_, line)| line);
    let mut set = |key, value: &str| {
        if !value.is_empty() {
            bag.insert(key, text(value));
        }
    };
    for &(key, name) in TEXTS {
        if let Some(line) = field(name) {
            set(key, &line.text());
        }
    }
    for (keys, name) in [(NAME, "N"), (ORGANIZATION, "ORG")] {
        for (key, part) in keys.iter().zip(field(name).map(Line::parts).unwrap_or_default()) {
            set(*key, &part);
        }
    }
    for (kind, formatted, keys) in ADDRESSES {
        if let Some((_, line)) = find_address(document, span, kind) {
            let parts = line.parts();
            for (key, part) in keys.iter().zip(&parts) {
                if let Some(key) = key {
                    set(*key, part);
                }
            }
            set(*formatted, &format_address(&parts));
        }
    }
    for (key, at) in telephones(document, span) {
        if let Some(line) = document.line(at) {
            let number = line.text();
            set(key, number.strip_prefix("tel:").unwrap_or(&number));
        }
    }
    for (_, line) in document.fields(span).filter(|(_, line)| line.name == "URL") {
        let keys: &[Key] =
            if line.has_type("HOME") { &[PERSONAL_HOME_PAGE] } else { &[BUSINESS_HOME_PAGE, WEB_PAGE] };
        for key in keys {
            set(*key, &line.text());
        }
    }
    let emails: Vec<String> = emails(document, span).map(|(_, line)| line.text()).collect();
    let name = field("FN").map(Line::text).unwrap_or_default();
    for ([address, display, kind, original], email) in EMAILS.iter().zip(&emails) {
        set(*address, email);
        set(*display, if name.is_empty() { email } else { &name });
        set(*kind, "SMTP");
        set(*original, email);
    }
    for (key, names) in DAYS {
        if let Some(day) = names.iter().find_map(|name| time::read_day(field(name)?)) {
            bag.insert(*key, time::value(day));
        }
    }
    if let Some(moment) = field("REV").and_then(|line| time::Zones::default().read_line(line)) {
        bag.insert(LAST_MODIFICATION_TIME, time::value(moment.unix));
    }
    ical::read_categories(document, span, bag);
    bag.insert(HAS_PICTURE, field("PHOTO").is_some_and(crate::attach::is_inline).into());
    let private = field("CLASS").is_some_and(|line| line.value.trim().eq_ignore_ascii_case("PRIVATE"));
    bag.insert(SENSITIVITY, if private { 2 } else { 0 }.into());
    bag.insert(PRIVATE, private.into());
    fill_names(bag, &emails);
}

/// A contact has a name to show and to file it under, whatever of it is written.
fn fill_names(bag: &mut Bag, emails: &[String]) {
    let name = get(bag, DISPLAY_NAME).map(str::to_owned).unwrap_or_else(|| full_name(bag));
    let name =
        [name.as_str(), get(bag, COMPANY_NAME).unwrap_or_default(), emails.first().map_or("", |email| email)]
            .into_iter()
            .find(|name| !name.is_empty())
            .map(str::to_owned);
    let Some(name) = name else { return };
    let (surname, given) = (get(bag, SURNAME), get(bag, GIVEN_NAME));
    let file_under = match (surname, given) {
        (Some(surname), Some(given)) => format!("{surname}, {given}"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => name.clone(),
    };
    bag.entry(FILE_UNDER).or_insert_with(|| text(&file_under));
    bag.insert(DISPLAY_NAME, text(&name));
    bag.insert(SUBJECT, text(&name));
}

fn full_name(bag: &Bag) -> String {
    let parts = [DISPLAY_NAME_PREFIX, GIVEN_NAME, MIDDLE_NAME, SURNAME, GENERATION];
    parts.iter().filter_map(|&key| get(bag, key)).collect::<Vec<_>>().join(" ")
}

/// As it would stand on an envelope (MS-OXOCNTC 2.2.1.3.8).
fn format_address(parts: &[String]) -> String {
    let part = |at: usize| parts.get(at).map_or("", |part| part.as_str());
    let town =
        [part(5), part(3), part(4)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let lines = [part(0), part(1), part(2), &town, part(6)];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\r\n")
}

fn find_address<'a>(document: &'a Document, span: &Span, kind: &str) -> Option<(usize, &'a Line)> {
    document.fields(span).find(|(_, line)| {
        let (home, work) = (line.has_type("HOME"), line.has_type("WORK"));
        line.name == "ADR"
            && match kind {
                "HOME" => home,
                "WORK" => work && !home,
                _ => !home && !work,
            }
    })
}

fn emails<'a>(document: &'a Document, span: &Span) -> impl Iterator<Item = (usize, &'a Line)> {
    document.fields(span).filter(|(_, line)| line.name == "EMAIL")
}

/// Which line is which telephone.
fn telephones(document: &Document, span: &Span) -> Vec<(Key, usize)> {
    let mut found: Vec<(Key, usize)> = Vec::new();
    for (at, line) in document.fields(span).filter(|(_, line)| line.name == "TEL") {
        let has = |kind| line.has_type(kind);
        let keys: &[Key] = if has("FAX") && has("HOME") {
            &[HOME_FAX]
        } else if has("FAX") {
            &[BUSINESS_FAX]
        } else if has("PAGER") {
            &[PAGER_TELEPHONE]
        } else if has("CAR") {
            &[CAR_TELEPHONE]
        } else if has("CELL") {
            &[MOBILE_TELEPHONE]
        } else if has("WORK") {
            &[BUSINESS_TELEPHONE, BUSINESS2_TELEPHONE]
        } else if has("HOME") {
            &[HOME_TELEPHONE, HOME2_TELEPHONE]
        } else {
            &[OTHER_TELEPHONE]
        };
        if let Some(key) = keys.iter().find(|key| !found.iter().any(|(other, _)| other == *key)) {
            found.push((*key, at));
        }
    }
    found
}

/// Writes what changed of a contact.
pub(crate) fn write(
    document: &mut Document,
    span: impl Fn(&Document) -> Span,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    let value = |key: Key| get(bag, key).filter(|value| !value.is_empty());
    for &(key, name) in TEXTS {
        if changed.contains(&key) {
            put_line(document, &span(document), name, value(key));
        }
    }
    for (keys, name) in [(NAME, "N"), (ORGANIZATION, "ORG")] {
        let keys: Vec<Option<Key>> = keys.iter().copied().map(Some).collect();
        let at = |document: &Document, span: &Span| document.field(span, name).map(|(at, _)| at);
        put_parts(document, &span, at, name, &keys, bag, changed);
    }
    for (kind, _, keys) in ADDRESSES {
        let head = if kind.is_empty() { "ADR".to_owned() } else { format!("ADR;TYPE={kind}") };
        let at = |document: &Document, span: &Span| find_address(document, span, kind).map(|(at, _)| at);
        put_parts(document, &span, at, &head, keys, bag, changed);
    }
    for &(key, head) in TELEPHONES {
        if changed.contains(&key) {
            let here = span(document);
            let at =
                telephones(document, &here).into_iter().find(|(other, _)| *other == key).map(|(_, at)| at);
            let uri = at.and_then(|at| document.line(at)).is_some_and(|line| line.value.starts_with("tel:"));
            let number =
                value(key).map(|number| if uri { format!("tel:{number}") } else { number.to_owned() });
            document.put_text(&here, at, head, number.as_deref());
        }
    }
    write_pages(document, &span, bag, changed);
    write_emails(document, &span, bag, changed);
    for (key, names) in DAYS {
        if changed.contains(key) {
            let here = span(document);
            let at = names.iter().find_map(|name| document.field(&here, name)).map(|(at, _)| at);
            let dashes = at.and_then(|at| document.line(at)).is_some_and(|line| line.value.contains('-'));
            let day = time::unix(bag.get(key)).map(|unix| unix + 12 * 3600);
            let day = day.map(|unix| if dashes { time::format_day(unix) } else { time::format_date(unix) });
            let head = if *key == BIRTHDAY { "BDAY" } else { "ANNIVERSARY" };
            document.put(&here, at, head, day.as_deref(), &[("VALUE", "")]);
        }
    }
    if changed.contains(&Key::Keywords) {
        ical::write_categories(document, &span(document), bag);
    }
    if changed.contains(&SENSITIVITY) || changed.contains(&PRIVATE) {
        let private = if changed.contains(&SENSITIVITY) {
            ical::number(bag, SENSITIVITY).is_some_and(|sensitivity| sensitivity > 1)
        } else {
            ical::flag(bag, PRIVATE).unwrap_or_default()
        };
        let there = document.field(&span(document), "CLASS").is_some();
        if there || private {
            put_line(document, &span(document), "CLASS", Some(if private { "PRIVATE" } else { "PUBLIC" }));
        }
    }
    if document.field(&span(document), "FN").is_none() {
        // A card without a name is none (RFC 6350 6.2.1).
        let name = [DISPLAY_NAME, SUBJECT].iter().find_map(|&key| value(key)).map(str::to_owned);
        let name = name.unwrap_or_else(|| full_name(bag));
        let fallback = value(COMPANY_NAME).or(value(EMAIL1_ADDRESS)).unwrap_or("?");
        let name = if name.is_empty() { fallback.to_owned() } else { name };
        put_line(document, &span(document), "FN", Some(&name));
    }
    let here = span(document);
    if let Some((at, _)) = document.field(&here, "REV") {
        document.replace(at, &format!("{}Z", time::format_time(time::now())), &[("VALUE", "")]);
    }
}

/// Exchanges the parts of a structured line that changed. One without any is removed, except N, which a card must have.
fn put_parts(
    document: &mut Document,
    span: &impl Fn(&Document) -> Span,
    at: impl Fn(&Document, &Span) -> Option<usize>,
    head: &str,
    keys: &[Option<Key>],
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    if !keys.iter().flatten().any(|key| changed.contains(key)) {
        return;
    }
    let here = span(document);
    let at = at(document, &here);
    let old = at.and_then(|at| document.line(at)).map(Line::decoded).unwrap_or_default();
    let mut parts: Vec<String> = split(&old, ';').into_iter().map(str::to_owned).collect();
    parts.resize(parts.len().max(keys.len()), String::new());
    for (part, key) in parts.iter_mut().zip(keys) {
        if let Some(key) = key
            && changed.contains(key)
        {
            *part = escape(get(bag, *key).unwrap_or_default());
        }
    }
    let empty = parts.iter().all(String::is_empty) && head != "N";
    let mut value = parts.join(";");
    if head == "ORG" {
        value.truncate(value.trim_end_matches(';').len());
    }
    document.put(&here, at, head, (!empty).then_some(value.as_str()), &[]);
}

fn write_pages(
    document: &mut Document,
    span: &impl Fn(&Document) -> Span,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    let business = if changed.contains(&WEB_PAGE) { WEB_PAGE } else { BUSINESS_HOME_PAGE };
    for (key, home, head) in [(PERSONAL_HOME_PAGE, true, "URL;TYPE=HOME"), (business, false, "URL")] {
        if changed.contains(&key) {
            let here = span(document);
            let at =
                document.fields(&here).find(|(_, line)| line.name == "URL" && line.has_type("HOME") == home);
            let at = at.map(|(at, _)| at);
            // A URI is not escaped, but may contain no line break.
            let page: Option<String> =
                get(bag, key).map(|page| page.chars().filter(|c| !c.is_control()).collect());
            document.put(&here, at, head, page.as_deref().filter(|page| !page.is_empty()), &[]);
        }
    }
}

/// From the last to the first: where one goes, those behind it move up.
fn write_emails(
    document: &mut Document,
    span: &impl Fn(&Document) -> Span,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    let lines: Vec<usize> = emails(document, &span(document)).map(|(at, _)| at).collect();
    for (position, [address, ..]) in EMAILS.iter().enumerate().rev() {
        if let (true, Some(&at)) = (changed.contains(address), lines.get(position)) {
            let email = get(bag, *address).filter(|email| !email.is_empty());
            document.put_text(&span(document), Some(at), "EMAIL", email);
        }
    }
    for [address, ..] in EMAILS.iter().skip(lines.len()) {
        if changed.contains(address) {
            let email = get(bag, *address).filter(|email| !email.is_empty());
            document.put_text(&span(document), None, "EMAIL;TYPE=INTERNET", email);
        }
    }
}
