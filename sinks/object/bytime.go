package object

import (
	"regexp"
	"strconv"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/jodatime"
)

// ByTime is Connect's TimeBasedPartitioner: a directory for each period of time.
type ByTime struct {
	Pattern *jodatime.Pattern
	Zone    *time.Location
	// Period is the length of a period in milliseconds.
	Period int64
	Clock  Clock
}

var _ Partitioner = ByTime{}

// New returns the placing of one writer's records.
func (b ByTime) New(t tasks.SinkTask) Placer {
	return &byTime{ByTime: b, now: t.PlanTime.UnixMilli()}
}

// ReadsValue says whether the time stands in the value.
func (b ByTime) ReadsValue() bool { _, ok := b.Clock.(FieldTime); return ok }

// Timed is true.
func (ByTime) Timed() bool { return true }

type byTime struct {
	ByTime
	now int64
	// The last period, in local time, and its directory: most records are of it. While a time lies in [from, to), which is
	// nothing at first, the zone's offset is the same, and so is the directory of a local period.
	from, to, offset int64
	local            int64
	dir              string
	text             []byte
}

func (b *byTime) Place(r *tasks.Record) (Place, error) {
	at, err := b.Clock.Time(r, b.now)
	if err != nil {
		return Place{}, err
	}
	if at < b.from || at >= b.to || (at+b.offset)/b.Period != b.local {
		b.offset, b.from, b.to = jodatime.Offset(at, b.Zone)
		b.local = (at + b.offset) / b.Period
		b.text = b.Pattern.Append(b.text[:0], jodatime.Floor(at, b.Period, b.Zone))
		b.dir = string(b.text)
	}
	return Place{Dir: b.dir, Time: at}, nil
}

// Clock is Connect's timestamp extractor: which time of a record counts.
type Clock interface {
	// Time returns milliseconds since the epoch; now is the plan time.
	Time(r *tasks.Record, now int64) (int64, error)
}

// WallClock is the plan time, the only clock there is for what is written (I6).
type WallClock struct{}

// Time returns now.
func (WallClock) Time(_ *tasks.Record, now int64) (int64, error) { return now, nil }

// RecordTime is the Kafka record's time.
type RecordTime struct{}

// Time returns the record's time, or an error when it has none.
func (RecordTime) Time(r *tasks.Record, _ int64) (int64, error) {
	if r.Timestamp == tasks.NoTimestamp {
		return 0, noPartition("Unable to determine timestamp using timestamp.extractor %s for record: %s/%d at offset %d", recordExtractor,
			r.Raw.Topic, r.Raw.Partition, r.Raw.Offset)
	}
	return r.Timestamp, nil
}

// FieldTime is the time in a field of the value: a Timestamp, milliseconds, or a text with milliseconds or an ISO 8601 time.
type FieldTime struct{ field path }

// NewFieldTime returns the clock of a field, by its path with dots.
func NewFieldTime(field string) FieldTime { return FieldTime{newPath(field)} }

// Time reads the field.
func (f FieldTime) Time(r *tasks.Record, _ int64) (int64, error) {
	var v tasks.Value
	var ok bool
	if s := r.Value.Struct(); s != nil {
		var schema *tasks.Schema
		if schema, v, ok = f.field.ofStruct(s); ok {
			ok = schema.Name == tasks.TimestampName || schema.Type == tasks.String || schema.Name == "" && (schema.Type == tasks.Int32 || schema.Type == tasks.Int64)
			if !ok {
				return 0, f.notATime()
			}
		}
	} else if m := r.Value.Map(); m != nil {
		v, ok = f.field.ofMap(m)
	} else {
		return 0, noPartition("Error encoding partition.")
	}
	if !ok || v.IsNull() {
		return 0, tasks.DataException("The field '%s' does not exist.", f.field.name)
	}
	switch v.Kind() {
	case tasks.KindTime, tasks.KindInt8, tasks.KindInt16, tasks.KindInt32, tasks.KindInt64:
		return v.Int(), nil
	case tasks.KindFloat32, tasks.KindFloat64:
		return int64(v.Float()), nil
	case tasks.KindString:
		return f.ofText(v.Str())
	}
	return 0, f.notATime()
}

func (f FieldTime) notATime() error {
	return noPartition("Error extracting timestamp from record field: %s", f.field.name)
}

var digits = regexp.MustCompile(`^-?[0-9]{1,19}$`)

func (f FieldTime) ofText(text string) (ms int64, err error) {
	if digits.MatchString(text) {
		ms, err = strconv.ParseInt(text, 10, 64)
	} else {
		ms, err = jodatime.Parse(text)
	}
	if err != nil {
		return 0, noPartition("Error extracting timestamp from record field: %s", f.field.name).WithCause(err)
	}
	return ms, nil
}
