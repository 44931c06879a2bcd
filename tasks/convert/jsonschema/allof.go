package jsonschema

import (
	"github.com/mayfly-connect/mayfly/tasks"
)

// all maps allOf: the properties of all its objects together, else the one part that says most.
func (c *toConnect) all(s *schema, version *int32, optional bool) (*tasks.Schema, error) {
	gathered := gathering{required: map[string]bool{}, seen: map[*schema]bool{}}
	last := map[kind]*schema{}
	for _, part := range s.parts {
		last[part.kind] = part
		gathered.add(part)
	}
	if len(gathered.fields) > 0 {
		out := &tasks.Schema{Type: tasks.StructType, Optional: optional}
		c.structs[s] = out
		if err := c.fields(out, gathered.fields, gathered.required); err != nil {
			return nil, err
		}
		return out.Clone().Seal(), nil
	}
	pick := last[combinedKind]
	switch {
	case pick != nil:
	case last[constKind] != nil:
		pick = first(last[stringKind], last[numberKind])
	case last[enumKind] != nil:
		if last[stringKind] != nil {
			pick = last[enumKind]
		} else {
			pick = last[numberKind]
		}
	case last[stringKind] != nil:
		pick = first(last[numberKind], last[stringKind])
	case last[referenceKind] != nil:
		pick = last[referenceKind]
	}
	if pick == nil {
		return nil, illegal("Unsupported criterion allOf for %s", s.text())
	}
	return c.schema(pick, version, optional)
}

func first(list ...*schema) *schema {
	for _, s := range list {
		if s != nil {
			return s
		}
	}
	return nil
}

// text returns the text of a schema.
func (s *schema) text() string {
	if s.doc == nil {
		return ""
	}
	return s.doc.raw
}

// gathering collects the properties of objects that apply together.
type gathering struct {
	fields   []property
	required map[string]bool
	seen     map[*schema]bool
}

func (g *gathering) add(s *schema) {
	if g.seen[s] {
		return
	}
	g.seen[s] = true
	switch {
	case s.kind == combinedKind && s.how == allOf:
		for _, part := range s.parts {
			g.add(part)
		}
	case s.kind == objectKind:
		for _, f := range s.fields {
			g.put(f)
			g.required[f.name] = s.required[f.name]
		}
	case s.kind == referenceKind:
		g.add(s.target)
	}
}

func (g *gathering) put(f property) {
	for i := range g.fields {
		if g.fields[i].name == f.name {
			g.fields[i] = f
			return
		}
	}
	g.fields = append(g.fields, f)
}
