//! Who is told of changes (MS-OXCNOTIF): subscriptions, what they ask for, and the queue of each.
//!
//! An event arrives here after the call that made the change has returned, in the turn of its context: so events of a
//! context are in order, and none is of a change that a crash can take back. What guests announce and what the host
//! did itself look the same. Knows ids and kinds; does not know who made an event, nor where a folder is.

mod notice;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as TaskContext, Poll, Waker};

use crate::bindings::mapistore::backend::notifications::Event;
use crate::context::ContextId;
use crate::index::Fmid;

pub(crate) use notice::Notice;

/// How many events wait for a subscriber, unless its filter says otherwise.
const CAPACITY: usize = 1_024;

/// The kinds of event (MS-OXCNOTIF 2.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// A message was delivered.
    NewMail,
    /// A folder or message was made.
    Created,
    /// A folder or message was deleted.
    Deleted,
    /// A folder or message was changed.
    Modified,
    /// A folder or message was moved.
    Moved,
    /// A folder or message was copied.
    Copied,
    /// The rows of a folder's tables changed.
    TableChanged,
}

impl EventKind {
    /// The kind of an event.
    pub fn of(event: &Event) -> Self {
        match event {
            Event::NewMail(_) => Self::NewMail,
            Event::Created(_) => Self::Created,
            Event::Deleted(_) => Self::Deleted,
            Event::Modified(_) => Self::Modified,
            Event::Moved(_) => Self::Moved,
            Event::Copied(_) => Self::Copied,
            Event::TableChanged(_) => Self::TableChanged,
        }
    }
}

/// What a subscriber asks for. The default asks for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only events of this mailbox owner.
    pub owner: Option<String>,
    /// Only events of these folders, of messages in them, and of moves and copies from or to them.
    pub folders: Option<Vec<Fmid>>,
    /// Only events of these kinds.
    pub kinds: Option<Vec<EventKind>>,
    /// How many events may wait for the subscriber; at least 1, and 1,024 where nothing is said.
    pub capacity: Option<usize>,
}

impl EventFilter {
    /// Everything of one owner.
    pub fn of(owner: impl Into<String>) -> Self {
        Self { owner: Some(owner.into()), ..Self::default() }
    }

    fn wants_owner(&self, owner: &str) -> bool {
        self.owner.as_deref().is_none_or(|wanted| wanted == owner)
    }

    fn wants(&self, owner: &str, event: &Event) -> bool {
        let of_kind = || self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&EventKind::of(event)));
        let of_folder = || match &self.folders {
            None => true,
            Some(folders) => folders_of(event).into_iter().flatten().any(|id| folders.contains(&Fmid(id))),
        };
        self.wants_owner(owner) && of_kind() && of_folder()
    }
}

/// The folders that an event is about: one, or the two of a move or copy.
fn folders_of(event: &Event) -> [Option<u64>; 2] {
    match event {
        Event::NewMail(object) | Event::Created(object) | Event::Deleted(object) => {
            [Some(object.folder), None]
        }
        Event::Modified(change) => [Some(change.target.folder), None],
        Event::Moved(transfer) | Event::Copied(transfer) => {
            [Some(transfer.to.folder), Some(transfer.source.folder)]
        }
        Event::TableChanged(folder) => [Some(*folder), None],
    }
}

/// An event, and where it happened.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// The context that made the change.
    pub context: ContextId,
    /// Its URI.
    pub uri: Arc<str>,
    /// Whose mailbox it is. Ids are this owner's.
    pub owner: Arc<str>,
    /// What happened.
    pub event: Event,
}

/// What a subscriber gets.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// An event.
    Event(Announcement),
    /// So many events are missing in this place: the subscriber was too slow, or a guest announced more than it may.
    Missed(u64),
}

/// Hands events to subscribers.
#[derive(Default)]
pub(crate) struct EventBus {
    subscribers: Mutex<Vec<Weak<Queue>>>,
}

/// What waits for one subscriber.
struct Queue {
    filter: EventFilter,
    capacity: usize,
    state: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    deliveries: VecDeque<Delivery>,
    /// How many of them are events.
    events: usize,
    waker: Option<Waker>,
    /// The runtime is gone: nothing comes after what waits.
    closed: bool,
}

/// A subscriber's end. Dropping it ends the subscription.
pub struct Subscription {
    queue: Arc<Queue>,
}

impl EventBus {
    pub(crate) fn subscribe(&self, filter: EventFilter) -> Subscription {
        let capacity = filter.capacity.unwrap_or(CAPACITY).max(1);
        let queue = Arc::new(Queue { filter, capacity, state: Mutex::default() });
        let mut subscribers = self.lock();
        subscribers.retain(|subscriber| subscriber.strong_count() > 0);
        subscribers.push(Arc::downgrade(&queue));
        Subscription { queue }
    }

    /// Hands out what one call announced: `dropped` more were too many for it.
    pub(crate) fn publish(
        &self,
        context: ContextId,
        uri: &Arc<str>,
        owner: &Arc<str>,
        events: Vec<Event>,
        dropped: u64,
    ) {
        if events.is_empty() && dropped == 0 {
            return;
        }
        let subscribers: Vec<_> = {
            let mut subscribers = self.lock();
            subscribers.retain(|subscriber| subscriber.strong_count() > 0);
            subscribers.iter().filter_map(Weak::upgrade).collect()
        };
        for queue in subscribers.iter().filter(|queue| queue.filter.wants_owner(owner)) {
            let wanted = events.iter().filter(|event| queue.filter.wants(owner, event)).cloned();
            let announced = wanted.map(|event| Announcement {
                context,
                uri: Arc::clone(uri),
                owner: Arc::clone(owner),
                event,
            });
            queue.put(announced, dropped);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Queue>>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for EventBus {
    fn drop(&mut self) {
        for queue in self.lock().iter().filter_map(Weak::upgrade) {
            let waker = {
                let mut state = queue.lock();
                state.closed = true;
                state.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

impl Queue {
    fn put(&self, announced: impl Iterator<Item = Announcement>, dropped: u64) {
        let waker = {
            let mut state = self.lock();
            for announcement in announced {
                if state.events < self.capacity {
                    state.events += 1;
                    state.deliveries.push_back(Delivery::Event(announcement));
                } else {
                    state.miss(1);
                }
            }
            if dropped > 0 {
                state.miss(dropped);
            }
            if state.deliveries.is_empty() { None } else { state.waker.take() }
        };
        waker.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Notes in place that events are missing. Takes no room: there is one note at most after each event.
    fn miss(&mut self, count: u64) {
        match self.deliveries.back_mut() {
            Some(Delivery::Missed(missed)) => *missed += count,
            _ => self.deliveries.push_back(Delivery::Missed(count)),
        }
    }

    fn take(&mut self) -> Option<Delivery> {
        let next = self.deliveries.pop_front();
        self.events -= usize::from(matches!(next, Some(Delivery::Event(_))));
        next
    }
}

impl Subscription {
    /// What comes next; waits until there is something. None once the runtime is gone and nothing waits.
    pub async fn next(&mut self) -> Option<Delivery> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// What waits already, if anything does.
    pub fn try_next(&mut self) -> Option<Delivery> {
        self.queue.lock().take()
    }

    fn poll_next(&mut self, context: &TaskContext<'_>) -> Poll<Option<Delivery>> {
        let mut state = self.queue.lock();
        match state.take() {
            None if !state.closed => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
            next => Poll::Ready(next),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::mapistore::backend::notifications::{Object, Transfer};

    fn object(folder: u64, message: u64) -> Object {
        Object { folder, message: Some(message) }
    }

    fn publish(bus: &EventBus, owner: &str, events: Vec<Event>, dropped: u64) {
        bus.publish(ContextId::for_tests(1), &"m://x/".into(), &owner.into(), events, dropped);
    }

    /// What waits, shortly: messages created by their ids, the rest by name.
    fn waiting(subscription: &mut Subscription) -> Vec<String> {
        let text = |delivery| match delivery {
            Delivery::Missed(count) => format!("missed {count}"),
            Delivery::Event(Announcement { event: Event::Created(object), .. }) => {
                format!("created {}", object.message.unwrap_or_default())
            }
            Delivery::Event(announcement) => format!("{:?}", EventKind::of(&announcement.event)),
        };
        std::iter::from_fn(|| subscription.try_next()).map(text).collect()
    }

    #[test]
    fn no_04_events_arrive_in_order_and_taking_them_empties_the_queue() {
        let bus = EventBus::default();
        let mut all = bus.subscribe(EventFilter::default());
        publish(&bus, "alice", vec![Event::Created(object(1, 1)), Event::Created(object(1, 2))], 0);
        publish(&bus, "bob", vec![Event::Created(object(1, 3))], 0);
        assert_eq!(waiting(&mut all), ["created 1", "created 2", "created 3"]);
        assert_eq!(waiting(&mut all), [""; 0]);
    }

    #[test]
    fn a_slow_subscriber_is_told_in_place_how_many_it_missed() {
        let bus = EventBus::default();
        let mut slow = bus.subscribe(EventFilter { capacity: Some(2), ..EventFilter::default() });
        let mut quick = bus.subscribe(EventFilter::default());
        for number in 1..=5 {
            publish(&bus, "alice", vec![Event::Created(object(1, number))], 0);
        }
        assert_eq!(slow.try_next().map(|_| ()), Some(()));
        publish(&bus, "alice", vec![Event::Created(object(1, 6)), Event::Created(object(1, 7))], 0);
        assert_eq!(waiting(&mut slow), ["created 2", "missed 3", "created 6", "missed 1"]);
        assert_eq!(waiting(&mut quick).len(), 7);
    }

    #[test]
    fn what_a_guest_announced_beyond_its_limit_is_missed_by_all_of_the_owner() {
        let bus = EventBus::default();
        let mut alice = bus.subscribe(EventFilter::of("alice"));
        let mut bob = bus.subscribe(EventFilter::of("bob"));
        publish(&bus, "alice", vec![Event::Created(object(1, 1))], 9);
        assert_eq!(waiting(&mut alice), ["created 1", "missed 9"]);
        assert_eq!(waiting(&mut bob), [""; 0]);
    }

    #[test]
    fn a_filter_picks_owner_folder_and_kind_and_a_move_belongs_to_both_folders() {
        let bus = EventBus::default();
        let folders = |ids: &[u64]| EventFilter {
            folders: Some(ids.iter().copied().map(Fmid).collect()),
            ..EventFilter::of("alice")
        };
        let (mut one, mut two) = (bus.subscribe(folders(&[1])), bus.subscribe(folders(&[2])));
        let kinds = Some(vec![EventKind::TableChanged]);
        let mut tables = bus.subscribe(EventFilter { kinds, ..EventFilter::default() });
        let moved = Event::Moved(Transfer { to: object(2, 20), source: object(1, 10) });
        publish(&bus, "alice", vec![moved, Event::TableChanged(2), Event::Created(object(1, 5))], 0);
        assert_eq!(waiting(&mut one), ["Moved", "created 5"]);
        assert_eq!(waiting(&mut two), ["Moved", "TableChanged"]);
        assert_eq!(waiting(&mut tables), ["TableChanged"]);
    }

    #[test]
    fn a_dropped_subscription_is_freed_and_the_end_of_the_bus_ends_the_rest() {
        let bus = EventBus::default();
        drop(bus.subscribe(EventFilter::default()));
        let mut last = bus.subscribe(EventFilter::default());
        assert_eq!(bus.lock().len(), 1);
        publish(&bus, "alice", vec![Event::TableChanged(1)], 0);
        let end = std::thread::spawn(move || {
            let mut seen = 0;
            while pollster::block_on(last.next()).is_some() {
                seen += 1;
            }
            seen
        });
        drop(bus);
        assert_eq!(end.join().unwrap(), 1);
    }

    #[test]
    fn no_04_nothing_is_lost_when_many_publish_at_once() {
        let bus = Arc::new(EventBus::default());
        let mut all = bus.subscribe(EventFilter { capacity: Some(10_000), ..EventFilter::default() });
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let bus = &bus;
                scope.spawn(move || {
                    for number in 0..500 {
                        publish(bus, "alice", vec![Event::Created(object(thread, number))], 0);
                    }
                });
            }
        });
        let mut last = [None; 4];
        let mut count = 0;
        while let Some(Delivery::Event(Announcement { event: Event::Created(object), .. })) = all.try_next() {
            let of_thread = &mut last[usize::try_from(object.folder).unwrap()];
            assert!(*of_thread < object.message, "each publisher's are in its order");
            *of_thread = object.message;
            count += 1;
        }
        assert_eq!(count, 2_000);
    }
}
