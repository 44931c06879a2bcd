package registry

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// maxBody bounds a request's body.
const maxBody = 16 << 20

// request reads the schema in a request's body.
func request(req *http.Request) (Schema, error) {
	var body struct {
		Text       string      `json:"schema"`
		Type       string      `json:"schemaType"`
		References []Reference `json:"references"`
	}
	if err := readBody(req, &body); err != nil {
		return Schema{}, err
	}
	s := Schema{Text: body.Text, Type: body.Type, References: body.References}
	if s.Type == Avro {
		s.Type = ""
	}
	if !slices.Contains(types(), s.kind()) {
		return Schema{}, errInvalid(&s, fmt.Errorf("Invalid schema type %s", s.Type))
	}
	if s.Text == "" {
		return Schema{}, &apiError{http.StatusUnprocessableEntity, 42201, "Empty schema"}
	}
	return s, nil
}

func readBody(req *http.Request, v any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, req.Body, maxBody)).Decode(v); err != nil {
		return &apiError{http.StatusBadRequest, http.StatusBadRequest, "the body is not the JSON of this call: " + err.Error()}
	}
	return nil
}

func (r *Registry) register(req *http.Request) (any, error) {
	schema, err := request(req)
	if err != nil {
		return nil, err
	}
	subject := req.PathValue("subject")
	if found, err := r.snapshot().find(subject, &schema); err == nil {
		return idAnswer{found.ID, found.GUID}, nil
	}
	var answer idAnswer
	return &answer, r.change(func(s *state) (err error) {
		answer, err = s.register(subject, schema)
		return err
	})
}

type idAnswer struct {
	ID   int    `json:"id"`
	GUID string `json:"guid"`
}

func (r *Registry) lookUp(req *http.Request) (any, error) {
	schema, err := request(req)
	if err != nil {
		return nil, err
	}
	return r.snapshot().find(req.PathValue("subject"), &schema)
}

// levels are the compatibility levels that can be set.
func levels() []string {
	return []string{"NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"}
}

func (r *Registry) config(req *http.Request) (any, error) {
	subject, s := req.PathValue("subject"), r.snapshot()
	level := s.Levels[subject]
	if level == "" && subject != "" {
		if req.URL.Query().Get("defaultToGlobal") != "true" {
			return nil, &apiError{http.StatusNotFound, 40408, fmt.Sprintf("Subject '%s' does not have subject-level compatibility configured", subject)}
		}
		level = s.Levels[""]
	}
	if level == "" {
		level = "NONE"
	}
	return map[string]string{"compatibilityLevel": level}, nil
}

func (r *Registry) setConfig(req *http.Request) (any, error) {
	var body struct {
		Level string `json:"compatibility"`
	}
	if err := readBody(req, &body); err != nil {
		return nil, err
	}
	level := strings.ToUpper(body.Level)
	if !slices.Contains(levels(), level) {
		return nil, &apiError{http.StatusUnprocessableEntity, 42203, "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive"}
	}
	return map[string]string{"compatibility": level}, r.change(func(s *state) error {
		s.Levels[req.PathValue("subject")] = level
		return nil
	})
}
