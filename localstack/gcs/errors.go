package gcs

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// An apiError is an answer that is an error. The JSON API and the XML API say
// the same error in different forms.
type apiError struct {
	code     int
	reason   string // of the JSON API
	xmlCode  string
	message  string
	location string // what the error is about, if that is said
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.code, e.reason, e.message) }

func errNoBucket() *apiError {
	return &apiError{code: http.StatusNotFound, reason: "notFound", xmlCode: "NoSuchBucket", message: "The specified bucket does not exist."}
}

func errNoObject(bucket, name string) *apiError {
	return &apiError{code: http.StatusNotFound, reason: "notFound", xmlCode: "NoSuchKey", message: "No such object: " + bucket + "/" + name}
}

func errForbidden(bucket string) *apiError {
	return &apiError{code: http.StatusForbidden, reason: "forbidden", xmlCode: "AccessDenied", message: "Anonymous caller does not have storage access to the bucket " + bucket + ". Permission denied on resource (or it may not exist)."}
}

func errPrecondition(location string) *apiError {
	return &apiError{code: http.StatusPreconditionFailed, reason: "conditionNotMet", xmlCode: "PreconditionFailed", message: "At least one of the pre-conditions you specified did not hold.", location: location}
}

func errNotModified() *apiError {
	return &apiError{code: http.StatusNotModified}
}

func errInvalid(format string, args ...any) *apiError {
	return &apiError{code: http.StatusBadRequest, reason: "invalid", xmlCode: "InvalidArgument", message: fmt.Sprintf(format, args...)}
}

func errRequired(what string) *apiError {
	return &apiError{code: http.StatusBadRequest, reason: "required", xmlCode: "InvalidArgument", message: "Required parameter: " + what, location: what}
}

func errConflict(message string) *apiError {
	return &apiError{code: http.StatusConflict, reason: "conflict", xmlCode: "Conflict", message: message}
}

// errNotEmulated refuses what the real service may take. It is not 501, which
// clients try again.
func errNotEmulated(what string) *apiError {
	return &apiError{code: http.StatusBadRequest, reason: "notImplemented", xmlCode: "NotImplemented", message: "this emulator does not do " + what}
}

func errBackend(err error) *apiError {
	return &apiError{code: http.StatusInternalServerError, reason: "backendError", xmlCode: "InternalError", message: err.Error()}
}

func errFault(status int) *apiError {
	reason := "backendError"
	if status == http.StatusTooManyRequests {
		reason = "rateLimitExceeded"
	}
	return &apiError{code: status, reason: reason, xmlCode: "Fault", message: "fault injected by the test"}
}

// writeError answers in the form of the API that was called.
func writeError(w http.ResponseWriter, r *http.Request, e *apiError) {
	switch {
	case e.code == http.StatusNotModified:
		w.WriteHeader(e.code)
	case isJSON(r):
		writeJSON(w, e.code, e.body())
	default:
		writeXML(w, e)
	}
}

func isJSON(r *http.Request) bool {
	for _, prefix := range []string{jsonPrefix, uploadPrefix, downloadPrefix} {
		if strings.HasPrefix(r.URL.Path, prefix) {
			return true
		}
	}
	return false
}

func (e *apiError) body() any {
	item := map[string]string{"message": e.message, "domain": "global", "reason": e.reason}
	if e.location != "" {
		item["locationType"], item["location"] = "parameter", e.location
		if e.reason == "conditionNotMet" {
			item["locationType"] = "header"
		}
	}
	return map[string]any{"error": map[string]any{"code": e.code, "message": e.message, "errors": []any{item}}}
}

func writeXML(w http.ResponseWriter, e *apiError) {
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(e.code)
	fmt.Fprint(w, "<?xml version='1.0' encoding='UTF-8'?>")
	_ = xml.NewEncoder(w).Encode(struct { // the client is gone
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: e.xmlCode, Message: e.message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone
}
