package metrics

import (
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// scrape tells, when it is asked, what the coordinator's snapshot and the tasks' totals say.
type scrape struct {
	worker  Worker
	metrics *Metrics
}

var _ prometheus.Collector = (*scrape)(nil)

// Describe implements [prometheus.Collector]: which metrics there are depends on the connectors, so that none is promised.
func (s *scrape) Describe(chan<- *prometheus.Desc) {}

// Collect implements [prometheus.Collector].
func (s *scrape) Collect(out chan<- prometheus.Metric) {
	t := teller{out: out}
	snapshot := s.worker.Snapshot()
	s.coordinator(t, snapshot)
	s.launcher(t)
	for i := range snapshot.Connectors {
		c := &snapshot.Connectors[i]
		s.connector(t.with("connector", c.Name), c)
		for task := range c.Tasks {
			s.task(t.with("connector", c.Name, "task", strconv.Itoa(task)), c, task)
		}
	}
}

// launcher tells how the launcher fares.
func (s *scrape) launcher(t teller) {
	if s.worker.Launcher == nil {
		return
	}
	h := s.worker.Launcher()
	if h.Launcher == "" {
		return
	}
	t = t.with("launcher", h.Launcher)
	t.tell(prometheus.CounterValue, "mayfly_launcher_failures_total", "Launches that the launcher failed at.", float64(h.Failures))
	t.tell(prometheus.CounterValue, "mayfly_launcher_fallbacks_total", "Launches that the fallback was asked for in the launcher's place.", float64(h.Fallbacks))
	t.tell(prometheus.GaugeValue, "mayfly_launcher_paused_families", "Plugin families for which the launcher is not asked for a while, because it failed.", float64(h.Paused))
}

// teller sends metrics.
type teller struct {
	out    chan<- prometheus.Metric
	names  []string // of labels
	values []string
}

// with returns a teller whose metrics have these labels.
func (t teller) with(namesAndValues ...string) teller {
	for i := 0; i < len(namesAndValues); i += 2 {
		t.names, t.values = append(t.names[:len(t.names):len(t.names)], namesAndValues[i]), append(t.values[:len(t.values):len(t.values)], namesAndValues[i+1])
	}
	return t
}

func (t teller) tell(kind prometheus.ValueType, name, help string, v float64) {
	t.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, t.names, nil), kind, v, t.values...)
}

// connect tells a metric of one of Connect's groups under both of its names. The JMX exporter tells all as gauges, so that
// dashboards expect no other type.
func (t teller) connect(group, attribute string, v float64) {
	short := strings.TrimPrefix(strings.TrimSuffix(group, "-metrics"), "connect-")
	for _, prefix := range []string{short, group} {
		name := "kafka_connect_" + strings.ReplaceAll(prefix+"-"+attribute, "-", "_")
		t.tell(prometheus.GaugeValue, name, "Kafka Connect's "+attribute+" of "+group+".", v)
	}
}
