package main

import (
	"slices"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)

func TestALineReadsAndWritesAsItIs(t *testing.T) {
	for _, line := range []string{
		"Call Mom", "(A) Call Mom +family @phone", "(B) 2026-01-02 Call  Mom due:2026-02-03", "2026-01-02 x marks",
		"x 2026-01-03 2026-01-02 Call Mom pri:A", "x 2026-01-03 Call Mom", "x Call Mom", "(a) no priority", "(A)no priority",
		"X no completion", "xylophone", " leading space", "trailing space ", "http://example.org a:b: c", "2026-13-01 no day",
	} {
		if got, ok := parse(line).format(day); got != line || !ok {
			t.Errorf("%q became %q", line, got)
		}
	}
}

func TestASubjectIsNeverReadAsSomethingElse(t *testing.T) {
	for _, subject := range []string{"x marks the spot", "(A) list", "2026-01-01 in review", "x 2026-01-01 both", "x"} {
		for _, begin := range []string{"old", "(B) old", "x old", "x 2026-01-01 old due:2026-05-05"} {
			task := parse(begin)
			task.setSubject(subject)
			line, ok := task.format(day)
			again := parse(line)
			if !ok || again.subject() != subject || again.done != parse(begin).done || again.rank() != parse(begin).rank() {
				t.Errorf("%q in %q became %q", subject, begin, line)
			}
		}
	}
}

func TestAChangeOfOneThingKeepsTheOthers(t *testing.T) {
	const line = "(B) 2026-01-02 Call  Mom +family due:2026-02-03 rec:1w @phone"
	for name, c := range map[string]struct {
		change func(*task)
		want   string
	}{
		"due":      {func(t *task) { t.setValue(dueKey, "2026-03-04") }, "(B) 2026-01-02 Call  Mom +family due:2026-03-04 rec:1w @phone"},
		"no due":   {func(t *task) { t.setValue(dueKey, "") }, "(B) 2026-01-02 Call  Mom +family rec:1w @phone"},
		"start":    {func(t *task) { t.setValue(startKey, "2026-01-09") }, line + " t:2026-01-09"},
		"high":     {func(t *task) { t.setImportance(high) }, "(A) 2026-01-02 Call  Mom +family due:2026-02-03 rec:1w @phone"},
		"normal":   {func(t *task) { t.setImportance(normal) }, line},
		"done":     {func(t *task) { t.setDone(true, day) }, "x 2026-11-28 2026-01-02 Call  Mom +family due:2026-02-03 rec:1w @phone pri:B"},
		"reopened": {func(t *task) { t.setDone(true, day); t.setDone(false, day) }, line},
		"category": {func(t *task) { t.setCategories([]string{"@phone", "work"}) }, "(B) 2026-01-02 Call  Mom due:2026-02-03 rec:1w @phone +work"},
		"subject":  {func(t *task) { t.setSubject("Write to Dad") }, "(B) 2026-01-02 Write to Dad due:2026-02-03"},
	} {
		task := parse(line)
		c.change(&task)
		if got, _ := task.format(day); got != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

func TestWhatALineSays(t *testing.T) {
	task := parse("x 2026-01-03 2026-01-02 Call Mom +family @phone due:2026-02-03 pri:A +family a@b + @")
	if task.subject() != "Call Mom +family @phone +family a@b + @" || task.importance() != high {
		t.Errorf("%q %d", task.subject(), task.importance())
	}
	if categories := task.categories(); !slices.Equal(categories, []string{"family", "@phone"}) {
		t.Errorf("%q", categories)
	}
	if task.day(dueKey) != time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC) {
		t.Error(task.day(dueKey))
	}
}

func TestALineOfNothingButADayIsATask(t *testing.T) {
	task := parse("one")
	task.setSubject("")
	if line, ok := task.format(day); !ok || line != "2026-11-28 " || parse(line).subject() != "" {
		t.Errorf("%q", line)
	}
}

func TestACategoryThatIsNoWordIsRefused(t *testing.T) {
	task := parse("a")
	for _, category := range []string{"Red Category", "", "@", "+x", "a\nb"} {
		if task.setCategories([]string{category}) {
			t.Errorf("%q was taken", category)
		}
	}
}

func TestTasksAreFollowed(t *testing.T) {
	for name, c := range map[string]struct {
		old, new []string
		want     []int
	}{
		"nothing changed":         {[]string{"a", "b"}, []string{"a", "b"}, []int{0, 1}},
		"sorted":                  {[]string{"b", "a"}, []string{"a", "b"}, []int{1, 0}},
		"completed and moved":     {[]string{"(A) a", "b"}, []string{"b", "x 2026-01-01 a pri:A"}, []int{1, 0}},
		"reworded in its place":   {[]string{"a", "b", "c"}, []string{"a", "B!", "c"}, []int{0, 1, 2}},
		"inserted":                {[]string{"a", "c"}, []string{"a", "b", "c"}, []int{0, -1, 1}},
		"deleted":                 {[]string{"a", "b", "c"}, []string{"a", "c"}, []int{0, 2}},
		"the first of two equals": {[]string{"a", "a", "b"}, []string{"a", "b"}, []int{0, 2}},
		"two for one":             {[]string{"a", "b", "c"}, []string{"a", "d", "e", "c"}, []int{0, -1, -1, 2}},
		"all new":                 {nil, []string{"a"}, []int{-1}},
		"neighbours swapped":      {[]string{"a", "b", "c"}, []string{"c", "new", "a"}, []int{2, -1, 0}},
	} {
		if got := follow(c.old, c.new); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
}

func FuzzALineComesOutAsItWentIn(f *testing.F) {
	for _, line := range []string{"(A) a due:2026-01-01", "x 2026-01-01 2026-01-01 ", "x  2026-01-01", "(A) 2026-01-01", ""} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		// A day at the very end has no space after it.
		if got := parse(line).write(); got != line && got != line+" " {
			t.Errorf("%q became %q", line, got)
		}
	})
}
