"""The binary forms of ids and change numbers in synchronization (MS-OXCFXICS 2.2.2)."""

from mapistore.types import Fmid, Guid


def xid(replica: Guid, id: Fmid) -> bytes:
    """An id or change number as an XID (MS-OXCFXICS 2.2.2.2): the replica's GUID and the six bytes of GLOBCNT.

    That of a change number is PidTagChangeKey, that of an id PidTagSourceKey. The GUID is `ConnectionInfo.replica_guid`.
    """
    return _guid_bytes(replica) + id.to_bytes(8, "little")[2:]


def predecessors(change_key: bytes, before: bytes = b"") -> bytes:
    """A predecessor change list (MS-OXCFXICS 2.2.2.3) with `change_key` in the place of its replica's entry."""
    entries: list[bytes] = []
    while before:
        length, rest = before[0], before[1:]
        if len(rest) < length:
            break
        entries.append(rest[:length])
        before = rest[length:]
    entries = [entry for entry in entries if entry[:16] != change_key[:16]] + [change_key]
    # The list is sorted by GUID.
    return b"".join(bytes([len(entry)]) + entry for entry in sorted(entries))


def _guid_bytes(guid: Guid) -> bytes:
    """A GUID as it travels (MS-DTYP 2.3.4.2): the first three fields little-endian."""
    hi = guid.hi.to_bytes(8, "big")
    return hi[3::-1] + hi[5:3:-1] + hi[7:5:-1] + guid.lo.to_bytes(8, "big")
