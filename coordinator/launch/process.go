package launch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Process runs invitations in processes of lean executor binaries. One that is done waits a while for another invitation of
// its family, so that a busy connector does not pay a start for each; what it keeps meanwhile is speed only (I3).
//
// A process gets its first invitation and the Kafka client's properties as files that are complete before it starts, further
// invitations by a socket, and it is in a process group of its own: it does not notice when the coordinator is killed until it
// is done. It says twice a second that it lives: one that does not is killed.
type Process struct {
	// Dir holds the binaries, mayfly-process-<family>.
	Dir string
	// Family says which binary a lease needs.
	Family func(l tasks.Lease) tasks.Family
	// Kafka holds the Kafka client's properties, secrets among them. They are in no argument and no environment variable.
	Kafka map[string]string
	// Most bounds the processes: above it those that wait make room for those that are to run. Zero for no bound.
	Most int
	// Idle is how long a process waits for another invitation; zero for not at all.
	Idle time.Duration
	// Memory is how many bytes a process may use. One that uses more is killed; one that has used more than half of them does
	// not wait for another invitation. Zero for no limit; only Linux tells what a process uses.
	Memory int64

	mu     sync.Mutex
	closed bool
	procs  map[*child]struct{}
	idle   []*child // the newest last
	wg     sync.WaitGroup
}

var _ Launcher = (*Process)(nil)

// Launch implements [Launcher]. The executor's log goes to this process's standard error. An executor that hangs is killed
// when it has said nothing for two seconds, or once its leases' time is over.
func (p *Process) Launch(ctx context.Context, inv tasks.Invitation, gone func(error)) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("start an executor process: %w", err)
	}
	b, err := Encode(inv, tasks.InvitationLimit)
	if err != nil {
		return fmt.Errorf("start an executor process: %w", err)
	}
	family, limit := p.Family(inv.Leases[0]), Lifetime(inv)
	for {
		c, err := p.warm(family)
		if err != nil {
			return fmt.Errorf("start an executor process: %w", err)
		}
		if c == nil {
			return p.cold(family, b, limit, gone)
		}
		if p.again(c, b, limit, gone) {
			return nil
		}
	}
}

// warm takes a process that waits, the newest, so that what is too much grows old. Where none does, and there are as many
// processes as may be, the oldest of those that wait goes.
func (p *Process) warm(family tasks.Family) (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	for i := len(p.idle) - 1; i >= 0; i-- {
		if p.idle[i].family == family {
			return p.leave(i), nil
		}
	}
	if p.Most > 0 && len(p.procs) >= p.Most && len(p.idle) > 0 {
		p.dismiss(p.leave(0))
	}
	return nil, nil
}

// leave takes a process out of those that wait.
func (p *Process) leave(i int) *child {
	c := p.idle[i]
	p.idle = slices.Delete(p.idle, i, i+1)
	return c
}

// again gives a warm process an invitation; false when it did not take it, because it is gone or hangs.
func (p *Process) again(c *child, invitation []byte, limit time.Duration, gone func(error)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, alive := p.procs[c]; !alive {
		return false
	}
	p.begin(c, limit, silence, gone)
	_ = c.conn.SetWriteDeadline(time.Now().Add(handLimit))
	if _, err := c.conn.Write(append(invitation, '\n')); err != nil {
		c.gone = nil
		c.kill(fmt.Errorf("hand over an invitation: %w", err))
		return false
	}
	return true
}

// cold starts a process.
func (p *Process) cold(family tasks.Family, invitation []byte, limit time.Duration, gone func(error)) error {
	cmd, conn, err := p.command(family, invitation)
	if err != nil {
		return fmt.Errorf("start an executor process: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	err = ErrClosed
	if !p.closed {
		err = cmd.Start()
	}
	closeFiles(cmd)
	if err != nil {
		_ = conn.Close()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("start an executor process: %w; build the binaries with make build, or set mayfly.executor.dir to where they are", err)
	case err != nil && !errors.Is(err, ErrClosed):
		return fmt.Errorf("start an executor process: %w; lower mayfly.executors.max if the machine has no room for more", err)
	case err != nil:
		return fmt.Errorf("start an executor process: %w", err)
	}
	if p.procs == nil {
		p.procs = map[*child]struct{}{}
	}
	c := &child{family: family, cmd: cmd, conn: conn}
	p.procs[c] = struct{}{}
	p.begin(c, limit, firstSilence, gone)
	p.wg.Go(func() { p.listen(c) })
	p.wg.Go(func() { p.wait(c) })
	return nil
}

// command returns the command with its files, which the caller closes, and the launcher's end of the socket.
func (p *Process) command(family tasks.Family, invitation []byte) (*exec.Cmd, net.Conn, error) {
	cmd := exec.Command(filepath.Join(p.Dir, "mayfly-process-"+string(family)))
	cmd.Env, cmd.Stderr = environment(os.Environ()), os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the terminal's Ctrl-C is the coordinator's alone
	in, err := handOver("invitation", invitation)
	if err != nil {
		return nil, nil, err
	}
	cmd.Stdin = in
	conn, theirs, err := pair()
	if err != nil {
		closeFiles(cmd)
		return nil, nil, err
	}
	cmd.ExtraFiles = []*os.File{theirs}
	cmd.Env = append(cmd.Env, boot.NextEnv+"="+strconv.Itoa(firstExtra))
	if len(p.Kafka) == 0 {
		return cmd, conn, nil
	}
	b, err := json.Marshal(p.Kafka)
	if err == nil {
		in, err = handOver("kafka", b)
	}
	if err != nil {
		closeFiles(cmd)
		_ = conn.Close()
		return nil, nil, err
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, in)
	cmd.Env = append(cmd.Env, boot.KafkaFileEnv+"=/dev/fd/"+strconv.Itoa(firstExtra+1))
	return cmd, conn, nil
}

// firstExtra is the descriptor under which a process finds the first of its extra files.
const firstExtra = 3

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

// Close implements [Launcher]: those that wait go, SIGTERM lets the others report what they have done; at ctx's end they are
// killed.
func (p *Process) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	for len(p.idle) > 0 {
		p.dismiss(p.leave(0))
	}
	p.mu.Unlock()
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
	for c := range p.procs {
		_ = c.cmd.Process.Signal(s) // it may be gone already
	}
}
