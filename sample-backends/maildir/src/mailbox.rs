//! What the handles of one context share: the tree, the folders that are open, and the envelopes read so far.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Read;
use std::rc::Rc;
use std::time::SystemTime;

use mapistore_sdk::types::{Fmid, Guid};
use mapistore_sdk::{Error, ErrorCode, Result};

use crate::envelope::{Envelope, HEADER_LIMIT, header_length};
use crate::ids;
use crate::mime::{Content, SIZE_LIMIT};
use crate::path::FolderPath;
use crate::snapshot::{FolderState, Record};
use crate::store::Store;

/// How much memory envelopes may take, about: enough for 30,000 messages.
const CACHE_BYTES: usize = 24 << 20;

/// How much of a file is read first. Most headers end before.
const FIRST_READ: u64 = 8 * 1024;

/// One context's view of its owner's mail.
pub(crate) struct Mailbox {
    /// The tree.
    pub(crate) store: Store,
    /// The owner, the first part of all URIs.
    pub(crate) user: String,
    /// The GUID that change keys begin with.
    pub(crate) replica: Guid,
    folders: RefCell<HashMap<FolderPath, Rc<FolderState>>>,
    summaries: RefCell<Summaries>,
}

/// What a contents table shows of a message, apart from its record.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// The headers.
    pub(crate) envelope: Envelope,
    /// PidTagMessageSize.
    pub(crate) size: u64,
    /// PidTagMessageDeliveryTime: when the file was written.
    pub(crate) delivered: Option<SystemTime>,
}

#[derive(Default)]
struct Summaries {
    by_id: HashMap<Fmid, (String, Rc<Summary>)>,
    bytes: usize,
}

impl Mailbox {
    /// The mail of `user` below `store`.
    pub(crate) fn new(store: Store, user: String, replica: Guid) -> Self {
        Self { store, user, replica, folders: RefCell::default(), summaries: RefCell::default() }
    }

    /// Ends the rename of a folder that was cut off, if there is one. What goes wrong is left to the next who comes.
    pub(crate) fn go_on_with_rename(&self) {
        let Some((old, new)) = self.store.unfinished_rename() else { return };
        let done = self.store.go_on_with_rename(&old, &new).map_err(Error::from).and_then(|()| {
            // The index may have been first, or somebody else.
            match ids::rename(&old.uri(&self.user), &new.uri(&self.user)) {
                Err(error) if error.code == ErrorCode::Exists => Ok(()),
                result => result,
            }
        });
        match done {
            Ok(()) => self.store.end_rename(),
            Err(error) => {
                log::warn!("the rename of `{old}` to `{new}` was cut off, and cannot go on: {error}")
            }
        }
    }

    /// The replica's GUID as one number.
    pub(crate) fn replica_number(&self) -> u128 {
        u128::from(self.replica.hi) << 64 | u128::from(self.replica.lo)
    }

    /// The folder at `path`, which need not exist, under its id; an id is registered if there is none.
    ///
    /// # Errors
    /// What the index says.
    pub(crate) fn folder(&self, path: &FolderPath) -> Result<Rc<FolderState>> {
        if let Some(folder) = self.folders.borrow().get(path) {
            return Ok(Rc::clone(folder));
        }
        let id = ids::ensure(&[path.uri(&self.user)])?.first().copied().unwrap_or_default();
        Ok(self.open(id, path))
    }

    /// The folder at `path`, whose id is known.
    pub(crate) fn open(&self, id: Fmid, path: &FolderPath) -> Rc<FolderState> {
        let mut folders = self.folders.borrow_mut();
        let folder =
            folders.entry(path.clone()).or_insert_with(|| Rc::new(FolderState::new(id, path.clone())));
        if folder.id != id {
            // A folder of this name was deleted, and there is another one now.
            *folder = Rc::new(FolderState::new(id, path.clone()));
        }
        Rc::clone(folder)
    }

    /// Where an open folder is.
    pub(crate) fn path_of(&self, id: Fmid) -> Option<FolderPath> {
        self.folders.borrow().values().find(|folder| folder.id == id).map(|folder| folder.path())
    }

    /// The sub-folders of a folder, each once, even if only something below it has a directory.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn children(&self, parent: Option<&FolderPath>) -> Result<Vec<FolderPath>> {
        let mut children: Vec<FolderPath> =
            self.store.folders()?.iter().filter_map(|folder| folder.ancestor_below(parent)).collect();
        children.dedup();
        Ok(children)
    }

    /// The folder moved: so did those below it, and every handle to one of them.
    pub(crate) fn moved(&self, old: &FolderPath, new: &FolderPath) {
        let mut folders = self.folders.borrow_mut();
        let all = std::mem::take(&mut *folders);
        folders.extend(all.into_values().map(|folder| {
            let path = folder.path();
            if path.is_within(old) {
                folder.set_path(path.moved(old, new));
            }
            (folder.path(), folder)
        }));
    }

    /// The folder is gone: its name may be given to another one.
    pub(crate) fn forget(&self, path: &FolderPath) {
        self.folders.borrow_mut().retain(|other, _| !other.is_within(path));
    }

    /// What a table shows of a message; read once, and then remembered.
    ///
    /// # Errors
    /// `NotFound` if the message is gone; what the disk says.
    pub(crate) fn summary(&self, folder: &FolderState, record: &Record) -> Result<Rc<Summary>> {
        if let Some((base, summary)) = self.summaries.borrow().by_id.get(&record.id)
            && *base == record.base
        {
            return Ok(Rc::clone(summary));
        }
        let mut file = self.store.open(&folder.path(), &record.base, &record.entry.file)?;
        let meta = file.metadata()?;
        // With room for all of it: else it is read in pieces that begin with 32 bytes, each a call of the host.
        let mut bytes = Vec::with_capacity(meta.len().min(FIRST_READ) as usize + 1);
        file.by_ref().take(FIRST_READ).read_to_end(&mut bytes)?;
        if header_length(&bytes) == bytes.len() {
            file.take(HEADER_LIMIT as u64 - FIRST_READ).read_to_end(&mut bytes)?;
        }
        let summary =
            Summary { envelope: Envelope::read(&bytes), size: meta.len(), delivered: meta.modified().ok() };
        Ok(self.remember(record, summary))
    }

    /// Remembers what a message looks like.
    pub(crate) fn remember(&self, record: &Record, summary: Summary) -> Rc<Summary> {
        let summary = Rc::new(summary);
        let mut summaries = self.summaries.borrow_mut();
        let bytes = summary.weight();
        if summaries.bytes + bytes > CACHE_BYTES {
            *summaries = Summaries::default();
        }
        summaries.bytes += bytes;
        summaries.by_id.insert(record.id, (record.base.clone(), Rc::clone(&summary)));
        summary
    }

    /// The whole message, or the beginning of one that is too large. Answers whether it is whole.
    ///
    /// # Errors
    /// `NotFound` if the message is gone; what the disk says.
    pub(crate) fn content(&self, folder: &FolderState, record: &Record) -> Result<(Content, bool)> {
        let file = self.store.open(&folder.path(), &record.base, &record.entry.file)?;
        let length = file.metadata()?.len();
        let whole = length <= SIZE_LIMIT;
        let mut bytes = Vec::with_capacity(length.min(SIZE_LIMIT) as usize + 1);
        file.take(SIZE_LIMIT).read_to_end(&mut bytes)?;
        let content = Content::read(&bytes);
        if let Ok(summary) = self.summary(folder, record)
            && summary.envelope.has_attachments != content.envelope.has_attachments
        {
            // The table guessed from the content type; now it need not.
            let mut summary = Summary::clone(&summary);
            summary.envelope.has_attachments = content.envelope.has_attachments;
            self.remember(record, summary);
        }
        Ok((content, whole))
    }

    /// Refuses a folder that is not there.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn check_exists(&self, path: &FolderPath) -> Result<()> {
        if self.store.exists(path)? {
            return Ok(());
        }
        Err(Error::new(ErrorCode::NotFound, format!("there is no folder `{path}`")))
    }
}

impl Summary {
    /// About how many bytes it takes.
    fn weight(&self) -> usize {
        let envelope = &self.envelope;
        let mailboxes = envelope.recipients.iter().map(|(_, mailbox)| mailbox).chain(&envelope.reply_to);
        let mailboxes: usize = mailboxes.map(|mailbox| mailbox.name.len() + mailbox.address.len() + 80).sum();
        let references: usize = envelope.references.iter().map(|id| id.len() + 32).sum();
        600 + envelope.subject.len() + mailboxes + references
    }
}
