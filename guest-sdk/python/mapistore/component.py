"""Between what `componentize-py` calls and what authors write. Knows no backend.

Every object that crosses the boundary is wrapped in a handle of its own. The host's handle is the only lasting reference to it, so
that it is freed, and its destructor runs, as soon as the host lets go, whatever cycles the author's objects are in.

An exception becomes an answer, and is never a trap, with one exception: without memory the interpreter cannot be trusted
to go on, and a trap makes the host name the limit that was reached.
"""

import logging
import os
import random
import traceback
from collections.abc import Callable
from typing import Any

from componentize_py_types import Err
from mapistore import logs
from mapistore.backend import Backend, exported
from mapistore.errors import Error, ErrorCode, of_exception, to_wit
from mapistore.objects import Attachment, Context, Folder, Message, Object, PropertyStream, Table
from mapistore.types import (
    BackendInfo,
    ConnectionInfo,
    ContextEntry,
    Fid,
    Role,
    TransferSource_SameContext,
    TransferSource_Uri,
)

_log = logging.getLogger("mapistore")


def _answer(exception: BaseException) -> Err[Any]:
    """What the host gets instead of a result."""
    if isinstance(exception, MemoryError):
        os.abort()
    error = of_exception(exception)
    if not isinstance(exception, (Error, OSError)):
        _log.error("%s", "".join(traceback.format_exception(exception)).rstrip())
    return Err(to_wit(error))


class Handle:
    """An object of the author's as the host sees it."""

    def __init__(self, object: Object) -> None:
        self.object = object

    def __del__(self) -> None:
        try:
            self.object.dropped()
        except BaseException as exception:
            _answer(exception)


def _lent(argument: Any) -> Any:
    """An argument as the author gets it: the objects behind handles."""
    if isinstance(argument, Handle):
        return argument.object
    if isinstance(argument, TransferSource_SameContext):
        return argument.value.object
    return argument.value if isinstance(argument, TransferSource_Uri) else argument


def _given(kind: type[Object], handle: type[Handle], function: str) -> Callable[[Any], Any]:
    """Wraps the object that a function answers, alone or after a number."""

    def give(result: Any) -> Any:
        object = result[1] if isinstance(result, tuple) and len(result) == 2 else result
        if not isinstance(object, kind):
            found = type(object).__name__
            raise Error(ErrorCode.FAILED, f"`{function}` answered a `{found}`, and has to answer a `{kind.__name__}`")
        return handle(object) if object is result else (result[0], handle(object))

    return give


def _call(name: str, give: Callable[[Any], Any] | None) -> Callable[..., Any]:
    """A method of a handle."""

    def call(self: Handle, *arguments: Any) -> Any:
        try:
            result = getattr(self.object, name)(*map(_lent, arguments))
            if give is not None:
                return give(result)
            # A list is what crosses the boundary; any sequence may be answered.
            return list(result) if isinstance(result, (tuple, range, set, frozenset)) else result
        except BaseException as exception:
            raise _answer(exception) from None

    call.__name__ = name
    return call


class ContextHandle(Handle):
    @classmethod
    def close(cls, this: "ContextHandle") -> None:
        try:
            this.object.close()  # pyright: ignore[reportAttributeAccessIssue]
        except BaseException as exception:
            raise _answer(exception) from None


class FolderHandle(Handle):
    pass


class MessageHandle(Handle):
    pass


class AttachmentHandle(Handle):
    pass


class TableHandle(Handle):
    pass


class StreamHandle(Handle):
    pass


_HANDLES: dict[type[Object], type[Handle]] = {
    Context: ContextHandle,
    Folder: FolderHandle,
    Message: MessageHandle,
    Attachment: AttachmentHandle,
    Table: TableHandle,
    PropertyStream: StreamHandle,
}
_GIVES: dict[str, type[Object]] = {
    "get_root_folder": Folder,
    "open_folder": Folder,
    "create_folder": Folder,
    "open_message": Message,
    "create_message": Message,
    "open_embedded": Message,
    "create_embedded": Message,
    "open_attachment": Attachment,
    "create_attachment": Attachment,
    "open_table": Table,
    "open_attachment_table": Table,
    "open_stream": PropertyStream,
}
for _kind, _handle in _HANDLES.items():
    for _name, _member in vars(_kind).items():
        if not _name.startswith("_") and callable(_member) and _name not in vars(_handle):
            _gives = _GIVES.get(_name)
            _function = f"{_kind.__name__}.{_name}"
            setattr(_handle, _name, _call(_name, _gives and _given(_gives, _HANDLES[_gives], _function)))


class Provider:
    """The interface `provider` over the exported backend."""

    def __init__(self) -> None:
        self._backend: Backend | None = None
        self._awake = False

    def _get(self) -> Backend:
        if self._backend is None:
            logs.install()
            self._backend = exported()()
        return self._backend

    def _call(self, function: Callable[[Backend], Any]) -> Any:
        try:
            backend = self._get()
            if not self._awake:
                self._awake = True
                # What is random before is in the component, and in every context's copy of what `init` left.
                random.seed()
            return function(backend)
        except BaseException as exception:
            raise _answer(exception) from None

    def describe(self) -> BackendInfo:
        return self._get().describe()

    def init(self, config: list[tuple[str, str]]) -> None:
        try:
            self._get().init(dict(config))
        except BaseException as exception:
            raise _answer(exception) from None

    def list_contexts(self, username: str) -> list[ContextEntry]:
        return self._call(lambda backend: list(backend.list_contexts(username)))

    def create_context(self, connection: ConnectionInfo, uri: str) -> Handle:
        give = _given(Context, ContextHandle, "Backend.create_context")
        return self._call(lambda backend: give(backend.create_context(connection, uri)))

    def create_root_folder(self, username: str, role: Role, id: Fid, name: str) -> str | None:
        return self._call(lambda backend: backend.create_root_folder(username, role, id, name))

    def generate_uri(self, username: str, folder: str, message: str, root_uri: str) -> str:
        return self._call(lambda backend: backend.generate_uri(username, folder, message, root_uri))


class Objects:
    """The interface `objects` has no functions of its own."""
