package tasks

import (
	"fmt"
	"math"
	"regexp"
	"slices"
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
	// Distinct is for a LIST whose items differ and are not empty, and of which there is at least one when the key is
	// required. Validation reports a repeated item, Parse drops it.
	Distinct bool
	// Validator is for the checks of Kafka that word the whole message themselves. It comes in place of Check, sees the
	// parsed value (nil for null) and returns the message or "".
	Validator func(name string, v any) string
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
	// Thrown is the class of the exception with which Connect's own validation breaks off at this mistake; "" where it
	// reports the mistake as it should.
	Thrown string
}

func (e ConfigError) Error() string { return e.Message }

// InvalidValue returns Connect's text for a bad value; reason may be empty.
func InvalidValue(key, value, reason string) ConfigError {
	m := fmt.Sprintf("Invalid value %s for configuration %s", value, key)
	if reason != "" {
		m += ": " + reason
	}
	return ConfigError{Key: key, Message: m}
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

// Validate returns what Connect's validation says about the keys that have the prefix in props: every mistake, in the
// order of the keys. A key that is missing or cannot be read is checked as null as well, which may be a second mistake. As
// in Connect, checks name a key without the prefix, everything else names it with.
func (d ConfigDef) Validate(props map[string]string, prefix string) []ConfigError {
	var errs []ConfigError
	for _, k := range d {
		full := k
		full.Name = prefix + k.Name
		text, ok := props[full.Name]
		if !ok && !k.Required() {
			continue
		}
		var v any
		var err *ConfigError
		if !ok {
			err = full.missing()
		} else {
			v, err = full.value(text)
		}
		if err != nil {
			errs = append(errs, *err)
		}
		if err := k.check(v); err != nil {
			err.Key = full.Name
			errs = append(errs, *err)
		}
	}
	return errs
}

// Parse reads one key: string, bool, int64, float64, []string, or nil for null. The error has Connect's text.
func (k ConfigKey) Parse(props map[string]string) (any, *ConfigError) {
	text, ok := props[k.Name]
	if !ok {
		if k.Required() {
			return nil, k.missing()
		}
		if k.Default.null {
			return nil, nil
		}
		text = k.Default.text
	}
	v, err := k.value(text)
	if err != nil {
		return nil, err
	}
	if k.Distinct {
		v = distinct(v)
	}
	if ok {
		err = k.check(v)
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

func (k ConfigKey) missing() *ConfigError {
	return &ConfigError{Key: k.Name, Message: fmt.Sprintf("Missing required configuration %q which has no default value.", k.Name)}
}

// check runs the key's checks on a parsed value, nil for null.
func (k ConfigKey) check(v any) *ConfigError {
	if k.Distinct {
		if m := k.checkDistinct(v); m != "" {
			return &ConfigError{Key: k.Name, Message: m}
		}
	}
	if k.Validator != nil {
		if m := k.Validator(k.Name, v); m != "" {
			return &ConfigError{Key: k.Name, Message: m}
		}
	}
	if k.Check != nil {
		if reason := k.Check(v); reason != "" {
			e := InvalidValue(k.Name, display(k, v), reason)
			return &e
		}
	}
	return nil
}

func (k ConfigKey) checkDistinct(v any) string {
	list, ok := v.([]string)
	switch {
	case !ok:
		return "Configuration '" + k.Name + "' values must not be null."
	case len(list) == 0 && k.Required():
		return "Configuration '" + k.Name + "' must not be empty. Valid values include: any non-empty value"
	case len(distinct(list).([]string)) < len(list):
		return "Configuration '" + k.Name + "' values must not be duplicated."
	case slices.Contains(list, ""):
		return "Configuration '" + k.Name + "' values must not be empty."
	}
	return ""
}

// distinct drops repeated items of a list.
func distinct(v any) any {
	list, ok := v.([]string)
	if !ok {
		return v
	}
	out := make([]string, 0, len(list))
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func display(k ConfigKey, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
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

var listSeparator = regexp.MustCompile(`[ \t\n\v\f\r]*,[ \t\n\v\f\r]*`)

// trim is Java's String.trim, which takes every control character for a blank.
func trim(s string) string { return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' }) }

// SplitList reads a LIST value.
func SplitList(text string) []string {
	if text = trim(text); text != "" {
		return listSeparator.Split(text, -1)
	}
	return []string{}
}

func (k ConfigKey) value(text string) (any, *ConfigError) {
	trimmed := trim(text)
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
		return SplitList(trimmed), nil
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
