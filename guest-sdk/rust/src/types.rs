//! The contract's types under their own names. `wit/types.wit` says what each means.

use crate::{Folder, bindings::exports::mapistore::backend::objects};

pub use crate::bindings::mapistore::backend::types::{
    AttachNum, BackendInfo, BitmaskMatch, Capabilities, Cell, ChangeNumber, CommentNode, CompareMatch,
    ConnectionInfo, ContentMatch, ContextEntry, CountNode, DeleteMode, Fid, Fmid, Guid, ItemOutcome,
    MatchFlags, MatchKind, Member, MessageData, Mid, Permission, PermissionChange, PermissionOptions,
    Property, PropertyMatch, PropertyProblem, PropertyTag, PropertyValue, Recipient, RecipientKind,
    RecipientTable, Relop, Restriction, RestrictionNode, Role, RowBatch, SizeMatch, SortDirection, SortKey,
    SortOrder, SubMatch, SubObject, SubmitMode, TableKind,
};
pub use objects::{DeletedSet, Direction, FoundRow, ImportKeys, PathResult, StreamAccess, TransferItem};

/// Where the messages of [`Folder::move_copy_messages`] come from.
pub enum TransferSource<'a> {
    /// A folder of this context: perhaps the very one that they go to.
    SameContext(&'a dyn Folder),
    /// The complete URI of a folder in another context. Only backends that claim
    /// [`Capabilities::CROSS_CONTEXT_MOVE`] see it.
    Uri(String),
}
