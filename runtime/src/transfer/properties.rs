//! The properties of one object, put into another: all that can be set, small values in calls, large ones through streams.

use std::future::Future;

use super::TransferError;
use super::names::Names;
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types::{
    Cell, ErrorCode, Property, PropertyProblem, PropertyTag, PropertyValue,
};
use crate::error::CallError;
use crate::objects::stream::bytes_of;
use crate::objects::{Attachment, Folder, Message, PropertyStream};
use crate::property::{PropertyType, size_of_value};

/// The most tags of one call.
const TAGS_MAX: usize = 1_000;
/// The most bytes of values in one call.
const BYTES_MAX: u64 = 1 << 20;

/// Properties that an object has because of where it is or what else it holds, by their ids: the target makes its own.
const COMPUTED: [u16; 45] = [
    0x0E02, 0x0E03, 0x0E04, // PidTagDisplayBcc, -Cc, -To: of the recipients
    0x0E08, 0x0E09, 0x0E12, 0x0E13, 0x0E1B, // size, parent, recipients, attachments
    0x0E20, 0x0E21, // PidTagAttachSize, PidTagAttachNumber
    0x0FF4, 0x0FF5, 0x0FF6, 0x0FF7, 0x0FF8, 0x0FF9, 0x0FFA, 0x0FFB, 0x0FFE,
    0x0FFF, // access and entry ids
    0x300B, // PidTagSearchKey
    0x3601, 0x3602, 0x3603, 0x360A, 0x3617, // folder type and counts
    0x3701, // the data of an attachment
    0x65E0, 0x65E1, 0x65E2, 0x65E3, // source, parent, change key, predecessors
    0x6638, 0x6659, // PidTagSerializedReplidGuidMap, PR_INTERNET_CONTENT
    0x6707, 0x6708, 0x6709, // URLs
    0x6748, 0x6749, 0x674A, 0x674D, 0x674E, 0x67A4, 0x67AA, // ids, change number, PidTagAssociated
    0x0E0F, 0x0E17, // responsibility, message status
];

/// Whether the target makes this one itself.
pub(super) fn is_computed(tag: PropertyTag) -> bool {
    u16::try_from(tag >> 16).is_ok_and(|id| COMPUTED.contains(&id))
}

/// An object with properties: WIT has no inheritance.
pub(super) trait Bag: Sync {
    fn list(&self) -> impl Future<Output = Result<Vec<PropertyTag>, CallError>> + Send;
    fn get(&self, tags: &[PropertyTag]) -> impl Future<Output = Result<Vec<Cell>, CallError>> + Send;
    fn set(
        &self,
        values: Vec<Property>,
    ) -> impl Future<Output = Result<Vec<PropertyProblem>, CallError>> + Send;
    fn stream(
        &self,
        tag: PropertyTag,
        access: StreamAccess,
    ) -> impl Future<Output = Result<PropertyStream, CallError>> + Send;
}

macro_rules! bag {
    ($($object:ty),*) => {$(
        impl Bag for $object {
            async fn list(&self) -> Result<Vec<PropertyTag>, CallError> {
                self.list_properties().await
            }

            async fn get(&self, tags: &[PropertyTag]) -> Result<Vec<Cell>, CallError> {
                self.get_properties(tags).await
            }

            async fn set(&self, values: Vec<Property>) -> Result<Vec<PropertyProblem>, CallError> {
                self.set_properties(values).await
            }

            async fn stream(
                &self,
                tag: PropertyTag,
                access: StreamAccess,
            ) -> Result<PropertyStream, CallError> {
                self.open_stream(tag, access).await
            }
        }
    )*};
}
bag!(Folder, Message, Attachment);

/// Reads these properties in as many calls as it takes.
pub(super) async fn read(
    source: &impl Bag,
    tags: &[PropertyTag],
) -> Result<Vec<(PropertyTag, Cell)>, CallError> {
    let mut properties = Vec::with_capacity(tags.len());
    for tags in tags.chunks(TAGS_MAX) {
        properties.extend(tags.iter().copied().zip(source.get(tags).await?));
    }
    Ok(properties)
}

/// Puts these properties of `source` into `target`, and answers those that it has no place for.
pub(super) async fn copy(
    source: &impl Bag,
    target: &impl Bag,
    tags: &[PropertyTag],
    names: &mut Names,
    inline_limit: u32,
) -> Result<Vec<PropertyTag>, TransferError> {
    let translated = names.translate(tags)?;
    let there: std::collections::HashMap<_, _> = tags.iter().copied().zip(translated).collect();
    let (mut lost, mut small, mut small_bytes) = (Vec::new(), Vec::new(), 0);
    for (tag, cell) in read(source, tags).await? {
        let Some(target_tag) = there.get(&tag).copied().flatten() else {
            lost.push(tag);
            continue;
        };
        let value = match cell {
            // It went meanwhile.
            Err(ErrorCode::NotFound) => continue,
            Err(ErrorCode::NotImplemented | ErrorCode::Denied) => {
                lost.push(tag);
                continue;
            }
            Err(code) => return Err(TransferError::Unreadable { tag, code }),
            // There is something, but it is no value.
            Ok(PropertyValue::Object | PropertyValue::Null) => continue,
            Ok(value) => value,
        };
        let size = size_of_value(&value);
        if matches!(value, PropertyValue::Deferred(_)) || size > u64::from(inline_limit) && is_streamed(tag) {
            if !copy_stream(source, tag, target, target_tag, value).await? {
                lost.push(tag);
            }
            continue;
        }
        small_bytes += size;
        small.push((tag, Property { tag: target_tag, value }));
        if small.len() == TAGS_MAX || small_bytes > BYTES_MAX {
            lost.extend(set(target, std::mem::take(&mut small)).await?);
            small_bytes = 0;
        }
    }
    lost.extend(set(target, small).await?);
    Ok(lost)
}

/// Sets properties; answers the source's tags of those that the target refuses.
async fn set(
    target: &impl Bag,
    properties: Vec<(PropertyTag, Property)>,
) -> Result<Vec<PropertyTag>, CallError> {
    if properties.is_empty() {
        return Ok(Vec::new());
    }
    let of_source: Vec<_> = properties.iter().map(|(tag, property)| (*tag, property.tag)).collect();
    let problems = target.set(properties.into_iter().map(|(_, property)| property).collect()).await?;
    let is_problem = |target_tag: PropertyTag| problems.iter().any(|problem| problem.tag == target_tag);
    Ok(of_source.into_iter().filter(|(_, there)| is_problem(*there)).map(|(tag, _)| tag).collect())
}

fn is_streamed(tag: PropertyTag) -> bool {
    matches!(
        PropertyType::from_tag(tag),
        Some(PropertyType::String | PropertyType::String8 | PropertyType::Binary)
    )
}

/// Whether an answer says that there is no such stream.
fn is_missing(error: &CallError) -> bool {
    matches!(
        error,
        CallError::Answered {
            code: ErrorCode::NotFound
                | ErrorCode::NotImplemented
                | ErrorCode::Denied
                | ErrorCode::InvalidParameter,
            ..
        }
    )
}

/// Copies one large value; false if the target has no place for it.
async fn copy_stream(
    source: &impl Bag,
    tag: PropertyTag,
    target: &impl Bag,
    target_tag: PropertyTag,
    value: PropertyValue,
) -> Result<bool, TransferError> {
    let bytes = match value {
        PropertyValue::Text(text) => Some(bytes_of(&text)),
        PropertyValue::String8(bytes) | PropertyValue::Binary(bytes) => Some(bytes),
        _ => None,
    };
    let Some(bytes) = bytes else { return pipe(source, tag, target, target_tag).await };
    let written = match target.stream(target_tag, StreamAccess::Create).await {
        Ok(written) => written,
        Err(error) if is_missing(&error) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    written.write(0, &bytes).await?;
    written.commit().await?;
    Ok(true)
}

/// Copies a stream, piece by piece; false if one of the two has no such stream.
pub(super) async fn pipe(
    source: &impl Bag,
    tag: PropertyTag,
    target: &impl Bag,
    target_tag: PropertyTag,
) -> Result<bool, TransferError> {
    let from = match source.stream(tag, StreamAccess::Read).await {
        Ok(from) => from,
        Err(error) if is_missing(&error) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let to = match target.stream(target_tag, StreamAccess::Create).await {
        Ok(to) => to,
        Err(error) if is_missing(&error) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let mut offset = 0;
    loop {
        #[expect(clippy::cast_possible_truncation, reason = "64 KiB fits")]
        let piece = from.read(offset, crate::objects::CHUNK_BYTES as u32).await?;
        if piece.is_empty() {
            break;
        }
        to.write(offset, &piece).await?;
        offset += piece.len() as u64;
    }
    to.commit().await?;
    Ok(true)
}
