package spooldir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

// schemas is where the schemas of rows come from: the configuration, or the columns of a file.
type schemas struct {
	key, value         *tasks.Schema // nil when generated; key also when keys are null
	generate           bool
	keyFields          []string
	keyName, valueName string
}

func schemasOf(c tasks.Config) (schemas, error) {
	s := schemas{generate: c.Bool(generateKey), keyName: c.String(generateKeyKey), valueName: c.String(generateValueKey),
		keyFields: slices.DeleteFunc(c.List(generateFieldsKey), func(f string) bool { return f == "" })}
	if s.generate {
		return s, nil
	}
	if c.String(valueSchemaKey) == "" {
		return s, missing(valueSchemaKey, "rows need a schema; set it, or set "+generateKey+"=true")
	}
	for key, to := range map[string]**tasks.Schema{valueSchemaKey: &s.value, keySchemaKey: &s.key} {
		text := c.String(key)
		if text == "" {
			continue
		}
		schema, err := parseSchema([]byte(text))
		if err == nil && schema.Type != tasks.StructType {
			err = fmt.Errorf("its type is %s, not STRUCT", schema.Type)
		}
		if err != nil {
			return s, tasks.InvalidValue(key, text, err.Error())
		}
		*to = schema
	}
	if s.key != nil && len(s.key.Fields) == 0 {
		s.key = nil
	}
	return s, nil
}

// names returns the fields of value.schema, or nil when it is generated.
func (s schemas) names() []string {
	if s.value == nil {
		return nil
	}
	names := make([]string, len(s.value.Fields))
	for i, f := range s.value.Fields {
		names[i] = f.Name
	}
	return names
}

// forColumns returns the schemas of keys (nil for none) and values of a file with these columns.
func (s schemas) forColumns(names []string) (key, value *tasks.Schema, err error) {
	if !s.generate {
		return s.key, s.value, nil
	}
	value = stringStruct(s.valueName, names)
	if len(s.keyFields) == 0 {
		return nil, value, nil
	}
	for _, f := range s.keyFields {
		if !slices.Contains(names, f) {
			return nil, nil, fmt.Errorf("there is no column %q, which %s names; the columns are %q", f, generateFieldsKey, names)
		}
	}
	return stringStruct(s.keyName, s.keyFields), value, nil
}

func stringStruct(name string, names []string) *tasks.Schema {
	fields := make([]tasks.Field, len(names))
	for i, n := range names {
		fields[i] = tasks.Field{Name: n, Schema: tasks.OptionalStringSchema}
	}
	return tasks.NewStruct(name, fields...)
}

// jsonSchema is a schema in the JSON form of the original connectors.
type jsonSchema struct {
	Name         string          `json:"name"`
	Doc          *string         `json:"doc"`
	Type         string          `json:"type"`
	IsOptional   bool            `json:"isOptional"`
	Version      *int32          `json:"version"`
	DefaultValue json.RawMessage `json:"defaultValue"`
	Parameters   orderedMembers  `json:"parameters"`
	FieldSchemas orderedMembers  `json:"fieldSchemas"`
	KeySchema    json.RawMessage `json:"keySchema"`
	ValueSchema  json.RawMessage `json:"valueSchema"`
}

type member struct {
	name  string
	value json.RawMessage
}

// orderedMembers is a JSON object in the order of its text, in which a struct's fields stand.
type orderedMembers []member

func (o *orderedMembers) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("it must be a JSON object")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		m := member{name: name.(string)}
		if err := d.Decode(&m.value); err != nil {
			return err
		}
		*o = append(*o, m)
	}
	return nil
}

var schemaTypes = map[string]tasks.Type{"INT8": tasks.Int8, "INT16": tasks.Int16, "INT32": tasks.Int32, "INT64": tasks.Int64,
	"FLOAT32": tasks.Float32, "FLOAT64": tasks.Float64, "BOOLEAN": tasks.Boolean, "STRING": tasks.String, "BYTES": tasks.Bytes,
	"ARRAY": tasks.Array, "MAP": tasks.MapType, "STRUCT": tasks.StructType}

// parseSchema reads a schema from its JSON form.
func parseSchema(b []byte) (*tasks.Schema, error) {
	var j jsonSchema
	if err := json.Unmarshal(b, &j); err != nil {
		return nil, fmt.Errorf("it is not a schema in JSON: %w", err)
	}
	s := &tasks.Schema{Type: schemaTypes[j.Type], Name: j.Name, Doc: j.Doc, Optional: j.IsOptional, Version: j.Version}
	if s.Type == 0 {
		return nil, fmt.Errorf("the type %q is not known", j.Type)
	}
	if len(j.DefaultValue) > 0 && string(j.DefaultValue) != "null" {
		return nil, fmt.Errorf("defaultValue is not supported; make the field optional")
	}
	for _, p := range j.Parameters {
		var v string
		if err := json.Unmarshal(p.value, &v); err != nil {
			return nil, fmt.Errorf("the parameter %q must be a string", p.name)
		}
		s.Parameters = append(s.Parameters, tasks.Param{Name: p.name, Value: v})
	}
	for _, m := range j.FieldSchemas {
		f, err := parseSchema(m.value)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", m.name, err)
		}
		if s.FieldIndex(m.name) >= 0 {
			return nil, fmt.Errorf("field %q is there twice", m.name)
		}
		s.Fields = append(s.Fields, tasks.Field{Name: m.name, Schema: f})
	}
	var err error
	if s.Type == tasks.MapType {
		if s.Key, err = parseSchema(j.KeySchema); err != nil {
			return nil, fmt.Errorf("keySchema: %w", err)
		}
	}
	if s.Type == tasks.MapType || s.Type == tasks.Array {
		if s.Elem, err = parseSchema(j.ValueSchema); err != nil {
			return nil, fmt.Errorf("valueSchema: %w", err)
		}
	}
	if s.Logical(tasks.DecimalName) {
		if _, err := scaleOf(s); err != nil {
			return nil, err
		}
	}
	return s.Seal(), nil
}
