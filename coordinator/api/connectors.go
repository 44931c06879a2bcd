package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/mayfly-connect/mayfly/coordinator/connector"
)

func (s *server) connectorRoutes() {
	s.on("GET", "/connectors", s.list)
	s.on("POST", "/connectors", s.create)
	s.on("GET", "/connectors/{c}", func(_ http.ResponseWriter, c call) (int, any, error) {
		state, err := s.connector(c)
		return http.StatusOK, info(state), err
	})
	s.on("DELETE", "/connectors/{c}", s.delete)
	s.on("GET", "/connectors/{c}/config", func(_ http.ResponseWriter, c call) (int, any, error) {
		state, err := s.connector(c)
		return http.StatusOK, configOf(state), err
	})
	s.on("PUT", "/connectors/{c}/config", s.put)
	s.on("PATCH", "/connectors/{c}/config", s.patch)
}

// connector returns the connector that the path names, or Connect's 404.
func (s *server) connector(c call) (ConnectorState, error) {
	state, ok := s.Backend.Connector(c.path["c"])
	if !ok {
		return state, notFound("Connector %s not found", c.path["c"])
	}
	return state, nil
}

func (s *server) list(_ http.ResponseWriter, c call) (int, any, error) {
	names := s.Backend.Connectors()
	if !c.URL.Query().Has("expand") {
		return http.StatusOK, append([]string{}, names...), nil
	}
	expand := c.URL.Query()["expand"]
	out := map[string]map[string]any{}
	for _, name := range names {
		state, ok := s.Backend.Connector(name)
		wantsStatus := slices.Contains(expand, "status")
		if !ok || wantsStatus && !state.HasStatus {
			continue
		}
		out[name] = map[string]any{}
		if wantsStatus {
			out[name]["status"] = status(state)
		}
		if slices.Contains(expand, "info") {
			out[name]["info"] = info(state)
		}
	}
	return http.StatusOK, out, nil
}

func (s *server) create(w http.ResponseWriter, c call) (int, any, error) {
	name, config, initial, err := createBody(c.body)
	if err != nil {
		return 0, nil, err
	}
	return s.store(w, c, name, config, initial, true)
}

func (s *server) put(w http.ResponseWriter, c call) (int, any, error) {
	config, err := configBody(c.body)
	if err != nil {
		return 0, nil, err
	}
	return s.store(w, c, c.path["c"], config, "", false)
}

func (s *server) store(w http.ResponseWriter, c call, name string, config map[string]*string, initial string, create bool) (int, any, error) {
	if given, ok := config["name"]; !ok || given == nil {
		config["name"] = &name
	} else if *given != name {
		return 0, nil, badRequest("Connector name configuration (%s) doesn't match connector name in the URL (%s)", *given, name)
	}
	props, nulls, report, err := s.check(config)
	if err != nil {
		return 0, nil, err
	}
	if !report.OK() {
		return 0, nil, badRequest("%s", report.Message())
	}
	if done, err := s.forwarded(w, c); done || err != nil {
		return 0, nil, err
	}
	before, exists := s.Backend.Connector(name)
	if create && exists {
		return 0, nil, conflict(fmt.Sprintf("Connector %s already exists", name))
	}
	created, err := s.Backend.Put(c.Context(), name, props, nulls, initial)
	if err != nil {
		return 0, nil, err
	}
	tasks := before.Tasks
	if now, ok := s.Backend.Connector(name); ok && s.Standalone { // which answers when they are made
		tasks = now.Tasks
	}
	answer := info(ConnectorState{Name: name, Config: props, Nulls: nulls, Kind: report.Kind, Tasks: tasks})
	if !created {
		return http.StatusOK, answer, nil
	}
	w.Header().Set("Location", base(c.Request)+"/connectors/"+escapePath(name))
	return http.StatusCreated, answer, nil
}

func (s *server) patch(w http.ResponseWriter, c call) (int, any, error) {
	state, err := s.connector(c)
	if err != nil {
		return 0, nil, err
	}
	changes, err := configBody(c.body)
	if err != nil {
		return 0, nil, err
	}
	props := maps.Clone(state.Config)
	for key, value := range changes {
		if value == nil {
			delete(props, key)
		} else {
			props[key] = *value
		}
	}
	report, err := s.Validate(props)
	if err != nil {
		return 0, nil, err
	}
	if !report.OK() {
		return 0, nil, badRequest("%s", report.Message())
	}
	if done, err := s.forwarded(w, c); done || err != nil {
		return 0, nil, err
	}
	nulls := slices.DeleteFunc(state.Nulls, func(k string) bool { _, changed := changes[k]; return changed })
	if _, err := s.Backend.Put(c.Context(), state.Name, props, nulls, ""); err != nil {
		return 0, nil, err
	}
	state.Config, state.Nulls, state.Kind = props, nulls, report.Kind
	return http.StatusOK, info(state), nil
}

func (s *server) delete(w http.ResponseWriter, c call) (int, any, error) {
	if done, err := s.forwarded(w, c); done || err != nil {
		return 0, nil, err
	}
	state, err := s.connector(c)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusNoContent, nil, s.Backend.Delete(c.Context(), state.Name)
}

// check validates a configuration of which some values may be null. Those are left out when the plugin defines their key,
// and mistakes otherwise.
func (s *server) check(config map[string]*string) (props map[string]string, nulls []string, report connector.Report, err error) {
	props = map[string]string{}
	for key, value := range config {
		if value == nil {
			nulls = append(nulls, key)
		} else {
			props[key] = *value
		}
	}
	if report, err = s.Validate(props); err != nil {
		return nil, nil, report, err
	}
	slices.Sort(nulls)
	for _, key := range nulls {
		if _, ok := report.Plugin.Config.Key(key); !ok {
			report = report.With(key, "Null value can not be supplied as the configuration value.")
		}
	}
	return props, nulls, report, nil
}

// createBody reads the body of POST /connectors; initial is a target state or empty.
func createBody(body []byte) (name string, config map[string]*string, initial string, err error) {
	members, err := object(body)
	if err != nil {
		return "", nil, "", err
	}
	for key := range members {
		if !slices.Contains([]string{"name", "config", "initial_state"}, key) {
			return "", nil, "", badBody(fmt.Errorf("unrecognized field %q, the fields are name, config and initial_state", key))
		}
	}
	text := func(key string) string {
		raw, ok := members[key]
		if !ok || err != nil {
			return ""
		}
		var s *string
		if s, err = scalar(raw); s == nil {
			return ""
		}
		return strings.TrimSpace(*s)
	}
	name, state := text("name"), text("initial_state")
	if err != nil {
		return "", nil, "", err
	}
	targets := map[string]string{"": "", "RUNNING": "STARTED", "PAUSED": "PAUSED", "STOPPED": "STOPPED"}
	initial, ok := targets[strings.ToUpper(state)]
	if !ok {
		return "", nil, "", badBody(fmt.Errorf("initial_state is %q, it can be RUNNING, PAUSED or STOPPED", state))
	}
	raw, ok := members["config"]
	if !ok {
		raw = json.RawMessage("null")
	}
	config, err = configBody(raw)
	return name, config, initial, err
}

// escapePath escapes a name for the Location header as Connect's framework does: what a path may hold stays as it is, the
// slash and an escape that is there already too.
func escapePath(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0,
			c == '%' && i+2 < len(name) && isHex(name[i+1]) && isHex(name[i+2]):
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func base(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
