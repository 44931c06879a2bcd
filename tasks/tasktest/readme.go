package tasktest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
)

// README compares the table of keys in a plugin's README with its ConfigDef, or writes it when update is set. begin and end
// are the lines between which the table stands.
func README(t *testing.T, path, begin, end string, def tasks.ConfigDef, update bool) {
	t.Helper()
	Table(t, path, begin, end, table(def), update)
}

// Table compares what stands between two lines of a README with the text of a table, or writes it there when update is set.
func Table(t *testing.T, path, begin, end, text string, update bool) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(b), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no table between %q and %q", path, begin, end)
	}
	want := before + begin + text + end + after
	if update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(b) {
		t.Errorf("the table of %s is not that of the definitions; run its test with -update", path)
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
			value = "`" + strings.ReplaceAll(value, "\n", `\n`) + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, strings.ToLower(string(k.Type)), value, strings.ReplaceAll(k.Doc, "|", `\|`))
	}
	return b.String() + "\n"
}
