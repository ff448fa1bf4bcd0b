//! Sort orders (MS-OXCDATA 2.13), so that a backend can claim
//! [`Capabilities::SORTING`](crate::types::Capabilities::SORTING) without writing this itself. The order is the host's.
//!
//! A row without the property comes first when ascending, last when descending; rows with equal keys keep their order;
//! texts sort without regard to case, which decides only between texts that are otherwise equal.

use crate::{
    Error, Result,
    restriction::Row,
    tags::{
        PTYP_MULTIPLE_STRING, PTYP_MULTIPLE_STRING8, PTYP_OBJECT, PTYP_STRING, PTYP_STRING8, property_type,
    },
    text,
    types::{PropertyValue, SortDirection, SortOrder},
    value::{compare_property, type_of},
};
use std::{borrow::Cow, cmp::Ordering};

/// Checks that rows can be sorted like this.
///
/// # Errors
/// `too-complex` for categories, `maximum-category`, and keys whose values have no order.
pub fn check(order: &SortOrder) -> Result<()> {
    let sortable = |key: &crate::types::SortKey| {
        key.direction != SortDirection::MaximumCategory && property_type(key.tag) != PTYP_OBJECT
    };
    if order.categories > 0 || order.expanded > 0 || !order.keys.iter().all(sortable) {
        return Err(Error::too_complex("categories, and keys without an order, are not sorted here"));
    }
    Ok(())
}

/// What one row is sorted by: to be made once for each row, before the rows are compared with each other.
pub struct Keys<'a>(Vec<Key<'a>>);

struct Key<'a> {
    value: Option<Cow<'a, PropertyValue>>,
    /// A text in lower case.
    folded: Option<String>,
}

impl<'a> Keys<'a> {
    /// The keys of a row.
    pub fn of(order: &SortOrder, row: &'a dyn Row) -> Self {
        let key = |key: &crate::types::SortKey| {
            let value = row.value(key.tag);
            let folded = match value.as_deref() {
                Some(PropertyValue::Text(text)) => Some(text::folded(text)),
                _ => None,
            };
            Key { value, folded }
        };
        Self(order.keys.iter().map(key).collect())
    }

    /// The order of two rows: by the first key in which they differ. Total, so that it may be given to a sort.
    pub fn compare(&self, order: &SortOrder, other: &Self) -> Ordering {
        let mut by_key = order.keys.iter().zip(self.0.iter().zip(&other.0)).map(|(key, (a, b))| {
            let ascending = match (&a.value, &b.value) {
                (Some(left), Some(right)) => match (&a.folded, &b.folded) {
                    (Some(folded), Some(other)) if folded != other => folded.cmp(other),
                    _ => {
                        compare_property(key.tag, left, right).unwrap_or_else(|| rank(left).cmp(&rank(right)))
                    }
                },
                (left, right) => left.is_some().cmp(&right.is_some()),
            };
            if key.direction == SortDirection::Descending { ascending.reverse() } else { ascending }
        });
        by_key.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// Sorts rows; those with equal keys keep their order.
pub fn sort_rows<R: Row>(order: &SortOrder, rows: Vec<R>) -> Vec<R> {
    let mut positions: Vec<(Keys<'_>, usize)> =
        rows.iter().enumerate().map(|(at, row)| (Keys::of(order, row), at)).collect();
    positions.sort_by(|(a, _), (b, _)| a.compare(order, b));
    let positions: Vec<usize> = positions.into_iter().map(|(_, at)| at).collect();
    let mut rows: Vec<Option<R>> = rows.into_iter().map(Some).collect();
    positions.into_iter().filter_map(|at| rows.get_mut(at)?.take()).collect()
}

/// Types in a fixed order. Values with the same rank either compare or are equal, and the others compare by their
/// rank: this is what makes the order total, even if rows disagree about the type of a property. `deferred` values
/// come last.
fn rank(value: &PropertyValue) -> u16 {
    match type_of(value) {
        Some(PTYP_STRING8) => PTYP_STRING,
        Some(PTYP_MULTIPLE_STRING8) => PTYP_MULTIPLE_STRING,
        Some(kind) => kind,
        None => u16::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ErrorCode, Properties,
        tags::{PID_TAG_ATTACH_DATA_OBJECT, PID_TAG_DISPLAY_NAME, PID_TAG_MESSAGE_SIZE, PropertyTag},
        types::SortKey,
    };

    const NAME: PropertyTag = PID_TAG_DISPLAY_NAME;
    const SIZE: PropertyTag = PID_TAG_MESSAGE_SIZE;
    const UP: SortDirection = SortDirection::Ascending;
    const DOWN: SortDirection = SortDirection::Descending;
    /// The position of a row before it was sorted.
    const AT: PropertyTag = 0x8001_0003;

    fn order(keys: &[(PropertyTag, SortDirection)]) -> SortOrder {
        let keys = keys.iter().map(|&(tag, direction)| SortKey { tag, direction }).collect();
        SortOrder { keys, categories: 0, expanded: 0 }
    }

    fn sorted(order: &SortOrder, rows: &[(Option<PropertyValue>, Option<i32>)]) -> Vec<i32> {
        let row = |(at, (name, size)): (i32, &(Option<PropertyValue>, Option<i32>))| {
            let mut row = Properties::new().with(AT, at);
            name.iter().for_each(|name| row.set(NAME, name.clone()));
            size.iter().for_each(|&size| row.set(SIZE, size));
            row
        };
        let rows = sort_rows(order, (0..).zip(rows).map(row).collect());
        let at = |row: &Properties| match row.get(AT) {
            Some(PropertyValue::Integer32(at)) => *at,
            other => panic!("{other:?}"),
        };
        rows.iter().map(at).collect()
    }

    fn name(name: &str) -> Option<PropertyValue> {
        Some(PropertyValue::Text(name.into()))
    }

    #[test]
    fn ta_10_a_missing_cell_is_first_ascending_and_last_descending() {
        let rows = [(None, Some(2)), (None, None), (None, Some(-1))];
        assert_eq!(sorted(&order(&[(SIZE, UP)]), &rows), [1, 2, 0]);
        assert_eq!(sorted(&order(&[(SIZE, DOWN)]), &rows), [0, 2, 1]);
    }

    #[test]
    fn ta_10_later_keys_decide_between_rows_with_equal_earlier_ones() {
        let rows = [(name("b"), Some(1)), (name("a"), Some(1)), (name("a"), Some(2)), (name("A"), Some(3))];
        assert_eq!(sorted(&order(&[(NAME, UP), (SIZE, DOWN)]), &rows), [3, 2, 1, 0]);
    }

    #[test]
    fn ta_10_rows_with_equal_keys_keep_their_order() {
        let rows = [(name("x"), Some(3)), (name("x"), Some(1)), (name("x"), Some(2))];
        assert_eq!(sorted(&order(&[(NAME, UP)]), &rows), [0, 1, 2]);
        assert_eq!(sorted(&order(&[(NAME, DOWN)]), &rows), [0, 1, 2]);
        assert_eq!(sorted(&order(&[]), &rows), [0, 1, 2]);
    }

    #[test]
    fn the_order_is_total_even_if_rows_disagree_about_a_type() {
        use PropertyValue as V;
        let values = [
            None,
            Some(V::Null),
            Some(V::Integer32(1)),
            Some(V::Object),
            Some(V::String8(b"b".to_vec())),
            Some(V::Text("a".into())),
            Some(V::Text("B".into())),
            Some(V::Floating64(f64::NAN)),
            Some(V::Deferred(1)),
            Some(V::Deferred(2)),
        ];
        let order = order(&[(NAME, UP)]);
        let rows: Vec<Properties> = values
            .into_iter()
            .map(|value| value.map_or_else(Properties::new, |value| Properties::new().with(NAME, value)))
            .collect();
        let keys: Vec<_> = rows.iter().map(|row| Keys::of(&order, row)).collect();
        let cmp = |a: &Keys<'_>, b: &Keys<'_>| a.compare(&order, b);
        for a in &keys {
            for b in &keys {
                assert_eq!(cmp(a, b), cmp(b, a).reverse());
                for c in &keys {
                    assert!(!(cmp(a, b).is_le() && cmp(b, c).is_le()) || cmp(a, c).is_le());
                }
            }
        }
    }

    #[test]
    fn categories_and_keys_without_an_order_are_too_complex() {
        check(&order(&[(NAME, UP)])).unwrap();
        let grouped = SortOrder { categories: 1, ..order(&[(NAME, UP)]) };
        let maximum = order(&[(NAME, SortDirection::MaximumCategory)]);
        for wrong in [grouped, maximum, order(&[(PID_TAG_ATTACH_DATA_OBJECT, UP)])] {
            assert_eq!(check(&wrong).unwrap_err().code, ErrorCode::TooComplex);
        }
    }
}
