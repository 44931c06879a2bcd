package object

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
)

// The configuration keys that code reads by name.
const (
	keyFormat       = "format.class"
	keyFlushSize    = "flush.size"
	keyPartitioner  = "partitioner.class"
	keySchedule     = "rotate.schedule.interval.ms"
	keyTimezone     = "timezone"
	keyCodec        = "avro.codec"
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
)

// Keys are the configuration keys of all storage connectors. family is the package of the Java connector's classes, such
// as io.confluent.connect.gcs, and storage the name of its storage class.
func Keys(family, storage string) tasks.ConfigDef {
	format := family + ".format."
	return slices.Concat(tasks.ConfigDef{
		{Name: "storage.class", Type: tasks.TypeClass, Importance: tasks.High, Group: "Storage", Recommended: []string{storage},
			Check: className(simple(storage)), Doc: "The storage. Only " + storage + " is there; it is taken as said."},
		{Name: keyFormat, Type: tasks.TypeClass, Importance: tasks.High, Group: "Storage", Check: formatClass,
			Recommended: []string{format + "avro.AvroFormat", format + "json.JsonFormat", format + "bytearray.ByteArrayFormat"},
			Doc:         "What objects look like inside: AvroFormat (container files), JsonFormat (a JSON value a line) or ByteArrayFormat (the values' bytes)."},
		{Name: keyFlushSize, Type: tasks.TypeInt, Importance: tasks.High, Group: "Storage", Check: tasks.AtLeast(1),
			Doc: "The number of records of a topic-partition that make an object."},
	}, rotation(), naming(), contents(), partitioning())
}

func rotation() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: "rotate.interval.ms", Type: tasks.TypeLong, Default: tasks.DefaultTo("-1"), Importance: tasks.High, Group: "Storage",
			Doc: "Rotation by record time. It needs a time-based partitioner, and is without effect under DefaultPartitioner, as in the original."},
		{Name: keySchedule, Type: tasks.TypeLong, Default: tasks.DefaultTo("-1"), Importance: tasks.Medium, Group: "Storage",
			Doc: "Rotation by the clock: at every multiple of this many milliseconds since midnight in timezone, what waits is delivered even if it is less than flush.size. -1 for none."},
		{Name: "rotate.file.on.partition.change", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "Goes with rotate.interval.ms, and is without effect under DefaultPartitioner."},
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
		{Name: keyCodec, Type: tasks.TypeString, Default: tasks.DefaultTo("null"), Importance: tasks.Low, Group: "Storage", Check: codecName,
			Recommended: []string{"null", "deflate", "snappy"}, Doc: "Compression inside Avro files: null, deflate or snappy. It does not show in the name."},
		{Name: "parquet.codec", Type: tasks.TypeString, Default: tasks.DefaultTo("snappy"), Importance: tasks.Low, Group: "Storage",
			Doc: "Accepted for compatibility; goes with ParquetFormat."},
		{Name: "schema.compatibility", Type: tasks.TypeString, Default: tasks.DefaultTo("NONE"), Importance: tasks.High, Group: "Storage", Check: compatibility,
			Recommended: []string{"NONE"}, Doc: "NONE: a record whose schema differs from the file's ends the file."},
		{Name: "schemas.cache.config", Type: tasks.TypeInt, Default: tasks.DefaultTo("1000"), Importance: tasks.Low, Group: "Storage",
			Doc: "Accepted for compatibility; without effect."},
		{Name: keyEnhanced, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "Keeps the symbols of enums and the namespaces of packages in Avro files."},
		{Name: keyConnectMeta, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "Writes Connect's own attributes (connect.name, connect.version, ...) into the schemas of Avro files."},
		{Name: keyOptionalKeys, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: "Storage",
			Doc: "Lets maps with optional string keys become Avro maps."},
		{Name: keyDecimals, Type: tasks.TypeString, Default: tasks.DefaultTo("BASE64"), Importance: tasks.Low, Group: "Storage",
			Check: tasks.OneOfFold("BASE64", "NUMERIC"), Recommended: []string{"BASE64", "NUMERIC"}, Doc: "How JsonFormat writes decimals: BASE64 or NUMERIC."},
		{Name: keyExtension, Type: tasks.TypeString, Default: tasks.DefaultTo(".bin"), Importance: tasks.Low, Group: "Storage",
			Doc: "The end of the names of ByteArrayFormat's objects, as it is written: a dot is not added."},
		{Name: keySeparator, Type: tasks.TypeString, Default: tasks.NullDefault, Untrimmed: true, Importance: tasks.Low, Group: "Storage",
			Doc: "What ByteArrayFormat writes behind each value; a line feed unless set."},
		{Name: keyNulls, Type: tasks.TypeString, Default: tasks.DefaultTo("fail"), Importance: tasks.Low, Group: "Storage", Check: nullBehavior,
			Recommended: []string{"fail", "ignore"}, Doc: "Records without a value: fail stops the task, ignore passes over them."},
		{Name: keyReportNulls, Type: tasks.TypeBoolean, Default: tasks.DefaultTo("true"), Importance: tasks.Low, Group: "Storage",
			Doc: "With behavior.on.null.values=ignore: each such record also goes to the error handling, if a dead letter topic or errors.log.enable is set."},
		{Name: "store.kafka.keys", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: "Keys and Headers", Check: onlyFalse,
			Doc: "Keys in objects of their own; only false is there."},
		{Name: "store.kafka.headers", Type: tasks.TypeBoolean, Default: tasks.DefaultTo("false"), Importance: tasks.Low, Group: "Keys and Headers", Check: onlyFalse,
			Doc: "Headers in objects of their own; only false is there."},
	}
}

func partitioning() tasks.ConfigDef {
	return tasks.ConfigDef{
		{Name: keyPartitioner, Type: tasks.TypeClass, Default: tasks.DefaultTo("io.confluent.connect.storage.partitioner.DefaultPartitioner"),
			Importance: tasks.High, Group: "Partitioner", Check: className("DefaultPartitioner"),
			Recommended: []string{"io.confluent.connect.storage.partitioner.DefaultPartitioner"},
			Doc:         "How records are spread over directories. DefaultPartitioner: by topic-partition."},
		{Name: "partition.field.name", Type: tasks.TypeList, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "Goes with FieldPartitioner; without effect under DefaultPartitioner."},
		{Name: "partition.duration.ms", Type: tasks.TypeLong, Default: tasks.DefaultTo("-1"), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "Goes with TimeBasedPartitioner; without effect under DefaultPartitioner."},
		{Name: "path.format", Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "Goes with TimeBasedPartitioner; without effect under DefaultPartitioner."},
		{Name: "locale", Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "Goes with time-based partitioners; without effect under DefaultPartitioner."},
		{Name: keyTimezone, Type: tasks.TypeString, Default: tasks.DefaultTo(""), Importance: tasks.Medium, Group: "Partitioner", Check: zoneName,
			Doc: "The time zone that the slots of rotate.schedule.interval.ms are counted in: a name such as Europe/Berlin, or an offset such as +02:00."},
		{Name: "timestamp.extractor", Type: tasks.TypeString, Default: tasks.DefaultTo("Wallclock"), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "Goes with time-based partitioners; without effect under DefaultPartitioner."},
		{Name: "timestamp.field", Type: tasks.TypeString, Default: tasks.DefaultTo("timestamp"), Importance: tasks.Medium, Group: "Partitioner",
			Doc: "Goes with timestamp.extractor=RecordField; without effect under DefaultPartitioner."},
	}
}

// simple is the last part of a class name.
func simple(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }

// className takes any class whose simple name is one of those given.
func className(names ...string) tasks.Check {
	return func(v any) string {
		if s, ok := v.(string); ok && !slices.Contains(names, simple(s)) {
			return "not there yet; what works: " + strings.Join(names, ", ")
		}
		return ""
	}
}

func formatClass(v any) string { return className("AvroFormat", "JsonFormat", "ByteArrayFormat")(v) }

func codecName(v any) string {
	switch s, _ := v.(string); s {
	case "null", "deflate", "snappy":
		return ""
	case "bzip2":
		return "bzip2 is not there, for want of a writer; use deflate or snappy"
	}
	return "use null, deflate or snappy"
}

// compatibility takes NONE and, as the original does, any unknown word for NONE.
func compatibility(v any) string {
	switch s, _ := v.(string); strings.ToUpper(s) {
	case "BACKWARD", "FORWARD", "FULL":
		return "not there yet; what works: NONE"
	}
	return ""
}

func nullBehavior(v any) string {
	switch s, _ := v.(string); strings.ToLower(s) {
	case string(FailOnNull), string(IgnoreNull):
		return ""
	case "write":
		return "write needs store.kafka.keys=true, which is not there yet; use fail or ignore"
	}
	return "use fail or ignore"
}

func onlyFalse(v any) string {
	if on, _ := v.(bool); on {
		return "not there yet; what works: false"
	}
	return ""
}

func zoneName(v any) string {
	s, _ := v.(string)
	if _, err := zone(s); err != nil {
		return "not a time zone; use a name such as Europe/Berlin or an offset such as +02:00"
	}
	return ""
}

var offset = regexp.MustCompile(`^([+-])(\d\d):(\d\d)$`)

func zone(s string) (*time.Location, error) {
	m := offset.FindStringSubmatch(s)
	if m == nil {
		return time.LoadLocation(s)
	}
	d, err := time.ParseDuration(m[1] + m[2] + "h" + m[3] + "m")
	if err != nil {
		return nil, err
	}
	return time.FixedZone(s, int(d/time.Second)), nil
}

// Cut returns the rotation policy.
func Cut(c tasks.Config) (tasks.Cut, error) {
	cut := tasks.Cut{FlushSize: c.Int(keyFlushSize), Order: tasks.OrderPartition}
	if every := c.Int(keySchedule); every > 0 {
		z, err := zone(c.String(keyTimezone))
		if err != nil {
			return cut, fmt.Errorf("%s: %w", keyTimezone, err)
		}
		cut.Every, cut.Zone = time.Duration(every)*time.Millisecond, z
	}
	return cut, nil
}

// Validate returns the mistakes that concern several of [Keys]. compression is the name of the connector's key for whole
// objects.
func Validate(c tasks.Config, compression string) []tasks.ConfigError {
	var errs []tasks.ConfigError
	if c.Int(keySchedule) > 0 && c.String(keyTimezone) == "" {
		errs = append(errs, tasks.InvalidValue(keyTimezone, "", keyTimezone+" configuration must be set when using "+keySchedule))
	}
	if c.String(compression) == "gzip" && simple(c.String(keyFormat)) == "AvroFormat" {
		errs = append(errs, tasks.InvalidValue(compression, "gzip", "AvroFormat compresses inside its files; use "+keyCodec+" instead"))
	}
	return errs
}

// NewSettings reads what [Keys] define, from a configuration without mistakes.
func NewSettings(c tasks.Config) (*Settings, error) {
	s := &Settings{
		Names: Names{TopicsDir: c.String(keyTopicsDir), DirDelim: c.String(keyDirDelim), FileDelim: c.String(keyFileDelim),
			Pad: int(c.Int(keyPad))},
		FlushSize: c.Int(keyFlushSize), Level: -1, Nulls: Nulls(strings.ToLower(c.String(keyNulls))), PartSize: MaxPartSize,
	}
	reporter := c.Props()["errors.deadletterqueue.topic.name"] != "" || strings.EqualFold(c.Props()["errors.log.enable"], "true")
	s.ReportNulls = reporter && c.Bool(keyReportNulls)
	var err error
	s.Format, err = newFormat(c)
	return s, err
}

func newFormat(c tasks.Config) (Format, error) {
	switch class := c.String(keyFormat); simple(class) {
	case "AvroFormat":
		o := avro.DefaultOptions()
		o.Enhanced, o.ConnectMeta, o.OptionalMapKeys = c.Bool(keyEnhanced), c.Bool(keyConnectMeta), c.Bool(keyOptionalKeys)
		return Avro{Options: o, Codec: c.String(keyCodec)}, nil
	case "JsonFormat":
		return JSON{convert.JSONOptions{NumericDecimals: strings.EqualFold(c.String(keyDecimals), "NUMERIC")}}, nil
	case "ByteArrayFormat":
		separator := "\n"
		if c.IsSet(keySeparator) {
			separator = c.String(keySeparator)
		}
		return ByteArray{Extension: c.String(keyExtension), Separator: separator}, nil
	default:
		return nil, tasks.Fatal(tasks.ConfigException("%s: %s is not there", keyFormat, class))
	}
}
