//! Search by prefix and suffix. Knows two ways to answer, and which is the shorter.

use std::collections::HashMap;
use std::sync::Arc;

use super::layout::{FolderNumber, Record};
use super::read::Reader;
use crate::index::{Entry, Globcnt, IndexError, uri};

/// How many records are gathered from the tree and sorted, before reading all records in order is the better way.
/// A walk through this many takes a few milliseconds.
const WALK_MAX: usize = 20_000;

impl Reader<'_> {
    /// The live records from counter `from` on whose URI begins with `prefix` and ends with `suffix`.
    pub(super) fn find(
        &self,
        prefix: &str,
        suffix: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError> {
        match self.find_in_tree(prefix, suffix, from, limit, WALK_MAX)? {
            Some(entries) => Ok(entries),
            None => self.find_in_order(prefix, suffix, from, limit),
        }
    }

    /// Gathers what is below the folder that the prefix names, and sorts it. The cost is in what is there, however
    /// large the index. Returns `None` if there are more than `walk_max` records.
    pub(super) fn find_in_tree(
        &self,
        prefix: &str,
        suffix: &str,
        from: u64,
        limit: usize,
        walk_max: usize,
    ) -> Result<Option<Vec<Entry>>, IndexError> {
        // The counter, which of the paths, and the rest of the URI.
        let mut found: Vec<(Globcnt, usize, &str, &str)> = Vec::new();
        let mut paths: Vec<Arc<str>> = Vec::new();
        let mut seen = 0;
        let (path, start) = uri::split_prefix(prefix);
        if let Some(folder) = self.folder(path)? {
            let complete = self.view.walk(self.owner, folder, path, start, &mut |visit| {
                let slash = if visit.leaf.container { "/" } else { "" };
                if visit.leaf.globcnt.get() >= from && ends_with(suffix, [visit.path, visit.name, slash]) {
                    if paths.last().is_none_or(|last| !Arc::ptr_eq(last, visit.path)) {
                        paths.push(visit.path.clone());
                    }
                    found.push((visit.leaf.globcnt, paths.len() - 1, visit.name, slash));
                }
                seen += 1;
                seen <= walk_max
            })?;
            if !complete {
                return Ok(None);
            }
        }
        found.sort_unstable_by_key(|(globcnt, ..)| *globcnt);
        found.truncate(limit);
        let entry = |(globcnt, path, name, slash): (Globcnt, usize, &str, &str)| Entry {
            id: globcnt.into(),
            uri: [&*paths[path], name, slash].concat(),
            soft_deleted: false,
        };
        let mut entries: Vec<Entry> = found.into_iter().map(entry).collect();
        // The container that the prefix names is not in itself, but begins with it.
        if start.is_empty()
            && let Some(own) = self.container(path)?
            && own.uri.ends_with(suffix)
            && own.id.globcnt().is_some_and(|globcnt| globcnt.get() >= from)
        {
            let at = entries.partition_point(|entry| entry.id < own.id);
            entries.insert(at, own);
        }
        entries.truncate(limit);
        Ok(Some(entries))
    }

    /// Reads the owner's records in order until the page is full. The cost is in what lies between the matches.
    pub(super) fn find_in_order(
        &self,
        prefix: &str,
        suffix: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, IndexError> {
        // Whether a folder's records can match, asked once for each.
        let mut candidates: HashMap<FolderNumber, Option<Arc<str>>> = HashMap::new();
        let mut entries = Vec::new();
        for row in self.records_from(from)? {
            let (globcnt, Record::Live { folder, name, container }) = row? else { continue };
            let path = match candidates.get(&folder) {
                Some(path) => path.clone(),
                None => {
                    let path = self.path(folder)?;
                    let path = (path.starts_with(prefix) || prefix.starts_with(&*path)).then_some(path);
                    candidates.entry(folder).or_insert(path).clone()
                }
            };
            let Some(path) = path else { continue };
            let uri = [&*path, name, if container { "/" } else { "" }].concat();
            if uri.starts_with(prefix) && uri.ends_with(suffix) {
                entries.push(Entry { id: globcnt.into(), uri, soft_deleted: false });
                if entries.len() == limit {
                    break;
                }
            }
        }
        Ok(entries)
    }

    /// The live record of the container with this path.
    fn container(&self, path: &str) -> Result<Option<Entry>, IndexError> {
        let Ok(uri) = uri::Uri::parse(path) else { return Ok(None) };
        let leaf = match self.folder(uri.folder())? {
            Some(folder) => self.view.leaf(self.owner, folder, uri.name())?,
            None => None,
        };
        let leaf = leaf.filter(|leaf| leaf.container);
        Ok(leaf.map(|leaf| Entry { id: leaf.globcnt.into(), uri: uri.into(), soft_deleted: false }))
    }
}

/// Whether the parts, put together, end with the suffix.
fn ends_with(suffix: &str, parts: [&str; 3]) -> bool {
    let mut rest = suffix.as_bytes();
    for part in parts.iter().rev().map(|part| part.as_bytes()) {
        if rest.len() <= part.len() {
            return part.ends_with(rest);
        }
        match rest.strip_suffix(part) {
            Some(before) => rest = before,
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_may_reach_over_several_parts() {
        let parts = ["n://a/", "bc", "/"];
        for suffix in ["", "/", "c/", "bc/", "/bc/", "a/bc/", "n://a/bc/"] {
            assert!(ends_with(suffix, parts), "{suffix}");
        }
        for suffix in ["c", "//", "xbc/", "xn://a/bc/"] {
            assert!(!ends_with(suffix, parts), "{suffix}");
        }
        assert!(ends_with("b", ["n://", "b", ""]));
        assert!(!ends_with("x", ["", "", ""]));
    }
}
