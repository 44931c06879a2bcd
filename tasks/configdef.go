package tasks

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ConfigType is the type of a configuration value, by Kafka's ConfigDef names.
type ConfigType string

// The types.
const (
	TypeBoolean  ConfigType = "BOOLEAN"
	TypeString   ConfigType = "STRING"
	TypeInt      ConfigType = "INT"
	TypeShort    ConfigType = "SHORT"
	TypeLong     ConfigType = "LONG"
	TypeDouble   ConfigType = "DOUBLE"
	TypeList     ConfigType = "LIST"
	TypeClass    ConfigType = "CLASS"
	TypePassword ConfigType = "PASSWORD"
)

// Importance, by Kafka's names.
type Importance string

// The importances.
const (
	High   Importance = "HIGH"
	Medium Importance = "MEDIUM"
	Low    Importance = "LOW"
)

// Width is a hint for user interfaces, by Kafka's names.
type Width string

// The widths.
const (
	WidthNone   Width = "NONE"
	WidthShort  Width = "SHORT"
	WidthMedium Width = "MEDIUM"
	WidthLong   Width = "LONG"
)

// Default is a key's default value. Its zero value is "required: no default".
type Default struct {
	set  bool
	null bool
	text string
}

// DefaultTo is a default by its text; NullDefault is Java's null default: optional, without a value.
func DefaultTo(text string) Default { return Default{set: true, text: text} }

// NullDefault says that the key is optional and has no value unless set.
var NullDefault = Default{set: true, null: true}

// ConfigKey defines one configuration key: the one place for its name, type, default, check and documentation.
type ConfigKey struct {
	Name        string
	Type        ConfigType
	Default     Default
	Check       Check
	Importance  Importance
	Doc         string
	Group       string
	Width       Width
	DisplayName string
	Dependents  []string
	// Recommended values, for user interfaces.
	Recommended []string
	// Untrimmed keeps surrounding blanks of the value (a separator, say).
	Untrimmed bool
}

// Required reports whether the key has no default.
func (k ConfigKey) Required() bool { return !k.Default.set }

// DefaultText returns the default's text; false when it is null or absent.
func (k ConfigKey) DefaultText() (string, bool) {
	return k.Default.text, k.Default.set && !k.Default.null
}

// ConfigDef is the keys of a plugin, in the order of their definition.
type ConfigDef []ConfigKey

// Key returns the definition of a key.
func (d ConfigDef) Key(name string) (ConfigKey, bool) {
	for _, k := range d {
		if k.Name == name {
			return k, true
		}
	}
	return ConfigKey{}, false
}

// ConfigError is one mistake in a configuration, with Connect's text.
type ConfigError struct {
	Key     string
	Message string
}

func (e ConfigError) Error() string { return e.Message }

// InvalidValue returns Connect's text for a bad value; reason may be empty.
func InvalidValue(key, value, reason string) ConfigError {
	m := fmt.Sprintf("Invalid value %s for configuration %s", value, key)
	if reason != "" {
		m += ": " + reason
	}
	return ConfigError{key, m}
}

// Parse reads the defined keys from properties; keys that are not defined are left alone. All mistakes are returned, in
// the order of the keys; the Config is usable only when there are none.
func (d ConfigDef) Parse(props map[string]string) (Config, []ConfigError) {
	c := Config{values: make(map[string]any, len(d)), props: props}
	var errs []ConfigError
	for _, k := range d {
		v, err := k.Parse(props)
		if err != nil {
			errs = append(errs, *err)
			continue
		}
		c.values[k.Name] = v
	}
	return c, errs
}

// Parse reads one key: string, bool, int64, float64, []string, or nil for null. The error has Connect's text.
func (k ConfigKey) Parse(props map[string]string) (any, *ConfigError) {
	text, ok := props[k.Name]
	if !ok {
		if k.Required() {
			return nil, &ConfigError{k.Name, fmt.Sprintf("Missing required configuration %q which has no default value.", k.Name)}
		}
		if k.Default.null {
			return nil, nil
		}
		text = k.Default.text
	}
	v, err := k.value(text)
	if err == nil && k.Check != nil && ok {
		if reason := k.Check(v); reason != "" {
			e := InvalidValue(k.Name, display(k, v), reason)
			err = &e
		}
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

func display(k ConfigKey, v any) string {
	switch v := v.(type) {
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	case string:
		if k.Type == TypePassword {
			return "[hidden]"
		}
		return v
	}
	return fmt.Sprint(v)
}

var listSeparator = regexp.MustCompile(`\s*,\s*`)

func (k ConfigKey) value(text string) (any, *ConfigError) {
	trimmed := strings.TrimSpace(text)
	bad := func(reason string) (any, *ConfigError) {
		shown := text
		if k.Type == TypePassword {
			shown = "[hidden]"
		}
		e := InvalidValue(k.Name, shown, reason)
		return nil, &e
	}
	switch k.Type {
	case TypeBoolean:
		switch strings.ToLower(trimmed) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return bad("Expected value to be either true or false")
	case TypeInt, TypeShort, TypeLong:
		bits := map[ConfigType]int{TypeInt: 32, TypeShort: 16, TypeLong: 64}[k.Type]
		n, err := strconv.ParseInt(trimmed, 10, bits)
		if err != nil {
			return bad("Not a number of type " + string(k.Type))
		}
		return n, nil
	case TypeDouble:
		f, err := strconv.ParseFloat(trimmed, 64)
		if err != nil && !math.IsInf(f, 0) {
			return bad("Not a number of type DOUBLE")
		}
		return f, nil
	case TypeList:
		if trimmed == "" {
			return []string{}, nil
		}
		return listSeparator.Split(trimmed, -1), nil
	}
	if k.Untrimmed {
		return text, nil
	}
	return trimmed, nil
}

// Config is a parsed configuration.
type Config struct {
	values map[string]any
	props  map[string]string
}

// The getters return the zero value for null and for keys that the ConfigDef does not define.

// String returns a STRING, CLASS or PASSWORD value.
func (c Config) String(key string) string { s, _ := c.values[key].(string); return s }

// Bool returns a BOOLEAN value.
func (c Config) Bool(key string) bool { b, _ := c.values[key].(bool); return b }

// Int returns an INT, SHORT or LONG value.
func (c Config) Int(key string) int64 { n, _ := c.values[key].(int64); return n }

// Float returns a DOUBLE value.
func (c Config) Float(key string) float64 { f, _ := c.values[key].(float64); return f }

// List returns a LIST value.
func (c Config) List(key string) []string { l, _ := c.values[key].([]string); return l }

// IsSet reports whether the key has a value, its own or by default.
func (c Config) IsSet(key string) bool { return c.values[key] != nil }

// Props returns the properties that were parsed, for what a plugin passes on (prefixed keys). Do not change them.
func (c Config) Props() map[string]string { return c.props }

// Prefixed returns the properties whose names begin with prefix, without it.
func Prefixed(props map[string]string, prefix string) map[string]string {
	out := map[string]string{}
	for k, v := range props {
		if rest, ok := strings.CutPrefix(k, prefix); ok {
			out[rest] = v
		}
	}
	return out
}
