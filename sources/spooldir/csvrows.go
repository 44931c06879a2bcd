package spooldir

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// csvRows reads the rows of one file.
type csvRows struct {
	*csvFormat
	keySchema, schema *tasks.Schema
	// columns says for each column of the file where it goes.
	columns []column
	fields  []field
}

// column is where a column goes: slots of the value and the key, or -1.
type column struct {
	name       string
	value, key int
	schema     *tasks.Schema
}

// bind matches the file's columns with the schemas' fields.
func (r *csvRows) bind(names []string) error {
	keySchema, schema, err := r.schemas.forColumns(names)
	if err != nil {
		return err
	}
	r.keySchema, r.schema = keySchema, schema
	seen := map[string]bool{}
	bound := make([]bool, len(schema.Fields))
	for _, n := range names {
		if n == "" || seen[n] {
			return fmt.Errorf("header: the column name %q is empty or there twice", n)
		}
		seen[n] = true
		c := column{name: n, value: r.slot(schema, n), key: -1}
		if keySchema != nil {
			c.key = r.slot(keySchema, n)
		}
		switch {
		case c.value >= 0:
			c.schema, bound[c.value] = schema.Fields[c.value].Schema, true
		case c.key >= 0:
			c.schema = keySchema.Fields[c.key].Schema
		}
		r.columns = append(r.columns, c)
	}
	for i, ok := range bound {
		if f := schema.Fields[i]; !ok && !f.Schema.Optional && !f.Schema.HasDefault {
			return fmt.Errorf("header: there is no column for the required field %q of %s; the columns are %q", f.Name, valueSchemaKey, names)
		}
	}
	if keySchema != nil {
		for _, f := range keySchema.Fields {
			if !f.Schema.Optional && !seen[f.Name] {
				return fmt.Errorf("header: there is no column for the required field %q of the key; the columns are %q", f.Name, names)
			}
		}
	}
	return nil
}

func (r *csvRows) slot(s *tasks.Schema, name string) int {
	if i := s.FieldIndex(name); i >= 0 || r.caseSensitive {
		return i
	}
	for i, f := range s.Fields {
		if strings.EqualFold(f.Name, name) {
			return i
		}
	}
	return -1
}

// split finds the fields of the next row that is not blank, and its length.
func (r *csvRows) split(w window) (int, error) {
	for {
		b := w.Bytes()
		var n int
		var bad *rowError
		if len(b) > 0 {
			r.fields, n, bad = r.dialect.split(b, w.AtEnd(), r.fields[:0])
		}
		switch {
		case bad != nil:
			return 0, bad
		case n > 0 && len(r.fields) == 1 && blank(b[:n]):
			w.Skip(n)
			continue
		case n > 0:
			return n, nil
		}
		switch err := w.More(); err {
		case nil:
		case text.ErrRowTooLong:
			return 0, &rowError{reason: err.Error()}
		default:
			return 0, err
		}
	}
}

func blank(row []byte) bool {
	return len(row) == 1 && (row[0] == '\n' || row[0] == '\r') || len(row) == 2 && row[0] == '\r' && row[1] == '\n'
}

func (r *csvRows) next(w window, a *tasks.Arena, rec *tasks.Record) error {
	n, err := r.split(w)
	if err != nil {
		return err
	}
	if len(r.fields) != len(r.columns) {
		return &rowError{reason: fmt.Sprintf("it has %d fields, but there are %d columns", len(r.fields), len(r.columns))}
	}
	row := a.Bytes(n)
	copy(row, w.Bytes()[:n])
	plain := r.charset.Plain(row)
	value := a.Struct(r.schema)
	var key *tasks.Struct
	if r.keySchema != nil {
		key = a.Struct(r.keySchema)
	}
	for i := range r.columns {
		c := &r.columns[i]
		if c.schema == nil {
			continue
		}
		v, err := r.value(a, row, &r.fields[i], plain, c.schema)
		if err != nil {
			return &rowError{column: c.name, reason: err.Error()}
		}
		if c.value >= 0 {
			value.Slots[c.value] = v
		}
		if c.key >= 0 {
			key.Slots[c.key] = v
		}
	}
	rec.ValueSchema, rec.Value = r.schema, tasks.NewStructValue(value)
	if key != nil {
		rec.KeySchema, rec.Key = r.keySchema, tasks.NewStructValue(key)
	}
	w.Skip(n)
	return nil
}

func (r *csvRows) value(a *tasks.Arena, row []byte, f *field, plain bool, s *tasks.Schema) (tasks.Value, error) {
	if f.from == f.to && (f.quoted && r.nullInQuotes || !f.quoted && r.nullBare || s.Type != tasks.String) {
		if !s.Optional && !s.HasDefault {
			return tasks.Null, errors.New("it is empty, but the field is required")
		}
		return tasks.Null, nil
	}
	return r.parser.value(a, s, r.text(row, *f, plain))
}
