package avro

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Parse reads a schema's text. Schemas that it refers to by name must be in it, or in one of the referenced texts, which
// are read first and in their order. The error names what does not fit.
func Parse(text string, referenced ...string) (*Schema, error) {
	p := parser{names: map[string]*Schema{}}
	for _, r := range referenced {
		if _, err := p.text(r); err != nil {
			return nil, fmt.Errorf("parse referenced avro schema: %w", err)
		}
	}
	s, err := p.text(text)
	if err != nil {
		return nil, fmt.Errorf("parse avro schema: %w", err)
	}
	return s, nil
}

type parser struct {
	names map[string]*Schema
	depth int
}

func (p *parser) text(text string) (*Schema, error) {
	n, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	return p.schema(&n, "")
}

func (p *parser) schema(n *node, space string) (*Schema, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errDeep
	}
	defer func() { p.depth-- }()
	switch n.kind {
	case 's':
		return p.named(n.text, space)
	case '[':
		return p.union(n, space)
	case '{':
		return p.object(n, space)
	}
	return nil, fmt.Errorf("a schema is a name, an object or an array, not %s", n.append(nil))
}

func (p *parser) named(name, space string) (*Schema, error) {
	if i := slices.Index(kindNames[:Record], name); i >= 0 {
		return &Schema{Kind: Kind(i)}, nil
	}
	if !strings.Contains(name, ".") && space != "" {
		if s, ok := p.names[space+"."+name]; ok {
			return s, nil
		}
	}
	if s, ok := p.names[name]; ok {
		return s, nil
	}
	return nil, fmt.Errorf("undefined name %q", name)
}

func (p *parser) union(n *node, space string) (*Schema, error) {
	s := &Schema{Kind: Union}
	seen := map[string]bool{}
	for i := range n.items {
		b, err := p.schema(&n.items[i], space)
		if err != nil {
			return nil, err
		}
		key := b.Kind.String()
		if b.Name != "" {
			key = b.Name
		}
		if b.Kind == Union || seen[key] {
			return nil, fmt.Errorf("a union cannot hold %s here", key)
		}
		seen[key] = true
		s.Branches = append(s.Branches, b)
	}
	return s, nil
}

func (p *parser) object(n *node, space string) (*Schema, error) {
	t := n.get("type")
	if t == nil {
		return nil, fmt.Errorf("no type in %s", n.append(nil))
	}
	if t.kind != 's' {
		return p.schema(t, space)
	}
	i := slices.Index(kindNames[:Union], t.text)
	if i < 0 {
		return p.named(t.text, space)
	}
	s := &Schema{Kind: Kind(i)}
	reserved := []string{"type"}
	var err error
	switch s.Kind {
	case Record, Enum, Fixed:
		reserved = append(reserved, "name", "namespace", "doc", "aliases", "fields", "symbols", "size")
		if s.Kind == Enum {
			reserved = append(reserved, "default")
		}
		err = p.definition(s, n, space)
	case Array:
		reserved = append(reserved, "items")
		err = p.items(s, n, "items", space)
	case Map:
		reserved = append(reserved, "values")
		err = p.items(s, n, "values", space)
	}
	if err != nil {
		return nil, err
	}
	s.props = rest(n, reserved...)
	return s, nil
}

// rest returns the members of n without the named ones.
func rest(n *node, without ...string) node {
	r := node{kind: '{'}
	for i, k := range n.keys {
		if !slices.Contains(without, k) {
			r.keys, r.items = append(r.keys, k), append(r.items, n.items[i])
		}
	}
	return r
}

func (p *parser) items(s *Schema, n *node, key, space string) error {
	m := n.get(key)
	if m == nil {
		return fmt.Errorf("%s has no %s", s.Kind, key)
	}
	var err error
	s.Items, err = p.schema(m, space)
	return err
}

func (p *parser) definition(s *Schema, n *node, space string) error {
	name, _ := n.str("name")
	if ns, ok := n.str("namespace"); ok {
		space = ns
	}
	if strings.Contains(name, ".") {
		space = namespaceOf(name)
	} else if space != "" {
		name = space + "." + name
	}
	if err := checkFullName(name); err != nil {
		return err
	}
	if _, ok := p.names[name]; ok {
		return fmt.Errorf("can't redefine %s", name)
	}
	s.Name, s.Doc, s.Aliases = name, optional(n, "doc"), texts(n, "aliases")
	p.names[name] = s
	switch s.Kind {
	case Record:
		return p.fields(s, n, space)
	case Enum:
		s.Symbols, s.Default = texts(n, "symbols"), optional(n, "default")
		sorted := slices.Sorted(slices.Values(s.Symbols))
		if len(slices.Compact(sorted)) < len(s.Symbols) {
			return fmt.Errorf("enum %s has a symbol twice", name)
		}
		return nil
	}
	size := n.get("size")
	if size == nil || size.kind != '0' {
		return fmt.Errorf("fixed %s has no size", name)
	}
	v, err := strconv.ParseInt(size.text, 10, 32)
	if err != nil || v < 0 {
		return fmt.Errorf("fixed %s has the invalid size %s", name, size.text)
	}
	s.Size = int(v)
	return nil
}

func (p *parser) fields(s *Schema, n *node, space string) error {
	list := n.get("fields")
	if list == nil || list.kind != '[' {
		return fmt.Errorf("record %s has no fields", s.Name)
	}
	seen := map[string]bool{}
	for i := range list.items {
		m := &list.items[i]
		name, _ := m.str("name")
		if err := checkName(name); err != nil {
			return err
		}
		if seen[name] {
			return fmt.Errorf("record %s has field %s twice", s.Name, name)
		}
		seen[name] = true
		t := m.get("type")
		if t == nil {
			return fmt.Errorf("field %s of %s has no type", name, s.Name)
		}
		fs, err := p.schema(t, space)
		if err != nil {
			return err
		}
		s.Fields = append(s.Fields, Field{Name: name, Doc: optional(m, "doc"), Aliases: texts(m, "aliases"), Schema: fs,
			def: m.get("default"), props: rest(m, "name", "type", "doc", "default", "aliases")})
	}
	return nil
}

func optional(n *node, key string) *string {
	if t, ok := n.str(key); ok {
		return &t
	}
	return nil
}

func texts(n *node, key string) []string {
	m := n.get(key)
	if m == nil || m.kind != '[' {
		return nil
	}
	var out []string
	for _, i := range m.items {
		if i.kind == 's' {
			out = append(out, i.text)
		}
	}
	return out
}

func checkFullName(full string) error {
	for part := range strings.SplitSeq(full, ".") {
		if err := checkName(part); err != nil {
			return err
		}
	}
	return nil
}

// checkName asks for a letter or _, then letters, digits and _. Java's letters are Unicode's, but Avro's default check is
// of ASCII.
func checkName(name string) error {
	if name == "" {
		return fmt.Errorf("empty name")
	}
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		switch {
		case i == 0 && !letter:
			return fmt.Errorf("illegal initial character: %s", name)
		case !letter && (r < '0' || r > '9'):
			return fmt.Errorf("illegal character in: %s", name)
		}
	}
	return nil
}
