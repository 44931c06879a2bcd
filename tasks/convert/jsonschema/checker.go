package jsonschema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"

	validator "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mayfly-connect/mayfly/tasks"
)

// checker tells whether data matches its schema.
type checker struct{ schema *validator.Schema }

// nowhere loads no schemas beyond those that are handed to it.
type nowhere struct{}

func (nowhere) Load(url string) (any, error) {
	return nil, fmt.Errorf("the schema %s is not among the schema's references", url)
}

// newChecker returns the checker of a schema from a registry, of draft 7 unless it says another one.
func newChecker(text string, refs map[string]string) (*checker, error) {
	return compile(text, refs, validator.Draft7)
}

// newOwnChecker returns the checker of a schema that [schemaText] wrote: its ids are those of draft 4.
func newOwnChecker(text string) (*checker, error) { return compile(text, nil, validator.Draft4) }

func compile(text string, refs map[string]string, draft *validator.Draft) (*checker, error) {
	c := validator.NewCompiler()
	c.DefaultDraft(draft)
	c.UseLoader(nowhere{})
	root, err := validator.UnmarshalJSON(bytes.NewReader([]byte(text)))
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
	for name, ref := range refs {
		doc, err := validator.UnmarshalJSON(bytes.NewReader([]byte(ref)))
		if err != nil {
			return nil, fmt.Errorf("reference %s: %w", name, err)
		}
		for _, b := range bases {
			if u, err := b.Parse(name); err == nil {
				_ = c.AddResource(u.String(), doc) // it is there already when two bases are the same
			}
		}
	}
	if err := c.AddResource(baseURI, root); err != nil {
		return nil, err
	}
	s, err := c.Compile(baseURI)
	if err != nil {
		return nil, err
	}
	return &checker{s}, nil
}

// check returns what is wrong with a text, nil when nothing is.
func (c *checker) check(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
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
