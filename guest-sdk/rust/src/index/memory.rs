//! The index natively: maps in memory with the rules of `wit/index.wit`. Not for mail that must last.

use super::{Entry, IdRange, from_globcnt, globcnt};
use crate::{
    Error, ErrorCode, Result,
    types::{ChangeNumber, DeleteMode, Fmid},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
};

const MAX_ITEMS: usize = 10_000;
const MAX_URI: usize = 4_096;

thread_local! {
    static INDEX: RefCell<Memory> = RefCell::default();
}

pub(crate) fn with<T>(call: impl FnOnce(&mut Memory) -> T) -> T {
    INDEX.with_borrow_mut(call)
}

struct Record {
    uri: String,
    deleted: bool,
}

/// Numbers are GLOBCNTs; keys are URIs without their trailing slash, which is insignificant.
#[derive(Default)]
pub(crate) struct Memory {
    last: u64,
    records: BTreeMap<u64, Record>,
    live: BTreeMap<String, u64>,
    /// By URI, the tombstone made last at the end.
    buried: HashMap<String, Vec<u64>>,
    /// By the change number of the deletion.
    tombstones: BTreeMap<u64, u64>,
}

fn key(uri: &str) -> &str {
    uri.strip_suffix('/').unwrap_or(uri)
}

fn check_count(what: &str, count: usize, max: usize) -> Result<()> {
    if count > max {
        return Err(Error::invalid_parameter(format!("{count} {what}, at most {max} are allowed")));
    }
    Ok(())
}

fn check_uri(uri: &str) -> Result<()> {
    match uri.len() {
        1..=MAX_URI => Ok(()),
        len => Err(Error::invalid_parameter(format!("a URI of {len} bytes, 1 to {MAX_URI} are allowed"))),
    }
}

impl Memory {
    fn entry(&self, number: u64) -> Option<Entry> {
        let record = self.records.get(&number)?;
        Some(Entry { id: from_globcnt(number), uri: record.uri.clone(), soft_deleted: record.deleted })
    }

    fn allocate(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn insert(&mut self, number: u64, uri: &str) {
        self.live.insert(key(uri).to_owned(), number);
        self.records.insert(number, Record { uri: uri.to_owned(), deleted: false });
    }

    /// The numbers of the live records whose URI begins with `prefix`.
    fn below(&self, prefix: &str) -> Vec<u64> {
        let itself = self.live.get(key(prefix)).filter(|number| {
            prefix.ends_with('/') && self.records.get(number).is_some_and(|record| record.uri == prefix)
        });
        let children = self
            .live
            .range(prefix.to_owned()..)
            .take_while(|(uri, _)| uri.starts_with(prefix))
            .map(|(_, n)| n);
        itself.into_iter().chain(children).copied().collect()
    }

    pub(crate) fn get_uris(&self, ids: &[Fmid]) -> Result<Vec<Option<Entry>>> {
        check_count("ids", ids.len(), MAX_ITEMS)?;
        Ok(ids.iter().map(|&id| self.entry(globcnt(id))).collect())
    }

    pub(crate) fn get_ids(&self, uris: &[String]) -> Result<Vec<Option<Entry>>> {
        check_count("URIs", uris.len(), MAX_ITEMS)?;
        let number = |uri: &String| {
            self.live
                .get(key(uri))
                .or_else(|| self.buried.get(key(uri)).and_then(|numbers| numbers.last()))
                .copied()
        };
        Ok(uris.iter().map(|uri| self.entry(number(uri)?)).collect())
    }

    pub(crate) fn ensure_ids(&mut self, uris: &[String]) -> Result<Vec<Fmid>> {
        check_count("URIs", uris.len(), MAX_ITEMS)?;
        uris.iter().try_for_each(|uri| check_uri(uri))?;
        let mut ids = Vec::with_capacity(uris.len());
        for uri in uris {
            let known = self.live.get(key(uri)).copied();
            let number = known.unwrap_or_else(|| {
                let number = self.allocate();
                self.insert(number, uri);
                number
            });
            ids.push(from_globcnt(number));
        }
        Ok(ids)
    }

    pub(crate) fn find(
        &self,
        prefix: &str,
        suffix: &str,
        after: Option<Fmid>,
        limit: u32,
    ) -> Result<Vec<Entry>> {
        if limit == 0 {
            return Err(Error::invalid_parameter("a limit of 0, 1 to 10000 are allowed"));
        }
        check_count("records", limit as usize, MAX_ITEMS)?;
        let after = after.map_or(0, globcnt);
        let mut numbers = self.below(prefix);
        numbers.retain(|&number| {
            number > after && self.records.get(&number).is_some_and(|record| record.uri.ends_with(suffix))
        });
        numbers.sort_unstable();
        Ok(numbers.into_iter().take(limit as usize).filter_map(|number| self.entry(number)).collect())
    }

    pub(crate) fn add(&mut self, id: Fmid, uri: &str) -> Result<()> {
        check_uri(uri)?;
        let number = globcnt(id);
        if number == 0 || number > self.last {
            return Err(Error::invalid_parameter(format!("id `{id:#x}` was never allocated")));
        }
        if self.records.contains_key(&number) || self.live.contains_key(key(uri)) {
            return Err(Error::exists(format!("`{uri}` or id `{id:#x}` has a record")));
        }
        self.insert(number, uri);
        Ok(())
    }

    pub(crate) fn update(&mut self, id: Fmid, uri: &str) -> Result<()> {
        check_uri(uri)?;
        let number = globcnt(id);
        let Some(record) = self.records.get_mut(&number).filter(|record| !record.deleted) else {
            return Err(ErrorCode::NotFound.into());
        };
        if self.live.get(key(uri)).is_some_and(|&other| other != number) {
            return Err(Error::exists(format!("`{uri}` has a record")));
        }
        self.live.remove(key(&record.uri));
        self.insert(number, uri);
        Ok(())
    }

    pub(crate) fn rename_prefix(&mut self, old: &str, new: &str) -> Result<u64> {
        check_uri(old)?;
        check_uri(new)?;
        if !old.ends_with('/') || !new.ends_with('/') || (new != old && new.starts_with(old)) {
            return Err(Error::invalid_parameter(format!("`{old}` cannot become `{new}`")));
        }
        if new == old {
            return Ok(0);
        }
        if !self.below(new).is_empty() || self.live.contains_key(key(new)) {
            return Err(Error::exists(format!("there are records below `{new}`")));
        }
        let numbers = self.below(old);
        for number in &numbers {
            if let Some(record) = self.records.get(number) {
                let moved = format!("{new}{}", &record.uri[old.len()..]);
                self.live.remove(key(&record.uri));
                self.insert(*number, &moved);
            }
        }
        Ok(numbers.len() as u64)
    }

    pub(crate) fn remove(&mut self, ids: &[Fmid], mode: DeleteMode) -> Result<()> {
        check_count("ids", ids.len(), MAX_ITEMS)?;
        for number in ids.iter().map(|&id| globcnt(id)) {
            match mode {
                DeleteMode::Soft => self.bury(number),
                DeleteMode::Hard => self.erase(number),
            }
        }
        Ok(())
    }

    fn bury(&mut self, number: u64) {
        let Some(record) = self.records.get_mut(&number).filter(|record| !record.deleted) else { return };
        record.deleted = true;
        let uri = key(&record.uri).to_owned();
        self.live.remove(&uri);
        self.buried.entry(uri).or_default().push(number);
        let change = self.allocate();
        self.tombstones.insert(change, number);
    }

    fn erase(&mut self, number: u64) {
        let Some(record) = self.records.remove(&number) else { return };
        if !record.deleted {
            self.live.remove(key(&record.uri));
        } else if let Some(numbers) = self.buried.get_mut(key(&record.uri)) {
            numbers.retain(|&other| other != number);
            self.tombstones.retain(|_, &mut other| other != number);
        }
    }

    pub(crate) fn list_deleted(&self, prefix: &str, since: ChangeNumber) -> Result<Vec<Entry>> {
        let since = globcnt(since) + 1;
        let entries = self.tombstones.range(since..).filter_map(|(_, &number)| self.entry(number));
        Ok(entries.filter(|entry| entry.uri.starts_with(prefix)).collect())
    }

    pub(crate) fn reserve(&mut self, count: u32) -> Result<IdRange> {
        check_count("ids", count as usize, 65_536)?;
        let first = from_globcnt(self.last + 1);
        self.last += u64::from(count);
        Ok(IdRange { first, count })
    }

    pub(crate) fn next_change_numbers(&mut self, count: u32) -> Result<Vec<ChangeNumber>> {
        check_count("change numbers", count as usize, MAX_ITEMS)?;
        Ok((0..count).map(|_| from_globcnt(self.allocate())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(uris: &[&str]) -> (Memory, Vec<Fmid>) {
        let mut index = Memory::default();
        let ids = index.ensure_ids(&uris.iter().map(|&uri| uri.to_owned()).collect::<Vec<_>>()).unwrap();
        (index, ids)
    }

    fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
        result.unwrap_err().code
    }

    #[test]
    fn one_trailing_slash_is_insignificant_in_a_look_up() {
        let (index, ids) = index(&["x://a/", "x://a/b", "x://a"]);
        assert_eq!(ids[0], ids[2]);
        let found = index.get_ids(&["x://a".to_owned(), "x://a/b/".to_owned(), "x://c".to_owned()]).unwrap();
        assert_eq!(
            found.iter().map(|e| e.as_ref().map(|e| e.id)).collect::<Vec<_>>(),
            [Some(ids[0]), Some(ids[1]), None]
        );
    }

    #[test]
    fn find_is_literal_pages_and_keeps_the_order_of_allocation() {
        let (index, ids) = index(&["x://a/", "x://a/z.eml", "x://a/b.eml", "x://ab/c.eml"]);
        let found = |after, limit| -> Vec<Fmid> {
            index.find("x://a/", "", after, limit).unwrap().into_iter().map(|e| e.id).collect()
        };
        assert_eq!(found(None, 10), ids[..3]);
        assert_eq!(found(Some(ids[0]), 1), ids[1..2]);
        assert!(index.find("x://*", "", None, 10).unwrap().is_empty());
    }

    #[test]
    fn a_rename_takes_what_is_below_along_and_refuses_what_is_taken() {
        let (mut index, ids) = index(&["x://a/", "x://a/1", "x://ab", "x://b/"]);
        assert_eq!(code(index.rename_prefix("x://a/", "x://b/")), ErrorCode::Exists);
        assert_eq!(code(index.rename_prefix("x://a/", "x://a/c/")), ErrorCode::InvalidParameter);
        assert_eq!(index.rename_prefix("x://a/", "x://c/").unwrap(), 2);
        assert_eq!(index.get_uris(&ids[1..2]).unwrap()[0].as_ref().unwrap().uri, "x://c/1");
        assert_eq!(index.get_uris(&ids[2..3]).unwrap()[0].as_ref().unwrap().uri, "x://ab");
    }

    #[test]
    fn soft_leaves_a_tombstone_that_hard_removes() {
        let (mut index, ids) = index(&["x://a/1", "x://a/2"]);
        index.remove(&ids, DeleteMode::Soft).unwrap();
        let fresh = index.ensure_ids(&["x://a/1".to_owned()]).unwrap();
        assert_ne!(fresh[0], ids[0]);
        assert_eq!(index.list_deleted("x://a/", 0).unwrap().len(), 2);
        index.remove(&ids[..1], DeleteMode::Hard).unwrap();
        assert_eq!(index.list_deleted("x://a/", 0).unwrap()[0].id, ids[1]);
        assert!(index.get_ids(&["x://a/2".to_owned()]).unwrap()[0].as_ref().unwrap().soft_deleted);
    }

    #[test]
    fn ids_are_added_and_moved_once_only() {
        let (mut index, ids) = index(&["x://a"]);
        let reserved = index.reserve(2).unwrap().first;
        index.add(reserved, "x://b").unwrap();
        assert_eq!(code(index.add(reserved, "x://c")), ErrorCode::Exists);
        assert_eq!(code(index.add(from_globcnt(99), "x://c")), ErrorCode::InvalidParameter);
        assert_eq!(code(index.update(reserved, "x://a")), ErrorCode::Exists);
        index.update(ids[0], "x://d").unwrap();
        assert_eq!(code(index.update(from_globcnt(99), "x://e")), ErrorCode::NotFound);
    }

    #[test]
    fn change_numbers_grow_by_globcnt() {
        let mut index = Memory::default();
        let numbers = index.next_change_numbers(300).unwrap();
        assert!(numbers.is_sorted_by_key(|&number| globcnt(number)));
        assert_eq!(numbers[0] & 0xFFFF, 1);
    }
}
