package metrics_test

import (
	"bufio"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/metrics"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/tasks"
)

// scraped are the families of a scrape, by name.
type scraped map[string]*dto.MetricFamily

func scrape(t *testing.T, m *metrics.Metrics) scraped {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("GET /metrics: %d %s", w.Code, w.Body)
	}
	families, err := new(expfmt.NewTextParser(model.UTF8Validation)).TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// labels are those of a metric.
func labels(m *dto.Metric) map[string]string {
	out := map[string]string{}
	for _, l := range m.GetLabel() {
		out[l.GetName()] = l.GetValue()
	}
	return out
}

// value is that of the metric of a family which has the labels, given as pairs.
func (s scraped) value(t *testing.T, name string, with ...string) float64 {
	t.Helper()
	for _, m := range s[name].GetMetric() {
		has := labels(m)
		for i := 0; i < len(with); i += 2 {
			if has[with[i]] != with[i+1] {
				has = nil
			}
		}
		if has != nil {
			return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	t.Errorf("there is no %s with %q", name, with)
	return -1
}

// snapshot has a sink and a source, each with a task.
func snapshot() *control.Metrics {
	chain := map[string]string{"errors.log.enable": "true", "transforms": "a", "transforms.a.type": "Cast$Key", "predicates": "p", "predicates.p.type": "Tomb", "value.converter": "Own"}
	one := []control.TaskMetrics{{State: control.Running, Load: plan.Load{Streams: 3, InFlight: 1, Lag: 9, Running: 4}}}
	return &control.Metrics{Connectors: []control.ConnectorMetrics{
		{Name: "sink", State: control.Running, Class: "x.Sink", Version: "1", Kind: tasks.SinkKind, Config: chain, Tasks: one},
		{Name: "source", State: control.Paused, Class: "x.Source", Version: "2", Kind: tasks.SourceKind, Config: map[string]string{}, Tasks: one}}}
}

func newMetrics() *metrics.Metrics {
	return metrics.New(metrics.Worker{Snapshot: snapshot, Leader: func() (string, bool) { return "http://me:8083", true }, Version: "4.3.1", Commit: "abc",
		Converters:    map[string]string{"key.converter": "Key", "value.converter": "Value", "header.converter": "Header"},
		PluginVersion: func(class string) string { return "v" + class }})
}

// TestConnectNames has the list that Kafka Connect 4.3.1 prints of its own metrics: each is told, as a gauge, under both names and
// with the labels of its group, or as a label where it is text. Nothing is told that looks like Connect's and is not.
func TestConnectNames(t *testing.T) {
	t.Parallel()
	absent := map[string]string{
		"sink-record-lag-max": "Connect documents it and never fills it",
		"epoch":               "there is no group, so that no generation of one",
	}
	got := scrape(t, newMetrics())
	known := map[string]bool{}
	f, err := os.Open("testdata/connect-4.3.1.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		group, attribute, _ := strings.Cut(lines.Text(), " ")
		tags := strings.Split(group, ",")
		if absent[attribute] != "" {
			continue
		}
		snake := func(s string) string { return strings.ReplaceAll(s, "-", "_") }
		long := "kafka_connect_" + snake(tags[0])
		short := "kafka_connect_" + snake(strings.TrimPrefix(strings.TrimSuffix(tags[0], "-metrics"), "connect-"))
		slices.Sort(tags[1:])
		if text := got[long]; text != nil && labels(text.GetMetric()[0])[snake(attribute)] != "" {
			for _, tag := range tags[1:] {
				if _, ok := labels(text.GetMetric()[0])[tag]; !ok {
					t.Errorf("%s has no label %s", long, tag)
				}
			}
			continue
		}
		for _, name := range []string{long + "_" + snake(attribute), short + "_" + snake(attribute)} {
			known[name] = true
			family := got[name]
			if family == nil {
				t.Errorf("there is no %s", name)
				continue
			}
			var has []string
			for _, l := range family.GetMetric()[0].GetLabel() {
				has = append(has, l.GetName())
			}
			if family.GetType() != dto.MetricType_GAUGE || !slices.Equal(has, tags[1:]) {
				t.Errorf("%s is a %s with the labels %q, want a gauge with %q", name, family.GetType(), has, tags[1:])
			}
		}
	}
	for name := range got { // those of text end with their group's name
		text := strings.HasSuffix(name, "_metrics") || name == "kafka_connect_app_info" || name == "kafka_connect_connector_status"
		if strings.HasPrefix(name, "kafka_connect_") && !known[name] && !text {
			t.Errorf("%s is none of Connect's", name)
		}
	}
	if len(known) < 100 {
		t.Errorf("the list has %d names", len(known))
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	got := scrape(t, m)
	for name, want := range map[string]map[string]string{
		"kafka_connect_app_info": {"version": "4.3.1", "commit_id": "abc"},
		"kafka_connect_connector_task_metrics": {"connector": "sink", "task": "0", "status": "running", "task_class": "x.Sink", "key_converter_class": "Key", "value_converter_class": "Own",
			"value_converter_version": "vOwn", "header_converter_version": "vHeader"},
		"kafka_connect_connector_transform_metrics":       {"connector": "sink", "task": "0", "transform": "a", "transform_class": "Cast$Key", "transform_version": "vCast$Key"},
		"kafka_connect_connector_predicate_metrics":       {"predicate": "p", "predicate_class": "Tomb"},
		"kafka_connect_connect_worker_rebalance_metrics":  {"leader_name": "http://me:8083"},
		"kafka_connect_connector_metrics":                 {"connector": "source", "status": "paused", "connector_type": "source", "connector_version": "2"},
		"kafka_connect_worker_connector_total_task_count": {"connector": "sink"},
	} {
		var with []string
		for k, v := range want {
			with = append(with, k, v)
		}
		if v := got.value(t, name, with...); v != 1 {
			t.Errorf("%s is %v", name, v)
		}
	}
}

func result(l *tasks.Lease, counts tasks.Counts, steps ...tasks.Step) *tasks.Result {
	r := tasks.NewResult(l)
	r.Counts, r.Steps, r.DurationMs = counts, steps, 500
	return &r
}

// TestTotals has the results of two leases of each connector, one of which fails.
func TestTotals(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	sink, source := &tasks.Lease{Connector: "sink"}, &tasks.Lease{Connector: "source"}
	m.Finished(result(sink, tasks.Counts{Records: 10, Delivered: 6, Filtered: 1, DeadLetters: 2, Tolerated: 0, Tail: 1, Retries: 3, Bytes: 100, Written: 50},
		tasks.Step{Name: "put", Busy: 4000, Parts: 2, Longest: 3000}, tasks.Step{Name: "finish", Busy: 8000, Parts: 1, Longest: 8000}), true)
	failed := result(sink, tasks.Counts{Records: 4, Delivered: 4})
	failed.Fail(tasks.BadRecord(errors.New("bad")), "", 3)
	m.Finished(failed, true)
	m.Finished(result(sink, tasks.Counts{Records: 1000}), false) // its grant was void
	m.Finished(result(source, tasks.Counts{Records: 8, Delivered: 8}, tasks.Step{Name: "poll", Busy: 2000, Parts: 4, Longest: 1000}, tasks.Step{Name: "commit", Busy: 6000, Parts: 2, Longest: 4000}), true)
	m.Finished(result(source, tasks.Counts{Records: 2, Delivered: 2}, tasks.Step{Name: "commit", Busy: 1000, Parts: 1, Longest: 1000}), true)
	got := scrape(t, m)
	for name, want := range map[string]float64{
		"sink_task_sink_record_read_total":                    13, // without the tail
		"sink_task_sink_record_send_total":                    10,
		"sink_task_sink_record_active_count":                  4,
		"sink_task_sink_record_active_count_avg":              7,
		"sink_task_sink_record_active_count_max":              10,
		"sink_task_put_batch_avg_time_ms":                     2,
		"sink_task_put_batch_max_time_ms":                     3,
		"sink_task_offset_commit_completion_total":            2,
		"sink_task_partition_count":                           3,
		"connector_task_batch_size_max/sink":                  5,
		"connector_task_offset_commit_avg_time_ms/sink":       8,
		"connector_task_offset_commit_max_time_ms/source":     4,
		"connector_task_offset_commit_success_percentage":     0.5,
		"connector_task_running_ratio/sink":                   1,
		"task_error_total_record_errors":                      3,
		"task_error_total_record_failures":                    6,
		"task_error_total_records_skipped":                    2,
		"task_error_total_retries":                            3,
		"task_error_total_errors_logged/sink":                 3,
		"task_error_total_errors_logged/source":               0, // errors.log.enable is off
		"task_error_deadletterqueue_produce_requests":         2,
		"source_task_source_record_poll_total":                10,
		"source_task_transaction_size_avg":                    10. / 3,
		"source_task_transaction_size_min":                    2,
		"source_task_transaction_size_max":                    4,
		"source_task_poll_batch_max_time_ms":                  1,
		"connector_task_offset_commit_failure_percentage":     0.5,
		"task_error_metrics_deadletterqueue_produce_failures": 0,
	} {
		base, connector, ok := strings.Cut(name, "/")
		if !ok {
			connector = map[bool]string{true: "source", false: "sink"}[strings.HasPrefix(base, "source_")]
		}
		if v := got.value(t, "kafka_connect_"+base, "connector", connector); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	if at := got.value(t, "kafka_connect_task_error_last_error_timestamp", "connector", "sink"); at < float64(time.Now().Add(-time.Minute).UnixMilli()) {
		t.Errorf("the last error was at %v", at)
	}
	for name, want := range map[string]float64{"mayfly_results_void_total": 1, "mayfly_read_bytes_total": 100, "mayfly_written_bytes_total": 50, "mayfly_executor_seconds_total": 1.5} {
		if v := got.value(t, name, "connector", "sink"); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}

// TestStarts has a connector that starts, pauses, goes on and fails, a task that cannot start, and a new leader.
func TestStarts(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	become := func(task int, states ...string) {
		was := control.Status{Connector: "c", Task: task}
		for _, s := range states {
			is := was
			is.State = s
			m.Became(&was, &is)
			was = is
		}
	}
	become(-1, control.Unassigned, control.Running, control.Paused, control.Running, control.Failed, control.Running, control.Stopped)
	become(0, control.Running, control.Failed)
	become(1, control.Failed)
	m.Leads()
	got := scrape(t, m)
	for name, want := range map[string]float64{
		"connector_startup_attempts_total": 2, "connector_startup_success_total": 2, "connector_startup_failure_total": 0, "connector_startup_success_percentage": 1,
		"connector_startup_failure_percentage": 0, "task_startup_attempts_total": 2, "task_startup_success_total": 1, "task_startup_failure_total": 1,
		"task_startup_success_percentage": 0.5, "task_startup_failure_percentage": 0.5, "connector_count": 2, "task_count": 2,
	} {
		if v := got.value(t, "kafka_connect_worker_"+name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
	if v := got.value(t, "kafka_connect_worker_rebalance_completed_rebalances_total"); v != 1 {
		t.Errorf("%v rebalances", v)
	}
}

// TestOwn has Mayfly's own metrics of one lease.
func TestOwn(t *testing.T) {
	t.Parallel()
	m := newMetrics()
	l := &tasks.Lease{Connector: "sink", Attempt: 1}
	again := &tasks.Lease{Connector: "sink", Attempt: 2}
	now := time.Now()
	m.Granted(l, now.Add(-time.Second), now)
	m.Granted(again, time.Time{}, now)
	m.Launched(l, now, nil)
	m.Launched(again, now, errors.New("no room"))
	m.Gone(l, errors.New("killed"))
	m.Committed(&plan.Checkpoint{}, now)
	got := scrape(t, m)
	for name, want := range map[string]float64{"mayfly_leases_granted_total": 2, "mayfly_leases_regranted_total": 1, "mayfly_launch_failures_total": 1, "mayfly_executors_lost_total": 1,
		"mayfly_detection_seconds": 1, "mayfly_launch_seconds": 1, "mayfly_commit_seconds": 3, "mayfly_leader": 1, "mayfly_lag": 9, "mayfly_leases_in_flight": 1, "mayfly_streams": 3} {
		if v := got.value(t, name); v != want {
			t.Errorf("%s is %v, want %v", name, v, want)
		}
	}
}
