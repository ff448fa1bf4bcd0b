"""Property values: from and to Python's types by the type in a tag, FILETIME, UTF-16LE and code page 1252."""

import encodings.cp1252
import encodings.utf_16_le
import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeAlias

from mapistore import tags
from mapistore.errors import Error, ErrorCode
from mapistore.tags import property_type
from mapistore.types import Cell, Err, Guid, Ok
from wit_world.imports import types as wit

# A component can import nothing once it runs, and Python looks for a codec when it is first used.
CODECS = (encodings.cp1252, encodings.utf_16_le)

PropertyValue = wit.PropertyValue
Python: TypeAlias = Any
"""What a value may be in Python: `bool`, `int`, `float`, `str`, `bytes`, `datetime`, `uuid.UUID`, lists of these, or a
`PropertyValue` itself."""

INLINE_LIMIT = 32 * 1024
"""A good `inline_limit`, and the one of `RowsTable`: values of more bytes are read as a stream."""

_EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def filetime(time: datetime) -> int:
    """A time as FILETIME: units of 100 ns since 1601; 0 before. The time must say its zone."""
    if time.tzinfo is None:
        raise ValueError("a time without a zone: give it one, such as `timezone.utc`")
    return max(0, (time - _EPOCH) // _MICROSECOND * 10)


def from_filetime(filetime: int) -> datetime:
    """The time of a FILETIME in UTC, cut to microseconds; the year 9999 where it is later than Python's times go."""
    try:
        return _EPOCH + timedelta(microseconds=filetime // 10)
    except OverflowError:
        return datetime.max.replace(tzinfo=timezone.utc)


def guid(value: uuid.UUID | Guid) -> Guid:
    """A GUID of the contract."""
    return value if isinstance(value, Guid) else Guid(value.int >> 64, value.int & (1 << 64) - 1)


_OPEN = "\x81\x8d\x8f\x90\x9d"
"""What code page 1252 leaves open stands for itself."""


def string8(text: str) -> bytes:
    """Text in code page 1252, with `?` for what it lacks."""
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return b"".join(each.encode("latin-1" if each in _OPEN else "cp1252", "replace") for each in text)


def from_string8(data: bytes) -> str:
    """The text of bytes in code page 1252."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in data)


def _integer(bits: int, signed: bool = True) -> Callable[[Python], int]:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def check(value: Python) -> int:
        value = int(value) if isinstance(value, (bool, int)) else _refuse(value, "an int")
        if not low <= value <= high:
            raise ValueError(f"{value} is outside of {low} to {high}")
        return value

    return check


def _refuse(value: Python, wanted: str) -> Any:
    raise TypeError(f"a {type(value).__name__}, where the type of the tag needs {wanted}")


def _id(value: Python) -> int:
    """64 bits: an id may come as the unsigned number that the host hands out."""
    value = value if isinstance(value, int) else _refuse(value, "an int")
    return _integer(64)(value - (1 << 64) if 1 << 63 <= value < 1 << 64 else value)


def _bool(value: Python) -> bool:
    return value if isinstance(value, bool) else _refuse(value, "a bool")


def _float(value: Python) -> float:
    return float(value) if isinstance(value, (int, float)) else _refuse(value, "a float")


def _text(value: Python) -> str:
    if not isinstance(value, str):
        _refuse(value, "a str")
    if not value.isascii():
        value.encode()  # A surrogate that stands alone is no text: this says so.
    if "\0" in value:
        raise ValueError("a text with a zero character in it")
    return value


def _bytes(value: Python) -> bytes:
    return bytes(value) if isinstance(value, (bytes, bytearray, memoryview)) else _refuse(value, "bytes")


def _string8(value: Python) -> bytes:
    return string8(_text(value)) if isinstance(value, str) else _bytes(value)


def _time(value: Python) -> int:
    return filetime(value) if isinstance(value, datetime) else _integer(64, signed=False)(value)


def _guid(value: Python) -> Guid:
    return guid(value) if isinstance(value, (Guid, uuid.UUID)) else _refuse(value, "a uuid.UUID")


_Case: TypeAlias = tuple[type[Any], Callable[[Python], Any], Callable[[Any], Python]]


def _same(value: Any) -> Any:
    return value


def _uuid(value: Guid) -> uuid.UUID:
    return uuid.UUID(int=value.hi << 64 | value.lo)


# The case of the contract's variant for each type, and its value from and to Python's.
_SINGLE: dict[int, _Case] = {
    tags.PTYP_INTEGER16: (wit.PropertyValue_Integer16, _integer(16), _same),
    tags.PTYP_INTEGER32: (wit.PropertyValue_Integer32, _integer(32), _same),
    tags.PTYP_FLOATING32: (wit.PropertyValue_Floating32, _float, _same),
    tags.PTYP_FLOATING64: (wit.PropertyValue_Floating64, _float, _same),
    tags.PTYP_CURRENCY: (wit.PropertyValue_Currency, _integer(64), _same),
    tags.PTYP_FLOATING_TIME: (wit.PropertyValue_FloatingTime, _float, _same),
    tags.PTYP_ERROR_CODE: (wit.PropertyValue_ErrorCode, _integer(32, signed=False), _same),
    tags.PTYP_BOOLEAN: (wit.PropertyValue_Boolean, _bool, _same),
    tags.PTYP_INTEGER64: (wit.PropertyValue_Integer64, _id, _same),
    tags.PTYP_STRING8: (wit.PropertyValue_String8, _string8, _same),
    tags.PTYP_STRING: (wit.PropertyValue_Text, _text, _same),
    tags.PTYP_TIME: (wit.PropertyValue_Time, _time, from_filetime),
    tags.PTYP_GUID: (wit.PropertyValue_Guid, _guid, _uuid),
    tags.PTYP_BINARY: (wit.PropertyValue_Binary, _bytes, _same),
    tags.PTYP_SERVER_ID: (wit.PropertyValue_ServerId, _bytes, _same),
    tags.PTYP_RESTRICTION: (wit.PropertyValue_RestrictionBlob, _bytes, _same),
    tags.PTYP_RULE_ACTION: (wit.PropertyValue_RuleActions, _bytes, _same),
}
_MULTIPLE: dict[int, type[Any]] = {
    tags.PTYP_MULTIPLE_INTEGER16: wit.PropertyValue_MultipleInteger16,
    tags.PTYP_MULTIPLE_INTEGER32: wit.PropertyValue_MultipleInteger32,
    tags.PTYP_MULTIPLE_FLOATING32: wit.PropertyValue_MultipleFloating32,
    tags.PTYP_MULTIPLE_FLOATING64: wit.PropertyValue_MultipleFloating64,
    tags.PTYP_MULTIPLE_CURRENCY: wit.PropertyValue_MultipleCurrency,
    tags.PTYP_MULTIPLE_FLOATING_TIME: wit.PropertyValue_MultipleFloatingTime,
    tags.PTYP_MULTIPLE_INTEGER64: wit.PropertyValue_MultipleInteger64,
    tags.PTYP_MULTIPLE_STRING8: wit.PropertyValue_MultipleString8,
    tags.PTYP_MULTIPLE_STRING: wit.PropertyValue_MultipleText,
    tags.PTYP_MULTIPLE_TIME: wit.PropertyValue_MultipleTime,
    tags.PTYP_MULTIPLE_GUID: wit.PropertyValue_MultipleGuid,
    tags.PTYP_MULTIPLE_BINARY: wit.PropertyValue_MultipleBinary,
}


def _list_of(check: Callable[[Python], Any], wanted: str) -> Callable[[Python], list[Any]]:
    def wrap(values: Python) -> list[Any]:
        if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
            _refuse(values, f"a list of {wanted}")
        return [check(value) for value in values]

    return wrap


def _each(python: Callable[[Any], Python]) -> Callable[[list[Any]], list[Python]]:
    return lambda values: [python(value) for value in values]


_CASES: dict[int, _Case] = _SINGLE | {
    kind: (case, _list_of(_SINGLE[kind & 0xFFF][1], "values"), _each(_SINGLE[kind & 0xFFF][2]))
    for kind, case in _MULTIPLE.items()
}
_TYPES: dict[type[Any], int] = {case: kind for kind, (case, _, _) in _CASES.items()} | {
    wit.PropertyValue_Null: tags.PTYP_NULL,
    wit.PropertyValue_Object: tags.PTYP_OBJECT,
}


def wrap(tag: int, value: Python) -> PropertyValue:
    """The value of a property, from Python's: a `str` for PtypString, an aware `datetime` for PtypTime, and so on.

    Raises `Error` with `invalid-parameter` for a value that is not of the tag's type.
    """
    if type(value) in _TYPES or isinstance(value, wit.PropertyValue_Deferred):
        return value
    try:
        case, check, _ = _CASES[property_type(tag)]
    except KeyError:
        detail = f"no value can be made for type `0x{property_type(tag):04X}` of tag `0x{tag:08X}`"
        raise Error(ErrorCode.INVALID_PARAMETER, detail) from None
    try:
        return case(check(value))
    except (TypeError, ValueError) as error:
        raise Error(ErrorCode.INVALID_PARAMETER, f"tag `0x{tag:08X}`: {error}") from error


def unwrap(value: PropertyValue) -> Python:
    """Python's form of a value; None for `null`, `object` and `deferred`."""
    kind = _TYPES.get(type(value))
    case = None if kind is None else _CASES.get(kind)
    return None if case is None else case[2](value.value)  # pyright: ignore[reportAttributeAccessIssue]


def type_of(value: PropertyValue) -> int | None:
    """The type of a value; None for `deferred`, which stands for several."""
    return _TYPES.get(type(value))


def inline(value: PropertyValue, inline_limit: int = INLINE_LIMIT) -> PropertyValue:
    """The value as a cell may carry it: `deferred`, with the size of its stream, if it is larger than `inline_limit`."""
    if isinstance(value, wit.PropertyValue_Text):
        # At most three bytes of UTF-8 and two of UTF-16 for what is one character here and no pair.
        if len(value.value) * 4 > inline_limit:
            streamed = len(utf16le(value.value))
            if max(streamed, len(value.value.encode())) > inline_limit:
                return wit.PropertyValue_Deferred(streamed)
    elif isinstance(value, (wit.PropertyValue_Binary, wit.PropertyValue_String8)):
        if len(value.value) > inline_limit:
            return wit.PropertyValue_Deferred(len(value.value))
    return value


def cell(value: PropertyValue | None, tag: int, inline_limit: int = INLINE_LIMIT) -> Cell:
    """What a caller gets who asks for `tag`: `not-found` without a value of the tag's type.

    Text is converted between PtypString and PtypString8; what is larger than `inline_limit` is deferred.
    """
    if value is None:
        return Err(ErrorCode.NOT_FOUND)
    wanted = tag & 0xFFFF
    if wanted != _TYPES.get(type(value)) and wanted != tags.PTYP_UNSPECIFIED:
        if wanted == tags.PTYP_STRING8 and isinstance(value, wit.PropertyValue_Text):
            value = wit.PropertyValue_String8(string8(value.value))
        elif wanted == tags.PTYP_STRING and isinstance(value, wit.PropertyValue_String8):
            value = wit.PropertyValue_Text(from_string8(value.value))
        else:
            return Err(ErrorCode.NOT_FOUND)
    return Ok(inline(value, inline_limit))


def utf16le(text: str) -> bytes:
    """Text as a property stream holds it."""
    return text.encode("utf-16-le")


def to_stream(value: PropertyValue) -> bytes | None:
    """The bytes of a value as a property stream has them (MS-OXCPRPT 2.2.14); None for types that have no stream."""
    match value:
        case wit.PropertyValue_Text(text):
            return utf16le(text)
        case wit.PropertyValue_String8(data) | wit.PropertyValue_Binary(data):
            return data
        case _:
            return None


def from_stream(tag: int, data: bytes) -> PropertyValue:
    """The value that the bytes of a stream make under a tag: `invalid-data` for text that is none."""
    kind = property_type(tag)
    if kind == tags.PTYP_STRING:
        try:
            text = data.decode("utf-16-le")
        except UnicodeDecodeError as error:
            raise Error(ErrorCode.INVALID_DATA, "the stream is not UTF-16LE") from error
        if "\0" in text:
            raise Error(ErrorCode.INVALID_DATA, "a text with a zero character in it")
        return wit.PropertyValue_Text(text)
    if kind == tags.PTYP_STRING8:
        if 0 in data:
            raise Error(ErrorCode.INVALID_DATA, "a text with a zero character in it")
        return wit.PropertyValue_String8(data)
    if kind in (tags.PTYP_BINARY, tags.PTYP_OBJECT):
        return wit.PropertyValue_Binary(data)
    raise Error(ErrorCode.INVALID_PARAMETER, f"type `0x{kind:04X}` has no stream")
