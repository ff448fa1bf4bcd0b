//go:build !wasip1

package index

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"mapistore"
)

// The native index: maps in memory with the rules of wit/index.wit, for tests.
var memory = struct {
	sync.Mutex
	// last is the GLOBCNT that was given out last, for an id or a change number.
	last    uint64
	records map[uint64]*record
	// live has the live records by their URIs without the slash at the end, which is insignificant.
	live map[string]*record
}{records: map[uint64]*record{}, live: map[string]*record{}}

type record struct {
	number uint64
	uri    string
	// deleted is the GLOBCNT of the change that made it a tombstone; 0 for a live one.
	deleted uint64
}

// Reset empties the native index.
func Reset() {
	memory.Lock()
	defer memory.Unlock()
	memory.last = 0
	clear(memory.records)
	clear(memory.live)
}

func (r *record) entry() Entry {
	return Entry{mapistore.FromGlobCnt[mapistore.ID](r.number), r.uri, r.deleted != 0}
}

func key(uri string) string { return strings.TrimSuffix(uri, "/") }

func byID(id mapistore.ID) *record { return memory.records[mapistore.GlobCnt(id)] }

func byURI(uri string) *record { return memory.live[key(uri)] }

func insert(number uint64, uri string) *record {
	made := &record{number: number, uri: uri}
	memory.records[number] = made
	memory.live[key(uri)] = made
	return made
}

// rename gives a live record another URI.
func (r *record) rename(uri string) {
	delete(memory.live, key(r.uri))
	r.uri = uri
	memory.live[key(uri)] = r
}

// buried is the tombstone of a URI that was made last.
func buried(uri string) (last *record) {
	for _, record := range memory.records {
		if record.deleted != 0 && key(record.uri) == key(uri) && (last == nil || record.deleted > last.deleted) {
			last = record
		}
	}
	return last
}

func allocate(count uint64) uint64 {
	first := memory.last + 1
	memory.last += count
	return first
}

func checkCount(what string, count, most int) error {
	if count > most {
		return mapistore.Errorf(mapistore.InvalidParameter, "%d %s, at most %d are allowed", count, what, most)
	}
	return nil
}

func checkURI(uri string) error {
	if len(uri) == 0 || len(uri) > 4096 {
		return mapistore.Errorf(mapistore.InvalidParameter, "a URI of %d bytes, 1 to 4096 are allowed", len(uri))
	}
	return nil
}

func getURIs(ids []mapistore.ID) ([]*Entry, error) {
	memory.Lock()
	defer memory.Unlock()
	entries := make([]*Entry, len(ids))
	for at, id := range ids {
		if record := byID(id); record != nil {
			entry := record.entry()
			entries[at] = &entry
		}
	}
	return entries, checkCount("ids", len(ids), 10_000)
}

func getIDs(uris []string) ([]*Entry, error) {
	memory.Lock()
	defer memory.Unlock()
	entries := make([]*Entry, len(uris))
	for at, uri := range uris {
		record := byURI(uri)
		if record == nil {
			record = buried(uri)
		}
		if record != nil {
			entry := record.entry()
			entries[at] = &entry
		}
	}
	return entries, checkCount("URIs", len(uris), 10_000)
}

func ensureIDs(uris []string) ([]mapistore.ID, error) {
	memory.Lock()
	defer memory.Unlock()
	if err := checkCount("URIs", len(uris), 10_000); err != nil {
		return nil, err
	}
	ids := make([]mapistore.ID, len(uris))
	for at, uri := range uris {
		if err := checkURI(uri); err != nil {
			return nil, err
		}
		known := byURI(uri)
		if known == nil {
			known = insert(allocate(1), uri)
		}
		ids[at] = known.entry().ID
	}
	return ids, nil
}

func find(prefix, suffix string, after mapistore.ID, limit uint32) ([]Entry, error) {
	memory.Lock()
	defer memory.Unlock()
	if limit == 0 || limit > 10_000 {
		return nil, mapistore.Errorf(mapistore.InvalidParameter, "a limit of %d, 1 to 10000 are allowed", limit)
	}
	var found []Entry
	for _, record := range sorted(func(r *record) uint64 { return r.number }) {
		fits := strings.HasPrefix(record.uri, prefix) && strings.HasSuffix(record.uri, suffix)
		if record.deleted == 0 && fits && record.number > mapistore.GlobCnt(after) && len(found) < int(limit) {
			found = append(found, record.entry())
		}
	}
	return found, nil
}

func sorted(number func(*record) uint64) []*record {
	return slices.SortedFunc(maps.Values(memory.records), func(a, b *record) int {
		return int(int64(number(a)) - int64(number(b)))
	})
}

func add(id mapistore.ID, uri string) error {
	memory.Lock()
	defer memory.Unlock()
	if number := mapistore.GlobCnt(id); number == 0 || number > memory.last {
		return mapistore.Errorf(mapistore.InvalidParameter, "id `%#x` was never allocated", uint64(id))
	}
	if byID(id) != nil || byURI(uri) != nil {
		return mapistore.Errorf(mapistore.AlreadyExists, "`%s` or id `%#x` has a record", uri, uint64(id))
	}
	if err := checkURI(uri); err != nil {
		return err
	}
	insert(mapistore.GlobCnt(id), uri)
	return nil
}

func updateURI(id mapistore.ID, uri string) error {
	memory.Lock()
	defer memory.Unlock()
	record := byID(id)
	if record == nil || record.deleted != 0 {
		return mapistore.NotFound
	}
	if other := byURI(uri); other != nil && other != record {
		return mapistore.Errorf(mapistore.AlreadyExists, "`%s` has a record", uri)
	}
	record.rename(uri)
	return nil
}

func renamePrefix(old, new string) (uint64, error) {
	memory.Lock()
	defer memory.Unlock()
	if !strings.HasSuffix(old, "/") || !strings.HasSuffix(new, "/") || new != old && strings.HasPrefix(new, old) {
		return 0, mapistore.Errorf(mapistore.InvalidParameter, "`%s` cannot become `%s`", old, new)
	}
	var below []*record
	for _, record := range memory.records {
		if record.deleted != 0 {
			continue
		}
		if new != old && (strings.HasPrefix(record.uri, new) || key(record.uri) == key(new)) {
			return 0, mapistore.Errorf(mapistore.AlreadyExists, "there are records below `%s`", new)
		}
		if new != old && strings.HasPrefix(record.uri, old) {
			below = append(below, record)
		}
	}
	for _, record := range below {
		record.rename(new + record.uri[len(old):])
	}
	return uint64(len(below)), nil
}

func remove(ids []mapistore.ID, mode mapistore.DeleteMode) error {
	memory.Lock()
	defer memory.Unlock()
	for _, id := range ids {
		found := byID(id)
		switch {
		case found == nil:
		case mode == mapistore.DeleteHard:
			delete(memory.records, found.number)
		case found.deleted == 0:
			found.deleted = allocate(1)
		}
		if found != nil && byURI(found.uri) == found {
			delete(memory.live, key(found.uri))
		}
	}
	return checkCount("ids", len(ids), 10_000)
}

func listDeleted(prefix string, since mapistore.ChangeNumber) ([]Entry, error) {
	memory.Lock()
	defer memory.Unlock()
	var entries []Entry
	for _, record := range sorted(func(r *record) uint64 { return r.deleted }) {
		if record.deleted > mapistore.GlobCnt(since) && strings.HasPrefix(record.uri, prefix) {
			entries = append(entries, record.entry())
		}
	}
	return entries, nil
}

func reserve(count uint32) (mapistore.ID, error) {
	memory.Lock()
	defer memory.Unlock()
	return mapistore.FromGlobCnt[mapistore.ID](allocate(uint64(count))), checkCount("ids", int(count), 65_536)
}

func nextChangeNumbers(count uint32) ([]mapistore.ChangeNumber, error) {
	memory.Lock()
	defer memory.Unlock()
	numbers := make([]mapistore.ChangeNumber, 0, count)
	for range count {
		numbers = append(numbers, mapistore.FromGlobCnt[mapistore.ChangeNumber](allocate(1)))
	}
	return numbers, checkCount("change numbers", int(count), 10_000)
}
