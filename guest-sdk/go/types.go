package mapistore

import "fmt"

// ID is a folder or message identifier (FID or MID, MS-OXCDATA 2.2.1). It is opaque: the order of ids is not the order in
// which they were allocated. 0 is never valid. All ids come from the host.
type ID uint64

// FID is a folder identifier (MS-OXCDATA 2.2.1.1).
type FID = ID

// MID is a message identifier (MS-OXCDATA 2.2.1.2).
type MID = ID

// ChangeNumber is a change number (MS-OXCFXICS 2.2.2.1), encoded like an [ID]. Compare [GlobCnt], never two raw values.
type ChangeNumber uint64

// GlobCnt is the GLOBCNT of an id or change number, which compares in the order of allocation.
func GlobCnt[T ~uint64](id T) uint64 {
	var count uint64
	for byteAt := 16; byteAt < 64; byteAt += 8 {
		count = count<<8 | uint64(id)>>byteAt&0xFF
	}
	return count
}

// FromGlobCnt is the id or change number with this GLOBCNT in the host's replica, 1.
func FromGlobCnt[T ~uint64](count uint64) T {
	var id uint64
	for range 6 {
		id = id<<8 | count&0xFF
		count >>= 8
	}
	return T(id<<16 | 1)
}

// AttachNum is the number of an attachment in its message (PidTagAttachNumber).
type AttachNum uint32

// PropertyTag is a property id in the high 16 bits and a [PropertyType] in the low ones (MS-OXCDATA 2.9).
type PropertyTag uint32

// PropertyType is the type of a property's value (MS-OXCDATA 2.11.1).
type PropertyType uint16

// Tag is the tag of an id and a type, as for a named property.
func Tag(id uint16, propertyType PropertyType) PropertyTag {
	return PropertyTag(uint32(id)<<16 | uint32(propertyType))
}

// ID is the property's id.
func (tag PropertyTag) ID() uint16 { return uint16(tag >> 16) }

// Type is the property's type.
func (tag PropertyTag) Type() PropertyType { return PropertyType(tag) }

// WithType is the same property, of another type.
func (tag PropertyTag) WithType(propertyType PropertyType) PropertyTag {
	return Tag(tag.ID(), propertyType)
}

func (tag PropertyTag) String() string { return fmt.Sprintf("0x%08X", uint32(tag)) }

// Property is a tag with its value.
type Property struct {
	Tag   PropertyTag
	Value Value
}

// Cell is one requested property or one table cell: its value, or its own error where Value is nil. [NotFound] says that the
// object has no such property.
type Cell struct {
	Value Value
	Code  ErrorCode
}

// PropertyProblem is a property that could not be set or removed while the others were (MS-OXCPRPT 2.2.5).
type PropertyProblem struct {
	Tag  PropertyTag
	Code ErrorCode
}

// Role is what a root folder is for (MS-OXOSFLD 2.2).
type Role uint8

// The roles, in the order of the contract.
const (
	RoleMail Role = iota
	RoleDrafts
	RoleSentItems
	RoleOutbox
	RoleDeletedItems
	RoleCalendar
	RoleContacts
	RoleTasks
	RoleNotes
	RoleJournal
	RoleFallback
)

// ContextEntry is one root that a backend has for a user.
type ContextEntry struct {
	// URL is the complete URI, namespace://...
	URL string
	// Name is the display name of the root folder.
	Name string
	// Main is true for the default folder of its role: at most one per role and backend.
	Main bool
	Role Role
	// Tag is free text for the backend's own use; nil where there is none.
	Tag *string
}

// Connection is who opens a context, and where its ids come from.
type Connection struct {
	// Username is the account that logged on. It differs from Owner when access is delegated.
	Username string
	// Owner is the mailbox owner: the index, the directories and the quota are this user's.
	Owner string
	// ReplicaGUID is the GUID behind ReplicaID (MS-OXCSTOR 2.2.1.7).
	ReplicaGUID GUID
	ReplicaID   uint16
	// Locale is a Windows locale id (MS-LCID), such as 0x0409.
	Locale uint32
	// Codepage is that of String8 values, such as 1252.
	Codepage uint32
}

// TableKind is which rows a table has.
type TableKind uint8

// The kinds of tables, in the order of the contract.
const (
	TableHierarchy TableKind = iota
	TableContents
	TableAssociated
	TableRules
	TableAttachments
	TablePermissions
)

// DeleteMode says whether a deleted object leaves a tombstone.
type DeleteMode uint8

// The ways to delete.
const (
	DeleteSoft DeleteMode = iota
	DeleteHard
)

// StreamAccess are the OpenModeFlags of a property stream (MS-OXCPRPT 2.2.14.1).
type StreamAccess uint8

// How a stream is opened. StreamCreate begins with an empty value.
const (
	StreamRead StreamAccess = iota
	StreamReadWrite
	StreamCreate
)

// SubmitMode are the SubmitFlags of a submission (MS-OXOMSG 2.2.3.1).
type SubmitMode uint8

// The ways to submit.
const (
	SubmitNone SubmitMode = iota
	SubmitPreProcess
	SubmitNeedsSpooler
)

// Direction is where a search in a table goes.
type Direction uint8

// The directions.
const (
	Forward Direction = iota
	Backward
)

// PathResult is where an object is now, or why that is not known: the URI without namespace://.
type PathResult struct {
	Path string
	// Err is nil where there is a path.
	Err *ErrorCode
}

// ItemOutcome is what became of one object of a batch.
type ItemOutcome struct {
	ID ID
	// Err is nil where it was done.
	Err *ErrorCode
}

// DeletedSet are the ids deleted since a change number, and the number up to which that is complete.
type DeletedSet struct {
	IDs  []ID
	Upto ChangeNumber
}

// ImportKeys are PidTagChangeKey and PidTagPredecessorChangeList as an import supplies them (MS-OXCFXICS 2.2.1.2).
type ImportKeys struct{ ChangeKey, Predecessors []byte }

// TransferItem is one message of a move or copy; Target is the id that it gets in the target folder.
type TransferItem struct {
	Source, Target MID
	// Keys are nil where the transfer is no import.
	Keys *ImportKeys
}

// TransferSource is where messages come from: a folder of this context, perhaps the very one that they go to, or, where Folder
// is nil, the complete URI of a folder in another context, which only backends see that claim [CrossContextMove].
type TransferSource struct {
	Folder Folder
	URI    string
}

// RecipientKind is PidTagRecipientType (MS-OXOMSG 2.2.3.1).
type RecipientKind uint8

// The kinds of recipients.
const (
	RecipientOriginator RecipientKind = iota
	RecipientTo
	RecipientCC
	RecipientBCC
)

// Recipient is a row of a [RecipientTable].
type Recipient struct {
	Kind RecipientKind
	// Username is the local account, where the host resolved the address to one.
	Username *string
	// Values has one for each column; nil where the recipient has no such property.
	Values []Value
}

// RecipientTable are recipients as rows (MS-OXCMSG 2.2.3.1.2).
type RecipientTable struct {
	Columns []PropertyTag
	Rows    []Recipient
}

// MessageData is what a client is told when it opens a message (RopOpenMessage, MS-OXCMSG 2.2.3.1.2).
type MessageData struct {
	// SubjectPrefix is such as "Re: "; nil where there is none.
	SubjectPrefix *string
	// NormalizedSubject is the subject without its prefix.
	NormalizedSubject *string
	Recipients        RecipientTable
}

// RowBatch are rows of a table, row after row in one list. AtEnd: there are no rows after these.
type RowBatch struct {
	RowCount uint32
	Cells    []Cell
	AtEnd    bool
}

// FoundRow is a row that a search found.
type FoundRow struct {
	Index uint32
	Cells []Cell
}

// Member is whose permissions a row of a permissions table shows (MS-OXCPERM 2.2.5): an entry id, or one of the two
// members without one.
type Member struct {
	// Anonymous is the anonymous user. With it false and EntryID nil, it is the default user.
	Anonymous bool
	EntryID   []byte
}

// Permission is what a member may do; Rights are the bits of PidTagMemberRights (MS-OXCPERM 2.2.7).
type Permission struct {
	Member Member
	Name   *string
	Rights uint32
}

// PermissionAction is what a [PermissionChange] does.
type PermissionAction uint8

// The changes of permissions.
const (
	PermissionAdd PermissionAction = iota
	PermissionModify
	PermissionRemove
)

// PermissionChange adds, modifies or removes a row; where it removes, only the Member of the permission counts.
type PermissionChange struct {
	Action     PermissionAction
	Permission Permission
}

// PermissionOptions are the ModifyFlags of RopModifyPermissions (MS-OXCPERM 2.2.2).
type PermissionOptions uint8

// The options of a change of permissions.
const (
	PermissionReplaceAll PermissionOptions = 1 << iota
	PermissionIncludeFreeBusy
)
