"""Runs natively: `PYTHONPATH=.mapistore/sdk python3 -m unittest`."""

import unittest

from mapistore import Error, ErrorCode, Guid, Ok, TableKind, testing, value
from mapistore.tags import *
from mapistore.types import ConnectionInfo

from backend import Example, Inbox

ALICE = ConnectionInfo("alice", "alice", Guid(1, 2), 1, 0x409, 1252)


class Test(unittest.TestCase):
    def setUp(self):
        testing.reset()

    def open(self) -> Inbox:
        [entry] = Example().list_contexts("alice")
        inbox = Example().create_context(ALICE, entry.url)
        assert isinstance(inbox, Inbox)
        return inbox

    def test_the_inbox_has_three_messages(self):
        inbox = self.open()
        table = inbox.open_table(TableKind.CONTENTS)
        table.set_columns([PID_TAG_SUBJECT])
        subjects = [value.unwrap(cell.value) for cell in table.query_rows(0, 10).cells if isinstance(cell, Ok)]
        self.assertEqual(subjects, ["Welcome", "A second message", "The last one"])
        self.assertEqual(inbox.properties()[PID_TAG_CONTENT_COUNT], 3)

    def test_a_read_mark_is_there_the_next_time(self):
        inbox = self.open()
        [done] = inbox.set_read_flags(inbox.mids[:1], True)
        self.assertEqual(done.outcome, Ok(None))
        again = self.open()
        self.assertEqual(again.open_message(again.mids[0], False).properties()[PID_TAG_MESSAGE_FLAGS], 1)
        self.assertEqual(again.properties()[PID_TAG_CONTENT_UNREAD_COUNT], 2)

    def test_what_is_not_there_is_not_found(self):
        for call in (lambda: self.open().open_message(7, False), lambda: Example().create_context(ALICE, "example-name://alice/x/")):
            with self.assertRaises(Error) as refused:
                call()
            self.assertEqual(refused.exception.code, ErrorCode.NOT_FOUND)
