package metrics

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Connect's groups of metrics.
const (
	workerGroup    = "connect-worker-metrics"
	rebalanceGroup = "connect-worker-rebalance-metrics"
	connectorGroup = "connector-metrics"
	taskGroup      = "connector-task-metrics"
	sinkGroup      = "sink-task-metrics"
	sourceGroup    = "source-task-metrics"
	errorGroup     = "task-error-metrics"
)

// coordinator tells of the worker as a whole. All that runs is told by the leader, so that a sum over workers is right.
func (s *scrape) coordinator(t teller, m *control.Metrics) {
	url, leads := s.worker.Leader()
	t.with("version", s.worker.Version, "commit_id", s.worker.Commit).tell(prometheus.GaugeValue, "kafka_connect_app_info", "Which version runs.", 1)
	t.tell(prometheus.GaugeValue, "mayfly_leader", "Whether this coordinator leads.", truth(leads))
	t.tell(prometheus.GaugeValue, "mayfly_cost_today", "What the executors of the day (UTC) have cost, at mayfly.cost.executor.second.", m.Cost)
	t.tell(prometheus.GaugeValue, "mayfly_withheld", "Whether no lease is granted because of mayfly.cost.day.max.", truth(m.Withheld != ""))
	count := 0
	for i := range m.Connectors {
		count += len(m.Connectors[i].Tasks)
	}
	t.connect(workerGroup, "connector-count", float64(len(m.Connectors)))
	t.connect(workerGroup, "task-count", float64(count))
	s.rebalances(t, url)
	s.metrics.mu.Lock()
	connectors, tasks := s.metrics.connectorStarts, s.metrics.taskStarts
	s.metrics.mu.Unlock()
	t.starts("connector", connectors)
	t.starts("task", tasks)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (s *scrape) connector(t teller, c *control.ConnectorMetrics) {
	states := map[string]int{}
	for _, task := range c.Tasks {
		states[task.State]++
	}
	t.connect(workerGroup, "connector-total-task-count", float64(len(c.Tasks)))
	for _, state := range []string{control.Running, control.Paused, control.Failed, control.Unassigned, "DESTROYED", "RESTARTING"} {
		t.connect(workerGroup, "connector-"+strings.ToLower(state)+"-task-count", float64(states[state]))
	}
	t.with("connector_class", c.Class, "connector_type", string(c.Kind), "connector_version", c.Version, "status", strings.ToLower(c.State)).
		info(connectorGroup, "What a connector is.")
}

func (s *scrape) task(t teller, c *control.ConnectorMetrics, task int) {
	load, sum, now := &c.Tasks[task], s.metrics.of(c.Name, task), time.Now()
	t.tell(prometheus.GaugeValue, "mayfly_leases_in_flight", "Leases that executors work on.", float64(load.InFlight))
	t.tell(prometheus.GaugeValue, "mayfly_streams", "Streams: topic partitions, or splits of a source.", float64(load.Streams))
	t.tell(prometheus.GaugeValue, "mayfly_lag", "Offsets, for a source bytes, that wait to be delivered.", float64(load.Lag))
	t.with("status", strings.ToLower(load.State)).tell(prometheus.GaugeValue, "kafka_connect_connector_status", "The state of a task.", 1)
	s.classes(t, c, load.State)

	t.connect(taskGroup, "running-ratio", truth(load.State == control.Running))
	t.connect(taskGroup, "pause-ratio", truth(load.State == control.Paused))
	t.connect(taskGroup, "batch-size-max", sum.batch)
	committing := &sum.finish
	if c.Kind == tasks.SinkKind {
		s.sink(t, load, &sum, now)
		t.connect(taskGroup, "batch-size-avg", share(float64(sum.counts.Records), float64(sum.put.parts)))
	} else {
		committing = &sum.commit
		s.source(t, load, &sum, now)
		t.connect(taskGroup, "batch-size-avg", share(float64(sum.counts.Records), float64(sum.poll.parts)))
	}
	failed := sum.retriable + sum.bad
	t.connect(taskGroup, "offset-commit-avg-time-ms", committing.mean())
	t.connect(taskGroup, "offset-commit-max-time-ms", float64(committing.longest.Milliseconds()))
	t.connect(taskGroup, "offset-commit-success-percentage", share(float64(sum.results-failed), float64(sum.results)))
	t.connect(taskGroup, "offset-commit-failure-percentage", share(float64(failed), float64(sum.results)))

	skipped := sum.counts.DeadLetters + sum.counts.Tolerated
	t.connect(errorGroup, "total-record-failures", float64(sum.errors()+sum.counts.Retries))
	t.connect(errorGroup, "total-record-errors", float64(sum.errors()))
	t.connect(errorGroup, "total-records-skipped", float64(skipped))
	t.connect(errorGroup, "total-retries", float64(sum.counts.Retries))
	t.connect(errorGroup, "deadletterqueue-produce-requests", float64(sum.counts.DeadLetters))
	t.connect(errorGroup, "deadletterqueue-produce-failures", 0) // a lease whose dead letters cannot be written does not count, and is run again
	logged := 0.0
	if c.Config["errors.log.enable"] == "true" {
		logged = float64(sum.errors())
	}
	t.connect(errorGroup, "total-errors-logged", logged)
	last := 0.0
	if !sum.lastError.IsZero() {
		last = float64(sum.lastError.UnixMilli())
	}
	t.connect(errorGroup, "last-error-timestamp", last)
}

func (s *scrape) sink(t teller, load *control.TaskMetrics, sum *totals, now time.Time) {
	read, sent := sum.rate.over(now)
	t.connect(sinkGroup, "sink-record-read-rate", read)
	t.connect(sinkGroup, "sink-record-read-total", float64(sum.counts.Records))
	t.connect(sinkGroup, "sink-record-send-rate", sent)
	t.connect(sinkGroup, "sink-record-send-total", float64(sum.counts.Delivered))
	t.connect(sinkGroup, "sink-record-active-count", float64(load.Running))
	t.connect(sinkGroup, "sink-record-active-count-avg", sum.lease.mean())
	t.connect(sinkGroup, "sink-record-active-count-max", sum.lease.most)
	t.connect(sinkGroup, "partition-count", float64(load.Streams))
	t.connect(sinkGroup, "offset-commit-seq-no", float64(sum.results))
	t.connect(sinkGroup, "offset-commit-completion-rate", share(float64(sum.results), now.Sub(sum.since).Seconds()))
	t.connect(sinkGroup, "offset-commit-completion-total", float64(sum.results))
	t.connect(sinkGroup, "offset-commit-skip-rate", 0)
	t.connect(sinkGroup, "offset-commit-skip-total", 0)
	t.connect(sinkGroup, "put-batch-avg-time-ms", sum.put.mean())
	t.connect(sinkGroup, "put-batch-max-time-ms", float64(sum.put.longest.Milliseconds()))
}

func (s *scrape) source(t teller, load *control.TaskMetrics, sum *totals, now time.Time) {
	polled, written := sum.rate.over(now)
	t.connect(sourceGroup, "source-record-poll-rate", polled)
	t.connect(sourceGroup, "source-record-poll-total", float64(sum.counts.Records))
	t.connect(sourceGroup, "source-record-write-rate", written)
	t.connect(sourceGroup, "source-record-write-total", float64(sum.counts.Delivered))
	t.connect(sourceGroup, "source-record-active-count", float64(load.Running))
	t.connect(sourceGroup, "source-record-active-count-avg", sum.lease.mean())
	t.connect(sourceGroup, "source-record-active-count-max", sum.lease.most)
	t.connect(sourceGroup, "transaction-size-avg", sum.transaction.mean())
	t.connect(sourceGroup, "transaction-size-max", sum.transaction.most)
	t.connect(sourceGroup, "transaction-size-min", sum.transaction.least)
	t.connect(sourceGroup, "poll-batch-avg-time-ms", sum.poll.mean())
	t.connect(sourceGroup, "poll-batch-max-time-ms", float64(sum.poll.longest.Milliseconds()))
}
