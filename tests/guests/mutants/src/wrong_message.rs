//! Messages that get something wrong.

use crate::{
    Mutant, Shared, is, wrong_attachment::WrongAttachment, wrong_stream::WrongStream, wrong_table::WrongTable,
};
use mapistore_sdk::{
    Attachment, ErrorCode, Message, PropertyStream, Result, Table,
    tags::{
        PID_TAG_ATTACH_SIZE, PID_TAG_CHANGE_KEY, PID_TAG_CHANGE_NUMBER, PID_TAG_MID, PTYP_STRING,
        PropertyTag, property_type,
    },
    types::{
        AttachNum, Cell, ChangeNumber, MessageData, Property, PropertyProblem, PropertyValue, RecipientTable,
        StreamAccess, SubmitMode,
    },
};
use std::{collections::BTreeMap, rc::Rc};

/// 100 ns in a second.
const TICKS: u64 = 10_000_000;

pub(crate) struct WrongMessage {
    inner: Box<dyn Message>,
    shared: Rc<Shared>,
    /// It was created, and never saved.
    unsaved: bool,
    /// It is in an attachment.
    embedded: bool,
    /// Attachment numbers that are not the message's own.
    numbers: BTreeMap<AttachNum, AttachNum>,
    /// Attachments that were created through this handle.
    created: Vec<AttachNum>,
    /// Attachments that were deleted through this handle.
    deleted: Vec<AttachNum>,
}

impl WrongMessage {
    fn boxed(
        inner: Box<dyn Message>,
        shared: &Rc<Shared>,
        unsaved: bool,
        embedded: bool,
    ) -> Box<dyn Message> {
        let (created, deleted) = (Vec::new(), Vec::new());
        let shared = Rc::clone(shared);
        Box::new(Self { inner, shared, unsaved, embedded, numbers: BTreeMap::new(), created, deleted })
    }

    pub(crate) fn opened(inner: Box<dyn Message>, shared: &Rc<Shared>) -> Box<dyn Message> {
        Self::boxed(inner, shared, false, false)
    }

    pub(crate) fn created(inner: Box<dyn Message>, shared: &Rc<Shared>) -> Box<dyn Message> {
        shared.unsaved.set(shared.unsaved.get() + 1);
        Self::boxed(inner, shared, true, false)
    }

    pub(crate) fn embedded(inner: Box<dyn Message>, shared: &Rc<Shared>) -> Box<dyn Message> {
        Self::boxed(inner, shared, false, true)
    }

    fn no_longer_unsaved(&mut self) {
        if std::mem::take(&mut self.unsaved) {
            self.shared.unsaved.set(self.shared.unsaved.get().saturating_sub(1));
        }
    }

    /// The change number and key that the message was first seen with.
    fn first_change(&mut self) -> Result<(Cell, Cell)> {
        let cells = self.inner.get_properties(&[PID_TAG_MID, PID_TAG_CHANGE_NUMBER, PID_TAG_CHANGE_KEY])?;
        let [mid, number, key] = cells.as_slice() else { return Err(ErrorCode::Corrupted.into()) };
        let Ok(PropertyValue::Integer64(mid)) = mid else { return Ok((number.clone(), key.clone())) };
        let mut seen = self.shared.first_changes.borrow_mut();
        Ok(seen.entry(mid.cast_unsigned()).or_insert((number.clone(), key.clone())).clone())
    }

    /// The number that the message itself has for an attachment.
    fn real(&self, num: AttachNum) -> AttachNum {
        self.numbers.get(&num).copied().unwrap_or(num)
    }
}

impl Drop for WrongMessage {
    fn drop(&mut self) {
        if self.unsaved && is(Mutant::UnsavedLeavesTrace) {
            // What fails here would fail for the caller too, who does not want it.
            drop(self.inner.save(true));
        }
        self.no_longer_unsaved();
    }
}

impl Message for WrongMessage {
    fn list_properties(&mut self) -> Result<Vec<PropertyTag>> {
        self.inner.list_properties()
    }

    fn get_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<Cell>> {
        let mut cells = self.inner.get_properties(tags)?;
        let (number, key) = self.first_change()?;
        for (tag, cell) in tags.iter().zip(&mut cells) {
            match *tag {
                PID_TAG_CHANGE_NUMBER if is(Mutant::ChangeNumberStandsStill) => cell.clone_from(&number),
                PID_TAG_CHANGE_KEY if is(Mutant::ChangeKeyStandsStill) => cell.clone_from(&key),
                _ => {}
            }
        }
        Ok(cells)
    }

    fn set_properties(&mut self, mut values: Vec<Property>) -> Result<Vec<PropertyProblem>> {
        for given in &mut values {
            match &mut given.value {
                PropertyValue::Time(time) if is(Mutant::TimesInSeconds) => *time -= *time % TICKS,
                PropertyValue::Text(text) if is(Mutant::LongTextsCut) => {
                    *text = text.chars().take(255).collect()
                }
                _ => {}
            }
        }
        if is(Mutant::EmptyTextsLost) {
            values.retain(|given| given.value != PropertyValue::Text(String::new()));
        }
        self.inner.set_properties(values)
    }

    fn remove_properties(&mut self, tags: &[PropertyTag]) -> Result<Vec<PropertyProblem>> {
        if is(Mutant::RemovedPropertyStays) {
            return Ok(Vec::new());
        }
        self.inner.remove_properties(tags)
    }

    fn open_stream(&mut self, tag: PropertyTag, access: StreamAccess) -> Result<Box<dyn PropertyStream>> {
        Ok(WrongStream::boxed(self.inner.open_stream(tag, access)?))
    }

    fn get_data(&mut self) -> Result<MessageData> {
        let mut data = self.inner.get_data()?;
        if is(Mutant::MissingCellIsEmpty) {
            let RecipientTable { columns, rows } = &mut data.recipients;
            for (column, cell) in rows.iter_mut().flat_map(|row| columns.iter().zip(&mut row.cells)) {
                if cell.is_none() && property_type(*column) == PTYP_STRING {
                    *cell = Some(PropertyValue::Text(String::new()));
                }
            }
        }
        if is(Mutant::PrefixNotSplitOff)
            && let Some(prefix) = data.subject_prefix.take()
        {
            data.normalized_subject = Some(prefix + &data.normalized_subject.unwrap_or_default());
        }
        Ok(data)
    }

    fn set_recipients(&mut self, mut recipients: RecipientTable) -> Result<()> {
        if is(Mutant::RecipientsAppended) {
            let before = self.inner.get_data()?.recipients;
            if recipients.rows.is_empty() || before.columns == recipients.columns {
                recipients.rows.splice(0..0, before.rows);
                recipients.columns = before.columns;
            }
        }
        self.inner.set_recipients(recipients)
    }

    fn set_read_flag(&mut self, read: bool) -> Result<()> {
        if is(Mutant::ReadFlagIgnored) { Ok(()) } else { self.inner.set_read_flag(read) }
    }

    fn save(&mut self, force: bool) -> Result<ChangeNumber> {
        if self.embedded && is(Mutant::EmbeddedMessageLost) {
            return mapistore_sdk::ids::number();
        }
        let force = (force || is(Mutant::ConflictNotNoticed)) && !is(Mutant::ForceNotHonoured);
        let number = self.inner.save(force)?;
        self.no_longer_unsaved();
        match self.first_change()? {
            (Ok(PropertyValue::Integer64(first)), _) if is(Mutant::ChangeNumberStandsStill) => {
                Ok(first.cast_unsigned())
            }
            _ => Ok(number),
        }
    }

    fn submit(&mut self, mode: SubmitMode) -> Result<()> {
        if is(Mutant::SubmitStays) && !self.inner.get_data()?.recipients.rows.is_empty() {
            return self.save(false).map(drop);
        }
        match self.inner.submit(mode) {
            Err(error)
                if is(Mutant::SubmitsWithoutRecipients) && error.code == ErrorCode::InvalidParameter =>
            {
                Ok(())
            }
            submitted => {
                self.no_longer_unsaved();
                submitted
            }
        }
    }

    fn list_attachments(&mut self) -> Result<Vec<AttachNum>> {
        let mut listed = self.inner.list_attachments()?;
        for (&shown, &real) in &self.numbers {
            listed.iter_mut().filter(|num| **num == real).for_each(|num| *num = shown);
        }
        if is(Mutant::AttachmentListedEarly) {
            listed
                .extend(self.created.iter().filter(|num| !listed.contains(num)).copied().collect::<Vec<_>>());
        }
        Ok(listed)
    }

    fn open_attachment(&mut self, num: AttachNum, read_write: bool) -> Result<Box<dyn Attachment>> {
        let inner = self.inner.open_attachment(self.real(num), read_write)?;
        Ok(Box::new(WrongAttachment::new(inner, &self.shared)))
    }

    fn create_attachment(&mut self) -> Result<(AttachNum, Box<dyn Attachment>)> {
        let (real, created) = self.inner.create_attachment()?;
        let mut num = real;
        if is(Mutant::AttachmentNumberReused) {
            let taken = [self.list_attachments()?, self.created.clone()].concat();
            let free = |num: &AttachNum| !taken.contains(num) || self.deleted.contains(num);
            num = (0..real).find(free).unwrap_or(real);
            self.deleted.retain(|other| *other != num);
            self.numbers.insert(num, real);
        }
        self.created.push(num);
        Ok((num, Box::new(WrongAttachment::new(created, &self.shared))))
    }

    fn delete_attachment(&mut self, num: AttachNum) -> Result<()> {
        if is(Mutant::DeletedAttachmentStays) {
            return Ok(());
        }
        self.inner.delete_attachment(self.real(num))?;
        self.created.retain(|other| *other != num);
        self.numbers.remove(&num);
        self.deleted.push(num);
        Ok(())
    }

    fn open_attachment_table(&mut self) -> Result<Box<dyn Table>> {
        let mut table = WrongTable::new(self.inner.open_attachment_table()?);
        if is(Mutant::AttachmentSizeMissing) {
            table.replace_in_rows(PID_TAG_ATTACH_SIZE, |_| Err(ErrorCode::NotFound));
        }
        Ok(Box::new(table))
    }
}
