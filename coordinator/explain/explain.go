package explain

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
	"github.com/mayfly-connect/mayfly/coordinator/deadletter"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/store"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// State is what became of a record.
type State string

// The states of a record.
const (
	// Delivered: it is at the destination, or the connector's own chain filtered it.
	Delivered State = "delivered"
	// DeadLetter: it failed and lies in the dead letter topic.
	DeadLetter State = "dead letter"
	// Running: a lease over it is in flight.
	Running State = "running"
	// Waiting: no lease is over it; Reasons say why.
	Waiting State = "waiting"
	// Lost: retention deleted it before it was delivered.
	Lost State = "lost"
	// Absent: the partition does not have it yet.
	Absent State = "absent"
)

// Record is where a record lies.
type Record struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// Answer is what became of a record in one connector.
type Answer struct {
	Connector string `json:"connector"`
	State     State  `json:"state"`
	// Position is the first offset of the partition that is not delivered; -1 when nothing was ever committed.
	Position int64 `json:"position"`
	// Attempts are those over the record that are known of, oldest first; Letter is the record's dead letter.
	Attempts []Attempt `json:"attempts"`
	Letter   *Letter   `json:"deadLetter,omitempty"`
	// Reasons say why it is not delivered.
	Reasons []string `json:"reasons,omitempty"`
}

// Attempt is one run of a lease.
type Attempt struct {
	Lease    string    `json:"lease"`
	Slice    string    `json:"slice"`
	Attempt  int       `json:"attempt"`
	Epoch    int64     `json:"epoch"`
	Executor string    `json:"executor,omitempty"`
	Started  time.Time `json:"started,omitzero"`
	Duration string    `json:"duration,omitempty"`
	// Outcome is done, failed, or running; Carried says that the record was among what the attempt delivered.
	Outcome string `json:"outcome"`
	Carried bool   `json:"carried"`
	// Objects are those that the record may be in; Others is how many more the lease wrote of which its result does not tell.
	Objects []tasks.Receipt `json:"objects,omitempty"`
	Others  int64           `json:"others,omitempty"`
	Failure string          `json:"failure,omitempty"`
}

// Letter is where a dead letter lies, and why it was written.
type Letter struct {
	Record
	Stage string `json:"stage"`
	Cause string `json:"cause"`
}

// Config is what an explanation needs.
type Config struct {
	Worker  *worker.Config
	Plugins tasks.Plugins
}

// Explain answers for each sink connector that reads the record's topic, by name. It blocks while the internal topics, and perhaps
// dead letter topics, are read.
func Explain(ctx context.Context, cfg Config, rec Record) ([]Answer, error) {
	stream := tasks.Stream{Topic: rec.Topic, Partition: rec.Partition}
	results := map[string][]tasks.Result{}
	state, err := store.Inspect(ctx, cfg.Worker, func(r *tasks.Result) {
		if r.Slice.Stream == stream && covers(r, rec.Offset) {
			results[r.Connector] = append(results[r.Connector], *r)
		}
	})
	if err != nil {
		return nil, err
	}
	opts, err := kafka.Options(cfg.Worker.Props, "")
	if err != nil {
		return nil, err
	}
	queues, err := deadletter.Open(opts...)
	if err != nil {
		return nil, err
	}
	defer queues.Close()
	log, err := look(ctx, opts, rec)
	if err != nil {
		return nil, err
	}
	names := deadletter.Connectors{}
	for _, c := range state.Connectors {
		names[c.Name] = c.Config
	}
	var out []Answer
	for _, c := range state.Connectors {
		if reads, err := names.Reads(c.Name, rec.Topic); err != nil || !reads {
			continue
		}
		if _, ok := cfg.Plugins.Sink(c.Config[connector.ClassKey]); !ok {
			continue
		}
		e := explanation{cfg: cfg, rec: rec, stream: stream, state: state, connector: c, log: log, results: results[c.Name], queues: queues}
		a, err := e.answer(ctx)
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", c.Name, err)
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no sink connector of group %s reads topic %s", cfg.Worker.GroupID, rec.Topic)
	}
	return out, nil
}

// covers reports whether a result is about an offset: its slice has it, or what an earlier object adopted reaches so far.
func covers(r *tasks.Result, offset int64) bool {
	return r.Slice.From <= offset && offset < max(r.Slice.To, r.Position)
}

// bounds are those of a partition's log: offsets [start, stable) are readable, those before end written.
type bounds struct{ start, stable, end int64 }

func look(ctx context.Context, opts []kgo.Opt, rec Record) (b bounds, err error) {
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		return b, fmt.Errorf("connect to Kafka: %w", err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	for _, one := range []struct {
		list func(context.Context, ...string) (kadm.ListedOffsets, error)
		to   *int64
	}{{adm.ListStartOffsets, &b.start}, {adm.ListCommittedOffsets, &b.stable}, {adm.ListEndOffsets, &b.end}} {
		offsets, err := one.list(ctx, rec.Topic)
		o, ok := offsets.Lookup(rec.Topic, rec.Partition)
		if err == nil && ok {
			err = o.Err
		}
		switch {
		case err != nil:
			return b, fmt.Errorf("look at topic %s: %w", rec.Topic, err)
		case !ok:
			return b, fmt.Errorf("topic %s has no partition %d", rec.Topic, rec.Partition)
		}
		*one.to = o.Offset
	}
	return b, nil
}

// stands returns the stream's checkpoint.
func (e *explanation) stands() (plan.Checkpoint, bool) {
	for _, cp := range e.state.Checkpoints {
		if cp.Connector == e.connector.Name && cp.Stream == e.stream && !cp.Unset {
			return cp, true
		}
	}
	return plan.Checkpoint{Position: -1}, false
}

// delivered reports whether a checkpoint is behind an offset.
func delivered(cp plan.Checkpoint, offset int64) bool {
	return offset < cp.Position || slices.ContainsFunc(cp.Done, func(i plan.Interval) bool { return i.From <= offset && offset < i.To })
}

// attempts are the runs of leases over the record, from their reports and from the grants in flight.
func (e *explanation) attempts() []Attempt {
	byEpoch := map[int64]Attempt{}
	for i := range e.results {
		r := &e.results[i]
		a := Attempt{Lease: r.Lease, Slice: r.Slice.String(), Attempt: r.Attempt, Epoch: r.Epoch, Executor: r.Executor,
			Duration: (time.Duration(r.DurationMs) * time.Millisecond).String(), Outcome: string(r.Outcome)}
		if r.Started > 0 {
			a.Started = time.UnixMilli(r.Started)
		}
		if r.Progress {
			if known, ok := byEpoch[r.Epoch]; ok && known.Outcome != "running" {
				continue
			}
			a.Outcome = "running"
		} else {
			a.Carried = e.rec.Offset < r.Position
			a.Others = r.Counts.Objects - int64(len(r.Receipts))
			for _, o := range r.Receipts {
				if o.From <= e.rec.Offset && e.rec.Offset < o.To {
					a.Objects = append(a.Objects, o)
				}
			}
		}
		if r.Failure != nil {
			a.Failure = firstLine(r.Failure.Message)
		}
		byEpoch[r.Epoch] = a
	}
	for _, l := range e.inFlight() {
		if _, ok := byEpoch[l.Epoch]; !ok {
			byEpoch[l.Epoch] = Attempt{Lease: l.ID, Slice: l.Slice.String(), Attempt: l.Attempt, Epoch: l.Epoch, Outcome: "running"}
		}
	}
	out := []Attempt{}
	live := e.inFlight()
	for _, a := range byEpoch {
		if a.Outcome == "running" && !slices.ContainsFunc(live, func(l tasks.Lease) bool { return l.Epoch == a.Epoch }) {
			a.Outcome = "lost" // its executor never reported the end, and the slice was granted again
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Attempt) int { return cmp.Compare(a.Epoch, b.Epoch) })
	return out
}

// inFlight are the grants over the record.
func (e *explanation) inFlight() (out []tasks.Lease) {
	for _, l := range e.state.Leases {
		if l.Connector == e.connector.Name && l.Slice.Stream == e.stream && l.Slice.From <= e.rec.Offset && e.rec.Offset < l.Slice.To {
			out = append(out, l)
		}
	}
	return out
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
