package object_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/sinks/object"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/jodatime"
)

// BenchmarkWriter is what a record costs between the converter and the bucket; a bucket in memory takes the objects.
func BenchmarkWriter(b *testing.B) {
	zone, err := jodatime.Zone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	pattern, err := jodatime.Compile("'year'=YYYY/'month'=MM/'day'=dd/'hour'=HH", "en", zone)
	if err != nil {
		b.Fatal(err)
	}
	for name, p := range map[string]object.Partitioner{
		"partition": object.ByPartition{},
		"hour":      object.ByTime{Pattern: pattern, Zone: zone, Period: 3_600_000, Clock: object.RecordTime{}},
	} {
		b.Run(name, func(b *testing.B) {
			s := settings(100_000)
			s.Partitioner, s.PartSize = p, 8<<20
			records := letters(0, 1000)
			for i := range records {
				records[i].Value = tasks.NewBytes(make([]byte, 400))
				records[i].Timestamp = 1_700_000_000_000 + int64(i)
			}
			w, err := object.NewWriter(&s, discard{newMemory()}, tasks.SinkTask{PlanTime: time.Unix(0, 0), Log: slog.New(slog.DiscardHandler),
				Slice: tasks.Slice{Stream: tasks.Stream{Topic: "orders", Partition: 2}, To: 1 << 60}})
			if err != nil {
				b.Fatal(err)
			}
			defer w.Abort()
			b.SetBytes(400 * 1000)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Put(b.Context(), records); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
		})
	}
}
