package jsonpath_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/jsonpath"
)

// recorded is what json-path 2.9.0 said to one path on testdata/document.json.
type recorded struct {
	Path     string
	Definite bool
	Result   string // JSON
	Missing  bool
	Error    string
	Invalid  string
}

// refused are paths that Mayfly does not take although the library does, each with the reason.
var refused = map[string]string{
	"$.store[":                        "a typing error that the library overlooks",
	"$.store.book[1:2:3]":             "a step that the library overlooks",
	"$.store.book.min()":              "a function of no use in a condition",
	"$.store.bicycle.gears.sum()":     "the same",
	"$.store.bicycle.gears.max()":     "the same",
	"$.store.keys()":                  "the same",
	"$[?(@.tags all ['x','y'])]":      "an operator that never holds in the library",
	"$[?(@.n type 'x')]":              "an operator without documentation",
	"$.store.book[0].author.length()": "",
}

func TestRecorded(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/document.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := parse(t, text)
	f, err := os.Open("testdata/paths.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var want recorded
		if err := json.Unmarshal(lines.Bytes(), &want); err != nil {
			t.Fatal(err)
		}
		t.Run(want.Path, func(t *testing.T) {
			t.Parallel()
			p, err := jsonpath.Compile(want.Path)
			if reason := refused[want.Path]; reason != "" || want.Invalid != "" {
				if err == nil {
					t.Fatalf("taken, want it refused: %s%s", reason, want.Invalid)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Definite() != want.Definite {
				t.Errorf("definite: %v, want %v", p.Definite(), want.Definite)
			}
			found, err := p.Find(doc)
			switch {
			case want.Missing:
				if !errors.Is(err, jsonpath.ErrMissing) {
					t.Errorf("found %d, %v; want it missing", len(found), err)
				}
			case strings.HasSuffix(want.Error, "context is: null"):
				if !errors.Is(err, jsonpath.ErrMissing) {
					t.Errorf("a filter on null: %v", err)
				}
			case want.Error != "":
				if !errors.Is(err, jsonpath.ErrPrimitive) {
					t.Errorf("%v, want %s", err, want.Error)
				}
			case err != nil:
				t.Errorf("%v, want %s", err, want.Result)
			default:
				same(t, found, want)
			}
		})
	}
}

// same compares what was found with the recording, without regard to the order of members.
func same(t *testing.T, found []tasks.Value, want recorded) {
	t.Helper()
	v := tasks.NewList(found)
	if want.Definite {
		v = found[0]
	}
	b, err := convert.AppendJSON(nil, nil, v, convert.JSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if g, w := plain(t, b), plain(t, []byte(want.Result)); !reflect.DeepEqual(g, w) {
		t.Errorf("got  %v\nwant %v", g, w)
	}
}

func plain(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func parse(t testing.TB, text []byte) tasks.Value {
	t.Helper()
	c, err := convert.New(convert.JSONClass, map[string]string{"schemas.enable": "false"}, false)
	if err != nil {
		t.Fatal(err)
	}
	_, v, err := c.ToConnect(context.Background(), new(tasks.Arena), "t", nil, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// FuzzCompile wants no panic and no hang, in compiling and in finding.
func FuzzCompile(f *testing.F) {
	text, err := os.ReadFile("testdata/document.json")
	if err != nil {
		f.Fatal(err)
	}
	doc := parse(f, text)
	for _, s := range []string{"$.a[?(@.b == 'c' && !(@.d > 1.5e3))]", "$..x[*]['a','b'][1:-2]", "$[?(@.a =~ /x+/i || @.b in [1,'2',{\"a\":null}])]", "$.a.length()"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, err := jsonpath.Compile(path)
		if err != nil {
			return
		}
		found, err := p.Find(doc)
		if err == nil && p.Definite() && len(found) != 1 {
			t.Errorf("definite, but %d found", len(found))
		}
	})
}
