//! Steps that change folders.

use super::*;

impl Player<'_> {
    pub(super) fn mkdir(&mut self, parent: u8, name: u8) -> Done {
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

    pub(super) fn rename(&mut self, folder: u8, name: u8) -> Done {
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
        self.model.forget_deleted(id);
        if let Some(folder) = self.model.folders.iter_mut().find(|folder| folder.id == id) {
            folder.name = name;
        }
        Ok(())
    }

    pub(super) fn rmdir(&mut self, folder: u8, how: u8) -> Done {
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

    pub(super) fn mvdir(&mut self, folder: u8, parent: u8, name: u8) -> Done {
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
        self.model.forget_deleted(moved);
        if let Some(folder) = self.model.folders.iter_mut().find(|folder| folder.id == moved) {
            folder.parent = Some(parent);
            folder.name = name;
        }
        Ok(())
    }

    pub(super) fn cpdir(&mut self, folder: u8, parent: u8, name: u8, how: u8) -> Done {
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
    pub(super) fn adopt(
        &mut self,
        source: Fmid,
        copy: Fmid,
        parent: Fmid,
        name: String,
        recursive: bool,
    ) -> Done {
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
            let found = Content { read: expected.read, ..found.up_to(expected) };
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
