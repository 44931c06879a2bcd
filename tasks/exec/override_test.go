package exec_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	sourcefile "github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// guarded is a world whose broker lets nobody in without a password: the executor logs in as its worker says.
func guarded(t *testing.T) *world {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "in", "results", "offsets"), kfake.EnableSASL(), kfake.Superuser("PLAIN", "worker", "works"),
		kfake.Superuser("PLAIN", "reader", "reads"))
	must(t, err)
	t.Cleanup(cluster.Close)
	sayWhy(cluster)
	w := &world{t: t, addr: cluster.ListenAddrs()[0], dest: &destination{perFile: 1, refuse: map[string]bool{}}}
	w.cl = w.client(kgo.SASL(plain.Auth{User: "worker", Pass: "works"}.AsMechanism()))
	w.adm = kadm.NewClient(w.cl)
	w.runner = exec.New(exec.Env{Plugins: tasks.Plugins{Sinks: []tasks.SinkPlugin{w.dest.plugin()}, Sources: []tasks.SourcePlugin{sourcefile.Plugin()}}, Name: "test",
		Log: slog.New(slog.DiscardHandler), Kafka: map[string]string{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.jaas.config": jaas("worker", "works")}})
	t.Cleanup(w.runner.Close)
	return w
}

// sayWhy makes the broker answer a wrong login as Kafka does, instead of hanging up.
func sayWhy(cluster *kfake.Cluster) {
	cluster.ControlKey(int16(kmsg.SASLHandshake), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		r, ok := req.(*kmsg.SASLHandshakeRequest)
		if !ok || r.Mechanism == "PLAIN" {
			return nil, nil, false
		}
		resp := r.ResponseKind().(*kmsg.SASLHandshakeResponse)
		resp.ErrorCode, resp.SupportedMechanisms = kerr.UnsupportedSaslMechanism.Code, []string{"PLAIN"}
		return resp, nil, true
	})
	cluster.ControlKey(int16(kmsg.SASLAuthenticate), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		r, ok := req.(*kmsg.SASLAuthenticateRequest)
		if !ok || !bytes.Contains(r.SASLAuthBytes, []byte("guesses")) {
			return nil, nil, false
		}
		resp := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.ErrorCode, resp.ErrorMessage = kerr.SaslAuthenticationFailed.Code, kmsg.StringPtr("Authentication failed: Invalid username or password")
		return resp, nil, true
	})
}

func jaas(user, password string) string {
	return `org.apache.kafka.common.security.plain.PlainLoginModule required username="` + user + `" password="` + password + `";`
}

// TestConsumerOverride has the executor log in as its worker says, and read as the connector says.
func TestConsumerOverride(t *testing.T) {
	t.Parallel()
	w := guarded(t)
	w.send("in", "a", "b")
	w.done(w.run(w.lease(0, 1)), 1)
	w.done(w.run(w.lease(1, 2, "consumer.override.sasl.jaas.config", jaas("reader", "reads"))), 2)
}

// TestWrongLogin has overrides with which the broker lets nobody in: as in Connect the task fails, at once and not when its
// lease ends, and says which client of which connector it was, without the password.
func TestWrongLogin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, key, value string
		lease            func(w *world, config ...string) tasks.Lease
	}{
		{"consumer", "consumer.override.sasl.jaas.config", jaas("reader", "guesses"), func(w *world, config ...string) tasks.Lease { return w.lease(0, 2, config...) }},
		{"mechanism", "consumer.override.sasl.mechanism", "SCRAM-SHA-256", func(w *world, config ...string) tasks.Lease { return w.lease(0, 2, config...) }},
		{"dead letters", "producer.override.sasl.jaas.config", jaas("reader", "guesses"), func(w *world, config ...string) tasks.Lease {
			return w.lease(0, 2, append(config, "errors.tolerance", "all", "errors.deadletterqueue.topic.name", "letters", "errors.deadletterqueue.topic.replication.factor", "1")...)
		}},
		{"producer", "producer.override.sasl.jaas.config", jaas("reader", "guesses"), func(w *world, config ...string) tasks.Lease {
			l := w.sourceLease("")
			for i := 0; i < len(config); i += 2 {
				l.Config[config[i]] = config[i+1]
			}
			return l
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := guarded(t)
			w.send("in", "refused", "b")
			w.dest.refuse["refused"] = true
			begun := time.Now()
			res := w.run(tt.lease(w, tt.key, tt.value))
			if took := time.Since(begun); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
			if f := res.Failure; f == nil || f.Kind != tasks.KindFatal.String() || strings.Contains(f.Trace, "guesses") ||
				!strings.Contains(f.Trace, "SASL") || !strings.Contains(f.Trace, strings.SplitN(tt.key, ".", 2)[0]) {
				t.Errorf("the result is %+v, failure %+v", res, res.Failure)
			}
		})
	}
}
