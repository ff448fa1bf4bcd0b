//! Whose records a call may see: an owner's, and of these one namespace's or all. Knows no driver.

use std::borrow::Cow;
use std::fmt;

use super::{IndexError, Uri, uri};

/// The longest owner name, in bytes.
pub const OWNER_BYTES_MAX: usize = 255;

/// The name of a mailbox owner: 1 to [`OWNER_BYTES_MAX`] bytes, compared byte by byte.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner(String);

impl Owner {
    /// Takes a text as an owner's name.
    ///
    /// # Errors
    /// [`IndexError::InvalidOwner`], if it is empty or too long.
    pub fn parse(text: impl Into<String>) -> Result<Owner, IndexError> {
        let text = text.into();
        if text.is_empty() || text.len() > OWNER_BYTES_MAX {
            return Err(IndexError::InvalidOwner { bytes: text.len() });
        }
        Ok(Owner(text))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The records that a call may see and change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    owner: Owner,
    /// `scheme://`, or `None` for the operator.
    root: Option<Box<str>>,
    /// Records that the owner may have, of all namespaces together, for a call of this scope to make another.
    entries_max: u64,
}

impl Scope {
    /// A backend's view of an owner: the URIs of its namespace, and nothing else.
    ///
    /// # Errors
    /// [`IndexError::InvalidNamespace`], if `namespace` is not the scheme of a URI.
    pub fn namespace(owner: Owner, namespace: &str) -> Result<Scope, IndexError> {
        if !uri::is_scheme(namespace) {
            return Err(IndexError::InvalidNamespace(namespace.to_owned()));
        }
        Ok(Scope { owner, root: Some(format!("{namespace}://").into()), entries_max: u64::MAX })
    }

    /// The operator's view of an owner: every namespace.
    pub fn operator(owner: Owner) -> Scope {
        Scope { owner, root: None, entries_max: u64::MAX }
    }

    /// The same, for a caller that may not make the owner have more records than this, tombstones included.
    #[must_use]
    pub fn with_entries_max(self, entries_max: u64) -> Scope {
        Scope { entries_max, ..self }
    }

    /// Refuses `new` more records, if the owner would then have too many.
    pub(super) fn check_room(&self, entries: u64, new: usize) -> Result<(), IndexError> {
        let entries = entries.saturating_add(new as u64);
        match new > 0 && entries > self.entries_max {
            true => Err(IndexError::Quota { entries, max: self.entries_max }),
            false => Ok(()),
        }
    }

    /// Returns the owner.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// Returns whether a record with this URI is in the scope.
    pub(super) fn contains(&self, uri: &str) -> bool {
        self.root.as_deref().is_none_or(|root| uri.starts_with(root))
    }

    /// Refuses a URI that is not in the scope.
    pub(super) fn admit(&self, uri: &Uri) -> Result<(), IndexError> {
        if self.contains(uri.as_str()) { Ok(()) } else { Err(self.foreign(uri.as_str())) }
    }

    /// Returns the prefix to search for: the wider of the caller's and the scope's never wins.
    pub(super) fn narrow<'p>(&'p self, prefix: &'p str) -> Result<Cow<'p, str>, IndexError> {
        match self.root.as_deref() {
            Some(root) if root.starts_with(prefix) => Ok(root.into()),
            Some(root) if !prefix.starts_with(root) => Err(self.foreign(prefix)),
            _ => Ok(prefix.into()),
        }
    }

    fn foreign(&self, uri: &str) -> IndexError {
        let root = self.root.as_deref().unwrap_or_default();
        IndexError::ForeignNamespace {
            uri: uri.to_owned(),
            namespace: root.trim_end_matches("://").to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn owner_names_have_1_to_255_bytes() {
        assert!(matches!(Owner::parse(""), Err(IndexError::InvalidOwner { bytes: 0 })));
        assert!(matches!(Owner::parse("x".repeat(256)), Err(IndexError::InvalidOwner { bytes: 256 })));
        assert_eq!(Owner::parse("ü/..").unwrap().as_str(), "ü/..");
    }

    #[test]
    fn a_namespace_ends_where_the_next_begins() {
        let scope = Scope::namespace(Owner::parse("alice").unwrap(), "note").unwrap();
        assert!(scope.contains("note://a"));
        assert!(!scope.contains("notes://a"));
        assert!(!scope.contains("note:/"));
        assert!(matches!(
            scope.admit(&Uri::parse("notes://a").unwrap()),
            Err(IndexError::ForeignNamespace { uri, namespace }) if uri == "notes://a" && namespace == "note"
        ));
    }

    #[test]
    fn a_search_never_leaves_the_namespace() {
        let scope = Scope::namespace(Owner::parse("alice").unwrap(), "note").unwrap();
        for prefix in ["", "no", "note", "note:/", "note://"] {
            assert_eq!(scope.narrow(prefix).unwrap(), "note://", "{prefix}");
        }
        assert_eq!(scope.narrow("note://a/b").unwrap(), "note://a/b");
        for prefix in ["n0", "notes", "notes://", "x://"] {
            assert!(scope.narrow(prefix).is_err(), "{prefix}");
        }
    }
}
