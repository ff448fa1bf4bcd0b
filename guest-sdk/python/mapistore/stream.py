"""A property stream over bytes in memory."""

from collections.abc import Callable

from mapistore.errors import Error, ErrorCode
from mapistore.objects import PropertyStream


class BytesStream(PropertyStream):
    """A ready stream for values that fit into memory. `on_commit` gets all of the bytes at each `commit`; without it the
    stream may only be read."""

    def __init__(self, data: bytes, on_commit: Callable[[bytes], None] | None = None) -> None:
        self._on_commit = on_commit
        self._data = bytearray(data)

    def size(self) -> int:
        return len(self._data)

    def read(self, offset: int, length: int) -> bytes:
        return bytes(self._data[offset : offset + length])

    def write(self, offset: int, data: bytes) -> None:
        self._writable()
        end = offset + len(data)
        self._grow(end)
        self._data[offset:end] = data

    def set_size(self, size: int) -> None:
        self._writable()
        self._grow(size)
        del self._data[size:]

    def commit(self) -> None:
        self._writable()(bytes(self._data))

    def _writable(self) -> Callable[[bytes], None]:
        if self._on_commit is None:
            raise Error(ErrorCode.DENIED, "the stream was opened for reading")
        return self._on_commit

    def _grow(self, size: int) -> None:
        # Asked for all at once, more than there is would end the context; nobody has a value of this size in memory.
        if size > 1 << 31:
            raise Error(ErrorCode.TOO_BIG, f"a value of {size} bytes does not fit into memory")
        self._data.extend(bytes(max(0, size - len(self._data))))
