package validator

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

// maxDepth bounds how deep schemas may be nested.
const maxDepth = 1000

// compiler compiles a schema and what it refers to.
type compiler struct {
	others    map[string]any       // what was handed over, by URI
	resources map[string]*resource // by URI
	anchors   map[string]place     // by URI and name
	embedded  map[string]*resource // by place
	indexed   map[string]bool      // places
	schemas   map[string]*Schema   // by place
}

// Compile compiles a schema that stands at a URI, of a draft unless it says another one itself. It may refer to others, by
// their URIs, and to nothing else. All of them are what encoding/json makes of them, with json.Number.
func Compile(uri string, root any, draft Draft, others map[string]any) (*Schema, error) {
	c := &compiler{others: maps.Clone(others), resources: map[string]*resource{}, anchors: map[string]place{}, embedded: map[string]*resource{},
		indexed: map[string]bool{}, schemas: map[string]*Schema{}}
	if c.others == nil {
		c.others = map[string]any{}
	}
	c.others[uri] = root
	base, err := url.Parse(uri)
	if err != nil {
		return nil, err
	}
	return c.refer(&resource{base: base, draft: draft}, uri, 0)
}

// refer compiles what a reference names.
func (c *compiler) refer(from *resource, ref string, depth int) (*Schema, error) {
	at, v, err := c.find(from, ref)
	if err != nil {
		return nil, fmt.Errorf("resolve %q: %w", ref, err)
	}
	return c.schema(at, v, depth)
}

// schema compiles the schema at a place, once.
func (c *compiler) schema(at place, v any, depth int) (*Schema, error) {
	if inner := c.embedded[at.String()]; inner != nil {
		at = place{inner, ""}
	}
	key := at.String()
	if s := c.schemas[key]; s != nil {
		return s, nil
	}
	if depth++; depth > maxDepth {
		return nil, errors.New("the schema is nested too deeply")
	}
	s := &Schema{draft: at.in.draft, resource: at.in}
	c.schemas[key] = s
	if at.pointer == "" {
		at.in.schema = s
	}
	obj, ok := v.(map[string]any)
	if !ok {
		truth, ok := v.(bool)
		if !ok {
			return nil, fmt.Errorf("%s: a schema is neither an object nor a boolean", at)
		}
		s.never = !truth
		return s, nil
	}
	// First of all: what refers here, from below too, asks for them.
	s.recursiveAnchor, _ = obj["$recursiveAnchor"].(bool)
	s.dynamicAnchor = textOf(obj, "$dynamicAnchor")
	r := &reader{c: c, at: at, obj: obj, depth: depth}
	s.read(r)
	return s, r.err
}

// reader reads the keywords of a schema; after an error, nothing more.
type reader struct {
	c     *compiler
	at    place
	obj   map[string]any
	depth int
	err   error
}

// read fills s, keyword by keyword.
func (s *Schema) read(r *reader) {
	s.ref = r.reference("$ref")
	if s.ref != nil && s.draft < Draft2019 {
		return // its siblings say nothing
	}
	s.readAny(r)
	s.readNumber(r)
	s.readText(r)
	s.readArray(r)
	s.readObject(r)
	s.allOf, s.anyOf, s.oneOf, s.not = r.list("allOf"), r.list("anyOf"), r.list("oneOf"), r.schema("not")
	if s.draft >= Draft7 {
		s.condition, s.then, s.other = r.schema("if"), r.schema("then"), r.schema("else")
	}
	if s.draft == Draft2019 {
		s.recursiveRef = r.reference("$recursiveRef")
		if r.at.in.recursiveAnchor && r.err == nil { // whoever comes here may be sent to the root
			_, r.err = r.c.schema(place{r.at.in, ""}, r.at.in.root, r.depth)
		}
	}
	if s.draft >= Draft2020 {
		s.readDynamic(r)
	}
}

func (s *Schema) readDynamic(r *reader) {
	for name, pointer := range r.at.in.dynamicAt { // whoever comes here may be sent to any of them
		at := place{r.at.in, pointer}
		if v, err := r.c.value(&at); err == nil && r.err == nil && r.at.in.dynamic[name] == nil {
			r.at.in.dynamic[name], r.err = r.c.schema(at, v, r.depth)
		}
	}
	if s.dynamicRef = r.reference("$dynamicRef"); s.dynamicRef == nil {
		return
	}
	if u, err := url.Parse(textOf(r.obj, "$dynamicRef")); err == nil && u.Fragment == s.dynamicRef.dynamicAnchor {
		s.dynamicName = u.Fragment
	}
}

func (s *Schema) readAny(r *reader) {
	switch kind := r.obj["type"].(type) {
	case nil:
	case string:
		s.types = []string{kind}
	default:
		s.types = r.texts("type")
	}
	for _, kind := range s.types {
		if !slices.Contains([]string{"object", "array", "string", "number", "integer", "boolean", "null"}, kind) {
			r.refuse("type", "no type")
		}
	}
	if list, ok := get[[]any](r, "enum", "no list"); ok {
		s.enum = make([]string, 0, len(list))
		for _, v := range list {
			s.enum = append(s.enum, canonical(v))
		}
	}
	if v, ok := r.obj["const"]; ok && s.draft >= Draft6 {
		text := canonical(v)
		s.constant = &text
	}
}

func (s *Schema) readNumber(r *reader) {
	s.minimum, s.maximum, s.multipleOf = r.number("minimum"), r.number("maximum"), r.number("multipleOf")
	if s.multipleOf != nil && s.multipleOf.sign() <= 0 {
		r.refuse("multipleOf", "not more than 0")
	}
	if s.draft > Draft4 {
		s.above, s.below = r.number("exclusiveMinimum"), r.number("exclusiveMaximum")
		return
	}
	if r.truth("exclusiveMinimum") {
		s.minimum, s.above = nil, s.minimum
	}
	if r.truth("exclusiveMaximum") {
		s.maximum, s.below = nil, s.maximum
	}
}

func (s *Schema) readText(r *reader) {
	s.minLength, s.maxLength = r.count("minLength"), r.count("maxLength")
	if text, ok := get[string](r, "pattern", "no text"); ok {
		s.patternText, s.pattern = text, r.pattern("pattern", text)
	}
	s.formatName = textOf(r.obj, "format")
	s.format = formatOf(s.draft, s.formatName)
}

func (s *Schema) readArray(r *reader) {
	s.minItems, s.maxItems, s.unique = r.count("minItems"), r.count("maxItems"), r.truth("uniqueItems")
	_, tuple := r.obj["items"].([]any)
	switch {
	case s.draft >= Draft2020:
		s.prefix, s.items = r.list("prefixItems"), r.schema("items")
	case tuple:
		s.prefix, s.items = r.list("items"), r.schema("additionalItems")
	default:
		s.items = r.schema("items")
	}
	if s.draft >= Draft6 {
		s.contains = r.schema("contains")
	}
	if s.draft >= Draft2019 {
		s.minContains, s.maxContains = r.count("minContains"), r.count("maxContains")
		s.unevaluatedItems = r.schema("unevaluatedItems")
	}
}

func (s *Schema) readObject(r *reader) {
	s.minProperties, s.maxProperties, s.required = r.count("minProperties"), r.count("maxProperties"), r.texts("required")
	s.properties, s.additional = r.named("properties", nil), r.schema("additionalProperties")
	patterns := r.named("patternProperties", nil)
	for _, text := range slices.Sorted(maps.Keys(patterns)) {
		s.patterns = append(s.patterns, patternSchema{r.pattern("patternProperties", text), patterns[text]})
	}
	s.dependentRequired = map[string][]string{}
	dependent := "dependencies" // later drafts still let it pass
	s.dependentSchemas = r.named(dependent, s.dependentRequired)
	if s.draft >= Draft6 {
		s.propertyNames = r.schema("propertyNames")
	}
	if s.draft < Draft2019 {
		return
	}
	lists, _ := get[map[string]any](r, "dependentRequired", "no object")
	for name := range lists {
		s.dependentRequired[name] = append(s.dependentRequired[name], textList(lists[name])...)
	}
	for name, schema := range r.named("dependentSchemas", nil) {
		if old := s.dependentSchemas[name]; old != nil {
			schema = &Schema{draft: s.draft, resource: s.resource, allOf: []*Schema{old, schema}}
		}
		s.dependentSchemas[name] = schema
	}
	s.unevaluatedProperties = r.schema("unevaluatedProperties")
}

func (r *reader) refuse(key, why string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %s is %s", r.at, key, why)
	}
}

// get returns a keyword's value; one of another type is refused.
func get[T any](r *reader, key, why string) (v T, ok bool) {
	any, there := r.obj[key]
	if !there {
		return v, false
	}
	if v, ok = any.(T); !ok {
		r.refuse(key, why)
	}
	return v, ok
}

func (r *reader) truth(key string) bool {
	v, _ := get[bool](r, key, "no boolean")
	return v
}

func (r *reader) number(key string) *number {
	text, ok := get[json.Number](r, key, "no number")
	if !ok {
		return nil
	}
	n, ok := parseNumber(text)
	if !ok {
		r.refuse(key, "beyond what can be compared")
	}
	return &n
}

func (r *reader) count(key string) *int {
	n := r.number(key)
	if n == nil {
		return nil
	}
	if n.negative || !n.whole() || len(n.digits)+n.exponent > 18 {
		r.refuse(key, "no count")
		return nil
	}
	count := 0
	if n.digits != "" {
		count, _ = strconv.Atoi(n.digits)
		for range n.exponent {
			count *= 10
		}
	}
	return &count
}

func (r *reader) texts(key string) []string {
	list, ok := get[[]any](r, key, "no list of texts")
	out := textList(list)
	if ok && len(out) < len(list) {
		r.refuse(key, "no list of texts")
	}
	return out
}

func textList(v any) (out []string) {
	list, _ := v.([]any)
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (r *reader) pattern(key, text string) *javaregexp.Regexp {
	p, err := javaregexp.Compile(text)
	if err != nil {
		r.refuse(key, fmt.Sprintf("no pattern: %v", err))
	}
	return p
}

func (r *reader) reference(key string) *Schema {
	text, ok := get[string](r, key, "no text")
	if !ok || r.err != nil {
		return nil
	}
	s, err := r.c.refer(r.at.in, text, r.depth)
	if err != nil {
		r.err = err
	}
	return s
}

func (r *reader) schema(key string) *Schema {
	v, ok := r.obj[key]
	if !ok {
		return nil
	}
	return r.below(v, key)
}

// below compiles the schema v, which stands below this one.
func (r *reader) below(v any, tokens ...string) (s *Schema) {
	if r.err == nil {
		s, r.err = r.c.schema(r.at.child(tokens...), v, r.depth)
	}
	return s
}

func (r *reader) list(key string) (out []*Schema) {
	list, _ := get[[]any](r, key, "no list")
	for i, v := range list {
		out = append(out, r.below(v, key, strconv.Itoa(i)))
	}
	return out
}

// named compiles schemas by name; where a list of texts may stand instead of a schema, it goes into lists.
func (r *reader) named(key string, lists map[string][]string) map[string]*Schema {
	values, _ := get[map[string]any](r, key, "no object")
	out := make(map[string]*Schema, len(values))
	for name, v := range values {
		if _, ok := v.([]any); ok && lists != nil {
			lists[name] = textList(v)
			continue
		}
		out[name] = r.below(v, key, name)
	}
	return out
}
