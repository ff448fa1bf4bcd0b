"""An entry as a message (MS-OXORSS)."""

from datetime import datetime, timezone

from feeds.library import Library, Row
from feeds.text import plain
from mapistore import Error, ErrorCode, Guid, Message, Properties, PropertyStream, StreamAccess
from mapistore import keys, named_properties
from mapistore.tags import *

_POST_RSS = Guid(0x00062041_0000_0000, 0xC000_0000_0000_0046)
# PidLidPostRssChannelLink, ItemLink, ItemGuid, Channel and Subscription.
_LIDS = {"channel_link": 0x8900, "item_link": 0x8901, "item_guid": 0x8903, "channel": 0x8904, "subscription": 0x8906}


class Names:
    """The owner's tags of the named properties, asked for once in a context."""

    def __init__(self) -> None:
        ids = named_properties.to_ids([named_properties.lid(_POST_RSS, lid) for lid in _LIDS.values()], create=True)
        self.tags = {name: property_tag(id or 0, PTYP_STRING) for name, id in zip(_LIDS, ids, strict=True)}


class Maker:
    """What all entries of a folder have in common."""

    def __init__(self, library: Library, folder: int, replica: Guid, names: Names) -> None:
        self.library, self.folder, self.replica, self.names = library, folder, replica, names
        self.state = library.state()

    def properties(self, row: Row, mid: int) -> Properties:
        """All but the body."""
        name = row.author or self.state.title or self.library.subscription.name
        change_key = keys.xid(self.replica, row.change)
        tags = self.names.tags
        return Properties(
            {
                PID_TAG_MID: mid,
                PID_TAG_PARENT_FOLDER_ID: self.folder,
                PID_TAG_CHANGE_NUMBER: row.change,
                PID_TAG_CHANGE_KEY: change_key,
                PID_TAG_PREDECESSOR_CHANGE_LIST: keys.predecessors(change_key),
                PID_TAG_SOURCE_KEY: keys.xid(self.replica, mid),
                PID_TAG_MESSAGE_CLASS: "IPM.Post.Rss",
                PID_TAG_MESSAGE_FLAGS: int(row.read),
                PID_TAG_READ: row.read,
                PID_TAG_MESSAGE_SIZE: row.size,
                PID_TAG_HAS_ATTACHMENTS: False,
                PID_TAG_SUBJECT: row.title,
                PID_TAG_NORMALIZED_SUBJECT: row.title,
                PID_TAG_SENDER_NAME: name,
                PID_TAG_SENT_REPRESENTING_NAME: name,
                PID_TAG_CLIENT_SUBMIT_TIME: row.published,
                PID_TAG_MESSAGE_DELIVERY_TIME: row.published,
                PID_TAG_CREATION_TIME: datetime.fromtimestamp(row.seen, timezone.utc),
                PID_TAG_LAST_MODIFICATION_TIME: row.published,
                tags["channel"]: self.state.title or self.library.subscription.name,
                tags["channel_link"]: self.state.link,
                tags["subscription"]: self.library.subscription.place,
                tags["item_link"]: row.link,
                tags["item_guid"]: row.guid,
            }
        )


class Entry(Message):
    def __init__(self, maker: Maker, row: Row, mid: int) -> None:
        self._maker, self._row, self._mid = maker, row, mid
        self._body = maker.library.body(row.id)

    def properties(self) -> Properties:
        properties = self._maker.properties(self._row, self._mid)
        properties[PID_TAG_HTML] = self._body.encode()
        properties[PID_TAG_BODY] = plain(self._body) + (f"\r\n{self._row.link}\r\n" if self._row.link else "")
        properties[PID_TAG_NATIVE_BODY] = 3
        properties[PID_TAG_INTERNET_CODEPAGE] = 65001
        return properties

    def open_stream(self, tag: int, access: StreamAccess) -> PropertyStream:
        if access != StreamAccess.READ:
            raise Error(ErrorCode.DENIED, "an entry of a feed cannot be changed")
        return self.properties().open_stream(tag)

    def set_read_flag(self, read: bool) -> None:
        self._maker.library.mark(self._row, read)
