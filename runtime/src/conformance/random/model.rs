//! What a mailbox has to hold: the plainest form of it, changed by the same steps as the backend.

use crate::index::Fmid;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// In the order in which they came to be; the root is the first.
    pub(super) folders: Vec<ModelFolder>,
    /// In the order in which they came to be.
    pub(super) messages: Vec<ModelMessage>,
    /// Ids that were soft deleted, with their folders.
    pub(super) deleted: Vec<(Fmid, Fmid)>,
}

/// A folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModelFolder {
    pub(super) id: Fmid,
    /// None for the root.
    pub(super) parent: Option<Fmid>,
    pub(super) name: String,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModelMessage {
    pub(super) id: Fmid,
    pub(super) folder: Fmid,
    pub(super) content: Content,
}

/// What a message holds, whatever its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) name: String,
    /// PidTagImportance or another number, if the backend stores it and it was set.
    pub(super) number: Option<i32>,
    /// Names and addresses.
    pub(super) recipients: Vec<(String, String)>,
    /// Names and contents, in their order.
    pub(super) attachments: Vec<(String, Vec<u8>)>,
    /// None if nobody ever said, or the backend does not keep it.
    pub(super) read: Option<bool>,
}

impl Content {
    /// The same without what was never said: a backend may have a default for that.
    pub(super) fn up_to(self, said: &Self) -> Self {
        Self { number: said.number.and(self.number), read: said.read.and(self.read), ..self }
    }

    /// What is always said, to sort by.
    pub(super) fn stated(&self) -> impl Ord + use<'_> {
        (&self.name, &self.recipients, &self.attachments)
    }
}

impl Model {
    pub(super) fn folder(&self, number: u8) -> Option<&ModelFolder> {
        pick(&self.folders, number)
    }

    /// A folder that is not the root.
    pub(super) fn sub_folder(&self, number: u8) -> Option<&ModelFolder> {
        pick(self.folders.get(1..)?, number)
    }

    pub(super) fn message(&self, number: u8) -> Option<&ModelMessage> {
        pick(&self.messages, number)
    }

    pub(super) fn by_id(&self, id: Fmid) -> Option<&ModelFolder> {
        self.folders.iter().find(|folder| folder.id == id)
    }

    pub(super) fn messages_in(&self, folder: Fmid) -> impl Iterator<Item = &ModelMessage> {
        self.messages.iter().filter(move |message| message.folder == folder)
    }

    pub(super) fn folders_in(&self, parent: Fmid) -> impl Iterator<Item = &ModelFolder> {
        self.folders.iter().filter(move |folder| folder.parent == Some(parent))
    }

    /// Whether `parent` has a folder of this name besides `but`.
    pub(super) fn is_taken(&self, parent: Fmid, name: &str, but: Option<Fmid>) -> bool {
        self.folders_in(parent).any(|folder| folder.name == name && Some(folder.id) != but)
    }

    /// The way from the root to a folder, without the root.
    pub(super) fn way(&self, id: Fmid) -> Vec<Fmid> {
        let mut way = Vec::new();
        let mut at = self.by_id(id);
        while let Some(ModelFolder { id, parent: Some(parent), .. }) = at {
            way.push(*id);
            at = self.by_id(*parent);
        }
        way.reverse();
        way
    }

    /// Whether a folder is another, or lies below it.
    pub(super) fn is_within(&self, folder: Fmid, other: Fmid) -> bool {
        folder == other
            || self.way(folder).contains(&other)
            || self.folders.first().is_some_and(|root| root.id == other)
    }

    /// Takes a folder out with all that is in it.
    pub(super) fn remove_folder(&mut self, id: Fmid) {
        let gone: Vec<Fmid> = self
            .folders
            .iter()
            .map(|folder| folder.id)
            .filter(|folder| self.is_within(*folder, id))
            .collect();
        self.folders.retain(|folder| !gone.contains(&folder.id));
        self.messages.retain(|message| !gone.contains(&message.folder));
        self.deleted.retain(|(_, folder)| !gone.contains(folder));
    }

    /// No longer expects what was deleted in a folder, or below it, to be told: tombstones keep the URI that they had, and the
    /// folder got another.
    pub(super) fn forget_deleted(&mut self, id: Fmid) {
        let deleted = std::mem::take(&mut self.deleted);
        self.deleted = deleted.into_iter().filter(|(_, folder)| !self.is_within(*folder, id)).collect();
    }

    /// Changes a message.
    pub(super) fn change(&mut self, id: Fmid, change: impl FnOnce(&mut ModelMessage)) {
        if let Some(message) = self.messages.iter_mut().find(|message| message.id == id) {
            change(message);
        }
    }
}

fn pick<T>(all: &[T], number: u8) -> Option<&T> {
    if all.is_empty() { None } else { all.get(usize::from(number) % all.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(id: u64, parent: Option<u64>) -> ModelFolder {
        ModelFolder { id: Fmid(id), parent: parent.map(Fmid), name: format!("f{id}") }
    }

    #[test]
    fn removing_a_folder_removes_what_is_below_it_and_nothing_else() {
        let mut model = Model {
            folders: vec![folder(1, None), folder(2, Some(1)), folder(3, Some(2)), folder(4, Some(1))],
            ..Model::default()
        };
        assert_eq!(model.way(Fmid(3)), [Fmid(2), Fmid(3)]);
        assert!(model.is_within(Fmid(3), Fmid(2)) && model.is_within(Fmid(3), Fmid(1)));
        assert!(!model.is_within(Fmid(2), Fmid(3)) && !model.is_within(Fmid(4), Fmid(2)));
        model.remove_folder(Fmid(2));
        let left: Vec<_> = model.folders.iter().map(|folder| folder.id.0).collect();
        assert_eq!(left, [1, 4]);
    }

    #[test]
    fn any_number_names_something_if_there_is_something() {
        let model = Model { folders: vec![folder(1, None)], ..Model::default() };
        assert_eq!(model.folder(7).map(|folder| folder.id), Some(Fmid(1)));
        assert_eq!(model.sub_folder(7), None);
        assert_eq!(model.message(0), None);
    }
}
