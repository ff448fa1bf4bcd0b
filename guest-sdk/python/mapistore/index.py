"""The owner's map between ids and URIs (`wit/index.wit`). Natively a map in memory with the same rules: `mapistore.testing.reset()`
empties it.

The host takes at most 10,000 ids or URIs a call. What only reads, and `ensure_ids`, is cut into such calls here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from mapistore._host import call
from mapistore._host import index as host
from mapistore.types import ChangeNumber, DeleteMode, Fmid
from wit_world.imports.index import Entry as Entry
from wit_world.imports.index import IdRange as IdRange

_BATCH = 10_000

A = TypeVar("A")
R = TypeVar("R")


def _in_batches(function: Callable[[list[A]], list[R]], items: Sequence[A]) -> list[R]:
    answers: list[R] = []
    for start in range(0, len(items), _BATCH):
        answers += call(function, list(items[start : start + _BATCH]))
    return answers


def get_uris(ids: Sequence[Fmid]) -> list[Entry | None]:
    """The record of each id, live or tombstone; None where the id is unknown."""
    return _in_batches(host.get_uris, ids)


def get_ids(uris: Sequence[str]) -> list[Entry | None]:
    """The record of each URI: the live one, or the tombstone made last."""
    return _in_batches(host.get_ids, uris)


def ensure_ids(uris: Sequence[str]) -> list[Fmid]:
    """The live id of each URI; where there is none, a fresh one is registered. This is what a listing needs."""
    return _in_batches(host.ensure_ids, uris)


def find(prefix: str, suffix: str = "") -> Iterator[Entry]:
    """All live records by literal prefix and suffix, in the order in which their ids were allocated."""
    after: Fmid | None = None
    while True:
        page = call(host.find, prefix, suffix, after, _BATCH)
        yield from page
        if len(page) < _BATCH:
            return
        after = page[-1].id


def add(id: Fmid, uri: str) -> None:
    """Registers a URI under an id that the host allocated."""
    call(host.add, id, uri)


def update(id: Fmid, uri: str) -> None:
    """Gives a live record another URI."""
    call(host.update, id, uri)


def rename_prefix(old: str, new: str) -> int:
    """Renames a container with all that is live below it; answers the number of records that changed."""
    return call(host.rename_prefix, old, new)


def remove(ids: Sequence[Fmid], mode: DeleteMode) -> None:
    """Makes live records tombstones, or records go for good. At most 10,000: all of them, or none."""
    call(host.remove, list(ids), mode)


def list_deleted(prefix: str, since: ChangeNumber) -> list[Entry]:
    """Tombstones below a prefix that were made after `since`, in the order in which they were made."""
    return call(host.list_deleted, prefix, since)


def reserve(count: int) -> list[Fmid]:
    """Fresh ids, registered nowhere. 1 to 65,536."""
    first = call(host.reserve, count)
    return [from_globcnt(globcnt(first.first) + offset) for offset in range(first.count)]


def next_change_numbers(count: int) -> list[ChangeNumber]:
    """Fresh change numbers, each greater than all before."""
    numbers: list[ChangeNumber] = []
    while len(numbers) < count:
        numbers += call(host.next_change_numbers, min(_BATCH, count - len(numbers)))
    return numbers


def globcnt(id: Fmid) -> int:
    """The GLOBCNT of an id or change number: what compares in the order of allocation."""
    return int.from_bytes((id & ~0xFFFF).to_bytes(8, "little"), "big")


def from_globcnt(globcnt: int) -> Fmid:
    """The id or change number with this GLOBCNT in the host's replica, 1."""
    return int.from_bytes(globcnt.to_bytes(8, "little"), "big") | 1
