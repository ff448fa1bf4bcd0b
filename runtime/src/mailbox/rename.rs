//! A user's own names for folders of the mailbox. Provisioning leaves them alone from then on.

use std::sync::Arc;

use super::Slot;
use super::plan::names::{self, NAME_CHARS_MAX};
use super::state::{Seat, Stored, to_bytes};
use crate::index::{Fmid, Index, IndexError, MailboxChange, Owner};
use crate::runtime::Runtime;

/// Why a folder of a mailbox keeps its name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RenameError {
    /// The mailbox has no such folder, or it is the root.
    #[error("the mailbox of `{owner}` has no folder `{id}` that can be renamed")]
    NotFound {
        /// Whose mailbox it is.
        owner: String,
        /// What was asked for.
        id: Fmid,
    },
    /// The name is empty, too long, or has control characters or blanks around it.
    #[error(
        "`{}` is not the name of a folder: 1 to {NAME_CHARS_MAX} characters are allowed, without control \
         characters and without blanks around them", name.escape_debug()
    )]
    InvalidName {
        /// What was asked for.
        name: String,
    },
    /// Another folder beside it has the name; upper and lower case are the same.
    #[error("there is a folder `{name}` beside it already")]
    NameTaken {
        /// What was asked for.
        name: String,
    },
    /// The index failed.
    #[error("the mailbox of `{owner}` cannot be read or changed")]
    Index {
        /// Whose mailbox it is.
        owner: String,
        /// Why.
        source: IndexError,
    },
    /// The host failed: a defect, or a machine out of resources.
    #[error("the host failed at the mailbox of `{owner}`")]
    Host {
        /// Whose mailbox it is.
        owner: String,
    },
}

impl Runtime {
    /// Gives a folder of a mailbox a name of the user's own. The name that provisioning gave it takes that back.
    ///
    /// # Errors
    /// There is no such folder; the name is not valid, or taken; the index failed.
    pub async fn rename_mailbox_folder(&self, user: &str, id: Fmid, name: &str) -> Result<(), RenameError> {
        let owner = user.to_owned();
        let index = Arc::clone(self.index());
        let (of, name) = (owner.clone(), name.to_owned());
        let renamed = self.on_worker(move || rename(&*index, &of, id, &name)).await;
        renamed.unwrap_or(Err(RenameError::Host { owner }))
    }
}

fn rename(index: &dyn Index, user: &str, id: Fmid, name: &str) -> Result<(), RenameError> {
    if name.is_empty() || names::clean(name) != name {
        return Err(RenameError::InvalidName { name: name.to_owned() });
    }
    let failed = |source| RenameError::Index { owner: user.to_owned(), source };
    let owner = Owner::parse(user).map_err(failed)?;
    loop {
        let stored = Stored::read(index.mailbox(&owner).map_err(failed)?).map_err(failed)?;
        let can_be = |seat| !matches!(seat, Seat::LocalFreebusy | Seat::Standard(Slot::MailboxRoot));
        let found = stored.rows.iter().find(|found| found.id == id && can_be(found.row.seat));
        let Some(found) = found else {
            return Err(RenameError::NotFound { owner: user.to_owned(), id });
        };
        let parent = found.row.seat.parent();
        let taken = stored.rows.iter().any(|other| {
            let beside = other.id != id && other.row.seat.parent() == parent;
            beside && names::identity(&other.row.name) == names::identity(name)
        });
        if taken {
            return Err(RenameError::NameTaken { name: name.to_owned() });
        }
        let mut row = found.row.clone();
        row.renamed = row.base != name;
        name.clone_into(&mut row.name);
        let details = to_bytes(&row).map_err(failed)?;
        let put = if row == found.row { Vec::new() } else { vec![(id, details)] };
        let change = MailboxChange { revision: stored.revision, put, ..MailboxChange::default() };
        match index.change_mailbox(&owner, &change) {
            Ok(_) => return Ok(()),
            // Each round that ends here is one in which another came to its end.
            Err(IndexError::MailboxChanged) => {}
            Err(error) => return Err(failed(error)),
        }
    }
}
