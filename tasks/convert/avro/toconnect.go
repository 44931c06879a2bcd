package avro

import (
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// ToConnectSchema returns the Connect schema of an Avro schema; nil (schemaless) for the schema of schemaless data.
// version is the schema's version in the registry, which counts when it names none itself; nil for none.
func ToConnectSchema(s *Schema, o Options, version *int32) (*tasks.Schema, error) {
	c := &toConnect{o: o, open: map[*Schema][]*tasks.Schema{}, done: map[schemaKey]*tasks.Schema{}, entries: map[*Schema]bool{}}
	if s.Name == anythingName {
		return nil, nil
	}
	return c.schema(s, use{version: version})
}

type toConnect struct {
	o    Options
	open map[*Schema][]*tasks.Schema // records in the making, with what must become like them
	done map[schemaKey]*tasks.Schema
	// entries are the records in the making that stand for maps.
	entries map[*Schema]bool
	unions  int
}

// use is how a schema is used: with a version, as an optional one, as a field with a default or documentation.
type use struct {
	optional bool
	version  *int32
	def      *node
	doc      *string
}

type schemaKey struct {
	s        *Schema
	optional bool
}

func (c *toConnect) schema(s *Schema, u use) (*tasks.Schema, error) {
	plain := u.version == nil && u.def == nil && (u.doc == nil || !c.o.DiscardTypeDocDefault)
	if likes, ok := c.open[s]; ok {
		like := &tasks.Schema{Type: tasks.StructType, Optional: u.optional}
		c.open[s] = append(likes, like)
		return like, nil
	}
	key := schemaKey{s, u.optional}
	if done, ok := c.done[key]; ok && plain {
		return done, nil
	}
	if s.Kind == Union {
		if out, ok, err := c.flat(s, u); ok || err != nil {
			return out, err
		}
	}
	out := &tasks.Schema{Optional: u.optional}
	if err := c.fill(s, out, u); err != nil {
		return nil, err
	}
	if err := c.attributes(s, out, u); err != nil {
		return nil, err
	}
	out.Seal()
	if s.Kind == Record {
		for _, like := range c.open[s] {
			optional := like.Optional
			*like = *out
			like.Optional = optional
			like.Seal()
		}
		delete(c.open, s)
	}
	if plain {
		c.done[key] = out
	}
	return out, nil
}

// flat handles the unions that are no struct: of null and one more, and of one alone.
func (c *toConnect) flat(s *Schema, u use) (*tasks.Schema, bool, error) {
	if other, _, _ := s.nullable(); other != nil {
		out, err := c.schema(other, use{optional: true, doc: u.doc})
		return out, true, err
	}
	if len(s.Branches) == 1 && c.o.FlattenSingletons {
		out, err := c.schema(s.Branches[0], use{optional: u.optional, doc: u.doc})
		return out, true, err
	}
	return nil, false, nil
}

func setParam(out *tasks.Schema, name, value string) {
	for i := range out.Parameters {
		if out.Parameters[i].Name == name {
			out.Parameters[i].Value = value
			return
		}
	}
	out.Parameters = append(out.Parameters, tasks.Param{Name: name, Value: value})
}

func (c *toConnect) fill(s *Schema, out *tasks.Schema, u use) error {
	switch s.Kind {
	case Boolean:
		out.Type = tasks.Boolean
	case Int, Long:
		return c.integer(s, out)
	case Float:
		out.Type = tasks.Float32
	case Double:
		out.Type = tasks.Float64
	case String:
		out.Type = tasks.String
	case Bytes, Fixed:
		return c.bytes(s, out)
	case Enum:
		c.enum(s, out)
	case Array:
		return c.array(s, out)
	case Map:
		out.Type, out.Key = tasks.MapType, tasks.StringSchema
		var err error
		out.Elem, err = c.schema(s.Items, use{})
		return err
	case Record:
		return c.record(s, out)
	case Union:
		return c.union(s, out)
	default:
		return tasks.DataException("Standalone null schemas are not supported by this converter")
	}
	return nil
}

func (c *toConnect) logical(s *Schema, names ...string) bool {
	name, _ := s.props.str(nameProperty)
	return name == names[0] || s.Logical() == names[1]
}

func version1(out *tasks.Schema, name string) {
	one := int32(1)
	out.Name, out.Version = name, &one
}

func (c *toConnect) integer(s *Schema, out *tasks.Schema) error {
	if s.Kind == Long {
		out.Type = tasks.Int64
		if c.logical(s, tasks.TimestampName, "timestamp-millis") {
			version1(out, tasks.TimestampName)
		}
		return nil
	}
	out.Type = tasks.Int32
	t := s.props.get(typeProperty)
	switch {
	case c.logical(s, tasks.DateName, "date"):
		version1(out, tasks.DateName)
	case c.logical(s, tasks.TimeName, "time-millis"):
		version1(out, tasks.TimeName)
	case t == nil:
	case t.kind == 's' && strings.EqualFold(t.text, "int8"):
		out.Type = tasks.Int8
	case t.kind == 's' && strings.EqualFold(t.text, "int16"):
		out.Type = tasks.Int16
	default:
		return tasks.DataException("Connect type annotation for Avro int field is null")
	}
	return nil
}

func (c *toConnect) bytes(s *Schema, out *tasks.Schema) error {
	out.Type = tasks.Bytes
	if c.logical(s, tasks.DecimalName, "decimal") {
		scale, err := s.scale()
		if err != nil {
			return err
		}
		version1(out, tasks.DecimalName)
		setParam(out, tasks.ScaleParameter, strconv.Itoa(int(scale)))
		if p := s.props.get("precision"); p != nil {
			if p.kind != '0' {
				return tasks.DataException("precision property must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal")
			}
			if p.text != strconv.Itoa(defaultPrecision) {
				setParam(out, precisionParam, p.text)
			}
		}
	}
	if s.Kind == Fixed {
		setParam(out, fixedParam, strconv.Itoa(s.Size))
	}
	return nil
}

// scale returns a decimal's scale: the attribute, else the parameter, else 0.
func (s *Schema) scale() (int32, error) {
	text := "0"
	if n := s.props.get("scale"); n != nil {
		if n.kind != '0' {
			return 0, tasks.DataException("scale must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal")
		}
		text = n.text
	} else if p := s.props.get(paramsProperty); p != nil {
		if t, ok := p.str(tasks.ScaleParameter); ok {
			text = t
		}
	}
	v, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, tasks.DataException("scale must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal")
	}
	return int32(v), nil
}

func (c *toConnect) enum(s *Schema, out *tasks.Schema) {
	out.Type = tasks.String
	if c.o.ConnectMeta {
		switch {
		case c.o.DiscardTypeDocDefault:
			if s.Doc != nil {
				setParam(out, oldEnumDocParam, *s.Doc)
			}
		default:
			if s.Doc != nil {
				setParam(out, enumDocParam+s.simpleName(), *s.Doc)
			}
			if s.Default != nil {
				setParam(out, enumDefaultParam+s.simpleName(), *s.Default)
			}
		}
	}
	name := enumParam
	if c.o.SumTypes {
		name = sumEnumParam
	}
	setParam(out, name, s.Name)
	for i, symbol := range s.Symbols {
		value := symbol
		if c.o.SumTypes {
			value = strconv.Itoa(i)
		}
		setParam(out, name+"."+symbol, value)
	}
}

// entry returns the two fields of an array's items that stand for a map with keys of any type.
func (s *Schema) entry() (key, value *Schema, ok bool) {
	item := s.Items
	if s.Kind != Array || item.Kind != Record || len(item.Fields) != 2 {
		return nil, nil, false
	}
	internal, _ := item.props.str(internalType)
	if item.Name != space+"."+mapEntry && internal != mapEntry || item.Fields[0].Name != "key" || item.Fields[1].Name != "value" {
		return nil, nil, false
	}
	return item.Fields[0].Schema, item.Fields[1].Schema, true
}

func (c *toConnect) array(s *Schema, out *tasks.Schema) (err error) {
	key, value, ok := s.entry()
	if !ok {
		out.Type = tasks.Array
		out.Elem, err = c.schema(s.Items, use{})
		return err
	}
	if c.entries[s.Items] {
		return tasks.DataException("The map of entries %s contains itself, which Connect has no schema for", s.Items.Name)
	}
	c.entries[s.Items] = true
	defer delete(c.entries, s.Items)
	out.Type = tasks.MapType
	if out.Key, err = c.schema(key, use{}); err != nil {
		return err
	}
	out.Elem, err = c.schema(value, use{})
	return err
}

func (c *toConnect) record(s *Schema, out *tasks.Schema) error {
	out.Type = tasks.StructType
	c.open[s] = nil
	if c.o.ConnectMeta && s.Doc != nil {
		name := recordDocParam
		if c.o.DiscardTypeDocDefault {
			name = oldRecordDocParam
		}
		setParam(out, name, *s.Doc)
	}
	for i := range s.Fields {
		f := &s.Fields[i]
		fs, err := c.schema(f.Schema, use{def: f.def, doc: f.Doc})
		if err != nil {
			return err
		}
		if c.o.ConnectMeta && !c.o.DiscardTypeDocDefault && f.Doc != nil {
			setParam(out, fieldDocParam+f.Name, *f.Doc)
		}
		out.Fields = append(out.Fields, tasks.Field{Name: f.Name, Schema: fs})
	}
	return nil
}

// unionField returns the name of the struct field that holds a union's branch.
func (o Options) unionField(b *Schema, at int) string {
	switch {
	case o.SumTypes:
		return sumFieldPrefix + strconv.Itoa(at)
	case b.Name == "":
		return b.Kind.String()
	case o.Enhanced:
		return b.Name
	}
	return b.simpleName()
}

func (c *toConnect) union(s *Schema, out *tasks.Schema) error {
	out.Type, out.Name = tasks.StructType, unionName
	if c.o.SumTypes {
		out.Name = sumUnionPrefix + strconv.Itoa(c.unions)
		setParam(out, sumUnionParam, out.Name)
		c.unions++
	}
	for i, b := range s.Branches {
		if b.Kind == Null {
			out.Optional = true
			continue
		}
		fs, err := c.schema(b, use{optional: true})
		if err != nil {
			return err
		}
		name := c.o.unionField(b, i)
		if out.FieldIndex(name) >= 0 {
			return tasks.NewException("org.apache.kafka.connect.errors.SchemaBuilderException", "Cannot create field because of field name duplication %s", name)
		}
		out.Fields = append(out.Fields, tasks.Field{Name: name, Schema: fs})
	}
	return nil
}
