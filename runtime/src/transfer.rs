//! Copies and moves messages and folders, within a context, between contexts and between backends.
//!
//! The backend does it where it can: within a context, or between its own contexts where it claims `cross-context-move`.
//! Otherwise the host reads and writes, message by message, through the same calls that any caller has: so the rights of
//! the user and the limits of each call hold here too. A source is deleted only after its copy was saved; what fails
//! leaves the source, and no half copy.

mod folder;
mod message;
mod names;
mod properties;

use crate::bindings::exports::mapistore::backend::objects::{ImportKeys, TransferItem};
use crate::bindings::mapistore::backend::notifications::{Event, Object, Transfer};
use crate::bindings::mapistore::backend::types::{
    Capabilities, DeleteMode, ErrorCode, ItemOutcome, PropertyTag,
};
use crate::error::CallError;
use crate::events::Notice;
use crate::index::{BATCH_MAX, Fmid, Globcnt, Owner, Scope};
use crate::objects::{Folder, TransferSource};
use crate::uri::URI_BYTES_MAX;

pub use folder::{FolderTransfer, TransferLimits};
pub(crate) use message::MIME;

/// A message to transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferRequest {
    /// Its MID.
    pub source: Fmid,
    /// The MID of the new one, allocated for the target's owner; none has one allocated.
    pub target: Option<Fmid>,
    /// The change key and predecessors that an import brings (MS-OXCFXICS 2.2.1.2).
    pub keys: Option<(Vec<u8>, Vec<u8>)>,
}

impl TransferRequest {
    /// A message that gets a new id.
    pub fn of(source: Fmid) -> Self {
        Self { source, target: None, keys: None }
    }
}

/// What became of a message.
#[derive(Debug)]
pub struct Transferred {
    /// Its MID in the source folder.
    pub source: Fmid,
    /// Its MID in the target folder.
    pub target: Fmid,
    /// Properties that the target has no place for, in the source's tags; empty where the original bytes, or the
    /// backend itself, carried them.
    pub outcome: Result<Vec<PropertyTag>, TransferError>,
}

/// Why something was not transferred. Unless it says otherwise, the source is as it was, and there is no copy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The target cannot hold what makes the message what it is: its class, its subject or its text.
    #[error("the target has no place for the property {tag:#010x}")]
    NotHeld {
        /// The property, in the source's tags.
        tag: PropertyTag,
    },
    /// A value could not be read.
    #[error("the value of the property {tag:#010x} cannot be read: {}", crate::error::code_name(*code))]
    Unreadable {
        /// The property.
        tag: PropertyTag,
        /// The source's answer.
        code: ErrorCode,
    },
    /// There is more than the limits allow.
    #[error("there are more than {max} {what}")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
    /// A folder is to be put into itself.
    #[error("the target folder lies in the folder that is to be transferred")]
    IntoItself,
    /// A move made its copy, but the original could not be deleted: now there are both.
    #[error("the copy is complete, but the original was not deleted")]
    SourceKept {
        /// The new id.
        copy: Fmid,
        /// Why.
        source: Box<CallError>,
    },
}

impl TransferError {
    /// The contract's code for it, if there is one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Call(error) => error.code(),
            Self::SourceKept { source, .. } => source.code(),
            Self::NotHeld { .. } => Some(ErrorCode::NotImplemented),
            Self::Unreadable { code, .. } => Some(*code),
            Self::TooMuch { .. } => Some(ErrorCode::TooBig),
            Self::IntoItself => Some(ErrorCode::InvalidParameter),
        }
    }
}

const FUNCTION: &str = "folder.move-copy-messages";

impl Folder {
    /// Copies or moves messages from `source` into this folder, whatever backends, contexts and owners the two have.
    ///
    /// Original bytes (0x66590102, PR_INTERNET_CONTENT) travel unchanged where both sides have them; properties,
    /// recipients and attachments otherwise, named properties by their names. One answer for each request, in their
    /// order: what fails, fails for itself.
    ///
    /// # Errors
    /// There are more than 10,000 requests; no ids could be allocated; the backend's own transfer failed as a whole.
    pub async fn transfer_messages(
        &self,
        source: &Folder,
        requests: &[TransferRequest],
        copy: bool,
    ) -> Result<Vec<Transferred>, TransferError> {
        if requests.len() > BATCH_MAX {
            return Err(TransferError::TooMuch { what: "messages in one call", max: BATCH_MAX });
        }
        let wanted = requests.iter().filter(|request| request.target.is_none()).count();
        let mut fresh = fresh_ids(self, wanted)?.into_iter();
        let mut items = Vec::with_capacity(requests.len());
        for request in requests {
            let target = request.target.or_else(|| fresh.next()).ok_or_else(no_ids)?;
            let keys = request.keys.clone();
            let keys = keys.map(|(change_key, predecessors)| ImportKeys { change_key, predecessors });
            items.push(TransferItem { source: request.source.0, target: target.0, keys });
        }
        if let Some(outcomes) = self.by_backend(source, &items, copy).await? {
            return Ok(answers(self, &items, outcomes));
        }
        let mut answers = Vec::with_capacity(items.len());
        for item in items {
            let (from, to) = (Fmid(item.source), Fmid(item.target));
            let outcome = one(self, source, item, copy).await;
            answers.push(Transferred { source: from, target: to, outcome });
        }
        Ok(answers)
    }

    /// Has the backend do it; none if it is not one that does.
    async fn by_backend(
        &self,
        source: &Folder,
        items: &[TransferItem],
        copy: bool,
    ) -> Result<Option<Vec<ItemOutcome>>, TransferError> {
        let outcomes = if self.is_same_context(source) {
            self.move_copy_messages(TransferSource::Folder(source), items.to_vec(), copy).await
        } else if self.moves_between_contexts(source) {
            let Some(uri) = source.uri().await? else { return Ok(None) };
            self.move_copy_from(TransferSource::Uri(uri), Some(source.fid()), items.to_vec(), copy).await
        } else {
            return Ok(None);
        };
        match outcomes {
            Ok(outcomes) => Ok(Some(outcomes)),
            Err(error) if error.code() == Some(ErrorCode::NotImplemented) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn is_same_context(&self, other: &Folder) -> bool {
        std::sync::Arc::ptr_eq(&self.handle.inner, &other.handle.inner)
    }

    fn is_same_owner(&self, other: &Folder) -> bool {
        self.handle.inner.connection.owner == other.handle.inner.connection.owner
    }

    /// Whether one backend serves both, for one owner who acts for themselves, and moves between contexts.
    fn moves_between_contexts(&self, source: &Folder) -> bool {
        let (here, there) = (&self.handle.inner, &source.handle.inner);
        here.backend.name() == there.backend.name()
            && here.backend.claims(Capabilities::CROSS_CONTEXT_MOVE)
            && self.is_same_owner(source)
            && !here.is_delegated()
            && !there.is_delegated()
    }

    /// Its complete URI, if its backend says.
    pub(crate) async fn uri(&self) -> Result<Option<String>, CallError> {
        let path = self.handle.paths(&[self.fid()]).await?.pop().and_then(Result::ok);
        let uri = path.map(|path| format!("{}://{path}", self.handle.inner.backend.info.namespace));
        Ok(uri.filter(|uri| uri.len() <= URI_BYTES_MAX))
    }
}

fn answers(target: &Folder, items: &[TransferItem], outcomes: Vec<ItemOutcome>) -> Vec<Transferred> {
    let outcomes: std::collections::HashMap<u64, _> =
        outcomes.into_iter().map(|outcome| (outcome.id, outcome.outcome)).collect();
    let answer = |item: &TransferItem| {
        let outcome = match outcomes.get(&item.source) {
            Some(Ok(())) => Ok(Vec::new()),
            Some(Err(code)) => Err(*code),
            None => Err(ErrorCode::Failed),
        };
        let outcome = outcome.map_err(|code| {
            let callee = target.handle.inner.callee();
            TransferError::Call(CallError::Answered { callee, function: FUNCTION, code, detail: None })
        });
        Transferred { source: Fmid(item.source), target: Fmid(item.target), outcome }
    };
    items.iter().map(answer).collect()
}

/// Copies or moves one message by reading and writing.
async fn one(
    target: &Folder,
    source: &Folder,
    item: TransferItem,
    copy: bool,
) -> Result<Vec<PropertyTag>, TransferError> {
    let (from, to) = (Fmid(item.source), Fmid(item.target));
    let objects = Transfer {
        to: Object { folder: target.fid().0, message: Some(to.0) },
        source: Object { folder: source.fid().0, message: Some(from.0) },
    };
    // Ids of two owners have nothing to do with each other: there it is a deletion and a creation.
    let one_owner = target.is_same_owner(source);
    let arrived = match (one_owner, copy) {
        (true, true) => Notice { add: vec![Event::Copied(objects)], hide: vec![Event::Created(objects.to)] },
        (true, false) => Notice { add: Vec::new(), hide: vec![Event::Created(objects.to)] },
        (false, _) => Notice::of(Event::Created(objects.to)),
    };
    let lost = message::transfer(target, source, item, arrived).await?;
    if copy {
        return Ok(lost);
    }
    let left = move |outcomes: &[ItemOutcome]| match outcomes.first() {
        Some(ItemOutcome { outcome: Ok(()), .. }) if one_owner => {
            Notice { add: vec![Event::Moved(objects)], hide: vec![Event::Deleted(objects.source)] }
        }
        Some(ItemOutcome { outcome: Ok(()), .. }) => Notice::of(Event::Deleted(objects.source)),
        _ => Notice::default(),
    };
    let deleted = source.delete_messages_with(&[from], DeleteMode::Soft, left).await;
    let refused = match deleted.map(|mut outcomes| outcomes.pop().map(|outcome| outcome.outcome)) {
        // Somebody else has deleted it meanwhile: then it is gone as well.
        Ok(Some(Ok(()) | Err(ErrorCode::NotFound))) => return Ok(lost),
        Ok(Some(Err(code))) => {
            let callee = source.handle.inner.callee();
            CallError::Answered { callee, function: "folder.delete-messages", code, detail: None }
        }
        Ok(None) => no_ids(),
        Err(error) => error,
    };
    // Where the original is certainly there, the copy goes again. Otherwise two are better than none.
    if source.open_message(from, false).await.is_ok() {
        let undone = target.delete_messages_with(&[to], DeleteMode::Hard, |_| Notice::default()).await;
        if undone.is_ok_and(|outcomes| outcomes.iter().all(|outcome| outcome.outcome.is_ok())) {
            return Err(refused.into());
        }
    }
    if one_owner {
        target.handle.announce(FUNCTION, Notice::of(Event::Copied(objects))).await;
    }
    Err(TransferError::SourceKept { copy: to, source: Box::new(refused) })
}

/// Ids that were never used, of the folder's owner.
pub(crate) fn fresh_ids(folder: &Folder, count: usize) -> Result<Vec<Fmid>, CallError> {
    let inner = &folder.handle.inner;
    let reserve = || {
        let scope = Scope::operator(Owner::parse(inner.connection.owner.as_str())?);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        inner.backend.index.reserve(&scope, count)
    };
    if count == 0 {
        return Ok(Vec::new());
    }
    let range = reserve().map_err(|source| CallError::Index { function: "index.reserve", source })?;
    let first = range.first.globcnt().ok_or_else(no_ids)?;
    Ok((first.get()..).take(count).filter_map(Globcnt::new).map(Fmid::from).collect())
}

fn no_ids() -> CallError {
    let source = crate::index::IndexError::Exhausted("ids");
    CallError::Index { function: "index.reserve", source }
}
