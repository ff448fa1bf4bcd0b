//! The backend's URIs. Knows how roots, folders and messages are named; does not know what is in them.
//!
//! `fallback://USER/` is the main root. Every other folder is named by its id, `0x` and sixteen hexadecimal digits, below
//! its parent, so that a rename changes no URI; a folder without a parent is a root, directly below `fallback://USER/`.
//! Messages are named by their ids too. The user stands in a URI with `/` and `%` as `%2F` and `%25`.

use mapistore_sdk::{
    Error, Result,
    types::{Fid, Mid},
};

/// The longest name of a folder.
const NAME_MAX_CHARS: usize = 255;

/// The URI scheme.
pub(crate) const NAMESPACE: &str = "fallback";

/// Which folder a context is opened at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Place {
    /// The main root.
    Main,
    /// A folder by its URI. One directly below the main root is made when it is first opened.
    Folder {
        /// The folder.
        id: Fid,
        /// It is directly below the main root.
        top: bool,
    },
}

/// What a user's URIs begin with: the URI of the main root.
pub(crate) fn user_uri(user: &str) -> String {
    format!("{NAMESPACE}://{}/", user.replace('%', "%25").replace('/', "%2F"))
}

/// The URI of a folder in `parent`, or of a root.
pub(crate) fn folder(parent: &str, id: Fid) -> String {
    format!("{parent}{}/", segment(id))
}

/// The name of a folder in URIs.
pub(crate) fn segment(id: Fid) -> String {
    format!("0x{id:016x}")
}

/// The URI of a message in `folder`.
pub(crate) fn message(folder: &str, id: Mid, associated: bool) -> String {
    format!("{folder}{}{id:016x}", if associated { "associated:" } else { "message:" })
}

/// The URI of a message whose id is not known here.
pub(crate) fn named_message(folder: &str, name: &str) -> String {
    format!("{folder}message:{}", name.replace('%', "%25").replace('/', "%2F"))
}

/// Which user's folder a complete URI names; `None` for a URI of another shape. A missing final slash is no difference.
pub(crate) fn parse(uri: &str) -> Option<(String, Place)> {
    let path = uri.strip_prefix(NAMESPACE)?.strip_prefix("://")?;
    let (user, folders) =
        path.strip_suffix('/').unwrap_or(path).split_once('/').unwrap_or((path.trim_end_matches('/'), ""));
    let name = user.replace("%2F", "/").replace("%25", "%");
    if name.is_empty() || user_uri(&name) != format!("{NAMESPACE}://{user}/") {
        return None;
    }
    if folders.is_empty() {
        return Some((name, Place::Main));
    }
    let ids: Option<Vec<Fid>> = folders.split('/').map(id).collect();
    let ids = ids?;
    Some((name, Place::Folder { id: *ids.last()?, top: ids.len() == 1 }))
}

/// The id that a name in URIs says.
fn id(name: &str) -> Option<Fid> {
    let id = u64::from_str_radix(name.strip_prefix("0x")?, 16).ok()?;
    (segment(id) == name).then_some(id)
}

/// Checks the name of a folder.
///
/// # Errors
/// `invalid-parameter` without a name, or for one that is too long.
pub(crate) fn check_name(name: &str) -> Result<()> {
    match name.chars().count() {
        1..=NAME_MAX_CHARS => Ok(()),
        count => Err(Error::invalid_parameter(format!(
            "a name of {count} characters, 1 to {NAME_MAX_CHARS} are allowed"
        ))),
    }
}

/// What the index says of an object, by its URI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A folder.
    Folder,
    /// A message.
    Message,
    /// An associated message.
    Associated,
}

/// What kind of object has this URI, and the folder that it is directly in; none for the main root. `None` for the main
/// root itself and for what is not the user's.
pub(crate) fn kind(user_uri: &str, uri: &str) -> Option<(Kind, Option<Fid>)> {
    let path = uri.strip_prefix(user_uri)?;
    let leaf = path.strip_suffix('/').unwrap_or(path);
    let (parents, name) = leaf.rsplit_once('/').unwrap_or(("", leaf));
    let kind = match name {
        "" => return None,
        _ if leaf.len() < path.len() => Kind::Folder,
        _ if name.starts_with("associated:") => Kind::Associated,
        _ => Kind::Message,
    };
    Some((kind, parents.rsplit('/').next().and_then(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Fid = 0x0100_0000_0000_0001;

    #[test]
    fn a_folder_reads_back_from_its_uri() {
        let root = user_uri("a/l%ice");
        assert_eq!(parse(&root), Some(("a/l%ice".to_owned(), Place::Main)));
        assert_eq!(parse("fallback://alice"), Some(("alice".to_owned(), Place::Main)));
        let top = folder(&root, ID);
        assert_eq!(top, "fallback://a%2Fl%25ice/0x0100000000000001/");
        assert_eq!(parse(&top), Some(("a/l%ice".to_owned(), Place::Folder { id: ID, top: true })));
        assert_eq!(
            parse(&folder(&top, 2)),
            Some(("a/l%ice".to_owned(), Place::Folder { id: 2, top: false }))
        );
        assert_eq!(parse(top.trim_end_matches('/')), parse(&top));
    }

    #[test]
    fn another_shape_is_no_folder() {
        for uri in [
            "fallback://",
            "fallback:///",
            "fallback://a/1/",
            "fallback://a/0x1/",
            "fallback://a/0x010000000000000G/",
            "fallback://a/0x0A00000000000001/",
            "fallback://a//0x0100000000000001/",
            "fallback://a%b/",
            "x://a/",
        ] {
            assert_eq!(parse(uri), None, "{uri}");
        }
    }

    #[test]
    fn a_uri_tells_what_it_is_of() {
        let root = user_uri("alice");
        let parent = folder(&root, ID);
        assert_eq!(kind(&root, &parent), Some((Kind::Folder, None)));
        assert_eq!(kind(&root, &folder(&parent, 2)), Some((Kind::Folder, Some(ID))));
        assert_eq!(kind(&root, &message(&parent, 1, false)), Some((Kind::Message, Some(ID))));
        assert_eq!(kind(&root, &message(&root, 1, true)), Some((Kind::Associated, None)));
        assert_eq!(kind(&root, &root), None);
    }
}
