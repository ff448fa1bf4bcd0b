//! The behaviours, one file for each area.

mod attachment;
mod fault;
mod folder;
mod lifecycle;
mod message;
mod named;
mod notification;
mod permission;
mod random;
mod sync;
mod table;

use super::behaviour::Behaviour;

/// All areas, in the order in which a report has them.
pub(super) static ALL: &[&[Behaviour]] = &[
    lifecycle::BEHAVIOURS,
    folder::BEHAVIOURS,
    message::BEHAVIOURS,
    attachment::BEHAVIOURS,
    table::BEHAVIOURS,
    sync::BEHAVIOURS,
    permission::BEHAVIOURS,
    named::BEHAVIOURS,
    notification::BEHAVIOURS,
    random::BEHAVIOURS,
    fault::BEHAVIOURS,
];
