package mapistore

// UnimplementedContext answers not-implemented for what a [Context] leaves out.
type UnimplementedContext struct{}

// GetPaths answers [NotImplemented].
func (UnimplementedContext) GetPaths([]ID) ([]PathResult, error) {
	return nil, notImplemented("context.get-paths")
}

// Close has nothing to do.
func (UnimplementedContext) Close() error {
	return nil
}

func (UnimplementedContext) mustEmbedUnimplementedContext() {}

// UnimplementedFolder answers not-implemented for what a [Folder] leaves out.
type UnimplementedFolder struct{}

// Properties answers [NotImplemented].
func (UnimplementedFolder) Properties() (Properties, error) {
	return nil, notImplemented("folder.get-properties")
}

// ListProperties answers [NotImplemented].
func (UnimplementedFolder) ListProperties() ([]PropertyTag, error) {
	return nil, notImplemented("folder.list-properties")
}

// GetProperties answers [NotImplemented].
func (UnimplementedFolder) GetProperties([]PropertyTag) ([]Cell, error) {
	return nil, notImplemented("folder.get-properties")
}

// SetProperties answers [NotImplemented].
func (UnimplementedFolder) SetProperties([]Property) ([]PropertyProblem, error) {
	return nil, notImplemented("folder.set-properties")
}

// RemoveProperties answers [NotImplemented].
func (UnimplementedFolder) RemoveProperties([]PropertyTag) ([]PropertyProblem, error) {
	return nil, notImplemented("folder.remove-properties")
}

// OpenStream answers [NotImplemented].
func (UnimplementedFolder) OpenStream(PropertyTag, StreamAccess) (PropertyStream, error) {
	return nil, notImplemented("folder.open-stream")
}

// OpenFolder answers [NotImplemented].
func (UnimplementedFolder) OpenFolder(FID) (Folder, error) {
	return nil, notImplemented("folder.open-folder")
}

// CreateFolder answers [NotImplemented].
func (UnimplementedFolder) CreateFolder(FID, []Property) (Folder, error) {
	return nil, notImplemented("folder.create-folder")
}

// Delete answers [NotImplemented].
func (UnimplementedFolder) Delete(DeleteMode, bool) error {
	return notImplemented("folder.delete")
}

// MoveTo answers [NotImplemented].
func (UnimplementedFolder) MoveTo(Folder, string) error {
	return notImplemented("folder.move-to")
}

// CopyTo answers [NotImplemented].
func (UnimplementedFolder) CopyTo(Folder, bool, string) error {
	return notImplemented("folder.copy-to")
}

// OpenMessage answers [NotImplemented].
func (UnimplementedFolder) OpenMessage(MID, bool) (Message, error) {
	return nil, notImplemented("folder.open-message")
}

// CreateMessage answers [NotImplemented].
func (UnimplementedFolder) CreateMessage(MID, bool) (Message, error) {
	return nil, notImplemented("folder.create-message")
}

// DeleteMessages answers [NotImplemented].
func (UnimplementedFolder) DeleteMessages([]MID, DeleteMode) ([]ItemOutcome, error) {
	return nil, notImplemented("folder.delete-messages")
}

// MoveCopyMessages answers [NotImplemented].
func (UnimplementedFolder) MoveCopyMessages(TransferSource, []TransferItem, bool) ([]ItemOutcome, error) {
	return nil, notImplemented("folder.move-copy-messages")
}

// SetReadFlags answers [NotImplemented].
func (UnimplementedFolder) SetReadFlags([]MID, bool) ([]ItemOutcome, error) {
	return nil, notImplemented("folder.set-read-flags")
}

// GetChildCount answers [NotImplemented].
func (UnimplementedFolder) GetChildCount(TableKind) (uint32, error) {
	return 0, notImplemented("folder.get-child-count")
}

// OpenTable answers [NotImplemented].
func (UnimplementedFolder) OpenTable(TableKind) (Table, error) {
	return nil, notImplemented("folder.open-table")
}

// GetDeleted answers [NotImplemented].
func (UnimplementedFolder) GetDeleted(TableKind, ChangeNumber) (DeletedSet, error) {
	return DeletedSet{}, notImplemented("folder.get-deleted")
}

// GetPermissions answers [NotImplemented].
func (UnimplementedFolder) GetPermissions() ([]Permission, error) {
	return nil, notImplemented("folder.get-permissions")
}

// ModifyPermissions answers [NotImplemented].
func (UnimplementedFolder) ModifyPermissions(PermissionOptions, []PermissionChange) error {
	return notImplemented("folder.modify-permissions")
}

// PreloadMessages ignores the hint.
func (UnimplementedFolder) PreloadMessages(TableKind, []MID) error {
	return nil
}

func (UnimplementedFolder) mustEmbedUnimplementedFolder() {}

// UnimplementedMessage answers not-implemented for what a [Message] leaves out.
type UnimplementedMessage struct{}

// Properties answers [NotImplemented].
func (UnimplementedMessage) Properties() (Properties, error) {
	return nil, notImplemented("message.get-properties")
}

// ListProperties answers [NotImplemented].
func (UnimplementedMessage) ListProperties() ([]PropertyTag, error) {
	return nil, notImplemented("message.list-properties")
}

// GetProperties answers [NotImplemented].
func (UnimplementedMessage) GetProperties([]PropertyTag) ([]Cell, error) {
	return nil, notImplemented("message.get-properties")
}

// SetProperties answers [NotImplemented].
func (UnimplementedMessage) SetProperties([]Property) ([]PropertyProblem, error) {
	return nil, notImplemented("message.set-properties")
}

// RemoveProperties answers [NotImplemented].
func (UnimplementedMessage) RemoveProperties([]PropertyTag) ([]PropertyProblem, error) {
	return nil, notImplemented("message.remove-properties")
}

// OpenStream answers [NotImplemented].
func (UnimplementedMessage) OpenStream(PropertyTag, StreamAccess) (PropertyStream, error) {
	return nil, notImplemented("message.open-stream")
}

// GetData answers [NotImplemented].
func (UnimplementedMessage) GetData() (MessageData, error) {
	return MessageData{}, notImplemented("message.get-data")
}

// SetRecipients answers [NotImplemented].
func (UnimplementedMessage) SetRecipients(RecipientTable) error {
	return notImplemented("message.set-recipients")
}

// SetReadFlag answers [NotImplemented].
func (UnimplementedMessage) SetReadFlag(bool) error {
	return notImplemented("message.set-read-flag")
}

// Save answers [NotImplemented].
func (UnimplementedMessage) Save(bool) (ChangeNumber, error) {
	return 0, notImplemented("message.save")
}

// Submit answers [NotImplemented].
func (UnimplementedMessage) Submit(SubmitMode) error {
	return notImplemented("message.submit")
}

// ListAttachments answers [NotImplemented].
func (UnimplementedMessage) ListAttachments() ([]AttachNum, error) {
	return nil, notImplemented("message.list-attachments")
}

// OpenAttachment answers [NotImplemented].
func (UnimplementedMessage) OpenAttachment(AttachNum, bool) (Attachment, error) {
	return nil, notImplemented("message.open-attachment")
}

// CreateAttachment answers [NotImplemented].
func (UnimplementedMessage) CreateAttachment() (AttachNum, Attachment, error) {
	return 0, nil, notImplemented("message.create-attachment")
}

// DeleteAttachment answers [NotImplemented].
func (UnimplementedMessage) DeleteAttachment(AttachNum) error {
	return notImplemented("message.delete-attachment")
}

// OpenAttachmentTable answers [NotImplemented].
func (UnimplementedMessage) OpenAttachmentTable() (Table, error) {
	return nil, notImplemented("message.open-attachment-table")
}

func (UnimplementedMessage) mustEmbedUnimplementedMessage() {}

// UnimplementedAttachment answers not-implemented for what a [Attachment] leaves out.
type UnimplementedAttachment struct{}

// Properties answers [NotImplemented].
func (UnimplementedAttachment) Properties() (Properties, error) {
	return nil, notImplemented("attachment.get-properties")
}

// ListProperties answers [NotImplemented].
func (UnimplementedAttachment) ListProperties() ([]PropertyTag, error) {
	return nil, notImplemented("attachment.list-properties")
}

// GetProperties answers [NotImplemented].
func (UnimplementedAttachment) GetProperties([]PropertyTag) ([]Cell, error) {
	return nil, notImplemented("attachment.get-properties")
}

// SetProperties answers [NotImplemented].
func (UnimplementedAttachment) SetProperties([]Property) ([]PropertyProblem, error) {
	return nil, notImplemented("attachment.set-properties")
}

// RemoveProperties answers [NotImplemented].
func (UnimplementedAttachment) RemoveProperties([]PropertyTag) ([]PropertyProblem, error) {
	return nil, notImplemented("attachment.remove-properties")
}

// OpenStream answers [NotImplemented].
func (UnimplementedAttachment) OpenStream(PropertyTag, StreamAccess) (PropertyStream, error) {
	return nil, notImplemented("attachment.open-stream")
}

// Save answers [NotImplemented].
func (UnimplementedAttachment) Save() error {
	return notImplemented("attachment.save")
}

// OpenEmbedded answers [NotImplemented].
func (UnimplementedAttachment) OpenEmbedded() (MID, Message, error) {
	return 0, nil, notImplemented("attachment.open-embedded")
}

// CreateEmbedded answers [NotImplemented].
func (UnimplementedAttachment) CreateEmbedded(MID) (Message, error) {
	return nil, notImplemented("attachment.create-embedded")
}

func (UnimplementedAttachment) mustEmbedUnimplementedAttachment() {}

// UnimplementedTable answers not-implemented for what a [Table] leaves out.
type UnimplementedTable struct{}

// AvailableColumns answers [NotImplemented].
func (UnimplementedTable) AvailableColumns() ([]PropertyTag, error) {
	return nil, notImplemented("table.available-columns")
}

// SetColumns answers [NotImplemented].
func (UnimplementedTable) SetColumns([]PropertyTag) error {
	return notImplemented("table.set-columns")
}

// SetRestriction leaves filtering to the host.
func (UnimplementedTable) SetRestriction(restriction Restriction) error {
	return leaveToHost(len(restriction) == 0)
}

// SetSortOrder leaves sorting to the host.
func (UnimplementedTable) SetSortOrder(order *SortOrder) error {
	return leaveToHost(order == nil)
}

// RowCount answers [NotImplemented].
func (UnimplementedTable) RowCount() (uint32, error) {
	return 0, notImplemented("table.row-count")
}

// QueryRows answers [NotImplemented].
func (UnimplementedTable) QueryRows(uint32, uint32) (RowBatch, error) {
	return RowBatch{}, notImplemented("table.query-rows")
}

// FindRow answers [NotImplemented].
func (UnimplementedTable) FindRow(uint32, Direction, Restriction) (*FoundRow, error) {
	return nil, notImplemented("table.find-row")
}

// Refresh answers [NotImplemented].
func (UnimplementedTable) Refresh() error {
	return notImplemented("table.refresh")
}

func (UnimplementedTable) mustEmbedUnimplementedTable() {}

// UnimplementedPropertyStream answers not-implemented for what a [PropertyStream] leaves out.
type UnimplementedPropertyStream struct{}

// Size answers [NotImplemented].
func (UnimplementedPropertyStream) Size() (uint64, error) {
	return 0, notImplemented("property-stream.size")
}

// Read answers [NotImplemented].
func (UnimplementedPropertyStream) Read(uint64, uint32) ([]byte, error) {
	return nil, notImplemented("property-stream.read")
}

// Write answers [NotImplemented].
func (UnimplementedPropertyStream) Write(uint64, []byte) error {
	return notImplemented("property-stream.write")
}

// SetSize answers [NotImplemented].
func (UnimplementedPropertyStream) SetSize(uint64) error {
	return notImplemented("property-stream.set-size")
}

// Commit answers [NotImplemented].
func (UnimplementedPropertyStream) Commit() error {
	return notImplemented("property-stream.commit")
}

func (UnimplementedPropertyStream) mustEmbedUnimplementedPropertyStream() {}

// leaveToHost: the view without restriction or order is the one that every table has.
func leaveToHost(plain bool) error {
	if plain {
		return nil
	}
	return &Error{TooComplex, "this table has its natural view only"}
}
