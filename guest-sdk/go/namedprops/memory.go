//go:build !wasip1

package namedprops

import (
	"slices"
	"sync"

	"mapistore"
)

// The native map: ids in the order in which names were first seen.
var memory struct {
	sync.Mutex
	names []Name
}

const (
	firstID = 0x8000
	most    = 0xFFFE - firstID + 1
)

// Reset empties the native map.
func Reset() {
	memory.Lock()
	defer memory.Unlock()
	memory.names = nil
}

func toIDs(names []Name, create bool) ([]uint16, error) {
	memory.Lock()
	defer memory.Unlock()
	ids := make([]uint16, len(names))
	for at, name := range names {
		position := slices.Index(memory.names, name)
		if position < 0 && create {
			if len(memory.names) == most {
				return nil, mapistore.Errorf(mapistore.TooBig, "all %d property ids are given out", most)
			}
			position = len(memory.names)
			memory.names = append(memory.names, name)
		}
		if position >= 0 {
			ids[at] = uint16(firstID + position)
		}
	}
	return ids, nil
}

func toNames(ids []uint16) ([]*Name, error) {
	memory.Lock()
	defer memory.Unlock()
	names := make([]*Name, len(ids))
	for at, id := range ids {
		if position := int(id) - firstID; position >= 0 && position < len(memory.names) {
			name := memory.names[position]
			names[at] = &name
		}
	}
	return names, nil
}
