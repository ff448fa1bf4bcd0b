//! Which right each call takes of a user who is not the mailbox owner (MS-OXCPERM 2.2.7), and whether they have it.
//!
//! Rows are the host's, or of a backend that claims `permissions` its own; they are looked at before each call, so that a
//! right that is taken away is gone at once. The owner is never asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wasmtime::component::ResourceAny;

use super::handles::HandleId;
use super::{Inner, Live};
use crate::bindings::mapistore::backend::types::{self, Capabilities, PropertyTag, PropertyValue};
use crate::error::CallError;
use crate::index::{Fmid, Owner};
use crate::permissions::{self, Rights};

/// PidTagCreatorName: who made a message.
pub(crate) const CREATOR_NAME: PropertyTag = 0x3FF8_001F;

/// What a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: what it works on was checked when it was opened.
    Nothing,
    Visible,
    ReadAny,
    Create,
    CreateSubfolder,
    DeleteAny,
    Owner,
    /// Reading what the object is part of: a message (any, or one's own), or a folder.
    Read,
    /// Changing it: a message (any, or one's own where that is allowed), or a folder.
    Change,
}

/// The right that a function takes where its arguments make no difference.
pub(crate) fn need(function: &str) -> Need {
    match function {
        "folder.create-folder" => Need::CreateSubfolder,
        "folder.create-message" | "folder.move-copy-messages" => Need::Create,
        "folder.set-properties" | "folder.remove-properties" | "folder.delete" | "folder.move-to" => {
            Need::Owner
        }
        "folder.get-permissions" | "folder.modify-permissions" => Need::Owner,
        "folder.copy-to" | "folder.preload-messages" | "folder.get-deleted" => Need::ReadAny,
        // These two check each message: one's own takes less.
        "folder.delete-messages" | "folder.set-read-flags" | "folder.open-message" => Need::Visible,
        "message.list-properties"
        | "message.get-properties"
        | "message.open-stream"
        | "message.get-data"
        | "message.list-attachments"
        | "message.open-attachment"
        | "message.open-attachment-table"
        | "attachment.list-properties"
        | "attachment.get-properties"
        | "attachment.open-stream"
        | "attachment.open-embedded"
        | "property-stream.size"
        | "property-stream.read" => Need::Read,
        "message.set-properties"
        | "message.remove-properties"
        | "message.set-recipients"
        | "message.set-read-flag"
        | "message.save"
        | "message.submit"
        | "message.create-attachment"
        | "message.delete-attachment"
        | "attachment.set-properties"
        | "attachment.remove-properties"
        | "attachment.save"
        | "attachment.create-embedded"
        | "property-stream.write"
        | "property-stream.set-size"
        | "property-stream.commit" => Need::Change,
        function if function.starts_with("folder.") => Need::Visible,
        _ => Need::Nothing,
    }
}

/// What an object is, or is part of.
#[derive(Clone)]
pub(crate) struct Guard {
    folder: Fmid,
    folder_handle: HandleId,
    /// None for a folder and what belongs to it.
    message: Option<MessageGuard>,
}

#[derive(Clone)]
struct MessageGuard {
    /// The user made it.
    own: bool,
    /// It was not saved yet: to go on with it takes no more than it took to begin.
    new: Arc<AtomicBool>,
}

impl Guard {
    pub(crate) fn folder(folder: Fmid, folder_handle: HandleId) -> Self {
        Self { folder, folder_handle, message: None }
    }

    /// Of a message in this folder.
    pub(crate) fn of_message(&self, own: bool, new: bool) -> Self {
        let message = Some(MessageGuard { own, new: Arc::new(AtomicBool::new(new)) });
        Self { message, ..self.clone() }
    }

    /// A new message was saved: from now on it is one like others.
    pub(crate) fn saved(&self) {
        if let Some(message) = &self.message {
            message.new.store(false, Ordering::Relaxed);
        }
    }

    /// # Errors
    /// [`CallError::Denied`], with the right that is missing; the backend or the index does not say what rights there are.
    pub(crate) fn check(
        &self,
        inner: &Inner,
        live: &mut Live,
        function: &'static str,
        need: Need,
    ) -> Result<(), CallError> {
        let any_of: &[Rights] = match (need, &self.message) {
            (Need::Nothing, _) => return Ok(()),
            (Need::Read | Need::Change, Some(message)) if message.new.load(Ordering::Relaxed) => {
                return Ok(());
            }
            (Need::Read, Some(message)) if message.own => return Ok(()),
            (Need::Read, Some(_)) | (Need::ReadAny, _) => &[Rights::READ_ANY],
            (Need::Change, Some(message)) if message.own => &[Rights::EDIT_OWNED, Rights::EDIT_ANY],
            (Need::Change, Some(_)) => &[Rights::EDIT_ANY],
            (Need::Read, None) | (Need::Visible, _) => &[Rights::VISIBLE],
            (Need::Change, None) | (Need::Owner, _) => &[Rights::OWNER],
            (Need::Create, _) => &[Rights::CREATE],
            (Need::CreateSubfolder, _) => &[Rights::CREATE_SUBFOLDER],
            (Need::DeleteAny, _) => &[Rights::DELETE_ANY],
        };
        let rights = self.rights(inner, live, function)?;
        if any_of.iter().any(|needed| rights.contains(*needed)) {
            return Ok(());
        }
        // The lesser right would have been enough.
        Err(denied(inner, function, any_of.first().copied().unwrap_or_default()))
    }

    /// The user's rights in the folder, now.
    pub(crate) fn rights(
        &self,
        inner: &Inner,
        live: &mut Live,
        function: &'static str,
    ) -> Result<Rights, CallError> {
        if !inner.is_delegated() {
            return Ok(Rights::ALL);
        }
        let folder = live.resource(self.folder_handle)?;
        rights_in(inner, live, folder, self.folder, function)
    }
}

/// The user's rights in a folder that is open.
pub(crate) fn rights_in(
    inner: &Inner,
    live: &mut Live,
    folder: ResourceAny,
    fid: Fmid,
    function: &'static str,
) -> Result<Rights, CallError> {
    let rows = if inner.backend.claims(Capabilities::PERMISSIONS) {
        live.guest.call("folder.get-permissions", |store, world| {
            world.mapistore_backend_objects().folder().call_get_permissions(store, folder)
        })?
    } else {
        kept_by_host(inner, fid, function)?
    };
    Ok(permissions::rights_of(&inner.connection.username, &rows))
}

/// The rows that the host keeps for a folder.
pub(crate) fn kept_by_host(
    inner: &Inner,
    fid: Fmid,
    function: &'static str,
) -> Result<Vec<types::Permission>, CallError> {
    let read = || {
        let owner = Owner::parse(inner.connection.owner.as_str())?;
        inner.backend.index.get_permissions(&owner, fid)
    };
    let rows = read().map_err(|source| CallError::Index { function, source })?;
    Ok(permissions::from_index(rows))
}

pub(crate) fn denied(inner: &Inner, function: &'static str, missing: Rights) -> CallError {
    let username = inner.connection.username.clone();
    CallError::Denied { callee: inner.callee(), function, username, right: missing.name() }
}

/// Whether the user made a message, as far as it says (PidTagCreatorName).
pub(crate) fn is_own(inner: &Inner, live: &mut Live, message: ResourceAny) -> Result<bool, CallError> {
    let cells = live.guest.call("message.get-properties", |store, world| {
        world.mapistore_backend_objects().message().call_get_properties(store, message, &[CREATOR_NAME])
    });
    match cells {
        Ok(cells) => Ok(matches!(
            cells.first(),
            Some(Ok(PropertyValue::Text(name))) if *name == inner.connection.username
        )),
        Err(error) if error.is_loss() => Err(error),
        // It does not say.
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every function of the folder, message, attachment and stream resources, from the contract itself.
    #[test]
    fn pe_02_every_call_that_changes_something_takes_a_right() {
        let wit = include_str!("../../../wit/objects.wit");
        let mut resource = "";
        for line in wit.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("resource ") {
                resource = name.trim_end_matches(" {");
            }
            let Some((name, _)) = line.split_once(": func(") else { continue };
            let needed = need(&format!("{resource}.{name}"));
            let changes =
                ["set-", "create-", "delete", "remove-", "save", "submit", "modify-", "move-", "write"]
                    .iter()
                    .any(|verb| name.starts_with(verb));
            let is_view = matches!(resource, "table" | "context");
            assert!(is_view || needed != Need::Nothing, "{resource}.{name}");
            let by_message = ["delete-messages", "set-read-flags"].contains(&name);
            assert!(
                is_view
                    || by_message
                    || !changes
                    || !matches!(needed, Need::Visible | Need::Read | Need::ReadAny),
                "{resource}.{name} takes {needed:?}"
            );
        }
    }
}
