package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"mapistore"
	"mapistore/index"
)

// list is a todo.txt file and what we know of its tasks. Each call looks at the file anew, since others write it too.
type list struct {
	path    string
	archive bool
	uri     string
	store   *store
	content []byte
	text    document
	tasks   []seen
	ids     map[string]mapistore.MID
	// loaded says that the file was looked at once.
	loaded bool
	// pending is the id of a task whose line is being written.
	pending mapistore.MID
}

func openList(settings settings, uri string) (*list, error) {
	store, err := openStore()
	if err != nil {
		return nil, err
	}
	return &list{path: settings.file, archive: settings.archive, uri: uri, store: store}, nil
}

func (l *list) uriOf(key string) string { return l.uri + key }

// scan brings what is known up to date with the file. Tasks that are new get an id, tasks that changed a change number, and the ids
// of those that are gone become tombstones.
func (l *list) scan() error {
	content, err := readFile(l.path)
	if err != nil {
		return err
	}
	known, changed, err := l.store.load()
	if err != nil {
		return err
	}
	if changed {
		l.tasks, l.loaded = known, false
	}
	if l.loaded && bytes.Equal(content, l.content) {
		return nil
	}
	text := readDocument(content)
	tasks, moved, err := l.compare(text)
	if err != nil {
		return err
	}
	if err := l.settle(tasks); err != nil {
		return err
	}
	if moved {
		if err := l.keep(tasks); err != nil {
			return err
		}
	}
	l.content, l.text, l.tasks, l.loaded = content, text, tasks, true
	return nil
}

// compare is what the tasks of a text are, seen from what is known; and whether that is other than what is known.
func (l *list) compare(text document) ([]seen, bool, error) {
	old, new := make([]string, len(l.tasks)), []string{}
	keys := map[string]bool{}
	for at, task := range l.tasks {
		old[at] = task.text
		keys[task.key] = true
	}
	for _, at := range text.tasks() {
		new = append(new, text.lines[at].text)
	}
	var tasks []seen
	var fresh []int
	for at, from := range follow(old, new) {
		task := seen{text: new[at]}
		if from >= 0 {
			task = l.tasks[from]
			task.text = new[at]
		} else {
			task.key = freeKey(new[at], keys)
			keys[task.key] = true
		}
		if from < 0 || new[at] != old[from] {
			fresh = append(fresh, at)
		}
		tasks = append(tasks, task)
	}
	numbers, err := changeNumbers(len(fresh))
	for at, number := range numbers {
		tasks[fresh[at]].number = number
	}
	return tasks, len(fresh) > 0 || !slices.Equal(tasks, l.tasks), err
}

// freeKey is made of what the line says, so that an unchanged file gives the same keys again if what we keep is lost.
func freeKey(text string, taken map[string]bool) string {
	sum := sha256.Sum256([]byte(text))
	key := hex.EncodeToString(sum[:8])
	for count := 2; taken[key]; count++ {
		key = fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:8]), count)
	}
	return key
}

// settle makes the index agree: an id for each task, and none for what is no task any more.
func (l *list) settle(tasks []seen) error {
	uris := make([]string, len(tasks))
	for at, task := range tasks {
		uris[at] = l.uriOf(task.key)
	}
	ids := map[string]mapistore.MID{}
	live := map[mapistore.MID]bool{}
	for batch := range slices.Chunk(uris, 10_000) {
		found, err := index.EnsureIDs(batch)
		if err != nil {
			return err
		}
		for at, id := range found {
			ids[batch[at][len(l.uri):]] = id
			live[id] = true
		}
	}
	gone, err := l.records(func(id mapistore.MID, uri string) bool { return !live[id] && id != l.pending && len(uri) > len(l.uri) })
	if err != nil {
		return err
	}
	for batch := range slices.Chunk(gone, 10_000) {
		if err := index.Remove(batch, mapistore.DeleteSoft); err != nil {
			return err
		}
	}
	l.ids = ids
	return nil
}

func (l *list) records(want func(mapistore.MID, string) bool) ([]mapistore.MID, error) {
	var wanted []mapistore.MID
	var after mapistore.ID
	for {
		page, err := index.Find(l.uri, "", after, 10_000)
		if err != nil || len(page) == 0 {
			return wanted, err
		}
		for _, entry := range page {
			if want(entry.ID, entry.URI) {
				wanted = append(wanted, entry.ID)
			}
			after = entry.ID
		}
	}
}

func (l *list) keep(tasks []seen) error {
	numbers, err := changeNumbers(1)
	if err != nil {
		return err
	}
	return l.store.save(tasks, numbers[0])
}

func changeNumbers(count int) ([]mapistore.ChangeNumber, error) {
	var numbers []mapistore.ChangeNumber
	for len(numbers) < count {
		more, err := index.NextChangeNumbers(uint32(min(count-len(numbers), 10_000)))
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, more...)
	}
	return numbers, nil
}

// find is the position of a task; -1 for an id that is none.
func (l *list) find(id mapistore.MID) int {
	return slices.IndexFunc(l.tasks, func(task seen) bool { return l.ids[task.key] == id })
}

// write changes the file: edit gets the lines as they are now, and answers the tasks that the new lines are. Where somebody else
// writes at the same time, their change is looked at first, and edit is asked again.
func (l *list) write(edit func(text *document) ([]seen, error)) error {
	for attempt := 0; ; attempt++ {
		if err := l.scan(); err != nil {
			return err
		}
		text := document{l.text.mark, slices.Clone(l.text.lines)}
		tasks, err := edit(&text)
		if err != nil {
			return err
		}
		content := text.bytes()
		if !bytes.Equal(content, l.content) {
			err = replaceFile(l.path, l.content, content)
		}
		if errors.Is(err, errChanged) && attempt < 5 {
			continue
		}
		if err != nil {
			return err
		}
		l.content, l.text, l.tasks = content, text, tasks
		return l.keep(tasks)
	}
}

// remove deletes tasks: of those whose ids are given, the ones that are there.
func (l *list) remove(ids []mapistore.MID, mode mapistore.DeleteMode) error {
	err := l.write(func(text *document) ([]seen, error) {
		at := text.tasks()
		var tasks []seen
		gone := map[int]bool{}
		for position, task := range l.tasks {
			if slices.Contains(ids, l.ids[task.key]) {
				gone[at[position]] = true
				continue
			}
			tasks = append(tasks, task)
		}
		var lines []line
		for position, line := range text.lines {
			if !gone[position] {
				lines = append(lines, line)
			}
		}
		text.lines = lines
		return tasks, nil
	})
	if err != nil {
		return err
	}
	return index.Remove(ids, mode)
}

// archiveDone moves done tasks to done.txt: there first, so that none is lost if we are interrupted.
func (l *list) archiveDone() error {
	if !l.archive {
		return nil
	}
	if err := l.scan(); err != nil {
		return err
	}
	var done []mapistore.MID
	path := filepath.Join(filepath.Dir(l.path), "done.txt")
	content, err := readFile(path)
	if err != nil {
		return err
	}
	text := readDocument(content)
	for _, task := range l.tasks {
		if parse(task.text).done {
			done = append(done, l.ids[task.key])
			text.append(task.text)
		}
	}
	if len(done) == 0 {
		return nil
	}
	if err := replaceFile(path, content, text.bytes()); err != nil {
		return err
	}
	return l.remove(done, mapistore.DeleteSoft)
}

// today is the day on the clock, which in the sandbox is that of UTC.
func today() time.Time { return time.Now().UTC().Truncate(24 * time.Hour) }
