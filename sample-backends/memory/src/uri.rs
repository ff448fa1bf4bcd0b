//! The backend's URIs. Knows how roots, folders and messages are named; does not know what is in them.
//!
//! `memory://USER/ROLE/` is the main root of a role, `memory://USER/ROLE:NAME/` another one. Folders below it are named
//! by their display name, messages by their id. A name stands in a URI with `/`, `:` and `%` as `%2F`, `%3A` and `%25`, so
//! that neither two names nor a name and a message can meet.

use mapistore_sdk::{
    Error, Result,
    types::{Mid, Role},
};

/// The longest name of a folder.
const NAME_MAX_CHARS: usize = 255;

/// The URI scheme.
pub(crate) const NAMESPACE: &str = "memory";

/// The roles: as a URI says it, as people read it, and the container class of its folders (MS-OXOSFLD 2.2).
const ROLES: [(Role, &str, &str, &str); 11] = [
    (Role::Mail, "mail", "Inbox", "IPF.Note"),
    (Role::Drafts, "drafts", "Drafts", "IPF.Note"),
    (Role::SentItems, "sent-items", "Sent Items", "IPF.Note"),
    (Role::Outbox, "outbox", "Outbox", "IPF.Note"),
    (Role::DeletedItems, "deleted-items", "Deleted Items", "IPF.Note"),
    (Role::Calendar, "calendar", "Calendar", "IPF.Appointment"),
    (Role::Contacts, "contacts", "Contacts", "IPF.Contact"),
    (Role::Tasks, "tasks", "Tasks", "IPF.Task"),
    (Role::Notes, "notes", "Notes", "IPF.StickyNote"),
    (Role::Journal, "journal", "Journal", "IPF.Journal"),
    (Role::Fallback, "fallback", "Fallback", "IPF.Note"),
];

/// A root folder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Root {
    /// The mailbox owner.
    pub(crate) user: String,
    /// What the root is for.
    pub(crate) role: Role,
    /// The name of an additional root; none for the main one.
    pub(crate) name: Option<String>,
}

impl Root {
    /// The main roots of a user, one of each role.
    pub(crate) fn main(user: &str) -> impl Iterator<Item = Self> {
        ROLES.iter().map(move |&(role, ..)| Self { user: user.to_owned(), role, name: None })
    }

    /// The root that a complete URI names; `None` for a URI of another shape. A missing final slash is no difference.
    pub(crate) fn parse(uri: &str) -> Option<Self> {
        let path = uri.strip_prefix(NAMESPACE)?.strip_prefix("://")?;
        let (user, root) = path.strip_suffix('/').unwrap_or(path).split_once('/')?;
        let (role, name) = match root.split_once(':') {
            Some((role, name)) => (role, Some(unescape(name)?).filter(|name| !name.is_empty())),
            None => (root, None),
        };
        let &(role, ..) = ROLES.iter().find(|(_, segment, ..)| *segment == role)?;
        let parsed = Self { user: unescape(user)?, role, name };
        // One root, one URI.
        (parsed.uri().strip_suffix('/') == uri.strip_suffix('/').or(Some(uri))).then_some(parsed)
    }

    /// The complete URI.
    pub(crate) fn uri(&self) -> String {
        let (_, segment, ..) = self.words();
        let name = self.name.as_ref().map_or(String::new(), |name| format!(":{}", escape(name)));
        format!("{}{segment}{name}/", user_uri(&self.user))
    }

    /// What people read.
    pub(crate) fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.words().2)
    }

    /// PidTagContainerClass.
    pub(crate) fn container_class(&self) -> &'static str {
        self.words().3
    }

    fn words(&self) -> (Role, &'static str, &'static str, &'static str) {
        let of_role = ROLES.into_iter().find(|(role, ..)| *role == self.role);
        of_role.unwrap_or((Role::Fallback, "fallback", "Fallback", "IPF.Note"))
    }
}

/// What the URIs of all roots of a user begin with.
pub(crate) fn user_uri(user: &str) -> String {
    format!("{NAMESPACE}://{}/", escape(user))
}

/// The URI of the folder of this name in `parent`.
pub(crate) fn folder(parent: &str, name: &str) -> String {
    format!("{parent}{}/", escape(name))
}

/// The URI of a message in `folder`.
pub(crate) fn message(folder: &str, id: Mid, associated: bool) -> String {
    format!("{folder}{}{id:016x}", if associated { "associated:" } else { "message:" })
}

/// The URI of a message whose id is not known here.
pub(crate) fn named_message(folder: &str, name: &str) -> String {
    format!("{folder}message:{}", escape(name))
}

/// Checks the name of a folder or a root.
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

/// What the index says of an object directly in `folder`, by its URI.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A sub-folder.
    Folder,
    /// A message.
    Message,
    /// An associated message.
    Associated,
}

/// What kind of object has this URI; `None` if it is not directly in `folder`.
pub(crate) fn kind(folder: &str, uri: &str) -> Option<Kind> {
    let name = uri.strip_prefix(folder)?;
    let leaf = name.strip_suffix('/').unwrap_or(name);
    match leaf {
        "" => None,
        _ if leaf.contains('/') => None,
        _ if leaf.len() < name.len() => Some(Kind::Folder),
        _ if leaf.starts_with("associated:") => Some(Kind::Associated),
        _ => Some(Kind::Message),
    }
}

fn escape(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F").replace(':', "%3A")
}

/// The name that `escape` wrote; `None` if it wrote no such thing.
fn unescape(text: &str) -> Option<String> {
    let name = text.replace("%3A", ":").replace("%2F", "/").replace("%25", "%");
    (escape(&name) == text).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_reads_back_from_its_uri() {
        for root in Root::main("a:l/i%ce") {
            assert_eq!(Root::parse(&root.uri()), Some(root.clone()));
            let named = Root { name: Some("50% / a:b %2F".to_owned()), ..root };
            assert_eq!(Root::parse(&named.uri()), Some(named));
        }
        let inbox = Root::main("alice").next().unwrap();
        assert_eq!(inbox.uri(), "memory://alice/mail/");
        assert_eq!(Root::parse("memory://alice/mail"), Some(inbox));
    }

    #[test]
    fn another_shape_is_no_root() {
        for uri in [
            "memory://alice/",
            "memory://alice/mail/x/",
            "memory://alice/mail:/",
            "memory://a%b/mail/",
            "x://",
        ] {
            assert_eq!(Root::parse(uri), None, "{uri}");
        }
    }

    #[test]
    fn a_uri_tells_what_it_is_of() {
        let parent = "memory://alice/mail/";
        assert_eq!(kind(parent, &folder(parent, "message:1")), Some(Kind::Folder));
        assert_eq!(kind(parent, &message(parent, 1, false)), Some(Kind::Message));
        assert_eq!(kind(parent, &message(parent, 1, true)), Some(Kind::Associated));
        assert_eq!(kind(parent, &message(&folder(parent, "a/b"), 1, true)), None);
        assert_eq!(kind(parent, parent), None);
    }
}
