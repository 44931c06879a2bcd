package exec_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// TestConsumerOverride has a broker that lets nobody in without a password: the executor logs in as its worker says, and reads
// as the connector says.
func TestConsumerOverride(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "results"), kfake.EnableSASL(), kfake.Superuser("PLAIN", "worker", "works"),
		kfake.Superuser("PLAIN", "reader", "reads"))
	must(t, err)
	t.Cleanup(cluster.Close)
	w := &world{t: t, addr: cluster.ListenAddrs()[0], dest: &destination{perFile: 1, refuse: map[string]bool{}}}
	w.cl = w.client(kgo.SASL(plain.Auth{User: "worker", Pass: "works"}.AsMechanism()))
	w.send("in", "a", "b")
	jaas := func(user, password string) string {
		return `org.apache.kafka.common.security.plain.PlainLoginModule required username="` + user + `" password="` + password + `";`
	}
	w.runner = exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{w.dest.plugin()}}, Name: "test", Log: slog.New(slog.DiscardHandler),
		Kafka: map[string]string{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.jaas.config": jaas("worker", "works")}})
	t.Cleanup(w.runner.Close)
	w.done(w.run(w.lease(0, 1)), 1)
	w.done(w.run(w.lease(1, 2, "consumer.override.sasl.jaas.config", jaas("reader", "reads"))), 2)
	wrong := w.lease(0, 2, "consumer.override.sasl.jaas.config", jaas("reader", "guesses"))
	wrong.TTL = 3000
	if res := w.run(wrong); res.Failure == nil || res.Counts.Records > 0 || strings.Contains(res.Failure.Trace, "guesses") {
		t.Errorf("a wrong password: %+v", res)
	}
}
