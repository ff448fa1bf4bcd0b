//go:build wasip1

package export_mapistore_backend_objects

import (
	"mapistore"
	types "mapistore/internal/bindings/mapistore_backend_types"
	"mapistore/internal/convert"
	wit "mapistore/internal/wit/types"
)

// Message is a [mapistore.Message] as the host has it.
type Message struct{ held[mapistore.Message] }

func newMessage(message mapistore.Message) *Message { return &Message{hold(message)} }

// CreateAttachment makes an attachment, and says its number.
func (o *Message) CreateAttachment() answer[wit.Tuple2[uint32, *Attachment]] {
	return Answer(&o.guard, "message.create-attachment", same, func() (pair wit.Tuple2[uint32, *Attachment], err error) {
		num, attachment, err := o.it.CreateAttachment()
		if err == nil {
			pair.F0, pair.F1 = uint32(num), newAttachment(attachment)
		}
		return pair, err
	})
}

func (o *Message) ListProperties() answer[[]uint32] {
	return Answer(&o.guard, "message.list-properties", convert.Numbers[uint32, mapistore.PropertyTag], func() ([]mapistore.PropertyTag, error) {
		return mapistore.ListProperties(o.it)
	})
}

func (o *Message) GetProperties(tags []uint32) answer[[]types.Cell] {
	return Answer(&o.guard, "message.get-properties", cells, func() ([]mapistore.Cell, error) {
		return mapistore.GetProperties(o.it, convert.Numbers[mapistore.PropertyTag](tags))
	})
}

func (o *Message) SetProperties(values []types.Property) answer[[]types.PropertyProblem] {
	return Answer(&o.guard, "message.set-properties", problems, func() ([]mapistore.PropertyProblem, error) {
		return o.it.SetProperties(convert.List(values, convert.Property))
	})
}

func (o *Message) RemoveProperties(tags []uint32) answer[[]types.PropertyProblem] {
	return Answer(&o.guard, "message.remove-properties", problems, func() ([]mapistore.PropertyProblem, error) {
		return o.it.RemoveProperties(convert.Numbers[mapistore.PropertyTag](tags))
	})
}

func (o *Message) OpenStream(tag uint32, access uint8) answer[*PropertyStream] {
	return Answer(&o.guard, "message.open-stream", newStream, func() (mapistore.PropertyStream, error) {
		return o.it.OpenStream(mapistore.PropertyTag(tag), mapistore.StreamAccess(access))
	})
}

func (o *Message) GetData() answer[types.MessageData] {
	return Answer(&o.guard, "message.get-data", convert.MessageData, func() (mapistore.MessageData, error) {
		return mapistore.GetData(o.it)
	})
}

func (o *Message) SetRecipients(recipients types.RecipientTable) answer[wit.Unit] {
	return Done(&o.guard, "message.set-recipients", func() error { return o.it.SetRecipients(convert.FromRecipients(recipients)) })
}

func (o *Message) SetReadFlag(read bool) answer[wit.Unit] {
	return Done(&o.guard, "message.set-read-flag", func() error { return o.it.SetReadFlag(read) })
}

func (o *Message) Save(force bool) answer[uint64] {
	return Answer(&o.guard, "message.save", func(number mapistore.ChangeNumber) uint64 { return uint64(number) }, func() (mapistore.ChangeNumber, error) {
		return o.it.Save(force)
	})
}

func (o *Message) Submit(mode uint8) answer[wit.Unit] {
	return Done(&o.guard, "message.submit", func() error { return o.it.Submit(mapistore.SubmitMode(mode)) })
}

func (o *Message) ListAttachments() answer[[]uint32] {
	return Answer(&o.guard, "message.list-attachments", convert.Numbers[uint32, mapistore.AttachNum], func() ([]mapistore.AttachNum, error) {
		return o.it.ListAttachments()
	})
}

func (o *Message) OpenAttachment(num uint32, readWrite bool) answer[*Attachment] {
	return Answer(&o.guard, "message.open-attachment", newAttachment, func() (mapistore.Attachment, error) {
		return o.it.OpenAttachment(mapistore.AttachNum(num), readWrite)
	})
}

func (o *Message) DeleteAttachment(num uint32) answer[wit.Unit] {
	return Done(&o.guard, "message.delete-attachment", func() error { return o.it.DeleteAttachment(mapistore.AttachNum(num)) })
}

func (o *Message) OpenAttachmentTable() answer[*Table] {
	return Answer(&o.guard, "message.open-attachment-table", newTable, func() (mapistore.Table, error) {
		return o.it.OpenAttachmentTable()
	})
}
