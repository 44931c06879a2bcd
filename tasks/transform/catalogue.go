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
	nullPointer     = "java.lang.NullPointerException"
	schemaBuilder   = "org.apache.kafka.connect.errors.SchemaBuilderException"
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
		if !strings.Contains(name, ".") {
			name = pkg + name
		}
		out = append(out, entry{tasks.Plugin{Class: name, Type: tasks.TransformationPluginType, Version: tasks.ConnectVersion, Title: title, Config: def}, values, build})
	}
	add("Filter", "Drops the record", false, nil, func(tasks.Config, tasks.ConnectorKind) (transformer, error) { return filter{}, nil })
	add("DropHeaders", "Removes headers", false, dropHeadersDef, newDropHeaders)
	add("InsertHeader", "Adds a header with a fixed value", false, insertHeaderDef, newInsertHeader)
	add("RegexRouter", "Renames the topic by a pattern", false, regexDef, newRegexRouter)
	add("TimestampRouter", "Renames the topic by the record's time", false, timestampDef, newTimestampRouter)
	for _, s := range []side{keySide, valueSide} {
		suffix := s.suffix()
		add("InsertField"+suffix, "Adds fields from the record's coordinates or a fixed text", true, insertDef, s.newInsertField)
		add("ReplaceField"+suffix, "Removes and renames fields", true, replaceDef, s.newReplaceField)
		add("MaskField"+suffix, "Blanks out fields", true, maskDef, s.newMaskField)
		add("ExtractField"+suffix, "Takes one field in place of the whole", true, extractDef, s.newExtractField)
		add("Cast"+suffix, "Gives fields, or the whole, another type", true, castDef, s.newCast)
		add("Flatten"+suffix, "Brings nested fields to the top", true, flattenDef, s.newFlatten)
		add("HeaderFrom"+suffix, "Copies or moves fields into headers", true, headerFromDef, s.newHeaderFrom)
		add("SetSchemaMetadata"+suffix, "Renames the schema or sets its version", true, setSchemaDef, s.newSetSchema)
		add("TimestampConverter"+suffix, "Changes how a time is represented", true, timestampConverterDef, s.newTimestampConverter)
		add("HoistField"+suffix, "Wraps the whole into one field", true, hoistDef, s.newHoistField)
	}
	add("ValueToKey", "Makes the key from fields of the value", true, toKeyDef, newValueToKey)
	others(add)
	for name, def := range map[string]tasks.ConfigDef{"HasHeaderKey": headerDef, "RecordIsTombstone": nil, "TopicNameMatches": topicDef} {
		out = append(out, entry{Plugin: tasks.Plugin{Class: pkg + "predicates." + name, Type: tasks.PredicatePluginType, Version: tasks.ConnectVersion,
			Title: "A condition for transforms", Config: def}})
	}
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.Class, b.Class) })
	return out
}

// lookup finds a plugin by its full name or, when it is Kafka's own and no inner class, by an alias; extra ones go before.
func lookup(class string, t tasks.PluginType, extra ...Factory) (entry, error) {
	for _, f := range extra {
		if f.Type == t && f.Class == class {
			return f.entry(), nil
		}
	}
	for _, e := range entries() {
		if e.Type == t && (e.Class == class || strings.HasPrefix(e.Class, pkg) && !strings.Contains(e.Class, "$") && slices.Contains(e.Names(), class)) {
			return e, nil
		}
	}
	if abstract(class) {
		return entry{}, &tasks.Exception{Class: "java.lang.InstantiationException"}
	}
	return entry{}, tasks.NewException("java.lang.ClassNotFoundException", "%s", class)
}

// abstract reports whether the class only has variants, for keys and for values.
func abstract(class string) bool {
	return slices.ContainsFunc(entries(), func(e entry) bool { return e.Class == class+"$Value" })
}

// parse reads a plugin's own properties; the error is the first mistake.
func (e entry) parse(own map[string]string) (tasks.Config, error) {
	c, errs := e.Config.Parse(own)
	if len(errs) > 0 {
		return c, tasks.ConfigException("%s", errs[0].Message)
	}
	return c, nil
}

// validate reports the mistakes in a plugin's own properties by full key.
func (e entry) validate(props map[string]string, prefix string) []tasks.ConfigError {
	errs := e.Config.Validate(props, prefix)
	if spec, ok := props[prefix+"spec"]; ok && strings.HasPrefix(e.Class, pkg+"Cast$") {
		if _, err := parseCasts(tasks.SplitList(spec)); err != nil && err.Class != tasks.ConfigExceptionClass {
			for i := range errs {
				errs[i].Thrown = err.Class
			}
		}
	}
	return errs
}

func key(name string, t tasks.ConfigType, d tasks.Default, check tasks.Check, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: t, Default: d, Check: check, Importance: tasks.Medium, Doc: doc}
}

// high is a key as it is, of high importance.
func high(k tasks.ConfigKey) tasks.ConfigKey {
	k.Importance = tasks.High
	return k
}

// fields is a key that lists different names.
func fields(name string, d tasks.Default, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: tasks.TypeList, Default: d, Distinct: true, Importance: tasks.Medium, Doc: doc}
}

func isRegex(v any) string {
	s, ok := v.(string)
	if !ok {
		return `Invalid regex: Cannot invoke "String.isEmpty()" because "this.pattern" is null`
	}
	if _, err := javaregexp.Compile(s); err != nil {
		return "Invalid regex: " + err.Error()
	}
	return ""
}

var (
	none       tasks.Default
	nullText   = tasks.NullDefault
	emptyText  = tasks.DefaultTo("")
	defaultKey = key("replace.null.with.default", tasks.TypeBoolean, tasks.DefaultTo("true"), nil, "Whether a null field takes its schema's default.")

	regexDef = tasks.ConfigDef{high(key("regex", tasks.TypeString, none, isRegex, "Pattern that the whole topic name must match.")),
		high(key("replacement", tasks.TypeString, none, nil, "New name; $1 is the first group."))}
	timestampDef = tasks.ConfigDef{high(key("topic.format", tasks.TypeString, tasks.DefaultTo("${topic}-${timestamp}"), nil, "New name, of ${topic} and ${timestamp}.")),
		high(key("timestamp.format", tasks.TypeString, tasks.DefaultTo("yyyyMMdd"), nil, "How the time is written."))}
	insertDef = tasks.ConfigDef{key("topic.field", tasks.TypeString, nullText, nil, "Field for the topic; ! makes it required."),
		key("partition.field", tasks.TypeString, nullText, nil, "Field for the partition."),
		key("offset.field", tasks.TypeString, nullText, nil, "Field for the offset; sinks only."),
		key("timestamp.field", tasks.TypeString, nullText, nil, "Field for the record's time."),
		key("static.field", tasks.TypeString, nullText, nil, "Field for the fixed text."),
		key("static.value", tasks.TypeString, nullText, nil, "The fixed text."), defaultKey}
	replaceDef = tasks.ConfigDef{fields("exclude", emptyText, "Fields to remove."), fields("include", emptyText, "Fields to keep; empty keeps all."),
		{Name: "renames", Type: tasks.TypeList, Default: emptyText, Validator: checkRenames, Importance: tasks.Medium, Doc: "Pairs old:new."}, defaultKey}
	maskDef = tasks.ConfigDef{high(fields("fields", none, "Fields to blank out.")),
		{Name: "replacement", Type: tasks.TypeString, Default: nullText, Check: tasks.NonEmpty, Importance: tasks.Low, Doc: "What to write instead, for texts and numbers."}, defaultKey}
	extractDef = tasks.ConfigDef{key("field", tasks.TypeString, none, nil, "Field to take."),
		high(key("field.syntax.version", tasks.TypeString, tasks.DefaultTo("V1"), tasks.OneOfFold("V1", "V2"), "V2 reads dots as steps into nested data.")), defaultKey}
	hoistDef  = tasks.ConfigDef{key("field", tasks.TypeString, none, nil, "Field that takes the whole.")}
	toKeyDef  = tasks.ConfigDef{high(fields("fields", none, "Fields of the value that make the key.")), defaultKey}
	headerDef = tasks.ConfigDef{key("name", tasks.TypeString, none, tasks.NonEmpty, "Name of the header.")}
	topicDef  = tasks.ConfigDef{key("pattern", tasks.TypeString, none, tasks.All(tasks.NonEmpty, isRegex), "Pattern that the whole topic name must match.")}
)
