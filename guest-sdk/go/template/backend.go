// One Inbox of three messages, which can be marked as read.
package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mapistore"
	"mapistore/component"
	"mapistore/index"
	"mapistore/keyvalue"
)

var subjects = []string{"Welcome", "A second message", "The last one"}

type backend struct{ mapistore.UnimplementedBackend }

func init() { component.Export(backend{}) }
func main() {}

func (backend) Describe() mapistore.Info {
	return mapistore.Info{Name: "example-name", Description: "three messages", Version: "0.1.0"}
}
func (backend) ListContexts(user string) ([]mapistore.ContextEntry, error) {
	return []mapistore.ContextEntry{mapistore.MainEntry(mapistore.RoleMail, "example-name://"+user+"/inbox/", "Inbox")}, nil
}
func (backend) CreateContext(connection mapistore.Connection, uri string) (mapistore.Context, error) {
	folder := "example-name://" + connection.Owner + "/inbox"
	if strings.TrimSuffix(uri, "/") != folder {
		return nil, mapistore.Errorf(mapistore.NotFound, "there is only an inbox")
	}
	mids, err := index.EnsureIDs([]string{folder + "/1", folder + "/2", folder + "/3"})
	return mapistore.ContextFunc(func(id mapistore.FID) (mapistore.Folder, error) {
		read, err := keyvalue.Open("read")
		return &inbox{id: id, mids: mids, replica: connection.ReplicaGUID, read: read}, err
	}), err
}

type inbox struct {
	mapistore.UnimplementedFolder
	id      mapistore.FID
	mids    []mapistore.MID
	replica mapistore.GUID
	read    *keyvalue.Bucket
}

func (i *inbox) Properties() (mapistore.Properties, error) {
	read, _, err := i.read.Keys("")
	return mapistore.Properties{
		mapistore.PidTagDisplayName: mapistore.Text("Inbox"), mapistore.PidTagContainerClass: mapistore.Text("IPF.Note"),
		mapistore.PidTagFolderId: mapistore.IDValue(i.id), mapistore.PidTagSubfolders: mapistore.Boolean(false),
		mapistore.PidTagContentCount: mapistore.Integer32(3), mapistore.PidTagContentUnreadCount: mapistore.CountValue(3 - len(read)),
	}, err
}
func (i *inbox) OpenTable(kind mapistore.TableKind) (mapistore.Table, error) {
	mids := map[mapistore.TableKind][]mapistore.MID{mapistore.TableContents: i.mids}[kind]
	return mapistore.NewMessagesTable(i, func() ([]mapistore.MID, error) { return mids, nil })
}
func (i *inbox) OpenMessage(id mapistore.MID, _ bool) (mapistore.Message, error) {
	if at := slices.Index(i.mids, id); at >= 0 {
		return &mail{in: i, at: at}, nil
	}
	return nil, mapistore.Errorf(mapistore.NotFound, "no such message")
}

type mail struct {
	mapistore.UnimplementedMessage
	in *inbox
	at int
}

func (m *mail) Properties() (mapistore.Properties, error) {
	number := mapistore.FromGlobCnt[mapistore.ChangeNumber](uint64(m.at + 1))
	sent := mapistore.TimeValue(time.Date(2026, 1, 1+m.at, 9+m.at, 0, 0, 0, time.UTC))
	key := fmt.Sprint(m.at + 1)
	read, err := m.in.read.Exists(key)
	return mapistore.Properties{
		mapistore.PidTagMid: mapistore.IDValue(m.in.mids[m.at]), mapistore.PidTagChangeNumber: mapistore.IDValue(number),
		mapistore.PidTagChangeKey:    mapistore.Binary(mapistore.XID(m.in.replica, number)),
		mapistore.PidTagMessageClass: mapistore.Text("IPM.Note"), mapistore.PidTagMessageFlags: mapistore.FlagValue(1, read),
		mapistore.PidTagMessageSize: mapistore.Integer32(20), mapistore.PidTagSubject: mapistore.Text(subjects[m.at]),
		mapistore.PidTagSenderName: mapistore.Text("Alice Example"), mapistore.PidTagSenderEmailAddress: mapistore.Text("alice@example.org"),
		mapistore.PidTagClientSubmitTime: sent, mapistore.PidTagMessageDeliveryTime: sent,
		mapistore.PidTagBody: mapistore.Text("This is message " + key + ".\r\n"),
	}, err
}
func (m *mail) SetReadFlag(read bool) error {
	key := fmt.Sprint(m.at + 1)
	if !read {
		return m.in.read.Delete(key)
	}
	return m.in.read.Set(key, []byte("1"))
}
