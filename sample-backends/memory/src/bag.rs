//! What folders, messages and attachments have in common: properties that are set, removed and streamed, but for those
//! that the backend computes.

use mapistore_sdk::{
    BytesStream, Error, ErrorCode, Properties, PropertyStream, Result,
    tags::{PTYP_BINARY, PTYP_OBJECT, PropertyTag, property_id, property_type, with_type},
    types::{Property, PropertyProblem, PropertyValue, StreamAccess},
    value,
};

/// Whether the property is among these, under whatever type.
pub(crate) fn is_one_of(tag: PropertyTag, tags: &[PropertyTag]) -> bool {
    tags.iter().any(|&other| property_id(other) == property_id(tag))
}

/// Sets one property.
pub(crate) fn set(
    bag: &mut Properties,
    computed: &[PropertyTag],
    tag: PropertyTag,
    value: PropertyValue,
) -> std::result::Result<(), ErrorCode> {
    match value {
        _ if is_one_of(tag, computed) => Err(ErrorCode::Denied),
        // A size is no value.
        PropertyValue::Deferred(_) => Err(ErrorCode::InvalidParameter),
        value => {
            bag.set(tag, value);
            Ok(())
        }
    }
}

/// Does something with each of these properties; answers those with which it could not be done.
pub(crate) fn problems<T>(
    items: impl IntoIterator<Item = T>,
    tag: impl Fn(&T) -> PropertyTag,
    mut act: impl FnMut(T) -> std::result::Result<(), ErrorCode>,
) -> Vec<PropertyProblem> {
    let one = |item: T| {
        let tag = tag(&item);
        act(item).err().map(|code| PropertyProblem { tag, code })
    };
    items.into_iter().filter_map(one).collect()
}

/// Sets properties.
pub(crate) fn set_all(
    bag: &mut Properties,
    computed: &[PropertyTag],
    values: Vec<Property>,
) -> Vec<PropertyProblem> {
    problems(values, |given| given.tag, |given| set(bag, computed, given.tag, given.value))
}

/// Removes properties.
pub(crate) fn remove_all(
    bag: &mut Properties,
    computed: &[PropertyTag],
    tags: &[PropertyTag],
) -> Vec<PropertyProblem> {
    problems(
        tags.iter().copied(),
        |&tag| tag,
        |tag| {
            if is_one_of(tag, computed) {
                return Err(ErrorCode::Denied);
            }
            bag.remove(tag);
            Ok(())
        },
    )
}

/// Opens a property as a stream; `commit` gets the new value.
///
/// # Errors
/// `not-found` without a value to read; `denied` for a computed property that is to be written; `invalid-parameter` for a
/// type that has no stream.
pub(crate) fn stream(
    bag: &Properties,
    computed: &[PropertyTag],
    tag: PropertyTag,
    access: StreamAccess,
    mut commit: impl FnMut(PropertyValue) -> Result<()> + 'static,
) -> Result<Box<dyn PropertyStream>> {
    if access != StreamAccess::Read && is_one_of(tag, computed) {
        return Err(Error::denied(format!("`0x{tag:08X}` is computed")));
    }
    // An empty stream of every type that has streams makes a value.
    value::from_stream(tag, &[])?;
    let bytes = match access {
        StreamAccess::Create => Vec::new(),
        StreamAccess::Read | StreamAccess::ReadWrite => {
            // An object is kept as its bytes.
            let kept = if property_type(tag) == PTYP_OBJECT { with_type(tag, PTYP_BINARY) } else { tag };
            let whole = bag.get_cell(kept, u32::MAX).ok();
            let bytes = whole.as_ref().and_then(value::to_stream);
            bytes.ok_or_else(|| Error::not_found(format!("there is no property `0x{tag:08X}`")))?
        }
    };
    if access == StreamAccess::Read {
        return Ok(Box::new(BytesStream::read_only(bytes)));
    }
    Ok(Box::new(BytesStream::read_write(bytes, move |bytes| commit(value::from_stream(tag, bytes)?))))
}
