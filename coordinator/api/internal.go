package api

import (
	"encoding/base64"
	"net/http"
)

// What Connect's workers send each other. Coordinators need none of it, so no signature is valid here; a Java worker that
// was not stopped is told so in Connect's words.
const (
	signatureHeader = "X-Connect-Authorization"
	algorithmHeader = "X-Connect-Request-Signature-Algorithm"
	algorithm       = "HmacSHA256"
)

func (s *server) internalRoutes() {
	s.on("POST", "/connectors/{c}/tasks", s.internal("Kafka Connect in standalone mode does not support externally setting task configurations."))
	s.on("PUT", "/connectors/{c}/fence", s.internal("Kafka Connect in standalone mode does not support exactly-once source connectors."))
}

func isInternal(method string, path []string) bool {
	if len(path) != 3 || path[0] != "connectors" {
		return false
	}
	return method == http.MethodPost && path[2] == "tasks" || method == http.MethodPut && path[2] == "fence"
}

func (s *server) internal(standalone string) handler {
	return func(_ http.ResponseWriter, c call) (int, any, error) {
		signature, named := c.Header.Get(signatureHeader), c.Header.Get(algorithmHeader)
		switch {
		case s.Standalone:
			return 0, nil, statusError{http.StatusInternalServerError, standalone}
		case signature == "" || named == "":
			return 0, nil, badRequest("Internal request missing required signature")
		case named != algorithm:
			return 0, nil, badRequest("This worker does not support the '%s' key signing algorithm used by other workers. "+
				"This worker is currently configured to use: [%s]. Check that all workers' configuration files permit the same set of "+
				"signature algorithms, and correct any misconfigured worker and restart it.", named, algorithm)
		}
		if _, err := base64.StdEncoding.DecodeString(signature); err != nil {
			return 0, nil, badRequest("%s is no base64: %v", signatureHeader, err)
		}
		return 0, nil, statusError{http.StatusForbidden, "Internal request contained invalid signature."}
	}
}
