package mirror

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Heartbeats is MirrorHeartbeatConnector: one split, which has a beat to be written every so often. As in the original its
// position never moves; where a slice ends, says the beat.
type Heartbeats struct {
	config
	adm *kadm.Client

	mu      sync.Mutex
	created bool // the topic is there
}

var _ tasks.Source = (*Heartbeats)(nil)

func newHeartbeats(ctx context.Context, c tasks.Config) (tasks.Source, error) {
	cfg, err := newConfig(c)
	if err != nil {
		return nil, err
	}
	cl, err := cfg.client(ctx, targetCluster, adminRole)
	if err != nil {
		return nil, err
	}
	return &Heartbeats{config: cfg, adm: kadm.NewClient(cl)}, nil
}

// Close closes the client.
func (h *Heartbeats) Close() error {
	h.adm.Close()
	return nil
}

// Splits returns the one split, with the beat of this interval.
func (h *Heartbeats) Splits(ctx context.Context, _ func(string) tasks.Position) ([]tasks.Split, error) {
	interval := h.every(emitHeartbeatsEvery)
	if !h.Bool(enabledKey) || !h.Bool(emitHeartbeatsKey) || interval < 0 {
		return nil, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.created {
		if err := ensureTopic(ctx, h.adm, heartbeatsTopic, h.Int(heartbeatReplicas)); err != nil {
			return nil, err
		}
		h.created = true
	}
	split := fmt.Sprintf(`{"%s":%s,"%s":%s}`, sourceAliasName, quoted(h.source), targetAliasName, quoted(h.target))
	beat := time.Now().Truncate(max(interval, time.Second)).UnixMilli()
	return []tasks.Split{{Split: split, End: tasks.Position(fmt.Sprintf(`{"offset":0,"timestamp":%d}`, beat)), Pending: 1}}, nil
}

// Open returns a reader of one beat.
func (h *Heartbeats) Open(_ context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	var end struct{ Timestamp *int64 }
	if err := json.Unmarshal([]byte(t.Slice.Until), &end); err != nil || end.Timestamp == nil {
		return nil, tasks.Fatal(fmt.Errorf("%s is not the end of a slice of heartbeats", t.Slice.Until))
	}
	return &single{record: tasks.Record{Topic: heartbeatsTopic, Partition: 0, Timestamp: *end.Timestamp, KeySchema: tasks.BytesSchema,
		ValueSchema: tasks.BytesSchema, Key: tasks.NewBytes(heartbeatKey(h.source, h.target)), Value: tasks.NewBytes(heartbeatValue(*end.Timestamp)),
		Position: offsetAt(0)}}, nil
}

// single is a reader of one record.
type single struct{ record tasks.Record }

func (r *single) Read(context.Context, *tasks.Arena, int) ([]tasks.Record, error) {
	return []tasks.Record{r.record}, io.EOF
}

func (r *single) Committed(context.Context, tasks.Position) error { return nil }
func (r *single) Close() error                                    { return nil }
