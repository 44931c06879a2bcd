package exec_test

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// heard is a source that hears where its records went, and whose slice ends behind them.
type heard struct {
	tasks.Source
	written []tasks.Written
	empty   bool // there is no record
}

func (h *heard) Open(context.Context, tasks.SourceTask) (tasks.Reader, error) {
	return &heardReader{heard: h}, nil
}
func (h *heard) Close() error { return nil }

type heardReader struct {
	tasks.Reader
	*heard
}

func (r *heardReader) Read(context.Context, *tasks.Arena, int) (out []tasks.Record, err error) {
	for i, v := range []string{"a", "b"} {
		if !r.empty {
			out = append(out, tasks.Record{Topic: "out", Partition: int32(i), Timestamp: tasks.NoTimestamp, Value: tasks.NewString(v), ValueSchema: tasks.StringSchema,
				Position: tasks.Position(`{"n":` + string(rune('0'+i)) + `}`)})
		}
	}
	return out, io.EOF
}

func (r *heardReader) Acknowledge(_ context.Context, written []tasks.Written) error {
	r.written = append(r.written, written...)
	return nil
}
func (r *heardReader) Skipped() tasks.Position                         { return `{"n":9}` }
func (r *heardReader) Committed(context.Context, tasks.Position) error { return nil }
func (r *heardReader) Close() error                                    { return nil }
func (r *heardReader) Open(context.Context, tasks.SourceTask) (tasks.Reader, error) {
	return nil, nil
}

func TestReaderHearsWhereItsRecordsWent(t *testing.T) {
	w := newWorld(t)
	w.create("offsets", 1)
	w.create("out", 2)
	h := &heard{}
	w.runner = exec.New(exec.Env{Name: "test", Log: slog.New(slog.DiscardHandler), Plugins: tasks.Plugins{Sources: []tasks.SourcePlugin{{
		Plugin: tasks.Plugin{Class: "test.Heard", Type: tasks.SourcePluginType},
		New:    func(context.Context, tasks.Config) (tasks.Source, error) { return h, nil }}}}})
	t.Cleanup(w.runner.Close)
	l := w.sourceLease("")
	l.Config["connector.class"] = "test.Heard"
	w.sourceDone(w.run(l), `{"n":9}`, 2)
	want := []tasks.Written{{Position: `{"n":0}`, Topic: "out"}, {Position: `{"n":1}`, Topic: "out", Partition: 1}}
	if d := cmp.Diff(want, h.written); d != "" {
		t.Errorf("written (-want +got):\n%s", d)
	}
	w.same("positions", []string{`{"n":1}`, `{"n":9}`}, w.committedAt(l))
	// A slice without any record moves the position too.
	h.empty = true
	l.Slice.Since, l.Slice.Until = `{"n":9}`, `{"n":9}`
	w.sourceDone(w.run(l), `{"n":9}`, 0)
	w.same("positions", []string{`{"n":1}`, `{"n":9}`}, w.committedAt(l))
}
