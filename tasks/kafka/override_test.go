package kafka_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"

	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

func TestEffective(t *testing.T) {
	t.Parallel()
	worker := map[string]string{"bootstrap.servers": "a:9092", "security.protocol": "SSL", "consumer.security.protocol": "SASL_SSL", "producer.linger.ms": "5"}
	connector := map[string]string{"consumer.override.sasl.mechanism": "PLAIN", "producer.override.linger.ms": "7", "consumer.override.bootstrap.servers": "b:9092", "topics": "t"}
	for role, want := range map[kafka.Role]map[string]string{
		kafka.Consumer: {"bootstrap.servers": "a:9092", "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN"},
		kafka.Producer: {"bootstrap.servers": "a:9092", "security.protocol": "SSL", "linger.ms": "7"},
		kafka.Admin:    {"bootstrap.servers": "a:9092", "security.protocol": "SSL"},
	} {
		if d := cmp.Diff(want, kafka.Effective(worker, connector, role)); d != "" {
			t.Errorf("%s (-want +got):\n%s", role, d)
		}
	}
}

func TestIgnored(t *testing.T) {
	t.Parallel()
	got := kafka.Ignored(map[string]string{"consumer.override.group.id": "g", "consumer.override.max.poll.records": "10", "producer.override.acks": "1",
		"producer.override.linger.ms": "1", "admin.override.sasl.jaas.config": "secret", "producer.override.send.buffer.bytes": "1", "producer.linger.ms": "1"})
	want := []string{"consumer.override.max.poll.records has no effect: a slice bounds what is fetched",
		"producer.override.acks has no effect: all acknowledgements are always waited for",
		"producer.override.send.buffer.bytes has no effect: Mayfly's client has no such setting"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestTuning(t *testing.T) {
	t.Parallel()
	opts, err := kafka.Options(map[string]string{"bootstrap.servers": "a:9092", "linger.ms": "50", "request.timeout.ms": "20000", "compression.type": "zstd",
		"metadata.max.age.ms": "10", "max.request.size": "2000000", "transaction.timeout.ms": "60000", "connections.max.idle.ms": "-1"}, "")
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(opts, kgo.TransactionalID("t"))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for name, is := range map[string]bool{"linger.ms": client.OptValue(kgo.ProducerLinger).(time.Duration) == 50*time.Millisecond,
		"request.timeout.ms":  client.OptValue(kgo.RequestTimeoutOverhead).(time.Duration) == 20*time.Second,
		"metadata.max.age.ms": client.OptValue(kgo.MetadataMaxAge).(time.Duration) == 5*time.Second,
		"max.request.size":    client.OptValue(kgo.ProducerBatchMaxBytes).(int32) == 2_000_000} {
		if !is {
			t.Errorf("%s is not taken", name)
		}
	}
	for key, value := range map[string]string{"linger.ms": "soon", "compression.type": "rar"} {
		if _, err := kafka.Options(map[string]string{"bootstrap.servers": "a:9092", key: value}, ""); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s=%s: %v", key, value, err)
		}
	}
}

// login returns the first message of the mechanism that the properties ask for.
func login(t *testing.T, props map[string]string) (string, error) {
	t.Helper()
	props["bootstrap.servers"], props["security.protocol"] = "a:9092", "SASL_PLAINTEXT"
	opts, err := kafka.Options(props, "")
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, first, err := client.OptValue(kgo.SASL).([]sasl.Mechanism)[0].Authenticate(t.Context(), "b-1.example.amazonaws.com:9098")
	return string(first), err
}

func TestBearerTokens(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if id, secret, _ := r.BasicAuth(); id != "me" || secret != "s3cret" || r.FormValue("scope") != "kafka" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"access_token":"abc","expires_in":3600}`))
	}))
	defer server.Close()
	const module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required "
	got, err := login(t, map[string]string{"sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": server.URL,
		"sasl.jaas.config": module + `clientId="me" clientSecret="s3cret" scope="kafka" extension_logicalCluster="lkc-1";`})
	if err != nil || !strings.Contains(got, "auth=Bearer abc") || !strings.Contains(got, "logicalCluster=lkc-1") {
		t.Errorf("%q, %v", got, err)
	}
	_, err = login(t, map[string]string{"sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": server.URL,
		"sasl.jaas.config": module + `clientId="me" clientSecret="other";`})
	if err == nil || strings.Contains(err.Error(), "other") || !strings.Contains(err.Error(), "401") {
		t.Errorf("a refused client: %v", err)
	}
	if asked != 2 {
		t.Errorf("asked %d times for tokens", asked)
	}
}

// TestMSKIAM is not parallel: the environment is the whole process's.
func TestMSKIAM(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if _, err := login(t, map[string]string{"sasl.mechanism": "AWS_MSK_IAM"}); err == nil || !strings.Contains(err.Error(), "AWS_ACCESS_KEY_ID") {
		t.Errorf("without credentials: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
	t.Setenv("AWS_SESSION_TOKEN", "session")
	t.Setenv("AWS_REGION", "eu-west-1")
	got, err := login(t, map[string]string{"sasl.mechanism": "AWS_MSK_IAM"})
	if err != nil || !strings.Contains(got, `"action":"kafka-cluster:Connect"`) || !strings.Contains(got, "AKIDEXAMPLE/") || strings.Contains(got, "s3cret") {
		t.Errorf("%s, %v", got, err)
	}
}
