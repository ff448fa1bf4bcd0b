//! The permissions of a folder (MS-OXCPERM 2.2.2). They are kept and shown; who the user is does not matter to a memory
//! that only this user's context has.

use mapistore_sdk::{
    Error, Properties, Result,
    tags::{PID_TAG_ENTRY_ID, PID_TAG_MEMBER_ID, PID_TAG_MEMBER_NAME, PID_TAG_MEMBER_RIGHTS},
    types::{Member, Permission, PermissionChange, PermissionOptions},
};

/// FreeBusySimple and FreeBusyDetailed (MS-OXCPERM 2.2.7).
const FREE_BUSY: u32 = 0x1800;

/// What a new folder grants: nobody but its owner has any right. Everybody and anonymous always have a row.
pub(crate) fn none() -> Vec<Permission> {
    [Member::DefaultUser, Member::Anonymous].map(|member| Permission { member, name: None, rights: 0 }).into()
}

/// The permissions after these changes: all of them, or an error.
///
/// # Errors
/// `exists` for a user who is added twice, `not-found` for one who is not there.
pub(crate) fn changed(
    permissions: &[Permission],
    options: PermissionOptions,
    changes: Vec<PermissionChange>,
) -> Result<Vec<Permission>> {
    let replace = options.contains(PermissionOptions::REPLACE_ALL);
    let mut new = if replace { none() } else { permissions.to_vec() };
    for change in changes {
        let (given, adds) = match change {
            PermissionChange::Add(permission) => (permission, true),
            PermissionChange::Modify(permission) => (permission, false),
            PermissionChange::Remove(member) => {
                let at = position(&new, &member)?;
                match member {
                    Member::User(_) => drop(new.remove(at)),
                    _ => new[at].rights = 0,
                }
                continue;
            }
        };
        let before = permissions.iter().find(|before| before.member == given.member);
        let rights = if options.contains(PermissionOptions::INCLUDE_FREE_BUSY) {
            given.rights
        } else {
            given.rights & !FREE_BUSY | before.map_or(0, |before| before.rights & FREE_BUSY)
        };
        let permission = Permission { rights, ..given };
        match position(&new, &permission.member) {
            Ok(_) if adds && matches!(permission.member, Member::User(_)) => {
                return Err(Error::exists("the member has permissions already"));
            }
            Ok(at) => new[at] = permission,
            Err(_) if adds => new.push(permission),
            Err(error) => return Err(error),
        }
    }
    Ok(new)
}

fn position(permissions: &[Permission], member: &Member) -> Result<usize> {
    let at = permissions.iter().position(|permission| permission.member == *member);
    at.ok_or_else(|| Error::not_found("the member has no permissions"))
}

/// The rows of a permissions table (MS-OXCPERM 2.2.3 to 2.2.7).
pub(crate) fn rows(permissions: &[Permission]) -> Vec<Properties> {
    let row = |(at, permission): (i64, &Permission)| {
        let (id, entry_id) = match &permission.member {
            Member::DefaultUser => (0, Vec::new()),
            Member::Anonymous => (-1, Vec::new()),
            Member::User(entry_id) => (at, entry_id.clone()),
        };
        let mut row = Properties::new()
            .with(PID_TAG_MEMBER_ID, id)
            .with(PID_TAG_ENTRY_ID, entry_id)
            .with(PID_TAG_MEMBER_RIGHTS, permission.rights.cast_signed());
        permission.name.iter().for_each(|name| row.set(PID_TAG_MEMBER_NAME, name.as_str()));
        row
    };
    (1..).zip(permissions).map(row).collect()
}
