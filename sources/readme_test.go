package sources_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/sources"
	"github.com/mayfly-connect/mayfly/tasks"
)

var update = flag.Bool("update", false, "write the tables of the plugins' README files")

const (
	tableBegin = "<!-- keys: begin, written by go test ./sources -update -->\n"
	tableEnd   = "<!-- keys: end -->\n"
)

// The table of keys in a plugin's README is made from its ConfigDef. Connectors that share a folder share the table.
func TestREADMETables(t *testing.T) {
	folders := map[string]tasks.ConfigDef{}
	for _, p := range sources.All() {
		folder := "spooldir"
		if strings.HasPrefix(p.Class, "org.apache.kafka.connect.file.") {
			folder = "file"
		}
		for _, k := range p.Config {
			if _, ok := folders[folder].Key(k.Name); !ok {
				folders[folder] = append(folders[folder], k)
			}
		}
	}
	for folder, def := range folders {
		t.Run(folder, func(t *testing.T) {
			path := folder + "/README.md"
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			before, rest, ok := strings.Cut(string(b), tableBegin)
			_, after, ok2 := strings.Cut(rest, tableEnd)
			if !ok || !ok2 {
				t.Fatalf("%s has no table between %q and %q", path, tableBegin, tableEnd)
			}
			want := before + tableBegin + table(def) + tableEnd + after
			if *update {
				if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if want != string(b) {
				t.Errorf("the table of %s is not that of the configuration; run: go test ./sources -update", path)
			}
		})
	}
}

func table(def tasks.ConfigDef) string {
	var b strings.Builder
	b.WriteString("\n| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n")
	for _, k := range def {
		value, ok := k.DefaultText()
		switch {
		case k.Required():
			value = "required"
		case !ok || value == "":
			value = "none"
		default:
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, strings.ToLower(string(k.Type)), value, strings.ReplaceAll(k.Doc, "|", `\|`))
	}
	return b.String() + "\n"
}

func TestAll(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range sources.All() {
		if p.Type != tasks.SourcePluginType || p.Family != tasks.CoreFamily || p.New == nil || p.Validate == nil || p.Version == "" {
			t.Errorf("%s is not whole: %+v", p.Class, p)
		}
		for _, k := range p.Config {
			if k.Doc == "" {
				t.Errorf("%s: key %s has no documentation", p.Class, k.Name)
			}
		}
		names = append(names, p.Names()...)
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("two plugins share a name: %q", names)
	}
	if _, ok := (tasks.Plugins{Sources: sources.All()}).Source("FileStreamSource"); !ok {
		t.Error("FileStreamSource is not found by its short name")
	}
}
