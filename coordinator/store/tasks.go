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
)

// taskSet is the configurations of a connector's tasks: those that count, and those that wait for their commit record.
type taskSet struct {
	committed []map[string]string
	written   map[int]map[string]string
}

// task folds task-<connector>-<number>, which counts from the next commit-<connector> on.
func (v *view) task(rest string, value []byte) error {
	i := strings.LastIndexByte(rest, '-')
	if i < 0 {
		return fmt.Errorf("its key names no task")
	}
	name := rest[:i]
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
	t := v.tasks[name]
	if t == nil {
		t = &taskSet{written: map[int]map[string]string{}}
		v.tasks[name] = t
	}
	t.written[int(id)] = config
	return nil
}

// commit folds commit-<connector>. A set of which a task is missing does not count, as in Connect: the former one stays.
func (v *view) commit(name string, value []byte) error {
	if len(value) == 0 {
		return nil
	}
	var c struct {
		Tasks *float64 `json:"tasks"`
	}
	if err := json.Unmarshal(value, &c); err != nil {
		return err
	}
	if c.Tasks == nil || *c.Tasks < 0 {
		return fmt.Errorf("it names no number of tasks: %.100s", value)
	}
	t := v.tasks[name]
	if t == nil {
		t = &taskSet{written: map[int]map[string]string{}}
		v.tasks[name] = t
	}
	set := make([]map[string]string, 0, int(*c.Tasks))
	for id := range int(*c.Tasks) {
		config := t.written[id]
		if config == nil && id < len(t.committed) {
			config = t.committed[id]
		}
		if config == nil {
			return fmt.Errorf("of %d tasks of connector %s number %d was never written", int(*c.Tasks), name, id)
		}
		set = append(set, config)
	}
	t.committed = set
	clear(t.written)
	return nil
}

// tasksOf returns the configurations of a connector's tasks.
func (v *view) tasksOf(name string) []map[string]string {
	if t := v.tasks[name]; t != nil {
		return t.committed
	}
	return nil
}

// Tasks returns the configurations of a connector's tasks, in the order of their numbers.
func (s *Store) Tasks(name string) []map[string]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := slices.Clone(s.view.tasksOf(name))
	for i := range out {
		out[i] = maps.Clone(out[i])
	}
	return out
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
func (s *Store) taskRecords(set control.TaskSet) ([]*kgo.Record, error) {
	topic := s.cfg.Topics.Config
	var out []*kgo.Record
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

// decodeProperties reads {"properties":{…}}; keys whose value is null come apart.
func decodeProperties(b []byte) (config map[string]string, nulls []string, err error) {
	var p propertiesRecord
	if err := json.Unmarshal(b, &p); err != nil {
		return nil, nil, err
	}
	if p.Properties == nil {
		return nil, nil, fmt.Errorf("its properties are missing")
	}
	config = make(map[string]string, len(p.Properties))
	for k, v := range p.Properties {
		if v == nil {
			nulls = append(nulls, k)
		} else {
			config[k] = *v
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
