//! Values for people and for programs. Owns the two text forms, one short and one complete; does not read them back.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{filetime, text};
use super::elements;
use crate::bindings::mapistore::backend::types::{Guid, PropertyTag, PropertyValue};

/// How many bytes of a binary value people are shown.
const SHOWN_BYTES: usize = 16;

/// Tags of type PtypInteger64 that hold ids or change numbers: MS-OXCDATA 2.2.1 and MS-OXCFXICS 2.2.2.1.
const IDENTIFIERS: [PropertyTag; 6] =
    [0x6748_0014, 0x6749_0014, 0x674A_0014, 0x674D_0014, 0x674F_0014, 0x67A4_0014];

/// A value on one line, for people: times as RFC 3339, ids as `0x` and 16 hex digits, binary as its first bytes.
///
/// Control characters in text are escaped, so that a subject cannot drive the reader's terminal.
pub fn display(tag: PropertyTag, value: &PropertyValue) -> String {
    use PropertyValue as V;
    match value {
        V::Null => "null".into(),
        V::Integer16(number) => number.to_string(),
        V::Integer32(number) => number.to_string(),
        V::Floating32(number) => number.to_string(),
        V::Floating64(number) | V::FloatingTime(number) => number.to_string(),
        V::Currency(amount) => currency(*amount),
        V::ErrorCode(code) => format!("0x{code:08X}"),
        V::Boolean(value) => value.to_string(),
        V::Integer64(number) => integer64(tag, *number),
        V::String8(bytes) => printable(&text::from_string8(bytes)),
        V::Text(text) => printable(text),
        V::Time(time) => filetime::to_text(*time),
        V::Guid(value) => guid(value),
        V::Binary(bytes) | V::ServerId(bytes) | V::RestrictionBlob(bytes) | V::RuleActions(bytes) => {
            let mut shown = hex(bytes.get(..SHOWN_BYTES).unwrap_or(bytes));
            if bytes.len() > SHOWN_BYTES {
                // Writing to a `String` cannot fail.
                let _ = write!(shown, "... ({} bytes)", bytes.len());
            }
            shown
        }
        V::Object => "(object)".into(),
        V::Deferred(size) => format!("({size} bytes)"),
        list => {
            let shown: Vec<_> =
                elements(list).unwrap_or_default().iter().map(|one| display(tag, one)).collect();
            shown.join("; ")
        }
    }
}

/// A value for programs, complete: binary as hex, ids, amounts, times and GUIDs as text, lists as arrays.
///
/// A value that is not here is an object: `{"deferred": BYTES}` or `{"object": true}`. A float that JSON cannot
/// write (infinite, or not a number) is null.
pub fn to_json(tag: PropertyTag, value: &PropertyValue) -> Value {
    use PropertyValue as V;
    match value {
        V::Null => Value::Null,
        V::Integer16(number) => json!(number),
        V::Integer32(number) => json!(number),
        V::Floating32(number) => json!(number),
        V::Floating64(number) | V::FloatingTime(number) => json!(number),
        V::Boolean(value) => json!(value),
        V::Integer64(number) if !IDENTIFIERS.contains(&tag) => json!(number),
        V::String8(bytes) => json!(text::from_string8(bytes)),
        V::Text(text) => json!(text),
        V::Binary(bytes) | V::ServerId(bytes) | V::RestrictionBlob(bytes) | V::RuleActions(bytes) => {
            json!(hex(bytes))
        }
        V::Object => json!({ "object": true }),
        V::Deferred(size) => json!({ "deferred": size }),
        V::Currency(_) | V::ErrorCode(_) | V::Integer64(_) | V::Time(_) | V::Guid(_) => {
            json!(display(tag, value))
        }
        list => elements(list).unwrap_or_default().iter().map(|one| to_json(tag, one)).collect(),
    }
}

fn integer64(tag: PropertyTag, number: i64) -> String {
    if IDENTIFIERS.contains(&tag) { format!("{number:#018x}") } else { number.to_string() }
}

fn currency(amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let units = amount.unsigned_abs();
    format!("{sign}{}.{:04}", units / 10_000, units % 10_000)
}

fn guid(guid: &Guid) -> String {
    let (hi, lo) = (guid.hi, guid.lo);
    let (node, clock) = (lo & 0xFFFF_FFFF_FFFF, lo >> 48);
    format!("{:08x}-{:04x}-{:04x}-{clock:04x}-{node:012x}", hi >> 32, (hi >> 16) & 0xFFFF, hi & 0xFFFF)
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_times_ids_and_bytes_in_their_usual_form() {
        for (tag, value, shown) in [
            (0x0E06_0040, PropertyValue::Time(133_485_408_000_000_000), "2024-01-01T00:00:00Z"),
            (0x674A_0014, PropertyValue::Integer64(0x0100_0000_0000_0001), "0x0100000000000001"),
            (0x674A_0014, PropertyValue::Integer64(-1), "0xffffffffffffffff"),
            (0x0E08_0014, PropertyValue::Integer64(-1), "-1"),
            (0x0FFF_0102, PropertyValue::Binary(vec![0xAB; 2]), "abab"),
            (
                0x0FFF_0102,
                PropertyValue::Binary(vec![0; 17]),
                "00000000000000000000000000000000... (17 bytes)",
            ),
            (0x0037_001F, PropertyValue::Text("Größe\u{1b}[31m\r\n".into()), "Größe\\u{1b}[31m\\r\\n"),
            (0x8001_0006, PropertyValue::Currency(-12_345), "-1.2345"),
            (0x8001_0006, PropertyValue::Currency(i64::MIN), "-922337203685477.5808"),
            (0x8001_101F, PropertyValue::MultipleText(vec!["a".into(), "b".into()]), "a; b"),
            (0x1000_001F, PropertyValue::Deferred(40_000), "(40000 bytes)"),
        ] {
            assert_eq!(display(tag, &value), shown);
        }
        let id = Guid { hi: 0x0006_2008_0000_0000, lo: 0xC000_0000_0000_0046 };
        assert_eq!(display(0, &PropertyValue::Guid(id)), "00062008-0000-0000-c000-000000000046");
    }

    #[test]
    fn programs_get_the_whole_value() {
        assert_eq!(to_json(0x0FFF_0102, &PropertyValue::Binary(vec![1; 20])), json!("01".repeat(20)));
        assert_eq!(to_json(0x0E08_0003, &PropertyValue::Integer32(-7)), json!(-7));
        assert_eq!(to_json(0x6748_0014, &PropertyValue::Integer64(1)), json!("0x0000000000000001"));
        assert_eq!(to_json(0x8001_0005, &PropertyValue::Floating64(f64::NAN)), Value::Null);
        assert_eq!(to_json(0x8001_1003, &PropertyValue::MultipleInteger32(vec![1, 2])), json!([1, 2]));
        assert_eq!(to_json(0x1000_001F, &PropertyValue::Deferred(9)), json!({ "deferred": 9 }));
    }
}
