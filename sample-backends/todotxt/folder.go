package main

import (
	"slices"

	"mapistore"
	"mapistore/index"
)

type folder struct {
	mapistore.UnimplementedFolder
	list    *list
	names   *names
	id      mapistore.FID
	replica mapistore.GUID
}

func (f *folder) Properties() (mapistore.Properties, error) {
	err := f.list.scan()
	unread := 0
	for _, task := range f.list.tasks {
		if task.unread {
			unread++
		}
	}
	return mapistore.Properties{
		mapistore.PidTagFolderId:               mapistore.IDValue(f.id),
		mapistore.PidTagDisplayName:            mapistore.Text("Tasks"),
		mapistore.PidTagContainerClass:         mapistore.Text("IPF.Task"),
		mapistore.PidTagContentCount:           mapistore.CountValue(len(f.list.tasks)),
		mapistore.PidTagContentUnreadCount:     mapistore.CountValue(unread),
		mapistore.PidTagAssociatedContentCount: mapistore.Integer32(0),
		mapistore.PidTagSubfolders:             mapistore.Boolean(false),
		mapistore.PidTagFolderChildCount:       mapistore.Integer32(0),
		mapistore.PidTagSourceKey:              mapistore.Binary(mapistore.XID(f.replica, f.id)),
	}, err
}

func (f *folder) columns() []mapistore.PropertyTag {
	n := f.names
	return append(slices.Clone(mapistore.ContentsColumns),
		n.status, n.percent, n.start, n.due, n.complete, n.completed, n.commonStart, n.commonEnd, n.keywords)
}

func (f *folder) OpenTable(kind mapistore.TableKind) (mapistore.Table, error) {
	return mapistore.NewRowsTable(f.columns(), func() ([]mapistore.Properties, error) {
		if kind != mapistore.TableContents {
			return nil, nil
		}
		err := f.list.scan()
		rows := make([]mapistore.Properties, len(f.list.tasks))
		for at, task := range f.list.tasks {
			rows[at] = f.row(task, f.list.ids[task.key], parse(task.text))
		}
		return rows, err
	})
}

// row is all that is known of a task: what its line says, and what follows from where it is.
func (f *folder) row(seen seen, id mapistore.MID, task task) mapistore.Properties {
	row := f.names.read(task)
	row[mapistore.PidTagMid] = mapistore.IDValue(id)
	row[mapistore.PidTagInstId] = mapistore.IDValue(id)
	row[mapistore.PidTagInstanceNum] = mapistore.Integer32(0)
	row[mapistore.PidTagParentFolderId] = mapistore.IDValue(f.id)
	row[mapistore.PidTagSourceKey] = mapistore.Binary(mapistore.XID(f.replica, id))
	row[mapistore.PidTagMessageSize] = mapistore.CountValue(len(seen.text))
	row[mapistore.PidTagMessageFlags] = mapistore.FlagValue(1, !seen.unread)
	row[mapistore.PidTagRead] = mapistore.Boolean(!seen.unread)
	row[mapistore.PidTagHasAttachments] = mapistore.Boolean(false)
	row[mapistore.PidTagAssociated] = mapistore.Boolean(false)
	if seen.number != 0 {
		key := mapistore.XID(f.replica, seen.number)
		row[mapistore.PidTagChangeNumber] = mapistore.IDValue(seen.number)
		row[mapistore.PidTagChangeKey] = mapistore.Binary(key)
		row[mapistore.PidTagPredecessorChangeList] = mapistore.Binary(mapistore.Predecessors(nil, key))
	}
	return row
}

func (f *folder) OpenMessage(id mapistore.MID, readWrite bool) (mapistore.Message, error) {
	if err := f.list.scan(); err != nil {
		return nil, err
	}
	at := f.list.find(id)
	if at < 0 {
		return nil, mapistore.Errorf(mapistore.NotFound, "no such task")
	}
	seen := f.list.tasks[at]
	return &message{in: f, id: id, writable: readWrite, seen: seen, task: parse(seen.text)}, nil
}

func (f *folder) CreateMessage(id mapistore.MID, associated bool) (mapistore.Message, error) {
	if associated {
		return nil, mapistore.Errorf(mapistore.NotImplemented, "a todo.txt file has tasks only")
	}
	return &message{in: f, id: id, writable: true, task: task{created: today()}}, nil
}

// each does something with each of the ids that is a task, and says so of the others.
func (f *folder) each(ids []mapistore.MID, do func([]mapistore.MID) error) ([]mapistore.ItemOutcome, error) {
	if err := f.list.scan(); err != nil {
		return nil, err
	}
	outcomes := make([]mapistore.ItemOutcome, len(ids))
	var there []mapistore.MID
	for at, id := range ids {
		var err error
		if f.list.find(id) < 0 {
			err = mapistore.NotFound
		} else {
			there = append(there, id)
		}
		outcomes[at] = mapistore.NewOutcome(id, err)
	}
	if len(there) == 0 {
		return outcomes, nil
	}
	return outcomes, do(there)
}

func (f *folder) DeleteMessages(ids []mapistore.MID, mode mapistore.DeleteMode) ([]mapistore.ItemOutcome, error) {
	return f.each(ids, func(there []mapistore.MID) error { return f.list.remove(there, mode) })
}

func (f *folder) SetReadFlags(ids []mapistore.MID, read bool) ([]mapistore.ItemOutcome, error) {
	return f.each(ids, func(there []mapistore.MID) error { return f.list.mark(there, read) })
}

// MoveCopyMessages: there is one folder, so the source is this one. A move gives tasks other ids, a copy makes other lines.
func (f *folder) MoveCopyMessages(source mapistore.TransferSource, items []mapistore.TransferItem, copies bool) ([]mapistore.ItemOutcome, error) {
	if source.Folder == nil {
		return nil, mapistore.Errorf(mapistore.NotImplemented, "a transfer from `%s`", source.URI)
	}
	if err := f.list.scan(); err != nil {
		return nil, err
	}
	outcomes := make([]mapistore.ItemOutcome, len(items))
	for position, item := range items {
		var err error
		if at := f.list.find(item.Source); at < 0 {
			err = mapistore.NotFound
		} else if copies {
			copied := f.list.tasks[at]
			err = f.list.add(item.Target, copied.text, copied.unread)
		} else {
			err = f.list.renumber(item.Source, item.Target)
		}
		outcomes[position] = mapistore.NewOutcome(item.Source, err)
	}
	return outcomes, nil
}

func (f *folder) GetDeleted(kind mapistore.TableKind, since mapistore.ChangeNumber) (mapistore.DeletedSet, error) {
	if err := f.list.scan(); err != nil {
		return mapistore.DeletedSet{}, err
	}
	numbers, err := changeNumbers(1)
	if err != nil {
		return mapistore.DeletedSet{}, err
	}
	set := mapistore.DeletedSet{Upto: numbers[0]}
	if kind != mapistore.TableContents {
		return set, nil
	}
	entries, err := index.ListDeleted(f.list.uri, since)
	for _, entry := range entries {
		set.IDs = append(set.IDs, entry.ID)
	}
	return set, err
}
