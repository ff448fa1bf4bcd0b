package main

import (
	"strings"
	"time"

	"mapistore"
	"mapistore/namedprops"
)

// The named properties of a task (MS-OXOTASK 2.2.2.2, MS-OXCMSG 2.2.1.17), as this mailbox numbers them.
type names struct {
	status, percent, start, due, complete, completed, commonStart, commonEnd, keywords mapistore.PropertyTag
}

func findNames() (*names, error) {
	var n names
	wanted := []struct {
		tag  *mapistore.PropertyTag
		name namedprops.Name
		kind mapistore.PropertyType
	}{
		{&n.status, namedprops.Name{Set: namedprops.Task, LID: 0x8101}, mapistore.PtypInteger32},
		{&n.percent, namedprops.Name{Set: namedprops.Task, LID: 0x8102}, mapistore.PtypFloating64},
		{&n.start, namedprops.Name{Set: namedprops.Task, LID: 0x8104}, mapistore.PtypTime},
		{&n.due, namedprops.Name{Set: namedprops.Task, LID: 0x8105}, mapistore.PtypTime},
		{&n.completed, namedprops.Name{Set: namedprops.Task, LID: 0x810F}, mapistore.PtypTime},
		{&n.complete, namedprops.Name{Set: namedprops.Task, LID: 0x811C}, mapistore.PtypBoolean},
		{&n.commonStart, namedprops.Name{Set: namedprops.Common, LID: 0x8516}, mapistore.PtypTime},
		{&n.commonEnd, namedprops.Name{Set: namedprops.Common, LID: 0x8517}, mapistore.PtypTime},
		{&n.keywords, namedprops.Name{Set: namedprops.PublicStrings, Text: "Keywords"}, mapistore.PtypMultipleString},
	}
	list := make([]namedprops.Name, len(wanted))
	for at, property := range wanted {
		list[at] = property.name
	}
	ids, err := namedprops.ToIDs(list, true)
	for at, id := range ids {
		*wanted[at].tag = mapistore.Tag(id, wanted[at].kind)
	}
	return &n, err
}

const statusComplete = 2

// read is what a line says.
func (n *names) read(t task) mapistore.Properties {
	subject := strings.ToValidUTF8(t.subject(), "\uFFFD")
	prefix, normalized := mapistore.SplitSubject(subject)
	status, percent := mapistore.Integer32(0), mapistore.Floating64(0)
	if t.done {
		status, percent = statusComplete, 1
	}
	properties := mapistore.Properties{
		mapistore.PidTagMessageClass:      mapistore.Text("IPM.Task"),
		mapistore.PidTagSubject:           mapistore.Text(subject),
		mapistore.PidTagSubjectPrefix:     mapistore.Text(prefix),
		mapistore.PidTagNormalizedSubject: mapistore.Text(normalized),
		mapistore.PidTagImportance:        mapistore.Integer32(t.importance()),
		n.status:                          status,
		n.percent:                         percent,
		n.complete:                        mapistore.Boolean(t.done),
	}
	for tag, day := range map[mapistore.PropertyTag]time.Time{
		n.start: t.day(startKey), n.commonStart: t.day(startKey), n.due: t.day(dueKey), n.commonEnd: t.day(dueKey),
		n.completed: t.completed, mapistore.PidTagCreationTime: t.created,
	} {
		if !day.IsZero() {
			properties[tag] = mapistore.TimeValue(day)
		}
	}
	if categories := t.categories(); len(categories) > 0 {
		properties[n.keywords] = mapistore.MultipleText(categories)
	}
	return properties
}

// What follows from where a task is, and cannot be set.
var computed = []mapistore.PropertyTag{
	mapistore.PidTagMid, mapistore.PidTagInstId, mapistore.PidTagInstanceNum, mapistore.PidTagParentFolderId,
	mapistore.PidTagChangeNumber, mapistore.PidTagChangeKey, mapistore.PidTagPredecessorChangeList, mapistore.PidTagSourceKey,
	mapistore.PidTagMessageFlags, mapistore.PidTagRead, mapistore.PidTagMessageSize, mapistore.PidTagCreationTime,
	mapistore.PidTagHasAttachments, mapistore.PidTagAssociated, mapistore.PidTagLastModificationTime,
}

// set changes a line: value is nil where the property is to be removed. It answers the code of what cannot be.
func (n *names) set(t *task, tag mapistore.PropertyTag, value mapistore.Value) error {
	if text, ok := value.(mapistore.String8); ok {
		tag, value = tag.WithType(mapistore.PtypString), text.Text()
	}
	for _, other := range computed {
		if other.ID() == tag.ID() {
			return mapistore.Denied
		}
	}
	switch tag.ID() {
	case mapistore.PidTagSubject.ID(), mapistore.PidTagSubjectPrefix.ID(), mapistore.PidTagNormalizedSubject.ID():
		text, _ := value.(mapistore.Text)
		return setSubject(t, tag, string(text))
	case mapistore.PidTagMessageClass.ID():
		if value != mapistore.Value(mapistore.Text("IPM.Task")) {
			return mapistore.NotImplemented
		}
	case mapistore.PidTagImportance.ID():
		importance, ok := value.(mapistore.Integer32)
		if !ok {
			importance = normal
		}
		if !t.setImportance(int32(importance)) {
			return mapistore.InvalidParameter
		}
	case n.keywords.ID():
		categories, _ := value.(mapistore.MultipleText)
		if !t.setCategories(categories) {
			return mapistore.InvalidParameter
		}
	case n.start.ID(), n.commonStart.ID():
		return setDay(t, startKey, value)
	case n.due.ID(), n.commonEnd.ID():
		return setDay(t, dueKey, value)
	default:
		return n.setStatus(t, tag, value)
	}
	return nil
}

// setSubject sets the subject, or one of its two parts.
func setSubject(t *task, tag mapistore.PropertyTag, text string) error {
	switch prefix, normalized := mapistore.SplitSubject(t.subject()); tag.ID() {
	case mapistore.PidTagSubjectPrefix.ID():
		text += normalized
	case mapistore.PidTagNormalizedSubject.ID():
		text = prefix + text
	}
	t.setSubject(text)
	// A line has no room for other lines, and what reads as due:, t: or pri: is no subject.
	if strings.ContainsAny(text, "\r\n") || t.subject() != text {
		return mapistore.InvalidParameter
	}
	return nil
}

func setDay(t *task, key string, value mapistore.Value) error {
	day, ok := value.(mapistore.Time)
	if !ok {
		t.setValue(key, "")
		return nil
	}
	if year := day.Go().Year(); year < 1601 || year > 9999 {
		return mapistore.InvalidParameter
	}
	t.setValue(key, day.Go().Format(dayForm))
	return nil
}

// setStatus: the four properties say one thing, for which a line has an x and a day.
func (n *names) setStatus(t *task, tag mapistore.PropertyTag, value mapistore.Value) error {
	switch tag.ID() {
	case n.complete.ID():
		t.setDone(value == mapistore.Value(mapistore.Boolean(true)), today())
	case n.status.ID():
		if value != nil && value != mapistore.Value(mapistore.Integer32(0)) && value != mapistore.Value(mapistore.Integer32(statusComplete)) {
			return mapistore.NotImplemented
		}
		t.setDone(value == mapistore.Value(mapistore.Integer32(statusComplete)), today())
	case n.percent.ID():
		part, _ := value.(mapistore.Floating64)
		if part != 0 && part != 1 {
			return mapistore.NotImplemented
		}
		t.setDone(part == 1, today())
	case n.completed.ID():
		day, ok := value.(mapistore.Time)
		t.setDone(ok, today())
		if ok {
			t.completed = day.Go().Truncate(24 * time.Hour)
		}
	default:
		if value == nil {
			return nil
		}
		return mapistore.NotImplemented
	}
	return nil
}
