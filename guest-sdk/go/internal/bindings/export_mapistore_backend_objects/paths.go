//go:build wasip1

package export_mapistore_backend_objects

import (
	"errors"
	"strings"

	"mapistore"
	"mapistore/index"
)

// getPaths answers from the index where a context leaves it out: there the URI of every object stands that has an id.
func getPaths(context mapistore.Context, ids []mapistore.ID) ([]mapistore.PathResult, error) {
	paths, err := context.GetPaths(ids)
	if !errors.Is(err, mapistore.NotImplemented) {
		return paths, err
	}
	entries, err := index.GetURIs(ids)
	if err != nil {
		return nil, err
	}
	paths = make([]mapistore.PathResult, len(entries))
	for at, entry := range entries {
		notFound := mapistore.NotFound
		paths[at].Err = &notFound
		if entry != nil && !entry.SoftDeleted {
			_, path, _ := strings.Cut(entry.URI, "://")
			paths[at] = mapistore.PathResult{Path: path}
		}
	}
	return paths, nil
}
