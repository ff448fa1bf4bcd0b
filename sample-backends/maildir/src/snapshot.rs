//! One folder's messages, as the disk, the file of change numbers and the index have them together.
//!
//! [`FolderState::sync`] is what keeps a context right when other programs change the tree: every call that lists
//! something begins with it. Knows no properties.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use mapistore_sdk::types::{ChangeNumber, DeleteMode, Fmid};
use mapistore_sdk::{Error, ErrorCode, Result};

use crate::changes::{self, Change, Changes, Keys};
use crate::ids;
use crate::mailbox::Mailbox;
use crate::name::stem;
use crate::path::{FolderPath, escape, unescape};
use crate::store::{Entries, Entry, Stamp};

/// A directory that changed this recently is read again: its clock may be too coarse to show the next change.
const CLOCK_RESOLUTION: Duration = Duration::from_secs(2);

/// How many files that another program renamed keep their ids at one look; of more, the others count as new.
const RENAMES_FOLLOWED: usize = 200;

/// A message of a folder. Never changed, only replaced, so that a table may hold on to it.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// PidTagMid.
    pub(crate) id: Fmid,
    /// The base name of its file.
    pub(crate) base: String,
    /// Its flags and file.
    pub(crate) entry: Entry,
    /// PidTagChangeNumber.
    pub(crate) number: ChangeNumber,
    /// PidTagChangeKey and its list, where an import supplied them.
    pub(crate) keys: Option<Keys>,
}

impl Record {
    /// What is written down of it.
    fn change(&self) -> Change {
        Change { number: self.number, flags: self.entry.flags.clone(), keys: self.keys.clone() }
    }

    /// The same message with a new change number. Keys that came from elsewhere stay among its predecessors.
    pub(crate) fn changed(&self, mailbox: &Mailbox, number: ChangeNumber) -> Self {
        Self { number, keys: next_keys(self.keys.as_ref(), mailbox, number), ..self.clone() }
    }
}

/// A folder of an open context, shared by all of its handles.
pub(crate) struct FolderState {
    /// PidTagFolderId.
    pub(crate) id: Fmid,
    path: RefCell<FolderPath>,
    messages: RefCell<Messages>,
}

#[derive(Default)]
struct Messages {
    /// What the directories looked like before the last scan, and when that was; none before the first.
    scanned: Option<(Stamp, SystemTime)>,
    change: ChangeNumber,
    by_base: BTreeMap<String, Rc<Record>>,
    by_id: HashMap<Fmid, Rc<Record>>,
    /// What changed since it was written down last, as lines of the file of change numbers.
    unwritten: String,
}

impl FolderState {
    /// The folder at `path`. Nothing is read before [`Self::sync`].
    pub(crate) fn new(id: Fmid, path: FolderPath) -> Self {
        Self { id, path: RefCell::new(path), messages: RefCell::default() }
    }

    /// Where the folder is now.
    pub(crate) fn path(&self) -> FolderPath {
        self.path.borrow().clone()
    }

    /// The folder was moved.
    pub(crate) fn set_path(&self, path: FolderPath) {
        *self.path.borrow_mut() = path;
        self.messages.borrow_mut().scanned = None;
    }

    /// All messages, in the order of their names, which is about that of their arrival.
    pub(crate) fn records(&self) -> Vec<Rc<Record>> {
        self.messages.borrow().by_base.values().cloned().collect()
    }

    /// The message with this id.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn record(&self, id: Fmid) -> Result<Rc<Record>> {
        let found = self.messages.borrow().by_id.get(&id).cloned();
        found.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// Whether there is a message of this base name.
    pub(crate) fn has_base(&self, base: &str) -> bool {
        self.messages.borrow().by_base.contains_key(base)
    }

    /// The folder's own change number.
    ///
    /// # Errors
    /// What the index says.
    pub(crate) fn change(&self, mailbox: &Mailbox) -> Result<ChangeNumber> {
        self.sync(mailbox)?;
        if self.messages.borrow().change == 0 {
            self.touch(mailbox)?;
        }
        Ok(self.messages.borrow().change)
    }

    /// Gives the folder a new change number.
    ///
    /// # Errors
    /// What the index says.
    pub(crate) fn touch(&self, mailbox: &Mailbox) -> Result<()> {
        let number = ids::number()?;
        let mut messages = self.messages.borrow_mut();
        messages.change = number;
        messages.unwritten.push_str(&changes::folder_line(number));
        drop(messages);
        self.write_changes(mailbox);
        Ok(())
    }

    /// Puts a message in, in place of the one with its id or base name. The caller writes the changes down.
    pub(crate) fn put(&self, record: Record) -> Rc<Record> {
        let record = Rc::new(record);
        let mut messages = self.messages.borrow_mut();
        if let Some(old) = messages.by_id.get(&record.id).filter(|old| old.base != record.base) {
            let gone = changes::gone_line(&old.base);
            messages.unwritten.push_str(&gone);
        }
        messages.unwritten.push_str(&changes::message_line(&record.base, &record.change()));
        messages.put(Rc::clone(&record));
        record
    }

    /// Sets and clears flags of a message, which gets a new change number. The caller writes the changes down.
    ///
    /// # Errors
    /// `NotFound` if the message is gone; what the disk says.
    pub(crate) fn set_flags(
        &self,
        mailbox: &Mailbox,
        id: Fmid,
        flags: &[(char, bool)],
        number: ChangeNumber,
    ) -> Result<Rc<Record>> {
        let record = self.record(id)?;
        let old = &record.entry.flags;
        let new = flags.iter().fold(old.clone(), |flags, &(flag, on)| flags.with(flag, on));
        let entry = if new == *old {
            record.entry.clone()
        } else {
            mailbox.store.set_flags(&self.path(), &record.base, &record.entry, &new)?
        };
        Ok(self.put(Record { entry, ..record.changed(mailbox, number) }))
    }

    /// Takes a message out. The caller writes the changes down.
    pub(crate) fn take(&self, id: Fmid) {
        let mut messages = self.messages.borrow_mut();
        if let Some(old) = messages.take(id) {
            messages.unwritten.push_str(&changes::gone_line(&old.base));
        }
    }

    /// Writes down what changed. What goes wrong costs nothing but fresh numbers next time.
    pub(crate) fn write_changes(&self, mailbox: &Mailbox) {
        let unwritten = std::mem::take(&mut self.messages.borrow_mut().unwritten);
        // A folder without the file gets one.
        if mailbox.store.append_state(&self.path(), changes::FILE, &unwritten).is_err() {
            self.write_all_changes(mailbox);
        }
    }

    /// Writes the file of change numbers anew.
    fn write_all_changes(&self, mailbox: &Mailbox) {
        let messages = self.messages.borrow();
        let changes = messages.by_base.values().map(|record| (record.base.clone(), record.change()));
        let changes = Changes { folder: messages.change, messages: changes.collect(), added: 0 };
        let text = changes.write(mailbox.replica_number());
        if let Err(error) = mailbox.store.write_state(&self.path(), changes::FILE, &text) {
            log::warn!("change numbers of `{}` are not kept: {error}", self.path());
        }
    }

    /// Looks at the folder if nobody did before: enough for who adds to it.
    ///
    /// # Errors
    /// As [`Self::sync`].
    pub(crate) fn sync_once(&self, mailbox: &Mailbox) -> Result<()> {
        if self.messages.borrow().scanned.is_none() { self.sync(mailbox) } else { Ok(()) }
    }

    /// Looks at the folder again, if it may have changed: new messages get ids and change numbers, changed ones
    /// change numbers, and the ids of those that are gone become tombstones.
    ///
    /// # Errors
    /// `NotFound` if the folder is gone; what the disk and the index say.
    pub(crate) fn sync(&self, mailbox: &Mailbox) -> Result<()> {
        let path = self.path();
        let stamp = mailbox.store.stamp(&path);
        if self.messages.borrow().is_current(&stamp) {
            return Ok(());
        }
        let now = SystemTime::now();
        if !mailbox.store.exists(&path)? {
            return Err(Error::new(ErrorCode::NotFound, format!("folder `{path}` is gone")));
        }
        let entries = mailbox.store.scan(&path)?;
        let text = mailbox.store.read_state(&path, changes::FILE);
        let saved = text.as_ref().and_then(|text| Changes::parse(text, mailbox.replica_number()));
        // To a file of another index nothing can be added.
        let is_useless = text.is_some() && saved.is_none();
        if self.merge(mailbox, &entries, saved)? || is_useless {
            self.write_all_changes(mailbox);
        }
        self.messages.borrow_mut().scanned = Some((stamp, now));
        Ok(())
    }

    /// Makes `self` agree with the disk. Answers whether there is anything new to write down.
    fn merge(&self, mailbox: &Mailbox, entries: &Entries, saved: Option<Changes>) -> Result<bool> {
        let uri = self.path().uri(&mailbox.user);
        let gone = match &saved {
            Some(saved) => ids_of_missing(&uri, &saved.messages, entries)?,
            None => unknown_ids(&uri, entries)?,
        };
        let gone = follow_renames(&uri, gone, entries, saved.as_ref())?;
        ids::remove(&gone, DeleteMode::Soft)?;

        let saved_before = saved.is_some();
        let mut saved = saved.unwrap_or_default();
        let mut numbers = changed(entries, &saved);
        let mut fresh = ids::numbers(numbers.len())?;
        let highest = saved.messages.values().map(|change| ids::counter(change.number)).max();
        if fresh.first().is_some_and(|&first| Some(ids::counter(first)) <= highest) {
            // The numbers are not this index's: it was made anew. None of them can be trusted.
            saved = Changes::default();
            numbers = changed(entries, &saved);
            fresh = ids::numbers(numbers.len())?;
        }
        let fresh: HashMap<&str, ChangeNumber> = numbers.into_iter().zip(fresh).collect();
        let any_new = !fresh.is_empty();

        let old = std::mem::take(&mut *self.messages.borrow_mut());
        let mut messages = Messages { change: saved.folder, ..Messages::default() };
        let mut without_id = Vec::new();
        for (base, entry) in entries {
            let known = saved.messages.get(base);
            let (number, keys) = match (fresh.get(base.as_str()), known) {
                (None, Some(change)) => (change.number, change.keys.clone()),
                (number, known) => {
                    let number = number.copied().unwrap_or_default();
                    (number, next_keys(known.and_then(|change| change.keys.as_ref()), mailbox, number))
                }
            };
            // An id is remembered only with the number it was seen with: another context may have moved the
            // message away and another one here since.
            let remembered =
                old.by_base.get(base).filter(|old| known.is_some_and(|known| known.number == old.number));
            let record = Record { id: 0, base: base.clone(), entry: entry.clone(), number, keys };
            match remembered {
                Some(old) => messages.put(Rc::new(Record { id: old.id, ..record })),
                None => without_id.push(record),
            }
        }
        let uris: Vec<String> = without_id.iter().map(|record| message_uri(&uri, &record.base)).collect();
        let known = |base: &str| saved.messages.contains_key(base);
        reunite(&uri, entries, &without_id, &uris, known)?;
        for (record, id) in without_id.into_iter().zip(ids::ensure(&uris)?) {
            messages.put(Rc::new(Record { id, ..record }));
        }
        *self.messages.borrow_mut() = messages;
        let is_long = saved.added > 2 * entries.len() + 64;
        Ok(any_new || is_long || !gone.is_empty() || saved_before && saved.messages.len() != entries.len())
    }
}

impl Messages {
    fn is_current(&self, stamp: &Stamp) -> bool {
        let Some((before, when)) = &self.scanned else { return false };
        let settled = |time: &SystemTime| when.duration_since(*time).is_ok_and(|age| age >= CLOCK_RESOLUTION);
        before == stamp && stamp.iter().flatten().all(settled) && stamp.iter().any(Option::is_some)
    }

    fn put(&mut self, record: Rc<Record>) {
        self.take(record.id);
        if let Some(old) = self.by_base.insert(record.base.clone(), Rc::clone(&record)) {
            self.by_id.remove(&old.id);
        }
        self.by_id.insert(record.id, record);
    }

    fn take(&mut self, id: Fmid) -> Option<Rc<Record>> {
        let old = self.by_id.remove(&id)?;
        self.by_base.remove(&old.base);
        Some(old)
    }
}

/// The URI of a message in the folder with this URI (or path: the one is the end of the other).
pub(crate) fn message_uri(folder: &str, base: &str) -> String {
    format!("{folder}{}", escape(base))
}

/// Gives messages that were seen before their ids back, where the index has them under a base name that the disk does not: a save
/// that was cut off had renamed the record and not the file.
fn reunite(
    folder: &str,
    entries: &Entries,
    records: &[Record],
    uris: &[String],
    known: impl Fn(&str) -> bool,
) -> Result<()> {
    for ((record, uri), id) in records.iter().zip(uris).zip(ids::live(uris)?) {
        if id.is_some() || !known(&record.base) {
            continue;
        }
        let lost = ids::below(&message_uri(folder, stem(&record.base)))?.into_iter().find(|other| {
            let base = other.uri.strip_prefix(folder).and_then(unescape);
            base.is_some_and(|base| stem(&base) == stem(&record.base) && !entries.contains_key(&base))
        });
        if let Some(lost) = lost {
            ids::update(lost.id, uri)?;
        }
    }
    Ok(())
}

/// The messages that are new or have other flags than before.
fn changed<'a>(entries: &'a Entries, saved: &Changes) -> Vec<&'a str> {
    let same = |base: &String, entry: &Entry| {
        saved.messages.get(base).is_some_and(|change| change.flags == entry.flags)
    };
    entries.iter().filter(|(base, entry)| !same(base, entry)).map(|(base, _)| base.as_str()).collect()
}

/// Messages that were there the last time, and are not now: their ids and base names.
fn ids_of_missing(
    uri: &str,
    saved: &BTreeMap<String, Change>,
    entries: &Entries,
) -> Result<Vec<(Fmid, String)>> {
    let missing: Vec<&String> = saved.keys().filter(|base| !entries.contains_key(*base)).collect();
    let uris: Vec<String> = missing.iter().map(|base| message_uri(uri, base)).collect();
    let live = missing.into_iter().zip(ids::live(&uris)?);
    Ok(live.filter_map(|(base, id)| Some((id?, base.clone()))).collect())
}

/// What the index has for the folder's messages, and the disk has no file for.
fn unknown_ids(uri: &str, entries: &Entries) -> Result<Vec<(Fmid, String)>> {
    let gone = ids::below(uri)?.into_iter().filter_map(|entry| {
        let name = entry.uri.strip_prefix(uri).unwrap_or_default();
        if name.is_empty() || name.contains('/') {
            return None;
        }
        let base = unescape(name).unwrap_or_default();
        (!entries.contains_key(&base)).then_some((entry.id, base))
    });
    Ok(gone.collect())
}

/// Lets messages keep their ids whose files another program gave another base name, as mbsync does when it adds its
/// `,U=UID`. Answers the ids of those that are really gone.
fn follow_renames(
    folder: &str,
    gone: Vec<(Fmid, String)>,
    entries: &Entries,
    saved: Option<&Changes>,
) -> Result<Vec<Fmid>> {
    let is_new = |base: &str| saved.is_none_or(|saved| !saved.messages.contains_key(base));
    let mut new: HashMap<&str, &str> = match gone.is_empty() {
        true => HashMap::new(),
        false => entries.keys().filter(|base| is_new(base)).map(|base| (stem(base), base.as_str())).collect(),
    };
    let (mut left, mut renamed) = (Vec::new(), Vec::new());
    for (id, base) in gone {
        // Each takes a commit: with too many, a call would find no end.
        match new.remove(stem(&base)).filter(|_| renamed.len() < RENAMES_FOLLOWED) {
            Some(now) => renamed.push((id, message_uri(folder, now))),
            None => left.push(id),
        }
    }
    let uris: Vec<String> = renamed.iter().map(|(_, uri)| uri.clone()).collect();
    for ((id, uri), taken) in renamed.into_iter().zip(ids::live(&uris)?) {
        match taken {
            Some(_) => left.push(id),
            None => ids::update(id, &uri)?,
        }
    }
    Ok(left)
}

fn next_keys(keys: Option<&Keys>, mailbox: &Mailbox, number: ChangeNumber) -> Option<Keys> {
    let change_key = ids::xid(mailbox.replica, number);
    keys.map(|old| Keys { predecessors: ids::predecessors(&old.predecessors, &change_key), change_key })
}
