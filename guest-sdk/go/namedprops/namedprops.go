// Package namedprops is the map between (property set, name or number) and a property id from 0x8000 to 0xFFFE
// (MS-OXCPRPT 2.2.12 and 2.2.13). One map per mailbox owner; an id means the same for ever.
package namedprops

import "mapistore"

// Name names a property. Text is its name (PidName...), compared byte by byte; where that is empty, LID is its number (PidLid...).
type Name struct {
	Set  mapistore.GUID
	LID  uint32
	Text string
}

// Property sets (MS-OXPROPS 1.3.2).
var (
	// PublicStrings is PS_PUBLIC_STRINGS.
	PublicStrings = mapistore.GUID{Hi: 0x00020329_0000_0000, Lo: 0xC000_000000000046}
	// Common is PSETID_Common.
	Common = mapistore.GUID{Hi: 0x00062008_0000_0000, Lo: 0xC000_000000000046}
	// Task is PSETID_Task.
	Task = mapistore.GUID{Hi: 0x00062003_0000_0000, Lo: 0xC000_000000000046}
	// Appointment is PSETID_Appointment.
	Appointment = mapistore.GUID{Hi: 0x00062002_0000_0000, Lo: 0xC000_000000000046}
	// Address is PSETID_Address.
	Address = mapistore.GUID{Hi: 0x00062004_0000_0000, Lo: 0xC000_000000000046}
)

// ToIDs is the id of each name; with create, unknown names get one. 0 where there is none. At most 1,000 a call.
func ToIDs(names []Name, create bool) ([]uint16, error) { return toIDs(names, create) }

// ToNames is the name of each id; nil for an id that was never given out.
func ToNames(ids []uint16) ([]*Name, error) { return toNames(ids) }
