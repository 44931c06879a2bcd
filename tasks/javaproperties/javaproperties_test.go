package javaproperties_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks/javaproperties"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       map[string]string
	}{
		{"separators", "a=1\nb:2\nc 3\nd = : 4\ne\t:5\nf\n", map[string]string{"a": "1", "b": "2", "c": "3", "d": ": 4", "e": "5", "f": ""}},
		{"comments", "# x=1\n  ! y=2\n\n \t\nz=#3\n", map[string]string{"z": "#3"}},
		{"line ends", "a=1\rb=2\r\nc=3", map[string]string{"a": "1", "b": "2", "c": "3"}},
		{"continued", "a=1\\\n   2\\\n#3\nb=4\\\\\nc=5\\", map[string]string{"a": "12#3", "b": `4\`, "c": "5"}},
		{"empty line ends it", "a=1\\\n\nb=2", map[string]string{"a": "1", "b": "2"}},
		{"escapes", `a\=b\:\ c=\t\n\r\f\z\u00e9\ud83d\ude00` + "\n", map[string]string{"a=b: c": "\t\n\r\fzé😀"}},
		{"the last counts", "a=1\na=2\n", map[string]string{"a": "2"}},
		{"trailing blanks stay", "a=1 \n", map[string]string{"a": "1 "}},
		{"no key", "=1\n", map[string]string{"": "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := javaproperties.Parse(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
	for text, line := range map[string]string{`a=\u12`: "line 1: ", "#\n\na=1\\\n2\na=\\u12g4": "line 5: ", "b=1\n\\u=1": "line 2: ", "b=\\\n\\u=1": "line 1: "} {
		if _, err := javaproperties.Parse(text); err == nil || !strings.HasPrefix(err.Error(), line) {
			t.Errorf("%q: %v, want %s", text, err, line)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"a=1\nb:2", "a=1\\\n 2", `\u00e9\ `, "#\\\n!"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := javaproperties.Parse(text)
		if err != nil && m != nil {
			t.Error("properties with an error")
		}
	})
}
