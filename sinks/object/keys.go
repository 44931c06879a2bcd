package object

import (
	"slices"

	"github.com/mayfly-connect/mayfly/tasks"
)

// The configuration keys that code reads by name.
const (
	keyFormat       = "format.class"
	keyFlushSize    = "flush.size"
	keyPartitioner  = "partitioner.class"
	keySchedule     = "rotate.schedule.interval.ms"
	keyTimezone     = "timezone"
	keyCodec        = "avro.codec"
	keyParquetCodec = "parquet.codec"
	keyExtension    = "format.bytearray.extension"
	keySeparator    = "format.bytearray.separator"
	keyNulls        = "behavior.on.null.values"
	keyReportNulls  = "report.null.values.to.dlq"
	keyTopicsDir    = "topics.dir"
	keyDirDelim     = "directory.delim"
	keyFileDelim    = "file.delim"
	keyPad          = "filename.offset.zero.pad.width"
	keyEnhanced     = "enhanced.avro.schema.support"
	keyConnectMeta  = "connect.meta.data"
	keyOptionalKeys = "allow.optional.map.keys"
	keyDecimals     = "json.decimal.format"
	keyInterval     = "rotate.interval.ms"
	keyOnChange     = "rotate.file.on.partition.change"
	keyMaxOpen      = "partitioner.max.open.files"
	keyCompat       = "schema.compatibility"
	keyNullDir      = "tombstone.encoded.partition"
	keyStoreKeys    = "store.kafka.keys"
	keyStoreHeaders = "store.kafka.headers"
	keyKeysFormat   = "keys.format.class"
	keyHeadFormat   = "headers.format.class"
	keyFields       = "partition.field.name"
	keyPeriod       = "partition.duration.ms"
	keyPath         = "path.format"
	keyLocale       = "locale"
	keyExtractor    = "timestamp.extractor"
	keyTimeField    = "timestamp.field"
)

// Kin is what a storage connector of Connect calls its own: the package of its classes, such as io.confluent.connect.gcs, its
// storage class, and the prefix of its keys.
type Kin struct{ Package, Storage, Prefix string }

// Keys are the configuration keys that all storage connectors have.
func (k Kin) Keys() tasks.ConfigDef {
	return slices.Concat(tasks.ConfigDef{
		{Name: "storage.class", Type: tasks.TypeClass, Importance: tasks.High, Group: "Storage", Recommended: []string{k.Storage},
			Check: className(simple(k.Storage)), Doc: "The storage. Only " + k.Storage + " is there; it is taken as said."},
		{Name: keyFormat, Type: tasks.TypeClass, Importance: tasks.High, Group: "Storage", Check: formatClass, Recommended: k.formats(),
			Doc: "What objects look like inside: AvroFormat (container files), ParquetFormat (columns), JsonFormat (a JSON value a line) or ByteArrayFormat (the values' bytes)."},
		{Name: keyFlushSize, Type: tasks.TypeInt, Importance: tasks.High, Group: "Storage",
			Doc: "The number of records of a topic-partition after which its open files end, all together. Less than 1 is 1."},
		ReplaceConfig("Storage"),
	}, rotation(), k.compression(), naming(), contents(), k.sides(), partitioning())
}

// ReplaceKey is Mayfly's own key of [Settings.Replace].
const ReplaceKey = "mayfly.objects.replace"

// ReplaceConfig defines [ReplaceKey].
func ReplaceConfig(group string) tasks.ConfigKey {
	return tasks.ConfigKey{Name: ReplaceKey, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: group,
		Doc: "Replaces objects of the same name and other content that Mayfly did not write, as the Java connector does: such as those of a worker that ended before it committed their offsets. Without it they are left alone, and the task fails."}
}

func (k Kin) formats() []string {
	format := k.Package + ".format."
	return []string{format + "avro.AvroFormat", format + "json.JsonFormat", format + "bytearray.ByteArrayFormat", format + "parquet.ParquetFormat"}
}

func (k Kin) keyCompression() string { return k.Prefix + ".compression.type" }
func (k Kin) keyLevel() string       { return k.Prefix + ".compression.level" }

func (k Kin) compression() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: k.keyCompression(), Type: tasks.TypeString, Default: tasks.DefaultTo("none"), Importance: tasks.Low, Group: "Storage",
			Check: compression, Recommended: []string{"none", "gzip"},
			Doc: "Compression of whole objects, for JsonFormat and ByteArrayFormat; gzip adds .gz to their names."},
		{Name: k.keyLevel(), Type: tasks.TypeInt, Default: tasks.DefaultTo("-1"), Importance: tasks.Low, Group: "Storage", Check: tasks.Between(-1, 9),
			Doc: "The level of gzip, 0 to 9; -1 is the usual one."},
	}
}

func rotation() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyInterval, Type: tasks.TypeLong, Default: tasks.DefaultTo("-1"), Importance: tasks.High, Group: "Storage",
			Doc: "Rotation by record time: open files end before a record whose time, as timestamp.extractor says, lies this many milliseconds behind that of their first one. It needs a time-based partitioner, and is without effect under others, as in the original. They are looked at again each tenth of it, at most each ten minutes."},
		{Name: keySchedule, Type: tasks.TypeLong, Default: tasks.DefaultTo("-1"), Importance: tasks.Medium, Group: "Storage",
			Doc: "Rotation by the clock: at every multiple of this many milliseconds since midnight in timezone, what waits is delivered even if it is less than flush.size. -1 for none."},
		{Name: keyOnChange, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "With rotate.interval.ms: open files also end before a record that goes into another directory than the one before."},
		{Name: keyMaxOpen, Type: tasks.TypeInt, Default: tasks.DefaultTo("-1"), Importance: tasks.Low, Group: "Storage",
			Doc: "The number of directories that may have an open file; a record that needs one more ends them all first. -1 for any number."},
		{Name: "retry.backoff.ms", Type: tasks.TypeLong, Default: tasks.DefaultTo("5000"), Importance: tasks.Low, Group: "Storage",
			Doc: "Accepted for compatibility: a slice that failed is granted again by the coordinator's own back-off."},
		{Name: "shutdown.timeout.ms", Type: tasks.TypeLong, Default: tasks.DefaultTo("3000"), Importance: tasks.Medium, Group: "Storage",
			Doc: "Accepted for compatibility; nothing is kept open between slices."},
		{Name: "store.url", Type: tasks.TypeString, Default: tasks.NullDefault, Importance: tasks.High, Group: "Storage",
			Doc: "The endpoint of the storage service, where it is not the usual one."},
	}
}

func naming() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyTopicsDir, Type: tasks.TypeString, Default: tasks.DefaultTo("topics"), Importance: tasks.High, Group: "Storage",
			Doc: "The first element of object names. Empty leaves it out."},
		{Name: keyDirDelim, Type: tasks.TypeString, Default: tasks.DefaultTo("/"), Importance: tasks.Medium, Group: "Storage",
			Doc: "What stands between the directories of a name."},
		{Name: keyFileDelim, Type: tasks.TypeString, Default: tasks.DefaultTo("+"), Importance: tasks.Medium, Group: "Storage",
			Doc: "What stands between topic, partition and start offset at the end of a name."},
		{Name: keyPad, Type: tasks.TypeInt, Default: tasks.DefaultTo("10"), Importance: tasks.Low, Group: "Storage", Check: tasks.AtLeast(0),
			Doc: "The number of digits to which the start offset in a name is filled up with zeros."},
	}
}

func contents() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyCodec, Type: tasks.TypeString, Default: tasks.DefaultTo("null"), Importance: tasks.Low, Group: "Storage",
			Check: tasks.OneOf("null", "deflate", "snappy", "bzip2"), Recommended: []string{"null", "deflate", "snappy", "bzip2"},
			Doc: "Compression inside Avro files: null, deflate, snappy or bzip2. It does not show in the name."},
		{Name: keyParquetCodec, Type: tasks.TypeString, Default: tasks.DefaultTo("snappy"), Importance: tasks.Low, Group: "Storage",
			Check: tasks.OneOf("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"),
			Doc:   "Compression inside Parquet files: none, snappy, gzip, brotli, lz4, zstd or lz4_raw; it shows in the name. lzo is refused when the task starts, as in Java without its library."},
		{Name: keyCompat, Type: tasks.TypeString, Default: tasks.DefaultTo("NONE"), Importance: tasks.High, Group: "Storage",
			Recommended: []string{"NONE", "BACKWARD", "FORWARD", "FULL"}, Doc: "Which records may share a file. NONE: those of the same schema. BACKWARD and FULL: also those of an older version, changed to the file's. FORWARD: also those of a newer one. Any other word is NONE."},
		{Name: "schemas.cache.config", Type: tasks.TypeInt, Default: tasks.DefaultTo("1000"), Importance: tasks.Low, Group: "Storage",
			Doc: "Accepted for compatibility; without effect."},
		{Name: keyEnhanced, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "Keeps the symbols of enums and the namespaces of packages in Avro files."},
		{Name: keyConnectMeta, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "Writes Connect's own attributes (connect.name, connect.version, ...) into the schemas of Avro files."},
		{Name: keyOptionalKeys, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: "Storage",
			Doc: "Lets maps with optional string keys become Avro maps."},
		{Name: keyDecimals, Type: tasks.TypeString, Default: tasks.DefaultTo("BASE64"), Importance: tasks.Low, Group: "Storage",
			Check: tasks.OneOfFold("NUMERIC", "BASE64"), Recommended: []string{"BASE64", "NUMERIC"}, Doc: "How JsonFormat writes decimals: BASE64 or NUMERIC."},
		{Name: keyExtension, Type: tasks.TypeString, Default: tasks.DefaultTo(".bin"), Importance: tasks.Low, Group: "Storage",
			Doc: "The end of the names of ByteArrayFormat's objects, as it is written: a dot is not added."},
		{Name: keySeparator, Type: tasks.TypeString, Default: tasks.NullDefault, Untrimmed: true, Importance: tasks.Low, Group: "Storage",
			Doc: "What ByteArrayFormat writes behind each value; a line feed unless set."},
		{Name: keyNulls, Type: tasks.TypeString, Default: tasks.DefaultTo("fail"), Importance: tasks.Low, Group: "Storage", Check: nullBehavior,
			Recommended: []string{"ignore", "fail", "write"}, Doc: "Records without a value: fail stops the task, ignore passes over them, write stores their keys (and headers) under tombstone.encoded.partition, which needs store.kafka.keys=true."},
		{Name: keyReportNulls, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "With behavior.on.null.values=ignore: each such record also goes to the error handling, if a dead letter topic or errors.log.enable is set."},
		{Name: keyNullDir, Type: tasks.TypeString, Default: tasks.DefaultTo("tombstone"), Importance: tasks.Low, Group: "Storage",
			Doc: "With behavior.on.null.values=write: the directory of records without a value."},
	}
}

func (k Kin) sides() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyStoreKeys, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: "Keys and Headers",
			Doc: "Stores keys in objects of their own, named .keys. A record without a key is a bad one then."},
		{Name: keyKeysFormat, Type: tasks.TypeClass, Default: tasks.DefaultTo(k.formats()[0]), Importance: tasks.Low, Group: "Keys and Headers",
			Check: formatClass, Recommended: k.formats(), Doc: "The format of objects with keys."},
		{Name: keyStoreHeaders, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: "Keys and Headers",
			Doc: "Stores headers in objects of their own, named .headers. A record without headers is a bad one then."},
		{Name: keyHeadFormat, Type: tasks.TypeClass, Default: tasks.DefaultTo(k.formats()[0]), Importance: tasks.Low, Group: "Keys and Headers",
			Check: formatClass, Recommended: k.formats(), Doc: "The format of objects with headers; ByteArrayFormat cannot hold them."},
	}
}

func partitioning() tasks.ConfigDef {
	partitioner := "io.confluent.connect.storage.partitioner."
	return tasks.ConfigDef{
		{Name: keyPartitioner, Type: tasks.TypeClass, Default: tasks.DefaultTo(partitioner + "DefaultPartitioner"), Importance: tasks.High,
			Group: "Partitioner", Check: className("DefaultPartitioner", "FieldPartitioner", "TimeBasedPartitioner", "DailyPartitioner", "HourlyPartitioner"),
			Recommended: []string{partitioner + "DefaultPartitioner", partitioner + "FieldPartitioner", partitioner + "TimeBasedPartitioner",
				partitioner + "DailyPartitioner", partitioner + "HourlyPartitioner"},
			Doc: "How records are spread over directories: DefaultPartitioner by topic-partition, FieldPartitioner by fields of the value, TimeBasedPartitioner by time, DailyPartitioner and HourlyPartitioner by day and hour."},
		{Name: keyFields, Type: tasks.TypeList, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "FieldPartitioner: the fields, in the order of the directories; dots lead to nested ones. They are numbers, texts or booleans."},
		{Name: keyPeriod, Type: tasks.TypeLong, Default: tasks.DefaultTo("-1"), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "TimeBasedPartitioner: the length of the period that shares a directory, in milliseconds of local time."},
		{Name: keyPath, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "TimeBasedPartitioner: the directory's name, a pattern of Joda-Time such as 'year'=YYYY/'month'=MM/'day'=dd."},
		{Name: keyLocale, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "Time-based partitioners: the language of months and days in names, such as en or de. One with a country, such as en-US, is none: then they are short and English."},
		{Name: keyTimezone, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner", Check: zoneName,
			Doc: "The time zone of time-based partitioners, and of the slots of rotate.schedule.interval.ms: a name such as Europe/Berlin, or an offset such as +02:00."},
		{Name: keyExtractor, Type: tasks.TypeString, Default: tasks.DefaultTo("Wallclock"), Importance: tasks.Medium, Group: "Partitioner",
			Recommended: []string{"Wallclock", "Record", "RecordField"},
			Doc:         "Time-based partitioners: whose time counts. Record: the Kafka record's; RecordField: that in timestamp.field; Wallclock: when the slice was first planned, which does not change when it is run again."},
		{Name: keyTimeField, Type: tasks.TypeString, Default: tasks.DefaultTo("timestamp"), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "With timestamp.extractor=RecordField: the field, with dots to a nested one: a timestamp, milliseconds, or an ISO 8601 text."},
	}
}
