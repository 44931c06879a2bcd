package registry_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/localstack/registry"
)

// A step is one call and the answer that it must get.
type step struct {
	call   string // method and path
	body   string
	status int
	want   string // JSON
}

func newRegistry(t *testing.T, opts ...registry.Option) *registry.Registry {
	t.Helper()
	r, err := registry.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// do makes a call and returns the answer.
func do(h http.Handler, call, body string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(call, " ")
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func run(t *testing.T, h http.Handler, steps []step) {
	t.Helper()
	for _, s := range steps {
		w := do(h, s.call, s.body)
		if w.Code != s.status {
			t.Errorf("%s: %d, want %d: %s", s.call, w.Code, s.status, w.Body)
		}
		if got := w.Header().Get("Content-Type"); got != "application/vnd.schemaregistry.v1+json" {
			t.Errorf("%s: content type %s", s.call, got)
		}
		var got, want any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %v: %s", s.call, err, w.Body)
		}
		if err := json.Unmarshal([]byte(s.want), &want); err != nil {
			t.Fatal(s.want, err)
		}
		if m, ok := got.(map[string]any); ok && m["guid"] != nil && !strings.Contains(s.want, "guid") {
			delete(m, "guid")
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", s.call, diff)
		}
	}
}

func quote(s string) string { return fmt.Sprintf("%q", s) }

func body(text string) string { return `{"schema":` + quote(text) + `}` }

const user = `{"type":"record","name":"User","fields":[{"name":"id","type":"long"}]}`

func TestRegisterAndRead(t *testing.T) {
	t.Parallel()
	spaced := "{\n  \"name\": \"User\", \"type\": \"record\",\n  \"fields\": [{\"name\": \"id\", \"type\": {\"type\": \"long\"}}]}"
	run(t, newRegistry(t), []step{
		{"GET /subjects", "", 200, `[]`},
		{"POST /subjects/orders-value/versions", body(user), 200, `{"id":1}`},
		{"POST /subjects/orders-value/versions", body(user), 200, `{"id":1}`},
		{"POST /subjects/orders-value/versions?normalize=true", body(spaced), 200, `{"id":1}`},
		{"POST /subjects/other-value/versions", body(spaced), 200, `{"id":1}`},
		{"POST /subjects/orders-key/versions", body(`"string"`), 200, `{"id":2}`},
		{"POST /subjects/orders-value/versions", body(`"string"`), 200, `{"id":2}`},
		{"POST /subjects/orders-value/versions", `{"schema":"{\"type\": \"object\"}","schemaType":"JSON"}`, 200, `{"id":3}`},
		{"GET /subjects", "", 200, `["orders-key","orders-value","other-value"]`},
		{"GET /subjects/orders-value/versions", "", 200, `[1,2,3]`},
		{"GET /schemas/ids/1", "", 200, `{"schema":` + quote(user) + `}`},
		{"GET /schemas/ids/1?subject=orders-value&fetchMaxId=false", "", 200, `{"schema":` + quote(user) + `}`},
		{"GET /schemas/ids/3", "", 200, `{"schema":"{\"type\":\"object\"}","schemaType":"JSON"}`},
		{"GET /schemas/ids/1/schema", "", 200, user},
		{"GET /schemas/ids/2/versions", "", 200, `[{"subject":"orders-key","version":1},{"subject":"orders-value","version":2}]`},
		{"GET /schemas/ids/2/subjects", "", 200, `["orders-key","orders-value"]`},
		{"GET /subjects/orders-value/versions/2", "", 200, `{"subject":"orders-value","version":2,"id":2,"schema":"\"string\""}`},
		{"GET /subjects/orders-value/versions/latest", "", 200, `{"subject":"orders-value","version":3,"id":3,"schema":"{\"type\":\"object\"}","schemaType":"JSON"}`},
		{"GET /subjects/orders-value/versions/-1", "", 200, `{"subject":"orders-value","version":3,"id":3,"schema":"{\"type\":\"object\"}","schemaType":"JSON"}`},
		{"GET /subjects/orders-value/versions/1/schema", "", 200, user},
		{"POST /subjects/orders-value", body(spaced), 200, `{"subject":"orders-value","version":1,"id":1,"schema":` + quote(user) + `}`},
		{"POST /subjects/a%2Fb%20c/versions", body(`"int"`), 200, `{"id":4}`},
		{"GET /subjects/a%2Fb%20c/versions", "", 200, `[1]`},
		{"GET /schemas/ids/4", "", 200, `{"schema":"\"int\"","guid":"ef524ea1-b91e-7317-3d93-8ade36c1db32"}`},
		{"GET /schemas/guids/ef524ea1-b91e-7317-3d93-8ade36c1db32", "", 200, `{"schema":"\"int\""}`},
		{"GET /schemas/types", "", 200, `["JSON","PROTOBUF","AVRO"]`},
		{"GET /mode", "", 200, `{"mode":"READWRITE"}`},
		{"GET /", "", 200, `{}`},
	})
}

func TestReferences(t *testing.T) {
	t.Parallel()
	address := `{"type":"record","name":"Address","namespace":"com.ex","fields":[{"name":"street","type":"string"}]}`
	person := `{"type":"record","name":"Person","namespace":"com.ex","fields":[{"name":"home","type":"com.ex.Address"}]}`
	team := `{"type":"record","name":"Team","namespace":"com.ex","fields":[{"name":"lead","type":"Person"},{"name":"office","type":"Address"}]}`
	proto := `syntax = "proto3"; import "a.proto"; message M { A a = 1; }`
	refs := func(text, refs string) string { return `{"schema":` + quote(text) + `,"references":[` + refs + `]}` }
	run(t, newRegistry(t), []step{
		{"POST /subjects/address/versions", body(address), 200, `{"id":1}`},
		{"POST /subjects/person/versions", refs(person, `{"name":"com.ex.Address","subject":"address","version":1}`), 200, `{"id":2}`},
		{"POST /subjects/team/versions", refs(team, `{"name":"com.ex.Person","subject":"person","version":1},{"name":"com.ex.Address","subject":"address","version":1}`), 200, `{"id":3}`},
		{"GET /schemas/ids/2", "", 200, `{"schema":` + quote(person) + `,"references":[{"name":"com.ex.Address","subject":"address","version":1}]}`},
		{"POST /subjects/a.proto/versions", `{"schemaType":"PROTOBUF","schema":"syntax = \"proto3\"; message A {}"}`, 200, `{"id":4}`},
		{"POST /subjects/m/versions", `{"schemaType":"PROTOBUF","schema":` + quote(proto) + `,"references":[{"name":"a.proto","subject":"a.proto","version":1}]}`, 200, `{"id":5}`},
		{"GET /schemas/ids/5", "", 200, `{"schemaType":"PROTOBUF","schema":` + quote(proto) + `,"references":[{"name":"a.proto","subject":"a.proto","version":1}]}`},
	})
	for name, b := range map[string]string{
		"not named":       body(person),
		"unknown subject": refs(person, `{"name":"com.ex.Address","subject":"nowhere","version":1}`),
		"unknown version": refs(person, `{"name":"com.ex.Address","subject":"address","version":9}`),
	} {
		r := newRegistry(t)
		do(r, "POST /subjects/address/versions", body(address))
		if w := do(r, "POST /subjects/person/versions", b); w.Code != 422 || !strings.Contains(w.Body.String(), "42201") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	do(r, "POST /subjects/s/versions", body(user))
	for _, tt := range []struct {
		name, call, body string
		status, code     int
		message          string
	}{
		{"subject", "GET /subjects/none/versions", "", 404, 40401, "Subject 'none' not found."},
		{"subject of a version", "GET /subjects/none/versions/1", "", 404, 40401, "Subject 'none' not found."},
		{"subject of a look-up", "POST /subjects/none", body(user), 404, 40401, "Subject 'none' not found."},
		{"version", "GET /subjects/s/versions/7", "", 404, 40402, "Version 7 not found."},
		{"schema of a look-up", "POST /subjects/s", body(`"int"`), 404, 40403, "Schema not found"},
		{"schema id", "GET /schemas/ids/9", "", 404, 40403, "Schema 9 not found"},
		{"schema guid", "GET /schemas/guids/x", "", 404, 40403, "Schema x not found"},
		{"version name", "GET /subjects/s/versions/newest", "", 422, 42202, "'newest' is not a valid version id"},
		{"version zero", "GET /subjects/s/versions/0", "", 422, 42202, "'0' is not a valid version id"},
		{"avro", "POST /subjects/s/versions", body(`{"type":"record"}`), 422, 42201, "Invalid schema"},
		{"avro that is no JSON", "POST /subjects/s/versions", body(`{"type":`), 422, 42201, "Invalid schema"},
		{"JSON schema", "POST /subjects/s/versions", `{"schemaType":"JSON","schema":"[1]"}`, 422, 42201, "Invalid schema"},
		{"protobuf", "POST /subjects/s/versions", `{"schemaType":"PROTOBUF","schema":"message A {"}`, 422, 42201, "Invalid schema"},
		{"type", "POST /subjects/s/versions", `{"schemaType":"XML","schema":"x"}`, 422, 42201, "XML"},
		{"empty", "POST /subjects/s/versions", `{}`, 422, 42201, "Empty schema"},
		{"no JSON", "POST /subjects/s/versions", `{`, 400, 400, "JSON"},
		{"path", "GET /nowhere", "", 404, 404, "HTTP 404 Not Found"},
		{"level", "PUT /config", `{"compatibility":"LOOSE"}`, 422, 42203, "Invalid compatibility level"},
		{"level of a subject", "GET /config/s", "", 404, 40408, "Subject 's'"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := do(r, tt.call, tt.body)
			var got struct {
				Code    int    `json:"error_code"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if w.Code != tt.status || got.Code != tt.code || !strings.Contains(got.Message, tt.message) {
				t.Errorf("%d %+v, want %d %d %q", w.Code, got, tt.status, tt.code, tt.message)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	run(t, newRegistry(t), []step{
		{"GET /config", "", 200, `{"compatibilityLevel":"NONE"}`},
		{"PUT /config", `{"compatibility":"full"}`, 200, `{"compatibility":"FULL"}`},
		{"GET /config", "", 200, `{"compatibilityLevel":"FULL"}`},
		{"GET /config/s?defaultToGlobal=true", "", 200, `{"compatibilityLevel":"FULL"}`},
		{"PUT /config/s", `{"compatibility":"BACKWARD"}`, 200, `{"compatibility":"BACKWARD"}`},
		{"GET /config/s", "", 200, `{"compatibilityLevel":"BACKWARD"}`},
	})
}

func TestPreload(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	spaced := `{ "type": "int" }`
	if err := r.Preload([]registry.Schema{
		{ID: 100, Subject: "a", Version: 3, Type: registry.Avro, Text: spaced, GUID: "01f692b3-0d4a-1c8a-3e60-0b1440637f8f"},
		{ID: 100, Subject: "b", Version: 1, Text: spaced},
		{ID: 7, Subject: "a", Version: 4, Type: registry.JSON, Text: "not checked"},
	}); err != nil {
		t.Fatal(err)
	}
	run(t, r, []step{
		{"GET /schemas/ids/100", "", 200, `{"schema":` + quote(spaced) + `,"guid":"01f692b3-0d4a-1c8a-3e60-0b1440637f8f"}`},
		{"GET /subjects/a/versions", "", 200, `[3,4]`},
		{"GET /subjects/a/versions/1", "", 404, `{"error_code":40402,"message":"Version 1 not found."}`},
		{"GET /subjects/a/versions/latest", "", 200, `{"subject":"a","version":4,"id":7,"schema":"not checked","schemaType":"JSON"}`},
		{"POST /subjects/c/versions", body(`"int"`), 200, `{"id":100}`}, // the same schema
		{"POST /subjects/c/versions", body(`"long"`), 200, `{"id":101}`},
	})
	for name, s := range map[string]registry.Schema{
		"another text": {ID: 100, Subject: "x", Version: 1, Text: `"int"`},
		"another id":   {ID: 9, Subject: "a", Version: 3, Text: `"int"`},
		"no version":   {ID: 9, Subject: "a", Text: `"int"`},
		"no id":        {Subject: "a", Version: 1, Text: `"int"`},
		"no subject":   {ID: 9, Version: 1, Text: `"int"`},
		"negative one": {ID: -9, Subject: "a", Version: 1, Text: `"int"`},
		"negative two": {ID: 9, Subject: "a", Version: -1, Text: `"int"`},
		"another type": {ID: 100, Subject: "x", Version: 1, Text: spaced, Type: registry.JSON},
	} {
		if err := r.Preload([]registry.Schema{s}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "registry.json")
	r := newRegistry(t, registry.WithFile(path))
	run(t, r, []step{
		{"POST /subjects/a/versions", body(user), 200, `{"id":1}`},
		{"POST /subjects/a/versions", body(`"int"`), 200, `{"id":2}`},
		{"PUT /config", `{"compatibility":"FULL"}`, 200, `{"compatibility":"FULL"}`},
	})
	again := []step{
		{"GET /subjects/a/versions", "", 200, `[1,2]`},
		{"GET /schemas/ids/1", "", 200, `{"schema":` + quote(user) + `}`},
		{"POST /subjects/b/versions", body(user), 200, `{"id":1}`},
		{"GET /config", "", 200, `{"compatibilityLevel":"FULL"}`},
	}
	run(t, newRegistry(t, registry.WithFile(path)), again)

	// What cannot be written down is not registered.
	if err := os.Mkdir(path+".tmp", 0o755); err != nil {
		t.Fatal(err)
	}
	r = newRegistry(t, registry.WithFile(path))
	if w := do(r, "POST /subjects/c/versions", body(`"long"`)); w.Code != 500 || !strings.Contains(w.Body.String(), "50001") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := do(r, "GET /subjects/c/versions", ""); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, damaged := range []string{`{`, `{"subjects":{"a":[4]}}`} {
		if err := os.WriteFile(path, []byte(damaged), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := registry.New(registry.WithFile(path)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", damaged, err)
		}
	}
}

func TestFault(t *testing.T) {
	t.Parallel()
	calls := 0
	r := newRegistry(t, registry.WithFault(func(req *http.Request) int {
		if calls++; calls == 1 && req.Method == http.MethodPost {
			return http.StatusServiceUnavailable
		}
		return 0
	}))
	run(t, r, []step{
		{"POST /subjects/a/versions", body(user), 503, `{"error_code":50301,"message":"fault injected by the test"}`},
		{"GET /subjects", "", 200, `[]`},
		{"POST /subjects/a/versions", body(user), 200, `{"id":1}`},
	})
}

// Two writers that register at once agree on the ids.
func TestConcurrentRegistration(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	ids := make([]chan string, 8)
	for i := range ids {
		ids[i] = make(chan string, 20)
		go func() {
			defer close(ids[i])
			for n := range 20 {
				ids[i] <- do(r, fmt.Sprintf("POST /subjects/s%d/versions", i%2), body(fmt.Sprintf(`{"type":"fixed","name":"F","size":%d}`, n+1))).Body.String()
			}
		}()
	}
	for want := range ids[0] {
		for _, c := range ids[1:] {
			if got := <-c; got != want {
				t.Errorf("%s and %s", got, want)
			}
		}
	}
}

func FuzzRegister(f *testing.F) {
	f.Add("AVRO", user)
	f.Add("JSON", `{"type":"object"}`)
	f.Add("PROTOBUF", `message A {}`)
	f.Fuzz(func(t *testing.T, kind, text string) {
		r := newRegistry(t)
		b, err := json.Marshal(map[string]string{"schemaType": kind, "schema": text})
		if err != nil {
			t.Skip("not JSON")
		}
		w := do(r, "POST /subjects/s/versions", string(b))
		switch w.Code {
		case 422:
		case 200:
			if again := do(r, "POST /subjects/s/versions", string(b)); again.Body.String() != w.Body.String() {
				t.Fatalf("registered as %s and again as %s", w.Body, again.Body)
			}
		default:
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
