//go:build real

package differential_test

import "strconv"

// scenario is a connector that a user would write. In its configuration, @ stands for the side that runs it.
type scenario struct {
	name   string
	topics string // what a sink reads; a source has none
	config map[string]string
	fails  bool // its task has to fail
	mixed  bool // several partitions, whose lines may lie between each other
}

const (
	converters = "org.apache.kafka.connect.converters."
	text       = "org.apache.kafka.connect.storage.StringConverter"
	jsonClass  = "org.apache.kafka.connect.json.JsonConverter"
	smt        = "org.apache.kafka.connect.transforms."
)

func config(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// with adds pairs to a configuration.
func with(m map[string]string, pairs ...string) map[string]string {
	for k, v := range config(pairs...) {
		m[k] = v
	}
	return m
}

// plain reads JSON without schemas.
func plain(pairs ...string) map[string]string {
	return with(config("value.converter", jsonClass, "value.converter.schemas.enable", "false", "key.converter", text), pairs...)
}

// typed reads JSON with schemas.
func typed(pairs ...string) map[string]string {
	return with(config("value.converter", jsonClass, "key.converter", text), pairs...)
}

// chain adds transforms: their class and settings, with "|" between transforms.
func chain(m map[string]string, steps ...[]string) map[string]string {
	for i, step := range steps {
		alias := "t" + strconv.Itoa(i)
		if i > 0 {
			m["transforms"] += ","
		}
		m["transforms"] += alias
		m["transforms."+alias+".type"] = smt + step[0]
		for j := 1; j < len(step); j += 2 {
			m["transforms."+alias+"."+step[j]] = step[j+1]
		}
	}
	return m
}

func step(class string, pairs ...string) []string { return append([]string{class}, pairs...) }

// letters sends bad records to a dead letter topic, with headers that tell why.
func letters(m map[string]string) map[string]string {
	return with(m, "errors.tolerance", "all", "errors.deadletterqueue.topic.name", "@-dlq", "errors.deadletterqueue.topic.replication.factor", "1",
		"errors.deadletterqueue.context.headers.enable", "true")
}

// sinkScenarios write to a file.
func sinkScenarios() []scenario {
	primitive := func(name string) scenario {
		return scenario{name: name, topics: "numbers", config: letters(config("key.converter", text, "value.converter", converters+name+"Converter"))}
	}
	asText := func(name, topic string, s []string) scenario {
		return scenario{name: name, topics: topic, config: chain(letters(config("key.converter", text, "value.converter", text)), s)}
	}
	cast := func(to string) scenario { return asText("cast-"+to, "castable", step("Cast$Value", "spec", to)) }
	date := func(to string) scenario {
		return asText("date-"+to, "dates", step("TimestampConverter$Value", "target.type", to, "format", "yyyy-MM-dd HH:mm", "unix.precision", "microseconds"))
	}
	long := [][]string{step("InsertField$Value", "topic.field", "topic", "offset.field", "offset", "static.field", "fixed", "static.value", "v"),
		step("ReplaceField$Value", "exclude", "note,x1", "renames", "name:title,a:b"), step("MaskField$Value", "fields", "title,zip", "replacement", "0"),
		step("Flatten$Value", "delimiter", "_"), step("Cast$Value", "spec", "id:string,offset:int32"), step("HoistField$Value", "field", "row"),
		step("InsertField$Value", "timestamp.field", "ts"), step("TimestampConverter$Value", "field", "ts", "target.type", "string", "format", "yyyy-MM-dd'T'HH:mm:ss.SSS")}
	return []scenario{
		{name: "text", topics: "text", config: config("key.converter", text, "value.converter", text)},
		{name: "text-utf16", topics: "text", config: config("key.converter", text, "value.converter", text, "value.converter.encoding", "UTF-16")},
		{name: "text-latin1", topics: "text", config: config("key.converter", text, "value.converter", text, "value.converter.encoding", "ISO-8859-1")},
		{name: "bytes", topics: "text", config: config("key.converter", converters+"ByteArrayConverter", "value.converter", converters+"ByteArrayConverter")},
		primitive("Integer"), primitive("Long"), primitive("Short"), primitive("Float"), primitive("Double"), primitive("Boolean"),
		cast("int8"), cast("int16"), cast("int32"), cast("int64"), cast("float32"), cast("float64"), cast("boolean"), cast("string"),
		date("string"), date("unix"), date("Date"), date("Time"), date("Timestamp"),
		{name: "json", topics: "json", config: plain()},
		{name: "json-odd", topics: "odd", config: plain("errors.tolerance", "all", "errors.log.enable", "true", "errors.log.include.messages", "true")},
		{name: "json-odd-letters", topics: "odd", config: letters(plain())},
		{name: "json-odd-none", topics: "odd", config: plain(), fails: true},
		{name: "schema", topics: "schema", config: typed()},
		{name: "schema-no-defaults", topics: "schema", config: letters(typed("value.converter.replace.null.with.default", "false"))},
		{name: "schema-odd-letters", topics: "mistyped", config: letters(typed())},
		{name: "schema-odd-none", topics: "mistyped", config: typed(), fails: true},
		{name: "schema-of-text", topics: "text", config: letters(typed())},
		{name: "key-letters", topics: "odd", config: letters(plain("key.converter", jsonClass, "errors.tolerance", "all"))},
		{name: "header-letters", topics: "headers", config: letters(plain("header.converter", jsonClass, "header.converter.schemas.enable", "false"))},
		{name: "header-none", topics: "headers", config: plain("header.converter", jsonClass), fails: true},
		{name: "cast", topics: "json", config: chain(letters(plain()), step("Cast$Value", "spec", "id:string,at:float64,absent:int32,amount:boolean"))},
		{name: "cast-none", topics: "json", config: chain(plain(), step("Cast$Value", "spec", "customer:int32")), fails: true},
		{name: "insert", topics: "json", config: chain(plain(), step("InsertField$Value", "topic.field", "t", "partition.field", "p", "offset.field", "o", "timestamp.field", "ts"))},
		{name: "mask", topics: "json", config: chain(letters(plain()), step("MaskField$Value", "fields", "name,amount,tags,customer,absent"))},
		{name: "replace", topics: "json", config: chain(plain(), step("ReplaceField$Value", "exclude", "note,x1,x2", "renames", "a:z,z:a,name:title"))},
		{name: "include", topics: "json", config: chain(plain(), step("ReplaceField$Value", "include", "customer,id,name,x1,x2,x3,AaBB,BB,Aa"))},
		{name: "flatten", topics: "json", config: chain(plain(), step("Flatten$Value"))},
		{name: "headers-move", topics: "json", config: chain(letters(plain()), step("HeaderFrom$Value", "fields", "id,customer", "headers", "a,b", "operation", "move"), step("Flatten$Value", "delimiter", ""))},
		{name: "extract", topics: "json", config: chain(plain(), step("ExtractField$Value", "field", "customer.address", "field.syntax.version", "V2"))},
		{name: "hoist", topics: "json", config: chain(plain(), step("HoistField$Value", "field", "row"), step("InsertField$Value", "static.field", "s", "static.value", "v"))},
		{name: "time", topics: "json", config: chain(letters(plain()), step("TimestampConverter$Value", "field", "at", "target.type", "string", "format", "EEE, d MMM yyyy HH:mm:ss z"))},
		{name: "value-to-key", topics: "json", config: chain(letters(plain()), step("ValueToKey", "fields", "name,id"), step("ExtractField$Key", "field", "id"))},
		{name: "route", topics: "json", config: chain(plain(), step("TimestampRouter", "topic.format", "${topic}-${timestamp}", "timestamp.format", "yyyyMMdd"),
			step("RegexRouter", "regex", "(.*)json-(.*)", "replacement", "$2.$1"), step("InsertField$Value", "topic.field", "t"))},
		{name: "tombstones-only", topics: "json", config: with(chain(plain(), step("Filter", "predicate", "gone", "negate", "true")),
			"predicates", "gone", "predicates.gone.type", smt+"predicates.RecordIsTombstone")},
		{name: "with-header", topics: "headers", config: with(chain(plain(), step("Filter", "predicate", "kind", "negate", "true")),
			"predicates", "kind", "predicates.kind.type", smt+"predicates.HasHeaderKey", "predicates.kind.name", "kind")},
		{name: "by-topic", topics: "json,headers", mixed: true, config: with(chain(plain(), step("HoistField$Value", "field", "json", "predicate", "json")),
			"predicates", "json", "predicates.json.type", smt+"predicates.TopicNameMatches", "predicates.json.pattern", "differential-j.*")},
		{name: "long-chain", topics: "json", config: chain(letters(plain()), long...)},
		{name: "wide", topics: "wide", mixed: true, config: chain(plain("tasks.max", "3"), step("InsertField$Value", "partition.field", "p", "offset.field", "o"))},
		{name: "mirrored", topics: "mirror.json", config: plain()},
		{name: "mirrored-headers", topics: "mirror.headers", config: letters(plain("header.converter", jsonClass, "header.converter.schemas.enable", "false"))},
		{name: "no-context", topics: "odd", config: with(letters(plain()), "errors.deadletterqueue.context.headers.enable", "false")},
		{name: "retries", topics: "mistyped", config: with(letters(typed()), "errors.retry.timeout", "100", "errors.retry.delay.max.ms", "10")},
		{name: "drop-some", topics: "headers", config: with(chain(letters(plain("header.converter", text)), step("DropHeaders", "headers", "trace"), step("Filter", "predicate", "gone"),
			step("ReplaceField$Value", "exclude", "customer"), step("Cast$Value", "spec", "name:int32", "predicate", "kind")),
			"predicates", "gone,kind", "predicates.gone.type", smt+"predicates.RecordIsTombstone", "predicates.kind.type", smt+"predicates.HasHeaderKey", "predicates.kind.name", "trace")},
		{name: "schema-cast", topics: "schema", config: chain(letters(typed()), step("Cast$Value", "spec", "id:string,f:int32,d:float32,flag:string,name:float64,at:int64"))},
		{name: "schema-flatten", topics: "schema", config: chain(letters(typed()), step("ReplaceField$Value", "exclude", "map"), step("Flatten$Value", "delimiter", "_"))},
		{name: "schema-map", topics: "schema", config: chain(letters(typed()), step("Flatten$Value"))},
		{name: "schema-mask", topics: "schema", config: chain(letters(typed()), step("MaskField$Value", "fields", "id,name,flag,at,list,map"))},
		{name: "schema-replace", topics: "schema", config: chain(typed(), step("ReplaceField$Value", "renames", "id:key,name:title", "exclude", "map"))},
		{name: "schema-insert", topics: "schema", config: chain(typed(), step("InsertField$Value", "offset.field", "o!", "timestamp.field", "ts", "static.field", "fixed", "static.value", "v"),
			step("SetSchemaMetadata$Value", "schema.name", "n", "schema.version", "3"))},
		{name: "schema-time", topics: "schema", config: chain(typed(), step("TimestampConverter$Value", "field", "at", "target.type", "string", "format", "yyyy-MM-dd HH:mm:ss.SSS"))},
		{name: "schema-extract", topics: "schema", config: chain(typed(), step("ExtractField$Value", "field", "in.`x.y`", "field.syntax.version", "V2"))},
	}
}

// sourceScenarios read a file of lines into the topic @.
func sourceScenarios() []scenario {
	less := func(pairs ...string) map[string]string {
		return with(config("key.converter", jsonClass, "key.converter.schemas.enable", "false", "value.converter", jsonClass, "value.converter.schemas.enable", "false"), pairs...)
	}
	insert := func(i int, literal string) []string {
		return step("InsertHeader", "header", "h"+strconv.Itoa(i), "value.literal", literal)
	}
	var literals [][]string
	for i, l := range []string{"1", "-40000", "true", "1.50", "text", `"quoted"`, "[1,2]", `{"b":1,"a":2}`, "2024-01-02T03:04:05.006Z", "null", "[]", "{a:1,b:[1,2.5,true]}",
		"1e400", "0x1", "9223372036854775808", "2024-01-02", "12:00:00.000Z", `[1,"a"]`, "[1,2.5]", `\"`, "[1,", "{a}", "99999999999999999999.5", "é", " 1 ", "TRUE", "-0.0", "1,2", "{1:2,3:4}"} {
		literals = append(literals, insert(i, l))
	}
	return []scenario{
		{name: "source-text", config: config("key.converter", text, "value.converter", text)},
		{name: "source-schemas", config: config("key.converter", jsonClass, "value.converter", jsonClass)},
		{name: "source-hoist", config: chain(less(), step("HoistField$Value", "field", "line"), step("InsertField$Value", "static.field", "host", "static.value", "h"))},
		{name: "source-key", config: chain(less(), step("HoistField$Value", "field", "line"), step("ValueToKey", "fields", "line"), step("ExtractField$Key", "field", "line"),
			step("RegexRouter", "regex", "(.*)", "replacement", "$1"))},
		{name: "source-headers", config: chain(less(), literals...)},
		{name: "source-headers-json", config: chain(less("header.converter", jsonClass, "header.converter.schemas.enable", "true"), literals[:9]...)},
		{name: "source-headers-text", config: chain(less("header.converter", text), literals...)},
		{name: "source-header-from", config: chain(less(), step("HoistField$Value", "field", "line"), step("InsertField$Value", "static.field", "s", "static.value", "v"),
			step("HeaderFrom$Value", "fields", "line", "headers", "line", "operation", "move"))},
		{name: "source-header-time", config: chain(less(), step("InsertHeader", "header", "h", "value.literal", "{\"z\":1.5,\"b\":[1,2]}"), step("DropHeaders", "headers", "x"))},
		{name: "source-cast", config: chain(less("errors.tolerance", "all"), step("HoistField$Value", "field", "line"), step("Cast$Value", "spec", "line:boolean,absent:string"))},
		{name: "source-cast-none", config: chain(less(), step("Cast$Value", "spec", "int32")), fails: true},
		{name: "source-offset", config: chain(less(), step("HoistField$Value", "field", "line"), step("InsertField$Value", "offset.field", "o")), fails: true},
	}
}
