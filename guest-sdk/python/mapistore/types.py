"""The contract's types under their own names. Each has the contract's own words as its docstring.

They are what `componentize-py` makes of `wit/types.wit` and `wit/objects.wit`: a record is a dataclass, an enum an `Enum`, flags a
`Flag`, a case of a variant a dataclass named after both (`PropertyValue_Text`). A result inside of a list is an `Ok` or an `Err`.
"""

from typing import TypeAlias

from componentize_py_types import Err as Err
from componentize_py_types import Ok as Ok
from wit_world.exports.mapistore_objects import DeletedSet as DeletedSet
from wit_world.exports.mapistore_objects import Direction as Direction
from wit_world.exports.mapistore_objects import FoundRow as FoundRow
from wit_world.exports.mapistore_objects import ImportKeys as ImportKeys
from wit_world.exports.mapistore_objects import StreamAccess as StreamAccess
from wit_world.exports.mapistore_objects import TransferItem as TransferItem
from wit_world.exports.mapistore_objects import TransferSource as TransferSource
from wit_world.exports.mapistore_objects import TransferSource_SameContext as TransferSource_SameContext
from wit_world.exports.mapistore_objects import TransferSource_Uri as TransferSource_Uri
from wit_world.imports.types import *  # noqa: F403
from wit_world.imports.types import ErrorCode, PropertyValue

Fmid: TypeAlias = int
"""A folder or message identifier (FID or MID, MS-OXCDATA 2.2.1). Opaque: the host allocates it."""
Fid: TypeAlias = int
Mid: TypeAlias = int
ChangeNumber: TypeAlias = int
"""A change number (MS-OXCFXICS 2.2.2.1), encoded like an id: never compare two raw values."""
PropertyTag: TypeAlias = int
"""Property id in the high 16 bits, property type in the low 16: the constants of `mapistore.tags`."""
AttachNum: TypeAlias = int

Cell: TypeAlias = Ok[PropertyValue] | Err[ErrorCode]
"""One requested property or one table cell: its value, or why there is none."""
PathResult: TypeAlias = Ok[str] | Err[ErrorCode]
