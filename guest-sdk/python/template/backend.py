"""One Inbox of three messages, which can be marked as read."""

from datetime import datetime, timedelta, timezone

from mapistore import (
    Backend, ConnectionInfo, Context, ContextEntry, Error, ErrorCode, Folder, Message, Properties, Role, RowsTable, Table,
    TableKind, export, index, keys, keyvalue, root,
)
from mapistore.tags import *

SUBJECTS = ["Welcome", "A second message", "The last one"]


@export
class Example(Backend):
    name, description, version = "example-name", "three messages", "0.1.0"

    def list_contexts(self, username: str) -> list[ContextEntry]:
        return [root(Role.MAIL, f"example-name://{username}/inbox/", "Inbox")]

    def create_context(self, connection: ConnectionInfo, uri: str) -> Context:
        inbox = f"example-name://{connection.owner}/inbox"
        if uri.removesuffix("/") != inbox:
            raise Error(ErrorCode.NOT_FOUND, "there is only an inbox")
        return Inbox(connection, index.ensure_ids([f"{inbox}/{number}" for number in (1, 2, 3)]))


class Inbox(Context, Folder):
    def __init__(self, connection: ConnectionInfo, mids: list[int]) -> None:
        self.id, self.mids, self.replica = 0, mids, connection.replica_guid
        self.read = keyvalue.Bucket("read")

    def get_root_folder(self, id: int) -> Folder:
        self.id = id
        return self

    def properties(self) -> Properties:
        unread = 3 - len(list(self.read.keys()))
        return Properties({PID_TAG_DISPLAY_NAME: "Inbox", PID_TAG_CONTAINER_CLASS: "IPF.Note", PID_TAG_FOLDER_ID: self.id,
                           PID_TAG_CONTENT_COUNT: 3, PID_TAG_CONTENT_UNREAD_COUNT: unread, PID_TAG_SUBFOLDERS: False})

    def open_table(self, kind: TableKind) -> Table:
        mids = self.mids if kind == TableKind.CONTENTS else []
        return RowsTable(list(Mail(self, 0).properties()), lambda: [Mail(self, at).properties() for at in range(len(mids))])

    def open_message(self, id: int, read_write: bool) -> Message:
        if id not in self.mids:
            raise Error(ErrorCode.NOT_FOUND, "no such message")
        return Mail(self, self.mids.index(id))


class Mail(Message):
    def __init__(self, inbox: Inbox, at: int) -> None:
        self.inbox, self.at, self.key, self.change = inbox, at, str(at + 1), index.from_globcnt(at + 1)

    def properties(self) -> Properties:
        time = datetime(2026, 1, 1, 9, tzinfo=timezone.utc) + self.at * timedelta(hours=25)
        return Properties({
            PID_TAG_MID: self.inbox.mids[self.at], PID_TAG_CHANGE_NUMBER: self.change,
            PID_TAG_CHANGE_KEY: keys.xid(self.inbox.replica, self.change), PID_TAG_MESSAGE_CLASS: "IPM.Note",
            PID_TAG_MESSAGE_FLAGS: int(self.key in self.inbox.read), PID_TAG_MESSAGE_SIZE: 20,
            PID_TAG_SUBJECT: SUBJECTS[self.at], PID_TAG_SENDER_NAME: "Alice Example",
            PID_TAG_SENDER_EMAIL_ADDRESS: "alice@example.org", PID_TAG_CLIENT_SUBMIT_TIME: time,
            PID_TAG_MESSAGE_DELIVERY_TIME: time, PID_TAG_BODY: f"This is message {self.key}.\r\n"})

    def set_read_flag(self, read: bool) -> None:
        if read:
            self.inbox.read.set(self.key, b"1")
        else:
            self.inbox.read.delete(self.key)
