package metrics

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/launch"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Metrics counts what it witnesses. Safe for concurrent use.
type Metrics struct {
	registry *prometheus.Registry
	own      own
	mu       sync.Mutex
	tasks    map[taskKey]*totals
	// connectorStarts and taskStarts are since this coordinator's start; led is how often it began to lead, since when the last time.
	connectorStarts, taskStarts starts
	led                         int64
	ledSince                    time.Time
}

var _ control.Witness = (*Metrics)(nil)

type taskKey struct {
	connector string
	task      int
}

// Worker is what a scrape asks the coordinator.
type Worker struct {
	// Snapshot returns what goes on; it is empty while another coordinator leads.
	Snapshot func() *control.Metrics
	// Launcher tells how the launcher fares; nil where none is known.
	Launcher func() launch.Health
	// Leads reports whether this coordinator leads, Leader its URL.
	Leader          func() (url string, isMe bool)
	Version, Commit string
	// Converters are the classes that connectors have by default, by key; PluginVersion is the version of a transform, predicate
	// or converter.
	Converters    map[string]string
	PluginVersion func(class string) string
}

// New returns metrics in which nothing is counted yet.
func New(w Worker) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), own: newOwn(), tasks: map[taskKey]*totals{}}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &scrape{w, m})
	m.registry.MustRegister(m.own.all()...)
	return m
}

// Handler answers a scrape.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Granted implements [control.Witness].
func (m *Metrics) Granted(l *tasks.Lease, waiting, begun time.Time) {
	m.own.commits.Observe(time.Since(begun).Seconds())
	m.own.grants.WithLabelValues(l.Connector).Inc()
	if l.Attempt > 1 {
		m.own.regrants.WithLabelValues(l.Connector).Inc()
	} else if !waiting.IsZero() {
		m.own.detection.Observe(time.Since(waiting).Seconds())
	}
}

// Launched implements [control.Witness].
func (m *Metrics) Launched(l *tasks.Lease, begun time.Time, err error) {
	if err != nil {
		m.own.launchFailures.WithLabelValues(l.Connector).Inc()
		return
	}
	m.own.launches.Observe(time.Since(begun).Seconds())
}

// Gone implements [control.Witness].
func (m *Metrics) Gone(l *tasks.Lease, _ error) { m.own.lost.WithLabelValues(l.Connector).Inc() }

// Finished implements [control.Witness].
func (m *Metrics) Finished(r *tasks.Result, counts bool) {
	took := time.Duration(r.DurationMs) * time.Millisecond
	m.own.executorSeconds.WithLabelValues(r.Connector).Add(took.Seconds())
	if !counts {
		m.own.void.WithLabelValues(r.Connector).Inc()
		return
	}
	m.own.leases.Observe(took.Seconds())
	m.own.bytes.WithLabelValues(r.Connector).Add(float64(r.Counts.Bytes))
	m.own.written.WithLabelValues(r.Connector).Add(float64(r.Counts.Written))
	m.own.expired.WithLabelValues(r.Connector).Add(float64(r.Counts.Expired))
	m.mu.Lock()
	defer m.mu.Unlock()
	k := taskKey{r.Connector, r.Task}
	if m.tasks[k] == nil {
		m.tasks[k] = &totals{since: time.Now()}
	}
	m.tasks[k].add(r, time.Now())
}

// Committed implements [control.Witness].
func (m *Metrics) Committed(cp *plan.Checkpoint, begun time.Time) {
	m.own.commits.Observe(time.Since(begun).Seconds())
}

// of returns a copy of what a task's results add up to.
func (m *Metrics) of(connector string, task int) totals {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tasks[taskKey{connector, task}]; t != nil {
		return *t
	}
	return totals{since: time.Now()}
}
