"""Write a MAPIStore storage backend in Python.

A backend is a WebAssembly component; the host runs it in a sandbox, with one memory for each context. The contract is in `wit/` and
says what each call must do; this package is that contract as classes. See README.md.
"""

from mapistore import index, keys, keyvalue, logs, named_properties, notifications, tags, types, value
from mapistore.backend import Backend, derived, export, root
from mapistore.errors import Error, ErrorCode
from mapistore.objects import (
    Attachment,
    Context,
    Folder,
    Message,
    Object,
    PropertyStream,
    Restriction,
    Table,
    outcomes,
)
from mapistore.properties import Properties
from mapistore.stream import BytesStream
from mapistore.table import RowsTable
from mapistore.types import (
    BackendInfo,
    Capabilities,
    Cell,
    ConnectionInfo,
    ContextEntry,
    DeleteMode,
    Err,
    Guid,
    ItemOutcome,
    MessageData,
    Ok,
    Recipient,
    RecipientKind,
    RecipientTable,
    Role,
    RowBatch,
    StreamAccess,
    TableKind,
)
from mapistore.value import INLINE_LIMIT

__all__ = [
    "INLINE_LIMIT",
    "Attachment",
    "Backend",
    "BackendInfo",
    "BytesStream",
    "Capabilities",
    "Cell",
    "ConnectionInfo",
    "Context",
    "ContextEntry",
    "DeleteMode",
    "Err",
    "Error",
    "ErrorCode",
    "Folder",
    "Guid",
    "ItemOutcome",
    "Message",
    "MessageData",
    "Object",
    "Ok",
    "Properties",
    "PropertyStream",
    "Recipient",
    "RecipientKind",
    "RecipientTable",
    "Restriction",
    "Role",
    "RowBatch",
    "RowsTable",
    "StreamAccess",
    "Table",
    "TableKind",
    "derived",
    "export",
    "index",
    "keys",
    "keyvalue",
    "logs",
    "named_properties",
    "notifications",
    "outcomes",
    "root",
    "tags",
    "types",
    "value",
]
