//! RA: random operations, compared with a model.

use crate::bindings::mapistore::backend::types::Capabilities as C;
use crate::conformance::behaviour::Behaviour;
use crate::conformance::random::agree;

pub(crate) static BEHAVIOURS: &[Behaviour] = &[Behaviour::of(
    "RA-01",
    "Two hundred random operations leave what they leave in a model.",
    &[C::WRITE_MESSAGES],
    |trial| agree(trial, 1, 200),
)];
