package index

import (
	"errors"
	"testing"

	"mapistore"
)

func TestARecordIsRegisteredRenamedBuriedAndFound(t *testing.T) {
	Reset()
	ids, err := EnsureIDs([]string{"a://x/", "a://x/1", "a://x/1"})
	if err != nil || ids[1] != ids[2] || ids[0] == ids[1] {
		t.Fatal(ids, err)
	}
	if count, err := RenamePrefix("a://x/", "a://y/"); err != nil || count != 2 {
		t.Error(count, err)
	}
	if err := Remove(ids[1:2], mapistore.DeleteSoft); err != nil {
		t.Error(err)
	}
	entries, err := GetIDs([]string{"a://y/1", "a://y", "a://x/1"})
	if err != nil || !entries[0].SoftDeleted || entries[1].ID != ids[0] || entries[2] != nil {
		t.Error(entries, err)
	}
	found, _ := Find("a://y/", "", 0, 10)
	gone, _ := ListDeleted("a://", 0)
	if len(found) != 1 || len(gone) != 1 || gone[0].ID != ids[1] {
		t.Error(found, gone)
	}
	if err := Add(ids[1], "a://y/2"); !errors.Is(err, mapistore.AlreadyExists) {
		t.Error(err)
	}
	fresh, _ := Reserve(2)
	if err := Add(fresh, "a://y/1"); err != nil {
		t.Error("a tombstone does not stand in the way:", err)
	}
	if err := Add(mapistore.FromGlobCnt[mapistore.ID](999), "a://z"); !errors.Is(err, mapistore.InvalidParameter) {
		t.Error(err)
	}
	numbers, _ := NextChangeNumbers(2)
	if mapistore.GlobCnt(numbers[0]) >= mapistore.GlobCnt(numbers[1]) {
		t.Error(numbers)
	}
}
