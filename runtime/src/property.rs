//! Properties as data: their names, types, values and order, and the restrictions over them.
//!
//! Owns what MS-OXCDATA and MS-OXPROPS say about property tags, property values, restrictions (2.12) and sort
//! orders (2.13), so that the host can filter and sort rows for backends that cannot. Knows the contract's types and
//! nothing else of the crate: not where a value comes from, nor who asked for it.

mod expression;
mod filetime;
mod names;
mod restriction;
mod sort;
mod text;
mod value;

pub use expression::{ExpressionError, parse_columns, parse_sort, parse_where};
pub use names::{KNOWN, KnownProperty, known, name_of, similar_name, tag_by_name};
pub use restriction::{
    ColumnRow, EvaluateError, Filter, MAX_DEPTH, MAX_NODES, RestrictionError, Row,
    check as check_restriction, matches, sub_tags, tags,
};
pub use sort::{MAX_SORT_KEYS, SortError, check as check_sort_order, compare_rows, sort_rows};
pub use value::{PropertyType, compare, display, matches_type, same_property, size_of_value, to_json};
