package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
	"github.com/mayfly-connect/mayfly/coordinator/plan"
	"github.com/mayfly-connect/mayfly/coordinator/worker"
	"github.com/mayfly-connect/mayfly/tasks"
)

// inlineBytes bounds the configuration that a lease carries; larger ones are named by topic and offset.
const inlineBytes = 4 << 10

// State is a stored status.
type State struct{ State, WorkerID, Trace, Version string }

// view is the fold of all topics: the newest entry of each key.
type view struct {
	configs     map[string]*connectorView
	targets     map[string]plan.TargetState
	tasks       map[string]*taskSet
	statuses    map[string]statusRecord // by the status topic's keys
	checkpoints map[string]plan.Checkpoint
	grants      map[string]grantEntry
	offsets     map[string]plan.Checkpoint // source offsets by the lease topic's keys of their streams
	topics      map[string]topicRecord     // that connectors used, by the status topic's keys
	reported    map[string][]tasks.Result  // each lane's newest result by the checkpoint's key, until a checkpoint takes it up
	leader      leaderEntry
	spent       plan.Spent
	generation  int64 // the highest of all statuses
	sessionKey  sessionKeyRecord

	leases plain[tasks.Lease]
	points plain[checkpointEntry]
}

// grantEntry is a grant as it stands in the lease topic. It is decoded when somebody wants to know: most are overtaken by then.
type grantEntry struct {
	epoch int64
	value []byte
}

func (e grantEntry) lease() (tasks.Lease, error) {
	inv, err := tasks.DecodeInvitation(e.value)
	if err != nil {
		return tasks.Lease{}, err
	}
	l := inv.Leases[0]
	l.Epoch = e.epoch
	return l, nil
}

// granted is the lease of a grant. The view's lock is held.
func (v *view) granted(e grantEntry) (tasks.Lease, error) {
	var l tasks.Lease
	if !v.leases.read(e.value, &l) || l.Check() != nil {
		return e.lease() // which says what is wrong
	}
	l.Epoch = e.epoch
	return l, nil
}

type connectorView struct {
	config  map[string]string
	nulls   []string // keys that stand there with null
	version int64
}

func newView() *view {
	return &view{configs: map[string]*connectorView{}, targets: map[string]plan.TargetState{}, tasks: map[string]*taskSet{}, statuses: map[string]statusRecord{},
		checkpoints: map[string]plan.Checkpoint{}, grants: map[string]grantEntry{}, offsets: map[string]plan.Checkpoint{},
		topics: map[string]topicRecord{}, reported: map[string][]tasks.Result{}, leases: newPlain[tasks.Lease](), points: newPlain[checkpointEntry]()}
}

// config folds a record of the config topic and returns the change that it is, if it is one. A damaged record says so and
// concerns its key only.
func (v *view) config(r *kgo.Record, topic string) (*control.Change, error) {
	key := string(r.Key)
	if name, ok := strings.CutPrefix(key, "connector-"); ok {
		if len(r.Value) == 0 {
			delete(v.configs, name)
			delete(v.tasks, name)
			return &control.Change{Removed: name}, nil
		}
		config, nulls, err := decodeProperties(r.Value)
		if err != nil {
			return nil, err
		}
		v.configs[name] = &connectorView{config, nulls, r.Offset}
		return v.changed(name, topic), nil
	}
	if task, ok := strings.CutPrefix(key, taskPrefix); ok {
		return nil, v.task(task, r.Value)
	}
	if name, ok := strings.CutPrefix(key, fencingPrefix); ok && len(r.Value) > 0 {
		v.taskSet(name).fenced = true
		return nil, json.Unmarshal(r.Value, &fencingRecord{})
	}
	if name, ok := strings.CutPrefix(key, commitPrefix); ok {
		return nil, v.commit(name, r.Value)
	}
	if name, ok := strings.CutPrefix(key, "target-state-"); ok {
		state, err := targetState(r.Value)
		if err != nil {
			return nil, err
		}
		v.targets[name] = state
		if v.configs[name] == nil {
			return nil, nil
		}
		return v.changed(name, topic), nil
	}
	if key == sessionKeyKey {
		return nil, v.session(r.Value)
	}
	if name, ok := strings.CutPrefix(key, "restart-connector-"); ok && len(r.Value) > 0 {
		if err := json.Unmarshal(r.Value, &restartRecord{}); err != nil {
			return nil, err
		}
		return &control.Change{Restart: &control.Restart{Connector: name, Task: -1}}, nil
	}
	return nil, nil
}

// targetState reads a target state; a tombstone stands for STARTED.
func targetState(value []byte) (plan.TargetState, error) {
	if len(value) == 0 {
		return plan.Started, nil
	}
	var t struct {
		State   any `json:"state"`
		StateV2 any `json:"state.v2"`
	}
	if err := json.Unmarshal(value, &t); err != nil {
		return "", err
	}
	text, ok := t.StateV2.(string)
	if !ok { // an older worker wrote it
		text, _ = t.State.(string)
	}
	switch s := plan.TargetState(text); s {
	case plan.Started, plan.Paused, plan.Stopped:
		return s, nil
	}
	return "", fmt.Errorf("it names no target state: %.100s", value)
}

func (v *view) changed(name, topic string) *control.Change {
	c := v.connector(name, topic)
	return &control.Change{Connector: &c}
}

// connector is a connector as the loop wants it: with the topic's name where leases must not carry the configuration.
func (v *view) connector(name, topic string) control.Connector {
	c := v.configs[name]
	out := control.Connector{Name: name, Config: c.config, Version: c.version, Target: v.targets[name]}
	if t := v.tasks[name]; t != nil {
		out.Tasks, out.Broken, out.Fenced, out.Applied = t.raw(), t.broken, t.fenced, t.applied != nil && maps.Equal(t.applied, c.config)
	}
	if out.Target == "" {
		out.Target = plan.Started
	}
	size := 0
	for k, val := range c.config {
		size += len(k) + len(val)
		if worker.Secret(k) && !strings.HasPrefix(val, "${") {
			out.Topic = topic
		}
	}
	if size > inlineBytes {
		out.Topic = topic
	}
	return out
}

// lease folds a record of the lease topic.
func (v *view) lease(r *kgo.Record) error {
	key := string(r.Key)
	switch {
	case key == leaderKey:
		var l leaderEntry
		if err := json.Unmarshal(r.Value, &l); err != nil {
			return err
		}
		v.leader = l
		return nil
	case key == spentKey:
		spent, err := decodeSpent(r.Value)
		if err == nil {
			v.spent = spent
		}
		return err
	case strings.HasPrefix(key, checkpointPrefix):
		if r.Value == nil {
			delete(v.checkpoints, key)
			return nil
		}
		c, err := decodeCheckpoint(r.Value, v.points)
		if err != nil {
			return err
		}
		v.checkpoints[key] = c
		v.report(key, slices.DeleteFunc(v.reported[key], func(r tasks.Result) bool { return c.Ended(r.Epoch) }))
		return nil
	case strings.HasPrefix(key, grantPrefix):
		if r.Value == nil {
			delete(v.grants, key)
			return nil
		}
		v.grants[key] = grantEntry{r.Offset, bytes.Clone(r.Value)}
	}
	return nil
}

func (v *view) offset(r *kgo.Record) {
	connector, split, ok := splitOffsetKey(r.Key)
	if !ok {
		return
	}
	c := plan.Checkpoint{Connector: connector, Stream: tasks.Stream{Split: split}, SourcePosition: tasks.Position(r.Value), Epoch: -1}
	v.offsets[checkpointKey(connector, c.Stream)] = c
}

// result keeps a lease's result for a coordinator that leads later.
func (v *view) result(r *tasks.Result) {
	key := checkpointKey(r.Connector, r.Slice.Stream)
	if c, ok := v.checkpoints[key]; r.Progress || ok && c.Ended(r.Epoch) {
		return
	}
	known := v.reported[key]
	if i := slices.IndexFunc(known, func(k tasks.Result) bool { return k.Lane == r.Lane }); i < 0 {
		known = append(known, *r)
	} else if known[i].Epoch <= r.Epoch {
		known[i] = *r
	}
	v.report(key, known)
}

func (v *view) report(key string, results []tasks.Result) {
	if len(results) == 0 {
		delete(v.reported, key)
	} else {
		v.reported[key] = results
	}
}

// reportedOf returns the results of leases that are in flight.
func (v *view) reportedOf(leases []tasks.Lease) []tasks.Result {
	var out []tasks.Result
	for i := range leases {
		for _, r := range v.reported[checkpointKey(leases[i].Connector, leases[i].Slice.Stream)] {
			if r.Epoch == leases[i].Epoch {
				out = append(out, r)
			}
		}
	}
	return out
}

// grantsOf returns the grants of a stream, on all its lanes.
func (v *view) grantsOf(connector string, stream tasks.Stream) []grantEntry {
	var out []grantEntry
	for lane := 0; ; lane++ { // a lane is taken when all below it are
		e, ok := v.grants[grantKey(connector, stream, lane)]
		if !ok {
			return out
		}
		out = append(out, e)
	}
}

// snapshot is the loop's start. committed are the sinks' consumer group offsets, by connector and stream. damaged is told of
// grants that cannot be read; their streams are granted anew, under a newer epoch.
func (v *view) snapshot(topic string, committed map[string]map[tasks.Stream]int64, damaged func(key string, err error)) control.Snapshot {
	var s control.Snapshot
	for _, name := range slices.Sorted(maps.Keys(v.configs)) {
		s.Connectors = append(s.Connectors, v.connector(name, topic))
	}
	points := map[string]plan.Checkpoint{}
	for k, c := range v.checkpoints {
		points[k] = c
	}
	// The offset topic is the truth for sources, and the group's offset for sinks: a Java worker may have moved it since.
	for _, o := range v.offsets {
		k := checkpointKey(o.Connector, o.Stream)
		c, ok := points[k]
		if !ok {
			c = o
		}
		c.SourcePosition = o.SourcePosition
		points[k] = c
	}
	for name, streams := range committed {
		for stream, at := range streams {
			k := checkpointKey(name, stream)
			c, ok := points[k]
			if ok && !c.Unset && at == c.Position {
				continue
			}
			if !ok {
				c = plan.Checkpoint{Connector: name, Stream: stream, Epoch: -1}
			}
			// Ours and the group's are written in one transaction: somebody else has moved the group, and means it.
			moved := c.Again(nil)
			moved.TopicID, moved.Position, moved.ReadTo, moved.Open = c.TopicID, at, at, c.Open
			points[k] = moved
		}
	}
	for _, k := range slices.Sorted(maps.Keys(points)) {
		s.Checkpoints = append(s.Checkpoints, points[k])
	}
	s.Leases, s.Spent = v.inForce(points, damaged), v.spent
	return s
}

// inForce returns the leases that no checkpoint has overtaken, in the order in which they were granted.
func (v *view) inForce(points map[string]plan.Checkpoint, damaged func(key string, err error)) []tasks.Lease {
	type grant struct {
		key string
		grantEntry
	}
	var grants []grant
	for k, e := range v.grants {
		if c, ok := points[streamOf(k)]; !ok || !c.Ended(e.epoch) {
			grants = append(grants, grant{k, e})
		}
	}
	slices.SortFunc(grants, func(a, b grant) int { return cmp.Compare(a.epoch, b.epoch) })
	var out []tasks.Lease
	for _, g := range grants {
		l, err := v.granted(g.grantEntry)
		if err != nil {
			damaged(g.key, err)
			continue
		}
		if out == nil {
			out = make([]tasks.Lease, 0, len(grants)) // they are large, and may be many
		}
		out = append(out, l)
	}
	return out
}
