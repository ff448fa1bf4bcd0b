//! How a URI leads to an object.
//!
//! The URI of a folder ends in `/`, that of a message does not. A user's context that holds it is the one whose URI is
//! the longest prefix; from its root the way leads folder by folder, each by the id that the index has for its URI.
//! What the index does not know yet is looked for once in a table of its folder: listing registers what it lists. A
//! folder whose URI belongs to no listed context is tried as a root itself.

use anyhow::Context as _;
use mapistore::index::{Fmid, Owner, Scope, Uri};
use mapistore::types::{ContextEntry, PropertyTag, TableKind};
use mapistore::{Context, Folder};

use super::failure::{Complaint, Exit};
use super::rows;
use super::session::Session;

/// PidTagFolderId.
pub(crate) const FOLDER_ID: PropertyTag = 0x6748_0014;
/// PidTagMid.
pub(crate) const MID: PropertyTag = 0x674A_0014;

/// Where a URI led to.
pub(crate) struct Place {
    pub(crate) context: Context,
    /// The folder, or the folder of the message.
    pub(crate) folder: Folder,
    pub(crate) folder_id: Fmid,
    pub(crate) folder_uri: String,
    /// The ids of the folders below the root, the last one being `folder_id`; empty for the root.
    pub(crate) path: Vec<Fmid>,
    /// The message, if the URI is that of a message.
    pub(crate) message: Option<Fmid>,
}

impl Place {
    /// # Errors
    /// The URI is that of a folder.
    pub(crate) fn message(&self) -> Result<Fmid, Complaint> {
        self.message.ok_or_else(|| {
            Complaint::usage(format!("`{}` is a folder, and a message is wanted", self.folder_uri))
                .hint(format!("`mapistore ls {}` lists its messages", self.folder_uri))
        })
    }

    /// # Errors
    /// The URI is that of a message.
    pub(crate) fn into_folder(self, uri: &str) -> Result<Self, Complaint> {
        match self.message {
            None => Ok(self),
            Some(_) => Err(Complaint::usage(format!("`{uri}` is a message, and a folder is wanted"))
                .hint("the URI of a folder ends in `/`")),
        }
    }

    /// The URI of an object of this context, which may be new.
    pub(crate) async fn uri_of(&self, id: Fmid) -> anyhow::Result<String> {
        let path = self.context.get_paths(&[id]).await?.pop();
        match path {
            Some(Ok(path)) => Ok(format!("{}{path}", namespace_root(self.context.uri()))),
            Some(Err(code)) => {
                Err(Complaint::refused(format!("`{id}` has no URI: {}", mapistore::code_name(code))).into())
            }
            None => Err(Complaint::refused(format!("`{id}` has no URI")).into()),
        }
    }
}

/// Messages of one folder, to be handled in one call.
pub(crate) struct Group {
    pub(crate) place: Place,
    pub(crate) messages: Vec<(Fmid, String)>,
}

/// `namespace://` of a URI.
fn namespace_root(uri: &str) -> &str {
    uri.find("://").and_then(|at| uri.get(..at + 3)).unwrap_or_default()
}

/// The root that holds a URI: the longest prefix. A root itself may be written without its slash.
fn root_of<'r>(roots: &'r [ContextEntry], uri: &str) -> Option<&'r str> {
    let holds = |root: &&str| uri.starts_with(*root) || root.strip_suffix('/') == Some(uri);
    roots.iter().map(|entry| entry.url.as_str()).filter(holds).max_by_key(|root| root.len())
}

/// The URIs on the way from a root to what `uri` names, itself included: folders end in `/`.
fn steps<'u>(root: &str, uri: &'u str) -> Vec<&'u str> {
    let Some(rest) = uri.get(root.len()..).filter(|rest| !rest.is_empty()) else { return Vec::new() };
    let mut ends: Vec<usize> = rest.match_indices('/').map(|(at, _)| root.len() + at + 1).collect();
    if !uri.ends_with('/') {
        ends.push(uri.len());
    }
    ends.into_iter().filter_map(|end| uri.get(..end)).collect()
}

impl Session<'_> {
    /// Finds and opens what a URI names.
    ///
    /// # Errors
    /// No context holds it, it does not exist, or a call failed.
    pub(crate) async fn locate(&mut self, user: &str, uri: &str) -> anyhow::Result<Place> {
        let roots = self.roots(user, uri).await?;
        let root = match root_of(&roots, uri) {
            Some(root) => root,
            // Also tells what is wrong with a URI of no namespace, or of an unknown one.
            None if uri.ends_with('/') || !self.is_served(uri) => uri,
            None => {
                let hint = format!("`mapistore contexts --user {user}` lists them");
                let text = format!("no context of `{user}` holds `{uri}`");
                return Err(Complaint::refused(text).hint(hint).into());
            }
        };
        let context = self.context(user, root).await.with_context(|| format!("cannot open `{root}`"))?;
        let mut place = Place {
            folder: context.root_folder().await?,
            folder_id: context.root_fid()?,
            folder_uri: root.to_owned(),
            path: Vec::new(),
            message: None,
            context,
        };
        for step in steps(root, uri) {
            let (id, is_folder) = self.resolve(&place, user, step).await?;
            if !is_folder {
                place.message = Some(id);
                break;
            }
            place.folder =
                place.folder.open_folder(id).await.with_context(|| format!("cannot open `{step}`"))?;
            place.folder_id = id;
            place.folder_uri = if step.ends_with('/') { step.to_owned() } else { format!("{step}/") };
            place.path.push(id);
        }
        Ok(place)
    }

    /// Finds a folder.
    ///
    /// # Errors
    /// As [`locate`](Self::locate); the URI is that of a message.
    pub(crate) async fn locate_folder(&mut self, user: &str, uri: &str) -> anyhow::Result<Place> {
        Ok(self.locate(user, uri).await?.into_folder(uri)?)
    }

    /// Finds many messages, folder by folder. What is not found is reported and left out; folders are handed back.
    pub(crate) async fn locate_all(
        &mut self,
        user: &str,
        uris: &[String],
        worst: &mut Exit,
    ) -> (Vec<Group>, Vec<(Place, String)>) {
        let (mut groups, mut folders) = (Vec::<Group>::new(), Vec::new());
        for uri in uris {
            let place = match self.locate(user, uri).await {
                Ok(place) => place,
                Err(error) => {
                    self.refuse(worst, &error);
                    continue;
                }
            };
            let Some(mid) = place.message else {
                folders.push((place, uri.clone()));
                continue;
            };
            match groups.iter_mut().find(|group| group.place.folder_uri == place.folder_uri) {
                Some(group) => group.messages.push((mid, uri.clone())),
                None => groups.push(Group { place, messages: vec![(mid, uri.clone())] }),
            }
        }
        (groups, folders)
    }

    /// The live URI of each id, as the index has it.
    pub(crate) fn uris_of(&self, user: &str, ids: &[Fmid]) -> anyhow::Result<Vec<Option<String>>> {
        let scope = Scope::operator(Owner::parse(user)?);
        let mut uris = Vec::with_capacity(ids.len());
        for ids in ids.chunks(mapistore::index::BATCH_MAX) {
            let entries = self.runtime.index().get_uris(&scope, ids)?;
            uris.extend(
                entries.into_iter().map(|entry| Some(entry.filter(|entry| !entry.soft_deleted)?.uri)),
            );
        }
        Ok(uris)
    }

    fn is_served(&self, uri: &str) -> bool {
        let served = |namespace| self.runtime.backends().iter().any(|record| record.namespace == namespace);
        uri.split_once("://").is_some_and(|(namespace, _)| served(namespace))
    }

    /// The id of what `uri` names in a folder, and whether it is a folder.
    async fn resolve(&self, place: &Place, user: &str, uri: &str) -> anyhow::Result<(Fmid, bool)> {
        if let Some(found) = self.look_up(user, uri)? {
            return Ok(found);
        }
        let kinds: &[_] = if uri.ends_with('/') {
            &[(TableKind::Hierarchy, FOLDER_ID)]
        } else {
            &[(TableKind::Contents, MID), (TableKind::Hierarchy, FOLDER_ID)]
        };
        for &(kind, id_tag) in kinds {
            let table = match place.folder.open_table(kind).await {
                Ok(table) => table,
                Err(error) if rows::is_missing_table(&error) => continue,
                Err(error) => return Err(error.into()),
            };
            table.set_columns(&[id_tag]).await?;
            rows::read(&table, 1, 0, None).await?;
            if let Some(found) = self.look_up(user, uri)? {
                return Ok(found);
            }
        }
        let what = if uri.ends_with('/') { "folder" } else { "message" };
        Err(Complaint::refused(format!("there is no {what} `{uri}`"))
            .hint(format!("`mapistore ls {}` lists what is there", place.folder_uri))
            .into())
    }

    /// What the index has for a URI, and whether it is a folder.
    fn look_up(&self, user: &str, uri: &str) -> anyhow::Result<Option<(Fmid, bool)>> {
        let scope = Scope::operator(Owner::parse(user)?);
        let entry = self.runtime.index().get_ids(&scope, &[Uri::parse(uri)?])?.pop().flatten();
        // A folder may be named without its slash, a message not with one.
        let live =
            entry.filter(|entry| !entry.soft_deleted && (entry.uri.ends_with('/') || !uri.ends_with('/')));
        Ok(live.map(|entry| (entry.id, entry.uri.ends_with('/'))))
    }
}

#[cfg(test)]
mod tests {
    use mapistore::types::Role;

    use super::*;

    fn entry(url: &str) -> ContextEntry {
        ContextEntry { url: url.into(), name: "x".into(), main_folder: true, role: Role::Mail, tag: None }
    }

    #[test]
    fn the_longest_root_that_is_a_prefix_holds_the_uri() {
        let roots = [entry("m://a/"), entry("m://a/INBOX/"), entry("m://b/")];
        assert_eq!(root_of(&roots, "m://a/INBOX/x"), Some("m://a/INBOX/"));
        assert_eq!(root_of(&roots, "m://a/INBOX"), Some("m://a/INBOX/"));
        assert_eq!(root_of(&roots, "m://a/INBOXES/x"), Some("m://a/"));
        assert_eq!(root_of(&roots, "m://c/"), None);
    }

    #[test]
    fn the_way_leads_folder_by_folder_to_the_message() {
        assert_eq!(steps("m://a/", "m://a/b/c/d"), ["m://a/b/", "m://a/b/c/", "m://a/b/c/d"]);
        assert_eq!(steps("m://a/", "m://a/b/"), ["m://a/b/"]);
        assert_eq!(steps("m://a/", "m://a/"), [""; 0]);
        assert_eq!(steps("m://a/", "m://a"), [""; 0]);
    }

    #[test]
    fn the_namespace_root_is_what_paths_are_appended_to() {
        assert_eq!(namespace_root("m://a/b"), "m://");
    }
}
