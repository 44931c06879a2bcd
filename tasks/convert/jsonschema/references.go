package jsonschema

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// baseURI is where a schema without an id of its own stands.
const baseURI = "mem://input"

// documents are the texts among which references are resolved: nothing else is ever fetched.
type documents struct {
	byURI map[string]*document   // without fragment
	names map[string]*document   // "uri#name"
	base  map[*document]*url.URL // of each object
}

// open takes in the root and the schemas that it refers to by name.
func (ds *documents) open(root *document, refs map[string]string) error {
	ds.byURI, ds.names, ds.base = map[string]*document{}, map[string]*document{}, map[*document]*url.URL{}
	base, err := url.Parse(baseURI)
	if err != nil {
		return err
	}
	if err := ds.index(root, base, 0); err != nil {
		return err
	}
	ds.byURI[baseURI] = root
	rootBase := ds.base[root]
	if rootBase == nil {
		rootBase = base
	}
	for name, text := range refs {
		d, err := parseDocument(text)
		if err != nil {
			return fmt.Errorf("reference %s: %w", name, err)
		}
		u, err := rootBase.Parse(name)
		if err != nil {
			return fmt.Errorf("reference %s: %w", name, err)
		}
		if err := ds.index(d, u, 0); err != nil {
			return fmt.Errorf("reference %s: %w", name, err)
		}
		ds.byURI[withoutFragment(u)] = d
		ds.byURI[name] = d
	}
	return nil
}

func withoutFragment(u *url.URL) string {
	c := *u
	c.Fragment, c.RawFragment = "", ""
	return c.String()
}

// index notes the ids in d and below.
func (ds *documents) index(d *document, base *url.URL, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	id, ok := d.string("$id")
	if !ok {
		id, ok = d.string("id")
	}
	if ok {
		if u, err := base.Parse(id); err == nil {
			if u.Fragment != "" {
				ds.names[withoutFragment(u)+"#"+u.Fragment] = d
			} else {
				base = u
				ds.byURI[withoutFragment(u)] = d
			}
		}
	}
	for _, word := range []string{"$anchor", "$dynamicAnchor"} {
		if name, ok := d.string(word); ok {
			ds.names[withoutFragment(base)+"#"+name] = d
		}
	}
	ds.base[d] = base
	for _, item := range d.items {
		if item.shape == objectDoc || item.shape == arrayDoc {
			if err := ds.index(item, base, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// find returns what a reference in d names.
func (ds *documents) find(d *document, ref string) (*document, error) {
	missing := fmt.Errorf("the reference %q names nothing that the schema or its references hold", ref)
	if doc, ok := ds.byURI[ref]; ok {
		return doc, nil
	}
	u, err := ds.base[d].Parse(ref)
	if err != nil {
		return nil, missing
	}
	place := withoutFragment(u)
	doc, ok := ds.byURI[place]
	if !ok {
		if name, _, found := strings.Cut(ref, "#"); found && name != "" {
			doc, ok = ds.byURI[name]
		}
	}
	if u.Fragment != "" && !strings.HasPrefix(u.Fragment, "/") {
		doc, ok = ds.names[place+"#"+u.Fragment]
		if !ok {
			return nil, missing
		}
		return doc, nil
	}
	if !ok {
		return nil, missing
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(u.Fragment, "/"), "/") {
		if u.Fragment == "" {
			break
		}
		if doc = child(doc, strings.NewReplacer("~1", "/", "~0", "~").Replace(token)); doc == nil {
			return nil, missing
		}
	}
	return doc, nil
}

// child goes one step of a JSON pointer.
func child(d *document, token string) *document {
	if d.shape != arrayDoc {
		return d.member(token)
	}
	i, err := strconv.Atoi(token)
	if err != nil || i < 0 || i >= len(d.items) {
		return nil
	}
	return d.items[i]
}
