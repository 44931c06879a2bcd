package convert_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

var update = flag.Bool("update", false, "write the table of the README")

// TestREADME compares the README's table with the definitions of all converters.
func TestREADME(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- keys: begin, written by go test ./tasks/convert -update -->\n", "<!-- keys: end -->\n"
	tasktest.Table(t, "README.md", begin, end, table(), *update)
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
