//! Facts about restrictions: behaviours TA-07, TA-08, TA-09 and TA-11, and the shape of the flat form.

use super::*;
use crate::bindings::mapistore::backend::types::{
    BitmaskMatch, Cell, CommentNode, CompareMatch, ContentMatch, CountNode, ErrorCode, Guid, MatchFlags,
    MatchKind, Property, PropertyMatch, SizeMatch, SubMatch,
};

mod arbitrary;

const SUBJECT: PropertyTag = 0x0037_001F;
const FLAGS: PropertyTag = 0x0E07_0003;
const MISSING: PropertyTag = 0x0071_0003;
const RELOPS: [Relop; 6] = [Relop::Lt, Relop::Le, Relop::Gt, Relop::Ge, Relop::Eq, Relop::Ne];

/// A row that owns its cells and, if they can be had, its recipients.
#[derive(Debug, Default)]
struct TestRow {
    columns: Vec<PropertyTag>,
    cells: Vec<Cell>,
    recipients: Option<Vec<TestRow>>,
}

impl TestRow {
    fn columns(&self) -> ColumnRow<'_> {
        ColumnRow { columns: &self.columns, cells: &self.cells }
    }
}

impl Row for TestRow {
    fn value(&self, tag: PropertyTag) -> Option<&PropertyValue> {
        self.columns().get(tag)
    }

    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        let recipients = self.recipients.as_ref().filter(|_| object == SubObject::Recipients)?;
        Some(recipients.iter().map(|row| Box::new(row.columns()) as _).collect())
    }
}

fn row(values: &[(PropertyTag, PropertyValue)]) -> TestRow {
    let (columns, cells) = values.iter().map(|(tag, value)| (*tag, Ok(value.clone()))).unzip();
    TestRow { columns, cells, recipients: None }
}

fn text(text: &str) -> PropertyValue {
    PropertyValue::Text(text.into())
}

fn property(op: Relop, tag: PropertyTag, value: PropertyValue) -> RestrictionNode {
    RestrictionNode::Property(PropertyMatch { op, tag, value })
}

fn eq(tag: PropertyTag, value: PropertyValue) -> RestrictionNode {
    property(Relop::Eq, tag, value)
}

fn content(value: PropertyValue, tag: PropertyTag, kind: MatchKind) -> RestrictionNode {
    RestrictionNode::Content(ContentMatch { tag, value, kind, options: MatchFlags::empty() })
}

fn holds(nodes: &[RestrictionNode], row: &TestRow) -> bool {
    matches(nodes, row).unwrap()
}

/// Which of the six operators hold between the row's value and the other.
fn relops(tag: PropertyTag, value: &PropertyValue, other: &PropertyValue) -> [bool; 6] {
    RELOPS.map(|op| holds(&[property(op, tag, other.clone())], &row(&[(tag, value.clone())])))
}

#[test]
fn ta_07_each_relop_on_each_type_that_has_an_order() {
    use PropertyValue as V;
    let guid = |lo| V::Guid(Guid { hi: 7, lo });
    for (tag, small, large) in [
        (0x8001_0002, V::Integer16(-1), V::Integer16(1)),
        (0x8001_0003, V::Integer32(-1), V::Integer32(1)),
        (0x8001_0004, V::Floating32(-1.5), V::Floating32(0.5)),
        (0x8001_0005, V::Floating64(-1.5), V::Floating64(0.5)),
        (0x8001_0006, V::Currency(-1), V::Currency(1)),
        (0x8001_0007, V::FloatingTime(1.0), V::FloatingTime(2.0)),
        (0x8001_000A, V::ErrorCode(1), V::ErrorCode(0x8000_0000)),
        (0x8001_000B, V::Boolean(false), V::Boolean(true)),
        (0x8001_0014, V::Integer64(-1), V::Integer64(1)),
        (0x8001_001E, V::String8(b"a".to_vec()), V::String8(b"B".to_vec())),
        (0x8001_001F, text("a"), text("B")),
        (0x8001_0040, V::Time(1), V::Time(u64::MAX)),
        (0x8001_0048, guid(1), guid(u64::MAX)),
        (0x8001_00FB, V::ServerId(vec![1]), V::ServerId(vec![2])),
        (0x8001_0102, V::Binary(vec![1]), V::Binary(vec![1, 0])),
        (0x8001_1003, V::MultipleInteger32(vec![1, 2]), V::MultipleInteger32(vec![1, 3])),
        (0x8001_101F, V::MultipleText(vec!["a".into()]), V::MultipleText(vec!["a".into(), "b".into()])),
    ] {
        // lt, le, gt, ge, eq, ne
        assert_eq!(relops(tag, &small, &large), [true, true, false, false, false, true], "{small:?}");
        assert_eq!(relops(tag, &small, &small), [false, true, false, true, true, false], "{small:?}");
        assert_eq!(relops(tag, &large, &small), [false, false, true, true, false, true], "{large:?}");
    }
}

#[test]
fn ta_07_and_or_not_nest() {
    let here = row(&[(FLAGS, PropertyValue::Integer32(1))]);
    let yes = || RestrictionNode::Exists(FLAGS);
    let no = || RestrictionNode::Exists(MISSING);
    // not (no or (yes and not yes))
    let nodes = [
        RestrictionNode::Negate(1),
        RestrictionNode::AnyOf(vec![2, 3]),
        no(),
        RestrictionNode::AllOf(vec![4, 5]),
        yes(),
        RestrictionNode::Negate(6),
        yes(),
    ];
    assert!(holds(&nodes, &here));
    assert!(holds(&[RestrictionNode::AllOf(vec![])], &here));
    assert!(!holds(&[RestrictionNode::AnyOf(vec![])], &here));
}

#[test]
fn ta_07_every_comparison_with_a_missing_property_is_false() {
    let empty = TestRow { columns: vec![FLAGS], cells: vec![Err(ErrorCode::NotFound)], recipients: None };
    let value = || PropertyValue::Integer32(0);
    let mut nodes: Vec<_> = RELOPS.iter().map(|op| property(*op, FLAGS, value())).collect();
    nodes.extend(
        [true, false]
            .map(|non_zero| RestrictionNode::Bitmask(BitmaskMatch { non_zero, tag: FLAGS, mask: 1 })),
    );
    nodes.extend(RELOPS.map(|op| RestrictionNode::Size(SizeMatch { op, tag: FLAGS, size: 4 })));
    nodes.extend(RELOPS.map(|op| RestrictionNode::Compare(CompareMatch { op, left: FLAGS, right: FLAGS })));
    nodes.push(content(text(""), SUBJECT, MatchKind::Substring));
    nodes.push(RestrictionNode::Exists(FLAGS));
    for node in nodes {
        assert!(!holds(std::slice::from_ref(&node), &empty), "{node:?}");
    }
    assert!(holds(&[RestrictionNode::Negate(1), eq(FLAGS, value())], &empty));
}

#[test]
fn ta_07_a_property_is_found_by_its_id_and_texts_compare_across_both_types() {
    let stored = row(&[(SUBJECT, text("Größe"))]);
    let latin1 = PropertyValue::String8(b"Gr\xF6\xDFe".to_vec());
    assert!(holds(&[eq(0x0037_001E, latin1.clone())], &stored));
    assert!(holds(&[content(latin1, 0x0037_001E, MatchKind::Prefix)], &stored));
    assert!(holds(&[eq(0x0037_0000, text("Größe"))], &stored));
    // Values without a common order: as if the property were missing.
    assert!(!holds(&[property(Relop::Ne, 0x0037_0003, PropertyValue::Integer32(1))], &stored));
}

#[test]
fn ta_07_a_list_holds_if_one_of_its_values_does() {
    let stored = row(&[(0x8001_101F, PropertyValue::MultipleText(vec!["red".into(), "blue".into()]))]);
    assert!(holds(&[eq(0x8001_101F, text("blue"))], &stored));
    assert!(!holds(&[eq(0x8001_101F, text("green"))], &stored));
    assert!(holds(&[property(Relop::Ne, 0x8001_101F, text("blue"))], &stored));
    assert!(holds(&[content(text("lu"), 0x8001_101F, MatchKind::Substring)], &stored));
    assert!(holds(
        &[eq(0x8001_101F, PropertyValue::MultipleText(vec!["red".into(), "blue".into()]))],
        &stored
    ));
    let none = row(&[(0x8001_101F, PropertyValue::MultipleText(vec![]))]);
    assert!(!holds(&[property(Relop::Ne, 0x8001_101F, text("blue"))], &none));
}

#[test]
fn ta_08_binary_matches_in_full_in_part_and_at_its_beginning() {
    let tag = 0x0FFF_0102;
    let stored = row(&[(tag, PropertyValue::Binary(vec![1, 2, 3]))]);
    for (kind, hit, miss) in [
        (MatchKind::FullString, vec![1, 2, 3], vec![1, 2]),
        (MatchKind::Substring, vec![2, 3], vec![1, 3]),
        (MatchKind::Prefix, vec![1, 2], vec![2, 3]),
    ] {
        assert!(holds(&[content(PropertyValue::Binary(hit), tag, kind)], &stored), "{kind:?}");
        assert!(!holds(&[content(PropertyValue::Binary(miss), tag, kind)], &stored), "{kind:?}");
    }
}

#[test]
fn ta_09_bitmasks_look_at_the_masked_bits_only() {
    let bits = |non_zero, mask| [RestrictionNode::Bitmask(BitmaskMatch { non_zero, tag: FLAGS, mask })];
    let stored = row(&[(FLAGS, PropertyValue::Integer32(i32::MIN + 2))]);
    assert!(holds(&bits(true, 0x8000_0000), &stored));
    assert!(holds(&bits(true, 0x6), &stored));
    assert!(!holds(&bits(true, 0x4), &stored));
    assert!(holds(&bits(false, 0x4), &stored));
    assert!(!holds(&bits(false, 0x2), &stored));
    assert!(holds(&bits(false, 0), &stored));
}

#[test]
fn ta_09_exists_and_size_work_on_values_that_are_not_here() {
    let body = 0x1000_001F;
    let stored = row(&[(body, PropertyValue::Deferred(100_000)), (0x3701_000D, PropertyValue::Object)]);
    assert!(holds(&[RestrictionNode::Exists(body)], &stored));
    assert!(holds(&[RestrictionNode::Exists(0x3701_000D)], &stored));
    let size = |op, size| [RestrictionNode::Size(SizeMatch { op, tag: body, size })];
    assert!(holds(&size(Relop::Ge, 100_000), &stored));
    assert!(!holds(&size(Relop::Lt, 100_000), &stored));
}

#[test]
fn ta_09_two_properties_compare_with_each_other() {
    let stored = row(&[(SUBJECT, text("a")), (0x0070_001E, PropertyValue::String8(b"b".to_vec()))]);
    let compare = |op| [RestrictionNode::Compare(CompareMatch { op, left: SUBJECT, right: 0x0070_001E })];
    assert!(holds(&compare(Relop::Lt), &stored));
    assert!(!holds(&compare(Relop::Eq), &stored));
}

#[test]
fn ta_09_sub_holds_if_one_recipient_does_and_a_missing_table_is_an_error() {
    let nodes = |object| {
        [
            RestrictionNode::Sub(SubMatch { object, child: 1 }),
            content(text("bob@"), 0x3003_001F, MatchKind::Prefix),
        ]
    };
    let mut message = row(&[(0x3003_001F, text("bob@of.the.message"))]);
    message.recipients =
        Some(vec![row(&[(0x3003_001F, text("eve@a"))]), row(&[(0x3003_001F, text("bob@a"))])]);
    assert!(holds(&nodes(SubObject::Recipients), &message));
    message.recipients = Some(vec![]);
    assert!(!holds(&nodes(SubObject::Recipients), &message));
    let what = "`sub` on the attachments of this row";
    let expected = EvaluateError::Unsupported { node: 0, what };
    assert_eq!(matches(&nodes(SubObject::Attachments), &message), Err(expected));
}

#[test]
fn a_comment_is_its_child_and_without_one_true() {
    let values = || vec![Property { tag: SUBJECT, value: text("for people") }];
    let comment = |child| RestrictionNode::Comment(CommentNode { values: values(), child });
    assert!(holds(&[comment(None)], &row(&[])));
    assert!(!holds(&[comment(Some(1)), RestrictionNode::Exists(FLAGS)], &row(&[])));
}

#[test]
fn count_admits_the_first_rows_of_a_table_that_hold() {
    let nodes =
        vec![RestrictionNode::Count(CountNode { count: 2, child: 1 }), RestrictionNode::Exists(FLAGS)];
    let (hit, miss) = (row(&[(FLAGS, PropertyValue::Integer32(0))]), row(&[]));
    let mut filter = Filter::new(nodes.clone()).unwrap();
    let admitted: Vec<_> = [&hit, &miss, &hit, &hit].map(|row| filter.admits(row).unwrap()).into();
    assert_eq!(admitted, [true, false, true, false]);
    filter.restart();
    assert_eq!(filter.admits(&hit), Ok(true));
    assert!(matches!(matches(&nodes, &hit), Err(EvaluateError::Unsupported { node: 0, .. })));
}

#[test]
fn ta_11_what_cannot_be_decided_is_an_error_and_not_an_answer() {
    let stored = row(&[(SUBJECT, PropertyValue::Deferred(50_000)), (0x0070_001F, text("a"))]);
    let deferred = Err(EvaluateError::Deferred { node: 0, tag: SUBJECT });
    assert_eq!(matches(&[eq(SUBJECT, text("a"))], &stored), deferred);
    assert_eq!(matches(&[content(text("a"), SUBJECT, MatchKind::Prefix)], &stored), deferred);
    let regex = matches(&[property(Relop::Regex, 0x0070_001F, text("a.*"))], &stored);
    assert_eq!(regex, Err(EvaluateError::Unsupported { node: 0, what: "`regex`" }));
    let entry_id = PropertyValue::Binary(vec![1]);
    let other = row(&[(0x0FFF_0102, entry_id.clone())]);
    let member = matches(&[property(Relop::MemberOfDl, 0x0FFF_0102, entry_id)], &other);
    assert_eq!(member, Err(EvaluateError::Unsupported { node: 0, what: "`member-of-dl`" }));
}

#[test]
fn the_flat_form_has_one_root_and_every_other_node_one_parent() {
    let leaf = || RestrictionNode::Exists(FLAGS);
    let and = |children: &[u32]| RestrictionNode::AllOf(children.to_vec());
    assert_eq!(check(&[]), Err(RestrictionError::Empty));
    assert_eq!(check(&[and(&[1, 2]), leaf(), leaf()]), Ok(()));
    assert_eq!(check(&[and(&[2, 1]), leaf(), leaf()]), Ok(()));
    assert_eq!(check(&[and(&[1, 1]), leaf()]), Err(RestrictionError::SharedChild { child: 1 }));
    assert_eq!(check(&[and(&[2]), leaf(), leaf()]), Err(RestrictionError::Orphan { node: 1 }));
    for child in [0, 1, u32::MAX] {
        assert_eq!(check(&[and(&[child])]), Err(RestrictionError::Child { node: 0, child, nodes: 1 }));
    }
    let back = check(&[and(&[1]), and(&[0])]);
    assert_eq!(back, Err(RestrictionError::Child { node: 1, child: 0, nodes: 2 }));
    assert_eq!(
        check(&[and(&[7]), leaf()]).unwrap_err().to_string(),
        "node 0 of the restriction names node 7 as its child, allowed are 1 to 1"
    );
}

#[test]
fn more_than_512_nodes_or_64_levels_are_refused() {
    let wide = |leaves: u32| {
        let mut nodes = vec![RestrictionNode::AnyOf((1..=leaves).collect())];
        nodes.extend((0..leaves).map(|_| RestrictionNode::Exists(FLAGS)));
        nodes
    };
    assert_eq!(check(&wide(511)), Ok(()));
    assert_eq!(check(&wide(512)), Err(RestrictionError::TooManyNodes { nodes: 513 }));
    let deep = |levels: u32| {
        let mut nodes: Vec<_> = (1..levels).map(RestrictionNode::Negate).collect();
        nodes.push(RestrictionNode::Exists(FLAGS));
        nodes
    };
    assert!(!holds(&deep(64), &row(&[(FLAGS, PropertyValue::Integer32(1))])));
    assert_eq!(check(&deep(65)), Err(RestrictionError::TooDeep { node: 64 }));
}

#[test]
fn values_must_agree_with_their_tags_and_tags_with_their_node() {
    let refused = |node: RestrictionNode| check(&[node]).unwrap_err();
    let value = |seen| RestrictionError::Value { node: 0, tag: SUBJECT, seen };
    assert_eq!(refused(eq(SUBJECT, PropertyValue::Integer32(1))), value("PtypInteger32"));
    assert_eq!(refused(eq(SUBJECT, PropertyValue::Deferred(1))), value("deferred"));
    assert_eq!(refused(eq(SUBJECT, text("a\0"))), value("PtypString"));
    let unknown = RestrictionError::UnknownType { node: 0, tag: 0x0037_0009 };
    assert_eq!(refused(RestrictionNode::Exists(0x0037_0009)), unknown);
    let kind = |node| match refused(node) {
        RestrictionError::TypeForKind { kind, .. } => kind,
        other => panic!("{other}"),
    };
    assert_eq!(kind(content(PropertyValue::Integer32(1), FLAGS, MatchKind::Prefix)), "content");
    assert_eq!(
        kind(RestrictionNode::Bitmask(BitmaskMatch { non_zero: true, tag: SUBJECT, mask: 1 })),
        "bitmask"
    );
    assert_eq!(kind(property(Relop::Regex, FLAGS, PropertyValue::Integer32(1))), "regex");
    assert_eq!(kind(property(Relop::MemberOfDl, SUBJECT, text("a"))), "member-of-dl");
    assert_eq!(kind(RestrictionNode::Size(SizeMatch { op: Relop::Regex, tag: SUBJECT, size: 1 })), "regex");
    assert_eq!(
        kind(RestrictionNode::Compare(CompareMatch { op: Relop::Eq, left: SUBJECT, right: FLAGS })),
        "compare"
    );
    let comment =
        CommentNode { values: vec![Property { tag: SUBJECT, value: PropertyValue::Null }], child: None };
    assert_eq!(refused(RestrictionNode::Comment(comment)), value("PtypNull"));
}

#[test]
fn tags_are_the_columns_of_the_row_and_sub_tags_those_below_it() {
    let nodes = [
        RestrictionNode::AllOf(vec![1, 2, 4]),
        RestrictionNode::Compare(CompareMatch { op: Relop::Eq, left: SUBJECT, right: 0x0070_001F }),
        RestrictionNode::Sub(SubMatch { object: SubObject::Recipients, child: 3 }),
        RestrictionNode::Exists(0x3003_001F),
        RestrictionNode::Negate(5),
        RestrictionNode::Exists(SUBJECT),
    ];
    assert_eq!(tags(&nodes), [SUBJECT, 0x0070_001F]);
    assert_eq!(sub_tags(&nodes, SubObject::Recipients), [0x3003_001F]);
    assert!(sub_tags(&nodes, SubObject::Attachments).is_empty());
}

#[test]
fn sy_01_change_numbers_compare_in_the_order_in_which_they_were_handed_out() {
    const CHANGE_NUMBER: PropertyTag = 0x67A4_0014;
    // GLOBCNT 0x0100, which is raw 0x0001_0000_0000_0001, comes after 0xFF, which is raw 0xFF00_0000_0000_0001.
    let number = |raw: u64| PropertyValue::Integer64(raw.cast_signed());
    let (earlier, later) = (number(0xFF00_0000_0000_0001), number(0x0001_0000_0000_0001));
    let row = TestRow { columns: vec![CHANGE_NUMBER], cells: vec![Ok(later)], ..TestRow::default() };
    let since =
        |op| [RestrictionNode::Property(PropertyMatch { op, tag: CHANGE_NUMBER, value: earlier.clone() })];
    assert_eq!(matches(&since(Relop::Gt), &row), Ok(true));
    assert_eq!(matches(&since(Relop::Le), &row), Ok(false));
}
