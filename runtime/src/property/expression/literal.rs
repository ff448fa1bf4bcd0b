//! Values as people write them, by property type. Owns both the reading and the words that say what is expected.

use super::super::filetime;
use super::super::value::PropertyType;
use crate::bindings::mapistore::backend::types::{Guid, PropertyValue};

/// What [`parse`] takes for a type, for an error message.
pub(super) fn expected(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::Integer16 => "a number of 16 bits",
        PropertyType::Integer32 | PropertyType::ErrorCode => "a number of 32 bits",
        PropertyType::Integer64 => "a number of 64 bits",
        PropertyType::Floating32 | PropertyType::Floating64 | PropertyType::FloatingTime => "a number",
        PropertyType::Currency => "an amount with at most 4 decimals",
        PropertyType::Boolean => "`true` or `false`",
        PropertyType::String | PropertyType::String8 => "a text in quotes, without U+0000",
        PropertyType::Time => "a time such as `2024-01-31` or `2024-01-31T09:00:00Z`, from 1601 on",
        PropertyType::Guid => "a GUID such as `00062008-0000-0000-c000-000000000046`",
        PropertyType::Binary
        | PropertyType::ServerId
        | PropertyType::Restriction
        | PropertyType::RuleAction => "bytes as `0x` and an even number of hex digits",
        // Lists come here as the type of one of their values.
        _ => "a property with a type whose values can be written",
    }
}

/// Reads one value of a type; `None` if it is none, or if the type has no text form.
pub(super) fn parse(kind: PropertyType, text: &str) -> Option<PropertyValue> {
    use PropertyValue as V;
    Some(match kind {
        PropertyType::Integer16 => {
            let bits = |n| u16::try_from(n).ok().map(u16::cast_signed);
            V::Integer16(hex_number(text).map_or_else(|| text.parse().ok(), bits)?)
        }
        PropertyType::Integer32 => {
            let bits = |n| u32::try_from(n).ok().map(u32::cast_signed);
            V::Integer32(hex_number(text).map_or_else(|| text.parse().ok(), bits)?)
        }
        PropertyType::Integer64 => {
            V::Integer64(hex_number(text).map(u64::cast_signed).or_else(|| text.parse().ok())?)
        }
        PropertyType::ErrorCode => V::ErrorCode(u32::try_from(unsigned(text)?).ok()?),
        PropertyType::Floating32 => V::Floating32(text.parse().ok()?),
        PropertyType::Floating64 => V::Floating64(text.parse().ok()?),
        PropertyType::FloatingTime => V::FloatingTime(text.parse().ok()?),
        PropertyType::Currency => V::Currency(currency(text)?),
        PropertyType::Boolean if text.eq_ignore_ascii_case("true") => V::Boolean(true),
        PropertyType::Boolean if text.eq_ignore_ascii_case("false") => V::Boolean(false),
        PropertyType::String if !text.contains('\0') => V::Text(text.into()),
        PropertyType::String8 if !text.contains('\0') => V::String8(text.into()),
        PropertyType::Time => V::Time(filetime::parse(text)?),
        PropertyType::Guid => V::Guid(guid(text)?),
        PropertyType::Binary => V::Binary(hex_bytes(text)?),
        PropertyType::ServerId => V::ServerId(hex_bytes(text)?),
        PropertyType::Restriction => V::RestrictionBlob(hex_bytes(text)?),
        PropertyType::RuleAction => V::RuleActions(hex_bytes(text)?),
        _ => return None,
    })
}

/// A number without a sign, decimal or with `0x`.
pub(super) fn unsigned(text: &str) -> Option<u64> {
    hex_number(text).or_else(|| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?)
}

fn hex_digits(text: &str) -> Option<&str> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(digits)
}

fn hex_number(text: &str) -> Option<u64> {
    u64::from_str_radix(hex_digits(text)?, 16).ok()
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = hex_digits(text)?.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Units of 1/10,000, exactly: through a float, the last digits of large amounts would be lost.
fn currency(text: &str) -> Option<i64> {
    let (negative, amount) = text.strip_prefix('-').map_or((false, text), |amount| (true, amount));
    let (whole, decimals) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
        return None;
    }
    let units: i128 = format!("{whole}{decimals:0<4}").parse().ok()?;
    i64::try_from(if negative { -units } else { units }).ok()
}

fn guid(text: &str) -> Option<Guid> {
    let plain = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let lengths = plain.split('-').map(str::len);
    if !lengths.eq([8, 4, 4, 4, 12]) || !plain.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()) {
        return None;
    }
    let digits = plain.replace('-', "");
    let (hi, lo) = digits.split_at_checked(16)?;
    Some(Guid { hi: u64::from_str_radix(hi, 16).ok()?, lo: u64::from_str_radix(lo, 16).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_reads_its_own_form() {
        use PropertyValue as V;
        for (kind, text, value) in [
            (PropertyType::Integer16, "-5", V::Integer16(-5)),
            (PropertyType::Integer16, "0xFFFF", V::Integer16(-1)),
            (PropertyType::Integer32, "0x80000000", V::Integer32(i32::MIN)),
            (PropertyType::Integer64, "0xFFFFFFFFFFFFFFFF", V::Integer64(-1)),
            (PropertyType::ErrorCode, "0x8004010F", V::ErrorCode(0x8004_010F)),
            (PropertyType::Floating64, "1.5", V::Floating64(1.5)),
            (PropertyType::Currency, "-1.5", V::Currency(-15_000)),
            (PropertyType::Currency, "-922337203685477.5808", V::Currency(i64::MIN)),
            (PropertyType::Boolean, "True", V::Boolean(true)),
            (PropertyType::String8, "a", V::String8(b"a".to_vec())),
            (PropertyType::Time, "1601-01-01", V::Time(0)),
            (PropertyType::Binary, "0x00fF", V::Binary(vec![0, 255])),
            (PropertyType::Binary, "0x", V::Binary(vec![])),
            (
                PropertyType::Guid,
                "{00062008-0000-0000-C000-000000000046}",
                V::Guid(Guid { hi: 0x0006_2008_0000_0000, lo: 0xC000_0000_0000_0046 }),
            ),
        ] {
            assert_eq!(parse(kind, text), Some(value), "{kind:?} `{text}`");
        }
    }

    #[test]
    fn what_does_not_fit_the_type_is_refused() {
        for (kind, text) in [
            (PropertyType::Integer16, "70000"),
            (PropertyType::Integer16, "0x10000"),
            (PropertyType::Integer32, "1.5"),
            (PropertyType::Integer64, "0x"),
            (PropertyType::ErrorCode, "-1"),
            (PropertyType::Currency, "1.23456"),
            (PropertyType::Currency, "1e3"),
            (PropertyType::Currency, "99999999999999999999999999999999999999999"),
            (PropertyType::Boolean, "1"),
            (PropertyType::String, "a\0b"),
            (PropertyType::Time, "1600-01-01"),
            (PropertyType::Binary, "0x123"),
            (PropertyType::Binary, "abcd"),
            (PropertyType::Guid, "00062008-0000-0000-C000-00000000004"),
            (PropertyType::Guid, "+0062008-0000-0000-C000-000000000046"),
            (PropertyType::Object, "1"),
            (PropertyType::Unspecified, "1"),
        ] {
            assert_eq!(parse(kind, text), None, "{kind:?} `{text}`");
        }
    }
}
