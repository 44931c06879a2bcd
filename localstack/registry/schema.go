package registry

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks/convert/protobuf"
)

// The types of schemas. An empty type is Avro.
const (
	Avro     = "AVRO"
	JSON     = "JSON"
	Protobuf = "PROTOBUF"
)

// A Schema is one version of a subject.
type Schema struct {
	ID         int         `json:"id"`
	Subject    string      `json:"subject,omitempty"`
	Version    int         `json:"version,omitempty"`
	Type       string      `json:"schemaType,omitempty"`
	Text       string      `json:"schema"`
	References []Reference `json:"references,omitempty"`
	// GUID is the id of header mode. Left empty it is made from the text, as
	// the real registry does for schemas without references.
	GUID string `json:"guid,omitempty"`
}

// A Reference names another subject's schema that this one uses.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

func (s *Schema) kind() string {
	if s.Type == "" {
		return Avro
	}
	return s.Type
}

func (s *Schema) guid() string {
	if s.GUID != "" {
		return s.GUID
	}
	sum := md5.Sum([]byte(s.Text))
	h := hex.EncodeToString(sum[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// identity is equal for schemas that are the same one to the registry: the
// same type and references, and a text that differs in nothing but what
// parsing it loses.
func (s *Schema) identity() string {
	refs, err := json.Marshal(s.References)
	if err != nil {
		return s.kind() + s.Text // not reached: a reference is two strings and a number
	}
	return s.kind() + string(refs) + canonical(s.kind(), s.Text)
}

func canonical(kind, text string) string {
	switch kind {
	case Avro:
		if v, err := decodeJSON(text); err == nil {
			if sorted, err := json.Marshal(plainNames(v)); err == nil {
				return string(sorted)
			}
		}
	case JSON:
		return compact(text)
	case Protobuf:
		if same, ok := protobuf.Canonical(text); ok {
			return same
		}
		return strings.Join(strings.Fields(text), " ")
	}
	return text
}

// plainNames writes {"type": "int"} as "int", everywhere in an Avro schema.
func plainNames(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plainNames(v[i])
		}
	case map[string]any:
		if name, ok := v["type"].(string); ok && len(v) == 1 {
			return name
		}
		for k := range v {
			if k == "type" || k == "items" || k == "values" || k == "fields" {
				v[k] = plainNames(v[k])
			}
		}
	}
	return v
}

// stored is the text that the registry keeps: without the layout of JSON.
func stored(kind, text string) string {
	if kind == Protobuf {
		return text
	}
	return compact(text)
}

func compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}

func decodeJSON(text string) (v any, err error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("text after the schema")
	}
	return v, nil
}

// check says what is wrong with a schema, given the texts of the schemas that
// it refers to, in an order in which each one knows those before it.
func check(kind, text string, references []string) error {
	switch kind {
	case Avro:
		return checkAvro(append(references, text))
	case JSON:
		v, err := decodeJSON(text)
		if err != nil {
			return err
		}
		switch v.(type) {
		case map[string]any, bool:
			return nil
		}
		return errors.New("a JSON schema is an object or a boolean")
	case Protobuf:
		return checkProtobuf(text)
	}
	return fmt.Errorf("unknown type %s", kind)
}

// checkProtobuf finds what cannot be a .proto file: no declaration, or braces
// that do not match.
func checkProtobuf(text string) error {
	depth := 0
	for _, r := range text {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 {
		return errors.New("the braces do not match")
	}
	for _, word := range []string{"message", "enum"} {
		if strings.Contains(text, word) {
			return nil
		}
	}
	return errors.New("no message and no enum")
}
