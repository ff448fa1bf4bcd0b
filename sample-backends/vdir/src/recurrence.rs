//! A recurrence rule as the standard shows it (MS-OXOCAL 2.2.1.12 and 2.2.1.44 to 2.2.1.46): that there is one, its type,
//! its text, and when it begins and ends. The rule itself stays in the file as it is written.

use calcard::icalendar::{ICalendarDay, ICalendarFrequency, ICalendarRecurrenceRule, ICalendarWeekday};

use crate::ical::text;
use crate::key::Bag;
use crate::keys::*;
use crate::lines::{Document, Span};
use crate::time::{self, Moment, Zones};

const DAY: i64 = 24 * 3600;
/// PidLidClipEnd of a series without an end (MS-OXOCAL 2.2.1.15): 4500-08-31 23:59.
const NEVER: i64 = 79_860_124_740;

/// Puts what can be said of the rule into the bag.
pub(crate) fn read(
    document: &Document,
    span: &Span,
    rule: &str,
    start: Moment,
    zones: &Zones,
    bag: &mut Bag,
) {
    let Some(rule) = time::read_rule(rule) else { return };
    // rectypeDaily to rectypeYearly (2.2.1.45).
    let kind = match rule.freq {
        ICalendarFrequency::Daily => 1,
        ICalendarFrequency::Weekly => 2,
        ICalendarFrequency::Monthly => 3,
        ICalendarFrequency::Yearly => 4,
        _ => 0,
    };
    bag.insert(RECURRENCE_TYPE, kind.into());
    let until = rule.until.as_ref().and_then(time::read_until);
    bag.insert(RECURRENCE_PATTERN, text(&describe(&rule, until)));
    let extra = document
        .fields(span)
        .filter(|(_, line)| line.name == "RDATE")
        .filter_map(|(_, line)| zones.read_line(line))
        .map(|moment| moment.local)
        .max();
    let first = start.local - start.local.rem_euclid(DAY);
    bag.insert(CLIP_START, time::value(first));
    let last = match (until, rule.count) {
        (Some(until), _) => until.max(extra.unwrap_or(until)),
        // When the n-th one is would take all of them; the standard wants a bound, and this is none too early.
        _ => NEVER,
    };
    bag.insert(CLIP_END, time::value(if last == NEVER { last } else { last - last.rem_euclid(DAY) }));
}

/// The rule in English.
fn describe(rule: &ICalendarRecurrenceRule, until: Option<i64>) -> String {
    let (every, unit) = match rule.freq {
        ICalendarFrequency::Secondly => ("every second", "seconds"),
        ICalendarFrequency::Minutely => ("every minute", "minutes"),
        ICalendarFrequency::Hourly => ("every hour", "hours"),
        ICalendarFrequency::Daily => ("every day", "days"),
        ICalendarFrequency::Weekly => ("every week", "weeks"),
        ICalendarFrequency::Monthly => ("every month", "months"),
        ICalendarFrequency::Yearly => ("every year", "years"),
    };
    let mut words = match rule.interval {
        Some(interval) if interval > 1 => format!("every {interval} {unit}"),
        _ => every.to_owned(),
    };
    let mut list = |before: &str, items: Vec<String>| {
        if !items.is_empty() {
            words.push_str(&format!(" {before} {}", items.join(", ")));
        }
    };
    list("in month", rule.bymonth.iter().map(|month| month.month().to_string()).collect());
    list("on day", rule.bymonthday.iter().map(ToString::to_string).collect());
    list("on", rule.byday.iter().map(weekday).collect());
    match (until, rule.count) {
        (Some(until), _) => words.push_str(&format!(" until {}", time::format_day(until))),
        (None, Some(count)) => words.push_str(&format!(", {count} times")),
        (None, None) => {}
    }
    words
}

fn weekday(day: &ICalendarDay) -> String {
    let name = match day.weekday {
        ICalendarWeekday::Sunday => "Sunday",
        ICalendarWeekday::Monday => "Monday",
        ICalendarWeekday::Tuesday => "Tuesday",
        ICalendarWeekday::Wednesday => "Wednesday",
        ICalendarWeekday::Thursday => "Thursday",
        ICalendarWeekday::Friday => "Friday",
        ICalendarWeekday::Saturday => "Saturday",
    };
    match day.ordwk {
        Some(-1) => format!("last {name}"),
        Some(position) => format!("{name} number {position}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(rule: &str) -> String {
        let rule = time::read_rule(rule).unwrap();
        describe(&rule, rule.until.as_ref().and_then(time::read_until))
    }

    #[test]
    fn rules_read_as_sentences() {
        assert_eq!(words("FREQ=DAILY"), "every day");
        assert_eq!(
            words("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20250101"),
            "every 2 weeks on Monday, Wednesday until 2025-01-01"
        );
        assert_eq!(words("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3"), "every month on last Friday, 3 times");
        assert_eq!(words("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=5"), "every year in month 3 on day 5");
    }

    #[test]
    fn a_series_without_an_end_is_clipped_where_the_standard_says() {
        assert_eq!(time::format_time(NEVER), "45000831T235900");
    }
}
