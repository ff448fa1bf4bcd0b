//! The host's key-value store, through the component's imports.

use super::KeyPage;
use crate::bindings::wasi::keyvalue as host;
use crate::{Error, ErrorCode, Result};

pub(super) struct Bucket(host::store::Bucket);

impl Bucket {
    pub(super) fn open(name: &str) -> Result<Self> {
        Ok(Self(host::store::open(name)?))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.0.get(key)?)
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<()> {
        Ok(self.0.set(key, value)?)
    }

    pub(super) fn delete(&self, key: &str) -> Result<()> {
        Ok(self.0.delete(key)?)
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.0.exists(key)?)
    }

    pub(super) fn keys(&self, after: Option<&str>) -> Result<KeyPage> {
        let page = self.0.list_keys(after)?;
        Ok(KeyPage { keys: page.keys, next: page.cursor })
    }

    pub(super) fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>> {
        let found = host::batch::get_many(&self.0, keys)?;
        Ok(found.into_iter().map(|(_, value)| value).collect())
    }

    pub(super) fn set_many(&self, pairs: &[(String, Vec<u8>)]) -> Result<()> {
        Ok(host::batch::set_many(&self.0, pairs)?)
    }

    pub(super) fn delete_many(&self, keys: &[String]) -> Result<()> {
        Ok(host::batch::delete_many(&self.0, keys)?)
    }

    pub(super) fn increment(&self, key: &str, delta: i64) -> Result<i64> {
        Ok(host::atomics::increment(&self.0, key, delta)?)
    }
}

/// What the host says begins with the name of a code.
impl From<host::store::Error> for Error {
    fn from(error: host::store::Error) -> Self {
        let text = match error {
            host::store::Error::NoSuchStore => {
                return Self::new(ErrorCode::Storage, "there is no such bucket");
            }
            host::store::Error::AccessDenied => {
                return Self::new(ErrorCode::Denied, "there is no owner during `describe` and `init`");
            }
            host::store::Error::Other(text) => text,
        };
        let code = match text.split(':').next() {
            Some("quota-exceeded") => ErrorCode::QuotaExceeded,
            Some("too-big") => ErrorCode::TooBig,
            Some("invalid-parameter") => ErrorCode::InvalidParameter,
            Some("invalid-data") => ErrorCode::InvalidData,
            _ => ErrorCode::Storage,
        };
        Self::new(code, text)
    }
}
