//! Plays a script on a backend and on the model at once, and compares the two.

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
use crate::conformance::trial::{Trial, all_done, no_problems, property, text};
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

    fn mkdir(&mut self, parent: u8, name: u8) -> Done {
        let Some(parent) = self.model.folder(parent).map(|folder| folder.id) else { return Ok(()) };
        let name = folder_name(name);
        if self.model.folders.len() >= FOLDERS_MAX {
            return Ok(());
        }
        let id = self.trial.id()?;
        let made = self.with(parent, |folder| folder.create_folder(id, vec![sample::name(&name)]).map(drop));
        if self.model.is_taken(parent, &name, None) {
            return refused("making a folder of a name that is taken", made, &[E::Exists]);
        }
        made?;
        self.model.folders.push(ModelFolder { id, parent: Some(parent), name });
        Ok(())
    }

    fn rename(&mut self, folder: u8, name: u8) -> Done {
        let Some(ModelFolder { id, parent: Some(parent), .. }) = self.model.sub_folder(folder).cloned()
        else {
            return Ok(());
        };
        let name = folder_name(name);
        let renamed = self.with(id, |folder| {
            let problems = folder.set_properties(vec![sample::name(&name)])?;
            Ok(problems.first().map(|problem| problem.code))
        });
        if self.model.is_taken(parent, &name, Some(id)) {
            return match renamed {
                Ok(Some(E::Exists)) => Ok(()),
                Ok(problem) => {
                    Err(Stop::Failed(format!("renaming to a name that is taken ended with {problem:?}")))
                }
                refusal => refused("renaming to a name that is taken", refusal, &[E::Exists]),
            };
        }
        same("the problem of a new name", &renamed?, &None)?;
        if let Some(folder) = self.model.folders.iter_mut().find(|folder| folder.id == id) {
            folder.name = name;
        }
        Ok(())
    }

    fn rmdir(&mut self, folder: u8, how: u8) -> Done {
        let Some(ModelFolder { id, .. }) = self.model.sub_folder(folder).cloned() else { return Ok(()) };
        let mode = if how.is_multiple_of(2) { DeleteMode::Soft } else { DeleteMode::Hard };
        let recursive = how >= 2;
        let empty = self.model.messages_in(id).next().is_none() && self.model.folders_in(id).next().is_none();
        let deleted = self.with(id, |folder| folder.delete(mode, recursive));
        if !recursive && !empty {
            return refused("deleting a folder that is not empty", deleted, &[E::Exists]);
        }
        deleted?;
        self.model.remove_folder(id);
        Ok(())
    }

    fn mvdir(&mut self, folder: u8, parent: u8, name: u8) -> Done {
        let Some(moved) = self.model.sub_folder(folder).map(|folder| folder.id) else { return Ok(()) };
        let Some(parent) = self.model.folder(parent).map(|folder| folder.id) else { return Ok(()) };
        let name = folder_name(name);
        let result =
            self.with(moved, |folder| self.with(parent, |target| folder.move_to(Some(target), &name)));
        if self.model.is_within(parent, moved) {
            // A name may be looked at before the place is.
            return refused("moving a folder into itself", result, &[E::InvalidParameter, E::Exists]);
        }
        if self.model.is_taken(parent, &name, Some(moved)) {
            return refused("moving to a name that is taken", result, &[E::Exists]);
        }
        let stays = self.model.by_id(moved).is_some_and(|old| old.parent == Some(parent) && old.name == name);
        if stays {
            // To where it is already: done, or taken by itself.
            return or_code(result, &[E::Exists, E::InvalidParameter]).map(drop);
        }
        result?;
        if let Some(folder) = self.model.folders.iter_mut().find(|folder| folder.id == moved) {
            folder.parent = Some(parent);
            folder.name = name;
        }
        Ok(())
    }

    fn cpdir(&mut self, folder: u8, parent: u8, name: u8, how: u8) -> Done {
        let Some(source) = self.model.sub_folder(folder).map(|folder| folder.id) else { return Ok(()) };
        let Some(parent) = self.model.folder(parent).map(|folder| folder.id) else { return Ok(()) };
        let (name, recursive) = (folder_name(name), how % 2 == 1);
        let size = self.model.folders.iter().filter(|folder| self.model.is_within(folder.id, source)).count();
        if self.model.folders.len() + size > FOLDERS_MAX {
            return Ok(());
        }
        let result =
            self.with(source, |folder| self.with(parent, |target| folder.copy_to(target, recursive, &name)));
        if self.model.is_within(parent, source) {
            if recursive {
                return refused("copying a folder into itself", result, &[E::InvalidParameter, E::Exists]);
            }
            // Without its sub-folders there is nothing wrong with it, but not everybody sees that.
            if or_code(result, &[E::InvalidParameter, E::Exists])?.is_none() {
                return Ok(());
            }
        } else if self.model.is_taken(parent, &name, None) {
            return refused("copying to a name that is taken", result, &[E::Exists]);
        } else {
            result?;
        }
        let listed = self.with(parent, |folder| self.trial.ids(folder, TableKind::Hierarchy))?;
        let new: Vec<_> = listed.into_iter().filter(|id| self.model.by_id(*id).is_none()).collect();
        let [copy] = new.as_slice() else {
            return Err(Stop::Failed(format!(
                "copying a folder made {} new ones beside each other",
                new.len()
            )));
        };
        self.adopt(source, *copy, parent, name, recursive)
    }

    /// Takes a copy, whose ids nobody knew before, into the model. It has to hold what its source holds.
    fn adopt(&mut self, source: Fmid, copy: Fmid, parent: Fmid, name: String, recursive: bool) -> Done {
        let mut expected: Vec<_> =
            self.model.messages_in(source).map(|message| message.content.clone()).collect();
        let sub_folders: Vec<_> = self.model.folders_in(source).cloned().collect();
        self.model.folders.push(ModelFolder { id: copy, parent: Some(parent), name });
        let messages = self.with(copy, |folder| {
            let ids = self.trial.ids(folder, TableKind::Contents)?;
            ids.into_iter().map(|id| Ok((id, self.content(folder, id)?))).collect::<Done<Vec<_>>>()
        })?;
        let mut found: Vec<_> = messages.iter().map(|(_, content)| content.clone()).collect();
        for contents in [&mut found, &mut expected] {
            contents.sort_by(|a, b| a.stated().cmp(&b.stated()));
        }
        same("the number of messages in the copied folder", &found.len(), &expected.len())?;
        for (found, expected) in found.into_iter().zip(&expected) {
            // Whether a copy is read is not said anywhere.
            let found = Content { read: expected.read, ..found.as_far_as(expected) };
            same("a message of the copied folder", &found, expected)?;
        }
        for (id, content) in messages {
            let known = self.model.messages.iter().any(|message| message.id == id);
            demand!(!known, "a copied message has the id of another, {id}");
            self.model.messages.push(ModelMessage { id, folder: copy, content });
        }
        let listed = self.with(copy, |folder| {
            let rows = self.trial.rows(folder, TableKind::Hierarchy, &[tag::FOLDER_ID, tag::DISPLAY_NAME])?;
            rows.into_iter().map(|row| folder_row(&row)).collect::<Done<Vec<_>>>()
        })?;
        let wanted: Vec<_> = sub_folders.iter().filter(|folder| recursive && folder.id != copy).collect();
        demand!(
            listed.len() == wanted.len(),
            "the copied folder has {} sub-folders, and {} are right",
            listed.len(),
            wanted.len()
        );
        for original in wanted {
            let found = listed.iter().find(|(_, name)| *name == original.name);
            let Some((id, name)) = found.cloned() else {
                return Err(Stop::Failed(format!("the copied folder has no sub-folder `{}`", original.name)));
            };
            self.adopt(original.id, id, copy, name, true)?;
        }
        Ok(())
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
            _ => {
                let outcomes = or_code(folder.set_read_flags(&ids, read), &[E::NotImplemented])?;
                outcomes.map(|outcomes| all_done("marking", &outcomes)).transpose()
            }
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

    fn query(&mut self, folder: u8, how: u8) -> Done {
        let Some(folder) = self.model.folder(folder).map(|folder| folder.id) else { return Ok(()) };
        let marker = self.trial.marker()?;
        let part = format!("{}", how % 10);
        let mut expected: Vec<_> = self
            .model
            .messages_in(folder)
            .filter(|message| message.content.name.contains(&part))
            .map(|message| (message.content.name.clone(), message.id))
            .collect();
        expected.sort();
        if how % 2 == 1 {
            expected.reverse();
        }
        let direction = if how % 2 == 1 { SortDirection::Descending } else { SortDirection::Ascending };
        let shown = self.with(folder, |folder| {
            let table = folder.open_table(TableKind::Contents)?;
            table.set_restriction(Some(vec![N::Content(ContentMatch {
                tag: marker,
                value: V::Text(part.clone()),
                kind: MatchKind::Substring,
                options: MatchFlags::empty(),
            })]))?;
            let keys = vec![SortKey { tag: marker, direction }];
            table.set_sort_order(Some(SortOrder { keys, categories: 0, expanded: 0 }))?;
            table.rows(&[marker])
        })?;
        // Copies have the names of their originals: in which order these two stand is not said.
        let names: Vec<_> = expected.into_iter().map(|(name, _)| vec![Ok(V::Text(name))]).collect();
        same(&format!("the rows with `{part}` in their names"), &shown, &names)
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

    /// Reads everything, and demands that it is what the model has.
    fn read(&mut self) -> Done {
        for folder in self.model.folders.clone() {
            self.with(folder.id, |opened| self.read_folder(&folder, opened))?;
        }
        Ok(())
    }

    fn read_folder(&self, folder: &ModelFolder, opened: &Folder) -> Done {
        let what = if folder.parent.is_none() { "the root".to_owned() } else { format!("`{}`", folder.name) };
        if folder.parent.is_some() {
            let name = opened.get(tag::DISPLAY_NAME)?;
            same(&format!("the name of {what}"), &name, &Ok(V::Text(folder.name.clone())))?;
        }
        let sorted = |mut ids: Vec<Fmid>| {
            ids.sort_unstable();
            ids
        };
        let messages = sorted(self.model.messages_in(folder.id).map(|message| message.id).collect());
        let listed = sorted(self.trial.ids(opened, TableKind::Contents)?);
        same(&format!("the messages of {what}"), &listed, &messages)?;
        let count = usize::try_from(opened.get_child_count(TableKind::Contents)?).unwrap_or(usize::MAX);
        same(&format!("the message count of {what}"), &count, &messages.len())?;
        let mut paths = messages.clone();
        if self.trial.claims(C::FOLDERS) {
            let folders = sorted(self.model.folders_in(folder.id).map(|folder| folder.id).collect());
            let listed = sorted(self.trial.ids(opened, TableKind::Hierarchy)?);
            same(&format!("the sub-folders of {what}"), &listed, &folders)?;
            paths.extend(folders);
        }
        if self.trial.claims(C::DELETED_IDS) {
            let told = opened.get_deleted(TableKind::Contents, ChangeNumber(0))?.ids;
            let live = told.iter().find(|id| messages.iter().any(|live| live.0 == **id));
            demand!(live.is_none(), "a live message of {what} is told as deleted");
            let missing = self
                .model
                .deleted
                .iter()
                .find(|(id, of)| *of == folder.id && !told.contains(&id.0) && !messages.contains(id));
            demand!(missing.is_none(), "the deletion of {missing:?} is not told of {what}");
        }
        paths.push(folder.id);
        let own = self.context()?.get_paths(&paths)?;
        let Some(Ok(base)) = own.last() else {
            return Err(Stop::Failed(format!("{what} has no path")));
        };
        for (id, path) in paths.iter().zip(&own) {
            let inside = path.as_ref().is_ok_and(|path| path.starts_with(base.as_str()));
            demand!(inside, "the path of {id} is {path:?}, and that of its folder `{base}`");
        }
        demand!(folder.id == self.root_id() || folder.parent.is_some(), "the root is lost");
        for message in self.model.messages_in(folder.id) {
            let expected = &message.content;
            let found = self.content(opened, message.id)?.as_far_as(expected);
            same(&format!("the message `{}` in {what}", expected.name), &found, expected)?;
        }
        Ok(())
    }

    /// What a message holds.
    fn content(&self, folder: &Folder, id: Fmid) -> Done<Content> {
        let message = folder.open_message(id, false)?;
        let name = self.trial.marker_of(&message)?;
        let recipients = match self.keeps.recipients {
            true => sample::recipient_facts(&message.get_data()?.recipients),
            false => Vec::new(),
        };
        let read = match self.keeps.read {
            true => match message.get(tag::MESSAGE_FLAGS)? {
                Err(E::NotFound) => None,
                cell => Some(number_in("PidTagMessageFlags", &cell)? & tag::READ != 0),
            },
            false => None,
        };
        let number = match self.keeps.number {
            Some(number_tag) => match message.get(number_tag)? {
                Ok(V::Integer32(number)) => Some(number),
                _ => None,
            },
            None => None,
        };
        let mut attachments = Vec::new();
        if self.trial.claims(C::ATTACHMENTS) {
            for number in message.list_attachments()? {
                let attachment = message.open_attachment(number, false)?;
                let name = match attachment.get(tag::ATTACH_LONG_FILENAME)? {
                    Ok(V::Text(name)) => name,
                    other => return Err(Stop::Failed(format!("the name of an attachment is {other:?}"))),
                };
                let bytes = match attachment.get(tag::ATTACH_DATA_BINARY)? {
                    Ok(V::Binary(bytes)) => bytes,
                    Ok(V::Deferred(_)) => {
                        attachment.open_stream(tag::ATTACH_DATA_BINARY, StreamAccess::Read)?.read_all()?
                    }
                    _ => Vec::new(),
                };
                attachments.push((name, bytes));
            }
        }
        let recipients = recipients.into_iter().map(|(_, name, address)| (name, address)).collect();
        Ok(Content { name, number, recipients, attachments, read })
    }
}

fn folder_name(number: u8) -> String {
    // Few names, so that they meet; one is the beginning of another.
    ["Red", "Reddish", "Grün", "with blank", "Deep Blue"][usize::from(number) % 5].to_owned()
}

fn folder_row(row: &[crate::bindings::mapistore::backend::types::Cell]) -> Done<(Fmid, String)> {
    match row {
        [id, Ok(V::Text(name))] => Ok((id_in("PidTagFolderId", id)?, name.clone())),
        other => Err(Stop::Failed(format!("a row of the hierarchy table is {other:?}"))),
    }
}
