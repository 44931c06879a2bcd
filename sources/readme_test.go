package sources_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/sources"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
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
		} else if strings.HasPrefix(p.Class, "org.apache.kafka.connect.mirror.") {
			folder = "mirror"
		} else if strings.HasPrefix(p.Class, "mayfly.") {
			folder = "event"
		}
		for _, k := range p.Config {
			if _, ok := folders[folder].Key(k.Name); !ok {
				folders[folder] = append(folders[folder], k)
			}
		}
	}
	for folder, def := range folders {
		t.Run(folder, func(t *testing.T) {
			tasktest.README(t, folder+"/README.md", tableBegin, tableEnd, def, *update)
		})
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	var names []string
	for _, p := range sources.All() {
		if p.Type != tasks.SourcePluginType || p.Family != tasks.CoreFamily || p.New == nil || p.Version == "" {
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
