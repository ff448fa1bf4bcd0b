package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mapistore"
)

// document is a file as its lines. What is no task, a blank line or one that begins with #, is kept as it is.
type document struct {
	mark  string // A byte order mark.
	lines []line
}

// line is a line and how it ends: "\n", "\r\n", or "" where the file ends without.
type line struct{ text, end string }

const byteOrderMark = "\uFEFF"

func readDocument(content []byte) document {
	var d document
	text, marked := strings.CutPrefix(string(content), byteOrderMark)
	if marked {
		d.mark = byteOrderMark
	}
	for piece := range strings.Lines(text) {
		body := strings.TrimSuffix(piece, "\n")
		if len(body) < len(piece) {
			body = strings.TrimSuffix(body, "\r")
		}
		d.lines = append(d.lines, line{body, piece[len(body):]})
	}
	return d
}

func (d document) bytes() []byte {
	var out bytes.Buffer
	out.WriteString(d.mark)
	for _, line := range d.lines {
		out.WriteString(line.text + line.end)
	}
	return out.Bytes()
}

func (l line) isTask() bool {
	return strings.TrimSpace(l.text) != "" && !strings.HasPrefix(l.text, "#")
}

// tasks are the positions of the lines that are tasks.
func (d document) tasks() []int {
	var at []int
	for position, line := range d.lines {
		if line.isTask() {
			at = append(at, position)
		}
	}
	return at
}

// append adds a line that ends as the others do; a last line without an end stays one.
func (d *document) append(text string) {
	end, last := "\n", "\n"
	if count := len(d.lines); count > 0 {
		end, last = d.lines[0].end, d.lines[count-1].end
		if end == "" {
			end = "\n"
		}
		if last == "" {
			d.lines[count-1].end = end
		}
	}
	if last != "" {
		last = end
	}
	d.lines = append(d.lines, line{text, last})
}

// The most that a file may have: it is read whole.
const sizeLimit = 16 << 20

// readFile reads a file; one that is not there is empty.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Size() > sizeLimit {
		return nil, mapistore.Errorf(mapistore.TooBig, "`%s` has %d bytes, at most %d are read", path, info.Size(), sizeLimit)
	}
	return os.ReadFile(path)
}

// errChanged says that a file is no longer what it was when it was read.
var errChanged = errors.New("the file was changed meanwhile")

// replaceFile puts new content in the place of old: all of it or none, and none where somebody else wrote meanwhile.
func replaceFile(path string, old, content []byte) error {
	if len(content) > sizeLimit {
		return mapistore.Errorf(mapistore.TooBig, "the file would have %d bytes, at most %d are written", len(content), sizeLimit)
	}
	temporary := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".mapistore")
	if err := writeSynced(temporary, content); err != nil {
		_ = os.Remove(temporary)
		return err
	}
	now, err := readFile(path)
	if err == nil && !bytes.Equal(now, old) {
		err = errChanged
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		_ = os.Remove(temporary)
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

func writeSynced(path string, content []byte) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncDirectory makes the rename last. Where a directory cannot be synced, as in some file systems, the rename is as lasting as it
// gets.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = directory.Sync()
	return directory.Close()
}
