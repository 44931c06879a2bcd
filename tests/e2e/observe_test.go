package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/mayfly-connect/mayfly/coordinator/broker"
)

// scrape reads metrics as Prometheus does, into the sums of all samples by name.
func scrape(t *testing.T, url string) map[string]float64 {
	t.Helper()
	resp, err := http.Get(url)
	must(t, err)
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %s", url, resp.Status)
	}
	families, err := new(expfmt.NewTextParser(model.UTF8Validation)).TextToMetricFamilies(resp.Body)
	must(t, err)
	out := map[string]float64{}
	for name, f := range families {
		for _, m := range f.GetMetric() {
			key := name
			for _, l := range m.GetLabel() {
				if l.GetName() == "status" {
					key += "/" + l.GetValue()
				}
			}
			out[key] += m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return out
}

func TestMetrics(t *testing.T) {
	s := embedded(t, "CONNECT_ADMIN_LISTENERS=http://127.0.0.1:0")
	s.topic("measured", 2)
	s.create("measured", fileSink("measured", s.file("out"), "errors.tolerance", "all", "value.converter", "org.apache.kafka.connect.json.JsonConverter",
		"value.converter.schemas.enable", "false"))
	s.send("measured", `{"a":1}`, "{", `{"a":2}`)
	s.filled(s.file("out"), "{a=1}", "{a=2}")
	want := map[string]float64{
		"kafka_connect_worker_connector_count":                      1,
		"kafka_connect_connect_worker_metrics_task_count":           1,
		"kafka_connect_worker_connector_running_task_count":         1,
		"kafka_connect_worker_connector_failed_task_count":          0,
		"kafka_connect_connector_status/running":                    1,
		"kafka_connect_connector_metrics/running":                   1,
		"kafka_connect_connector_task_running_ratio":                1,
		"kafka_connect_sink_task_sink_record_read_total":            3,
		"kafka_connect_sink_task_metrics_sink_record_send_total":    2,
		"kafka_connect_sink_task_partition_count":                   2,
		"kafka_connect_task_error_total_records_skipped":            1,
		"kafka_connect_task_error_metrics_total_record_errors":      1,
		"kafka_connect_task_error_deadletterqueue_produce_requests": 0,
		"mayfly_leader":  1,
		"mayfly_lag":     0,
		"mayfly_streams": 2,
	}
	eventually(t, "the metrics tell of all records", func() string {
		got := scrape(t, s.node.AdminURL()+"/metrics")
		var missing []string
		for name, v := range want {
			if g, ok := got[name]; !ok || g != v {
				missing = append(missing, fmt.Sprintf("%s is %v, want %v", name, g, v))
			}
		}
		for _, name := range []string{"mayfly_leases_granted_total", "mayfly_launch_seconds", "mayfly_detection_seconds", "mayfly_executor_seconds_total",
			"kafka_connect_sink_task_sink_record_read_rate", "kafka_connect_task_error_last_error_timestamp", "go_goroutines"} {
			if got[name] <= 0 {
				missing = append(missing, name)
			}
		}
		slices.Sort(missing)
		return strings.Join(missing, "; ")
	})
	for path, status := range map[string]int{s.node.URL() + "/metrics": 404, s.node.URL() + "/debug/pprof/heap": 404, s.node.AdminURL() + "/debug/pprof/heap": 200,
		s.node.URL() + "/health": 200, s.node.AdminURL() + "/health": 404} {
		resp, err := http.Get(path)
		must(t, err)
		must(t, resp.Body.Close())
		if resp.StatusCode != status {
			t.Errorf("%s answers %d, want %d", path, resp.StatusCode, status)
		}
	}
}

// receiver takes traces as an OpenTelemetry collector does.
type receiver struct {
	mu    sync.Mutex
	spans []*otlp.Span
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	var req collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(b, &req)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(r.URL.Path, err), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rs := range req.GetResourceSpans() {
		for _, ss := range rs.GetScopeSpans() {
			c.spans = append(c.spans, ss.GetSpans()...)
		}
	}
}

// tree returns the names of the spans of a finished lease, each with its parent's.
func (c *receiver) tree() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names, out := map[string]string{}, []string{}
	for _, s := range c.spans {
		names[string(s.GetSpanId())] = s.GetName()
	}
	for _, s := range c.spans {
		if string(s.GetTraceId()) == string(c.spans[0].GetTraceId()) {
			if s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
				return s.GetName() + " ends before it begins"
			}
			out = append(out, strings.TrimPrefix(names[string(s.GetParentSpanId())]+">"+s.GetName(), ">"))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// TestTraces is not parallel: the environment is the whole process's.
func TestTraces(t *testing.T) {
	r := &receiver{}
	server := httptest.NewServer(r)
	defer server.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	b, err := broker.Start(broker.Config{Log: logger(t)})
	must(t, err)
	defer func() { must(t, b.Close()) }()
	s := newSite(t, b.Addr())
	s.start(true)
	s.topic("traced", 1)
	s.create("traced", fileSink("traced", s.file("out")))
	s.send("traced", "a")
	s.filled(s.file("out"), "a")
	const want = "execute>convert execute>fetch execute>finish execute>put lease traced lease traced>commit lease traced>execute lease traced>grant lease traced>launch"
	eventually(t, "the trace of the lease", func() string {
		if got := r.tree(); got != want {
			return got
		}
		return ""
	})
	s.stop()
}
