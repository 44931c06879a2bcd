package jsonschema_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/mayfly-connect/mayfly/localstack/registry"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema"
)

// serve returns the URL of a registry that holds a schema of id 1, and counts its calls.
func serve(t testing.TB, text string) (url string, asked *atomic.Int32) {
	t.Helper()
	r, err := registry.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Preload([]registry.Schema{{ID: 1, Subject: "t-value", Version: 1, Type: registry.JSON, Text: text}}); err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		asked.Add(1)
		r.ServeHTTP(w, q)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func converter(t testing.TB, props map[string]string) tasks.Converter {
	t.Helper()
	c, err := jsonschema.New(props, false)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func framed(body string) []byte { return append([]byte{0, 0, 0, 0, 1}, body...) }

const flat = `{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},"price":{"type":"number"},"ok":{"type":"boolean"}}}`

// TestFlat costs no memory for a record once the arena has grown, in both directions, and asks the registry only at first.
func TestFlat(t *testing.T) {
	url, asked := serve(t, flat)
	c := converter(t, map[string]string{"schema.registry.url": url})
	data := framed(`{"id":7,"name":"anna","price":1.5,"ok":true}`)
	var a tasks.Arena
	var out []byte
	once := func() {
		a.Reset()
		s, v, err := c.ToConnect(t.Context(), &a, "t", nil, data)
		if err == nil {
			out, err = c.FromConnect(t.Context(), out[:0], "t", s, v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	once()
	before := asked.Load()
	if n := testing.AllocsPerRun(100, once); n > 0 {
		t.Errorf("%v allocations for each record", n)
	}
	if asked.Load() != before {
		t.Errorf("the registry was asked %d times more", asked.Load()-before)
	}
	if want := `{"price":1.5,"name":"anna","id":7,"ok":true}`; len(out) != len(want)+5 {
		t.Errorf("got %q, want the members of %q", out, want)
	}
}

// TestBadInput tells what is the record's fault.
func TestBadInput(t *testing.T) {
	t.Parallel()
	deep := make([]byte, 10_000)
	for i := range deep {
		deep[i] = '['
	}
	for _, tt := range []struct{ name, schema, body string }{
		{"broken schema", `{"type":"foo"}`, `1`},
		{"missing reference", `{"$ref":"nowhere.json"}`, `1`},
		{"reference to itself", `{"$ref":"#"}`, `1`},
		{"deep data", `{}`, string(deep)},
		{"syntax after wrong data", flat, `{"id":null,"name":}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, tt.schema)
			_, v, err := converter(t, map[string]string{"schema.registry.url": url}).ToConnect(t.Context(), nil, "t", nil, framed(tt.body))
			if err == nil || tasks.KindOf(err) != tasks.KindBadRecord {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
}

// TestSchemaFile converts without a registry.
func TestSchemaFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(path, []byte(flat), 0o600); err != nil {
		t.Fatal(err)
	}
	c := converter(t, map[string]string{"schema.file": path, "json.fail.invalid.schema": "true"})
	s, v, err := c.ToConnect(t.Context(), nil, "t", nil, []byte(`{"id":7}`))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := c.FromConnect(t.Context(), nil, "t", s, v); err != nil || string(out) != `{"id":7}` {
		t.Errorf("got %q, %v", out, err)
	}
	if _, v, err := c.ToConnect(t.Context(), nil, "t", nil, []byte(`{"id":"x"}`)); err == nil {
		t.Errorf("got %v of data that does not match", v)
	}
	for _, props := range []map[string]string{{"schema.file": path + "x"}, {}} {
		if _, err := jsonschema.New(props, false); err == nil {
			t.Errorf("%v: no error", props)
		}
	}
}
