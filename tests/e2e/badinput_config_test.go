package e2e_test

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
)

// Files that cannot be read as what they are: the error names the file and the place.
func brokenFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		say           []string
	}{
		{"cut.json", "{\"name\": \"c\",\n \"config\": {\"my.password\": \"" + secret + "\"", []string{"line 2"}},
		{"comma.json", "{\"my.password\": \"" + secret + "\",\n}", []string{"line 2"}},
		{"list.json", `{"name":"c","topics":["a"],"my.password":"` + secret + `"}`, []string{"topics", "text"}},
		{"null.json", `{"name":"c","topics":null,"my.password":"` + secret + `"}`, []string{"topics", "leave the key out"}},
		{"nameless.json", `{"topics":"a","my.password":"` + secret + `"}`, []string{"no name"}},
		{"escape.properties", "name=c\nmy.password=" + secret + "\\u12\n", nil},
		{"nameless.properties", "my.password=" + secret + "\n", []string{"no name"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := t.TempDir() + "/" + c.name
			must(t, os.WriteFile(path, []byte(c.content), 0o600))
			_, err := worker.LoadConnector(path)
			if err == nil {
				t.Fatal("it was taken")
			}
			contains(t, err.Error(), append(c.say, path)...)
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the secret was printed: %v", err)
			}
		})
	}
	path := t.TempDir() + "/worker.properties"
	must(t, os.WriteFile(path, []byte("group.id=g\nmayfly.executors.max=many\nmy.password="+secret+"\n"), 0o600))
	_, err := worker.Load(path, nil, true)
	if err == nil || strings.Contains(err.Error(), secret) {
		t.Fatalf("worker properties: %v", err)
	}
	contains(t, err.Error(), path, "mayfly.executors.max", "many")
}

// A request whose body is no JSON.
func brokenRequest(t *testing.T) {
	s := guarded(t)
	s.call("GET", "/connectors", nil) // it leads
	resp, err := http.Post(s.node.URL()+"/connectors", "application/json", strings.NewReader(`{"name":"c","config":{"my.password":"`+secret+`"`))
	must(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	must(t, err)
	if resp.StatusCode < 400 || !strings.Contains(string(b), "error_code") {
		t.Errorf("%s %s", resp.Status, b)
	}
	_, _ = s.said.Write(b)
	s.do(http.StatusNotFound, "GET", "/connectors/c", nil)
}

// A class that nobody has: the nearest names are told.
func unknownClass(t *testing.T) {
	s := guarded(t)
	config := planted(fileSink("x", "y"))
	config["connector.class"] = "FileStreamSnik"
	status, answer := s.call("POST", "/connectors", map[string]any{"name": "slip", "config": config})
	if status < 400 || !strings.Contains(answer, "FileStreamSink") {
		t.Errorf("%d %s, want an error that names FileStreamSink", status, answer)
	}
	s.do(http.StatusNotFound, "GET", "/connectors/slip", nil)
}

// Keys that are missing or wrong are refused in Connect's own words; the mended configuration is taken and runs.
func wrongKeys(t *testing.T) {
	s := guarded(t)
	s.topic("rows", 1)
	s.send("rows", "a")
	for _, c := range []struct {
		name, key, value string // no value: the key is missing
		say              []string
	}{
		{"missing", "flush.size", "", []string{`Missing required configuration "flush.size" which has no default value.`}},
		{"no number", "gcs.part.size", "large", []string{"Invalid value large for configuration gcs.part.size: Not a number of type INT"}},
		{"too small", "gcs.part.size", "5", []string{"Invalid value 5 for configuration gcs.part.size", "at least 5242880"}},
		{"no boolean", "connect.meta.data", "maybe", []string{"Invalid value maybe for configuration connect.meta.data: Expected value to be either true or false"}},
		{"no topics", "topics", "", []string{"Must configure one of topics or topics.regex"}},
		{"no converter", "value.converter", "NoSuchConverter", []string{"NoSuchConverter", "value.converter"}},
		{"no transform", "transforms", "t", []string{"transforms.t.type"}},
		{"tolerance", "errors.tolerance", "some", []string{"errors.tolerance", "some"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := planted(gcsSink("rows", bucketFixed, bytesFormat))
			if config[c.key] = c.value; c.value == "" {
				delete(config, c.key)
			}
			status, answer := s.call("POST", "/connectors", map[string]any{"name": "wrong", "config": config})
			if status != http.StatusBadRequest {
				t.Errorf("%d %s, want %d", status, answer, http.StatusBadRequest)
			}
			contains(t, strings.ReplaceAll(answer, `\"`, `"`), c.say...)
			s.do(http.StatusNotFound, "GET", "/connectors/wrong", nil)
		})
	}
	out := s.file("out.txt")
	s.create("wrong", planted(fileSink("rows", out)))
	s.filled(out, "a")
}
