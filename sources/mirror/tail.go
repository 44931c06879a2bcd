package mirror

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// tail follows partition 0 of one of MirrorMaker's own topics.
type tail struct {
	cl    *kgo.Client
	adm   *kadm.Client
	topic string
	next  int64
}

// newTail returns a tail at the topic's start. The client reads what is committed.
func newTail(cl *kgo.Client, topic string) *tail {
	return &tail{cl: cl, adm: kadm.NewClient(cl), topic: topic}
}

// catchUp hands all records that came since the last call to take. It blocks until the end that the topic has now.
func (t *tail) catchUp(ctx context.Context, take func(*kgo.Record)) error {
	ends, err := t.adm.ListCommittedOffsets(ctx, t.topic)
	if err == nil {
		err = ends.Error()
	}
	if t.next == 0 && errors.Is(err, kerr.UnknownTopicOrPartition) {
		return nil // nobody has written to it yet
	}
	end, _ := ends.Lookup(t.topic, 0)
	for err == nil && t.next < end.Offset {
		fetches := t.cl.PollFetches(ctx)
		if err = ctx.Err(); err == nil {
			err = fetches.Err()
		}
		fetches.EachRecord(func(r *kgo.Record) {
			t.next = r.Offset + 1
			if !r.Attrs.IsControl() {
				take(r)
			}
		})
	}
	if err != nil {
		return tasks.Retriable(fmt.Errorf("read topic %s: %w", t.topic, err))
	}
	return nil
}
