package state_test

import (
	"context"
	"strings"
	"sync/atomic"

	"github.com/mayfly-connect/mayfly/tasks"
)

// picky is the recorder's sink rec.PickySinkConnector: what it does with a record, the record's value says.
func picky() tasks.SinkPlugin {
	return tasks.SinkPlugin{
		Plugin: tasks.Plugin{Class: "rec.PickySinkConnector", Type: tasks.SinkPluginType, Version: "1.0"},
		Cut:    func(tasks.Config) (tasks.Cut, error) { return tasks.Cut{CloseTail: true}, nil },
		New:    func(context.Context, tasks.Config) (tasks.Sink, error) { return &pickySink{}, nil },
	}
}

type pickySink struct{ retried atomic.Bool }

func (s *pickySink) Open(_ context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	return &pickyWriter{sink: s, task: t, position: t.Slice.From}, nil
}

func (s *pickySink) Close() error { return nil }

type pickyWriter struct {
	sink     *pickySink
	task     tasks.SinkTask
	position int64
}

func (w *pickyWriter) Put(_ context.Context, records []tasks.Record) error {
	for i := range records {
		r := &records[i]
		switch text := r.Value.Str(); {
		case text == "retry" && !w.sink.retried.Swap(true):
			return tasks.Retriable(tasks.NewException("org.apache.kafka.connect.errors.RetriableException", "retry"))
		case text == "fatal":
			return tasks.Fatal(tasks.DataException("fatal %s", text))
		case strings.HasPrefix(text, "report"):
			if err := w.task.Report(r, tasks.NewException("java.lang.IllegalArgumentException", "bad record %s", text)); err != nil {
				return err
			}
		}
		w.position = r.Raw.Offset + 1
	}
	return nil
}

func (w *pickyWriter) Position() int64 { return w.position }

func (w *pickyWriter) Finish(_ context.Context, end int64) (tasks.Delivery, error) {
	w.position = max(w.position, end)
	return tasks.Delivery{}, nil
}

func (w *pickyWriter) Abort() {}
