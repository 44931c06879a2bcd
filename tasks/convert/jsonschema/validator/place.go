package validator

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// place is where a schema stands: a pointer into a resource.
type place struct {
	in      *resource
	pointer string
}

func (p place) String() string { return p.in.base.String() + "#" + p.pointer }

func (p place) child(tokens ...string) place {
	for _, t := range tokens {
		p.pointer += "/" + escape.Replace(t)
	}
	return p
}

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// The keywords that hold a schema, a list of schemas, or schemas by name. What a draft does not know as such holds no identifiers.
var (
	oneSchema = map[string]Draft{"not": Draft4, "additionalProperties": Draft4, "items": Draft4, "additionalItems": Draft4, "propertyNames": Draft6,
		"contains": Draft6, "if": Draft7, "then": Draft7, "else": Draft7, "unevaluatedProperties": Draft2019, "unevaluatedItems": Draft2019, "contentSchema": Draft2019}
	listOfSchemas   = map[string]Draft{"allOf": Draft4, "anyOf": Draft4, "oneOf": Draft4, "items": Draft4, "prefixItems": Draft2020}
	schemasOfByName = map[string]Draft{"definitions": Draft4, "properties": Draft4, "patternProperties": Draft4, "dependencies": Draft4, "$defs": Draft2019,
		"dependentSchemas": Draft2019}
)

// index notes the resources and anchors at a place and below it.
func (c *compiler) index(at place, v any) error {
	obj, ok := v.(map[string]any)
	if !ok || c.indexed[at.String()] {
		return nil
	}
	c.indexed[at.String()] = true
	id, fragment := identifier(at.in.draft, obj)
	if id != "" && at.pointer != "" {
		base, err := at.in.base.Parse(id)
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		child, err := newResource(base, v, at.in.draft)
		if err != nil {
			return err
		}
		c.embedded[at.String()] = child
		c.add(child)
		return c.index(place{child, ""}, v)
	}
	c.anchor(at, fragment)
	if at.in.draft >= Draft2019 {
		c.anchor(at, textOf(obj, "$anchor"))
		if name := textOf(obj, "$dynamicAnchor"); at.in.draft >= Draft2020 && name != "" {
			c.anchor(at, name)
			at.in.dynamicAt[name] = at.pointer
		}
	}
	return c.indexChildren(at, obj)
}

func (c *compiler) indexChildren(at place, obj map[string]any) error {
	for key, v := range obj {
		if d, ok := oneSchema[key]; ok && at.in.draft >= d {
			if err := c.index(at.child(key), v); err != nil {
				return err
			}
		}
		list, _ := v.([]any)
		if d, ok := listOfSchemas[key]; ok && at.in.draft >= d {
			for i, v := range list {
				if err := c.index(at.child(key, strconv.Itoa(i)), v); err != nil {
					return err
				}
			}
		}
		named, _ := v.(map[string]any)
		if d, ok := schemasOfByName[key]; ok && at.in.draft >= d {
			for name, v := range named {
				if err := c.index(at.child(key, name), v); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (c *compiler) anchor(at place, name string) {
	if name != "" {
		c.anchors[at.in.base.String()+"#"+name] = at
	}
}

// add makes a resource known by its identifier; the first of a name stays.
func (c *compiler) add(r *resource) {
	if uri := r.base.String(); c.resources[uri] == nil {
		c.resources[uri] = r
	}
}

// identifier returns a schema's own identifier, and the fragment that names it where the draft has such.
func identifier(d Draft, obj map[string]any) (id, fragment string) {
	key := "$id"
	if d == Draft4 {
		key = "id"
	}
	if _, ok := obj["$ref"]; ok && d < Draft2019 {
		return "", "" // a reference's siblings say nothing
	}
	id, fragment, _ = strings.Cut(textOf(obj, key), "#")
	if d >= Draft2019 || strings.HasPrefix(fragment, "/") {
		fragment = ""
	}
	return id, fragment
}

func newResource(base *url.URL, root any, draft Draft) (*resource, error) {
	obj, _ := root.(map[string]any)
	if uri := textOf(obj, "$schema"); uri != "" {
		var ok bool
		if draft, ok = draftOf(uri); !ok {
			return nil, fmt.Errorf("%s: its $schema, %s, is none of drafts 4, 6, 7, 2019-09 and 2020-12", base, uri)
		}
	}
	anchored, _ := obj["$recursiveAnchor"].(bool)
	return &resource{base: base, root: root, draft: draft, recursiveAnchor: anchored && draft == Draft2019, dynamic: map[string]*Schema{},
		dynamicAt: map[string]string{}}, nil
}

func draftOf(uri string) (Draft, bool) {
	uri = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSuffix(uri, "#"), "http:"), "https:")
	d, ok := map[string]Draft{"//json-schema.org/schema": Draft2020, "//json-schema.org/draft/2020-12/schema": Draft2020,
		"//json-schema.org/draft/2019-09/schema": Draft2019, "//json-schema.org/draft-07/schema": Draft7,
		"//json-schema.org/draft-06/schema": Draft6, "//json-schema.org/draft-04/schema": Draft4}[uri]
	return d, ok
}

// find returns the place that a reference names.
func (c *compiler) find(from *resource, ref string) (at place, v any, err error) {
	u, err := from.base.Parse(ref)
	if err != nil {
		return at, nil, err
	}
	fragment := u.Fragment
	u.Fragment, u.RawFragment = "", ""
	uri := u.String()
	if err := c.load(uri, from.draft); err != nil {
		return at, nil, err
	}
	if named, ok := c.anchors[uri+"#"+fragment]; ok {
		v, err = c.value(&named)
		return named, v, err
	}
	at.in = c.resources[uri]
	if at.in == nil {
		return at, nil, fmt.Errorf("the schema %s is not among the schema's references", uri)
	}
	if fragment != "" && fragment[0] != '/' {
		return at, nil, fmt.Errorf("%s has no anchor %q", uri, fragment)
	}
	at.pointer = fragment
	if v, err = c.value(&at); err != nil {
		return at, nil, err
	}
	return at, v, c.index(at, v)
}

// load indexes a document that was handed over, the first time that something refers to it.
func (c *compiler) load(uri string, draft Draft) error {
	doc, ok := c.others[uri]
	if !ok || c.resources[uri] != nil {
		return nil
	}
	base, err := url.Parse(uri)
	if err != nil {
		return err
	}
	r, err := newResource(base, doc, draft)
	if err != nil {
		return err
	}
	obj, _ := doc.(map[string]any)
	c.resources[uri] = r
	if id, _ := identifier(r.draft, obj); id != "" {
		if u, err := base.Parse(id); err == nil {
			r.base = u
			c.add(r)
		}
	}
	return c.index(place{r, ""}, doc)
}

// value follows a pointer, into embedded resources too, and makes the place one of the innermost.
func (c *compiler) value(at *place) (any, error) {
	whole := *at
	v := at.in.root
	at.pointer = ""
	if whole.pointer == "" {
		return v, nil
	}
	for token := range strings.SplitSeq(whole.pointer[1:], "/") {
		token = unescape.Replace(token)
		switch holder := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = holder[token]; !ok {
				return nil, fmt.Errorf("%s: there is nothing", whole)
			}
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(holder) {
				return nil, fmt.Errorf("%s: there is nothing", whole)
			}
			v = holder[i]
		default:
			return nil, fmt.Errorf("%s: there is nothing", whole)
		}
		*at = at.child(token)
		if inner := c.embedded[at.String()]; inner != nil {
			*at = place{inner, ""}
		}
	}
	return v, nil
}

func textOf(obj map[string]any, key string) string {
	s, _ := obj[key].(string)
	return s
}
