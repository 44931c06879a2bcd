package registry

import (
	"encoding/json"
	"fmt"
	"strings"
)

// An avroChecker checks what Avro's own parser checks of a schema, but for the
// values of defaults. Logical types that make no sense are passed over, as it
// does.
type avroChecker struct {
	names map[string]bool // full names defined so far
}

// checkAvro checks the schemas of a list, each of which knows the names of
// those before it.
func checkAvro(texts []string) error {
	c := avroChecker{names: map[string]bool{}}
	for _, text := range texts {
		v, err := decodeJSON(text)
		if err != nil {
			return err
		}
		if err := c.schema(v, ""); err != nil {
			return err
		}
	}
	return nil
}

func (c *avroChecker) schema(v any, namespace string) error {
	switch v := v.(type) {
	case string:
		if !primitive(v) && !c.names[v] && !c.names[fullName(v, namespace)] {
			return fmt.Errorf("undefined name: %q", v)
		}
		return nil
	case []any:
		return c.union(v, namespace)
	case map[string]any:
		return c.object(v, namespace)
	}
	return fmt.Errorf("not a schema: %v", v)
}

func (c *avroChecker) object(o map[string]any, namespace string) error {
	kind, ok := o["type"].(string)
	if !ok {
		if o["type"] == nil {
			return fmt.Errorf("no type: %v", o)
		}
		return c.schema(o["type"], namespace)
	}
	switch kind {
	case "array":
		return c.schema(o["items"], namespace)
	case "map":
		return c.schema(o["values"], namespace)
	case "record", "error", "enum", "fixed":
		namespace, err := c.define(o, namespace)
		if err != nil {
			return err
		}
		switch kind {
		case "enum":
			return symbols(o)
		case "fixed":
			return size(o)
		}
		return c.fields(o, namespace)
	}
	return c.schema(kind, namespace)
}

// define takes in the name of a named type and returns the namespace inside.
func (c *avroChecker) define(o map[string]any, namespace string) (string, error) {
	name, _ := o["name"].(string)
	if ns, ok := o["namespace"].(string); ok {
		namespace = ns
	}
	full := fullName(name, namespace)
	for part := range strings.SplitSeq(full, ".") {
		if !identifier(part) {
			return "", fmt.Errorf("illegal name: %q", full)
		}
	}
	if c.names[full] || primitive(full) {
		return "", fmt.Errorf("can't redefine: %s", full)
	}
	c.names[full] = true
	return full[:max(strings.LastIndexByte(full, '.'), 0)], nil
}

func (c *avroChecker) fields(o map[string]any, namespace string) error {
	fields, ok := o["fields"].([]any)
	if !ok {
		return fmt.Errorf("record has no fields: %v", o["name"])
	}
	seen := map[string]bool{}
	for _, f := range fields {
		field, _ := f.(map[string]any)
		name, _ := field["name"].(string)
		switch {
		case !identifier(name):
			return fmt.Errorf("illegal field name: %q", name)
		case seen[name]:
			return fmt.Errorf("duplicate field %s in record %v", name, o["name"])
		}
		seen[name] = true
		if err := c.schema(field["type"], namespace); err != nil {
			return fmt.Errorf("field %s: %w", name, err)
		}
	}
	return nil
}

func (c *avroChecker) union(branches []any, namespace string) error {
	seen := map[string]bool{}
	for _, b := range branches {
		if _, ok := b.([]any); ok {
			return fmt.Errorf("nested union: %v", b)
		}
		if err := c.schema(b, namespace); err != nil {
			return err
		}
		name := branchName(b, namespace)
		if seen[name] {
			return fmt.Errorf("duplicate in union: %s", name)
		}
		seen[name] = true
	}
	return nil
}

func branchName(b any, namespace string) string {
	kind, ok := b.(string)
	if o, isObject := b.(map[string]any); isObject {
		if name, named := o["name"].(string); named {
			if ns, ok := o["namespace"].(string); ok {
				namespace = ns
			}
			return fullName(name, namespace)
		}
		kind, ok = o["type"].(string)
	}
	if !ok || primitive(kind) || kind == "array" || kind == "map" {
		return kind
	}
	return fullName(kind, namespace)
}

func symbols(o map[string]any) error {
	symbols, ok := o["symbols"].([]any)
	if !ok {
		return fmt.Errorf("enum has no symbols: %v", o["name"])
	}
	seen := map[string]bool{}
	for _, s := range symbols {
		name, _ := s.(string)
		if !identifier(name) || seen[name] {
			return fmt.Errorf("illegal or duplicate enum symbol: %v", s)
		}
		seen[name] = true
	}
	if d, ok := o["default"]; ok {
		if name, _ := d.(string); !seen[name] {
			return fmt.Errorf("the enum default %v is not in its symbols", d)
		}
	}
	return nil
}

func size(o map[string]any) error {
	n, ok := o["size"].(json.Number)
	if i, err := n.Int64(); !ok || err != nil || i < 0 {
		return fmt.Errorf("invalid or no size: %v", o["name"])
	}
	return nil
}

func primitive(name string) bool {
	switch name {
	case "null", "boolean", "int", "long", "float", "double", "bytes", "string":
		return true
	}
	return false
}

func fullName(name, namespace string) string {
	if namespace == "" || strings.Contains(name, ".") {
		return name
	}
	return namespace + "." + name
}

func identifier(s string) bool {
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
