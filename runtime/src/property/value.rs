//! Property types and values (MS-OXCDATA 2.11.1). Owns what a value must look like under its tag, how many bytes it
//! has and how two values compare; does not know restrictions.

mod display;

pub use display::{display, to_json};

use std::cmp::Ordering;

use super::text;
use crate::bindings::mapistore::backend::types::{Guid, PropertyTag, PropertyValue};

/// Defines the types once: name in Rust, number, name in the standard.
macro_rules! property_types {
    ($($variant:ident = $id:literal),+ $(,)?) => {
        /// The type in the low 16 bits of a tag, by its name in MS-OXCDATA 2.11.1 without `Ptyp`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        #[expect(missing_docs, reason = "the names are the standard's, and `types.wit` describes each")]
        pub enum PropertyType { $($variant = $id),+ }

        impl PropertyType {
            /// Every type of the contract.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The type with this number, or `None` if the contract has none.
            pub fn from_id(id: u16) -> Option<Self> {
                match id { $($id => Some(Self::$variant),)+ _ => None }
            }

            /// The standard's name, such as `PtypString`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => concat!("Ptyp", stringify!($variant))),+ }
            }
        }
    };
}

property_types! {
    Unspecified = 0x0000, Null = 0x0001, Integer16 = 0x0002, Integer32 = 0x0003, Floating32 = 0x0004,
    Floating64 = 0x0005, Currency = 0x0006, FloatingTime = 0x0007, ErrorCode = 0x000A, Boolean = 0x000B,
    Object = 0x000D, Integer64 = 0x0014, String8 = 0x001E, String = 0x001F, Time = 0x0040, Guid = 0x0048,
    ServerId = 0x00FB, Restriction = 0x00FD, RuleAction = 0x00FE, Binary = 0x0102, MultipleInteger16 = 0x1002,
    MultipleInteger32 = 0x1003, MultipleFloating32 = 0x1004, MultipleFloating64 = 0x1005, MultipleCurrency = 0x1006,
    MultipleFloatingTime = 0x1007, MultipleInteger64 = 0x1014, MultipleString8 = 0x101E, MultipleString = 0x101F,
    MultipleTime = 0x1040, MultipleGuid = 0x1048, MultipleBinary = 0x1102,
}

impl PropertyType {
    /// The number, as in the low 16 bits of a tag.
    pub fn id(self) -> u16 {
        self as u16
    }

    /// The type of a tag, or `None` if the contract has no such type.
    pub fn from_tag(tag: PropertyTag) -> Option<Self> {
        u16::try_from(tag & 0xFFFF).ok().and_then(Self::from_id)
    }

    /// The type that a value has by itself; `None` for a `deferred` one, whose type only its tag knows.
    pub fn of(value: &PropertyValue) -> Option<Self> {
        Some(match value {
            PropertyValue::Null => Self::Null,
            PropertyValue::Integer16(_) => Self::Integer16,
            PropertyValue::Integer32(_) => Self::Integer32,
            PropertyValue::Floating32(_) => Self::Floating32,
            PropertyValue::Floating64(_) => Self::Floating64,
            PropertyValue::Currency(_) => Self::Currency,
            PropertyValue::FloatingTime(_) => Self::FloatingTime,
            PropertyValue::ErrorCode(_) => Self::ErrorCode,
            PropertyValue::Boolean(_) => Self::Boolean,
            PropertyValue::Integer64(_) => Self::Integer64,
            PropertyValue::String8(_) => Self::String8,
            PropertyValue::Text(_) => Self::String,
            PropertyValue::Time(_) => Self::Time,
            PropertyValue::Guid(_) => Self::Guid,
            PropertyValue::Binary(_) => Self::Binary,
            PropertyValue::ServerId(_) => Self::ServerId,
            PropertyValue::RestrictionBlob(_) => Self::Restriction,
            PropertyValue::RuleActions(_) => Self::RuleAction,
            PropertyValue::Object => Self::Object,
            PropertyValue::Deferred(_) => return None,
            PropertyValue::MultipleInteger16(_) => Self::MultipleInteger16,
            PropertyValue::MultipleInteger32(_) => Self::MultipleInteger32,
            PropertyValue::MultipleFloating32(_) => Self::MultipleFloating32,
            PropertyValue::MultipleFloating64(_) => Self::MultipleFloating64,
            PropertyValue::MultipleCurrency(_) => Self::MultipleCurrency,
            PropertyValue::MultipleFloatingTime(_) => Self::MultipleFloatingTime,
            PropertyValue::MultipleInteger64(_) => Self::MultipleInteger64,
            PropertyValue::MultipleString8(_) => Self::MultipleString8,
            PropertyValue::MultipleText(_) => Self::MultipleString,
            PropertyValue::MultipleTime(_) => Self::MultipleTime,
            PropertyValue::MultipleGuid(_) => Self::MultipleGuid,
            PropertyValue::MultipleBinary(_) => Self::MultipleBinary,
        })
    }

    /// Whether values of this type are lists.
    pub fn is_multiple(self) -> bool {
        self.id() & 0x1000 != 0
    }

    /// The type of one value: `Integer32` for `MultipleInteger32` and for itself.
    pub fn element(self) -> Self {
        Self::from_id(self.id() & !0x1000).unwrap_or(self)
    }

    /// Whether values are text, in whichever of the two encodings, and not a list.
    pub fn is_text(self) -> bool {
        matches!(self, Self::String | Self::String8)
    }
}

/// Whether two tags name the same property: the same id, whatever the types.
pub fn same_property(a: PropertyTag, b: PropertyTag) -> bool {
    a >> 16 == b >> 16
}

/// Whether `value` may stand under `tag`: the rule of `property-value` in `types.wit`.
///
/// The variant agrees with the tag's type, and PtypUnspecified takes any; `deferred` stands only under PtypString8,
/// PtypString and PtypBinary; no text holds U+0000, at which the wire format would cut it off. A type that the
/// contract does not have takes nothing.
pub fn matches_type(tag: PropertyTag, value: &PropertyValue) -> bool {
    let seen = PropertyType::of(value);
    // Nearly always so, and quicker to see than which type it is: every cell of every row comes by here.
    let agrees = seen.is_some_and(|seen| tag & 0xFFFF == u32::from(seen.id()))
        || match (PropertyType::from_tag(tag), seen) {
            (Some(PropertyType::Unspecified), _) => true,
            (Some(expected), None) => {
                matches!(expected, PropertyType::String8 | PropertyType::String | PropertyType::Binary)
            }
            _ => false,
        };
    agrees && !has_embedded_zero(value)
}

fn has_embedded_zero(value: &PropertyValue) -> bool {
    let found = |bytes: &[u8]| memchr::memchr(0, bytes).is_some();
    match value {
        PropertyValue::Text(text) => found(text.as_bytes()),
        PropertyValue::MultipleText(texts) => texts.iter().any(|text| found(text.as_bytes())),
        PropertyValue::String8(bytes) => found(bytes),
        PropertyValue::MultipleString8(texts) => texts.iter().any(|bytes| found(bytes)),
        _ => false,
    }
}

/// The bytes of a value as on the wire (MS-OXCDATA 2.11.1): text with its terminating zero, PtypString in UTF-16LE,
/// a list as the sum of its values.
///
/// The COUNT before binary values and lists is not part of the value: its width depends on where the value stands.
/// A `deferred` value has the size that its backend states.
pub fn size_of_value(value: &PropertyValue) -> u64 {
    let string8 = |bytes: &Vec<u8>| length(bytes.len()) + 1;
    let text = |text: &String| 2 * utf16_units(text) + 2;
    match value {
        PropertyValue::Null | PropertyValue::Object => 0,
        PropertyValue::Boolean(_) => 1,
        PropertyValue::Integer16(_) => 2,
        PropertyValue::Integer32(_) | PropertyValue::Floating32(_) | PropertyValue::ErrorCode(_) => 4,
        PropertyValue::Floating64(_)
        | PropertyValue::Currency(_)
        | PropertyValue::FloatingTime(_)
        | PropertyValue::Integer64(_)
        | PropertyValue::Time(_) => 8,
        PropertyValue::Guid(_) => 16,
        PropertyValue::String8(bytes) => string8(bytes),
        PropertyValue::Text(value) => text(value),
        PropertyValue::Binary(bytes)
        | PropertyValue::ServerId(bytes)
        | PropertyValue::RestrictionBlob(bytes)
        | PropertyValue::RuleActions(bytes) => length(bytes.len()),
        PropertyValue::Deferred(size) => *size,
        PropertyValue::MultipleInteger16(values) => 2 * length(values.len()),
        PropertyValue::MultipleInteger32(values) => 4 * length(values.len()),
        PropertyValue::MultipleFloating32(values) => 4 * length(values.len()),
        PropertyValue::MultipleFloating64(values) | PropertyValue::MultipleFloatingTime(values) => {
            8 * length(values.len())
        }
        PropertyValue::MultipleCurrency(values) | PropertyValue::MultipleInteger64(values) => {
            8 * length(values.len())
        }
        PropertyValue::MultipleString8(values) => values.iter().map(string8).sum(),
        PropertyValue::MultipleText(values) => values.iter().map(text).sum(),
        PropertyValue::MultipleTime(values) => 8 * length(values.len()),
        PropertyValue::MultipleGuid(values) => 16 * length(values.len()),
        PropertyValue::MultipleBinary(values) => values.iter().map(|bytes| length(bytes.len())).sum(),
    }
}

/// How many 16-bit units a text has in UTF-16: one for each character, and another for those that have four bytes in UTF-8.
fn utf16_units(text: &str) -> u64 {
    let begins = |byte: u8| byte & 0xC0 != 0x80;
    text.bytes().map(|byte| u64::from(begins(byte)) + u64::from(byte >= 0xF0)).sum()
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

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

/// As [`compare`], for two values of a property. Change numbers compare in the order in which they were handed out, which is
/// not that of the raw values (MS-OXCFXICS 2.2.2.1).
pub(crate) fn compare_as(tag: PropertyTag, a: &PropertyValue, b: &PropertyValue) -> Option<Ordering> {
    const CHANGE_NUMBER: PropertyTag = 0x67A4_0014;
    match (a, b) {
        (PropertyValue::Integer64(a), PropertyValue::Integer64(b)) if same_property(tag, CHANGE_NUMBER) => {
            let order = |raw: &i64| (raw.cast_unsigned() & !0xFFFF).swap_bytes();
            Some(order(a).cmp(&order(b)))
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
pub(super) fn elements(value: &PropertyValue) -> Option<Vec<PropertyValue>> {
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

#[cfg(test)]
mod tests;
