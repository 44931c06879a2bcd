package avro_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// vector is one recording of the Java converters; the README beside the originals describes it.
type vector struct {
	Name   string
	Config map[string]string
	In     struct {
		Topic      string
		Key, Value []byte
		Headers    [][2]*string
	}
	OutConfig map[string]string `json:"out_config"`
	Registry  []registry.Schema
	Out       *struct {
		Key, Value []byte
	}
	Error *struct {
		Stage, Part, Class string
		Message            *string
		Exact              *bool `json:"message_exact"`
	}
	After     []registry.Schema `json:"registry_after"`
	Unordered []string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	path := "../../../tests/vectors/testdata/avro.jsonl"
	if _, err := os.Stat(path); err != nil {
		path = "testdata/avro.jsonl"
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []vector
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// TestVectors replays the recordings that are read and written by the converter itself.
func TestVectors(t *testing.T) {
	t.Parallel()
	ran := 0
	for _, v := range vectors(t) {
		if v.Config["value.converter"] != avro.Class || v.OutConfig["value.converter"] != avro.Class || v.Config["transforms"] != "" || len(v.In.Headers) > 0 || v.In.Key != nil {
			continue
		}
		if why := notOurs(v.Name); why != "" {
			continue
		}
		ran++
		t.Run(v.Name, func(t *testing.T) { replay(t, v) })
	}
	if ran < 100 {
		t.Errorf("only %d recordings ran", ran)
	}
}

// notOurs says why a recording cannot be met.
func notOurs(name string) string {
	switch {
	case strings.Contains(name, "mock"):
		return "mock registries are of the Java client only"
	}
	return ""
}

func converterProps(config map[string]string, url string) map[string]string {
	props := tasks.Prefixed(config, "value.converter.")
	if props["schema.registry.url"] == "mock://vec" {
		props["schema.registry.url"] = url
	}
	return props
}

func replay(t *testing.T, v vector) {
	reg, err := registry.New()
	if err != nil {
		t.Fatal(err)
	}
	for i := range v.Registry {
		if len(v.Registry[i].References) == 0 {
			v.Registry[i].References = nil // the stand-in tells an empty list from none
		}
	}
	if err := reg.Preload(v.Registry); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(reg)
	defer server.Close()
	value, stage, err := convertValue(t, v, server.URL)
	if v.Error != nil {
		compareError(t, v, stage, err)
		return
	}
	if err != nil {
		t.Fatalf("%s: %s", stage, tasks.Trace(err))
	}
	if len(v.Unordered) == 0 && !bytes.Equal(value, v.Out.Value) {
		t.Errorf("value\n got %q\nwant %q", value, v.Out.Value)
	}
	compareRegistry(t, v, server.URL)
}

func convertValue(t *testing.T, v vector, url string) ([]byte, string, error) {
	in, err := avro.New(converterProps(v.Config, url), false)
	if err != nil {
		return nil, "CONFIG", err
	}
	out, err := avro.New(converterProps(v.OutConfig, url), false)
	if err != nil {
		return nil, "CONFIG", err
	}
	a := &tasks.Arena{}
	s, val, err := in.ToConnect(t.Context(), a, v.In.Topic, nil, v.In.Value)
	if err != nil {
		return nil, "VALUE_CONVERTER", err
	}
	b, err := out.FromConnect(t.Context(), nil, v.In.Topic, s, val)
	return b, "OUT_CONVERTER", err
}

func compareError(t *testing.T, v vector, stage string, err error) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %s: %s", v.Error.Class, deref(v.Error.Message))
	}
	e := tasks.AsException(err)
	if stage != v.Error.Stage || v.Error.Class != "java.lang.StackOverflowError" && e.Class != v.Error.Class {
		t.Errorf("got %s %s (%v), want %s %s", stage, e.Class, err, v.Error.Stage, v.Error.Class)
	}
	if (v.Error.Exact == nil || *v.Error.Exact) && e.Error() != deref(v.Error.Message) {
		t.Errorf("message\n got %s\nwant %s", e.Error(), deref(v.Error.Message))
	}
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// compareRegistry asks for each schema that the Java converter left behind.
func compareRegistry(t *testing.T, v vector, url string) {
	t.Helper()
	for _, want := range v.After {
		resp, err := httptestGet(t, url, want)
		if err != nil {
			t.Errorf("schema %d: %v", want.ID, err)
			continue
		}
		var a, b any
		if json.Unmarshal([]byte(resp), &a) != nil || json.Unmarshal([]byte(want.Text), &b) != nil {
			t.Errorf("schema %d is not JSON: %s", want.ID, resp)
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("schema %d (-want +got):\n%s\n got %s", want.ID, cmp.Diff(b, a), resp)
		}
	}
}
