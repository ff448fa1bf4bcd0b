//! FILETIME (PtypTime): units of 100 ns since 1601-01-01 00:00 UTC. Owns the way to and from text.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Seconds from 1601-01-01 to 1970-01-01.
const EPOCH_SECONDS: i128 = 11_644_473_600;
const UNITS_PER_SECOND: i128 = 10_000_000;

/// The time as RFC 3339 in UTC; a time after the year 9999 as its number of units.
pub(super) fn to_text(units: u64) -> String {
    let since_1970 = i128::from(units) - EPOCH_SECONDS * UNITS_PER_SECOND;
    match Timestamp::from_nanosecond(since_1970 * 100) {
        Ok(time) => time.to_string(),
        Err(_) => format!("FILETIME {units}"),
    }
}

/// Reads RFC 3339, or `YYYY-MM-DD` as that day's beginning in UTC. `None` for anything else and for times before 1601.
pub(super) fn parse(text: &str) -> Option<u64> {
    let time: Timestamp = match text.parse::<Timestamp>() {
        Ok(time) => time,
        // Ten characters, since a date alone may otherwise be followed by a time without an offset.
        Err(_) if text.len() == 10 => text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp(),
        Err(_) => return None,
    };
    let units = time.as_nanosecond().div_euclid(100) + EPOCH_SECONDS * UNITS_PER_SECOND;
    u64::try_from(units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_units_agree_both_ways() {
        for (text, units) in [
            ("1601-01-01T00:00:00Z", 0),
            ("1601-01-01T00:00:00.0000001Z", 1),
            ("1970-01-01T00:00:00Z", 116_444_736_000_000_000),
            ("2024-01-01T00:00:00Z", 133_485_408_000_000_000),
        ] {
            assert_eq!(parse(text), Some(units));
            assert_eq!(to_text(units), text);
        }
    }

    #[test]
    fn a_date_is_its_beginning_in_utc_and_an_offset_counts() {
        assert_eq!(parse("2024-01-01"), parse("2024-01-01T00:00:00Z"));
        assert_eq!(parse("2024-01-01T02:00:00+02:00"), parse("2024-01-01"));
    }

    #[test]
    fn what_is_no_time_is_refused_and_a_time_beyond_the_calendar_is_a_number() {
        for text in ["", "2024", "2024-13-01", "1600-12-31", "2024-01-01T00:00", "yesterday"] {
            assert_eq!(parse(text), None, "`{text}`");
        }
        assert_eq!(to_text(u64::MAX), format!("FILETIME {}", u64::MAX));
    }
}
