package avro

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

type bodyPair struct{ a, b *Schema }

// sameBody reports whether data under two schemas has the same bytes for the same values: the same shape, with the same
// names. Logical types make no difference to bytes.
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
	// The converter writes such a schema as the Java class does; a file of it could not be read.
	if err := unique(e.Avro, map[string]*Schema{}, map[*Schema]bool{}); err != nil {
		return "", nil, err
	}
	return e.Avro.String(), e.Append, nil
}

// NewRecord returns the schema of a record of such fields, as what writes files needs it; a plain field has no default.
func NewRecord(name string, fields []Field) (*Schema, error) {
	for i, f := range fields {
		if err := checkName(f.Name); err != nil {
			return nil, badName(err)
		}
		if slices.ContainsFunc(fields[:i], func(o Field) bool { return o.Name == f.Name }) {
			return nil, tasks.NewException("org.apache.avro.AvroRuntimeException", "Duplicate field %s in record %s", f.Name, name)
		}
	}
	s := &Schema{Kind: Record, Name: name, Fields: fields}
	return s, unique(s, map[string]*Schema{}, map[*Schema]bool{})
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

// unique reports a name that two different schemas have.
func unique(s *Schema, names map[string]*Schema, seen map[*Schema]bool) error {
	if seen[s] {
		return nil
	}
	seen[s] = true
	if s.Name != "" {
		if other, ok := names[s.Name]; ok && !sameText(other, s) {
			return tasks.NewException(schemaParseException, "Can't redefine: %s", s.Name)
		}
		names[s.Name] = s
	}
	for _, b := range s.Branches {
		if err := unique(b, names, seen); err != nil {
			return err
		}
	}
	for i := range s.Fields {
		if err := unique(s.Fields[i].Schema, names, seen); err != nil {
			return err
		}
	}
	if s.Items != nil {
		return unique(s.Items, names, seen)
	}
	return nil
}

func sameText(a, b *Schema) bool { return a == b || a.String() == b.String() }
