package main

import (
	"mapistore"
)

// message is an open task: the line as it was opened, and what was set since.
type message struct {
	mapistore.UnimplementedMessage
	in       *folder
	id       mapistore.MID
	writable bool
	// seen is the task as it was opened; without a key it is new.
	seen    seen
	task    task
	changes []mapistore.Property
}

func (m *message) Properties() (mapistore.Properties, error) {
	return m.in.row(m.seen, m.id, m.task), nil
}

func (m *message) checkWritable() error {
	if !m.writable {
		return mapistore.Errorf(mapistore.Denied, "the task was opened to be read")
	}
	return nil
}

func (m *message) SetProperties(values []mapistore.Property) ([]mapistore.PropertyProblem, error) {
	return m.change(values)
}

func (m *message) RemoveProperties(tags []mapistore.PropertyTag) ([]mapistore.PropertyProblem, error) {
	changes := make([]mapistore.Property, len(tags))
	for at, tag := range tags {
		changes[at].Tag = tag
	}
	return m.change(changes)
}

func (m *message) change(changes []mapistore.Property) ([]mapistore.PropertyProblem, error) {
	if err := m.checkWritable(); err != nil {
		return nil, err
	}
	var problems []mapistore.PropertyProblem
	for _, change := range changes {
		changed := m.task
		err := m.in.names.set(&changed, change.Tag, change.Value)
		if _, ok := changed.format(today()); err == nil && !ok && changed.description != "" {
			err = mapistore.InvalidParameter
		}
		if err != nil {
			problems = append(problems, mapistore.PropertyProblem{Tag: change.Tag, Code: mapistore.AsError(err).Code})
			continue
		}
		m.task = changed
		m.changes = append(m.changes, change)
	}
	return problems, nil
}

func (m *message) SetReadFlag(read bool) error {
	if err := m.checkWritable(); err != nil {
		return err
	}
	if m.seen.key == "" {
		m.seen.unread = !read
		return nil
	}
	before := m.seen.number
	if err := m.in.list.mark([]mapistore.MID{m.id}, read); err != nil {
		return err
	}
	at := m.in.list.find(m.id)
	if at < 0 {
		return mapistore.Errorf(mapistore.ObjectDeleted, "the task was deleted since it was opened")
	}
	// Another's change of the line is still one at the next save.
	if now := m.in.list.tasks[at]; now.text == m.seen.text {
		m.seen = now
	} else {
		m.seen.unread, m.seen.number = !read, before
	}
	return nil
}

// SetRecipients: a task of a todo.txt file is nobody else's.
func (m *message) SetRecipients(recipients mapistore.RecipientTable) error {
	if err := m.checkWritable(); err != nil {
		return err
	}
	if len(recipients.Rows) > 0 {
		return mapistore.Errorf(mapistore.NotImplemented, "a line has no place for recipients")
	}
	return nil
}

func (m *message) Save(force bool) (mapistore.ChangeNumber, error) {
	if err := m.checkWritable(); err != nil {
		return 0, err
	}
	var err error
	if m.seen.key == "" {
		err = m.saveNew()
	} else {
		err = m.saveChanged(force)
	}
	if err != nil {
		return 0, err
	}
	m.seen = m.in.list.tasks[m.in.list.find(m.id)]
	m.task, m.changes = parse(m.seen.text), nil
	return m.seen.number, nil
}

func (m *message) saveNew() error {
	line, ok := m.task.format(today())
	if !ok {
		return mapistore.Errorf(mapistore.InvalidParameter, "`%s` is no line of a todo.txt file", line)
	}
	return m.in.list.add(m.id, line, m.seen.unread)
}

// saveChanged makes the changes on the line as it is now, which may be other than it was opened.
func (m *message) saveChanged(force bool) error {
	return m.in.list.update(m.id, func(current seen) (string, error) {
		if current.number != m.seen.number && !force {
			return "", mapistore.Errorf(mapistore.ObjectModified, "the task was changed since it was opened")
		}
		task := parse(current.text)
		for _, change := range m.changes {
			if err := m.in.names.set(&task, change.Tag, change.Value); err != nil {
				return "", err
			}
		}
		if task == parse(current.text) {
			return current.text, nil
		}
		line, ok := task.format(today())
		if !ok {
			return "", mapistore.Errorf(mapistore.InvalidParameter, "`%s` is no line of a todo.txt file", line)
		}
		return line, nil
	})
}
