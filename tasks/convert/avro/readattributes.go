package avro

import (
	"strconv"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// attributes sets doc, version, parameters, default and name.
func (c *toConnect) attributes(s *Schema, out *tasks.Schema, u use) error {
	if doc, ok := s.props.str(docProperty); ok && c.o.ConnectMeta {
		out.Doc = &doc
	} else if c.o.ConnectMeta && c.o.DiscardTypeDocDefault {
		out.Doc = u.doc
		if out.Doc == nil {
			out.Doc = s.Doc
		}
	}
	if err := c.version(s, out, u); err != nil {
		return err
	}
	if p := s.props.get(paramsProperty); p != nil {
		if p.kind != '{' {
			return tasks.DataException("Expected JSON object for schema parameters but found: %s", p.append(nil))
		}
		for i, k := range p.keys {
			if p.items[i].kind != 's' {
				return tasks.DataException("Expected schema parameter values to be strings but found: %s", p.items[i].append(nil))
			}
			setParam(out, k, p.items[i].text)
		}
	}
	for i, k := range s.props.keys {
		if strings.HasPrefix(k, "avro") && s.props.items[i].kind == 's' {
			setParam(out, k, s.props.items[i].text)
		}
	}
	name, ok := s.props.str(nameProperty)
	if bad := s.props.get(nameProperty); bad != nil && !ok {
		return tasks.DataException("Invalid schema name: %s", bad.append(nil))
	}
	if !ok && s.Name != "" {
		name = s.Name
	}
	if name != "" && out.Name == "" {
		out.Name = name
	}
	return c.setDefault(s, out, u)
}

func (c *toConnect) version(s *Schema, out *tasks.Schema, u use) error {
	v := u.version
	if n := s.props.get(versionProperty); n != nil {
		i, err := strconv.ParseInt(n.text, 10, 32)
		if n.kind != '0' || err != nil {
			text := n.text
			if text == "" {
				text = string(n.append(nil))
			}
			return tasks.DataException("Invalid Connect version found: %s", text)
		}
		own := int32(i)
		v = &own
	}
	if v != nil && out.Version == nil {
		out.Version = v
	}
	return nil
}

func (c *toConnect) setDefault(s *Schema, out *tasks.Schema, u use) error {
	def := u.def
	if def != nil && c.o.ConnectMeta && !c.o.DiscardTypeDocDefault {
		setParam(out, fieldDefault, "true")
	}
	if def == nil {
		def = s.props.get(defaultProperty)
	}
	if def == nil {
		return nil
	}
	if def.kind == 'n' {
		if !out.Optional {
			return tasks.NewException("org.apache.kafka.connect.errors.SchemaBuilderException", "Invalid default value")
		}
		return nil
	}
	// A default's own schema has no default, else the schema would contain itself.
	v, err := c.o.defaultValue(s, out.Clone().Seal(), def)
	if err != nil {
		return err
	}
	out.Default, out.HasDefault = v, true
	return nil
}
