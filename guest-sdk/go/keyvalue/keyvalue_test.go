package keyvalue

import (
	"errors"
	"fmt"
	"testing"

	"mapistore"
)

func TestAnEmptyValueIsThereAndAMissingOneIsNot(t *testing.T) {
	Reset()
	bucket, err := Open("b")
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.Set("empty", nil); err != nil {
		t.Error(err)
	}
	values, err := bucket.GetMany([]string{"empty", "missing"})
	if err != nil || values[0] == nil || values[1] != nil {
		t.Error(values, err)
	}
	if sum, err := bucket.Increment("n", -3); err != nil || sum != -3 {
		t.Error(sum, err)
	}
	if _, err := bucket.Increment("empty", 1); !errors.Is(err, mapistore.InvalidData) {
		t.Error(err)
	}
	if err := bucket.Set("", nil); !errors.Is(err, mapistore.InvalidParameter) {
		t.Error(err)
	}
}

func TestKeysComeInPages(t *testing.T) {
	Reset()
	bucket, _ := Open("b")
	for at := range 1001 {
		_ = bucket.Set(fmt.Sprintf("%04d", at), []byte("v"))
	}
	keys, next, _ := bucket.Keys("")
	rest, end, _ := bucket.Keys(next)
	if len(keys) != 1000 || len(rest) != 1 || rest[0] != "1000" || end != "" {
		t.Error(len(keys), next, rest, end)
	}
}
