//! The owner's bucket: keys, large values in chunks, and writes that count as one. Knows how things are kept; does not know the
//! index. [`journal`](crate::journal) says in which order both are changed.
//!
//! | key | value |
//! |---|---|
//! | `d/FID` | a folder |
//! | `m/MID` | a message with summaries of its attachments |
//! | `r/FID/m/MID`, `r/FID/a/MID` | its row in the contents or associated table of its folder |
//! | `b/BLOB/N` | chunk N of an attachment, or of a folder or message that is larger than a chunk |
//! | `j/...` | what is being done |
//!
//! Ids stand in keys in the order of their allocation.

use crate::{
    codec::{decode, encode},
    journal::{self, Entry},
};
use mapistore_sdk::{
    Error, Result, ids,
    index::globcnt,
    keyvalue::Bucket,
    types::{Fid, Fmid, Mid},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::cell::RefCell;

/// The bytes of a chunk.
const CHUNK: usize = 256 << 10;
/// The most bytes in one write, with room for keys: the host takes 32 MiB.
const WRITE_BYTES_MAX: usize = 24 << 20;
/// The most keys of one call.
pub(crate) const KEYS_MAX: usize = 9_000;
/// How many values are read in one call: rows, or chunks.
const READ_ROWS: usize = 200;
const READ_CHUNKS: usize = 32;
/// How many entries of the journal that are done may wait to be deleted together.
const SETTLED_MAX: usize = 32;
/// The first byte of a value that says in which blob the record is; no format has this number.
const POINTER: u8 = 0xFF;

/// A value in chunks: 48 bits of a change number, which nothing else has, and the number of its chunks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Blob(pub(crate) u64);

impl Blob {
    fn keys(self) -> impl Iterator<Item = String> {
        let Self(blob) = self;
        (0..blob & 0xFFFF).map(move |at| format!("b/{:012x}/{at:04x}", blob >> 16))
    }
}

/// An id as it stands in keys.
pub(crate) fn order(id: Fmid) -> u64 {
    globcnt(id) << 16 | id & 0xFFFF
}

/// The id that stands at the end of a key.
pub(crate) fn id_of(key: &str) -> Option<Fmid> {
    let order = u64::from_str_radix(key.rsplit('/').next()?, 16).ok()?;
    Some((order >> 16).swap_bytes() & !0xFFFF | order & 0xFFFF)
}

/// The key of a folder.
pub(crate) fn folder_key(id: Fid) -> String {
    format!("d/{:016x}", order(id))
}

/// The key of a message.
pub(crate) fn message_key(id: Mid) -> String {
    format!("m/{:016x}", order(id))
}

/// What the keys of the rows of a folder's table begin with.
pub(crate) fn rows_prefix(folder: Fid, associated: bool) -> String {
    format!("r/{:016x}/{}/", order(folder), if associated { 'a' } else { 'm' })
}

/// The key of a row.
pub(crate) fn row_key(folder: Fid, id: Mid, associated: bool) -> String {
    format!("{}{:016x}", rows_prefix(folder, associated), order(id))
}

/// What is to be written at once.
#[derive(Default)]
pub(crate) struct Write {
    pairs: Vec<(String, Vec<u8>)>,
    chunks: Vec<(String, Vec<u8>)>,
    /// What these chunks are.
    blobs: Vec<Blob>,
    /// What nobody needs once it is written.
    pub(crate) garbage: Vec<Blob>,
}

impl Write {
    /// Writes a record under a key; answers the blob that it lies in if it is large.
    ///
    /// # Errors
    /// `too-big`; the index fails.
    pub(crate) fn record<T: Serialize>(&mut self, key: String, record: &T) -> Result<Option<Blob>> {
        let bytes = encode(record)?;
        if bytes.len() <= CHUNK {
            self.pairs.push((key, bytes));
            return Ok(None);
        }
        let blob = self.chunks(&bytes)?;
        self.pairs.push((key, [&[POINTER], blob.0.to_le_bytes().as_slice()].concat()));
        Ok(Some(blob))
    }

    /// Writes a record in chunks.
    ///
    /// # Errors
    /// `too-big`; the index fails.
    pub(crate) fn blob<T: Serialize>(&mut self, record: &T) -> Result<Blob> {
        self.chunks(&encode(record)?)
    }

    fn chunks(&mut self, bytes: &[u8]) -> Result<Blob> {
        let count = bytes.len().div_ceil(CHUNK) as u64;
        if count > 0xFFFF {
            return Err(Error::too_big("a value of more than 16 GiB"));
        }
        let blob = Blob(globcnt(ids::number()?) << 16 | count);
        self.chunks.extend(blob.keys().zip(bytes.chunks(CHUNK).map(<[u8]>::to_vec)));
        self.blobs.push(blob);
        Ok(blob)
    }

    /// How many bytes there are to be written.
    pub(crate) fn size(&self) -> usize {
        self.pairs.iter().chain(&self.chunks).map(|(_, value)| value.len()).sum()
    }

    /// The keys that it writes.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.pairs.iter().chain(&self.chunks).map(|(key, _)| key.clone()).collect()
    }
}

/// The owner's bucket.
pub(crate) struct Store {
    bucket: Bucket,
    settled: RefCell<Vec<String>>,
}

impl Store {
    /// Opens the bucket.
    ///
    /// # Errors
    /// `denied` without an owner.
    pub(crate) fn open() -> Result<Self> {
        Ok(Self { bucket: Bucket::open("mail")?, settled: RefCell::default() })
    }

    /// The keys that begin like this.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut after = Some(prefix.to_owned());
        while let Some(from) = after {
            let page = self.bucket.keys(Some(&from))?;
            let ends_inside = page.keys.last().is_some_and(|last| last.starts_with(prefix));
            found.extend(page.keys.into_iter().take_while(|key| key.starts_with(prefix)));
            after = page.next.filter(|_| ends_inside);
        }
        Ok(found)
    }

    /// The ids at the end of the keys that begin like this, in the order of their allocation.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn ids(&self, prefix: &str) -> Result<Vec<Fmid>> {
        Ok(self.keys(prefix)?.iter().filter_map(|key| id_of(key)).collect())
    }

    /// Whether there is such a key.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn exists(&self, key: &str) -> Result<bool> {
        self.bucket.exists(key)
    }

    /// The record of a key.
    ///
    /// # Errors
    /// `corrupted` if it cannot be read.
    pub(crate) fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        self.bucket.get(key)?.map(|bytes| self.read(&bytes)).transpose()
    }

    /// The records of keys, in their order: none where there is none, an error where it cannot be read.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn get_all<T: DeserializeOwned>(&self, keys: &[String]) -> Result<Vec<Result<Option<T>>>> {
        let mut records = Vec::with_capacity(keys.len());
        for part in keys.chunks(READ_ROWS) {
            let values = self.bucket.get_many(part)?;
            records.extend(values.into_iter().map(|value| value.map(|bytes| self.read(&bytes)).transpose()));
        }
        Ok(records)
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        match pointer(bytes) {
            Some(blob) => self.get_blob(blob),
            None => decode(bytes),
        }
    }

    /// The record in a blob.
    ///
    /// # Errors
    /// `object-modified` if it was replaced meanwhile; `corrupted` if it cannot be read.
    pub(crate) fn get_blob<T: DeserializeOwned>(&self, blob: Blob) -> Result<T> {
        let keys: Vec<String> = blob.keys().collect();
        let mut bytes = Vec::new();
        for part in keys.chunks(READ_CHUNKS) {
            for chunk in self.bucket.get_many(part)? {
                match chunk {
                    Some(chunk) => bytes.extend(chunk),
                    None if bytes.is_empty() => {
                        return Err(Error::new(
                            mapistore_sdk::ErrorCode::ObjectModified,
                            "what is to be read was replaced",
                        ));
                    }
                    None => return Err(Error::corrupted("a large value with a gap")),
                }
            }
        }
        decode(&bytes)
    }

    /// The blob that the record of a key lies in, if it is large.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn blob_of(&self, key: &str) -> Result<Option<Blob>> {
        Ok(self.bucket.get(key)?.as_deref().and_then(pointer))
    }

    /// Writes all of it or nothing, with an entry of the journal that begins to count at the same moment.
    ///
    /// # Errors
    /// `quota-exceeded`, or the store fails.
    pub(crate) fn commit(&self, write: &Write, entry: Option<(&str, &Entry)>) -> Result<()> {
        let mut last = write.pairs.clone();
        if let Some((key, entry)) = entry {
            last.push((key.to_owned(), encode(entry)?));
        }
        let apart = write.size() > WRITE_BYTES_MAX || write.pairs.len() + write.chunks.len() > KEYS_MAX;
        // What is garbage: the new chunks until they count, the old ones from then on. The entry turns with the last write.
        let garbage = write.blobs.first().or(write.garbage.first()).map(|blob| format!("j/g{:016x}", blob.0));
        if let Some(key) = garbage.as_ref().filter(|_| apart) {
            let begun = self
                .bucket
                .set(key, &encode(&journal::garbage(write.blobs.clone()))?)
                .and_then(|()| self.write_parts(&write.chunks));
            if let Err(error) = begun {
                self.discard(&write.blobs, Some(key));
                return Err(error);
            }
            last.push((key.clone(), encode(&journal::garbage(write.garbage.clone()))?));
        } else {
            last.extend(write.chunks.iter().cloned());
            if let Some(key) = garbage.as_ref().filter(|_| !write.garbage.is_empty()) {
                last.push((key.clone(), encode(&journal::garbage(write.garbage.clone()))?));
            }
        }
        if let Err(error) = self.bucket.set_many(&last) {
            if apart {
                self.discard(&write.blobs, garbage.as_deref());
            }
            return Err(error);
        }
        if apart || !write.garbage.is_empty() {
            self.discard(&write.garbage, garbage.as_deref());
        }
        Ok(())
    }

    fn write_parts(&self, pairs: &[(String, Vec<u8>)]) -> Result<()> {
        pairs.chunks(WRITE_BYTES_MAX / CHUNK).try_for_each(|part| self.bucket.set_many(part))
    }

    /// Deletes chunks that do not count, and then the entry that says so. If that fails, the entry is still there.
    pub(crate) fn discard(&self, blobs: &[Blob], entry: Option<&str>) {
        let keys = blobs.iter().flat_map(|blob| blob.keys());
        let keys: Vec<String> = keys.chain(entry.map(str::to_owned)).collect();
        if let Err(error) = self.delete(&keys) {
            log::warn!("{} keys that nobody needs are still there: {error}", keys.len());
        }
    }

    /// Writes an entry of the journal.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn begin(&self, key: &str, entry: &Entry) -> Result<()> {
        self.bucket.set(key, &encode(entry)?)
    }

    /// An entry of the journal is done: it may be deleted, soon. Until then it is done again at each opening, which
    /// changes nothing.
    pub(crate) fn settle(&self, key: String) {
        let mut settled = self.settled.borrow_mut();
        settled.push(key);
        if settled.len() >= SETTLED_MAX && self.delete(&settled).is_ok() {
            settled.clear();
        }
    }

    /// Deletes keys, in parts that are each deleted at once.
    ///
    /// # Errors
    /// The store fails.
    pub(crate) fn delete(&self, keys: &[String]) -> Result<()> {
        keys.chunks(KEYS_MAX).try_for_each(|part| self.bucket.delete_many(part))
    }

    /// The keys of blobs.
    pub(crate) fn blob_keys(blobs: &[Blob]) -> Vec<String> {
        blobs.iter().flat_map(|blob| blob.keys()).collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        // If it cannot be, the next opening does it.
        self.delete(&self.settled.take()).unwrap_or_else(|error| log::debug!("{error}"));
    }
}

fn pointer(bytes: &[u8]) -> Option<Blob> {
    match bytes.split_first() {
        Some((&POINTER, blob)) => Some(Blob(u64::from_le_bytes(blob.try_into().ok()?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_key() {
        for id in [0x0100_0000_0000_0001, 0x0001_0000_0000_0001, 0x0302_0100_0000_0001] {
            assert_eq!(id_of(&folder_key(id)), Some(id));
            assert_eq!(id_of(&row_key(1, id, true)), Some(id));
        }
    }
}
