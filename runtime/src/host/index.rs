//! `mapistore:backend/index`: the index of the store's owner, in the store's namespace.

use super::{HostState, guest_error};
use crate::bindings::mapistore::backend::index::{Entry, Host, IdRange};
use crate::bindings::mapistore::backend::types::{self, Error};
use crate::index::{self, ChangeNumber, Fmid, IndexError, Uri};
use crate::weigh::Weigh;

type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl HostState {
    /// Does one index call for the guest. It sees its owner's records in its own namespace, and an error that it may know.
    fn index<T: Weigh>(
        &mut self,
        given: usize,
        call: impl FnOnce(&dyn index::Index, &index::Scope) -> Result<T, IndexError>,
    ) -> Answer<T> {
        let answer = self.operation(
            |_| {
                let detail = Some("the index failed".into());
                Err(Error { code: types::ErrorCode::Storage, detail })
            },
            |state| {
                state.mailbox().and_then(|mailbox| {
                    call(mailbox.index.as_ref(), &mailbox.scope).map_err(|error| guest_error(&error))
                })
            },
        )?;
        self.traffic.count(given, answer.bytes());
        Ok(answer)
    }
}

fn uris(texts: Vec<String>) -> Result<Vec<Uri>, IndexError> {
    // Before the copies are made: the list is the guest's.
    if texts.len() > index::BATCH_MAX {
        return Err(IndexError::OutOfRange {
            what: "uris",
            value: texts.len(),
            min: 0,
            max: index::BATCH_MAX,
        });
    }
    texts.into_iter().map(|text| Ok(Uri::parse(text)?)).collect()
}

fn ids(ids: &[u64]) -> Vec<Fmid> {
    ids.iter().copied().map(Fmid).collect()
}

fn entry(entry: index::Entry) -> Entry {
    Entry { id: entry.id.0, uri: entry.uri, soft_deleted: entry.soft_deleted }
}

fn entries(entries: Vec<Option<index::Entry>>) -> Vec<Option<Entry>> {
    entries.into_iter().map(|found| found.map(entry)).collect()
}

impl Host for HostState {
    fn get_uris(&mut self, wanted: Vec<u64>) -> Answer<Vec<Option<Entry>>> {
        self.index(wanted.bytes(), |index, scope| index.get_uris(scope, &ids(&wanted)).map(entries))
    }

    fn get_ids(&mut self, wanted: Vec<String>) -> Answer<Vec<Option<Entry>>> {
        self.index(wanted.bytes(), |index, scope| index.get_ids(scope, &uris(wanted)?).map(entries))
    }

    fn ensure_ids(&mut self, wanted: Vec<String>) -> Answer<Vec<u64>> {
        self.index(wanted.bytes(), |index, scope| {
            let ids = index.ensure_ids(scope, &uris(wanted)?)?;
            Ok(ids.into_iter().map(|id| id.0).collect())
        })
    }

    fn find(&mut self, prefix: String, suffix: String, after: Option<u64>, limit: u32) -> Answer<Vec<Entry>> {
        self.index((prefix.as_str(), suffix.as_str(), after).bytes(), |index, scope| {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let found = index.find(scope, &prefix, &suffix, after.map(Fmid), limit)?;
            Ok(found.into_iter().map(entry).collect())
        })
    }

    fn add(&mut self, id: u64, uri: String) -> Answer<()> {
        self.index((id, uri.as_str()).bytes(), |index, scope| index.add(scope, Fmid(id), &Uri::parse(uri)?))
    }

    fn update(&mut self, id: u64, uri: String) -> Answer<()> {
        self.index((id, uri.as_str()).bytes(), |index, scope| {
            index.update(scope, Fmid(id), &Uri::parse(uri)?)
        })
    }

    fn rename_prefix(&mut self, old: String, new: String) -> Answer<u64> {
        self.index((old.as_str(), new.as_str()).bytes(), |index, scope| {
            index.rename_prefix(scope, &Uri::parse(old)?, &Uri::parse(new)?)
        })
    }

    fn remove(&mut self, wanted: Vec<u64>, mode: types::DeleteMode) -> Answer<()> {
        let mode = match mode {
            types::DeleteMode::Soft => index::DeleteMode::Soft,
            types::DeleteMode::Hard => index::DeleteMode::Hard,
        };
        self.index(wanted.bytes(), |index, scope| index.remove(scope, &ids(&wanted), mode))
    }

    fn list_deleted(&mut self, prefix: String, since: u64) -> Answer<Vec<Entry>> {
        self.index((prefix.as_str(), since).bytes(), |index, scope| {
            let found = index.list_deleted(scope, &prefix, ChangeNumber(since))?;
            Ok(found.into_iter().map(entry).collect())
        })
    }

    fn reserve(&mut self, count: u32) -> Answer<IdRange> {
        self.index(count.bytes(), |index, scope| {
            let range = index.reserve(scope, count)?;
            Ok(IdRange { first: range.first.0, count: range.count })
        })
    }

    fn next_change_numbers(&mut self, count: u32) -> Answer<Vec<u64>> {
        self.index(count.bytes(), |index, scope| {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            let numbers = index.next_change_numbers(scope, count)?;
            Ok(numbers.into_iter().map(|number| number.0).collect())
        })
    }
}
