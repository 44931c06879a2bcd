package transform_test

import (
	"flag"
	"fmt"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks/tasktest"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

var update = flag.Bool("update", false, "write the table of the README")

// TestREADME compares the README's table with the definitions of all transforms and predicates.
func TestREADME(t *testing.T) {
	t.Parallel()
	const begin, end = "<!-- keys: begin, written by go test ./tasks/transform -update -->\n", "<!-- keys: end -->\n"
	tasktest.Table(t, "README.md", begin, end, table(), *update)
}

// table has a row for each plugin, of two variants one, and a row for each of its keys.
func table() string {
	var b strings.Builder
	b.WriteString("\n| Class | Key | Default | Meaning |\n| --- | --- | --- | --- |\n")
	seen := map[string]bool{}
	for _, p := range transform.Plugins() {
		name, variant, _ := strings.Cut(p.Class, "$")
		if seen[name] && variant != "Header" {
			continue
		}
		shown := name
		switch variant {
		case "Key", "Value":
			shown, seen[name] = name+"$Key, $Value", true
		case "Header":
			shown = p.Class
		}
		fmt.Fprintf(&b, "| `%s` | | | %s |\n", shown, p.Title)
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
			fmt.Fprintf(&b, "| | `%s` | %s | %s |\n", k.Name, value, k.Doc)
		}
	}
	return b.String() + "\n"
}
