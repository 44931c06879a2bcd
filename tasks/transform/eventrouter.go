package transform

import (
	"strings"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/javaregexp"
)

var eventRouterDef = tasks.ConfigDef{
	column("table.field.event.id", tasks.DefaultTo("id"), "Column of the event's id, which becomes the header id."),
	column("table.field.event.key", tasks.DefaultTo("aggregateid"), "Column of the event's key."),
	column("table.field.event.type", tasks.DefaultTo("type"), "Column of the event's type. Without effect."),
	column("table.field.event.payload", tasks.DefaultTo("payload"), "Column of the event's content."),
	key("table.field.event.timestamp", tasks.TypeString, nullText, nil, "Column of the event's time; else the time of the change event."),
	{Name: "table.fields.additional.placement", Type: tasks.TypeList, Default: nullText, Importance: tasks.High, Check: isPlacement,
		Doc: "More columns and where they go, each column:place or column:place:alias; places are header, envelope and partition."},
	key("table.fields.additional.error.on.missing", tasks.TypeBoolean, tasks.DefaultTo("true"), nil, "Whether an event without one of these columns fails."),
	column("table.field.event.schema.version", nullText, "Column of the version that the envelope's schema gets."),
	key("table.op.invalid.behavior", tasks.TypeString, tasks.DefaultTo("warn"), tasks.OneOfFold("warn", "error", "fatal"),
		"What becomes of an update of the table: dropped (warn, error) or a failure (fatal)."),
	key("table.expand.json.payload", tasks.TypeBoolean, tasks.DefaultTo("false"), nil, "Whether a content that is a JSON text becomes data with a schema."),
	key("table.json.payload.null.behavior", tasks.TypeString, tasks.DefaultTo("ignore"), tasks.OneOfFold("ignore", "optional_bytes"),
		"What a null in that JSON becomes: nothing, or a field of optional bytes."),
	high(key("route.by.field", tasks.TypeString, tasks.DefaultTo("aggregatetype"), nil, "Column whose value makes the topic.")),
	{Name: "route.topic.regex", Type: tasks.TypeString, Default: tasks.DefaultTo("(?<routedByValue>.*)"), Importance: tasks.Low, Check: isRegex,
		Doc: "Pattern that the whole value must match to be replaced."},
	high(key("route.topic.replacement", tasks.TypeString, tasks.DefaultTo("outbox.event.${routedByValue}"), nil, "The topic's name; $1 or ${name} is a group of the pattern.")),
	high(key("route.tombstone.on.empty.payload", tasks.TypeBoolean, tasks.DefaultTo("false"), nil, "Whether an empty content makes a tombstone.")),
}

func column(name string, d tasks.Default, doc string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: name, Type: tasks.TypeString, Default: d, Importance: tasks.Low, Doc: doc}
}

// eventRouter is Debezium's outbox.EventRouter: it makes an event of each row that is added to an outbox table.
type eventRouter struct {
	id, key, payload, timestamp, version, route string // columns

	more           []placement
	enveloped      bool // some column goes into an envelope around the content
	failsOnMissing bool
	failsOnUpdate  bool
	tombstones     bool
	expand         *expansion // nil when texts stay texts
	router         regexRouter
	made           map[envelopeKey]*tasks.Schema
}

// placement is a column and where it goes.
type placement struct{ column, place, alias string }

// envelopeKey is all that an envelope's schema depends on.
type envelopeKey struct {
	row, payload *tasks.Schema
	topic        string
	version      int32
	versioned    bool
}

func isPlacement(v any) string {
	list, _ := v.([]string)
	for _, text := range list {
		if _, problem := newPlacement(text); problem != "" {
			return problem
		}
	}
	if list != nil && len(list) == 0 {
		return "A list of column:place is expected, but it is empty"
	}
	return ""
}

func newPlacement(text string) (p placement, problem string) {
	parts := strings.Split(text, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return p, "column:place or column:place:alias is expected, not " + text
	}
	p = placement{parts[0], strings.ToLower(strings.TrimSpace(parts[1])), parts[len(parts)-1]}
	if len(parts) == 2 {
		p.alias = parts[0]
	}
	if p.place != "header" && p.place != "envelope" && p.place != "partition" {
		return p, "A column goes to header, envelope or partition, not to " + parts[1]
	}
	return p, ""
}

func newEventRouter(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	t := &eventRouter{id: c.String("table.field.event.id"), key: c.String("table.field.event.key"), payload: c.String("table.field.event.payload"),
		timestamp: c.String("table.field.event.timestamp"), version: c.String("table.field.event.schema.version"), route: c.String("route.by.field"),
		failsOnMissing: c.Bool("table.fields.additional.error.on.missing"), failsOnUpdate: strings.EqualFold(c.String("table.op.invalid.behavior"), "fatal"),
		tombstones: c.Bool("route.tombstone.on.empty.payload"), made: map[envelopeKey]*tasks.Schema{}}
	for _, text := range c.List("table.fields.additional.placement") {
		p, _ := newPlacement(text)
		t.more = append(t.more, p)
		t.enveloped = t.enveloped || p.place == "envelope"
	}
	if c.Bool("table.expand.json.payload") {
		t.expand = &expansion{nulls: strings.EqualFold(c.String("table.json.payload.null.behavior"), "optional_bytes")}
	}
	re, err := javaregexp.Compile(c.String("route.topic.regex"))
	t.router = regexRouter{re: re, replacement: c.String("route.topic.replacement")}
	return t, err
}

func (t *eventRouter) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	if r.Value.IsNull() {
		return false, nil
	}
	in := r.Value.Struct()
	if in == nil || !strings.HasSuffix(in.Schema.Name, ".Envelope") {
		return true, nil // Not a change event: a heartbeat or a schema change, say.
	}
	switch op, _ := in.Get("op"); op.Str() {
	case "d":
		return false, nil
	case "u":
		if t.failsOnUpdate {
			return false, tasks.NewException("java.lang.IllegalStateException", "Unexpected update message received %s, fail.", convert.AppendJava(nil, r.Key))
		}
		return false, nil
	}
	after, _ := in.Get("after")
	row, err := requireStruct(after, "Read Outbox Event")
	if err != nil {
		return false, err
	}
	if err := t.event(a, r, in, row); err != nil {
		return false, err
	}
	return t.router.apply(a, r)
}

// event puts the event in place of the change event; the topic is what the router is to change.
func (t *eventRouter) event(a *tasks.Arena, r *tasks.Record, in, row *tasks.Struct) error {
	at := row.Schema.FieldIndex(t.payload)
	if at < 0 {
		return tasks.NewException(tasks.ConnectException, "Unable to find payload field %s in event", t.payload)
	}
	timestamp, err := t.time(in, row)
	if err != nil {
		return err
	}
	idSchema, id, err := get(row, t.id, "")
	if err != nil {
		return err
	}
	if err := addHeader(r, "id", idSchema, id); err != nil {
		return err
	}
	schema, payload := row.Schema.Fields[at].Schema, row.GetSlot(at)
	if t.expand != nil && payload.Kind() == tasks.KindString {
		if s, v, ok := t.expand.payload(t.payload, payload); ok {
			schema, payload = s, v
		}
	}
	_, topic, err := get(row, t.route, tasks.String)
	if err != nil {
		return err
	}
	empty := payload.IsNull() || payload.Kind() == tasks.KindString && strings.TrimFunc(payload.Str(), func(c rune) bool { return c <= ' ' }) == ""
	if schema, payload, err = t.place(a, r, row, schema, payload, topic.Str()); err != nil {
		return err
	}
	if r.KeySchema, r.Key, err = get(row, t.key, ""); err != nil {
		return err
	}
	if empty && t.tombstones {
		schema, payload = nil, tasks.Null
	}
	r.Topic, r.Timestamp, r.ValueSchema, r.Value = topic.Str(), timestamp, schema, payload
	return nil
}

// get reads a column; of is the type that it must have, or "" for any.
func get(row *tasks.Struct, name string, of any) (*tasks.Schema, tasks.Value, error) {
	i := row.Schema.FieldIndex(name)
	if i < 0 {
		return nil, tasks.Null, tasks.DataException("%s is not a valid field name", name)
	}
	s := row.Schema.Fields[i].Schema
	if want, ok := of.(tasks.Type); ok && s.Type != want {
		return nil, tasks.Null, tasks.DataException("Field '%s' is not of type %s", name, want)
	}
	return s, row.GetSlot(i), nil
}

// time is the event's time: that of its column, or of the change event.
func (t *eventRouter) time(in, row *tasks.Struct) (int64, error) {
	if t.timestamp != "" {
		if row.Schema.FieldIndex(t.timestamp) < 0 {
			return 0, tasks.NewException(tasks.ConnectException, "Unable to find timestamp field %s in event", t.timestamp)
		}
		s, v, err := get(row, t.timestamp, tasks.Int64)
		switch {
		case err != nil:
			return 0, err
		case v.IsNull():
		case s.Name == "":
			return 0, tasks.NewException(tasks.ConnectException, "Unsupported field type %s (without logical schema name) for event timestamp", s.Type)
		default:
			per := map[string]int64{"io.debezium.time.Timestamp": 1, "io.debezium.time.MicroTimestamp": 1e3, "io.debezium.time.NanoTimestamp": 1e6}[s.Name]
			if per == 0 {
				return 0, tasks.NewException(tasks.ConnectException, "Unsupported field type %s for event timestamp", s.Name)
			}
			return v.Int() / per, nil
		}
	}
	if _, v, err := get(in, "ts_ms", tasks.Int64); err != nil || !v.IsNull() {
		return v.Int(), err
	}
	return tasks.NoTimestamp, nil
}

// place puts the additional columns into headers, the partition and the envelope; it returns what the value becomes.
func (t *eventRouter) place(a *tasks.Arena, r *tasks.Record, row *tasks.Struct, s *tasks.Schema, payload tasks.Value, topic string) (*tasks.Schema, tasks.Value, error) {
	r.Partition = tasks.NoPartition
	values := []tasks.Value{payload}
	for _, p := range t.more {
		if !t.failsOnMissing && row.Schema.FieldIndex(p.column) < 0 {
			continue
		}
		var of any
		if p.place == "partition" {
			of = tasks.Int32
		}
		schema, v, err := get(row, p.column, of)
		switch {
		case err != nil:
			return nil, tasks.Null, err
		case p.place == "envelope":
			values = append(values, v)
		case p.place == "header":
			if err := addHeader(r, p.alias, schema, v); err != nil {
				return nil, tasks.Null, err
			}
		case !v.IsNull():
			r.Partition = int32(v.Int())
		}
	}
	if !t.enveloped {
		return s, payload, nil
	}
	made, err := t.envelope(row, s, topic)
	if err != nil {
		return nil, tasks.Null, err
	}
	out := a.Struct(made)
	copy(out.Slots, values)
	return made, tasks.NewStructValue(out), nil
}

// envelope is the schema around the content and the columns that go with it.
func (t *eventRouter) envelope(row *tasks.Struct, payload *tasks.Schema, topic string) (*tasks.Schema, error) {
	k := envelopeKey{row: row.Schema, payload: payload, topic: topic}
	if t.version != "" {
		_, v, err := get(row, t.version, tasks.Int32)
		if err != nil {
			return nil, err
		}
		k.version, k.versioned = int32(v.Int()), !v.IsNull()
	}
	if made := t.made[k]; made != nil {
		return made, nil
	}
	l := fieldList{}
	if err := l.add("payload", payload); err != nil {
		return nil, err
	}
	for _, p := range t.more {
		i := row.Schema.FieldIndex(p.column)
		if p.place != "envelope" || i < 0 {
			continue
		}
		if err := l.add(p.alias, row.Schema.Fields[i].Schema); err != nil {
			return nil, err
		}
	}
	base := &tasks.Schema{Type: tasks.StructType, Name: strings.Clone(topic)}
	if name := row.Schema.Name; name != "" {
		dot := strings.LastIndexByte(name, '.') + 1
		base.Name = name[:dot] + topic + "." + name[dot:]
	}
	if k.versioned {
		base.Version = &k.version
	}
	if len(t.made) >= cacheSize {
		clear(t.made)
	}
	k.topic = strings.Clone(topic)
	t.made[k] = l.schema(base)
	return t.made[k], nil
}
