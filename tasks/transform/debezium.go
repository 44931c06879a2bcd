package transform

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

const debezium = "io.debezium.transforms."

var newStateDef = tasks.ConfigDef{
	{Name: "delete.tombstone.handling.mode", Type: tasks.TypeString, Default: tasks.DefaultTo("tombstone"), Importance: tasks.Medium,
		Check: tasks.OneOf("drop", "tombstone", "rewrite", "rewrite-with-tombstone", "delete-to-tombstone"),
		Doc:   "What becomes of a delete event and of the tombstone behind it."},
	{Name: "drop.tombstones", Type: tasks.TypeBoolean, Default: nullText, Importance: tasks.Low, Doc: "Older form of the key above, together with the next."},
	{Name: "delete.handling.mode", Type: tasks.TypeString, Default: nullText, Check: tasks.OneOf("drop", "rewrite", "none"), Importance: tasks.Low,
		Doc: "Older form: what becomes of a delete event."},
	{Name: "add.fields", Type: tasks.TypeList, Default: emptyText, Importance: tasks.Medium, Doc: "Fields of the envelope to add: op, table, source.ts_ms, each possibly with a new name behind a colon."},
	{Name: "add.fields.prefix", Type: tasks.TypeString, Default: tasks.DefaultTo("__"), Importance: tasks.Low, Doc: "What the names of added fields begin with."},
	{Name: "add.headers", Type: tasks.TypeList, Default: emptyText, Importance: tasks.Medium, Doc: "Fields of the envelope to put into headers."},
	{Name: "add.headers.prefix", Type: tasks.TypeString, Default: tasks.DefaultTo("__"), Importance: tasks.Low, Doc: "What the names of added headers begin with."},
	{Name: "route.by.field", Type: tasks.TypeString, Default: emptyText, Importance: tasks.Low, Doc: "Field of the row whose value becomes the topic."},
	defaultKey,
}

// newState is Debezium's ExtractNewRecordState: it takes the row out of a change event.
type newState struct {
	mode            string
	fields, headers []envelopeField
	route           string
	defaults        bool
	made            schemas[*tasks.Schema]
}

// envelopeField names a field of a change event, or of its source or transaction part.
type envelopeField struct{ part, field, name string }

func envelopeFields(list []string, prefix string) []envelopeField {
	var out []envelopeField
	for _, text := range list {
		path, name, renamed := strings.Cut(text, ":")
		f := envelopeField{field: path, name: prefix + name}
		if part, field, ok := strings.Cut(path, "."); ok {
			f.part, f.field = part, field
		} else if path == "id" || path == "total_order" || path == "data_collection_order" {
			f.part = "transaction"
		} else if path != "op" && path != "ts_ms" && path != "ts_us" && path != "ts_ns" {
			f.part = "source"
		}
		if !renamed {
			f.name = prefix + strings.ReplaceAll(path, ".", "_")
		}
		out = append(out, f)
	}
	return out
}

func newNewState(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &newState{mode: c.String("delete.tombstone.handling.mode"), route: c.String("route.by.field"), defaults: c.Bool(defaultKey.Name),
		fields:  envelopeFields(c.List("add.fields"), c.String("add.fields.prefix")),
		headers: envelopeFields(c.List("add.headers"), c.String("add.headers.prefix"))}
	if c.IsSet("delete.handling.mode") || c.IsSet("drop.tombstones") {
		t.mode = olderMode(c.String("delete.handling.mode"), !c.IsSet("drop.tombstones") || c.Bool("drop.tombstones"))
	}
	return t, nil
}

// olderMode translates the two keys of older versions; "none" is the one pair that newer ones have no word for.
func olderMode(deletes string, dropTombstones bool) string {
	switch {
	case deletes == "rewrite" && dropTombstones:
		return "rewrite"
	case deletes == "rewrite":
		return "rewrite-with-tombstone"
	case deletes == "none" && dropTombstones:
		return "delete-to-tombstone"
	case deletes == "none":
		return "none"
	case dropTombstones:
		return "drop"
	}
	return "tombstone"
}

func (t *newState) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	if r.Value.IsNull() {
		return t.mode == "tombstone" || t.mode == "rewrite-with-tombstone" || t.mode == "none", nil
	}
	in := r.Value.Struct()
	if in == nil || !strings.HasSuffix(in.Schema.Name, ".Envelope") {
		return true, nil // Not a change event: a heartbeat or a schema change, say.
	}
	op, _ := in.Get("op")
	row, deleted := "after", false
	after, _ := in.Get("after")
	switch {
	case op.Str() == "t":
		return false, nil
	case after.IsNull():
		row, deleted = "before", true
	}
	if deleted && (t.mode == "drop" || t.mode == "tombstone") {
		return false, nil
	}
	v, _ := in.Get(row)
	if s := v.Struct(); s != nil && t.route != "" {
		to, ok := s.Get(t.route)
		if !ok || to.Kind() != tasks.KindString {
			return false, tasks.DataException("Cannot route by the field %s: the row has no such text field", t.route)
		}
		r.Topic = to.Str()
	}
	for _, f := range t.headers {
		schema, x, err := f.of(in)
		if err != nil {
			return false, err
		}
		r.Headers = append(r.Headers, tasks.Header{Key: f.name, Schema: schema, Value: x})
	}
	if deleted && !strings.HasPrefix(t.mode, "rewrite") {
		r.ValueSchema, r.Value = nil, tasks.Null
		return true, nil
	}
	return true, t.unwrap(a, r, in, v, deleted)
}

// unwrap puts the row in place of the event, with the fields that are added.
func (t *newState) unwrap(a *tasks.Arena, r *tasks.Record, in *tasks.Struct, v tasks.Value, deleted bool) error {
	row, err := requireStruct(v, "extracting the new state of a record")
	if err != nil {
		return err
	}
	made, err := t.made.get(in.Schema, func() (*tasks.Schema, error) { return t.schema(in.Schema, row.Schema) })
	if err != nil {
		return err
	}
	if made == row.Schema {
		r.ValueSchema, r.Value = made, v
		return nil
	}
	out := a.Struct(made)
	for i := range row.Slots {
		if err := put(out, i, slot(row, i, t.defaults)); err != nil {
			return err
		}
	}
	n := len(row.Slots)
	if strings.HasPrefix(t.mode, "rewrite") {
		out.Slots[n] = tasks.NewString("false")
		if deleted {
			out.Slots[n] = tasks.NewString("true")
		}
		n++
	}
	for i, f := range t.fields {
		if _, out.Slots[n+i], err = f.of(in); err != nil {
			return err
		}
	}
	r.ValueSchema, r.Value = made, tasks.NewStructValue(out)
	return nil
}

func (t *newState) schema(envelope, row *tasks.Schema) (*tasks.Schema, error) {
	fields := slices.Clone(row.Fields)
	if strings.HasPrefix(t.mode, "rewrite") {
		fields = append(fields, tasks.Field{Name: "__deleted", Schema: tasks.OptionalStringSchema})
	}
	for _, f := range t.fields {
		s, err := f.schema(envelope)
		if err != nil {
			return nil, err
		}
		fields = append(fields, tasks.Field{Name: f.name, Schema: s.AsOptional(true)})
	}
	if len(fields) == len(row.Fields) {
		return row, nil
	}
	return build(row, fields)
}

func (f envelopeField) schema(s *tasks.Schema) (*tasks.Schema, error) {
	for _, step := range []string{f.part, f.field} {
		if step == "" {
			continue
		}
		i := s.FieldIndex(step)
		if i < 0 {
			return nil, tasks.DataException("Unable to find field %s in the change event", step)
		}
		s = s.Fields[i].Schema
	}
	return s, nil
}

// of returns the field's value, null where its part is missing.
func (f envelopeField) of(in *tasks.Struct) (*tasks.Schema, tasks.Value, error) {
	schema, err := f.schema(in.Schema)
	if err != nil {
		return nil, tasks.Null, err
	}
	if f.part != "" {
		part, _ := in.Get(f.part)
		if in = part.Struct(); in == nil {
			return schema.AsOptional(true), tasks.Null, nil
		}
	}
	v, _ := in.Get(f.field)
	return schema, v, nil
}
