package worker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Connector is a connector file's content.
type Connector struct {
	Name         string            `json:"name"`
	Config       map[string]string `json:"config"`
	InitialState string            `json:"initial_state"` // RUNNING, PAUSED, STOPPED, or empty for RUNNING
}

// LoadConnector reads a connector file: properties, a flat JSON map, or the body of POST /connectors. The format is told by
// content, as connect-standalone does.
func LoadConnector(path string) (Connector, error) {
	c, err := ReadConnector(path)
	if err == nil && c.Name == "" {
		err = fmt.Errorf("read connector %s: it has no name", path)
	}
	return c, err
}

// ReadConnector is LoadConnector for a file that need not name its connector.
func ReadConnector(path string) (Connector, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Connector{}, fmt.Errorf("read connector: %w", err)
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")) // as some editors on Windows begin a file
	if t := bytes.TrimSpace(b); len(t) == 0 || t[0] != '{' {
		p, err := readProperties(path)
		if err != nil {
			return Connector{}, err
		}
		return named(Connector{Name: p["name"], Config: p}), nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return Connector{}, fmt.Errorf("read connector %s: line %d: %w", path, 1+bytes.Count(b[:syntax.Offset], []byte("\n")), err)
		}
		return Connector{}, fmt.Errorf("read connector %s: %w", path, err)
	}
	c := Connector{}
	if inner, ok := raw["config"]; ok && bytes.HasPrefix(bytes.TrimSpace(inner), []byte("{")) {
		if err := errors.Join(into(raw, "name", &c.Name), into(raw, "initial_state", &c.InitialState)); err != nil {
			return Connector{}, fmt.Errorf("read connector %s: %w", path, err)
		}
		if err := c.checkInitialState(); err != nil {
			return Connector{}, fmt.Errorf("read connector %s: %w", path, err)
		}
		raw = nil
		if err := json.Unmarshal(inner, &raw); err != nil {
			return Connector{}, fmt.Errorf("read connector %s: config: %w", path, err)
		}
	}
	if c.Config, err = texts(raw); err != nil {
		return Connector{}, fmt.Errorf("read connector %s: %w", path, err)
	}
	if c.Name == "" {
		c.Name = c.Config["name"]
	}
	return named(c), nil
}

// checkInitialState brings the state into Connect's form.
func (c *Connector) checkInitialState() error {
	c.InitialState = strings.ToUpper(strings.TrimSpace(c.InitialState))
	if c.InitialState != "" && !slices.Contains([]string{"RUNNING", "PAUSED", "STOPPED"}, c.InitialState) {
		return fmt.Errorf("initial_state is %q, it can be RUNNING, PAUSED or STOPPED", c.InitialState)
	}
	return nil
}

func into(raw map[string]json.RawMessage, key string, s *string) error {
	if raw[key] == nil {
		return nil
	}
	if err := json.Unmarshal(raw[key], s); err != nil {
		return fmt.Errorf("%s: it must be a text", key)
	}
	return nil
}

// texts makes every value a text: numbers and booleans as they are written.
func texts(raw map[string]json.RawMessage) (map[string]string, error) {
	out := make(map[string]string, len(raw))
	for k, v := range raw {
		switch v[0] {
		case '"':
			var s string
			if err := json.Unmarshal(v, &s); err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			out[k] = s
		case '{', '[':
			return nil, fmt.Errorf("%s: it must be a text, a number or a boolean", k)
		case 'n':
			return nil, fmt.Errorf("%s: it is null; leave the key out", k)
		default:
			out[k] = string(v)
		}
	}
	return out, nil
}

func named(c Connector) Connector {
	if c.Name != "" {
		c.Config["name"] = c.Name
	}
	return c
}
