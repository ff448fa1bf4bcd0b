//! One folder's items, as the disk, the file of change numbers and the index have them together.
//!
//! [`FolderState::sync`] is what keeps a context right when other programs change the tree: every call that lists
//! something begins with it. Knows no properties.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use mapistore_sdk::types::{ChangeNumber, DeleteMode, Fmid, Guid};
use mapistore_sdk::{Error, ErrorCode, Result};

use crate::changes::{self, Change, Changes};
use crate::ids;
use crate::item::Kind;
use crate::key::Names;
use crate::path::{Place, escape, unescape};
use crate::store::{Entries, Stamp, Store};

/// A directory that changed this recently is read again: its clock may be too coarse to show the next change.
const CLOCK_RESOLUTION: Duration = Duration::from_secs(2);
/// A file that is changed where it stands does not change its directory: how long that may go unseen.
const PATIENCE: Duration = Duration::from_secs(1);

/// An item of a folder. Never changed, only replaced, so that a table may hold on to it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// PidTagMid.
    pub(crate) id: Fmid,
    /// The name of its file.
    pub(crate) file: String,
    /// What the file looked like.
    pub(crate) stamp: Stamp,
    /// PidTagChangeNumber.
    pub(crate) number: ChangeNumber,
    /// Whether it was marked as unread.
    pub(crate) unread: bool,
}

/// The folder of an open context, shared by all of its handles.
pub(crate) struct FolderState {
    /// PidTagFolderId.
    pub(crate) id: Fmid,
    /// Where it is.
    pub(crate) place: Place,
    /// The owner, the first part of all URIs.
    pub(crate) user: String,
    /// The GUID that change keys begin with.
    pub(crate) replica: Guid,
    /// The tree.
    pub(crate) store: Store,
    /// The tags of the items' properties.
    pub(crate) names: Names,
    items: RefCell<Items>,
}

#[derive(Default)]
struct Items {
    /// When the directory last changed, and when that was looked at; none before the first scan.
    scanned: Option<(Option<SystemTime>, SystemTime)>,
    /// The folder's own change number; 0 if it has none yet.
    change: ChangeNumber,
    by_file: BTreeMap<String, Rc<Record>>,
    by_id: HashMap<Fmid, Rc<Record>>,
}

impl FolderState {
    /// The folder at a place. Nothing is read before [`Self::sync`].
    pub(crate) fn new(
        id: Fmid,
        place: Place,
        user: String,
        replica: Guid,
        store: Store,
        names: Names,
    ) -> Self {
        Self { id, place, user, replica, store, names, items: RefCell::default() }
    }

    /// What the folder shows.
    pub(crate) fn kind(&self) -> Kind {
        self.place.kind
    }

    /// The name of its directory.
    pub(crate) fn collection(&self) -> &str {
        &self.place.collection
    }

    /// The URI of a file in it.
    pub(crate) fn uri_of(&self, file: &str) -> String {
        item_uri(&self.place.uri(&self.user), file)
    }

    /// All items, in the order of their names.
    pub(crate) fn records(&self) -> Vec<Rc<Record>> {
        self.items.borrow().by_file.values().cloned().collect()
    }

    /// The item with this id.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn record(&self, id: Fmid) -> Result<Rc<Record>> {
        let found = self.items.borrow().by_id.get(&id).cloned();
        found.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// The folder's own change number.
    ///
    /// # Errors
    /// What the index says.
    pub(crate) fn change(&self) -> Result<ChangeNumber> {
        self.sync()?;
        if self.items.borrow().change == 0 {
            self.touch()?;
        }
        Ok(self.items.borrow().change)
    }

    /// Gives the folder a new change number.
    ///
    /// # Errors
    /// What the index says.
    pub(crate) fn touch(&self) -> Result<()> {
        let number = ids::number()?;
        self.items.borrow_mut().change = number;
        self.note(&changes::folder_line(self.kind(), number));
        Ok(())
    }

    /// Puts an item in, in place of the one with its id or file.
    pub(crate) fn put(&self, record: Record) -> Rc<Record> {
        let record = Rc::new(record);
        let change =
            Change { number: record.number, kind: self.kind(), stamp: record.stamp, unread: record.unread };
        self.note(&changes::line(&record.file, &change));
        self.items.borrow_mut().put(Rc::clone(&record));
        record
    }

    /// Marks an item as read or unread. If it was not, it gets a new change number.
    ///
    /// # Errors
    /// `NotFound`; what the index says.
    pub(crate) fn mark(&self, id: Fmid, read: bool) -> Result<Rc<Record>> {
        let record = self.record(id)?;
        if record.unread != read {
            return Ok(record);
        }
        let number = ids::number()?;
        Ok(self.put(Record { unread: !read, number, ..Record::clone(&record) }))
    }

    /// Takes an item out.
    pub(crate) fn take(&self, record: &Record) {
        self.note(&changes::gone_line(&record.file));
        self.items.borrow_mut().take(record.id);
    }

    /// Writes a line down. What goes wrong costs nothing but a fresh number next time.
    fn note(&self, line: &str) {
        let (collection, file) = (self.collection(), changes::FILE);
        let added = self.store.append_text(collection, file, line).or_else(|_| {
            let text = Changes::default().write(self.replica_number()) + line;
            self.store.write_text(collection, file, &text, false)
        });
        if let Err(error) = added {
            log::warn!("change numbers of `{}` are not kept: {error}", self.place);
        }
    }

    fn replica_number(&self) -> u128 {
        u128::from(self.replica.hi) << 64 | u128::from(self.replica.lo)
    }

    /// Looks at the folder again, if it may have changed: new items get ids and change numbers, changed ones change
    /// numbers, and the ids of those that are gone become tombstones.
    ///
    /// # Errors
    /// `NotFound` if the folder is gone; what the disk and the index say.
    pub(crate) fn sync(&self) -> Result<()> {
        let changed = self.store.changed(self.collection());
        if self.items.borrow().is_current(changed) {
            return Ok(());
        }
        self.scan(changed)
    }

    /// Looks at the folder again, whether or not it seems to have changed.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub(crate) fn scan(&self, changed: Option<SystemTime>) -> Result<()> {
        let now = SystemTime::now();
        let entries = self.store.scan(self.collection()).map_err(|error| match Error::from(error) {
            gone if gone.code == ErrorCode::NotFound => {
                Error::not_found(format!("folder `{}` is gone", self.place))
            }
            error => error,
        })?;
        let saved = self.store.read_text(self.collection(), changes::FILE);
        let saved = saved.and_then(|text| Changes::parse(&text, self.replica_number()));
        self.merge(&entries, saved)?;
        self.items.borrow_mut().scanned = Some((changed, now));
        Ok(())
    }

    /// Makes `self` agree with the disk.
    fn merge(&self, entries: &Entries, saved: Option<Changes>) -> Result<()> {
        let unknown = saved.is_none();
        let mut saved = saved.unwrap_or_default();
        let mut new = self.changed(entries, &saved)?;
        let mut fresh = ids::numbers(new.len())?;
        let highest = saved.items.values().map(|change| ids::counter(change.number)).max();
        if fresh.first().is_some_and(|&first| Some(ids::counter(first)) <= highest) {
            // The numbers are not this index's: it was made anew. None of them can be trusted.
            saved = Changes::default();
            new = self.changed(entries, &saved)?;
            fresh = ids::numbers(new.len())?;
        }
        let before = std::mem::take(&mut saved.items);
        let mut now: BTreeMap<String, Change> = before
            .iter()
            .filter(|(file, _)| entries.contains_key(*file))
            .map(|(file, change)| (file.clone(), *change))
            .collect();
        let any_new = !new.is_empty();
        for ((file, kind, stamp), number) in new.into_iter().zip(fresh) {
            let unread = before.get(&file).is_some_and(|seen| seen.unread);
            now.insert(file, Change { number, kind, stamp, unread });
        }
        let ours = |change: Option<&Change>| change.is_some_and(|change| change.kind == self.kind());
        let gone = if unknown {
            self.unknown_ids(&now)?
        } else {
            let files = before.iter().filter(|(file, change)| ours(Some(change)) && !ours(now.get(*file)));
            let uris: Vec<String> = files.map(|(file, _)| self.uri_of(file)).collect();
            ids::live(&uris)?.into_iter().flatten().collect()
        };
        ids::remove(&gone, DeleteMode::Soft)?;

        let old = std::mem::take(&mut *self.items.borrow_mut());
        let folder = saved.folders.get(&self.kind()).copied().unwrap_or(old.change);
        let mut items = Items { change: folder, ..Items::default() };
        let mut without_id = Vec::new();
        for (file, change) in now.iter().filter(|(_, change)| ours(Some(change))) {
            let Change { number, stamp, unread, .. } = *change;
            let record = Record { id: 0, file: file.clone(), stamp, number, unread };
            // An id is remembered only with the number it was seen with: another context may have deleted the item
            // and made another one of this name since.
            match old
                .by_file
                .get(file)
                .filter(|old| before.get(file).is_some_and(|seen| seen.number == old.number))
            {
                Some(old) => items.put(Rc::new(Record { id: old.id, ..record })),
                None => without_id.push(record),
            }
        }
        let uris: Vec<String> = without_id.iter().map(|record| self.uri_of(&record.file)).collect();
        for (record, id) in without_id.into_iter().zip(ids::ensure(&uris)?) {
            items.put(Rc::new(Record { id, ..record }));
        }
        *self.items.borrow_mut() = items;
        let size = now.len();
        if any_new || before.len() != size || saved.lines > 2 * size + 64 {
            saved.items = now;
            let text = saved.write(self.replica_number());
            if let Err(error) = self.store.write_text(self.collection(), changes::FILE, &text, false) {
                log::warn!("change numbers of `{}` are not kept: {error}", self.place);
            }
        }
        Ok(())
    }

    /// The files that are new or look other than before, with what they contain.
    fn changed(&self, entries: &Entries, saved: &Changes) -> Result<Vec<(String, Kind, Stamp)>> {
        let mut changed = Vec::new();
        for (file, stamp) in entries {
            if saved.items.get(file).is_some_and(|change| change.stamp == *stamp) {
                continue;
            }
            if file.ends_with(".vcf") {
                changed.push((file.clone(), Kind::Contact, *stamp));
                continue;
            }
            match self.store.read(self.collection(), file) {
                Ok((content, stamp)) => {
                    changed.extend(Kind::of(file, &content).map(|kind| (file.clone(), kind, stamp)));
                }
                // One file that cannot be read blocks no folder.
                Err(error) => log::warn!("`{file}` of `{}` is not shown: {error}", self.place),
            }
        }
        Ok(changed)
    }

    /// The ids that the index has for the folder's items, and the disk has no file for.
    fn unknown_ids(&self, now: &BTreeMap<String, Change>) -> Result<Vec<Fmid>> {
        let uri = self.place.uri(&self.user);
        let gone = ids::below(&uri)?.into_iter().filter(|entry| {
            let name = entry.uri.strip_prefix(&uri).unwrap_or_default();
            let there = |file: &String| now.get(file).is_some_and(|change| change.kind == self.kind());
            !name.is_empty() && !unescape(name).as_ref().is_some_and(there)
        });
        Ok(gone.map(|entry| entry.id).collect())
    }
}

impl Items {
    fn is_current(&self, changed: Option<SystemTime>) -> bool {
        let Some((before, when)) = &self.scanned else { return false };
        let age = |time: &SystemTime| when.duration_since(*time).unwrap_or_default();
        let settled = changed.as_ref().is_some_and(|time| age(time) >= CLOCK_RESOLUTION);
        *before == changed && settled && when.elapsed().is_ok_and(|since| since < PATIENCE)
    }

    fn put(&mut self, record: Rc<Record>) {
        self.take(record.id);
        if let Some(old) = self.by_file.insert(record.file.clone(), Rc::clone(&record)) {
            self.by_id.remove(&old.id);
        }
        self.by_id.insert(record.id, record);
    }

    fn take(&mut self, id: Fmid) {
        if let Some(old) = self.by_id.remove(&id) {
            self.by_file.remove(&old.file);
        }
    }
}

/// The URI of a file in the folder with this URI.
pub(crate) fn item_uri(folder: &str, file: &str) -> String {
    format!("{folder}{}", escape(file))
}
