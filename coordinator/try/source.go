package try

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/exec"
)

// Source reads up to n records (0 for all) from a source connector's own source, from the beginning of each split, and takes
// them to what would be produced. It commits nothing, so that a source cleans up nothing either.
func Source(ctx context.Context, c Connector, n int) (*Report, error) {
	inspector, err := exec.NewInspector(c.env(), c.Config, c.Worker, tasks.SourceKind)
	if err != nil {
		return nil, fmt.Errorf("connector %s: %w", c.Name, err)
	}
	class := c.Config["connector.class"]
	plugin, ok := c.Plugins.Source(class)
	if !ok {
		return nil, fmt.Errorf("connector %s: there is no source %s", c.Name, class)
	}
	config, errs := plugin.Config.Parse(c.Config)
	if len(errs) > 0 {
		return nil, fmt.Errorf("connector %s: %w", c.Name, errs[0])
	}
	source, err := plugin.New(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connector %s: %w", c.Name, err)
	}
	s := &sourceTry{Connector: c, inspector: inspector, n: n, report: &Report{Connector: c.Name, Class: class, Records: []Record{}}}
	return s.report, errors.Join(s.splits(ctx, source), source.Close())
}

// sourceTry is a try of a source under way.
type sourceTry struct {
	Connector
	inspector *exec.Inspector
	n         int
	report    *Report
}

func (s *sourceTry) splits(ctx context.Context, source tasks.Source) error {
	splits, err := source.Splits(ctx, func(string) tasks.Position { return "" })
	if err != nil {
		return fmt.Errorf("connector %s: %w", s.Name, err)
	}
	for _, split := range splits {
		if s.n > 0 && len(s.report.Records) >= s.n {
			return nil
		}
		reader, err := source.Open(ctx, tasks.SourceTask{Connector: s.Name, Slice: tasks.Slice{Stream: tasks.Stream{Split: split.Split}, Until: split.End},
			Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return fmt.Errorf("connector %s: %w", s.Name, err)
		}
		if err := errors.Join(s.read(ctx, reader), reader.Close()); err != nil {
			return fmt.Errorf("connector %s: read %s: %w", s.Name, split.Split, err)
		}
	}
	return nil
}

// batch is how many records are read at once when there is no bound.
const batch = 1000

func (s *sourceTry) read(ctx context.Context, reader tasks.Reader) error {
	for {
		want := batch
		if s.n > 0 {
			want = s.n - len(s.report.Records)
		}
		a := &tasks.Arena{} // not used again: the report keeps nothing of it, but the next batch would move it
		records, err := reader.Read(ctx, a, want)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i := range records {
			if s.n > 0 && len(s.report.Records) >= s.n {
				return nil
			}
			s.one(ctx, a, &records[i])
		}
		if err != nil || ctx.Err() != nil || len(s.report.Records) >= s.n && s.n > 0 {
			return ctx.Err()
		}
	}
}

func (s *sourceTry) one(ctx context.Context, a *tasks.Arena, r *tasks.Record) {
	out := Record{Topic: r.Topic, Partition: r.Partition, Position: string(r.Position)}
	out.visit(exec.Step{Stage: "SOURCE", Class: s.report.Class, Ran: true}, r)
	kr, err := s.inspector.Source(ctx, a, r, out.visit)
	switch {
	case err != nil:
		out.Outcome, out.Failure = Failed, s.failure(err)
		s.report.Failed++
	case kr == nil:
		out.Outcome = Filtered
		s.report.Filtered++
	default:
		out.Outcome = Delivered
		headers := make([]tasks.RawHeader, 0, len(kr.Headers))
		for _, h := range kr.Headers {
			headers = append(headers, tasks.RawHeader{Key: h.Key, Value: h.Value})
		}
		out.Produced = kafka(kr.Key, kr.Value, headers)
		out.Produced.Topic = kr.Topic
		s.report.Delivered++
	}
	s.report.Records = append(s.report.Records, out)
}
