package store

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
)

const (
	taskPrefix   = "task-"
	commitPrefix = "commit-"
	// fencingPrefix begins the keys of the records that say how many tasks the next fencing concerns (KIP-618).
	fencingPrefix = "tasks-fencing-"
)

// taskSet is what the config topic says of a connector's tasks.
type taskSet struct {
	count     int                       // as the newest commit says
	committed map[int]map[string]string // the configurations that count
	written   map[int]map[string]string // those that wait for their commit
	broken    bool                      // the newest commit came without all of its tasks
	applied   map[string]string         // the connector's configuration at the newest commit
	fenced    bool                      // the number of tasks was written since then
}

func (v *view) taskSet(name string) *taskSet {
	t := v.tasks[name]
	if t == nil {
		t = &taskSet{committed: map[int]map[string]string{}, written: map[int]map[string]string{}}
		v.tasks[name] = t
	}
	return t
}

// task folds task-<connector>-<number>, which counts from the next commit-<connector> on.
func (v *view) task(rest string, value []byte) error {
	i := strings.LastIndexByte(rest, '-')
	if i < 0 {
		return fmt.Errorf("its key names no task")
	}
	id, err := strconv.ParseUint(rest[i+1:], 10, 31)
	if err != nil {
		return fmt.Errorf("its key names no task: %w", err)
	}
	if len(value) == 0 {
		return nil
	}
	config, _, err := decodeProperties(value)
	if err != nil {
		return err
	}
	v.taskSet(rest[:i]).written[int(id)] = config
	return nil
}

// commit folds commit-<connector>. As in Connect a set of which a task was not written since the last commit does not count:
// the connector has no tasks until they are written again.
func (v *view) commit(name string, value []byte) error {
	if len(value) == 0 {
		return nil
	}
	var c struct {
		Tasks *int32 `json:"tasks"` // a fraction or a text is damaged
	}
	if err := json.Unmarshal(value, &c); err != nil {
		return err
	}
	if c.Tasks == nil || *c.Tasks < 0 {
		return fmt.Errorf("it names no number of tasks: %.100s", value)
	}
	t := v.taskSet(name)
	t.count, t.broken = int(*c.Tasks), len(t.written) < int(*c.Tasks)
	for id := 0; id < t.count && !t.broken; id++ {
		t.broken = t.written[id] == nil
	}
	if !t.broken {
		maps.Copy(t.committed, t.written)
	}
	clear(t.written)
	t.applied, t.fenced = nil, false
	if c := v.configs[name]; c != nil {
		t.applied = c.config
	}
	return nil
}

// tasksOf returns the configurations of a connector's tasks; none while the set is broken.
func (v *view) tasksOf(name string) []map[string]string {
	t := v.tasks[name]
	if t == nil || t.broken {
		return nil
	}
	return t.raw()
}

// raw returns the configurations that were ever committed, whether they count or not; what never was is missing.
func (t *taskSet) raw() []map[string]string {
	out := make([]map[string]string, 0, len(t.committed))
	for id := 0; id < t.count && id < len(t.committed); id++ {
		out = append(out, t.committed[id])
	}
	return out
}

// Tasks returns the configurations of a connector's tasks, in the order of their numbers, and whether they do not count
// because their newest set was not written as a whole.
func (s *Store) Tasks(name string) (configs []map[string]string, broken bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.view.tasks[name]
	if t == nil {
		return nil, false
	}
	for _, c := range t.raw() {
		configs = append(configs, maps.Clone(c))
	}
	return configs, t.broken
}

// hasTasks reports whether tasks are stored for a connector.
func (s *Store) hasTasks(name string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t := s.view.tasks[name]
	return t != nil && t.count > 0
}

// taskPatience is how long AwaitTasks waits.
const taskPatience = 5 * time.Second

// AwaitTasks blocks until a connector's tasks are those of its configuration, for a few seconds: one that is paused or cannot
// start gets none.
func (s *Store) AwaitTasks(ctx context.Context, name string) error {
	waiting, cancel := context.WithTimeout(ctx, taskPatience)
	defer cancel()
	_ = s.await(waiting, func() bool {
		c, tasks := s.view.configs[name], s.view.tasksOf(name)
		if c == nil || s.view.targets[name] == plan.Paused || s.view.targets[name] == plan.Stopped {
			return true
		}
		if st, ok := s.view.statuses["status-connector-"+name]; ok && st.State == control.Failed {
			return true
		}
		for k, v := range c.config {
			if len(tasks) == 0 || tasks[0][k] != v {
				return false
			}
		}
		return len(tasks) > 0 && len(tasks[0]) == len(c.config)+1
	})
	return ctx.Err()
}

// taskRecords are the records of a new set of tasks: each task, then the commit.
func (s *Store) taskRecords(set control.TaskSet) (all []*kgo.Record, err error) {
	topic := s.cfg.Topics.Config
	var out []*kgo.Record
	if set.Count {
		b, err := encode(fencingRecord{len(set.Configs)})
		if err != nil {
			return nil, err
		}
		defer func() {
			all = append(all, &kgo.Record{Topic: topic, Key: []byte(fencingPrefix + set.Connector), Value: b})
		}()
		if set.Kept {
			return nil, nil
		}
	}
	for id, config := range set.Configs {
		b, err := encodeProperties(config, nil)
		if err != nil {
			return nil, fmt.Errorf("encode the configuration of task %s-%d: %w", set.Connector, id, err)
		}
		out = append(out, &kgo.Record{Topic: topic, Key: []byte(taskPrefix + set.Connector + "-" + strconv.Itoa(id)), Value: b})
	}
	b, err := encode(commitRecord{len(set.Configs)})
	return append(out, &kgo.Record{Topic: topic, Key: []byte(commitPrefix + set.Connector), Value: b}), err
}

// decodeProperties reads {"properties":{…}}; keys whose value is null come apart. A number or a truth value, which only a
// hand can have written, counts as its text.
func decodeProperties(b []byte) (config map[string]string, nulls []string, err error) {
	var p struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, nil, err
	}
	if p.Properties == nil {
		return nil, nil, fmt.Errorf("its properties are missing")
	}
	config = make(map[string]string, len(p.Properties))
	for k, v := range p.Properties {
		switch v[0] {
		case 'n':
			nulls = append(nulls, k)
		case '"':
			var text string
			if err := json.Unmarshal(v, &text); err != nil {
				return nil, nil, err
			}
			config[k] = text
		case '{', '[':
			return nil, nil, fmt.Errorf("its property %s is no text", k)
		default:
			config[k] = string(v)
		}
	}
	slices.Sort(nulls)
	return config, nulls, nil
}

func encodeProperties(config map[string]string, nulls []string) ([]byte, error) {
	p := propertiesRecord{make(map[string]*string, len(config)+len(nulls))}
	for k, v := range config {
		p.Properties[k] = &v
	}
	for _, k := range nulls {
		p.Properties[k] = nil
	}
	return encode(p)
}
