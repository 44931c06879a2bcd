// Package infra_test holds what the files of infra/ and localstack/ say against the code: a name of a property or variable that nobody reads is a mistake
// that no linter sees. What the makers' own tools check is infra/lint's.
package infra_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/launch/platform"
)

const root = "../.."

var (
	variable = regexp.MustCompile(`\b(?:CONNECT|MAYFLY)_[A-Z][A-Z_]*[A-Z]\b`)
	property = regexp.MustCompile(`\bmayfly\.[a-z]+(?:\.[a-z]+)+\b|\bmayfly\.launcher\b`)
	literal  = regexp.MustCompile("[\"`]([A-Za-z][A-Za-z_.]*)[\"`]")
)

func TestEveryNameExistsInTheCode(t *testing.T) {
	t.Parallel()
	known := names(t)
	for path, text := range files(t, "infra", "localstack") {
		if ext := filepath.Ext(path); ext == ".go" || ext == "" || strings.Contains(path, "/real/") {
			continue // code and scripts
		}
		for _, name := range variable.FindAllString(text, -1) {
			asProperty := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, "CONNECT_"), "_", "."))
			if !known[name] && !known[asProperty] {
				t.Errorf("%s: nobody reads the variable %s", path, name)
			}
		}
		for _, name := range property.FindAllString(text, -1) {
			if !known[name] {
				t.Errorf("%s: nobody reads the property %s", path, name)
			}
		}
	}
}

// names are those of all launchers' properties, and all texts in the code that could be one.
func names(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for _, k := range platform.All() {
		for _, key := range k.Keys {
			out[key.Name] = true
		}
	}
	for path, text := range files(t, "coordinator", "functions", "sinks", "sources", "tasks") {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(text, -1) {
			out[m[1]] = true
		}
	}
	return out
}

// files reads what is below folders.
func files(t *testing.T, folders ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			out[path] = string(b)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}
