//! Many messages at once, from files into a folder and from a folder into files: original bytes both ways.
//!
//! Both can be killed at any moment and run again. An import keeps a journal beside the data (see `journal`): what was
//! begun is looked for under the id that it was begun with, so nothing is imported twice and nothing is missed. An
//! export writes each message to a file of its id, complete or not at all. Knows the contract's calls; does not print.

mod export;
mod import;
mod journal;
mod mail;
mod mbox;
mod source;
mod split;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::CallError;

pub use export::{ExportFormat, export};
pub use import::import;
pub use journal::ImportJournal;
pub use mbox::MboxFormat;
pub use source::{ImportItem, ImportSource};

/// The largest item, in bytes.
pub const ITEM_BYTES_MAX: u64 = 256 << 20;

/// What an import or an export has done so far, or in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkReport {
    /// Items that were imported or exported now.
    pub done: u64,
    /// Items that were there already, from a run before.
    pub already: u64,
    /// Bytes of the items in `done`.
    pub bytes: u64,
    /// How many items were refused, by the reason.
    pub refused: BTreeMap<String, u64>,
    /// The first of those that were refused, by name, with the reason.
    pub refusals: Vec<(String, String)>,
}

impl BulkReport {
    /// How many refused items are told by name.
    pub const REFUSALS_MAX: usize = 100;

    /// How many items were refused.
    pub fn refused_count(&self) -> u64 {
        self.refused.values().sum()
    }

    fn refuse(&mut self, origin: String, reason: String) {
        *self.refused.entry(reason.clone()).or_default() += 1;
        if self.refusals.len() < Self::REFUSALS_MAX {
            self.refusals.push((origin, reason));
        }
    }
}

/// Why an import or an export stopped. What was done before is done, and the next run goes on there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BulkError {
    /// A call failed in a way that says that the next would fail too.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A file cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The journal is of another import, or is no journal.
    #[error("`{}` is not the journal of this import: {problem}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// The reason for which a call failed, in few enough words that the same reasons count together; none if all calls after
/// it would fail too.
fn reason(error: &CallError) -> Option<String> {
    match error {
        CallError::Answered { code, .. } => Some(crate::error::code_name(*code).to_owned()),
        CallError::Denied { right, .. } => Some(format!("denied: the right `{right}` is missing")),
        CallError::OverLimit { limit, .. } => Some(format!("over the limit `{limit}`")),
        CallError::Trapped { .. } => Some("the backend trapped".to_owned()),
        CallError::InvalidAnswer { .. } => Some("the backend broke the contract".to_owned()),
        CallError::InvalidArgument { .. } => Some("not a value that the contract allows".to_owned()),
        _ => None,
    }
}

fn file_error(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> BulkError + use<> {
    let path = path.to_owned();
    move |source| BulkError::File { path, source }
}
