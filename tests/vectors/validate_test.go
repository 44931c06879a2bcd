package vectors_test

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// runValidate replays a recording of what validation says about transforms and predicates.
func runValidate(v *vector) error {
	got := transform.Validate(v.Config)
	if v.Error != nil {
		if !slices.ContainsFunc(got, func(e tasks.ConfigError) bool { return e.Thrown == v.Error.Class }) {
			return fmt.Errorf("the validation does not fail itself: %q", got)
		}
		return nil
	}
	slices.SortStableFunc(got, func(a, b tasks.ConfigError) int { return cmp.Compare(a.Key, b.Key) })
	if len(got) != len(v.Errors) {
		return fmt.Errorf("errors %q, not %q", got, texts(v.Errors))
	}
	for i, want := range v.Errors {
		exact := want.Exact == nil || *want.Exact
		if got[i].Key != want.Key || exact && got[i].Message != want.Message {
			return fmt.Errorf("error at %s %q, not at %s %q", got[i].Key, got[i].Message, want.Key, want.Message)
		}
	}
	return nil
}

func texts(list []mistake) []string {
	var out []string
	for _, m := range list {
		out = append(out, m.Message)
	}
	return out
}
