// Package layers holds the rules of who may import whom, each with its reason.
package layers

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/mayfly-connect/mayfly/"

// pkg is a package with what it imports, itself (tests excluded) and through others.
type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Standard   bool
}

// rule says what the packages under a path may not import. Deep looks through others too.
type rule struct {
	name   string
	of     string
	except []string
	deep   bool
	bad    func(imp string) bool
}

func under(prefixes ...string) func(string) bool {
	return func(imp string) bool {
		for _, p := range prefixes {
			if imp == module+p || strings.HasPrefix(imp, module+p+"/") {
				return true
			}
		}
		return false
	}
}

func external(imp string) bool { return strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") }

func oneOf(names ...string) func(string) bool {
	return func(imp string) bool {
		for _, n := range names {
			if imp == n {
				return true
			}
		}
		return false
	}
}

var rules = []rule{
	{"tasks is the centre: the standard library alone", "tasks$", nil, false, external},
	{"transforms are pure (I6): no clock or randomness", "tasks/transform", nil, false, oneOf("math/rand", "math/rand/v2", "crypto/rand", "net/http", "log", "log/slog")},
	{"the planner is pure and knows only the vocabulary", "coordinator/plan", nil, false,
		func(imp string) bool {
			return external(imp) && imp != module+"tasks" || oneOf("math/rand", "math/rand/v2", "net/http", "log/slog", "os")(imp)
		}},
	{"functions never know the coordinator: they are deployed without it", "functions", nil, true, under("coordinator")},
	{"what runs a lease never knows the coordinator", "tasks", nil, true, under("coordinator", "functions")},
	{"a sink knows no other part", "sinks", []string{"sinks$"}, false, under("coordinator", "functions", "tasks/exec", "sources", "tests", "localstack")},
	{"a source knows no other part", "sources", []string{"sources$"}, false, under("coordinator", "functions", "tasks/exec", "sinks", "tests", "localstack")},
	{"the S3 executor does not pay for Google's SDK", "functions/process/s3", nil, true, func(imp string) bool {
		return strings.HasPrefix(imp, "cloud.google.com/") || strings.HasPrefix(imp, "google.golang.org/")
	}},
	{"executors send no telemetry of their own: their results say when they did what", "functions/process/core", nil, true, func(imp string) bool {
		return strings.HasPrefix(imp, "go.opentelemetry.io/") || strings.HasPrefix(imp, "github.com/prometheus/")
	}},
	{"the lean executor does not pay for cloud SDKs", "functions/process/core", nil, true, func(imp string) bool {
		return strings.HasPrefix(imp, "cloud.google.com/") || strings.HasPrefix(imp, "google.golang.org/") || strings.HasPrefix(imp, "github.com/aws/aws-sdk-go-v2/")
	}},
}

func TestLayers(t *testing.T) {
	t.Parallel()
	pkgs := list(t)
	if len(pkgs) < 10 {
		t.Fatalf("go list found %d packages, which cannot be all", len(pkgs))
	}
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			matched := 0
			for _, p := range pkgs {
				if !of(p.ImportPath, r.of) || excepted(p.ImportPath, r.except) {
					continue
				}
				matched++
				imports := p.Imports
				if r.deep {
					imports = p.Deps
				}
				for _, imp := range imports {
					if r.bad(imp) {
						t.Errorf("%s imports %s", p.ImportPath, imp)
					}
				}
			}
			if matched == 0 {
				t.Errorf("no package is under %s: the rule guards nothing", r.of)
			}
		})
	}
}

// of reports whether a package lies under a path; a path that ends in $ means that package alone.
func of(pkg, path string) bool {
	if exact, ok := strings.CutSuffix(path, "$"); ok {
		return pkg == module+exact
	}
	return under(path)(pkg)
}

func excepted(pkg string, except []string) bool {
	for _, e := range except {
		if of(pkg, e) {
			return true
		}
	}
	return false
}

func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps,Standard", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}
