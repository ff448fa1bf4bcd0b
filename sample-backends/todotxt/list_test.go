package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mapistore"
	"mapistore/index"
	"mapistore/keyvalue"
	"mapistore/namedprops"
)

type fixture struct {
	*testing.T
	path string
	*folder
}

// open opens a list over a file with this content, as the first context ever.
func open(t *testing.T, content string) *fixture {
	index.Reset()
	keyvalue.Reset()
	namedprops.Reset()
	f := &fixture{T: t, path: filepath.Join(t.TempDir(), "todo.txt")}
	f.put(content)
	configured = settings{file: f.path}
	f.reopen()
	return f
}

// reopen is another context.
func (f *fixture) reopen() {
	f.Helper()
	context, err := backend{}.CreateContext(mapistore.Connection{Owner: "alice"}, "todotxt://alice/tasks/")
	if err != nil {
		f.Fatal(err)
	}
	root, err := context.GetRootFolder(1)
	if err != nil {
		f.Fatal(err)
	}
	f.folder = root.(*folder)
}

func (f *fixture) put(content string) {
	if err := os.WriteFile(f.path, []byte(content), 0o644); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) expect(content string) {
	f.Helper()
	have, err := os.ReadFile(f.path)
	if err != nil || string(have) != content {
		f.Errorf("%q, not %q (%v)", have, content, err)
	}
}

// ids are the ids of the tasks, by what they are called.
func (f *fixture) ids() map[string]mapistore.MID {
	f.Helper()
	table, err := f.OpenTable(mapistore.TableContents)
	if err != nil {
		f.Fatal(err)
	}
	_ = table.SetColumns([]mapistore.PropertyTag{mapistore.PidTagSubject, mapistore.PidTagMid})
	rows, err := table.QueryRows(0, 1000)
	if err != nil {
		f.Fatal(err)
	}
	ids := map[string]mapistore.MID{}
	for pair := range slices.Chunk(rows.Cells, 2) {
		ids[string(pair[0].Value.(mapistore.Text))] = mapistore.MID(pair[1].Value.(mapistore.Integer64))
	}
	return ids
}

func (f *fixture) message(subject string) mapistore.Message {
	f.Helper()
	message, err := f.OpenMessage(f.ids()[subject], true)
	if err != nil {
		f.Fatal(err)
	}
	return message
}

func (f *fixture) set(message mapistore.Message, tag mapistore.PropertyTag, value mapistore.Value) {
	f.Helper()
	problems, err := message.SetProperties([]mapistore.Property{{Tag: tag, Value: value}})
	if err != nil || len(problems) > 0 {
		f.Fatal(problems, err)
	}
}

func (f *fixture) save(message mapistore.Message) mapistore.ChangeNumber {
	f.Helper()
	number, err := message.Save(false)
	if err != nil {
		f.Fatal(err)
	}
	return number
}

func TestAChangeTouchesItsLineOnly(t *testing.T) {
	const before, after = "\uFEFF# my list\r\n\r\n(A) one rec:1w\n\n\ttabs\t\r\n", "\n  \nthree \xFF"
	f := open(t, before+"two +p due:2026-01-01\r\n"+after)
	message := f.message("two +p")
	f.set(message, f.names.due, mapistore.TimeValue(day))
	f.save(message)
	f.expect(before + "two +p due:2026-11-28\r\n" + after)
	if _, err := f.DeleteMessages([]mapistore.MID{f.ids()["two +p"]}, mapistore.DeleteSoft); err != nil {
		t.Fatal(err)
	}
	f.expect(before + after)
}

func TestANewTaskEndsAsTheOthersDo(t *testing.T) {
	made := today().Format(dayForm) + " new"
	for before, after := range map[string]string{
		"": made + "\n", "a\n": "a\n" + made + "\n", "a\r\n": "a\r\n" + made + "\r\n", "a": "a\n" + made, "a\r\nb": "a\r\nb\r\n" + made,
	} {
		f := open(t, before)
		id, _ := index.Reserve(1)
		message, err := f.CreateMessage(id, false)
		if err != nil {
			t.Fatal(err)
		}
		f.set(message, mapistore.PidTagSubject, mapistore.Text("new"))
		f.expect(before)
		f.save(message)
		f.expect(after)
		if f.ids()["new"] != id {
			t.Error("the task has another id")
		}
	}
}

func TestIDsStayWhileOthersEdit(t *testing.T) {
	f := open(t, "one\ntwo\nthree\n")
	before := f.ids()
	f.put("three\nx 2026-01-01 one\n2026-01-01 four\ntwo due:2026-05-05\n")
	after := f.ids()
	for _, subject := range []string{"one", "two", "three"} {
		if before[subject] != after[subject] {
			t.Errorf("`%s` has another id", subject)
		}
	}
	f.put("three\n2026-01-01 four\n")
	deleted, err := f.GetDeleted(mapistore.TableContents, 0)
	if err != nil || !slices.Equal(sorted(deleted.IDs), sorted([]mapistore.ID{before["one"], before["two"]})) {
		t.Errorf("%v %v", deleted, err)
	}
	f.reopen()
	if again := f.ids(); again["four"] != after["four"] || again["three"] != before["three"] {
		t.Errorf("%v, not %v", again, after)
	}
}

func sorted(ids []mapistore.ID) []mapistore.ID { return slices.Sorted(slices.Values(ids)) }

func TestAnUnchangedFileKeepsItsIDsWhenWhatWasSeenIsLost(t *testing.T) {
	f := open(t, "one\ntwo\none\n")
	before := f.ids()
	keyvalue.Reset()
	f.reopen()
	if after := f.ids(); after["one"] != before["one"] || after["two"] != before["two"] {
		t.Errorf("%v, not %v", after, before)
	}
}

func TestASaveOverAnothersChangeIsAConflict(t *testing.T) {
	f := open(t, "one\ntwo\n")
	message := f.message("one")
	f.set(message, mapistore.PidTagImportance, mapistore.Integer32(high))
	f.put("zero\none due:2026-01-01\ntwo\n")
	if _, err := message.Save(false); mapistore.AsError(err).Code != mapistore.ObjectModified {
		t.Error(err)
	}
	f.expect("zero\none due:2026-01-01\ntwo\n")
	if _, err := message.Save(true); err != nil {
		t.Error(err)
	}
	f.expect("zero\n(A) one due:2026-01-01\ntwo\n")
	f.put("two\n")
	if _, err := message.Save(true); mapistore.AsError(err).Code != mapistore.ObjectDeleted {
		t.Error(err)
	}
}

func TestATaskIsCompletedByAnyOfFourProperties(t *testing.T) {
	f := open(t, "")
	for _, c := range []mapistore.Property{
		{Tag: f.names.complete, Value: mapistore.Boolean(true)}, {Tag: f.names.status, Value: mapistore.Integer32(2)},
		{Tag: f.names.percent, Value: mapistore.Floating64(1)}, {Tag: f.names.completed, Value: mapistore.TimeValue(today())},
	} {
		f.put("(C) one\n")
		message := f.message("one")
		f.set(message, c.Tag, c.Value)
		f.save(message)
		f.expect("x " + today().Format(dayForm) + " one pri:C\n")
		f.set(message, f.names.complete, mapistore.Boolean(false))
		f.save(message)
		f.expect("(C) one\n")
	}
}

func TestDoneTasksAreArchivedOnlyIfAsked(t *testing.T) {
	const content = "x 2026-01-01 one\r\ntwo\r\n# kept\r\nx three\r\n"
	f := open(t, content)
	f.reopen()
	f.expect(content)
	configured.archive = true
	f.reopen()
	f.expect("two\r\n# kept\r\n")
	done, _ := os.ReadFile(filepath.Join(filepath.Dir(f.path), "done.txt"))
	if string(done) != "x 2026-01-01 one\nx three\n" {
		t.Errorf("%q", done)
	}
}

func TestAReadFlagIsKeptThoughALineHasNoPlaceForIt(t *testing.T) {
	f := open(t, "one\ntwo\n")
	if _, err := f.SetReadFlags([]mapistore.MID{f.ids()["one"]}, false); err != nil {
		t.Fatal(err)
	}
	f.put("zero\none\ntwo\n")
	f.reopen()
	properties, err := f.folder.Properties()
	if err != nil || properties[mapistore.PidTagContentUnreadCount] != mapistore.Integer32(1) {
		t.Errorf("%v %v", properties, err)
	}
	f.expect("zero\none\ntwo\n")
}

func TestNoTemporaryFileIsLeft(t *testing.T) {
	f := open(t, "one\n")
	f.save(f.message("one"))
	message := f.message("one")
	f.set(message, mapistore.PidTagSubject, mapistore.Text("two"))
	f.save(message)
	files, _ := os.ReadDir(filepath.Dir(f.path))
	if len(files) != 1 {
		t.Error(files)
	}
}

func TestALongListIsKeptInPieces(t *testing.T) {
	line := strings.Repeat("long ", 100)
	f := open(t, strings.Repeat(line+"\n", 1200))
	before := f.ids()
	f.reopen()
	if after := f.ids(); len(after) != 1 || after[strings.TrimSpace(line)] != before[strings.TrimSpace(line)] || len(f.list.tasks) != 1200 {
		t.Error(len(f.list.tasks))
	}
}
