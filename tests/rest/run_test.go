package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// run is a scenario on its way: names of its own, and the workers it talks to.
type run struct {
	bases          map[string]string
	vars           map[string]string
	order          []string // of the placeholders, longest meaning first
	requestHeaders map[string]string
	cluster        *cluster
}

func newRun(t *testing.T, s scenario, c *cluster, number int) *run {
	t.Helper()
	id := fmt.Sprintf("r%07d", number)
	r := &run{bases: c.bases, requestHeaders: s.Headers, cluster: c, vars: map[string]string{"run": id, "tmp": filepath.Join(t.TempDir(), id),
		"topic": "tp-" + id, "bootstrap": c.bootstrap, "connect_version": connectVersion}}
	for name, base := range c.bases {
		if name == "main" {
			name = "base"
		}
		r.vars[name] = base
	}
	for k, v := range c.vars {
		r.vars[k] = v
	}
	r.order = []string{"tmp", "topic", "leader", "follower", "base", "admin", "second", "connect_version"}
	for k := range c.vars {
		r.order = append(r.order, k)
	}
	r.order = append(r.order, "bootstrap", "run")
	if err := os.MkdirAll(r.vars["tmp"], 0o755); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *run) fill(text string) string {
	for k, v := range r.vars {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	return text
}

func (r *run) fillJSON(text string) string { return r.fill(text) } // no value needs escaping

func (r *run) fillAll(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = r.fill(v)
	}
	return out
}

var hash, address = regexp.MustCompile(`@[0-9a-f]{6,8}\b`), regexp.MustCompile(`^\S+:\d+$`)

func (r *run) normText(s string) string {
	for _, k := range r.order {
		if v := r.vars[k]; v != "" {
			s = strings.ReplaceAll(s, v, "{"+k+"}")
		}
	}
	return hash.ReplaceAllString(s, "@HASH")
}

func (r *run) norm(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k := range v {
			out[r.normText(k)] = r.norm(v[k], k)
		}
		return out
	case []any:
		for i := range v {
			v[i] = r.norm(v[i], "")
		}
		return v
	case float64:
		if key == "last_modified" {
			return "{ts}"
		}
	case string:
		switch {
		case key == "worker_id" && address.MatchString(v):
			return "{worker}"
		case key == "kafka_cluster_id":
			return "{cluster}"
		}
		return r.normText(v)
	}
	return v
}

// do prepares files, topics and records.
func (r *run) do(t *testing.T, a actions) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range a.Dirs {
		must(os.MkdirAll(r.fill(d), 0o755))
	}
	for _, f := range a.Files {
		must(os.MkdirAll(filepath.Dir(r.fill(f.Path)), 0o755))
		must(os.WriteFile(r.fill(f.Path), []byte(r.fill(f.Content)), 0o644))
	}
	for _, f := range a.Append {
		h, err := os.OpenFile(r.fill(f.Path), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
		must(err)
		_, err = h.WriteString(r.fill(f.Content))
		must(err)
		must(h.Close())
	}
	for _, p := range a.Remove {
		must(os.RemoveAll(r.fill(p)))
	}
	if len(a.Topics)+len(a.Records) > 0 {
		must(r.kafka(t, a))
	}
	time.Sleep(seconds(a.Sleep))
}

func (r *run) kafka(t *testing.T, a actions) error {
	t.Helper()
	cl, err := kgo.NewClient(kgo.SeedBrokers(r.cluster.bootstrap), kgo.MetadataMinAge(20*time.Millisecond), kgo.RecordPartitioner(partitioner))
	if err != nil {
		return err
	}
	defer cl.Close()
	for _, tp := range a.Topics {
		config := map[string]*string{}
		for k, v := range tp.Config {
			config[k] = &v
		}
		res, err := kadm.NewClient(cl).CreateTopic(t.Context(), max(1, tp.Partitions), 1, config, r.fill(tp.Name))
		if err != nil && res.Err == nil {
			return err
		}
	}
	var records []*kgo.Record
	for _, rec := range a.Records {
		k := &kgo.Record{Topic: r.fill(rec.Topic), Partition: -1}
		if rec.Partition != nil {
			k.Partition = *rec.Partition
		}
		if rec.Key != nil {
			k.Key = []byte(r.fill(*rec.Key))
		}
		if rec.Value != nil {
			k.Value = []byte(r.fill(*rec.Value))
		}
		for name, v := range rec.Headers {
			k.Headers = append(k.Headers, kgo.RecordHeader{Key: name, Value: []byte(v)})
		}
		records = append(records, k)
	}
	return cl.ProduceSync(t.Context(), records...).FirstErr()
}

// partitioner takes the partition that a record names, and else the usual one.
var partitioner = kgo.BasicConsistentPartitioner(func(string) func(*kgo.Record, int) int {
	usual := kgo.StickyKeyPartitioner(nil).ForTopic("")
	return func(r *kgo.Record, n int) int {
		if r.Partition >= 0 {
			return int(r.Partition)
		}
		return usual.Partition(r, n)
	}
})

func (r *run) connectors() (map[string]bool, error) {
	a, err := send(r.bases["main"], request{Method: "GET", Path: "/connectors", Headers: r.fillAll(r.requestHeaders)})
	out := map[string]bool{}
	if list, ok := a.body.([]any); ok {
		for _, n := range list {
			out[n.(string)] = true
		}
	}
	return out, err
}

// clean deletes what the scenario created and waits until it is gone.
func (r *run) clean(before map[string]bool) error {
	var left []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		now, err := r.connectors()
		if err != nil {
			return err
		}
		left = nil
		for name := range now {
			if !before[name] {
				left = append(left, name)
			}
		}
		if left == nil {
			return nil
		}
		for _, name := range left {
			if _, err := send(r.bases["main"], request{Method: http.MethodDelete, Path: "/connectors/" + url.PathEscape(name), Headers: r.fillAll(r.requestHeaders)}); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("cannot delete %v", left)
}

var _ json.Unmarshaler = (*waits)(nil)
