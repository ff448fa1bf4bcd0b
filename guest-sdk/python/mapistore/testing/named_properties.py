"""The map of named properties natively."""

from componentize_py_types import Err
from wit_world.imports.named_properties import NamedProperty
from wit_world.imports.types import Error, ErrorCode

_FIRST, _LAST = 0x8000, 0xFFFE

_names: list[NamedProperty] = []


def reset() -> None:
    _names.clear()


def to_ids(names: list[NamedProperty], create: bool) -> list[int | None]:
    ids: list[int | None] = []
    for name in names:
        if create and name not in _names:
            if _FIRST + len(_names) > _LAST:
                raise Err(Error(ErrorCode.TOO_BIG, "all 32767 property ids are given out"))
            _names.append(name)
        ids.append(_FIRST + _names.index(name) if name in _names else None)
    return ids


def to_names(ids: list[int]) -> list[NamedProperty | None]:
    return [_names[id - _FIRST] if _FIRST <= id < _FIRST + len(_names) else None for id in ids]
