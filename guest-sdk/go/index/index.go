// Package index is the mailbox owner's map between FID/MID and URI, and the source of ids and change numbers (wit/index.wit).
// The host keeps it. A backend sees only the URIs of its own namespace.
//
// Each call is one transaction, durable when it answers. A call takes at most 10,000 ids or URIs, so prefer one call with a list
// to a loop. A container's URI ends in a slash, a leaf's does not.
package index

import "mapistore"

// Entry is a record. SoftDeleted: it is a tombstone, and URI is what it had when it was deleted.
type Entry struct {
	ID          mapistore.ID
	URI         string
	SoftDeleted bool
}

// GetURIs is the record of each id, live or tombstone; nil where the id is unknown.
func GetURIs(ids []mapistore.ID) ([]*Entry, error) { return getURIs(ids) }

// GetIDs is the record of each URI, the live one or the tombstone made last; nil where there is none.
func GetIDs(uris []string) ([]*Entry, error) { return getIDs(uris) }

// EnsureIDs is the live id of each URI; where there is none, a fresh one is registered. This is what a listing needs.
func EnsureIDs(uris []string) ([]mapistore.ID, error) { return ensureIDs(uris) }

// Find are live records by literal prefix and suffix, in the order of their allocation, after the id after (0: from the
// beginning). limit is 1 to 10,000.
func Find(prefix, suffix string, after mapistore.ID, limit uint32) ([]Entry, error) {
	return find(prefix, suffix, after, limit)
}

// Add registers a URI under an id that the host allocated.
func Add(id mapistore.ID, uri string) error { return add(id, uri) }

// Update gives a live record another URI.
func Update(id mapistore.ID, uri string) error { return updateURI(id, uri) }

// RenamePrefix renames a container with all that is live below it; answers the number of records that changed.
func RenamePrefix(old, new string) (uint64, error) { return renamePrefix(old, new) }

// Remove makes live records tombstones, or records go for good.
func Remove(ids []mapistore.ID, mode mapistore.DeleteMode) error { return remove(ids, mode) }

// ListDeleted are tombstones below a prefix that were made after since (0: all of them), in the order in which they were made.
func ListDeleted(prefix string, since mapistore.ChangeNumber) ([]Entry, error) {
	return listDeleted(prefix, since)
}

// Reserve allocates count ids, 1 to 65,536, without registering anything. Their GLOBCNTs follow that of the first.
func Reserve(count uint32) (first mapistore.ID, err error) { return reserve(count) }

// NextChangeNumbers are fresh change numbers, each greater than all before. count is 1 to 10,000.
func NextChangeNumbers(count uint32) ([]mapistore.ChangeNumber, error) {
	return nextChangeNumbers(count)
}
