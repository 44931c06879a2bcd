package api

import (
	"net/http"
	"strconv"
)

func (s *server) stateRoutes() {
	s.on("GET", "/connectors/{c}/status", s.status)
	s.on("GET", "/connectors/{c}/tasks", s.tasks)
	s.on("GET", "/connectors/{c}/tasks/{t}/status", s.taskStatus)
	s.on("GET", "/connectors/{c}/topics", s.topics)
	s.on("PUT", "/connectors/{c}/topics/reset", s.resetTopics)
	s.on("PUT", "/connectors/{c}/pause", s.target("PAUSED", http.StatusAccepted))
	s.on("PUT", "/connectors/{c}/resume", s.target("STARTED", http.StatusAccepted))
	s.on("PUT", "/connectors/{c}/stop", s.target("STOPPED", http.StatusNoContent))
}

func (s *server) status(_ http.ResponseWriter, c call) (int, any, error) {
	state, ok := s.Backend.Connector(c.path["c"])
	if !ok || !state.HasStatus {
		return 0, nil, notFound("No status found for connector %s", c.path["c"])
	}
	return http.StatusOK, status(state), nil
}

func (s *server) tasks(_ http.ResponseWriter, c call) (int, any, error) {
	state, err := s.connector(c)
	out := []taskInfo{}
	for _, t := range state.Tasks {
		out = append(out, taskInfo{taskID{state.Name, t.ID}, t.Config})
	}
	return http.StatusOK, out, err
}

func (s *server) taskStatus(_ http.ResponseWriter, c call) (int, any, error) {
	id, err := taskNumber(c)
	if err != nil {
		return 0, nil, err
	}
	state, _ := s.Backend.Connector(c.path["c"])
	t, ok := state.task(id)
	if !ok || t.State == "" {
		return 0, nil, notFound("No status found for task %s-%d", c.path["c"], id)
	}
	return http.StatusOK, taskState(t), nil
}

// topics answers for unknown connectors too, with an empty list, as Connect does.
func (s *server) topics(_ http.ResponseWriter, c call) (int, any, error) {
	if !s.TopicTracking {
		return 0, nil, trackingOff
	}
	state, _ := s.Backend.Connector(c.path["c"])
	return http.StatusOK, map[string]map[string][]string{c.path["c"]: {"topics": append([]string{}, state.Topics...)}}, nil
}

var trackingOff = statusError{http.StatusForbidden, "Topic tracking is disabled."}

// resetTopics answers for unknown connectors as for known ones.
func (s *server) resetTopics(w http.ResponseWriter, c call) (int, any, error) {
	if !s.TopicTracking {
		return 0, nil, trackingOff
	}
	if !s.TopicReset {
		return 0, nil, statusError{http.StatusForbidden, "Topic tracking reset is disabled."}
	}
	if done, err := s.forwarded(w, c); done || err != nil {
		return 0, nil, err
	}
	return http.StatusAccepted, nil, s.Backend.ResetTopics(c.Context(), c.path["c"])
}

func (s *server) target(state string, code int) handler {
	forwarded := s.passedOn
	if state == "STOPPED" {
		forwarded = s.forwarded
	}
	return func(w http.ResponseWriter, c call) (int, any, error) {
		if done, err := forwarded(w, c); done || err != nil {
			return 0, nil, err
		}
		if _, ok := s.Backend.Connector(c.path["c"]); !ok {
			return 0, nil, notFound("Unknown connector %s", c.path["c"])
		}
		return code, nil, s.Backend.SetTarget(c.Context(), c.path["c"], state)
	}
}

func (s ConnectorState) task(id int) (TaskState, bool) {
	for _, t := range s.Tasks {
		if t.ID == id {
			return t, true
		}
	}
	return TaskState{}, false
}

func taskNumber(c call) (int, error) {
	n, err := strconv.ParseInt(c.path["t"], 10, 32)
	if err != nil {
		return 0, notFound("HTTP 404 Not Found")
	}
	return int(n), nil
}
