//! Facts about restrictions: behaviours TA-07, TA-08, TA-09, TA-11 and SY-01. The host's own evaluation has the same.

use super::*;
use crate::{
    ErrorCode,
    index::from_globcnt,
    tags::*,
    types::{
        BitmaskMatch, CommentNode, CompareMatch, ContentMatch, CountNode, Guid, MatchFlags, MatchKind,
        PropertyMatch, SizeMatch, SubMatch,
    },
    value::id,
};

const RELOPS: [Relop; 6] = [Relop::Lt, Relop::Le, Relop::Gt, Relop::Ge, Relop::Eq, Relop::Ne];

/// A row with recipients, who have an address each.
struct Message(Properties, Vec<Recipient>);

impl Row for Message {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        self.0.value(tag)
    }

    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        let columns = &[PID_TAG_EMAIL_ADDRESS];
        let recipients = self.1.iter().map(|recipient| Box::new(RecipientRow { columns, recipient }) as _);
        (object == SubObject::Recipients).then(|| recipients.collect())
    }
}

fn row(tag: PropertyTag, value: impl Into<PropertyValue>) -> Properties {
    Properties::new().with(tag, value)
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

fn holds(nodes: &[RestrictionNode], row: &dyn Row) -> bool {
    matches(nodes, row).unwrap()
}

fn code(nodes: &[RestrictionNode], row: &dyn Row) -> ErrorCode {
    matches(nodes, row).unwrap_err().code
}

/// Which of the six operators hold between the row's value and the other.
fn relops(tag: PropertyTag, value: &PropertyValue, other: &PropertyValue) -> [bool; 6] {
    RELOPS.map(|op| holds(&[property(op, tag, other.clone())], &row(tag, value.clone())))
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
        (0x8001_00FD, V::RestrictionBlob(vec![1]), V::RestrictionBlob(vec![2])),
        (0x8001_00FE, V::RuleActions(vec![1]), V::RuleActions(vec![2])),
        (0x8001_0102, V::Binary(vec![1]), V::Binary(vec![1, 0])),
        (0x8001_1002, V::MultipleInteger16(vec![1, 2]), V::MultipleInteger16(vec![1, 3])),
        (0x8001_1003, V::MultipleInteger32(vec![1, 2]), V::MultipleInteger32(vec![1, 3])),
        (0x8001_1004, V::MultipleFloating32(vec![1.0]), V::MultipleFloating32(vec![1.5])),
        (0x8001_1005, V::MultipleFloating64(vec![1.0]), V::MultipleFloating64(vec![1.5])),
        (0x8001_1006, V::MultipleCurrency(vec![1]), V::MultipleCurrency(vec![2])),
        (0x8001_1007, V::MultipleFloatingTime(vec![1.0]), V::MultipleFloatingTime(vec![1.5])),
        (0x8001_1014, V::MultipleInteger64(vec![-1]), V::MultipleInteger64(vec![1])),
        (0x8001_101E, V::MultipleString8(vec![b"a".to_vec()]), V::MultipleString8(vec![b"B".to_vec()])),
        (0x8001_101F, V::MultipleText(vec!["a".into()]), V::MultipleText(vec!["a".into(), "b".into()])),
        (0x8001_1040, V::MultipleTime(vec![1]), V::MultipleTime(vec![u64::MAX])),
        (0x8001_1048, V::MultipleGuid(vec![]), V::MultipleGuid(vec![Guid { hi: 0, lo: 0 }])),
        (0x8001_1102, V::MultipleBinary(vec![vec![1]]), V::MultipleBinary(vec![vec![1, 0]])),
    ] {
        // lt, le, gt, ge, eq, ne
        assert_eq!(relops(tag, &small, &large), [true, true, false, false, false, true], "{small:?}");
        assert_eq!(relops(tag, &small, &small), [false, true, false, true, true, false], "{small:?}");
        assert_eq!(relops(tag, &large, &small), [false, false, true, true, false, true], "{large:?}");
    }
}

#[test]
fn ta_07_and_or_not_nest() {
    let here = row(PID_TAG_MESSAGE_FLAGS, 1);
    let yes = || RestrictionNode::Exists(PID_TAG_MESSAGE_FLAGS);
    let no = || RestrictionNode::Exists(PID_TAG_SUBJECT);
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
    let (empty, flags) = (Properties::new(), PID_TAG_MESSAGE_FLAGS);
    let value = || PropertyValue::Integer32(0);
    let mut nodes: Vec<_> = RELOPS.iter().map(|op| property(*op, flags, value())).collect();
    nodes.extend(
        [true, false]
            .map(|non_zero| RestrictionNode::Bitmask(BitmaskMatch { non_zero, tag: flags, mask: 1 })),
    );
    nodes.extend(RELOPS.map(|op| RestrictionNode::Size(SizeMatch { op, tag: flags, size: 4 })));
    nodes.extend(RELOPS.map(|op| RestrictionNode::Compare(CompareMatch { op, left: flags, right: flags })));
    nodes.push(content(text(""), PID_TAG_SUBJECT, MatchKind::Substring));
    nodes.push(RestrictionNode::Exists(flags));
    for node in nodes {
        assert!(!holds(std::slice::from_ref(&node), &empty), "{node:?}");
    }
    assert!(holds(&[RestrictionNode::Negate(1), eq(flags, value())], &empty));
}

#[test]
fn ta_07_a_property_is_found_by_its_id_and_texts_compare_across_both_types() {
    let stored = row(PID_TAG_SUBJECT, "Größe");
    let latin1 = PropertyValue::String8(b"Gr\xF6\xDFe".to_vec());
    assert!(holds(&[eq(0x0037_001E, latin1.clone())], &stored));
    assert!(holds(&[content(latin1, 0x0037_001E, MatchKind::Prefix)], &stored));
    assert!(holds(&[eq(0x0037_0000, text("Größe"))], &stored));
    // Values without a common order: as if the property were missing.
    assert!(!holds(&[property(Relop::Ne, 0x0037_0003, PropertyValue::Integer32(1))], &stored));
}

#[test]
fn ta_07_a_list_holds_if_one_of_its_values_does() {
    let stored = row(0x8001_101F, vec!["red".to_owned(), "blue".to_owned()]);
    assert!(holds(&[eq(0x8001_101F, text("blue"))], &stored));
    assert!(!holds(&[eq(0x8001_101F, text("green"))], &stored));
    assert!(holds(&[property(Relop::Ne, 0x8001_101F, text("blue"))], &stored));
    assert!(holds(&[content(text("lu"), 0x8001_101F, MatchKind::Substring)], &stored));
    assert!(holds(
        &[eq(0x8001_101F, PropertyValue::MultipleText(vec!["red".into(), "blue".into()]))],
        &stored
    ));
    let none = row(0x8001_101F, Vec::<String>::new());
    assert!(!holds(&[property(Relop::Ne, 0x8001_101F, text("blue"))], &none));
}

#[test]
fn ta_08_binary_matches_in_full_in_part_and_at_its_beginning() {
    let stored = row(PID_TAG_ENTRY_ID, vec![1_u8, 2, 3]);
    for (kind, hit, miss) in [
        (MatchKind::FullString, vec![1, 2, 3], vec![1, 2]),
        (MatchKind::Substring, vec![2, 3], vec![1, 3]),
        (MatchKind::Prefix, vec![1, 2], vec![2, 3]),
    ] {
        assert!(holds(&[content(PropertyValue::Binary(hit), PID_TAG_ENTRY_ID, kind)], &stored), "{kind:?}");
        assert!(!holds(&[content(PropertyValue::Binary(miss), PID_TAG_ENTRY_ID, kind)], &stored), "{kind:?}");
    }
}

#[test]
fn ta_09_bitmasks_look_at_the_masked_bits_only() {
    let tag = PID_TAG_MESSAGE_FLAGS;
    let bits = |non_zero, mask| [RestrictionNode::Bitmask(BitmaskMatch { non_zero, tag, mask })];
    let stored = row(tag, i32::MIN + 2);
    assert!(holds(&bits(true, 0x8000_0000), &stored));
    assert!(holds(&bits(true, 0x6), &stored));
    assert!(!holds(&bits(true, 0x4), &stored));
    assert!(holds(&bits(false, 0x4), &stored));
    assert!(!holds(&bits(false, 0x2), &stored));
    assert!(holds(&bits(false, 0), &stored));
}

#[test]
fn ta_09_exists_and_size_work_on_values_that_are_not_here() {
    let stored = row(PID_TAG_BODY, PropertyValue::Deferred(100_000))
        .with(PID_TAG_ATTACH_DATA_OBJECT, PropertyValue::Object);
    assert!(holds(&[RestrictionNode::Exists(PID_TAG_BODY)], &stored));
    assert!(holds(&[RestrictionNode::Exists(PID_TAG_ATTACH_DATA_OBJECT)], &stored));
    let size = |op, size| [RestrictionNode::Size(SizeMatch { op, tag: PID_TAG_BODY, size })];
    assert!(holds(&size(Relop::Ge, 100_000), &stored));
    assert!(!holds(&size(Relop::Lt, 100_000), &stored));
}

#[test]
fn ta_09_two_properties_compare_with_each_other() {
    let stored = row(PID_TAG_SUBJECT, "a").with(0x0070_001E, PropertyValue::String8(b"b".to_vec()));
    let (left, right) = (PID_TAG_SUBJECT, 0x0070_001E);
    let compare = |op| [RestrictionNode::Compare(CompareMatch { op, left, right })];
    assert!(holds(&compare(Relop::Lt), &stored));
    assert!(!holds(&compare(Relop::Eq), &stored));
}

#[test]
fn ta_09_sub_holds_if_one_recipient_does() {
    let nodes = |object| {
        [
            RestrictionNode::Sub(SubMatch { object, child: 1 }),
            content(text("bob@"), PID_TAG_EMAIL_ADDRESS, MatchKind::Prefix),
        ]
    };
    let address = |address: &str| Recipient {
        kind: RecipientKind::Cc,
        username: None,
        cells: vec![Some(text(address))],
    };
    let own = row(PID_TAG_EMAIL_ADDRESS, "bob@of.the.message");
    let message = Message(own.clone(), vec![address("eve@a"), address("bob@a")]);
    assert!(holds(&nodes(SubObject::Recipients), &message));
    assert!(!holds(&nodes(SubObject::Recipients), &Message(own, vec![])));
    assert_eq!(code(&nodes(SubObject::Attachments), &message), ErrorCode::TooComplex);
    let copied = |kind| {
        let sub = SubMatch { object: SubObject::Recipients, child: 1 };
        [RestrictionNode::Sub(sub), eq(PID_TAG_RECIPIENT_TYPE, PropertyValue::Integer32(kind))]
    };
    assert!(holds(&copied(2), &message));
    assert!(!holds(&copied(1), &message));
}

#[test]
fn a_comment_is_its_child_and_without_one_true() {
    let comment = |child| RestrictionNode::Comment(CommentNode { values: Vec::new(), child });
    assert!(holds(&[comment(None)], &Properties::new()));
    assert!(!holds(&[comment(Some(1)), RestrictionNode::Exists(PID_TAG_BODY)], &Properties::new()));
}

#[test]
fn count_admits_the_first_rows_of_a_table_that_hold() {
    let exists = RestrictionNode::Exists(PID_TAG_SUBJECT);
    let nodes = vec![RestrictionNode::Count(CountNode { count: 2, child: 1 }), exists];
    let (hit, miss) = (row(PID_TAG_SUBJECT, ""), Properties::new());
    let mut filter = Filter::new(nodes.clone()).unwrap();
    let admitted: Vec<_> = [&hit, &miss, &hit, &hit].map(|row| filter.admits(row).unwrap()).into();
    assert_eq!(admitted, [true, false, true, false]);
    filter.restart();
    assert!(filter.admits(&hit).unwrap());
    assert_eq!(code(&nodes, &hit), ErrorCode::TooComplex);
}

#[test]
fn ta_11_what_cannot_be_decided_is_an_error_and_not_an_answer() {
    let stored = row(PID_TAG_SUBJECT, PropertyValue::Deferred(50_000));
    assert_eq!(code(&[eq(PID_TAG_SUBJECT, text("a"))], &stored), ErrorCode::TooComplex);
    let part = content(text("a"), PID_TAG_SUBJECT, MatchKind::Prefix);
    assert_eq!(code(&[part], &stored), ErrorCode::TooComplex);
    for op in [Relop::Regex, Relop::MemberOfDl] {
        let hidden = [RestrictionNode::AnyOf(vec![1]), property(op, PID_TAG_ENTRY_ID, text("a"))];
        assert_eq!(check(&hidden).unwrap_err().code, ErrorCode::TooComplex);
    }
}

#[test]
fn sy_01_change_numbers_compare_in_the_order_in_which_they_were_handed_out() {
    let stored = row(PID_TAG_CHANGE_NUMBER, id(from_globcnt(0x100)));
    let since = |number| [property(Relop::Gt, PID_TAG_CHANGE_NUMBER, id(from_globcnt(number)))];
    assert!(holds(&since(0xFF), &stored));
    assert!(!holds(&since(0x100), &stored));
    assert!(!holds(&since(0x1_0000), &stored));
}

#[test]
fn what_is_no_tree_is_refused_before_it_is_walked() {
    let and = |children: &[u32]| RestrictionNode::AllOf(children.to_vec());
    let leaf = || RestrictionNode::Exists(PID_TAG_BODY);
    check(&[and(&[2, 1]), leaf(), leaf()]).unwrap();
    for nodes in [
        vec![],
        vec![and(&[0])],
        vec![and(&[1])],
        vec![and(&[1, 1]), leaf()],
        vec![leaf(), leaf()],
        vec![leaf(); 513],
        (1..=64).map(RestrictionNode::Negate).chain([leaf()]).collect(),
    ] {
        assert_eq!(check(&nodes).unwrap_err().code, ErrorCode::InvalidParameter, "{nodes:?}");
    }
}
