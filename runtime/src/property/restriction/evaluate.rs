//! Evaluates a restriction on rows. Owns the rules below; does not know where rows come from.
//!
//! - A comparison with a property that the row does not have is false, `ne` included, and so are a size, a bitmask
//!   and a content match. So `negate` of `eq` holds for a row without the property, and `ne` does not.
//! - Values of types that have no order among each other compare as if the property were missing.
//! - A property is found by its id: a tag of type PtypString8 finds a PtypString value, and texts of both types
//!   compare with each other.
//! - A list against a single value holds if it holds for one of the list's values, `ne` too. A list against a list
//!   compares as a whole. A size is that of the whole list.
//! - `eq` on text is exact, and `lt` to `ge` are in sort order (case decides last). For equality without regard to
//!   case there is a content match.
//! - Change numbers (PidTagChangeNumber) compare in the order in which they were handed out (MS-OXCFXICS 2.2.2.1).
//! - What cannot be decided is an error, never silently true or false: a `deferred` value that has to be compared,
//!   `regex` and `member-of-dl`, `sub` on a row that does not offer such rows, `count` on a single row.
//! - `all-of` and `any-of` stop at the first child that decides; what stands after it can no longer fail.

use std::borrow::Cow;
use std::cmp::Ordering;

use memchr::memmem;

use super::super::text;
use super::super::value::{PropertyType, compare, compare_as, elements, same_property, size_of_value};
use super::{RestrictionError, check};
use crate::bindings::mapistore::backend::types::{
    Cell, ContentMatch, CountNode, MatchKind, PropertyTag, PropertyValue, Relop, RestrictionNode, SubMatch,
    SubObject,
};

/// What a restriction or a sort order looks at.
pub trait Row {
    /// The value of the property with this tag's id, whatever its type; `None` if the row does not have it.
    fn value(&self, tag: PropertyTag) -> Option<&PropertyValue>;

    /// The rows below this one. `None`: they cannot be had here.
    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        let _ = object;
        None
    }
}

/// A row of a table: columns and as many cells. A cell with an error counts as a missing property.
#[derive(Clone, Copy, Debug)]
pub struct ColumnRow<'a> {
    /// The tags.
    pub columns: &'a [PropertyTag],
    /// The values, in the order of the columns.
    pub cells: &'a [Cell],
}

impl<'a> ColumnRow<'a> {
    /// As [`Row::value`], for as long as the cells live.
    pub fn get(self, tag: PropertyTag) -> Option<&'a PropertyValue> {
        let present = || self.columns.iter().zip(self.cells).filter(|(_, cell)| cell.is_ok());
        let exact = present().find(|(column, _)| **column == tag);
        let found = exact.or_else(|| present().find(|(column, _)| same_property(**column, tag)));
        found.and_then(|(_, cell)| cell.as_ref().ok())
    }
}

impl Row for ColumnRow<'_> {
    fn value(&self, tag: PropertyTag) -> Option<&PropertyValue> {
        self.get(tag)
    }
}

/// Why a restriction could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// It breaks a rule of the contract.
    #[error(transparent)]
    Restriction(#[from] RestrictionError),
    /// The host does not do this: to a client, `too-complex`.
    #[error("node {node} of the restriction: {what} is not supported")]
    Unsupported {
        /// The position of the node.
        node: usize,
        /// What it asks for.
        what: &'static str,
    },
    /// The value is not in the row, only its size: read it from its stream, and evaluate again.
    #[error(
        "node {node} of the restriction: the value of `0x{tag:08X}` is deferred, and has to be read first"
    )]
    Deferred {
        /// The position of the node.
        node: usize,
        /// The property.
        tag: PropertyTag,
    },
}

/// Evaluates a restriction on one row.
///
/// # Errors
/// If the restriction is malformed, or cannot be decided on this row. A `count` node is [`EvaluateError::Unsupported`]:
/// it needs a [`Filter`].
pub fn matches(nodes: &[RestrictionNode], row: &dyn Row) -> Result<bool, EvaluateError> {
    check(nodes)?;
    Evaluation { nodes, admitted: None }.node(0, row)
}

/// A checked restriction for the rows of one table, in order. Keeps what `count` nodes have admitted so far.
#[derive(Clone, Debug)]
pub struct Filter {
    nodes: Vec<RestrictionNode>,
    admitted: Vec<u32>,
    /// Whether any node counts.
    counts: bool,
}

impl Filter {
    /// Checks a restriction.
    ///
    /// # Errors
    /// As [`check`].
    pub fn new(nodes: Vec<RestrictionNode>) -> Result<Self, RestrictionError> {
        check(&nodes)?;
        let admitted = vec![0; nodes.len()];
        let counts = nodes.iter().any(|node| matches!(node, RestrictionNode::Count(_)));
        Ok(Self { nodes, admitted, counts })
    }

    /// Whether the next row belongs to the table.
    ///
    /// # Errors
    /// If this cannot be decided on this row. The row does not count then: it can be asked for again, with what was
    /// missing.
    pub fn admits(&mut self, row: &dyn Row) -> Result<bool, EvaluateError> {
        let before = self.counts.then(|| self.admitted.clone());
        let decided = Evaluation { nodes: &self.nodes, admitted: Some(&mut self.admitted) }.node(0, row);
        if let (Err(_), Some(before)) = (&decided, before) {
            self.admitted = before;
        }
        decided
    }

    /// The restriction.
    pub fn nodes(&self) -> &[RestrictionNode] {
        &self.nodes
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
    fn node(&mut self, at: usize, row: &dyn Row) -> Result<bool, EvaluateError> {
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
                relate(at, property.op, property.tag, value, &property.value)
            }
            RestrictionNode::Compare(compare) => {
                let (left, right) = (inline(at, compare.left, row)?, inline(at, compare.right, row)?);
                let (Some(left), Some(right)) = (left, right) else { return Ok(false) };
                relate(at, compare.op, compare.left, left, right)
            }
            RestrictionNode::Bitmask(bitmask) => Ok(match row.value(bitmask.tag) {
                Some(value) => any_value(value, |value| match value {
                    PropertyValue::Integer32(bits) => {
                        (bits.cast_unsigned() & bitmask.mask != 0) == bitmask.non_zero
                    }
                    _ => false,
                }),
                None => false,
            }),
            RestrictionNode::Size(size) => match row.value(size.tag) {
                Some(value) => holds(at, size.op, size_of_value(value).cmp(&u64::from(size.size))),
                None => Ok(false),
            },
            RestrictionNode::Exists(tag) => Ok(row.value(*tag).is_some()),
            RestrictionNode::Sub(sub) => self.sub(at, sub, row),
            RestrictionNode::Comment(comment) => {
                comment.child.map_or(Ok(true), |child| self.child(child, row))
            }
            RestrictionNode::Count(count) => self.count(at, count, row),
        }
    }

    fn child(&mut self, child: u32, row: &dyn Row) -> Result<bool, EvaluateError> {
        self.node(usize::try_from(child).unwrap_or(usize::MAX), row)
    }

    /// Whether one of the children is `decisive`; if none is, the answer is the opposite.
    fn until(&mut self, children: &[u32], row: &dyn Row, decisive: bool) -> Result<bool, EvaluateError> {
        for &child in children {
            if self.child(child, row)? == decisive {
                return Ok(decisive);
            }
        }
        Ok(!decisive)
    }

    fn sub(&mut self, at: usize, sub: &SubMatch, row: &dyn Row) -> Result<bool, EvaluateError> {
        let what = match sub.object {
            SubObject::Recipients => "`sub` on the recipients of this row",
            SubObject::Attachments => "`sub` on the attachments of this row",
        };
        let rows = row.rows(sub.object).ok_or(EvaluateError::Unsupported { node: at, what })?;
        // A `count` below counts rows of the table, not rows of an object.
        let mut below = Evaluation { nodes: self.nodes, admitted: None };
        for row in &rows {
            if below.child(sub.child, &**row)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn count(&mut self, at: usize, count: &CountNode, row: &dyn Row) -> Result<bool, EvaluateError> {
        if self.admitted.is_none() {
            return Err(EvaluateError::Unsupported { node: at, what: "`count` outside of a table's rows" });
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
fn inline(node: usize, tag: PropertyTag, row: &dyn Row) -> Result<Option<&PropertyValue>, EvaluateError> {
    match row.value(tag) {
        Some(PropertyValue::Deferred(_)) => Err(EvaluateError::Deferred { node, tag }),
        value => Ok(value),
    }
}

fn is_list(value: &PropertyValue) -> bool {
    PropertyType::of(value).is_some_and(PropertyType::is_multiple)
}

/// Whether `test` holds for the value, or for one of its values if it is a list.
fn any_value(value: &PropertyValue, test: impl Fn(&PropertyValue) -> bool) -> bool {
    match elements(value) {
        Some(values) => values.iter().any(test),
        None => test(value),
    }
}

fn relate(
    node: usize,
    op: Relop,
    tag: PropertyTag,
    left: &PropertyValue,
    right: &PropertyValue,
) -> Result<bool, EvaluateError> {
    // Decides whether the operator is supported before there is anything to compare.
    holds(node, op, Ordering::Equal)?;
    let pair = |a: &PropertyValue, b: &PropertyValue| {
        compare_as(tag, a, b).is_some_and(|order| holds(node, op, order).unwrap_or(false))
    };
    Ok(match (is_list(left), is_list(right)) {
        (true, false) => any_value(left, |value| pair(value, right)),
        (false, true) => any_value(right, |value| pair(left, value)),
        _ => pair(left, right),
    })
}

fn holds(node: usize, op: Relop, order: Ordering) -> Result<bool, EvaluateError> {
    Ok(match op {
        Relop::Lt => order.is_lt(),
        Relop::Le => order.is_le(),
        Relop::Gt => order.is_gt(),
        Relop::Ge => order.is_ge(),
        Relop::Eq => order.is_eq(),
        Relop::Ne => order.is_ne(),
        Relop::Regex => return Err(EvaluateError::Unsupported { node, what: "`regex`" }),
        // Needs an address book, which the host does not have.
        Relop::MemberOfDl => return Err(EvaluateError::Unsupported { node, what: "`member-of-dl`" }),
    })
}

fn content_holds(node: usize, content: &ContentMatch, row: &dyn Row) -> Result<bool, EvaluateError> {
    let Some(value) = inline(node, content.tag, row)? else { return Ok(false) };
    if is_list(value) && is_list(&content.value) {
        // Lists have no parts that could match: only the whole list can.
        return Ok(compare(value, &content.value) == Some(Ordering::Equal));
    }
    Ok(any_value(value, |value| any_value(&content.value, |pattern| contains(value, pattern, content))))
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
