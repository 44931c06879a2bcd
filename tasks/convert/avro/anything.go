package avro

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

// anythingFields is the number of fields of the record of schemaless data; array and map are its last.
const anythingFields = len(anythingKinds) + 2

// appendAnything writes a schemaless value: null for each field but the one of its kind.
func appendAnything(dst []byte, v tasks.Value) (_ []byte, err error) {
	slots := map[tasks.Kind]int{tasks.KindBoolean: 0, tasks.KindBytes: 1, tasks.KindFloat64: 2, tasks.KindFloat32: 3,
		tasks.KindInt8: 4, tasks.KindInt16: 4, tasks.KindInt32: 4, tasks.KindInt64: 5, tasks.KindString: 6, tasks.KindList: 7, tasks.KindMap: 8}
	slot, ok := slots[v.Kind()]
	if !ok && !v.IsNull() {
		return nil, tasks.DataException("Failed to serialize a value of kind %s without a schema", strconv.Itoa(int(v.Kind())))
	}
	for i := range anythingFields {
		if !ok || i != slot {
			dst = append(dst, 0)
			continue
		}
		if dst, err = appendLoose(append(dst, 2), v); err != nil {
			return nil, err
		}
	}
	return dst, nil
}

func appendLoose(dst []byte, v tasks.Value) (_ []byte, err error) {
	switch v.Kind() {
	case tasks.KindBoolean:
		if v.Bool() {
			return append(dst, 1), nil
		}
		return append(dst, 0), nil
	case tasks.KindFloat64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v.Float())), nil
	case tasks.KindFloat32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(float32(v.Float()))), nil
	case tasks.KindList:
		dst = appendCount(dst, len(v.List()))
		for _, item := range v.List() {
			if dst, err = appendAnything(dst, item); err != nil {
				return nil, err
			}
		}
		return append(dst, 0), nil
	case tasks.KindMap:
		dst = appendCount(dst, len(v.Map().Entries))
		for _, e := range convert.Ordered(v.Map()) {
			if dst, err = appendAnything(dst, e.Key); err != nil {
				return nil, err
			}
			if dst, err = appendAnything(dst, e.Value); err != nil {
				return nil, err
			}
		}
		return append(dst, 0), nil
	case tasks.KindString, tasks.KindBytes:
		return append(appendLong(dst, int64(len(v.Bytes()))), v.Bytes()...), nil
	}
	return appendLong(dst, v.Int()), nil
}
