//! Plays a script on a backend and on the model at once, and compares the two.

mod folder;
mod read;

use super::model::{Content, Model, ModelFolder, ModelMessage};
use super::script::{Script, Step};
use crate::bindings::exports::mapistore::backend::objects::StreamAccess;
use crate::bindings::mapistore::backend::types::{
    Capabilities as C, ContentMatch, DeleteMode, ErrorCode as E, MatchFlags, MatchKind, PropertyTag,
    PropertyValue as V, RecipientKind, RestrictionNode as N, SortDirection, SortKey, SortOrder, TableKind,
};
use crate::conformance::expect::{Done, Stop, demand, id_in, number_in, or_code, refused, same};
use crate::conformance::handles::{Context, Folder, Message};
use crate::conformance::sample;
use crate::conformance::tag;
use crate::conformance::trial::{Trial, all_done, flags_done, no_problems, property, text};
use crate::index::{ChangeNumber, Fmid};

/// After so many steps everything is read.
const READ_EVERY: usize = 8;
/// More messages are not made: reading them all would take longer than it shows.
const MESSAGES_MAX: usize = 25;
const FOLDERS_MAX: usize = 15;

/// What the backend keeps of a message, as far as it has said so far.
struct Keeps {
    recipients: bool,
    read: bool,
    number: Option<PropertyTag>,
}

/// See the module.
pub(super) struct Player<'t> {
    trial: &'t Trial<'t>,
    open: Option<(Context, Folder)>,
    model: Model,
    keeps: Keeps,
    /// Makes the names of messages different from each other.
    names: usize,
    last_change: ChangeNumber,
}

impl<'t> Player<'t> {
    /// # Errors
    /// There is no root to play in, or it is not empty.
    pub(super) fn start(trial: &'t Trial<'t>) -> Done<Self> {
        let (context, root) = trial.start()?;
        let id = trial.root_fid(&context)?;
        let there = root.get_child_count(TableKind::Contents)?;
        if there > 0 || !trial.claims(C::WRITE_MESSAGES) {
            return Err(Stop::NotClaimed("there is no empty folder to play in".into()));
        }
        let folders = vec![ModelFolder { id, parent: None, name: String::new() }];
        Ok(Self {
            trial,
            open: Some((context, root)),
            model: Model { folders, ..Model::default() },
            keeps: Keeps { recipients: true, read: true, number: Some(tag::IMPORTANCE) },
            names: 0,
            last_change: ChangeNumber(0),
        })
    }

    /// # Errors
    /// A difference.
    pub(super) fn play(&mut self, script: &Script) -> Done {
        for (number, step) in script.steps.iter().enumerate() {
            if !self.trial.kit.capabilities.contains(step.needs()) {
                continue;
            }
            self.trial.log.remark(&format!("step {}: {step}", number + 1));
            self.step(*step)?;
            if (number + 1) % READ_EVERY == 0 {
                self.read()?;
            }
        }
        self.read()
    }

    fn root(&self) -> Done<&Folder> {
        self.open.as_ref().map(|(_, root)| root).ok_or_else(|| Stop::Host("no context is open".into()))
    }

    fn context(&self) -> Done<&Context> {
        self.open.as_ref().map(|(context, _)| context).ok_or_else(|| Stop::Host("no context is open".into()))
    }

    fn root_id(&self) -> Fmid {
        self.model.folders.first().map_or(Fmid(0), |root| root.id)
    }

    /// Opens a folder from the root on, and does something with it.
    fn with<R>(&self, id: Fmid, work: impl FnOnce(&Folder) -> Done<R>) -> Done<R> {
        let mut opened: Option<Folder> = None;
        for id in self.model.way(id) {
            let next = match &opened {
                Some(folder) => folder.open_folder(id)?,
                None => self.root()?.open_folder(id)?,
            };
            opened = Some(next);
        }
        match &opened {
            Some(folder) => work(folder),
            None => work(self.root()?),
        }
    }

    fn step(&mut self, step: Step) -> Done {
        match step {
            Step::Mkdir { parent, name } => self.mkdir(parent, name),
            Step::Rename { folder, name } => self.rename(folder, name),
            Step::Rmdir { folder, how } => self.rmdir(folder, how),
            Step::Mvdir { folder, parent, name } => self.mvdir(folder, parent, name),
            Step::Cpdir { folder, parent, name, how } => self.cpdir(folder, parent, name, how),
            Step::Add { folder } => self.add(folder),
            Step::Drop { folder } => self.drop_unsaved(folder),
            Step::Edit { message, how } => self.edit(message, how),
            Step::Set { message, value } => self.set(message, value),
            Step::Unset { message } => self.unset(message),
            Step::To { message, count } => self.address(message, count),
            Step::Attach { message, size } => self.attach(message, size),
            Step::Detach { message, which } => self.detach(message, which),
            Step::Mark { message, how } => self.mark(message, how),
            Step::Move { message, folder } => self.transfer(message, folder, false),
            Step::Copy { message, folder } => self.transfer(message, folder, true),
            Step::Delete { message, how } => self.delete(message, how),
            Step::Query { folder, how } => self.query(folder, how),
            Step::Reopen {} => self.reopen(),
            Step::Read {} => self.read(),
        }
    }

    fn fresh_name(&mut self) -> String {
        self.names += 1;
        format!("item {:03}", self.names)
    }

    fn saved(&mut self, number: ChangeNumber) -> Done {
        let before = std::mem::replace(&mut self.last_change, number);
        demand!(number > before, "a save answered the change number {number} after {before}");
        Ok(())
    }

    fn add(&mut self, folder: u8) -> Done {
        let Some(folder) = self.model.folder(folder).map(|folder| folder.id) else { return Ok(()) };
        if self.model.messages.len() >= MESSAGES_MAX {
            return Ok(());
        }
        let name = self.fresh_name();
        let (id, number) = self.with(folder, |folder| {
            let message = self.trial.compose(folder, &name)?;
            Ok((message.id, message.save(false)?))
        })?;
        self.saved(number)?;
        let content =
            Content { name, number: None, recipients: Vec::new(), attachments: Vec::new(), read: None };
        self.model.messages.push(ModelMessage { id, folder, content });
        Ok(())
    }

    fn drop_unsaved(&mut self, folder: u8) -> Done {
        let Some(folder) = self.model.folder(folder).map(|folder| folder.id) else { return Ok(()) };
        self.with(folder, |folder| self.trial.compose(folder, "never saved").map(drop))
    }

    /// Opens a message to be changed, changes and saves it.
    fn changing(
        &mut self,
        message: &ModelMessage,
        change: impl FnOnce(&Message) -> Done<bool>,
    ) -> Done<bool> {
        let number = self.with(message.folder, |folder| {
            let opened = folder.open_message(message.id, true)?;
            if change(&opened)? { opened.save(false).map(Some) } else { Ok(None) }
        })?;
        match number {
            Some(number) => self.saved(number).map(|()| true),
            None => Ok(false),
        }
    }

    fn edit(&mut self, message: u8, how: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        let (name, marker) = (self.fresh_name(), self.trial.marker()?);
        if how % 2 == 1 {
            // A second handle, opened before the save: it must not get its way unless it insists.
            let other = self.fresh_name();
            let number = self.with(message.folder, |folder| {
                let (first, second) =
                    (folder.open_message(message.id, true)?, folder.open_message(message.id, true)?);
                first.set_properties(vec![text(marker, &other)])?;
                second.set_properties(vec![text(marker, &name)])?;
                first.save(false)?;
                refused("saving over another's change", second.save(false), &[E::ObjectModified])?;
                second.save(true)
            })?;
            self.saved(number)?;
        } else {
            self.changing(&message, |opened| {
                no_problems("setting", &opened.set_properties(vec![text(marker, &name)])?)?;
                Ok(true)
            })?;
        }
        self.model.change(message.id, |message| message.content.name = name);
        Ok(())
    }

    fn set(&mut self, message: u8, value: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        let Some(number_tag) = self.keeps.number else { return Ok(()) };
        let value = i32::from(value % 3);
        let stored = self.changing(&message, |opened| {
            Ok(opened.set_properties(vec![property(number_tag, V::Integer32(value))])?.is_empty())
        })?;
        if stored {
            self.model.change(message.id, |message| message.content.number = Some(value));
        } else {
            self.keeps.number = None;
        }
        Ok(())
    }

    fn unset(&mut self, message: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        let Some(number_tag) = self.keeps.number else { return Ok(()) };
        let removed =
            self.changing(&message, |opened| Ok(opened.remove_properties(&[number_tag])?.is_empty()))?;
        if removed {
            // What takes its place, if anything does, is the backend's.
            self.model.change(message.id, |message| message.content.number = None);
        }
        Ok(())
    }

    fn address(&mut self, message: u8, count: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        if !self.keeps.recipients {
            return Ok(());
        }
        let facts: Vec<_> = (0..count % 4)
            .map(|number| (format!("Person {number}"), format!("person{number}@example.org")))
            .collect();
        let rows: Vec<_> = facts
            .iter()
            .map(|(name, address)| (RecipientKind::To, name.as_str(), address.as_str()))
            .collect();
        let set = self.changing(&message, |opened| {
            let set = or_code(opened.set_recipients(sample::recipients(&rows)), &[E::NotImplemented])?;
            Ok(set.is_some())
        })?;
        if set {
            self.model.change(message.id, |message| message.content.recipients = facts);
        } else {
            self.keeps.recipients = false;
        }
        Ok(())
    }

    fn attach(&mut self, message: u8, size: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        if message.content.attachments.len() >= 4 {
            return Ok(());
        }
        let name = format!("{}.bin", self.fresh_name());
        // Now and then more than one call takes.
        let bytes: Vec<u8> = (0..u32::from(size).pow(4)).map(|at| (at % 251) as u8).collect();
        self.changing(&message, |opened| {
            let (_, attachment) = opened.create_attachment()?;
            attachment.set_properties(vec![
                property(tag::ATTACH_METHOD, V::Integer32(tag::BY_VALUE)),
                text(tag::ATTACH_LONG_FILENAME, &name),
            ])?;
            if self.trial.claims(C::STREAMS) {
                let stream = attachment.open_stream(tag::ATTACH_DATA_BINARY, StreamAccess::Create)?;
                stream.write(0, &bytes)?;
                stream.commit()?;
            } else {
                let value = V::Binary(bytes.clone());
                attachment.set_properties(vec![property(tag::ATTACH_DATA_BINARY, value)])?;
            }
            attachment.save()?;
            Ok(true)
        })?;
        self.model.change(message.id, |message| message.content.attachments.push((name, bytes)));
        Ok(())
    }

    fn detach(&mut self, message: u8, which: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        let there = message.content.attachments.len();
        if there == 0 {
            return Ok(());
        }
        let at = usize::from(which) % there;
        self.changing(&message, |opened| {
            let numbers = opened.list_attachments()?;
            same("the number of attachments", &numbers.len(), &there)?;
            opened.delete_attachment(numbers.get(at).copied().unwrap_or(u32::MAX))?;
            Ok(true)
        })?;
        self.model.change(message.id, |message| drop(message.content.attachments.remove(at)));
        Ok(())
    }

    fn mark(&mut self, message: u8, how: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        if !self.keeps.read {
            return Ok(());
        }
        let read = how % 2 == 1;
        let ids: Vec<Fmid> = match how {
            0 | 1 => vec![message.id],
            _ => self.model.messages_in(message.folder).map(|message| message.id).collect(),
        };
        let marked = self.with(message.folder, |folder| match how {
            0 | 1 => {
                or_code(folder.open_message(message.id, true)?.set_read_flag(read), &[E::NotImplemented])
            }
            _ => match flags_done("marking", folder.set_read_flags(&ids, read)) {
                Err(Stop::NotClaimed(_)) => Ok(None),
                done => done.map(Some),
            },
        })?;
        if marked.is_none() {
            self.keeps.read = false;
            return Ok(());
        }
        for id in ids {
            self.model.change(id, |message| message.content.read = Some(read));
        }
        Ok(())
    }

    fn transfer(&mut self, message: u8, folder: u8, copy: bool) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        let Some(target) = self.model.folder(folder).map(|folder| folder.id) else { return Ok(()) };
        // A move to where it is means nothing.
        if !copy && target == message.folder || copy && self.model.messages.len() >= MESSAGES_MAX {
            return Ok(());
        }
        let item = self.trial.item(message.id)?;
        let id = Fmid(item.target);
        let outcomes = self.with(message.folder, |source| {
            self.with(target, |target| target.take(source, vec![item], copy))
        })?;
        all_done(if copy { "copying" } else { "moving" }, &outcomes)?;
        let arrived = ModelMessage { id, folder: target, ..message.clone() };
        if !copy {
            self.model.messages.retain(|other| other.id != message.id);
            self.model.deleted.push((message.id, message.folder));
        }
        self.model.messages.push(arrived);
        Ok(())
    }

    fn delete(&mut self, message: u8, how: u8) -> Done {
        let Some(message) = self.model.message(message).cloned() else { return Ok(()) };
        let mode = if how.is_multiple_of(2) { DeleteMode::Soft } else { DeleteMode::Hard };
        let outcomes = self.with(message.folder, |folder| folder.delete_messages(&[message.id], mode))?;
        all_done("deleting", &outcomes)?;
        self.model.messages.retain(|other| other.id != message.id);
        if mode == DeleteMode::Soft {
            self.model.deleted.push((message.id, message.folder));
        }
        Ok(())
    }

    fn reopen(&mut self) -> Done {
        if !self.trial.kit.is_durable() {
            return Ok(());
        }
        if let Some((context, root)) = self.open.take() {
            self.open = Some(self.trial.reopen(context, root)?);
        }
        Ok(())
    }
}
