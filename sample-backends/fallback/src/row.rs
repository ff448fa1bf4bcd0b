//! The row of a message in a table: its smaller properties at once, all else when a restriction or a column asks for it.

use crate::{
    mailbox::Mailbox,
    record::RowRecord,
    store::{row_key, rows_prefix},
};
use mapistore_sdk::{
    Properties, Result, Row,
    held::Item,
    tags::{PID_TAG_ASSOCIATED, PID_TAG_INST_ID, PID_TAG_INSTANCE_NUM, PID_TAG_MID, PropertyTag},
    types::{Fid, Mid, PropertyValue, SubObject},
    value,
};
use std::{borrow::Cow, cell::OnceCell, rc::Rc};

/// A message in a table.
pub(crate) struct MessageRow {
    mailbox: Rc<Mailbox>,
    folder: Fid,
    id: Mid,
    properties: Properties,
    complete: bool,
    whole: OnceCell<Option<Item>>,
}

impl MessageRow {
    /// The rows of a folder, in the order of their ids. One that cannot be read is shown by its id alone.
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone.
    pub(crate) fn all(mailbox: &Rc<Mailbox>, folder: Fid, associated: bool) -> Result<Vec<Self>> {
        mailbox.check(folder)?;
        let ids = mailbox.store.ids(&rows_prefix(folder, associated))?;
        let keys: Vec<_> = ids.iter().map(|&id| row_key(folder, id, associated)).collect();
        let records = mailbox.store.get_all::<RowRecord>(&keys)?;
        let row = |(id, record): (Mid, Result<Option<RowRecord>>)| {
            let (properties, complete) = match record {
                Ok(record) => {
                    let record = record?;
                    (record.properties.properties(), record.complete)
                }
                Err(error) => {
                    log::error!("the row of message `{id:#x}`: {error}");
                    let properties = Properties::new()
                        .with(PID_TAG_MID, value::id(id))
                        .with(PID_TAG_INST_ID, value::id(id))
                        .with(PID_TAG_INSTANCE_NUM, 0)
                        .with(PID_TAG_ASSOCIATED, associated);
                    (properties, false)
                }
            };
            let mailbox = Rc::clone(mailbox);
            Some(Self { mailbox, folder, id, properties, complete, whole: OnceCell::new() })
        };
        Ok(ids.into_iter().zip(records).filter_map(row).collect())
    }

    /// The message; none if it is gone or cannot be read.
    fn whole(&self) -> Option<&Item> {
        let load = || match self.mailbox.message(self.folder, self.id) {
            Ok(item) => item,
            Err(error) => {
                log::error!("message `{:#x}`: {error}", self.id);
                None
            }
        };
        self.whole.get_or_init(load).as_ref()
    }
}

impl Row for MessageRow {
    fn value(&self, tag: PropertyTag) -> Option<Cow<'_, PropertyValue>> {
        match self.properties.get(tag) {
            None if !self.complete => self.whole()?.value(tag),
            value => value.map(Cow::Borrowed),
        }
    }

    fn rows(&self, object: SubObject) -> Option<Vec<Box<dyn Row + '_>>> {
        self.whole()?.rows(object)
    }
}
