package transform

import (
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

const pkg = "org.apache.kafka.connect.transforms."

const (
	illegalArgument = "java.lang.IllegalArgumentException"
)

// entry is a plugin and how it is built.
type entry struct {
	tasks.Plugin
	values bool // reads or changes key or value
	build  func(c tasks.Config, kind tasks.ConnectorKind) (transformer, error)
}

func entries() []entry {
	var out []entry
	add := func(name, title string, values bool, def tasks.ConfigDef, build func(tasks.Config, tasks.ConnectorKind) (transformer, error)) {
		out = append(out, entry{tasks.Plugin{Class: pkg + name, Type: tasks.TransformationPluginType, Version: "4.3.1", Title: title, Config: def}, values, build})
	}
	add("Filter", "Drops the record", false, nil, func(tasks.Config, tasks.ConnectorKind) (transformer, error) { return filter{}, nil })
	add("RegexRouter", "Renames the topic by a pattern", false, regexDef, newRegexRouter)
	add("TimestampRouter", "Renames the topic by the record's time", false, timestampDef, newTimestampRouter)
	for name, def := range map[string]tasks.ConfigDef{"HasHeaderKey": headerDef, "RecordIsTombstone": nil, "TopicNameMatches": topicDef} {
		out = append(out, entry{Plugin: tasks.Plugin{Class: pkg + "predicates." + name, Type: tasks.PredicatePluginType, Version: "4.3.1",
			Title: "A condition for transforms", Config: def}})
	}
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.Class, b.Class) })
	return out
}

// lookup finds a plugin by its full name or, unless it is an inner class, by an alias.
func lookup(class string, t tasks.PluginType) (entry, error) {
	for _, e := range entries() {
		if e.Type == t && (e.Class == class || !strings.Contains(e.Class, "$") && slices.Contains(e.Names(), class)) {
			return e, nil
		}
	}
	return entry{}, tasks.NewException("java.lang.ClassNotFoundException", "%s", class)
}

// parse reads a plugin's own properties; the error is the first mistake.
func (e entry) parse(own map[string]string) (tasks.Config, error) {
	c, errs := e.Config.Parse(own)
	if len(errs) > 0 {
		return c, tasks.ConfigException("%s", errs[0].Message)
	}
	for _, k := range e.Config {
		if m := listMistake(k, c); m != "" {
			return c, tasks.ConfigException("%s", m)
		}
	}
	return c, nil
}

// validate reports the mistakes by full key; only "missing" and type errors name that full key in their text.
func (e entry) validate(props map[string]string, prefix string) []tasks.ConfigError {
	var errs []tasks.ConfigError
	for _, k := range e.Config {
		full := k
		full.Name, full.Check = prefix+k.Name, nil
		if _, err := full.Parse(props); err != nil {
			errs = append(errs, *err)
			if text, ok := props[full.Name]; ok || text != "" {
				continue
			}
			if k.Type == tasks.TypeList {
				errs = append(errs, tasks.ConfigError{Key: full.Name, Message: "Configuration '" + k.Name + "' values must not be null."})
			}
			continue
		}
		own := tasks.Prefixed(props, prefix)
		if _, err := k.Parse(own); err != nil {
			errs = append(errs, tasks.ConfigError{Key: full.Name, Message: err.Message})
			continue
		}
		c, _ := tasks.ConfigDef{k}.Parse(own)
		if m := listMistake(k, c); m != "" {
			errs = append(errs, tasks.ConfigError{Key: full.Name, Message: m})
		}
	}
	return errs
}

// listMistake checks LIST keys: the texts are not of the usual form.
func listMistake(k tasks.ConfigKey, c tasks.Config) string {
	values := c.List(k.Name)
	switch {
	case k.Type != tasks.TypeList:
		return ""
	case k.Name == "renames":
		for _, m := range values {
			if from, to, ok := strings.Cut(m, ":"); !ok || from == "" || to == "" || strings.Contains(to, ":") {
				return tasks.InvalidValue(k.Name, "["+strings.Join(values, ", ")+"]", "Invalid rename mapping: "+m).Message
			}
		}
		return ""
	case !k.Required():
		return ""
	case len(values) == 0:
		return "Configuration '" + k.Name + "' must not be empty. Valid values include: any non-empty value"
	case len(slices.Compact(slices.Sorted(slices.Values(values)))) < len(values):
		return "Configuration '" + k.Name + "' values must not be duplicated."
	case slices.Contains(values, ""):
		return "Configuration '" + k.Name + "' values must not be empty."
	}
	return ""
}

func key(name string, t tasks.ConfigType, d tasks.Default, check tasks.Check, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: t, Default: d, Check: check, Importance: tasks.Medium, Doc: doc}
}

func isRegex(v any) string {
	s, _ := v.(string)
	if _, err := javaregexp.Compile(s); err != nil {
		return "Invalid regex: " + err.Error()
	}
	return ""
}

var (
	none tasks.Default

	regexDef = tasks.ConfigDef{key("regex", tasks.TypeString, none, isRegex, "Pattern that the whole topic name must match."),
		key("replacement", tasks.TypeString, none, nil, "New name; $1 is the first group.")}
	timestampDef = tasks.ConfigDef{key("topic.format", tasks.TypeString, tasks.DefaultTo("${topic}-${timestamp}"), nil, "New name, of ${topic} and ${timestamp}."),
		key("timestamp.format", tasks.TypeString, tasks.DefaultTo("yyyyMMdd"), nil, "How the time is written.")}
	headerDef = tasks.ConfigDef{key("name", tasks.TypeString, none, tasks.NonEmpty, "Name of the header.")}
	topicDef  = tasks.ConfigDef{key("pattern", tasks.TypeString, none, tasks.All(tasks.NonEmpty, isRegex), "Pattern that the whole topic name must match.")}
)
