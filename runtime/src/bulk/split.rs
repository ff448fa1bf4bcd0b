//! Files with many items: address books into cards, calendars into one item each. A file with one item stays as it is,
//! byte for byte; of others, every line of an item stays.

use std::collections::{BTreeMap, BTreeSet};

/// U+FEFF in UTF-8, which some programs put before everything.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The lines of a file with their ends, continuation lines (RFC 5545 3.1, RFC 6350 3.2) with the line that they continue.
fn content_lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if at > start && !matches!(line.first(), Some(b' ' | b'\t')) {
            lines.push(&text[start..at]);
            start = at;
        }
        at += line.len();
    }
    if at > start {
        lines.push(&text[start..at]);
    }
    lines
}

/// The name of the component that a line begins (`BEGIN`) or ends (`END`), in upper case.
fn marks(line: &[u8], mark: &str) -> Option<String> {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line).trim_ascii();
    let (name, value) = line.split_at_checked(mark.len())?;
    let value = value.strip_prefix(b":")?;
    let fits = name.eq_ignore_ascii_case(mark.as_bytes());
    fits.then(|| String::from_utf8_lossy(value.trim_ascii()).to_ascii_uppercase())
}

/// The value of a property without its parameters, if the line has this name.
fn value(line: &[u8], name: &str) -> Option<String> {
    let unfolded: Vec<u8> = unfold(line);
    let (head, rest) = unfolded.split_at_checked(name.len())?;
    if !head.eq_ignore_ascii_case(name.as_bytes()) || !matches!(rest.first(), Some(b':' | b';')) {
        return None;
    }
    let colon = rest.iter().position(|byte| *byte == b':')?;
    Some(String::from_utf8_lossy(rest[colon + 1..].trim_ascii()).into_owned())
}

fn unfold(line: &[u8]) -> Vec<u8> {
    let mut unfolded = Vec::with_capacity(line.len());
    for (number, part) in line.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let part = if number > 0 { part.get(1..).unwrap_or_default() } else { part };
        let end = part.len() - part.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
        unfolded.extend_from_slice(&part[..end]);
    }
    unfolded
}

/// The cards of a file; none if there is none in it.
pub(super) fn cards(text: &[u8]) -> Vec<Vec<u8>> {
    let mut cards: Vec<Vec<u8>> = Vec::new();
    let mut card: Option<Vec<u8>> = None;
    let mut depth = 0_u32;
    for line in content_lines(text) {
        if marks(line, "BEGIN").as_deref() == Some("VCARD") {
            depth += 1;
            card.get_or_insert_default();
        }
        if let Some(card) = &mut card {
            card.extend_from_slice(line);
        }
        if marks(line, "END").as_deref() == Some("VCARD") && depth > 0 {
            depth -= 1;
            if depth == 0 {
                cards.extend(card.take());
            }
        }
    }
    match cards.len() {
        1 => vec![text.to_vec()],
        _ => cards,
    }
}

/// A component of a calendar.
#[derive(Default)]
struct Component<'t> {
    kind: String,
    lines: Vec<&'t [u8]>,
    uid: Option<String>,
    /// The time zones that it names.
    zones: BTreeSet<String>,
}

/// The items of a calendar: one for each UID, with its exceptions (RFC 5545 3.8.4.4) and the time zones that it names.
pub(super) fn calendar_items(text: &[u8]) -> Vec<Vec<u8>> {
    let (mut head, mut components, mut foot) = (Vec::new(), Vec::new(), Vec::new());
    let mut calendars = 0;
    let mut open: Vec<String> = Vec::new();
    let mut component: Option<Component<'_>> = None;
    for line in content_lines(text) {
        let begins = marks(line, "BEGIN");
        match (&begins, open.len()) {
            (Some(kind), 0) if kind == "VCALENDAR" => {
                calendars += 1;
                // The properties of the first calendar serve all of a file.
                if calendars == 1 {
                    head.push(line);
                }
            }
            (Some(kind), 1) if open[0] == "VCALENDAR" => {
                component = Some(Component { kind: kind.clone(), lines: vec![line], ..Component::default() });
            }
            (_, 1) if marks(line, "END").is_some() => foot = vec![line],
            (_, 1) if calendars == 1 => head.push(line),
            (_, depth) if depth > 1 => {
                if let Some(component) = &mut component {
                    component.lines.push(line);
                    if depth == 2 {
                        let name = if component.kind == "VTIMEZONE" { "TZID" } else { "UID" };
                        component.uid = component.uid.take().or_else(|| value(line, name));
                    }
                    component.zones.extend(zone_of(line));
                }
            }
            _ => {}
        }
        if let Some(kind) = begins {
            open.push(kind);
        } else if marks(line, "END").is_some() {
            open.pop();
            if open.len() == 1 {
                components.extend(component.take());
            }
        }
    }
    let (zones, items): (Vec<_>, Vec<_>) =
        components.into_iter().partition(|component| component.kind == "VTIMEZONE");
    // In the order of the file. What has no UID is an item of its own.
    let mut groups: BTreeMap<usize, Vec<&Component<'_>>> = BTreeMap::new();
    let mut first_of: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (number, item) in items.iter().enumerate() {
        let group = match &item.uid {
            Some(uid) => *first_of.entry((&item.kind, uid)).or_insert(number),
            None => number,
        };
        groups.entry(group).or_default().push(item);
    }
    if groups.len() == 1 && calendars == 1 {
        return vec![text.to_vec()];
    }
    let write = |group: &Vec<&Component<'_>>| {
        let named: BTreeSet<_> = group.iter().flat_map(|item| &item.zones).collect();
        let needed = zones.iter().filter(|zone| zone.uid.as_ref().is_some_and(|id| named.contains(id)));
        let lines = needed.chain(group.iter().copied()).flat_map(|component| &component.lines);
        head.iter().chain(lines).chain(&foot).flat_map(|line| line.iter().copied()).collect()
    };
    groups.values().map(write).collect()
}

/// The time zone that a line's parameters name.
fn zone_of(line: &[u8]) -> Option<String> {
    let unfolded = String::from_utf8(unfold(line)).ok()?;
    let parameters = unfolded.split_once(':').map_or(unfolded.as_str(), |(head, _)| head);
    let zone = parameters.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.eq_ignore_ascii_case("TZID").then(|| value.trim_matches('"').to_owned())
    });
    // A quoted value may hold the colon that the line was split at.
    zone.or_else(|| {
        let (_, rest) = unfolded.split_once("TZID=\"")?;
        rest.split_once('"').map(|(zone, _)| zone.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(items: Vec<Vec<u8>>) -> Vec<String> {
        items.into_iter().map(|item| String::from_utf8(item).unwrap()).collect()
    }

    #[test]
    fn what_stands_in_no_calendar_is_no_item_of_one() {
        let zone = b"BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nEND:STANDARD\nBEGIN:DAYLIGHT\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
        assert_eq!(calendar_items(zone), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn an_address_book_becomes_its_cards_with_every_line() {
        let (one, two) = ("BEGIN:VCARD\r\nFN:A\r\n B\r\nEND:VCARD\r\n", "begin:vcard\nFN:C\nend:vcard");
        assert_eq!(texts(cards(format!("{one}\r\n{two}").as_bytes())), [one, two]);
        let single = format!("\u{feff}{one}trailing");
        assert_eq!(texts(cards(one.as_bytes())), [one]);
        assert_eq!(texts(cards(single.as_bytes())), [single], "one card stays as it is");
        assert_eq!(texts(cards(b"nothing")), [""; 0]);
    }

    #[test]
    fn a_calendar_becomes_one_item_for_each_uid_with_its_zone_and_its_exceptions() {
        let zone =
            |id: &str| format!("BEGIN:VTIMEZONE\nTZID:{id}\nBEGIN:STANDARD\nEND:STANDARD\nEND:VTIMEZONE\n");
        let event = |uid: &str, more: &str| format!("BEGIN:VEVENT\nUID:{uid}\n{more}END:VEVENT\n");
        let (first, other) = (event("1", "DTSTART;TZID=Paris:20240101T090000\n"), event("2", ""));
        let exception = event("1", "RECURRENCE-ID:20240102\nBEGIN:VALARM\nEND:VALARM\n");
        let todo = "BEGIN:VTODO\nUID:1\nEND:VTODO\n";
        let (head, foot) = ("BEGIN:VCALENDAR\nVERSION:2.0\n", "END:VCALENDAR\n");
        let (paris, berlin) = (zone("Paris"), zone("Berlin"));
        let all = format!("{head}{paris}{berlin}{first}{other}{exception}{todo}{foot}");
        assert_eq!(
            texts(calendar_items(all.as_bytes())),
            [
                format!("{head}{paris}{first}{exception}{foot}"),
                format!("{head}{other}{foot}"),
                format!("{head}{todo}{foot}"),
            ]
        );
    }

    #[test]
    fn a_calendar_with_one_item_stays_as_it_is() {
        let one =
            "BEGIN:VCALENDAR\r\nX-ODD: x\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n\r\n";
        assert_eq!(texts(calendar_items(one.as_bytes())), [one]);
        assert_eq!(texts(calendar_items(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n")), [""; 0]);
        assert_eq!(texts(calendar_items(b"END:VEVENT\nBEGIN:\nEND:\n")), [""; 0]);
    }
}
