//! `wasi:keyvalue`: the buckets that the store's backend has for the store's owner.

#![expect(unreachable_pub, reason = "the generated bindings re-export the two resources")]

use wasmtime::component::Resource;

use super::HostState;
use super::fault::Fault;
use crate::bindings::keyvalue::wasi::keyvalue::store::{Error, KeyResponse};
use crate::bindings::keyvalue::wasi::keyvalue::{atomics, batch, store};
use crate::keyvalue::{BUCKET_BYTES_MAX, KeyChange, KeyValue, KeyValueError, Space};

/// An open bucket.
pub struct Bucket {
    name: String,
}

/// A key with the value that it had.
pub struct Cas {
    bucket: String,
    key: String,
    current: Option<Vec<u8>>,
}

/// The bytes of values that a store's open [`Cas`]es may hold together: they are the host's memory.
const CAS_BYTES_MAX: usize = 8 << 20;

impl Cas {
    fn bytes(&self) -> usize {
        self.bucket.len() + self.key.len() + self.current.as_ref().map_or(0, Vec::len)
    }
}

type Answer<T> = wasmtime::Result<Result<T, Error>>;

fn guest_error(error: &KeyValueError) -> Error {
    let text = match error {
        KeyValueError::InvalidName { .. } => format!("invalid-parameter: {error}"),
        KeyValueError::TooBig { .. } => format!("too-big: {error}"),
        KeyValueError::Quota { .. } => format!("quota-exceeded: {error}"),
        KeyValueError::Full => {
            tracing::error!("there is no room for more keys and values");
            "quota-exceeded: the host has no room left".into()
        }
        KeyValueError::NotANumber { .. } => format!("invalid-data: {error}"),
        // What the host's disk says is the operator's.
        _ => {
            tracing::error!(error = %error, cause = ?std::error::Error::source(error), "the keys and values failed");
            "storage: the keys and values of this backend cannot be read or written".into()
        }
    };
    Error::Other(text)
}

impl HostState {
    /// Makes one call for the guest, in its owner's space.
    fn keyvalue<T>(
        &mut self,
        call: impl FnOnce(&dyn KeyValue, &Space, u64) -> Result<T, KeyValueError>,
    ) -> Answer<T> {
        self.operation(
            |fault| {
                // As `guest_error` tells them, without words for an operator.
                Err(Error::Other(match fault {
                    Fault::NoSpace => "quota-exceeded: the host has no room left".into(),
                    Fault::Io | Fault::Lost => "storage: the keys and values failed".into(),
                }))
            },
            |state| {
                let mailbox = state.mailbox.as_ref().ok_or(Error::AccessDenied)?;
                let kept = &mailbox.keyvalue;
                call(kept.store.as_ref(), &kept.space, kept.max_bytes).map_err(|error| guest_error(&error))
            },
        )
    }

    /// Keeps a key with its value, if the store's others leave room for it.
    fn keep(&mut self, cas: Cas) -> Answer<Resource<Cas>> {
        let bytes = self.cas_bytes + cas.bytes();
        if bytes > CAS_BYTES_MAX {
            let what = "the size of all open compare-and-swaps";
            return Ok(Err(guest_error(&KeyValueError::TooBig { what, value: bytes, max: CAS_BYTES_MAX })));
        }
        self.cas_bytes = bytes;
        Ok(Ok(self.table.push(cas)?))
    }

    fn take(&mut self, cas: Resource<Cas>) -> wasmtime::Result<Cas> {
        let cas = self.table.delete(cas)?;
        self.cas_bytes -= cas.bytes();
        Ok(cas)
    }

    fn bucket(&self, bucket: &Resource<Bucket>) -> wasmtime::Result<String> {
        Ok(self.table.get(bucket)?.name.clone())
    }
}

impl store::Host for HostState {
    fn open(&mut self, identifier: String) -> Answer<Resource<Bucket>> {
        if self.mailbox.is_none() {
            return Ok(Err(Error::AccessDenied));
        }
        if !(1..=BUCKET_BYTES_MAX).contains(&identifier.len()) {
            let (bytes, max) = (identifier.len(), BUCKET_BYTES_MAX);
            return Ok(Err(guest_error(&KeyValueError::InvalidName { what: "bucket", bytes, max })));
        }
        Ok(Ok(self.table.push(Bucket { name: identifier })?))
    }
}

impl store::HostBucket for HostState {
    fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<Option<Vec<u8>>> {
        let bucket = self.bucket(&bucket)?;
        let values = self.keyvalue(|store, space, _| store.get_many(space, &bucket, &[key]))?;
        Ok(values.map(|values| values.into_iter().next().flatten()))
    }

    fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Answer<()> {
        let bucket = self.bucket(&bucket)?;
        self.keyvalue(|store, space, max| store.write(space, &bucket, vec![(key, Some(value))], max))
    }

    fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<()> {
        let bucket = self.bucket(&bucket)?;
        self.keyvalue(|store, space, max| store.write(space, &bucket, vec![(key, None)], max))
    }

    fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<bool> {
        Ok(store::HostBucket::get(self, bucket, key)?.map(|value| value.is_some()))
    }

    fn list_keys(&mut self, bucket: Resource<Bucket>, cursor: Option<String>) -> Answer<KeyResponse> {
        let bucket = self.bucket(&bucket)?;
        let page = self.keyvalue(|store, space, _| store.keys(space, &bucket, cursor.as_deref()))?;
        Ok(page.map(|page| {
            let cursor = page.keys.last().filter(|_| page.more).cloned();
            KeyResponse { keys: page.keys, cursor }
        }))
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl batch::Host for HostState {
    fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Answer<Vec<(String, Option<Vec<u8>>)>> {
        let bucket = self.bucket(&bucket)?;
        let values = self.keyvalue(|store, space, _| store.get_many(space, &bucket, &keys))?;
        Ok(values.map(|values| keys.into_iter().zip(values).collect()))
    }

    fn set_many(&mut self, bucket: Resource<Bucket>, pairs: Vec<(String, Vec<u8>)>) -> Answer<()> {
        let changes: Vec<KeyChange> = pairs.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let bucket = self.bucket(&bucket)?;
        self.keyvalue(|store, space, max| store.write(space, &bucket, changes, max))
    }

    fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Answer<()> {
        let changes: Vec<KeyChange> = keys.into_iter().map(|key| (key, None)).collect();
        let bucket = self.bucket(&bucket)?;
        self.keyvalue(|store, space, max| store.write(space, &bucket, changes, max))
    }
}

impl atomics::Host for HostState {
    fn increment(&mut self, bucket: Resource<Bucket>, key: String, delta: i64) -> Answer<i64> {
        let bucket = self.bucket(&bucket)?;
        self.keyvalue(|store, space, max| store.increment(space, &bucket, &key, delta, max))
    }

    fn swap(
        &mut self,
        cas: Resource<Cas>,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), atomics::CasError>> {
        let Cas { bucket, key, current } = self.take(cas)?;
        let swapped =
            self.keyvalue(|store, space, max| store.swap(space, &bucket, &key, current, value, max))?;
        Ok(match swapped {
            Ok(Ok(())) => Ok(()),
            Ok(Err(current)) => Err(match self.keep(Cas { bucket, key, current })? {
                Ok(cas) => atomics::CasError::CasFailed(cas),
                Err(error) => atomics::CasError::StoreError(error),
            }),
            Err(error) => Err(atomics::CasError::StoreError(error)),
        })
    }
}

impl atomics::HostCas for HostState {
    fn new(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<Resource<Cas>> {
        let current = match store::HostBucket::get(self, Resource::new_borrow(bucket.rep()), key.clone())? {
            Ok(current) => current,
            Err(error) => return Ok(Err(error)),
        };
        let bucket = self.bucket(&bucket)?;
        self.keep(Cas { bucket, key, current })
    }

    fn current(&mut self, cas: Resource<Cas>) -> Answer<Option<Vec<u8>>> {
        Ok(Ok(self.table.get(&cas)?.current.clone()))
    }

    fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        self.take(cas).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::store::{Host as _, HostBucket as _};
    use super::*;
    use crate::host::fault::Faults;
    use crate::host::{HostDeadline, Kept, Mailbox, Reach, StoreRequest};
    use crate::index::{MemoryIndex, Owner, Scope};
    use crate::keyvalue::MemoryKeyValue;
    use crate::limits::Limits;

    fn alice(faults: &Arc<Faults>) -> HostState {
        let owner = Owner::parse("alice").unwrap();
        let mailbox = Mailbox {
            index: Arc::new(MemoryIndex::default()),
            scope: Scope::operator(owner.clone()),
            keyvalue: Kept {
                store: Arc::new(MemoryKeyValue::default()),
                space: Space::new("kv", owner),
                max_bytes: 1 << 20,
            },
            faults: Some(Arc::clone(faults)),
        };
        let limits = Limits::default();
        let reach = Reach::nothing("kv", &[]);
        let request = StoreRequest { context: None, limits: &limits, mailbox: Some(mailbox), reach: &reach };
        HostState::new(&request).unwrap()
    }

    fn words(error: Error) -> String {
        let Error::Other(text) = error else { panic!("{error:?}") };
        text
    }

    #[test]
    fn a_fault_refuses_one_call_that_then_changes_nothing() {
        let faults = Arc::<Faults>::default();
        let mut state = alice(&faults);
        let bucket = state.open("b".into()).unwrap().unwrap().rep();
        let mut set = |value: &str| {
            state.set(Resource::new_borrow(bucket), "key".into(), value.into()).unwrap().map_err(words)
        };
        faults.arm("alice", Fault::NoSpace, 2);
        assert_eq!(set("one"), Ok(()));
        assert!(set("two").unwrap_err().starts_with("quota-exceeded: "));
        assert!(faults.disarm("alice"));
        faults.arm("alice", Fault::Io, 1);
        assert!(set("three").unwrap_err().starts_with("storage: "));
        faults.disarm("alice");
        let mut get = || state.get(Resource::new_borrow(bucket), "key".into()).unwrap().map_err(words);
        assert_eq!(get(), Ok(Some(b"one".to_vec())));
        faults.arm("alice", Fault::Io, 1);
        assert!(get().unwrap_err().starts_with("storage: "), "reading can fail as well");
    }

    #[test]
    fn a_call_whose_answer_is_lost_was_made() {
        let faults = Arc::<Faults>::default();
        let mut state = alice(&faults);
        let bucket = state.open("b".into()).unwrap().unwrap().rep();
        faults.arm("alice", Fault::Lost, 1);
        let lost = state.set(Resource::new_borrow(bucket), "key".into(), b"one".to_vec()).unwrap_err();
        assert!(lost.is::<HostDeadline>(), "{lost}");
        let kept = state.get(Resource::new_borrow(bucket), "key".into()).unwrap().map_err(words);
        assert_eq!(kept, Ok(Some(b"one".to_vec())));
    }
}
