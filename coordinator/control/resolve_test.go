package control_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/provider"
)

// vault is a provider in memory, whose values change while it is asked.
type vault struct {
	values atomic.Pointer[map[string]string]
	ttl    time.Duration
	err    atomic.Pointer[error]
	asked  atomic.Int64
}

func (v *vault) Get(context.Context, string, []string) (provider.Data, error) {
	v.asked.Add(1)
	if err := v.err.Load(); err != nil {
		return provider.Data{}, *err
	}
	return provider.Data{Values: *v.values.Load(), TTL: v.ttl}, nil
}

func newVault(ttl time.Duration, values map[string]string) *vault {
	v := &vault{ttl: ttl}
	v.values.Store(&values)
	return v
}

func (v *vault) resolver(t *testing.T) *provider.Resolver {
	t.Helper()
	r, err := provider.New(map[string]string{"config.providers": "v", "config.providers.v.class": "Vault"}, nil, slog.New(slog.DiscardHandler),
		provider.Kind{Class: "Vault", New: func(provider.Settings) (provider.Provider, error) { return v, nil }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// running is begin in a bubble; the loop has come to rest.
func running(t *testing.T, m *memory, cfg control.Config) {
	t.Helper()
	begin(t, m, cfg)
	synctest.Wait()
}

// begin runs a loop with the memory's store until the test's end.
func begin(t *testing.T, m *memory, cfg control.Config) {
	t.Helper()
	cfg.Store, cfg.Observer, cfg.Launcher = m, m, m
	cfg.Lease = tasks.Lease{Bootstrap: []string{"b:1"}, ResultTopic: "r"}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- control.New(cfg).Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// last returns the newest status of a connector.
func (m *memory) last(name string) (st control.Status) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.decisions {
		for _, s := range d.Statuses {
			if s.Connector == name && s.Task < 0 {
				st = s
			}
		}
	}
	return st
}

// xPlugins are a sink and a source without configuration.
func xPlugins() tasks.Plugins {
	return tasks.Plugins{Sinks: []tasks.SinkPlugin{{Plugin: tasks.Plugin{Class: "x.Sink", Type: tasks.SinkPluginType, Version: "1"}}},
		Sources: []tasks.SourcePlugin{{Plugin: tasks.Plugin{Class: "x.Source", Type: tasks.SourcePluginType, Version: "1"},
			New: func(context.Context, tasks.Config) (tasks.Source, error) {
				return nil, errors.New("no source s3cret-value")
			}}}}
}

func sinkOf(name, topics string, more ...string) *control.Connector {
	c := &control.Connector{Name: name, Version: 1, Config: map[string]string{"name": name, "connector.class": "x.Sink", "topics": topics}}
	for i := 0; i < len(more); i += 2 {
		c.Config[more[i]] = more[i+1]
	}
	return c
}

func TestPlaceholders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault(0, map[string]string{"topic": "orders", "n": "3", "pw": "s3cret-value"})
		m := newMemory()
		m.snap.Connectors = []control.Connector{*sinkOf("stored", "${v:topic}")}
		running(t, m, control.Config{Plugins: xPlugins(), Resolver: v.resolver(t)})
		m.changes <- control.Change{Connector: sinkOf("c", "${v:topic}", "tasks.max", "${v:n}", "pw", "${v:pw}")}
		synctest.Wait()
		m.observed <- []plan.Observation{{Stream: tasks.Stream{Topic: "orders"}, End: 5}}
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		m.mu.Lock()
		defer m.mu.Unlock()
		by := map[string]int{}
		for _, l := range m.launched {
			by[l.Connector]++
			if l.Connector == "c" && (l.Config["pw"] != "${v:pw}" || l.Config["topics"] != "${v:topic}") {
				t.Errorf("the lease carries %v", l.Config)
			}
		}
		if by["c"] != 1 || by["stored"] != 1 {
			t.Errorf("leases %v", by)
		}
		for _, d := range m.decisions {
			for _, set := range d.Tasks {
				if set.Connector == "c" && (len(set.Configs) != 3 || set.Configs[0]["pw"] != "${v:pw}" || set.Configs[0]["tasks.max"] != "${v:n}") {
					t.Errorf("tasks %v", set.Configs)
				}
			}
		}
	})
}

func TestUnresolvedFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault(0, map[string]string{"topic": "orders"})
		fail := error(tasks.ConfigException("no such secret"))
		v.err.Store(&fail)
		m := newMemory()
		running(t, m, control.Config{Plugins: xPlugins(), Resolver: v.resolver(t)})
		m.changes <- control.Change{Connector: sinkOf("c", "${v:topic}")}
		synctest.Wait()
		st := m.last("c")
		if st.State != control.Failed || st.Version != "" || !strings.HasPrefix(st.Trace, "org.apache.kafka.common.config.ConfigException: no such secret\n") {
			t.Errorf("status %+v", st)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := v.asked.Load(); n != 1 {
			t.Errorf("asked %d times for what a person must mend", n)
		}
		v.err.Store(nil)
		m.changes <- control.Change{Restart: &control.Restart{Connector: "c", Task: -1}}
		synctest.Wait()
		if st := m.last("c"); st.State != control.Running || st.Version != "1" {
			t.Errorf("status after the restart %+v", st)
		}
	})
}

func TestReload(t *testing.T) {
	for _, action := range []string{"restart", "none"} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVault(time.Minute, map[string]string{"topic": "orders"})
				m := newMemory()
				running(t, m, control.Config{Plugins: xPlugins(), Resolver: v.resolver(t)})
				m.changes <- control.Change{Connector: sinkOf("c", "${v:topic}", "config.action.reload", action)}
				synctest.Wait()
				v.values.Store(&map[string]string{"topic": "bills"})
				time.Sleep(61 * time.Second)
				synctest.Wait()
				want := map[string]string{"restart": "bills", "none": "orders"}[action]
				if len(m.watched) != 1 || m.watched[0] != want {
					t.Errorf("watched %v, want %s", m.watched, want)
				}
				if action == "none" {
					return
				}
				away := tasks.Retriable(errors.New("away")) // it goes on with what it has
				v.err.Store(&away)
				asked := v.asked.Load()
				time.Sleep(75 * time.Second)
				synctest.Wait()
				if st := m.last("c"); st.State != control.Running || v.asked.Load() < asked+2 {
					t.Errorf("status %+v, asked %d times since", st, v.asked.Load()-asked)
				}
			})
		})
	}
}

func TestSourceThatCannotStartIsMasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVault(0, map[string]string{"pw": "s3cret-value"})
		m := newMemory()
		running(t, m, control.Config{Plugins: xPlugins(), Resolver: v.resolver(t)})
		m.changes <- control.Change{Connector: &control.Connector{Name: "c", Version: 1, Config: map[string]string{"name": "c", "connector.class": "x.Source", "pw": "${v:pw}"}}}
		synctest.Wait()
		if st := m.last("c"); st.State != control.Failed || strings.Contains(st.Trace, "s3cret") || !strings.Contains(st.Trace, "no source ${v:pw}") {
			t.Errorf("status %+v", st)
		}
	})
}

func TestTopicCreationKeysAreCheckedAtTheStart(t *testing.T) {
	for _, enabled := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			running(t, m, control.Config{Plugins: xPlugins(), TopicCreation: enabled})
			m.changes <- control.Change{Connector: &control.Connector{Name: "c", Version: 1, Config: map[string]string{"name": "c", "connector.class": "x.Source", "topic.creation.groups": "g"}}}
			synctest.Wait()
			st := m.last("c")
			missing := strings.HasPrefix(st.Trace, `org.apache.kafka.common.config.ConfigException: Missing required configuration "topic.creation.default.replication.factor" which has no default value.`+"\n")
			if missing != enabled || enabled && st.Version != "" {
				t.Errorf("enabled %v: status %+v", enabled, st)
			}
		})
	}
}

// Outside of a bubble: the expressions' clock outlives a match.
func TestTopicsRegexIsJavas(t *testing.T) {
	t.Parallel()
	m := newMemory()
	begin(t, m, control.Config{Plugins: xPlugins()})
	m.changes <- control.Change{Connector: sinkOf("c", "", "topics.regex", `(?!internal)[a-z&&[^x]]++-\d+`)}
	for _, topic := range []string{"internal-1", "ox-1", "orders-", "orders-1x", "orders-1"} {
		m.observed <- []plan.Observation{{Stream: tasks.Stream{Topic: topic}, End: 5}}
	}
	for deadline := time.Now().Add(10 * time.Second); len(m.leases()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("nothing was launched")
		}
		time.Sleep(time.Millisecond)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.launched) != 1 || m.launched[0].Slice.Stream.Topic != "orders-1" {
		t.Errorf("leases %v", m.launched)
	}
}
