"""The objects of a mailbox as base classes (`wit/objects.wit`).

Every method has a default that answers `not-implemented`: write what you can do, and that is what `describe` claims. A context's
calls never run two at a time. Where the contract has a list, any list will do; where it has an error, raise `mapistore.Error`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from mapistore import index
from mapistore.errors import Error, ErrorCode, not_implemented, of_exception
from mapistore.tags import PID_TAG_NORMALIZED_SUBJECT, PID_TAG_SUBJECT, PID_TAG_SUBJECT_PREFIX
from mapistore.types import (
    AttachNum,
    Cell,
    ChangeNumber,
    DeletedSet,
    DeleteMode,
    Direction,
    Err,
    Fid,
    Fmid,
    FoundRow,
    ItemOutcome,
    MessageData,
    Mid,
    Ok,
    PathResult,
    Permission,
    PermissionChange,
    PermissionOptions,
    Property,
    PropertyProblem,
    PropertyTag,
    RecipientTable,
    RestrictionNode,
    RowBatch,
    SortOrder,
    StreamAccess,
    SubmitMode,
    TableKind,
    TransferItem,
)

if TYPE_CHECKING:
    from mapistore.properties import Properties  # It makes streams, which are objects.

Restriction: TypeAlias = list[RestrictionNode]
"""A restriction tree as a flat list; node 0 is the root (`wit/types.wit`)."""

F = TypeVar("F", bound=Callable[..., Any])


def outcomes(ids: Sequence[Fmid], do: Callable[[Fmid], object]) -> list[ItemOutcome]:
    """Does something for each id of a batch; an error is the outcome of its own id, and does not end the batch.

    What is not implemented for one is not implemented for all of them.
    """
    done: list[ItemOutcome] = []
    for id in ids:
        try:
            do(id)
            done.append(ItemOutcome(id, Ok(None)))
        except (Error, OSError) as exception:
            error = of_exception(exception)
            if error.code == ErrorCode.NOT_IMPLEMENTED:
                raise
            done.append(ItemOutcome(id, Err(error.code)))
    return done


def optional(method: F) -> F:
    """Marks a method whose default answers `not-implemented`: what overrides it is what a backend can do."""
    method.__dict__["optional"] = True
    return method


def implements(kind: type, method: str) -> bool:
    """Whether a class does this, and does not just inherit the default that does not."""
    return not getattr(getattr(kind, method), "optional", False)


class Object:
    """What all objects have in common."""

    def dropped(self) -> None:
        """The destructor: the host has let go of the object. Children go before their parents, and after a trap nobody is asked.

        It is called at once, when nobody else holds the handle, and does not wait for Python's garbage collection. What can
        fail belongs elsewhere: an exception in here is logged, and that is all.
        """


class Context(Object):
    """One root, opened for one user. It has a memory of its own: nothing is shared with another context."""

    def get_root_folder(self, id: Fid) -> Folder:
        """The root folder. `id` is the root's FID."""
        raise not_implemented("context.get-root-folder")

    def get_paths(self, ids: list[Fmid]) -> list[PathResult]:
        """Where each object is now: the URI without `namespace://`. By default, the one that the index has."""
        found: list[PathResult] = []
        for entry in index.get_uris(ids):
            if entry is None or entry.soft_deleted:
                found.append(Err(ErrorCode.NOT_FOUND))
            else:
                found.append(Ok(entry.uri.partition("://")[2]))
        return found

    def close(self) -> None:
        """Shuts down in an orderly way, where that can fail. Nothing that was acknowledged may depend on it."""


class Folder(Object):
    """A folder (MS-OXCFOLD)."""

    def properties(self) -> Properties:
        """All properties of the object as they are now. Write this, and the two calls that read them are done."""
        raise not_implemented("folder.get-properties")

    def list_properties(self) -> list[PropertyTag]:
        """The tags that `get_properties` can answer now: those of `properties`."""
        return self.properties().tags()

    def get_properties(self, tags: list[PropertyTag]) -> list[Cell]:
        """One cell for each tag, in their order: by default those of `properties`."""
        return self.properties().get_cells(tags)

    @optional
    def set_properties(self, values: list[Property]) -> list[PropertyProblem]:
        """Sets properties, durably; answers those that could not be set."""
        raise not_implemented("folder.set-properties")

    @optional
    def remove_properties(self, tags: list[PropertyTag]) -> list[PropertyProblem]:
        """Removes properties; one that is not there is no problem."""
        raise not_implemented("folder.remove-properties")

    @optional
    def open_stream(self, tag: PropertyTag, access: StreamAccess) -> PropertyStream:
        """Opens one large property. `BytesStream` is a ready one."""
        raise not_implemented("folder.open-stream")

    @optional
    def open_folder(self, id: Fid) -> Folder:
        """Opens a direct sub-folder."""
        raise not_implemented("folder.open-folder")

    @optional
    def create_folder(self, id: Fid, properties: list[Property]) -> Folder:
        """Creates a direct sub-folder under an id that the host allocated."""
        raise not_implemented("folder.create-folder")

    @optional
    def delete(self, mode: DeleteMode, recursive: bool) -> None:
        """Deletes this folder. Without `recursive`, one that is not empty answers `exists`; the root answers `denied`."""
        raise not_implemented("folder.delete")

    @optional
    def move_to(self, target: Folder | None, new_name: str) -> None:
        """Moves this folder below `target`, or makes it a root. `target` may be this very folder."""
        raise not_implemented("folder.move-to")

    @optional
    def copy_to(self, target: Folder, recursive: bool, new_name: str) -> None:
        """Copies this folder below `target`, which may be this very folder."""
        raise not_implemented("folder.copy-to")

    @optional
    def open_message(self, id: Mid, read_write: bool) -> Message:
        """Opens a message. Opened without `read_write`, all that changes it answers `denied`."""
        raise not_implemented("folder.open-message")

    @optional
    def create_message(self, id: Mid, associated: bool) -> Message:
        """A new message, unseen until it is saved."""
        raise not_implemented("folder.create-message")

    @optional
    def delete_messages(self, ids: list[Mid], mode: DeleteMode) -> list[ItemOutcome]:
        """One outcome for each id."""
        raise not_implemented("folder.delete-messages")

    @optional
    def move_copy_messages(self, source: Folder | str, items: list[TransferItem], copy: bool) -> list[ItemOutcome]:
        """Moves or copies messages into this folder, perhaps from itself. One outcome for each item, under its source id.

        `source` is a folder of this context; a `str` is the complete URI of one in another context, which only backends see
        that claim `CROSS_CONTEXT_MOVE`."""
        raise not_implemented("folder.move-copy-messages")

    def set_read_flags(self, ids: list[Mid], read: bool) -> list[ItemOutcome]:
        """One outcome for each id. By default each message is opened for writing, and told."""

        def mark(id: Mid) -> None:
            message = self.open_message(id, True)
            try:
                message.set_read_flag(read)
            finally:
                message.dropped()

        return outcomes(ids, mark)

    def get_child_count(self, kind: TableKind) -> int:
        """How many rows the unrestricted table of this kind has. By default they are counted."""
        table = self.open_table(kind)
        try:
            return table.row_count()
        finally:
            table.dropped()

    @optional
    def open_table(self, kind: TableKind) -> Table:
        """Opens a table over a snapshot of the folder. `RowsTable` is a ready one."""
        raise not_implemented("folder.open-table")

    @optional
    def get_deleted(self, kind: TableKind, since: ChangeNumber) -> DeletedSet:
        """What was deleted since a change number. Never an id that is live."""
        raise not_implemented("folder.get-deleted")

    @optional
    def get_permissions(self) -> list[Permission]:
        """Who may do what."""
        raise not_implemented("folder.get-permissions")

    @optional
    def modify_permissions(self, options: PermissionOptions, changes: list[PermissionChange]) -> None:
        """Changes who may do what."""
        raise not_implemented("folder.modify-permissions")

    @optional
    def preload_messages(self, kind: TableKind, ids: list[Mid]) -> None:
        """A hint that these messages will be opened soon; an empty list ends it. Ignored by default."""


class Message(Object):
    """A message (MS-OXCMSG). Changes are held until `save`."""

    def properties(self) -> Properties:
        """All properties of the object as they are now. Write this, and the two calls that read them are done."""
        raise not_implemented("message.get-properties")

    def list_properties(self) -> list[PropertyTag]:
        """The tags that `get_properties` can answer now: those of `properties`."""
        return self.properties().tags()

    def get_properties(self, tags: list[PropertyTag]) -> list[Cell]:
        """One cell for each tag, in their order: by default those of `properties`."""
        return self.properties().get_cells(tags)

    @optional
    def set_properties(self, values: list[Property]) -> list[PropertyProblem]:
        """Sets properties; answers those that could not be set."""
        raise not_implemented("message.set-properties")

    @optional
    def remove_properties(self, tags: list[PropertyTag]) -> list[PropertyProblem]:
        """Removes properties; one that is not there is no problem."""
        raise not_implemented("message.remove-properties")

    @optional
    def open_stream(self, tag: PropertyTag, access: StreamAccess) -> PropertyStream:
        """Opens one large property."""
        raise not_implemented("message.open-stream")

    def get_data(self) -> MessageData:
        """What a client is told when it opens the message. By default it has no recipients, and its subject is in its
        properties."""
        properties = self.properties()
        normalized = properties.get(PID_TAG_NORMALIZED_SUBJECT, properties.get(PID_TAG_SUBJECT))
        return MessageData(properties.get(PID_TAG_SUBJECT_PREFIX), normalized, RecipientTable([], []))

    @optional
    def set_recipients(self, recipients: RecipientTable) -> None:
        """Replaces all recipients."""
        raise not_implemented("message.set-recipients")

    @optional
    def set_read_flag(self, read: bool) -> None:
        """MSGFLAG_READ; durable when the call answers."""
        raise not_implemented("message.set-read-flag")

    @optional
    def save(self, force: bool) -> ChangeNumber:
        """Makes the message durable and visible; answers its new change number."""
        raise not_implemented("message.save")

    @optional
    def submit(self, mode: SubmitMode) -> None:
        """Sends the message."""
        raise not_implemented("message.submit")

    @optional
    def list_attachments(self) -> list[AttachNum]:
        """The numbers of the saved attachments."""
        raise not_implemented("message.list-attachments")

    @optional
    def open_attachment(self, num: AttachNum, read_write: bool) -> Attachment:
        """Opens an attachment."""
        raise not_implemented("message.open-attachment")

    @optional
    def create_attachment(self) -> tuple[AttachNum, Attachment]:
        """A new attachment, listed once it and then its message have been saved."""
        raise not_implemented("message.create-attachment")

    @optional
    def delete_attachment(self, num: AttachNum) -> None:
        """Deletes an attachment."""
        raise not_implemented("message.delete-attachment")

    @optional
    def open_attachment_table(self) -> Table:
        """Opens the table of attachments."""
        raise not_implemented("message.open-attachment-table")


class Attachment(Object):
    """An attachment (MS-OXCMSG 2.2.2)."""

    def properties(self) -> Properties:
        """All properties of the object as they are now. Write this, and the two calls that read them are done."""
        raise not_implemented("attachment.get-properties")

    def list_properties(self) -> list[PropertyTag]:
        """The tags that `get_properties` can answer now: those of `properties`."""
        return self.properties().tags()

    def get_properties(self, tags: list[PropertyTag]) -> list[Cell]:
        """One cell for each tag, in their order: by default those of `properties`."""
        return self.properties().get_cells(tags)

    @optional
    def set_properties(self, values: list[Property]) -> list[PropertyProblem]:
        """Sets properties; answers those that could not be set."""
        raise not_implemented("attachment.set-properties")

    @optional
    def remove_properties(self, tags: list[PropertyTag]) -> list[PropertyProblem]:
        """Removes properties; one that is not there is no problem."""
        raise not_implemented("attachment.remove-properties")

    @optional
    def open_stream(self, tag: PropertyTag, access: StreamAccess) -> PropertyStream:
        """Opens one large property; the content is PidTagAttachDataBinary."""
        raise not_implemented("attachment.open-stream")

    @optional
    def save(self) -> None:
        """Makes the attachment part of the message as it is held."""
        raise not_implemented("attachment.save")

    @optional
    def open_embedded(self) -> tuple[Mid, Message]:
        """The message in an attachment of method afEmbeddedMessage."""
        raise not_implemented("attachment.open-embedded")

    @optional
    def create_embedded(self, id: Mid) -> Message:
        """Makes this attachment an embedded message."""
        raise not_implemented("attachment.create-embedded")


class Table(Object):
    """A table (MS-OXCTABL). Row numbers count from 0 in the restricted and sorted view."""

    @optional
    def available_columns(self) -> list[PropertyTag]:
        """Every column that the table has."""
        raise not_implemented("table.available-columns")

    @optional
    def set_columns(self, columns: list[PropertyTag]) -> None:
        """Chooses the columns. Until then `query_rows` and `find_row` answer `not-initialized`."""
        raise not_implemented("table.set-columns")

    @optional
    def set_restriction(self, restriction: Restriction | None) -> None:
        """Shows only the rows that satisfy it. `too-complex`, the default, makes the host filter."""
        if restriction is not None:
            raise Error(ErrorCode.TOO_COMPLEX, "this table has its natural view only")

    @optional
    def set_sort_order(self, order: SortOrder | None) -> None:
        """Orders the rows. `too-complex`, the default, makes the host sort."""
        if order is not None:
            raise Error(ErrorCode.TOO_COMPLEX, "this table has its natural view only")

    @optional
    def row_count(self) -> int:
        """How many rows the view has."""
        raise not_implemented("table.row-count")

    @optional
    def query_rows(self, start: int, count: int) -> RowBatch:
        """Up to `count` rows from `start`."""
        raise not_implemented("table.query-rows")

    @optional
    def find_row(self, start: int, direction: Direction, restriction: Restriction) -> FoundRow | None:
        """The first row from `start` that satisfies the restriction."""
        raise not_implemented("table.find-row")

    @optional
    def refresh(self) -> None:
        """Looks at the folder again."""
        raise not_implemented("table.refresh")


class PropertyStream(Object):
    """Random access to one large property. `BytesStream` is a ready one."""

    @optional
    def size(self) -> int:
        """Size in bytes."""
        raise not_implemented("property-stream.size")

    @optional
    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; fewer only at the end."""
        raise not_implemented("property-stream.read")

    @optional
    def write(self, offset: int, data: bytes) -> None:
        """Writes all of `data` at `offset`; a gap before it is filled with zeros."""
        raise not_implemented("property-stream.write")

    @optional
    def set_size(self, size: int) -> None:
        """Cuts off or fills with zeros."""
        raise not_implemented("property-stream.set-size")

    @optional
    def commit(self) -> None:
        """Puts what was written into the object."""
        raise not_implemented("property-stream.commit")
