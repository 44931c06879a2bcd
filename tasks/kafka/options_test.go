package kafka_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"

	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

func TestOptionsRefuse(t *testing.T) {
	t.Parallel()
	jks := filepath.Join(t.TempDir(), "trust.jks")
	if err := os.WriteFile(jks, []byte{0xfe, 0xed, 0xfe, 0xed}, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		props map[string]string
		want  string
	}{
		{"no servers", map[string]string{"bootstrap.servers": " , "}, "bootstrap.servers"},
		{"isolation", map[string]string{"isolation.level": "none"}, "isolation.level"},
		{"protocol", map[string]string{"security.protocol": "TLS"}, "security.protocol"},
		{"broken jks", map[string]string{"security.protocol": "SSL", "ssl.truststore.location": jks}, "ssl.truststore.location"},
		{"other type", map[string]string{"security.protocol": "SSL", "ssl.truststore.location": jks, "ssl.truststore.type": "PEM"}, "is not of the type PEM"},
		{"bad certificate", map[string]string{"security.protocol": "SSL", "ssl.truststore.certificates": "s3cret"}, "ssl.truststore.certificates"},
		{"bad key", map[string]string{"security.protocol": "SSL", "ssl.keystore.certificate.chain": "x", "ssl.keystore.key": "s3cret"}, "ssl.keystore.certificate.chain"},
		{"mechanism", map[string]string{"security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI"}, "sasl.mechanism"},
		{"no user", map[string]string{"security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.jaas.config": `M required password="s3cret";`}, "username"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, ok := c.props["bootstrap.servers"]; !ok {
				c.props["bootstrap.servers"] = "a:9092"
			}
			_, err := kafka.Options(c.props, "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got error %v, want one with %q", err, c.want)
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Fatalf("the error tells a secret: %v", err)
			}
		})
	}
}

func TestOptionsSASL(t *testing.T) {
	t.Parallel()
	opts, err := kafka.Options(map[string]string{
		"bootstrap.servers": "a:9092", "consumer.bootstrap.servers": "b:9092, c:9092",
		"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
		"sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p\"; q";`,
	}, "consumer.")
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if got := client.OptValue(kgo.SeedBrokers).([]string); strings.Join(got, " ") != "b:9092 c:9092" {
		t.Errorf("seed brokers %q", got)
	}
	mechanism := client.OptValue(kgo.SASL).([]sasl.Mechanism)[0]
	_, first, err := mechanism.Authenticate(t.Context(), "b")
	if err != nil || string(first) != "\x00u\x00p\"; q" {
		t.Errorf("first message %q, error %v", first, err)
	}
}
