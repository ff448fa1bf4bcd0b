//! A bag of properties in memory: what a small backend keeps for an object or for a row of a table.

use crate::{
    tags::{PropertyTag, property_id, property_tag},
    types::{Cell, PropertyValue},
    value::{cell, type_of},
};
use std::collections::BTreeMap;

/// Properties by their id: one value for each, whose type is the value's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Properties(BTreeMap<u16, PropertyValue>);

impl Properties {
    /// An empty bag.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the property with this tag's id.
    pub fn set(&mut self, tag: PropertyTag, value: impl Into<PropertyValue>) {
        self.0.insert(property_id(tag), value.into());
    }

    /// The same bag with one property more, to be chained.
    #[must_use]
    pub fn with(mut self, tag: PropertyTag, value: impl Into<PropertyValue>) -> Self {
        self.set(tag, value);
        self
    }

    /// The property with this tag's id, whatever its type.
    pub fn get(&self, tag: PropertyTag) -> Option<&PropertyValue> {
        self.0.get(&property_id(tag))
    }

    /// The text of the property with this tag's id.
    pub fn get_text(&self, tag: PropertyTag) -> Option<&str> {
        match self.get(tag) {
            Some(PropertyValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Takes the property with this tag's id away.
    pub fn remove(&mut self, tag: PropertyTag) -> Option<PropertyValue> {
        self.0.remove(&property_id(tag))
    }

    /// What is here: tag and value, by id.
    pub fn iter(&self) -> impl Iterator<Item = (PropertyTag, &PropertyValue)> {
        self.0.iter().filter_map(|(&id, value)| Some((property_tag(id, type_of(value)?), value)))
    }

    /// The tags of what is here, by id.
    pub fn tags(&self) -> Vec<PropertyTag> {
        self.iter().map(|(tag, _)| tag).collect()
    }

    /// The cell of one tag. `not-found` without such a property of the type that is asked for; text is converted between
    /// PtypString and PtypString8 (code page 1252); what is larger than `inline_limit` is deferred.
    pub fn get_cell(&self, tag: PropertyTag, inline_limit: u32) -> Cell {
        cell(self.get(tag), tag, inline_limit)
    }

    /// One cell for each tag, in their order.
    pub fn get_cells(&self, tags: &[PropertyTag], inline_limit: u32) -> Vec<Cell> {
        tags.iter().map(|&tag| self.get_cell(tag, inline_limit)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorCode;
    use crate::tags::{
        PID_TAG_BODY, PID_TAG_MID, PID_TAG_SUBJECT, PTYP_STRING8, PTYP_UNSPECIFIED, with_type,
    };

    #[test]
    fn a_cell_has_the_type_that_was_asked_for() {
        let bag = Properties::new().with(PID_TAG_SUBJECT, "é");
        let cells = bag.get_cells(
            &[
                PID_TAG_SUBJECT,
                with_type(PID_TAG_SUBJECT, PTYP_STRING8),
                with_type(PID_TAG_SUBJECT, PTYP_UNSPECIFIED),
                with_type(PID_TAG_SUBJECT, 3),
                PID_TAG_MID,
            ],
            1024,
        );
        let text = Ok(PropertyValue::Text("é".to_owned()));
        let narrow = Ok(PropertyValue::String8(vec![0xE9]));
        assert_eq!(cells, [text.clone(), narrow, text, Err(ErrorCode::NotFound), Err(ErrorCode::NotFound)]);
    }

    #[test]
    fn a_property_is_set_and_removed_by_its_id() {
        let mut bag = Properties::new().with(PID_TAG_BODY, "one");
        bag.set(with_type(PID_TAG_BODY, PTYP_STRING8), "two");
        assert_eq!((bag.get_text(PID_TAG_BODY), bag.tags()), (Some("two"), vec![PID_TAG_BODY]));
        bag.remove(PID_TAG_BODY);
        assert_eq!(bag, Properties::new());
    }
}
