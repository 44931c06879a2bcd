package aiven

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
)

func parsed(t testing.TB, s Store, props map[string]string) tasks.Config {
	t.Helper()
	c, mistakes := s.Keys().Parse(props)
	if mistakes = append(mistakes, s.Validate(c)...); len(mistakes) > 0 {
		t.Fatalf("mistakes = %v", mistakes)
	}
	return c
}

func placer(t testing.TB, s Store, props map[string]string) object.Placer {
	t.Helper()
	settings, err := s.Settings(parsed(t, s, props))
	if err != nil {
		t.Fatal(err)
	}
	return settings.Partitioner.New(tasks.SinkTask{PlanTime: time.Date(2024, 12, 31, 23, 30, 0, 0, time.UTC)})
}

// row is a record: its key, its time in quarters of an hour since midnight of March 31st 2024, UTC, and its schema.
type row struct {
	key     string
	quarter int64
	schema  *tasks.Schema
}

func (r row) record(offset int64) *tasks.Record {
	at := time.Date(2024, 3, 31, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.quarter) * 15 * time.Minute)
	rec := &tasks.Record{Topic: "orders", Partition: 3, Offset: offset, Timestamp: at.UnixMilli(), KeySchema: tasks.OptionalStringSchema, ValueSchema: r.schema}
	if r.schema == nil {
		rec.ValueSchema = tasks.StringSchema
	}
	if r.key != "" {
		rec.Key = tasks.NewString(r.key)
	}
	return rec
}

func TestNames(t *testing.T) {
	t.Parallel()
	other := tasks.NewStruct("other")
	cases := []struct {
		name  string
		store Store
		props map[string]string
		rows  []row
		want  string
	}{
		{"usual", GCS, nil, []row{{}, {}}, "orders-3-7 orders-3-7"},
		{"compression that is set shows", GCS, map[string]string{"file.compression.type": "zstd", "format.output.type": "avro"}, []row{{}}, "orders-3-7.avro.zst"},
		{"gzip that is not set does not", S3, nil, []row{{}}, "orders-3-7"},
		{"prefix", GCS, map[string]string{"file.name.prefix": "p/"}, []row{{}}, "p/orders-3-7"},
		{"padding", GCS, map[string]string{"file.name.template": "{{topic}}/{{partition:padding=true}}/{{start_offset:padding=true}}"}, []row{{}},
			"orders/0000000003/00000000000000000007"},
		{"records of a file", GCS, map[string]string{"file.max.records": "2"}, []row{{}, {}, {}, {}, {}}, "orders-3-7 orders-3-7 orders-3-9 orders-3-9 orders-3-11"},
		{"schemas", GCS, map[string]string{"format.output.type": "avro"}, []row{{}, {schema: other}, {schema: other}, {}},
			"orders-3-7.avro orders-3-8.avro orders-3-8.avro orders-3-10.avro"},
		{"keys with offsets", GCS, map[string]string{"file.name.template": "{{topic}}{{partition}}{{key}}{{start_offset}}"}, []row{{key: "a"}, {key: "b"}, {key: "a"}, {}},
			"orders3a7 orders3b8 orders3a7 orders3null10"},
		{"keys", GCS, map[string]string{"file.name.template": "{{key}}.txt", "file.max.records": "1"}, []row{{key: "a"}, {key: "a"}}, "a.txt a.txt"},
		{"hours, in summer time", GCS, map[string]string{"file.name.timestamp.timezone": "Europe/Berlin", "file.name.timestamp.source": "event",
			"file.name.template": "{{timestamp:unit=MM}}{{timestamp:unit=dd}}{{timestamp:unit=HH}}-{{topic}}{{partition}}-{{start_offset}}"},
			[]row{{quarter: 0}, {quarter: 3}, {quarter: 4}, {quarter: 1}}, "033101-orders3-7 033101-orders3-7 033103-orders3-7 033101-orders3-7"},
		{"hours and records", GCS, map[string]string{"file.name.timestamp.source": "event", "file.max.records": "2",
			"file.name.template": "{{timestamp:unit=HH}}-{{topic}}{{partition}}-{{start_offset}}"},
			[]row{{quarter: 0}, {quarter: 4}, {quarter: 4}, {quarter: 4}}, "00-orders3-7 01-orders3-8 01-orders3-8 01-orders3-10"},
		{"plan time", GCS, map[string]string{"file.name.timestamp.timezone": "+01:00", "file.name.template": "{{timestamp:unit=YYYY}}-{{topic}}{{partition}}-{{start_offset}}"},
			[]row{{}}, "2025-orders3-7"},
		{"old prefix", S3, map[string]string{"aws_s3_prefix": "{{utc_date}}/{{topic}}/{{start_offset}}/", "output_compression": "gzip", "file.name.template": "{{key}}"},
			[]row{{}, {}}, "2024-12-31/orders/7/orders-3-00000000000000000007.gz 2024-12-31/orders/7/orders-3-00000000000000000007.gz"},
		{"old prefix with the first record's time", S3, map[string]string{"aws.s3.prefix": "{{timestamp:unit=HH}}/", "timestamp.source": "event", "timestamp.timezone": "Z"},
			[]row{{quarter: 8}, {quarter: 20}}, "02/orders-3-00000000000000000007.gz 02/orders-3-00000000000000000007.gz"},
		{"variables without a meaning", S3, map[string]string{"file.name.template": "{{key}}-{{topic}}-{{start_offset}}"}, []row{{key: "a"}}, "a-orders-{{start_offset}}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := placer(t, c.store, c.props)
			var got []string
			for i, r := range c.rows {
				place, err := p.Place(r.record(int64(7 + i)))
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, place.Dir)
			}
			if diff := cmp.Diff(strings.Fields(c.want), got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEndedForgetsHeads(t *testing.T) {
	t.Parallel()
	p := placer(t, GCS, nil)
	for i, want := range []string{"orders-3-0", "orders-3-1"} {
		if i > 0 {
			p.(object.Regrouper).Ended()
		}
		if got, err := p.Place(row{}.record(int64(i))); err != nil || got.Dir != want {
			t.Errorf("place = %v, err = %v; want %s", got, err, want)
		}
	}
}

func TestRecordsWithoutAName(t *testing.T) {
	t.Parallel()
	event := placer(t, GCS, map[string]string{"file.name.timestamp.source": "event", "file.name.template": "{{topic}}{{partition}}{{start_offset}}{{timestamp:unit=HH}}"})
	r := row{}.record(0)
	r.Timestamp = tasks.NoTimestamp
	if _, err := event.Place(r); err == nil {
		t.Error("a record without a timestamp has a name")
	}
	schemas := placer(t, GCS, map[string]string{"format.output.type": "avro"})
	r.KeySchema = nil
	if _, err := schemas.Place(r); err == nil || !strings.Contains(err.Error(), "must have schemas") {
		t.Errorf("err = %v", err)
	}
}

func TestPlacingAllocatesNothing(t *testing.T) {
	p := placer(t, GCS, map[string]string{"file.name.timestamp.source": "event", "file.name.template": "{{topic}}{{partition}}{{start_offset}}{{timestamp:unit=HH}}"})
	r := row{}.record(0)
	if _, err := p.Place(r); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = p.Place(r) }); n != 0 {
		t.Errorf("%v allocations for a record", n)
	}
}
