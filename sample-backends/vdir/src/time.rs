//! Dates and times: from the forms of RFC 5545 3.3 and RFC 6350 4.3 to UTC and back.
//!
//! calcard reads the values and knows the time zones, by TZID, by what VTIMEZONE says of itself, or by the names that
//! Windows uses. A time that belongs to no zone that is known is taken as UTC, and written as it was.

use std::cell::OnceCell;
use std::str::FromStr;

use calcard::common::PartialDateTime;
use calcard::common::timezone::Tz;
use calcard::icalendar::{ICalendar, ICalendarRecurrenceRule, ICalendarValue};
use calcard::vcard::{VCard, VCardValue};
use chrono::{DateTime, Datelike, Duration, NaiveDateTime, TimeZone, Utc};
use mapistore_sdk::types::PropertyValue;
use mapistore_sdk::value::{filetime_from_unix, unix_from_filetime};

use crate::lines::Line;

/// A point in time, as an item has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Seconds since 1970 in UTC.
    pub(crate) unix: i64,
    /// Seconds since 1970 of the clock on the wall.
    pub(crate) local: i64,
    /// There is no time of day.
    pub(crate) is_date: bool,
}

/// The time zones of a file, parsed when the first name asks for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zones {
    text: String,
    parsed: OnceCell<Vec<(String, Tz)>>,
}

/// How a time is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Date,
    Utc,
    Floating,
    Zone(Tz),
}

impl Zones {
    /// The zones that the file with this text defines.
    pub(crate) fn new(text: String) -> Self {
        Self { text, parsed: OnceCell::new() }
    }

    fn zone(&self, name: &str) -> Option<Tz> {
        // Most names need no definition.
        Tz::from_str(name).ok().or_else(|| {
            let zones = self.parsed.get_or_init(|| {
                let calendar = ICalendar::parse(&self.text).ok();
                let zones = calendar.iter().flat_map(ICalendar::timezones).filter_map(|zone| zone.timezone());
                zones.map(|(name, zone)| (name.to_owned(), zone)).collect()
            });
            zones.iter().find(|(other, _)| other == name).map(|(_, zone)| *zone)
        })
    }

    /// The time that a line says.
    pub(crate) fn read_line(&self, line: &Line) -> Option<Moment> {
        let ICalendarValue::PartialDateTime(parsed) = read_value("DTSTART", &line.value)? else {
            return None;
        };
        let zone = line.param("TZID").and_then(|name| self.zone(&name));
        moment(&parsed, zone.unwrap_or(Tz::Floating))
    }

    fn form(&self, line: Option<&Line>, all_day: bool) -> Form {
        if all_day {
            return Form::Date;
        }
        let Some(line) = line else { return Form::Utc };
        match line.param("TZID").map(|name| self.zone(&name)) {
            Some(Some(zone)) => Form::Zone(zone),
            Some(None) => Form::Floating,
            None if line.value.trim().len() == 15 => Form::Floating,
            None => Form::Utc,
        }
    }

    /// A time, written as the line `like` has it: in its zone, floating, or else in UTC; with its parameters VALUE and
    /// TZID.
    pub(crate) fn write(
        &self,
        unix: i64,
        like: Option<&Line>,
        all_day: bool,
    ) -> (String, [(&'static str, String); 2]) {
        let zone = || like.and_then(|line| line.param("TZID")).unwrap_or_default();
        let none = String::new;
        match self.form(like, all_day) {
            // Midnight where the client is: the day that is nearest in UTC.
            Form::Date => (
                format_date(unix.saturating_add(12 * 3600)),
                [("VALUE", "DATE".to_owned()), ("TZID", none())],
            ),
            Form::Utc => (format!("{}Z", format_time(unix)), [("VALUE", none()), ("TZID", none())]),
            Form::Floating => (format_time(unix), [("VALUE", none()), ("TZID", zone())]),
            Form::Zone(tz) => {
                let local = naive(unix).map(|utc| tz.from_utc_datetime(&utc).naive_local());
                let local = local.map_or(unix, |local| local.and_utc().timestamp());
                (format_time(local), [("VALUE", none()), ("TZID", zone())])
            }
        }
    }
}

fn moment(parsed: &PartialDateTime, zone: Tz) -> Option<Moment> {
    let result = parsed.to_date_time()?;
    let local = result.date_time.and_utc().timestamp();
    let is_date = parsed.hour.is_none();
    let unix = match result.offset {
        _ if is_date => local,
        Some(offset) => local - i64::from(offset.local_minus_utc()),
        None => {
            let zoned = |local: &NaiveDateTime| zone.from_local_datetime(local).earliest();
            // An hour that the clocks skip counts from the hour before it.
            let skipped =
                || zoned(&(result.date_time - Duration::hours(1))).map(|time| time + Duration::hours(1));
            zoned(&result.date_time).or_else(skipped)?.timestamp()
        }
    };
    Some(Moment { unix, local, is_date })
}

/// The value of a calendar property, as calcard reads it.
fn read_value(name: &str, value: &str) -> Option<ICalendarValue> {
    // `VALUE` is left out: a date is known by its length, and a wrong `VALUE` must not spoil it.
    let text = format!("BEGIN:VEVENT\r\n{name}:{}\r\nEND:VEVENT\r\n", value.trim());
    let component = ICalendar::parse(&text).ok()?.components.into_iter().next()?;
    component.entries.into_iter().next()?.values.into_iter().next()
}

/// A duration in seconds (RFC 5545 3.3.6).
pub(crate) fn read_duration(value: &str) -> Option<i64> {
    match read_value("DURATION", value)? {
        ICalendarValue::Duration(duration) => Some(duration.as_seconds()),
        _ => None,
    }
}

/// A recurrence rule (RFC 5545 3.3.10).
pub(crate) fn read_rule(value: &str) -> Option<ICalendarRecurrenceRule> {
    match read_value("RRULE", value)? {
        ICalendarValue::RecurrenceRule(rule) => Some(*rule),
        _ => None,
    }
}

/// A time of a rule, which has no zone of its own.
pub(crate) fn read_until(until: &PartialDateTime) -> Option<i64> {
    moment(until, Tz::Floating).map(|moment| moment.unix)
}

/// The day that a contact's line says, at midnight UTC. A day without a year has none.
pub(crate) fn read_day(line: &Line) -> Option<i64> {
    // The time of day, which some write, says nothing; the dashes are those of vCard 3.0, and mean something else in 4.0
    // where there is no year.
    let day = line.value.trim().split('T').next().unwrap_or_default();
    let day = if day.starts_with('-') { day.to_owned() } else { day.replace('-', "") };
    let text = format!("BEGIN:VCARD\r\nVERSION:4.0\r\nBDAY:{day}\r\nEND:VCARD\r\n");
    let card = VCard::parse(&text).ok()?;
    let value = card.entries.into_iter().flat_map(|entry| entry.values).find_map(|value| match value {
        VCardValue::PartialDateTime(day) => Some(day),
        _ => None,
    })?;
    let day = PartialDateTime {
        year: value.year,
        month: value.month,
        day: value.day,
        ..PartialDateTime::default()
    };
    moment(&day, Tz::Floating).map(|moment| moment.unix)
}

fn naive(unix: i64) -> Option<NaiveDateTime> {
    DateTime::<Utc>::from_timestamp(unix, 0).map(|time| time.naive_utc())
}

/// `20240131T090000`.
pub(crate) fn format_time(unix: i64) -> String {
    naive(unix).unwrap_or_default().format("%Y%m%dT%H%M%S").to_string()
}

/// `20240131`.
pub(crate) fn format_date(unix: i64) -> String {
    naive(unix).unwrap_or_default().format("%Y%m%d").to_string()
}

/// `2024-01-31`.
pub(crate) fn format_day(unix: i64) -> String {
    naive(unix).unwrap_or_default().format("%Y-%m-%d").to_string()
}

/// Seconds since 1970 as a value.
pub(crate) fn value(unix: i64) -> PropertyValue {
    PropertyValue::Time(filetime_from_unix(unix))
}

/// The seconds since 1970 of a value.
pub(crate) fn unix(value: Option<&PropertyValue>) -> Option<i64> {
    match value {
        Some(PropertyValue::Time(time)) => Some(unix_from_filetime(*time)),
        _ => None,
    }
}

/// Whether a FILETIME has a year of four digits, as both standards write it.
pub(crate) fn is_writable(filetime: u64) -> bool {
    naive(unix_from_filetime(filetime)).is_some_and(|time| time.year() <= 9999)
}

/// Now, in seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Document;

    fn read(line: &str) -> Option<Moment> {
        let document = Document::parse(line.as_bytes());
        Zones::default().read_line(document.line(0).unwrap())
    }

    #[test]
    fn times_become_utc_by_their_zone() {
        let utc = read("DTSTART:20240701T100000Z").unwrap();
        assert_eq!(read("DTSTART;TZID=Europe/Berlin:20240701T120000").unwrap().unix, utc.unix);
        assert_eq!(read("DTSTART;TZID=\"W. Europe Standard Time\":20240701T120000").unwrap().unix, utc.unix);
        assert_eq!(read("DTSTART:20240701T100000").unwrap(), utc);
        assert!(read("DTSTART;VALUE=DATE:20240701").unwrap().is_date);
        assert_eq!(read("DTSTART:nonsense"), None);
        assert!(read("DTSTART;TZID=Europe/Berlin:20240331T023000").is_some(), "an hour that the clocks skip");
    }

    #[test]
    fn a_time_is_written_as_its_line_had_it() {
        let document = Document::parse(b"DTSTART;TZID=Europe/Berlin:20240701T120000");
        let line = document.line(0);
        let unix = read("DTSTART:20241224T100000Z").unwrap().unix;
        let (value, params) = Zones::default().write(unix, line, false);
        assert_eq!((value.as_str(), params[1].1.as_str()), ("20241224T110000", "Europe/Berlin"));
        assert_eq!(Zones::default().write(unix, None, false).0, "20241224T100000Z");
        assert_eq!(Zones::default().write(unix, line, true).0, "20241224");
    }

    #[test]
    fn durations_rules_and_days_are_read() {
        assert_eq!(read_duration("-PT15M"), Some(-900));
        assert_eq!(read_rule("FREQ=WEEKLY;INTERVAL=2").unwrap().interval, Some(2));
        let day = |text: &str| read_day(Document::parse(text.as_bytes()).line(0).unwrap()).map(format_day);
        assert_eq!(day("BDAY:19800229").as_deref(), Some("1980-02-29"));
        assert_eq!(day("BDAY:1980-02-29").as_deref(), Some("1980-02-29"));
        assert_eq!(day("BDAY:1980-02-29T00:00:00Z").as_deref(), Some("1980-02-29"));
        assert_eq!(day("BDAY:--0229"), None);
    }
}
