//! The guest's objects that a context holds, and who was opened through whom: children go before their parents.

use std::collections::BTreeMap;

/// The number of a handle in its context's store. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HandleId(u64);

/// The handles of one store, of whatever kind.
pub(crate) struct Handles<R> {
    next: u64,
    entries: BTreeMap<HandleId, Entry<R>>,
}

struct Entry<R> {
    resource: R,
    parent: Option<HandleId>,
    children: usize,
    /// Its holder has let go of it; it waits for its children.
    released: bool,
}

impl<R: Copy> Handles<R> {
    pub(crate) fn new() -> Self {
        Self { next: 0, entries: BTreeMap::new() }
    }

    /// Takes in what the guest returned.
    pub(crate) fn insert(&mut self, resource: R, parent: Option<HandleId>) -> HandleId {
        let id = HandleId(self.next);
        self.next += 1;
        if let Some(parent) = parent.and_then(|parent| self.entries.get_mut(&parent)) {
            parent.children += 1;
        }
        self.entries.insert(id, Entry { resource, parent, children: 0, released: false });
        id
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether these are all that there are.
    pub(crate) fn are_only(&self, ids: [HandleId; 2]) -> bool {
        self.entries.keys().eq(&ids)
    }

    pub(crate) fn get(&self, id: HandleId) -> Option<R> {
        self.entries.get(&id).map(|entry| entry.resource)
    }

    /// Lets go of a handle. Answers what can be dropped now, in the order in which to do it: nothing while it has
    /// children; with its last child, the parents that waited for it.
    pub(crate) fn release(&mut self, id: HandleId) -> Vec<R> {
        let mut free = Vec::new();
        let Some(entry) = self.entries.get_mut(&id) else { return free };
        entry.released = true;
        let mut candidate = Some(id);
        while let Some(id) = candidate {
            let Some(entry) = self.entries.get(&id) else { break };
            if !entry.released || entry.children > 0 {
                break;
            }
            free.push(entry.resource);
            candidate = entry.parent;
            self.entries.remove(&id);
            if let Some(parent) = candidate.and_then(|parent| self.entries.get_mut(&parent)) {
                parent.children -= 1;
            }
        }
        free
    }

    /// All of them, children before their parents: a child is always younger.
    pub(crate) fn drain(&mut self) -> Vec<R> {
        std::mem::take(&mut self.entries).into_values().rev().map(|entry| entry.resource).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_waits_for_its_children() {
        let mut handles = Handles::new();
        let folder = handles.insert("folder", None);
        let message = handles.insert("message", Some(folder));
        let stream = handles.insert("stream", Some(message));
        assert_eq!(handles.release(folder), Vec::<&str>::new());
        assert_eq!(handles.release(message), Vec::<&str>::new());
        assert_eq!(handles.get(folder), Some("folder"));
        assert_eq!(handles.release(stream), ["stream", "message", "folder"]);
        assert_eq!(handles.drain(), Vec::<&str>::new());
    }

    #[test]
    fn a_parent_in_use_stays() {
        let mut handles = Handles::new();
        let folder = handles.insert("folder", None);
        let message = handles.insert("message", Some(folder));
        assert_eq!(handles.release(message), ["message"]);
        assert_eq!(handles.get(folder), Some("folder"));
    }

    #[test]
    fn letting_go_twice_drops_once() {
        let mut handles = Handles::new();
        let folder = handles.insert("folder", None);
        assert_eq!(handles.release(folder), ["folder"]);
        assert_eq!(handles.release(folder), Vec::<&str>::new());
    }

    #[test]
    fn all_go_children_first_even_those_that_waited() {
        let mut handles = Handles::new();
        let context = handles.insert("context", None);
        let folder = handles.insert("folder", Some(context));
        handles.insert("table", Some(folder));
        handles.release(folder);
        assert_eq!(handles.drain(), ["table", "folder", "context"]);
    }
}
