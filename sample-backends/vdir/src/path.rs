//! Where a folder is: a collection, seen as one of its kinds; its URI. Cannot name anything outside the tree.

use std::fmt;

use crate::item::Kind;

/// The scheme of our URIs.
pub(crate) const NAMESPACE: &str = "vdir";

/// A collection as a folder of one kind: `vdir://alice/tasks/work/` is what the directory `work` has of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// What the folder shows.
    pub(crate) kind: Kind,
    /// The directory's name.
    pub(crate) collection: String,
}

impl Place {
    /// The place with this name; `None` for a name that no collection can have.
    pub(crate) fn new(kind: Kind, collection: &str) -> Option<Self> {
        is_collection(collection).then(|| Self { kind, collection: collection.to_owned() })
    }

    /// Reads a URI into its user and place. The last slash may be missing.
    pub(crate) fn from_uri(uri: &str) -> Option<(String, Self)> {
        let path = uri.strip_prefix(NAMESPACE)?.strip_prefix("://")?;
        let mut parts = path.strip_suffix('/').unwrap_or(path).split('/').map(unescape);
        let (user, word, collection) = (parts.next()??, parts.next()??, parts.next()??);
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == word)?;
        if parts.next().is_some() || user.is_empty() {
            return None;
        }
        Some((user, Self::new(kind, &collection)?))
    }

    /// The URI without `vdir://`.
    pub(crate) fn path(&self, user: &str) -> String {
        format!("{}/{}/{}/", escape(user), self.kind.word(), escape(&self.collection))
    }

    /// The URI.
    pub(crate) fn uri(&self, user: &str) -> String {
        format!("{NAMESPACE}://{}", self.path(user))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word(), self.collection)
    }
}

/// Whether a directory of this name is a collection: dot files are not (and neither leaves the tree).
pub(crate) fn is_collection(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}

/// Percent-encodes what would break a URI apart or could not be read; letters of all languages stay.
pub(crate) fn escape(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_control() || " \"#%/<>?\\^`{|}".contains(character) {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{:02X}", u32::from(character));
        } else {
            out.push(character);
        }
    }
    // `.` and `..` have a meaning to whoever resolves paths.
    if out.chars().all(|character| character == '.') { out.replace('.', "%2E") } else { out }
}

/// Undoes [`escape`]; `None` for a stray percent sign or bytes that are not UTF-8.
pub(crate) fn unescape(name: &str) -> Option<String> {
    let mut out = Vec::with_capacity(name.len());
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        let digit =
            |byte: Option<u8>| char::from(byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        out.push(if byte == b'%' { digit(bytes.next())? << 4 | digit(bytes.next())? } else { byte });
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_and_its_uri_lead_to_each_other() {
        let place = Place::new(Kind::Task, "my work").unwrap();
        assert_eq!(place.uri("a/b"), "vdir://a%2Fb/tasks/my%20work/");
        assert_eq!(Place::from_uri(&place.uri("a/b")), Some(("a/b".to_owned(), place)));
    }

    #[test]
    fn no_uri_leaves_the_tree() {
        for uri in [
            "vdir://alice/tasks/../",
            "vdir://alice/tasks/%2E%2E/",
            "vdir://alice/tasks/a%2Fb/",
            "vdir://alice/tasks/a/b/",
            "vdir://alice/tasks//",
            "vdir://alice/tasks",
            "vdir://alice/mail/x/",
            "vdir:///tasks/x/",
            "maildir://alice/tasks/x/",
        ] {
            assert_eq!(Place::from_uri(uri), None, "{uri}");
        }
    }
}
