package s3_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/sinks/s3"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/tasktest"
)

func (s *service) aivenConfig(more map[string]string) map[string]string {
	c := map[string]string{
		"name": "orders-sink", "connector.class": "io.aiven.kafka.connect.s3.AivenKafkaConnectS3SinkConnector", "aws.s3.bucket.name": bucket,
		"aws.s3.endpoint": s.url, "aws.access.key.id": "test", "aws.secret.access.key": "secret", "aws.s3.backoff.delay.ms": "1",
		"file.compression.type": "none", "format.output.fields.value.encoding": "none",
	}
	maps.Copy(c, more)
	return c
}

func TestAivenSuite(t *testing.T) {
	t.Parallel()
	cases := map[string]map[string]string{
		"well":    {"file.name.template": "{{topic}}-{{partition}}-{{start_offset:padding=true}}", "file.max.records": "2"},
		"old key": {"aws_s3_prefix": "old/"},
		"keys":    {"file.name.template": "{{topic}}-{{partition}}-{{start_offset:padding=true}}-{{key}}"},
	}
	for name, more := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tasktest.Sink(t, func(t testing.TB) tasktest.SinkUnderTest {
				s := newService(t)
				return tasktest.SinkUnderTest{
					New: func(t testing.TB) tasks.Sink {
						sink, err := connect(t, s.aivenConfig(more))
						if err != nil {
							t.Fatal(err)
						}
						return sink
					},
					Read: func(testing.TB) (out []string) {
						all := s.Objects(bucket)
						for _, name := range slices.Sorted(maps.Keys(all)) {
							out = append(out, strings.Fields(string(all[name].Content))...)
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
		{"no bucket", "aws.s3.bucket.name", "", "aws_s3_bucket"},
		{"variables", "file.name.template", "{{topic}}", "supported sets are: topic,partition,start_offset,timestamp"},
		{"prefix", "aws.s3.prefix", "{{timestamp}}/", "unit is required"},
		{"fields", "format.output.fields", "value,nope", "'headers'"},
		{"provider", "aws.credentials.provider", "com.example.Mine", "DefaultAWSCredentialsProviderChain"},
		{"endpoint", "aws.s3.endpoint", "localhost", "valid URL"},
		{"role", "aws.sts.role.arn", "arn:aws:iam::1:role/r", "session.name"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := s3.AivenPlugin()
			parsed, mistakes := p.Config.Parse((&service{url: "http://localhost"}).aivenConfig(map[string]string{c.key: c.value}))
			mistakes = append(mistakes, p.Validate(parsed)...)
			if len(mistakes) == 0 || !strings.Contains(mistakes[0].Message, c.say) {
				t.Errorf("mistakes = %v, want one that says %q", mistakes, c.say)
			}
		})
	}
}
