//go:build !wasip1

package keyvalue

import (
	"encoding/binary"
	"maps"
	"slices"
	"sync"

	"mapistore"
)

// The native store: maps in memory, for tests.
var memory struct {
	sync.Mutex
	buckets map[string]map[string][]byte
}

// Reset empties the native store.
func Reset() {
	memory.Lock()
	defer memory.Unlock()
	memory.buckets = nil
}

type bucket struct{ name string }

func open(name string) (bucket, error) {
	return bucket{name}, check("bucket", len(name), 255)
}

func check(what string, length, most int) error {
	if length == 0 || length > most {
		return mapistore.Errorf(mapistore.InvalidParameter, "a %s of %d bytes, 1 to %d are allowed", what, length, most)
	}
	return nil
}

func (bucket) close() {}

func (b bucket) get(key string) ([]byte, error) {
	values, err := b.getMany([]string{key})
	if err != nil {
		return nil, err
	}
	return values[0], nil
}

func (b bucket) set(key string, value []byte) error { return b.setMany([]Pair{{key, value}}) }
func (b bucket) delete(key string) error            { return b.deleteMany([]string{key}) }

func (b bucket) exists(key string) (bool, error) {
	value, err := b.get(key)
	return value != nil, err
}

func (b bucket) keys(after string) ([]string, string, error) {
	memory.Lock()
	defer memory.Unlock()
	keys := slices.Sorted(maps.Keys(memory.buckets[b.name]))
	from, found := slices.BinarySearch(keys, after)
	if found {
		from++
	}
	if keys = keys[from:]; len(keys) > 1000 {
		return keys[:1000], keys[999], nil
	}
	return keys, "", nil
}

func (b bucket) getMany(keys []string) ([][]byte, error) {
	memory.Lock()
	defer memory.Unlock()
	values := make([][]byte, len(keys))
	for at, key := range keys {
		if err := check("key", len(key), 480); err != nil {
			return nil, err
		}
		if value, ok := memory.buckets[b.name][key]; ok {
			values[at] = append([]byte{}, value...)
		}
	}
	return values, nil
}

func (b bucket) setMany(pairs []Pair) error {
	memory.Lock()
	defer memory.Unlock()
	for _, pair := range pairs {
		if err := check("key", len(pair.Key), 480); err != nil {
			return err
		}
		if len(pair.Value) > 1<<20 {
			return mapistore.Errorf(mapistore.TooBig, "a value of %d bytes, 1 MiB are allowed", len(pair.Value))
		}
	}
	if memory.buckets == nil {
		memory.buckets = map[string]map[string][]byte{}
	}
	if memory.buckets[b.name] == nil {
		memory.buckets[b.name] = map[string][]byte{}
	}
	for _, pair := range pairs {
		memory.buckets[b.name][pair.Key] = append([]byte{}, pair.Value...)
	}
	return nil
}

func (b bucket) deleteMany(keys []string) error {
	memory.Lock()
	defer memory.Unlock()
	for _, key := range keys {
		delete(memory.buckets[b.name], key)
	}
	return nil
}

func (b bucket) increment(key string, delta int64) (int64, error) {
	value, err := b.get(key)
	if err != nil {
		return 0, err
	}
	var old int64
	switch {
	case value == nil:
	case len(value) == 8:
		old = int64(binary.LittleEndian.Uint64(value))
	default:
		return 0, mapistore.Errorf(mapistore.InvalidData, "`%s` is no number that can be added to", key)
	}
	sum := binary.LittleEndian.AppendUint64(nil, uint64(old+delta))
	return old + delta, b.set(key, sum)
}
