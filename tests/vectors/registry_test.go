package vectors_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/localstack/registry"
)

// schemas is the registry of one recording.
type schemas struct {
	registry *registry.Registry
	server   *httptest.Server
}

// newRegistry serves the recorded content and puts the server's URL into the recording's configurations.
func newRegistry(v *vector) (*schemas, error) {
	r, err := registry.New()
	if err != nil {
		return nil, err
	}
	if err := r.Preload(plain(v.Registry)); err != nil {
		return nil, err
	}
	s := &schemas{r, httptest.NewServer(r)}
	for _, config := range []map[string]string{v.Config, v.OutConfig} {
		for k, x := range config {
			if onlyMocks(x) {
				config[k] = s.server.URL
			}
		}
	}
	return s, nil
}

// onlyMocks reports whether a list of URLs names registries of the recordings alone, which are all one.
func onlyMocks(list string) bool {
	for u := range strings.SplitSeq(list, ",") {
		if !strings.HasPrefix(u, "mock://") {
			return false
		}
	}
	return true
}

// plain drops empty lists of references, which the registry tells from none.
func plain(list []registry.Schema) []registry.Schema {
	list = slices.Clone(list)
	for i := range list {
		if len(list[i].References) == 0 {
			list[i].References = nil
		}
	}
	return list
}

// compare compares the whole content with what the recording left behind.
func (s *schemas) compare(v *vector) error {
	want := v.After
	if want == nil {
		want = v.Registry
	}
	got, err := s.content()
	if err != nil {
		return err
	}
	w, g := sortedTexts(want), sortedTexts(got)
	if !reflect.DeepEqual(w, g) {
		return fmt.Errorf("registry has %q, not %q", g, w)
	}
	return nil
}

// sortedTexts returns one text for each schema; two schemas are the same when their texts are.
func sortedTexts(list []registry.Schema) []string {
	var out []string
	for _, s := range list {
		kind := s.Type
		if kind == "" {
			kind = registry.Avro
		}
		out = append(out, fmt.Sprintf("%d %s %d %s %v %s", s.ID, s.Subject, s.Version, kind, s.References, normalText(kind, s.Text)))
	}
	slices.Sort(out)
	return out
}

func normalText(kind, text string) string {
	if kind == registry.Protobuf {
		b := []byte(text)
		slices.Sort(b)
		return string(b)
	}
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(sorted)
}

// content lists every version of every subject.
func (s *schemas) content() ([]registry.Schema, error) {
	var subjects []string
	if err := s.get("/subjects", &subjects); err != nil {
		return nil, err
	}
	var out []registry.Schema
	for _, subject := range subjects {
		path := "/subjects/" + url.PathEscape(subject) + "/versions"
		var versions []int
		if err := s.get(path, &versions); err != nil {
			return nil, err
		}
		for _, version := range versions {
			var schema registry.Schema
			if err := s.get(fmt.Sprintf("%s/%d", path, version), &schema); err != nil {
				return nil, err
			}
			out = append(out, schema)
		}
	}
	return out, nil
}

func (s *schemas) get(path string, v any) error {
	w := httptest.NewRecorder()
	s.registry.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		return errors.New(path + ": " + w.Body.String())
	}
	return json.Unmarshal(w.Body.Bytes(), v)
}
