"""The error of every call: a code of the contract, and a sentence for the operator."""

import errno

from componentize_py_types import Err
from wit_world.imports import types as wit
from wit_world.imports.types import ErrorCode

__all__ = ["Error", "ErrorCode", "not_implemented"]


class Error(Exception):
    """Raise it in any method: the caller gets the code, the operator reads the detail.

    The detail is lower case, has no full stop and no secrets. An `OSError` that is raised becomes the code that says the
    same; any other exception becomes `failed`, with its traceback in the host's log.
    """

    def __init__(self, code: ErrorCode, detail: str | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        name = self.code.name.lower().replace("_", "-")
        return name if self.detail is None else f"{name}: {self.detail}"


def not_implemented(function: str) -> Error:
    """The backend does not do this at all; `function` says what, such as `folder.copy-to`."""
    return Error(ErrorCode.NOT_IMPLEMENTED, f"this backend does not implement `{function}`")


_ERRNO = {
    errno.ENOENT: ErrorCode.NOT_FOUND,
    errno.ENOTDIR: ErrorCode.NOT_FOUND,
    errno.EEXIST: ErrorCode.EXISTS,
    errno.ENOTEMPTY: ErrorCode.EXISTS,
    errno.EACCES: ErrorCode.DENIED,
    errno.EPERM: ErrorCode.DENIED,
    errno.EROFS: ErrorCode.DENIED,
    errno.ENOSPC: ErrorCode.QUOTA_EXCEEDED,
    errno.EDQUOT: ErrorCode.QUOTA_EXCEEDED,
    errno.EFBIG: ErrorCode.TOO_BIG,
    errno.ENOMEM: ErrorCode.NO_MEMORY,
    errno.EINVAL: ErrorCode.INVALID_PARAMETER,
    errno.ENAMETOOLONG: ErrorCode.INVALID_PARAMETER,
    errno.EILSEQ: ErrorCode.INVALID_PARAMETER,
    errno.EBUSY: ErrorCode.IN_USE,
    errno.ETXTBSY: ErrorCode.IN_USE,
    errno.ECONNREFUSED: ErrorCode.CONNECTION_REFUSED,
    errno.ETIMEDOUT: ErrorCode.NOT_AVAILABLE,
    errno.EHOSTUNREACH: ErrorCode.NOT_AVAILABLE,
    errno.ENETUNREACH: ErrorCode.NOT_AVAILABLE,
    errno.ENETDOWN: ErrorCode.NOT_AVAILABLE,
    errno.ECONNRESET: ErrorCode.TRANSPORT,
    errno.ECONNABORTED: ErrorCode.TRANSPORT,
    errno.ENOTCONN: ErrorCode.TRANSPORT,
    errno.EPIPE: ErrorCode.TRANSPORT,
}


def of_exception(exception: BaseException) -> Error:
    """What the caller gets for an exception."""
    match exception:
        case Error():
            return exception
        case Err() if isinstance(exception.value, wit.Error):  # As a function of the bindings raises it.
            return Error(exception.value.code, exception.value.detail)
        case OSError():
            code = _ERRNO.get(exception.errno or 0)
            if code is None:
                code = ErrorCode.NOT_AVAILABLE if isinstance(exception, TimeoutError) else ErrorCode.STORAGE
            return Error(code, str(exception))
        case SystemExit():
            return Error(ErrorCode.FAILED, f"the backend called `sys.exit({exception.code!r})`")
        case _:
            return Error(ErrorCode.FAILED, f"{type(exception).__name__}: {exception}")


def to_wit(error: Error) -> wit.Error:
    """The contract's record of an error. Text that is no Unicode would not cross the boundary."""
    detail = error.detail
    if detail is not None and not detail.isascii():
        detail = detail.encode("utf-8", "replace").decode("utf-8")
    return wit.Error(error.code, detail)
