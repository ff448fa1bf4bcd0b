package mapistore

import "math"

// BytesStream is a ready [PropertyStream] for values that fit into memory.
type BytesStream struct {
	UnimplementedPropertyStream
	bytes  []byte
	commit func([]byte) error
}

// NewBytesStream makes a stream over bytes. commit gets all of them at each Commit; without it the stream may only be read.
func NewBytesStream(bytes []byte, commit func([]byte) error) *BytesStream {
	return &BytesStream{bytes: bytes, commit: commit}
}

// Size is the value's size in bytes.
func (s *BytesStream) Size() (uint64, error) { return uint64(len(s.bytes)), nil }

// Read is up to length bytes from offset.
func (s *BytesStream) Read(offset uint64, length uint32) ([]byte, error) {
	rest := s.bytes[min(offset, uint64(len(s.bytes))):]
	return rest[:min(uint64(length), uint64(len(rest)))], nil
}

// Write writes all of data at offset.
func (s *BytesStream) Write(offset uint64, data []byte) error {
	if offset > math.MaxInt32 {
		return Errorf(TooBig, "the value does not fit into memory")
	}
	if err := s.grow(offset + uint64(len(data))); err != nil {
		return err
	}
	copy(s.bytes[offset:], data)
	return nil
}

// SetSize cuts off or fills with zeros.
func (s *BytesStream) SetSize(size uint64) error {
	if err := s.grow(size); err != nil {
		return err
	}
	s.bytes = s.bytes[:size]
	return nil
}

// Commit hands the bytes over.
func (s *BytesStream) Commit() error {
	if s.commit == nil {
		return Errorf(Denied, "the stream was opened for reading")
	}
	return s.commit(s.bytes)
}

// grow makes room, without taking any away. What lies beyond the end is always zero, or written over at once.
func (s *BytesStream) grow(size uint64) error {
	switch {
	case s.commit == nil:
		return Errorf(Denied, "the stream was opened for reading")
	case size > math.MaxInt32:
		return Errorf(TooBig, "the value does not fit into memory")
	case size > uint64(len(s.bytes)):
		s.bytes = append(s.bytes, make([]byte, size-uint64(len(s.bytes)))...)
	}
	return nil
}
