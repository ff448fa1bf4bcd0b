//! The error of every call: a code of the contract, and a sentence for the operator.

use crate::bindings::mapistore::backend::types as wit;
use std::{fmt, io};

pub use wit::ErrorCode;

/// The result of every call of the contract.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// What the caller acts on.
    pub code: ErrorCode,
    /// What the operator reads: lower case, no full stop, no secrets.
    pub detail: Option<String>,
}

impl Error {
    /// An error of this code, with a sentence for the operator.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }
}

macro_rules! constructors {
    ($($name:ident => $code:ident, $doc:literal;)*) => {
        impl Error {
            $(
                #[doc = $doc]
                pub fn $name(detail: impl Into<String>) -> Self {
                    Self::new(ErrorCode::$code, detail)
                }
            )*
        }
    };
}

constructors! {
    failed => Failed, "No better word applies.";
    no_memory => NoMemory, "Out of memory inside the backend.";
    not_initialized => NotInitialized, "Called too early, such as rows before columns.";
    corrupted => Corrupted, "What is stored contradicts itself.";
    invalid_parameter => InvalidParameter, "An argument is outside its range, or a required property is missing.";
    storage => Storage, "The disk or the database under the backend failed.";
    backend_init => BackendInit, "The backend cannot start.";
    invalid_namespace => InvalidNamespace, "The URI's scheme is not this backend's namespace.";
    invalid_uri => InvalidUri, "The URI has a shape that this backend does not understand.";
    not_found => NotFound, "There is no such object or property.";
    in_use => InUse, "In use by another client.";
    exists => Exists, "The name is taken, or the folder is not empty.";
    invalid_data => InvalidData, "The data do not parse.";
    transport => Transport, "A remote system answered nonsense or went away in the middle.";
    denied => Denied, "The user may not do this, or the object was opened read-only.";
    connection_refused => ConnectionRefused, "A remote system refused the connection.";
    not_available => NotAvailable, "The store behind the backend is away for a while.";
    object_modified => ObjectModified, "Somebody else changed the object since it was opened.";
    object_deleted => ObjectDeleted, "The object vanished while it was open.";
    too_complex => TooComplex, "The host must evaluate this restriction or sort order.";
    too_big => TooBig, "Larger than the backend can take.";
    quota_exceeded => QuotaExceeded, "The owner has no room left.";
    cancelled => Cancelled, "The call was given up before it was done.";
}

impl Error {
    /// The backend does not do this at all; `function` says what.
    pub fn not_implemented(function: &str) -> Self {
        Self::new(
            ErrorCode::NotImplemented,
            format!("this backend does not implement `{}`", function.replace('_', "-")),
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = name_of(self.code);
        match &self.detail {
            Some(detail) => write!(f, "{name}: {detail}"),
            None => f.write_str(&name),
        }
    }
}

impl std::error::Error for Error {}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Self { code, detail: None }
    }
}

impl From<wit::Error> for Error {
    fn from(wit::Error { code, detail }: wit::Error) -> Self {
        Self { code, detail }
    }
}

impl From<Error> for wit::Error {
    fn from(Error { code, detail }: Error) -> Self {
        Self { code, detail }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::new(code_of(error.kind()), error.to_string())
    }
}

/// The code as the contract writes it, such as `not-found`.
fn name_of(code: ErrorCode) -> String {
    let mut name = String::new();
    // `Debug` says `ErrorCode::NotFound`.
    for c in format!("{code:?}").trim_start_matches("ErrorCode::").chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn code_of(kind: io::ErrorKind) -> ErrorCode {
    use io::ErrorKind as Kind;
    match kind {
        Kind::NotFound => ErrorCode::NotFound,
        Kind::AlreadyExists | Kind::DirectoryNotEmpty => ErrorCode::Exists,
        Kind::PermissionDenied | Kind::ReadOnlyFilesystem => ErrorCode::Denied,
        Kind::StorageFull | Kind::QuotaExceeded => ErrorCode::QuotaExceeded,
        Kind::FileTooLarge => ErrorCode::TooBig,
        Kind::OutOfMemory => ErrorCode::NoMemory,
        Kind::InvalidInput | Kind::InvalidFilename => ErrorCode::InvalidParameter,
        Kind::InvalidData => ErrorCode::InvalidData,
        Kind::ResourceBusy | Kind::ExecutableFileBusy => ErrorCode::InUse,
        Kind::ConnectionRefused => ErrorCode::ConnectionRefused,
        Kind::TimedOut | Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
            ErrorCode::NotAvailable
        }
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::NotConnected | Kind::BrokenPipe => {
            ErrorCode::Transport
        }
        _ => ErrorCode::Storage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_errors_become_codes_of_the_contract() {
        use io::ErrorKind as Kind;
        for (kind, code) in [
            (Kind::NotFound, ErrorCode::NotFound),
            (Kind::DirectoryNotEmpty, ErrorCode::Exists),
            (Kind::PermissionDenied, ErrorCode::Denied),
            (Kind::QuotaExceeded, ErrorCode::QuotaExceeded),
            (Kind::OutOfMemory, ErrorCode::NoMemory),
            (Kind::TimedOut, ErrorCode::NotAvailable),
            (Kind::ConnectionReset, ErrorCode::Transport),
            (Kind::Other, ErrorCode::Storage),
        ] {
            assert_eq!(Error::from(io::Error::from(kind)).code, code, "{kind:?}");
        }
    }

    #[test]
    fn an_error_reads_as_its_code_and_its_detail() {
        assert_eq!(Error::not_found("no folder `a`").to_string(), "not-found: no folder `a`");
        assert_eq!(Error::from(ErrorCode::Failed).to_string(), "failed");
    }
}
