//go:build wasip1

package export_mapistore_backend_objects

import (
	"mapistore"
	wit "mapistore/internal/wit/types"
)

// PropertyStream is a [mapistore.PropertyStream] as the host has it.
type PropertyStream struct{ held[mapistore.PropertyStream] }

func newStream(stream mapistore.PropertyStream) *PropertyStream { return &PropertyStream{hold(stream)} }

func (o *PropertyStream) Size() answer[uint64] {
	return Answer(&o.guard, "property-stream.size", same[uint64], func() (uint64, error) {
		return o.it.Size()
	})
}

func (o *PropertyStream) Read(offset uint64, length uint32) answer[[]byte] {
	return Answer(&o.guard, "property-stream.read", same[[]byte], func() ([]byte, error) {
		return o.it.Read(offset, length)
	})
}

func (o *PropertyStream) Write(offset uint64, data []byte) answer[wit.Unit] {
	return Done(&o.guard, "property-stream.write", func() error { return o.it.Write(offset, data) })
}

func (o *PropertyStream) SetSize(size uint64) answer[wit.Unit] {
	return Done(&o.guard, "property-stream.set-size", func() error { return o.it.SetSize(size) })
}

func (o *PropertyStream) Commit() answer[wit.Unit] {
	return Done(&o.guard, "property-stream.commit", func() error { return o.it.Commit() })
}
