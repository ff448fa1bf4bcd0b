//! A folder's permission rows (MS-OXCPERM): what a change does to them, and their form on disk. Knows neither which
//! rights mean what, nor who is asking.

use super::IndexError;

/// The most members of a folder's list.
pub const MEMBERS_MAX: usize = 1_000;
/// The longest entry id and the longest name of a member, in bytes.
pub const MEMBER_BYTES_MAX: usize = 1_024;
/// frightsFreeBusySimple and frightsFreeBusyDetailed (MS-OXCPERM 2.2.7), which stay as they are unless a change says
/// that it includes them.
const FREE_BUSY: u32 = 0x1800;

/// Whom a row is about (PidTagMemberId, MS-OXCPERM 2.2.5).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Member {
    /// Everyone who has no row of their own: member id 0.
    Default,
    /// Who did not log on: member id -1.
    Anonymous,
    /// A user, by entry id.
    User(Vec<u8>),
}

/// A row of a folder's permission list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionRow {
    /// Whom it is about.
    pub member: Member,
    /// PidTagMemberName.
    pub name: Option<String>,
    /// The bits of PidTagMemberRights (MS-OXCPERM 2.2.7).
    pub rights: u32,
}

/// A change of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermissionEdit {
    /// A new row. The default user and anonymous are always there: for them, the same as `Modify`.
    Add(PermissionRow),
    /// Other rights for a member. A name replaces the name that the row has; none leaves it.
    Modify(PermissionRow),
    /// No row for this user any more. The default user and anonymous lose their rights.
    Remove(Member),
}

/// RopModifyPermissions (MS-OXCPERM 2.2.2): all of it, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionUpdate {
    /// Begin with no rows.
    pub replace_all: bool,
    /// The free/busy bits are meant too; otherwise each row keeps those it has.
    pub include_free_busy: bool,
    /// In this order.
    pub edits: Vec<PermissionEdit>,
}

impl PermissionUpdate {
    /// Checks sizes, before anything is copied or queued.
    pub(super) fn check(&self) -> Result<(), IndexError> {
        super::check_range("edits", self.edits.len(), 0, MEMBERS_MAX)?;
        for edit in &self.edits {
            let (member, name) = match edit {
                PermissionEdit::Add(row) | PermissionEdit::Modify(row) => (&row.member, row.name.as_deref()),
                PermissionEdit::Remove(member) => (member, None),
            };
            if let Member::User(entry_id) = member {
                super::check_range("entry id", entry_id.len(), 1, MEMBER_BYTES_MAX)?;
            }
            super::check_range("member name", name.unwrap_or_default().len(), 0, MEMBER_BYTES_MAX)?;
        }
        Ok(())
    }

    /// The rows after the change.
    pub(super) fn apply(&self, rows: &[PermissionRow]) -> Result<Vec<PermissionRow>, IndexError> {
        let mut changed = if self.replace_all { Vec::new() } else { rows.to_vec() };
        // What a row had before, also one that `replace_all` has cleared.
        let free_busy = |member: &Member| {
            rows.iter().find(|row| row.member == *member).map_or(0, |row| row.rights & FREE_BUSY)
        };
        let rights = |row: &PermissionRow| match self.include_free_busy {
            true => row.rights,
            false => row.rights & !FREE_BUSY | free_busy(&row.member),
        };
        for edit in &self.edits {
            match edit {
                PermissionEdit::Add(row) | PermissionEdit::Modify(row) => {
                    let found = changed.iter_mut().find(|other| other.member == row.member);
                    let is_user = matches!(row.member, Member::User(_));
                    match (found, edit) {
                        (Some(_), PermissionEdit::Add(_)) if is_user => return Err(IndexError::MemberTaken),
                        (None, PermissionEdit::Modify(_)) if is_user => {
                            return Err(IndexError::MemberUnknown);
                        }
                        (Some(other), _) => {
                            other.rights = rights(row);
                            other.name = row.name.clone().or_else(|| other.name.take());
                        }
                        (None, _) => changed.push(PermissionRow { rights: rights(row), ..row.clone() }),
                    }
                }
                PermissionEdit::Remove(member) => {
                    let before = changed.len();
                    changed.retain(|row| row.member != *member);
                    if before == changed.len() && matches!(member, Member::User(_)) {
                        return Err(IndexError::MemberUnknown);
                    }
                }
            }
        }
        super::check_range("members", changed.len(), 0, MEMBERS_MAX)?;
        Ok(changed)
    }
}

const DEFAULT: u8 = 0;
const ANONYMOUS: u8 = 1;
const USER: u8 = 2;

/// The rows of a folder as bytes: each kind, rights, entry id and name, the latter two with their lengths. A name that is
/// there is told from none by one byte before it.
pub(super) fn to_bytes(rows: &[PermissionRow]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in rows {
        let (kind, entry_id) = match &row.member {
            Member::Default => (DEFAULT, &[][..]),
            Member::Anonymous => (ANONYMOUS, &[][..]),
            Member::User(entry_id) => (USER, entry_id.as_slice()),
        };
        bytes.push(kind);
        bytes.extend(row.rights.to_be_bytes());
        put(&mut bytes, entry_id);
        bytes.push(row.name.is_some().into());
        put(&mut bytes, row.name.as_deref().unwrap_or_default().as_bytes());
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    // `check` has seen to it that it fits.
    bytes.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(part);
}

/// The rows in what [`to_bytes`] made.
pub(super) fn from_bytes(mut bytes: &[u8]) -> Result<Vec<PermissionRow>, IndexError> {
    let mut rows = Vec::new();
    while !bytes.is_empty() {
        rows.push(take_row(&mut bytes).ok_or_else(|| {
            IndexError::Corrupt("a row of `permissions` does not have its form".to_owned())
        })?);
    }
    Ok(rows)
}

fn take_row(bytes: &mut &[u8]) -> Option<PermissionRow> {
    let kind = take(bytes, 1)?[0];
    let rights = u32::from_be_bytes(take(bytes, 4)?.try_into().ok()?);
    let entry_id = take_part(bytes)?.to_vec();
    let named = take(bytes, 1)?[0] != 0;
    let name = String::from_utf8(take_part(bytes)?.to_vec()).ok()?;
    let member = match kind {
        DEFAULT => Member::Default,
        ANONYMOUS => Member::Anonymous,
        USER => Member::User(entry_id),
        _ => return None,
    };
    Some(PermissionRow { member, name: named.then_some(name), rights })
}

fn take_part<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let len = u16::from_be_bytes(take(bytes, 2)?.try_into().ok()?);
    take(bytes, len.into())
}

fn take<'b>(bytes: &mut &'b [u8], len: usize) -> Option<&'b [u8]> {
    let (part, rest) = bytes.split_at_checked(len)?;
    *bytes = rest;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(member: Member, rights: u32) -> PermissionRow {
        PermissionRow { member, name: None, rights }
    }

    fn bob() -> Member {
        Member::User(b"bob".to_vec())
    }

    fn update(edits: Vec<PermissionEdit>) -> PermissionUpdate {
        PermissionUpdate { edits, ..PermissionUpdate::default() }
    }

    #[test]
    fn pe_01_rows_are_added_modified_removed_and_replaced() {
        use PermissionEdit::{Add, Modify, Remove};
        let rows = update(vec![Add(row(bob(), 1)), Modify(row(Member::Default, 2))]).apply(&[]).unwrap();
        assert_eq!(rows, [row(bob(), 1), row(Member::Default, 2)]);
        let named = PermissionRow { name: Some("Bob".into()), ..row(bob(), 3) };
        let rows = update(vec![Modify(named.clone())]).apply(&rows).unwrap();
        let rows = update(vec![Modify(row(bob(), 5))]).apply(&rows).unwrap();
        assert_eq!(rows[0], PermissionRow { rights: 5, ..named }, "a name stays until another comes");
        assert!(matches!(update(vec![Add(row(bob(), 1))]).apply(&rows), Err(IndexError::MemberTaken)));
        let eve = Member::User(b"eve".to_vec());
        assert!(matches!(
            update(vec![Modify(row(eve.clone(), 1))]).apply(&rows),
            Err(IndexError::MemberUnknown)
        ));
        assert!(matches!(update(vec![Remove(eve)]).apply(&rows), Err(IndexError::MemberUnknown)));
        let gone = update(vec![Remove(bob()), Remove(Member::Anonymous)]).apply(&rows).unwrap();
        assert_eq!(gone, [row(Member::Default, 2)]);
        let all = PermissionUpdate { replace_all: true, ..update(vec![Add(row(bob(), 8))]) };
        assert_eq!(all.apply(&gone).unwrap(), [row(bob(), 8)]);
    }

    #[test]
    fn free_busy_rights_change_only_where_they_are_included() {
        use PermissionEdit::Modify;
        let before = [row(bob(), 0x0800)];
        let kept = update(vec![Modify(row(bob(), 0x1001))]).apply(&before).unwrap();
        assert_eq!(kept, [row(bob(), 0x0801)]);
        let included =
            PermissionUpdate { include_free_busy: true, ..update(vec![Modify(row(bob(), 0x1001))]) };
        assert_eq!(included.apply(&before).unwrap(), [row(bob(), 0x1001)]);
    }

    #[test]
    fn rows_are_read_back_and_malformed_ones_are_errors() {
        let rows = [
            PermissionRow { name: Some(String::new()), ..row(bob(), u32::MAX) },
            row(Member::Anonymous, 0),
            PermissionRow { name: Some("ü".into()), ..row(Member::User(vec![0; 300]), 1) },
        ];
        let bytes = to_bytes(&rows);
        assert_eq!(from_bytes(&bytes).unwrap(), rows);
        for cut in 1..11 {
            assert!(from_bytes(&bytes[..cut]).is_err(), "{cut}");
        }
        assert!(from_bytes(&[9; 11]).is_err());
    }
}
