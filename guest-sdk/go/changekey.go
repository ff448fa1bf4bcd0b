package mapistore

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// XID is an id or change number as it travels in synchronization (MS-OXCFXICS 2.2.2.2): the replica's GUID and the six bytes of
// GLOBCNT. That of a change number is PidTagChangeKey, that of an id PidTagSourceKey.
func XID[T ~uint64](replica GUID, id T) []byte {
	xid := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, replica.Hi), replica.Lo)
	// The first three fields of a GUID travel little-endian (MS-DTYP 2.3.4.2).
	slices.Reverse(xid[:4])
	slices.Reverse(xid[4:6])
	slices.Reverse(xid[6:8])
	return append(xid, binary.LittleEndian.AppendUint64(nil, uint64(id))[2:]...)
}

// Predecessors is a predecessor change list (MS-OXCFXICS 2.2.2.3) with changeKey in the place of its replica's entry. What of the
// list cannot be read is left out.
func Predecessors(list, changeKey []byte) []byte {
	entries := [][]byte{changeKey}
	for len(list) > 0 && int(list[0]) < len(list) {
		entry := list[1 : 1+int(list[0])]
		list = list[1+len(entry):]
		if !bytes.Equal(entry[:min(16, len(entry))], changeKey[:min(16, len(changeKey))]) {
			entries = append(entries, entry)
		}
	}
	// The list is sorted by GUID.
	slices.SortFunc(entries, bytes.Compare)
	var joined []byte
	for _, entry := range entries {
		joined = append(append(joined, byte(len(entry))), entry...)
	}
	return joined
}
