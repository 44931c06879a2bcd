package api

import "net/http"

// Health is what a worker says of itself.
type Health int

// The states of a worker, in Connect's words.
const (
	Healthy Health = iota
	// Starting: it has not yet read what the topics hold.
	Starting
	// Unhealthy: it did work, and cannot now.
	Unhealthy
)

type healthBody struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func (h Health) answer() (int, healthBody) {
	switch h {
	case Starting:
		return http.StatusServiceUnavailable, healthBody{"starting", "Worker is still starting up."}
	case Unhealthy:
		return http.StatusInternalServerError, healthBody{"unhealthy",
			"Worker was unable to handle this request and may be unable to handle other requests. The brokers are out of reach."}
	default:
		return http.StatusOK, healthBody{"healthy", "Worker has completed startup and is ready to handle requests."}
	}
}

// EarlyHealth answers GET /health alone, for a worker that cannot answer anything else yet. Of the options it needs Health and
// what guards the API.
func EarlyHealth(o Options) http.Handler {
	s := newServer(o)
	s.healthRoute()
	return s.handler()
}
