//! An owner's mailbox, in memory.

use std::collections::{BTreeMap, HashSet};

use super::{Map, MemoryIndex};
use crate::index::mailbox::{self, BELOW_TRIES, MailboxChange, MailboxRow, MailboxRows, Place};
use crate::index::{Fmid, Globcnt, IndexError, Owner, Uri, take};

/// See the module.
#[derive(Default)]
pub(super) struct Mailbox {
    pub(super) revision: u64,
    head: Vec<u8>,
    rows: BTreeMap<Globcnt, Vec<u8>>,
}

impl MemoryIndex {
    pub(super) fn read_mailbox(&self, owner: &Owner) -> MailboxRows {
        self.read(owner, |map| {
            let row = |(globcnt, details): (&Globcnt, &Vec<u8>)| {
                let live = map.records.get(globcnt).filter(|record| record.deleted.is_none());
                let uri = live.map(|record| record.uri.as_str().to_owned());
                MailboxRow { id: (*globcnt).into(), uri, details: details.clone() }
            };
            let Mailbox { revision, head, rows } = &map.mailbox;
            MailboxRows { revision: *revision, head: head.clone(), rows: rows.iter().map(row).collect() }
        })
    }
}

impl Map {
    pub(super) fn change_mailbox(&mut self, change: &MailboxChange) -> Result<Vec<Fmid>, IndexError> {
        let stored: HashSet<Fmid> = self.mailbox.rows.keys().map(|globcnt| (*globcnt).into()).collect();
        mailbox::check_change(change, self.mailbox.revision, &stored)?;
        if change.is_empty() {
            return Ok(Vec::new());
        }
        let (ids, next_globcnt) = self.place(change, &stored)?;
        self.next_globcnt = next_globcnt;
        for id in change.remove.iter().filter_map(|id| id.globcnt()) {
            self.mailbox.rows.remove(&id);
        }
        for (id, details) in &change.put {
            if let Some(globcnt) = id.globcnt() {
                self.mailbox.rows.insert(globcnt, details.clone());
            }
        }
        for ((globcnt, uri), new) in ids.iter().zip(&change.add) {
            if let Some(uri) = uri {
                self.put_live(*globcnt, uri);
            }
            self.mailbox.rows.insert(*globcnt, new.details.clone());
        }
        if let Some(head) = &change.head {
            self.mailbox.head.clone_from(head);
        }
        self.mailbox.revision += 1;
        Ok(ids.into_iter().map(|(globcnt, _)| globcnt.into()).collect())
    }

    /// Decides the id of every new row, and the URI to register for it, if any; and the counter after that.
    #[expect(clippy::type_complexity, reason = "an id and a URI for each, and a counter")]
    fn place(
        &self,
        change: &MailboxChange,
        stored: &HashSet<Fmid>,
    ) -> Result<(Vec<(Globcnt, Option<Uri>)>, u64), IndexError> {
        let mut next = self.next_globcnt;
        let mut used = stored.clone();
        for id in &change.remove {
            used.remove(id);
        }
        let mut taken: HashSet<String> = HashSet::new();
        let mut placed = Vec::with_capacity(change.add.len());
        for new in &change.add {
            let (globcnt, uri) = match &new.place {
                Place::Nowhere => (take(&mut next, 1, "ids")?, None),
                Place::At(uri) => match self.live.get(uri.identity()) {
                    Some(globcnt) => (*globcnt, None),
                    None => (take(&mut next, 1, "ids")?, Some(uri.clone())),
                },
                Place::Below(container) => self.place_below(container, &mut next, &taken)?,
            };
            if !used.insert(globcnt.into())
                || uri.as_ref().is_some_and(|uri| !taken.insert(uri.identity().to_owned()))
            {
                return Err(IndexError::MailboxChanged);
            }
            placed.push((globcnt, uri));
        }
        Ok((placed, next))
    }

    fn place_below(
        &self,
        container: &Uri,
        next: &mut u64,
        taken: &HashSet<String>,
    ) -> Result<(Globcnt, Option<Uri>), IndexError> {
        for _ in 0..BELOW_TRIES {
            let globcnt = take(next, 1, "ids")?;
            let uri = mailbox::below(container, globcnt.into())?;
            if !self.live.contains_key(uri.identity()) && !taken.contains(uri.identity()) {
                return Ok((globcnt, Some(uri)));
            }
        }
        Err(IndexError::UriTaken(container.clone()))
    }

    /// How many rows have ids that were never allocated.
    pub(super) fn strange_mailbox_rows(&self) -> usize {
        self.mailbox.rows.keys().filter(|globcnt| globcnt.get() >= self.next_globcnt).count()
    }
}
