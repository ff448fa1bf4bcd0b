"""Between what `componentize-py` calls and what authors write. Knows no backend.

Every object that crosses the boundary is wrapped in a handle of its own. The host's handle is the only lasting reference to it, so
that it is freed, and its destructor runs, as soon as the host lets go, whatever cycles the author's objects are in. (By
itself `componentize-py` 0.25 never gives up that reference; `mapistore build` completes the component, see
`runtime/src/authoring/python/destructors.rs`.)

An exception becomes an answer, and is never a trap, with one exception: without memory the interpreter cannot be trusted
to go on, and a trap makes the host name the limit that was reached.
"""

import gc
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
    DeletedSet,
    Fid,
    MessageData,
    Role,
    RowBatch,
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


# Python collects cycles by the number of objects, and knows neither how large they are nor that a context has a limit. What the
# interpreter and the author's modules had made by the first call stays for ever, and is not looked through again.
_COLLECT_EVERY = 64
_released = 0


def _collect() -> None:
    global _released
    _released += 1
    if _released % _COLLECT_EVERY == 0:
        gc.collect()


class _Detached:
    def detach(self) -> None:
        pass


class Handle:
    """An object of the author's as the host sees it."""

    def __init__(self, object: Object) -> None:
        self.object: Any = object

    @property
    def finalizer(self) -> _Detached:
        return _Detached()

    @finalizer.setter
    def finalizer(self, finalizer: Any) -> None:
        # `componentize-py` wants to drop the host's handle when this is freed. It is freed because the host has dropped it, and
        # dropping it again is a trap.
        finalizer.detach()

    def release(self) -> None:
        """Lets go of the author's object, once."""
        object, self.object = self.object, None
        if object is not None:
            try:
                object.dropped()
                # Before the collection, so that a cycle is garbage by then.
                del object
                _collect()
            except BaseException as exception:
                _answer(exception)

    def __del__(self) -> None:
        self.release()


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


def _checked(kind: type, function: str) -> Callable[[Any], Any]:
    """Sees to it that what a function answers can cross the boundary: there it would be a trap. Any sequence is a list."""

    def check(result: Any) -> Any:
        if kind is list and isinstance(result, (tuple, range)):
            return [*result]
        if not isinstance(result, kind):
            found = type(result).__name__
            raise Error(ErrorCode.FAILED, f"`{function}` answered a `{found}`, and has to answer a `{kind.__name__}`")
        return result

    return check


def _call(name: str, give: Callable[[Any], Any] | None) -> Callable[..., Any]:
    """A method of a handle."""

    def call(self: Handle, *arguments: Any) -> Any:
        try:
            result = getattr(self.object, name)(*map(_lent, arguments))
            return result if give is None else give(result)
        except BaseException as exception:
            raise _answer(exception) from None

    call.__name__ = name
    return call


class ContextHandle(Handle):
    @classmethod
    def close(cls, this: "ContextHandle") -> None:
        try:
            this.object.close()
        except BaseException as exception:
            raise _answer(exception) from None
        finally:
            # The bindings keep a reference to what was handed to a static function.
            this.release()


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
_ANSWERS: dict[str, type] = {
    "get_child_count": int,
    "row_count": int,
    "size": int,
    "save": int,
    "read": bytes,
    "get_data": MessageData,
    "get_deleted": DeletedSet,
    "query_rows": RowBatch,
} | dict.fromkeys(
    (
        "get_paths",
        "list_properties",
        "get_properties",
        "set_properties",
        "remove_properties",
        "delete_messages",
        "move_copy_messages",
        "set_read_flags",
        "get_permissions",
        "list_attachments",
        "available_columns",
    ),
    list,
)


def _give(kind: type[Object], name: str) -> Callable[[Any], Any] | None:
    """What is done to the answer of a method."""
    function = f"{kind.__name__}.{name}"
    if name in _GIVES:
        return _given(_GIVES[name], _HANDLES[_GIVES[name]], function)
    if name in _ANSWERS and (kind, name) != (Attachment, "save"):
        return _checked(_ANSWERS[name], function)
    return None


for _kind, _handle in _HANDLES.items():
    for _name, _member in vars(_kind).items():
        if not _name.startswith("_") and callable(_member) and _name not in vars(_handle):
            setattr(_handle, _name, _call(_name, _give(_kind, _name)))


class Provider:
    """The interface `provider` over the exported backend."""

    def __init__(self) -> None:
        self._backend: Backend | None = None
        self._awake = False

    def _get(self) -> Backend:
        if self._backend is None:
            logs.install()
            self._backend = exported()()
            gc.collect()
            gc.freeze()
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
