package object

import (
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// The schemas of headers in objects of their own: an array of pairs, and that array in a record of its own for formats
// whose objects are records.
var (
	pairSchema     = tasks.NewStruct("", tasks.Field{Name: "key", Schema: tasks.StringSchema}, tasks.Field{Name: "value", Schema: tasks.StringSchema})
	pairsSchema    = tasks.NewArray(pairSchema)
	envelopeSchema = tasks.NewStruct("", tasks.Field{Name: "headers", Schema: pairsSchema})
)

// side returns the schema and the value of one side of a record. Headers are texts, whatever they were.
func side(of Side, r *tasks.Record) (*tasks.Schema, tasks.Value, error) {
	switch of {
	case Keys:
		return r.KeySchema, r.Key, nil
	case Headers:
		v, err := pairs(r)
		return pairsSchema, v, err
	}
	return r.ValueSchema, r.Value, nil
}

func pairs(r *tasks.Record) (tasks.Value, error) {
	items := make([]tasks.Value, len(r.Headers))
	for i, h := range r.Headers {
		if h.Value.IsNull() {
			return tasks.Null, tasks.DataException("Invalid value: null used for required field: \"value\", schema type: STRING")
		}
		text := tasks.NewStringBytes(convert.AppendText(nil, h.Value, false))
		items[i] = tasks.NewStructValue(&tasks.Struct{Schema: pairSchema, Slots: []tasks.Value{tasks.NewString(h.Key), text}})
	}
	return tasks.NewList(items), nil
}

// enveloped puts the array of headers into its record.
func enveloped(v tasks.Value) tasks.Value {
	return tasks.NewStructValue(&tasks.Struct{Schema: envelopeSchema, Slots: []tasks.Value{v}})
}

// complete refuses a record that lacks a side which is to be stored.
func (s *Settings) complete(r *tasks.Record) error {
	switch {
	case s.Keys != nil && r.Key.IsNull():
		return tasks.DataException("Key cannot be null for SinkRecord: %s", coordinates(r))
	case s.Headers != nil && len(r.Headers) == 0:
		return tasks.DataException("Headers cannot be null for SinkRecord: %s", coordinates(r))
	}
	return nil
}
