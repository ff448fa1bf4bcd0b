//! The index in memory: for tests, and for who needs no ids beyond the process. Nothing is kept.
//!
//! Every change works on one owner under one lock and decides before it writes, so it is all or nothing.

mod load;
mod mailbox;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{BATCH_MAX, PROPERTIES_MAX, PROPERTY_ID_MAX, PROPERTY_ID_MIN, RESERVE_MAX};
use super::{
    ChangeNumber, DeleteMode, DumpEntry, Entry, Fmid, Globcnt, IdRange, Index, IndexError, LoadOutcome,
    LoadRecord, MailboxChange, MailboxRows, NamedProperty, Owner, OwnerUsage, PermissionRow,
    PermissionUpdate, Report, Scope, Stats, Uri, UriError, take,
};
use super::{check_page, check_properties, check_range, check_rename, check_since, check_uris};

/// An index that is gone with the process.
#[derive(Default)]
pub struct MemoryIndex {
    owners: Mutex<BTreeMap<Owner, Map>>,
}

/// An owner's part.
struct Map {
    next_globcnt: u64,
    next_change: u64,
    records: BTreeMap<Globcnt, Record>,
    /// By identity.
    live: HashMap<String, Globcnt>,
    tombstones: BTreeMap<Globcnt, Globcnt>,
    property_ids: HashMap<NamedProperty, u16>,
    properties: Vec<NamedProperty>,
    mailbox: mailbox::Mailbox,
    /// Of folders that have any.
    permissions: BTreeMap<Globcnt, Vec<PermissionRow>>,
}

struct Record {
    uri: Uri,
    deleted: Option<Globcnt>,
}

impl Default for Map {
    fn default() -> Self {
        Map {
            next_globcnt: Globcnt::MIN.get(),
            next_change: Globcnt::MIN.get(),
            records: BTreeMap::new(),
            live: HashMap::new(),
            tombstones: BTreeMap::new(),
            property_ids: HashMap::new(),
            properties: Vec::new(),
            mailbox: mailbox::Mailbox::default(),
            permissions: BTreeMap::new(),
        }
    }
}

impl Record {
    fn entry(&self, globcnt: Globcnt) -> Entry {
        Entry { id: globcnt.into(), uri: self.uri.as_str().to_owned(), soft_deleted: self.deleted.is_some() }
    }
}

impl Map {
    fn get_uri(&self, scope: &Scope, id: Fmid) -> Option<Entry> {
        let globcnt = id.globcnt()?;
        let record = self.records.get(&globcnt)?;
        scope.contains(record.uri.as_str()).then(|| record.entry(globcnt))
    }

    fn get_id(&self, uri: &Uri) -> Option<Entry> {
        let entry = |globcnt: &Globcnt| Some(self.records.get(globcnt)?.entry(*globcnt));
        self.live.get(uri.identity()).and_then(entry).or_else(|| {
            let is = |globcnt: &&Globcnt| {
                self.records.get(globcnt).is_some_and(|record| record.uri.identity() == uri.identity())
            };
            self.tombstones.values().rev().find(is).and_then(entry)
        })
    }

    fn put_live(&mut self, globcnt: Globcnt, uri: &Uri) {
        self.live.insert(uri.identity().to_owned(), globcnt);
        self.records.insert(globcnt, Record { uri: uri.clone(), deleted: None });
    }

    fn add(&mut self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        let allocated = id.globcnt().filter(|globcnt| globcnt.get() < self.next_globcnt);
        let globcnt = allocated.ok_or(IndexError::InvalidId(id))?;
        if self.records.contains_key(&globcnt) {
            return Err(IndexError::IdTaken(id));
        }
        if self.live.contains_key(uri.identity()) {
            return Err(IndexError::UriTaken(uri.clone()));
        }
        scope.check_room(self.records.len() as u64, 1)?;
        self.put_live(globcnt, uri);
        Ok(())
    }

    fn update(&mut self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        let live = |record: &&Record| record.deleted.is_none() && scope.contains(record.uri.as_str());
        let record =
            id.globcnt().and_then(|globcnt| Some((globcnt, self.records.get(&globcnt).filter(live)?)));
        let (globcnt, record) = record.ok_or(IndexError::NotFound(id))?;
        if self.live.get(uri.identity()).is_some_and(|other| *other != globcnt) {
            return Err(IndexError::UriTaken(uri.clone()));
        }
        self.live.remove(record.uri.identity());
        self.put_live(globcnt, uri);
        Ok(())
    }

    fn rename(&mut self, old: &Uri, new: &Uri) -> Result<u64, IndexError> {
        let live = || self.records.iter().filter(|(_, record)| record.deleted.is_none());
        let below =
            |uri: &Uri| live().filter(|(_, record)| record.uri.as_str().starts_with(uri.as_str())).count();
        let is_container =
            |globcnt: &Globcnt| self.records.get(globcnt).is_some_and(|record| record.uri == *old);
        let own = self.live.get(old.identity()).is_some_and(is_container);
        if below(new) > 0 || (own && self.live.contains_key(new.identity())) {
            return Err(IndexError::UriTaken(new.clone()));
        }
        let moved = live().filter_map(|(globcnt, record)| {
            let rest = record.uri.as_str().strip_prefix(old.as_str())?;
            Some(Uri::parse([new.as_str(), rest].concat()).map(|uri| (*globcnt, uri)))
        });
        let moved: Vec<_> = moved.collect::<Result<_, UriError>>()?;
        let from: Vec<String> = moved
            .iter()
            .filter_map(|(globcnt, _)| Some(self.records.get(globcnt)?.uri.identity().to_owned()))
            .collect();
        for identity in &from {
            self.live.remove(identity);
        }
        moved.iter().for_each(|(globcnt, uri)| self.put_live(*globcnt, uri));
        Ok(moved.len() as u64)
    }

    fn remove(&mut self, scope: &Scope, ids: &[Fmid], mode: DeleteMode) -> Result<(), IndexError> {
        if mode == DeleteMode::Soft {
            take(&mut { self.next_change }, ids.len().max(1), "change numbers")?;
        }
        for globcnt in ids.iter().filter_map(|id| id.globcnt()) {
            let Some(record) = self.records.get_mut(&globcnt) else { continue };
            if !scope.contains(record.uri.as_str()) {
                continue;
            }
            match (record.deleted, mode) {
                (None, _) => self.live.remove(record.uri.identity()),
                (Some(change), DeleteMode::Hard) => self.tombstones.remove(&change),
                (Some(_), DeleteMode::Soft) => continue,
            };
            match mode {
                DeleteMode::Soft => {
                    let change = take(&mut self.next_change, 1, "change numbers")?;
                    record.deleted = Some(change);
                    self.tombstones.insert(change, globcnt);
                }
                DeleteMode::Hard => {
                    self.records.remove(&globcnt);
                    self.permissions.remove(&globcnt);
                }
            }
        }
        Ok(())
    }

    fn property_id(&mut self, name: &NamedProperty) -> Result<u16, IndexError> {
        if let Some(id) = self.property_ids.get(name) {
            return Ok(*id);
        }
        let next = u16::try_from(usize::from(PROPERTY_ID_MIN) + self.properties.len()).ok();
        let id = next.filter(|id| *id <= PROPERTY_ID_MAX).ok_or(IndexError::Exhausted("property ids"))?;
        self.properties.push(name.clone());
        self.property_ids.insert(name.clone(), id);
        Ok(id)
    }

    fn check(&self, owner: &Owner, report: &mut Report) {
        report.owners += 1;
        for (globcnt, record) in &self.records {
            let (way, back) = match record.deleted {
                None => (&mut report.live, self.live.get(record.uri.identity())),
                Some(change) => (&mut report.tombstones, self.tombstones.get(&change)),
            };
            *way += 1;
            let below = globcnt.get() < self.next_globcnt
                && record.deleted.is_none_or(|change| change.get() < self.next_change);
            if back != Some(globcnt) || !below {
                report.problem(format!("owner `{owner}`: record {} is not what leads to it", globcnt.get()));
            }
        }
        if self.strange_mailbox_rows() > 0 {
            report.problem(format!("owner `{owner}`: the mailbox has ids that were never allocated"));
        }
        if self.live.len() + self.tombstones.len() != self.records.len() {
            report.problem(format!("owner `{owner}`: there are more ways than records"));
        }
    }
}

impl MemoryIndex {
    fn owners(&self) -> MutexGuard<'_, BTreeMap<Owner, Map>> {
        self.owners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<R>(&self, owner: &Owner, read: impl FnOnce(&Map) -> R) -> R {
        match self.owners().get(owner) {
            Some(map) => read(map),
            None => read(&Map::default()),
        }
    }

    /// Changes an owner's part; one that was not there stays only if the change succeeds.
    fn write<R>(
        &self,
        owner: &Owner,
        change: impl FnOnce(&mut Map) -> Result<R, IndexError>,
    ) -> Result<R, IndexError> {
        let mut owners = self.owners();
        if let Some(map) = owners.get_mut(owner) {
            return change(map);
        }
        let mut map = Map::default();
        let answer = change(&mut map)?;
        if map.next_globcnt > Globcnt::MIN.get()
            || map.next_change > Globcnt::MIN.get()
            || !map.properties.is_empty()
            || map.mailbox.revision > 0
        {
            owners.insert(owner.clone(), map);
        }
        Ok(answer)
    }
}

impl Index for MemoryIndex {
    fn get_uris(&self, scope: &Scope, ids: &[Fmid]) -> Result<Vec<Option<Entry>>, IndexError> {
        check_range("ids", ids.len(), 0, BATCH_MAX)?;
        Ok(self.read(scope.owner(), |map| ids.iter().map(|id| map.get_uri(scope, *id)).collect()))
    }

    fn get_ids(&self, scope: &Scope, uris: &[Uri]) -> Result<Vec<Option<Entry>>, IndexError> {
        check_uris(scope, uris)?;
        Ok(self.read(scope.owner(), |map| uris.iter().map(|uri| map.get_id(uri)).collect()))
    }

    fn ensure_ids(&self, scope: &Scope, uris: &[Uri]) -> Result<Vec<Fmid>, IndexError> {
        check_uris(scope, uris)?;
        self.write(scope.owner(), |map| {
            let new = uris.iter().map(Uri::identity).filter(|identity| !map.live.contains_key(*identity));
            let new: HashSet<_> = new.collect();
            scope.check_room(map.records.len() as u64, new.len())?;
            if !new.is_empty() {
                take(&mut { map.next_globcnt }, uris.len(), "ids")?;
            }
            let ensure = |uri: &Uri| match map.live.get(uri.identity()) {
                Some(globcnt) => Ok((*globcnt).into()),
                None => {
                    let globcnt = take(&mut map.next_globcnt, 1, "ids")?;
                    map.put_live(globcnt, uri);
                    Ok(globcnt.into())
                }
            };
            uris.iter().map(ensure).collect()
        })
    }

    fn find(
        &self,
        scope: &Scope,
        prefix: &str,
        suffix: &str,
        after: Option<Fmid>,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError> {
        let from = check_page(after, limit)?;
        let prefix = scope.narrow(prefix)?;
        let matches = |(globcnt, record): &(&Globcnt, &Record)| {
            let uri = record.uri.as_str();
            globcnt.get() >= from
                && record.deleted.is_none()
                && uri.starts_with(&*prefix)
                && uri.ends_with(suffix)
        };
        Ok(self.read(scope.owner(), |map| {
            let found = map.records.iter().filter(matches).take(limit);
            found.map(|(globcnt, record)| record.entry(*globcnt)).collect()
        }))
    }

    fn add(&self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        scope.admit(uri)?;
        self.write(scope.owner(), |map| map.add(scope, id, uri))
    }

    fn update(&self, scope: &Scope, id: Fmid, uri: &Uri) -> Result<(), IndexError> {
        scope.admit(uri)?;
        self.write(scope.owner(), |map| map.update(scope, id, uri))
    }

    fn rename_prefix(&self, scope: &Scope, old: &Uri, new: &Uri) -> Result<u64, IndexError> {
        if !check_rename(scope, old, new)? {
            return Ok(0);
        }
        self.write(scope.owner(), |map| map.rename(old, new))
    }

    fn remove(&self, scope: &Scope, ids: &[Fmid], mode: DeleteMode) -> Result<(), IndexError> {
        check_range("ids", ids.len(), 0, BATCH_MAX)?;
        self.write(scope.owner(), |map| map.remove(scope, ids, mode))
    }

    fn list_deleted(
        &self,
        scope: &Scope,
        prefix: &str,
        since: ChangeNumber,
    ) -> Result<Vec<Entry>, IndexError> {
        let from = check_since(since)?;
        let prefix = scope.narrow(prefix)?;
        Ok(self.read(scope.owner(), |map| {
            let made = map.tombstones.iter().filter(|(change, _)| change.get() >= from);
            let entries = made.filter_map(|(_, globcnt)| Some(map.records.get(globcnt)?.entry(*globcnt)));
            entries.filter(|entry| entry.uri.starts_with(&*prefix)).collect()
        }))
    }

    fn reserve(&self, scope: &Scope, count: u32) -> Result<IdRange, IndexError> {
        let ids = usize::try_from(count).unwrap_or(usize::MAX);
        check_range("count", ids, 1, RESERVE_MAX as usize)?;
        let first = self.write(scope.owner(), |map| take(&mut map.next_globcnt, ids, "ids"))?;
        Ok(IdRange { first: first.into(), count })
    }

    fn next_change_numbers(&self, scope: &Scope, count: usize) -> Result<Vec<ChangeNumber>, IndexError> {
        check_range("count", count, 1, BATCH_MAX)?;
        let take =
            |map: &mut Map| Ok((take(&mut map.next_change, count, "change numbers")?, map.next_change));
        let (first, next) = self.write(scope.owner(), take)?;
        Ok((first.get()..next).filter_map(Globcnt::new).map(ChangeNumber::from).collect())
    }

    fn named_to_ids(
        &self,
        owner: &Owner,
        names: &[NamedProperty],
        create: bool,
    ) -> Result<Vec<Option<u16>>, IndexError> {
        check_properties(names)?;
        if !create {
            return Ok(self
                .read(owner, |map| names.iter().map(|name| map.property_ids.get(name).copied()).collect()));
        }
        self.write(owner, |map| {
            let before = map.properties.len();
            let ids: Result<_, _> = names.iter().map(|name| map.property_id(name).map(Some)).collect();
            if ids.is_err() {
                map.properties.truncate(before);
                map.property_ids.retain(|_, id| usize::from(*id - PROPERTY_ID_MIN) < before);
            }
            ids
        })
    }

    fn names_of_ids(&self, owner: &Owner, ids: &[u16]) -> Result<Vec<Option<NamedProperty>>, IndexError> {
        check_range("ids", ids.len(), 0, PROPERTIES_MAX)?;
        let name =
            |map: &Map, id: u16| map.properties.get(usize::from(id.checked_sub(PROPERTY_ID_MIN)?)).cloned();
        Ok(self.read(owner, |map| ids.iter().map(|id| name(map, *id)).collect()))
    }

    fn mailbox(&self, owner: &Owner) -> Result<MailboxRows, IndexError> {
        Ok(self.read_mailbox(owner))
    }

    fn change_mailbox(&self, owner: &Owner, change: &MailboxChange) -> Result<Vec<Fmid>, IndexError> {
        self.write(owner, |map| map.change_mailbox(change))
    }

    fn get_permissions(&self, owner: &Owner, folder: Fmid) -> Result<Vec<PermissionRow>, IndexError> {
        let globcnt = folder.globcnt().ok_or(IndexError::InvalidId(folder))?;
        Ok(self.read(owner, |map| map.permissions.get(&globcnt).cloned().unwrap_or_default()))
    }

    fn modify_permissions(
        &self,
        owner: &Owner,
        folder: Fmid,
        update: &PermissionUpdate,
    ) -> Result<(), IndexError> {
        update.check()?;
        self.write(owner, |map| {
            let allocated = folder.globcnt().filter(|globcnt| globcnt.get() < map.next_globcnt);
            let globcnt = allocated.ok_or(IndexError::InvalidId(folder))?;
            let rows = map.permissions.get(&globcnt).map(Vec::as_slice).unwrap_or_default();
            let changed = update.apply(rows)?;
            match changed.is_empty() {
                true => map.permissions.remove(&globcnt),
                false => map.permissions.insert(globcnt, changed),
            };
            Ok(())
        })
    }

    fn owners(&self) -> Result<Vec<OwnerUsage>, IndexError> {
        let usage = |(owner, map): (&Owner, &Map)| OwnerUsage {
            owner: owner.clone(),
            live: map.live.len() as u64,
            tombstones: map.tombstones.len() as u64,
            properties: map.properties.len() as u64,
            ids: map.next_globcnt - Globcnt::MIN.get(),
            change_numbers: map.next_change - Globcnt::MIN.get(),
        };
        Ok(self.owners().iter().map(usage).collect())
    }

    fn dump(&self, owner: &Owner, after: Option<Fmid>, limit: usize) -> Result<Vec<DumpEntry>, IndexError> {
        let from = check_page(after, limit)?;
        let entry = |(globcnt, record): (&Globcnt, &Record)| DumpEntry {
            id: (*globcnt).into(),
            uri: record.uri.as_str().to_owned(),
            deleted: record.deleted.map(ChangeNumber::from),
        };
        Ok(self.read(owner, |map| {
            map.records.iter().filter(|(globcnt, _)| globcnt.get() >= from).take(limit).map(entry).collect()
        }))
    }

    fn load(
        &self,
        owner: &Owner,
        records: &[LoadRecord],
        globcnt: Option<Globcnt>,
    ) -> Result<Vec<LoadOutcome>, IndexError> {
        check_range("records", records.len(), 0, BATCH_MAX)?;
        self.write(owner, |map| map.load(records, globcnt))
    }

    fn remove_owner(&self, owner: &Owner) -> Result<bool, IndexError> {
        Ok(self.owners().remove(owner).is_some())
    }

    fn verify(&self) -> Result<Report, IndexError> {
        let mut report = Report::default();
        self.owners().iter().for_each(|(owner, map)| map.check(owner, &mut report));
        Ok(report)
    }

    fn stats(&self) -> Result<Stats, IndexError> {
        let mut stats = Stats::default();
        for map in self.owners().values() {
            stats.owners += 1;
            stats.live += map.live.len() as u64;
            stats.tombstones += map.tombstones.len() as u64;
            stats.properties += map.properties.len() as u64;
            stats.folders += folders(map);
        }
        Ok(stats)
    }
}

/// How many containers live URIs lie in, at any depth.
fn folders(map: &Map) -> u64 {
    let mut paths = HashSet::new();
    for globcnt in map.live.values() {
        let mut path = map.records.get(globcnt).map_or("", |record| record.uri.folder());
        while !path.is_empty() && paths.insert(path) {
            let identity = path.strip_suffix('/').unwrap_or(path);
            path = if identity.ends_with(":/") && !identity.contains("://") {
                ""
            } else {
                identity.rfind('/').map_or("", |slash| &path[..=slash])
            };
        }
    }
    paths.len() as u64
}
