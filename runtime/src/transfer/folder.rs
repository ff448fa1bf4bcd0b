//! Folders with all that is in them, for backends that do not move or copy folders, and between any two that do.
//!
//! A move copies everything first, then deletes what was copied, message by message, and then the folders if they are
//! empty: what came in meanwhile stays.

use std::future::Future;
use std::pin::Pin;

use super::names::Names;
use super::properties;
use super::{TransferError, TransferRequest, fresh_ids, no_ids};
use crate::bindings::mapistore::backend::types::{
    Capabilities, DeleteMode, ErrorCode, Property, PropertyTag, PropertyValue, TableKind,
};
use crate::error::CallError;
use crate::events::Notice;
use crate::index::{BATCH_MAX, Fmid};
use crate::objects::Folder;

/// PidTagDisplayName.
const DISPLAY_NAME: PropertyTag = 0x3001_001F;
/// PidTagMid and PidTagFolderId.
const MID: PropertyTag = 0x674A_0014;
const FOLDER_ID: PropertyTag = 0x6748_0014;
/// How many rows are asked for at once.
const ROWS: u32 = 1_000;

/// Bounds on what one transfer of a folder touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferLimits {
    /// Levels of folders. Default 64.
    pub depth_max: usize,
    /// Folders, the first included. Default 10,000.
    pub folders_max: usize,
    /// Messages, folder associated information included. Default 1,000,000.
    pub messages_max: usize,
}

impl Default for TransferLimits {
    fn default() -> Self {
        Self { depth_max: 64, folders_max: 10_000, messages_max: 1_000_000 }
    }
}

/// A folder that was transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderTransfer {
    /// Its FID now: the same after a move within a context; none after a copy by the backend itself, which chose it.
    pub folder: Option<Fmid>,
    /// Folders and messages that the host transferred; 0 if the backend did it.
    pub folders: usize,
    /// As above.
    pub messages: usize,
}

/// A source folder, and what of it has a copy.
struct Copied {
    folder: Folder,
    messages: Vec<Fmid>,
}

struct Tree {
    limits: TransferLimits,
    messages: usize,
    /// Parents before their children.
    copied: Vec<Copied>,
}

type Boxed<'f, T> = Pin<Box<dyn Future<Output = Result<T, TransferError>> + Send + 'f>>;

impl Folder {
    /// Copies or moves a folder, with all that is in it, below this one under a new name, whatever backends, contexts and
    /// owners the two have. By the backend within a context where it claims `move-folder` or `copy-folder`.
    ///
    /// # Errors
    /// The target lies in the folder; the name is taken; there is more in it than `limits` allow; something in it was
    /// not transferred. Then nothing of the copy stays, and the source is as it was. After
    /// [`TransferError::SourceKept`] the copy is complete, and what is left of the source is what could not be deleted.
    pub async fn transfer_folder(
        &self,
        source: &Folder,
        new_name: &str,
        copy: bool,
        limits: TransferLimits,
    ) -> Result<FolderTransfer, TransferError> {
        if self.is_in(source).await? {
            return Err(TransferError::IntoItself);
        }
        if let Some(done) = self.folder_by_backend(source, new_name, copy).await? {
            return Ok(done);
        }
        let mut tree = Tree { limits, messages: 0, copied: Vec::new() };
        let id = fresh_ids(self, 1)?.pop().ok_or_else(no_ids)?;
        // Opened anew, to be kept until the end.
        let opened = source.reopened();
        let new = create(self, source, id, new_name).await?;
        if let Err(error) = tree.fill(&new, opened, 1).await {
            // Nothing of it was announced but by its guest; nothing of it stays.
            if let Err(left) = new.delete_tree_with(DeleteMode::Hard).await {
                tracing::warn!(error = %left, folder = %id, "a copy that was given up could not be deleted");
            }
            return Err(error);
        }
        let done = FolderTransfer { folder: Some(id), folders: tree.copied.len(), messages: tree.messages };
        if !copy {
            let removed = tree.remove_sources().await;
            removed.map_err(|source| TransferError::SourceKept { copy: id, source: Box::new(source) })?;
        }
        Ok(done)
    }

    /// Deletes this folder with all that is in it (MS-OXCFOLD 2.2.1.3), also of a backend that deletes empty folders only.
    ///
    /// # Errors
    /// It is a root; a call failed: what is left is a tree.
    pub async fn delete_tree(&self, mode: DeleteMode) -> Result<(), CallError> {
        match self.delete(mode, true).await {
            Err(error) if matches!(error.code(), Some(ErrorCode::NotImplemented | ErrorCode::Exists)) => {
                empty(self, mode, 0).await.map_err(call_error)?;
                self.delete(mode, false).await
            }
            deleted => deleted,
        }
    }

    async fn delete_tree_with(&self, mode: DeleteMode) -> Result<(), CallError> {
        match self.delete_with(mode, true, Notice::default()).await {
            Err(error) if matches!(error.code(), Some(ErrorCode::NotImplemented | ErrorCode::Exists)) => {
                self.delete_tree(mode).await
            }
            deleted => deleted,
        }
    }

    /// Whether this folder is `other` or lies in it.
    async fn is_in(&self, other: &Folder) -> Result<bool, CallError> {
        if self.handle.inner.backend.name() != other.handle.inner.backend.name() || !self.is_same_owner(other)
        {
            return Ok(false);
        }
        if self.fid() == other.fid() {
            return Ok(true);
        }
        let (here, there) = (self.uri().await?, other.uri().await?);
        let (Some(here), Some(there)) = (here, there) else { return Ok(false) };
        Ok(here.starts_with(&format!("{}/", there.trim_end_matches('/'))))
    }

    async fn folder_by_backend(
        &self,
        source: &Folder,
        new_name: &str,
        copy: bool,
    ) -> Result<Option<FolderTransfer>, TransferError> {
        let claimed = if copy { Capabilities::COPY_FOLDER } else { Capabilities::MOVE_FOLDER };
        if !self.is_same_context(source) || !self.handle.inner.backend.claims(claimed) {
            return Ok(None);
        }
        let (done, folder) = if copy {
            (source.copy_to(self, true, new_name).await, None)
        } else {
            (source.move_to(Some(self), new_name).await, Some(source.fid()))
        };
        match done {
            Ok(()) => Ok(Some(FolderTransfer { folder, folders: 0, messages: 0 })),
            Err(error) if error.code() == Some(ErrorCode::NotImplemented) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Makes the folder of a copy, with what of the source's properties it takes.
async fn create(parent: &Folder, source: &Folder, id: Fmid, name: &str) -> Result<Folder, TransferError> {
    let name = Property { tag: DISPLAY_NAME, value: PropertyValue::Text(name.to_owned()) };
    let new = parent.create_folder(id, vec![name]).await?;
    let mut tags = source.list_properties().await?;
    tags.retain(|tag| !properties::is_computed(*tag) && *tag >> 16 != DISPLAY_NAME >> 16);
    let inline_limit = parent.handle.inner.backend.inline_limit();
    let mut names = Names::new(source, parent)?;
    // A folder is not less of a folder without its comment: what is refused is left out.
    let copied = properties::copy(source, &new, &tags, &mut names, inline_limit).await;
    match copied {
        Ok(_) => {}
        Err(TransferError::Call(error)) if error.is_loss() => return Err(error.into()),
        Err(error) => tracing::debug!(%error, "properties of a folder were not copied"),
    }
    Ok(new)
}

impl Tree {
    /// Copies what is in a folder into `target`, and what is in the folders below.
    fn fill<'f>(&'f mut self, target: &'f Folder, source: Folder, depth: usize) -> Boxed<'f, ()> {
        Box::pin(async move {
            if depth > self.limits.depth_max {
                return Err(TransferError::TooMuch { what: "levels of folders", max: self.limits.depth_max });
            }
            if self.copied.len() >= self.limits.folders_max {
                return Err(TransferError::TooMuch { what: "folders", max: self.limits.folders_max });
            }
            let room = self.limits.messages_max - self.messages;
            let mut messages = ids(&source, TableKind::Contents, MID, room).await?;
            if target.handle.inner.backend.claims(Capabilities::ASSOCIATED) {
                let room = room - messages.len();
                messages.extend(ids(&source, TableKind::Associated, MID, room).await?);
            }
            self.messages += messages.len();
            for batch in messages.chunks(BATCH_MAX) {
                let requests: Vec<_> = batch.iter().copied().map(TransferRequest::of).collect();
                for answer in target.transfer_messages(&source, &requests, true).await? {
                    answer.outcome?;
                }
            }
            let room = self.limits.folders_max;
            let children = ids(&source, TableKind::Hierarchy, FOLDER_ID, room).await?;
            let mut below = Vec::with_capacity(children.len());
            for child in children {
                let child = source.open_folder(child).await?;
                let name = match child.get_properties(&[DISPLAY_NAME]).await?.pop() {
                    Some(Ok(PropertyValue::Text(name))) => name,
                    _ => return Err(TransferError::NotHeld { tag: DISPLAY_NAME }),
                };
                below.push((child, name));
            }
            self.copied.push(Copied { folder: source, messages });
            for (child, name) in below {
                let id = fresh_ids(target, 1)?.pop().ok_or_else(no_ids)?;
                let new = create(target, &child, id, &name).await?;
                self.fill(&new, child, depth + 1).await?;
            }
            Ok(())
        })
    }

    /// Deletes what has a copy, the deepest first, and nothing else.
    async fn remove_sources(self) -> Result<(), CallError> {
        for Copied { folder, messages } in self.copied.into_iter().rev() {
            for batch in messages.chunks(BATCH_MAX) {
                let outcomes = folder.delete_messages(batch, DeleteMode::Soft).await?;
                let refused = outcomes.into_iter().find_map(|outcome| outcome.outcome.err());
                if let Some(code) = refused.filter(|code| *code != ErrorCode::NotFound) {
                    let callee = folder.handle.inner.callee();
                    let function = "folder.delete-messages";
                    return Err(CallError::Answered { callee, function, code, detail: None });
                }
            }
            folder.delete(DeleteMode::Soft, false).await?;
        }
        Ok(())
    }
}

/// The ids in a table, at most `room` of them. A kind of table that the backend does not have is empty.
async fn ids(
    folder: &Folder,
    kind: TableKind,
    tag: PropertyTag,
    room: usize,
) -> Result<Vec<Fmid>, TransferError> {
    let table = match folder.open_table(kind).await {
        Err(error) if error.code() == Some(ErrorCode::NotImplemented) => return Ok(Vec::new()),
        table => table?,
    };
    table.set_columns(&[tag]).await?;
    let mut ids = Vec::new();
    loop {
        let start = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let batch = table.query_rows(start, ROWS).await?;
        for cell in batch.cells {
            match cell {
                Ok(PropertyValue::Integer64(id)) => ids.push(Fmid(id.cast_unsigned())),
                Err(code) => return Err(TransferError::Unreadable { tag, code }),
                Ok(_) => return Err(TransferError::Unreadable { tag, code: ErrorCode::InvalidData }),
            }
        }
        if ids.len() > room {
            return Err(TransferError::TooMuch { what: "objects in the folder", max: room });
        }
        if batch.at_end {
            return Ok(ids);
        }
    }
}

/// Deletes everything in a folder.
fn empty(folder: &Folder, mode: DeleteMode, depth: usize) -> Boxed<'_, ()> {
    Box::pin(async move {
        let limits = TransferLimits::default();
        if depth > limits.depth_max {
            return Err(TransferError::TooMuch { what: "levels of folders", max: limits.depth_max });
        }
        for kind in [TableKind::Contents, TableKind::Associated] {
            for batch in ids(folder, kind, MID, limits.messages_max).await?.chunks(BATCH_MAX) {
                folder.delete_messages(batch, mode).await?;
            }
        }
        for child in ids(folder, TableKind::Hierarchy, FOLDER_ID, limits.folders_max).await? {
            let child = folder.open_folder(child).await?;
            empty(&child, mode, depth + 1).await?;
            child.delete(mode, false).await?;
        }
        Ok(())
    })
}

/// The call that failed; a limit is the caller's.
fn call_error(error: TransferError) -> CallError {
    match error {
        TransferError::Call(error) => error,
        other => CallError::InvalidArgument { function: "folder.delete", problem: other.to_string() },
    }
}
