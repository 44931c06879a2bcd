package gcs_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks/gcs"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

func aivenConfig(bucket string, more map[string]string) map[string]string {
	c := map[string]string{
		"name": "orders-sink", "connector.class": "io.aiven.kafka.connect.gcs.GcsSinkConnector", "gcs.bucket.name": bucket,
		"format.output.fields.value.encoding": "none", "gcs.retry.backoff.initial.delay.ms": "1", "gcs.retry.backoff.max.attempts": "50",
	}
	maps.Copy(c, more)
	return c
}

func TestAivenSuite(t *testing.T) {
	t.Parallel()
	const padded = "{{topic}}/{{partition}}/{{start_offset:padding=true}}.csv" // tests read objects in the order of names
	cases := map[string]map[string]string{
		"with-lost-answers": {"file.name.template": padded, "file.max.records": "2"},
		"well":              {"file.name.template": padded},
		"keys":              {"file.name.template": "{{topic}}-{{partition}}-{{start_offset:padding=true}}-{{key}}", "file.max.records": "3"},
	}
	for kind, more := range cases {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			tasktest.Sink(t, func(t testing.TB) tasktest.SinkUnderTest {
				b := newBucket(t, kind)
				return tasktest.SinkUnderTest{
					New: func(t testing.TB) tasks.Sink { return mustConnect(t, aivenConfig(b.BucketName(), more)) },
					Read: func(t testing.TB) (out []string) {
						names, content := objects(t, b)
						for _, n := range names {
							out = append(out, strings.Fields(content[n])...)
						}
						return out
					},
					Value: asBytes,
				}
			})
		})
	}
}

func TestAivenMistakes(t *testing.T) {
	t.Parallel()
	cases := []struct{ name, key, value, say string }{
		{"parameter", "file.name.template", "{{topic}}-{{partition}}-{{start_offset:pad=true}}", "padding=true|false"},
		{"unknown variable", "file.name.template", "{{topic}}-{{partition}}-{{start_offset}}-{{x}}", "supported sets are"},
		{"compression", "file.compression.type", "GZIP", "zstd"},
		{"prefix", "file.name.prefix", strings.Repeat("x", 1025), "1024"},
		{"two credentials", "gcs.credentials.path", "/tmp/key.json", "Only one of"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := gcs.AivenPlugin()
			parsed, mistakes := p.Config.Parse(aivenConfig("b", map[string]string{c.key: c.value, "gcs.credentials.default": "true"}))
			mistakes = append(mistakes, p.Validate(parsed)...)
			if len(mistakes) == 0 || !strings.Contains(mistakes[0].Message, c.say) {
				t.Errorf("mistakes = %v, want one that says %q", mistakes, c.say)
			}
		})
	}
}
