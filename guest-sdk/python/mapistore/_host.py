"""Where the host's functions are: the component's imports, or natively what `mapistore.testing` has in their place."""

import sys
from typing import TYPE_CHECKING, ParamSpec, TypeVar
from collections.abc import Callable

from componentize_py_types import Err
from mapistore.errors import Error
from wit_world.imports import types as wit

IN_COMPONENT = sys.platform == "wasi"

if TYPE_CHECKING or IN_COMPONENT:
    from wit_world.imports import atomics, batch, index, logging, named_properties, notifications, store
else:
    from mapistore.testing import atomics, batch, index, logging, named_properties, notifications, store

__all__ = ["atomics", "batch", "call", "index", "logging", "named_properties", "notifications", "of_store", "store"]

P = ParamSpec("P")
T = TypeVar("T")


def call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls a function of the host; its error is raised as an `Error`."""
    try:
        return function(*args, **kwargs)
    except Err as error:
        value = error.value
        if isinstance(value, wit.Error):
            raise Error(value.code, value.detail) from None
        raise of_store(value) from None


# What the key-value store says begins with the name of a code.
_STORE_CODES = {
    "quota-exceeded": wit.ErrorCode.QUOTA_EXCEEDED,
    "too-big": wit.ErrorCode.TOO_BIG,
    "invalid-parameter": wit.ErrorCode.INVALID_PARAMETER,
    "invalid-data": wit.ErrorCode.INVALID_DATA,
}


def of_store(error: object) -> Error:
    """An error of the key-value store."""
    if isinstance(error, store.Error_Other):
        code = _STORE_CODES.get(error.value.split(":", 1)[0], wit.ErrorCode.STORAGE)
        return Error(code, error.value)
    if isinstance(error, store.Error_AccessDenied):
        return Error(wit.ErrorCode.DENIED, "there is no owner during `describe` and `init`")
    return Error(wit.ErrorCode.STORAGE, "there is no such bucket")
