package transform_test

import (
	"strconv"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/transform"
)

// event is a change event of a row {id} in the table t.
func event(op string, before, after bool) (*tasks.Schema, tasks.Value) {
	row := tasks.NewStruct("row", tasks.Field{Name: "id", Schema: tasks.Int32Schema}).AsOptional(true)
	source := tasks.NewStruct("source", tasks.Field{Name: "table", Schema: tasks.StringSchema}, tasks.Field{Name: "ts_ms", Schema: tasks.Int64Schema})
	s := tasks.NewStruct("srv.t.Envelope", tasks.Field{Name: "before", Schema: row}, tasks.Field{Name: "after", Schema: row},
		tasks.Field{Name: "source", Schema: source}, tasks.Field{Name: "op", Schema: tasks.StringSchema})
	image := func(there bool) tasks.Value {
		if !there {
			return tasks.Null
		}
		return tasks.NewStructValue(&tasks.Struct{Schema: row, Slots: []tasks.Value{tasks.NewInt32(1)}})
	}
	origin := &tasks.Struct{Schema: source, Slots: []tasks.Value{tasks.NewString("t"), tasks.NewInt64(9)}}
	return s, tasks.NewStructValue(&tasks.Struct{Schema: s, Slots: []tasks.Value{image(before), image(after),
		tasks.NewStructValue(origin), tasks.NewString(op)}})
}

func TestExtractNewRecordState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		own           []string
		op            string
		before, after bool
		want          string // "" when dropped
	}{
		{"create", nil, "c", false, true, "Struct{id=1}"},
		{"delete", nil, "d", true, false, ""},
		{"delete to tombstone", []string{"delete.tombstone.handling.mode", "delete-to-tombstone"}, "d", true, false, "null"},
		{"rewritten delete", []string{"delete.tombstone.handling.mode", "rewrite"}, "d", true, false, "Struct{id=1,__deleted=true}"},
		{"rewritten update", []string{"delete.handling.mode", "rewrite"}, "u", true, true, "Struct{id=1,__deleted=false}"},
		{"added fields", []string{"add.fields", "op,table,source.ts_ms:at"}, "c", false, true, "Struct{id=1,__op=c,__table=t,__at=9}"},
		{"truncate", nil, "t", false, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			props := map[string]string{"transforms": "a", "transforms.a.type": "io.debezium.transforms.ExtractNewRecordState"}
			for i := 0; i < len(c.own); i += 2 {
				props["transforms.a."+c.own[i]] = c.own[i+1]
			}
			chain, err := transform.New(props, tasks.SinkKind)
			if err != nil {
				t.Fatal(err)
			}
			r := &tasks.Record{Topic: "t"}
			r.ValueSchema, r.Value = event(c.op, c.before, c.after)
			keep, _, _, err := chain.Apply(new(tasks.Arena), r)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(convert.AppendJava(nil, r.Value)); keep != (c.want != "") || keep && got != c.want {
				t.Errorf("keep %v, %s, want %s", keep, got, c.want)
			}
		})
	}
}

func TestOthers(t *testing.T) {
	t.Parallel()
	const kept = "t 5 {at=1700000000, name=n}"
	const confluent, aiven = "io.confluent.connect.transforms.", "io.aiven.kafka.connect.transforms."
	for _, c := range []struct {
		class string
		own   []string
		want  string // topic, time and value; "" when dropped
	}{
		{confluent + "ExtractTopic$Value", []string{"field", "name"}, "n 5 {at=1700000000, name=n}"},
		{confluent + "ExtractTopic$Value", []string{"field", "$['name']", "field.format", "JSON_PATH"}, "n 5 {at=1700000000, name=n}"},
		{confluent + "ExtractTopic$Value", []string{"field", "$.in.x", "field.format", "JSON_PATH", "skip.missing.or.null", "true"}, kept},
		{aiven + "ExtractTopic$Value", []string{"field.name", "x", "skip.missing.or.null", "true"}, "t 5 {at=1700000000, name=n}"},
		{aiven + "ExtractTopic$Value", []string{"field.name", "x"}, "The topic is to be made from the field x of the value, which is missing or null"},
		{aiven + "ExtractTimestamp$Value", []string{"field.name", "at", "timestamp.resolution", "seconds"}, "t 1700000000000 {at=1700000000, name=n}"},
		{aiven + "Hash$Value", []string{"field.name", "name", "function", "md5"}, "t 5 {at=1700000000, name=7b8b965ad4bca0e41ab51de7b31363a1}"},
		{confluent + "MessageTimestampRouter", []string{"message.timestamp.keys", "x,at", "message.timestamp.format", "yyyy"}, "t-1970 5 {at=1700000000, name=n}"},
		{aiven + "ConcatFields$Value", []string{"field.names", "name,x.y,at", "output.field.name", "all", "delimiter", "-", "field.replace.missing", "?"}, "t 5 {name=n, all=n-?-1700000000, at=1700000000}"},
		{aiven + "ConcatFields$Key", []string{"field.names", "name", "output.field.name", "all"}, "Fields can only be joined of a struct or a map, not of null"},
		{confluent + "Filter$Value", []string{"filter.condition", "$[?(@.name == 'n')]", "filter.type", "include"}, kept},
		{confluent + "Filter$Value", []string{"filter.condition", "$[?(@.name == 'n')]", "filter.type", "exclude"}, ""},
		{confluent + "Filter$Value", []string{"filter.condition", "$[?(@.name == 'm' || @.at > 5)]", "filter.type", "INCLUDE"}, kept},
		{confluent + "Filter$Value", []string{"filter.condition", `$[?(@.name == "m" || @.name == "n")]`, "filter.type", "include"}, kept},
		// A field that is missing inside of the filter matches nothing, and is no matter of missing.or.null.behavior.
		{confluent + "Filter$Value", []string{"filter.condition", "$[?(@.none == 'm')]", "filter.type", "include"}, ""},
		{confluent + "Filter$Value", []string{"filter.condition", "$[?(@.none == 'm')]", "filter.type", "exclude", "missing.or.null.behavior", "exclude"}, kept},
		{confluent + "Filter$Value", []string{"filter.condition", "$.at", "filter.type", "include"}, kept},
		{confluent + "Filter$Value", []string{"filter.condition", "$.in[?(@.x == 1)]", "filter.type", "include"},
			"The filter.condition leads to nothing or null in the value of the record, and missing.or.null.behavior is fail"},
		{confluent + "Filter$Value", []string{"filter.condition", "$.in[?(@.x == 1)]", "filter.type", "include", "missing.or.null.behavior", "exclude"}, ""},
		{confluent + "Filter$Value", []string{"filter.condition", "$.at[?(@.x == 1)]", "filter.type", "include"},
			"The filter.condition does not fit the record: a filter cannot be applied to a value without members"},
		{confluent + "Filter$Key", []string{"filter.condition", "$.k", "filter.type", "include", "missing.or.null.behavior", "include"}, kept},
		{confluent + "Drop$Value", nil, "t 5 null"},
		{confluent + "TombstoneHandler", []string{"behavior", "drop_silent"}, kept},
		{"io.confluent.connect.cloud.transforms.TopicRegexRouter", []string{"regex", "t", "replacement", "u"}, "u 5 {at=1700000000, name=n}"},
	} {
		t.Run(c.class, func(t *testing.T) {
			t.Parallel()
			props := map[string]string{"transforms": "a", "transforms.a.type": c.class}
			for i := 0; i < len(c.own); i += 2 {
				props["transforms.a."+c.own[i]] = c.own[i+1]
			}
			chain, err := transform.New(props, tasks.SinkKind)
			if err != nil {
				t.Fatal(err)
			}
			m := &tasks.Map{}
			m.Put("name", tasks.NewString("n"))
			m.Put("at", tasks.NewInt64(1700000000))
			r := &tasks.Record{Topic: "t", Timestamp: 5, Value: tasks.NewMapValue(m)}
			keep, _, _, err := chain.Apply(new(tasks.Arena), r)
			got := r.Topic + " " + strconv.FormatInt(r.Timestamp, 10) + " " + string(convert.AppendJava(nil, r.Value))
			switch {
			case err != nil:
				got = err.Error()
			case !keep:
				got = ""
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestConcatFieldsOfStructs joins nested fields and defaults; the schema loses its name, as in the original.
func TestConcatFieldsOfStructs(t *testing.T) {
	t.Parallel()
	inner := tasks.NewStruct("in", tasks.Field{Name: "x", Schema: tasks.Int32Schema})
	defaulted := tasks.OptionalStringSchema.Clone()
	defaulted.Default, defaulted.HasDefault = tasks.NewString("d"), true
	s := tasks.NewStruct("out", tasks.Field{Name: "in", Schema: inner}, tasks.Field{Name: "d", Schema: defaulted},
		tasks.Field{Name: "m", Schema: tasks.NewMap(tasks.StringSchema, tasks.StringSchema).AsOptional(true)})
	v := tasks.NewStructValue(&tasks.Struct{Schema: s, Slots: []tasks.Value{
		tasks.NewStructValue(&tasks.Struct{Schema: inner, Slots: []tasks.Value{tasks.NewInt32(7)}}), tasks.Null, tasks.Null}})
	chain, err := transform.New(map[string]string{"transforms": "a", "transforms.a.type": "io.aiven.kafka.connect.transforms.ConcatFields$Value",
		"transforms.a.field.names": "in.x,d,m.k,in.y,nowhere", "transforms.a.output.field.name": "all", "transforms.a.delimiter": "+",
		"transforms.a.field.replace.missing": "-"}, tasks.SinkKind)
	if err != nil {
		t.Fatal(err)
	}
	r := &tasks.Record{Topic: "t", ValueSchema: s, Value: v}
	if _, _, _, err := chain.Apply(new(tasks.Arena), r); err != nil {
		t.Fatal(err)
	}
	const want = "Struct{in=Struct{x=7},d=d,all=7+d+-+-+-}"
	if got := string(convert.AppendJava(nil, r.Value)); got != want || r.ValueSchema.Name != "" {
		t.Errorf("got  %s of %q\nwant %s without a name", got, r.ValueSchema.Name, want)
	}
}
