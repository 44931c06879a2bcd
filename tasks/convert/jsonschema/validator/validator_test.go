package validator_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	other "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/mayfly-connect/mayfly/tasks/convert/jsonschema/validator"
)

const uri = "mem://schema"

func decode(t *testing.T, text string) (v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// drafts are those that there are, as the other implementation has them.
var drafts = map[validator.Draft]*other.Draft{validator.Draft4: other.Draft4, validator.Draft6: other.Draft6, validator.Draft7: other.Draft7,
	validator.Draft2019: other.Draft2019, validator.Draft2020: other.Draft2020}

// TestOther compares random schemas and values with another implementation.
func TestOther(t *testing.T) {
	t.Parallel()
	for draft, theirs := range drafts {
		t.Run(fmt.Sprint(draft), func(t *testing.T) {
			t.Parallel()
			valid, all := 0, 0
			for seed := range uint64(200) {
				g := generator{rand.New(rand.NewPCG(seed, uint64(draft))), draft}
				text := g.root()
				schema, err := validator.Compile(uri, decode(t, text), draft, nil)
				if err != nil {
					t.Fatalf("seed %d: %s: %v", seed, text, err)
				}
				c := other.NewCompiler()
				c.DefaultDraft(theirs)
				if err := c.AddResource(uri, decode(t, text)); err != nil {
					t.Fatalf("seed %d: %s: %v", seed, text, err)
				}
				their, err := c.Compile(uri)
				if err != nil {
					t.Fatalf("seed %d: %s: %v", seed, text, err)
				}
				for range 5 {
					data := g.value(3)
					ours, wants := schema.Validate(decode(t, data)), their.Validate(decode(t, data))
					if (ours == nil) != (wants == nil) {
						t.Fatalf("seed %d: %s of %s: %v, the other says: %v", seed, data, text, ours, wants)
					}
					if all++; ours == nil {
						valid++
					}
				}
			}
			if valid < all/10 || valid > all*9/10 {
				t.Errorf("%d of %d values are valid: that says little", valid, all)
			}
		})
	}
}

// generator makes schemas of a draft, and values that may fit them.
type generator struct {
	*rand.Rand
	draft validator.Draft
}

func (g generator) root() string {
	defs := "definitions"
	if g.draft >= validator.Draft2019 {
		defs = "$defs"
	}
	return fmt.Sprintf(`{"allOf":[%s],"%s":{"a":%s,"b":%s}}`, g.schema(3), defs, g.schema(2), g.schema(1))
}

func (g generator) schema(depth int) string {
	var members []string
	seen := map[string]bool{}
	for range 1 + g.IntN(3) {
		for _, member := range g.keyword(depth - 1) {
			key, _, _ := strings.Cut(member, ":")
			if key == `"$ref"` && g.draft < validator.Draft2019 {
				return "{" + member + "}" // the other one takes some siblings into account, which no draft does
			}
			if !seen[key] {
				members = append(members, member)
			}
			seen[key] = true
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (g generator) keyword(depth int) []string {
	sub := func() string {
		if depth <= 0 {
			return g.leaf()
		}
		return g.schema(depth)
	}
	n := g.IntN
	one := func(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }
	words := []func() []string{
		g.simple, g.simple, g.simple,
		func() []string { return one(`"properties":{"a":%s,"b":%s}`, sub(), sub()) },
		func() []string { return one(`"patternProperties":{"^[ab]$":%s}`, sub()) },
		func() []string { return one(`"additionalProperties":%s`, sub()) },
		func() []string { return one(`"items":%s`, sub()) },
		func() []string { return one(`"allOf":[%s,%s]`, sub(), sub()) },
		func() []string { return one(`"anyOf":[%s,%s]`, sub(), sub()) },
		func() []string { return one(`"oneOf":[%s,%s]`, sub(), sub()) },
		func() []string { return one(`"not":%s`, sub()) },
		func() []string { return one(`"dependencies":{"a":["b"],"b":%s}`, sub()) },
		func() []string {
			if g.draft >= validator.Draft2020 {
				return []string{`"prefixItems":[` + sub() + `]`, `"items":` + sub()}
			}
			return []string{`"items":[` + sub() + `]`, `"additionalItems":` + sub()}
		},
		func() []string {
			if g.draft >= validator.Draft2019 {
				return one(`"$ref":"#/$defs/%c"`, 'a'+n(2))
			}
			return one(`"$ref":"#/definitions/%c"`, 'a'+n(2))
		},
	}
	if g.draft >= validator.Draft6 {
		words = append(words,
			func() []string { return one(`"contains":%s`, sub()) },
			func() []string { return one(`"propertyNames":%s`, sub()) },
			func() []string { return one(`"const":%s`, g.value(1)) })
	}
	if g.draft >= validator.Draft7 {
		words = append(words, func() []string { return []string{`"if":` + sub(), `"then":` + sub(), `"else":` + sub()} })
	}
	if g.draft >= validator.Draft2019 {
		words = append(words,
			func() []string {
				return []string{`"contains":` + sub(), fmt.Sprintf(`"minContains":%d`, n(3)), fmt.Sprintf(`"maxContains":%d`, n(3))}
			},
			func() []string { return one(`"dependentRequired":{"a":["b"]}`) },
			func() []string { return one(`"dependentSchemas":{"b":%s}`, sub()) },
			func() []string { return one(`"unevaluatedProperties":%s`, sub()) },
			func() []string { return one(`"unevaluatedItems":%s`, sub()) })
	}
	return words[n(len(words))]()
}

// leaf is a schema that holds no others.
func (g generator) leaf() string {
	if g.draft >= validator.Draft6 && g.IntN(4) == 0 {
		return fmt.Sprint(g.IntN(2) == 0)
	}
	return "{" + strings.Join(g.simple(), ",") + "}"
}

// simple is a keyword that holds no schemas.
func (g generator) simple() []string {
	kinds := []string{"object", "array", "string", "number", "integer", "boolean", "null"}
	switch n := g.IntN(12); n {
	case 0, 1:
		return []string{fmt.Sprintf(`"type":"%s"`, kinds[g.IntN(len(kinds))])}
	case 2:
		return []string{fmt.Sprintf(`"type":["%s","%s"]`, kinds[g.IntN(3)], kinds[3+g.IntN(4)])}
	case 3:
		return []string{fmt.Sprintf(`"enum":[%s,[1,%s]]`, g.value(2), g.number())}
	case 4, 5:
		bound := [][2]string{{"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}}[n-4]
		if g.draft == validator.Draft4 {
			return []string{fmt.Sprintf(`"%s":%s`, bound[0], g.number()), fmt.Sprintf(`"%s":%t`, bound[1], g.IntN(2) == 0)}
		}
		return []string{fmt.Sprintf(`"%s":%s`, bound[g.IntN(2)], g.number())}
	case 6:
		return []string{fmt.Sprintf(`"multipleOf":%s`, []string{"2", "0.5", "1e1", "0.1", "3"}[g.IntN(5)])}
	case 7:
		return []string{fmt.Sprintf(`"%s":%d`, []string{"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}[g.IntN(6)], g.IntN(3))}
	case 8:
		return []string{`"uniqueItems":true`}
	case 9:
		return []string{fmt.Sprintf(`"required":["%c"]`, 'a'+g.IntN(2))}
	case 10:
		return []string{fmt.Sprintf(`"pattern":"%s"`, []string{"^a", "b$", "[0-9]"}[g.IntN(3)])}
	default:
		return []string{`"title":"nothing"`}
	}
}

func (g generator) number() string {
	return []string{"0", "1", "-1", "2", "1.0", "0.5", "-0", "1e1", "10", "3.5", "100e-2", "1e30", "12345678901234567890", "-2.50"}[g.IntN(14)]
}

func (g generator) value(depth int) string {
	kind := g.IntN(8)
	if depth <= 0 {
		kind %= 5
	}
	switch kind {
	case 0, 1:
		return g.number()
	case 2:
		return []string{`""`, `"a"`, `"ab"`, `"é0"`, `"b"`}[g.IntN(5)]
	case 3:
		return fmt.Sprint(g.IntN(2) == 0)
	case 4:
		return "null"
	case 5:
		var items []string
		for range g.IntN(4) {
			items = append(items, g.value(depth-1))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	var members []string
	for _, name := range []string{"a", "b", "c"} {
		if g.IntN(2) == 0 {
			members = append(members, fmt.Sprintf(`"%s":%s`, name, g.value(depth-1)))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// TestReferences follows references of all kinds.
func TestReferences(t *testing.T) {
	t.Parallel()
	tree := `{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"mem://tree","$dynamicAnchor":"node","type":"object",
		"properties":{"children":{"type":"array","items":{"$dynamicRef":"#node"}}}}`
	recursive := `{"$schema":"https://json-schema.org/draft/2019-09/schema","$id":"mem://tree19","$recursiveAnchor":true,"type":"object",
		"properties":{"children":{"type":"array","items":{"$recursiveRef":"#"}}}}`
	others := map[string]any{"mem://tree": decode(t, tree), "mem://tree19": decode(t, recursive), "mem://types/name": decode(t, `{"type":"string","maxLength":3}`),
		"mem://types/draft4": decode(t, `{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}`)}
	for _, c := range []struct {
		name, schema, good, bad string
	}{
		{"a pointer", `{"items":{"$ref":"#/definitions/a~1b"},"definitions":{"a/b":{"type":"integer"}}}`, `[1,2]`, `[1,"2"]`},
		{"itself", `{"properties":{"next":{"$ref":"#"}},"required":["id"]}`, `{"id":1,"next":{"id":2}}`, `{"id":1,"next":{}}`},
		{"an anchor as in draft 7", `{"$ref":"#name","definitions":{"x":{"$id":"#name","type":"null"}}}`, `null`, `1`},
		{"an identifier inside", `{"$ref":"inner.json","definitions":{"x":{"$id":"inner.json","items":{"$ref":"#/definitions/y"},"definitions":{"y":{"type":"null"}}}}}`, `[null]`, `[1]`},
		{"another schema", `{"$ref":"mem://types/name"}`, `"abc"`, `"abcd"`},
		{"relative to the identifier", `{"$id":"mem://types/root","properties":{"n":{"$ref":"name"}}}`, `{"n":"a"}`, `{"n":1}`},
		{"of another draft", `{"$ref":"mem://types/draft4"}`, `2`, `1`},
		{"siblings in draft 7", `{"$ref":"mem://types/name","maxLength":0}`, `"abc"`, `"abcd"`},
		{"siblings later", `{"$schema":"https://json-schema.org/draft/2020-12/schema","$ref":"mem://types/name","minLength":2}`, `"abc"`, `"a"`},
		{"a dynamic anchor", `{"$schema":"https://json-schema.org/draft/2020-12/schema","$dynamicAnchor":"node","$ref":"mem://tree","unevaluatedProperties":false}`,
			`{"children":[{"children":[]}]}`, `{"children":[{"kids":[]}]}`},
		{"a recursive anchor", `{"$schema":"https://json-schema.org/draft/2019-09/schema","$recursiveAnchor":true,"$ref":"mem://tree19","unevaluatedProperties":false}`,
			`{"children":[{"children":[]}]}`, `{"children":[{"kids":[]}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, err := validator.Compile(uri, decode(t, c.schema), validator.Draft7, others)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(decode(t, c.good)); err != nil {
				t.Errorf("%s: %v", c.good, err)
			}
			if s.Validate(decode(t, c.bad)) == nil {
				t.Errorf("%s passes", c.bad)
			}
		})
	}
}

// TestRefuses has schemas that are none.
func TestRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"not":`, 5000) + "{}" + strings.Repeat("}", 5000)
	for schema, want := range map[string]string{
		`{"$ref":"elsewhere.json"}`: "not among the schema's references", `{"$ref":"#/definitions/x"}`: "there is nothing", `{"$ref":"#name"}`: "no anchor",
		`{"type":"text"}`: "type is no type", `{"minimum":"1"}`: "minimum is no number", `{"minLength":-1}`: "minLength is no count", `{"pattern":"("}`: "pattern is no pattern",
		`{"properties":[]}`: "properties is no object", `{"items":5}`: "neither an object nor a boolean", `{"$schema":"http://example.com/own"}`: "$schema",
		`{"multipleOf":0}`: "multipleOf is not more than 0", deep: "nested too deeply",
	} {
		_, err := validator.Compile(uri, decode(t, schema), validator.Draft7, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: error %v, want one with %q", schema, err, want)
		}
	}
}

// TestSays has values that are refused, and where and why.
func TestSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ schema, value, want string }{
		{`{"properties":{"a/b":{"items":{"type":"integer"}}}}`, `{"a/b":[1,"x"]}`, "#/a~1b/1: expected type: integer, found: String"},
		{`{"required":["id"]}`, `{}`, "#: required key [id] not found"},
		{`{"additionalProperties":false}`, `{"x":1}`, "#: extraneous key [x] is not permitted"},
		{`{"maximum":1e2}`, `1e999999999`, "#: 1e999999999 is not less or equal to 1e2"},
		{`{"allOf":[{"$ref":"#"}]}`, `1`, "#: the schema refers to itself for ever"},
	} {
		s, err := validator.Compile(uri, decode(t, c.schema), validator.Draft7, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(decode(t, c.value)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.value, err, c.want)
		}
	}
}

// TestFormats has texts that are, and are not, of the formats.
func TestFormats(t *testing.T) {
	t.Parallel()
	for format, c := range map[string]struct{ good, bad []string }{
		"date-time":             {[]string{"2024-02-29T23:59:59Z", "1985-04-12T23:20:50.52+01:30"}, []string{"2023-02-29T00:00:00Z", "2024-02-29 23:59:59Z", "2024-02-29T1:59:59Z", "2024-02-29T01:59:59,1Z", ""}},
		"date":                  {[]string{"2024-02-29"}, []string{"2023-02-29", "2024-2-9"}},
		"time":                  {[]string{"08:30:06Z", "08:30:06.283185+02:00"}, []string{"08:30:06", "24:00:00Z"}},
		"email":                 {[]string{"joe@example.com", `"joe bloggs"@example.com`, "joe@[127.0.0.1]", "te~st@example.com"}, []string{"joe", ".joe@example.com", "j..e@example.com", "joe@-x.com", "joe@[1.2.3]"}},
		"hostname":              {[]string{"www.example.com", "a"}, []string{"-a", "a_b", "a..b", strings.Repeat("a", 64)}},
		"ipv4":                  {[]string{"192.168.0.1"}, []string{"256.1.1.1", "1.2.3", "::1", "01.2.3.4"}},
		"ipv6":                  {[]string{"::1", "::ffff:1.2.3.4"}, []string{"1.2.3.4", "fe80::1%eth0", "12345::"}},
		"uri":                   {[]string{"http://foo.bar/?baz=qux#quux", "urn:oasis:names", "ldap://[2001:db8::7]/c=GB?one"}, []string{"//foo.bar", "/abc", `\\WINDOWS\share`, "http:// x", "bar,baz:foo"}},
		"uri-reference":         {[]string{"/abc", "#frag", ""}, []string{`\\WINDOWS\share`, "#frag\\ment"}},
		"uri-template":          {[]string{"http://example.com/{term:1}/{+x,y*}", "plain"}, []string{"http://example.com/{term", "a}b"}},
		"json-pointer":          {[]string{"", "/a~0b/c~1d"}, []string{"a", "/a~2", "#/a"}},
		"relative-json-pointer": {[]string{"1", "0/foo", "2#"}, []string{"01", "/foo", "-1", "1x"}},
		"regex":                 {[]string{"^a+(b|c)$"}, []string{"^(abc]"}},
		"unheard-of":            {[]string{"anything"}, nil},
	} {
		s, err := validator.Compile(uri, map[string]any{"format": format}, validator.Draft7, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range c.good {
			if err := s.Validate(text); err != nil {
				t.Errorf("%s %q: %v", format, text, err)
			}
		}
		for _, text := range c.bad {
			if s.Validate(text) == nil {
				t.Errorf("%s %q passes", format, text)
			}
		}
	}
	s, err := validator.Compile(uri, map[string]any{"format": "date"}, validator.Draft2020, nil)
	if err != nil || s.Validate("never") != nil {
		t.Error("drafts after 7 only note formats")
	}
}

// FuzzCompile takes any text for a schema and a value.
func FuzzCompile(f *testing.F) {
	f.Add(`{"items":{"$ref":"#"},"uniqueItems":true,"multipleOf":0.1}`, `[1e300,[2]]`)
	f.Add(`{"$schema":"https://json-schema.org/draft/2020-12/schema","$dynamicRef":"#a","$dynamicAnchor":"a"}`, `{}`)
	f.Add(`{"$id":"x","definitions":{"y":{"$id":"x"}},"allOf":[{"$ref":"x#/definitions/y"}]}`, `1`)
	f.Fuzz(func(t *testing.T, schema, value string) {
		var root, v any
		if json.Unmarshal([]byte(schema), &root) != nil {
			return
		}
		d := json.NewDecoder(strings.NewReader(value))
		d.UseNumber()
		if d.Decode(&v) != nil {
			return
		}
		for draft := range drafts {
			if s, err := validator.Compile(uri, root, draft, nil); err == nil {
				_ = s.Validate(v)
			}
		}
	})
}
