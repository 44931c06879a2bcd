package metrics

import (
	"cmp"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mayfly-connect/mayfly/coordinator/control"
)

// info tells of what is text in Connect's metrics: as labels of one that is always 1.
func (t teller) info(group, help string) {
	t.tell(prometheus.GaugeValue, "kafka_connect_"+strings.ReplaceAll(group, "-", "_"), help, 1)
}

// classes tells of what a task is made: its converters, transforms and predicates, with their versions.
func (s *scrape) classes(t teller, c *control.ConnectorMetrics, state string) {
	labels := []string{"status", strings.ToLower(state), "connector_class", c.Class, "connector_type", string(c.Kind), "connector_version", c.Version,
		"task_class", c.Class, "task_version", c.Version}
	for _, key := range []string{"key", "value", "header"} {
		class := cmp.Or(c.Config[key+".converter"], s.worker.Converters[key+".converter"])
		labels = append(labels, key+"_converter_class", class, key+"_converter_version", s.version(class))
	}
	t.with(labels...).info(taskGroup, "What a task is made of.")
	for _, kind := range []string{"transform", "predicate"} {
		for alias := range strings.SplitSeq(c.Config[kind+"s"], ",") {
			if alias = strings.TrimSpace(alias); alias == "" {
				continue
			}
			class := strings.TrimSpace(c.Config[kind+"s."+alias+".type"])
			t.with(kind, alias, kind+"_class", class, kind+"_version", s.version(class)).info("connector-"+kind+"-metrics", "A "+kind+" of a task.")
		}
	}
}

func (s *scrape) version(class string) string {
	if s.worker.PluginVersion == nil {
		return ""
	}
	return s.worker.PluginVersion(class)
}
