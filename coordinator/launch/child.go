package launch

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/mayfly-connect/mayfly/functions/boot"
	"github.com/mayfly-connect/mayfly/tasks"
)

const (
	// silence is how long an executor process may say nothing before it counts as hanging, firstSilence how long it may take to
	// start.
	silence, firstSilence = 4 * boot.Beat, 10 * time.Second
	// secondChance is how long the reading of what an executor has said may take when it was this process that was held up.
	secondChance = 50 * time.Millisecond
	// handLimit bounds the handing over of an invitation to a warm process, which reads at once.
	handLimit = time.Second
)

// child is one executor process. The launcher's lock guards it.
type child struct {
	family tasks.Family
	cmd    *exec.Cmd
	conn   net.Conn // what it says, and further invitations

	gone   func(error) // of the invitation at hand; nil while it has none
	due    time.Time   // when the invitation's time is over, or the wait for another one
	timer  *time.Timer // rings then
	killed error       // why it was
	most   int64       // bytes of memory that it was seen to use
}

// begin notes that a process has an invitation.
func (p *Process) begin(c *child, limit, patience time.Duration, gone func(error)) {
	c.gone = gone
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	p.alarm(c, limit)
}

// alarm sets when the time of what the process does is over.
func (p *Process) alarm(c *child, d time.Duration) {
	c.due = time.Now().Add(d)
	if c.timer != nil {
		c.timer.Stop()
	}
	c.timer = time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		i := slices.Index(p.idle, c)
		switch {
		case time.Now().Before(c.due): // it rang too late, for something else
		case i >= 0:
			p.dismiss(p.leave(i))
		default:
			c.kill(fmt.Errorf("it hung: it was killed after %s, when its leases' time was over", d))
		}
	})
}

// dismiss tells a process that there is nothing more for it, whereupon it ends.
func (p *Process) dismiss(c *child) {
	_ = c.conn.Close()
	p.alarm(c, grace)
}

// kill ends a process by force.
func (c *child) kill(why error) {
	if c.killed == nil {
		c.killed = why
	}
	_ = c.cmd.Process.Kill() // it may be gone already
}

// listen hears what a process says until it is gone.
func (p *Process) listen(c *child) {
	buf := make([]byte, 64)
	for {
		n, err := c.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = c.conn.SetReadDeadline(time.Now().Add(secondChance))
			n, err = c.conn.Read(buf)
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			p.silent(c)
		case err != nil:
			return
		default:
			p.heard(c, buf[:n])
		}
	}
}

// silent kills a process that has an invitation and says nothing.
func (p *Process) silent(c *child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = c.conn.SetReadDeadline(time.Time{})
	if c.gone != nil {
		c.kill(fmt.Errorf("it hung: it was killed when it had said nothing for %s", silence))
	}
}

// heard folds what a process has said.
func (p *Process) heard(c *child, said []byte) {
	p.mu.Lock()
	if p.Memory > 0 {
		c.most = max(c.most, resident(c.cmd.Process.Pid))
	}
	var gone func(error)
	switch {
	case c.gone == nil: // a last word of what is done
	case said[len(said)-1] == boot.SaysDone:
		gone, c.gone = c.gone, nil
		_ = c.conn.SetReadDeadline(time.Time{})
		p.rest(c)
	case p.Memory > 0 && c.most > p.Memory:
		c.kill(fmt.Errorf("it was killed because it used %d MB of memory and mayfly.launcher.process.memory.bytes allows %d MB; "+
			"raise that, or make the slices smaller with mayfly.slice.bytes", c.most>>20, p.Memory>>20))
	default:
		_ = c.conn.SetReadDeadline(time.Now().Add(silence))
	}
	p.mu.Unlock()
	if gone != nil {
		gone(nil)
	}
}

// rest lets a process that is done wait for another invitation, unless nobody wants that.
func (p *Process) rest(c *child) {
	if p.closed || p.Idle <= 0 || p.Memory > 0 && c.most > p.Memory/2 {
		p.dismiss(c)
		return
	}
	p.idle = append(p.idle, c)
	p.alarm(c, p.Idle)
}

// wait waits for a process's end and tells it.
func (p *Process) wait(c *child) {
	err := c.cmd.Wait()
	p.mu.Lock()
	delete(p.procs, c)
	p.idle = slices.DeleteFunc(p.idle, func(other *child) bool { return other == c })
	c.timer.Stop()
	_ = c.conn.Close()
	gone := c.gone
	c.gone = nil
	if c.killed != nil {
		err = c.killed
	}
	p.mu.Unlock()
	if gone == nil {
		return
	}
	if err != nil {
		err = fmt.Errorf("executor process %d: %w", c.cmd.Process.Pid, err)
	}
	gone(err)
}

// pair returns the two ends of a socket: one for this process, and one for a child.
func pair() (ours net.Conn, theirs *os.File, err error) {
	syscall.ForkLock.RLock() // no child may get both ends
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, nil, fmt.Errorf("make a socket for the executor: %w", err)
	}
	mine, theirs := os.NewFile(uintptr(fds[0]), "executor"), os.NewFile(uintptr(fds[1]), "launcher")
	ours, err = net.FileConn(mine)
	if err = errors.Join(err, mine.Close()); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("make a socket for the executor: %w", err), theirs.Close())
	}
	return ours, theirs, nil
}
