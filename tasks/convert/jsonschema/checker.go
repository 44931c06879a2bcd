package jsonschema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema/validator"
)

// checker tells whether data matches its schema.
type checker struct{ schema *validator.Schema }

// newChecker returns the checker of a schema from a registry, of draft 7 unless it says another one.
func newChecker(text string, refs map[string]string) (*checker, error) {
	return compile(text, refs, validator.Draft7)
}

// newOwnChecker returns the checker of a schema that [schemaText] wrote: its ids are those of draft 4.
func newOwnChecker(text string) (*checker, error) { return compile(text, nil, validator.Draft4) }

func compile(text string, refs map[string]string, draft validator.Draft) (*checker, error) {
	root, err := decode([]byte(text))
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(baseURI)
	if err != nil {
		return nil, err
	}
	bases := []*url.URL{base}
	if o, ok := root.(map[string]any); ok {
		for _, word := range []string{"$id", "id"} {
			id, _ := o[word].(string)
			if u, err := base.Parse(id); err == nil && id != "" {
				bases = append(bases, u)
			}
		}
	}
	others := map[string]any{}
	for name, ref := range refs {
		doc, err := decode([]byte(ref))
		if err != nil {
			return nil, fmt.Errorf("reference %s: %w", name, err)
		}
		for _, b := range bases {
			if u, err := b.Parse(name); err == nil {
				uri, _, _ := strings.Cut(u.String(), "#")
				others[uri] = doc
			}
		}
	}
	s, err := validator.Compile(baseURI, root, draft, others)
	if err != nil {
		return nil, err
	}
	return &checker{s}, nil
}

// decode reads the first value of a text.
func decode(data []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

// check returns what is wrong with a text, nil when nothing is.
func (c *checker) check(data []byte) error {
	v, err := decode(data)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil // nothing is no value that could be wrong
		}
		return tasks.NewException("com.fasterxml.jackson.core.JsonParseException", "%v", err)
	}
	if err := c.schema.Validate(v); err != nil {
		return tasks.NewException("org.everit.json.schema.ValidationException", "%v", err)
	}
	return nil
}
