//! An owner's mailbox: a row about the whole in `mailboxes`, one for each id in `mailbox_rows`.

use std::collections::HashSet;

use super::layout::{self, OwnerNumber, Record};
use super::read::Reader;
use super::view::View;
use super::write::WriteTxn;
use crate::index::mailbox::{self, BELOW_TRIES, MailboxChange, MailboxRow, MailboxRows, Place};
use crate::index::{Fmid, Globcnt, IndexError, Owner, Scope, Uri};

impl<'t> View<'t> {
    /// The revision of a mailbox, and what is kept about the whole; 0 if there is none.
    pub(super) fn mailbox_head(&self, owner: OwnerNumber) -> Result<(u64, &'t [u8]), IndexError> {
        let Some(row) = self.databases.mailboxes.get(self.txn, &owner.to_be_bytes())? else {
            return Ok((0, &[]));
        };
        Ok((u64::from_be_bytes(layout::array(row, 0, "mailboxes")?), &row[8..]))
    }

    /// The rows of a mailbox, in the order of their ids.
    pub(super) fn mailbox_rows(
        &self,
        owner: OwnerNumber,
    ) -> Result<impl Iterator<Item = Result<(Globcnt, &'t [u8]), IndexError>> + use<'t>, IndexError> {
        let rows = self.rows_from(self.databases.mailbox_rows, owner, Globcnt::MIN.get())?;
        Ok(rows.map(|row| {
            let (key, details) = row?;
            Ok((layout::counter(key, 4, "mailbox_rows")?, details))
        }))
    }
}

impl Reader<'_> {
    pub(super) fn mailbox(&self) -> Result<MailboxRows, IndexError> {
        let (revision, head) = self.view.mailbox_head(self.owner)?;
        let rows = self.view.mailbox_rows(self.owner)?.map(|row| {
            let (globcnt, details) = row?;
            let uri = match self.view.record(self.owner, globcnt)? {
                Some(record @ Record::Live { .. }) => Some(self.uri(record)?),
                _ => None,
            };
            Ok(MailboxRow { id: globcnt.into(), uri, details: details.to_vec() })
        });
        Ok(MailboxRows { revision, head: head.to_vec(), rows: rows.collect::<Result<_, IndexError>>()? })
    }
}

impl WriteTxn<'_> {
    /// Does all of the change, and returns the ids of the new rows in their order.
    pub(super) fn change_mailbox(
        &mut self,
        owner: &Owner,
        change: &MailboxChange,
    ) -> Result<Vec<Fmid>, IndexError> {
        let (revision, mut used) = self.check_mailbox_change(owner, change)?;
        if change.is_empty() {
            return Ok(Vec::new());
        }
        // So that the owner has a number from here on.
        let row = self.owner_or_new(owner)?;
        self.put_owner(owner, row)?;
        let rows = self.databases().mailbox_rows;
        let key = |id: Fmid| {
            let globcnt = id.globcnt().ok_or(IndexError::InvalidId(id))?;
            Ok::<_, IndexError>(layout::counter_key(row.number, globcnt))
        };
        for id in &change.remove {
            self.erase(rows, &key(*id)?)?;
        }
        for (id, details) in &change.put {
            self.put(rows, &key(*id)?, details)?;
        }
        let mut ids = Vec::with_capacity(change.add.len());
        for new in &change.add {
            let id = self.place(owner, row.number, &new.place)?;
            if !used.insert(id) {
                return Err(IndexError::MailboxChanged);
            }
            self.insert(rows, &key(id)?, &new.details)?;
            ids.push(id);
        }
        let old = self.view().mailbox_head(row.number)?.1;
        let head = change.head.as_deref().unwrap_or(old);
        let whole = [&(revision + 1).to_be_bytes(), head].concat();
        self.put(self.databases().mailboxes, &row.number.to_be_bytes(), &whole)?;
        Ok(ids)
    }

    /// The revision that there is, and the ids that are in use once the rows to remove are gone.
    fn check_mailbox_change(
        &self,
        owner: &Owner,
        change: &MailboxChange,
    ) -> Result<(u64, HashSet<Fmid>), IndexError> {
        let view = self.view();
        let (mut revision, mut stored) = (0, HashSet::new());
        if let Some(row) = view.owner(owner)? {
            revision = view.mailbox_head(row.number)?.0;
            let ids = view.mailbox_rows(row.number)?.map(|found| Ok(Fmid::from(found?.0)));
            stored = ids.collect::<Result<_, IndexError>>()?;
        }
        mailbox::check_change(change, revision, &stored)?;
        for id in &change.remove {
            stored.remove(id);
        }
        Ok((revision, stored))
    }

    fn place(&mut self, owner: &Owner, number: OwnerNumber, place: &Place) -> Result<Fmid, IndexError> {
        match place {
            Place::Nowhere => self.reserve(owner, 1),
            Place::At(uri) => {
                let ids = self.ensure_ids(&Scope::operator(owner.clone()), std::slice::from_ref(uri))?;
                ids.first().copied().ok_or_else(|| IndexError::Corrupt("no id for one URI".to_owned()))
            }
            Place::Below(container) => self.place_below(owner, number, container),
        }
    }

    fn place_below(
        &mut self,
        owner: &Owner,
        number: OwnerNumber,
        container: &Uri,
    ) -> Result<Fmid, IndexError> {
        for _ in 0..BELOW_TRIES {
            let id = self.reserve(owner, 1)?;
            let uri = mailbox::below(container, id)?;
            if self.view().live(number, &uri)?.is_none() {
                self.add(&Scope::operator(owner.clone()), id, &uri)?;
                return Ok(id);
            }
        }
        Err(IndexError::UriTaken(container.clone()))
    }
}
