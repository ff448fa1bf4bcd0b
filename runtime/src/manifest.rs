//! `backend.toml`: what a backend's author says about it, and what it asks for. Knows nothing of what is allowed.

mod host;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use host::{Host, InvalidHost};

/// Largest `backend.toml` that is read.
const MANIFEST_MAX_BYTES: u64 = 1 << 20;

/// The contents of a `backend.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The component and its name.
    pub backend: BackendSection,
    /// How `mapistore build` makes the component. The host has no use for it.
    pub build: Option<BuildSection>,
    /// What it asks for.
    #[serde(default)]
    pub request: Request,
    /// Settings for `init` that the operator may replace.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
}

/// `[backend]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackendSection {
    /// The name that the component gives itself in `describe`; a difference is refused.
    pub name: String,
    /// The component's file, relative to the manifest's folder.
    pub component: PathBuf,
}

/// `[build]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildSection {
    /// The language, as `mapistore new --lang` spells it.
    pub language: String,
    /// The file or folder that building begins with, relative to the manifest's folder; none for the language's usual one.
    pub source: Option<PathBuf>,
}

/// `[request]`: what a backend asks for. The operator allows it, or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Directories.
    #[serde(default)]
    pub directory: Vec<DirectoryRequest>,
    /// Places on the network.
    #[serde(default)]
    pub network: Vec<NetworkRequest>,
}

/// `[[request.directory]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DirectoryRequest {
    /// The path that the guest will see, such as `/mail`.
    pub guest: String,
    /// What it wants to do there.
    #[serde(default)]
    pub access: Access,
    /// Why, for the operator who is to allow it.
    #[serde(default)]
    pub reason: String,
}

/// `[[request.network]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkRequest {
    /// A name, an address, a network, or `*` where the operator is to say which: the backend's settings name it.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
    /// Why, for the operator who is to allow it.
    #[serde(default)]
    pub reason: String,
}

/// What may be done in a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Look and read.
    #[default]
    ReadOnly,
    /// Everything.
    ReadWrite,
}

/// Why a manifest could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is too large to be a manifest.
    #[error("`{}` has {bytes} bytes, and a manifest has at most {MANIFEST_MAX_BYTES}", path.display())]
    TooBig {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The text is no TOML, or not of this shape.
    #[error("`{}` is not a valid manifest", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Line, column and what was expected there.
        source: Box<toml::de::Error>,
    },
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// The file cannot be read, or is not of this shape.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let read = |source| ManifestError::Read { path: path.to_owned(), source };
        let bytes = std::fs::metadata(path).map_err(read)?.len();
        if bytes > MANIFEST_MAX_BYTES {
            return Err(ManifestError::TooBig { path: path.to_owned(), bytes });
        }
        let text = std::fs::read_to_string(path).map_err(read)?;
        toml::from_str(&text)
            .map_err(|source| ManifestError::Parse { path: path.to_owned(), source: Box::new(source) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_its_component_and_what_it_asks_for() {
        let manifest: Manifest = toml::from_str(
            r#"
            [backend]
            name = "maildir"
            component = "maildir.wasm"
            [[request.directory]]
            guest = "/mail"
            access = "read-write"
            reason = "the owner's Maildir"
            [[request.network]]
            host = "API.example.org"
            port = 443
            [config]
            root = "/mail"
            "#,
        )
        .unwrap();
        assert_eq!(manifest.request.directory[0].access, Access::ReadWrite);
        assert_eq!(manifest.request.network[0].host, Host::Name("api.example.org".into()));
        assert_eq!(manifest.config["root"], "/mail");
    }

    #[test]
    fn how_it_is_built_may_stand_in_the_manifest() {
        let text = "[backend]\nname='a'\ncomponent='b'\n[build]\nlanguage='python'";
        let manifest: Manifest = toml::from_str(text).unwrap();
        let build = BuildSection { language: "python".into(), source: None };
        assert_eq!(manifest.build, Some(build));
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = toml::from_str::<Manifest>("[backend]\nname='a'\ncomponent='b'\nmemory=1").unwrap_err();
        assert!(error.to_string().contains("memory"), "{error}");
    }

    #[test]
    fn access_is_read_only_unless_asked_for() {
        let request: DirectoryRequest = toml::from_str("guest = '/mail'").unwrap();
        assert_eq!(request.access, Access::ReadOnly);
    }
}
