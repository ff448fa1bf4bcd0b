//! VEVENT as an appointment (MS-OXOCAL 2.2.1).

use std::collections::BTreeSet;

use mapistore_sdk::types::{RecipientKind, RecipientTable};

use crate::ical::{self, flag, number, put_line, text};
use crate::key::{Bag, Key};
use crate::keys::*;
use crate::lines::{Document, Span};
use crate::people;
use crate::recurrence;
use crate::time::{self, Moment, Zones};

const DAY: i64 = 24 * 3600;

/// Reads an appointment.
pub(crate) fn read(document: &Document, span: &Span, zones: &Zones, people: &RecipientTable, bag: &mut Bag) {
    let field = |name| document.field(span, name).map(|(_, line)| line);
    ical::read(document, span, zones, bag);
    let start = field("DTSTART").and_then(|line| zones.read_line(line));
    if let Some(start) = start {
        let end = end(document, span, zones, start);
        let set = |bag: &mut Bag, keys: [Key; 3], unix| keys.map(|key| bag.insert(key, time::value(unix)));
        set(bag, [START_WHOLE, COMMON_START, START_DATE], start.unix);
        set(bag, [END_WHOLE, COMMON_END, END_DATE], end);
        let minutes = i32::try_from((end - start.unix) / 60).unwrap_or(i32::MAX);
        bag.insert(DURATION, minutes.into());
        bag.insert(SUB_TYPE, start.is_date.into());
        if let Some(zone) = field("DTSTART").and_then(|line| line.param("TZID")) {
            bag.insert(TIME_ZONE_DESCRIPTION, text(&zone));
        }
    }
    bag.insert(BUSY_STATUS, busy_status(document, span).into());
    ical::read_reminder(document, span, start.map(|start| start.unix), zones, bag);
    if let Some(sequence) = field("SEQUENCE").and_then(|line| line.value.trim().parse::<i32>().ok()) {
        bag.insert(SEQUENCE, sequence.into());
    }
    let cancelled = field("STATUS").is_some_and(|line| line.value.trim().eq_ignore_ascii_case("CANCELLED"));
    // asfMeeting and asfCanceled (MS-OXOCAL 2.2.1.10).
    let state = i32::from(!people.rows.is_empty()) | if cancelled { 4 } else { 0 };
    bag.insert(STATE_FLAGS, state.into());
    // respNone (2.2.1.11): whose calendar it is, the file does not say.
    bag.insert(RESPONSE_STATUS, 0.into());
    bag.insert(RESPONSE_REQUESTED, (!people.rows.is_empty()).into());
    if !people.rows.is_empty() {
        let (to, cc) =
            (people::display(people, RecipientKind::To), people::display(people, RecipientKind::Cc));
        let all =
            [to.as_str(), cc.as_str()].into_iter().filter(|names| !names.is_empty()).collect::<Vec<_>>();
        bag.insert(ALL_ATTENDEES, text(&all.join("; ")));
        bag.insert(TO_ATTENDEES, text(&to));
        bag.insert(CC_ATTENDEES, text(&cc));
    }
    let rule = field("RRULE").map(|line| line.value.clone());
    let recurring = rule.is_some() || field("RDATE").is_some();
    bag.insert(RECURRING, recurring.into());
    bag.insert(IS_RECURRING, recurring.into());
    if let (Some(rule), Some(start)) = (rule, start) {
        recurrence::read(document, span, &rule, start, zones, bag);
    }
}

/// When the appointment ends (RFC 5545 3.6.1): by DTEND, by DURATION, after a day, or at once.
fn end(document: &Document, span: &Span, zones: &Zones, start: Moment) -> i64 {
    let field = |name| document.field(span, name).map(|(_, line)| line);
    let end = field("DTEND").and_then(|line| zones.read_line(line)).map(|end| end.unix);
    let after = || Some(start.unix + time::read_duration(&field("DURATION")?.value)?);
    let end = end.or_else(after).unwrap_or(start.unix + if start.is_date { DAY } else { 0 });
    end.max(start.unix)
}

/// MS-OXOCAL 2.2.1.2: 0 free, 1 tentative, 2 busy, 3 out of office, 4 working elsewhere.
fn busy_status(document: &Document, span: &Span) -> i32 {
    let value = |name| {
        document.field(span, name).map(|(_, line)| line.value.trim().to_ascii_uppercase()).unwrap_or_default()
    };
    match (value("X-MICROSOFT-CDO-BUSYSTATUS").as_str(), value("TRANSP").as_str(), value("STATUS").as_str()) {
        ("FREE", ..) => 0,
        ("TENTATIVE", ..) => 1,
        ("BUSY", ..) => 2,
        ("OOF", ..) => 3,
        ("WORKINGELSEWHERE", ..) => 4,
        (_, "TRANSPARENT", _) => 0,
        (_, _, "TENTATIVE") => 1,
        _ => 2,
    }
}

/// Writes what changed of an appointment.
pub(crate) fn write(
    document: &mut Document,
    span: impl Fn(&Document) -> Span,
    zones: &Zones,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    let any = |keys: &[Key]| keys.iter().any(|key| changed.contains(key));
    if any(&[START_WHOLE, END_WHOLE, SUB_TYPE]) {
        write_times(document, &span, zones, bag, changed);
    }
    if changed.contains(&BUSY_STATUS) {
        write_busy_status(document, &span, number(bag, BUSY_STATUS).unwrap_or(2));
    }
    if changed.contains(&SEQUENCE) {
        let sequence = number(bag, SEQUENCE).map(|sequence| sequence.to_string());
        put_line(document, &span(document), "SEQUENCE", sequence.as_deref());
    }
    ical::write(document, span, bag, changed);
}

fn write_times(
    document: &mut Document,
    span: &impl Fn(&Document) -> Span,
    zones: &Zones,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    let all_day = flag(bag, SUB_TYPE).unwrap_or_default();
    let Some(start) = time::unix(bag.get(&START_WHOLE)) else { return };
    // Both have the form of the start. All of it is read before the first line changes.
    let here = span(document);
    let begin = document.field(&here, "DTSTART").map(|(at, _)| at);
    let like = begin.and_then(|at| document.line(at)).cloned();
    let stop = document.field(&here, "DTEND").map(|(at, _)| at);
    let end_like = stop.and_then(|at| document.line(at)).filter(|line| line.param("TZID").is_some()).cloned();
    let end = time::unix(bag.get(&END_WHOLE)).unwrap_or(start).max(start);
    let end = if all_day { end.max(start + DAY) } else { end };

    if any_time(changed, &[START_WHOLE, SUB_TYPE]) || begin.is_none() {
        put_time(document, &here, begin, "DTSTART", zones.write(start, like.as_ref(), all_day));
    }
    let here = span(document);
    let duration = document.field(&here, "DURATION").map(|(at, _)| at);
    if let Some(at) = duration {
        document.remove(at..at + 1);
    }
    let here = span(document);
    let stop = document.field(&here, "DTEND").map(|(at, _)| at);
    let form = end_like.or(like);
    put_time(document, &here, stop, "DTEND", zones.write(end, form.as_ref(), all_day));
}

fn any_time(changed: &BTreeSet<Key>, keys: &[Key]) -> bool {
    keys.iter().any(|key| changed.contains(key))
}

/// Writes a time with its parameters.
pub(crate) fn put_time(
    document: &mut Document,
    span: &Span,
    at: Option<usize>,
    name: &str,
    (value, params): (String, [(&'static str, String); 2]),
) {
    let params = params.each_ref().map(|(name, value)| (*name, value.as_str()));
    document.put(span, at, name, Some(&value), &params);
}

fn write_busy_status(document: &mut Document, span: &impl Fn(&Document) -> Span, status: i32) {
    let transparency = if status == 0 { "TRANSPARENT" } else { "OPAQUE" };
    put_line(document, &span(document), "TRANSP", Some(transparency));
    let word = match status {
        0 => "FREE",
        1 => "TENTATIVE",
        3 => "OOF",
        4 => "WORKINGELSEWHERE",
        _ => "BUSY",
    };
    let there = document.field(&span(document), "X-MICROSOFT-CDO-BUSYSTATUS").is_some();
    // TRANSP says free and busy, STATUS may say tentative; for the others there is only this.
    if there || matches!(status, 1 | 3 | 4) || busy_status(document, &span(document)) != status {
        put_line(document, &span(document), "X-MICROSOFT-CDO-BUSYSTATUS", Some(word));
    }
}
