package jsonschema

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// dialect is a draft of JSON Schema, by its number; 2019-09 and 2020-12 are modern.
type dialect int

const (
	draft4 dialect = 4
	draft6 dialect = 6
	draft7 dialect = 7
	modern dialect = 2019
)

func dialectOf(d *document) dialect {
	url, _ := d.string("$schema")
	switch {
	case strings.Contains(url, "draft-04"):
		return draft4
	case strings.Contains(url, "draft-06"):
		return draft6
	case strings.Contains(url, "2019-09"), strings.Contains(url, "2020-12"):
		return modern
	}
	return draft7
}

// maxDepth bounds how deep schemas may be nested.
const maxDepth = 500

var (
	errDeep  = errors.New("the schema is nested too deeply")
	errShape = errors.New("a schema is neither an object nor a boolean")
)

// loader loads the schemas of one text and those that it refers to.
type loader struct {
	documents
	dialect dialect
	loaded  map[*document]*schema // targets of references
	depth   int
}

// load reads a schema from its text; refs are the texts that it refers to by name.
func load(text string, refs map[string]string, ignoreModern bool) (*schema, *document, error) {
	root, err := parseDocument(text)
	if err != nil {
		return nil, nil, err
	}
	l := &loader{dialect: dialectOf(root), loaded: map[*document]*schema{}}
	if l.dialect == modern && ignoreModern {
		l.dialect = draft7
	}
	if err := l.open(root, refs); err != nil {
		return nil, nil, err
	}
	s, err := l.schema(root)
	return s, root, err
}

func (l *loader) schema(d *document) (*schema, error) {
	if l.depth++; l.depth > maxDepth {
		return nil, errDeep
	}
	defer func() { l.depth-- }()
	switch {
	case d.shape == booleanDoc && d.truth:
		return &schema{kind: trueKind}, nil
	case d.shape == booleanDoc:
		return &schema{kind: falseKind}, nil
	case d.shape != objectDoc:
		return nil, errShape
	}
	s, err := l.object(d)
	if err == nil {
		s.doc = d
	}
	return s, err
}

func (l *loader) object(d *document) (*schema, error) {
	if ref := d.member("$ref"); ref != nil {
		return l.reference(d, ref)
	}
	parts, err := l.extract(d)
	switch {
	case err != nil:
		return nil, err
	case len(parts) == 0:
		return &schema{kind: emptyKind}, nil
	case len(parts) == 1:
		return parts[0], nil
	}
	// Of several keywords each is a schema of its own, combined ones first.
	slices.SortStableFunc(parts, func(a, b *schema) int {
		switch {
		case a.kind == combinedKind && b.kind != combinedKind:
			return -1
		case a.kind != combinedKind && b.kind == combinedKind:
			return 1
		}
		return 0
	})
	return &schema{kind: combinedKind, how: allOf, parts: parts}, nil
}

func (l *loader) reference(d, ref *document) (*schema, error) {
	if ref.shape != stringDoc {
		return nil, errors.New("$ref is not a string")
	}
	target, err := l.find(d, ref.text)
	if err != nil {
		return nil, err
	}
	s := &schema{kind: referenceKind, target: l.loaded[target]}
	if s.target != nil {
		return s, nil
	}
	// A reference inside of the target finds this one, which is filled afterwards.
	s.target = &schema{}
	l.loaded[target] = s.target
	got, err := l.schema(target)
	if err != nil {
		return nil, err
	}
	*s.target = *got
	return s, nil
}

// Keywords that say the type of data by themselves.
var (
	arrayWords  = []string{"items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains", "prefixItems"}
	objectWords = []string{"properties", "required", "minProperties", "maxProperties", "dependencies", "patternProperties",
		"additionalProperties", "propertyNames", "dependentRequired", "dependentSchemas"}
	numberWords = []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
	stringWords = []string{"minLength", "maxLength", "pattern", "format"}
)

// extract returns one schema for each group of keywords.
func (l *loader) extract(d *document) (parts []*schema, err error) {
	if e := d.member("enum"); e != nil {
		parts = append(parts, &schema{kind: enumKind, symbols: e.items})
	}
	for _, how := range []string{oneOf, anyOf, allOf} {
		if m := d.member(how); m != nil {
			s := &schema{kind: combinedKind, how: how}
			if s.parts, err = l.list(m); err != nil {
				return nil, err
			}
			parts = append(parts, s)
		}
	}
	if d.has("not") {
		parts = append(parts, &schema{kind: notKind})
	}
	if c := d.member("const"); c != nil && l.dialect != draft4 {
		parts = append(parts, &schema{kind: constKind, symbols: []*document{c}})
	}
	typed, used, err := l.types(d)
	if err != nil {
		return nil, err
	}
	if typed != nil {
		parts = append(parts, typed)
	}
	for _, group := range []struct {
		name  string
		words []string
	}{{"array", arrayWords}, {"object", objectWords}, {"number", numberWords}, {"string", stringWords}} {
		if !used[group.name] && d.has(group.words...) {
			s, err := l.ofType(d, group.name)
			if err != nil {
				return nil, err
			}
			parts = append(parts, s)
		}
	}
	if l.dialect >= draft7 && d.has("if", "then", "else") {
		parts = append(parts, &schema{kind: conditionalKind})
	}
	return parts, nil
}

// types loads what the keyword type names; used are the groups of keywords that this takes.
func (l *loader) types(d *document) (s *schema, used map[string]bool, err error) {
	t := d.member("type")
	used = map[string]bool{}
	if t == nil {
		return nil, used, nil
	}
	take := func(name string) (*schema, error) {
		used[name] = true
		if name == "integer" {
			used["number"] = true
		}
		return l.ofType(d, name)
	}
	switch t.shape {
	case stringDoc:
		s, err = take(t.text)
		return s, used, err
	case arrayDoc:
		s = &schema{kind: combinedKind, how: anyOf}
		for _, item := range t.items {
			part, err := take(item.text)
			if err != nil {
				return nil, nil, err
			}
			s.parts = append(s.parts, part)
		}
		return s, used, nil
	}
	return nil, nil, errors.New("type is neither a string nor an array")
}

func (l *loader) ofType(d *document, name string) (*schema, error) {
	switch name {
	case "string":
		return &schema{kind: stringKind}, nil
	case "integer":
		return &schema{kind: numberKind, integer: true}, nil
	case "number":
		return &schema{kind: numberKind}, nil
	case "boolean":
		return &schema{kind: booleanKind}, nil
	case "null":
		return &schema{kind: nullKind}, nil
	case "array":
		return l.array(d)
	case "object":
		return l.properties(d)
	}
	return nil, fmt.Errorf("unknown type: [%s]", name)
}

func (l *loader) array(d *document) (s *schema, err error) {
	s = &schema{kind: arrayKind}
	if items := d.member("items"); items != nil && items.shape != arrayDoc && !d.has("prefixItems") {
		s.items, err = l.schema(items)
	}
	return s, err
}

func (l *loader) properties(d *document) (*schema, error) {
	s := &schema{kind: objectKind, required: map[string]bool{}}
	if r := d.member("required"); r != nil {
		for _, item := range r.items {
			s.required[item.text] = true
		}
	}
	if p := d.member("properties"); p != nil && p.shape == objectDoc {
		for _, i := range hashOrder(p.names) {
			field, err := l.schema(p.items[i])
			if err != nil {
				return nil, err
			}
			s.fields = append(s.fields, property{p.names[i], field})
		}
	}
	if m := d.member("additionalProperties"); m != nil && m.shape == objectDoc {
		var err error
		if s.more, err = l.schema(m); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (l *loader) list(d *document) ([]*schema, error) {
	if d.shape != arrayDoc {
		return nil, errShape
	}
	out := make([]*schema, len(d.items))
	for i, item := range d.items {
		var err error
		if out[i], err = l.schema(item); err != nil {
			return nil, err
		}
	}
	return out, nil
}
