package main

import (
	"testing"

	"mapistore"
	"mapistore/index"
	"mapistore/keyvalue"
)

func open(t *testing.T) mapistore.Folder {
	index.Reset()
	keyvalue.Reset()
	context, err := backend{}.CreateContext(mapistore.Connection{Owner: "alice"}, "example-name://alice/inbox/")
	if err != nil {
		t.Fatal(err)
	}
	root, err := context.GetRootFolder(1)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestTheInboxHasThreeMessages(t *testing.T) {
	table, err := open(t).OpenTable(mapistore.TableContents)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.SetColumns([]mapistore.PropertyTag{mapistore.PidTagSubject}); err != nil {
		t.Fatal(err)
	}
	rows, err := table.QueryRows(0, 10)
	if err != nil || rows.RowCount != 3 || rows.Cells[1].Value != mapistore.Text("A second message") {
		t.Errorf("%+v %v", rows, err)
	}
}

func TestAMessageIsMarkedAsRead(t *testing.T) {
	root := open(t)
	mids, _ := index.EnsureIDs([]string{"example-name://alice/inbox/1"})
	if _, err := mapistore.SetReadFlags(root, mids, true); err != nil {
		t.Fatal(err)
	}
	properties, err := root.Properties()
	if err != nil || properties[mapistore.PidTagContentUnreadCount] != mapistore.Integer32(2) {
		t.Errorf("%v %v", properties, err)
	}
}

func TestThereIsOnlyAnInbox(t *testing.T) {
	if _, err := (backend{}).CreateContext(mapistore.Connection{Owner: "alice"}, "example-name://alice/sent/"); mapistore.AsError(err).Code != mapistore.NotFound {
		t.Error(err)
	}
}
