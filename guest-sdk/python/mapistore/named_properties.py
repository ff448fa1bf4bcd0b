"""The map between named properties and property ids (`wit/named-properties.wit`). Natively a map in memory."""

import uuid
from collections.abc import Sequence

from mapistore._host import call
from mapistore._host import named_properties as host
from mapistore.value import guid
from wit_world.imports.named_properties import NamedProperty as NamedProperty
from wit_world.imports.named_properties import PropName_Lid, PropName_Name
from wit_world.imports.types import Guid


def lid(set: uuid.UUID | Guid, number: int) -> NamedProperty:
    """The property with this number in the set (PidLid...)."""
    return NamedProperty(guid(set), PropName_Lid(number))


def name(set: uuid.UUID | Guid, name: str) -> NamedProperty:
    """The property with this name in the set (PidName...)."""
    return NamedProperty(guid(set), PropName_Name(name))


def to_ids(names: Sequence[NamedProperty], create: bool = False) -> list[int | None]:
    """The id of each name; with `create`, unknown names get one. At most 1,000."""
    return call(host.to_ids, list(names), create)


def to_names(ids: Sequence[int]) -> list[NamedProperty | None]:
    """The name of each id; None for an id that was never given out."""
    return call(host.to_names, list(ids))
