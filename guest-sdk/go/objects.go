package mapistore

// Dropper is an object that has something to let go of. Drop is its destructor: called once, when the host lets go of the object,
// children before their parents. It cannot fail; what can, belongs in Save, Commit or Close.
type Dropper interface{ Drop() }

// Context is one root, opened for one user. It has a memory of its own: nothing is shared with another context. Embed
// [UnimplementedContext].
type Context interface {
	// GetRootFolder opens the root folder; id is the root's FID, so that it can answer PidTagFolderId.
	GetRootFolder(id FID) (Folder, error)
	// GetPaths answers where each object is now: the URI without namespace://. Containers end in a slash; [NotFound] for an unknown
	// id. Left out, the index is asked.
	GetPaths(ids []ID) ([]PathResult, error)
	// Close shuts down in an orderly way, where that can fail. Nothing that was acknowledged may depend on it; [Dropper] is what
	// always runs.
	Close() error

	mustEmbedUnimplementedContext()
}

// Folder is a folder (MS-OXCFOLD). Embed [UnimplementedFolder].
type Folder interface {
	// Properties are what the object has, all of them: the host's questions by tag are answered from it. An object with many or large
	// ones writes ListProperties and GetProperties instead.
	Properties() (Properties, error)
	// ListProperties are the tags that GetProperties can answer now; left out, those of Properties.
	ListProperties() ([]PropertyTag, error)
	// GetProperties has one cell for each tag, in their order; left out, it is answered from Properties.
	GetProperties(tags []PropertyTag) ([]Cell, error)
	// SetProperties sets properties, durably; answers those that could not be set.
	SetProperties(values []Property) ([]PropertyProblem, error)
	// RemoveProperties removes properties; one that is not there is no problem.
	RemoveProperties(tags []PropertyTag) ([]PropertyProblem, error)
	// OpenStream opens one large property. [NewBytesStream] is a ready stream.
	OpenStream(tag PropertyTag, access StreamAccess) (PropertyStream, error)
	// OpenFolder opens a direct sub-folder.
	OpenFolder(id FID) (Folder, error)
	// CreateFolder creates a direct sub-folder under an id that the host allocated.
	CreateFolder(id FID, values []Property) (Folder, error)
	// Delete deletes this folder. Without recursive, one that is not empty answers [AlreadyExists]; the root answers [Denied].
	Delete(mode DeleteMode, recursive bool) error
	// MoveTo moves this folder below target, or makes it a root where that is nil. target may be this very folder.
	MoveTo(target Folder, newName string) error
	// CopyTo copies this folder below target, which may be this very folder.
	CopyTo(target Folder, recursive bool, newName string) error
	// OpenMessage opens a message. Opened without readWrite, all that changes it answers [Denied].
	OpenMessage(id MID, readWrite bool) (Message, error)
	// CreateMessage makes a new message, unseen until it is saved.
	CreateMessage(id MID, associated bool) (Message, error)
	// DeleteMessages has one outcome for each id.
	DeleteMessages(ids []MID, mode DeleteMode) ([]ItemOutcome, error)
	// MoveCopyMessages moves or copies messages into this folder. One outcome for each item, under its source id.
	MoveCopyMessages(source TransferSource, items []TransferItem, copies bool) ([]ItemOutcome, error)
	// SetReadFlags has one outcome for each id; left out, each message is opened and asked.
	SetReadFlags(ids []MID, read bool) ([]ItemOutcome, error)
	// GetChildCount is how many rows the unrestricted table of this kind has; left out, the rows of OpenTable are counted.
	GetChildCount(kind TableKind) (uint32, error)
	// OpenTable opens a table over a snapshot of the folder. [NewRowsTable] is a ready one.
	OpenTable(kind TableKind) (Table, error)
	// GetDeleted is what was deleted since a change number. Never an id that is live.
	GetDeleted(kind TableKind, since ChangeNumber) (DeletedSet, error)
	// GetPermissions is who may do what.
	GetPermissions() ([]Permission, error)
	// ModifyPermissions changes who may do what.
	ModifyPermissions(options PermissionOptions, changes []PermissionChange) error
	// PreloadMessages is a hint that these messages will be opened soon; an empty list ends it.
	PreloadMessages(kind TableKind, ids []MID) error

	mustEmbedUnimplementedFolder()
}

// Message is a message (MS-OXCMSG). Changes are held until Save. Embed [UnimplementedMessage].
type Message interface {
	// Properties are what the object has, all of them: the host's questions by tag are answered from it. An object with many or large
	// ones writes ListProperties and GetProperties instead.
	Properties() (Properties, error)
	// ListProperties are the tags that GetProperties can answer now; left out, those of Properties.
	ListProperties() ([]PropertyTag, error)
	// GetProperties has one cell for each tag, in their order; left out, it is answered from Properties.
	GetProperties(tags []PropertyTag) ([]Cell, error)
	// SetProperties sets properties; answers those that could not be set.
	SetProperties(values []Property) ([]PropertyProblem, error)
	// RemoveProperties removes properties; one that is not there is no problem.
	RemoveProperties(tags []PropertyTag) ([]PropertyProblem, error)
	// OpenStream opens one large property. [NewBytesStream] is a ready stream.
	OpenStream(tag PropertyTag, access StreamAccess) (PropertyStream, error)
	// GetData is what a client is told when it opens the message; left out, what Properties say of the subject.
	GetData() (MessageData, error)
	// SetRecipients replaces all recipients.
	SetRecipients(recipients RecipientTable) error
	// SetReadFlag sets MSGFLAG_READ; durable when the call answers.
	SetReadFlag(read bool) error
	// Save makes the message durable and visible, and answers its new change number. [ObjectModified] if somebody else saved it
	// meanwhile, unless force.
	Save(force bool) (ChangeNumber, error)
	// Submit sends the message.
	Submit(mode SubmitMode) error
	// ListAttachments are the numbers of the saved attachments.
	ListAttachments() ([]AttachNum, error)
	// OpenAttachment opens an attachment.
	OpenAttachment(num AttachNum, readWrite bool) (Attachment, error)
	// CreateAttachment makes a new attachment, listed once it and then its message have been saved.
	CreateAttachment() (AttachNum, Attachment, error)
	// DeleteAttachment deletes an attachment.
	DeleteAttachment(num AttachNum) error
	// OpenAttachmentTable opens the table of attachments.
	OpenAttachmentTable() (Table, error)

	mustEmbedUnimplementedMessage()
}

// Attachment is an attachment (MS-OXCMSG 2.2.2). Embed [UnimplementedAttachment].
type Attachment interface {
	// Properties are what the object has, all of them: the host's questions by tag are answered from it. An object with many or large
	// ones writes ListProperties and GetProperties instead.
	Properties() (Properties, error)
	// ListProperties are the tags that GetProperties can answer now; left out, those of Properties.
	ListProperties() ([]PropertyTag, error)
	// GetProperties has one cell for each tag, in their order; left out, it is answered from Properties.
	GetProperties(tags []PropertyTag) ([]Cell, error)
	// SetProperties sets properties; answers those that could not be set.
	SetProperties(values []Property) ([]PropertyProblem, error)
	// RemoveProperties removes properties; one that is not there is no problem.
	RemoveProperties(tags []PropertyTag) ([]PropertyProblem, error)
	// OpenStream opens one large property; the content is PidTagAttachDataBinary.
	OpenStream(tag PropertyTag, access StreamAccess) (PropertyStream, error)
	// Save makes the attachment part of the message as it is held.
	Save() error
	// OpenEmbedded opens the message in an attachment of method afEmbeddedMessage.
	OpenEmbedded() (MID, Message, error)
	// CreateEmbedded makes this attachment an embedded message.
	CreateEmbedded(id MID) (Message, error)

	mustEmbedUnimplementedAttachment()
}

// Table is a table (MS-OXCTABL). Row numbers count from 0 in the restricted and sorted view. Embed [UnimplementedTable].
type Table interface {
	// AvailableColumns is every column that the table has.
	AvailableColumns() ([]PropertyTag, error)
	// SetColumns chooses the columns. Until then QueryRows and FindRow answer [NotInitialized].
	SetColumns(columns []PropertyTag) error
	// SetRestriction shows only the rows that satisfy it; an empty one shows all. [TooComplex] makes the host filter.
	SetRestriction(restriction Restriction) error
	// SetSortOrder orders the rows; nil is the natural order. [TooComplex] makes the host sort.
	SetSortOrder(order *SortOrder) error
	// RowCount is how many rows the view has.
	RowCount() (uint32, error)
	// QueryRows are up to count rows from start.
	QueryRows(start, count uint32) (RowBatch, error)
	// FindRow is the first row from start that satisfies the restriction; nil where there is none.
	FindRow(start uint32, direction Direction, restriction Restriction) (*FoundRow, error)
	// Refresh looks at the folder again. Columns, restriction and sort order stay.
	Refresh() error

	mustEmbedUnimplementedTable()
}

// PropertyStream is random access to one large property (MS-OXCPRPT 2.2.14). Embed [UnimplementedPropertyStream].
type PropertyStream interface {
	// Size is the value's size in bytes.
	Size() (uint64, error)
	// Read is up to length bytes from offset; fewer only at the end, none past it.
	Read(offset uint64, length uint32) ([]byte, error)
	// Write writes all of data at offset; a gap before it is filled with zeros.
	Write(offset uint64, data []byte) error
	// SetSize cuts off or fills with zeros.
	SetSize(size uint64) error
	// Commit puts what was written into the object.
	Commit() error

	mustEmbedUnimplementedPropertyStream()
}
