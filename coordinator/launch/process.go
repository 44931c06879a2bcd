package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Process runs each invitation in a new process of a lean executor binary.
//
// A process gets its invitation and the Kafka client's properties as files that are complete before it starts, and it is in a
// process group of its own: it does not notice when the coordinator is killed.
type Process struct {
	// Dir holds the binaries, mayfly-process-<family>.
	Dir string
	// Family says which binary a lease needs.
	Family func(l tasks.Lease) tasks.Family
	// Kafka holds the Kafka client's properties, secrets among them. They are in no argument and no environment variable.
	Kafka map[string]string

	mu     sync.Mutex
	closed bool
	procs  map[*exec.Cmd]struct{}
	wg     sync.WaitGroup
}

var _ Launcher = (*Process)(nil)

// Launch implements [Launcher]. The executor's log goes to this process's standard error. An executor that hangs is killed
// once its leases' time is over.
func (p *Process) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("start an executor process: %w", err)
	}
	cmd, err := p.command(inv)
	if err != nil {
		return fmt.Errorf("start an executor process: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		closeFiles(cmd)
		return fmt.Errorf("start an executor process: %w", errClosed)
	}
	err = cmd.Start()
	closeFiles(cmd)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("start an executor process: %w; build the binaries with make build, or set mayfly.executor.dir to where they are", err)
	}
	if err != nil {
		return fmt.Errorf("start an executor process: %w; lower mayfly.executors.max if the machine has no room for more", err)
	}
	if p.procs == nil {
		p.procs = map[*exec.Cmd]struct{}{}
	}
	p.procs[cmd] = struct{}{}
	p.wg.Go(func() { gone(p.wait(cmd, lifetime(inv))) })
	return nil
}

// command returns the command with its files, which the caller closes.
func (p *Process) command(inv tasks.Invitation) (*exec.Cmd, error) {
	b, err := encode(inv, tasks.InvitationLimit)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Join(p.Dir, "mayfly-process-"+string(p.Family(inv.Leases[0]))))
	cmd.Env, cmd.Stderr = environment(os.Environ()), os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's Ctrl-C is the coordinator's alone
	in, err := handOver("invitation", b)
	if err != nil {
		return nil, err
	}
	cmd.Stdin = in
	if len(p.Kafka) == 0 {
		return cmd, nil
	}
	if b, err = json.Marshal(p.Kafka); err == nil {
		in, err = handOver("kafka", b)
	}
	if err != nil {
		closeFiles(cmd)
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{in}
	cmd.Env = append(cmd.Env, boot.KafkaFileEnv+"=/dev/fd/3")
	return cmd, nil
}

func closeFiles(cmd *exec.Cmd) {
	_ = cmd.Stdin.(*os.File).Close() // nothing was written since
	for _, f := range cmd.ExtraFiles {
		_ = f.Close()
	}
}

// environment leaves out what is the coordinator's: its worker properties, with their secrets.
func environment(all []string) (out []string) {
	for _, kv := range all {
		if !strings.HasPrefix(kv, "CONNECT_") && !strings.HasPrefix(kv, "MAYFLY_") {
			out = append(out, kv)
		}
	}
	return out
}

// wait waits for a process's end and returns why it ended, nil for by itself.
func (p *Process) wait(cmd *exec.Cmd, limit time.Duration) error {
	var overdue atomic.Bool
	timer := time.AfterFunc(limit, func() {
		overdue.Store(true)
		_ = cmd.Process.Kill() // it may be gone already
	})
	err := cmd.Wait()
	timer.Stop()
	p.mu.Lock()
	delete(p.procs, cmd)
	p.mu.Unlock()
	switch {
	case err == nil:
		return nil
	case overdue.Load():
		return fmt.Errorf("executor process %d hung: it was killed %s after its start, when its time was over", cmd.Process.Pid, limit)
	}
	return fmt.Errorf("executor process %d: %w", cmd.Process.Pid, err)
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
