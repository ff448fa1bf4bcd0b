"""A table over rows in memory."""

from collections.abc import Callable, Sequence

from mapistore.errors import Error, ErrorCode
from mapistore.objects import Table
from mapistore.properties import Properties
from mapistore.types import Cell, RowBatch

_BATCH_ROWS = 5_000
"""The most rows that one call answers; the caller comes again for more."""


class RowsTable(Table):
    """A ready table for backends that can list their rows. It has its natural view: the host filters, sorts and finds.

    `load` is asked for the rows now, in their natural order, and again at each `refresh`.
    """

    def __init__(self, available: Sequence[int], load: Callable[[], Sequence[Properties]]) -> None:
        self._available = list(available)
        self._load = load
        self._columns: list[int] = []
        self._rows = load()

    def available_columns(self) -> list[int]:
        return self._available

    def set_columns(self, columns: list[int]) -> None:
        if not columns:
            raise Error(ErrorCode.INVALID_PARAMETER, "a table needs a column")
        self._columns = columns

    def row_count(self) -> int:
        return len(self._rows)

    def query_rows(self, start: int, count: int) -> RowBatch:
        if not self._columns:
            raise Error(ErrorCode.NOT_INITIALIZED, "the table has no columns yet")
        rows = self._rows[start : start + min(count, _BATCH_ROWS)]
        cells: list[Cell] = []
        for row in rows:
            cells += row.get_cells(self._columns)
        return RowBatch(len(rows), cells, at_end=start + len(rows) >= len(self._rows))  # pyright: ignore[reportArgumentType]

    def refresh(self) -> None:
        self._rows = self._load()
