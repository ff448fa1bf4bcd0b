//! VTODO as a task (MS-OXOTASK 2.2.2).

use std::collections::BTreeSet;

use mapistore_sdk::types::PropertyValue;

use crate::event::put_time;
use crate::ical::{self, flag, number, put_line};
use crate::key::{Bag, Key};
use crate::keys::*;
use crate::lines::{Document, Span};
use crate::time::{self, Zones};

/// PidLidTaskStatus (MS-OXOTASK 2.2.2.2.2): complete.
const COMPLETE: i32 = 2;

/// Reads a task.
pub(crate) fn read(document: &Document, span: &Span, zones: &Zones, bag: &mut Bag) {
    let field = |name| document.field(span, name).map(|(_, line)| line);
    ical::read(document, span, zones, bag);
    let moment = |name| field(name).and_then(|line| zones.read_line(line));
    let start = moment("DTSTART");
    let due = moment("DUE").or_else(|| {
        let length = time::read_duration(&field("DURATION")?.value)?;
        start.map(|start| time_after(start, length))
    });
    // The standard has days: midnight of the day on the clock there, in UTC (2.2.2.2.4).
    let day = |local: i64| time::value(local - local.rem_euclid(24 * 3600));
    if let Some(start) = start {
        bag.insert(TASK_START_DATE, day(start.local));
        bag.insert(COMMON_START, time::value(start.unix));
    }
    if let Some(due) = due {
        bag.insert(TASK_DUE_DATE, day(due.local));
        bag.insert(COMMON_END, time::value(due.unix));
    }
    let completed = moment("COMPLETED");
    if let Some(completed) = completed {
        bag.insert(TASK_DATE_COMPLETED, time::value(completed.unix));
    }
    let percent = field("PERCENT-COMPLETE").and_then(|line| line.value.trim().parse::<u8>().ok());
    let said = field("STATUS").map(|line| line.value.trim().to_ascii_uppercase()).unwrap_or_default();
    let status = match said.as_str() {
        "COMPLETED" => COMPLETE,
        "IN-PROCESS" => 1,
        "CANCELLED" => 4,
        "NEEDS-ACTION" => 0,
        _ if completed.is_some() || percent == Some(100) => COMPLETE,
        _ if percent.is_some_and(|percent| percent > 0) => 1,
        _ => 0,
    };
    let done = status == COMPLETE;
    let percent = if done { 100 } else { percent.unwrap_or_default().min(100) };
    bag.insert(TASK_STATUS, status.into());
    bag.insert(TASK_COMPLETE, done.into());
    bag.insert(PERCENT_COMPLETE, (f64::from(percent) / 100.0).into());
    bag.insert(TASK_RECURRING, field("RRULE").is_some().into());
    let start = due.or(start).map(|moment| moment.unix);
    ical::read_reminder(document, span, start, zones, bag);
}

fn time_after(start: time::Moment, length: i64) -> time::Moment {
    time::Moment { unix: start.unix + length, local: start.local + length, ..start }
}

/// Writes what changed of a task.
pub(crate) fn write(
    document: &mut Document,
    span: impl Fn(&Document) -> Span,
    zones: &Zones,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    for (key, name) in [(TASK_START_DATE, "DTSTART"), (TASK_DUE_DATE, "DUE")] {
        if !changed.contains(&key) {
            continue;
        }
        let here = span(document);
        let at = document.field(&here, name).map(|(at, _)| at);
        match time::unix(bag.get(&key)) {
            Some(unix) => {
                if key == TASK_DUE_DATE
                    && let Some(at) = document.field(&here, "DURATION").map(|(at, _)| at)
                {
                    // DUE and DURATION exclude each other (RFC 5545 3.6.2).
                    document.remove(at..at + 1);
                }
                let here = span(document);
                let at = document.field(&here, name).map(|(at, _)| at);
                put_time(document, &here, at, name, zones.write(unix, None, true));
            }
            None => document.put(&here, at, name, None, &[]),
        }
    }
    if [TASK_STATUS, TASK_COMPLETE, PERCENT_COMPLETE, TASK_DATE_COMPLETED]
        .iter()
        .any(|key| changed.contains(key))
    {
        write_status(document, &span, bag, changed);
    }
    ical::write(document, span, bag, changed);
}

fn write_status(
    document: &mut Document,
    span: &impl Fn(&Document) -> Span,
    bag: &Bag,
    changed: &BTreeSet<Key>,
) {
    let percent = match bag.get(&PERCENT_COMPLETE) {
        Some(PropertyValue::Floating64(part)) => (part.clamp(0.0, 1.0) * 100.0).round(),
        _ => 0.0,
    };
    // The three say one thing; what was set counts, the status first.
    let done = if changed.contains(&TASK_STATUS) {
        number(bag, TASK_STATUS) == Some(COMPLETE)
    } else if changed.contains(&TASK_COMPLETE) {
        flag(bag, TASK_COMPLETE).unwrap_or_default()
    } else if changed.contains(&PERCENT_COMPLETE) {
        percent >= 100.0
    } else {
        bag.contains_key(&TASK_DATE_COMPLETED)
    };
    let status = match number(bag, TASK_STATUS) {
        _ if done => "COMPLETED",
        Some(1 | 3) => "IN-PROCESS",
        Some(4) => "CANCELLED",
        _ if percent > 0.0 && percent < 100.0 => "IN-PROCESS",
        _ => "NEEDS-ACTION",
    };
    let percent = if done {
        100.0
    } else if percent >= 100.0 {
        0.0
    } else {
        percent
    };
    put_line(document, &span(document), "STATUS", Some(status));
    let there = document.field(&span(document), "PERCENT-COMPLETE").is_some();
    if there || percent > 0.0 {
        put_line(document, &span(document), "PERCENT-COMPLETE", Some(&format!("{percent:.0}")));
    }
    let completed = time::unix(bag.get(&TASK_DATE_COMPLETED)).unwrap_or_else(time::now);
    let completed = done.then(|| format!("{}Z", time::format_time(completed)));
    let here = span(document);
    let at = document.field(&here, "COMPLETED").map(|(at, _)| at);
    document.put(&here, at, "COMPLETED", completed.as_deref(), &[("TZID", "")]);
}
