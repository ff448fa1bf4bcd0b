//! Messages and attachments that are held in memory while they are open: changes are made to a draft, which takes the place of
//! what is kept when it is saved (MS-OXCMSG 3.2.5.2). A backend that can load a message and put one in its place implements
//! [`Keeper`] and has the handles; where and how messages are kept is its own affair.

mod attachment;
mod item;
mod message;

pub use item::{ATTACHMENT_COMPUTED, AttachmentItem, COMPUTED, Item, READ, UNSENT, stamp};
pub use message::HeldMessage;

use crate::{
    Error, Result,
    types::{Fid, Guid, Mid},
};
use std::rc::Rc;

/// Where messages are kept.
pub trait Keeper: 'static {
    /// The GUID in change keys.
    fn replica(&self) -> Guid;

    /// The message as it is kept now; none if there is none in this folder.
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone.
    fn item(&self, folder: Fid, id: Mid) -> Result<Option<Rc<Item>>>;

    /// Keeps a new message, and answers it as it is kept.
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone, `exists` if the id is taken.
    fn add(&self, folder: Fid, item: Item) -> Result<Rc<Item>>;

    /// Keeps a message in the place of the one with its id, and answers it as it is kept.
    ///
    /// # Errors
    /// `object-deleted` if the folder is gone.
    fn replace(&self, folder: Fid, item: Item) -> Result<Rc<Item>>;

    /// The whole of an attachment, for keepers whose items have summaries of them ([`AttachmentItem::kept`]).
    ///
    /// # Errors
    /// Those of the store.
    fn attachment(&self, item: &Rc<AttachmentItem>) -> Result<Rc<AttachmentItem>> {
        Ok(Rc::clone(item))
    }

    /// Whether the bytes of a mail (0x66590102) may be written: who reads MIME, or keeps what it is given as it is.
    fn takes_mime(&self) -> bool {
        false
    }

    /// The folder for what was sent.
    ///
    /// # Errors
    /// `not-implemented`, if messages cannot be sent.
    fn sent_items(&self) -> Result<Fid> {
        Err(Error::not_implemented("message.submit"))
    }

    /// Moves a message that was sent to where [`sent_items`](Self::sent_items) says.
    ///
    /// # Errors
    /// Those of moving a message.
    fn sent(&self, folder: Fid, id: Mid, sent_items: Fid) -> Result<()> {
        let _ = (folder, id, sent_items);
        Err(Error::not_implemented("message.submit"))
    }
}
