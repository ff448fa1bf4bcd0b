"""HTTP through `wasi:http`: the host makes the connection, TLS included, where `backend.toml` asks for the network and the
operator allows it. Natively a test says in `mapistore.testing.http.answers` what there is.
"""

import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

# Looked for when the first name is taken apart.
import encodings.idna

from mapistore._host import IN_COMPONENT
from mapistore.errors import Error, ErrorCode

if TYPE_CHECKING or IN_COMPONENT:
    from mapistore._http import send
else:
    from mapistore.testing.http import send

CODECS = (encodings.idna,)
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Response:
    """What a server answered."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    body: bytes = b""
    url: str = ""
    """Where it was found: another than was asked for after a redirect."""

    def header(self, name: str) -> str | None:
        """The first field of this name, in whatever case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def get(
    url: str,
    headers: Mapping[str, str] = {},
    *,
    timeout: float = 10.0,
    body_max_bytes: int = 8 << 20,
    redirects: int = 5,
) -> Response:
    """Gets what is at a URL, whatever the status; follows so many redirects.

    `timeout` is for all of it, in seconds; the last pause may add a third. Keep it well below `call_timeout_ms`, which ends the
    context. `too-big` beyond `body_max_bytes`; `not-available`, `connection-refused`, `denied` and `transport` say what the
    network or the host said.
    """
    until = time.monotonic() + timeout
    for _ in range(redirects + 1):
        left = until - time.monotonic()
        if left <= 0:
            raise Error(ErrorCode.NOT_AVAILABLE, f"no answer within {timeout} s, the last from `{url}`")
        response = request("GET", url, headers, timeout=left, body_max_bytes=body_max_bytes)
        location = response.header("location")
        if response.status not in _REDIRECTS or location is None:
            return response
        url = urllib.parse.urljoin(url, location)
    raise Error(ErrorCode.TRANSPORT, f"more than {redirects} redirects, the last to `{url}`")


def request(
    method: str,
    url: str,
    headers: Mapping[str, str] | list[tuple[str, str]] = {},
    body: bytes | None = None,
    *,
    timeout: float = 10.0,
    body_max_bytes: int = 8 << 20,
) -> Response:
    """Sends one request, and reads the whole answer. Redirects are not followed; `timeout` is as for `get`."""
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError as error:
        raise Error(ErrorCode.INVALID_PARAMETER, f"`{url}` is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Error(ErrorCode.INVALID_PARAMETER, f"`{url}` is no URL of `http` or `https`")
    # A name and a password in a URL are for nobody on the way.
    authority = parts.netloc.rpartition("@")[2]
    path = urllib.parse.quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        path += "?" + urllib.parse.quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    fields = headers if isinstance(headers, list) else list(headers.items())
    response = send(method, parts.scheme, authority, path, fields, body, timeout, body_max_bytes)
    response.url = url
    return response
