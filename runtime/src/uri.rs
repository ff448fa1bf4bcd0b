//! The URI of a context: which backend it is for. Nothing else in it is ours to read.

/// The longest URI, in bytes.
pub const URI_BYTES_MAX: usize = 4096;

/// Why a URI opens nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriProblem {
    /// There is no `scheme://` with something after it.
    #[error("`{uri}` is not a URI: it has to begin with a namespace, `://` and something more")]
    InvalidNamespace {
        /// What was given, cut after 200 characters.
        uri: String,
    },
    /// It is too long.
    #[error("the URI has {bytes} bytes, and at most {URI_BYTES_MAX} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// No registered backend has the namespace.
    #[error("no backend has the namespace `{namespace}`; registered: {registered}")]
    UnknownNamespace {
        /// What was given.
        namespace: String,
        /// The namespaces that there are.
        registered: String,
    },
}

/// The namespace of a URI: what stands before `://`.
///
/// # Errors
/// There is none, nothing follows it, or the URI is too long (LC-05).
pub(crate) fn namespace(uri: &str) -> Result<&str, UriProblem> {
    if uri.len() > URI_BYTES_MAX {
        return Err(UriProblem::TooLong { bytes: uri.len() });
    }
    match uri.split_once("://") {
        Some((namespace, rest)) if is_namespace(namespace) && !rest.is_empty() => Ok(namespace),
        _ => Err(UriProblem::InvalidNamespace { uri: uri.chars().take(200).collect() }),
    }
}

/// Whether a text is a URI scheme as RFC 3986 3.1 has it, in lower case, of at most 64 characters.
pub(crate) fn is_namespace(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lc_05_what_has_no_namespace_is_refused() {
        for uri in ["", "abc", "a:b", "x:/y", "x://", "://x", "1x://y", "X://y", "x y://z", "a://"] {
            assert!(matches!(namespace(uri), Err(UriProblem::InvalidNamespace { .. })), "{uri}");
        }
    }

    #[test]
    fn lc_06_the_rest_is_not_looked_at() {
        for uri in ["x://y", "x:///", "x://é %zz @", "x://a://b", "x://\u{1}"] {
            assert_eq!(namespace(uri), Ok("x"), "{uri}");
        }
    }

    #[test]
    fn a_uri_that_is_too_long_is_refused_and_one_of_4096_bytes_is_not() {
        let uri = |bytes: usize| format!("x://{}", "y".repeat(bytes - 4));
        assert_eq!(namespace(&uri(4096)), Ok("x"));
        assert_eq!(namespace(&uri(4097)), Err(UriProblem::TooLong { bytes: 4097 }));
    }
}
