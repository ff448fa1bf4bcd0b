//! The order of two values, and the size of one: what restrictions and sort orders are made of. The rules are the
//! host's.

use crate::{
    index::globcnt,
    tags::{PID_TAG_CHANGE_NUMBER, PropertyTag, property_id},
    text,
    types::{Guid, PropertyValue},
};
use std::cmp::Ordering;

/// The order of two values of the same type, or `None` where there is none: different types, objects, `deferred`.
///
/// Numbers compare as signed, floats in IEEE 754 `totalOrder` except that both zeros are equal, text without regard
/// to case before it compares exactly, and PtypString8 with PtypString; bytes and GUIDs by their bytes, false
/// before true, lists value by value. Among values of one type the order is total, so equal means the same value.
pub fn compare(a: &PropertyValue, b: &PropertyValue) -> Option<Ordering> {
    use PropertyValue as V;
    Some(match (a, b) {
        (V::Null, V::Null) => Ordering::Equal,
        (V::Integer16(a), V::Integer16(b)) => a.cmp(b),
        (V::Integer32(a), V::Integer32(b)) => a.cmp(b),
        (V::Floating32(a), V::Floating32(b)) => float32(a, b),
        (V::Floating64(a), V::Floating64(b)) | (V::FloatingTime(a), V::FloatingTime(b)) => float64(a, b),
        (V::Currency(a), V::Currency(b)) | (V::Integer64(a), V::Integer64(b)) => a.cmp(b),
        (V::ErrorCode(a), V::ErrorCode(b)) => a.cmp(b),
        (V::Boolean(a), V::Boolean(b)) => a.cmp(b),
        (V::Time(a), V::Time(b)) => a.cmp(b),
        (V::Guid(a), V::Guid(b)) => guid(a, b),
        (V::Text(a), V::Text(b)) => text::compare(a, b),
        (V::String8(a), V::String8(b)) => text::compare(&text::from_string8(a), &text::from_string8(b)),
        (V::String8(a), V::Text(b)) => text::compare(&text::from_string8(a), b),
        (V::Text(a), V::String8(b)) => text::compare(a, &text::from_string8(b)),
        (V::Binary(a), V::Binary(b))
        | (V::ServerId(a), V::ServerId(b))
        | (V::RestrictionBlob(a), V::RestrictionBlob(b))
        | (V::RuleActions(a), V::RuleActions(b)) => a.cmp(b),
        (V::MultipleInteger16(a), V::MultipleInteger16(b)) => a.cmp(b),
        (V::MultipleInteger32(a), V::MultipleInteger32(b)) => a.cmp(b),
        (V::MultipleFloating32(a), V::MultipleFloating32(b)) => lists(a, b, float32),
        (V::MultipleFloating64(a), V::MultipleFloating64(b))
        | (V::MultipleFloatingTime(a), V::MultipleFloatingTime(b)) => lists(a, b, float64),
        (V::MultipleCurrency(a), V::MultipleCurrency(b))
        | (V::MultipleInteger64(a), V::MultipleInteger64(b)) => a.cmp(b),
        (V::MultipleTime(a), V::MultipleTime(b)) => a.cmp(b),
        (V::MultipleGuid(a), V::MultipleGuid(b)) => lists(a, b, guid),
        (V::MultipleBinary(a), V::MultipleBinary(b)) => a.cmp(b),
        (V::MultipleText(a), V::MultipleText(b)) => lists(a, b, |a, b| text::compare(a, b)),
        (V::MultipleString8(_) | V::MultipleText(_), V::MultipleString8(_) | V::MultipleText(_)) => {
            let (a, b) = (elements(a)?, elements(b)?);
            lists(&a, &b, |a, b| compare(a, b).unwrap_or(Ordering::Equal))
        }
        _ => return None,
    })
}

/// The order of two values of this property: as [`compare`], but change numbers in the order in which they were handed
/// out, which is not that of the numbers.
pub fn compare_property(tag: PropertyTag, a: &PropertyValue, b: &PropertyValue) -> Option<Ordering> {
    match (a, b) {
        (PropertyValue::Integer64(a), PropertyValue::Integer64(b))
            if property_id(tag) == property_id(PID_TAG_CHANGE_NUMBER) =>
        {
            Some(globcnt(a.cast_unsigned()).cmp(&globcnt(b.cast_unsigned())))
        }
        _ => compare(a, b),
    }
}

/// Adding zero makes -0 into +0 and changes nothing else.
fn float32(a: &f32, b: &f32) -> Ordering {
    (a + 0.0).total_cmp(&(b + 0.0))
}

fn float64(a: &f64, b: &f64) -> Ordering {
    (a + 0.0).total_cmp(&(b + 0.0))
}

fn guid(a: &Guid, b: &Guid) -> Ordering {
    (a.hi, a.lo).cmp(&(b.hi, b.lo))
}

fn lists<T>(a: &[T], b: &[T], order: impl Fn(&T, &T) -> Ordering) -> Ordering {
    let unequal = a.iter().zip(b).map(|(a, b)| order(a, b)).find(|order| order.is_ne());
    unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
}

/// The values of a list, each by itself; `None` for a value that is no list.
pub fn elements(value: &PropertyValue) -> Option<Vec<PropertyValue>> {
    use PropertyValue as V;
    fn each<T: Clone>(values: &[T], one: impl Fn(T) -> V) -> Vec<V> {
        values.iter().cloned().map(one).collect()
    }
    Some(match value {
        V::MultipleInteger16(values) => each(values, V::Integer16),
        V::MultipleInteger32(values) => each(values, V::Integer32),
        V::MultipleFloating32(values) => each(values, V::Floating32),
        V::MultipleFloating64(values) => each(values, V::Floating64),
        V::MultipleCurrency(values) => each(values, V::Currency),
        V::MultipleFloatingTime(values) => each(values, V::FloatingTime),
        V::MultipleInteger64(values) => each(values, V::Integer64),
        V::MultipleString8(values) => each(values, V::String8),
        V::MultipleText(values) => each(values, V::Text),
        V::MultipleTime(values) => each(values, V::Time),
        V::MultipleGuid(values) => each(values, V::Guid),
        V::MultipleBinary(values) => each(values, V::Binary),
        _ => return None,
    })
}

/// The bytes of a value as on the wire (MS-OXCDATA 2.11.1): text with its terminating zero, PtypString in UTF-16LE,
/// a list as the sum of its values. The COUNT before binary values and lists is not part of the value; `deferred` has
/// the size that it states.
pub fn size(value: &PropertyValue) -> u64 {
    use PropertyValue as V;
    let string8 = |bytes: &Vec<u8>| bytes.len() as u64 + 1;
    let text = |text: &String| 2 * text.encode_utf16().count() as u64 + 2;
    match value {
        V::Null | V::Object => 0,
        V::Boolean(_) => 1,
        V::Integer16(_) => 2,
        V::Integer32(_) | V::Floating32(_) | V::ErrorCode(_) => 4,
        V::Floating64(_) | V::Currency(_) | V::FloatingTime(_) | V::Integer64(_) | V::Time(_) => 8,
        V::Guid(_) => 16,
        V::String8(bytes) => string8(bytes),
        V::Text(value) => text(value),
        V::Binary(bytes) | V::ServerId(bytes) | V::RestrictionBlob(bytes) | V::RuleActions(bytes) => {
            bytes.len() as u64
        }
        V::Deferred(size) => *size,
        V::MultipleInteger16(values) => 2 * values.len() as u64,
        V::MultipleInteger32(values) => 4 * values.len() as u64,
        V::MultipleFloating32(values) => 4 * values.len() as u64,
        V::MultipleFloating64(values) | V::MultipleFloatingTime(values) => 8 * values.len() as u64,
        V::MultipleCurrency(values) | V::MultipleInteger64(values) => 8 * values.len() as u64,
        V::MultipleString8(values) => values.iter().map(string8).sum(),
        V::MultipleText(values) => values.iter().map(text).sum(),
        V::MultipleTime(values) => 8 * values.len() as u64,
        V::MultipleGuid(values) => 16 * values.len() as u64,
        V::MultipleBinary(values) => values.iter().map(|bytes| bytes.len() as u64).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{index::from_globcnt, tags::PID_TAG_MID, value::id};

    #[test]
    fn floats_have_a_total_order_in_which_both_zeros_are_equal() {
        let order = |a, b| compare(&PropertyValue::Floating64(a), &PropertyValue::Floating64(b));
        assert_eq!(order(-0.0, 0.0), Some(Ordering::Equal));
        assert_eq!(order(f64::INFINITY, f64::NAN), Some(Ordering::Less));
        assert_eq!(order(-1.0, 1.0), Some(Ordering::Less));
    }

    #[test]
    fn values_of_different_types_have_no_order() {
        use PropertyValue as V;
        assert_eq!(compare(&V::Integer16(1), &V::Integer32(1)), None);
        assert_eq!(compare(&V::Object, &V::Object), None);
        assert_eq!(compare(&V::Deferred(1), &V::Deferred(1)), None);
    }

    /// SY-01.
    #[test]
    fn change_numbers_compare_in_the_order_in_which_they_were_handed_out() {
        let (earlier, later) = (id(from_globcnt(0xFF)), id(from_globcnt(0x100)));
        assert_eq!(compare_property(PID_TAG_CHANGE_NUMBER, &earlier, &later), Some(Ordering::Less));
        assert_eq!(compare_property(PID_TAG_MID, &id(1), &id(2)), Some(Ordering::Less));
    }

    #[test]
    fn sizes_are_those_on_the_wire() {
        use PropertyValue as V;
        for (value, bytes) in [
            (V::Text("a€".into()), 6),
            (V::String8(b"ab".to_vec()), 3),
            (V::Binary(vec![1, 2]), 2),
            (V::MultipleText(vec!["a".into(), String::new()]), 6),
            (V::MultipleTime(vec![1, 2]), 16),
            (V::Deferred(70_000), 70_000),
            (V::Object, 0),
        ] {
            assert_eq!(size(&value), bytes, "{value:?}");
        }
    }
}
