// Package keyvalue is what a backend keeps for its owner with the host, apart from every other owner's and backend's
// (wasi:keyvalue).
//
// A key has 1 to 480 bytes, a value at most 1 MiB; what a call wrote is durable when it answers. Errors are QuotaExceeded when the
// owner has no room left, Storage for the host's disk, and Denied during Describe and Init.
package keyvalue

// Bucket is a bucket. Any name of 1 to 255 bytes is one; it is there when it is first written to.
type Bucket struct{ bucket }

// Pair is a key with its value.
type Pair struct {
	Key   string
	Value []byte
}

// Open opens a bucket. Close it, or leave it open for as long as the context lasts.
func Open(name string) (*Bucket, error) {
	opened, err := open(name)
	if err != nil {
		return nil, err
	}
	return &Bucket{opened}, nil
}

// Close lets go of the bucket; what is in it stays.
func (b *Bucket) Close() { b.close() }

// Get is the value of a key; nil if there is no such key.
func (b *Bucket) Get(key string) ([]byte, error) { return b.get(key) }

// Set writes a value, over the one that was there.
func (b *Bucket) Set(key string, value []byte) error { return b.set(key, value) }

// Delete removes a key; one that is not there is no error.
func (b *Bucket) Delete(key string) error { return b.delete(key) }

// Exists says whether there is such a key.
func (b *Bucket) Exists(key string) (bool, error) { return b.exists(key) }

// Keys are up to 1,000 keys after after ("": from the beginning), in the order of their bytes; next is what to go on with, "" at
// the end.
func (b *Bucket) Keys(after string) (keys []string, next string, err error) { return b.keys(after) }

// GetMany is the value of each key, in their order; nil where there is no such key.
func (b *Bucket) GetMany(keys []string) ([][]byte, error) { return b.getMany(keys) }

// SetMany writes all of them, or none. At most 10,000, and 32 MiB.
func (b *Bucket) SetMany(pairs []Pair) error { return b.setMany(pairs) }

// DeleteMany removes all of them, or none. At most 10,000.
func (b *Bucket) DeleteMany(keys []string) error { return b.deleteMany(keys) }

// Increment adds to a number, and answers the sum; a key that is not there counts as 0.
func (b *Bucket) Increment(key string, delta int64) (int64, error) { return b.increment(key, delta) }
