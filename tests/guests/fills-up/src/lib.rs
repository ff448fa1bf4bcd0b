//! Takes as much of one thing as it gets, and says how much that was. The thing is the last name in its URI.

use std::cell::RefCell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};

use mapistore_sdk::keyvalue::Bucket;
use mapistore_sdk::types::{BackendInfo, ConnectionInfo, ContextEntry, Fid, Fmid, PathResult, TableKind};
use mapistore_sdk::{Backend, Context, Error, ErrorCode, Folder, Result, index};

/// So much is more than any limit of a test.
const MANY: u32 = 100_000;

const CHUNK: [u8; 4096] = [1; 4096];

struct Guest;

struct Opened(String);

struct Hoard {
    what: String,
    open: RefCell<Vec<File>>,
}

impl Backend for Guest {
    fn describe() -> BackendInfo {
        guest_support::info("fills-up")
    }

    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![guest_support::inbox("fills-up", user)])
    }

    fn create_context(_: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let what = uri.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        Ok(Box::new(Opened(what.to_owned())))
    }
}

impl Context for Opened {
    fn get_root_folder(&self, _: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(Hoard { what: self.0.clone(), open: RefCell::default() }))
    }

    fn get_paths(&self, ids: &[Fmid]) -> Result<Vec<PathResult>> {
        Ok(ids.iter().map(|_| Err(ErrorCode::NotFound)).collect())
    }
}

impl Folder for Hoard {
    fn get_child_count(&self, _: TableKind) -> Result<u32> {
        match self.what.as_str() {
            "append" => until_full(OpenOptions::new().append(true).create(true).open("/data/log")?),
            "read" => Ok(u32::try_from(fs::read("/data/log")?.len() >> 10).unwrap_or(u32::MAX)),
            "overwrite" => overwrite(),
            "write" => until_full(File::create("/data/large")?),
            "files" => count(|number| File::create(format!("/data/file-{number}")).map(drop)),
            "directories" => count(|number| fs::create_dir(format!("/data/dir-{number}"))),
            "clear" => clear(),
            "open" => count(|_| {
                self.open.borrow_mut().push(File::open("/data/same")?);
                Ok(())
            }),
            "keys" => self.keys(|number| ("bucket".into(), format!("{number}"))),
            "buckets" => self.keys(|number| (format!("{number}"), "key".into())),
            "ids" => kept(|number| index::ensure_ids(&[format!("fillsup://x/{number}")]).map(drop)),
            other => Err(Error::new(ErrorCode::InvalidParameter, other)),
        }
    }
}

impl Hoard {
    fn keys(&self, name: impl Fn(u32) -> (String, String)) -> Result<u32> {
        kept(|number| {
            let (bucket, key) = name(number);
            Bucket::open(&bucket)?.set(&key, b"value")
        })
    }
}

/// How often something went well before there was no room for more.
fn count(mut work: impl FnMut(u32) -> io::Result<()>) -> Result<u32> {
    for number in 0..MANY {
        match work(number) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(number),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(MANY)
}

/// The same, with the contract's errors.
fn kept(mut work: impl FnMut(u32) -> Result<()>) -> Result<u32> {
    for number in 0..MANY {
        match work(number) {
            Ok(()) => {}
            Err(error) if error.code == ErrorCode::QuotaExceeded => return Ok(number),
            Err(error) => return Err(error),
        }
    }
    Ok(MANY)
}

/// Writes until it is refused, and answers how many KiB it wrote.
fn until_full(mut file: File) -> Result<u32> {
    Ok(count(|_| file.write_all(&CHUNK))? * 4)
}

/// Writes the same 4 KiB a thousand times.
fn overwrite() -> Result<u32> {
    for number in 0..1_000 {
        if fs::write("/data/small", CHUNK).is_err() {
            return Ok(number);
        }
    }
    Ok(1_000)
}

fn clear() -> Result<u32> {
    for entry in fs::read_dir("/data")? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(0)
}

mapistore_sdk::export!(Guest);
