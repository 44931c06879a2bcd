package kafka_test

import (
	"strings"
	"testing"

	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		props map[string]string
		want  string // part of the error; empty for none
	}{
		{"plain", map[string]string{"bootstrap.servers": "a:9092, b:9092"}, ""},
		{"prefix first", map[string]string{"bootstrap.servers": "a:9092", "consumer.security.protocol": "ODD"}, "security.protocol cannot be ODD"},
		{"none", map[string]string{}, "bootstrap.servers names no broker"},
		{"scram", map[string]string{"bootstrap.servers": "a:1", "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
			"sasl.jaas.config": `org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p";`}, ""},
		{"no password", map[string]string{"bootstrap.servers": "a:1", "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
			"sasl.jaas.config": `x required username="topsecretuser";`}, "sasl.jaas.config"},
		{"jks", map[string]string{"bootstrap.servers": "a:1", "security.protocol": "SSL", "ssl.truststore.type": "JKS"}, "use PEM"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := kafka.Options(tt.props, "consumer.")
			switch {
			case err == nil && tt.want != "":
				t.Errorf("no error, want one with %q", tt.want)
			case err != nil && (tt.want == "" || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "topsecret"):
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}
