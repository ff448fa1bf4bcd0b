//! Which collections there are, and what they are for.
//!
//! A collection's roles are told by its items, by a small file `.mapistore-role` that remembers them, and while it is
//! empty by its name.

use std::collections::BTreeSet;

use mapistore_sdk::types::ContextEntry;
use mapistore_sdk::{Error, Result};

use crate::changes::{self, Changes};
use crate::folder::{name_of, set_name};
use crate::item::Kind;
use crate::path::{Place, is_collection};
use crate::store::Store;

/// What a collection is for, a word a line: one that is empty, or was, keeps its folders.
const ROLES: &str = ".mapistore-role";

/// The folders of a user. Whoever has nothing yet gets one of each kind.
///
/// # Errors
/// What the disk says.
pub(crate) fn list(store: &Store, user: &str) -> Result<Vec<ContextEntry>> {
    if store.collections()?.is_empty() {
        for kind in Kind::ALL {
            create(store, kind, kind.word())?;
        }
    }
    let mut places = Vec::new();
    for collection in store.collections()? {
        for kind in kinds(store, &collection)? {
            places.extend(Place::new(kind, &collection));
        }
    }
    // The main one of each kind first; the rest stay in the order of their names.
    places.sort_by_key(|place| (place.kind, rank(place)));
    let mut taken = BTreeSet::new();
    let entry = |place: Place| ContextEntry {
        url: place.uri(user),
        name: name_of(store, &place.collection),
        main_folder: taken.insert(place.kind),
        role: place.kind.role(),
        tag: None,
    };
    Ok(places.into_iter().map(entry).collect())
}

/// Makes a collection for a kind of items.
///
/// # Errors
/// `InvalidParameter` for a name that no directory can have, `Exists` if there is one.
pub(crate) fn create(store: &Store, kind: Kind, name: &str) -> Result<Place> {
    let directory = name.trim();
    let place = Place::new(kind, directory).ok_or_else(|| {
        Error::invalid_parameter(format!(
            "`{name}` cannot be the name of a collection: 1 to 200 bytes, no `/` or `\\`, no dot in front"
        ))
    })?;
    if store.exists(directory) && kinds(store, directory)?.contains(&kind) {
        return Err(Error::exists(format!("there is a folder `{place}`")));
    }
    let new = !store.exists(directory);
    store.ensure(directory)?;
    if new && directory != kind.word() {
        set_name(store, directory, directory)?;
    }
    let mut kinds = remembered(store, directory);
    kinds.insert(kind);
    remember(store, directory, &kinds)?;
    Ok(place)
}

/// `default` and the kind's own name come first.
fn rank(place: &Place) -> usize {
    let main = ["default", place.kind.word()];
    main.iter().position(|name| place.collection.eq_ignore_ascii_case(name)).unwrap_or(main.len())
}

/// The kinds of items that a collection has or had.
fn kinds(store: &Store, collection: &str) -> Result<BTreeSet<Kind>> {
    let known = remembered(store, collection);
    let mut kinds = known.clone();
    let entries = store.scan(collection)?;
    let seen = store.read_text(collection, changes::FILE).and_then(|text| Changes::parse_any(&text));
    for (file, stamp) in &entries {
        let seen = seen.as_ref().and_then(|seen| seen.items.get(file));
        if let Some(change) = seen.filter(|change| change.stamp == *stamp) {
            kinds.insert(change.kind);
            continue;
        }
        // Only what is not known yet has to be read.
        let possible = if file.ends_with(".vcf") { &[Kind::Contact][..] } else { &[Kind::Event, Kind::Task] };
        if possible.iter().any(|kind| !kinds.contains(kind))
            && let Ok((content, _)) = store.read(collection, file)
        {
            kinds.extend(Kind::of(file, &content));
        }
    }
    if kinds != known
        && let Err(error) = remember(store, collection, &kinds)
    {
        // A tree that may only be read is shown as it is.
        log::warn!("what `{collection}` is for is not remembered: {error}");
    }
    if kinds.is_empty() && is_collection(collection) {
        kinds.insert(by_name(collection));
    }
    Ok(kinds)
}

/// What an empty collection is for.
fn by_name(collection: &str) -> Kind {
    let name = collection.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if has(&["contact", "address", "card", "people"]) {
        Kind::Contact
    } else if has(&["task", "todo"]) {
        Kind::Task
    } else {
        Kind::Event
    }
}

fn remembered(store: &Store, collection: &str) -> BTreeSet<Kind> {
    let text = store.read_text(collection, ROLES).unwrap_or_default();
    Kind::ALL.into_iter().filter(|kind| text.lines().any(|line| line.trim() == kind.word())).collect()
}

fn remember(store: &Store, collection: &str, kinds: &BTreeSet<Kind>) -> Result<()> {
    let text: String = kinds.iter().map(|kind| format!("{}\n", kind.word())).collect();
    Ok(store.write_text(collection, ROLES, &text, true)?)
}
