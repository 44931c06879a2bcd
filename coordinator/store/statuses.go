package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/mayfly-connect/mayfly/coordinator/control"
)

// states are the states that Connect knows.
func states() []string {
	return []string{control.Unassigned, control.Running, control.Paused, control.Failed, control.Stopped, "RESTARTING", "DESTROYED"}
}

// status folds a record of the status topic. A status that is none leaves the one that was there.
func (v *view) status(r *kgo.Record) error {
	key := string(r.Key)
	if r.Value == nil {
		delete(v.statuses, key)
		delete(v.topics, key)
		return nil
	}
	if strings.HasPrefix(key, topicPrefix) {
		var t topicRecord
		if err := json.Unmarshal(r.Value, &t); err != nil {
			return err
		}
		v.topics[key] = t
		return nil
	}
	var s struct {
		statusRecord
		Generation *int64 `json:"generation"`
	}
	if err := json.Unmarshal(r.Value, &s); err != nil {
		return err
	}
	if s.Generation == nil || !slices.Contains(states(), s.State) {
		return fmt.Errorf("it has no generation or no state that there is: %.100s", r.Value)
	}
	s.statusRecord.Generation = *s.Generation
	v.statuses[key] = s.statusRecord
	v.generation = max(v.generation, *s.Generation)
	return nil
}

// statusKey is the key of a connector's status (task -1) or a task's.
func statusKey(connector string, task int) string {
	if task < 0 {
		return "status-connector-" + connector
	}
	return "status-task-" + connector + "-" + strconv.Itoa(task)
}

// Status returns the stored status of a connector (task -1) or a task; false when there is none.
func (s *Store) Status(name string, task int) (State, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.view.state(name, task)
}

func (v *view) state(name string, task int) (State, bool) {
	r, ok := v.statuses[statusKey(name, task)]
	if !ok {
		return State{}, false
	}
	st := State{State: r.State, WorkerID: r.WorkerID}
	if r.Trace != nil {
		st.Trace = *r.Trace
	}
	if r.Version != nil {
		st.Version = *r.Version
	}
	return st, true
}

func (s *Store) statusRecord(st control.Status) (*kgo.Record, error) {
	r := &kgo.Record{Topic: s.cfg.Topics.Status, Key: []byte(statusKey(st.Connector, st.Task))}
	if st.State == "" {
		return r, nil
	}
	s.mu.RLock()
	rec := statusRecord{State: st.State, WorkerID: s.cfg.WorkerID, Generation: s.generation}
	s.mu.RUnlock()
	if st.Trace != "" {
		rec.Trace = &st.Trace
	}
	if st.Version != "" {
		rec.Version = &st.Version
	}
	var err error
	r.Value, err = encode(rec)
	return r, err
}
