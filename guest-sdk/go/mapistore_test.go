package mapistore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"
)

func TestACellHasTheTypeThatWasAskedFor(t *testing.T) {
	bag := Properties{PidTagSubject: Text("é"), PidTagBody: Text("long"), PidTagMessageSize: Integer32(1), PidTagMessageSizeExtended: Integer64(2)}
	for tag, want := range map[PropertyTag]Cell{
		PidTagSubject:                           {Value: Text("é")},
		PidTagSubject.WithType(PtypUnspecified): {Value: Text("é")},
		PidTagSubject.WithType(PtypInteger32):   {Code: NotFound},
		PidTagMid:                               {Code: NotFound},
		PidTagBody:                              {Value: Deferred(4)},
		PidTagMessageSizeExtended:               {Value: Integer64(2)},
	} {
		if got := bag.Cell(tag, 3); got != want {
			t.Errorf("%v: %v, not %v", tag, got, want)
		}
	}
	if narrow, ok := bag.Cell(PidTagSubject.WithType(PtypString8), 3).Value.(String8); !ok || string(narrow) != "\xE9" {
		t.Errorf("%v", narrow)
	}
	if text := (String8("Gr\xF6\xDFe \x80")).Text(); text != "Größe €" {
		t.Error(text)
	}
}

func TestIDsCompareByTheirGlobCnt(t *testing.T) {
	if id := FromGlobCnt[ID](0x010203); id != 0x0302_0100_0000_0001 || GlobCnt(id) != 0x010203 {
		t.Errorf("%#x", uint64(id))
	}
}

func TestAChangeKeyIsTheGUIDAndTheGlobCnt(t *testing.T) {
	replica := GUID{Hi: 0x0011_2233_4455_6677, Lo: 0x8899_AABB_CCDD_EEFF}
	own, newer := XID(replica, FromGlobCnt[ChangeNumber](0x010203)), XID(replica, FromGlobCnt[ChangeNumber](0x010204))
	if text := fmt.Sprintf("%x", own); text != "33221100554477668899aabbccddeeff000000010203" {
		t.Error(text)
	}
	foreign := slices.Concat(slices.Repeat([]byte{1}, 16), []byte{9})
	list := Predecessors(Predecessors(nil, own), foreign)
	if want := slices.Concat([]byte{17}, foreign, []byte{22}, own); !slices.Equal(list, want) {
		t.Errorf("%x, not %x", list, want)
	}
	if want := slices.Concat([]byte{17}, foreign, []byte{22}, newer); !slices.Equal(Predecessors(list, newer), want) {
		t.Errorf("%x", Predecessors(list, newer))
	}
	if got := Predecessors([]byte{200, 1}, own); !slices.Equal(got, slices.Concat([]byte{22}, own)) {
		t.Errorf("%x", got)
	}
}

func TestATimeIsAFiletime(t *testing.T) {
	when := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	if filetime := TimeValue(when); filetime != 134117316000000000 || !filetime.Go().Equal(when) {
		t.Error(filetime)
	}
	if TimeValue(time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC)) != 0 {
		t.Error("a time before 1601")
	}
}

func TestErrorsBecomeCodes(t *testing.T) {
	_, missing := os.Open("/no/such/file")
	for _, c := range []struct {
		err  error
		want ErrorCode
	}{
		{missing, NotFound}, {fmt.Errorf("wrapped: %w", Errorf(Denied, "no")), Denied}, {TooBig, TooBig},
		{fmt.Errorf("wrapped: %w", InUse), InUse}, {fs.ErrPermission, Denied}, {errors.New("anything"), Failed},
	} {
		if got := AsError(c.err); got.Code != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
	if !errors.Is(Errorf(Denied, "no"), Denied) || Errorf(Denied, "no %d", 1).Error() != "denied: no 1" || len(codeNames) != int(Cancelled)+1 {
		t.Error("a code is not found in its error")
	}
}

func TestAStreamIsWrittenAtCommit(t *testing.T) {
	var committed string
	stream := NewBytesStream([]byte("ab"), func(bytes []byte) error {
		committed = string(bytes)
		return nil
	})
	for _, err := range []error{stream.Write(4, []byte("z")), stream.Write(0, []byte("A")), stream.SetSize(3), stream.SetSize(5)} {
		if err != nil || committed != "" {
			t.Fatal(err, committed)
		}
	}
	if err := stream.Commit(); err != nil || committed != "Ab\x00\x00\x00" {
		t.Errorf("%q %v", committed, err)
	}
	if bytes, _ := stream.Read(1, 1<<30); string(bytes) != "b\x00\x00\x00" {
		t.Errorf("%q", bytes)
	}
	if bytes, _ := stream.Read(1<<60, 5); len(bytes) != 0 {
		t.Errorf("%q", bytes)
	}
	if err := NewBytesStream(nil, nil).Write(0, nil); !errors.Is(err, Denied) {
		t.Error(err)
	}
	if err := stream.Write(1<<60, []byte("z")); !errors.Is(err, TooBig) {
		t.Error(err)
	}
}

func TestTextStreamsAsUTF16(t *testing.T) {
	bytes, _ := StreamBytes(Text("a€😀"))
	if value, err := ValueFromStream(PidTagBody, bytes); err != nil || value != Value(Text("a€😀")) {
		t.Error(value, err)
	}
	for _, bad := range [][]byte{{1}, {0, 0xD8}, {0, 0}} {
		if _, err := ValueFromStream(PidTagBody, bad); !errors.Is(err, InvalidData) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestRowsComeInPages(t *testing.T) {
	rows := 2
	table, err := NewRowsTable([]PropertyTag{PidTagMessageSize}, func() ([]Properties, error) {
		rows++
		made := make([]Properties, rows)
		for at := range made {
			made[at] = Properties{PidTagMessageSize: Integer32(at)}
		}
		return made, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.QueryRows(0, 1); !errors.Is(err, NotInitialized) {
		t.Error(err)
	}
	_ = table.SetColumns([]PropertyTag{PidTagMessageSize})
	for _, c := range []struct {
		start, count uint32
		want         int
		end          bool
	}{{0, 2, 2, false}, {1, 1 << 31, 2, true}, {1 << 31, 5, 0, true}, {2, 1, 1, true}} {
		if page, err := table.QueryRows(c.start, c.count); err != nil || len(page.Cells) != c.want || page.AtEnd != c.end {
			t.Errorf("%v: %v %v", c, page, err)
		}
	}
	if err := table.Refresh(); err != nil || len(table.rows) != 4 {
		t.Error(err, len(table.rows))
	}
	if table.SetSortOrder(nil) != nil || !errors.Is(table.SetSortOrder(&SortOrder{}), TooComplex) {
		t.Error("the host sorts")
	}
}

type onlyProperties struct{ UnimplementedMessage }

func (onlyProperties) Properties() (Properties, error) {
	return Properties{PidTagSubject: Text("Re: hello"), PidTagSubjectPrefix: Text("Re: "), PidTagNormalizedSubject: Text("hello")}, nil
}

func TestWhatIsLeftOutFollowsFromTheRest(t *testing.T) {
	tags, err := ListProperties(onlyProperties{})
	if err != nil || len(tags) != 3 {
		t.Error(tags, err)
	}
	cells, err := GetProperties(onlyProperties{}, []PropertyTag{PidTagSubject, PidTagBody})
	if err != nil || !slices.Equal(cells, []Cell{{Value: Text("Re: hello")}, {Code: NotFound}}) {
		t.Error(cells, err)
	}
	data, err := GetData(onlyProperties{})
	if err != nil || *data.SubjectPrefix != "Re: " || *data.NormalizedSubject != "hello" {
		t.Error(data, err)
	}
	if _, err := GetProperties(UnimplementedFolder{}, nil); !errors.Is(err, NotImplemented) || err.Error() != "not-implemented: this backend does not implement `folder.get-properties`" {
		t.Error(err)
	}
}

func TestWhatOnlyLooksLikeAPrefixStays(t *testing.T) {
	for _, subject := range []string{"12: noon", "Report: x", "Re:x", ": x", "", "a b: x"} {
		if prefix, rest := SplitSubject(subject); prefix != "" || rest != subject {
			t.Errorf("%q became %q and %q", subject, prefix, rest)
		}
	}
	if prefix, rest := SplitSubject("AW: hello"); prefix != "AW: " || rest != "hello" {
		t.Error(prefix, rest)
	}
}
