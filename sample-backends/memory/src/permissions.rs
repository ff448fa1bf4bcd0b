//! The permissions of a folder (MS-OXCPERM 2.2.2). They are kept and shown; who the user is does not matter to a memory
//! that only this user's context has.

use mapistore_sdk::{
    Error, Properties, Result,
    tags::{PID_TAG_ENTRY_ID, PID_TAG_MEMBER_ID, PID_TAG_MEMBER_NAME, PID_TAG_MEMBER_RIGHTS},
    types::{Member, Permission, PermissionChange, PermissionOptions},
};

/// FreeBusySimple and FreeBusyDetailed (MS-OXCPERM 2.2.7).
const FREE_BUSY: u32 = 0x1800;

/// The permissions after these changes: all of them, or an error.
///
/// # Errors
/// `exists` for a member that is added twice, `not-found` for one that is not there.
pub(crate) fn changed(
    permissions: &[Permission],
    options: PermissionOptions,
    changes: Vec<PermissionChange>,
) -> Result<Vec<Permission>> {
    let mut new = permissions.to_vec();
    if options.contains(PermissionOptions::REPLACE_ALL) {
        new.clear();
    }
    for change in changes {
        let member = match &change {
            PermissionChange::Add(permission) | PermissionChange::Modify(permission) => &permission.member,
            PermissionChange::Remove(member) => member,
        };
        let at = new.iter().position(|permission| permission.member == *member);
        // Everybody and anonymous always have permissions, perhaps none.
        let listed = at.is_some() || !matches!(member, Member::User(_));
        match (change, at) {
            (PermissionChange::Add(_), Some(_)) => {
                return Err(Error::exists("the member has permissions already"));
            }
            (PermissionChange::Modify(_) | PermissionChange::Remove(_), None) if !listed => {
                return Err(Error::not_found("the member has no permissions"));
            }
            (PermissionChange::Add(permission) | PermissionChange::Modify(permission), at) => {
                let before = permissions.iter().find(|before| before.member == permission.member);
                let rights = if options.contains(PermissionOptions::INCLUDE_FREE_BUSY) {
                    permission.rights
                } else {
                    permission.rights & !FREE_BUSY | before.map_or(0, |before| before.rights & FREE_BUSY)
                };
                let permission = Permission { rights, ..permission };
                match at.and_then(|at| new.get_mut(at)) {
                    Some(place) => *place = permission,
                    None => new.push(permission),
                }
            }
            (PermissionChange::Remove(_), at) => at.into_iter().for_each(|at| drop(new.remove(at))),
        }
    }
    Ok(new)
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
