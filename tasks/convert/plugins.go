package convert

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Factory adds a converter of another package under its class name.
type Factory struct {
	Class string
	New   func(props map[string]string, isKey bool) (tasks.Converter, error)
}

// Class names.
const (
	StringClass       = "org.apache.kafka.connect.storage.StringConverter"
	SimpleHeaderClass = "org.apache.kafka.connect.storage.SimpleHeaderConverter"

	convertersPackage = "org.apache.kafka.connect.converters."
)

// New returns the converter of a class name (or one of its short forms), configured with properties without their prefix.
// extra is asked beside the converters of this package. Errors are ConfigExceptions, as the Java original's, and an
// exception of class ClassNotFoundException for an unknown name.
func New(class string, props map[string]string, isKey bool, extra ...Factory) (tasks.Converter, error) {
	for _, f := range extra {
		if slices.Contains(tasks.Plugin{Class: f.Class, Type: tasks.ConverterPluginType}.Names(), class) {
			return f.New(props, isKey)
		}
	}
	full, ok := resolve(class, tasks.ConverterPluginType)
	if !ok {
		return nil, unknown(class)
	}
	return build(full, props, isKey)
}

// NewHeader returns the header converter of a class name; an empty one is SimpleHeaderConverter. Errors are as in [New].
func NewHeader(class string, props map[string]string) (tasks.HeaderConverter, error) {
	if class == "" {
		class = SimpleHeaderClass
	}
	full, ok := resolve(class, tasks.HeaderConverterPluginType)
	if !ok {
		return nil, unknown(class)
	}
	if full == SimpleHeaderClass {
		return simpleHeader{}, nil
	}
	c, err := build(full, props, false)
	if err != nil {
		return nil, err
	}
	if h, ok := c.(tasks.HeaderConverter); ok {
		return h, nil
	}
	return header{c}, nil
}

func unknown(class string) error {
	return tasks.NewException("java.lang.ClassNotFoundException", "%s", class)
}

func resolve(class string, t tasks.PluginType) (full string, ok bool) {
	for _, p := range Plugins() {
		if p.Type != t {
			continue
		}
		names := p.Names()
		if t == tasks.HeaderConverterPluginType && p.Class != SimpleHeaderClass {
			// These are converters first, and have the short names of converters for headers too.
			names = tasks.Plugin{Class: p.Class, Type: tasks.ConverterPluginType}.Names()
		}
		if slices.Contains(names, class) {
			return p.Class, true
		}
	}
	return "", false
}

func build(full string, props map[string]string, isKey bool) (tasks.Converter, error) {
	switch full {
	case JSONClass:
		return newJSON(props)
	case StringClass:
		return newString(props, isKey)
	}
	simple := strings.TrimPrefix(full, convertersPackage)
	switch simple {
	case "ByteArrayConverter":
		return byteArray{}, nil
	case "BooleanConverter":
		return boolean{}, nil
	}
	return primitives[simple], nil
}

// Plugins lists the converters and header converters of this package.
func Plugins() []tasks.Plugin {
	var out []tasks.Plugin
	add := func(class, title string, def tasks.ConfigDef) {
		for _, t := range []tasks.PluginType{tasks.ConverterPluginType, tasks.HeaderConverterPluginType} {
			out = append(out, tasks.Plugin{Class: class, Type: t, Version: tasks.ConnectVersion, Title: title, Config: def})
		}
	}
	add(convertersPackage+"BooleanConverter", "One byte, 0 or 1", nil)
	add(convertersPackage+"ByteArrayConverter", "Bytes as they are", nil)
	add(convertersPackage+"DoubleConverter", "Eight bytes, IEEE 754", nil)
	add(convertersPackage+"FloatConverter", "Four bytes, IEEE 754", nil)
	add(convertersPackage+"IntegerConverter", "Four bytes, big-endian", nil)
	add(JSONClass, "JSON, with or without the schema beside it", jsonConfig)
	add(convertersPackage+"LongConverter", "Eight bytes, big-endian", nil)
	add(convertersPackage+"ShortConverter", "Two bytes, big-endian", nil)
	add(StringClass, "Text in a character encoding", stringConfig)
	return append(out, tasks.Plugin{Class: SimpleHeaderClass, Type: tasks.HeaderConverterPluginType, Version: tasks.ConnectVersion,
		Title: "Header text that shows its type"})
}
