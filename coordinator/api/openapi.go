package api

import (
	"net/http"
	"strconv"
	"strings"
)

// document is a JSON object.
type document = map[string]any

// operation is what the API's description says of one method of a resource.
type operation struct {
	summary string
	query   []string // as "name" for a text, "name?" for true or false
	body    any      // a value of the request's type; nil for none
	answers map[int]any
}

// none is the answer without a body.
type none struct{}

// The types of bodies that are written and read without a type of their own.
type (
	createRequest struct {
		Name    string             `json:"name"`
		Config  map[string]*string `json:"config"`
		Initial string             `json:"initial_state,omitempty"`
	}
	offsetList struct {
		Offsets []Offset `json:"offsets"`
	}
	messageBody struct {
		Message string `json:"message"`
	}
	levelBody struct {
		Level string `json:"level"`
	}
	expanded struct {
		Status *connectorStatus `json:"status,omitempty"`
		Info   *connectorInfo   `json:"info,omitempty"`
	}
	topicsBody struct {
		Topics []string `json:"topics"`
	}
	oneOf []any
)

// operations describe all that the routes serve, by method and pattern.
func operations() map[string]operation {
	config := map[string]*string{}
	ok := func(v any) map[int]any { return map[int]any{http.StatusOK: v} }
	return map[string]operation{
		"GET /":             {summary: "The version, and the cluster's id.", answers: ok(rootBody{})},
		"GET /health":       {summary: "Whether the worker can answer.", answers: map[int]any{200: healthBody{}, 500: healthBody{}, 503: healthBody{}}},
		"GET /openapi.json": {summary: "This description.", answers: ok(document{})},
		"GET /connectors": {summary: "All connectors: their names, or with expand what is known of them.", query: []string{"expand"},
			answers: ok(oneOf{[]string{}, map[string]expanded{}})},
		"POST /connectors": {summary: "Create a connector.", body: createRequest{}, answers: map[int]any{201: connectorInfo{}}},

		"GET /connectors/{c}":              {summary: "A connector's configuration and tasks.", answers: ok(connectorInfo{})},
		"DELETE /connectors/{c}":           {summary: "Delete a connector. Its offsets stay.", answers: map[int]any{204: none{}}},
		"GET /connectors/{c}/config":       {summary: "A connector's configuration.", answers: ok(config)},
		"PUT /connectors/{c}/config":       {summary: "Create a connector, or replace its configuration.", body: config, answers: map[int]any{200: connectorInfo{}, 201: connectorInfo{}}},
		"PATCH /connectors/{c}/config":     {summary: "Change members of a configuration; null removes one.", body: config, answers: ok(connectorInfo{})},
		"GET /connectors/{c}/status":       {summary: "The states of a connector and its tasks.", answers: ok(connectorStatus{})},
		"GET /connectors/{c}/tasks":        {summary: "The configurations of a connector's tasks.", answers: ok([]taskInfo{})},
		"GET /connectors/{c}/topics":       {summary: "The topics that a connector used.", answers: ok(map[string]topicsBody{})},
		"PUT /connectors/{c}/topics/reset": {summary: "Forget which topics a connector used.", answers: map[int]any{202: none{}}},
		"PUT /connectors/{c}/pause":        {summary: "Pause a connector.", answers: map[int]any{202: none{}}},
		"PUT /connectors/{c}/resume":       {summary: "Go on with a paused or stopped connector.", answers: map[int]any{202: none{}}},
		"PUT /connectors/{c}/stop":         {summary: "Stop a connector, so that its offsets can be changed.", answers: map[int]any{204: none{}}},
		"POST /connectors/{c}/restart": {summary: "Restart a connector, or with a flag its tasks too.", query: []string{"includeTasks?", "onlyFailed?"},
			answers: map[int]any{202: connectorStatus{}, 204: none{}}},
		"GET /connectors/{c}/tasks/{t}/status":   {summary: "The state of a task.", answers: ok(taskStatus{})},
		"POST /connectors/{c}/tasks/{t}/restart": {summary: "Restart a task.", answers: map[int]any{204: none{}}},
		"GET /connectors/{c}/offsets":            {summary: "Where a connector stands.", answers: ok(offsetList{})},
		"PATCH /connectors/{c}/offsets":          {summary: "Move a stopped connector; null forgets a partition.", body: offsetList{}, answers: ok(messageBody{})},
		"DELETE /connectors/{c}/offsets":         {summary: "Forget where a stopped connector stands.", answers: ok(messageBody{})},
		"POST /connectors/{c}/tasks":             {summary: "Between Java workers alone.", body: []map[string]string{}},
		"PUT /connectors/{c}/fence":              {summary: "Between Java workers alone.", body: document{}},

		"GET /connector-plugins":                     {summary: "The plugins: connectors, or with connectorsOnly=false all.", query: []string{"connectorsOnly?"}, answers: ok([]pluginInfo{})},
		"GET /connector-plugins/{p}/config":          {summary: "A plugin's configuration keys.", query: []string{"version"}, answers: ok([]keyInfo{})},
		"PUT /connector-plugins/{p}/config/validate": {summary: "Check a configuration.", body: config, answers: ok(infos{})},

		"GET /admin/loggers":     {summary: "The levels of loggers.", answers: ok(map[string]levelInfo{})},
		"GET /admin/loggers/{l}": {summary: "The level of a logger.", answers: ok(levelInfo{})},
		"PUT /admin/loggers/{l}": {summary: "Set the level of a logger, here or with scope=cluster everywhere.", query: []string{"scope"}, body: levelBody{},
			answers: map[int]any{200: []string{}, 204: none{}}},
	}
}

// failures are the answers that any operation may give, in Connect's words.
var failures = map[int]string{
	http.StatusBadRequest:            "The request is wrong.",
	http.StatusUnauthorized:          "User or password are wrong; the body is text.",
	http.StatusForbidden:             "The user may not do this, or it is switched off.",
	http.StatusNotFound:              "There is no such resource.",
	http.StatusNotAcceptable:         "Answers are JSON.",
	http.StatusConflict:              "The connector exists, or nobody leads just now: try again.",
	http.StatusRequestEntityTooLarge: "The body is too large.",
	http.StatusUnsupportedMediaType:  "Bodies are application/json.",
	http.StatusTooManyRequests:       "There are too many requests: try again.",
	http.StatusInternalServerError:   "The body is no JSON of the right shape, or something failed.",
}

// describe is the API's description in OpenAPI 3.1, of the routes that this server has.
func (s *server) describe() document {
	all, schemas, paths := operations(), schemas{}, document{}
	for _, r := range s.routes {
		pattern := "/" + strings.Join(r.pattern, "/")
		methods := document{}
		for method := range r.methods {
			methods[strings.ToLower(method)] = all[method+" "+pattern].describe(r, schemas)
		}
		paths[pattern] = methods
	}
	failure := schemas.of(errorBody{})
	return document{"openapi": "3.1.0", "info": document{"title": "Kafka Connect REST API", "version": s.Version,
		"description": "The REST API of Apache Kafka Connect " + s.Version + ", as Mayfly serves it."}, "paths": paths,
		"components": document{"schemas": schemas, "responses": failed(failure)}}
}

// failed are the answers of failures, which operations refer to.
func failed(schema any) document {
	out := document{}
	for status, what := range failures {
		answer := document{"description": what}
		if status != http.StatusUnauthorized {
			answer["content"] = document{jsonType: document{"schema": schema}}
		}
		if status == http.StatusBadRequest { // for paths that can be read in two ways
			answer["content"].(document)["text/html"] = document{}
		}
		out[strconv.Itoa(status)] = answer
	}
	return out
}

func (o operation) describe(r route, s schemas) document {
	out, answers, parameters := document{"summary": o.summary}, document{}, []any{}
	for _, p := range r.pattern {
		if name, ok := strings.CutPrefix(p, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			parameters = append(parameters, parameter("path", name, map[bool]string{true: "integer", false: "string"}[name == "t"]))
		}
	}
	for _, q := range o.query {
		if name, ok := strings.CutSuffix(q, "?"); ok {
			parameters = append(parameters, parameter("query", name, "boolean"))
		} else {
			parameters = append(parameters, parameter("query", q, "string"))
		}
	}
	if len(parameters) > 0 {
		out["parameters"] = parameters
	}
	if o.body != nil {
		out["requestBody"] = document{"required": true, "content": document{jsonType: document{"schema": s.of(o.body)}}}
	}
	for status := range failures {
		answers[strconv.Itoa(status)] = document{"$ref": "#/components/responses/" + strconv.Itoa(status)}
	}
	for status, v := range o.answers {
		answer := document{"description": http.StatusText(status)}
		if _, empty := v.(none); !empty {
			answer["content"] = document{jsonType: document{"schema": s.of(v)}}
		}
		answers[strconv.Itoa(status)] = answer
	}
	out["responses"] = answers
	return out
}

func parameter(in, name, kind string) document {
	return document{"in": in, "name": name, "required": in == "path", "schema": document{"type": kind}}
}
