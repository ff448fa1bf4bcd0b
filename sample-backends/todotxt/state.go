package main

import (
	"fmt"
	"strconv"
	"strings"

	"mapistore"
	"mapistore/keyvalue"
)

// seen is a task as it was when we last looked.
type seen struct {
	// key is the last part of the task's URI, and stays for ever.
	key    string
	number mapistore.ChangeNumber
	unread bool
	text   string
}

// What was seen is kept in the host's key-value store, so that the owner's directory stays as it is. It is one text, a line for each
// task, in pieces that the store takes; the key "state" says how many, and changes with each write.
type store struct {
	bucket *keyvalue.Bucket
	stamp  string
}

const pieceBytes = 512 << 10

func openStore() (*store, error) {
	bucket, err := keyvalue.Open("todotxt")
	return &store{bucket: bucket}, err
}

// load answers false where nothing has changed since it was last loaded or saved.
func (s *store) load() ([]seen, bool, error) {
	stamp, err := s.bucket.Get("state")
	if err != nil || stamp != nil && string(stamp) == s.stamp {
		return nil, false, err
	}
	var pieces int
	if _, err := fmt.Sscanf(string(stamp), "%d", &pieces); err != nil {
		return nil, stamp != nil, nil
	}
	keys := make([]string, pieces)
	for at := range keys {
		keys[at] = pieceKey(at)
	}
	values, err := s.bucket.GetMany(keys)
	if err != nil {
		return nil, false, err
	}
	var text strings.Builder
	for _, value := range values {
		text.Write(value)
	}
	s.stamp = string(stamp)
	return decode(text.String()), true, nil
}

func (s *store) save(tasks []seen, number mapistore.ChangeNumber) error {
	text := encode(tasks)
	var pairs []keyvalue.Pair
	for len(text) > 0 {
		piece := text[:min(len(text), pieceBytes)]
		pairs = append(pairs, keyvalue.Pair{Key: pieceKey(len(pairs)), Value: []byte(piece)})
		text = text[len(piece):]
	}
	stamp := fmt.Sprintf("%d %016x", len(pairs), uint64(number))
	if err := s.bucket.SetMany(append(pairs, keyvalue.Pair{Key: "state", Value: []byte(stamp)})); err != nil {
		return err
	}
	s.stamp = stamp
	return nil
}

func pieceKey(at int) string { return "state/" + strconv.Itoa(at) }

func encode(tasks []seen) string {
	var out strings.Builder
	for _, task := range tasks {
		flag := "r"
		if task.unread {
			flag = "u"
		}
		fmt.Fprintf(&out, "%s\t%016x\t%s\t%s\n", task.key, uint64(task.number), flag, task.text)
	}
	return out.String()
}

// decode leaves out what it cannot read: such a task counts as new.
func decode(text string) []seen {
	var tasks []seen
	for line := range strings.SplitSeq(text, "\n") {
		fields := strings.SplitN(line, "\t", 4)
		if len(fields) != 4 {
			continue
		}
		number, err := strconv.ParseUint(fields[1], 16, 64)
		if err == nil {
			tasks = append(tasks, seen{fields[0], mapistore.ChangeNumber(number), fields[2] == "u", fields[3]})
		}
	}
	return tasks
}
