//! Whatever comes from outside, nothing here panics.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::super::{compare_rows, display, matches_type, to_json};
use super::*;
use crate::bindings::mapistore::backend::types::{SortDirection, SortKey, SortOrder};

/// Few tags, so that restrictions and rows meet; some of them with types that do not exist.
fn any_tag() -> impl Strategy<Value = PropertyTag> {
    let types = [
        0x0000, 0x0002, 0x0003, 0x0005, 0x000B, 0x000D, 0x001E, 0x001F, 0x0040, 0x0102, 0x1003, 0x101F,
        0x0009,
    ];
    (1_u32..4, proptest::sample::select(types.to_vec())).prop_map(|(id, kind)| id << 16 | kind)
}

fn any_property_value() -> impl Strategy<Value = PropertyValue> {
    use PropertyValue as V;
    prop_oneof![
        Just(V::Null),
        Just(V::Object),
        any::<i16>().prop_map(V::Integer16),
        any::<i32>().prop_map(V::Integer32),
        any::<f64>().prop_map(V::Floating64),
        any::<bool>().prop_map(V::Boolean),
        any::<i64>().prop_map(V::Currency),
        vec(any::<u8>(), 0..4).prop_map(V::String8),
        "[aAéE\u{301}\u{0}ß]{0,4}".prop_map(V::Text),
        any::<u64>().prop_map(V::Time),
        any::<u64>().prop_map(V::Deferred),
        vec(any::<u8>(), 0..4).prop_map(V::Binary),
        vec(any::<i32>(), 0..3).prop_map(V::MultipleInteger32),
        vec("[ab]{0,2}", 0..3).prop_map(V::MultipleText),
    ]
}

fn any_relop() -> impl Strategy<Value = Relop> {
    let all = RELOPS.into_iter().chain([Relop::Regex, Relop::MemberOfDl]).collect::<Vec<_>>();
    proptest::sample::select(all)
}

fn any_node(nodes: u32) -> impl Strategy<Value = RestrictionNode> {
    use RestrictionNode as N;
    let child = move || 0..nodes + 1;
    let kind = proptest::sample::select(vec![MatchKind::FullString, MatchKind::Substring, MatchKind::Prefix]);
    let object = proptest::sample::select(vec![SubObject::Recipients, SubObject::Attachments]);
    prop_oneof![
        vec(child(), 0..3).prop_map(N::AllOf),
        vec(child(), 0..3).prop_map(N::AnyOf),
        child().prop_map(N::Negate),
        (any_tag(), any_property_value(), kind).prop_map(|(tag, value, kind)| {
            N::Content(ContentMatch { tag, value, kind, options: MatchFlags::LOOSE })
        }),
        (any_relop(), any_tag(), any_property_value()).prop_map(|(op, tag, value)| property(op, tag, value)),
        (any_relop(), any_tag(), any_tag()).prop_map(|(op, left, right)| N::Compare(CompareMatch {
            op,
            left,
            right
        })),
        (any::<bool>(), any_tag(), any::<u32>()).prop_map(|(non_zero, tag, mask)| N::Bitmask(BitmaskMatch {
            non_zero,
            tag,
            mask
        })),
        (any_relop(), any_tag(), any::<u32>()).prop_map(|(op, tag, size)| N::Size(SizeMatch {
            op,
            tag,
            size
        })),
        any_tag().prop_map(N::Exists),
        (object, child()).prop_map(|(object, child)| N::Sub(SubMatch { object, child })),
        (any_tag(), any_property_value(), proptest::option::of(child())).prop_map(|(tag, value, child)| {
            N::Comment(CommentNode { values: vec![Property { tag, value }], child })
        }),
        (0_u32..3, child()).prop_map(|(count, child)| N::Count(CountNode { count, child })),
    ]
}

/// Any nodes at all: nearly all of these lists are refused.
fn any_list() -> impl Strategy<Value = Vec<RestrictionNode>> {
    (1_u32..8).prop_flat_map(|nodes| vec(any_node(nodes), 0..8))
}

/// Trees of the right shape, though their tags and values need not agree.
fn any_tree() -> impl Strategy<Value = Vec<RestrictionNode>> {
    vec((any_node(0), any::<proptest::sample::Index>()), 1..20).prop_map(|parts| {
        let mut nodes: Vec<_> = parts.iter().map(|(node, _)| without_children(node)).collect();
        for (at, (_, parent)) in parts.iter().enumerate().skip(1) {
            adopt(&mut nodes, parent.index(at), u32::try_from(at).unwrap());
        }
        nodes
    })
}

fn without_children(node: &RestrictionNode) -> RestrictionNode {
    if children(node).is_empty() { node.clone() } else { RestrictionNode::AllOf(Vec::new()) }
}

/// Makes `child` a child of `parent`, which may have to become another kind of node for it.
fn adopt(nodes: &mut [RestrictionNode], parent: usize, child: u32) {
    use RestrictionNode as N;
    let object = SubObject::Recipients;
    nodes[parent] = match nodes[parent].clone() {
        N::AllOf(mut children) | N::AnyOf(mut children) if !children.is_empty() => {
            children.push(child);
            N::AnyOf(children)
        }
        N::AllOf(_) | N::AnyOf(_) => N::AllOf(vec![child]),
        N::Exists(_) | N::Size(_) => N::Negate(child),
        N::Bitmask(_) => N::Count(CountNode { count: 1, child }),
        N::Compare(_) => N::Sub(SubMatch { object, child }),
        N::Content(_) | N::Property(_) => N::Comment(CommentNode { values: Vec::new(), child: Some(child) }),
        N::Comment(CommentNode { values, child: None }) => {
            N::Comment(CommentNode { values, child: Some(child) })
        }
        full => N::AnyOf(children(&full).iter().copied().chain([child]).collect()),
    };
}

fn any_row() -> impl Strategy<Value = TestRow> {
    vec((any_tag(), any_property_value()), 0..5).prop_map(|values| row(&values))
}

/// All that is done to a restriction from outside.
fn exercise(nodes: &[RestrictionNode], rows: &mut [TestRow]) {
    let _ = (tags(nodes), sub_tags(nodes, SubObject::Recipients));
    for row in rows.iter_mut() {
        let _ = matches(nodes, row);
        row.recipients = Some(vec![super::row(&[(SUBJECT, text("a"))])]);
    }
    let filter = Filter::new(nodes.to_vec());
    assert_eq!(filter.is_ok(), check(nodes).is_ok());
    if let Ok(mut filter) = filter {
        for row in rows.iter() {
            let _ = filter.admits(row);
        }
    }
}

proptest! {
    #[test]
    fn no_list_of_nodes_makes_check_or_matches_panic(nodes in any_list(), mut rows in vec(any_row(), 0..3)) {
        exercise(&nodes, &mut rows);
    }

    #[test]
    fn no_tree_makes_check_or_matches_panic(nodes in any_tree(), mut rows in vec(any_row(), 0..3)) {
        exercise(&nodes, &mut rows);
        // These trees break other rules, but not that of their shape.
        let wrong_shape = match check(&nodes) {
            Err(RestrictionError::Orphan { node }) => Some(node),
            Err(RestrictionError::Child { node, .. }) => Some(node),
            Err(RestrictionError::SharedChild { child }) => usize::try_from(child).ok(),
            _ => None,
        };
        prop_assert_eq!(wrong_shape, None);
    }

    #[test]
    fn the_six_relops_agree_with_each_other(a in any_property_value(), b in any_property_value()) {
        let stored = row(&[(0x0001_0000, a)]);
        let [lt, le, gt, ge, eq, ne] = RELOPS.map(|op| matches(&[property(op, 0x0001_0000, b.clone())], &stored));
        if let (Ok(lt), Ok(le), Ok(gt), Ok(ge), Ok(eq), Ok(ne)) = (lt, le, gt, ge, eq, ne) {
            prop_assert_eq!(le, lt || eq);
            prop_assert_eq!(ge, gt || eq);
            prop_assert_eq!(ne, lt || gt);
        }
    }

    #[test]
    fn any_value_can_be_shown_and_rows_sort_the_same_both_ways(tag in any_tag(), rows in vec(any_row(), 2..3)) {
        let keys = vec![SortKey { tag, direction: SortDirection::Ascending }];
        let order = SortOrder { keys, categories: 0, expanded: 0 };
        prop_assert_eq!(
            compare_rows(&order, &rows[0], &rows[1]),
            compare_rows(&order, &rows[1], &rows[0]).reverse()
        );
        for value in rows[0].cells.iter().flatten() {
            let _ = (display(tag, value), to_json(tag, value), matches_type(tag, value));
        }
    }
}
