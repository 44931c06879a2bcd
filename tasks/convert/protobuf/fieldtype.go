package protobuf

import (
	"github.com/mayfly-connect/mayfly/tasks"
)

// typeOf sets a field's type name, and the parameters that keep what Protobuf's types do not tell.
func (t *fromConnect) typeOf(f *field, s *tasks.Schema) error {
	if name := logicalType(s); name != "" {
		f.typeName = name
		if name == decimalMessage {
			for _, p := range []struct{ connect, meta string }{{precisionParam, precisionMeta}, {tasks.ScaleParameter, scaleMeta}} {
				if v, ok := s.Parameter(p.connect); ok {
					f.params = append(f.params, param{p.meta, v})
				}
			}
		}
		return nil
	}
	switch s.Type {
	case tasks.Array:
		return tasks.NewException(illegalArgument, "Array cannot be nested")
	case tasks.MapType:
		f.typeName = mapEntry(t.unqualified(s.Name))
		return nil
	case tasks.StructType:
		if f.typeName = t.unqualified(s.Name); f.typeName == f.name {
			f.typeName += "Message" // a type and a field cannot have the same name
		}
		return nil
	case tasks.Int8:
		f.params = []param{{connectType, "int8"}}
	case tasks.Int16:
		f.params = []param{{connectType, "int16"}}
	}
	f.typeName = t.scalarType(s)
	return nil
}

func logicalType(s *tasks.Schema) string {
	switch s.Name {
	case tasks.DecimalName:
		return decimalMessage
	case tasks.DateName:
		return dateMessage
	case tasks.TimeName:
		return timeMessage
	case tasks.TimestampName:
		return timestampMessage
	}
	return ""
}

func (t *fromConnect) scalarType(s *tasks.Schema) string {
	wrap := t.o.WrapNullables && s.Optional
	usual := map[tasks.Type]kind{tasks.Int8: kindInt32, tasks.Int16: kindInt32, tasks.Int32: kindInt32, tasks.Int64: kindInt64,
		tasks.Float32: kindFloat, tasks.Float64: kindDouble, tasks.Boolean: kindBool, tasks.String: kindString, tasks.Bytes: kindBytes}[s.Type].String()
	switch s.Type {
	case tasks.String:
		if name, ok := s.Parameter(sumEnumParam); ok {
			return name
		}
		if name, ok := s.Parameter(enumParam); ok {
			return name
		}
	case tasks.Int32, tasks.Int64:
		if name, ok := s.Parameter(enumParam); ok && s.Type == tasks.Int32 {
			return name
		}
		if name, ok := s.Parameter(typeParam); ok {
			usual = name
		}
	}
	if !wrap {
		return usual
	}
	name := wrapperOf(s.Type)
	if s.Type == tasks.Int64 {
		switch scalar(usual) {
		case kindUint32, kindFixed32:
			name = "UInt32Value"
		case kindUint64, kindFixed64:
			name = "UInt64Value"
		}
	}
	return "google.protobuf." + name
}
