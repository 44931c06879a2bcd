package exec_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// A sink that waits keeps no executor from saying that it lives.
func TestProgressIsReportedWhileTheSinkWaits(t *testing.T) {
	w := newWorld(t)
	w.send("in", "a", "b")
	results := w.client(kgo.ConsumeTopics("results"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	w.dest.put = func(ctx context.Context, offset int64) error {
		if offset == 0 {
			return nil
		}
		for seen := 0; seen < 2; {
			fs := results.PollFetches(ctx)
			if err := fs.Err(); err != nil {
				return fmt.Errorf("%d progress reports came: %w", seen, err)
			}
			fs.EachRecord(func(r *kgo.Record) {
				if res, err := tasks.DecodeResult(r.Value); err != nil || !res.Progress || res.Epoch != 1 || res.Connector != "c" {
					t.Errorf("%s is no progress report (%v)", r.Value, err)
				}
				seen++
			})
		}
		return nil
	}
	w.done(w.run(w.lease(0, 2)), 2)
}
