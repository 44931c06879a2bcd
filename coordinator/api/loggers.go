package api

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Level is the level of a logger, in Log4j's words. Modified is zero when it was never set.
type Level struct {
	Level    string
	Modified time.Time
}

// Loggers are the levels of this process, by dotted names; "root" is the parent of all. Safe for concurrent use.
type Loggers interface {
	// All returns the loggers that are known: those that exist, and those whose level was set.
	All() map[string]Level
	// Set changes a logger and the known ones below it, and returns their names, sorted.
	Set(name, level string) []string
}

// levels are Log4j's.
var levels = []string{"OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"}

type levelInfo struct {
	Level    string `json:"level"`
	Modified *int64 `json:"last_modified"`
}

func levelOf(l Level) levelInfo {
	out := levelInfo{Level: l.Level}
	if !l.Modified.IsZero() {
		ms := l.Modified.UnixMilli()
		out.Modified = &ms
	}
	return out
}

func (s *server) loggerRoutes() {
	s.on("GET", "/admin/loggers", func(http.ResponseWriter, call) (int, any, error) {
		out := map[string]levelInfo{}
		for name, l := range s.Loggers.All() {
			out[name] = levelOf(l)
		}
		return http.StatusOK, out, nil
	})
	s.on("GET", "/admin/loggers/{l}", func(_ http.ResponseWriter, c call) (int, any, error) {
		l, ok := s.Loggers.All()[c.path["l"]]
		if !ok {
			return 0, nil, notFound("Logger %s not found.", c.path["l"])
		}
		return http.StatusOK, levelOf(l), nil
	})
	s.on("PUT", "/admin/loggers/{l}", s.setLevel)
}

func (s *server) setLevel(_ http.ResponseWriter, c call) (int, any, error) {
	body, err := configBody(c.body)
	if err != nil {
		return 0, nil, err
	}
	asked := body["level"]
	if asked == nil {
		return 0, nil, badRequest("Desired 'level' parameter was not specified in request.")
	}
	if *asked == "" {
		return 0, nil, statusError{http.StatusInternalServerError, "Illegal null or empty Level name."}
	}
	level := strings.ToUpper(*asked)
	if !slices.Contains(levels, level) {
		return 0, nil, notFound("invalid log level '%s'.", *asked)
	}
	name := c.path["l"]
	if !strings.EqualFold(c.URL.Query().Get("scope"), "cluster") {
		return http.StatusOK, s.Loggers.Set(name, level), nil
	}
	return http.StatusNoContent, nil, s.Backend.SetLevel(c.Context(), name, level)
}
