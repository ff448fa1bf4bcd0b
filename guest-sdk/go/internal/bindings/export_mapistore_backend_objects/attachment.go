//go:build wasip1

package export_mapistore_backend_objects

import (
	"mapistore"
	types "mapistore/internal/bindings/mapistore_backend_types"
	"mapistore/internal/convert"
	wit "mapistore/internal/wit/types"
)

// Attachment is a [mapistore.Attachment] as the host has it.
type Attachment struct{ held[mapistore.Attachment] }

func newAttachment(attachment mapistore.Attachment) *Attachment { return &Attachment{hold(attachment)} }

// OpenEmbedded opens the message, and says its id.
func (o *Attachment) OpenEmbedded() answer[wit.Tuple2[uint64, *Message]] {
	return Answer(&o.guard, "attachment.open-embedded", same, func() (pair wit.Tuple2[uint64, *Message], err error) {
		id, message, err := o.it.OpenEmbedded()
		if err == nil {
			pair.F0, pair.F1 = uint64(id), newMessage(message)
		}
		return pair, err
	})
}

func (o *Attachment) ListProperties() answer[[]uint32] {
	return Answer(&o.guard, "attachment.list-properties", convert.Numbers[uint32, mapistore.PropertyTag], func() ([]mapistore.PropertyTag, error) {
		return mapistore.ListProperties(o.it)
	})
}

func (o *Attachment) GetProperties(tags []uint32) answer[[]types.Cell] {
	return Answer(&o.guard, "attachment.get-properties", cells, func() ([]mapistore.Cell, error) {
		return mapistore.GetProperties(o.it, convert.Numbers[mapistore.PropertyTag](tags))
	})
}

func (o *Attachment) SetProperties(values []types.Property) answer[[]types.PropertyProblem] {
	return Answer(&o.guard, "attachment.set-properties", problems, func() ([]mapistore.PropertyProblem, error) {
		return o.it.SetProperties(convert.List(values, convert.Property))
	})
}

func (o *Attachment) RemoveProperties(tags []uint32) answer[[]types.PropertyProblem] {
	return Answer(&o.guard, "attachment.remove-properties", problems, func() ([]mapistore.PropertyProblem, error) {
		return o.it.RemoveProperties(convert.Numbers[mapistore.PropertyTag](tags))
	})
}

func (o *Attachment) OpenStream(tag uint32, access uint8) answer[*PropertyStream] {
	return Answer(&o.guard, "attachment.open-stream", newStream, func() (mapistore.PropertyStream, error) {
		return o.it.OpenStream(mapistore.PropertyTag(tag), mapistore.StreamAccess(access))
	})
}

func (o *Attachment) Save() answer[wit.Unit] {
	return Done(&o.guard, "attachment.save", func() error { return o.it.Save() })
}

func (o *Attachment) CreateEmbedded(id uint64) answer[*Message] {
	return Answer(&o.guard, "attachment.create-embedded", newMessage, func() (mapistore.Message, error) {
		return o.it.CreateEmbedded(mapistore.MID(id))
	})
}
