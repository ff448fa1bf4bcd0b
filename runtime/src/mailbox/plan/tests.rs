//! The rules of provisioning, each by itself: no backend, no index. The plan is applied by hand.

mod random;

use super::*;
use crate::index::Globcnt;

fn entry(url: &str, role: Role, name: &str, main_folder: bool) -> ContextEntry {
    ContextEntry { url: url.into(), name: name.into(), main_folder, role, tag: None }
}

fn main(url: &str, role: Role) -> ContextEntry {
    entry(url, role, "listed name", true)
}

fn answer(namespace: &str, contexts: Vec<ContextEntry>) -> Answer {
    Answer { backend: format!("the-{namespace}"), namespace: namespace.into(), contexts: Some(contexts) }
}

fn silent(namespace: &str) -> Answer {
    Answer { contexts: None, ..answer(namespace, Vec::new()) }
}

fn fallback_only() -> Answer {
    answer("fb", vec![main("fb://a/", Role::Fallback)])
}

/// A user's mailbox through several logons.
#[derive(Default)]
struct User {
    stored: Stored,
    next: u64,
    language: Option<Language>,
}

impl User {
    fn plan(&self, answers: &[Answer]) -> Result<Plan, PlanError> {
        let input = Input {
            owner: "alice",
            language: self.language,
            guid: 7,
            stored: &self.stored,
            answers,
            unloaded: false,
        };
        plan(&input)
    }

    /// Does what the index does.
    fn logon(&mut self, answers: &[Answer]) -> Plan {
        let plan = self.plan(answers).unwrap();
        let old = std::mem::take(&mut self.stored);
        let changed = !plan.change.is_empty();
        self.stored = Stored {
            revision: old.revision + u64::from(changed),
            head: Some(plan.head.clone()),
            rows: Vec::new(),
        };
        for target in &plan.targets {
            let (id, uri) = match target.old {
                Some(at) => (old.rows[at].id, old.rows[at].uri.clone()),
                None => {
                    self.next += 1;
                    let id = Fmid::from(Globcnt::new(self.next).unwrap());
                    let uri = match &target.place {
                        Place::At(uri) => Some(uri.as_str().to_owned()),
                        Place::Below(container) => Some(format!("{container}{id}/")),
                        Place::Nowhere => None,
                    };
                    (id, uri)
                }
            };
            self.stored.rows.push(StoredRow { id, uri, row: target.row.clone() });
        }
        self.stored.rows.sort_by_key(|found| found.id);
        let again = self.plan(answers).unwrap();
        assert!(again.change.is_empty(), "PV-04: {:?}", again.changes);
        assert_eq!(again.changes, []);
        plan
    }

    fn slot(&self, slot: Slot) -> &StoredRow {
        self.stored.rows.iter().find(|found| found.row.seat == Seat::Standard(slot)).unwrap()
    }

    fn at(&self, uri: &str) -> Option<&StoredRow> {
        self.stored.rows.iter().find(|found| found.uri.as_deref() == Some(uri))
    }

    fn uri(&self, slot: Slot) -> &str {
        self.slot(slot).uri.as_deref().unwrap_or_default()
    }

    /// The names of additional folders, in order.
    fn additional(&self) -> Vec<&str> {
        let mut names: Vec<_> = self
            .stored
            .rows
            .iter()
            .filter(|found| matches!(found.row.seat, Seat::Additional(_)))
            .map(|found| found.row.name.as_str())
            .collect();
        names.sort_unstable();
        names
    }

    fn rename(&mut self, uri: &str, name: &str) {
        let found = self.stored.rows.iter_mut().find(|found| found.uri.as_deref() == Some(uri)).unwrap();
        found.row.name = name.into();
        found.row.renamed = true;
    }
}

#[test]
fn pv_01_without_a_main_fallback_there_is_no_mailbox() {
    let user = User::default();
    let mail = answer("mail", vec![main("mail://a/", Role::Mail)]);
    let second = answer("fb", vec![entry("fb://a/", Role::Fallback, "x", false)]);
    for answers in [vec![], vec![mail.clone()], vec![mail.clone(), second], vec![mail, silent("fb")]] {
        assert_eq!(user.plan(&answers).unwrap_err(), PlanError::NoFallback);
    }
    let long = answer("fb", vec![main(&format!("fb://{}/", "x".repeat(4_090)), Role::Fallback)]);
    assert_eq!(user.plan(&[long]).unwrap_err(), PlanError::FallbackTooLong { bytes: 4_096 });
}

#[test]
fn pv_01_a_mailbox_that_exists_outlives_a_fallback_that_does_not_answer() {
    let mut user = User::default();
    user.logon(&[fallback_only()]);
    assert!(user.logon(&[silent("fb")]).change.is_empty());
    // One that is not registered any more is no fallback.
    assert_eq!(user.plan(&[]).unwrap_err(), PlanError::NoFallback);
    // Unless it may be one of those that could not be loaded.
    let stored = &user.stored;
    let input = Input { owner: "alice", language: None, guid: 7, stored, answers: &[], unloaded: true };
    assert!(plan(&input).unwrap().change.is_empty());
}

#[test]
fn pv_02_the_first_main_folder_of_a_role_in_the_order_of_registration_wins() {
    let mut user = User::default();
    let first = answer("m", vec![main("m://a/", Role::Mail)]);
    let second = answer("n", vec![main("n://a/", Role::Mail), main("n://b/", Role::Drafts)]);
    let plan = user.logon(&[first.clone(), fallback_only(), second.clone()]);
    assert_eq!((user.uri(Slot::Inbox), user.uri(Slot::Drafts)), ("m://a/", "n://b/"));
    assert_eq!(plan.ignored.len(), 1);
    assert_eq!((plan.ignored[0].backend.as_str(), plan.ignored[0].uri.as_str()), ("the-n", "n://a/"));
    // What has the role keeps it, whatever the order becomes.
    assert!(user.logon(&[second, fallback_only(), first]).change.is_empty());
}

#[test]
fn pv_02_a_second_fallback_is_not_used() {
    let mut user = User::default();
    let other = answer("gb", vec![main("gb://a/", Role::Fallback)]);
    let plan = user.logon(&[fallback_only(), other.clone()]);
    assert_eq!(user.uri(Slot::MailboxRoot), "fb://a/");
    assert_eq!(plan.ignored.len(), 1);
    assert!(user.logon(&[other, fallback_only()]).change.is_empty());
}

#[test]
fn pv_03_a_role_that_nobody_offers_gets_a_folder_in_the_fallback() {
    let mut user = User::default();
    user.logon(&[fallback_only(), answer("m", vec![main("m://a/", Role::Mail)])]);
    for slot in Slot::ALL {
        let found = user.slot(slot);
        let below = format!("fb://a/{}/", found.id);
        let expected = match slot {
            Slot::MailboxRoot => Some("fb://a/"),
            Slot::Inbox => Some("m://a/"),
            Slot::Reminders | Slot::ToDo | Slot::TrackedMailProcessing => None,
            _ => Some(below.as_str()),
        };
        assert_eq!(found.uri.as_deref(), expected, "{slot:?}");
    }
    assert_eq!(user.slot(Slot::DeferredAction).id.to_string().len(), 18);
}

#[test]
fn pv_05_a_context_that_its_backend_lists_no_more_is_unmounted_and_a_new_one_gets_a_unique_name() {
    let mut user = User::default();
    let listing = |urls: &[&str]| {
        answer("c", urls.iter().map(|url| entry(url, Role::Calendar, "Work", false)).collect())
    };
    user.logon(&[fallback_only(), listing(&["c://1/", "c://2/"])]);
    assert_eq!(user.additional(), ["Work", "Work (1)"]);
    let second = user.at("c://2/").unwrap().clone();
    let plan = user.logon(&[fallback_only(), listing(&["c://2/", "c://3/"])]);
    assert_eq!(user.at("c://1/"), None);
    assert_eq!(user.at("c://2/"), Some(&second), "it keeps its name");
    assert_eq!(user.at("c://3/").unwrap().row.name, "Work");
    assert_eq!(plan.changes.iter().filter(|change| change.what == What::Unmounted).count(), 1);
}

#[test]
fn pv_05_a_failed_listing_unmounts_nothing() {
    let mut user = User::default();
    let calendar =
        answer("c", vec![main("c://1/", Role::Calendar), entry("c://2/", Role::Tasks, "x", false)]);
    user.logon(&[fallback_only(), calendar]);
    assert!(user.logon(&[fallback_only(), silent("c")]).change.is_empty());
    // Nor does a backend that is not there to be asked.
    assert!(user.logon(&[fallback_only()]).change.is_empty());
    assert!(user.logon(&[silent("fb"), silent("c")]).change.is_empty());
    // A neighbour whose namespace begins the same is another.
    assert!(user.logon(&[fallback_only(), answer("c2", vec![])]).change.is_empty());
    let plan = user.logon(&[fallback_only(), answer("c", vec![])]);
    assert_eq!(user.additional(), [""; 0]);
    assert!(user.uri(Slot::Calendar).starts_with("fb://a/0x"), "{:?}", plan.changes);
}

#[test]
fn a_main_folder_that_comes_later_takes_the_slot_and_what_was_there_stays_reachable() {
    let mut user = User::default();
    user.logon(&[fallback_only()]);
    let old = user.slot(Slot::Calendar).clone();
    let with = [fallback_only(), answer("c", vec![main("c://1/", Role::Calendar)])];
    user.logon(&with);
    assert_eq!(user.uri(Slot::Calendar), "c://1/");
    assert_eq!(user.slot(Slot::Calendar).row.name, "Calendar");
    assert_eq!(user.additional(), ["Calendar (1)"]);
    let kept = user.at(old.uri.as_deref().unwrap()).unwrap();
    assert_eq!((kept.id, kept.row.seat), (old.id, Seat::Additional(Role::Calendar)));
    // When the main folder goes, the one that was kept comes back: a backend that comes and goes makes no heap.
    let without = [fallback_only(), answer("c", vec![])];
    user.logon(&without);
    assert_eq!((user.slot(Slot::Calendar).id, user.additional().len()), (old.id, 0));
    assert_eq!(user.slot(Slot::Calendar).row.name, "Calendar (1)", "no name changes without need");
    user.logon(&with);
    user.logon(&without);
    assert_eq!(user.slot(Slot::Calendar).id, old.id);
    assert_eq!(user.stored.rows.len(), Slot::ALL.len() + 1);
}

#[test]
fn a_backend_that_replaces_one_that_was_removed_takes_its_slots() {
    let mut user = User::default();
    user.logon(&[fallback_only(), answer("m", vec![main("m://a/", Role::Mail)])]);
    user.logon(&[fallback_only(), answer("n", vec![main("n://a/", Role::Mail)])]);
    assert_eq!(user.uri(Slot::Inbox), "n://a/");
    assert_eq!(user.at("m://a/").unwrap().row.seat, Seat::Additional(Role::Mail));
}

#[test]
fn a_fallback_that_is_replaced_takes_the_system_folders_along() {
    let mut user = User::default();
    user.logon(&[fallback_only(), answer("m", vec![main("m://a/", Role::Mail)])]);
    let inbox = user.slot(Slot::Inbox).clone();
    let other = answer("gb", vec![main("gb://a/", Role::Fallback)]);
    user.logon(&[other.clone(), answer("m", vec![main("m://a/", Role::Mail)])]);
    for slot in Slot::ALL {
        let expected =
            !matches!(slot, Slot::Inbox | Slot::Reminders | Slot::ToDo | Slot::TrackedMailProcessing);
        assert_eq!(user.uri(slot).starts_with("gb://a/"), expected, "{slot:?}");
    }
    assert_eq!(user.slot(Slot::Inbox), &inbox);
    // What a person may have put into the old one is there, should it come back.
    assert!(user.additional().contains(&"Drafts (1)"), "{:?}", user.additional());
    assert!(user.logon(&[other, silent("m")]).change.is_empty());
}

#[test]
fn a_role_that_a_context_loses_goes_to_another_and_the_context_keeps_its_id() {
    let mut user = User::default();
    user.logon(&[
        fallback_only(),
        answer("m", vec![main("m://1/", Role::Mail), main("m://2/", Role::Drafts)]),
    ]);
    let (first, second) = (user.at("m://1/").unwrap().id, user.at("m://2/").unwrap().id);
    // They change places.
    user.logon(&[
        fallback_only(),
        answer("m", vec![main("m://1/", Role::Drafts), main("m://2/", Role::Mail)]),
    ]);
    assert_eq!((user.slot(Slot::Inbox).id, user.slot(Slot::Drafts).id), (second, first));
    assert_eq!(user.slot(Slot::Inbox).row.name, "Inbox");
    // One becomes an additional folder.
    let listed = vec![entry("m://1/", Role::Mail, "Old", false), main("m://2/", Role::Mail)];
    let plan = user.logon(&[fallback_only(), answer("m", listed)]);
    assert_eq!(user.at("m://1/").unwrap().row.seat, Seat::Additional(Role::Mail));
    assert!(user.uri(Slot::Drafts).starts_with("fb://a/0x"));
    let reassigned = What::Reassigned { from: "drafts".into(), to: "additional mail".into() };
    assert!(plan.changes.iter().any(|change| change.what == reassigned), "{:?}", plan.changes);
}

#[test]
fn a_uri_that_is_listed_twice_is_one_folder_and_the_first_entry_decides() {
    let mut user = User::default();
    let listed = vec![
        main("m://a/", Role::Mail),
        main("m://a", Role::Calendar),
        entry("m://a/", Role::Tasks, "again", false),
    ];
    let plan = user.logon(&[fallback_only(), answer("m", listed)]);
    assert_eq!(user.uri(Slot::Inbox), "m://a/");
    assert!(user.uri(Slot::Calendar).starts_with("fb://a/0x"));
    assert_eq!((plan.ignored.len(), user.additional().len()), (2, 0));
}

#[test]
fn a_backend_cannot_take_a_folder_that_the_mailbox_has_for_itself() {
    let mut user = User::default();
    user.logon(&[fallback_only()]);
    let finder = user.uri(Slot::Finder).to_owned();
    let inbox = user.uri(Slot::Inbox).to_owned();
    // The fallback lists two of the folders in it: as its own they stay, and as another role's they are that.
    let listed = vec![
        main("fb://a/", Role::Fallback),
        entry(&inbox, Role::Fallback, "Inbox", false),
        main(&finder, Role::Calendar),
    ];
    user.logon(&[answer("fb", listed)]);
    assert_eq!(user.uri(Slot::Inbox), inbox);
    assert_eq!(user.uri(Slot::Calendar), finder);
    assert_ne!(user.uri(Slot::Finder), finder);
    // The fallback itself, under another role: it is one folder.
    let root = vec![main("fb://a/", Role::Fallback), main("fb://a/", Role::Mail)];
    user.logon(&[answer("fb", root)]);
    assert_eq!(user.uri(Slot::MailboxRoot), "fb://a/");
    // One of its folders becomes the fallback.
    let (deeper, drafts) = (user.uri(Slot::Drafts).to_owned(), user.slot(Slot::Drafts).id);
    user.logon(&[answer("fb", vec![main(&deeper, Role::Fallback)])]);
    assert_eq!((user.uri(Slot::MailboxRoot), user.slot(Slot::MailboxRoot).id), (deeper.as_str(), drafts));
}

#[test]
fn a_thousand_entries_of_one_name_get_a_thousand_names() {
    let mut user = User::default();
    let long = "\u{202e}x\u{7}\n".repeat(200);
    let listed = (0..1_000).map(|n| entry(&format!("m://{n}\u{1}/"), Role::Mail, &long, false)).collect();
    user.logon(&[fallback_only(), answer("m", listed)]);
    let names: HashSet<_> = user.additional().into_iter().map(str::to_lowercase).collect();
    assert_eq!(names.len(), 1_000);
    assert!(names.iter().all(|name| name.chars().count() <= 255 && !name.contains(char::is_control)));
}

#[test]
fn a_mailbox_has_a_limit_and_what_is_too_much_is_told() {
    let mut user = User::default();
    let listing = |backend: usize| {
        let url = |n| format!("m{backend}://{n}/");
        let entries = (0..1_000).map(|n| entry(&url(n), Role::Mail, "x", false));
        answer(&format!("m{backend}"), entries.collect())
    };
    let mut answers: Vec<_> = (0..11).map(listing).collect();
    answers.push(fallback_only());
    let plan = user.logon(&answers);
    assert_eq!(user.stored.rows.len(), FOLDERS_MAX + 1, "and the free/busy message");
    assert_eq!(user.additional().len() + plan.ignored.len(), 11_000);
    assert!(plan.ignored[0].reason.contains("9000 folders already"));
    // There is room for a slot that needs another folder.
    answers.push(answer("n", vec![main("n://a/", Role::Mail)]));
    user.logon(&answers);
    assert_eq!(user.uri(Slot::Inbox), "n://a/");
    assert_eq!(user.stored.rows.len(), FOLDERS_MAX + 2);
}

#[test]
fn names_follow_the_language_and_the_listing_unless_the_user_renamed_them() {
    let mut user = User { language: Some(Language::De), ..User::default() };
    let listed = |name| vec![main("m://a/", Role::Mail), entry("m://b/", Role::Mail, name, false)];
    user.logon(&[fallback_only(), answer("m", listed("Kalender"))]);
    assert_eq!(user.slot(Slot::Inbox).row.name, "Posteingang");
    assert_eq!(user.additional(), ["Kalender (1)"], "what every mailbox has comes first");
    user.rename("m://a/", "Meins");
    // No language said: it stays.
    user.language = None;
    assert!(user.logon(&[fallback_only(), answer("m", listed("Kalender"))]).change.is_empty());
    user.language = Some(Language::Es);
    let plan = user.logon(&[fallback_only(), answer("m", listed("Kalender"))]);
    assert_eq!(user.slot(Slot::Inbox).row.name, "Meins");
    assert_eq!(user.slot(Slot::Calendar).row.name, "Calendario");
    assert_eq!(user.slot(Slot::IpmSubtree).row.name, "Principio del almacén de información");
    assert_eq!(user.slot(Slot::MailboxRoot).row.name, "Buzón - alice");
    let from = What::Renamed { from: "Kalender".into() };
    assert!(plan.changes.iter().any(|change| change.what == from && change.name == "Calendario"));
    // The user's own name is nobody else's.
    user.rename("m://a/", "Inbox");
    user.language = Some(Language::En);
    user.logon(&[fallback_only(), answer("m", listed("inbox"))]);
    assert_eq!((user.slot(Slot::Inbox).row.name.as_str(), user.additional()), ("Inbox", vec!["inbox (1)"]));
}

#[test]
fn an_entry_without_a_name_that_can_be_shown_is_called_as_its_role() {
    let mut user = User::default();
    user.logon(&[fallback_only(), answer("m", vec![entry("m://a/", Role::SentItems, "\0\n", false)])]);
    assert_eq!(user.additional(), ["Sent Items (1)"]);
}

#[test]
fn a_folder_whose_record_the_index_lost_is_made_anew() {
    let mut user = User::default();
    let listed = [fallback_only(), answer("m", vec![main("m://a/", Role::Mail)])];
    user.logon(&listed);
    let (inbox, finder) = (user.slot(Slot::Inbox).id, user.slot(Slot::Finder).id);
    for found in &mut user.stored.rows {
        if found.id == inbox || found.id == finder {
            found.uri = None;
        }
    }
    user.logon(&listed);
    assert_eq!(user.uri(Slot::Inbox), "m://a/");
    assert!(user.uri(Slot::Finder).starts_with("fb://a/0x"));
    assert_ne!(user.slot(Slot::Finder).id, finder);
}

#[test]
fn the_freebusy_message_goes_with_its_folder() {
    let mut user = User::default();
    user.logon(&[fallback_only()]);
    let message = |user: &User| {
        user.stored.rows.iter().find(|found| found.row.seat == Seat::LocalFreebusy).unwrap().clone()
    };
    let first = message(&user);
    assert!(first.uri.is_none() && !first.row.initialised);
    user.logon(&[answer("gb", vec![main("gb://a/", Role::Fallback)])]);
    assert_ne!(message(&user).id, first.id);
}
