//! How a call into a backend can end badly, for the caller and for the operator.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::bindings::mapistore::backend::types;
use crate::grant::GrantError;
use crate::index::IndexError;
use crate::uri::UriProblem;

/// Whom a call was made to: a context by its URI, or a backend by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callee {
    /// An open context, by its URI.
    Context(Arc<str>),
    /// A backend by its name, in a store that lives for one call.
    Backend(Arc<str>),
}

impl fmt::Display for Callee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Context(uri) => write!(f, "context `{uri}`"),
            Self::Backend(name) => write!(f, "backend `{name}`"),
        }
    }
}

/// Why a call did not answer. All of it is about one context or one backend; every other goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The backend answered with an error of its contract.
    #[error("{callee} answered `{function}` with {}{}", code_name(*code), detail_text(detail.as_ref()))]
    Answered {
        /// Who.
        callee: Callee,
        /// The function of the contract.
        function: &'static str,
        /// Its answer.
        code: types::ErrorCode,
        /// Its words, at most 4 KiB and on one line.
        detail: Option<String>,
    },
    /// The guest's code ended in a trap. The context is lost; the next use opens it anew.
    #[error("{callee} trapped in `{function}`: {reason}")]
    Trapped {
        /// Who.
        callee: Callee,
        /// The function of the contract.
        function: &'static str,
        /// The kind of trap.
        reason: String,
        /// The guest's functions, innermost first; empty if none are known.
        backtrace: String,
    },
    /// The guest used more than it may. The context is lost; the next use opens it anew.
    #[error("{callee} went over its limit in `{function}`: {asked}, and `{limit}` is {allowed}")]
    OverLimit {
        /// Who.
        callee: Callee,
        /// The function of the contract.
        function: &'static str,
        /// The limit's name in [`Limits`](crate::Limits).
        limit: &'static str,
        /// What the guest used or asked for.
        asked: String,
        /// What it may have.
        allowed: String,
    },
    /// The backend answered something that the contract forbids.
    #[error("{callee} gave an answer to `{function}` that the contract forbids: {problem}")]
    InvalidAnswer {
        /// Who.
        callee: Callee,
        /// The function of the contract.
        function: &'static str,
        /// The rule, with the value that breaks it.
        problem: String,
    },
    /// The caller's argument is one that the contract forbids; the guest did not see it.
    #[error("`{function}` was not called: {problem}")]
    InvalidArgument {
        /// The function of the contract.
        function: &'static str,
        /// The rule, with the value that breaks it.
        problem: String,
    },
    /// The URI is no URI, or none that a registered backend serves.
    #[error(transparent)]
    Uri(#[from] UriProblem),
    /// As many calls wait for the context as may.
    #[error("{callee} is busy: {max} calls wait for their turn already (`queue_max_calls`)")]
    Busy {
        /// Who.
        callee: Callee,
        /// The limit.
        max: u32,
    },
    /// The call's turn did not come in time; it was not made.
    #[error("{callee} was busy for longer than {} (`queue_timeout_ms`)", duration(*waited_max))]
    QueueTimeout {
        /// Who.
        callee: Callee,
        /// The limit.
        waited_max: Duration,
    },
    /// There are as many contexts as there may be, and none of them can be put to sleep.
    #[error("{callee} has no place: as many contexts are in use as `{limit}` allows, which is {max}")]
    Full {
        /// Who.
        callee: Callee,
        /// The limit's name in [`RuntimeSection`](crate::RuntimeSection), or the machine's (`RLIMIT_NOFILE`: directories).
        limit: &'static str,
        /// Its value.
        max: usize,
    },
    /// The object belongs to a context that was lost or closed since: open it again.
    #[error("the object was opened before {callee} was lost or closed: open it again")]
    Stale {
        /// Who.
        callee: Callee,
    },
    /// The object belongs to another context than the one that it was used with.
    #[error("`{function}` takes two objects of one context, and these belong to two")]
    OtherContext {
        /// The function of the contract.
        function: &'static str,
    },
    /// The user who logged on is not the mailbox owner, and has no right to do this. The guest was not asked.
    #[error("`{username}` may not call `{function}` in {callee}: the right `{right}` is missing")]
    Denied {
        /// Who.
        callee: Callee,
        /// The function of the contract.
        function: &'static str,
        /// The user who logged on.
        username: String,
        /// The right's name, as in [`Rights`](crate::Rights).
        right: &'static str,
    },
    /// A granted directory cannot be used.
    #[error("{callee} cannot have what it was granted")]
    Grant {
        /// Who.
        callee: Callee,
        /// Which directory, and why.
        source: GrantError,
    },
    /// The index failed.
    #[error("the index failed in `{function}`")]
    Index {
        /// The function of the contract.
        function: &'static str,
        /// How.
        source: IndexError,
    },
    /// The host failed: a defect, or a machine out of resources.
    #[error("the host failed in `{function}` of {callee}: {problem}")]
    Host {
        /// Who.
        callee: Callee,
        /// The function of the contract.
        function: &'static str,
        /// What happened.
        problem: String,
    },
}

impl CallError {
    /// The backend's answer, if it gave one; `denied` where the host did not let a user ask.
    pub fn code(&self) -> Option<types::ErrorCode> {
        match self {
            Self::Answered { code, .. } => Some(*code),
            Self::Denied { .. } => Some(types::ErrorCode::Denied),
            _ => None,
        }
    }

    /// True if the context was lost by this call.
    pub fn is_loss(&self) -> bool {
        matches!(self, Self::Trapped { .. } | Self::OverLimit { .. })
    }

    /// True if the host is to blame, not the backend, the data or the caller.
    pub fn is_host_fault(&self) -> bool {
        matches!(self, Self::Host { .. } | Self::Index { .. })
    }
}

/// Every error code with its name in the contract.
const ERROR_CODES: [(types::ErrorCode, &str); 24] = {
    use types::ErrorCode as E;
    [
        (E::Failed, "failed"),
        (E::NoMemory, "no-memory"),
        (E::NotInitialized, "not-initialized"),
        (E::Corrupted, "corrupted"),
        (E::InvalidParameter, "invalid-parameter"),
        (E::Storage, "storage"),
        (E::BackendInit, "backend-init"),
        (E::InvalidNamespace, "invalid-namespace"),
        (E::InvalidUri, "invalid-uri"),
        (E::NotFound, "not-found"),
        (E::InUse, "in-use"),
        (E::Exists, "exists"),
        (E::InvalidData, "invalid-data"),
        (E::Transport, "transport"),
        (E::Denied, "denied"),
        (E::ConnectionRefused, "connection-refused"),
        (E::NotAvailable, "not-available"),
        (E::NotImplemented, "not-implemented"),
        (E::ObjectModified, "object-modified"),
        (E::ObjectDeleted, "object-deleted"),
        (E::TooComplex, "too-complex"),
        (E::TooBig, "too-big"),
        (E::QuotaExceeded, "quota-exceeded"),
        (E::Cancelled, "cancelled"),
    ]
};

/// The name of an error code in the contract, such as `not-found`.
pub fn code_name(code: types::ErrorCode) -> &'static str {
    // The table has every code: a test compares it with the contract's text.
    ERROR_CODES.iter().find(|(candidate, _)| *candidate == code).map_or("failed", |(_, name)| *name)
}

/// The error code of a name in the contract.
pub(crate) fn code_by_name(name: &str) -> Option<types::ErrorCode> {
    ERROR_CODES.iter().find(|(_, candidate)| *candidate == name).map(|(code, _)| *code)
}

fn detail_text(detail: Option<&String>) -> String {
    detail.map(|detail| format!(": {detail}")).unwrap_or_default()
}

/// A duration as people write it: `250 ms`, `10 s`.
pub(crate) fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        whole if whole % 1000 == 0 => format!("{} s", whole / 1000),
        millis => format!("{millis} ms"),
    }
}

/// A number of bytes as people write it, exact where it is a round one.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..0x10_0000 => format!("{:.1} KiB", bytes as f64 / 1024.0).replace(".0 ", " "),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0).replace(".0 ", " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_code_of_the_contract_has_its_name() {
        let wit = include_str!("../../wit/types.wit");
        let body = wit.split("enum error-code {").nth(1).and_then(|rest| rest.split('}').next()).unwrap();
        let names: Vec<_> = body
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with("//"))
            .map(|line| line.trim_end_matches(','))
            .collect();
        assert_eq!(ERROR_CODES.map(|(_, name)| name).as_slice(), names);
        assert_eq!(ERROR_CODES.map(|(code, _)| code_name(code)).as_slice(), names);
    }
}
