// Does harm when its root is counted, in the way that its URI names; counts what it makes and what is dropped. See ../README.md.
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
		Name: "hostile-go", Description: "does harm", Version: "0.1.0",
		Capabilities: mapistore.WriteMessages | mapistore.Attachments | mapistore.Streams,
	}
}

func (backend) ListContexts(user string) ([]mapistore.ContextEntry, error) {
	return []mapistore.ContextEntry{mapistore.MainEntry(mapistore.RoleMail, "hostile-go://"+user+"/behaves/", "Inbox")}, nil
}

func (backend) CreateContext(_ mapistore.Connection, uri string) (mapistore.Context, error) {
	return &context{counted: count(), uri: uri, harm: path.Base(uri)}, nil
}

var made, dropped uint32

type counted struct{ gone bool }

func count() *counted {
	made++
	return &counted{}
}

func (c *counted) Drop() {
	if c.gone {
		panic("dropped twice")
	}
	c.gone = true
	dropped++
}

type context struct {
	mapistore.UnimplementedContext
	*counted
	uri, harm string
}

func (c *context) GetRootFolder(id mapistore.FID) (mapistore.Folder, error) {
	return &folder{counted: count(), context: c}, nil
}

// Drop is the last of its context. A destructor cannot answer: a sum that is missing is seen.
func (c *context) Drop() {
	c.counted.Drop()
	if bucket, err := keyvalue.Open("counts"); err == nil {
		all := sums(bucket)
		_ = bucket.Set("sums", fmt.Appendf(nil, "%d %d %d", all[0]+made, all[1]+dropped, all[2]+1))
	}
}

// sums are those over contexts that are gone.
func sums(bucket *keyvalue.Bucket) (all [3]uint32) {
	if text, err := bucket.Get("sums"); err == nil {
		_, _ = fmt.Sscan(string(text), &all[0], &all[1], &all[2])
	}
	return all
}

type folder struct {
	mapistore.UnimplementedFolder
	*counted
	context *context
	kept    [][]byte
}

func (f *folder) Properties() (mapistore.Properties, error) {
	bucket, err := keyvalue.Open("counts")
	if err != nil {
		return nil, err
	}
	defer bucket.Close()
	all := sums(bucket)
	return mapistore.Properties{
		mapistore.PidTagDisplayName: mapistore.Text(f.context.harm),
		mapistore.PidTagBody:        mapistore.Text(fmt.Sprintf("%d %d %d", all[0], all[1], all[2])),
	}, nil
}

func (f *folder) GetChildCount(kind mapistore.TableKind) (uint32, error) {
	switch kind {
	case mapistore.TableAssociated:
		return made, nil
	case mapistore.TableHierarchy:
		return dropped, nil
	}
	switch f.context.harm {
	case "recursion":
		return recurse(f, 1), nil
	case "memory":
		for {
			f.kept = append(f.kept, make([]byte, 1<<20))
		}
	case "loop":
		for {
		}
	case "exception":
		var nothing map[string]int
		nothing["a"] = 1
	case "exit":
		os.Exit(3)
	case "deadlock":
		select {}
	case "churns":
		return f.churn()
	}
	return 100, nil
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

// OpenTable has 100 rows, and 10,000 where it is the collector that is tested.
func (f *folder) OpenTable(mapistore.TableKind) (mapistore.Table, error) {
	number := 100
	if f.context.harm == "churns" {
		number = 10_000
	}
	rows, err := mapistore.NewRowsTable(mapistore.ContentsColumns, func() ([]mapistore.Properties, error) { return rowsOf(number), nil })
	return &table{RowsTable: rows, counted: count()}, err
}

func rowsOf(number int) []mapistore.Properties {
	rows := make([]mapistore.Properties, number)
	for at := range rows {
		rows[at] = mapistore.Properties{
			mapistore.PidTagSubject: mapistore.Text(fmt.Sprintf("message %d", at)), mapistore.PidTagSenderName: mapistore.Text("Alice Example"),
			mapistore.PidTagMessageSize: mapistore.CountValue(at),
		}
	}
	return rows
}

type table struct {
	*mapistore.RowsTable
	*counted
}

func (f *folder) OpenMessage(mapistore.MID, bool) (mapistore.Message, error) {
	return &message{counted: count()}, nil
}

func (f *folder) CreateMessage(mapistore.MID, bool) (mapistore.Message, error) {
	return &message{counted: count()}, nil
}

type message struct {
	mapistore.UnimplementedMessage
	*counted
}

func (m *message) Properties() (mapistore.Properties, error) {
	return mapistore.Properties{
		mapistore.PidTagSubject: mapistore.Text("a subject"), mapistore.PidTagBody: mapistore.Text(strings.Repeat("a body\r\n", 100)),
	}, nil
}

func (m *message) CreateAttachment() (mapistore.AttachNum, mapistore.Attachment, error) {
	return 0, &attachment{counted: count()}, nil
}

type attachment struct {
	mapistore.UnimplementedAttachment
	*counted
}

func (a *attachment) OpenStream(mapistore.PropertyTag, mapistore.StreamAccess) (mapistore.PropertyStream, error) {
	return &stream{BytesStream: mapistore.NewBytesStream([]byte("bytes"), nil), counted: count()}, nil
}

type stream struct {
	*mapistore.BytesStream
	*counted
}
