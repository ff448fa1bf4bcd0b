// One Inbox of three messages, which can be marked as read.
package main

import (
	"fmt"
	"slices"
	"time"

	ms "mapistore"
	"mapistore/component"
	"mapistore/index"
	"mapistore/keyvalue"
)

var subjects = []string{"Welcome", "A second message", "The last one"}

type backend struct{ ms.UnimplementedBackend }

func init() { component.Export(backend{}) }
func main() {}

func (backend) Describe() ms.Info {
	return ms.Info{Name: "example-name", Description: "three messages", Version: "0.1.0"}
}
func (backend) ListContexts(user string) ([]ms.ContextEntry, error) {
	return []ms.ContextEntry{ms.MainEntry(ms.RoleMail, "example-name://"+user+"/inbox/", "Inbox")}, nil
}
func (backend) CreateContext(connection ms.Connection, uri string) (ms.Context, error) {
	folder := "example-name://" + connection.Owner + "/inbox"
	if uri != folder && uri != folder+"/" {
		return nil, ms.Errorf(ms.NotFound, "there is only an inbox")
	}
	mids, err := index.EnsureIDs([]string{folder + "/1", folder + "/2", folder + "/3"})
	return ms.ContextFunc(func(id ms.FID) (ms.Folder, error) {
		read, err := keyvalue.Open("read")
		return &inbox{id: id, mids: mids, replica: connection.ReplicaGUID, read: read}, err
	}), err
}

type inbox struct {
	ms.UnimplementedFolder
	id      ms.FID
	mids    []ms.MID
	replica ms.GUID
	read    *keyvalue.Bucket
}

func (i *inbox) Properties() (ms.Properties, error) {
	read, _, err := i.read.Keys("")
	return ms.Properties{
		ms.PidTagDisplayName: ms.Text("Inbox"), ms.PidTagContainerClass: ms.Text("IPF.Note"), ms.PidTagFolderId: ms.IDValue(i.id),
		ms.PidTagContentCount: ms.Integer32(3), ms.PidTagContentUnreadCount: ms.CountValue(3 - len(read)), ms.PidTagSubfolders: ms.Boolean(false),
	}, err
}
func (i *inbox) OpenTable(kind ms.TableKind) (ms.Table, error) {
	mids := map[ms.TableKind][]ms.MID{ms.TableContents: i.mids}[kind]
	return ms.NewMessagesTable(i, func() ([]ms.MID, error) { return mids, nil })
}
func (i *inbox) OpenMessage(id ms.MID, _ bool) (ms.Message, error) {
	if at := slices.Index(i.mids, id); at >= 0 {
		return &mail{in: i, at: at}, nil
	}
	return nil, ms.Errorf(ms.NotFound, "no such message")
}

type mail struct {
	ms.UnimplementedMessage
	in *inbox
	at int
}

func (m *mail) Properties() (ms.Properties, error) {
	key, number := fmt.Sprint(m.at+1), ms.FromGlobCnt[ms.ChangeNumber](uint64(m.at+1))
	sent := ms.TimeValue(time.Date(2026, 1, 1+m.at, 9+m.at, 0, 0, 0, time.UTC))
	read, err := m.in.read.Exists(key)
	return ms.Properties{
		ms.PidTagMid: ms.IDValue(m.in.mids[m.at]), ms.PidTagChangeNumber: ms.IDValue(number), ms.PidTagChangeKey: ms.Binary(ms.XID(m.in.replica, number)),
		ms.PidTagMessageClass: ms.Text("IPM.Note"), ms.PidTagMessageFlags: ms.FlagValue(1, read), ms.PidTagMessageSize: ms.Integer32(20),
		ms.PidTagSubject: ms.Text(subjects[m.at]), ms.PidTagBody: ms.Text("This is message " + key + ".\r\n"),
		ms.PidTagSenderName: ms.Text("Alice Example"), ms.PidTagSenderEmailAddress: ms.Text("alice@example.org"),
		ms.PidTagClientSubmitTime: sent, ms.PidTagMessageDeliveryTime: sent,
	}, err
}
func (m *mail) SetReadFlag(read bool) error {
	key := fmt.Sprint(m.at + 1)
	if !read {
		return m.in.read.Delete(key)
	}
	return m.in.read.Set(key, []byte("1"))
}
