"""One Inbox of three messages, which can be marked as read."""

from datetime import datetime, timezone

from mapistore import (
    Backend, ConnectionInfo, Context, ContextEntry, Error, ErrorCode, Folder, ItemOutcome, Message, MessageData, Properties,
    RecipientTable, Role, RowsTable, Table, TableKind, export, index, keys, keyvalue, outcomes, root,
)
from mapistore.tags import *

MESSAGES = [
    ("Welcome", datetime(2026, 1, 1, 9, tzinfo=timezone.utc)),
    ("A second message", datetime(2026, 1, 2, 10, tzinfo=timezone.utc)),
    ("The last one", datetime(2026, 1, 3, 11, tzinfo=timezone.utc)),
]

@export
class Example(Backend):
    name, description, version = "example-name", "three messages", "0.1.0"

    def list_contexts(self, username: str) -> list[ContextEntry]:
        return [root(Role.MAIL, f"example-name://{username}/inbox/", "Inbox")]
    def create_context(self, connection: ConnectionInfo, uri: str) -> Context:
        if uri.removesuffix("/") != f"example-name://{connection.owner}/inbox":
            raise Error(ErrorCode.NOT_FOUND, "there is only an inbox")
        return Inbox(connection, uri.removesuffix("/"))

class Inbox(Context, Folder):
    def __init__(self, connection: ConnectionInfo, uri: str) -> None:
        self.id, self.replica, self.state = 0, connection.replica_guid, keyvalue.Bucket("state")
        self.mids = index.ensure_ids([f"{uri}/{number}" for number in (1, 2, 3)])
    def get_root_folder(self, id: int) -> Folder:
        self.id = id
        return self
    def properties(self) -> Properties:
        unread = sum(not self.is_read(mid)[0] for mid in self.mids)
        return Properties({PID_TAG_DISPLAY_NAME: "Inbox", PID_TAG_CONTAINER_CLASS: "IPF.Note", PID_TAG_FOLDER_ID: self.id,
                           PID_TAG_CONTENT_COUNT: 3, PID_TAG_CONTENT_UNREAD_COUNT: unread, PID_TAG_SUBFOLDERS: False})
    def get_child_count(self, kind: TableKind) -> int:
        return 3 if kind == TableKind.CONTENTS else 0
    def open_table(self, kind: TableKind) -> Table:
        mids = self.mids if kind == TableKind.CONTENTS else []
        return RowsTable(list(self.message(self.mids[0])), lambda: [self.message(mid) for mid in mids])
    def open_message(self, id: int, read_write: bool) -> Message:
        self.is_read(id)
        return Mail(self, id)
    def set_read_flags(self, ids: list[int], read: bool) -> list[ItemOutcome]:
        return outcomes(ids, lambda mid: self.is_read(mid)[0] != read and self.keep(mid, read))
    def message(self, mid: int) -> Properties:
        (subject, time), (read, change) = MESSAGES[self.mids.index(mid)], self.is_read(mid)
        return Properties({
            PID_TAG_MID: mid, PID_TAG_CHANGE_NUMBER: change, PID_TAG_CHANGE_KEY: keys.xid(self.replica, change),
            PID_TAG_MESSAGE_CLASS: "IPM.Note", PID_TAG_MESSAGE_FLAGS: int(read), PID_TAG_READ: read, PID_TAG_MESSAGE_SIZE: 20,
            PID_TAG_SUBJECT: subject, PID_TAG_NORMALIZED_SUBJECT: subject, PID_TAG_SENDER_NAME: "Alice Example",
            PID_TAG_SENDER_EMAIL_ADDRESS: "alice@example.org", PID_TAG_SENDER_ADDRESS_TYPE: "SMTP",
            PID_TAG_CLIENT_SUBMIT_TIME: time, PID_TAG_MESSAGE_DELIVERY_TIME: time,
            PID_TAG_BODY: f"This is message {self.mids.index(mid) + 1}.\r\n"})
    def is_read(self, mid: int) -> tuple[bool, int]:
        if mid not in self.mids:
            raise Error(ErrorCode.NOT_FOUND, "no such message")
        kept = self.state.get(f"{self.mids.index(mid) + 1}")
        return (kept[:1] == b"1", int(kept[2:])) if kept else self.keep(mid, False)
    def keep(self, mid: int, read: bool) -> tuple[bool, int]:
        [change] = index.next_change_numbers(1)
        self.state.set(f"{self.mids.index(mid) + 1}", f"{int(read)} {change}".encode())
        return read, change

class Mail(Message):
    def __init__(self, inbox: Inbox, mid: int) -> None:
        self.inbox, self.mid = inbox, mid
    def properties(self) -> Properties:
        return self.inbox.message(self.mid)
    def get_data(self) -> MessageData:
        return MessageData(None, self.properties()[PID_TAG_SUBJECT], RecipientTable([], []))
    def set_read_flag(self, read: bool) -> None:
        self.inbox.set_read_flags([self.mid], read)
