//! Reads everything, and compares it with the model.

use super::*;

impl Player<'_> {
    pub(super) fn query(&mut self, folder: u8, how: u8) -> Done {
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

    /// Reads everything, and demands that it is what the model has.
    pub(super) fn read(&mut self) -> Done {
        for folder in self.model.folders.clone() {
            self.with(folder.id, |opened| self.read_folder(&folder, opened))?;
        }
        Ok(())
    }

    pub(super) fn read_folder(&self, folder: &ModelFolder, opened: &Folder) -> Done {
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
            let found = self.content(opened, message.id)?.up_to(expected);
            same(&format!("the message `{}` in {what}", expected.name), &found, expected)?;
        }
        Ok(())
    }

    /// What a message holds.
    pub(super) fn content(&self, folder: &Folder, id: Fmid) -> Done<Content> {
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
