package transform

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
)

var (
	dropDef = tasks.ConfigDef{{Name: "schema.behavior", Type: tasks.TypeString, Default: tasks.DefaultTo("nullify"), Importance: tasks.Medium,
		Check: tasks.OneOfFold("nullify", "retain", "force_optional"), Doc: "What becomes of the schema: null, kept (it must be optional), or made optional."}}
	tombstoneDef = tasks.ConfigDef{{Name: "behavior", Type: tasks.TypeString, Default: tasks.DefaultTo("ignore"), Importance: tasks.Medium,
		Check: tasks.OneOfFold("drop_silent", "drop_warn", "ignore", "warn", "fail"), Doc: "What becomes of a record without a value."}}
	hashDef = tasks.ConfigDef{key("field.name", tasks.TypeString, emptyText, nil, "Field to hash; empty for the whole key or value."),
		key("function", tasks.TypeString, none, tasks.OneOf("md5", "sha1", "sha256"), "The hash function."), skipMissing}
)

// others returns the transforms that others than Kafka are known for. They have no short names.
func others(add func(class, title string, values bool, def tasks.ConfigDef, build func(tasks.Config, tasks.ConnectorKind) (transformer, error))) {
	for _, s := range []side{keySide, valueSide} {
		suffix := s.suffix()
		add(confluent+"Drop"+suffix, "Makes the key or the value null", true, dropDef, s.newDrop)
		add(confluent+"Filter"+suffix, "Keeps or drops records by a JSONPath", true, conditionDef, s.newCondition)
		add(confluent+"ExtractTopic"+suffix, "Makes the topic from a field", true, topicFieldDef, s.newExtractTopic("field"))
		add(aiven+"ExtractTopic"+suffix, "Makes the topic from a field", true, aivenTopicDef, s.newExtractTopic("field.name"))
		add(aiven+"ExtractTimestamp"+suffix, "Takes the record's time from a field", true, extractTimeDef, s.newExtractTime)
		add(aiven+"ConcatFields"+suffix, "Joins fields into the text of a new one", true, concatDef, s.newConcatFields)
		add(aiven+"Hash"+suffix, "Replaces a text by its hash", true, hashDef, s.newHash)
	}
	add(confluent+"ExtractTopic$Header", "Makes the topic from a header", false, topicHeadDef, newTopicFromHeader)
	add(confluent+"MessageTimestampRouter", "Renames the topic by a time in the value", true, messageTimeDef, newMessageTime)
	add(confluent+"TombstoneHandler", "Decides about records without a value", true, tombstoneDef, newTombstones)
	add(aiven+"TombstoneHandler", "Decides about records without a value", true, tombstoneDef, newTombstones)
	add("io.confluent.connect.cloud.transforms.TopicRegexRouter", "Renames the topic by a pattern", false, regexDef, newRegexRouter)
	add(debezium+"ExtractNewRecordState", "Takes the row out of a change event", true, newStateDef, newNewState)
	add(debezium+"outbox.EventRouter", "Makes an event of each row added to an outbox table", true, eventRouterDef, newEventRouter)
}

// drop makes the key or the value null.
type drop struct {
	side
	behavior string
	made     schemas[*tasks.Schema]
}

func (s side) newDrop(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return &drop{side: s, behavior: c.String("schema.behavior")}, nil
}

func (t *drop) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, _ := t.get(r)
	switch {
	case schema == nil || t.behavior == "nullify" || t.behavior == "NULLIFY":
		schema = nil
	case schema.Optional:
	case t.behavior == "retain" || t.behavior == "RETAIN":
		return false, tasks.DataException("The schema is not optional, so its null cannot be kept with schema.behavior=retain")
	default:
		in := schema
		schema, _ = t.made.get(in, func() (*tasks.Schema, error) { return in.AsOptional(true), nil })
	}
	t.set(r, schema, tasks.Null)
	return true, nil
}

// tombstones decides about records without a value. Mayfly counts what is dropped, so a warning is no more than a drop.
type tombstones string

func newTombstones(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return tombstones(c.String("behavior")), nil
}

func (t tombstones) apply(_ *tasks.Arena, r *tasks.Record) (bool, error) {
	if !r.Value.IsNull() || r.Encoded != nil {
		return true, nil
	}
	switch t {
	case "drop_silent", "DROP_SILENT", "drop_warn", "DROP_WARN":
		return false, nil
	case "fail", "FAIL":
		return false, tasks.DataException("Tombstone record encountered, and behavior is %s", t)
	}
	return true, nil
}

// hash replaces a text by its hash, in hexadecimal digits.
type hash struct {
	side
	field, function string
	skips           bool
}

func (s side) newHash(c tasks.Config, _ tasks.ConnectorKind) (transformer, error) {
	return &hash{side: s, field: c.String("field.name"), function: c.String("function"), skips: c.Bool(skipMissing.Name)}, nil
}

func (t *hash) apply(a *tasks.Arena, r *tasks.Record) (bool, error) {
	schema, whole := t.get(r)
	v := whole
	if t.field != "" {
		v, _ = field(whole, t.field)
	}
	switch {
	case v.IsNull() && t.skips:
		return true, nil
	case v.Kind() != tasks.KindString:
		return false, tasks.DataException("Only a text can be hashed: the field %q is of class %s", t.field, convert.JavaClass(v))
	}
	v = tasks.NewString(t.sum(v.Bytes()))
	switch in := whole.Struct(); {
	case t.field == "":
		t.set(r, schema, v)
	case in != nil:
		out := a.Struct(in.Schema)
		copy(out.Slots, in.Slots)
		out.Slots[in.Schema.FieldIndex(t.field)] = v
		t.set(r, schema, tasks.NewStructValue(out))
	default:
		in := whole.Map()
		out := a.Map(len(in.Entries))
		out.Entries, out.Table = append(out.Entries, in.Entries...), in.Table
		out.Put(t.field, v)
		t.set(r, schema, tasks.NewMapValue(out))
	}
	return true, nil
}

func (t *hash) sum(b []byte) string {
	switch t.function {
	case "md5":
		h := md5.Sum(b)
		return hex.EncodeToString(h[:])
	case "sha1":
		h := sha1.Sum(b)
		return hex.EncodeToString(h[:])
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}
