package aiven

import (
	"encoding/binary"
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// rows make Avro records of chosen fields. One goroutine uses them.
type rows struct {
	fields    []Field
	envelope  bool
	namespace string
	options   avro.Options
	file      *shape
	text      string
}

// shape is the schema of a file, and how records of certain schemas are written under it.
type shape struct {
	schema             *avro.Schema
	key, value, header *tasks.Schema
	headers            bool // they are written
	columns            []column
}

// column writes one part of a record.
type column func(dst []byte, r *tasks.Record) ([]byte, error)

// Schema returns the schema of a file that begins with r.
func (x *rows) Schema(r *tasks.Record) (string, error) {
	if x.file == nil || !x.file.takes(r) || !x.envelope {
		s, err := x.shape(r)
		if err != nil {
			return "", err
		}
		x.file, x.text = s, s.schema.String()
	}
	return x.text, nil
}

// Append writes r into a file that began so.
func (x *rows) Append(dst []byte, r *tasks.Record) (_ []byte, err error) {
	if !x.file.takes(r) {
		s, err := x.shape(r)
		if err != nil {
			return dst, err
		}
		if s.schema.String() != x.text {
			return dst, tasks.DataException("Illegal schema change: the object holds records of the schema %s, this one is of the schema %s", x.text, s.schema)
		}
		x.file = s // the next records come with the same schemas
	}
	out := dst
	for _, c := range x.file.columns {
		if out, err = c(out, r); err != nil {
			return dst, err
		}
	}
	return out, nil
}

// takes reports whether r has the schemas that s was made for.
func (s *shape) takes(r *tasks.Record) bool {
	return r.KeySchema == s.key && r.ValueSchema == s.value &&
		(!s.headers || (len(r.Headers) == 0) == (s.header == nil) && sameHeaders(r, s.header))
}

// sameHeaders reports whether all headers are of a schema.
func sameHeaders(r *tasks.Record, s *tasks.Schema) bool {
	for _, h := range r.Headers {
		if h.Schema != s {
			return false
		}
	}
	return true
}

func (x *rows) shape(r *tasks.Record) (*shape, error) {
	switch {
	case r.KeySchema == nil:
		return nil, tasks.DataException("Record key without schema")
	case r.ValueSchema == nil:
		return nil, tasks.DataException("Record value without schema")
	}
	s := &shape{key: r.KeySchema, value: r.ValueSchema}
	var err error
	if s.headers = slices.Contains(x.fields, Headers); s.headers {
		if s.header, err = headerSchema(r); err != nil {
			return nil, err
		}
	}
	var fields []avro.Field
	for _, f := range x.fields {
		as, c, err := x.column(f, s)
		if err != nil {
			return nil, err
		}
		if !x.envelope && as.Kind == avro.Record {
			s.schema, s.columns = as, []column{c}
			return s, nil
		}
		if !x.envelope && as.Kind == avro.Map {
			return s, x.entries(f, s, r)
		}
		fields, s.columns = append(fields, avro.Field{Name: string(f), Schema: as}), append(s.columns, c)
	}
	s.schema, err = avro.NewRecord(x.namespace+".connector_records", fields)
	return s, err
}

// headerSchema returns the schema that all headers of a record have; nil when there are none.
func headerSchema(r *tasks.Record) (*tasks.Schema, error) {
	var s *tasks.Schema
	for _, h := range r.Headers {
		switch {
		case h.Schema == nil:
			return nil, tasks.DataException("Header %s without schema", h.Key)
		case s == nil:
			s = h.Schema
		case h.Schema.Type != s.Type:
			return nil, tasks.DataException("Header schema Schema{%s} for '%s' is not the same as the already defined map type: Schema{%s}. "+
				"To force the same type, consider using StringConverter or similar.", h.Schema.Type, h.Key, s.Type)
		}
	}
	return s, nil
}

// column returns the schema of a field and what writes it.
func (x *rows) column(f Field, s *shape) (*avro.Schema, column, error) {
	switch f {
	case Offset:
		return &avro.Schema{Kind: avro.Long}, func(dst []byte, r *tasks.Record) ([]byte, error) { return binary.AppendVarint(dst, r.Offset), nil }, nil
	case Timestamp:
		return &avro.Schema{Kind: avro.Long}, appendTimestamp, nil
	case Headers:
		return x.headers(s.header)
	case Key:
		e, err := avro.NewEncoder(s.key, x.options)
		if err != nil {
			return nil, nil, err
		}
		return e.Avro, func(dst []byte, r *tasks.Record) ([]byte, error) { return e.Append(dst, r.Key) }, nil
	}
	e, err := avro.NewEncoder(s.value, x.options)
	if err != nil {
		return nil, nil, err
	}
	return e.Avro, func(dst []byte, r *tasks.Record) ([]byte, error) { return e.Append(dst, r.Value) }, nil
}

func appendTimestamp(dst []byte, r *tasks.Record) ([]byte, error) {
	if r.Timestamp == tasks.NoTimestamp {
		return dst, tasks.DataException("the record has no timestamp, which format.output.fields asks for")
	}
	return binary.AppendVarint(dst, r.Timestamp), nil
}

// headers are a map of the names to the last value of each; null when there are none.
func (x *rows) headers(s *tasks.Schema) (*avro.Schema, column, error) {
	if s == nil {
		return &avro.Schema{Kind: avro.Null}, func(dst []byte, _ *tasks.Record) ([]byte, error) { return dst, nil }, nil
	}
	e, err := avro.NewEncoder(tasks.NewMap(tasks.StringSchema, s), x.options)
	if err != nil {
		return nil, nil, err
	}
	return e.Avro, func(dst []byte, r *tasks.Record) ([]byte, error) {
		return e.Append(dst, tasks.NewMapValue(headerMap(r)))
	}, nil
}

func headerMap(r *tasks.Record) *tasks.Map {
	m := &tasks.Map{}
next:
	for _, h := range r.Headers {
		for i := range m.Entries {
			if string(m.Entries[i].Key.Bytes()) == h.Key {
				m.Entries[i].Value = h.Value
				continue next
			}
		}
		m.Entries = append(m.Entries, tasks.Entry{Key: tasks.NewString(h.Key), Value: h.Value})
	}
	return m
}

// entries makes a field of each entry that the first record's map has.
func (x *rows) entries(f Field, s *shape, r *tasks.Record) error {
	of := func(r *tasks.Record) *tasks.Map {
		switch {
		case f == Headers:
			return headerMap(r)
		case f == Key && r.Key.Kind() == tasks.KindMap:
			return r.Key.Map()
		case f == Value && r.Value.Kind() == tasks.KindMap:
			return r.Value.Map()
		}
		return &tasks.Map{}
	}
	items := s.header
	switch f {
	case Key:
		items = s.key.Elem
	case Value:
		items = s.value.Elem
	}
	e, err := avro.NewEncoder(items, x.options)
	if err != nil {
		return err
	}
	var fields []avro.Field
	for _, entry := range convert.Ordered(of(r)) {
		name := string(entry.Key.Bytes())
		fields = append(fields, avro.Field{Name: name, Schema: e.Avro})
		s.columns = append(s.columns, func(dst []byte, r *tasks.Record) ([]byte, error) {
			for _, entry := range of(r).Entries {
				if string(entry.Key.Bytes()) == name {
					return e.Append(dst, entry.Value)
				}
			}
			return e.Append(dst, tasks.Null)
		})
	}
	s.schema, err = avro.NewRecord(x.namespace+".connector_records", fields)
	return err
}
