package api

import "net/http"

func (s *server) rootRoutes() {
	s.on("GET", "/", func(http.ResponseWriter, call) (int, any, error) {
		return http.StatusOK, struct {
			Version string `json:"version"`
			Commit  string `json:"commit"`
			Cluster string `json:"kafka_cluster_id"`
		}{s.Version, s.Commit, s.ClusterID}, nil
	})
	s.on("GET", "/health", func(http.ResponseWriter, call) (int, any, error) {
		return http.StatusOK, struct {
			Status  string `json:"status"`
			Message string `json:"message"`
		}{"healthy", "Worker has completed startup and is ready to handle requests."}, nil
	})
}
