package exec

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Configuration reads a connector's newest configuration from Connect's config topic, for who has no coordinator to name its offset.
// A connector that was paused or stopped is an error that may pass.
func (r *Runner) Configuration(ctx context.Context, l tasks.Lease, topic string) (map[string]string, error) {
	cl, _, err := r.shared(&l)
	if err != nil {
		return nil, err
	}
	config, target := "connector-"+l.Connector, "target-state-"+l.Connector
	newest := map[string]*kgo.Record{}
	_, err = scan(ctx, cl, topic, 0, 0, func(rec *kgo.Record) bool { return string(rec.Key) == config || string(rec.Key) == target },
		func(rec *kgo.Record) { newest[string(rec.Key)] = rec })
	if err != nil {
		return nil, fmt.Errorf("read the configuration from %s: %w", topic, err)
	}
	var value struct {
		Properties map[string]string `json:"properties"`
		State      string            `json:"state"`
	}
	for _, key := range []string{config, target} {
		if rec := newest[key]; rec != nil && rec.Value != nil && json.Unmarshal(rec.Value, &value) != nil {
			return nil, tasks.Fatal(fmt.Errorf("read %s at offset %d of %s: it is not what Connect writes", key, rec.Offset, topic))
		}
	}
	switch {
	case value.Properties == nil:
		return nil, tasks.Fatal(fmt.Errorf("there is no configuration in %s", topic))
	case value.State == "PAUSED" || value.State == "STOPPED":
		return nil, tasks.Retriable(fmt.Errorf("it is %s; resume it", value.State))
	}
	return value.Properties, nil
}
