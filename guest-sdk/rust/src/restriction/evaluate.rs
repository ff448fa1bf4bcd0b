//! The evaluation itself. Owns the rules that `restriction` lists; does not know where rows come from.

use super::{Row, check};
use crate::{
    Error, Result,
    tags::PropertyTag,
    text,
    types::{
        ContentMatch, CountNode, MatchKind, PropertyValue, Relop, Restriction, RestrictionNode, SubMatch,
    },
    value::{compare, compare_property, elements, size, type_of},
};
use memchr::memmem;
use std::{borrow::Cow, cmp::Ordering};

/// Evaluates a restriction on one row.
///
/// # Errors
/// As [`check`]; `too-complex` if it cannot be decided on this row. A `count` node cannot: it needs a [`Filter`].
pub fn matches(nodes: &[RestrictionNode], row: &dyn Row) -> Result<bool> {
    check(nodes)?;
    Evaluation { nodes, admitted: None }.node(0, row)
}

/// A checked restriction for the rows of one table, in order. Keeps what `count` nodes have admitted so far.
#[derive(Clone, Debug)]
pub struct Filter {
    nodes: Restriction,
    admitted: Vec<u32>,
}

impl Filter {
    /// Checks a restriction.
    ///
    /// # Errors
    /// As [`check`].
    pub fn new(nodes: Restriction) -> Result<Self> {
        check(&nodes)?;
        let admitted = vec![0; nodes.len()];
        Ok(Self { nodes, admitted })
    }

    /// Whether the next row belongs to the table.
    ///
    /// # Errors
    /// `too-complex` if this cannot be decided on this row.
    pub fn admits(&mut self, row: &dyn Row) -> Result<bool> {
        Evaluation { nodes: &self.nodes, admitted: Some(&mut self.admitted) }.node(0, row)
    }

    /// Begins again at the table's first row.
    pub fn restart(&mut self) {
        self.admitted.fill(0);
    }
}

/// One walk over a checked restriction. The recursion is as deep as the tree, so at most `MAX_DEPTH`.
struct Evaluation<'a> {
    nodes: &'a [RestrictionNode],
    /// Per node the rows that it has admitted, if rows are being counted.
    admitted: Option<&'a mut [u32]>,
}

impl<'a> Evaluation<'a> {
    fn node(&mut self, at: usize, row: &dyn Row) -> Result<bool> {
        // A shared reference that outlives the borrow of `self`.
        let nodes: &'a [RestrictionNode] = self.nodes;
        let Some(node) = nodes.get(at) else { return Ok(false) };
        match node {
            RestrictionNode::AllOf(children) => self.until(children, row, false),
            RestrictionNode::AnyOf(children) => self.until(children, row, true),
            RestrictionNode::Negate(child) => Ok(!self.child(*child, row)?),
            RestrictionNode::Content(content) => content_holds(at, content, row),
            RestrictionNode::Property(property) => {
                let Some(value) = inline(at, property.tag, row)? else { return Ok(false) };
                Ok(relate(property.tag, property.op, &value, &property.value))
            }
            RestrictionNode::Compare(compare) => {
                let (left, right) = (inline(at, compare.left, row)?, inline(at, compare.right, row)?);
                let (Some(left), Some(right)) = (left, right) else { return Ok(false) };
                Ok(relate(compare.left, compare.op, &left, &right))
            }
            RestrictionNode::Bitmask(bitmask) => Ok(row.value(bitmask.tag).is_some_and(|value| {
                any_value(&value, |value| match value {
                    PropertyValue::Integer32(bits) => {
                        (bits.cast_unsigned() & bitmask.mask != 0) == bitmask.non_zero
                    }
                    _ => false,
                })
            })),
            RestrictionNode::Size(node) => Ok(row
                .value(node.tag)
                .is_some_and(|value| holds(node.op, size(&value).cmp(&u64::from(node.size))))),
            RestrictionNode::Exists(tag) => Ok(row.value(*tag).is_some()),
            RestrictionNode::Sub(sub) => self.sub(at, sub, row),
            RestrictionNode::Comment(comment) => {
                comment.child.map_or(Ok(true), |child| self.child(child, row))
            }
            RestrictionNode::Count(count) => self.count(at, count, row),
        }
    }

    fn child(&mut self, child: u32, row: &dyn Row) -> Result<bool> {
        self.node(child as usize, row)
    }

    /// Whether one of the children is `decisive`; if none is, the answer is the opposite.
    fn until(&mut self, children: &[u32], row: &dyn Row, decisive: bool) -> Result<bool> {
        for &child in children {
            if self.child(child, row)? == decisive {
                return Ok(decisive);
            }
        }
        Ok(!decisive)
    }

    fn sub(&mut self, at: usize, sub: &SubMatch, row: &dyn Row) -> Result<bool> {
        let rows = row.rows(sub.object).ok_or_else(|| {
            Error::too_complex(format!("node {at} of the restriction: the row has no {:?}", sub.object))
        })?;
        // A `count` below counts rows of the table, not rows of an object.
        let mut below = Evaluation { nodes: self.nodes, admitted: None };
        for row in rows {
            if below.child(sub.child, &*row)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count(&mut self, at: usize, count: &CountNode, row: &dyn Row) -> Result<bool> {
        if self.admitted.is_none() {
            let problem = format!("node {at} of the restriction: `count` outside of a table's rows");
            return Err(Error::too_complex(problem));
        }
        let holds = self.child(count.child, row)?;
        let Some(admitted) = self.admitted.as_mut().and_then(|admitted| admitted.get_mut(at)) else {
            return Ok(false);
        };
        let admits = holds && *admitted < count.count;
        *admitted += u32::from(admits);
        Ok(admits)
    }
}

/// The value of a property that is about to be compared.
fn inline(node: usize, tag: PropertyTag, row: &dyn Row) -> Result<Option<Cow<'_, PropertyValue>>> {
    let value = row.value(tag);
    if let Some(PropertyValue::Deferred(_)) = value.as_deref() {
        let problem = format!("node {node} of the restriction: the value of `0x{tag:08X}` is deferred");
        return Err(Error::too_complex(problem));
    }
    Ok(value)
}

fn is_list(value: &PropertyValue) -> bool {
    type_of(value).is_some_and(|kind| kind & 0x1000 != 0)
}

/// Whether `test` holds for the value, or for one of its values if it is a list.
fn any_value(value: &PropertyValue, test: impl Fn(&PropertyValue) -> bool) -> bool {
    match elements(value) {
        Some(values) => values.iter().any(test),
        None => test(value),
    }
}

fn relate(tag: PropertyTag, op: Relop, left: &PropertyValue, right: &PropertyValue) -> bool {
    let pair = |a: &PropertyValue, b: &PropertyValue| {
        compare_property(tag, a, b).is_some_and(|order| holds(op, order))
    };
    match (is_list(left), is_list(right)) {
        (true, false) => any_value(left, |value| pair(value, right)),
        (false, true) => any_value(right, |value| pair(left, value)),
        _ => pair(left, right),
    }
}

fn holds(op: Relop, order: Ordering) -> bool {
    match op {
        Relop::Lt => order.is_lt(),
        Relop::Le => order.is_le(),
        Relop::Gt => order.is_gt(),
        Relop::Ge => order.is_ge(),
        Relop::Eq => order.is_eq(),
        Relop::Ne => order.is_ne(),
        // `check` has refused these.
        Relop::Regex | Relop::MemberOfDl => false,
    }
}

fn content_holds(node: usize, content: &ContentMatch, row: &dyn Row) -> Result<bool> {
    let Some(value) = inline(node, content.tag, row)? else { return Ok(false) };
    if is_list(&value) && is_list(&content.value) {
        // Lists have no parts that could match: only the whole list can.
        return Ok(compare(&value, &content.value) == Some(Ordering::Equal));
    }
    Ok(any_value(&value, |value| any_value(&content.value, |pattern| contains(value, pattern, content))))
}

fn contains(value: &PropertyValue, pattern: &PropertyValue, content: &ContentMatch) -> bool {
    if let (PropertyValue::Binary(value), PropertyValue::Binary(pattern)) = (value, pattern) {
        return match content.kind {
            MatchKind::FullString => value == pattern,
            MatchKind::Substring => memmem::find(value, pattern).is_some(),
            MatchKind::Prefix => value.starts_with(pattern),
        };
    }
    match (as_text(value), as_text(pattern)) {
        (Some(value), Some(pattern)) => text::matches(&value, &pattern, content.kind, content.options),
        _ => false,
    }
}

fn as_text(value: &PropertyValue) -> Option<Cow<'_, str>> {
    match value {
        PropertyValue::Text(text) => Some(Cow::Borrowed(text)),
        PropertyValue::String8(bytes) => Some(text::from_string8(bytes)),
        _ => None,
    }
}
