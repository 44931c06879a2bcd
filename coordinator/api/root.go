package api

import "net/http"

type rootBody struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Cluster string `json:"kafka_cluster_id"`
}

func (s *server) rootRoutes() {
	s.on("GET", "/", func(http.ResponseWriter, call) (int, any, error) {
		return http.StatusOK, rootBody{s.Version, s.Commit, s.ClusterID}, nil
	})
	s.healthRoute()
	s.on("GET", "/openapi.json", func(http.ResponseWriter, call) (int, any, error) { return http.StatusOK, s.describe(), nil })
}

func (s *server) healthRoute() {
	s.on("GET", "/health", func(http.ResponseWriter, call) (int, any, error) {
		state := Healthy
		if s.Health != nil {
			state = s.Health()
		}
		status, answer := state.answer()
		return status, answer, nil
	})
}
