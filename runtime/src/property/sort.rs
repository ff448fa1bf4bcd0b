//! Sort orders (MS-OXCDATA 2.13). Owns the order of rows; does not know restrictions, and makes no categories.

use std::cmp::Ordering;

use super::restriction::Row;
use super::value::{PropertyType, compare_as};
use crate::bindings::mapistore::backend::types::{PropertyTag, PropertyValue, SortDirection, SortOrder};

/// The most keys of a sort order.
pub const MAX_SORT_KEYS: usize = 64;

/// Why the host cannot sort like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SortError {
    /// More than [`MAX_SORT_KEYS`].
    #[error("the sort order has {keys} keys, the limit is {MAX_SORT_KEYS}")]
    TooManyKeys {
        /// How many there are.
        keys: usize,
    },
    /// Grouped views, which the host does not make.
    #[error(
        "the sort order has {categories} category keys and {expanded} expanded ones, only 0 are supported"
    )]
    Categories {
        /// Keys that make groups.
        categories: u16,
        /// Groups that are open.
        expanded: u16,
    },
    /// `maximum-category`, which has a meaning in grouped views only.
    #[error(
        "sort key `0x{tag:08X}` has direction `maximum-category`, supported are `ascending` and `descending`"
    )]
    MaximumCategory {
        /// The key.
        tag: PropertyTag,
    },
    /// A type whose values have no order, or that the contract does not have.
    #[error("sort key `0x{tag:08X}` has a type that cannot be sorted by")]
    Type {
        /// The key.
        tag: PropertyTag,
    },
}

/// Checks that the host can sort rows like this.
///
/// # Errors
/// The first thing that it cannot do: to a client, `too-complex`.
pub fn check(order: &SortOrder) -> Result<(), SortError> {
    let SortOrder { keys, categories, expanded } = order;
    if keys.len() > MAX_SORT_KEYS {
        return Err(SortError::TooManyKeys { keys: keys.len() });
    }
    if *categories > 0 || *expanded > 0 {
        return Err(SortError::Categories { categories: *categories, expanded: *expanded });
    }
    for key in keys {
        if key.direction == SortDirection::MaximumCategory {
            return Err(SortError::MaximumCategory { tag: key.tag });
        }
        match PropertyType::from_tag(key.tag) {
            None | Some(PropertyType::Object) => return Err(SortError::Type { tag: key.tag }),
            Some(_) => {}
        }
    }
    Ok(())
}

/// The order of two rows: by the first key in which they differ. A row without the property comes first when ascending,
/// last when descending.
///
/// The order is total, so that it may be given to a sort. `deferred` values come after all others and are equal to
/// each other: the host has their sizes only, and a size says nothing about the order.
pub fn compare_rows(order: &SortOrder, a: &dyn Row, b: &dyn Row) -> Ordering {
    let mut by_key = order.keys.iter().map(|key| {
        let ascending = compare_cells(key.tag, a.value(key.tag), b.value(key.tag));
        match key.direction {
            SortDirection::Ascending | SortDirection::MaximumCategory => ascending,
            SortDirection::Descending => ascending.reverse(),
        }
    });
    by_key.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

/// Sorts rows; those with equal keys keep their order.
pub fn sort_rows<R: Row>(order: &SortOrder, rows: &mut [R]) {
    rows.sort_by(|a, b| compare_rows(order, a, b));
}

fn compare_cells(tag: PropertyTag, a: Option<&PropertyValue>, b: Option<&PropertyValue>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_as(tag, a, b).unwrap_or_else(|| rank(a).cmp(&rank(b))),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// Types in a fixed order. Values with the same rank either compare or are equal, and the others compare by their
/// rank: this is what makes the order total, even if rows disagree about the type of a property.
fn rank(value: &PropertyValue) -> u16 {
    match PropertyType::of(value) {
        Some(PropertyType::String8) => PropertyType::String.id(),
        Some(PropertyType::MultipleString8) => PropertyType::MultipleString.id(),
        Some(kind) => kind.id(),
        None => u16::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::super::restriction::ColumnRow;
    use super::*;
    use crate::bindings::mapistore::backend::types::{Cell, ErrorCode, SortKey};

    const NAME: PropertyTag = 0x3001_001F;
    const SIZE: PropertyTag = 0x0E08_0003;

    fn order(keys: &[(PropertyTag, SortDirection)]) -> SortOrder {
        let keys = keys.iter().map(|&(tag, direction)| SortKey { tag, direction }).collect();
        SortOrder { keys, categories: 0, expanded: 0 }
    }

    fn row(name: Option<&str>, size: Option<i32>) -> [Cell; 2] {
        [
            name.map(|name| PropertyValue::Text(name.into())).ok_or(ErrorCode::NotFound),
            size.map(PropertyValue::Integer32).ok_or(ErrorCode::NotFound),
        ]
    }

    /// The positions of the rows after sorting.
    fn sorted(order: &SortOrder, cells: &[[Cell; 2]]) -> Vec<usize> {
        struct Numbered<'a>(usize, ColumnRow<'a>);
        impl Row for Numbered<'_> {
            fn value(&self, tag: PropertyTag) -> Option<&PropertyValue> {
                self.1.value(tag)
            }
        }
        let numbered = |(at, cells)| Numbered(at, ColumnRow { columns: &[NAME, SIZE], cells });
        let mut rows: Vec<_> = cells.iter().map(|cells| cells.as_slice()).enumerate().map(numbered).collect();
        sort_rows(order, &mut rows);
        rows.iter().map(|row| row.0).collect()
    }

    #[test]
    fn ta_10_a_missing_cell_is_first_ascending_and_last_descending() {
        let rows = [row(None, Some(2)), row(None, None), row(None, Some(-1))];
        assert_eq!(sorted(&order(&[(SIZE, SortDirection::Ascending)]), &rows), [1, 2, 0]);
        assert_eq!(sorted(&order(&[(SIZE, SortDirection::Descending)]), &rows), [0, 2, 1]);
    }

    #[test]
    fn ta_10_later_keys_decide_between_rows_with_equal_earlier_ones() {
        let rows = [row(Some("b"), Some(1)), row(Some("a"), Some(1)), row(Some("a"), Some(2))];
        let keys = [(NAME, SortDirection::Ascending), (SIZE, SortDirection::Descending)];
        assert_eq!(sorted(&order(&keys), &rows), [2, 1, 0]);
    }

    #[test]
    fn ta_10_rows_with_equal_keys_keep_their_order() {
        let rows = [row(Some("x"), Some(3)), row(Some("x"), Some(1)), row(Some("x"), Some(2))];
        assert_eq!(sorted(&order(&[(NAME, SortDirection::Ascending)]), &rows), [0, 1, 2]);
        assert_eq!(sorted(&order(&[(NAME, SortDirection::Descending)]), &rows), [0, 1, 2]);
        assert_eq!(sorted(&order(&[]), &rows), [0, 1, 2]);
    }

    #[test]
    fn the_order_is_total_even_if_rows_disagree_about_a_type() {
        let values = [
            None,
            Some(PropertyValue::Null),
            Some(PropertyValue::Integer32(1)),
            Some(PropertyValue::Object),
            Some(PropertyValue::String8(b"b".to_vec())),
            Some(PropertyValue::Text("a".into())),
            Some(PropertyValue::Floating64(f64::NAN)),
            Some(PropertyValue::Deferred(1)),
            Some(PropertyValue::Deferred(2)),
        ];
        let cmp = |a: &Option<_>, b: &Option<_>| compare_cells(0x6800_001F, a.as_ref(), b.as_ref());
        for a in &values {
            for b in &values {
                assert_eq!(cmp(a, b), cmp(b, a).reverse());
                for c in &values {
                    if cmp(a, b).is_le() && cmp(b, c).is_le() {
                        assert!(cmp(a, c).is_le(), "{a:?} {b:?} {c:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn categories_and_keys_without_an_order_are_refused() {
        let mut grouped = order(&[(NAME, SortDirection::Ascending)]);
        assert_eq!(check(&grouped), Ok(()));
        grouped.categories = 1;
        assert_eq!(check(&grouped), Err(SortError::Categories { categories: 1, expanded: 0 }));
        let maximum = order(&[(NAME, SortDirection::MaximumCategory)]);
        assert_eq!(check(&maximum), Err(SortError::MaximumCategory { tag: NAME }));
        for tag in [0x3701_000D, 0x0037_0009, 0x8001_301F] {
            let wrong = order(&[(tag, SortDirection::Ascending)]);
            assert_eq!(check(&wrong), Err(SortError::Type { tag }));
        }
        let many = order(&[(NAME, SortDirection::Ascending); MAX_SORT_KEYS + 1]);
        assert_eq!(check(&many), Err(SortError::TooManyKeys { keys: MAX_SORT_KEYS + 1 }));
    }
}
