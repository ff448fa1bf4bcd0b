//! The behaviours, one file for each area.

mod folder;
mod message;
mod table;

use super::behaviour::Behaviour;

/// All areas, in the order in which a report has them.
pub(super) static ALL: &[&[Behaviour]] = &[folder::BEHAVIOURS, message::BEHAVIOURS, table::BEHAVIOURS];
