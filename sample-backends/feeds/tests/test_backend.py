import os
import tempfile
import unittest
from typing import Any
from unittest import mock

import backend
from feeds import library, subscriptions
from mapistore import DeleteMode, Error, ErrorCode, Guid, StreamAccess, TableKind, index, testing
from mapistore.http import Response
from mapistore.tags import *
from mapistore.types import ConnectionInfo, Err, Ok

from tests.test_parse import RSS

URL = "https://example.org/feed"
CONNECTION = ConnectionInfo("alice", "alice", Guid(1, 2), 1, 0x409, 1252)


def feed(*numbers: int, title: str = "entry") -> bytes:
    items = "".join(
        f"<item><guid>{n}</guid><title>{title} {n}</title><pubDate>Thu, 01 Jan 2026 10:{n % 60:02}:00 GMT</pubDate></item>"
        for n in numbers
    )
    return f"<rss><channel><title>The feed</title>{items}</channel></rss>".encode()


class Feeds(unittest.TestCase):
    def setUp(self):
        testing.reset()
        self.now = 1_800_000_000.0
        clock = mock.patch.object(library.time, "time", lambda: self.now)
        clock.start()
        self.addCleanup(clock.stop)
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        found = subscriptions.of_directory
        there = mock.patch.object(subscriptions, "of_directory", lambda: found(self.directory.name))
        there.start()
        self.addCleanup(there.stop)

    def serve(self, body: bytes, status: int = 200, **headers: str) -> None:
        answer = Response(status, [(name.replace("_", "-"), value) for name, value in headers.items()], body)
        testing.http.answers[URL] = lambda asked: self.asked.append(asked) or answer
        self.asked: list[dict[str, str]] = []

    def open(self, config: str = URL) -> Any:
        """A context of its own each time, as the host has it."""
        made = backend.Feeds()
        made.init({"feeds": config})
        [entry] = made.list_contexts("alice")
        root: Any = made.create_context(CONNECTION, entry.url).get_root_folder(index.ensure_ids([entry.url])[0])
        self.fids = [fid for fid, _ in root._libraries()]
        return root

    def folder(self) -> Any:
        root = self.open()
        return root.open_folder(self.fids[0])

    def later(self, seconds: float = 1900) -> None:
        self.now += seconds

    def titles(self, folder: Any) -> list[str]:
        table = folder.open_table(TableKind.CONTENTS)
        table.set_columns([PID_TAG_SUBJECT])
        return [cell.value.value for cell in table.query_rows(0, 5_000).cells]

    def mids(self, folder: Any) -> list[int]:
        table = folder.open_table(TableKind.CONTENTS)
        table.set_columns([PID_TAG_MID])
        return [cell.value.value & (1 << 64) - 1 for cell in table.query_rows(0, 5_000).cells]

    def test_a_feed_is_a_folder_and_an_entry_a_message(self):
        self.serve(RSS)
        folder = self.folder()
        self.assertEqual(folder.properties()[PID_TAG_CONTENT_COUNT], 3)
        table = folder.open_table(TableKind.CONTENTS)
        table.set_columns([PID_TAG_SUBJECT, PID_TAG_SENDER_NAME])
        self.assertIn("One <3", self.titles(folder))
        at = self.titles(folder).index("One <3")
        message = folder.open_message(self.mids(folder)[at], False)
        properties = message.properties()
        self.assertEqual(properties[PID_TAG_MESSAGE_CLASS], "IPM.Post.Rss")
        self.assertEqual(properties[PID_TAG_SENDER_NAME], "Alice")
        self.assertEqual(properties[PID_TAG_HTML], b"<p>long &nbsp; text</p>")
        self.assertEqual(properties[PID_TAG_BODY], "long text\r\n\r\nhttps://example.org/one\r\n")
        self.assertEqual(properties[folder._maker.names.tags["item_link"]], "https://example.org/one")
        self.assertEqual(message.open_stream(PID_TAG_HTML, StreamAccess.READ).read(0, 3), b"<p>")
        with self.assertRaises(Error):
            message.open_stream(PID_TAG_HTML, StreamAccess.READ_WRITE)

    def test_entries_keep_their_ids_in_another_context_and_after_the_feed_has_dropped_them(self):
        self.serve(feed(1, 2))
        before = self.mids(self.folder())
        self.serve(feed(3, 2))
        self.later()
        folder = self.folder()
        self.assertEqual(self.titles(folder), ["entry 3", "entry 2", "entry 1"])
        self.assertEqual(self.mids(folder)[1:], before)

    def test_a_feed_that_is_away_or_nonsense_loses_nothing_and_says_what_is_wrong(self):
        self.serve(feed(1))
        self.folder()
        for body, status, word in [(b"<html/>", 200, "html"), (b"", 404, "404"), (feed()[:20], 200, "no XML")]:
            self.serve(body, status)
            self.later()
            folder = self.folder()
            self.assertEqual(self.titles(folder), ["entry 1"])
            self.assertIn(word, folder.properties()[PID_TAG_COMMENT])
        testing.http.answers.clear()
        self.later()
        self.assertIn("connection-refused", self.folder().properties()[PID_TAG_COMMENT])
        self.serve(feed(1, 2))
        self.later()
        folder = self.folder()
        self.assertEqual((self.titles(folder), folder.properties()[PID_TAG_COMMENT]), (["entry 2", "entry 1"], "The feed"))

    def test_a_feed_is_asked_for_when_it_is_time_and_only_what_changed_is_sent(self):
        self.serve(feed(1), etag='"v1"', last_modified="yesterday")
        self.folder()
        self.folder()
        self.assertEqual(len(self.asked), 1)
        self.serve(b"", 304)
        self.later()
        self.assertEqual(self.titles(self.folder()), ["entry 1"])
        [asked] = self.asked
        self.assertEqual((asked["If-None-Match"], asked["If-Modified-Since"]), ('"v1"', "yesterday"))

    def test_a_read_mark_stays_and_changes_the_change_number_once(self):
        self.serve(feed(1, 2))
        folder = self.folder()
        mid = self.mids(folder)[0]

        def change() -> int:
            return self.folder().open_message(mid, False).properties()[PID_TAG_CHANGE_NUMBER]

        before = change()
        unknown = index.ensure_ids(["feeds://alice/x"])[0]
        done = folder.set_read_flags([mid, unknown], True)
        self.assertEqual([each.outcome for each in done], [Ok(None), Err(ErrorCode.NOT_FOUND)])
        marked = change()
        self.assertNotEqual(before, marked)
        folder.open_message(mid, False).set_read_flag(True)
        self.assertEqual(change(), marked)
        folder = self.folder()
        self.assertEqual(folder.properties()[PID_TAG_CONTENT_UNREAD_COUNT], 1)
        self.assertTrue(folder.open_message(mid, False).properties()[PID_TAG_READ])
        # Marks outlast an entry that was edited.
        self.serve(feed(1, 2, title="edited"))
        self.later()
        edited = self.folder().open_message(mid, False).properties()
        self.assertEqual((edited[PID_TAG_SUBJECT], edited[PID_TAG_READ]), ("edited 2", True))
        self.assertGreater(*(index.globcnt(number & (1 << 64) - 1) for number in (edited[PID_TAG_CHANGE_NUMBER], marked)))

    def test_beyond_what_is_kept_the_oldest_go_and_leave_tombstones(self):
        with mock.patch.object(library, "KEPT_MAX", 3):
            self.serve(feed(1, 2))
            gone = self.mids(self.folder())[1]
            self.serve(feed(3, 4))
            self.later()
            folder = self.folder()
            self.assertEqual(self.titles(folder), ["entry 4", "entry 3", "entry 2"])
        [record] = index.get_uris([gone])
        self.assertTrue(record and record.soft_deleted)
        with self.assertRaises(Error) as refused:
            folder.open_message(gone, False)
        self.assertEqual(refused.exception.code, ErrorCode.NOT_FOUND)

    def test_files_and_subscription_lists_of_the_directory_are_feeds(self):
        path = os.path.join(self.directory.name, "local.xml")
        with open(path, "wb") as file:
            file.write(feed(7))
        with open(os.path.join(self.directory.name, "list.opml"), "wb") as file:
            file.write(f'<opml><body><outline text="Listed" xmlUrl="{URL}"/></body></opml>'.encode())
        with open(os.path.join(self.directory.name, "broken.opml"), "wb") as file:
            file.write(b"<opml>")
        with self.assertLogs("feeds", "WARNING"):
            root = self.open(config="")
            table = root.open_table(TableKind.HIERARCHY)
            table.set_columns([PID_TAG_DISPLAY_NAME])
            names = [cell.value.value for cell in table.query_rows(0, 10).cells]
            self.assertEqual(names, ["Listed", "local"])
            folder = root.open_folder(self.fids[1])
        self.assertEqual(self.titles(folder), ["entry 7"])
        os.remove(path)
        self.assertEqual(self.titles(folder), ["entry 7"])
        self.assertIn("local.xml", folder.properties()[PID_TAG_COMMENT])

    def test_a_large_body_is_cut_and_does_not_cost_the_others(self):
        huge = b"<rss><channel><item><guid>1</guid><description>" + b"x" * (600 << 10) + b"</description></item></channel></rss>"
        self.serve(huge)
        folder = self.folder()
        body = folder.open_message(self.mids(folder)[0], False).properties()[PID_TAG_HTML]
        self.assertTrue(body.endswith(b"<p>[...]</p>") and len(body) < (513 << 10))

    def test_a_date_that_no_clock_has_does_not_cost_the_feed(self):
        dates = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "Thu, 01 Jan 99999 00:00:00 GMT"]
        items = "".join(f"<item><guid>{date}</guid><pubDate>{date}</pubDate></item>" for date in dates)
        self.serve(f"<rss><channel>{items}</channel></rss>".encode())
        self.assertEqual(len(self.titles(self.folder())), 3)

    def test_settings_that_cannot_be_are_refused_by_name(self):
        for config, word in [({"feeds": "gopher://x"}, "gopher"), ({"refresh-minutes": "0"}, "refresh-minutes")]:
            with self.assertRaisesRegex(Error, word) as refused:
                backend.Feeds().init(config)
            self.assertEqual(refused.exception.code, ErrorCode.BACKEND_INIT)

    def test_another_root_is_not_found(self):
        with self.assertRaises(Error):
            backend.Feeds().create_context(CONNECTION, "feeds://bob/")

    def test_paths_are_those_of_the_index(self):
        root = self.open()
        [own, gone] = index.ensure_ids(["feeds://alice/", "feeds://alice/x"])
        index.remove([gone], DeleteMode.HARD)
        self.assertEqual(root.get_paths([own, gone]), [Ok("alice/"), Err(ErrorCode.NOT_FOUND)])


