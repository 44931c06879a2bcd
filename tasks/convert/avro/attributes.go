package avro

import (
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// attributes adds what Avro has no word for.
func (f *fromConnect) attributes(s *tasks.Schema, out *Schema) error {
	decimal, err := decimalOf(s)
	if err != nil {
		return err
	}
	if decimal != nil {
		out.props.set("scale", intNode(decimal.scale))
		out.props.set("precision", intNode(decimal.precision))
	}
	if f.o.ConnectMeta {
		if err := f.meta(s, out); err != nil {
			return err
		}
	}
	for _, p := range s.Parameters {
		if strings.HasPrefix(p.Name, "avro") {
			out.props.set(p.Name, stringNode(p.Value))
		}
	}
	logical := map[string]string{tasks.DateName: "date", tasks.TimeName: "time-millis", tasks.TimestampName: "timestamp-millis"}[s.Name]
	if decimal != nil {
		logical = "decimal"
	}
	if logical != "" {
		out.props.set("logicalType", stringNode(logical))
	}
	return nil
}

type decimalShape struct{ scale, precision int64 }

// decimalOf returns a decimal schema's scale and precision, nil for any other.
func decimalOf(s *tasks.Schema) (*decimalShape, error) {
	if s.Name != tasks.DecimalName || s.Type != tasks.Bytes {
		return nil, nil
	}
	text, ok := s.Parameter(tasks.ScaleParameter)
	if !ok {
		return nil, tasks.DataException("Invalid Decimal schema: scale parameter not found.")
	}
	scale, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return nil, tasks.DataException("Invalid scale parameter found in Decimal schema: ")
	}
	precision := int64(defaultPrecision)
	if text, ok := s.Parameter(precisionParam); ok {
		if precision, err = strconv.ParseInt(text, 10, 32); err != nil {
			return nil, tasks.NewException("java.lang.NumberFormatException", "For input string: %q", text)
		}
	}
	return &decimalShape{scale, precision}, nil
}

func (f *fromConnect) meta(s *tasks.Schema, out *Schema) error {
	if s.Doc != nil {
		out.props.set(docProperty, stringNode(*s.Doc))
	}
	if s.Version != nil {
		out.props.set(versionProperty, intNode(int64(*s.Version)))
	}
	params := node{kind: '{'}
	flagged := false
	for _, p := range s.Parameters {
		if p.Name == fieldDefault {
			flagged = true
			continue
		}
		params.set(p.Name, stringNode(p.Value))
	}
	if len(params.keys) > 0 {
		out.props.set(paramsProperty, params)
	}
	if s.HasDefault && !s.Default.IsNull() && !flagged {
		def, err := f.defaultNode(s, s.Default)
		if err != nil {
			return err
		}
		out.props.set(defaultProperty, *def)
	}
	if s.Name != "" {
		out.props.set(nameProperty, stringNode(s.Name))
	}
	switch s.Type {
	case tasks.Int8:
		out.props.set(typeProperty, stringNode("int8"))
	case tasks.Int16:
		out.props.set(typeProperty, stringNode("int16"))
	}
	return nil
}
