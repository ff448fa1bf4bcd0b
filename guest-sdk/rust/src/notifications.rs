//! Announcements of changes (`wit/notifications.wit`). Natively they collect in a list, one per thread, that a test
//! takes.

use crate::types::{Fid, Mid};

pub use crate::bindings::mapistore::backend::notifications::{Event, Modification, Object, Transfer};

/// A message, as the object of an event.
pub const fn message(folder: Fid, message: Mid) -> Object {
    Object { folder, message: Some(message) }
}

/// A folder, as the object of an event.
pub const fn folder(folder: Fid) -> Object {
    Object { folder, message: None }
}

/// Announces changes that are already durable. Delivered after the current call has returned.
pub fn publish(events: &[Event]) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::mapistore::backend::notifications::publish(events);
    #[cfg(not(target_arch = "wasm32"))]
    PUBLISHED.with_borrow_mut(|published| published.extend_from_slice(events));
}

/// Takes what was published natively on this thread.
#[cfg(not(target_arch = "wasm32"))]
pub fn take() -> Vec<Event> {
    PUBLISHED.take()
}

#[cfg(not(target_arch = "wasm32"))]
thread_local! {
    static PUBLISHED: std::cell::RefCell<Vec<Event>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_taken_once() {
        publish(&[Event::NewMail(message(1, 2)), Event::TableChanged(1)]);
        assert_eq!(take(), [Event::NewMail(message(1, 2)), Event::TableChanged(1)]);
        assert!(take().is_empty());
    }
}
