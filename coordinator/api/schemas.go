package api

import (
	"encoding/json"
	"reflect"
	"strings"
)

// schemas are the JSON Schemas of the API's types, by name, made from the types themselves.
type schemas map[string]any

// of returns the schema of a value's type: for a struct a reference to one of the schemas.
func (s schemas) of(v any) any {
	switch v := v.(type) {
	case oneOf:
		var any []any
		for _, one := range v {
			any = append(any, s.of(one))
		}
		return document{"oneOf": any}
	case document:
		return document{"type": "object"}
	}
	return s.ofType(reflect.TypeOf(v))
}

func (s schemas) ofType(t reflect.Type) any {
	if t == reflect.TypeFor[json.RawMessage]() { // the maps of connectors
		return document{"type": []string{"object", "null"}}
	}
	switch t.Kind() {
	case reflect.Bool:
		return document{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return document{"type": "integer"}
	case reflect.Pointer:
		inner := s.ofType(t.Elem())
		if d, ok := inner.(document); ok && d["type"] != nil {
			return document{"type": []any{d["type"], "null"}}
		}
		return document{"oneOf": []any{inner, document{"type": "null"}}}
	case reflect.Slice:
		return document{"type": "array", "items": s.ofType(t.Elem())}
	case reflect.Map:
		return document{"type": "object", "additionalProperties": s.ofType(t.Elem())}
	case reflect.Struct:
		return s.ofStruct(t)
	}
	return document{"type": "string"}
}

func (s schemas) ofStruct(t reflect.Type) any {
	ref := document{"$ref": "#/components/schemas/" + t.Name()}
	if s[t.Name()] != nil {
		return ref
	}
	properties, required := document{}, []string{}
	s[t.Name()] = document{"type": "object", "properties": properties, "additionalProperties": false}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || f.Tag.Get("json") == "" {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		properties[name] = s.ofType(f.Type)
		if options != "omitempty" {
			required = append(required, name)
		}
	}
	s[t.Name()].(document)["required"] = required
	return ref
}
