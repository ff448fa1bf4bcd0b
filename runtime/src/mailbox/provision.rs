//! Provisioning at logon: ask the backends, decide, change the mailbox in one transaction, open what is new.
//!
//! What touches the index is here as functions over the trait, so that every fault of it can be tried.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use super::plan::{self, Answer, Change, Input, Plan, PlanError, What};
use super::state::{Seat, Stored, to_bytes};
use super::{
    Ignored, Language, Mailbox, MailboxError, PlannedFolder, ProvisionPlan, Provisioned, Unanswered,
    initialise,
};
use crate::context::Connection;
use crate::index::{Fmid, Index, IndexError, MailboxChange, Owner, Place};
use crate::runtime::Runtime;

/// How often a change is planned anew because somebody else changed the mailbox meanwhile.
const TRIES: usize = 8;

/// What a provisioning is asked for, and what the backends answered.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) language: Option<Language>,
    pub(super) guid: u128,
    pub(super) answers: Vec<Answer>,
    pub(super) unloaded: bool,
}

/// A mailbox after the transaction.
#[derive(Debug)]
pub(super) struct Committed {
    pub(super) stored: Stored,
    pub(super) changes: Vec<Change>,
    pub(super) ignored: Vec<Ignored>,
}

/// Why there was no transaction.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommitError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl Runtime {
    /// Makes a user's mailbox what the backends' listings say: at every logon (MS-OXCSTOR 3.2.5.1). All changes are one
    /// transaction; if nothing has changed, nothing is written (PV-04). Then each folder that is new is opened once.
    /// `language` is what folders are to be named in; without one, what they are named in, or English.
    ///
    /// # Errors
    /// No backend offers a main folder for the fallback (PV-01); the user's name is not valid; the index failed.
    pub async fn provision(
        &self,
        user: &str,
        language: Option<Language>,
    ) -> Result<Provisioned, MailboxError> {
        let (index, owner) = (Arc::clone(self.index()), owner(user)?);
        let _turn = self.turns().take(user).await;
        let (request, unanswered) = self.request(user, language).await?;
        let committed = self
            .on_worker({
                let owner = owner.clone();
                move || commit(&*index, &owner, &request)
            })
            .await;
        let (Committed { mut stored, changes, ignored }, unanswered) = settle(user, committed, unanswered)?;
        let (opened, uninitialised) = initialise::initialise(self, &Connection::of(user), &stored).await;
        if !opened.is_empty() {
            let (index, opened) = (Arc::clone(self.index()), opened.clone());
            let noted = self.on_worker(move || note_initialised(&*index, &owner, &opened)).await;
            if !matches!(noted, Some(Ok(()))) {
                // The mailbox is complete; the next run opens these folders once more.
                tracing::warn!(user, ?noted, "it could not be noted which folders were opened");
            }
        }
        for found in &mut stored.rows {
            found.row.initialised |= opened.contains(&found.id);
        }
        match Mailbox::read(user, &stored) {
            Some(mailbox) => Ok(Provisioned { mailbox, changes, ignored, unanswered, uninitialised }),
            None => Err(MailboxError::Host { owner: user.to_owned() }),
        }
    }

    /// Says what [`provision`](Self::provision) would do, and does nothing.
    ///
    /// # Errors
    /// As [`provision`](Self::provision).
    pub async fn plan_provision(
        &self,
        user: &str,
        language: Option<Language>,
    ) -> Result<ProvisionPlan, MailboxError> {
        let (index, owner) = (Arc::clone(self.index()), owner(user)?);
        let (request, unanswered) = self.request(user, language).await?;
        let planned = self.on_worker(move || {
            let stored = Stored::read(index.mailbox(&owner)?)?;
            let plan = decide(&owner, &stored, &request)?;
            Ok((stored, plan))
        });
        let ((stored, plan), unanswered) = settle(user, planned.await, unanswered)?;
        let folders = plan.targets.iter().filter_map(|target| planned_folder(&stored, target)).collect();
        let Plan { head, changes, ignored, .. } = plan;
        Ok(ProvisionPlan { folders, language: head.language, changes, ignored, unanswered })
    }

    /// A user's mailbox as it is stored; none if it was never provisioned. No backend is asked.
    ///
    /// # Errors
    /// The user's name is not valid; the index failed.
    pub async fn mailbox(&self, user: &str) -> Result<Option<Mailbox>, MailboxError> {
        let (index, owner) = (Arc::clone(self.index()), owner(user)?);
        let stored = self.on_worker(move || Stored::read(index.mailbox(&owner)?)).await;
        match stored {
            Some(Ok(stored)) => Ok(Mailbox::read(user, &stored)),
            Some(Err(source)) => Err(MailboxError::Index { owner: user.to_owned(), source }),
            None => Err(MailboxError::Host { owner: user.to_owned() }),
        }
    }

    /// Asks every backend for the user's contexts.
    async fn request(
        &self,
        user: &str,
        language: Option<Language>,
    ) -> Result<(Request, Vec<Unanswered>), MailboxError> {
        let random = |error: getrandom::Error| MailboxError::Random {
            owner: user.to_owned(),
            problem: error.to_string(),
        };
        let mut guid = [0; 16];
        getrandom::fill(&mut guid).map_err(random)?;
        // Version 4, variant 1 (RFC 9562 5.4).
        guid[6] = guid[6] & 0x0F | 0x40;
        guid[8] = guid[8] & 0x3F | 0x80;
        let records = self.backends();
        let (mut answers, mut unanswered) = (Vec::new(), Vec::new());
        for listing in self.list_contexts(user).await {
            // One that was registered meanwhile is asked at the next logon.
            let Some(record) = records.iter().find(|record| record.name == listing.backend) else { continue };
            let contexts = match listing.contexts {
                Ok(contexts) => Some(contexts),
                Err(error) => {
                    unanswered.push(Unanswered { backend: listing.backend.clone(), error });
                    None
                }
            };
            answers.push(Answer { backend: listing.backend, namespace: record.namespace.clone(), contexts });
        }
        let unloaded = !self.load_failures().is_empty();
        Ok((Request { language, guid: u128::from_be_bytes(guid), answers, unloaded }, unanswered))
    }
}

fn owner(user: &str) -> Result<Owner, MailboxError> {
    Owner::parse(user).map_err(|source| MailboxError::Index { owner: user.to_owned(), source })
}

/// Turns what a worker answered into what the caller is told.
fn settle<T>(
    user: &str,
    answer: Option<Result<T, CommitError>>,
    unanswered: Vec<Unanswered>,
) -> Result<(T, Vec<Unanswered>), MailboxError> {
    let owner = user.to_owned();
    match answer {
        Some(Ok(done)) => Ok((done, unanswered)),
        Some(Err(CommitError::Plan(problem))) => {
            Err(MailboxError::NoFallback { owner, problem: problem.to_string(), unanswered })
        }
        Some(Err(CommitError::Index(source))) => Err(MailboxError::Index { owner, source }),
        None => Err(MailboxError::Host { owner }),
    }
}

fn decide(owner: &Owner, stored: &Stored, request: &Request) -> Result<Plan, PlanError> {
    plan::plan(&Input {
        owner: owner.as_str(),
        language: request.language,
        guid: request.guid,
        stored,
        answers: &request.answers,
        unloaded: request.unloaded,
    })
}

/// Plans and changes the mailbox: all in one transaction, or nothing (PV-06).
pub(super) fn commit(index: &dyn Index, owner: &Owner, request: &Request) -> Result<Committed, CommitError> {
    for _ in 0..TRIES {
        let stored = Stored::read(index.mailbox(owner)?)?;
        let Plan { change, mut changes, ignored, .. } = decide(owner, &stored, request)?;
        if change.is_empty() {
            return Ok(Committed { stored, changes, ignored });
        }
        let ids = match index.change_mailbox(owner, &change) {
            Ok(ids) => ids,
            Err(IndexError::MailboxChanged) => continue,
            Err(error) => return Err(error.into()),
        };
        let stored = Stored::read(index.mailbox(owner)?)?;
        let created = changes.iter_mut().filter(|change| change.what == What::Created);
        for (change, id) in created.zip(ids) {
            change.id = Some(id);
            let row = stored.rows.iter().find(|found| found.id == id);
            change.uri = row.and_then(|found| found.uri.clone());
        }
        return Ok(Committed { stored, changes, ignored });
    }
    Err(IndexError::MailboxChanged.into())
}

/// Notes that folders were opened once.
pub(super) fn note_initialised(
    index: &dyn Index,
    owner: &Owner,
    opened: &HashSet<Fmid>,
) -> Result<(), IndexError> {
    for _ in 0..TRIES {
        let stored = Stored::read(index.mailbox(owner)?)?;
        let mut change = MailboxChange { revision: stored.revision, ..MailboxChange::default() };
        for mut found in stored.rows {
            if !found.row.initialised && opened.contains(&found.id) {
                found.row.initialised = true;
                change.put.push((found.id, to_bytes(&found.row)?));
            }
        }
        match index.change_mailbox(owner, &change) {
            Ok(_) => return Ok(()),
            Err(IndexError::MailboxChanged) => {}
            Err(error) => return Err(error),
        }
    }
    Err(IndexError::MailboxChanged)
}

fn planned_folder(stored: &Stored, target: &plan::Target) -> Option<PlannedFolder> {
    let (slot, role) = match target.row.seat {
        Seat::Standard(slot) => (Some(slot), slot.role()),
        Seat::Additional(role) => (None, Some(role)),
        Seat::LocalFreebusy => return None,
    };
    let old = target.old.map(|at| &stored.rows[at]);
    let uri = match (&target.place, old) {
        (_, Some(old)) => old.uri.clone(),
        (Place::At(uri), None) => Some(uri.as_str().to_owned()),
        (Place::Below(_) | Place::Nowhere, None) => None,
    };
    Some(PlannedFolder { id: old.map(|old| old.id), slot, role, name: target.row.name.clone(), uri })
}
