//! `mapistore:backend/notifications`: events wait here until the call that published them has returned.

use super::HostState;
use crate::bindings::mapistore::backend::notifications::{Event, Host};
use crate::weigh::Weigh;

/// What one call published.
pub(crate) struct Published {
    events: Vec<Event>,
    dropped: u64,
    max: usize,
}

impl Published {
    pub(crate) fn new(max: u32) -> Self {
        Self { events: Vec::new(), dropped: 0, max: usize::try_from(max).unwrap_or(usize::MAX) }
    }

    /// What the call that just ended published, and how many events were too many.
    pub(crate) fn take(&mut self) -> (Vec<Event>, u64) {
        (std::mem::take(&mut self.events), std::mem::take(&mut self.dropped))
    }

    fn push(&mut self, mut events: Vec<Event>) {
        let room = self.max.saturating_sub(self.events.len());
        self.dropped += events.len().saturating_sub(room) as u64;
        events.truncate(room);
        self.events.append(&mut events);
    }
}

impl Host for HostState {
    fn publish(&mut self, events: Vec<Event>) -> wasmtime::Result<()> {
        self.traffic.count(events.bytes(), 0);
        self.published.push(events);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_beyond_the_limit_are_dropped_and_counted() {
        let limits = crate::limits::Limits { events_max: 3, ..Default::default() };
        let mut published = Published::new(limits.events_max);
        published.push(vec![Event::TableChanged(1); 2]);
        published.push(vec![Event::TableChanged(2); 4]);
        let (events, dropped) = published.take();
        assert_eq!((events.len(), dropped), (3, 3));
        assert_eq!(published.take(), (vec![], 0));
    }
}
