//! Restrictions (MS-OXCDATA 2.12), evaluated on rows, so that a backend can claim
//! [`Capabilities::RESTRICTIONS`](crate::types::Capabilities::RESTRICTIONS) without writing this itself. The answers
//! are the host's own, which evaluates for backends that do not claim it.
//!
//! - A comparison with a property that the row does not have is false, `ne` included, and so are a size, a bitmask
//!   and a content match. So `negate` of `eq` holds for a row without the property, and `ne` does not.
//! - Values of types that have no order among each other compare as if the property were missing.
//! - A property is found by its id: a tag of type PtypString8 finds a PtypString value, and texts of both types
//!   compare with each other. PidTagChangeNumber compares in the order in which the numbers were handed out.
//! - A list against a single value holds if it holds for one of the list's values, `ne` too. A list against a list
//!   compares as a whole. A size is that of the whole list.
//! - `eq` on text is exact, and `lt` to `ge` are in sort order (case decides last). For equality without regard to
//!   case there is a content match.
//! - What cannot be decided is `too-complex`, never silently true or false: `regex` and `member-of-dl`, a `deferred`
//!   value that has to be compared, `sub` on a row that has no such rows, `count` on a single row.

mod evaluate;

pub use evaluate::{Filter, matches};

use crate::{
    Error, Properties, Result,
    tags::{PID_TAG_RECIPIENT_TYPE, property_id},
    types::{PropertyTag, PropertyValue, Recipient, RecipientKind, Relop, RestrictionNode, SubObject},
};
use std::{borrow::Cow, rc::Rc};

/// The most nodes of a restriction.
pub const MAX_NODES: usize = 512;
/// The greatest depth: a root without children has depth 1.
pub const MAX_DEPTH: usize = 64;

/// What a restriction or a sort order looks at.
pub trait Row {
    /// The value of the property with this tag's id, whatever its type; `None` if the row does not have it.
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>>;

    /// The recipients or attachments of the message that the row is. `None`: it is no message.
    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        let _ = object;
        None
    }
}

impl Row for Properties {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        self.get(tag).map(Cow::Borrowed)
    }
}

impl<R: Row + ?Sized> Row for &R {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        (**self).value(tag)
    }

    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        (**self).rows(object)
    }
}

impl<R: Row + ?Sized> Row for Rc<R> {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        (**self).value(tag)
    }

    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        (**self).rows(object)
    }
}

/// A recipient as a row: its cells, and PidTagRecipientType.
pub struct RecipientRow<'a> {
    /// The columns of the table that it stands in.
    pub columns: &'a [PropertyTag],
    /// The recipient.
    pub recipient: &'a Recipient,
}

impl Row for RecipientRow<'_> {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        if property_id(tag) == property_id(PID_TAG_RECIPIENT_TYPE) {
            return Some(Cow::Owned(PropertyValue::Integer32(match self.recipient.kind {
                RecipientKind::Originator => 0,
                RecipientKind::To => 1,
                RecipientKind::Cc => 2,
                RecipientKind::Bcc => 3,
            })));
        }
        let mut cells = self.columns.iter().zip(&self.recipient.cells);
        let (_, cell) =
            cells.find(|(column, cell)| property_id(**column) == property_id(tag) && cell.is_some())?;
        cell.as_ref().map(Cow::Borrowed)
    }
}

/// Checks that a restriction is a tree as `wit/types.wit` describes it, and that it can be evaluated here.
///
/// # Errors
/// `invalid-parameter` for one that is no tree, or too large; the host sends none. `too-complex` for `regex` and
/// `member-of-dl`.
pub fn check(nodes: &[RestrictionNode]) -> Result<()> {
    if nodes.is_empty() || nodes.len() > MAX_NODES {
        let problem = format!("a restriction of {} nodes, 1 to {MAX_NODES} are allowed", nodes.len());
        return Err(Error::invalid_parameter(problem));
    }
    // Parents come before their children, so one pass sees each depth before it is needed. 0: no parent yet.
    let mut depths = vec![0_usize; nodes.len()];
    depths[0] = 1;
    for (at, node) in nodes.iter().enumerate() {
        let depth = depths[at];
        if !(1..=MAX_DEPTH).contains(&depth) {
            return Err(Error::invalid_parameter(format!("node {at} of the restriction has depth {depth}")));
        }
        for &child in children(node) {
            let slot = depths.get_mut(child as usize).filter(|depth| child as usize > at && **depth == 0);
            *slot.ok_or_else(|| {
                Error::invalid_parameter(format!("node {at} of the restriction names {child} as its child"))
            })? = depth + 1;
        }
        if let Some(op @ (Relop::Regex | Relop::MemberOfDl)) = relop(node) {
            return Err(Error::too_complex(format!("node {at} of the restriction: {op:?} is not supported")));
        }
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

fn relop(node: &RestrictionNode) -> Option<Relop> {
    match node {
        RestrictionNode::Property(node) => Some(node.op),
        RestrictionNode::Compare(node) => Some(node.op),
        RestrictionNode::Size(node) => Some(node.op),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
