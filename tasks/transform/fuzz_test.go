package transform

import (
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// FuzzExpand makes data with a schema of JSON texts: they fit each other.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{`{"id":1,"in":{"a":[1,2],"n":null},"l":[{"a":1},{"b":"x"}]}`, `[[1],[2]]`, `{"a":[1,"x"]}`, `{"a":99999999999999999999}`, `{"":1}`, `[null,{"a":null}]`} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, nulls bool) {
		s, v, ok := (&expansion{nulls: nulls}).payload("payload", tasks.NewStringBytes(text))
		if !ok {
			return
		}
		if _, err := convert.AppendJSON(nil, s, v, convert.JSONOptions{}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}

// FuzzPath reads paths of the syntax V2.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"a.b", "`a.b`.c", "a.", "`a\\`.b`", "`", "..", "``.`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if steps, err := parsePath(path); err == nil && path != "" && len(steps) == 0 {
			t.Errorf("%q has no steps", path)
		}
	})
}
