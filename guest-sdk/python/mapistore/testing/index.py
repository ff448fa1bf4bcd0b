"""The index natively: dictionaries with the rules of `wit/index.wit`. Not for mail that must last."""

from dataclasses import dataclass, field
from typing import NoReturn

from componentize_py_types import Err
from wit_world.imports.index import Entry, IdRange
from wit_world.imports.types import DeleteMode, Error, ErrorCode

_MAX_ITEMS = 10_000
_MAX_URI = 4_096


def _fail(code: ErrorCode, detail: str) -> NoReturn:
    raise Err(Error(code, detail))


def _number(id: int) -> int:
    return int.from_bytes((id & ~0xFFFF).to_bytes(8, "little"), "big")


def _id(number: int) -> int:
    return int.from_bytes(number.to_bytes(8, "little"), "big") | 1


def _key(uri: str) -> str:
    """One trailing slash is insignificant."""
    return uri.removesuffix("/")


def _check_count(what: str, count: int, most: int = _MAX_ITEMS, least: int = 0) -> None:
    if not least <= count <= most:
        _fail(ErrorCode.INVALID_PARAMETER, f"{count} {what}, {least} to {most} are allowed")


def _check_uri(uri: str) -> None:
    if not 1 <= len(uri.encode()) <= _MAX_URI:
        _fail(ErrorCode.INVALID_PARAMETER, f"a URI of {len(uri.encode())} bytes, 1 to {_MAX_URI} are allowed")


@dataclass
class _Record:
    uri: str
    deleted: bool = False


@dataclass
class _Index:
    """Numbers are GLOBCNTs; keys are URIs without their trailing slash."""

    last: int = 0
    records: dict[int, _Record] = field(default_factory=dict[int, _Record])
    live: dict[str, int] = field(default_factory=dict[str, int])
    tombstones: dict[int, int] = field(default_factory=dict[int, int])
    """By the change number of the deletion."""

    def allocate(self) -> int:
        self.last += 1
        return self.last

    def insert(self, number: int, uri: str) -> None:
        self.live[_key(uri)] = number
        self.records[number] = _Record(uri)

    def entry(self, number: int | None) -> Entry | None:
        record = None if number is None else self.records.get(number)
        return record and Entry(_id(number or 0), record.uri, record.deleted)

    def below(self, prefix: str) -> list[int]:
        """The numbers of the live records whose URI begins with `prefix`."""
        return sorted(number for number in self.live.values() if self.records[number].uri.startswith(prefix))


_index = _Index()


def reset() -> None:
    _index.__init__()


def get_uris(ids: list[int]) -> list[Entry | None]:
    _check_count("ids", len(ids))
    return [_index.entry(_number(id)) for id in ids]


def get_ids(uris: list[str]) -> list[Entry | None]:
    _check_count("URIs", len(uris))

    def buried(uri: str) -> int | None:
        made = (number for _, number in sorted(_index.tombstones.items(), reverse=True))
        return next((number for number in made if _key(_index.records[number].uri) == _key(uri)), None)

    return [_index.entry(_index.live[_key(uri)] if _key(uri) in _index.live else buried(uri)) for uri in uris]


def ensure_ids(uris: list[str]) -> list[int]:
    _check_count("URIs", len(uris))
    for uri in uris:
        _check_uri(uri)
    ids: list[int] = []
    for uri in uris:
        if _key(uri) not in _index.live:
            _index.insert(_index.allocate(), uri)
        ids.append(_id(_index.live[_key(uri)]))
    return ids


def find(prefix: str, suffix: str, after: int | None, limit: int) -> list[Entry]:
    _check_count("records", limit, least=1)
    start = 0 if after is None else _number(after)
    found = (_index.entry(number) for number in _index.below(prefix) if number > start)
    return [entry for entry in found if entry and entry.uri.endswith(suffix)][:limit]


def add(id: int, uri: str) -> None:
    _check_uri(uri)
    number = _number(id)
    if not 1 <= number <= _index.last:
        _fail(ErrorCode.INVALID_PARAMETER, f"id `{id:#x}` was never allocated")
    if number in _index.records or _key(uri) in _index.live:
        _fail(ErrorCode.EXISTS, f"`{uri}` or id `{id:#x}` has a record")
    _index.insert(number, uri)


def update(id: int, uri: str) -> None:
    _check_uri(uri)
    number = _number(id)
    record = _index.records.get(number)
    if record is None or record.deleted:
        _fail(ErrorCode.NOT_FOUND, f"id `{id:#x}` has no live record")
    if _index.live.get(_key(uri), number) != number:
        _fail(ErrorCode.EXISTS, f"`{uri}` has a record")
    del _index.live[_key(record.uri)]
    _index.insert(number, uri)


def rename_prefix(old: str, new: str) -> int:
    _check_uri(old)
    _check_uri(new)
    if not old.endswith("/") or not new.endswith("/") or (new != old and new.startswith(old)):
        _fail(ErrorCode.INVALID_PARAMETER, f"`{old}` cannot become `{new}`")
    if new == old:
        return 0
    if _index.below(new) or _key(new) in _index.live:
        _fail(ErrorCode.EXISTS, f"there are records below `{new}`")
    numbers = _index.below(old)
    for number in numbers:
        uri = _index.records[number].uri
        del _index.live[_key(uri)]
        _index.insert(number, new + uri.removeprefix(old))
    return len(numbers)


def remove(ids: list[int], mode: DeleteMode) -> None:
    _check_count("ids", len(ids))
    for number in map(_number, ids):
        record = _index.records.get(number)
        if record is None:
            continue
        if not record.deleted:
            del _index.live[_key(record.uri)]
        if mode == DeleteMode.HARD:
            del _index.records[number]
            _index.tombstones = {change: other for change, other in _index.tombstones.items() if other != number}
        elif not record.deleted:
            record.deleted = True
            _index.tombstones[_index.allocate()] = number


def list_deleted(prefix: str, since: int) -> list[Entry]:
    made = (number for change, number in sorted(_index.tombstones.items()) if change > _number(since))
    return [entry for number in made if (entry := _index.entry(number)) and entry.uri.startswith(prefix)]


def reserve(count: int) -> IdRange:
    _check_count("ids", count, 65_536, 1)
    first = _id(_index.last + 1)
    _index.last += count
    return IdRange(first, count)


def next_change_numbers(count: int) -> list[int]:
    _check_count("change numbers", count, least=1)
    return [_id(_index.allocate()) for _ in range(count)]
