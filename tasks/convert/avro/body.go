package avro

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

type bodyPair struct{ a, b *Schema }

// sameBody reports whether data under two schemas has the same bytes for the same values: the same shape, with the same
// names where a reader goes by them, and the same logical types.
func sameBody(a, b *Schema, seen map[bodyPair]bool) bool {
	if a == b || seen[bodyPair{a, b}] {
		return true
	}
	seen[bodyPair{a, b}] = true
	if a.Kind != b.Kind || a.Name != b.Name || a.Size != b.Size || !slices.Equal(a.Symbols, b.Symbols) ||
		len(a.Fields) != len(b.Fields) || len(a.Branches) != len(b.Branches) {
		return false
	}
	for i := range a.Fields {
		if a.Fields[i].Name != b.Fields[i].Name || !sameBody(a.Fields[i].Schema, b.Fields[i].Schema, seen) {
			return false
		}
	}
	for i := range a.Branches {
		if !sameBody(a.Branches[i], b.Branches[i], seen) {
			return false
		}
	}
	return a.Items == nil || sameBody(a.Items, b.Items, seen)
}

// Format prepares writing values of a Connect schema to a file: the text of the file's Avro schema, and what appends a
// value to dst.
func Format(s *tasks.Schema, o Options) (schemaText string, encode func(dst []byte, v tasks.Value) ([]byte, error), err error) {
	e, err := NewEncoder(s, o)
	if err != nil {
		return "", nil, err
	}
	return e.Avro.String(), e.Append, nil
}

// SameBody reports whether bodies written under the schema of a text are byte for byte what [Format]'s encode writes for
// the values of the Connect schema s that they are read as.
func SameBody(writerText string, s *tasks.Schema, o Options) bool {
	if s == nil {
		return false
	}
	w, err := Parse(writerText)
	if err != nil {
		return false
	}
	f, err := FromConnectSchema(s, o)
	return err == nil && sameBody(w, f, map[bodyPair]bool{})
}
