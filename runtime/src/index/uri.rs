//! URIs as the index sees them: bytes with a scheme, a folder and a name. Knows no backend's rules about them.
//!
//! Nothing is decoded or normalised, so `notes://a//b`, `notes:///` and `notes://` are three URIs like any other,
//! and each comes back byte for byte. Two URIs that differ in one trailing slash name the same object
//! (IX-14): [`Uri::identity`] is what they have in common.
//!
//! A URI is taken apart into components, each of which ends in a slash in the text: `notes://a//b/` is `notes:/`,
//! `a`, the empty one, and `b`. The first is the namespace's root.

use std::fmt;

/// The longest URI, in bytes.
pub const URI_BYTES_MAX: usize = 4_096;

/// Why a text is not a URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// No bytes at all.
    #[error("the URI is empty, but needs a scheme and `://`")]
    Empty,
    /// More than [`URI_BYTES_MAX`] bytes.
    #[error("the URI `{start}...` has {bytes} bytes, at most {URI_BYTES_MAX} are allowed")]
    TooLong {
        /// Its first bytes.
        start: String,
        /// Its length.
        bytes: usize,
    },
    /// It does not begin with a scheme (RFC 3986, 3.1) and `://`.
    #[error("the URI `{0}` does not begin with a scheme and `://`")]
    NoScheme(String),
}

/// A URI of 1 to [`URI_BYTES_MAX`] bytes that begins with a scheme and `://`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uri(String);

impl Uri {
    /// Takes a text as a URI.
    ///
    /// # Errors
    /// [`UriError`], if it is too short or too long, or has no scheme.
    pub fn parse(text: impl Into<String>) -> Result<Uri, UriError> {
        let text = text.into();
        if text.is_empty() {
            return Err(UriError::Empty);
        }
        if text.len() > URI_BYTES_MAX {
            return Err(UriError::TooLong { start: text.chars().take(60).collect(), bytes: text.len() });
        }
        match text.split_once("://") {
            Some((scheme, _)) if is_scheme(scheme) => Ok(Uri(text)),
            _ => Err(UriError::NoScheme(text)),
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before `://`.
    pub fn scheme(&self) -> &str {
        &self.0[..root_len(&self.0) - "://".len()]
    }

    /// Returns whether it ends in a slash.
    pub fn is_container(&self) -> bool {
        self.0.ends_with('/')
    }

    /// Returns the URI without its trailing slash, if it has one: what look-ups compare.
    pub fn identity(&self) -> &str {
        self.0.strip_suffix('/').unwrap_or(&self.0)
    }

    /// Returns the text up to the name, with its slash; empty for a namespace's root.
    pub fn folder(&self) -> &str {
        self.split().0
    }

    /// Returns the last component, without its slash.
    pub fn name(&self) -> &str {
        self.split().1
    }

    fn split(&self) -> (&str, &str) {
        let identity = self.identity();
        // The root `notes://` is the component `notes:/` and its slash: what is before that is nothing.
        if identity.len() < root_len(&self.0) {
            return ("", identity);
        }
        identity.split_at(identity.rfind('/').map_or(0, |slash| slash + 1))
    }
}

impl AsRef<str> for Uri {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Uri> for String {
    fn from(uri: Uri) -> String {
        uri.0
    }
}

impl TryFrom<String> for Uri {
    type Error = UriError;

    fn try_from(text: String) -> Result<Uri, UriError> {
        Uri::parse(text)
    }
}

/// Returns whether this is a scheme by RFC 3986, 3.1: a letter, then letters, digits, `+`, `-` and `.`.
pub(super) fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Returns the components of a folder: a text that is empty, or ends in a slash and begins with a scheme.
pub(super) fn components(folder: &str) -> impl Iterator<Item = &str> {
    let (root, rest) = folder.split_at(root_len(folder));
    root.strip_suffix('/').into_iter().chain(rest.split_terminator('/'))
}

/// Splits the prefix of a search into the deepest folder that it names entirely, and the beginning of the names in it.
pub(super) fn split_prefix(prefix: &str) -> (&str, &str) {
    match prefix.rfind('/') {
        Some(slash) if root_len(prefix) > 0 => prefix.split_at(slash + 1),
        _ => ("", prefix),
    }
}

/// The length of `scheme://`, or 0.
fn root_len(text: &str) -> usize {
    text.find("://").map_or(0, |colon| colon + "://".len())
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn folder_and_name_put_together_are_the_uri_byte_for_byte() {
        let cases = [
            ("notes://a", "notes://", "a"),
            ("notes://a/b", "notes://a/", "b"),
            ("notes://a/b/", "notes://a/", "b"),
            ("notes://a//b", "notes://a//", "b"),
            ("notes://a//", "notes://a/", ""),
            ("notes:///", "notes://", ""),
            ("notes:////", "notes:///", ""),
            ("notes://", "", "notes:/"),
            ("notes://a%2Fb/ü?x=://y", "notes://a%2Fb/ü?x=://", "y"),
            ("notes://x://", "notes://x:/", ""),
        ];
        for (text, folder, name) in cases {
            let uri = Uri::parse(text).unwrap();
            assert_eq!((uri.folder(), uri.name()), (folder, name), "{text}");
            assert_eq!(uri.scheme(), "notes");
            let slash = if uri.is_container() { "/" } else { "" };
            assert_eq!([folder, name, slash].concat(), text);
            let rebuilt: String = components(folder).flat_map(|component| [component, "/"]).collect();
            assert_eq!(rebuilt, folder, "{text}");
        }
    }

    #[test]
    fn only_one_trailing_slash_is_insignificant() {
        let identity = |text: &str| Uri::parse(text).unwrap().identity().to_owned();
        assert_eq!(identity("n://a/"), identity("n://a"));
        assert_ne!(identity("n://a//"), identity("n://a"));
        assert_ne!(identity("n:///"), identity("n://"));
    }

    #[test]
    fn length_and_scheme_are_checked() {
        // IX-03: an empty URI is an invalid parameter.
        assert_eq!(Uri::parse(""), Err(UriError::Empty));
        for bad in ["a", "://a", "1a://b", "a b://c", "a:/b", "/a://b", "ä://b"] {
            assert_eq!(Uri::parse(bad), Err(UriError::NoScheme(bad.to_owned())));
        }
        assert!(Uri::parse(format!("n://{}", "x".repeat(URI_BYTES_MAX - 4))).is_ok());
        let long = Uri::parse(format!("n://{}", "x".repeat(URI_BYTES_MAX - 3)));
        assert!(matches!(long, Err(UriError::TooLong { bytes: 4_097, .. })), "{long:?}");
    }

    #[test]
    fn a_prefix_is_split_after_its_last_slash() {
        assert_eq!(split_prefix("n://a/b"), ("n://a/", "b"));
        assert_eq!(split_prefix("n://a/"), ("n://a/", ""));
        assert_eq!(split_prefix("n://"), ("n://", ""));
        assert_eq!(split_prefix("n:/"), ("", "n:/"));
        assert_eq!(split_prefix(""), ("", ""));
    }
}
