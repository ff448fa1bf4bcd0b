//! Values of the key-value store as bytes: a format version, postcard, and a checksum over both. Knows property values; does
//! not know what objects are made of them.

use mapistore_sdk::{
    Error, Properties, Result,
    tags::{PropertyTag, property_id, property_tag},
    types::{Guid, PropertyValue},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The format of everything that is written.
const FORMAT: u8 = 1;
const CHECKSUM_BYTES: usize = 4;

/// A value as bytes.
///
/// # Errors
/// `invalid-data`, if it has no such form.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = postcard::to_extend(value, vec![FORMAT])
        .map_err(|error| Error::invalid_data(format!("a value that cannot be written: {error}")))?;
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    Ok(bytes)
}

/// The value that `encode` wrote.
///
/// # Errors
/// `corrupted`, if these bytes are not what it wrote.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let split = bytes.len().checked_sub(CHECKSUM_BYTES).and_then(|at| bytes.split_at_checked(at));
    let (content, checksum) = split.ok_or_else(|| Error::corrupted("a value without a checksum"))?;
    if crc32fast::hash(content).to_le_bytes() != checksum {
        return Err(Error::corrupted("a value with the wrong checksum"));
    }
    let (format, content) = content.split_first().ok_or_else(|| Error::corrupted("an empty value"))?;
    if *format != FORMAT {
        return Err(Error::corrupted(format!("a value of format {format}, {FORMAT} is known")));
    }
    postcard::from_bytes(content).map_err(|error| Error::corrupted(format!("a value: {error}")))
}

macro_rules! values {
    ($($(#[$meta:meta])* $case:ident($ty:ty),)*) => {
        /// A property value as it is written. The order of the cases is the format.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(crate) enum Value {
            Null,
            Object,
            Guid((u64, u64)),
            MultipleGuid(Vec<(u64, u64)>),
            $($(#[$meta])* $case($ty),)*
        }

        impl Value {
            /// None for `deferred`, which is no value.
            fn new(value: &PropertyValue) -> Option<Self> {
                Some(match value {
                    PropertyValue::Deferred(_) => return None,
                    PropertyValue::Null => Self::Null,
                    PropertyValue::Object => Self::Object,
                    PropertyValue::Guid(guid) => Self::Guid((guid.hi, guid.lo)),
                    PropertyValue::MultipleGuid(guids) => {
                        Self::MultipleGuid(guids.iter().map(|guid| (guid.hi, guid.lo)).collect())
                    }
                    $(PropertyValue::$case(value) => Self::$case(value.clone()),)*
                })
            }
        }

        impl From<Value> for PropertyValue {
            fn from(value: Value) -> Self {
                match value {
                    Value::Null => Self::Null,
                    Value::Object => Self::Object,
                    Value::Guid((hi, lo)) => Self::Guid(Guid { hi, lo }),
                    Value::MultipleGuid(guids) => {
                        Self::MultipleGuid(guids.into_iter().map(|(hi, lo)| Guid { hi, lo }).collect())
                    }
                    $(Value::$case(value) => Self::$case(value),)*
                }
            }
        }
    };
}

values! {
    Integer16(i16),
    Integer32(i32),
    Floating32(f32),
    Floating64(f64),
    Currency(i64),
    FloatingTime(f64),
    ErrorCode(u32),
    Boolean(bool),
    Integer64(i64),
    #[serde(with = "serde_bytes")]
    String8(Vec<u8>),
    Text(String),
    Time(u64),
    #[serde(with = "serde_bytes")]
    Binary(Vec<u8>),
    #[serde(with = "serde_bytes")]
    ServerId(Vec<u8>),
    #[serde(with = "serde_bytes")]
    RestrictionBlob(Vec<u8>),
    #[serde(with = "serde_bytes")]
    RuleActions(Vec<u8>),
    MultipleInteger16(Vec<i16>),
    MultipleInteger32(Vec<i32>),
    MultipleFloating32(Vec<f32>),
    MultipleFloating64(Vec<f64>),
    MultipleCurrency(Vec<i64>),
    MultipleFloatingTime(Vec<f64>),
    MultipleInteger64(Vec<i64>),
    MultipleString8(Vec<Vec<u8>>),
    MultipleText(Vec<String>),
    MultipleTime(Vec<u64>),
    MultipleBinary(Vec<Vec<u8>>),
}

/// A cell as it is written.
pub(crate) fn value(value: &PropertyValue) -> Option<Value> {
    Value::new(value)
}

/// Properties as they are written: id and value.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bag(Vec<(u16, Value)>);

impl Bag {
    /// Those of the properties that `keep` says.
    pub(crate) fn of(properties: &Properties, keep: impl Fn(&PropertyValue) -> bool) -> Self {
        let kept = properties.iter().filter(|(_, value)| keep(value));
        Self(kept.filter_map(|(tag, value)| Some((property_id(tag), Value::new(value)?))).collect())
    }

    /// All of the properties.
    pub(crate) fn all(properties: &Properties) -> Self {
        Self::of(properties, |_| true)
    }

    /// The property with this tag's id.
    pub(crate) fn get(&self, tag: PropertyTag) -> Option<&Value> {
        self.0.iter().find(|(id, _)| *id == property_id(tag)).map(|(_, value)| value)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The properties.
    pub(crate) fn properties(self) -> Properties {
        let mut properties = Properties::new();
        self.0.into_iter().for_each(|(id, value)| properties.set(property_tag(id, 0), value));
        properties
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mapistore_sdk::ErrorCode;

    #[test]
    fn a_value_reads_back_and_a_damaged_one_is_corrupted() {
        use PropertyValue as V;
        let guid = Guid { hi: 1, lo: u64::MAX };
        let properties = [
            V::Null,
            V::Object,
            V::Guid(guid),
            V::MultipleGuid(vec![guid]),
            V::Integer16(-1),
            V::Floating64(0.5),
            V::String8(vec![0xE9]),
            V::Text("é".into()),
            V::RuleActions(vec![1]),
            V::MultipleBinary(vec![vec![], vec![2]]),
            V::MultipleText(vec!["a".into()]),
        ];
        let bag = (1_u16..)
            .zip(properties)
            .fold(Properties::new(), |bag, (id, value)| bag.with(property_tag(id, 0), value));
        let bytes = encode(&Bag::all(&bag)).unwrap();
        assert_eq!(decode::<Bag>(&bytes).unwrap().properties(), bag);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(decode::<Bag>(&damaged).unwrap_err().code, ErrorCode::Corrupted, "{at}");
            assert_eq!(decode::<Bag>(&bytes[..at]).unwrap_err().code, ErrorCode::Corrupted, "{at}");
        }
    }
}
