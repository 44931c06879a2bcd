package api

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDescriptionIsOfAllRoutes has each route described, and nothing that there is not.
func TestDescriptionIsOfAllRoutes(t *testing.T) {
	t.Parallel()
	s := newServer(Options{})
	for _, add := range s.all() {
		add()
	}
	s.loggerRoutes()
	var routes []string
	for _, r := range s.routes {
		for method := range r.methods {
			routes = append(routes, method+" /"+strings.Join(r.pattern, "/"))
		}
	}
	slices.Sort(routes)
	if d := cmp.Diff(routes, slices.Sorted(maps.Keys(operations()))); d != "" {
		t.Errorf("operations that are described (-routes +described):\n%s", d)
	}
	for name, o := range operations() {
		if o.summary == "" {
			t.Errorf("%s has no summary", name)
		}
	}
}
