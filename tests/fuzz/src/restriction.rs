//! Restrictions and sort orders over rows.

use std::cmp::Ordering;

use arbitrary::{Result, Unstructured};
use mapistore::property::{
    self, ColumnRow, EvaluateError, Filter, MAX_DEPTH, MAX_NODES, Row, check_restriction, check_sort_order,
};

use crate::make::{cell, list, tag, text, value};
use crate::types::*;

/// A row as an open message has it: with recipients and attachments.
struct Opened<'a> {
    row: ColumnRow<'a>,
    below: Option<ColumnRow<'a>>,
}

impl Row for Opened<'_> {
    fn value(&self, tag: PropertyTag) -> Option<&PropertyValue> {
        self.row.get(tag)
    }

    fn rows(&self, _: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        self.below.map(|row| vec![Box::new(row) as Box<dyn Row>])
    }
}

/// Any list of nodes is refused by the check, or evaluated on any rows: decided or refused, the same each time.
pub(crate) fn trees(data: &[u8]) {
    let mut u = Unstructured::new(data);
    // An input that is too short makes a small case, never an error.
    let _ = tree(&mut u);
}

fn tree(u: &mut Unstructured<'_>) -> Result<()> {
    let nodes = if u.ratio(1, 32)? { deep(u)? } else { nodes(u)? };
    let columns = list(u, 6, tag)?;
    let rows = list(u, 4, |u| columns.iter().map(|&tag| cell(u, tag)).collect::<Result<Vec<_>>>())?;
    let checked = check_restriction(&nodes);
    if checked.is_ok() {
        assert!((1..=MAX_NODES).contains(&nodes.len()));
        assert!(depth(&nodes, 0) <= MAX_DEPTH);
    }
    // These take what was not checked as well.
    let wanted = property::tags(&nodes);
    for object in [SubObject::Recipients, SubObject::Attachments] {
        property::sub_tags(&nodes, object);
    }
    let Ok(mut filter) = Filter::new(nodes.clone()) else {
        assert!(checked.is_err());
        for cells in &rows {
            let refused = property::matches(&nodes, &ColumnRow { columns: &columns, cells });
            assert!(matches!(refused, Err(EvaluateError::Restriction(_))));
        }
        return Ok(());
    };
    assert!(checked.is_ok());
    let opened = |cells, with_below: bool| {
        let row = ColumnRow { columns: &columns, cells };
        Opened { row, below: with_below.then_some(row) }
    };
    let decide = |filter: &mut Filter| -> Vec<_> {
        rows.iter().enumerate().map(|(at, cells)| filter.admits(&opened(cells, at % 2 == 0))).collect()
    };
    let first = decide(&mut filter);
    filter.restart();
    assert_eq!(first, decide(&mut filter), "it is decided differently the second time");
    // What no node looks at makes no difference.
    if let Some(cells) = rows.first() {
        let kept: Vec<_> = (0..columns.len())
            .filter(|&at| {
                let used = wanted.iter().any(|&tag| property::same_property(tag, columns[at]));
                used || !property::sub_tags(&nodes, SubObject::Recipients).is_empty()
                    || !property::sub_tags(&nodes, SubObject::Attachments).is_empty()
            })
            .collect();
        let (fewer, few): (Vec<_>, Vec<_>) = kept.iter().map(|&at| (columns[at], cells[at].clone())).unzip();
        filter.restart();
        let without = ColumnRow { columns: &fewer, cells: &few };
        let without = filter.admits(&Opened { row: without, below: Some(without) });
        assert_eq!(first[0], without, "`tags` lacks what is looked at");
    }
    Ok(())
}

/// The depth below a node of a checked restriction.
fn depth(nodes: &[RestrictionNode], at: usize) -> usize {
    let children: &[u32] = match &nodes[at] {
        RestrictionNode::AllOf(children) | RestrictionNode::AnyOf(children) => children,
        RestrictionNode::Negate(child) => &[*child],
        RestrictionNode::Sub(sub) => &[sub.child],
        RestrictionNode::Count(count) => &[count.child],
        RestrictionNode::Comment(comment) => comment.child.as_slice(),
        _ => &[],
    };
    1 + children.iter().map(|&child| depth(nodes, child as usize)).max().unwrap_or(0)
}

/// A chain of about as many nodes as may be below each other, or in all.
fn deep(u: &mut Unstructured<'_>) -> Result<Vec<RestrictionNode>> {
    let length: u32 = *u.choose(&[63, 64, 65, 511, 512, 513, 5_000])?;
    let flat = u.arbitrary()?;
    let mut nodes = Vec::new();
    for at in 0..length {
        nodes.push(match flat {
            true if at == 0 => RestrictionNode::AllOf((1..length).collect()),
            false if at + 1 < length => RestrictionNode::Negate(at + 1),
            _ => RestrictionNode::Exists(tag(u)?),
        });
    }
    Ok(nodes)
}

/// Nodes whose children are mostly those that no other has, in their order, as a tree is.
fn nodes(u: &mut Unstructured<'_>) -> Result<Vec<RestrictionNode>> {
    let mut nodes = Vec::new();
    // How many nodes have a parent so far; the root needs none.
    let mut next: u32 = 1;
    while nodes.len() < next as usize && nodes.len() < 40 {
        let mut child = |u: &mut Unstructured<'_>| -> Result<u32> {
            if u.ratio(1, 64)? {
                return u.arbitrary();
            }
            next += 1;
            Ok(next - 1)
        };
        let node = match u.int_in_range(0..=11)? {
            0 => RestrictionNode::Exists(tag(u)?),
            1 => RestrictionNode::AllOf(list(u, 3, child)?),
            2 => RestrictionNode::AnyOf(list(u, 3, child)?),
            3 => RestrictionNode::Negate(child(u)?),
            4 => {
                let tag = tag(u)?;
                RestrictionNode::Content(ContentMatch {
                    tag,
                    value: value(u, tag & !0x1000)?,
                    kind: *u.choose(&[MatchKind::FullString, MatchKind::Substring, MatchKind::Prefix])?,
                    options: match_flags(u)?,
                })
            }
            5 => {
                let tag = tag(u)?;
                let one = if u.arbitrary()? { tag & !0x1000 } else { tag };
                let value = value(u, one)?;
                RestrictionNode::Property(PropertyMatch { op: relop(u)?, tag, value })
            }
            6 => {
                let left = tag(u)?;
                let right = if u.arbitrary()? { tag(u)? } else { left };
                RestrictionNode::Compare(CompareMatch { op: relop(u)?, left, right })
            }
            7 => RestrictionNode::Bitmask(BitmaskMatch {
                non_zero: u.arbitrary()?,
                tag: *u.choose(&[0x0E07_0003, 0x3705_0003, 0x3001_001F])?,
                mask: u.arbitrary()?,
            }),
            8 => RestrictionNode::Size(SizeMatch { op: relop(u)?, tag: tag(u)?, size: u.arbitrary()? }),
            9 => RestrictionNode::Sub(SubMatch {
                object: *u.choose(&[SubObject::Recipients, SubObject::Attachments])?,
                child: child(u)?,
            }),
            10 => {
                let values =
                    list(u, 2, |u| Ok(Property { tag: 0x3001_001F, value: PropertyValue::Text(text(u)?) }))?;
                let child = if u.arbitrary()? { Some(child(u)?) } else { None };
                RestrictionNode::Comment(CommentNode { values, child })
            }
            _ => RestrictionNode::Count(CountNode { count: u.int_in_range(0..=3)?, child: child(u)? }),
        };
        nodes.push(node);
    }
    Ok(nodes)
}

fn match_flags(u: &mut Unstructured<'_>) -> Result<MatchFlags> {
    let mut flags = MatchFlags::empty();
    for flag in [MatchFlags::IGNORE_CASE, MatchFlags::IGNORE_NON_SPACE, MatchFlags::LOOSE] {
        if u.arbitrary()? {
            flags |= flag;
        }
    }
    Ok(flags)
}

fn relop(u: &mut Unstructured<'_>) -> Result<Relop> {
    use Relop::{Eq, Ge, Gt, Le, Lt, MemberOfDl, Ne, Regex};
    Ok(*u.choose(&[Eq, Ne, Lt, Le, Gt, Ge, Regex, MemberOfDl])?)
}

/// A sort order that is accepted orders any rows, and always the same way round: a sort may panic if it does not.
pub(crate) fn orders(data: &[u8]) {
    let _ = order(&mut Unstructured::new(data));
}

fn order(u: &mut Unstructured<'_>) -> Result<()> {
    use SortDirection::{Ascending, Descending, MaximumCategory};
    let keys = list(u, 3, |u| {
        let directions = [Ascending, Descending, Ascending, Descending, MaximumCategory];
        Ok(SortKey { tag: tag(u)?, direction: *u.choose(&directions)? })
    })?;
    let categories = u16::from(u.ratio(1, 32)?);
    let order = SortOrder { keys, categories, expanded: 0 };
    let columns: Vec<_> = order.keys.iter().map(|key| key.tag).collect();
    let rows = list(u, 24, |u| columns.iter().map(|&tag| cell(u, tag)).collect::<Result<Vec<_>>>())?;
    if check_sort_order(&order).is_err() {
        return Ok(());
    }
    let mut rows: Vec<_> = rows.iter().map(|cells| ColumnRow { columns: &columns, cells }).collect();
    property::sort_rows(&order, &mut rows);
    for (at, a) in rows.iter().enumerate() {
        for b in &rows[at..] {
            let (there, back) = (property::compare_rows(&order, a, b), property::compare_rows(&order, b, a));
            assert_eq!(there, back.reverse());
            assert_ne!(there, Ordering::Greater, "{a:?} stands before {b:?}");
        }
    }
    Ok(())
}
