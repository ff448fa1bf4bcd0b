//! What the backends list, made sure of: each URI once, in the order of the listing, and what a listing says about a
//! URI that is mounted already.

use std::collections::{HashMap, HashSet};

use super::{Answer, Ignored};
use crate::bindings::mapistore::backend::types::{ContextEntry, Role};
use crate::index::Uri;

/// One context that a backend offers.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) backend: String,
    pub(super) uri: Uri,
    /// Without control characters; empty if nothing is left.
    pub(super) name: String,
    pub(super) main: bool,
    pub(super) role: Role,
}

/// What the listings say about a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It is this offer.
    Offered(usize),
    /// It lies in a fallback that is offered.
    Below,
    /// Its backend did not answer.
    Unknown,
    /// There is no such backend any more.
    Absent,
    /// Its backend answered, and does not have it.
    Gone,
}

/// See the module.
pub(super) struct Offers {
    pub(super) all: Vec<Offer>,
    by_identity: HashMap<String, usize>,
    answered: HashSet<String>,
    unanswered: HashSet<String>,
    /// Some backends could not be loaded, and it is not known whose namespace they have.
    unloaded: bool,
}

impl Offers {
    pub(super) fn read(answers: &[Answer], unloaded: bool, ignored: &mut Vec<Ignored>) -> Offers {
        let mut offers = Offers {
            all: Vec::new(),
            by_identity: HashMap::new(),
            answered: HashSet::new(),
            unanswered: HashSet::new(),
            unloaded,
        };
        for answer in answers {
            match &answer.contexts {
                None => offers.unanswered.insert(answer.namespace.clone()),
                Some(entries) => {
                    entries.iter().for_each(|entry| offers.add(&answer.backend, entry, ignored));
                    offers.answered.insert(answer.namespace.clone())
                }
            };
        }
        offers
    }

    fn add(&mut self, backend: &str, entry: &ContextEntry, ignored: &mut Vec<Ignored>) {
        let mut ignore = |reason: String| {
            ignored.push(Ignored { backend: backend.to_owned(), uri: entry.url.clone(), reason });
        };
        let slash = if entry.url.ends_with('/') { "" } else { "/" };
        let uri = match Uri::parse([&entry.url, slash].concat()) {
            Ok(uri) => uri,
            Err(error) => return ignore(error.to_string()),
        };
        if self.by_identity.contains_key(uri.identity()) {
            return ignore("the URI is listed already, and a folder has one role".into());
        }
        self.by_identity.insert(uri.identity().to_owned(), self.all.len());
        self.all.push(Offer {
            backend: backend.to_owned(),
            uri,
            name: super::names::clean(&entry.name),
            main: entry.main_folder,
            role: entry.role,
        });
    }

    /// What the listings say about a URI that ends in a slash.
    pub(super) fn status(&self, uri: &str) -> Status {
        if let Some(offer) = self.by_identity.get(uri.strip_suffix('/').unwrap_or(uri)) {
            return Status::Offered(*offer);
        }
        let namespace = uri.split_once("://").map_or(uri, |(namespace, _)| namespace);
        if !self.answered.contains(namespace) {
            let known = self.unloaded || self.unanswered.contains(namespace);
            return if known { Status::Unknown } else { Status::Absent };
        }
        // From the URI upwards, container by container.
        let mut path = uri;
        while let Some(slash) = path.strip_suffix('/').and_then(|path| path.rfind('/')) {
            path = &path[..=slash];
            let around = self.by_identity.get(&path[..slash]);
            if around.is_some_and(|offer| self.all[*offer].role == Role::Fallback) {
                return Status::Below;
            }
        }
        Status::Gone
    }
}
