//! Who is told of what (NO-04, and what the host announces for backends that do not).

use mapistore::types::{DeleteMode, Event};
use mapistore::{Delivery, EventFilter, EventKind, Subscription, TransferRequest};

use super::*;

/// What waits: the kind, and the message that it is about.
fn waiting(subscription: &mut Subscription) -> Vec<(EventKind, Option<u64>)> {
    let shown = |delivery| match delivery {
        Delivery::Event(announcement) => {
            let message = match &announcement.event {
                Event::NewMail(object) | Event::Created(object) | Event::Deleted(object) => object.message,
                Event::Modified(change) => change.target.message,
                Event::Moved(transfer) | Event::Copied(transfer) => transfer.to.message,
                Event::TableChanged(_) => None,
            };
            (EventKind::of(&announcement.event), message)
        }
        Delivery::Missed(count) => panic!("missed {count}"),
    };
    std::iter::from_fn(|| subscription.try_next()).map(shown).collect()
}

#[test]
fn a_change_is_told_once_whether_the_backend_announces_it_or_not() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    let mut all = runtime.subscribe(EventFilter::of("alice"));
    let mut others = runtime.subscribe(EventFilter::of("bob"));
    let loud = add(&runtime, "alice", &root, "announced by the backend");
    wait(root.set_properties(vec![text(COMMENT, "quiet")])).unwrap();
    let quiet = add(&runtime, "alice", &root, "not announced");
    let message = wait(root.open_message(quiet, true)).unwrap();
    wait(message.save(false)).unwrap();
    wait(root.delete_messages(&[loud], DeleteMode::Hard)).unwrap();
    assert_eq!(
        waiting(&mut all),
        [
            (EventKind::Created, Some(loud.0)),
            (EventKind::Modified, None),
            (EventKind::Created, Some(quiet.0)),
            (EventKind::Modified, Some(quiet.0)),
            (EventKind::Deleted, Some(loud.0)),
        ]
    );
    assert_eq!(waiting(&mut others), []);
}

#[test]
fn nothing_is_told_of_a_call_that_failed_even_if_the_backend_announced_it() {
    let runtime = runtime();
    let (_context, root) = bag(&runtime, "alice");
    let mut all = runtime.subscribe(EventFilter::default());
    let (_, mail) = draft(&runtime, "alice", &root, "x");
    wait(mail.set_properties(vec![text(COMMENT, "refuse")])).unwrap();
    assert!(wait(mail.save(false)).is_err());
    assert_eq!(waiting(&mut all), []);
}

#[test]
fn a_move_within_a_mailbox_is_one_event_and_between_two_it_is_two() {
    let runtime = runtime();
    let ((_a, alice), (_b, bob)) = (bag(&runtime, "alice"), bag(&runtime, "bob"));
    let folder = runtime.allocate_id("alice").unwrap();
    let folder = wait(alice.create_folder(folder, vec![text(NAME, "sub")])).unwrap();
    let id = add(&runtime, "alice", &alice, "x");
    let mut all = runtime.subscribe(EventFilter::default());
    let from_root = EventFilter { folders: Some(vec![alice.fid()]), ..EventFilter::of("alice") };
    let mut from_root = runtime.subscribe(from_root);
    let transfer = |target: &Folder, source: &Folder, id, copy| {
        let request = TransferRequest::of(id);
        let mut answers = wait(target.transfer_messages(source, &[request], copy)).unwrap();
        let answer = answers.remove(0);
        answer.outcome.unwrap();
        answer.target
    };
    let copied = transfer(&folder, &alice, id, true);
    let moved = transfer(&folder, &alice, id, false);
    assert_eq!(waiting(&mut all), [(EventKind::Copied, Some(copied.0)), (EventKind::Moved, Some(moved.0)),]);
    assert_eq!(waiting(&mut from_root).len(), 2, "a move belongs to both of its folders");
    let arrived = transfer(&bob, &folder, moved, false);
    assert_eq!(
        waiting(&mut all),
        [(EventKind::Created, Some(arrived.0)), (EventKind::Deleted, Some(moved.0)),]
    );
}
