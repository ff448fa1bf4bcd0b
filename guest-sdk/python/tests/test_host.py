import io
import logging
import unittest
import uuid
from contextlib import redirect_stderr

from mapistore import DeleteMode, Error, ErrorCode, index, keys, logs, named_properties, notifications, testing
from mapistore.keyvalue import Bucket
from mapistore.types import Guid


class Native(unittest.TestCase):
    def setUp(self):
        testing.reset()

    def assertRaisesCode(self, code: ErrorCode):
        test = self

        class Raises:
            def __enter__(self):
                pass

            def __exit__(self, kind: object, error: object, traceback: object):
                test.assertIsInstance(error, Error)
                test.assertEqual(getattr(error, "code", None), code)
                return True

        return Raises()


class Index(Native):
    def test_a_uri_keeps_its_id_and_a_slash_does_not_matter(self):
        first, second, again = index.ensure_ids(["a://u/x/", "a://u/y", "a://u/x"])
        self.assertEqual((first, first == second), (again, False))
        self.assertEqual(index.globcnt(second), index.globcnt(first) + 1)
        self.assertEqual(index.from_globcnt(index.globcnt(first)), first)
        [entry, unknown] = index.get_uris([first, 99 << 16 | 1])
        self.assertEqual((entry and entry.uri, unknown), ("a://u/x/", None))

    def test_a_soft_deletion_leaves_a_tombstone_and_a_hard_one_nothing(self):
        soft, hard = index.ensure_ids(["a://u/soft", "a://u/hard"])
        index.remove([soft], DeleteMode.SOFT)
        index.remove([hard], DeleteMode.HARD)
        [buried, gone] = index.get_ids(["a://u/soft", "a://u/hard"])
        self.assertTrue(buried and buried.soft_deleted)
        self.assertIsNone(gone)
        self.assertEqual([entry.id for entry in index.list_deleted("a://u/", 0)], [soft])
        [fresh] = index.ensure_ids(["a://u/soft"])
        self.assertNotEqual(fresh, soft)

    def test_renaming_a_container_renames_what_is_below_it(self):
        _, below = index.ensure_ids(["a://u/x/", "a://u/x/1"])
        self.assertEqual(index.rename_prefix("a://u/x/", "a://u/y/"), 2)
        self.assertEqual([entry.uri for entry in index.find("a://u/y/", "1")], ["a://u/y/1"])
        [entry] = index.get_uris([below])
        self.assertEqual(entry and entry.uri, "a://u/y/1")
        with self.assertRaisesCode(ErrorCode.INVALID_PARAMETER):
            index.rename_prefix("a://u/y/", "a://u/y/z/")

    def test_an_id_is_added_once(self):
        [id] = index.reserve(1)
        index.add(id, "a://u/1")
        with self.assertRaisesCode(ErrorCode.EXISTS):
            index.add(id, "a://u/2")
        with self.assertRaisesCode(ErrorCode.INVALID_PARAMETER):
            index.add(index.from_globcnt(1 << 40), "a://u/2")
        index.update(id, "a://u/2")
        with self.assertRaisesCode(ErrorCode.NOT_FOUND):
            index.update(index.from_globcnt(1 << 40), "a://u/3")

    def test_long_lists_are_cut_into_calls_that_the_host_takes(self):
        ids = index.ensure_ids([f"a://u/{number}" for number in range(10_001)])
        self.assertEqual(len(set(ids)), 10_001)
        self.assertEqual(len(list(index.find("a://u/"))), 10_001)
        numbers = index.next_change_numbers(10_001)
        self.assertEqual(sorted(numbers, key=index.globcnt), numbers)


class KeyValue(Native):
    def test_what_is_written_is_read_by_another_bucket_of_the_name(self):
        with Bucket("b") as bucket:
            bucket.set("k", b"v")
        self.assertEqual((Bucket("b").get("k"), "k" in Bucket("b"), Bucket("c").get("k")), (b"v", True, None))
        bucket.delete("k")
        self.assertNotIn("k", bucket)

    def test_keys_come_in_the_order_of_their_bytes_over_all_pages(self):
        bucket = Bucket("b")
        bucket.set_many({f"{number:04}": b"" for number in range(2_500)})
        self.assertEqual(list(bucket.keys()), [f"{number:04}" for number in range(2_500)])
        self.assertEqual(list(bucket.keys("2498x")), ["2499"])

    def test_many_are_read_written_and_removed(self):
        bucket = Bucket("b")
        bucket.set_many({"a": b"1", "b": b"2"})
        self.assertEqual(bucket.get_many(["b", "c"]), {"b": b"2", "c": None})
        bucket.delete_many(["a", "c"])
        self.assertEqual(list(bucket.keys()), ["b"])

    def test_a_number_is_added_to_and_a_value_swapped_only_if_nobody_was_first(self):
        bucket = Bucket("b")
        self.assertEqual((bucket.increment("n", 5), bucket.increment("n", -7)), (5, -2))
        self.assertTrue(bucket.swap("k", None, b"1"))
        self.assertFalse(bucket.swap("k", None, b"2"))
        self.assertEqual(bucket.get("k"), b"1")

    def test_errors_have_the_code_that_the_host_names(self):
        with self.assertRaisesCode(ErrorCode.TOO_BIG):
            Bucket("b").set("k", bytes((1 << 20) + 1))
        with self.assertRaisesCode(ErrorCode.INVALID_PARAMETER):
            Bucket("b").set("", b"")
        Bucket("b").set("k", b"text")
        with self.assertRaisesCode(ErrorCode.INVALID_DATA):
            Bucket("b").increment("k")


class Others(Native):
    def test_a_name_keeps_its_id_and_unknown_ones_have_none(self):
        set = uuid.UUID(int=5)
        names = [named_properties.lid(set, 0x8205), named_properties.name(set, "Keywords")]
        self.assertEqual(named_properties.to_ids(names), [None, None])
        self.assertEqual(named_properties.to_ids(names, create=True), [0x8000, 0x8001])
        self.assertEqual(named_properties.to_names([0x8001, 0x3001]), [names[1], None])

    def test_what_is_announced_is_there_for_a_test_to_see(self):
        notifications.publish(notifications.new_mail(1, 2), notifications.table_changed(1))
        self.assertEqual(len(testing.published), 2)

    def test_a_change_key_is_the_guid_and_the_globcnt(self):
        replica = Guid(0x0011223344556677, 0x8899AABBCCDDEEFF)
        key = keys.xid(replica, 0x0302010000000001)
        self.assertEqual(key.hex(), "33221100554477668899aabbccddeeff000000010203")

    def test_a_predecessor_list_has_one_entry_for_each_replica(self):
        replica = Guid(0x0011223344556677, 0x8899AABBCCDDEEFF)
        own, newer = keys.xid(replica, 1 << 56 | 1), keys.xid(replica, 2 << 56 | 1)
        foreign = bytes([1] * 16 + [9])
        listed = keys.predecessors(foreign, keys.predecessors(own))
        self.assertEqual(listed, bytes([17]) + foreign + bytes([22]) + own)
        self.assertEqual(keys.predecessors(newer, listed), bytes([17]) + foreign + bytes([22]) + newer)
        self.assertEqual(keys.predecessors(own, b"\xc8\1"), bytes([22]) + own)

    def test_a_record_reaches_the_log_whatever_is_in_it(self):
        logger = logging.Logger("mine")
        logger.addHandler(logs.HostHandler())
        with redirect_stderr(io.StringIO()) as written:
            logger.warning("a %s", "warning")
            logger.info("%d", "no number")
            logger.debug("\ud800")
            try:
                raise ZeroDivisionError
            except ZeroDivisionError:
                logger.exception("went wrong")
        text = written.getvalue()
        for part in ["WARN mine: a warning", "INFO mine: %d", "DEBUG mine: ?", "ZeroDivisionError"]:
            self.assertIn(part, text)
