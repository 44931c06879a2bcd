package convert_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
)

var update = flag.Bool("update", false, "write the table of the README")

// TestREADME compares the README's table with the definitions of all converters.
func TestREADME(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- keys: begin, written by go test ./tasks/convert -update -->\n", "<!-- keys: end -->\n"
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the README has no place for the table")
	}
	want := before + begin + table() + end + after
	switch {
	case *update:
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	case want != string(b):
		t.Error("the README's table is not that of the definitions; run this test with -update")
	}
}

// table has a row for each converter and a row for each of its keys.
func table() string {
	var b strings.Builder
	b.WriteString("\n| Class | Key | Default | Meaning |\n| --- | --- | --- | --- |\n")
	all := slices.Concat(convert.Plugins(), []tasks.Plugin{avro.Plugin(), protobuf.Plugin(), jsonschema.Plugin()})
	for _, p := range all {
		if p.Type == tasks.HeaderConverterPluginType && p.Class != convert.SimpleHeaderClass {
			continue // those are converters first
		}
		fmt.Fprintf(&b, "| `%s` | | | %s |\n", p.Class, p.Title)
		for _, k := range p.Config {
			value, ok := k.DefaultText()
			switch {
			case k.Required():
				value = "required"
			case !ok || value == "":
				value = "none"
			default:
				value = "`" + value + "`"
			}
			fmt.Fprintf(&b, "| | `%s` | %s | %s |\n", k.Name, value, strings.ReplaceAll(k.Doc, "|", "\\|"))
		}
	}
	return b.String() + "\n"
}
