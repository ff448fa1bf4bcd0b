//! `mapistore.toml`: what the operator allows and sets. Knows nothing of what a backend asks for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::grant::{Allowance, NetworkAllowance};
use crate::limits::{Limits, RegistrationLimits};

/// The contents of a `mapistore.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorConfig {
    /// The process as a whole.
    #[serde(default)]
    pub runtime: RuntimeSection,
    /// The process that prepares a component at its registration.
    #[serde(default)]
    pub registration: RegistrationLimits,
    /// Limits of every backend that has none of its own.
    #[serde(default)]
    pub limits: toml::Table,
    /// Backends by name.
    #[serde(default)]
    pub backend: BTreeMap<String, BackendSection>,
}

/// `[runtime]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuntimeSection {
    /// Threads that run guests at most. They are started when they are needed. Default 64: a call that waits for a
    /// disk holds one.
    pub worker_threads_max: usize,
    /// How stores get their memory.
    pub profile: Profile,
    /// Contexts that have a store at once; the others sleep. Default 4,000, which takes 16 TiB of the 128 TiB of addresses
    /// that a process has, and two memory mappings each of the 65,530 that Linux allows.
    pub contexts_awake_max: u32,
}

/// How stores get their memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// For backends that nobody vouches for: the kernel takes back every page of a context before the next one gets its
    /// place. The default.
    #[default]
    Tenants,
    /// Fastest, for backends that the operator wrote: pages of a context stay and are overwritten for the next one.
    Trusted,
}

impl Default for RuntimeSection {
    fn default() -> Self {
        Self { worker_threads_max: 64, profile: Profile::default(), contexts_awake_max: 4_000 }
    }
}

/// `[backend.NAME]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendSection {
    /// Settings handed to `init`, over those of the manifest.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
    /// Directories that it may have.
    #[serde(default)]
    pub directory: Vec<Allowance>,
    /// Places on the network that it may reach.
    #[serde(default)]
    pub network: Vec<NetworkAllowance>,
    /// Limits that differ from the general ones.
    #[serde(default)]
    pub limits: toml::Table,
}

/// Why the operator's settings could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is no TOML, or not of this shape.
    #[error("`{}` is not a valid configuration", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and what was expected there.
        source: Box<toml::de::Error>,
    },
    /// A limit has a name or a value that does not exist.
    #[error("the limits of backend `{backend}` are not valid")]
    Limits {
        /// The backend.
        backend: String,
        /// Which limit, and what was expected.
        source: Box<toml::de::Error>,
    },
}

impl OperatorConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The file cannot be read or is not of this shape, a wrong limit included.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let config: Self = toml::from_str(&text)
            .map_err(|source| ConfigError::Parse { path: path.to_owned(), source: Box::new(source) })?;
        config.limits_of("")?;
        for name in config.backend.keys() {
            config.limits_of(name)?;
        }
        Ok(config)
    }

    /// The limits of one backend: the defaults, under the general ones, under its own.
    ///
    /// # Errors
    /// A limit has a name or a value that does not exist.
    pub fn limits_of(&self, backend: &str) -> Result<Limits, ConfigError> {
        let mut merged = self.limits.clone();
        if let Some(section) = self.backend.get(backend) {
            merged.extend(section.limits.clone());
        }
        merged
            .try_into()
            .map_err(|source| ConfigError::Limits { backend: backend.to_owned(), source: Box::new(source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backends_own_limit_wins_over_the_general_one_and_that_over_the_default() {
        let config: OperatorConfig = toml::from_str(
            "[limits]\nmemory_max_bytes = 1000\nhandles_max = 7\n[backend.a.limits]\nmemory_max_bytes = 2000",
        )
        .unwrap();
        let (a, b) = (config.limits_of("a").unwrap(), config.limits_of("b").unwrap());
        assert_eq!((a.memory_max_bytes, a.handles_max), (2000, 7));
        assert_eq!((b.memory_max_bytes, b.handles_max), (1000, 7));
        assert_eq!(a.call_timeout_ms, Limits::default().call_timeout_ms);
    }

    #[test]
    fn a_limit_that_does_not_exist_is_an_error_that_names_it() {
        let config: OperatorConfig = toml::from_str("[backend.a.limits]\nmemory = 1").unwrap();
        let error = config.limits_of("a").unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("`memory`"), "{cause}");
    }
}
