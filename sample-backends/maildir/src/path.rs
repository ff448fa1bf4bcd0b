//! Where a folder is: its place in the tree, its directory, its URI.
//!
//! The one module that turns names from outside into names on the disk. A [`FolderPath`] cannot name anything
//! outside the tree: its parts have no `/`, no NUL and no dot, and the directory is always one level below the
//! root. Does not touch the disk.

use std::fmt;

use crate::utf7;

/// The scheme of our URIs.
pub(crate) const NAMESPACE: &str = "maildir";

/// The folder that is the root directory itself.
pub(crate) const INBOX: &str = "INBOX";

/// A folder's place, as the names on the disk: `["Archive", "2024"]` is the directory `.Archive.2024`.
///
/// Never empty. `["INBOX"]` is the root directory, `["INBOX", "x"]` is `.INBOX.x`, as Dovecot has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FolderPath(Vec<String>);

impl FolderPath {
    /// The Inbox.
    pub(crate) fn inbox() -> Self {
        Self(vec![INBOX.to_owned()])
    }

    /// Reads a directory name such as `.Archive.2024`; `None` for what is not a folder's.
    ///
    /// `.INBOX` alone is refused: the Inbox is the root directory, and there is only one.
    pub(crate) fn from_directory(name: &str) -> Option<Self> {
        let parts: Vec<String> = name.strip_prefix('.')?.split('.').map(str::to_owned).collect();
        let sound = parts.iter().all(|part| is_sound(part));
        (sound && parts != [INBOX]).then_some(Self(parts))
    }

    /// The directory below the root; `None` for the root itself.
    pub(crate) fn directory(&self) -> Option<String> {
        (self.0 != [INBOX]).then(|| format!(".{}", self.0.join(".")))
    }

    /// The sub-folder with this display name; `None` if the disk cannot hold the name.
    pub(crate) fn child(&self, display_name: &str) -> Option<Self> {
        let mut parts = self.0.clone();
        parts.push(to_part(display_name)?);
        Some(Self(parts))
    }

    /// The root folder with this display name; `None` if the disk cannot hold the name.
    pub(crate) fn top(display_name: &str) -> Option<Self> {
        to_part(display_name).map(|part| Self(vec![part]))
    }

    /// The name for people: the last part, decoded if it is modified UTF-7, as it stands otherwise.
    pub(crate) fn display_name(&self) -> String {
        let part = self.0.last().map_or("", String::as_str);
        if self.0 == [INBOX] {
            "Inbox".to_owned()
        } else {
            utf7::decode(part).unwrap_or_else(|| part.to_owned())
        }
    }

    /// The folder above; `None` for a top-level one.
    pub(crate) fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        (!above.is_empty()).then(|| Self(above.to_vec()))
    }

    /// The top-level folder that this one is or lies below.
    pub(crate) fn root(&self) -> Self {
        Self(self.0[..1].to_vec())
    }

    /// Whether this folder is `other` or lies below it.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The folder directly below `parent` (a top-level one for none) that this one is or lies below.
    pub(crate) fn ancestor_below(&self, parent: Option<&Self>) -> Option<Self> {
        let level = parent.map_or(0, |parent| parent.0.len());
        let below = parent.is_none_or(|parent| self.is_within(parent));
        (below && self.0.len() > level).then(|| Self(self.0[..=level].to_vec()))
    }

    /// The same place with `old`, a folder above or this one, exchanged for `new`.
    pub(crate) fn moved(&self, old: &Self, new: &Self) -> Self {
        let below = self.0.strip_prefix(old.0.as_slice()).unwrap_or_default();
        Self([&new.0, below].concat())
    }

    /// The URI without `maildir://`: `alice/Archive/2024/`.
    pub(crate) fn path(&self, user: &str) -> String {
        let parts: Vec<String> = self.0.iter().map(|part| escape(part)).collect();
        format!("{}/{}/", escape(user), parts.join("/"))
    }

    /// The URI: `maildir://alice/Archive/2024/`.
    pub(crate) fn uri(&self, user: &str) -> String {
        format!("{NAMESPACE}://{}", self.path(user))
    }

    /// Reads a URI into its user and folder. The last slash may be missing.
    pub(crate) fn from_uri(uri: &str) -> Option<(String, Self)> {
        let path = uri.strip_prefix(NAMESPACE)?.strip_prefix("://")?;
        let (user, folder) = path.strip_suffix('/').unwrap_or(path).split_once('/')?;
        let parts = folder.split('/').map(unescape).collect::<Option<Vec<_>>>()?;
        parts.iter().all(|part| is_sound(part)).then_some((unescape(user)?, Self(parts)))
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("/"))
    }
}

/// The display name as the disk has it. A dot separates levels there, so no name may contain one.
fn to_part(display_name: &str) -> Option<String> {
    // Blanks around a name are part of it; a name of nothing else could not be seen.
    if display_name.trim().is_empty() {
        return None;
    }
    let part = utf7::encode(display_name);
    is_sound(&part).then_some(part)
}

/// Names of at most 200 bytes, since a directory name holds all levels and may have 255.
fn is_sound(part: &str) -> bool {
    !part.is_empty() && part.len() <= 200 && !part.contains(['.', '/', '\0'])
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
    fn directories_and_uris_name_the_same_place() {
        for (directory, uri) in [
            (".Archive.2024", "maildir://alice/Archive/2024/"),
            (".INBOX.x", "maildir://alice/INBOX/x/"),
            (".A%20b", "maildir://alice/A%2520b/"),
            (".Sent Items", "maildir://alice/Sent%20Items/"),
            (".Entw&APw-rfe", "maildir://alice/Entw&APw-rfe/"),
        ] {
            let path = FolderPath::from_directory(directory).unwrap();
            assert_eq!(path.uri("alice"), uri);
            assert_eq!(FolderPath::from_uri(uri).unwrap(), ("alice".to_owned(), path.clone()));
            assert_eq!(path.directory().as_deref(), Some(directory));
        }
    }

    #[test]
    fn no_uri_leaves_the_tree() {
        for uri in [
            "maildir://alice/../",
            "maildir://alice/%2E%2E/",
            "maildir://alice/a%2Fb/",
            "maildir://alice/a//b/",
            "maildir://alice/a%00/",
            "maildir://alice//",
            "maildir://alice",
            "maildir://alice/%zz/",
            "imap://alice/INBOX/",
        ] {
            assert_eq!(FolderPath::from_uri(uri), None, "{uri}");
        }
    }

    #[test]
    fn directories_that_are_no_folders_are_skipped() {
        for name in ["cur", ".", "..", "...", ".a..b", ".INBOX", ".a."] {
            assert_eq!(FolderPath::from_directory(name), None, "{name}");
        }
    }

    #[test]
    fn names_for_people_are_decoded_where_that_can_be_undone() {
        let name = |directory| FolderPath::from_directory(directory).unwrap().display_name();
        assert_eq!(name(".Entw&APw-rfe"), "Entwürfe");
        assert_eq!(name(".Entwürfe"), "Entwürfe");
        assert_eq!(name(".a&b"), "a&b");
    }

    #[test]
    fn a_user_with_a_slash_stays_one_part() {
        let uri = FolderPath::inbox().uri("a/b@c%");
        assert_eq!(uri, "maildir://a%2Fb@c%25/INBOX/");
        assert_eq!(FolderPath::from_uri(&uri).unwrap().0, "a/b@c%");
        assert_eq!(FolderPath::from_uri("maildir://%2E%2E/INBOX").unwrap().0, "..");
    }

    #[test]
    fn names_that_the_disk_cannot_hold_are_refused() {
        for name in ["", "  ", "a.b", "a/b", "..", &"x".repeat(300)] {
            assert_eq!(FolderPath::inbox().child(name), None, "{name}");
        }
        assert_eq!(FolderPath::inbox().child("x").unwrap().directory().as_deref(), Some(".INBOX.x"));
    }

    #[test]
    fn moving_a_folder_moves_what_is_below() {
        let at = |directory| FolderPath::from_directory(directory).unwrap();
        assert_eq!(at(".a.b.c").moved(&at(".a.b"), &at(".x")), at(".x.c"));
        assert!(at(".a.b").is_within(&at(".a")) && !at(".ab").is_within(&at(".a")));
        assert_eq!(at(".a.b").parent(), Some(at(".a")));
        assert_eq!(at(".a").parent(), None);
    }
}
