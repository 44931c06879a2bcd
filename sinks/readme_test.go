package sinks_test

import (
	"flag"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

var update = flag.Bool("update", false, "write the tables of the plugins' README files")

// The table of keys in a plugin's README is made from its ConfigDef.
func TestREADMETables(t *testing.T) {
	t.Parallel()
	tables := map[string]struct{ folder, of string }{
		"io.confluent.connect.gcs.GcsSinkConnector":                  {"gcs", ""},
		"io.confluent.connect.s3.S3SinkConnector":                    {"s3", ""},
		"io.aiven.kafka.connect.gcs.GcsSinkConnector":                {"aiven", " of gcs"},
		"io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector": {"aiven", " of s3"},
		"org.apache.kafka.connect.file.FileStreamSinkConnector":      {"file", ""},
	}
	for _, p := range sinks.All() {
		table, ok := tables[p.Class]
		if !ok {
			t.Errorf("%s has no README in this test", p.Class)
			continue
		}
		tasktest.README(t, table.folder+"/README.md", "<!-- keys"+table.of+": begin, written by go test ./sinks -update -->\n",
			"<!-- keys"+table.of+": end -->\n", p.Config, *update)
	}
}
