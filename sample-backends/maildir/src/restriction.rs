//! Restrictions and sort orders over anything that has properties (MS-OXCDATA 2.12 and 2.13).
//!
//! What is not evaluated here is `too-complex`, and then the host does it: regular expressions, sizes, counts,
//! sub-objects, matches that ignore accents, multiple values and categories.

use std::cmp::Ordering;

use mapistore_sdk::tags;
use mapistore_sdk::types::{
    ContentMatch, MatchFlags, MatchKind, PropertyTag, PropertyValue, Relop, RestrictionNode, SortDirection,
    SortOrder,
};
use mapistore_sdk::{Error, Result};

use crate::ids;

/// Something that has properties: a row of a table.
pub(crate) trait Properties {
    /// The value of a property; none if there is no such property.
    fn get(&self, tag: PropertyTag) -> Option<PropertyValue>;
}

/// Refuses a restriction that [`matches`] cannot evaluate.
///
/// # Errors
/// `TooComplex`.
pub(crate) fn check(nodes: &[RestrictionNode]) -> Result<()> {
    use RestrictionNode as Node;
    let complex = |what: &str| Err(Error::too_complex(format!("{what} are evaluated by the host")));
    let order = |op: &Relop| matches!(op, Relop::Regex | Relop::MemberOfDl);
    for node in nodes {
        match node {
            Node::Property(node) if order(&node.op) => {
                return complex("regular expressions and group members");
            }
            Node::Compare(node) if order(&node.op) => {
                return complex("regular expressions and group members");
            }
            Node::Property(node) if is_multiple(node.tag) => return complex("multiple values"),
            Node::Content(node) if is_multiple(node.tag) => return complex("multiple values"),
            Node::Content(node) if node.options.contains(MatchFlags::IGNORE_NON_SPACE) => {
                return complex("matches without accents");
            }
            Node::Size(_) => return complex("sizes"),
            Node::Sub(_) | Node::Count(_) => return complex("counts and sub-objects"),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a row satisfies a restriction that [`check`] let pass. An empty one is satisfied.
pub(crate) fn matches(nodes: &[RestrictionNode], row: &dyn Properties) -> bool {
    nodes.is_empty() || node_matches(nodes, 0, row)
}

/// The host has checked the tree: a child's position is greater than its parent's, so this ends.
fn node_matches(nodes: &[RestrictionNode], at: u32, row: &dyn Properties) -> bool {
    use RestrictionNode as Node;
    let child = |&at: &u32| node_matches(nodes, at, row);
    let Some(node) = nodes.get(at as usize) else { return false };
    match node {
        Node::AllOf(children) => children.iter().all(child),
        Node::AnyOf(children) => children.iter().any(child),
        Node::Negate(only) => !child(only),
        Node::Property(node) => {
            row.get(node.tag).is_some_and(|value| holds(node.op, compare(node.tag, &value, &node.value)))
        }
        Node::Compare(node) => match (row.get(node.left), row.get(node.right)) {
            (Some(left), Some(right)) => holds(node.op, compare(node.left, &left, &right)),
            _ => false,
        },
        Node::Content(node) => row.get(node.tag).is_some_and(|value| content_matches(node, &value)),
        Node::Bitmask(node) => match row.get(node.tag) {
            Some(PropertyValue::Integer32(bits)) => (bits.cast_unsigned() & node.mask != 0) == node.non_zero,
            _ => false,
        },
        Node::Exists(tag) => row.get(*tag).is_some(),
        Node::Comment(node) => node.child.as_ref().is_none_or(child),
        Node::Size(_) | Node::Sub(_) | Node::Count(_) => false,
    }
}

fn is_multiple(tag: PropertyTag) -> bool {
    tag & 0x1000 != 0
}

fn holds(op: Relop, order: Option<Ordering>) -> bool {
    let Some(order) = order else { return false };
    match op {
        Relop::Lt => order.is_lt(),
        Relop::Le => order.is_le(),
        Relop::Gt => order.is_gt(),
        Relop::Ge => order.is_ge(),
        Relop::Eq => order.is_eq(),
        Relop::Ne => order.is_ne(),
        Relop::Regex | Relop::MemberOfDl => false,
    }
}

/// The order of two values of one type; none for two types.
fn compare(tag: PropertyTag, left: &PropertyValue, right: &PropertyValue) -> Option<Ordering> {
    use PropertyValue as Value;
    match (left, right) {
        (Value::Integer16(left), Value::Integer16(right)) => Some(left.cmp(right)),
        (Value::Integer32(left), Value::Integer32(right)) => Some(left.cmp(right)),
        // Change numbers were handed out in the order of their counters, not of the values.
        (Value::Integer64(left), Value::Integer64(right)) if tag == tags::PID_TAG_CHANGE_NUMBER => {
            Some(ids::counter(left.cast_unsigned()).cmp(&ids::counter(right.cast_unsigned())))
        }
        (Value::Integer64(left), Value::Integer64(right)) => Some(left.cmp(right)),
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        (Value::Time(left), Value::Time(right)) => Some(left.cmp(right)),
        (Value::Text(left), Value::Text(right)) => Some(collation_key(left).cmp(&collation_key(right))),
        (Value::Binary(left), Value::Binary(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn content_matches(node: &ContentMatch, value: &PropertyValue) -> bool {
    match (value, &node.value) {
        (PropertyValue::Text(value), PropertyValue::Text(wanted)) => {
            if node.options.intersects(MatchFlags::IGNORE_CASE | MatchFlags::LOOSE) {
                part_matches(node.kind, value.to_lowercase().as_bytes(), wanted.to_lowercase().as_bytes())
            } else {
                part_matches(node.kind, value.as_bytes(), wanted.as_bytes())
            }
        }
        (PropertyValue::Binary(value), PropertyValue::Binary(wanted)) => {
            part_matches(node.kind, value, wanted)
        }
        _ => false,
    }
}

fn part_matches(kind: MatchKind, value: &[u8], wanted: &[u8]) -> bool {
    match kind {
        MatchKind::FullString => value == wanted,
        MatchKind::Prefix => value.starts_with(wanted),
        MatchKind::Substring => wanted.is_empty() || value.windows(wanted.len()).any(|part| part == wanted),
    }
}

/// Refuses a sort order that [`sort_keys`] and [`compare_keys`] cannot follow.
///
/// # Errors
/// `TooComplex`.
pub(crate) fn check_order(order: &SortOrder) -> Result<()> {
    let plain =
        order.keys.iter().all(|key| key.direction != SortDirection::MaximumCategory && !is_multiple(key.tag));
    if order.categories > 0 || !plain {
        return Err(Error::too_complex("categories and multiple values are sorted by the host"));
    }
    Ok(())
}

/// What orders texts as the host does: without regard to case, and among those that are then equal by their bytes.
fn collation_key(text: &str) -> String {
    // No text contains U+0000, so the first half ends before any other character.
    format!("{}\0{text}", text.to_lowercase())
}

/// What a row is sorted by. Text is replaced by its collation key, made once for each row.
pub(crate) fn sort_keys(order: &SortOrder, row: &dyn Properties) -> Vec<Option<PropertyValue>> {
    let key = |value| match value {
        PropertyValue::Text(text) => PropertyValue::Text(collation_key(&text)),
        other => other,
    };
    order.keys.iter().map(|by| row.get(by.tag).map(key)).collect()
}

/// The order of two rows by their keys. A row without the property comes first when ascending.
pub(crate) fn compare_keys(
    order: &SortOrder,
    left: &[Option<PropertyValue>],
    right: &[Option<PropertyValue>],
) -> Ordering {
    let by_key = order.keys.iter().zip(left.iter().zip(right)).map(|(key, pair)| {
        let ascending = match pair {
            (Some(PropertyValue::Text(left)), Some(PropertyValue::Text(right))) => left.cmp(right),
            (Some(left), Some(right)) => compare(key.tag, left, right).unwrap_or(Ordering::Equal),
            (left, right) => left.is_some().cmp(&right.is_some()),
        };
        if key.direction == SortDirection::Descending { ascending.reverse() } else { ascending }
    });
    by_key.fold(Ordering::Equal, Ordering::then)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mapistore_sdk::types::{BitmaskMatch, CompareMatch, PropertyMatch, SizeMatch, SortKey};
    use std::collections::HashMap;

    struct Row(HashMap<PropertyTag, PropertyValue>);

    impl Properties for Row {
        fn get(&self, tag: PropertyTag) -> Option<PropertyValue> {
            self.0.get(&tag).cloned()
        }
    }

    fn row() -> Row {
        Row(HashMap::from([
            (tags::PID_TAG_SUBJECT, PropertyValue::Text("Hello World".into())),
            (tags::PID_TAG_MESSAGE_FLAGS, PropertyValue::Integer32(0x11)),
            (tags::PID_TAG_CHANGE_NUMBER, PropertyValue::Integer64(0x0002_0000_0000_0001)),
        ]))
    }

    fn property(op: Relop, tag: PropertyTag, value: PropertyValue) -> RestrictionNode {
        RestrictionNode::Property(PropertyMatch { op, tag, value })
    }

    fn content(kind: MatchKind, options: MatchFlags, value: &str) -> RestrictionNode {
        let value = PropertyValue::Text(value.into());
        RestrictionNode::Content(ContentMatch { tag: tags::PID_TAG_SUBJECT, value, kind, options })
    }

    /// TA-07.
    #[test]
    fn and_or_and_not_nest() {
        let yes = property(Relop::Gt, tags::PID_TAG_MESSAGE_FLAGS, PropertyValue::Integer32(0x10));
        let no = property(Relop::Eq, tags::PID_TAG_MESSAGE_FLAGS, PropertyValue::Integer32(0x10));
        let nodes = [
            RestrictionNode::AllOf(vec![1, 3]),
            RestrictionNode::AnyOf(vec![2, 4]),
            yes,
            RestrictionNode::Negate(5),
            no.clone(),
            no,
        ];
        assert!(matches(&nodes, &row()));
        assert!(matches(&[RestrictionNode::AllOf(vec![])], &row()));
        assert!(!matches(&[RestrictionNode::AnyOf(vec![])], &row()));
    }

    /// TA-08.
    #[test]
    fn text_matches_in_whole_in_part_and_at_the_start() {
        let none = MatchFlags::empty();
        for (node, expected) in [
            (content(MatchKind::FullString, none, "Hello World"), true),
            (content(MatchKind::FullString, none, "hello world"), false),
            (content(MatchKind::FullString, MatchFlags::IGNORE_CASE, "hello world"), true),
            (content(MatchKind::Substring, none, "o W"), true),
            (content(MatchKind::Substring, none, "o w"), false),
            (content(MatchKind::Prefix, MatchFlags::LOOSE, "hell"), true),
            (content(MatchKind::Prefix, none, "World"), false),
        ] {
            assert_eq!(matches(std::slice::from_ref(&node), &row()), expected, "{node:?}");
        }
    }

    /// TA-09.
    #[test]
    fn bitmasks_existence_and_two_properties_are_compared() {
        let mask = |non_zero, mask| {
            RestrictionNode::Bitmask(BitmaskMatch { non_zero, tag: tags::PID_TAG_MESSAGE_FLAGS, mask })
        };
        assert!(matches(&[mask(true, 1)], &row()) && matches(&[mask(false, 2)], &row()));
        assert!(!matches(&[mask(false, 1)], &row()));
        assert!(matches(&[RestrictionNode::Exists(tags::PID_TAG_SUBJECT)], &row()));
        assert!(!matches(&[RestrictionNode::Exists(tags::PID_TAG_BODY)], &row()));
        let same = CompareMatch { op: Relop::Eq, left: tags::PID_TAG_SUBJECT, right: tags::PID_TAG_SUBJECT };
        assert!(matches(&[RestrictionNode::Compare(same)], &row()));
    }

    #[test]
    fn a_comparison_with_a_property_that_is_missing_is_false() {
        let node = property(Relop::Ne, tags::PID_TAG_BODY, PropertyValue::Text("x".into()));
        assert!(!matches(&[node], &row()));
    }

    #[test]
    fn change_numbers_compare_in_the_order_they_were_given_out() {
        // The row's counter is 0x200; 0x10_0000 is later, and smaller as a raw value.
        let later = PropertyValue::Integer64(0x0000_1000_0000_0001);
        assert!(ids::counter(0x0000_1000_0000_0001) > ids::counter(0x0002_0000_0000_0001));
        assert!(matches(&[property(Relop::Lt, tags::PID_TAG_CHANGE_NUMBER, later)], &row()));
    }

    /// TA-11.
    #[test]
    fn what_is_not_evaluated_is_too_complex() {
        let text = || PropertyValue::Text("x".into());
        for node in [
            property(Relop::Regex, tags::PID_TAG_SUBJECT, text()),
            property(Relop::Eq, 0x8001_101F, text()),
            content(MatchKind::Prefix, MatchFlags::IGNORE_NON_SPACE, "x"),
            RestrictionNode::Size(SizeMatch { op: Relop::Lt, tag: tags::PID_TAG_SUBJECT, size: 1 }),
        ] {
            assert!(check(&[node]).is_err());
        }
    }

    /// TA-10.
    #[test]
    fn rows_sort_by_several_keys_and_missing_values_come_first() {
        let key = |tag, direction| SortKey { tag, direction };
        let order = SortOrder {
            keys: vec![
                key(tags::PID_TAG_SUBJECT, SortDirection::Ascending),
                key(tags::PID_TAG_MESSAGE_FLAGS, SortDirection::Descending),
            ],
            categories: 0,
            expanded: 0,
        };
        let keys = |subject: Option<&str>, flags| {
            let row = Row(HashMap::from_iter(
                [(tags::PID_TAG_MESSAGE_FLAGS, PropertyValue::Integer32(flags))].into_iter().chain(
                    subject.map(|subject| (tags::PID_TAG_SUBJECT, PropertyValue::Text(subject.into()))),
                ),
            ));
            sort_keys(&order, &row)
        };
        let sorted =
            [keys(None, 0), keys(Some("A"), 1), keys(Some("a"), 2), keys(Some("a"), 1), keys(Some("b"), 9)];
        assert!(sorted.is_sorted_by(|left, right| compare_keys(&order, left, right).is_lt()));
        assert!(check_order(&SortOrder { categories: 1, ..order }).is_err());
    }
}
