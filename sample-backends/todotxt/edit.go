package main

import (
	"slices"

	"mapistore"
	"mapistore/index"
)

// What is done with single tasks of a list. Each is one change of the file.

// add appends a line under an id that the host allocated.
func (l *list) add(id mapistore.MID, text string, unread bool) error {
	l.pending = id
	defer func() { l.pending = 0 }()
	var key string
	err := l.write(func(document *document) ([]seen, error) {
		numbers, err := changeNumbers(1)
		if err != nil {
			return nil, err
		}
		if key == "" {
			taken := map[string]bool{}
			for _, task := range l.tasks {
				taken[task.key] = true
			}
			key = freeKey(text, taken)
			// The index first: another context that sees the line must find its id.
			if err := index.Add(id, l.uriOf(key)); err != nil {
				return nil, err
			}
			l.ids[key] = id
		}
		document.append(text)
		return append(slices.Clone(l.tasks), seen{key, numbers[0], unread, text}), nil
	})
	if err != nil && key != "" {
		delete(l.ids, key)
		_ = index.Remove([]mapistore.ID{id}, mapistore.DeleteHard)
	}
	return err
}

// update changes a line to what edit answers, and nothing else of the file.
func (l *list) update(id mapistore.MID, edit func(current seen) (string, error)) error {
	return l.write(func(document *document) ([]seen, error) {
		at := l.find(id)
		if at < 0 {
			return nil, mapistore.Errorf(mapistore.ObjectDeleted, "the task was deleted since it was opened")
		}
		text, err := edit(l.tasks[at])
		if err != nil {
			return nil, err
		}
		numbers, err := changeNumbers(1)
		if err != nil {
			return nil, err
		}
		tasks := slices.Clone(l.tasks)
		tasks[at].text, tasks[at].number = text, numbers[0]
		document.lines[document.tasks()[at]].text = text
		return tasks, nil
	})
}

// mark marks tasks as read or unread, for which a line has no place.
func (l *list) mark(ids []mapistore.MID, read bool) error {
	if err := l.scan(); err != nil {
		return err
	}
	tasks := slices.Clone(l.tasks)
	for _, id := range ids {
		at := l.find(id)
		if at < 0 || tasks[at].unread == !read {
			continue
		}
		numbers, err := changeNumbers(1)
		if err != nil {
			return err
		}
		tasks[at].unread, tasks[at].number = !read, numbers[0]
	}
	if slices.Equal(tasks, l.tasks) {
		return nil
	}
	if err := l.keep(tasks); err != nil {
		return err
	}
	l.tasks = tasks
	return nil
}

// renumber gives a task another id.
func (l *list) renumber(from, to mapistore.MID) error {
	at := l.find(from)
	numbers, err := changeNumbers(1)
	if err != nil {
		return err
	}
	tasks := slices.Clone(l.tasks)
	tasks[at].number = numbers[0]
	if err := index.Remove([]mapistore.ID{from}, mapistore.DeleteSoft); err != nil {
		return err
	}
	if err := index.Add(to, l.uriOf(tasks[at].key)); err != nil {
		return err
	}
	l.ids[tasks[at].key] = to
	if err := l.keep(tasks); err != nil {
		return err
	}
	l.tasks = tasks
	return nil
}
