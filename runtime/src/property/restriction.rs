//! Restrictions (MS-OXCDATA 2.12). Owns the rules of the flat form in `types.wit` and which properties a restriction
//! looks at; the evaluation is in `evaluate`.

mod evaluate;

pub use evaluate::{ColumnRow, EvaluateError, Filter, Row, matches};

use super::value::{PropertyType, matches_type};
use crate::bindings::mapistore::backend::types::{
    PropertyTag, PropertyValue, Relop, RestrictionNode, SubObject,
};

/// The most nodes of a restriction.
pub const MAX_NODES: usize = 512;
/// The greatest depth: a root without children has depth 1.
pub const MAX_DEPTH: usize = 64;

/// Which rule a restriction breaks. `node` is a position in the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestrictionError {
    /// There is no root.
    #[error("the restriction has no nodes, at least 1 is needed")]
    Empty,
    /// More than [`MAX_NODES`].
    #[error("the restriction has {nodes} nodes, the limit is {MAX_NODES}")]
    TooManyNodes {
        /// How many there are.
        nodes: usize,
    },
    /// Below [`MAX_DEPTH`].
    #[error("node {node} of the restriction is deeper than {MAX_DEPTH} levels")]
    TooDeep {
        /// The first that is too deep.
        node: usize,
    },
    /// A child that is no node, or not after its parent.
    #[error(
        "node {node} of the restriction names node {child} as its child, allowed are {} to {}",
        node + 1,
        nodes - 1
    )]
    Child {
        /// The parent.
        node: usize,
        /// What it names.
        child: u32,
        /// How many nodes there are.
        nodes: usize,
    },
    /// A node with two parents, or twice the child of one.
    #[error("node {child} of the restriction is a child more than once")]
    SharedChild {
        /// The child.
        child: u32,
    },
    /// A node that no other one names.
    #[error("node {node} of the restriction is the child of no node")]
    Orphan {
        /// The node.
        node: usize,
    },
    /// A type that the contract does not have.
    #[error("node {node} of the restriction: tag `0x{tag:08X}` has no known property type")]
    UnknownType {
        /// The node.
        node: usize,
        /// Its tag.
        tag: PropertyTag,
    },
    /// A value that may not stand under its tag.
    #[error("node {node} of the restriction: a value of type `{seen}` cannot stand under tag `0x{tag:08X}`")]
    Value {
        /// The node.
        node: usize,
        /// Its tag.
        tag: PropertyTag,
        /// The type of the value.
        seen: &'static str,
    },
    /// A tag of a type for which this kind of node has no meaning.
    #[error("node {node} of the restriction: `{kind}` takes a property of {allowed}, tag is `0x{tag:08X}`")]
    TypeForKind {
        /// The node.
        node: usize,
        /// Its kind or operator.
        kind: &'static str,
        /// The types it takes.
        allowed: &'static str,
        /// Its tag.
        tag: PropertyTag,
    },
}

/// Checks a restriction from outside: its shape, its size, and that tags and values agree.
///
/// A value under a tag of a multiple type may be a list or one value of the list's type. `regex` and `member-of-dl`
/// pass this check where their types do, since a backend may know them; the host's own evaluation does not.
///
/// # Errors
/// The first broken rule, in the order of the nodes.
pub fn check(nodes: &[RestrictionNode]) -> Result<(), RestrictionError> {
    if nodes.is_empty() {
        return Err(RestrictionError::Empty);
    }
    if nodes.len() > MAX_NODES {
        return Err(RestrictionError::TooManyNodes { nodes: nodes.len() });
    }
    // Parents come before their children, so one pass sees each depth before it is needed. 0: no parent yet.
    let mut depths = vec![0_usize; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        let depth = match depths.get(at) {
            _ if at == 0 => 1,
            Some(&depth) if depth > 0 => depth,
            _ => return Err(RestrictionError::Orphan { node: at }),
        };
        if depth > MAX_DEPTH {
            return Err(RestrictionError::TooDeep { node: at });
        }
        for &child in children(node) {
            let wrong = RestrictionError::Child { node: at, child, nodes: nodes.len() };
            let position = usize::try_from(child).ok().filter(|&position| position > at);
            let slot = position.and_then(|position| depths.get_mut(position)).ok_or(wrong)?;
            if *slot != 0 {
                return Err(RestrictionError::SharedChild { child });
            }
            *slot = depth + 1;
        }
        check_operands(at, node)?;
    }
    Ok(())
}

/// The positions that a node names.
fn children(node: &RestrictionNode) -> &[u32] {
    match node {
        RestrictionNode::AllOf(children) | RestrictionNode::AnyOf(children) => children,
        RestrictionNode::Negate(child) => std::slice::from_ref(child),
        RestrictionNode::Sub(sub) => std::slice::from_ref(&sub.child),
        RestrictionNode::Comment(comment) => comment.child.as_slice(),
        RestrictionNode::Count(count) => std::slice::from_ref(&count.child),
        RestrictionNode::Content(_)
        | RestrictionNode::Property(_)
        | RestrictionNode::Compare(_)
        | RestrictionNode::Bitmask(_)
        | RestrictionNode::Size(_)
        | RestrictionNode::Exists(_) => &[],
    }
}

fn check_operands(node: usize, kind: &RestrictionNode) -> Result<(), RestrictionError> {
    match kind {
        RestrictionNode::Content(content) => {
            check_value(node, content.tag, &content.value)?;
            // FuzzyLevelLow applies to text and to binary values (2.12.4.1).
            takes(node, "content", "text or binary", content.tag, |kind| {
                kind.is_text() || kind == PropertyType::Binary
            })
        }
        RestrictionNode::Property(property) => {
            check_value(node, property.tag, &property.value)?;
            check_relop(node, property.op, property.tag)
        }
        RestrictionNode::Compare(compare) => {
            let left = type_of(node, compare.left)?;
            let right = type_of(node, compare.right)?;
            let unspecified = [left, right].contains(&PropertyType::Unspecified);
            let both_text = left.element().is_text() && right.element().is_text();
            if !unspecified && !both_text && left.element() != right.element() {
                let allowed = "the same type on both sides";
                return Err(RestrictionError::TypeForKind {
                    node,
                    kind: "compare",
                    allowed,
                    tag: compare.right,
                });
            }
            check_relop(node, compare.op, compare.left)
        }
        RestrictionNode::Bitmask(bitmask) => {
            takes(node, "bitmask", "type PtypInteger32", bitmask.tag, |kind| kind == PropertyType::Integer32)
        }
        RestrictionNode::Size(size) => match size.op {
            Relop::Regex | Relop::MemberOfDl => check_relop(node, size.op, 0x0000_0003),
            _ => type_of(node, size.tag).map(|_| ()),
        },
        RestrictionNode::Exists(tag) => type_of(node, *tag).map(|_| ()),
        RestrictionNode::Comment(comment) => {
            let mut values = comment.values.iter();
            values.try_for_each(|property| check_value(node, property.tag, &property.value))
        }
        RestrictionNode::AllOf(_)
        | RestrictionNode::AnyOf(_)
        | RestrictionNode::Negate(_)
        | RestrictionNode::Sub(_)
        | RestrictionNode::Count(_) => Ok(()),
    }
}

fn type_of(node: usize, tag: PropertyTag) -> Result<PropertyType, RestrictionError> {
    PropertyType::from_tag(tag).ok_or(RestrictionError::UnknownType { node, tag })
}

/// A value to compare with must be here, and be something: neither `deferred` nor `object`.
fn check_value(node: usize, tag: PropertyTag, value: &PropertyValue) -> Result<(), RestrictionError> {
    let expected = type_of(node, tag)?;
    let single = (tag & !0xFFFF) | u32::from(expected.element().id());
    let seen = PropertyType::of(value);
    let comparable = seen.is_some_and(|seen| seen != PropertyType::Object);
    if comparable && (matches_type(tag, value) || matches_type(single, value)) {
        return Ok(());
    }
    Err(RestrictionError::Value { node, tag, seen: seen.map_or("deferred", PropertyType::name) })
}

fn check_relop(node: usize, op: Relop, tag: PropertyTag) -> Result<(), RestrictionError> {
    match op {
        Relop::Regex => takes(node, "regex", "text", tag, PropertyType::is_text),
        // Both sides are entry ids (2.12.5.1).
        Relop::MemberOfDl => {
            takes(node, "member-of-dl", "type PtypBinary", tag, |kind| kind == PropertyType::Binary)
        }
        Relop::Lt | Relop::Le | Relop::Gt | Relop::Ge | Relop::Eq | Relop::Ne => Ok(()),
    }
}

fn takes(
    node: usize,
    kind: &'static str,
    allowed: &'static str,
    tag: PropertyTag,
    fits: impl Fn(PropertyType) -> bool,
) -> Result<(), RestrictionError> {
    let seen = type_of(node, tag)?;
    if seen == PropertyType::Unspecified || fits(seen.element()) {
        return Ok(());
    }
    Err(RestrictionError::TypeForKind { node, kind, allowed, tag })
}

/// The columns that a row needs for this restriction, each once, in the order of the nodes. What `sub` nodes look
/// at is not among them: see [`sub_tags`].
pub fn tags(nodes: &[RestrictionNode]) -> Vec<PropertyTag> {
    tags_under(nodes, None)
}

/// The columns that the rows of `object` need for the `sub` nodes of this restriction.
pub fn sub_tags(nodes: &[RestrictionNode], object: SubObject) -> Vec<PropertyTag> {
    tags_under(nodes, Some(object))
}

fn tags_under(nodes: &[RestrictionNode], wanted: Option<SubObject>) -> Vec<PropertyTag> {
    let mut below: Vec<Option<SubObject>> = vec![None; nodes.len()];
    let mut tags = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let here = below.get(at).copied().flatten();
        let inside = if let RestrictionNode::Sub(sub) = node { Some(sub.object) } else { here };
        for &child in children(node) {
            if let Some(slot) = usize::try_from(child).ok().and_then(|child| below.get_mut(child)) {
                *slot = inside;
            }
        }
        let looked_at = match node {
            _ if here != wanted => [None, None],
            RestrictionNode::Content(content) => [Some(content.tag), None],
            RestrictionNode::Property(property) => [Some(property.tag), None],
            RestrictionNode::Compare(compare) => [Some(compare.left), Some(compare.right)],
            RestrictionNode::Bitmask(bitmask) => [Some(bitmask.tag), None],
            RestrictionNode::Size(size) => [Some(size.tag), None],
            RestrictionNode::Exists(tag) => [Some(*tag), None],
            RestrictionNode::AllOf(_)
            | RestrictionNode::AnyOf(_)
            | RestrictionNode::Negate(_)
            | RestrictionNode::Sub(_)
            | RestrictionNode::Comment(_)
            | RestrictionNode::Count(_) => [None, None],
        };
        for tag in looked_at.into_iter().flatten() {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    tags
}

#[cfg(test)]
mod tests;
