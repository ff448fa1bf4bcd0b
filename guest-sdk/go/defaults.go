package mapistore

import "errors"

// What the host is answered where an object leaves a method out that follows from others. The host's calls arrive here; a test may
// ask here too.

// Propertied is a [Folder], [Message] or [Attachment].
type Propertied interface {
	Properties() (Properties, error)
	ListProperties() ([]PropertyTag, error)
	GetProperties(tags []PropertyTag) ([]Cell, error)
}

// left says that a method was left out.
func left(err error) bool { return errors.Is(err, NotImplemented) }

// ListProperties are the tags of an object's properties.
func ListProperties(object Propertied) ([]PropertyTag, error) {
	tags, err := object.ListProperties()
	if !left(err) {
		return tags, err
	}
	properties, err := object.Properties()
	return properties.Tags(), err
}

// GetProperties has one cell for each tag.
func GetProperties(object Propertied, tags []PropertyTag) ([]Cell, error) {
	cells, err := object.GetProperties(tags)
	if !left(err) {
		return cells, err
	}
	properties, err := object.Properties()
	return properties.Cells(tags, InlineLimit), err
}

// GetChildCount is how many rows a folder's table has.
func GetChildCount(folder Folder, kind TableKind) (uint32, error) {
	count, err := folder.GetChildCount(kind)
	if !left(err) {
		return count, err
	}
	table, err := folder.OpenTable(kind)
	if err != nil {
		return 0, err
	}
	defer Drop(table)
	return table.RowCount()
}

// SetReadFlags marks messages as read or unread.
func SetReadFlags(folder Folder, ids []MID, read bool) ([]ItemOutcome, error) {
	outcomes, err := folder.SetReadFlags(ids, read)
	if !left(err) {
		return outcomes, err
	}
	for _, id := range ids {
		outcomes = append(outcomes, NewOutcome(id, setReadFlag(folder, id, read)))
	}
	return outcomes, nil
}

func setReadFlag(folder Folder, id MID, read bool) error {
	message, err := folder.OpenMessage(id, true)
	if err != nil {
		return err
	}
	defer Drop(message)
	return message.SetReadFlag(read)
}

// GetData is what a client is told when it opens a message.
func GetData(message Message) (MessageData, error) {
	data, err := message.GetData()
	if !left(err) {
		return data, err
	}
	properties, err := message.Properties()
	if prefix, ok := properties[PidTagSubjectPrefix].(Text); ok {
		data.SubjectPrefix = (*string)(&prefix)
	}
	for _, tag := range []PropertyTag{PidTagSubject, PidTagNormalizedSubject} {
		if subject, ok := properties[tag].(Text); ok {
			data.NormalizedSubject = (*string)(&subject)
		}
	}
	return data, err
}

// NewOutcome is what became of an object: done, where err is nil.
func NewOutcome(id ID, err error) ItemOutcome {
	if err == nil {
		return ItemOutcome{ID: id}
	}
	return ItemOutcome{ID: id, Err: &AsError(err).Code}
}

// Drop lets go of an object that the host never got.
func Drop(object any) {
	if dropper, ok := object.(Dropper); ok {
		dropper.Drop()
	}
}
