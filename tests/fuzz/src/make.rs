//! Makes values of the contract's types out of any bytes: mostly such as the contract allows, so that what is behind a
//! check is reached, and now and then what it forbids. When the bytes are used up, everything is empty or zero.

use arbitrary::{Result, Unstructured};

use crate::types::*;

/// The properties that the host itself looks at, a few others, and the types that they come in.
const TAGS: &[PropertyTag] = &[
    0x3001_001F,
    0x0037_001F,
    0x0E1D_001F,
    0x003D_001F,
    0x1000_001F,
    0x1013_0102,
    0x6659_0102,
    0x6748_0014,
    0x674A_0014,
    0x67A4_0014,
    0x65E2_0102,
    0x0E07_0003,
    0x0E08_0014,
    0x0E69_000B,
    0x3007_0040,
    0x3602_0003,
    0x360A_000B,
    0x3613_001F,
    0x001A_001F,
    0x3707_001F,
    0x3705_0003,
    0x0E21_0003,
    0x3701_0102,
    0x3701_000D,
    0x0FF6_0102,
    0x3001_001E,
    0x8000_101F,
    0x8001_0002,
    0x8002_0004,
    0x8003_0005,
    0x8004_0006,
    0x8005_0007,
    0x8006_000A,
    0x8007_0048,
    0x8008_00FB,
    0x8009_00FD,
    0x800A_00FE,
    0x800B_1003,
    0x800C_1102,
    0x800D_101E,
    0x800E_0000,
    0x800F_1048,
    0x8010_0001,
];

/// One of few, or any.
pub(crate) fn tag(u: &mut Unstructured<'_>) -> Result<PropertyTag> {
    if u.ratio(1, 16)? { u.arbitrary() } else { Ok(*u.choose(TAGS)?) }
}

/// Up to `max` of what `each` makes.
pub(crate) fn list<'a, T>(
    u: &mut Unstructured<'a>,
    max: usize,
    mut each: impl FnMut(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let length = u.int_in_range(0..=max)?;
    (0..length).map(|_| each(u)).collect()
}

/// Short, and of few letters, so that texts meet; now and then any.
pub(crate) fn text(u: &mut Unstructured<'_>) -> Result<String> {
    const PARTS: &[&str] =
        &["", "a", "b", "A", "ä", "a\u{308}", "ß", "İ", " ", "/", "\0", "\u{fffd}", "RE: ", "日"];
    if u.ratio(1, 8)? {
        return Ok(u.arbitrary::<&str>()?.to_owned());
    }
    Ok(list(u, 4, |u| Ok(*u.choose(PARTS)?))?.concat())
}

pub(crate) fn bytes(u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    list(u, 8, |u| u.arbitrary())
}

fn guid(u: &mut Unstructured<'_>) -> Result<Guid> {
    Ok(Guid { hi: u.arbitrary()?, lo: u.arbitrary()? })
}

/// A value of the type with this number (MS-OXCDATA 2.11.1); of any type if there is none.
pub(crate) fn value_of(u: &mut Unstructured<'_>, kind: u32) -> Result<PropertyValue> {
    use PropertyValue as V;
    const KINDS: &[u32] = &[
        0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0A, 0x0B, 0x0D, 0x14, 0x1E, 0x1F, 0x40, 0x48, 0xFB, 0xFD,
        0xFE, 0x102, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1014, 0x101E, 0x101F, 0x1040, 0x1048,
        0x1102,
    ];
    Ok(match kind & 0xFFFF {
        0x01 => V::Null,
        0x02 => V::Integer16(u.arbitrary()?),
        0x03 => V::Integer32(u.arbitrary()?),
        0x04 => V::Floating32(u.arbitrary()?),
        0x05 => V::Floating64(u.arbitrary()?),
        0x06 => V::Currency(u.arbitrary()?),
        0x07 => V::FloatingTime(u.arbitrary()?),
        0x0A => V::ErrorCode(u.arbitrary()?),
        0x0B => V::Boolean(u.arbitrary()?),
        0x0D => V::Object,
        0x14 => V::Integer64(u.arbitrary()?),
        0x1E => V::String8(bytes(u)?),
        0x1F => V::Text(text(u)?),
        0x40 => V::Time(u.arbitrary()?),
        0x48 => V::Guid(guid(u)?),
        0xFB => V::ServerId(bytes(u)?),
        0xFD => V::RestrictionBlob(bytes(u)?),
        0xFE => V::RuleActions(bytes(u)?),
        0x102 => V::Binary(bytes(u)?),
        0x1002 => V::MultipleInteger16(list(u, 3, |u| u.arbitrary())?),
        0x1003 => V::MultipleInteger32(list(u, 3, |u| u.arbitrary())?),
        0x1004 => V::MultipleFloating32(list(u, 3, |u| u.arbitrary())?),
        0x1005 => V::MultipleFloating64(list(u, 3, |u| u.arbitrary())?),
        0x1006 => V::MultipleCurrency(list(u, 3, |u| u.arbitrary())?),
        0x1007 => V::MultipleFloatingTime(list(u, 3, |u| u.arbitrary())?),
        0x1014 => V::MultipleInteger64(list(u, 3, |u| u.arbitrary())?),
        0x101E => V::MultipleString8(list(u, 3, bytes)?),
        0x101F => V::MultipleText(list(u, 3, text)?),
        0x1040 => V::MultipleTime(list(u, 3, |u| u.arbitrary())?),
        0x1048 => V::MultipleGuid(list(u, 3, guid)?),
        0x1102 => V::MultipleBinary(list(u, 3, bytes)?),
        _ if u.ratio(1, 8)? => V::Deferred(u.arbitrary()?),
        _ => {
            let kind = *u.choose(KINDS)?;
            return value_of(u, kind);
        }
    })
}

/// A value for a tag: mostly of its type, and now and then `deferred` or of another.
pub(crate) fn value(u: &mut Unstructured<'_>, tag: PropertyTag) -> Result<PropertyValue> {
    let kind = if u.ratio(1, 16)? { 0 } else { tag };
    value_of(u, kind)
}

pub(crate) fn error_code(u: &mut Unstructured<'_>) -> Result<ErrorCode> {
    Ok(*u.choose(&[
        ErrorCode::NotFound,
        ErrorCode::NotImplemented,
        ErrorCode::Failed,
        ErrorCode::TooComplex,
    ])?)
}

/// A cell for a tag.
pub(crate) fn cell(u: &mut Unstructured<'_>, tag: PropertyTag) -> Result<Cell> {
    if u.ratio(1, 8)? { Ok(Err(error_code(u)?)) } else { value(u, tag).map(Ok) }
}
