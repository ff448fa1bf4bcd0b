"""Which feeds there are: from the operator's settings, from OPML, and from files. Fetches nothing."""

import hashlib
import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from feeds.parse import NoFeed, local, tree
from mapistore import Error, ErrorCode

DIRECTORY = "/feeds"
FEEDS_MAX = 500
_OUTLINE_MAX = 1 << 20


@dataclass(frozen=True)
class Subscription:
    """One feed. `place` is its URL, or the path of its file."""

    place: str
    name: str

    @property
    def key(self) -> str:
        """What its folder is called in URIs: the same for ever, whatever the feed calls itself."""
        return hashlib.sha256(self.place.encode()).hexdigest()[:16]

    @property
    def is_file(self) -> bool:
        return self.place.startswith("/")


def of_setting(text: str) -> list[Subscription]:
    """The feeds of the setting `feeds`: a URL a line, and after it the name of its folder, if it is to have one."""
    found: list[Subscription] = []
    for line in text.splitlines():
        url, _, name = line.strip().partition(" ")
        if not url or url.startswith("#"):
            continue
        if not is_web(url):
            raise Error(ErrorCode.BACKEND_INIT, f"the setting `feeds` has `{url}`, which is no URL of `http` or `https`")
        found.append(Subscription(url, name.strip() or (urlsplit(url).hostname or url)))
    return found


def is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def of_directory(directory: str = DIRECTORY) -> tuple[list[Subscription], list[str]]:
    """The feeds that lie in the granted directory as `.xml`, `.rss` and `.atom`, and those of its `.opml`; and what of it cannot
    be read, for the log. Without a directory there are none."""
    found: list[Subscription] = []
    problems: list[str] = []
    try:
        names = sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    for name in names:
        stem, ending = os.path.splitext(name)
        path = f"{directory}/{name}"
        if ending.lower() in (".xml", ".rss", ".atom"):
            found.append(Subscription(path, stem))
        elif ending.lower() == ".opml":
            try:
                with open(path, "rb") as file:
                    found += of_outline(file.read(_OUTLINE_MAX + 1))
            except (OSError, NoFeed) as error:
                problems.append(f"`{path}`: {error}")
    return found, problems


def of_outline(data: bytes) -> list[Subscription]:
    """The feeds of a subscription list (OPML 2.0), however deep its groups are."""
    if len(data) > _OUTLINE_MAX:
        raise NoFeed(f"it has more than {_OUTLINE_MAX} bytes")
    root = tree(data)
    if local(root) != "opml":
        raise NoFeed(f"its root is `{local(root)[:40]}`, and that of a subscription list is `opml`")
    found: list[Subscription] = []
    for outline in root.iter("outline"):
        url = outline.get("xmlUrl", "").strip()
        if is_web(url):
            name = outline.get("title") or outline.get("text") or urlsplit(url).hostname or url
            found.append(Subscription(url, " ".join(name.split())[:200]))
    return found


def distinct(*lists: list[Subscription]) -> list[Subscription]:
    """All of them, each place once: the first that names it."""
    found: dict[str, Subscription] = {}
    for subscription in (each for some in lists for each in some):
        found.setdefault(subscription.place, subscription)
    return list(found.values())[:FEEDS_MAX]
