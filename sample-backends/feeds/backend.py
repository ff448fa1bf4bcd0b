"""RSS and Atom feeds as mail folders: the backend, its root, and a folder for each feed."""

import logging

from feeds import subscriptions
from feeds.entry import Entry, Maker, Names
from feeds.library import Library, Row
from feeds.subscriptions import Subscription
from mapistore import (
    Backend,
    ConnectionInfo,
    Context,
    ContextEntry,
    Error,
    ErrorCode,
    Folder,
    ItemOutcome,
    Message,
    Properties,
    Role,
    RowsTable,
    Table,
    TableKind,
    export,
    index,
    outcomes,
    root,
)
from mapistore.tags import *

_log = logging.getLogger("feeds")
_NAME = "Feeds"


@export
class Feeds(Backend):
    name = "feeds"
    description = "RSS and Atom feeds, read-only"
    version = "0.1.0"

    def __init__(self) -> None:
        self.given: list[Subscription] = []
        self.refresh_seconds = 1800.0

    def init(self, config: dict[str, str]) -> None:
        self.given = subscriptions.of_setting(config.get("feeds", ""))
        minutes = config.get("refresh-minutes", "30")
        if not minutes.isdecimal() or not 1 <= int(minutes) <= 100_000:
            detail = f"the setting `refresh-minutes` is `{minutes}`, 1 to 100000 are allowed"
            raise Error(ErrorCode.BACKEND_INIT, detail)
        self.refresh_seconds = int(minutes) * 60.0

    def list_contexts(self, username: str) -> list[ContextEntry]:
        # Not the main folder of its role: that is the inbox.
        return [root(Role.MAIL, f"feeds://{username}/", _NAME, main=False)]

    def create_context(self, connection: ConnectionInfo, uri: str) -> Context:
        own = f"feeds://{connection.owner}/"
        if not uri.startswith("feeds://"):
            raise Error(ErrorCode.INVALID_NAMESPACE, f"`{uri}` is not of `feeds://`")
        if uri.removesuffix("/") + "/" != own:
            raise Error(ErrorCode.NOT_FOUND, f"there is only `{own}`")
        return Root(self, connection, own)


class Root(Context, Folder):
    """The folder of all feeds. It has no messages, and fetches nothing."""

    def __init__(self, backend: Feeds, connection: ConnectionInfo, uri: str) -> None:
        self._backend, self._connection, self._uri = backend, connection, uri
        self._id = 0
        self._names: Names | None = None

    def get_root_folder(self, id: int) -> Folder:
        self._id = id
        return self

    def properties(self) -> Properties:
        return Properties(
            {
                PID_TAG_DISPLAY_NAME: _NAME,
                PID_TAG_FOLDER_ID: self._id,
                PID_TAG_CONTAINER_CLASS: "IPF.Note",
                PID_TAG_CONTENT_COUNT: 0,
                PID_TAG_CONTENT_UNREAD_COUNT: 0,
                PID_TAG_SUBFOLDERS: bool(self._libraries()),
            }
        )

    def get_child_count(self, kind: TableKind) -> int:
        return len(self._libraries()) if kind == TableKind.HIERARCHY else 0

    def open_table(self, kind: TableKind) -> Table:
        if kind != TableKind.HIERARCHY:
            return RowsTable(CONTENTS, list)
        return RowsTable(HIERARCHY, lambda: [self._folder(*each).properties() for each in self._libraries()])

    def open_folder(self, id: int) -> Folder:
        for fid, library in self._libraries():
            if fid == id:
                library.refresh()
                return self._folder(fid, library)
        raise Error(ErrorCode.NOT_FOUND, "there is no such feed")

    def open_message(self, id: int, read_write: bool) -> Message:
        raise Error(ErrorCode.NOT_FOUND, "messages are in the folders of feeds")

    def _libraries(self) -> list[tuple[int, Library]]:
        """Each feed with the id of its folder."""
        found, problems = subscriptions.of_directory()
        for problem in problems:
            _log.warning("%s", problem)
        feeds = subscriptions.distinct(self._backend.given, found)
        uris = [f"{self._uri}{feed.key}/" for feed in feeds]
        made = [Library(feed, uri, self._backend.refresh_seconds) for feed, uri in zip(feeds, uris, strict=True)]
        return list(zip(index.ensure_ids(uris), made, strict=True))

    def _folder(self, fid: int, library: Library) -> "Feed":
        if self._names is None:
            self._names = Names()
        return Feed(library, fid, self._id, Maker(library, fid, self._connection.replica_guid, self._names))


class Feed(Folder):
    """One feed."""

    def __init__(self, library: Library, fid: int, parent: int, maker: Maker) -> None:
        self._library, self._fid, self._parent, self._maker = library, fid, parent, maker

    def properties(self) -> Properties:
        count, unread = self._library.counts()
        state = self._library.state()
        feed = self._library.subscription
        properties = Properties(
            {
                PID_TAG_DISPLAY_NAME: feed.name,
                PID_TAG_FOLDER_ID: self._fid,
                PID_TAG_PARENT_FOLDER_ID: self._parent,
                PID_TAG_CONTAINER_CLASS: "IPF.Note.OutlookHomepage",
                PID_TAG_CONTENT_COUNT: count,
                PID_TAG_CONTENT_UNREAD_COUNT: unread,
                PID_TAG_SUBFOLDERS: False,
            }
        )
        # What people see of a feed that is not well.
        properties[PID_TAG_COMMENT] = (state.problem or state.title or feed.place).replace("\0", "")
        return properties

    def get_child_count(self, kind: TableKind) -> int:
        return self._library.counts()[0] if kind == TableKind.CONTENTS else 0

    def open_table(self, kind: TableKind) -> Table:
        if kind != TableKind.CONTENTS:
            return RowsTable(HIERARCHY if kind == TableKind.HIERARCHY else CONTENTS, list)
        return RowsTable(CONTENTS + list(self._maker.names.tags.values()), self._rows)

    def open_message(self, id: int, read_write: bool) -> Message:
        return Entry(self._maker, self._row(id), id)

    def set_read_flags(self, ids: list[int], read: bool) -> list[ItemOutcome]:
        return outcomes(ids, lambda id: self._library.mark(self._row(id), read))

    def _rows(self) -> list[Properties]:
        self._library.refresh()
        rows = self._library.rows()
        mids = index.ensure_ids([self._library.uri + row.id for row in rows])
        return [self._maker.properties(row, mid) for row, mid in zip(rows, mids, strict=True)]

    def _row(self, mid: int) -> Row:
        [record] = index.get_uris([mid])
        if record and not record.soft_deleted and record.uri.startswith(self._library.uri):
            row = self._library.row(record.uri.removeprefix(self._library.uri))
            if row is not None:
                return row
        raise Error(ErrorCode.NOT_FOUND, "there is no such entry")


HIERARCHY = [
    PID_TAG_FOLDER_ID,
    PID_TAG_PARENT_FOLDER_ID,
    PID_TAG_DISPLAY_NAME,
    PID_TAG_COMMENT,
    PID_TAG_CONTAINER_CLASS,
    PID_TAG_CONTENT_COUNT,
    PID_TAG_CONTENT_UNREAD_COUNT,
    PID_TAG_SUBFOLDERS,
]
CONTENTS = [
    PID_TAG_MID,
    PID_TAG_PARENT_FOLDER_ID,
    PID_TAG_CHANGE_NUMBER,
    PID_TAG_CHANGE_KEY,
    PID_TAG_PREDECESSOR_CHANGE_LIST,
    PID_TAG_SOURCE_KEY,
    PID_TAG_MESSAGE_CLASS,
    PID_TAG_MESSAGE_FLAGS,
    PID_TAG_READ,
    PID_TAG_MESSAGE_SIZE,
    PID_TAG_HAS_ATTACHMENTS,
    PID_TAG_SUBJECT,
    PID_TAG_NORMALIZED_SUBJECT,
    PID_TAG_SENDER_NAME,
    PID_TAG_SENT_REPRESENTING_NAME,
    PID_TAG_CLIENT_SUBMIT_TIME,
    PID_TAG_MESSAGE_DELIVERY_TIME,
    PID_TAG_CREATION_TIME,
    PID_TAG_LAST_MODIFICATION_TIME,
]
