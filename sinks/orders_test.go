package sinks_test

import (
	"slices"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Which orders a sink keeps, the one first that it takes by itself: as its README says.
func TestOrders(t *testing.T) {
	t.Parallel()
	gcs := map[string]string{"gcs.bucket.name": "b", "storage.class": "io.confluent.connect.gcs.storage.GcsStorage", "flush.size": "10",
		"format.class": "io.confluent.connect.gcs.format.json.JsonFormat"}
	timed := map[string]string{"partitioner.class": "io.confluent.connect.storage.partitioner.HourlyPartitioner", "locale": "en", "timezone": "UTC",
		"timestamp.extractor": "Record"}
	none := []tasks.Order{tasks.OrderNone, tasks.OrderPartition}
	for _, tt := range []struct {
		name, class string
		base, set   map[string]string
		want        []tasks.Order
	}{
		{"files", "FileStreamSink", map[string]string{"file": "f"}, nil, nil},
		{"objects", "io.confluent.connect.gcs.GcsSinkConnector", gcs, nil, none},
		{"objects of times", "io.confluent.connect.gcs.GcsSinkConnector", gcs, timed, none},
		{"objects that record time ends", "io.confluent.connect.gcs.GcsSinkConnector", gcs,
			map[string]string{"partitioner.class": timed["partitioner.class"], "locale": "en", "timezone": "UTC", "timestamp.extractor": "Record", "rotate.interval.ms": "60000"},
			[]tasks.Order{tasks.OrderPartition, tasks.OrderNone}},
		{"objects of a template", "io.aiven.kafka.connect.gcs.GcsSinkConnector", map[string]string{"gcs.bucket.name": "b"}, nil, none},
		{"the newest record of a key", "io.aiven.kafka.connect.gcs.GcsSinkConnector", map[string]string{"gcs.bucket.name": "b"},
			map[string]string{"file.name.template": "{{key}}"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, ok := tasks.Plugins{Sinks: sinks.All()}.Sink(tt.class)
			if !ok {
				t.Fatal("no such sink")
			}
			props := map[string]string{"name": "n", "topics": "t"}
			for _, m := range []map[string]string{tt.base, tt.set} {
				for k, v := range m {
					props[k] = v
				}
			}
			c, errs := p.Config.Parse(props)
			if len(errs) > 0 {
				t.Fatal(errs)
			}
			cut, err := p.Cut(c)
			if err != nil || !slices.Equal(cut.Orders, tt.want) {
				t.Errorf("orders %v, %v, want %v", cut.Orders, err, tt.want)
			}
		})
	}
}
