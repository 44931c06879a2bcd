package aiven

import (
	"slices"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/jodatime"
)

// The configuration keys that code reads by name.
const (
	keyTemplate    = "file.name.template"
	keyPrefix      = "file.name.prefix"
	keyCompression = "file.compression.type"
	keyMaxRecords  = "file.max.records"
	keyTimezone    = "file.name.timestamp.timezone"
	keySource      = "file.name.timestamp.source"
	keyOutput      = "format.output.type"
	keyFields      = "format.output.fields"
	keyEncoding    = "format.output.fields.value.encoding"
	keyEnvelope    = "format.output.envelope"
	keyCodec       = "avro.codec"
	keyCommit      = "offset.flush.interval.ms"

	keyS3Prefix       = "aws.s3.prefix"
	keyOldPrefix      = "aws_s3_prefix"
	keyOldCompression = "output_compression"
	keyOldFields      = "output_fields"
	keyOldTimezone    = "timestamp.timezone"
	keyOldSource      = "timestamp.source"
)

// Store is the object store of a sink: the two sinks differ in defaults and in how strict they are.
type Store int

// The stores.
const (
	GCS Store = iota
	S3
)

// Keys are the configuration keys of a sink but for those of its store.
func (s Store) Keys() tasks.ConfigDef {
	if s == S3 {
		return slices.Concat(s.file(), format(), commit(), oldKeys())
	}
	return slices.Concat(s.file(), format(), commit())
}

func (s Store) file() tasks.ConfigDef {
	def := tasks.ConfigDef{
		{Name: keyTemplate, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "File", Check: s.template,
			Doc: "The names of objects, a text with {{topic}}, {{partition}}, {{start_offset}}, {{timestamp:unit=yyyy|MM|dd|HH}} and {{key}}; the two numbers take :padding=true. Which of them are there says which records share an object; see above. Without it: {{topic}}-{{partition}}-{{start_offset}}, .avro for that format, and the end of the compression that is set."},
		{Name: keyCompression, Type: tasks.TypeString, Default: tasks.DefaultTo("none"), Importance: tasks.Medium, Group: "File",
			Check: tasks.OneOf(compressions()...), Recommended: compressions(),
			Doc: "Compression of whole objects: none, gzip (.gz), snappy (.snappy, the stream format of snappy-java) or zstd (.zst). Parquet files are compressed inside instead."},
		{Name: keyMaxRecords, Type: tasks.TypeInt, Default: tasks.DefaultTo("0"), Importance: tasks.Medium, Group: "File", Check: maxRecords,
			Doc: "The number of records after which an object is full and another begins; 0 for any."},
		{Name: keyTimezone, Type: tasks.TypeString, Default: tasks.DefaultTo("Z"), Importance: tasks.Low, Group: "File", Check: zoneName,
			Doc: "The time zone of {{timestamp}}: a name such as Europe/Berlin, or an offset such as +02:00."},
		{Name: keySource, Type: tasks.TypeString, Default: tasks.DefaultTo("wallclock"), Importance: tasks.Low, Group: "File",
			Check: tasks.OneOfFold("wallclock", "event"), Recommended: []string{"wallclock", "event"},
			Doc: "Whose time {{timestamp}} is. event: the Kafka record's; a record without one is a bad one. wallclock: when the slice was first planned, which does not change when it is run again."},
	}
	if s == S3 {
		def[1].Default, def[1].Check = tasks.NullDefault, tasks.OneOfFold(compressions()...)
		def[1].Doc += " Without it objects are compressed with gzip, which does not show in their names then."
		return def
	}
	return append(def, tasks.ConfigKey{Name: keyPrefix, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "File",
		Check: namePrefix, Doc: "What the name of each object begins with, before file.name.template."})
}

func compressions() []string { return []string{"none", "gzip", "snappy", "zstd"} }

func format() tasks.ConfigDef {
	outputs, fields := []string{"csv", "json", "jsonl", "avro", "parquet"}, []string{"key", "value", "offset", "timestamp", "headers"}
	codecs := []string{"null", "deflate", "snappy", "bzip2", "zstandard", "xz"}
	return tasks.ConfigDef{
		{Name: keyOutput, Type: tasks.TypeString, Default: tasks.DefaultTo("csv"), Importance: tasks.Medium, Group: "Format",
			Check: tasks.OneOfFold(outputs...), Recommended: outputs,
			Doc: "What objects look like inside: csv (lines with commas, nothing quoted, for values that are bytes), json (one array), jsonl (a JSON value a line), avro (container files) or parquet."},
		{Name: keyFields, Type: tasks.TypeList, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "Format", Check: checkFields, Recommended: fields,
			Doc: "Which parts of records are written, in csv and avro in this order: key, value, offset, timestamp, headers. Without it: value."},
		{Name: keyEncoding, Type: tasks.TypeString, Default: tasks.DefaultTo("base64"), Importance: tasks.Low, Group: "Format",
			Check: tasks.OneOfFold("none", "base64"), Recommended: []string{"base64", "none"},
			Doc: "How csv writes values: base64, or none for the bytes as they are, also where they hold commas or line feeds. Keys and headers are always base64."},
		{Name: keyEnvelope, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Medium, Group: "Format",
			Doc: "Writes each record as an object (json, jsonl) or record (avro) of its fields. false writes the only field itself; avro does so where that is a record, or a map, whose first one's keys become fields."},
		{Name: keyCodec, Type: tasks.TypeString, Default: tasks.DefaultTo("null"), Importance: tasks.Low, Group: "Format", Check: tasks.OneOf(codecs...),
			Recommended: codecs, Doc: "Compression inside Avro files. It does not show in the name."},
	}
}

func commit() tasks.ConfigDef {
	return tasks.ConfigDef{
		object.ReplaceConfig("File"),
		{Name: keyCommit, Type: tasks.TypeLong, Default: tasks.DefaultTo("60000"), Importance: tasks.Medium, Group: "File", Check: tasks.AtLeast(1),
			Doc: "How often all open objects end, in milliseconds, at multiples of it since midnight UTC; what fills a slice is delivered before. In Java this is a worker's property."},
		{Name: "kafka.retry.backoff.ms", Type: tasks.TypeLong, Default: tasks.NullDefault, Importance: tasks.Low, Group: "File", Check: tasks.Between(0, 24*60*60*1000),
			Doc: "Accepted for compatibility: a slice that failed is granted again by the coordinator's own back-off."},
	}
}

// oldKeys are the names of before 2.0, and the prefix that came with them. New names win.
func oldKeys() tasks.ConfigDef {
	old := func(name, doc string, check tasks.Check) tasks.ConfigKey {
		return tasks.ConfigKey{Name: name, Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "Deprecated", Check: check, Doc: doc}
	}
	prefix := "What names begin with, in place of file.name.template: the prefix, then topic-partition-offset with 20 digits, .avro for that format, and the end of the compression. It takes {{topic}}, {{partition}}, {{start_offset}}, {{timestamp:unit=...}}, {{utc_date}} and {{local_date}} (UTC as well), of an object's first record."
	fields := tasks.ConfigKey{Name: keyOldFields, Type: tasks.TypeList, Default: tasks.NullDefault, Importance: tasks.Medium, Group: "Deprecated",
		Check: checkFields, Doc: "The old name of " + keyFields + "."}
	return tasks.ConfigDef{
		old(keyS3Prefix, prefix, tasks.All(tasks.NonEmpty, prefixTemplate)),
		old(keyOldPrefix, "The old name of "+keyS3Prefix+".", tasks.All(tasks.NonEmpty, prefixTemplate)),
		old(keyOldCompression, "The old name of "+keyCompression+". It shows in names only with "+keyS3Prefix+".", tasks.OneOfFold(compressions()...)),
		fields,
		old(keyOldTimezone, "The old name of "+keyTimezone+".", zoneName),
		old(keyOldSource, "The old name of "+keySource+".", tasks.OneOfFold("wallclock", "event")),
	}
}

func zoneName(v any) string {
	if s, _ := v.(string); s != "" {
		if _, err := jodatime.Zone(s); err != nil {
			return err.Error() + "; use a name such as Europe/Berlin or an offset such as +02:00"
		}
	}
	return ""
}

func maxRecords(v any) string {
	if n, ok := v.(int64); ok && n < 0 {
		return "must be a non-negative integer number"
	}
	return ""
}
