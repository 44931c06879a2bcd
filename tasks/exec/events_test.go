package exec_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// lines is the reader of an event that brings a few texts; its position is how many were read.
type lines struct {
	values []string
	at     int
	each   func(at int) error // before each
}

func (l *lines) Read(_ context.Context, _ *tasks.Arena, limit int) (out []tasks.Record, err error) {
	for len(out) < limit && l.at < len(l.values) {
		if l.each != nil {
			if err := l.each(l.at); err != nil {
				if len(out) > 0 {
					return out, nil
				}
				return nil, err
			}
		}
		l.at++
		out = append(out, tasks.Record{Topic: "out", Partition: tasks.NoPartition, Timestamp: tasks.NoTimestamp, ValueSchema: tasks.StringSchema,
			Value: tasks.NewString(l.values[l.at-1]), Position: tasks.Position(fmt.Sprintf(`{"n":%d}`, l.at))})
	}
	if l.at == len(l.values) {
		return out, io.EOF
	}
	return out, nil
}

func (l *lines) Committed(context.Context, tasks.Position) error { return nil }
func (l *lines) Close() error                                    { return nil }

// event is an event of an identity that brings texts.
func event(id string, values ...string) exec.Event { return eventWith(id, nil, values...) }

func eventWith(id string, each func(at int) error, values ...string) exec.Event {
	e := exec.Event{Born: time.Now(), Open: func(_ context.Context, since tasks.Position) (tasks.Reader, error) {
		l := &lines{values: values, each: each}
		if since != "" {
			if _, err := fmt.Sscanf(string(since), `{"n":%d}`, &l.at); err != nil {
				return nil, err
			}
		}
		return l, nil
	}}
	if id != "" {
		e.Split = `{"id":"` + id + `"}`
	}
	return e
}

// eventWorld is a world with the topics of events.
func eventWorld(t *testing.T) (*world, tasks.Lease) {
	w := newWorld(t)
	w.create("marks", 3)
	w.create("out", 2)
	l := w.lease(0, 0)
	l.Kind, l.OffsetTopic, l.ResultTopic = tasks.SourceKind, "marks", ""
	return w, l
}

// told is what became of events, in short.
func told(out []exec.Outcome) (s []string) {
	for _, o := range out {
		switch {
		case o.Duplicate:
			s = append(s, "duplicate")
		case o.Done:
			s = append(s, "done")
		case o.Failure != nil:
			s = append(s, o.Failure.Kind)
		default:
			s = append(s, "late at "+string(o.Position))
		}
	}
	return s
}

func (w *world) sorted(topic string) []string {
	w.t.Helper()
	v := w.values(topic)
	slices.Sort(v)
	return v
}

func TestEventsAreWrittenOnce(t *testing.T) {
	w, l := eventWorld(t)
	w.same("first", []string{"done", "done", "done"}, told(w.runner.Events(t.Context(), l, []exec.Event{event("a", "a1", "a2"), event("b", "b1"), event("a", "a1", "a2")})))
	w.same("records", []string{"a1", "a2", "b1"}, w.sorted("out"))
	w.same("again, with another", []string{"duplicate", "done"}, told(w.runner.Events(t.Context(), l, []exec.Event{event("b", "b1"), event("c", "c1")})))
	w.same("by another executor", []string{"duplicate", "duplicate"}, told(w.newRunner().Events(t.Context(), l, []exec.Event{event("c", "c1"), event("a", "a1")})))
	w.same("records", []string{"a1", "a2", "b1", "c1"}, w.sorted("out"))
	w.same("without identity", []string{"done"}, told(w.runner.Events(t.Context(), l, []exec.Event{event("", "x")})))
	w.same("without identity", []string{"done"}, told(w.runner.Events(t.Context(), l, []exec.Event{event("", "x")})))
	w.same("records", []string{"a1", "a2", "b1", "c1", "x", "x"}, w.sorted("out"))
	w.same("nothing to write", []string{"done"}, told(w.runner.Events(t.Context(), l, []exec.Event{event("empty")})))
	w.same("nothing to write, again", []string{"duplicate"}, told(w.runner.Events(t.Context(), l, []exec.Event{event("empty")})))
}

// Many executors get the same events at once, in other orders and batches, and retry as a platform does.
func TestEventsOfManyExecutors(t *testing.T) {
	w, l := eventWorld(t)
	const executors, events = 6, 24
	var want []string
	born := map[string]exec.Event{} // once: an event is as old at its second delivery as it was at its first
	for i := range events {
		v := fmt.Sprintf("v%02d", i)
		want = append(want, v)
		born[v] = event(v, v)
	}
	var wg sync.WaitGroup
	for n := range executors {
		r := w.newRunner()
		wg.Go(func() {
			left := slices.Clone(want)
			slices.SortStableFunc(left, func(a, b string) int { return (int(a[2])*(n+1))%7 - (int(b[2])*(n+1))%7 })
			for tries := 0; len(left) > 0 && tries < 60; tries++ {
				batch := left[:min(len(left), 3+n)]
				var in []exec.Event
				for _, v := range batch {
					in = append(in, born[v])
				}
				var again []string
				for i, o := range r.Events(t.Context(), l, in) {
					if !o.Done {
						again = append(again, batch[i])
					}
				}
				left = append(again, left[len(batch):]...)
			}
			if len(left) > 0 {
				t.Errorf("executor %d could not do %v", n, left)
			}
		})
	}
	wg.Wait()
	w.same("records", want, w.sorted("out"))
}

// An executor stops in the middle of its transaction, another one gets the event, and then the first goes on.
func TestZombieOfAnEvent(t *testing.T) {
	w, l := eventWorld(t)
	asleep, wake := make(chan bool), make(chan bool)
	zombie := make(chan []string)
	go func() {
		zombie <- told(w.newRunner().Events(t.Context(), l, []exec.Event{eventWith("a", func(at int) error {
			if at == 1 {
				select {
				case asleep <- true:
					<-wake
				default: // it was awake already, and reads again
				}
			}
			return nil
		}, "a1", "a2"), event("b", "b1")}))
	}()
	<-asleep
	w.same("the other", []string{"done"}, told(w.runner.Events(t.Context(), l, []exec.Event{event("a", "a1", "a2")})))
	wake <- true
	w.same("the zombie", []string{"duplicate", "done"}, <-zombie)
	w.same("records", []string{"a1", "a2", "b1"}, w.sorted("out"))
}

// A large event takes several transactions; whoever goes on with it begins where the last one ended, and stops its zombie.
func TestEventInParts(t *testing.T) {
	w, l := eventWorld(t)
	var want []string
	for i := range 40000 {
		want = append(want, fmt.Sprintf("%05d", i))
	}
	broken := func(at int) error {
		if at == 20000 {
			return tasks.Retriable(fmt.Errorf("the connection broke"))
		}
		return nil
	}
	out := w.runner.Events(t.Context(), l, []exec.Event{eventWith("big", broken, want...)})
	if out[0].Done || out[0].Position != `{"n":20000}` || out[0].Failure == nil || !strings.Contains(out[0].Failure.Message, "the connection broke") {
		t.Fatalf("%+v", out[0])
	}
	asleep, wake := make(chan bool), make(chan bool)
	zombie := make(chan []string)
	go func() {
		zombie <- told(w.newRunner().Events(t.Context(), l, []exec.Event{eventWith("big", func(at int) error {
			if at < 20000 {
				t.Errorf("record %d is read again", at)
			}
			if at == 39000 {
				select {
				case asleep <- true:
					<-wake
				default:
				}
			}
			return nil
		}, want...)}))
	}()
	<-asleep // it has committed a part, and is at the next
	w.same("the last", []string{"done"}, told(w.runner.Events(t.Context(), l, []exec.Event{eventWith("big", func(at int) error {
		if at < 36000 {
			return fmt.Errorf("record %d is read again", at)
		}
		return nil
	}, want...)})))
	wake <- true
	w.same("the zombie", []string{"duplicate"}, <-zombie)
	w.same("records", want, w.sorted("out"))
}

func TestEventThatIsLate(t *testing.T) {
	w, l := eventWorld(t)
	l.TTL = 1500
	slow := eventWith("slow", func(at int) error {
		if at == 20000 {
			time.Sleep(1300 * time.Millisecond)
		}
		return nil
	}, strings.Split(strings.Repeat("x,", 30000), ",")[:30000]...)
	if s := told(w.runner.Events(t.Context(), l, []exec.Event{slow})); len(s) != 1 || !strings.HasPrefix(s[0], `late at {"n":1`) {
		t.Fatalf("%s", s)
	}
	l.TTL = 60000
	w.same("later", []string{"done"}, told(w.newRunner().Events(t.Context(), l, []exec.Event{slow})))
	if n := len(w.values("out")); n != 30000 {
		t.Errorf("%d records", n)
	}
}

func TestEventsThatFail(t *testing.T) {
	w, l := eventWorld(t)
	l.Config["value.converter"] = "org.apache.kafka.connect.json.JsonConverter"
	l.Config["value.converter.schemas.enable"] = "false"
	l.Config["transforms"], l.Config["transforms.f.type"] = "f", "org.apache.kafka.connect.transforms.HoistField$Value"
	l.Config["transforms.f.field"] = "line"
	l.Config["transforms"] = "f,c"
	l.Config["transforms.c.type"], l.Config["transforms.c.spec"] = "org.apache.kafka.connect.transforms.Cast$Value", "line:int32"
	in := []exec.Event{event("a", "1"), event("bad", "2", "no number", "3"), event("c", "4")}
	w.same("none tolerated", []string{"done", "bad record", "done"}, told(w.runner.Events(t.Context(), l, in)))
	w.same("records", []string{`{"line":1}`, `{"line":2}`, `{"line":4}`}, w.sorted("out"))
	w.same("again", []string{"duplicate", "bad record", "duplicate"}, told(w.newRunner().Events(t.Context(), l, in)))
	w.same("records", []string{`{"line":1}`, `{"line":2}`, `{"line":4}`}, w.sorted("out"))

	l.Config["errors.tolerance"], l.Config[exec.SourceDeadLetterTopic], l.Config[exec.SourceDeadLetterReplicas] = "all", "dead", "1"
	w.same("with dead letters", []string{"duplicate", "done", "duplicate"}, told(w.newRunner().Events(t.Context(), l, in)))
	w.same("records", []string{`{"line":1}`, `{"line":2}`, `{"line":3}`, `{"line":4}`}, w.sorted("out"))
	dead := w.read("dead")
	if len(dead) != 1 || string(dead[0].Value) != "no number" || headers(dead[0])["mayfly.source.partition"] != `{"id":"bad"}` {
		t.Errorf("dead letters %v", dead)
	}
	w.same("with dead letters, again", []string{"duplicate", "duplicate", "duplicate"}, told(w.runner.Events(t.Context(), l, in)))
}

// Events of a queue keep their order: what lies behind one that failed is not written.
func TestEventsOfAQueue(t *testing.T) {
	w, l := eventWorld(t)
	in := []exec.Event{event("a", "a1"), eventWith("b", func(int) error { return tasks.Retriable(fmt.Errorf("away")) }, "b1"), event("c", "c1"), event("d", "d1")}
	for i := range 3 {
		in[i].Queue = "q"
	}
	w.same("first", []string{"done", "retriable", "late at ", "done"}, told(w.runner.Events(t.Context(), l, in)))
	in[1].Open = event("b", "b1").Open
	w.same("again", []string{"duplicate", "done", "done", "duplicate"}, told(w.newRunner().Events(t.Context(), l, in)))
	w.same("records", []string{"a1", "b1", "c1", "d1"}, w.sorted("out"))
}

// Of a whole event nothing is written when a part of it cannot be.
func TestWholeEvents(t *testing.T) {
	w, l := eventWorld(t)
	in := []exec.Event{eventWith("a", func(at int) error {
		if at == 2 {
			return tasks.BadRecord(fmt.Errorf("bad"))
		}
		return nil
	}, "a1", "a2", "a3"), event("b", "b1")}
	in[0].Whole = true
	w.same("first", []string{"bad record", "done"}, told(w.runner.Events(t.Context(), l, in)))
	w.same("records", []string{"b1"}, w.sorted("out"))
}

// What no topic takes fails by itself.
func TestEventTooLarge(t *testing.T) {
	w, l := eventWorld(t)
	large := strings.Repeat("x", 2<<20)
	in := []exec.Event{event("a", "a1"), event("large", large), event("c", "c1")}
	w.same("first", []string{"done", "fatal", "done"}, told(w.runner.Events(t.Context(), l, in)))
	w.same("again", []string{"duplicate", "fatal", "duplicate"}, told(w.runner.Events(t.Context(), l, in)))
	w.same("records", []string{"a1", "c1"}, w.sorted("out"))
}

func TestEventsWithoutTheMarksTopic(t *testing.T) {
	w, l := eventWorld(t)
	l.OffsetTopic, l.TTL = "no-marks", 1000
	out := w.runner.Events(t.Context(), l, []exec.Event{event("a", "a1")})
	if out[0].Done || out[0].Failure == nil || !strings.Contains(out[0].Failure.Message, "no-marks") {
		t.Errorf("%+v", out[0])
	}
}
