package object

import (
	"fmt"
	"strings"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/object/parquet"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/convert"
	"github.com/mayfly-connect/mayfly/tasks/convert/avro"
	"github.com/mayfly-connect/mayfly/tasks/jodatime"
)

// longestPause bounds how late a file is finished that ended by record time; each look reads its records again.
const longestPause = 10 * time.Minute

// Cut returns the rotation policy. Where record time may end a file, any record can: then slices are cut one at a time unless the user
// says otherwise, because each that is not the last one would end a file early.
func Cut(c tasks.Config) (tasks.Cut, error) {
	cut := tasks.Cut{FlushSize: max(1, c.Int(keyFlushSize)), Orders: []tasks.Order{tasks.OrderNone, tasks.OrderPartition}}
	interval := time.Duration(c.Int(keyInterval)) * time.Millisecond
	if p, err := newPartitioner(c); err == nil && p.Timed() && interval > 0 {
		cut.FlushSize, cut.Pause = 1, min(interval/10, longestPause)
		cut.Orders = []tasks.Order{tasks.OrderPartition, tasks.OrderNone}
	}
	if every := c.Int(keySchedule); every > 0 {
		z, err := jodatime.Zone(c.String(keyTimezone))
		if err != nil {
			return cut, fmt.Errorf("%s: %w", keyTimezone, err)
		}
		cut.Every, cut.Zone = time.Duration(every)*time.Millisecond, z
		cut.Pause = min(cut.Pause, cut.Every/10)
	}
	return cut, nil
}

// Settings reads what [Kin.Keys] define, from a configuration without mistakes.
func (k Kin) Settings(c tasks.Config) (*Settings, error) {
	s := &Settings{
		Names: Names{TopicsDir: c.String(keyTopicsDir), DirDelim: c.String(keyDirDelim), FileDelim: c.String(keyFileDelim),
			Pad: int(c.Int(keyPad))},
		Rotation: Rotation{FlushSize: c.Int(keyFlushSize), OnChange: c.Bool(keyOnChange), MaxOpen: int(c.Int(keyMaxOpen))},
		Gzip:     c.String(k.keyCompression()) == "gzip", Level: int(c.Int(k.keyLevel())),
		Nulls: Nulls(strings.ToLower(c.String(keyNulls))), NullDir: c.String(keyNullDir), PartSize: MaxPartSize,
		Compatibility: compatibility(c.String(keyCompat)), Replace: c.Bool(ReplaceKey),
	}
	s.ReportNulls = heard(c) && c.Bool(keyReportNulls)
	s.Unheard = Unheard(c)
	p, mistake := newPartitioner(c)
	if mistake != nil {
		return nil, tasks.Fatal(tasks.ConfigException("%s", mistake.Message))
	}
	s.Partitioner = p
	if p.Timed() {
		s.Rotation.Interval = c.Int(keyInterval)
	}
	return s, s.setFormats(c)
}

// Unheard reports whether bad records are to be tolerated, but nobody is told of them; see [Settings.Unheard].
func Unheard(c tasks.Config) bool { return !heard(c) && c.Props()["errors.tolerance"] == "all" }

// heard reports whether somebody is told of bad records.
func heard(c tasks.Config) bool {
	return c.Props()["errors.deadletterqueue.topic.name"] != "" || strings.EqualFold(c.Props()["errors.log.enable"], "true")
}

// compatibility takes any unknown word for NONE, as the original does; that goes for lower case too.
func compatibility(word string) Compatibility {
	switch c := Compatibility(word); c {
	case Backward, Forward, Full:
		return c
	}
	return None
}

func (s *Settings) setFormats(c tasks.Config) (err error) {
	if s.Format, err = newFormat(c, keyFormat); err != nil {
		return err
	}
	if c.Bool(keyStoreKeys) {
		if s.Keys, err = newFormat(c, keyKeysFormat); err != nil {
			return err
		}
	}
	if c.Bool(keyStoreHeaders) {
		s.Headers, err = newFormat(c, keyHeadFormat)
	}
	return err
}

func avroOptions(c tasks.Config) avro.Options {
	o := avro.DefaultOptions()
	o.Enhanced, o.ConnectMeta, o.OptionalMapKeys = c.Bool(keyEnhanced), c.Bool(keyConnectMeta), c.Bool(keyOptionalKeys)
	return o
}

// newFormat returns the format whose class stands under a key.
func newFormat(c tasks.Config, key string) (Format, error) {
	switch class := c.String(key); simple(class) {
	case "AvroFormat":
		return Avro{Options: avroOptions(c), Codec: c.String(keyCodec)}, nil
	case "ParquetFormat":
		return Parquet{Options: avroOptions(c), Codec: parquet.CodecOf(c.String(keyParquetCodec))}, nil
	case "JsonFormat":
		return JSON{convert.JSONOptions{NumericDecimals: strings.EqualFold(c.String(keyDecimals), "NUMERIC")}}, nil
	case "ByteArrayFormat":
		separator := "\n"
		if c.IsSet(keySeparator) {
			separator = c.String(keySeparator)
		}
		return ByteArray{Extension: c.String(keyExtension), Separator: separator}, nil
	default:
		return nil, tasks.Fatal(tasks.ConfigException("%s: %s is not there", key, class))
	}
}

const (
	day  = 24 * 60 * 60 * 1000
	hour = 60 * 60 * 1000
)

// newPartitioner reads partitioner.class and its settings. The mistake has the text of the original.
func newPartitioner(c tasks.Config) (Partitioner, *tasks.ConfigError) {
	delim := c.String(keyDirDelim)
	daily := "'year'=YYYY" + delim + "'month'=MM" + delim + "'day'=dd"
	switch simple(c.String(keyPartitioner)) {
	case "FieldPartitioner":
		fields := c.List(keyFields)
		if len(fields) == 0 {
			return nil, &tasks.ConfigError{Key: keyFields, Message: "Partition field name cannot be null or empty when using FieldPartitioner."}
		}
		return ByField{Fields: fields, Delim: delim}, nil
	case "TimeBasedPartitioner":
		return newByTime(c, c.String(keyPath), c.Int(keyPeriod))
	case "DailyPartitioner":
		return newByTime(c, daily, day)
	case "HourlyPartitioner":
		return newByTime(c, daily+delim+"'hour'=HH", hour)
	}
	return ByPartition{}, nil
}

func newByTime(c tasks.Config, path string, period int64) (Partitioner, *tasks.ConfigError) {
	bad := func(key, value, reason string) (Partitioner, *tasks.ConfigError) {
		e := tasks.InvalidValue(key, value, reason)
		return nil, &e
	}
	delim := c.String(keyDirDelim)
	switch {
	case period <= 0:
		return bad(keyPeriod, fmt.Sprint(period), "Partition duration needs to be a positive.")
	case path == "" || path == delim:
		return bad(keyPath, path, "Path format cannot be empty.")
	case c.String(keyLocale) == "":
		return bad(keyLocale, "", "Locale cannot be empty.")
	case c.String(keyTimezone) == "":
		return bad(keyTimezone, "", "Timezone cannot be empty.")
	}
	zone, err := jodatime.Zone(c.String(keyTimezone))
	if err != nil {
		return ByPartition{}, nil // the key's own check says so
	}
	pattern, err := jodatime.Compile(strings.TrimSuffix(path, delim), c.String(keyLocale), zone)
	if err != nil {
		return bad(keyPath, path, err.Error())
	}
	b := ByTime{Pattern: pattern, Zone: zone, Period: period}
	switch name := c.String(keyExtractor); name {
	case "Wallclock", wallClockExtractor:
		b.Clock = WallClock{}
	case "Record", recordExtractor:
		b.Clock = RecordTime{}
	case "RecordField", fieldExtractor:
		b.Clock = NewFieldTime(c.String(keyTimeField))
	default:
		return nil, &tasks.ConfigError{Key: keyExtractor, Message: "Invalid timestamp extractor: " + name}
	}
	return b, nil
}

// The classes by which the extractors may be called.
const (
	extractors         = "io.confluent.connect.storage.partitioner.TimeBasedPartitioner$"
	wallClockExtractor = extractors + "WallclockTimestampExtractor"
	recordExtractor    = extractors + "RecordTimestampExtractor"
	fieldExtractor     = extractors + "RecordFieldTimestampExtractor"
)
