package transform

import (
	"errors"
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/javatime"
	"github.com/mayfly-connect/mayfly/tasks/jsonpath"
)

const (
	confluent = "io.confluent.connect.transforms."
	aiven     = "io.aiven.kafka.connect.transforms."
)

var (
	skipMissing = key("skip.missing.or.null", tasks.TypeBoolean, tasks.DefaultTo("false"), nil, "Whether a record without the field passes unchanged; else it fails.")

	aivenTopicDef = tasks.ConfigDef{key("field.name", tasks.TypeString, emptyText, nil, "Field that holds the topic; empty for the whole key or value."), skipMissing}
	topicFieldDef = tasks.ConfigDef{key("field", tasks.TypeString, emptyText, nil, "Field that holds the topic; empty for the whole key or value."),
		key("field.format", tasks.TypeString, tasks.DefaultTo("PLAIN"), tasks.OneOfFold("PLAIN", "JSON_PATH"), "Whether field is a name or a JSONPath that leads to one place."), skipMissing}
	topicHeadDef = tasks.ConfigDef{key("field", tasks.TypeString, none, tasks.NonEmpty, "Header that holds the topic."), skipMissing}

	messageTimeDef = tasks.ConfigDef{
		key("topic.format", tasks.TypeString, tasks.DefaultTo("${topic}-${timestamp}"), nil, "New name, of ${topic} and ${timestamp}."),
		key("message.timestamp.format", tasks.TypeString, tasks.DefaultTo("yyyy-MM-dd"), nil, "Pattern of the time in the topic's name."),
		key("message.timestamp.keys", tasks.TypeList, none, nonEmptyList, "Fields of the value that hold the time; the first that is there counts.")}
	extractTimeDef = tasks.ConfigDef{key("field.name", tasks.TypeString, none, tasks.NonEmpty, "Field that holds the record's time."),
		key("timestamp.resolution", tasks.TypeString, tasks.DefaultTo("milliseconds"), tasks.OneOf("milliseconds", "seconds"), "Unit of times that are numbers.")}
)

// field finds a field of a struct or map; ok is false where there is none.
func field(v tasks.Value, name string) (x tasks.Value, ok bool) {
	if s := v.Struct(); s != nil {
		return s.Get(name)
	}
	if m := v.Map(); m != nil {
		return m.Get(name)
	}
	return tasks.Null, false
}

// extractTopic makes the topic from a field, from the whole, or from a header.
type extractTopic struct {
	side
	header bool
	field  string
	path   *jsonpath.Path // nil where field is a name
	skips  bool
}

func (s side) newExtractTopic(keyName string) func(tasks.Config, tasks.ConnectorKind) (transformer, error) {
	return func(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
		t := &extractTopic{side: s, field: c.String(keyName), skips: c.Bool(skipMissing.Name)}
		if !strings.EqualFold(c.String("field.format"), "JSON_PATH") || t.field == "" {
			return t, nil
		}
		path, err := jsonpath.Compile(t.field)
		if err == nil && !path.Definite() {
			err = errors.New("it may lead to several places")
		}
		if err != nil {
			return nil, tasks.ConfigException("%s", tasks.InvalidValue(keyName, t.field, err.Error()).Message)
		}
		t.path = path
		return t, nil
	}
}

func newTopicFromHeader(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return &extractTopic{header: true, field: c.String("field"), skips: c.Bool(skipMissing.Name)}, nil
}

func (t *extractTopic) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	var v tasks.Value
	if t.header {
		for _, h := range r.Headers { // The last one counts.
			if h.Key == t.field {
				v = h.Value
			}
		}
	} else if _, v = t.get(r); t.field != "" {
		v = t.find(v)
	}
	switch {
	case (v.IsNull() || v.Kind() == tasks.KindString && v.Str() == "") && t.skips:
		return true, nil
	case v.IsNull():
		return false, tasks.DataException("The topic is to be made from %s, which is missing or null", t.origin())
	case v.Kind() > tasks.KindString:
		return false, tasks.DataException("The topic is to be made from %s, which is of class %s", t.origin(), convert.JavaClass(v))
	}
	topic := string(convert.AppendJava(nil, v))
	if topic == "" {
		return false, tasks.DataException("The topic is to be made from %s, which is empty", t.origin())
	}
	r.Topic = topic
	return true, nil
}

// find returns what the field is, null where there is none.
func (t *extractTopic) find(v tasks.Value) tasks.Value {
	if t.path == nil {
		v, _ = field(v, t.field)
		return v
	}
	found, err := t.path.Find(v)
	if err != nil {
		return tasks.Null
	}
	return found[0]
}

func (t *extractTopic) origin() string {
	what := t.name()
	switch {
	case t.header:
		return "the header " + t.field
	case t.field == "":
		return "the " + what
	}
	return "the field " + t.field + " of the " + what
}

// messageTime routes by a time in the value.
type messageTime struct {
	format string
	layout *javatime.Layout
	fields []string
}

func newMessageTime(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	layout, err := javatime.Compile(c.String("message.timestamp.format"))
	if err != nil {
		return nil, tasks.ConfigException("%s", tasks.InvalidValue("message.timestamp.format", c.String("message.timestamp.format"), err.Error()).Message)
	}
	return &messageTime{c.String("topic.format"), layout, c.List("message.timestamp.keys")}, nil
}

func (t *messageTime) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	for _, name := range t.fields {
		v, ok := field(r.Value, name)
		if !ok || v.IsNull() {
			continue
		}
		if v.Kind() != tasks.KindTime && v.Kind() != tasks.KindInt64 {
			return false, tasks.DataException("The field %s is no time: its class is %s", name, convert.JavaClass(v))
		}
		text := string(t.layout.AppendMillis(nil, v.Int()))
		r.Topic = strings.ReplaceAll(strings.ReplaceAll(t.format, "${topic}", r.Topic), "${timestamp}", text)
		return true, nil
	}
	return false, tasks.DataException("None of the fields %s is in the value", strings.Join(t.fields, ", "))
}

// extractTime takes the record's timestamp from a field.
type extractTime struct {
	side
	field string
	unit  int64 // ms
}

func (s side) newExtractTime(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &extractTime{side: s, field: c.String("field.name"), unit: 1}
	if c.String("timestamp.resolution") == "seconds" {
		t.unit = 1000
	}
	return t, nil
}

func (t *extractTime) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	_, whole := t.get(r)
	v, _ := field(whole, t.field)
	switch v.Kind() {
	case tasks.KindTime:
		r.Timestamp = v.Int()
	case tasks.KindInt64:
		r.Timestamp = saturated(v.Int(), t.unit)
	default:
		return false, tasks.DataException("The field %s must be a whole number or a time to be the record's timestamp; its class is %s", t.field, convert.JavaClass(v))
	}
	return true, nil
}
