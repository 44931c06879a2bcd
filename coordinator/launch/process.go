package launch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/mayfly-connect/mayfly/tasks"
)

// KafkaEnv is the environment variable that hands the Kafka client's properties to an executor process, as a JSON object.
// Secrets travel this way and not in the invitation.
const KafkaEnv = "MAYFLY_KAFKA"

// Process runs each invitation in a new process of a lean executor binary.
type Process struct {
	// Dir holds the binaries, mayfly-process-<family>.
	Dir string
	// Family says which binary a lease needs.
	Family func(l tasks.Lease) tasks.Family
	// Kafka is handed over in [KafkaEnv].
	Kafka map[string]string

	mu     sync.Mutex
	closed bool
	procs  map[*exec.Cmd]struct{}
	wg     sync.WaitGroup
}

var _ Launcher = (*Process)(nil)

// Launch implements [Launcher]. The executor's log goes to this process's standard error.
func (p *Process) Launch(_ context.Context, inv tasks.Invitation, gone func(error)) error {
	in, err := json.Marshal(inv)
	if err != nil {
		return fmt.Errorf("encode the invitation: %w", err)
	}
	kafka, err := json.Marshal(p.Kafka)
	if err != nil {
		return fmt.Errorf("encode the Kafka client's properties: %w", err)
	}
	cmd := exec.Command(filepath.Join(p.Dir, "mayfly-process-"+string(p.Family(inv.Leases[0]))))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	cmd.Env = append(os.Environ(), KafkaEnv+"="+string(kafka))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("start an executor: the launcher is closed")
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start an executor: %w; build the binaries with make build, or set mayfly.executor.dir to where they are", err)
	}
	if p.procs == nil {
		p.procs = map[*exec.Cmd]struct{}{}
	}
	p.procs[cmd] = struct{}{}
	p.wg.Go(func() {
		err := cmd.Wait()
		p.mu.Lock()
		delete(p.procs, cmd)
		p.mu.Unlock()
		if err != nil {
			err = fmt.Errorf("executor process %d: %w", cmd.Process.Pid, err)
		}
		gone(err)
	})
	return nil
}

// Close implements [Launcher]: SIGTERM lets executors report what they have done; at ctx's end they are killed.
func (p *Process) Close(ctx context.Context) error {
	p.signal(syscall.SIGTERM)
	err := wait(ctx, &p.wg)
	if err != nil {
		p.signal(syscall.SIGKILL)
		p.wg.Wait()
	}
	return err
}

func (p *Process) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for cmd := range p.procs {
		_ = cmd.Process.Signal(s) // it may be gone already
	}
}
