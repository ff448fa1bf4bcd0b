package main

import (
	"slices"
	"strings"
	"time"
)

// A line of a todo.txt file is "x DONE CREATED DESCRIPTION" or "(P) CREATED DESCRIPTION", where all but the description may be
// missing. In the description +project, @context and key:value are words like others.

const dayForm = "2006-01-02"

// The keys that have properties of their own: they are no part of the subject.
const (
	dueKey      = "due:"
	startKey    = "t:"
	priorityKey = "pri:"
)

var hiddenKeys = []string{dueKey, startKey, priorityKey}

// task is a line, read. Days are zero where there is none.
type task struct {
	done        bool
	priority    byte // 'A' to 'Z'; 0 for none.
	completed   time.Time
	created     time.Time
	description string
}

func parse(line string) task {
	var t task
	rest := line
	if after, ok := strings.CutPrefix(rest, "x "); ok {
		t.done, rest = true, after
		t.completed, rest = cutDay(rest)
		if !t.completed.IsZero() {
			t.created, rest = cutDay(rest)
		}
	} else {
		if len(rest) >= 4 && rest[0] == '(' && rest[1] >= 'A' && rest[1] <= 'Z' && rest[2:4] == ") " {
			t.priority, rest = rest[1], rest[4:]
		}
		t.created, rest = cutDay(rest)
	}
	t.description = rest
	return t
}

func cutDay(text string) (time.Time, string) {
	word, rest, _ := strings.Cut(text, " ")
	day, err := time.Parse(dayForm, word)
	if err != nil {
		return time.Time{}, text
	}
	return day, rest
}

// format writes the line. Where the description would be read as something else, such as "x marks the spot", today stands before it.
func (t task) format(today time.Time) (line string, ok bool) {
	if line = t.write(); parse(line) != t || strings.TrimSpace(line) == "" {
		if t.created.IsZero() {
			t.created = today
		}
		if t.done && t.completed.IsZero() {
			t.completed = today
		}
	}
	line = t.write()
	return line, parse(line) == t && strings.TrimSpace(line) != ""
}

func (t task) write() string {
	var out strings.Builder
	if t.done {
		out.WriteString("x ")
		writeDay(&out, t.completed)
	} else if t.priority != 0 {
		out.WriteString("(" + string(rune(t.priority)) + ") ")
	}
	writeDay(&out, t.created)
	out.WriteString(t.description)
	return out.String()
}

func writeDay(out *strings.Builder, day time.Time) {
	if !day.IsZero() {
		out.WriteString(day.Format(dayForm) + " ")
	}
}

// value is that of the first word with this key.
func (t task) value(key string) string {
	for word := range strings.FieldsSeq(t.description) {
		if value, ok := strings.CutPrefix(word, key); ok && value != "" {
			return value
		}
	}
	return ""
}

func (t task) day(key string) time.Time {
	day, _ := time.Parse(dayForm, t.value(key))
	return day
}

// setValue puts a word with this key in the place of the one that is there, or at the end; an empty value takes it away.
func (t *task) setValue(key, value string) {
	if t.value(key) == value {
		return
	}
	put := value != ""
	t.editWords(func(word string) (string, bool) {
		if !strings.HasPrefix(word, key) || len(word) == len(key) {
			return word, true
		}
		keep := put
		put = false
		return key + value, keep
	})
	if put {
		t.append(key + value)
	}
}

// editWords changes words or takes them away, each with the space before it. The spaces between others stay as they are.
func (t *task) editWords(edit func(word string) (string, bool)) {
	var out strings.Builder
	for piece := range strings.SplitSeq(t.description, " ") {
		word, keep := piece, true
		if piece != "" {
			word, keep = edit(piece)
		}
		if !keep {
			continue
		}
		if out.Len() > 0 || piece == "" {
			out.WriteByte(' ')
		}
		out.WriteString(word)
	}
	if !strings.HasPrefix(t.description, " ") {
		t.description = strings.TrimPrefix(out.String(), " ")
		return
	}
	t.description = out.String()
}

func (t *task) append(word string) {
	if t.description != "" && !strings.HasSuffix(t.description, " ") {
		t.description += " "
	}
	t.description += word
}

func hidden(word string) bool {
	return slices.ContainsFunc(hiddenKeys, func(key string) bool {
		return strings.HasPrefix(word, key) && len(word) > len(key)
	})
}

// subject is the description without what has properties of its own.
func (t task) subject() string {
	t.editWords(func(word string) (string, bool) { return word, !hidden(word) })
	return t.description
}

// setSubject replaces what the subject is; the hidden words follow it.
func (t *task) setSubject(subject string) {
	if subject == t.subject() {
		return
	}
	old := t.description
	t.description = subject
	for word := range strings.FieldsSeq(old) {
		if hidden(word) {
			t.append(word)
		}
	}
}

// categories are the projects, without their +, and the contexts with their @.
func (t task) categories() []string {
	var categories []string
	for word := range strings.FieldsSeq(t.description) {
		if category, ok := categoryOf(word); ok && !slices.Contains(categories, category) {
			categories = append(categories, category)
		}
	}
	return categories
}

func categoryOf(word string) (string, bool) {
	if len(word) < 2 || word[0] != '+' && word[0] != '@' {
		return "", false
	}
	return strings.TrimPrefix(word, "+"), true
}

// setCategories takes the words of those that are gone away, and appends what is new. A category with a space in it has no word.
func (t *task) setCategories(categories []string) bool {
	for _, category := range categories {
		if category == "" || category == "@" || strings.HasPrefix(category, "+") || strings.ContainsAny(category, " \t\r\n") {
			return false
		}
	}
	missing := slices.Clone(categories)
	t.editWords(func(word string) (string, bool) {
		category, ok := categoryOf(word)
		missing = slices.DeleteFunc(missing, func(other string) bool { return ok && other == category })
		return word, !ok || slices.Contains(categories, category)
	})
	for _, category := range missing {
		if !strings.HasPrefix(category, "@") {
			category = "+" + category
		}
		t.append(category)
	}
	return true
}

// setDone completes or reopens. The priority of a done task is a word of its own, pri:A, as todo.txt programs write it.
func (t *task) setDone(done bool, today time.Time) {
	if done == t.done {
		return
	}
	t.done = done
	if done {
		t.completed = today
		if t.priority != 0 {
			t.setValue(priorityKey, string(rune(t.priority)))
			t.priority = 0
		}
		// With one day only, that is when it was completed.
		return
	}
	t.completed = time.Time{}
	t.priority = t.rank()
	t.setValue(priorityKey, "")
}

// rank is the priority, also of a done task.
func (t task) rank() byte {
	if value := t.value(priorityKey); t.priority == 0 && len(value) == 1 && value[0] >= 'A' && value[0] <= 'Z' {
		return value[0]
	}
	return t.priority
}

func (t *task) setRank(rank byte) {
	switch {
	case !t.done:
		t.priority = rank
	case rank == 0:
		t.setValue(priorityKey, "")
	default:
		t.setValue(priorityKey, string(rune(rank)))
	}
}

// PidTagImportance.
const (
	low = iota
	normal
	high
)

// importance: A is high, C and after low, B and none normal.
func (t task) importance() int32 {
	switch rank := t.rank(); {
	case rank == 'A':
		return high
	case rank >= 'C':
		return low
	}
	return normal
}

func (t *task) setImportance(importance int32) bool {
	if importance < low || importance > high {
		return false
	}
	if importance != t.importance() {
		t.setRank([]byte{'C', 0, 'A'}[importance])
	}
	return true
}
