//go:build wasip1

package keyvalue

import (
	"strings"

	"mapistore"
	"mapistore/internal/bindings/wasi_keyvalue_atomics"
	"mapistore/internal/bindings/wasi_keyvalue_batch"
	store "mapistore/internal/bindings/wasi_keyvalue_store"
	"mapistore/internal/convert"
	"mapistore/internal/wit/runtime"
	wit "mapistore/internal/wit/types"
)

type bucket struct{ handle *store.Bucket }

// values are a result of the store's, whose errors are of its own kind.
func values[T any](result wit.Result[T, store.Error]) (T, error) {
	if !result.IsErr() {
		return result.Ok(), nil
	}
	var none T
	switch err := result.Err(); err.Tag() {
	case store.ErrorNoSuchStore:
		return none, mapistore.Errorf(mapistore.Storage, "there is no such bucket")
	case store.ErrorAccessDenied:
		return none, mapistore.Errorf(mapistore.Denied, "there is no owner during Describe and Init")
	default:
		return none, other(err.Other())
	}
}

// other is an error whose text begins with the name of a code.
func other(text string) error {
	name, _, _ := strings.Cut(text, ":")
	for _, code := range []mapistore.ErrorCode{
		mapistore.QuotaExceeded, mapistore.TooBig, mapistore.InvalidParameter, mapistore.InvalidData,
	} {
		if code.Error() == name {
			return &mapistore.Error{Code: code, Detail: text}
		}
	}
	return &mapistore.Error{Code: mapistore.Storage, Detail: text}
}

// present is a value that is there, so not nil even where it is empty.
func present(value wit.Option[[]byte]) []byte {
	if value.IsSome() && value.Some() == nil {
		return []byte{}
	}
	return value.Some()
}

func done(result wit.Result[wit.Unit, store.Error]) error {
	_, err := values(result)
	return err
}

func open(name string) (bucket, error) {
	defer wit_runtime.Calling()()
	opened, err := values(store.Open(name))
	return bucket{opened}, err
}

func (b bucket) close() { b.handle.Drop() }

func (b bucket) get(key string) ([]byte, error) {
	defer wit_runtime.Calling()()
	value, err := values(b.handle.Get(key))
	return present(value), err
}

func (b bucket) set(key string, value []byte) error {
	defer wit_runtime.Calling()()
	return done(b.handle.Set(key, value))
}

func (b bucket) delete(key string) error {
	defer wit_runtime.Calling()()
	return done(b.handle.Delete(key))
}

func (b bucket) exists(key string) (bool, error) {
	defer wit_runtime.Calling()()
	return values(b.handle.Exists(key))
}

func (b bucket) keys(after string) ([]string, string, error) {
	defer wit_runtime.Calling()()
	cursor := wit.None[string]()
	if after != "" {
		cursor = wit.Some(after)
	}
	page, err := values(b.handle.ListKeys(cursor))
	return page.Keys, page.Cursor.Some(), err
}

func (b bucket) getMany(keys []string) ([][]byte, error) {
	defer wit_runtime.Calling()()
	pairs, err := values(wasi_keyvalue_batch.GetMany(b.handle, keys))
	return convert.List(pairs, func(pair wit.Tuple2[string, wit.Option[[]byte]]) []byte { return present(pair.F1) }), err
}

func (b bucket) setMany(pairs []Pair) error {
	defer wit_runtime.Calling()()
	pair := func(pair Pair) wit.Tuple2[string, []byte] {
		return wit.Tuple2[string, []byte]{F0: pair.Key, F1: pair.Value}
	}
	return done(wasi_keyvalue_batch.SetMany(b.handle, convert.List(pairs, pair)))
}

func (b bucket) deleteMany(keys []string) error {
	defer wit_runtime.Calling()()
	return done(wasi_keyvalue_batch.DeleteMany(b.handle, keys))
}

func (b bucket) increment(key string, delta int64) (int64, error) {
	defer wit_runtime.Calling()()
	return values(wasi_keyvalue_atomics.Increment(b.handle, key, delta))
}
