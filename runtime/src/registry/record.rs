//! `backend.json`: what was registered, and with which settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bindings::mapistore::backend::types::{BackendInfo, Capabilities};
use crate::grant::{Allowance, NetworkAllowance};
use crate::manifest::Request;

/// The version of this file's own format.
pub(crate) const FORMAT: u32 = 1;

/// What is known of a registered backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    pub(crate) format: u32,
    /// Its place in the order of registration.
    pub(crate) order: u64,
    /// Its name.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// The scheme of its URIs.
    pub namespace: String,
    /// Its own version.
    pub version: String,
    /// What it does by itself, by the contract's names.
    pub capabilities: Vec<String>,
    /// Values of more bytes than this come as streams.
    pub inline_limit: u32,
    /// SHA-256 of the component as it was given, in hex.
    pub digest: String,
    /// How `init` takes effect.
    pub init: InitMode,
    /// Its contexts hold what is nowhere else: they are not put to sleep.
    #[serde(default)]
    pub stateful: bool,
    /// Bytes that `init` took of the random generator: what it made of them is the same in every context that starts from
    /// its snapshot.
    #[serde(default)]
    pub init_random_bytes: u64,
    /// What its manifest asks for; none if it has no manifest.
    pub requested: Option<Request>,
    /// What was allowed when it was registered.
    pub allowed: Vec<Allowance>,
    /// Places on the network that were allowed when it was registered.
    #[serde(default)]
    pub allowed_network: Vec<NetworkAllowance>,
    /// What `init` was given.
    pub config: BTreeMap<String, String>,
    /// The part of it that was said at registration, and holds for later versions too; none in records of before that
    /// was kept.
    #[serde(default)]
    pub(crate) given: Option<BTreeMap<String, String>>,
    /// SHA-256 of the table of its lines, in hex, if it has one.
    #[serde(default)]
    pub(crate) lines_digest: Option<String>,
    /// Which machine and wasmtime the compiled form is for.
    pub(crate) compatibility: String,
    /// SHA-256 of the image, in hex.
    pub(crate) start_digest: String,
    /// SHA-256 of the compiled form, in hex.
    pub(crate) compiled_digest: String,
}

/// How `init` takes effect in every store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "mode")]
pub enum InitMode {
    /// It ran once, at registration; every store starts from the memory that it left.
    Snapshot,
    /// No snapshot could be taken; it runs in every store.
    PerStore {
        /// The rule that the component breaks.
        reason: String,
    },
}

const CAPABILITIES: [(&str, Capabilities); 19] = [
    ("create-root", Capabilities::CREATE_ROOT),
    ("folders", Capabilities::FOLDERS),
    ("move-folder", Capabilities::MOVE_FOLDER),
    ("copy-folder", Capabilities::COPY_FOLDER),
    ("associated", Capabilities::ASSOCIATED),
    ("soft-delete", Capabilities::SOFT_DELETE),
    ("deleted-ids", Capabilities::DELETED_IDS),
    ("permissions", Capabilities::PERMISSIONS),
    ("submit", Capabilities::SUBMIT),
    ("attachments", Capabilities::ATTACHMENTS),
    ("embedded-messages", Capabilities::EMBEDDED_MESSAGES),
    ("streams", Capabilities::STREAMS),
    ("restrictions", Capabilities::RESTRICTIONS),
    ("sorting", Capabilities::SORTING),
    ("find-row", Capabilities::FIND_ROW),
    ("preload", Capabilities::PRELOAD),
    ("cross-context-move", Capabilities::CROSS_CONTEXT_MOVE),
    ("generate-uri", Capabilities::GENERATE_URI),
    ("write-messages", Capabilities::WRITE_MESSAGES),
];

/// The contract's names of what a backend claims.
pub fn capability_names(capabilities: Capabilities) -> Vec<&'static str> {
    let claimed = CAPABILITIES.iter().filter(|(_, flag)| capabilities.contains(*flag));
    claimed.map(|(name, _)| *name).collect()
}

/// The capabilities of these names in the contract; a name that it does not have is none.
pub(crate) fn capabilities_by_name(names: &[String]) -> Capabilities {
    let claimed = CAPABILITIES.iter().filter(|(name, _)| names.iter().any(|claimed| claimed == name));
    claimed.fold(Capabilities::empty(), |all, (_, flag)| all | *flag)
}

impl Record {
    /// Whether it is known which lines of the source its code comes from.
    pub fn has_lines(&self) -> bool {
        self.lines_digest.is_some()
    }

    /// What `describe` answered at registration.
    pub(crate) fn info(&self) -> BackendInfo {
        BackendInfo {
            name: self.name.clone(),
            description: self.description.clone(),
            namespace: self.namespace.clone(),
            version: self.version.clone(),
            capabilities: capabilities_by_name(&self.capabilities),
            inline_limit: self.inline_limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_capability_of_the_contract_has_a_name() {
        let all = CAPABILITIES.iter().fold(Capabilities::empty(), |all, (_, flag)| all | *flag);
        assert_eq!(all, Capabilities::all());
        assert_eq!(capability_names(all).len(), CAPABILITIES.len());
    }
}
