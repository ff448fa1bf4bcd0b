"""One request and its answer over the imports of `wasi:http`. A component has them if its `backend.toml` asks for the network."""

import time
from typing import TYPE_CHECKING, Any

from componentize_py_types import Err
from mapistore.errors import Error, ErrorCode

try:
    from wit_world.imports import http_types as wit
    from wit_world.imports import outgoing_handler, streams
except ImportError as missing:
    raise ImportError("`mapistore.http` needs `[[request.network]]` in backend.toml") from missing

if TYPE_CHECKING:
    from mapistore.http import Response

_METHODS: dict[str, Any] = {
    "GET": wit.Method_Get,
    "HEAD": wit.Method_Head,
    "POST": wit.Method_Post,
    "PUT": wit.Method_Put,
    "DELETE": wit.Method_Delete,
    "OPTIONS": wit.Method_Options,
    "PATCH": wit.Method_Patch,
}
_READ_BYTES = 64 << 10


def send(
    method: str,
    scheme: str,
    authority: str,
    path: str,
    headers: list[tuple[str, str]],
    body: bytes | None,
    timeout: float,
    body_max_bytes: int,
) -> "Response":
    """Handles are given back as soon as they are done with, whatever happens: a context has a limited number of them."""
    from mapistore.http import Response

    where = f"{scheme}://{authority}{path}"
    until = time.monotonic() + timeout
    try:
        fields = wit.Fields.from_list([(name, value.encode()) for name, value in headers])
    except Err as error:
        raise Error(ErrorCode.INVALID_PARAMETER, f"a header of the request is refused: {error.value}") from None
    request = wit.OutgoingRequest(fields)
    try:
        request.set_method(_METHODS[method]() if method in _METHODS else wit.Method_Other(method))
        request.set_scheme(wit.Scheme_Https() if scheme == "https" else wit.Scheme_Http())
        request.set_authority(authority)
        request.set_path_with_query(path)
        outgoing = None if body is None else request.body()
    except Err:
        _give_back(request)
        raise Error(ErrorCode.INVALID_PARAMETER, f"`{method} {where}` cannot be a request") from None
    try:
        try:
            sent = outgoing_handler.handle(request, _options(timeout))
        except Err:
            _give_back(outgoing)
            raise
        with sent as future:
            # Nobody takes what is written before the request is on its way.
            if outgoing is not None and body is not None:
                _write(outgoing, body)
            response = _wait(future)
        with response:
            with response.headers() as answered:
                entries = [(name, value.decode("latin-1")) for name, value in answered.entries()]
            return Response(response.status(), entries, _read(response, where, body_max_bytes, until))
    except Err as error:
        code = _code(error.value)
        raise Error(code, f"`{where}`: {_name(error.value)}") from None


def _write(outgoing: wit.OutgoingBody, body: bytes) -> None:
    try:
        with outgoing.write() as stream:
            for start in range(0, len(body), 4096):  # What WASI takes at a time.
                stream.blocking_write_and_flush(body[start : start + 4096])
    except Err as error:
        # The server had enough before the end: its answer says why.
        if not isinstance(error.value, streams.StreamError_Closed):
            _give_back(outgoing)
            raise
    wit.OutgoingBody.finish(outgoing, None)


def _give_back(resource: Any) -> None:
    if resource is not None:
        with resource:
            pass


def _options(timeout: float) -> wit.RequestOptions:
    options = wit.RequestOptions()
    # Connection, first byte and one pause together.
    nanoseconds = int(timeout * 1_000_000_000 / 3)
    options.set_connect_timeout(nanoseconds)
    options.set_first_byte_timeout(nanoseconds)
    options.set_between_bytes_timeout(nanoseconds)
    return options


def _wait(future: wit.FutureIncomingResponse) -> wit.IncomingResponse:
    with future.subscribe() as pollable:
        pollable.block()
    answer: Any = future.get()
    # The outer result is whether it was asked for the first time.
    if answer is None or isinstance(answer, Err) or isinstance(answer.value, Err):
        raise Err(None if answer is None else getattr(answer.value, "value", None))
    return answer.value.value


def _read(response: wit.IncomingResponse, where: str, body_max_bytes: int, until: float) -> bytes:
    parts: list[bytes] = []
    length = 0
    with response.consume() as body, body.stream() as stream:
        while True:
            try:
                parts.append(stream.blocking_read(_READ_BYTES))
            except Err as error:
                if isinstance(error.value, streams.StreamError_Closed):
                    return b"".join(parts)
                raise
            if time.monotonic() > until:
                raise Error(ErrorCode.NOT_AVAILABLE, f"`{where}`: the answer takes too long")
            length += len(parts[-1])
            if length > body_max_bytes:
                raise Error(ErrorCode.TOO_BIG, f"`{where}` has more than {body_max_bytes} bytes")


_CODES: dict[type[Any], ErrorCode] = {
    wit.ErrorCode_ConnectionRefused: ErrorCode.CONNECTION_REFUSED,
    wit.ErrorCode_HttpRequestDenied: ErrorCode.DENIED,
    wit.ErrorCode_DestinationIpProhibited: ErrorCode.DENIED,
    wit.ErrorCode_HttpResponseBodySize: ErrorCode.TOO_BIG,
} | dict.fromkeys(
    (
        wit.ErrorCode_DnsTimeout,
        wit.ErrorCode_DnsError,
        wit.ErrorCode_DestinationNotFound,
        wit.ErrorCode_DestinationUnavailable,
        wit.ErrorCode_DestinationIpUnroutable,
        wit.ErrorCode_ConnectionTimeout,
        wit.ErrorCode_ConnectionReadTimeout,
        wit.ErrorCode_ConnectionWriteTimeout,
        wit.ErrorCode_ConnectionLimitReached,
        wit.ErrorCode_HttpResponseTimeout,
    ),
    ErrorCode.NOT_AVAILABLE,
)


def _code(error: object) -> ErrorCode:
    return _CODES.get(type(error), ErrorCode.TRANSPORT)


def _name(error: Any) -> str:
    if isinstance(error, streams.StreamError_LastOperationFailed):
        with error.value as cause:
            return cause.to_debug_string()
    name = type(error).__name__.removeprefix("ErrorCode_")
    detail = getattr(error, "value", None)
    return name if detail is None else f"{name}: {detail}"
