//! One message, read from one folder and written into another, with all that is in it.

use std::future::Future;
use std::pin::Pin;

use super::names::Names;
use super::properties::{self, Bag};
use super::{TransferError, fresh_ids};
use crate::bindings::exports::mapistore::backend::objects::TransferItem;
use crate::bindings::mapistore::backend::types::{
    Capabilities, ErrorCode, Property, PropertyTag, PropertyValue, RecipientTable,
};
use crate::error::CallError;
use crate::events::Notice;
use crate::index::Fmid;
use crate::objects::{Attachment, Folder, Message};

/// PR_INTERNET_CONTENT: the original bytes.
pub(crate) const MIME: PropertyTag = 0x6659_0102;
/// PidTagMessageFlags, in which `READ` is mfRead.
const MESSAGE_FLAGS: PropertyTag = 0x0E07_0003;
const READ: i32 = 1;
/// PidTagAssociated.
const ASSOCIATED: PropertyTag = 0x67AA_000B;
/// PidTagChangeKey and PidTagPredecessorChangeList.
const KEYS: [PropertyTag; 2] = [0x65E2_0102, 0x65E3_0102];
/// PidTagAttachDataBinary and PidTagAttachDataObject.
const DATA: [PropertyTag; 2] = [0x3701_0102, 0x3701_000D];
/// PidTagAttachMethod; afEmbeddedMessage and afOle.
const METHOD: PropertyTag = 0x3705_0003;
const EMBEDDED: i32 = 5;
const OLE: i32 = 6;

/// What original bytes do not say, and what is no part of them: the time of delivery, flags, follow-up, the last reply.
const BESIDE_BYTES: [PropertyTag; 4] = [0x0E06_0040, MESSAGE_FLAGS, 0x1090_0003, 0x1081_0003];
/// What a backend that understands original bytes can tell of a message afterwards, by property id: subject, body, HTML,
/// headers, names, message id, time.
const IN_BYTES: [u32; 10] = [0x0037, 0x0E1D, 0x1000, 0x1013, 0x007D, 0x0C1A, 0x0042, 0x1035, 0x3001, 0x0039];
/// Without one of each group a message is another: its class, its subject, its text.
const ESSENTIAL: [&[u32]; 3] = [&[0x001A], &[0x0037, 0x0E1D], &[0x1000, 0x1013, 0x1009]];

/// How deep messages in messages may lie.
const DEPTH_MAX: usize = 16;
/// How many attachments a message may have.
const ATTACHMENTS_MAX: usize = 10_000;

/// The part of a transfer that all its messages have in common.
struct Transfer<'a> {
    target: &'a Folder,
    names: Names,
    inline_limit: u32,
    bytes: bool,
    attachments: bool,
    lost: Vec<PropertyTag>,
}

/// Writes a copy of a message and saves it; answers the properties that the target has no place for. What fails leaves
/// nothing: a message that was never saved is dropped.
pub(super) async fn transfer(
    target: &Folder,
    source: &Folder,
    item: TransferItem,
    notice: Notice,
) -> Result<Vec<PropertyTag>, TransferError> {
    let original = source.open_message(Fmid(item.source), false).await?;
    let cells = original.get_properties(&[ASSOCIATED, MESSAGE_FLAGS]).await?;
    let associated = matches!(cells.first(), Some(Ok(PropertyValue::Boolean(true))));
    let read = match cells.get(1) {
        Some(Ok(PropertyValue::Integer32(flags))) => Some(flags & READ != 0),
        _ => None,
    };
    let copy = target.create_message(Fmid(item.target), associated).await?;
    let (from, to) = (&source.handle.inner.backend, &target.handle.inner.backend);
    let mut transfer = Transfer {
        target,
        names: Names::new(source, target)?,
        inline_limit: to.inline_limit(),
        bytes: from.claims(Capabilities::STREAMS) && to.claims(Capabilities::STREAMS),
        attachments: from.claims(Capabilities::ATTACHMENTS),
        lost: Vec::new(),
    };
    transfer.message(&original, &copy, 0).await?;
    if let Some(keys) = item.keys {
        let values = KEYS.into_iter().zip([keys.change_key, keys.predecessors]);
        let values = values.map(|(tag, value)| Property { tag, value: PropertyValue::Binary(value) });
        // A backend that makes its own refuses them; the client then sees a change, and no loss.
        copy.set_properties(values.collect()).await?;
    }
    copy.save_with(false, move || notice).await?;
    if let Some(read) = read {
        keep_read_state(&copy, read).await;
    }
    Ok(transfer.lost)
}

/// Marks the copy as the original was, if it is not. The message is there already, so this does not fail it.
async fn keep_read_state(copy: &Message, read: bool) {
    let flags = copy.get_properties(&[MESSAGE_FLAGS]).await.ok().and_then(|mut cells| cells.pop());
    let is_read = matches!(flags, Some(Ok(PropertyValue::Integer32(flags))) if flags & READ != 0);
    if is_read != read
        && let Err(error) = copy.set_read_flag(read).await
    {
        tracing::warn!(%error, "the read state of a copy was not kept");
    }
}

type Boxed<'f> = Pin<Box<dyn Future<Output = Result<(), TransferError>> + Send + 'f>>;

impl Transfer<'_> {
    /// Everything of a message, and of the messages in it.
    fn message<'f>(&'f mut self, source: &'f Message, copy: &'f Message, depth: usize) -> Boxed<'f> {
        Box::pin(async move {
            if depth > DEPTH_MAX {
                return Err(TransferError::TooMuch { what: "messages in each other", max: DEPTH_MAX });
            }
            let mut tags = source.list_properties().await?;
            tags.retain(|tag| !properties::is_computed(*tag));
            tags.sort_unstable();
            tags.dedup();
            // The original first: what a backend makes of it is what it would have made of it at delivery.
            if self.bytes
                && properties::pipe(source, MIME, copy, MIME).await?
                && understands(copy, &tags).await?
            {
                tags.retain(|tag| BESIDE_BYTES.contains(tag));
                properties::copy(source, copy, &tags, &mut self.names, self.inline_limit).await?;
                return Ok(());
            }
            let lost = properties::copy(source, copy, &tags, &mut self.names, self.inline_limit).await?;
            check_essential(&tags, &lost)?;
            self.lost.extend(lost);
            self.recipients(source, copy).await?;
            if self.attachments {
                self.all_attachments(source, copy, depth).await?;
            }
            Ok(())
        })
    }

    async fn recipients(&mut self, source: &Message, copy: &Message) -> Result<(), TransferError> {
        let RecipientTable { columns, mut rows } = source.get_data().await?.recipients;
        if rows.is_empty() {
            return Ok(());
        }
        let translated = self.names.translate(&columns)?;
        for row in &mut rows {
            let mut kept = translated.iter().map(Option::is_some);
            row.cells.retain(|_| kept.next().unwrap_or_default());
        }
        let columns = translated.into_iter().flatten().collect();
        Ok(copy.set_recipients(RecipientTable { columns, rows }).await?)
    }

    async fn all_attachments(
        &mut self,
        source: &Message,
        copy: &Message,
        depth: usize,
    ) -> Result<(), TransferError> {
        let numbers = match source.list_attachments().await {
            Err(error) if error.code() == Some(ErrorCode::NotImplemented) => return Ok(()),
            numbers => numbers?,
        };
        if numbers.len() > ATTACHMENTS_MAX {
            return Err(TransferError::TooMuch { what: "attachments", max: ATTACHMENTS_MAX });
        }
        for number in numbers {
            let original = source.open_attachment(number, false).await?;
            let (_, new) = copy.create_attachment().await?;
            self.attachment(&original, &new, depth).await?;
            new.save().await?;
        }
        Ok(())
    }

    async fn attachment(
        &mut self,
        source: &Attachment,
        copy: &Attachment,
        depth: usize,
    ) -> Result<(), TransferError> {
        let mut tags = source.list().await?;
        tags.retain(|tag| !properties::is_computed(*tag));
        let lost = properties::copy(source, copy, &tags, &mut self.names, self.inline_limit).await?;
        self.lost.extend(lost);
        let method = match source.get_properties(&[METHOD]).await?.pop() {
            Some(Ok(PropertyValue::Integer32(method))) => method,
            _ => 1,
        };
        if method == EMBEDDED {
            let (_, original) = source.open_embedded().await?;
            let id = fresh_ids(self.target, 1)?.pop().ok_or_else(super::no_ids)?;
            let embedded = copy.create_embedded(id).await?;
            self.message(&original, &embedded, depth + 1).await?;
            embedded.save(false).await?;
            return Ok(());
        }
        let [binary, object] = DATA;
        let tag = if method == OLE { object } else { binary };
        if properties::pipe(source, tag, copy, tag).await? {
            return Ok(());
        }
        // Without streams, or without data: a link, for example.
        let lost = properties::copy(source, copy, &[binary], &mut self.names, self.inline_limit).await?;
        match lost.first() {
            Some(&tag) => Err(TransferError::NotHeld { tag }),
            None => Ok(()),
        }
    }
}

/// Whether a backend made a message of the original bytes that it was given, and does not just keep them: it then tells
/// at least half of what the source tells and such bytes contain.
async fn understands(copy: &Message, source_tags: &[PropertyTag]) -> Result<bool, CallError> {
    let probes: Vec<_> = source_tags.iter().copied().filter(|tag| IN_BYTES.contains(&(tag >> 16))).collect();
    if probes.is_empty() {
        return Ok(false);
    }
    let told = copy.get_properties(&probes).await?.iter().filter(|cell| cell.is_ok()).count();
    Ok(2 * told >= probes.len())
}

/// Refuses a copy that would not be the message any more.
fn check_essential(tags: &[PropertyTag], lost: &[PropertyTag]) -> Result<(), TransferError> {
    for group in ESSENTIAL {
        let mut of_group = tags.iter().filter(|tag| group.contains(&(*tag >> 16))).peekable();
        if let Some(&&tag) = of_group.peek()
            && of_group.all(|tag| lost.contains(tag))
        {
            return Err(TransferError::NotHeld { tag });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_its_class_or_any_of_its_texts_is_not_the_message() {
        let tags = [0x001A_001F, 0x0037_001F, 0x1000_001F, 0x1013_0102, 0x3007_0040];
        assert!(check_essential(&tags, &[0x1000_001F, 0x3007_0040]).is_ok());
        for lost in [&[0x001A_001F][..], &[0x0037_001F], &[0x1000_001F, 0x1013_0102]] {
            assert!(matches!(check_essential(&tags, lost), Err(TransferError::NotHeld { .. })), "{lost:?}");
        }
    }
}
