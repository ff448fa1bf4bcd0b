"""Buckets of keys and values that the host keeps, durable, for this backend and the context's owner (`wasi:keyvalue`).

A key has 1 to 480 bytes, a value at most 1 MiB. Natively they are in memory: `mapistore.testing.reset()` empties them.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Self

from componentize_py_types import Err
from mapistore._host import atomics, batch, call, of_store, store

_BATCH = 10_000


class Bucket:
    """A bucket. Any name of 1 to 255 bytes is one; it is there when it is first written to.

    What a call wrote is durable when it answers. `quota-exceeded` when the owner has no room left, `storage` for the host's
    disk, `denied` during `describe` and `init`. Leave it with `with`, or let it go: both give the handle back.
    """

    def __init__(self, name: str) -> None:
        self._bucket = call(store.open, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bucket.__exit__(kind, value, traceback)

    def get(self, key: str) -> bytes | None:
        """The value of a key; None if there is no such key."""
        return call(self._bucket.get, key)

    def set(self, key: str, value: bytes) -> None:
        """Writes a value, over the one that was there."""
        call(self._bucket.set, key, value)

    def delete(self, key: str) -> None:
        """Removes a key; one that is not there is no error."""
        call(self._bucket.delete, key)

    def __contains__(self, key: str) -> bool:
        return call(self._bucket.exists, key)

    def keys(self, after: str | None = None) -> Iterator[str]:
        """All keys after `after`, which may be any text, in the order of their bytes."""
        while True:
            page = call(self._bucket.list_keys, after)
            yield from page.keys
            after = page.cursor
            if after is None:
                return

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes | None]:
        """The value of each key."""
        wanted = list(keys)
        found: dict[str, bytes | None] = {}
        for start in range(0, len(wanted), _BATCH):
            found.update(call(batch.get_many, self._bucket, wanted[start : start + _BATCH]))
        return found

    def set_many(self, values: Mapping[str, bytes]) -> None:
        """Writes all of them, or none. At most 10,000, and 32 MiB."""
        call(batch.set_many, self._bucket, list(values.items()))

    def delete_many(self, keys: Iterable[str]) -> None:
        """Removes all of them, or none. At most 10,000."""
        call(batch.delete_many, self._bucket, list(keys))

    def increment(self, key: str, delta: int = 1) -> int:
        """Adds to a number, and answers the sum; a key that is not there counts as 0."""
        return call(atomics.increment, self._bucket, key, delta)

    def swap(self, key: str, expected: bytes | None, value: bytes) -> bool:
        """Writes a value if the key still has the one that is expected (None: no value); answers whether it did."""
        cas = call(atomics.Cas.new, self._bucket, key)
        if call(cas.current) != expected:
            return False
        try:
            atomics.swap(cas, value)
        except Err as error:
            if isinstance(error.value, atomics.CasError_CasFailed):
                return False
            raise of_store(error.value.value) from None
        return True
