//! Rights that depend on the message: what somebody else than the owner made is theirs (MS-OXCPERM 2.2.7), and the list
//! of a folder where the host keeps it.

use wasmtime::component::ResourceAny;

use crate::bindings::mapistore::backend::types::{self, ErrorCode, ItemOutcome, Property, PropertyValue};
use crate::context::guard::{self, CREATOR_NAME, Guard};
use crate::context::{Inner, Live};
use crate::error::CallError;
use crate::index::{Fmid, IndexError, Member, Owner, PermissionEdit, PermissionRow, PermissionUpdate};
use crate::permissions::{self, Rights};

/// The right over every message, and that over one's own.
pub(super) type Over = (Rights, Rights);
pub(super) const DELETE: Over = (Rights::DELETE_ANY, Rights::DELETE_OWNED);
pub(super) const EDIT: Over = (Rights::EDIT_ANY, Rights::EDIT_OWNED);

/// Messages with which a user may do what they ask for, and the others.
pub(super) struct Admitted {
    pub(super) admitted: Vec<u64>,
    refused: Vec<ItemOutcome>,
}

impl Admitted {
    /// The outcomes of all.
    pub(super) fn with_refused(self, mut outcomes: Vec<ItemOutcome>) -> Vec<ItemOutcome> {
        outcomes.extend(self.refused);
        outcomes
    }
}

/// Picks the messages with which the user may do something.
pub(super) fn admitted(
    inner: &Inner,
    live: &mut Live,
    guard: &Guard,
    folder: ResourceAny,
    ids: Vec<u64>,
    (any, owned): Over,
    function: &'static str,
) -> Result<Admitted, CallError> {
    let rights = guard.rights(inner, live, function)?;
    if rights.contains(any) {
        return Ok(Admitted { admitted: ids, refused: Vec::new() });
    }
    if !rights.contains(owned) {
        return Err(guard::denied(inner, function, owned));
    }
    let mut result = Admitted { admitted: Vec::new(), refused: Vec::new() };
    for id in ids {
        let opened = live.guest.call("folder.open-message", |store, world| {
            world.mapistore_backend_objects().folder().call_open_message(store, folder, id, false)
        });
        let outcome = match opened {
            Err(error) if error.is_loss() => return Err(error),
            // What it cannot open, the backend refuses itself.
            Err(_) => Ok(()),
            Ok(message) => {
                let own = guard::is_own(inner, live, message)?;
                live.guest.drop_resources(vec![message])?;
                if own { Ok(()) } else { Err(ErrorCode::Denied) }
            }
        };
        match outcome {
            Ok(()) => result.admitted.push(id),
            Err(code) => result.refused.push(ItemOutcome { id, outcome: Err(code) }),
        }
    }
    Ok(result)
}

/// Whether the user made the message, if they may read it at all. One that they may not read is dropped.
pub(super) fn may_read(
    inner: &Inner,
    live: &mut Live,
    guard: &Guard,
    message: ResourceAny,
    function: &'static str,
) -> Result<bool, CallError> {
    if !inner.is_delegated() {
        return Ok(true);
    }
    let checked = guard::is_own(inner, live, message).and_then(|own| {
        let rights = guard.rights(inner, live, function)?;
        if own || rights.contains(Rights::READ_ANY) {
            Ok(own)
        } else {
            Err(guard::denied(inner, function, Rights::READ_ANY))
        }
    });
    if checked.as_ref().is_err_and(|error| !error.is_loss()) {
        live.guest.drop_resources(vec![message])?;
    }
    checked
}

/// Writes into a new message who makes it, if that is not the owner (PidTagCreatorName). A backend that has no place for
/// it keeps nobody's own messages apart.
pub(super) fn sign(inner: &Inner, live: &mut Live, message: ResourceAny) -> Result<(), CallError> {
    if !inner.is_delegated() {
        return Ok(());
    }
    let value = PropertyValue::Text(inner.connection.username.clone());
    let creator = [Property { tag: CREATOR_NAME, value }];
    let signed = live.guest.call("message.set-properties", |store, world| {
        world.mapistore_backend_objects().message().call_set_properties(store, message, &creator)
    });
    match signed {
        Err(error) if error.is_loss() => Err(error),
        _ => Ok(()),
    }
}

/// Changes the list that the host keeps for a folder.
pub(super) fn modify(
    inner: &Inner,
    folder: Fmid,
    options: types::PermissionOptions,
    changes: Vec<types::PermissionChange>,
    function: &'static str,
) -> Result<(), CallError> {
    let update = permissions::to_index(options, changes);
    let code = match write(inner, folder, &update) {
        Ok(()) => return Ok(()),
        Err(IndexError::MemberTaken) => ErrorCode::Exists,
        Err(IndexError::MemberUnknown) => ErrorCode::NotFound,
        Err(source) => return Err(CallError::Index { function, source }),
    };
    let callee = inner.callee();
    Err(CallError::Answered { callee, function, code, detail: Some("in the host's list".into()) })
}

/// Gives a user who is not the owner every right in the folder that they have just made; nobody else has any.
pub(super) fn grant_creator(inner: &Inner, folder: Fmid, function: &'static str) -> Result<(), CallError> {
    let by_host = !inner.backend.claims(types::Capabilities::PERMISSIONS);
    let username = &inner.connection.username;
    if !inner.is_delegated() || !by_host || username.is_empty() {
        return Ok(());
    }
    let member = Member::User(username.as_bytes().to_vec());
    let row = PermissionRow { member, name: Some(username.clone()), rights: Rights::ALL.0 };
    let update = PermissionUpdate {
        replace_all: true,
        include_free_busy: true,
        edits: vec![PermissionEdit::Add(row)],
    };
    write(inner, folder, &update).map_err(|source| CallError::Index { function, source })
}

fn write(inner: &Inner, folder: Fmid, update: &PermissionUpdate) -> Result<(), IndexError> {
    let owner = Owner::parse(inner.connection.owner.as_str())?;
    inner.backend.index.modify_permissions(&owner, folder, update)
}
