//! How a behaviour ends early, and the sentences in which it says what it expected.

use std::fmt::Debug;

use super::wave::Wave;
use crate::bindings::mapistore::backend::types::{Cell, ErrorCode, PropertyTag, PropertyValue};
use crate::error::CallError;
use crate::index::Fmid;
use crate::property;

/// Why a behaviour ends before its end.
pub(super) enum Stop {
    /// A call ended badly where it should not have.
    Call(CallError),
    /// The backend did something else than it has to.
    Failed(String),
    /// The backend does not claim to do this, or has nothing to show it with.
    NotClaimed(String),
    /// The host, or the kit itself, is to blame.
    Host(String),
    /// The trial was cut off on purpose.
    Cut,
}

/// What a step of a behaviour answers.
pub(super) type Done<T = ()> = Result<T, Stop>;

impl From<CallError> for Stop {
    fn from(error: CallError) -> Self {
        Stop::Call(error)
    }
}

/// Demands what has to hold; the rest is the sentence that says what is wrong.
macro_rules! demand {
    ($holds:expr, $($problem:tt)+) => {
        if !$holds {
            return Err($crate::conformance::expect::Stop::Failed(format!($($problem)+)));
        }
    };
}
pub(super) use demand;

/// Demands that two values are the same.
pub(super) fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Done {
    demand!(found == expected, "{what} is {found:?}, and has to be {expected:?}");
    Ok(())
}

/// Demands that a call is refused with one of these codes.
pub(super) fn refused<T>(what: &str, result: Done<T>, codes: &[ErrorCode]) -> Done {
    let expected = || codes.iter().map(Wave::wave).collect::<Vec<_>>().join(" or ");
    match result {
        Ok(_) => Err(Stop::Failed(format!("{what} is done, and has to be refused with {}", expected()))),
        Err(Stop::Call(error)) if is_one_of(&error, codes) => Ok(()),
        Err(Stop::Call(error)) if error.code().is_some() => {
            Err(Stop::Failed(format!("{what} has to be refused with {}: {error}", expected())))
        }
        Err(stop) => Err(stop),
    }
}

/// Demands that a call is refused, with whatever code.
pub(super) fn refused_somehow<T>(what: &str, result: Done<T>) -> Done {
    match result {
        Ok(_) => Err(Stop::Failed(format!("{what} is done, and has to be refused"))),
        Err(Stop::Call(error)) if error.code().is_some() => Ok(()),
        Err(stop) => Err(stop),
    }
}

/// Takes "not there any more" as an answer too.
pub(super) fn or_code<T>(result: Done<T>, codes: &[ErrorCode]) -> Done<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Call(error)) if is_one_of(&error, codes) => Ok(None),
        Err(stop) => Err(stop),
    }
}

/// Whether a call ended with one of these codes. The host's denial counts as the backend's: callers see one thing.
fn is_one_of(error: &CallError, codes: &[ErrorCode]) -> bool {
    error.code().is_some_and(|code| codes.contains(&code))
}

/// The id in a cell.
pub(super) fn id_in(what: &str, cell: &Cell) -> Done<Fmid> {
    match cell {
        Ok(PropertyValue::Integer64(number)) => Ok(Fmid(number.cast_unsigned())),
        other => Err(Stop::Failed(format!("{what} has to be an id, and is {}", other.wave()))),
    }
}

/// The number in a cell.
pub(super) fn number_in(what: &str, cell: &Cell) -> Done<i32> {
    match cell {
        Ok(PropertyValue::Integer32(number)) => Ok(*number),
        other => Err(Stop::Failed(format!("{what} has to be a PtypInteger32, and is {}", other.wave()))),
    }
}

/// How a report calls a property.
pub(super) fn tag_name(tag: PropertyTag) -> String {
    match property::name_of(tag) {
        Some(name) => format!("{name} ({tag:#010x})"),
        None => format!("{tag:#010x}"),
    }
}
