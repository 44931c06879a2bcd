package api

import "github.com/mayfly-connect/mayfly/tasks"

// The JSON bodies, members in Connect's order.

type taskID struct {
	Connector string `json:"connector"`
	Task      int    `json:"task"`
}

type connectorInfo struct {
	Name   string             `json:"name"`
	Config map[string]*string `json:"config"`
	Tasks  []taskID           `json:"tasks"`
	Type   string             `json:"type"`
}

type taskInfo struct {
	ID     taskID            `json:"id"`
	Config map[string]string `json:"config"`
}

type runState struct {
	State    string  `json:"state"`
	WorkerID string  `json:"worker_id"`
	Trace    string  `json:"trace,omitempty"`
	Version  *string `json:"version"`
}

type taskStatus struct {
	ID int `json:"id"`
	runState
}

type connectorStatus struct {
	Name      string       `json:"name"`
	Connector runState     `json:"connector"`
	Tasks     []taskStatus `json:"tasks"`
	Type      string       `json:"type"`
}

func info(s ConnectorState) connectorInfo {
	out := connectorInfo{s.Name, configOf(s), []taskID{}, kind(s.Kind)}
	for _, t := range s.Tasks {
		if !s.Broken {
			out.Tasks = append(out.Tasks, taskID{s.Name, t.ID})
		}
	}
	return out
}

// configOf is a configuration as it was written, nulls included.
func configOf(s ConnectorState) map[string]*string {
	out := make(map[string]*string, len(s.Config)+len(s.Nulls))
	for k, v := range s.Config {
		out[k] = &v
	}
	for _, k := range s.Nulls {
		out[k] = nil
	}
	return out
}

func status(s ConnectorState) connectorStatus {
	out := connectorStatus{s.Name, runState{s.State, s.WorkerID, s.Trace, optional(s.Version)}, []taskStatus{}, kind(s.Kind)}
	for _, t := range s.Tasks {
		if t.State != "" && !s.Broken {
			out.Tasks = append(out.Tasks, taskState(t))
		}
	}
	return out
}

func taskState(t TaskState) taskStatus {
	return taskStatus{t.ID, runState{t.State, t.WorkerID, t.Trace, optional(t.Version)}}
}

func kind(k tasks.ConnectorKind) string {
	if k == "" {
		return "unknown"
	}
	return string(k)
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
