"""The network natively: what `answers` says, and nothing else."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from mapistore.errors import Error, ErrorCode

if TYPE_CHECKING:
    from mapistore.http import Response

Answer = Callable[[dict[str, str]], "Response"]

answers: dict[str, Answer] = {}
"""By URL, what answers: a function of the request's headers. Where there is none, the connection is refused."""

sent: list[tuple[str, str]] = []
"""Method and URL of each request since `reset`."""


def reset() -> None:
    answers.clear()
    sent.clear()


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
    url = f"{scheme}://{authority}{path}"
    sent.append((method, url))
    if url not in answers:
        raise Error(ErrorCode.CONNECTION_REFUSED, f"`{url}`: ConnectionRefused")
    response = answers[url](dict(headers))
    if len(response.body) > body_max_bytes:
        raise Error(ErrorCode.TOO_BIG, f"`{url}` has more than {body_max_bytes} bytes")
    return response
