//! What the host says of a call that it made: the change follows from the call itself, whether its guest announces it or
//! not. What the guest has announced already is not said twice.

use crate::bindings::mapistore::backend::notifications::{Event, Object};

/// What is to be announced when a call has succeeded.
#[derive(Default)]
pub(crate) struct Notice {
    /// Announced unless the guest has.
    pub(crate) add: Vec<Event>,
    /// The two halves of a move that the host makes of several calls: said at its end, so not here.
    pub(crate) hide: Vec<Event>,
}

impl Notice {
    pub(crate) fn of(event: Event) -> Self {
        Self { add: vec![event], hide: Vec::new() }
    }

    pub(crate) fn all(add: Vec<Event>) -> Self {
        Self { add, hide: Vec::new() }
    }

    /// The guest's events of the call with the host's after them.
    pub(crate) fn merge(self, mut announced: Vec<Event>) -> Vec<Event> {
        announced.retain(|event| !self.hide.iter().any(|hidden| says(event, hidden)));
        let missing: Vec<_> =
            self.add.into_iter().filter(|event| !announced.iter().any(|other| says(other, event))).collect();
        announced.extend(missing);
        announced
    }
}

/// Whether an event that a guest announced says what the host would: the same change of the same object.
fn says(announced: &Event, event: &Event) -> bool {
    match (announced, event) {
        // New mail is created, and what arrives by a move or copy is too.
        (Event::NewMail(a) | Event::Created(a), Event::Created(b)) => same(a, b),
        (Event::Moved(a) | Event::Copied(a), Event::Created(b)) => same(&a.to, b),
        (Event::Deleted(a), Event::Deleted(b)) => same(a, b),
        (Event::Moved(a), Event::Deleted(b)) => same(&a.source, b),
        (Event::Modified(a), Event::Modified(b)) => same(&a.target, &b.target),
        (Event::Moved(a), Event::Moved(b)) | (Event::Copied(a), Event::Copied(b)) => same(&a.to, &b.to),
        (Event::TableChanged(a), Event::TableChanged(b)) => a == b,
        _ => false,
    }
}

fn same(a: &Object, b: &Object) -> bool {
    a.folder == b.folder && a.message == b.message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bindings::mapistore::backend::notifications::Transfer;

    fn message(id: u64) -> Object {
        Object { folder: 1, message: Some(id) }
    }

    #[test]
    fn what_the_guest_announced_is_not_said_twice() {
        let both = Notice::all(vec![Event::Created(message(1)), Event::Created(message(2))]);
        let merged = both.merge(vec![Event::NewMail(message(1)), Event::TableChanged(1)]);
        assert!(
            matches!(
                merged[..],
                [Event::NewMail(_), Event::TableChanged(1), Event::Created(Object { message: Some(2), .. })]
            ),
            "{merged:?}"
        );
    }

    #[test]
    fn the_halves_of_a_move_are_hidden_and_nothing_else_is() {
        let hidden = Notice { add: Vec::new(), hide: vec![Event::Created(message(1))] };
        assert_eq!(hidden.merge(vec![Event::Created(message(1)), Event::Created(message(2))]).len(), 1);
        let moved = Transfer { to: message(3), source: message(1) };
        let notice = Notice { add: vec![Event::Moved(moved)], hide: vec![Event::Deleted(message(1))] };
        let merged = notice.merge(vec![Event::Deleted(message(1)), Event::Deleted(message(4))]);
        assert!(matches!(merged[..], [Event::Deleted(_), Event::Moved(_)]), "{merged:?}");
    }
}
