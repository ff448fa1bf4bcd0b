"""RSS (0.9x, 1.0, 2.0) and Atom as entries. Reads bytes that anybody may have written: no entity is ever defined or fetched, and size,
depth and number of elements are bounded. Does not know where the bytes came from.
"""

import hashlib
import html
import html.entities
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin
from xml.parsers import expat

# What feeds are written in besides UTF-8 and Latin-1: nothing can be imported later.
import encodings.iso8859_2
import encodings.iso8859_15
import encodings.koi8_r
import encodings.cp1251
import encodings.cp1252

CODECS = (encodings.iso8859_2, encodings.iso8859_15, encodings.koi8_r, encodings.cp1251, encodings.cp1252)

BYTES_MAX = 8 << 20
_DEPTH_MAX = 100
_ELEMENTS_MAX = 200_000
_ENTRIES_MAX = 1_000
_TITLE_MAX = 1_000

_ATOM = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_XHTML = "http://www.w3.org/1999/xhtml"


class NoFeed(Exception):
    """The bytes are no feed: says why, for the operator."""


@dataclass
class Entry:
    """One entry, as far as it says."""

    key: str
    """What tells it from others of its feed, for ever."""
    title: str
    link: str
    author: str
    published: datetime | None
    updated: datetime | None
    html: str


@dataclass
class Feed:
    title: str
    link: str
    entries: list[Entry]


def parse(data: bytes, base: str = "") -> Feed:
    """The feed in `data`; links are relative to `base`."""
    root = tree(data)
    name = local(root)
    if name == "feed":
        return _atom(root, base)
    if name in ("rss", "RDF"):
        channel = root if name == "RDF" else _child(root, "channel")
        if channel is not None:
            return _rss(root, channel, base)
    raise NoFeed(f"its root is `{name[:40]}`, and that of a feed is `rss`, `RDF` or `feed`")


# ------------------------------------------------------------------------------------------------ XML


def tree(data: bytes) -> ET.Element:
    """The elements of a document. Names are `{namespace}name`."""
    if len(data) > BYTES_MAX:
        raise NoFeed(f"it has {len(data)} bytes, and {BYTES_MAX} are allowed")
    try:
        try:
            return _tree(data)
        except expat.ExpatError as error:
            if error.code != expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]:
                raise
        # Names of HTML in XML that does not define them: wrong, and seen every day.
        return _tree(_ENTITY.sub(_number, data))
    except (expat.ExpatError, LookupError, ValueError) as error:  # The last two: an encoding that nobody has.
        raise NoFeed(f"it is no XML: {error}") from error


_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,30});")


def _number(found: re.Match[bytes]) -> bytes:
    name = found[1].decode("ascii")
    code = html.entities.name2codepoint.get(name)
    return found[0] if code is None or name in ("amp", "lt", "gt", "quot") else b"&#%d;" % code


def _tree(data: bytes) -> ET.Element:
    parser = expat.ParserCreate(namespace_separator="}")
    builder = ET.TreeBuilder()
    depth = elements = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > _DEPTH_MAX or elements > _ELEMENTS_MAX:
            raise NoFeed(f"it has more than {_ELEMENTS_MAX} elements, or {_DEPTH_MAX} in each other")
        builder.start(_name(name), {_name(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_name(name))

    def declared(*_: object) -> None:
        raise NoFeed("it defines entities")

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = declared
    parser.Parse(data, True)
    return builder.close()


def _name(name: str) -> str:
    return "{" + name if "}" in name else name


def local(element: ET.Element) -> str:
    """The name without its namespace."""
    return element.tag.rpartition("}")[2]


def _children(element: ET.Element, name: str, namespace: str | None = None) -> Iterator[ET.Element]:
    """Children by their name: of a namespace, or of any that is not one of the modules'."""
    for child in element:
        space, _, own = child.tag.removeprefix("{").rpartition("}")
        if own == name and (space == namespace if namespace else space not in (_DUBLIN_CORE, _CONTENT, _ATOM)):
            yield child


def _child(element: ET.Element, name: str, namespace: str | None = None) -> ET.Element | None:
    return next(_children(element, name, namespace), None)


def _text(element: ET.Element, name: str, namespace: str | None = None) -> str:
    child = _child(element, name, namespace)
    return "" if child is None else "".join(child.itertext()).strip()


def _line(text: str) -> str:
    """One line of plain text."""
    return " ".join(html.unescape(text).split())[:_TITLE_MAX]


# ------------------------------------------------------------------------------------------------ RSS


def _rss(root: ET.Element, channel: ET.Element, base: str) -> Feed:
    head = channel if local(root) == "rss" else _child(root, "channel")
    if head is None:
        raise NoFeed("it has no `channel`")
    link = urljoin(base, _text(head, "link"))
    items = [*_children(channel, "item"), *(_children(root, "item") if channel is not root else ())]
    entries = [_item(item, link or base) for item in items[:_ENTRIES_MAX]]
    return Feed(_line(_text(head, "title")), link, entries)


def _item(item: ET.Element, base: str) -> Entry:
    guid = _child(item, "guid")
    guid_text = _text(item, "guid")
    link = _text(item, "link")
    if not link and guid is not None and guid.get("isPermaLink", "true") == "true" and ":" in guid_text:
        link = guid_text
    title = _line(_text(item, "title"))
    date = _text(item, "pubDate") or _text(item, "date", _DUBLIN_CORE)
    body = _text(item, "encoded", _CONTENT) or _text(item, "description")
    about = item.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about", "")
    return Entry(
        key=_key(guid_text or about or link, title, date or body),
        title=title,
        link=urljoin(base, link) if link else "",
        author=_line(_text(item, "creator", _DUBLIN_CORE) or _text(item, "author")),
        published=_time(date),
        updated=None,
        html=body,
    )


def _key(given: str, title: str, more: str) -> str:
    """An entry that names itself by nothing is what it says."""
    return given or "sha256:" + hashlib.sha256(f"{title}\n{more}".encode("utf-8", "replace")).hexdigest()


def _time(text: str) -> datetime | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            time = read(text)
            return time.replace(tzinfo=timezone.utc) if time.tzinfo is None else time.astimezone(timezone.utc)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


# ------------------------------------------------------------------------------------------------ Atom


def _atom(root: ET.Element, base: str) -> Feed:
    link = _alternate(root, base)
    author = _person(root)
    entries = list(_children(root, "entry", _ATOM))[:_ENTRIES_MAX]
    return Feed(_line(_construct(root, "title")), link, [_entry(entry, link or base, author) for entry in entries])


def _entry(entry: ET.Element, base: str, author: str) -> Entry:
    title = _line(_strip(_construct(entry, "title")))
    link = _alternate(entry, base)
    published, updated = _text(entry, "published", _ATOM), _text(entry, "updated", _ATOM)
    body = _construct(entry, "content") or _construct(entry, "summary")
    return Entry(
        key=_key(_text(entry, "id", _ATOM) or link, title, published or updated or body),
        title=title,
        link=link,
        author=_person(entry) or author,
        published=_time(published) or _time(updated),
        updated=_time(updated),
        html=body,
    )


def _alternate(element: ET.Element, base: str) -> str:
    for link in _children(element, "link", _ATOM):
        if link.get("rel", "alternate") == "alternate" and link.get("href"):
            return urljoin(base, link.get("href", ""))
    return ""


def _person(element: ET.Element) -> str:
    author = _child(element, "author", _ATOM)
    return "" if author is None else _line(_text(author, "name", _ATOM))


def _construct(element: ET.Element, name: str) -> str:
    """A text construct as HTML (RFC 4287 3.1)."""
    child = _child(element, name, _ATOM)
    if child is None:
        return ""
    kind = child.get("type", "text").lower()
    if kind == "xhtml":
        for each in child.iter():
            each.tag = local(each) if each.tag.startswith("{" + _XHTML) else "span"
        inner = "".join(ET.tostring(each, encoding="unicode", method="html") for each in child)
        return html.escape(child.text or "", quote=False) + inner
    text = "".join(child.itertext()).strip()
    return text if kind in ("html", "text/html") else html.escape(text, quote=False)


def _strip(text: str) -> str:
    return re.sub(r"<[^>]{0,200}>", "", text)
