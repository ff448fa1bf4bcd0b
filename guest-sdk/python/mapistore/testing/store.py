"""The key-value store natively: dictionaries with the host's rules. Stands for `store`, `batch` and `atomics` of `wasi:keyvalue`."""

from typing import NoReturn, Self

from componentize_py_types import Err
from wit_world.imports.atomics import CasError_CasFailed as CasError_CasFailed
from wit_world.imports.atomics import CasError_StoreError as CasError_StoreError
from wit_world.imports.store import Error_AccessDenied as Error_AccessDenied
from wit_world.imports.store import Error_NoSuchStore as Error_NoSuchStore
from wit_world.imports.store import Error_Other as Error_Other
from wit_world.imports.store import KeyResponse

_PAGE_KEYS = 1_000
_BATCH_KEYS_MAX = 10_000
_BATCH_BYTES_MAX = 32 << 20
_VALUE_BYTES_MAX = 1 << 20

_buckets: dict[str, dict[str, bytes]] = {}


def reset() -> None:
    _buckets.clear()


def _fail(text: str) -> NoReturn:
    raise Err(Error_Other(text))


def _check(what: str, text: str, most: int) -> None:
    if not 1 <= len(text.encode()) <= most:
        _fail(f"invalid-parameter: the {what} has {len(text.encode())} bytes, 1 to {most} are allowed")


class Bucket:
    def __init__(self, name: str) -> None:
        self.name = name

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def values(self) -> dict[str, bytes]:
        return _buckets.setdefault(self.name, {})

    def get(self, key: str) -> bytes | None:
        return get_many(self, [key])[0][1]

    def set(self, key: str, value: bytes) -> None:
        set_many(self, [(key, value)])

    def delete(self, key: str) -> None:
        delete_many(self, [key])

    def exists(self, key: str) -> bool:
        return self.get(key) is not None

    def list_keys(self, cursor: str | None) -> KeyResponse:
        keys = sorted(self.values, key=str.encode)
        rest = [key for key in keys if cursor is None or key.encode() > cursor.encode()]
        page = rest[:_PAGE_KEYS]
        return KeyResponse(page, page[-1] if len(rest) > len(page) else None)


def open(identifier: str) -> Bucket:
    _check("bucket", identifier, 255)
    return Bucket(identifier)


def _check_batch(keys: list[str]) -> None:
    if len(keys) > _BATCH_KEYS_MAX:
        _fail(f"invalid-parameter: {len(keys)} keys, at most {_BATCH_KEYS_MAX} are allowed")
    for key in keys:
        _check("key", key, 480)


def get_many(bucket: Bucket, keys: list[str]) -> list[tuple[str, bytes | None]]:
    _check_batch(keys)
    return [(key, bucket.values.get(key)) for key in keys]


def set_many(bucket: Bucket, key_values: list[tuple[str, bytes]]) -> None:
    _check_batch([key for key, _ in key_values])
    sizes = [len(value) for _, value in key_values]
    if max(sizes, default=0) > _VALUE_BYTES_MAX or sum(sizes) > _BATCH_BYTES_MAX:
        _fail("too-big: a value has more than 1 MiB, or all of them more than 32")
    bucket.values.update(key_values)


def delete_many(bucket: Bucket, keys: list[str]) -> None:
    _check_batch(keys)
    for key in keys:
        bucket.values.pop(key, None)


class Cas:
    def __init__(self, bucket: Bucket, key: str) -> None:
        self.bucket, self.key, self.known = bucket, key, bucket.get(key)

    @classmethod
    def new(cls, bucket: Bucket, key: str) -> Self:
        return cls(bucket, key)

    def current(self) -> bytes | None:
        return self.known


def swap(cas: Cas, value: bytes) -> None:
    if cas.bucket.get(cas.key) != cas.known:
        raise Err(CasError_CasFailed(Cas(cas.bucket, cas.key)))  # pyright: ignore[reportArgumentType]
    cas.bucket.set(cas.key, value)


def increment(bucket: Bucket, key: str, delta: int) -> int:
    old = bucket.get(key) or bytes(8)
    total = int.from_bytes(old, "little", signed=True) + delta
    if len(old) != 8 or not -(1 << 63) <= total < 1 << 63:
        _fail(f"invalid-data: `{key}` is no number that can be added to")
    bucket.set(key, total.to_bytes(8, "little", signed=True))
    return total
