"""The backend itself: what a server asks before anything is open (`wit/provider.wit`)."""

from typing import ClassVar, TypeVar

from mapistore.errors import not_implemented
from mapistore.objects import Attachment, Context, Folder, Message, Table, implements, optional
from mapistore.types import (
    BackendInfo,
    Capabilities,
    ConnectionInfo,
    ContextEntry,
    Fid,
    Role,
)
from mapistore.value import INLINE_LIMIT


class Backend:
    """A storage backend. Set `name`, `description` and `version`, write what it can do, and put `@export` before the class.

    There is one object of the class in each instance: `init` may leave in it what contexts need. Nothing of it is shared
    between contexts, nor with listings.
    """

    name: ClassVar[str]
    """1 to 64 of `a-z 0-9 - _ .`, a letter first."""
    description: ClassVar[str] = ""
    """One line for people."""
    version: ClassVar[str] = "0.1.0"
    namespace: ClassVar[str | None] = None
    """The URI scheme, without `://`; the name where nothing else is said."""
    inline_limit: ClassVar[int] = INLINE_LIMIT
    """Values of more bytes are answered as `deferred`."""
    capabilities: ClassVar[Capabilities | None] = None
    """What it claims; None for what its classes override (`derived`)."""
    also: ClassVar[Capabilities] = Capabilities(0)
    """What no method shows and it does all the same: `ASSOCIATED`, `SOFT_DELETE`, `CROSS_CONTEXT_MOVE`."""

    def describe(self) -> BackendInfo:
        """Name, namespace and capabilities. Answers the same whenever it is called, and calls no import."""
        claimed = derived(type(self)) | self.also if self.capabilities is None else self.capabilities
        namespace = self.name if self.namespace is None else self.namespace
        return BackendInfo(self.name, self.description, namespace, self.version, claimed, self.inline_limit)

    def init(self, config: dict[str, str]) -> None:
        """Runs before everything but `describe`, with the operator's settings. May hold nothing open when it returns: no
        file, no stream, no socket; and sees no directory and no user."""

    def list_contexts(self, username: str) -> list[ContextEntry]:
        """The roots that this backend has for a user. Called at every logon: be quick, and answer the same as last time."""
        raise not_implemented("provider.list-contexts")

    def create_context(self, connection: ConnectionInfo, uri: str) -> Context:
        """Opens the root that `uri` names. `not-found`: no such root. `invalid-uri`: not a URI that this backend understands."""
        raise not_implemented("provider.create-context")

    @optional
    def create_root_folder(self, username: str, role: Role, id: Fid, name: str) -> str | None:
        """Makes a new root for a role and answers its complete URI; None means "not my role, ask the next backend"."""

    @optional
    def generate_uri(self, username: str, folder: str, message: str, root_uri: str) -> str:
        """The URI of a message in a folder, without opening either."""
        raise not_implemented("provider.generate-uri")


def root(role: Role, url: str, name: str, *, main: bool = True, tag: str | None = None) -> ContextEntry:
    """An entry of `list_contexts`: the default folder of its role, or with `main=False` an additional one."""
    return ContextEntry(url, name, main, role, tag)


# A claim holds if one class overrides all of these.
_SHOWN_BY: dict[Capabilities, list[tuple[type, tuple[str, ...]]]] = {
    Capabilities.FOLDERS: [(Folder, ("open_folder", "create_folder", "delete"))],
    Capabilities.MOVE_FOLDER: [(Folder, ("move_to",))],
    Capabilities.COPY_FOLDER: [(Folder, ("copy_to",))],
    Capabilities.DELETED_IDS: [(Folder, ("get_deleted",))],
    Capabilities.PERMISSIONS: [(Folder, ("get_permissions", "modify_permissions"))],
    Capabilities.PRELOAD: [(Folder, ("preload_messages",))],
    Capabilities.SUBMIT: [(Message, ("submit",))],
    Capabilities.STREAMS: [(Message, ("open_stream",))],
    Capabilities.WRITE_MESSAGES: [
        (Folder, ("create_message", "delete_messages")),
        (Message, ("set_properties", "remove_properties", "save")),
    ],
    Capabilities.ATTACHMENTS: [
        (Message, ("list_attachments", "open_attachment", "create_attachment", "delete_attachment")),
        (Attachment, ("set_properties", "save")),
    ],
    Capabilities.EMBEDDED_MESSAGES: [(Attachment, ("open_embedded", "create_embedded"))],
    Capabilities.RESTRICTIONS: [(Table, ("set_restriction",))],
    Capabilities.SORTING: [(Table, ("set_sort_order",))],
    Capabilities.FIND_ROW: [(Table, ("find_row",))],
}


def derived(backend: type[Backend]) -> Capabilities:
    """What a backend can claim, from what its class and the object classes of its program override."""
    claimed = Capabilities(0)
    if implements(backend, "create_root_folder"):
        claimed |= Capabilities.CREATE_ROOT
    if implements(backend, "generate_uri"):
        claimed |= Capabilities.GENERATE_URI
    for claim, shown_by in _SHOWN_BY.items():
        if all(_one_does(kind, methods) for kind, methods in shown_by):
            claimed |= claim
    return claimed


def _one_does(kind: type, methods: tuple[str, ...]) -> bool:
    return any(all(implements(each, method) for method in methods) for each in _below(kind))


def _below(kind: type) -> list[type]:
    return [each for child in kind.__subclasses__() for each in (child, *_below(child))]


B = TypeVar("B", bound=type[Backend])
_exported: list[type[Backend]] = []


def export(backend: B) -> B:
    """Makes a class the backend that this component is. Once in a program."""
    _exported.append(backend)
    return backend


def exported() -> type[Backend]:
    """The class that was exported."""
    if len(_exported) != 1:
        found = ", ".join(f"`{each.__name__}`" for each in _exported) or "none"
        raise RuntimeError(f"one class needs `@mapistore.export` before it, and there is {found}")
    return _exported[0]
