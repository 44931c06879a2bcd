// Package command runs the mayfly command for a benchmark and tells what it cost.
package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// Cost is what a command used.
type Cost struct {
	Wall time.Duration // from its start to its end, unless the benchmark says otherwise
	CPU  time.Duration // of it and the children it waited for, from their start to their end
	RSS  int64         // bytes, the most of the largest of them
	Own  time.Duration // the CPU time of mayfly alone, without the children it waited for
}

// CostOf returns the cost of a command that has ended.
func CostOf(cmd *exec.Cmd, wall time.Duration) Cost {
	s := cmd.ProcessState
	usage, _ := s.SysUsage().(*syscall.Rusage)
	return Cost{Wall: wall, CPU: s.UserTime() + s.SystemTime(), RSS: usage.Maxrss << 10}
}

// Options say how to run mayfly.
type Options struct {
	Mayfly    string // the command
	Mode      string // standalone or coordinator
	Bootstrap string // the broker's address; standalone without one brings its own
	Name      string // of the connector, and the prefix of the internal topics
	Connector string // its configuration with its name, as JSON, or nothing
	GCS       string // the storage emulator's URL, or nothing
}

// Mayfly is a running mayfly command.
type Mayfly struct {
	Dir   string     // its files; a command that failed leaves them
	Ended chan error // receives how the command ended
	Began time.Time

	mode, connector, listener string
	cmd                       *exec.Cmd
}

// Start starts mayfly with the worker properties of this folder. A standalone one begins with the connector at once; a
// coordinator gets it from Submit.
func Start(o Options) (*Mayfly, error) {
	listener, err := freeAddress()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", o.Name)
	if err != nil {
		return nil, err
	}
	m := &Mayfly{Dir: dir, Ended: make(chan error, 1), mode: o.Mode, connector: o.Connector, listener: listener}
	args, err := m.arguments(o)
	if err != nil {
		return nil, err
	}
	m.cmd = exec.Command(o.Mayfly, args...)
	m.cmd.Env = append(os.Environ(), "MAYFLY_DATA_DIR="+filepath.Join(dir, "data"))
	if o.GCS != "" {
		m.cmd.Env = append(m.cmd.Env, "STORAGE_EMULATOR_HOST="+o.GCS)
	}
	return m, m.run()
}

// arguments writes mayfly's files and returns what names them.
func (m *Mayfly) arguments(o Options) ([]string, error) {
	properties, err := Expand("tests/bench/worker.properties", map[string]string{
		"BOOTSTRAP": o.Bootstrap, "LISTENER": m.listener, "NAME": o.Name, "DIR": m.Dir,
	})
	if err != nil {
		return nil, err
	}
	worker, file := filepath.Join(m.Dir, "worker.properties"), filepath.Join(m.Dir, "connector.json")
	if err := os.WriteFile(worker, []byte(properties), 0o644); err != nil {
		return nil, err
	}
	if o.Mode != "standalone" || o.Connector == "" {
		return []string{o.Mode, worker}, nil
	}
	return []string{o.Mode, worker, file}, os.WriteFile(file, []byte(o.Connector), 0o644)
}

func (m *Mayfly) run() error {
	log, err := os.Create(filepath.Join(m.Dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	m.cmd.Stdout, m.cmd.Stderr = log, log
	m.Began = time.Now()
	if err := m.cmd.Start(); err != nil {
		return err
	}
	go func() { m.Ended <- m.cmd.Wait() }()
	return nil
}

// PID returns the process id of the command itself.
func (m *Mayfly) PID() int { return m.cmd.Process.Pid }

// URL returns where the REST API is.
func (m *Mayfly) URL() string { return "http://" + m.listener }

// Submit creates the connector by REST, in the mode where no file does. It waits until the API answers.
func (m *Mayfly) Submit(ctx context.Context) error {
	if m.mode == "standalone" {
		return nil
	}
	return m.Create(ctx, m.connector)
}

// Create creates a connector, its configuration with its name as JSON, by REST. It waits until the API answers.
func (m *Mayfly) Create(ctx context.Context, connector string) error {
	return m.try(ctx, func() (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL()+"/connectors", strings.NewReader(connector))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return req, err
	}, http.StatusCreated)
}

// Ready waits until the REST API answers.
func (m *Mayfly) Ready(ctx context.Context) error {
	return m.try(ctx, func() (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, m.URL()+"/", nil)
	}, http.StatusOK)
}

// try sends a request until it is answered with a status.
func (m *Mayfly) try(ctx context.Context, request func() (*http.Request, error), want int) error {
	for {
		req, err := request()
		if err != nil {
			return err
		}
		retry, err := once(req, want)
		if err == nil || !retry {
			return err
		}
		select {
		case e := <-m.Ended:
			m.Ended <- e
			return fmt.Errorf("%s ended (%v); see its log", m.cmd, e)
		case <-ctx.Done():
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// once tries once; retry is true where the API is not up yet.
func once(req *http.Request, want int) (retry bool, err error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return true, err
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	_, _ = body.ReadFrom(resp.Body) // It is only for the message, and for the connection's sake.
	if resp.StatusCode == want {
		return false, nil
	}
	// 409 is what a coordinator answers that does not lead yet.
	return resp.StatusCode >= http.StatusInternalServerError || resp.StatusCode == http.StatusConflict,
		fmt.Errorf("%s %s answered %s: %s", req.Method, req.URL.Path, resp.Status, body.String())
}

// Stop ends mayfly with SIGTERM, waits until it has ended and removes its files.
func (m *Mayfly) Stop(ctx context.Context) (Cost, error) {
	own, err := UsageOf(m.PID())
	if err == nil {
		err = m.cmd.Process.Signal(syscall.SIGTERM)
	}
	if err != nil {
		return Cost{}, fmt.Errorf("stop %s: %w", m.cmd, err)
	}
	select {
	case err = <-m.Ended:
	case <-ctx.Done():
		m.Kill()
		err = errors.New("it still ran after SIGTERM")
	}
	if err != nil {
		return Cost{}, fmt.Errorf("stop %s: %w; its files are in %s", m.cmd, err, m.Dir)
	}
	c := CostOf(m.cmd, time.Since(m.Began))
	c.Own = own.CPU
	return c, os.RemoveAll(m.Dir)
}

// Kill ends a mayfly of which another error tells, and leaves its files.
func (m *Mayfly) Kill() { _ = m.cmd.Process.Kill() }

// placeholder is what [Expand] fills in. A dollar sign alone is none: transforms have them in their names.
var placeholder = regexp.MustCompile(`\$\{[A-Z]+\}`)

// Expand returns the file's text with its ${NAME}s filled in.
func Expand(file string, values map[string]string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var unknown []string
	out := placeholder.ReplaceAllStringFunc(string(text), func(found string) string {
		name := found[2 : len(found)-1]
		value, ok := values[name]
		if !ok {
			unknown = append(unknown, name)
		}
		return value
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("%s: nothing to fill in for %s", file, strings.Join(unknown, ", "))
	}
	return out, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
