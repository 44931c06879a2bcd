package validator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Validate returns what is wrong with a value, which is as encoding/json makes it, with json.Number; nil when nothing is.
func (s *Schema) Validate(v any) error { return s.apply(&frame{schema: s}, v, nil) }

// frame is a schema in use, on the way from the outermost: the dynamic scope.
type frame struct {
	schema *Schema
	parent *frame
	inside bool   // of the parent's value, not the same
	token  string // where inside
}

// fail returns an error that says where in the value it is.
func (f *frame) fail(format string, args ...any) error {
	var at []string
	for ; f != nil; f = f.parent {
		if f.inside {
			at = append(at, "/"+escape.Replace(f.token))
		}
	}
	slices.Reverse(at)
	return fmt.Errorf("#%s: "+format, slices.Concat([]any{strings.Join(at, "")}, args)...)
}

// loops reports whether the schema is in use for the same value already.
func (f *frame) loops() bool {
	for p := f; !p.inside && p.parent != nil; p = p.parent {
		if p.parent.schema == f.schema {
			return true
		}
	}
	return false
}

// evaluated is which properties and items a schema and those that it applies have looked at. Nil when nobody asks.
type evaluated struct {
	properties map[string]bool
	items      map[int]bool
}

func (e *evaluated) property(name string) {
	if e != nil {
		e.properties[name] = true
	}
}

func (e *evaluated) item(i int) {
	if e != nil {
		e.items[i] = true
	}
}

func (e *evaluated) add(o *evaluated) {
	if e != nil && o != nil {
		maps.Copy(e.properties, o.properties)
		maps.Copy(e.items, o.items)
	}
}

// apply returns what is wrong with v; into out goes what was evaluated, if nothing is.
func (s *Schema) apply(f *frame, v any, out *evaluated) error {
	if s.never {
		return f.fail("false schema always fails")
	}
	if f.loops() {
		return f.fail("the schema refers to itself for ever")
	}
	e := out
	if out != nil || s.unevaluatedItems != nil || s.unevaluatedProperties != nil {
		e = &evaluated{map[string]bool{}, map[int]bool{}}
	}
	if s.ref != nil {
		if err := f.same(s.ref, v, e); err != nil {
			return err
		}
	}
	for _, part := range []func(*frame, any, *evaluated) error{s.dynamic, s.checkAny, s.checkValue, s.combine, s.rest} {
		if err := part(f, v, e); err != nil {
			return err
		}
	}
	out.add(e)
	return nil
}

// same applies another schema to the same value.
func (f *frame) same(s *Schema, v any, e *evaluated) error {
	return s.apply(&frame{schema: s, parent: f}, v, e)
}

// in applies another schema to a part of the value.
func (f *frame) in(s *Schema, token string, v any) error {
	return s.apply(&frame{schema: s, parent: f, inside: true, token: token}, v, nil)
}

// dynamic applies what $recursiveRef and $dynamicRef lead to: that of the outermost resource on the way here which has such an anchor.
func (s *Schema) dynamic(f *frame, v any, e *evaluated) error {
	if to := s.recursiveRef; to != nil {
		for p := f; p != nil && s.recursiveRef.recursiveAnchor; p = p.parent {
			if p.schema.resource.recursiveAnchor {
				to = p.schema.resource.schema
			}
		}
		if err := f.same(to, v, e); err != nil {
			return err
		}
	}
	to := s.dynamicRef
	if to == nil {
		return nil
	}
	for p := f; p != nil && s.dynamicName != ""; p = p.parent {
		if named := p.schema.resource.dynamic[s.dynamicName]; named != nil {
			to = named
		}
	}
	return f.same(to, v, e)
}

func (s *Schema) checkAny(f *frame, v any, _ *evaluated) error {
	if len(s.types) > 0 && !slices.ContainsFunc(s.types, func(kind string) bool { return is(v, kind) }) {
		return f.fail("expected type: %s, found: %s", strings.Join(s.types, " or "), nameOf(v))
	}
	if s.enum == nil && s.constant == nil {
		return nil
	}
	text := canonical(v)
	if s.enum != nil && !slices.Contains(s.enum, text) {
		return f.fail("it is not one of the values of the enum")
	}
	if s.constant != nil && *s.constant != text {
		return f.fail("it is not the constant value")
	}
	return nil
}

func (s *Schema) checkValue(f *frame, v any, e *evaluated) error {
	switch v := v.(type) {
	case json.Number:
		return s.checkNumber(f, v)
	case string:
		return s.checkText(f, v)
	case []any:
		return s.checkArray(f, v, e)
	case map[string]any:
		return s.checkObject(f, v, e)
	}
	return nil
}

func (s *Schema) checkNumber(f *frame, text json.Number) error {
	if s.minimum == nil && s.maximum == nil && s.above == nil && s.below == nil && s.multipleOf == nil {
		return nil
	}
	n, ok := parseNumber(text)
	switch {
	case !ok:
		return f.fail("a number beyond what can be compared")
	case s.minimum != nil && n.compare(*s.minimum) < 0:
		return f.fail("%s is not greater or equal to %s", text, s.minimum)
	case s.maximum != nil && n.compare(*s.maximum) > 0:
		return f.fail("%s is not less or equal to %s", text, s.maximum)
	case s.above != nil && n.compare(*s.above) <= 0:
		return f.fail("%s is not greater than %s", text, s.above)
	case s.below != nil && n.compare(*s.below) >= 0:
		return f.fail("%s is not less than %s", text, s.below)
	case s.multipleOf != nil && !n.multipleOf(*s.multipleOf):
		return f.fail("%s is not a multiple of %s", text, s.multipleOf)
	}
	return nil
}

func (s *Schema) checkText(f *frame, text string) error {
	if s.minLength != nil || s.maxLength != nil {
		if err := f.count("Length", utf8.RuneCountInString(text), s.minLength, s.maxLength); err != nil {
			return err
		}
	}
	if s.pattern != nil {
		found, err := s.pattern.Find(text)
		if err != nil {
			return f.fail("%v", err)
		}
		if !found {
			return f.fail("the text does not match the pattern %s", s.patternText)
		}
	}
	if s.format != nil && !s.format(text) {
		return f.fail("the text is not a valid %s", s.formatName)
	}
	return nil
}

// count compares how many there are of something with the fewest and the most that may be.
func (f *frame) count(of string, n int, least, most *int) error {
	switch {
	case least != nil && n < *least:
		return f.fail("expected min%s: %d, actual: %d", of, *least, n)
	case most != nil && n > *most:
		return f.fail("expected max%s: %d, actual: %d", of, *most, n)
	}
	return nil
}

func (s *Schema) checkArray(f *frame, list []any, e *evaluated) error {
	if err := f.count("Items", len(list), s.minItems, s.maxItems); err != nil {
		return err
	}
	if s.unique {
		seen := make(map[string]bool, len(list))
		for _, v := range list {
			text := canonical(v)
			if seen[text] {
				return f.fail("array items are not unique")
			}
			seen[text] = true
		}
	}
	for i, v := range list {
		schema := s.items
		if i < len(s.prefix) {
			schema = s.prefix[i]
		}
		if schema == nil {
			break
		}
		if err := f.in(schema, strconv.Itoa(i), v); err != nil {
			return err
		}
		e.item(i)
	}
	if s.contains == nil {
		return nil
	}
	n, least := 0, 1
	for i, v := range list {
		if f.in(s.contains, strconv.Itoa(i), v) == nil {
			n++
			if s.draft >= Draft2020 {
				e.item(i)
			}
		}
	}
	if s.minContains != nil {
		least = *s.minContains
	}
	return f.count("Contains", n, &least, s.maxContains)
}

func (s *Schema) checkObject(f *frame, obj map[string]any, e *evaluated) error {
	if err := f.count("Properties", len(obj), s.minProperties, s.maxProperties); err != nil {
		return err
	}
	if err := f.require(obj, s.required); err != nil {
		return err
	}
	for name := range obj {
		if err := f.require(obj, s.dependentRequired[name]); err != nil {
			return err
		}
		if schema := s.dependentSchemas[name]; schema != nil {
			if err := f.same(schema, obj, e); err != nil {
				return err
			}
		}
		if s.propertyNames != nil {
			if err := f.in(s.propertyNames, name, name); err != nil {
				return err
			}
		}
		if err := s.checkProperty(f, name, obj[name], e); err != nil {
			return err
		}
	}
	return nil
}

func (f *frame) require(obj map[string]any, names []string) error {
	for _, name := range names {
		if _, ok := obj[name]; !ok {
			return f.fail("required key [%s] not found", name)
		}
	}
	return nil
}

func (s *Schema) checkProperty(f *frame, name string, v any, e *evaluated) error {
	var schemas []*Schema
	if schema := s.properties[name]; schema != nil {
		schemas = append(schemas, schema)
	}
	for _, p := range s.patterns {
		found, err := p.pattern.Find(name)
		if err != nil {
			return f.fail("%v", err)
		}
		if found {
			schemas = append(schemas, p.schema)
		}
	}
	if len(schemas) == 0 && s.additional != nil {
		if s.additional.never {
			return f.fail("extraneous key [%s] is not permitted", name)
		}
		schemas = append(schemas, s.additional)
	}
	for _, schema := range schemas {
		if err := f.in(schema, name, v); err != nil {
			return err
		}
		e.property(name)
	}
	return nil
}

// combine applies the schemas that are combined for the same value.
func (s *Schema) combine(f *frame, v any, e *evaluated) error {
	for _, schema := range s.allOf {
		if err := f.same(schema, v, e); err != nil {
			return err
		}
	}
	if len(s.anyOf) > 0 {
		matched, err := f.matches(s.anyOf, v, e)
		if matched == 0 {
			return f.fail("no subschema of anyOf matched out of the total %d, the last because of %w", len(s.anyOf), err)
		}
	}
	if len(s.oneOf) > 0 {
		matched, err := f.matches(s.oneOf, v, e)
		if matched == 0 {
			return f.fail("no subschema of oneOf matched out of the total %d, the last because of %w", len(s.oneOf), err)
		}
		if matched > 1 {
			return f.fail("%d subschemas of oneOf matched instead of one", matched)
		}
	}
	if s.not != nil && f.same(s.not, v, nil) == nil {
		return f.fail("subject must not be valid against the schema of not")
	}
	if s.condition == nil {
		return nil
	}
	branch := s.then
	if f.same(s.condition, v, e) != nil {
		branch = s.other
	}
	if branch == nil {
		return nil
	}
	return f.same(branch, v, e)
}

// matches applies all of the schemas, and returns how many match and why the last that does not, does not.
func (f *frame) matches(schemas []*Schema, v any, e *evaluated) (n int, last error) {
	for _, schema := range schemas {
		if err := f.same(schema, v, e); err != nil {
			last = err
		} else {
			n++
		}
	}
	return n, last
}

// rest applies the schemas of what nothing else has evaluated.
func (s *Schema) rest(f *frame, v any, e *evaluated) error {
	if obj, ok := v.(map[string]any); ok && s.unevaluatedProperties != nil {
		for name, v := range obj {
			if e.properties[name] {
				continue
			}
			if err := f.in(s.unevaluatedProperties, name, v); err != nil {
				return err
			}
			e.property(name)
		}
	}
	if list, ok := v.([]any); ok && s.unevaluatedItems != nil {
		for i, v := range list {
			if e.items[i] {
				continue
			}
			if err := f.in(s.unevaluatedItems, strconv.Itoa(i), v); err != nil {
				return err
			}
			e.item(i)
		}
	}
	return nil
}
