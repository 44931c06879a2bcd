package rest

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/magiconair/properties"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
	"github.com/mayfly-connect/mayfly/coordinator/node"
	"github.com/mayfly-connect/mayfly/coordinator/node/nodetest"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	sink "github.com/mayfly-connect/mayfly/sinks/file"
	source "github.com/mayfly-connect/mayfly/sources/file"
	"github.com/mayfly-connect/mayfly/sources/mirror"
	"github.com/mayfly-connect/mayfly/tasks"
)

// connectVersion is the version of the recorded worker, which its own plugins had as well.
const connectVersion = "4.3.1"

// cluster is a broker with the coordinators of a profile.
type cluster struct {
	bootstrap string
	bases     map[string]string
	vars      map[string]string
	patience  time.Duration // for what a step waits for
}

func newCluster(t *testing.T, p profile) *cluster {
	t.Helper()
	b, err := broker.Start(broker.Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("close the broker: %v", err)
		}
	})
	c := &cluster{bootstrap: b.Addr(), bases: map[string]string{}, vars: map[string]string{}, patience: 15 * time.Second}
	c.start(t, "main", p)
	if p.Second {
		c.start(t, "second", p)
		c.bases["leader"], c.bases["follower"] = c.bases["main"], c.bases["second"]
	}
	return c
}

// start runs a coordinator with the worker properties that the recorded worker had.
func (c *cluster) start(t *testing.T, name string, p profile) {
	t.Helper()
	props := properties.NewProperties()
	props.DisableExpansion = true
	set := func(k, v string) {
		if _, _, err := props.Set(k, v); err != nil {
			t.Fatal(err)
		}
	}
	for k, v := range map[string]string{"bootstrap.servers": c.bootstrap, "listeners": "http://127.0.0.1:0", "mayfly.launcher": "inproc",
		"key.converter": "org.apache.kafka.connect.json.JsonConverter", "value.converter": "org.apache.kafka.connect.json.JsonConverter",
		"group.id": "rest", "config.storage.topic": "rest-configs", "offset.storage.topic": "rest-offsets", "status.storage.topic": "rest-status",
		"config.storage.replication.factor": "1", "offset.storage.replication.factor": "1", "status.storage.replication.factor": "1",
		"offset.flush.interval.ms": "1000"} {
		set(k, v)
	}
	for k, v := range p.Props {
		set(k, strings.ReplaceAll(v, "{admin_port}", "0"))
	}
	path := filepath.Join(t.TempDir(), "worker.properties")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := props.Write(f, properties.ISO_8859_1); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	w, err := worker.Load(path, p.environ(t), p.Mode == "standalone")
	if err != nil {
		t.Fatal(err)
	}
	n, _ := nodetest.Start(t, node.Config{Worker: w, Plugins: plugins(), Others: apaches(), Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	c.bases[name] = n.URL()
	if u := n.AdminURL(); u != "" {
		c.bases["admin"] = u
	}
}

// environ is the worker's environment: that of the profile, and where its users are.
func (p profile) environ(t *testing.T) []string {
	t.Helper()
	var out []string
	for k, v := range p.Env {
		out = append(out, k+"="+v)
	}
	if p.Users == nil {
		return out
	}
	dir := t.TempDir()
	var users strings.Builder
	for u, password := range p.Users {
		fmt.Fprintf(&users, "%s=%s\n", u, password)
	}
	jaas := fmt.Sprintf("KafkaConnect {\n  org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule required\n  file=%q;\n};\n", filepath.Join(dir, "users"))
	for name, text := range map[string]string{"users": users.String(), "jaas": jaas} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return append(out, "KAFKA_OPTS=-Xmx1g -Djava.security.auth.login.config="+filepath.Join(dir, "jaas"))
}

// plugins are those of the recorded worker.
func plugins() tasks.Plugins {
	s, f := sink.Plugin(), source.Plugin()
	s.Version, f.Version = connectVersion, connectVersion
	return tasks.Plugins{Sinks: []tasks.SinkPlugin{s}, Sources: append(mirror.Plugins(), f)}
}

// apaches are the transforms, predicates and converters that come with Connect.
func apaches() []tasks.Plugin {
	return slices.DeleteFunc(node.Others(), func(p tasks.Plugin) bool { return !strings.HasPrefix(p.Class, "org.apache.kafka.") })
}
