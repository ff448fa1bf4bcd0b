"""What is kept of a feed, in `wasi:keyvalue`: one bucket for each, `feed/KEY`.

    state        title, link, validators of HTTP, when it was last asked for, and what went wrong
    row/ID       what tables show of an entry, as JSON
    body/ID      its HTML
    read/ID      `1` or `0`, a blank, and the change number of the last marking

Entries stay when the feed drops them, is away, or is no feed any more; beyond `KEPT_MAX` the oldest go.
"""

import hashlib
import json
import logging
import os
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

from feeds import parse
from feeds.subscriptions import Subscription
from mapistore import DeleteMode, Error, http, index
from mapistore.keyvalue import Bucket

KEPT_MAX = 1_000
BODY_MAX = 512 << 10
_RETRY_SECONDS = 300
_TIMEOUT_SECONDS = 5.0

_log = logging.getLogger("feeds")


@dataclass
class State:
    title: str = ""
    link: str = ""
    etag: str | None = None
    modified: str | None = None
    checked: float = 0.0
    problem: str | None = None


@dataclass
class Row:
    """An entry without its body."""

    id: str
    guid: str
    title: str
    link: str
    author: str
    time: float
    seen: float
    size: int
    digest: str
    change: int
    read: bool = field(default=False)

    @property
    def published(self) -> datetime:
        return datetime.fromtimestamp(self.time, timezone.utc)


class Library:
    """The entries of one feed, and how they get there."""

    def __init__(self, subscription: Subscription, uri: str, refresh_seconds: float) -> None:
        self.subscription = subscription
        self.uri = uri
        self._refresh_seconds = refresh_seconds
        self._bucket = Bucket(f"feed/{subscription.key}")

    def state(self) -> State:
        kept = self._bucket.get("state")
        return State(**json.loads(kept)) if kept else State()

    def counts(self) -> tuple[int, int]:
        """How many entries there are, and how many of them nobody has read."""
        ids = [key.removeprefix("row/") for key in self._keys("row/")]
        marks = self._bucket.get_many(f"read/{id}" for id in ids).values()
        return len(ids), sum(mark is None or mark[:1] == b"0" for mark in marks)

    def rows(self) -> list[Row]:
        """All entries, the newest first."""
        kept = self._bucket.get_many(self._keys("row/"))
        rows = [Row(id=key.removeprefix("row/"), **json.loads(value)) for key, value in kept.items() if value]
        marks = self._bucket.get_many(f"read/{row.id}" for row in rows)
        for row in rows:
            _apply(row, marks[f"read/{row.id}"])
        return sorted(rows, key=lambda row: (-row.time, row.id))

    def row(self, id: str) -> Row | None:
        kept = self._bucket.get(f"row/{id}")
        if kept is None:
            return None
        row = Row(id=id, **json.loads(kept))
        _apply(row, self._bucket.get(f"read/{id}"))
        return row

    def body(self, id: str) -> str:
        return (self._bucket.get(f"body/{id}") or b"").decode()

    def mark(self, row: Row, read: bool) -> None:
        """Durable when it returns. Marking as what it is already changes nothing."""
        if row.read != read:
            [change] = index.next_change_numbers(1)
            mark = f"{int(read)} {change}".encode()
            self._bucket.set(f"read/{row.id}", mark)
            _apply(row, mark)

    def _keys(self, prefix: str) -> list[str]:
        keys: list[str] = []
        for key in self._bucket.keys(prefix):
            if not key.startswith(prefix):
                break
            keys.append(key)
        return keys

    def refresh(self) -> None:
        """Looks whether there is anything new, if it is time. What goes wrong is kept for people to see, and loses nothing."""
        state = self.state()
        now = time.time()
        wait = self._refresh_seconds if state.problem is None else min(_RETRY_SECONDS, self._refresh_seconds)
        # A clock that was set back is no reason to wait for it.
        if not self.subscription.is_file and 0 <= now - state.checked < wait:
            return
        try:
            found = self._look(state)
            if found is not None:
                state.title, state.link = found.title or state.title, found.link or state.link
            state.problem = None
        except (Error, OSError, parse.NoFeed) as error:
            found = None
            if state.problem != str(error):
                _log.warning("`%s`: %s", self.subscription.place, error)
            state.problem = str(error)
        state.checked = now
        self._keep(state, found.entries if found else [], now)

    def _look(self, state: State) -> parse.Feed | None:
        """What the feed has now; None if it has not changed."""
        place = self.subscription.place
        if self.subscription.is_file:
            stamp = os.stat(place)
            version = f"{stamp.st_mtime_ns} {stamp.st_size}"
            if version == state.modified:
                return None
            with open(place, "rb") as file:
                found = parse.parse(file.read(parse.BYTES_MAX + 1))
            state.modified = version
            return found
        headers = {"Accept": "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8"}
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.modified:
            headers["If-Modified-Since"] = state.modified
        response = http.get(place, headers, timeout=_TIMEOUT_SECONDS, body_max_bytes=parse.BYTES_MAX)
        if response.status == 304:
            return None
        if response.status != 200:
            raise parse.NoFeed(f"the server answered {response.status}")
        found = parse.parse(response.body, response.url)
        state.etag, state.modified = response.header("etag"), response.header("last-modified")
        return found

    def _keep(self, state: State, entries: list[parse.Entry], now: float) -> None:
        """Writes what is new, and the state with it: all of it, or nothing."""
        state_value = json.dumps(asdict(state)).encode()
        wanted = {_id(entry.key): entry for entry in entries}
        known = self._bucket.get_many(f"row/{id}" for id in wanted)
        fresh: list[tuple[Row, bytes]] = []
        for id, entry in wanted.items():
            kept = known[f"row/{id}"]
            before = Row(id=id, **json.loads(kept)) if kept else None
            row, body = _row(id, entry, before.seen if before else now)
            if before is None or before.digest != row.digest:
                fresh.append((row, body))
        if fresh:
            # Their ids first: an id without an entry is nothing, an entry without an id could not be opened.
            index.ensure_ids([f"{self.uri}{row.id}" for row, _ in fresh])
            for (row, _), change in zip(fresh, index.next_change_numbers(len(fresh)), strict=True):
                row.change = change
        # A call takes 32 MiB. The state goes with the last of them, so that what was cut off is fetched again.
        pairs: dict[str, bytes] = {}
        held = 0
        for row, body in fresh:
            pairs |= {f"row/{row.id}": _json(row), f"body/{row.id}": body}
            held += len(body)
            if held > 16 << 20:
                self._bucket.set_many(pairs)
                pairs, held = {}, 0
        self._bucket.set_many(pairs | {"state": state_value})
        if fresh:
            self._forget_oldest(set(wanted))

    def _forget_oldest(self, current: set[str]) -> None:
        rows = self.rows()
        surplus = [row.id for row in rows if row.id not in current][max(0, KEPT_MAX - len(current)) :]
        if surplus:
            self._bucket.delete_many(f"{kind}/{id}" for id in surplus for kind in ("row", "body", "read"))
            records = index.get_ids([f"{self.uri}{id}" for id in surplus])
            index.remove([record.id for record in records if record], DeleteMode.SOFT)


def _apply(row: Row, mark: bytes | None) -> None:
    if mark is not None:
        read, change = mark.split()
        row.read = read == b"1"
        row.change = max(row.change, int(change), key=index.globcnt)


def _id(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:24]


def _json(row: Row) -> bytes:
    values = asdict(row)
    del values["id"], values["read"]
    return json.dumps(values).encode()


def _row(id: str, entry: parse.Entry, seen: float) -> tuple[Row, bytes]:
    text = entry.html.replace("\0", "")
    body = text.encode("utf-8", "replace")
    if len(body) > BODY_MAX:
        body = body[:BODY_MAX].decode("utf-8", "ignore").encode() + b"<p>[...]</p>"
    said = [entry.title, entry.link, entry.author, str(entry.published), str(entry.updated), text]
    digest = hashlib.sha256("\n".join(said).encode("utf-8", "replace")).hexdigest()[:16]
    published = entry.published or entry.updated
    row = Row(
        id=id,
        guid=entry.key[:1_000],
        title=entry.title,
        link=entry.link[:2_000],
        author=entry.author,
        # A year 1 or 9999 is a mistake of the feed's, and no system's clock has all of them.
        time=min(max(published.timestamp(), 0.0), 4_102_444_800.0) if published else seen,
        seen=seen,
        size=len(body) + len(entry.title.encode("utf-8", "replace")),
        digest=digest,
        change=0,
    )
    return row, body
