import unittest
import uuid
from datetime import datetime, timedelta, timezone

from mapistore import Err, Error, ErrorCode, Ok, Properties, value
from mapistore.tags import *
from mapistore.types import Guid, PropertyValue_Deferred, PropertyValue_String8, PropertyValue_Text, PropertyValue_Time

NOT_FOUND = Err(ErrorCode.NOT_FOUND)


class Values(unittest.TestCase):
    def test_filetime_counts_from_1601_in_100_ns_and_needs_a_zone(self):
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        self.assertEqual(value.filetime(epoch), 116_444_736_000_000_000)
        self.assertEqual(value.from_filetime(116_444_736_000_000_019), epoch + timedelta(microseconds=1))
        self.assertEqual(value.filetime(datetime(1500, 1, 1, tzinfo=timezone.utc)), 0)
        self.assertEqual(value.from_filetime((1 << 64) - 1).year, 9999)
        with self.assertRaises(ValueError):
            value.filetime(datetime(2026, 1, 1))

    def test_every_type_takes_its_python_type_and_gives_it_back(self):
        guid = uuid.UUID("00112233-4455-6677-8899-aabbccddeeff")
        for kind, python in [
            (PTYP_INTEGER16, -5),
            (PTYP_INTEGER32, 1 << 20),
            (PTYP_FLOATING64, 1.5),
            (PTYP_CURRENCY, 12_500),
            (PTYP_BOOLEAN, True),
            (PTYP_INTEGER64, -1),
            (PTYP_STRING, "é😀"),
            (PTYP_TIME, datetime(2026, 1, 1, tzinfo=timezone.utc)),
            (PTYP_GUID, guid),
            (PTYP_BINARY, b"\0\1"),
            (PTYP_MULTIPLE_STRING, ["a", "b"]),
            (PTYP_MULTIPLE_GUID, [guid]),
            (PTYP_MULTIPLE_BINARY, [b"", b"\0"]),
        ]:
            wrapped = value.wrap(property_tag(0x7000, kind), python)
            self.assertEqual((value.type_of(wrapped), value.unwrap(wrapped)), (kind, python))
        self.assertEqual(value.guid(guid), Guid(0x0011223344556677, 0x8899AABBCCDDEEFF))

    def test_an_id_may_come_as_the_number_that_the_host_hands_out(self):
        bag = Properties({PID_TAG_MID: (1 << 64) - 1})
        self.assertEqual(bag[PID_TAG_MID], -1)

    def test_what_is_not_of_the_tags_type_is_refused_with_the_tag(self):
        for tag, python in [
            (PID_TAG_SUBJECT, 5),
            (PID_TAG_SUBJECT, None),
            (PID_TAG_SUBJECT, "a\0"),
            (PID_TAG_SUBJECT, "\ud800"),
            (PID_TAG_MESSAGE_SIZE, 1 << 31),
            (PID_TAG_MESSAGE_SIZE, "5"),
            (PID_TAG_READ, 1),
            (PID_TAG_CLIENT_SUBMIT_TIME, datetime(2026, 1, 1)),
            (PID_TAG_CHANGE_KEY, "text"),
            (property_tag(0x7000, PTYP_MULTIPLE_STRING), "text"),
            (property_tag(0x7000, PTYP_UNSPECIFIED), "text"),
        ]:
            with self.assertRaises(Error) as refused:
                value.wrap(tag, python)
            self.assertEqual(refused.exception.code, ErrorCode.INVALID_PARAMETER)
            self.assertIn(f"0x{tag:08X}", str(refused.exception))

    def test_a_value_streams_as_its_tag_says_and_back(self):
        for tag, python, data in [
            (0x1000001F, "aé", b"a\0\xe9\0"),
            (0x1000001E, "aé", b"a\xe9"),
            (0x10130102, b"\0\1", b"\0\1"),
        ]:
            wrapped = value.wrap(tag, python)
            self.assertEqual(value.to_stream(wrapped), data)
            self.assertEqual(value.from_stream(tag, data), wrapped)
        self.assertIsNone(value.to_stream(value.wrap(0x0E070003, 1)))
        for tag, data, code in [
            (0x0E070003, b"1234", ErrorCode.INVALID_PARAMETER),
            (0x1000001E, b"a\0", ErrorCode.INVALID_DATA),
            (0x1000001F, b"a", ErrorCode.INVALID_DATA),
            (0x1000001F, b"\0\xd8", ErrorCode.INVALID_DATA),
        ]:
            with self.assertRaises(Error) as refused:
                value.from_stream(tag, data)
            self.assertEqual(refused.exception.code, code)

    def test_string8_is_code_page_1252(self):
        self.assertEqual(value.string8("é€Ω\x81"), b"\xe9\x80?\x81")
        self.assertEqual(value.from_string8(b"\xe9\x80\x81A"), "é€\x81A")

    def test_what_is_over_the_limit_is_deferred_with_the_size_of_its_stream(self):
        for python, tag, deferred in [
            ("abcd", PID_TAG_BODY, None),
            ("abcde", PID_TAG_BODY, 10),
            ("éééé", PID_TAG_BODY, None),
            ("€€€", PID_TAG_BODY, 6),
            (bytes(8), PID_TAG_HTML, None),
            (bytes(9), PID_TAG_HTML, 9),
        ]:
            wrapped = value.wrap(tag, python)
            expected = wrapped if deferred is None else PropertyValue_Deferred(deferred)
            self.assertEqual(value.inline(wrapped, 8), expected, python)


class Bag(unittest.TestCase):
    def test_a_cell_has_the_type_that_was_asked_for(self):
        bag = Properties({PID_TAG_SUBJECT: "é"})
        text, narrow = Ok(PropertyValue_Text("é")), Ok(PropertyValue_String8(b"\xe9"))
        for _ in range(2):
            cells = bag.get_cells(
                [
                    PID_TAG_SUBJECT,
                    with_type(PID_TAG_SUBJECT, PTYP_STRING8),
                    with_type(PID_TAG_SUBJECT, PTYP_UNSPECIFIED),
                    with_type(PID_TAG_SUBJECT, PTYP_INTEGER32),
                    PID_TAG_MID,
                ]
            )
            self.assertEqual(cells, [text, narrow, text, NOT_FOUND, NOT_FOUND])

    def test_a_property_is_set_and_removed_by_its_id_and_keeps_its_place(self):
        bag = Properties({PID_TAG_SUBJECT: "s", PID_TAG_BODY: "one"})
        self.assertEqual(bag.get_cell(PID_TAG_BODY), Ok(PropertyValue_Text("one")))
        bag[PID_TAG_SUBJECT] = "t"
        bag[with_type(PID_TAG_BODY, PTYP_STRING8)] = "two"
        self.assertEqual(bag.get_cell(PID_TAG_BODY), Ok(PropertyValue_Text("two")))
        self.assertEqual(list(bag), [PID_TAG_SUBJECT, with_type(PID_TAG_BODY, PTYP_STRING8)])
        del bag[PID_TAG_BODY]
        bag.pop(PID_TAG_BODY)
        self.assertEqual((PID_TAG_BODY in bag, bag.get(PID_TAG_BODY, 7), len(bag)), (False, 7, 1))
        self.assertEqual(bag.get_cell(PID_TAG_BODY), NOT_FOUND)

    def test_a_time_is_kept_as_exactly_as_it_came(self):
        bag = Properties({PID_TAG_CLIENT_SUBMIT_TIME: PropertyValue_Time(7)})
        self.assertEqual(bag.get_value(PID_TAG_CLIENT_SUBMIT_TIME), PropertyValue_Time(7))

    def test_another_limit_than_the_usual_one_is_kept(self):
        bag = Properties({PID_TAG_BODY: "x" * 100})
        self.assertEqual(bag.get_cell(PID_TAG_BODY, 64), Ok(PropertyValue_Deferred(200)))
        self.assertEqual(bag.get_cell(PID_TAG_BODY), Ok(PropertyValue_Text("x" * 100)))
