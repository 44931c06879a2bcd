package api

import "net/http"

func (s *server) restartRoutes() {
	s.on("POST", "/connectors/{c}/restart", s.restart)
	s.on("POST", "/connectors/{c}/tasks/{t}/restart", s.restartTask)
}

func (s *server) restart(w http.ResponseWriter, c call) (int, any, error) {
	if done, err := s.forwarded(w, c); done || err != nil {
		return 0, nil, err
	}
	state, ok := s.Backend.Connector(c.path["c"])
	if !ok {
		return 0, nil, notFound("Unknown connector: %s", c.path["c"])
	}
	includeTasks, onlyFailed := flag(c.Request, "includeTasks", false), flag(c.Request, "onlyFailed", false)
	if (includeTasks || onlyFailed) && !state.HasStatus {
		return 0, nil, notFound("Status for connector %s not found", state.Name)
	}
	if err := s.Backend.Restart(c.Context(), state.Name, -1, includeTasks, onlyFailed); err != nil {
		return 0, nil, err
	}
	if !includeTasks && !onlyFailed {
		return http.StatusNoContent, nil, nil
	}
	return http.StatusAccepted, status(plan(state, includeTasks, onlyFailed)), nil
}

// plan is the state that a restart leads to at once.
func plan(s ConnectorState, includeTasks, onlyFailed bool) ConnectorState {
	again := func(state string) bool { return !onlyFailed || state == "FAILED" }
	if again(s.State) {
		s.State = "RESTARTING"
	}
	planned := make([]TaskState, len(s.Tasks))
	for i, t := range s.Tasks {
		if includeTasks && again(t.State) {
			t.State = "RESTARTING"
		}
		planned[i] = t
	}
	s.Tasks = planned
	return s
}

func (s *server) restartTask(w http.ResponseWriter, c call) (int, any, error) {
	id, err := taskNumber(c)
	if err != nil {
		return 0, nil, err
	}
	if done, err := s.forwarded(w, c); done || err != nil {
		return 0, nil, err
	}
	state, ok := s.Backend.Connector(c.path["c"])
	if !ok {
		return 0, nil, notFound("Unknown connector: %s", c.path["c"])
	}
	if _, ok := state.task(id); !ok {
		if s.Standalone {
			return 0, nil, notFound("Task %s-%d not found", state.Name, id)
		}
		if state.Target == "STOPPED" {
			// Nobody owns the tasks of a stopped connector, which Connect takes for a rebalance.
			return 0, nil, conflict(noLeader)
		}
		return 0, nil, notFound("Unknown task: %s-%d", state.Name, id)
	}
	return http.StatusNoContent, nil, s.Backend.Restart(c.Context(), state.Name, id, false, false)
}
