//! From what the backends list and what is stored to what is to change: a pure function.
//!
//! Knows no backend, no index and no clock, so that every rule of provisioning can be tested by itself.
//!
//! A slot keeps its folder for as long as its backend offers it, or cannot be asked. It is filled by the first main
//! folder of its role, in the order of registration (PV-02), and without one by a folder of its own in the fallback
//! (PV-03). A folder that a main folder takes the slot from stays mounted as an additional one: what a person put
//! there does not disappear. Only a context that its own backend listed no more is unmounted (PV-05).

pub(super) mod names;
mod offers;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use super::state::{Head, Row, Seat, Stored, StoredRow, to_bytes};
use super::{Language, Slot};
use crate::bindings::mapistore::backend::types::{ContextEntry, Role};
use crate::index::{Fmid, MAILBOX_ROWS_MAX, MailboxChange, NewMailboxRow, Place, URI_BYTES_MAX, Uri};

use names::{Names, clean};
use offers::{Offers, Status};

/// The most folders that a mailbox has by itself. There is room for what loses its slot besides.
const FOLDERS_MAX: usize = MAILBOX_ROWS_MAX - 1_000;
/// What `0x`, 16 digits and a slash add to the fallback's URI.
const BELOW_BYTES: usize = 19;

/// One backend's answer to a listing.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) backend: String,
    pub(super) namespace: String,
    /// None if it did not answer.
    pub(super) contexts: Option<Vec<ContextEntry>>,
}

/// What a plan is made from.
pub(super) struct Input<'a> {
    pub(super) owner: &'a str,
    /// The language to name folders in; none for the one that they have.
    pub(super) language: Option<Language>,
    /// The GUID of a mailbox that does not exist yet.
    pub(super) guid: u128,
    pub(super) stored: &'a Stored,
    /// In the order of registration.
    pub(super) answers: &'a [Answer],
    /// Whether there are backends that could not be loaded.
    pub(super) unloaded: bool,
}

/// A context that a backend lists and that is not mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The backend that lists it.
    pub backend: String,
    /// Its URI.
    pub uri: String,
    /// Why.
    pub reason: String,
}

/// Why there can be no mailbox.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PlanError {
    #[error("no backend offers a main folder for the role `fallback`")]
    NoFallback,
    #[error("a row of the mailbox cannot be written: {0}")]
    Row(String),
    #[error("the URI of the fallback has {bytes} bytes, at most {} are allowed", URI_BYTES_MAX - BELOW_BYTES)]
    FallbackTooLong { bytes: usize },
}

/// What provisioning did, or would do, to one folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What became of it.
    pub what: What,
    /// Its FID; none in a plan, for a folder that does not exist yet.
    pub id: Option<Fmid>,
    /// Its name, afterwards.
    pub name: String,
    /// Its URI, if it has one and it is known.
    pub uri: Option<String>,
}

/// See [`Change`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new in the mailbox.
    Created,
    /// It is not in the mailbox any more. The index still knows its id, should it come back.
    Unmounted,
    /// It has another name.
    Renamed {
        /// What it was called.
        from: String,
    },
    /// It is for something else now.
    Reassigned {
        /// What it was for: a slot, or `additional` and a role.
        from: String,
        /// What it is for.
        to: String,
    },
}

/// A folder, or the free/busy message, as it is to be.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// What is stored of it, by its place in [`Stored::rows`].
    pub(super) old: Option<usize>,
    /// Where it comes from, if nothing is stored of it.
    pub(super) place: Place,
    pub(super) row: Row,
}

/// What is to change.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) head: Head,
    /// The mailbox afterwards: slots in their order, then the others.
    pub(super) targets: Vec<Target>,
    pub(super) change: MailboxChange,
    /// One for each row added, in that order; then the others.
    pub(super) changes: Vec<Change>,
    pub(super) ignored: Vec<Ignored>,
}

pub(super) fn plan(input: &Input<'_>) -> Result<Plan, PlanError> {
    let mut planner = Planner::new(input)?;
    planner.fill_slots();
    planner.keep_others();
    planner.mount_offers();
    planner.place_freebusy();
    planner.name();
    planner.finish()
}

struct Planner<'a> {
    input: &'a Input<'a>,
    language: Language,
    offers: Offers,
    ignored: Vec<Ignored>,
    fallback: Uri,
    /// Stored rows by their URI without its final slash.
    by_identity: HashMap<&'a str, usize>,
    targets: Vec<Target>,
    /// The URIs of targets, without their final slash.
    claimed: HashSet<String>,
}

impl<'a> Planner<'a> {
    fn new(input: &'a Input<'a>) -> Result<Self, PlanError> {
        let mut ignored = Vec::new();
        let offers = Offers::read(input.answers, input.unloaded, &mut ignored);
        let rows = input.stored.rows.iter().enumerate();
        let by_identity = rows.filter_map(|(at, stored)| Some((identity(stored.uri.as_deref()?), at)));
        let stored = input.stored.head.as_ref();
        let fallback = fallback(input.stored, &offers)?;
        Ok(Planner {
            language: input.language.or(stored.map(|head| head.language)).unwrap_or_default(),
            by_identity: by_identity.collect(),
            input,
            offers,
            ignored,
            fallback,
            targets: Vec::new(),
            claimed: HashSet::new(),
        })
    }

    fn stored(&self, at: usize) -> &'a StoredRow {
        &self.input.stored.rows[at]
    }

    fn seated(&self, seat: Seat) -> Option<usize> {
        self.input.stored.rows.iter().position(|stored| stored.row.seat == seat)
    }

    // ------------------------------------------------------------------ slots

    fn fill_slots(&mut self) {
        let stays =
            Slot::ALL.map(|slot| self.seated(Seat::Standard(slot)).filter(|at| self.stays(slot, *at)));
        // Before any is filled anew: nothing may take what stays.
        for at in stays.into_iter().flatten() {
            self.claim_uri(self.stored(at).uri.as_deref());
        }
        for (slot, stays) in Slot::ALL.into_iter().zip(stays) {
            let seat = Seat::Standard(slot);
            match stays {
                Some(at) => self.push(Some(at), Place::Nowhere, seat, String::new()),
                None => match (self.new_place(slot), self.kept_in_fallback(slot)) {
                    (Place::Below(_), Some(at)) => {
                        self.claim_uri(self.stored(at).uri.as_deref());
                        self.push(Some(at), Place::Nowhere, seat, String::new());
                    }
                    (place, _) => self.seat(place, seat),
                },
            }
        }
    }

    /// Whether a slot keeps the folder that it has.
    fn stays(&self, slot: Slot, at: usize) -> bool {
        if has_no_uri(slot) {
            return true;
        }
        let Some(uri) = self.stored(at).uri.as_deref() else { return false };
        if slot == Slot::MailboxRoot {
            return identity(uri) == self.fallback.identity();
        }
        if identity(uri) == self.fallback.identity() {
            return false;
        }
        let in_fallback = uri.starts_with(self.fallback.as_str());
        match (self.offers.status(uri), slot.role()) {
            (Status::Gone, _) => false,
            (Status::Unknown, _) => true,
            (Status::Below, None) => true,
            (Status::Absent, None) => in_fallback,
            (Status::Offered(offer), None) => self.offers.all[offer].role == Role::Fallback,
            (Status::Offered(offer), Some(role)) => {
                let offer = &self.offers.all[offer];
                // The fallback may list what was put into it.
                offer.role == role && offer.main
                    || offer.role == Role::Fallback && in_fallback && self.main_of(role).is_none()
            }
            (Status::Below, Some(role)) => self.main_of(role).is_none(),
            (Status::Absent, Some(role)) => self.main_of(role).is_none() && !self.in_lost_fallback(uri),
        }
    }

    /// Whether a URI lies in what was the fallback, and is no more.
    fn in_lost_fallback(&self, uri: &str) -> bool {
        let root =
            self.seated(Seat::Standard(Slot::MailboxRoot)).and_then(|at| self.stored(at).uri.as_deref());
        root.is_some_and(|root| identity(root) != self.fallback.identity() && uri.starts_with(root))
    }

    /// The first main folder of a role (PV-02).
    fn main_of(&self, role: Role) -> Option<&Uri> {
        let mains = self.offers.all.iter().filter(|offer| offer.main && offer.role == role);
        mains.map(|offer| &offer.uri).find(|uri| !self.claimed.contains(uri.identity()))
    }

    fn new_place(&self, slot: Slot) -> Place {
        if slot == Slot::MailboxRoot {
            return Place::At(self.fallback.clone());
        }
        if has_no_uri(slot) {
            return Place::Nowhere;
        }
        match slot.role().and_then(|role| self.main_of(role)) {
            Some(uri) => Place::At(uri.clone()),
            None => Place::Below(self.fallback.clone()),
        }
    }

    /// The folder that filled a slot from the fallback before, and was kept when a main folder came.
    fn kept_in_fallback(&self, slot: Slot) -> Option<usize> {
        let seat = Seat::Additional(slot.role()?);
        self.input.stored.rows.iter().position(|stored| {
            let in_fallback = |uri: &str| {
                uri.starts_with(self.fallback.as_str())
                    && !self.is_claimed(uri)
                    && matches!(self.offers.status(uri), Status::Below | Status::Unknown)
            };
            stored.row.seat == seat && stored.uri.as_deref().is_some_and(in_fallback)
        })
    }

    // ------------------------------------------------------------------ other folders

    /// Goes through what is stored and has no place yet: additional folders, and those that lost their slot.
    fn keep_others(&mut self) {
        for (at, stored) in self.input.stored.rows.iter().enumerate() {
            let role = match stored.row.seat {
                Seat::Additional(role) => role,
                // What the system keeps for itself is nothing to look at.
                Seat::Standard(slot) => match slot.role() {
                    Some(role) => role,
                    None => continue,
                },
                Seat::LocalFreebusy => continue,
            };
            let Some(uri) = stored.uri.as_deref().filter(|uri| !self.is_claimed(uri)) else { continue };
            let (role, base) = match self.offers.status(uri) {
                Status::Gone => continue,
                Status::Offered(offer) if self.offers.all[offer].role != Role::Fallback => {
                    let offer = &self.offers.all[offer];
                    (offer.role, offer.name.clone())
                }
                _ => (role, stored.row.base.clone()),
            };
            self.claim_uri(Some(uri));
            self.push(Some(at), Place::Nowhere, Seat::Additional(role), base);
        }
    }

    /// Mounts the additional folders that are new.
    fn mount_offers(&mut self) {
        for at in 0..self.offers.all.len() {
            let offer = self.offers.all[at].clone();
            if self.is_claimed(offer.uri.as_str()) || (offer.role == Role::Fallback && !offer.main) {
                continue;
            }
            let reason = if offer.main {
                format!("another is the main folder of the role `{}`", super::role_name(offer.role))
            } else if self.targets.len() >= FOLDERS_MAX {
                format!("the mailbox has {FOLDERS_MAX} folders already, and no more are mounted")
            } else {
                self.claim_uri(Some(offer.uri.as_str()));
                self.push(None, Place::At(offer.uri), Seat::Additional(offer.role), offer.name);
                continue;
            };
            self.ignored.push(Ignored { backend: offer.backend, uri: offer.uri.into(), reason });
        }
    }

    fn place_freebusy(&mut self) {
        let data = Seat::Standard(Slot::FreebusyData);
        let folder_is_new = self.targets.iter().any(|target| target.row.seat == data && target.old.is_none());
        // The message is in the folder: another folder has none yet.
        let old = self.seated(Seat::LocalFreebusy).filter(|_| !folder_is_new);
        self.push(old, Place::Nowhere, Seat::LocalFreebusy, "LocalFreebusy".into());
    }

    // ------------------------------------------------------------------ targets

    fn is_claimed(&self, uri: &str) -> bool {
        self.claimed.contains(identity(uri))
    }

    fn claim_uri(&mut self, uri: Option<&str>) {
        self.claimed.extend(uri.map(|uri| identity(uri).to_owned()));
    }

    /// Gives a place a seat: if the place is a URI that is stored, the folder there changes its seat.
    fn seat(&mut self, place: Place, seat: Seat) {
        let mut old = None;
        if let Place::At(uri) = &place {
            old = self.by_identity.get(uri.identity()).copied();
            self.claimed.insert(uri.identity().to_owned());
        }
        self.push(old, place, seat, String::new());
    }

    fn push(&mut self, old: Option<usize>, place: Place, seat: Seat, base: String) {
        let base = match seat {
            Seat::Standard(slot) => clean(&self.language.folder_name(slot, self.input.owner)),
            Seat::Additional(role) if base.is_empty() => {
                let slot = Slot::ALL.into_iter().find(|slot| slot.role() == Some(role));
                self.language.folder_name(slot.unwrap_or(Slot::Inbox), "")
            }
            Seat::Additional(_) | Seat::LocalFreebusy => base,
        };
        let row = match old.map(|at| &self.stored(at).row) {
            Some(row) => Row { seat, base, ..row.clone() },
            None => {
                // There is nothing to open where there is no URI; the message is made later.
                let initialised = place == Place::Nowhere && seat != Seat::LocalFreebusy;
                Row { seat, name: String::new(), base, renamed: false, initialised }
            }
        };
        self.targets.push(Target { old, place, row });
    }

    // ------------------------------------------------------------------ names

    /// Makes names unique among siblings. Those that folders have come first, so that a second run changes none
    /// (PV-04); before them the user's own; and what every mailbox has before what backends add.
    fn name(&mut self) {
        let rank = |target: &Target| {
            let kept = target.old.is_some_and(|at| {
                let row = &self.input.stored.rows[at].row;
                row.base == target.row.base
            });
            let additional = matches!(target.row.seat, Seat::Additional(_));
            (!target.row.renamed, additional, !kept)
        };
        let mut order: Vec<_> =
            self.targets.iter().enumerate().map(|(at, target)| (rank(target), at)).collect();
        order.sort_unstable();
        let mut names: HashMap<Option<Slot>, Names> = HashMap::new();
        for ((ours, _, changed), at) in order {
            let target = &mut self.targets[at];
            let siblings = names.entry(target.row.seat.parent()).or_default();
            let keeps = (!ours || !changed) && siblings.claim(&target.row.name);
            if !keeps {
                // Of two that a user gave the same name in two folders which are one now, the second gives way.
                let wanted = if ours { &target.row.base } else { &target.row.name };
                target.row.name = siblings.unique(wanted);
            }
        }
    }

    // ------------------------------------------------------------------ the result

    fn finish(self) -> Result<Plan, PlanError> {
        let stored = self.input.stored;
        let guid = stored.head.as_ref().map_or(self.input.guid, Head::guid);
        let head = Head::new(self.language, guid);
        let mut change = MailboxChange { revision: stored.revision, ..MailboxChange::default() };
        if stored.head.as_ref() != Some(&head) {
            change.head = Some(bytes(&head)?);
        }
        let (mut created, mut others) = (Vec::new(), Vec::new());
        let mut kept = HashSet::new();
        for target in &self.targets {
            let details = bytes(&target.row)?;
            let Some(at) = target.old else {
                change.add.push(NewMailboxRow { place: target.place.clone(), details });
                let uri = match &target.place {
                    Place::At(uri) => Some(uri.as_str().to_owned()),
                    Place::Below(_) | Place::Nowhere => None,
                };
                created.push(Change { what: What::Created, id: None, name: target.row.name.clone(), uri });
                continue;
            };
            kept.insert(at);
            let old = self.stored(at);
            if old.row != target.row {
                change.put.push((old.id, details));
                others.extend(differences(old, &target.row));
            }
        }
        for (at, old) in stored.rows.iter().enumerate().filter(|(at, _)| !kept.contains(at)) {
            change.remove.push(self.stored(at).id);
            let (name, uri) = (old.row.name.clone(), old.uri.clone());
            others.push(Change { what: What::Unmounted, id: Some(old.id), name, uri });
        }
        created.extend(others);
        Ok(Plan { head, targets: self.targets, change, changes: created, ignored: self.ignored })
    }
}

fn bytes(value: &impl serde::Serialize) -> Result<Vec<u8>, PlanError> {
    to_bytes(value).map_err(|error| PlanError::Row(error.to_string()))
}

fn differences(old: &StoredRow, new: &Row) -> Vec<Change> {
    let mut found = Vec::new();
    let mut differs = |what| {
        let (name, uri) = (new.name.clone(), old.uri.clone());
        found.push(Change { what, id: Some(old.id), name, uri });
    };
    if old.row.seat != new.seat {
        differs(What::Reassigned { from: seat_name(old.row.seat), to: seat_name(new.seat) });
    }
    if old.row.name != new.name {
        differs(What::Renamed { from: old.row.name.clone() });
    }
    found
}

fn seat_name(seat: Seat) -> String {
    match seat {
        Seat::Standard(slot) => slot.name().to_owned(),
        Seat::Additional(role) => format!("additional {}", super::role_name(role)),
        Seat::LocalFreebusy => "local-freebusy".to_owned(),
    }
}

/// The main folder of the role `fallback`: the one that is in use, as long as it may be there.
fn fallback(stored: &Stored, offers: &Offers) -> Result<Uri, PlanError> {
    let root = stored.rows.iter().find(|row| row.row.seat == Seat::Standard(Slot::MailboxRoot));
    let in_use = root.and_then(|row| row.uri.as_deref()).filter(|uri| match offers.status(uri) {
        Status::Offered(offer) => offers.all[offer].role == Role::Fallback && offers.all[offer].main,
        Status::Unknown => true,
        Status::Below | Status::Absent | Status::Gone => false,
    });
    let in_use = in_use.and_then(|uri| Uri::parse(uri).ok());
    let mut mains = offers.all.iter().filter(|offer| offer.main && offer.role == Role::Fallback);
    let uri = in_use.or_else(|| mains.next().map(|offer| offer.uri.clone())).ok_or(PlanError::NoFallback)?;
    let bytes = uri.as_str().len();
    if bytes > URI_BYTES_MAX - BELOW_BYTES { Err(PlanError::FallbackTooLong { bytes }) } else { Ok(uri) }
}

fn has_no_uri(slot: Slot) -> bool {
    slot.folder_type() == super::FolderType::Search
}

/// A URI without its final slash: what the index compares.
fn identity(uri: &str) -> &str {
    uri.strip_suffix('/').unwrap_or(uri)
}
