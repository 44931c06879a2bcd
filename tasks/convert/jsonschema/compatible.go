package jsonschema

import "slices"

// reads reports whether all that a schema of the text old describes is valid under the schema of the text now, so far as
// their types and properties say; other keywords of now must be those of old.
func reads(now string, refs map[string]string, old string) bool {
	n, _, err := load(now, refs, false)
	if err != nil {
		return false
	}
	o, _, err := load(old, nil, false)
	return err == nil && compatible(n, o, map[[2]*schema]bool{})
}

func compatible(n, o *schema, seen map[[2]*schema]bool) bool {
	pair := [2]*schema{n, o}
	if n == o || seen[pair] {
		return true
	}
	seen[pair] = true
	switch {
	case n.kind == referenceKind:
		return compatible(n.target, o, seen)
	case o.kind == referenceKind:
		return compatible(n, o.target, seen)
	case n.kind == emptyKind || n.kind == trueKind || o.kind == falseKind:
		return true
	case o.kind == combinedKind && o.how != allOf:
		return !slices.ContainsFunc(o.parts, func(p *schema) bool { return !compatible(n, p, seen) })
	case n.kind == combinedKind && n.how != allOf:
		return slices.ContainsFunc(n.parts, func(p *schema) bool { return compatible(p, o, seen) })
	case n.kind == stringKind && o.kind == enumKind:
		return true
	case n.kind != o.kind || !sameLimits(n, o):
		return false
	}
	switch n.kind {
	case numberKind:
		return !n.integer || o.integer
	case enumKind, constKind:
		return !slices.ContainsFunc(o.symbols, func(d *document) bool {
			return !slices.ContainsFunc(n.symbols, func(e *document) bool { return e.raw == d.raw })
		})
	case arrayKind:
		return n.items == nil || o.items != nil && compatible(n.items, o.items, seen)
	case objectKind:
		return compatibleObjects(n, o, seen)
	case combinedKind:
		return n.text() == o.text()
	}
	return true
}

// sameLimits reports whether n has no limit on values that o does not have.
func sameLimits(n, o *schema) bool {
	for _, word := range slices.Concat(numberWords, stringWords, []string{"minItems", "maxItems", "uniqueItems", "contains", "minProperties",
		"maxProperties", "dependencies", "patternProperties", "propertyNames", "not", "if"}) {
		if m := n.doc.member(word); m != nil && word != "format" {
			if other := o.doc.member(word); other == nil || other.raw != m.raw {
				return false
			}
		}
	}
	return true
}

// isOpen reports whether an object may have members that its schema does not name.
func (s *schema) isOpen() bool {
	m := s.doc.member("additionalProperties")
	return m == nil || m.shape == booleanDoc && m.truth
}

func compatibleObjects(n, o *schema, seen map[[2]*schema]bool) bool {
	for _, f := range o.fields {
		switch other := n.field(f.name); {
		case other != nil && !compatible(other, f.schema, seen):
			return false
		case other == nil && !n.isOpen() && (n.more == nil || !compatible(n.more, f.schema, seen)):
			return false
		}
	}
	for _, f := range n.fields {
		if o.field(f.name) == nil && o.isOpen() && f.schema.kind != emptyKind && f.schema.kind != trueKind {
			return false // what o allows there is of any type
		}
		if n.required[f.name] && !o.required[f.name] && !f.schema.doc.has("default") {
			return false
		}
	}
	return n.isOpen() || !o.isOpen()
}
