//! Property values: from Rust's types, to and from FILETIME, UTF-16LE and code page 1252.

mod order;

pub use order::{compare, compare_property, elements, size};

use crate::{
    Error, ErrorCode, Result,
    tags::{self, PropertyTag, PropertyType, property_type},
    types::{Cell, Fmid, Guid, PropertyValue},
};
use std::time::{Duration, SystemTime};

/// From 1601-01-01 to 1970-01-01.
const EPOCH_SECONDS: i64 = 11_644_473_600;
const TICKS_PER_SECOND: i64 = 10_000_000;

macro_rules! from {
    ($($ty:ty => $case:ident;)*) => {
        $(
            impl From<$ty> for PropertyValue {
                fn from(value: $ty) -> Self {
                    Self::$case(value)
                }
            }
        )*
    };
}

from! {
    bool => Boolean;
    i16 => Integer16;
    i32 => Integer32;
    i64 => Integer64;
    f32 => Floating32;
    f64 => Floating64;
    String => Text;
    Guid => Guid;
    Vec<u8> => Binary;
    Vec<String> => MultipleText;
    Vec<Vec<u8>> => MultipleBinary;
}

impl From<&str> for PropertyValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<SystemTime> for PropertyValue {
    fn from(value: SystemTime) -> Self {
        Self::Time(filetime(value))
    }
}

/// An FID, MID or change number as a value: PtypInteger64.
pub fn id(id: Fmid) -> PropertyValue {
    PropertyValue::Integer64(id.cast_signed())
}

/// A size or count as PtypInteger32: 2,147,483,647 where it is larger.
pub fn count(count: usize) -> PropertyValue {
    PropertyValue::Integer32(i32::try_from(count).unwrap_or(i32::MAX))
}

/// A time as FILETIME; 0 before 1601.
pub fn filetime(time: SystemTime) -> u64 {
    let ticks = |duration: Duration| i64::try_from(duration.as_nanos() / 100).unwrap_or(i64::MAX);
    let since_1970 = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => ticks(after),
        Err(error) => -ticks(error.duration()),
    };
    u64::try_from(since_1970.saturating_add(EPOCH_SECONDS * TICKS_PER_SECOND)).unwrap_or(0)
}

/// Seconds since 1970 as FILETIME; 0 before 1601.
pub fn filetime_from_unix(seconds: i64) -> u64 {
    let ticks = seconds.saturating_add(EPOCH_SECONDS).saturating_mul(TICKS_PER_SECOND);
    u64::try_from(ticks).unwrap_or(0)
}

/// Whole seconds since 1970 of a FILETIME.
pub fn unix_from_filetime(filetime: u64) -> i64 {
    (filetime / TICKS_PER_SECOND.unsigned_abs()).cast_signed() - EPOCH_SECONDS
}

/// Text as a property stream holds it.
pub fn utf16le(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The text of a property stream.
///
/// # Errors
/// `invalid-data` for an odd number of bytes and for surrogates that stand alone.
pub fn text_from_utf16le(bytes: &[u8]) -> Result<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let text = String::from_utf16(&units.iter().map(|&unit| u16::from_le_bytes(unit)).collect::<Vec<_>>());
    text.ok().filter(|_| rest.is_empty()).ok_or_else(|| Error::invalid_data("the stream is not UTF-16LE"))
}

/// What code page 1252 has from 0x80 to 0x9F.
const CP1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

/// Text in code page 1252, with `?` for what it lacks.
pub fn string8(text: &str) -> Vec<u8> {
    let byte = |c: char| match u8::try_from(c) {
        Ok(byte) if !(0x80..0xA0).contains(&byte) => byte,
        _ => CP1252.iter().zip(0x80..).find(|&(&other, _)| other == c).map_or(b'?', |(_, byte)| byte),
    };
    text.chars().map(byte).collect()
}

/// The text of bytes in code page 1252.
pub fn text_from_string8(bytes: &[u8]) -> String {
    let char = |&byte: &u8| match byte {
        0x80..0xA0 => CP1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    };
    bytes.iter().map(char).collect()
}

/// The type of a value; `None` for `deferred`, which stands for several.
pub fn type_of(value: &PropertyValue) -> Option<PropertyType> {
    Some(match value {
        PropertyValue::Null => tags::PTYP_NULL,
        PropertyValue::Integer16(_) => tags::PTYP_INTEGER16,
        PropertyValue::Integer32(_) => tags::PTYP_INTEGER32,
        PropertyValue::Floating32(_) => tags::PTYP_FLOATING32,
        PropertyValue::Floating64(_) => tags::PTYP_FLOATING64,
        PropertyValue::Currency(_) => tags::PTYP_CURRENCY,
        PropertyValue::FloatingTime(_) => tags::PTYP_FLOATING_TIME,
        PropertyValue::ErrorCode(_) => tags::PTYP_ERROR_CODE,
        PropertyValue::Boolean(_) => tags::PTYP_BOOLEAN,
        PropertyValue::Integer64(_) => tags::PTYP_INTEGER64,
        PropertyValue::String8(_) => tags::PTYP_STRING8,
        PropertyValue::Text(_) => tags::PTYP_STRING,
        PropertyValue::Time(_) => tags::PTYP_TIME,
        PropertyValue::Guid(_) => tags::PTYP_GUID,
        PropertyValue::Binary(_) => tags::PTYP_BINARY,
        PropertyValue::ServerId(_) => tags::PTYP_SERVER_ID,
        PropertyValue::RestrictionBlob(_) => tags::PTYP_RESTRICTION,
        PropertyValue::RuleActions(_) => tags::PTYP_RULE_ACTION,
        PropertyValue::Object => tags::PTYP_OBJECT,
        PropertyValue::Deferred(_) => return None,
        PropertyValue::MultipleInteger16(_) => tags::PTYP_MULTIPLE_INTEGER16,
        PropertyValue::MultipleInteger32(_) => tags::PTYP_MULTIPLE_INTEGER32,
        PropertyValue::MultipleFloating32(_) => tags::PTYP_MULTIPLE_FLOATING32,
        PropertyValue::MultipleFloating64(_) => tags::PTYP_MULTIPLE_FLOATING64,
        PropertyValue::MultipleCurrency(_) => tags::PTYP_MULTIPLE_CURRENCY,
        PropertyValue::MultipleFloatingTime(_) => tags::PTYP_MULTIPLE_FLOATING_TIME,
        PropertyValue::MultipleInteger64(_) => tags::PTYP_MULTIPLE_INTEGER64,
        PropertyValue::MultipleString8(_) => tags::PTYP_MULTIPLE_STRING8,
        PropertyValue::MultipleText(_) => tags::PTYP_MULTIPLE_STRING,
        PropertyValue::MultipleTime(_) => tags::PTYP_MULTIPLE_TIME,
        PropertyValue::MultipleGuid(_) => tags::PTYP_MULTIPLE_GUID,
        PropertyValue::MultipleBinary(_) => tags::PTYP_MULTIPLE_BINARY,
    })
}

/// What a caller gets who asks for `tag`: `not-found` without a value of the tag's type; text is converted between
/// PtypString and PtypString8 (code page 1252); what is larger than `inline_limit` is deferred.
pub fn cell(value: Option<&PropertyValue>, tag: PropertyTag, inline_limit: u32) -> Cell {
    let value = match (property_type(tag), value.ok_or(ErrorCode::NotFound)?) {
        (tags::PTYP_STRING8, PropertyValue::Text(text)) => PropertyValue::String8(string8(text)),
        (tags::PTYP_STRING, PropertyValue::String8(bytes)) => PropertyValue::Text(text_from_string8(bytes)),
        (tags::PTYP_UNSPECIFIED, value) => value.clone(),
        (wanted, value) if type_of(value) == Some(wanted) => value.clone(),
        _ => return Err(ErrorCode::NotFound),
    };
    Ok(inline(value, inline_limit))
}

/// The bytes of a value as a property stream has them (MS-OXCPRPT 2.2.14); `None` for types that have no stream.
pub fn to_stream(value: &PropertyValue) -> Option<Vec<u8>> {
    match value {
        PropertyValue::Text(text) => Some(utf16le(text)),
        PropertyValue::String8(bytes) | PropertyValue::Binary(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

/// The value that the bytes of a stream make under a tag. PtypObject is kept as PtypBinary, which it shares its bytes with.
///
/// # Errors
/// `invalid-parameter` for a type that has no stream; `invalid-data` for text that is no UTF-16LE or has a U+0000.
pub fn from_stream(tag: PropertyTag, bytes: &[u8]) -> Result<PropertyValue> {
    let value = match property_type(tag) {
        tags::PTYP_STRING => PropertyValue::Text(text_from_utf16le(bytes)?),
        tags::PTYP_STRING8 => PropertyValue::String8(bytes.to_vec()),
        tags::PTYP_BINARY | tags::PTYP_OBJECT => return Ok(PropertyValue::Binary(bytes.to_vec())),
        other => return Err(Error::invalid_parameter(format!("type `0x{other:04X}` has no stream"))),
    };
    let zero = match &value {
        PropertyValue::Text(text) => text.contains('\0'),
        _ => bytes.contains(&0),
    };
    if zero { Err(Error::invalid_data("a text with a zero character in it")) } else { Ok(value) }
}

/// The value as a cell may carry it: `deferred`, with the size of its stream, if it is larger than `inline_limit`.
pub fn inline(value: PropertyValue, inline_limit: u32) -> PropertyValue {
    let (held, streamed) = match &value {
        PropertyValue::Text(text) => (text.len(), text.encode_utf16().count() * 2),
        PropertyValue::String8(bytes) | PropertyValue::Binary(bytes) => (bytes.len(), bytes.len()),
        _ => return value,
    };
    if held.max(streamed) > inline_limit as usize { PropertyValue::Deferred(streamed as u64) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filetime_counts_from_1601_in_100_ns() {
        assert_eq!(filetime_from_unix(0), 116_444_736_000_000_000);
        assert_eq!(filetime(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), filetime_from_unix(-1));
        assert_eq!(unix_from_filetime(filetime_from_unix(-12_345)), -12_345);
        assert_eq!(filetime_from_unix(i64::MIN), 0);
    }

    #[test]
    fn a_value_streams_as_its_tag_says_and_back() {
        for (tag, value, bytes) in [
            (0x1000_001F, PropertyValue::Text("aé".into()), &b"a\0\xE9\0"[..]),
            (0x1000_001E, PropertyValue::String8(b"a\xE9".to_vec()), b"a\xE9"),
            (0x1013_0102, PropertyValue::Binary(vec![0, 1]), b"\0\x01"),
        ] {
            assert_eq!(to_stream(&value).unwrap(), bytes);
            assert_eq!(from_stream(tag, bytes).unwrap(), value);
        }
        assert_eq!(to_stream(&PropertyValue::Integer32(1)), None);
        assert_eq!(from_stream(0x0E07_0003, b"1234").unwrap_err().code, ErrorCode::InvalidParameter);
        assert_eq!(from_stream(0x1000_001E, b"a\0").unwrap_err().code, ErrorCode::InvalidData);
    }

    #[test]
    fn text_streams_as_utf16le_and_back() {
        assert_eq!(utf16le("a€"), [0x61, 0, 0xAC, 0x20]);
        assert_eq!(text_from_utf16le(&utf16le("a€😀")).unwrap(), "a€😀");
        assert!(text_from_utf16le(&[0x61]).is_err());
        assert!(text_from_utf16le(&[0x00, 0xD8]).is_err());
    }

    #[test]
    fn string8_is_code_page_1252() {
        assert_eq!(string8("é€Ω\u{81}"), [0xE9, 0x80, b'?', 0x81]);
        assert_eq!(text_from_string8(&[0xE9, 0x80, 0x41]), "é€A");
    }

    #[test]
    fn what_is_over_the_limit_is_deferred_with_the_size_of_its_stream() {
        assert_eq!(inline("abcd".into(), 8), "abcd".into());
        assert_eq!(inline("abcde".into(), 8), PropertyValue::Deferred(10));
        assert_eq!(inline(vec![0; 9].into(), 8), PropertyValue::Deferred(9));
    }
}
