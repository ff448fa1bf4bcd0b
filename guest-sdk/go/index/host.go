//go:build wasip1

package index

import (
	"mapistore"
	host "mapistore/internal/bindings/mapistore_backend_index"
	"mapistore/internal/convert"
	"mapistore/internal/wit/runtime"
	wit "mapistore/internal/wit/types"
)

func entry(entry host.Entry) Entry {
	return Entry{mapistore.ID(entry.Id), entry.Uri, entry.SoftDeleted}
}

func optional(option wit.Option[host.Entry]) *Entry {
	if !option.IsSome() {
		return nil
	}
	entry := entry(option.Some())
	return &entry
}

func getURIs(ids []mapistore.ID) ([]*Entry, error) {
	defer wit_runtime.Calling()()
	entries, err := convert.Values(host.GetUris(convert.Numbers[uint64](ids)))
	return convert.List(entries, optional), err
}

func getIDs(uris []string) ([]*Entry, error) {
	defer wit_runtime.Calling()()
	entries, err := convert.Values(host.GetIds(uris))
	return convert.List(entries, optional), err
}

func ensureIDs(uris []string) ([]mapistore.ID, error) {
	defer wit_runtime.Calling()()
	ids, err := convert.Values(host.EnsureIds(uris))
	return convert.Numbers[mapistore.ID](ids), err
}

func find(prefix, suffix string, after mapistore.ID, limit uint32) ([]Entry, error) {
	defer wit_runtime.Calling()()
	from := wit.None[uint64]()
	if after != 0 {
		from = wit.Some(uint64(after))
	}
	entries, err := convert.Values(host.Find(prefix, suffix, from, limit))
	return convert.List(entries, entry), err
}

func add(id mapistore.ID, uri string) error {
	defer wit_runtime.Calling()()
	return convert.Problem(host.Add(uint64(id), uri))
}

func updateURI(id mapistore.ID, uri string) error {
	defer wit_runtime.Calling()()
	return convert.Problem(host.Update(uint64(id), uri))
}

func renamePrefix(old, new string) (uint64, error) {
	defer wit_runtime.Calling()()
	return convert.Values(host.RenamePrefix(old, new))
}

func remove(ids []mapistore.ID, mode mapistore.DeleteMode) error {
	defer wit_runtime.Calling()()
	return convert.Problem(host.Remove(convert.Numbers[uint64](ids), uint8(mode)))
}

func listDeleted(prefix string, since mapistore.ChangeNumber) ([]Entry, error) {
	defer wit_runtime.Calling()()
	entries, err := convert.Values(host.ListDeleted(prefix, uint64(since)))
	return convert.List(entries, entry), err
}

func reserve(count uint32) (mapistore.ID, error) {
	defer wit_runtime.Calling()()
	ids, err := convert.Values(host.Reserve(count))
	return mapistore.ID(ids.First), err
}

func nextChangeNumbers(count uint32) ([]mapistore.ChangeNumber, error) {
	defer wit_runtime.Calling()()
	numbers, err := convert.Values(host.NextChangeNumbers(count))
	return convert.Numbers[mapistore.ChangeNumber](numbers), err
}
