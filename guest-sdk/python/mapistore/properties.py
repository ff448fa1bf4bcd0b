"""A bag of properties in memory: what a small backend keeps for an object or for a row of a table."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from mapistore.errors import Error
from mapistore.stream import BytesStream
from mapistore.tags import property_id, property_tag
from mapistore.types import Cell, Err, ErrorCode, Ok
from mapistore.value import INLINE_LIMIT, Python, PropertyValue, cell, inline, to_stream, type_of, unwrap, wrap

_NOT_FOUND: Cell = Err(ErrorCode.NOT_FOUND)


class Properties:
    """Properties by their id: one value for each, whose type is that of the tag it was set by.

        properties = Properties({PID_TAG_SUBJECT: "Welcome", PID_TAG_READ: False})
        properties[PID_TAG_CLIENT_SUBMIT_TIME] = datetime.now(timezone.utc)
        cells = properties.get_cells(tags)
    """

    def __init__(self, values: Mapping[int, Python] = {}) -> None:
        self._values: dict[int, tuple[int, PropertyValue]] = {}
        # Answered again and again by tables: the cells of tags that ask for the very type that is here.
        self._cells: dict[int, Cell] = {}
        for tag, value in values.items():
            self[tag] = value

    def __setitem__(self, tag: int, value: Python) -> None:
        wrapped = wrap(tag, value)
        kind = type_of(wrapped)
        own = tag if kind is None else property_tag(property_id(tag), kind)
        before = self._values.get(property_id(tag))
        if before is not None:
            self._cells.pop(before[0], None)
        self._values[property_id(tag)] = own, wrapped

    def __getitem__(self, tag: int) -> Any:
        """Python's form of the property with this tag's id, whatever its type; `KeyError` without one."""
        return unwrap(self._values[property_id(tag)][1])

    def __delitem__(self, tag: int) -> None:
        own, _ = self._values.pop(property_id(tag))
        self._cells.pop(own, None)

    def __contains__(self, tag: int) -> bool:
        return property_id(tag) in self._values

    def __iter__(self) -> Iterator[int]:
        return iter(self.tags())

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Properties) and self._values == other._values

    def __repr__(self) -> str:
        return "Properties({" + ", ".join(f"0x{tag:08X}: {value!r}" for tag, value in self.items()) + "})"

    def get(self, tag: int, default: Any = None) -> Any:
        """As `[tag]`, with a default."""
        return self[tag] if tag in self else default

    def get_value(self, tag: int) -> PropertyValue | None:
        """The property with this tag's id exactly as it is held: Python's times are cut to microseconds."""
        held = self._values.get(property_id(tag))
        return None if held is None else held[1]

    def pop(self, tag: int) -> None:
        """Takes the property with this tag's id away; one that is not there is no error."""
        if tag in self:
            del self[tag]

    def tags(self) -> list[int]:
        """The tags of what is here, in the order in which they were first set."""
        return [tag for tag, _ in self._values.values()]

    def items(self) -> list[tuple[int, PropertyValue]]:
        """Tags and values, in the order of `tags`."""
        return list(self._values.values())

    def open_stream(self, tag: int) -> BytesStream:
        """A stream to read a property from: `not-found` without one of the tag's type."""
        held = self._values.get(property_id(tag))
        found = cell(None if held is None else held[1], tag, sys.maxsize)
        data = to_stream(found.value) if isinstance(found, Ok) else None
        if data is None:
            raise Error(ErrorCode.NOT_FOUND, f"there is no property `0x{tag:08X}` to be read as a stream")
        return BytesStream(data)

    def get_cell(self, tag: int, inline_limit: int = INLINE_LIMIT) -> Cell:
        """The cell of one tag; see `mapistore.value.cell`."""
        held = self._values.get(tag >> 16)
        if held is None:
            return _NOT_FOUND
        own, value = held
        if own != tag or inline_limit != INLINE_LIMIT:
            return cell(value, tag, inline_limit)
        known = self._cells.get(tag)
        if known is None:
            known = self._cells[tag] = Ok(inline(value))
        return known

    def get_cells(self, tags: list[int], inline_limit: int = INLINE_LIMIT) -> list[Cell]:
        """One cell for each tag, in their order: what `get_properties` answers."""
        return [self.get_cell(tag, inline_limit) for tag in tags]
