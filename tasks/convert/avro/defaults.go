package avro

import (
	"math"
	"math/big"
	"strconv"

	"github.com/mayfly-connect/mayfly/tasks"
)

const dayMillis = 24 * 60 * 60 * 1000

// defaultValue returns the Connect value of a default in a schema's text.
func (o Options) defaultValue(s *Schema, c *tasks.Schema, n *node) (tasks.Value, error) {
	switch {
	case s.Kind == Union:
		return o.unionDefault(s, c, n)
	case n.kind == 'n' && c.Optional:
		return tasks.Null, nil
	}
	switch c.Type {
	case tasks.Int8, tasks.Int16, tasks.Int32, tasks.Int64:
		return intDefault(c, n)
	case tasks.Float32, tasks.Float64:
		return floatDefault(c, n)
	case tasks.Boolean:
		if n.kind == 'b' {
			return tasks.NewBoolean(n.text == "true"), nil
		}
	case tasks.String:
		if n.kind == 's' {
			return tasks.NewString(n.text), nil
		}
	case tasks.Bytes:
		if b, ok := fromLatin1(n.text); n.kind == 's' && ok {
			return bytesValue(s, c, b)
		}
	case tasks.Array:
		if n.kind == '[' {
			items := make([]tasks.Value, len(n.items))
			for i := range n.items {
				v, err := o.defaultValue(s.Items, c.Elem, &n.items[i])
				if err != nil {
					return tasks.Null, err
				}
				items[i] = v
			}
			return tasks.NewList(items), nil
		}
	case tasks.MapType:
		return o.mapDefault(s, c, n)
	case tasks.StructType:
		return o.structDefault(s, c, n)
	}
	return tasks.Null, badDefault(n, c)
}

func badDefault(n *node, c *tasks.Schema) error {
	return tasks.DataException("Invalid default value %s for a schema of type %s", n.append(nil), c.Type)
}

func intDefault(c *tasks.Schema, n *node) (tasks.Value, error) {
	i, err := strconv.ParseInt(n.text, 10, 64)
	if n.kind != '0' || err != nil {
		return tasks.Null, badDefault(n, c)
	}
	switch {
	case c.Name == tasks.DateName:
		return tasks.NewTime(i * dayMillis), nil
	case c.Name == tasks.TimeName, c.Name == tasks.TimestampName:
		return tasks.NewTime(i), nil
	}
	switch c.Type {
	case tasks.Int8:
		return tasks.NewInt8(int8(i)), nil
	case tasks.Int16:
		return tasks.NewInt16(int16(i)), nil
	case tasks.Int32:
		return tasks.NewInt32(int32(i)), nil
	}
	return tasks.NewInt64(i), nil
}

func floatDefault(c *tasks.Schema, n *node) (tasks.Value, error) {
	f, err := strconv.ParseFloat(n.text, 64)
	if err != nil && !math.IsInf(f, 0) || n.kind != '0' && n.kind != 's' {
		return tasks.Null, badDefault(n, c)
	}
	if c.Type == tasks.Float32 {
		return tasks.NewFloat32(float32(f)), nil
	}
	return tasks.NewFloat64(f), nil
}

// bytesValue returns a bytes default, as a decimal where the schema is one.
func bytesValue(s *Schema, c *tasks.Schema, b []byte) (tasks.Value, error) {
	if c.Name != tasks.DecimalName {
		return tasks.NewBuffer(b), nil
	}
	scale, err := s.scale()
	if err != nil {
		return tasks.Null, err
	}
	d := &tasks.Decimal{Scale: scale}
	setTwos(&d.Unscaled, b)
	return tasks.NewDecimal(d), nil
}

// setTwos sets z to the big-endian two's complement number b.
func setTwos(z *big.Int, b []byte) {
	z.SetBytes(b)
	if len(b) > 0 && b[0] >= 0x80 {
		z.Sub(z, new(big.Int).Lsh(big.NewInt(1), uint(len(b))*8))
	}
}

// appendTwos appends the shortest big-endian two's complement form of z, at least one byte.
func appendTwos(dst []byte, z *big.Int) []byte {
	if z.Sign() >= 0 {
		if z.BitLen()%8 == 0 {
			dst = append(dst, 0)
		}
		return append(dst, z.Bytes()...)
	}
	n := new(big.Int).Not(z)
	size := n.BitLen()/8 + 1
	b := n.FillBytes(make([]byte, size))
	for i := range b {
		b[i] = ^b[i]
	}
	return append(dst, b...)
}

func (o Options) unionDefault(s *Schema, c *tasks.Schema, n *node) (tasks.Value, error) {
	if n.kind == 'n' || len(s.Branches) == 0 {
		return tasks.Null, nil
	}
	other, _, _ := s.nullable()
	if other == nil && len(s.Branches) == 1 && o.FlattenSingletons {
		other = s.Branches[0]
	}
	if other != nil {
		return o.defaultValue(other, c, n)
	}
	// Avro's default is of the first branch.
	i := c.FieldIndex(o.unionField(s.Branches[0], 0))
	if i < 0 {
		return tasks.Null, badDefault(n, c)
	}
	v, err := o.defaultValue(s.Branches[0], c.Fields[i].Schema, n)
	if err != nil {
		return tasks.Null, err
	}
	st := &tasks.Struct{Schema: c, Slots: make([]tasks.Value, len(c.Fields))}
	st.Slots[i] = v
	return tasks.NewStructValue(st), nil
}

func (o Options) mapDefault(s *Schema, c *tasks.Schema, n *node) (tasks.Value, error) {
	m := &tasks.Map{}
	if key, value, ok := s.entry(); ok && n.kind == '[' {
		for i := range n.items {
			kn, vn := n.items[i].get("key"), n.items[i].get("value")
			if kn == nil || vn == nil {
				return tasks.Null, badDefault(n, c)
			}
			k, err := o.defaultValue(key, c.Key, kn)
			if err != nil {
				return tasks.Null, err
			}
			v, err := o.defaultValue(value, c.Elem, vn)
			if err != nil {
				return tasks.Null, err
			}
			m.Entries = append(m.Entries, tasks.Entry{Key: k, Value: v})
		}
		return tasks.NewMapValue(m), nil
	}
	if n.kind != '{' || s.Kind != Map {
		return tasks.Null, badDefault(n, c)
	}
	for i, k := range n.keys {
		v, err := o.defaultValue(s.Items, c.Elem, &n.items[i])
		if err != nil {
			return tasks.Null, err
		}
		m.Put(k, v)
	}
	return tasks.NewMapValue(m), nil
}

func (o Options) structDefault(s *Schema, c *tasks.Schema, n *node) (tasks.Value, error) {
	if n.kind != '{' || s.Kind != Record || len(s.Fields) != len(c.Fields) {
		return tasks.Null, badDefault(n, c)
	}
	st := &tasks.Struct{Schema: c, Slots: make([]tasks.Value, len(c.Fields))}
	for i := range s.Fields {
		m := n.get(s.Fields[i].Name)
		if m == nil {
			m = s.Fields[i].def
		}
		if m == nil {
			return tasks.Null, badDefault(n, c)
		}
		v, err := o.defaultValue(s.Fields[i].Schema, c.Fields[i].Schema, m)
		if err != nil {
			return tasks.Null, err
		}
		st.Slots[i] = v
	}
	return tasks.NewStructValue(st), nil
}
