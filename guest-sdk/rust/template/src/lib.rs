//! One Inbox of three messages, which can be marked as read.

use mapistore_sdk::{change_key, columns, index, keyvalue::Bucket, tags::*, types::*, value, *};

const SUBJECTS: [&str; 3] = ["Welcome", "A second message", "The last one"];

struct Example;
export!(Example);
impl Backend for Example {
    fn describe() -> BackendInfo {
        BackendInfo::new("example-name", "three messages", env!("CARGO_PKG_VERSION"))
    }
    fn list_contexts(user: &str) -> Result<Vec<ContextEntry>> {
        Ok(vec![ContextEntry::main(Role::Mail, format!("example-name://{user}/inbox/"), "Inbox")])
    }
    fn create_context(connection: ConnectionInfo, uri: &str) -> Result<Box<dyn Context>> {
        let inbox = format!("example-name://{}/inbox", connection.owner);
        if uri.strip_suffix('/').unwrap_or(uri) != inbox {
            return Err(Error::not_found("there is only an inbox"));
        }
        let mids = index::ensure_ids(&[1, 2, 3].map(|number| format!("{inbox}/{number}")))?;
        Ok(Box::new(Inbox { id: 0, mids, replica: connection.replica_guid }))
    }
}

#[derive(Clone)]
struct Inbox {
    id: Fid,
    mids: Vec<Mid>,
    replica: Guid,
}
impl Context for Inbox {
    fn get_root_folder(&self, id: Fid) -> Result<Box<dyn Folder>> {
        Ok(Box::new(Inbox { id, ..self.clone() }))
    }
}
impl Folder for Inbox {
    fn properties(&self) -> Result<Properties> {
        let read = Bucket::open("read")?.keys(None)?.keys.len();
        Ok(Properties::new()
            .with(PID_TAG_DISPLAY_NAME, "Inbox")
            .with(PID_TAG_CONTAINER_CLASS, "IPF.Note")
            .with(PID_TAG_FOLDER_ID, value::id(self.id))
            .with(PID_TAG_CONTENT_COUNT, 3)
            .with(PID_TAG_CONTENT_UNREAD_COUNT, value::count(3 - read))
            .with(PID_TAG_SUBFOLDERS, false))
    }
    fn open_table(&self, kind: TableKind) -> Result<Box<dyn Table>> {
        let inbox = self.clone();
        let mids = if kind == TableKind::Contents { self.mids.clone() } else { vec![] };
        let row = move |mid: &Mid| inbox.open_message(*mid, false)?.properties();
        Ok(Box::new(RowsTable::open(columns::CONTENTS, move || mids.iter().map(&row).collect())?))
    }
    fn open_message(&self, mid: Mid, _read_write: bool) -> Result<Box<dyn Message>> {
        let at = self.mids.iter().position(|&other| other == mid);
        Ok(Box::new(Mail(at.ok_or_else(|| Error::not_found("no such message"))?, self.clone())))
    }
}

/// A message by its place, and the folder that it is in.
struct Mail(usize, Inbox);
impl Message for Mail {
    fn properties(&mut self) -> Result<Properties> {
        let (number, change_number) = (self.0 + 1, index::from_globcnt(self.0 as u64 + 1));
        let time = value::filetime_from_unix(1_767_258_000 + 90_000 * self.0 as i64);
        Ok(Properties::new()
            .with(PID_TAG_MID, value::id(self.1.mids[self.0]))
            .with(PID_TAG_CHANGE_NUMBER, value::id(change_number))
            .with(PID_TAG_CHANGE_KEY, change_key::xid(self.1.replica, change_number))
            .with(PID_TAG_MESSAGE_CLASS, "IPM.Note")
            .with(PID_TAG_MESSAGE_FLAGS, i32::from(Bucket::open("read")?.exists(&number.to_string())?))
            .with(PID_TAG_MESSAGE_SIZE, 20)
            .with(PID_TAG_SUBJECT, SUBJECTS[self.0])
            .with(PID_TAG_SENDER_NAME, "Alice Example")
            .with(PID_TAG_SENDER_EMAIL_ADDRESS, "alice@example.org")
            .with(PID_TAG_CLIENT_SUBMIT_TIME, PropertyValue::Time(time))
            .with(PID_TAG_MESSAGE_DELIVERY_TIME, PropertyValue::Time(time))
            .with(PID_TAG_BODY, format!("This is message {number}.\r\n")))
    }
    fn set_read_flag(&mut self, read: bool) -> Result<()> {
        let (bucket, key) = (Bucket::open("read")?, (self.0 + 1).to_string());
        if read { bucket.set(&key, b"1") } else { bucket.delete(&key) }
    }
}

#[cfg(test)]
mod tests;
