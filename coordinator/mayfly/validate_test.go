package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares an output with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Error(d)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	w, err := worker.Load("", nil, true)
	if err != nil {
		t.Fatal(err)
	}
	v := newJudgement(w)
	files, err := filepath.Glob(filepath.Join("testdata", "validate", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []verdict
	for _, f := range files {
		if filepath.Ext(f) != ".golden" {
			d, _ := v.judge(t.Context(), f)
			all = append(all, d)
		}
	}
	var out bytes.Buffer
	if err := printVerdicts(&out, all); err != nil {
		t.Fatal(err)
	}
	golden(t, "validate/text.golden", out.Bytes())
	out.Reset()
	for i := range all {
		if all[i].OK != (all[i].Unreadable == "" && len(all[i].Errors) == 0) {
			t.Errorf("%s: ok is %v", all[i].File, all[i].OK)
		}
		if all[i].Answer == nil && all[i].OK {
			t.Errorf("%s: no answer", all[i].File)
		}
		all[i].Answer = nil // the REST API's own tests have it
	}
	if err := printJSON(&out, all, true); err != nil {
		t.Fatal(err)
	}
	golden(t, "validate/json.golden", out.Bytes())
}

func TestValidateUnknownClass(t *testing.T) {
	t.Parallel()
	w, err := worker.Load("", nil, true)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := newJudgement(w).judge(t.Context(), "testdata/class/class.json")
	if d.OK || len(d.Errors) != 1 || d.Errors[0].Key != "connector.class" || !strings.HasSuffix(d.Errors[0].Message, "Did you mean FileStreamSink?") {
		t.Errorf("%+v", d)
	}
}
