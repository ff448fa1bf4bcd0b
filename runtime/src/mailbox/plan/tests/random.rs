//! Logon after logon with backends that come, go, fall silent and change their minds: what must hold whatever they say.

use super::*;

const NAMESPACES: [&str; 4] = ["a", "b", "c", "fb"];
const ROLES: [Role; 5] = [Role::Mail, Role::Mail, Role::Calendar, Role::Drafts, Role::Fallback];
const NAMES: [&str; 5] = ["Inbox", "inbox", "Calendar (1)", "Work", "\n"];

/// A sequence of numbers that is the same in every run (Marsaglia's xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % count
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// What one backend answers; none if it is not registered.
    fn answer(&mut self, namespace: &str, user: &User) -> Option<Answer> {
        match self.below(8) {
            0 => return None,
            1 => return Some(silent(namespace)),
            _ => {}
        }
        let mut mains = Vec::new();
        let mut contexts = Vec::new();
        for _ in 0..self.below(6) {
            let role = self.one_of(&ROLES);
            let main_folder = self.below(2) == 0 && !mains.contains(&role);
            if main_folder {
                mains.push(role);
            }
            // Now and then one of the mailbox's own folders.
            let own: Vec<_> = user.stored.rows.iter().filter_map(|found| found.uri.as_deref()).collect();
            let uri = match self.below(6) {
                0 if !own.is_empty() => self.one_of(&own).to_owned(),
                _ => format!("{namespace}://{}/", self.below(3)),
            };
            if uri.starts_with(&format!("{namespace}://")) {
                contexts.push(entry(&uri, role, self.one_of(&NAMES), main_folder));
            }
        }
        if namespace == "fb" && self.below(4) > 0 && !mains.contains(&Role::Fallback) {
            contexts.insert(0, main("fb://0/", Role::Fallback));
        }
        Some(answer(namespace, contexts))
    }
}

#[test]
fn whatever_backends_list_a_mailbox_is_whole_and_loses_nothing_that_may_be_there() {
    let mut mailboxes = 0;
    for seed in 1..=60 {
        let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (seed * 0x1_0000_0001));
        let mut user = User::default();
        for _ in 0..15 {
            let mut answers: Vec<_> =
                NAMESPACES.iter().filter_map(|namespace| random.answer(namespace, &user)).collect();
            if random.below(4) == 0 {
                answers.reverse();
            }
            user.language = [None, Some(Language::De), Some(Language::En)][random.below(3)];
            if !user.stored.rows.is_empty() && random.below(5) == 0 {
                let at = random.below(user.stored.rows.len());
                let own = format!("mine {}", random.0);
                user.stored.rows[at].row.name = own;
                user.stored.rows[at].row.renamed = true;
            }
            let before = user.stored.clone();
            if user.plan(&answers).is_err() {
                continue;
            }
            // It also checks that a second logon would change nothing (PV-04).
            user.logon(&answers);
            mailboxes += 1;
            check(&before, &user.stored, &answers);
        }
    }
    assert!(mailboxes > 400, "{mailboxes}");
}

fn check(before: &Stored, after: &Stored, answers: &[Answer]) {
    let (mut ids, mut uris, mut names, mut slots) =
        (HashSet::new(), HashSet::new(), HashSet::new(), HashSet::new());
    for StoredRow { id, uri, row } in &after.rows {
        assert!(ids.insert(*id), "{id} stands twice");
        assert!(uri.as_ref().is_none_or(|uri| uris.insert(uri.clone())), "{uri:?} stands twice");
        let name = (row.seat.parent(), row.name.to_lowercase());
        assert!(names.insert(name.clone()), "two folders are called {name:?}");
        assert!(!row.name.is_empty() && !row.name.contains(char::is_control));
        if let Seat::Standard(slot) = row.seat {
            assert!(slots.insert(slot), "{slot:?} stands twice");
            assert_eq!(uri.is_none(), has_no_uri(slot), "{slot:?}");
        }
    }
    assert_eq!(slots.len(), Slot::ALL.len());
    for StoredRow { id, uri, row } in &before.rows {
        let kept = after.rows.iter().find(|found| found.id == *id);
        if let Some(kept) = kept {
            assert_eq!(&kept.uri, uri);
            assert!(!row.renamed || kept.row.renamed && kept.row.name == row.name, "{row:?} {kept:?}");
        }
        let Some(uri) = uri else { continue };
        let namespace = uri.split_once("://").unwrap().0;
        let answer = answers.iter().find(|answer| answer.namespace == namespace);
        let listed = answer.and_then(|answer| answer.contexts.as_ref());
        let system = matches!(row.seat, Seat::Standard(slot) if slot.role().is_none());
        match listed {
            // PV-05: who did not answer loses nothing; who is not there loses at most what the system had in it.
            None if answer.is_some() || !system => assert!(kept.is_some(), "{uri} was lost: {row:?}"),
            None => {}
            Some(contexts) => {
                let first = contexts.iter().find(|context| context.url == *uri);
                if first.is_some_and(|context| context.role != Role::Fallback) && !system {
                    assert!(kept.is_some(), "{uri} was lost, and is listed");
                }
            }
        }
    }
}
