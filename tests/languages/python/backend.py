"""Does harm when its root is counted, in the way that its URI names; counts what it makes and what is dropped.

See ../README.md. PidTagComment of the root has random numbers.
"""

import os
import random
import sys
import uuid
from collections.abc import Callable
from typing import Any

from mapistore import (
    Backend, ConnectionInfo, Context, ContextEntry, Error, ErrorCode, Folder, Message, Object, Properties, Role, RowsTable,
    Table, TableKind, export, http, keyvalue, root,
)
from mapistore.tags import *

made = dropped = 0


class Counted(Object):
    """Counts itself, and is part of a cycle, as objects of a real backend often are."""

    def __init__(self) -> None:
        global made
        made += 1
        self.me = self

    def dropped(self) -> None:
        global dropped
        dropped += 1


@export
class Hostile(Backend):
    name = "hostile-python"
    description = "does harm"

    def list_contexts(self, username: str) -> list[ContextEntry]:
        return [root(Role.MAIL, f"hostile-python://{username}/behaves/", "Inbox")]

    def create_context(self, connection: ConnectionInfo, uri: str) -> Context:
        return Root(uri.removesuffix("/").rsplit("/", 1)[1])


class Root(Counted, Context):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how

    def get_root_folder(self, id: int) -> Folder:
        return Inbox(self)

    def dropped(self) -> None:
        super().dropped()
        # The last of its context: what is left then was never dropped.
        added = [total + own for total, own in zip(sums(), (made, dropped, 1))]
        keyvalue.Bucket("counts").set("sums", " ".join(map(str, added)).encode())


def sums() -> list[int]:
    """The sums over contexts that are gone."""
    return [int(number) for number in (keyvalue.Bucket("counts").get("sums") or b"0 0 0").split()]


class Inbox(Counted, Folder):
    def __init__(self, root: Root) -> None:
        super().__init__()
        self.root = root

    def properties(self) -> Properties:
        seen = f"{random.random()} {uuid.uuid4()}"
        text = " ".join(map(str, sums()))
        return Properties({PID_TAG_DISPLAY_NAME: self.root.how, PID_TAG_COMMENT: seen, PID_TAG_BODY: text})

    def get_child_count(self, kind: TableKind) -> int:
        if kind == TableKind.ASSOCIATED:
            return made
        how, _, argument = self.root.how.partition(":")
        return harm[how](*filter(None, [argument])) if kind == TableKind.CONTENTS else dropped

    def open_message(self, id: int, read_write: bool) -> Message:
        return Mail()

    def open_table(self, kind: TableKind) -> Table:
        rows = [Properties({PID_TAG_SUBJECT: f"message {at}", PID_TAG_MESSAGE_SIZE: at}) for at in range(100)]
        return Rows(list(rows[0]), lambda: rows)


class Mail(Counted, Message):
    def properties(self) -> Properties:
        return Properties({PID_TAG_SUBJECT: "a subject", PID_TAG_BODY: "a body\r\n" * 100})


class Rows(Counted, RowsTable):
    def __init__(self, *arguments: Any) -> None:
        Counted.__init__(self)
        RowsTable.__init__(self, *arguments)


def recurse() -> int:
    return recurse() + 1


def compare_deeply() -> int:
    """Recursion in C, which Python's own count of calls does not see."""
    first: list[Any] = []
    second: list[Any] = []
    for _ in range(100_000):
        first, second = [first], [second]
    return int(first == second)


def grow() -> int:
    kept: list[bytes] = []
    while True:
        kept.append(bytes(1 << 20))


def grow_by_little() -> int:
    kept: list[Any] = []
    while True:
        kept.append([kept])


def spin() -> int:
    while True:
        pass


def fail() -> int:
    raise KeyError("a missing key")


def leave() -> int:
    sys.exit(3)


def abort() -> int:
    os.abort()


def exit_at_once() -> int:
    os._exit(4)


def deny() -> int:
    raise Error(ErrorCode.DENIED, "said no")


def wrong_type() -> int:
    return "a text"  # pyright: ignore[reportReturnType]


def post(port: str, length: int = 100_000, method: str = "POST") -> int:
    return int(http.request(method, f"http://127.0.0.1:{port}/takes", body=bytes(length)).body)


def post_where_denied(times: int = 2_000) -> int:
    for _ in range(times):
        expect(ErrorCode.DENIED, lambda: post("9", 1))
        expect(ErrorCode.INVALID_PARAMETER, lambda: post("9", 1, "NO METHOD"))
    return times


def expect(code: ErrorCode, call: Callable[[], int]) -> None:
    try:
        raise AssertionError(f"answered {call()}")
    except Error as error:
        if error.code != code:
            raise


harm: dict[str, Callable[..., Any]] = {
    "behaves": lambda: 100,
    "recursion": recurse,
    "recursion-in-c": compare_deeply,
    "memory": grow,
    "memory-by-little": grow_by_little,
    "loop": spin,
    "exception": fail,
    "leaving": leave,
    "abort": abort,
    "exit": exit_at_once,
    "denied": deny,
    "post": post,
    "denied-posts": post_where_denied,
    "wrong-type": wrong_type,
}
