//go:build real

package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/localstack/real"
)

// relay is a Connect cluster that is run by Java workers and by coordinators in turn, with the same worker properties.
type relay struct {
	*site
	props map[string]string
	file  string // the properties
}

func newRelay(t *testing.T, group string, more map[string]string) *relay {
	t.Helper()
	r := &relay{site: newSite(t, real.Kafka(t)), props: map[string]string{"group.id": group, "config.storage.topic": group + "-configs",
		"offset.storage.topic": group + "-offsets", "status.storage.topic": group + "-status", "config.storage.replication.factor": "1",
		"offset.storage.replication.factor": "1", "status.storage.replication.factor": "1", "offset.flush.interval.ms": "1000",
		"key.converter": stringConverter, "value.converter": stringConverter, "scheduled.rebalance.max.delay.ms": "0"}}
	maps.Copy(r.props, more)
	text := "bootstrap.servers=" + r.addr + "\n"
	for _, k := range slices.Sorted(maps.Keys(r.props)) {
		text += k + "=" + r.props[k] + "\n"
	}
	r.file = filepath.Join(r.dir, "worker.properties")
	must(t, os.WriteFile(r.file, []byte(text), 0o600))
	return r
}

// java begins a Java worker's turn, after whoever runs has stopped.
func (r *relay) java() {
	r.t.Helper()
	r.end()
	w := real.Connect(r.t, r.props)
	r.url, r.stop = w.URL, w.Stop
}

// mayfly begins a coordinator's turn.
func (r *relay) mayfly() {
	r.t.Helper()
	r.end()
	w, err := worker.Load(r.file, []string{"CONNECT_LISTENERS=http://127.0.0.1:0", "CONNECT_MAYFLY_LAUNCHER=inproc"}, false)
	must(r.t, err)
	r.run(w)
}

func (r *relay) end() {
	if r.stop != nil {
		r.stop()
	}
}

// reader is a source of the lines of the relay's file of that name, to the topic of that name.
func (r *relay) reader(name string) map[string]string {
	return map[string]string{"connector.class": "FileStreamSource", "file": r.site.file(name), "topic": name}
}

// numbered appends the lines from n up to before end to the file of a reader.
func (r *relay) numbered(name string, n, end int) {
	r.t.Helper()
	var b strings.Builder
	for ; n < end; n++ {
		fmt.Fprintf(&b, "%s-%05d\n", name, n)
	}
	appendTo(r.t, r.site.file(name), b.String())
}

func numbers(name string, end int) (out []string) {
	for n := range end {
		out = append(out, fmt.Sprintf("%s-%05d", name, n))
	}
	return out
}

// holdsExactly waits until the topic holds the values, each as often as it is wanted.
func (r *relay) holdsExactly(topic string, want []string) {
	r.t.Helper()
	want = slices.Sorted(slices.Values(want))
	var got []string
	eventually(r.t, fmt.Sprintf("%d records in %s", len(want), topic), func() string {
		got = r.all(topic)
		if len(got) < len(want) {
			return fmt.Sprintf("%d of %d", len(got), len(want))
		}
		return ""
	})
	if slices.Sort(got); !slices.Equal(got, want) {
		r.t.Fatalf("topic %s has %d records, %d of them distinct; want %d", topic, len(got), len(slices.Compact(got)), len(want))
	}
}

// all reads the committed values of a topic.
func (r *relay) all(topic string) (out []string) {
	r.t.Helper()
	if topics, err := r.adm.ListTopics(r.t.Context(), topic); err != nil || topics.Error() != nil {
		return nil // it is not there yet
	}
	ends, err := r.adm.ListCommittedOffsets(r.t.Context(), topic)
	must(r.t, err)
	must(r.t, ends.Error())
	left := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if o.Offset > 0 {
			left[o.Partition] = o.Offset
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(r.addr), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	must(r.t, err)
	defer cl.Close()
	for len(left) > 0 {
		fetches := cl.PollFetches(r.t.Context())
		must(r.t, fetches.Err())
		fetches.EachRecord(func(rec *kgo.Record) {
			if !rec.Attrs.IsControl() {
				out = append(out, string(rec.Value))
			}
			if rec.Offset+1 >= left[rec.Partition] {
				delete(left, rec.Partition)
			}
		})
	}
	return out
}

// picture is all that a worker says of the cluster, without who it is.
func (r *relay) picture() map[string]any {
	r.t.Helper()
	out := map[string]any{}
	var names []string
	must(r.t, json.Unmarshal([]byte(r.do(http.StatusOK, "GET", "/connectors", nil)), &names))
	for _, n := range names {
		for _, path := range []string{"", "/tasks", "/topics", "/offsets"} {
			var v any
			must(r.t, json.Unmarshal([]byte(r.do(http.StatusOK, "GET", "/connectors/"+n+path, nil)), &v))
			out[n+path] = v
		}
		st := r.status(n)
		out[n+"/status"] = map[string]any{"connector": st.Connector.State, "tasks": len(st.Tasks)}
		for _, t := range st.Tasks {
			out[fmt.Sprintf("%s/status/%d", n, t.ID)] = t.State
		}
	}
	return out
}

// sameAs waits until the picture is as it was.
func (r *relay) sameAs(before map[string]any) {
	r.t.Helper()
	eventually(r.t, "the same picture", func() string { return cmp.Diff(before, r.picture()) })
}

func (r *relay) put(path string, body any) {
	r.t.Helper()
	r.do(http.StatusAccepted, "PUT", path, body)
}

// alter sets a reader's stored position.
func (r *relay) alter(name string, position int) {
	r.t.Helper()
	r.do(http.StatusOK, "PATCH", "/connectors/"+name+"/offsets", map[string]any{"offsets": []any{map[string]any{
		"partition": map[string]any{"filename": r.site.file(name)}, "offset": map[string]any{"position": position}}}})
}

// A Java worker's cluster is taken over, changed and given back.
func TestTakeOverAndGiveBack(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "e2e-take", nil)
	const source, paused, stopped, gone, later = "take-source", "take-paused", "take-stopped", "take-gone", "take-later"
	out, other := r.site.file("out"), r.site.file("other")
	r.java()
	for _, n := range []string{source, paused, stopped, gone} {
		r.numbered(n, 0, 100)
		r.create(n, r.reader(n))
		r.holdsExactly(n, numbers(n, 100))
	}
	sink := map[string]string{"connector.class": "FileStreamSink", "topics": source, "file": out, "tasks.max": "2"}
	r.create("take-sink", sink)
	r.create("take-bad", map[string]string{"connector.class": "FileStreamSink", "topics": source, "file": r.site.file("bad"),
		"value.converter": "org.apache.kafka.connect.json.JsonConverter"})
	r.failed("take-bad")
	r.put("/connectors/"+paused+"/pause", nil)
	r.do(http.StatusNoContent, "PUT", "/connectors/"+stopped+"/stop", nil)
	r.state(paused, "PAUSED")
	r.state(stopped, "STOPPED")
	r.exactly(out, numbers(source, 100))
	r.drained("take-sink", source)
	r.settledAt(source, 100)
	before := r.picture()

	r.mayfly()
	r.sameAs(before)
	r.numbered(source, 100, 300)
	r.holdsExactly(source, numbers(source, 300))
	r.exactly(out, numbers(source, 300))
	r.drained("take-sink", source)
	sink["file"] = other
	r.do(http.StatusOK, "PUT", "/connectors/take-sink/config", sink)
	r.numbered(source, 300, 400)
	r.holdsExactly(source, numbers(source, 400))
	r.exactly(other, numbers(source, 400)[300:])
	r.drained("take-sink", source)
	r.numbered(paused, 100, 150)
	r.put("/connectors/"+paused+"/resume", nil)
	r.holdsExactly(paused, numbers(paused, 150))
	r.settledAt(paused, 150)
	r.put("/connectors/"+source+"/pause", nil)
	r.state(source, "PAUSED")
	r.alter(stopped, len(stopped+"-00000\n")*90)
	r.do(http.StatusNoContent, "DELETE", "/connectors/"+gone, nil)
	r.numbered(later, 0, 10)
	r.create(later, r.reader(later))
	r.holdsExactly(later, numbers(later, 10))
	r.settledAt(later, 10)
	r.failed("take-bad")
	before = r.picture()

	r.java()
	r.sameAs(before)
	r.numbered(source, 400, 500)
	r.put("/connectors/"+source+"/resume", nil)
	r.holdsExactly(source, numbers(source, 500))
	r.exactly(other, numbers(source, 500)[300:])
	r.numbered(later, 10, 20)
	r.holdsExactly(later, numbers(later, 20))
	r.put("/connectors/"+stopped+"/resume", nil)
	r.holdsExactly(stopped, slices.Concat(numbers(stopped, 100), numbers(stopped, 100)[90:]))
	r.holdsExactly(paused, numbers(paused, 150))
	r.exactly(out, numbers(source, 300))
}

// settledAt waits until the stored position of a reader lies behind n lines: a Java worker stores it a little later.
func (r *relay) settledAt(name string, n int) {
	r.t.Helper()
	want := fmt.Sprintf(`"position":%d}`, n*len(name+"-00000\n"))
	eventually(r.t, "the position of "+name, func() string {
		if answer := r.do(http.StatusOK, "GET", "/connectors/"+name+"/offsets", nil); !strings.Contains(answer, want) {
			return answer
		}
		return ""
	})
}

// A cluster that a coordinator has begun, with a Java worker between: with the fencing of exactly-once sources, whose records a
// Java worker reads before it starts a task. Neither end waits for what is under way.
func TestReverseTakeOver(t *testing.T) {
	t.Parallel()
	r := newRelay(t, "e2e-reverse", map[string]string{"exactly.once.source.support": "enabled", "consumer.isolation.level": "read_committed"})
	const source = "reverse-source"
	out := r.site.file("out")
	r.mayfly()
	r.numbered(source, 0, 2000)
	r.create(source, r.reader(source))
	r.create("reverse-sink", map[string]string{"connector.class": "FileStreamSink", "topics": source, "file": out})
	r.create("reverse-stopped", r.reader("reverse-stopped"))
	r.do(http.StatusNoContent, "PUT", "/connectors/reverse-stopped/stop", nil)
	r.state("reverse-stopped", "STOPPED")

	r.java()
	r.state(source, "RUNNING")
	r.state("reverse-sink", "RUNNING")
	r.state("reverse-stopped", "STOPPED")
	r.holdsExactly(source, numbers(source, 2000))
	r.exactly(out, numbers(source, 2000))
	r.numbered(source, 2000, 4000)
	r.holdsExactly(source, numbers(source, 4000))

	r.mayfly()
	r.holdsExactly(source, numbers(source, 4000))
	r.exactly(out, numbers(source, 4000))
	r.numbered(source, 4000, 4100)
	r.holdsExactly(source, numbers(source, 4100))
	r.exactly(out, numbers(source, 4100))
	r.drained("reverse-sink", source)
	r.state("reverse-stopped", "STOPPED")
}
