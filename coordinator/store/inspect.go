package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// Inspection is what the internal topics hold, for people.
type Inspection struct {
	control.Snapshot
	view *view
}

// Status returns the stored status of a connector (task -1) or a task; false when there is none.
func (i *Inspection) Status(name string, task int) (State, bool) { return i.view.state(name, task) }

// Inspect reads the internal topics as they stand, while a coordinator runs or not: it writes nothing and leads nothing. It gives
// each result that the result topic still has to seen, progress reports too, those of a stream in order. It blocks until the
// topics' ends are read.
func Inspect(ctx context.Context, cfg *worker.Config, seen func(*tasks.Result)) (*Inspection, error) {
	opts, err := kafka.Options(cfg.Props, "")
	if err != nil {
		return nil, err
	}
	s, err := connect(cfg, opts, "", func(string, string) {}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer s.cl.Close()
	if err := s.present(ctx); err != nil {
		return nil, err
	}
	ends, err := endsOf(ctx, s.adm, cfg.Topics)
	if err != nil {
		return nil, err
	}
	err = s.catchUp(ctx, ends, func(_ context.Context, r *kgo.Record) {
		if r.Topic == cfg.Topics.Result && !r.Attrs.IsControl() {
			if res, err := tasks.DecodeResult(r.Value); err == nil {
				seen(res)
			}
		}
		_, _, _ = s.take(r) // what is damaged, a coordinator logs
	})
	if err != nil {
		return nil, err
	}
	committed, err := s.committed(ctx)
	if err != nil {
		return nil, err
	}
	return &Inspection{s.view.snapshot(cfg.Topics.Config, committed, func(string, error) {}), s.view}, nil
}

// present says which internal topics there are not: the properties are then those of no cluster that ever ran.
func (s *Store) present(ctx context.Context) error {
	if err := s.cl.Ping(ctx); err != nil {
		return fmt.Errorf("reach Kafka at %s: %w; check bootstrap.servers and that the brokers run", s.cfg.Props["bootstrap.servers"], err)
	}
	t := s.cfg.Topics
	found, err := s.adm.ListTopicsWithInternal(ctx, t.Config, t.Offset, t.Status, t.Lease, t.Result)
	if err != nil {
		return fmt.Errorf("look for the internal topics: %w", err)
	}
	var missing []string
	for _, topic := range found.Sorted() {
		if topic.Err != nil {
			missing = append(missing, topic.Topic)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("there is no topic %s: no coordinator has run with these worker properties; pass those that it runs with", strings.Join(missing, ", "))
	}
	return nil
}
