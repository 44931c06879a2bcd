package exec

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
	"github.com/mayfly-connect/mayfly/tasks/kafka"
)

// lane is a producer of events: a transactional id that is this executor's own, and its client. One delivery at a time uses it, and
// warm executors use it again, so that there are as many transactional ids as executors and not as many as events.
type lane struct {
	id   string
	pool string
	cl   *kgo.Client // nil until it is used
}

func (l *lane) close() {
	if l.cl != nil {
		l.cl.Close()
		l.cl = nil
	}
}

// takeLane returns a lane that nobody uses, or a new one. Give it back with freeLane.
func (r *run) takeLane() (*lane, error) {
	props, _ := r.settings(kafka.Producer)
	settings, err := json.Marshal(props) // sorted keys
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	prefix := "mayfly-event-" + r.lease.GroupID + "-" + r.lease.Connector + "-"
	pool := prefix + strings.Join(r.lease.Bootstrap, ",") + string(settings)
	r.runner.mu.Lock()
	defer r.runner.mu.Unlock()
	if free := r.runner.lanes[pool]; len(free) > 0 {
		r.runner.lanes[pool] = free[:len(free)-1]
		return free[len(free)-1], nil
	}
	var name [8]byte
	if _, err := rand.Read(name[:]); err != nil {
		return nil, tasks.Retriable(err)
	}
	return &lane{id: prefix + hex.EncodeToString(name[:]), pool: pool}, nil
}

func (r *Runner) freeLane(l *lane) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lanes[l.pool] = append(r.lanes[l.pool], l)
}

// producerOf returns a lane's client, with its transactional id initialised.
func (r *run) producerOf(ctx context.Context, l *lane) (*kgo.Client, error) {
	if l.cl != nil {
		return l.cl, nil
	}
	cl, err := r.fence(ctx, l.id)
	if err == nil {
		l.cl = cl
	}
	return cl, err
}

// fence makes a producer under a transactional id: whoever has it can write no more, and what he was writing is either committed or
// aborted when this returns.
func (r *run) fence(ctx context.Context, id string) (*kgo.Client, error) {
	cl, err := r.transactional(id)
	if err != nil {
		return nil, err
	}
	if _, _, err := cl.ProducerID(ctx); err != nil {
		cl.Close()
		return nil, tasks.Retriable(fmt.Errorf("connector %s: initialise the transactional id %s: %w", r.lease.Connector, id, err))
	}
	return cl, nil
}
