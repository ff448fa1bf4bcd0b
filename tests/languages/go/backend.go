// A guest for tests: the last folder of its URI says what the root does when it is asked for its child count, and how many objects
// are there that the host has not dropped is its hierarchy count.
package main

import (
	"fmt"
	"os"
	"path"
	"strings"

	"mapistore"
	"mapistore/component"
	"mapistore/index"
	"mapistore/keyvalue"
)

type backend struct{ mapistore.UnimplementedBackend }

func init() { component.Export(backend{}) }

func main() {}

func (backend) Describe() mapistore.Info {
	return mapistore.Info{
		Name: "guest-go", Description: "does harm, or counts", Version: "0.1.0",
		Capabilities: mapistore.WriteMessages | mapistore.Attachments | mapistore.Streams,
	}
}

func (backend) ListContexts(user string) ([]mapistore.ContextEntry, error) {
	return []mapistore.ContextEntry{mapistore.MainEntry(mapistore.RoleMail, "guest-go://"+user+"/counts/", "Inbox")}, nil
}

func (backend) CreateContext(_ mapistore.Connection, uri string) (mapistore.Context, error) {
	c := &context{uri: uri, does: path.Base(uri)}
	c.made()
	return c, nil
}

// live counts objects: made where an object is made, less by one where it is dropped.
var live uint32

type counted struct{ dropped bool }

func (c *counted) made() { live++ }

func (c *counted) Drop() {
	if c.dropped {
		panic("dropped twice")
	}
	c.dropped = true
	live--
}

type context struct {
	mapistore.UnimplementedContext
	counted
	uri, does string
}

func (c *context) GetRootFolder(id mapistore.FID) (mapistore.Folder, error) {
	f := &folder{context: c, id: id}
	f.made()
	return f, nil
}

type folder struct {
	mapistore.UnimplementedFolder
	counted
	context *context
	id      mapistore.FID
	kept    [][]byte
}

func (f *folder) Properties() (mapistore.Properties, error) {
	return mapistore.Properties{
		mapistore.PidTagDisplayName: mapistore.Text(f.context.does), mapistore.PidTagFolderId: mapistore.IDValue(f.id),
	}, nil
}

func (f *folder) GetChildCount(kind mapistore.TableKind) (uint32, error) {
	if kind == mapistore.TableHierarchy {
		return live, nil
	}
	switch f.context.does {
	case "spins":
		for {
		}
	case "grows":
		for {
			f.kept = append(f.kept, make([]byte, 1<<20))
		}
	case "recurses":
		return recurse(f, 1), nil
	case "panics":
		var nothing map[string]int
		nothing["a"] = 1
	case "exits":
		os.Exit(3)
	case "deadlocks":
		select {}
	case "churns":
		return f.churn()
	}
	return 0, nil
}

//go:noinline
func recurse(f *folder, depth uint32) uint32 {
	return recurse(f, depth+1) + recurse(f, depth+2)
}

// churn makes garbage of its own between answers of the host that are garbage soon after, so that the collector starts anywhere.
func (f *folder) churn() (uint32, error) {
	uris := make([]string, 50)
	for at := range uris {
		uris[at] = fmt.Sprintf("%s%d/%s", f.context.uri, at, strings.Repeat("x", 40))
	}
	ids, err := index.EnsureIDs(uris)
	if err != nil {
		return 0, err
	}
	entries, err := index.GetURIs(ids)
	if err != nil {
		return 0, err
	}
	for at, entry := range entries {
		if entry == nil || entry.URI != uris[at] {
			return 0, mapistore.Errorf(mapistore.Corrupted, "`%s` came back as %+v", uris[at], entry)
		}
	}
	bucket, err := keyvalue.Open("churn")
	if err != nil {
		return 0, err
	}
	defer bucket.Close()
	value := []byte(strings.Repeat("value ", 500))
	if err := bucket.Set("key", value); err != nil {
		return 0, err
	}
	if found, err := bucket.Get("key"); err != nil || string(found) != string(value) {
		return 0, mapistore.Errorf(mapistore.Corrupted, "the value came back as %d bytes: %v", len(found), err)
	}
	return uint32(len(ids)), nil
}

func (f *folder) OpenTable(mapistore.TableKind) (mapistore.Table, error) {
	rows, err := mapistore.NewRowsTable(mapistore.ContentsColumns, manyRows)
	t := &table{RowsTable: rows}
	t.made()
	return t, err
}

// manyRows are 10,000 rows of a subject, a sender and a size.
func manyRows() ([]mapistore.Properties, error) {
	rows := make([]mapistore.Properties, 10_000)
	for at := range rows {
		rows[at] = mapistore.Properties{
			mapistore.PidTagSubject: mapistore.Text(fmt.Sprintf("message %d", at)), mapistore.PidTagSenderName: mapistore.Text("Alice Example"),
			mapistore.PidTagMessageSize: mapistore.CountValue(at),
		}
	}
	return rows, nil
}

type table struct {
	*mapistore.RowsTable
	counted
}

func (f *folder) CreateMessage(mapistore.MID, bool) (mapistore.Message, error) {
	m := &message{}
	m.made()
	return m, nil
}

type message struct {
	mapistore.UnimplementedMessage
	counted
}

func (m *message) CreateAttachment() (mapistore.AttachNum, mapistore.Attachment, error) {
	a := &attachment{}
	a.made()
	return 0, a, nil
}

type attachment struct {
	mapistore.UnimplementedAttachment
	counted
}

func (a *attachment) OpenStream(mapistore.PropertyTag, mapistore.StreamAccess) (mapistore.PropertyStream, error) {
	s := &stream{BytesStream: mapistore.NewBytesStream([]byte("bytes"), nil)}
	s.made()
	return s, nil
}

type stream struct {
	*mapistore.BytesStream
	counted
}
