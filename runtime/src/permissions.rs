//! Rights in a folder (MS-OXCPERM 2.2.7): their bits, whose they are, and a folder's list where the host keeps it.
//! Knows rows; does not know calls (`context/guard` does).

use crate::bindings::mapistore::backend::types;
use crate::index::{Member, PermissionEdit, PermissionRow, PermissionUpdate};

/// The bits of PidTagMemberRights (MS-OXCPERM 2.2.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rights(pub u32);

/// Names each bit once.
macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        impl Rights {
            $($(#[$doc])* pub const $name: Rights = Rights($bit);)*

            /// The name of the lowest bit, such as `read-any`; `none` without one.
            pub fn name(self) -> &'static str {
                match self.0 & self.0.wrapping_neg() { $($bit => $text,)* _ => "none" }
            }
        }
    };
}

rights! {
    /// Read every message.
    READ_ANY = 0x1, "read-any";
    /// Create messages.
    CREATE = 0x2, "create";
    /// Change messages that one made.
    EDIT_OWNED = 0x8, "edit-owned";
    /// Delete messages that one made.
    DELETE_OWNED = 0x10, "delete-owned";
    /// Change every message.
    EDIT_ANY = 0x20, "edit-any";
    /// Delete every message.
    DELETE_ANY = 0x40, "delete-any";
    /// Create sub-folders.
    CREATE_SUBFOLDER = 0x80, "create-subfolder";
    /// Change the folder's properties and permissions, delete and move it.
    OWNER = 0x100, "owner";
    /// Be told of what goes on in it.
    CONTACT = 0x200, "contact";
    /// See and open it.
    VISIBLE = 0x400, "visible";
    /// See when its owner is busy.
    FREE_BUSY_SIMPLE = 0x800, "free-busy-simple";
    /// See with what.
    FREE_BUSY_DETAILED = 0x1000, "free-busy-detailed";
}

impl Rights {
    /// Every right that there is.
    pub const ALL: Rights = Rights(0x1FFB);

    /// Whether all of these are among them. An owner sees the folder.
    pub fn contains(self, needed: Rights) -> bool {
        let implied = if self.0 & Self::OWNER.0 != 0 { Self::VISIBLE.0 } else { 0 };
        (self.0 | implied) & needed.0 == needed.0
    }
}

/// The rights of a user: those of the row that names them, else the default user's. Who has no name is anonymous.
pub(crate) fn rights_of(username: &str, rows: &[types::Permission]) -> Rights {
    let of = |member: &dyn Fn(&types::Member) -> bool| {
        rows.iter().find(|row| member(&row.member)).map(|row| Rights(row.rights))
    };
    if username.is_empty() {
        return of(&|member| matches!(member, types::Member::Anonymous)).unwrap_or_default();
    }
    of(&|member| matches!(member, types::Member::User(entry_id) if names(entry_id, username)))
        .or_else(|| of(&|member| matches!(member, types::Member::DefaultUser)))
        .unwrap_or_default()
}

/// muidEMSAB, the provider of address book entry ids (MS-OXCDATA 2.2.5.2).
const ADDRESS_BOOK: [u8; 16] =
    [0xDC, 0xA7, 0x40, 0xC8, 0xC0, 0x42, 0x10, 0x1A, 0xB4, 0xB9, 0x08, 0x00, 0x2B, 0x2F, 0xE1, 0x82];

/// Whether an entry id is this user's: the account name itself, or a permanent entry id of the address book (MS-OXCDATA
/// 2.2.5.2) whose X500 name ends in `/cn=ACCOUNT`.
fn names(entry_id: &[u8], username: &str) -> bool {
    if entry_id == username.as_bytes() {
        return true;
    }
    // Flags, provider, version and type, then the name and a zero.
    if entry_id.get(4..20) != Some(&ADDRESS_BOOK[..]) {
        return false;
    }
    let name = entry_id.get(28..).and_then(|name| name.strip_suffix(&[0])).unwrap_or_default();
    let account = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let is_cn = account.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"cn="));
    is_cn && account[3..].eq_ignore_ascii_case(username.as_bytes())
}

/// The list of a folder as a caller gets it: the default user and anonymous are always in it (MS-OXCPERM 2.2.5).
pub(crate) fn from_index(rows: Vec<PermissionRow>) -> Vec<types::Permission> {
    let missing = [Member::Default, Member::Anonymous]
        .into_iter()
        .filter(|member| !rows.iter().any(|row| row.member == *member))
        .map(|member| PermissionRow { member, name: None, rights: 0 })
        .collect::<Vec<_>>();
    let all = missing.into_iter().chain(rows);
    all.map(|row| types::Permission {
        member: match row.member {
            Member::Default => types::Member::DefaultUser,
            Member::Anonymous => types::Member::Anonymous,
            Member::User(entry_id) => types::Member::User(entry_id),
        },
        name: row.name,
        rights: row.rights,
    })
    .collect()
}

/// A caller's change as the index takes it.
pub(crate) fn to_index(
    options: types::PermissionOptions,
    changes: Vec<types::PermissionChange>,
) -> PermissionUpdate {
    let member = |member| match member {
        types::Member::DefaultUser => Member::Default,
        types::Member::Anonymous => Member::Anonymous,
        types::Member::User(entry_id) => Member::User(entry_id),
    };
    let row = |row: types::Permission| PermissionRow {
        member: member(row.member),
        name: row.name,
        rights: row.rights & Rights::ALL.0,
    };
    let edit = |change| match change {
        types::PermissionChange::Add(added) => PermissionEdit::Add(row(added)),
        types::PermissionChange::Modify(modified) => PermissionEdit::Modify(row(modified)),
        types::PermissionChange::Remove(removed) => PermissionEdit::Remove(member(removed)),
    };
    PermissionUpdate {
        replace_all: options.contains(types::PermissionOptions::REPLACE_ALL),
        include_free_busy: options.contains(types::PermissionOptions::INCLUDE_FREE_BUSY),
        edits: changes.into_iter().map(edit).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(member: types::Member, rights: u32) -> types::Permission {
        types::Permission { member, name: None, rights }
    }

    fn address_book_id(name: &str) -> Vec<u8> {
        [&[0; 4], &ADDRESS_BOOK[..], &[1, 0, 0, 0, 0, 0, 0, 0], name.as_bytes(), &[0]].concat()
    }

    #[test]
    fn pe_01_a_users_own_row_wins_over_the_default_and_nobody_is_anonymous() {
        let rows = [
            row(types::Member::DefaultUser, 0x400),
            row(types::Member::Anonymous, 0x1),
            row(types::Member::User(b"bob".to_vec()), 0),
            row(types::Member::User(address_book_id("/o=org/ou=x/cn=Recipients/cn=Eve")), 0x2),
        ];
        assert_eq!(rights_of("carol", &rows), Rights::VISIBLE);
        assert_eq!(rights_of("bob", &rows), Rights(0));
        assert_eq!(rights_of("eve", &rows), Rights::CREATE);
        assert_eq!(rights_of("", &rows), Rights::READ_ANY);
        assert_eq!(rights_of("", &[]), Rights(0));
    }

    #[test]
    fn no_other_entry_id_names_a_user() {
        for id in [&b""[..], b"bo", b"bobby", &address_book_id("/cn=bobby"), &address_book_id("bob")] {
            assert!(!names(id, "bob"), "{id:?}");
        }
        assert!(!names(&address_book_id("/cn=bob")[..24], "bob"));
    }

    #[test]
    fn the_default_user_and_anonymous_are_always_in_the_list() {
        let listed = from_index(vec![PermissionRow { member: Member::Anonymous, name: None, rights: 1 }]);
        assert_eq!(listed.iter().map(|row| row.rights).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn rights_have_their_names_and_an_owner_sees_the_folder() {
        assert_eq!(Rights::CREATE_SUBFOLDER.name(), "create-subfolder");
        assert_eq!(Rights(0).name(), "none");
        assert!(Rights::OWNER.contains(Rights::VISIBLE) && !Rights::OWNER.contains(Rights::READ_ANY));
    }
}
