package mapistore

import (
	"flag"
	"fmt"
	"go/format"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write tags.go instead of comparing it")

// The names and numbers are those of the Rust SDK, which owns them.
const source = "../rust/src/tags.rs"

var (
	typeLine = regexp.MustCompile(`(?m)^    PTYP_(\w+) = (0x\w{4});$`)
	tagLine  = regexp.MustCompile(`(?m)^    (P\w+) = (0x\w{4}), PTYP_(\w+), ("[^\n]*");$`)
)

// camel is a Rust constant's name as the standards write it: PID_TAG_ENTRY_ID is PidTagEntryId.
func camel(name string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(name, "_") {
		out.WriteString(word[:1] + strings.ToLower(word[1:]))
	}
	return out.String()
}

func generate(t *testing.T) []byte {
	rust, err := os.ReadFile(source)
	if err != nil {
		t.Skip("the Rust SDK is not beside this one")
	}
	types, tags := typeLine.FindAllStringSubmatch(string(rust), -1), tagLine.FindAllStringSubmatch(string(rust), -1)
	if len(types) < 30 || len(tags) < 150 {
		t.Fatalf("%d types and %d tags in %s: its form has changed", len(types), len(tags), source)
	}
	var out strings.Builder
	out.WriteString("// Code generated from the Rust SDK's tags.rs by `go test -run Tags -update`. DO NOT EDIT.\n\npackage mapistore\n\n")
	out.WriteString("// Property types by their names in MS-OXCDATA 2.11.1.\nconst (\n")
	for _, line := range types {
		fmt.Fprintf(&out, "Ptyp%s PropertyType = %s\n", camel(line[1]), line[2])
	}
	out.WriteString(")\n\n// Property tags by their names in MS-OXPROPS.\nconst (\n")
	for _, line := range tags {
		name := camel(line[1])
		if line[1] == "PR_INTERNET_CONTENT" {
			name = "PrInternetContent"
		}
		fmt.Fprintf(&out, "// %[1]s: %[2]s\n%[1]s = PropertyTag(%[3]s<<16 | uint32(Ptyp%[4]s))\n", name, unquote(line[4]), line[2], camel(line[3]))
	}
	out.WriteString(")\n")
	formatted, err := format.Source([]byte(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	return formatted
}

// unquote takes a Rust string's quotes away, and lower-cases what follows the colon of a Go comment.
func unquote(text string) string {
	text = strings.Trim(text, `"`)
	if len(text) > 1 && text[1] >= 'a' {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return strings.ReplaceAll(text, "`", `"`)
}

func TestTagsAreThoseOfTheRustSDK(t *testing.T) {
	want := generate(t)
	if *update {
		if err := os.WriteFile("tags.go", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	have, err := os.ReadFile("tags.go")
	if err != nil || string(have) != string(want) {
		t.Error("tags.go is not what tags.rs makes: run go test -run Tags -update")
	}
}
