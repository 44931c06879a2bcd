package spooldir_test

import (
	"io"
	"os"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks"
)

// BenchmarkCSV reads the 10,000 rows of birdstrikes.csv, as text and with four typed columns.
func BenchmarkCSV(b *testing.B) {
	data, err := os.ReadFile("../../tests/data/birdstrikes.csv")
	if err != nil {
		b.Fatal(err)
	}
	const typed = `{"name":"Strike","type":"STRUCT","fieldSchemas":{"Airport_Name":{"type":"STRING"},"Flight_Date":{"type":"INT32","name":"org.apache.kafka.connect.data.Date"},` +
		`"Cost_Other":{"type":"INT64"},"Cost_Repair":{"type":"INT64"},"Speed_IAS_in_knots":{"type":"INT32","isOptional":true}}}`
	for name, more := range map[string]map[string]string{
		"strings": nil,
		"typed":   {"schema.generation.enabled": "false", "value.schema": typed},
	} {
		b.Run(name, func(b *testing.B) {
			d := newDirs(b)
			d.put(b, "b.csv", string(data))
			s := open(b, "Csv", d.props(with(more, map[string]string{"csv.header.normalize": "true"})))
			slice := tasks.Slice{Stream: tasks.Stream{Split: `{"fileName":"b.csv"}`}}
			var a tasks.Arena
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			rows := 0
			for b.Loop() {
				r, err := s.Open(b.Context(), tasks.SourceTask{Slice: slice})
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					var recs []tasks.Record
					recs, err = r.Read(b.Context(), &a, 1000)
					rows += len(recs)
					a.Reset()
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				r.Close()
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			if rows == 0 || rows%10000 != 0 {
				b.Fatalf("%d rows", rows)
			}
		})
	}
}
