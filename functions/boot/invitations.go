package boot

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/mayfly-connect/mayfly/tasks"
)

// What an executor process says to its launcher, on the socket of [NextEnv]. What the launcher says are invitations, a line each,
// and the socket's end when there are no more.
const (
	// SaysAlive is said at the beginning of each invitation and every [Beat] from then on: whoever does not say it hangs.
	SaysAlive = '.'
	// SaysDone is said when an invitation's leases are all reported, and another one may come.
	SaysDone = '\n'
)

// Beat is the pause between two signs of life.
const Beat = 500 * time.Millisecond

// Invitations are those of one executor process: the first comes from standard input, whole, and the others, if any, over a
// socket from its launcher. That the launcher is gone does not end the invitation that it had given.
type Invitations struct {
	first    io.Reader
	launcher net.Conn // nil where there is nobody to talk to
	lines    *bufio.Reader
	calm     func() // ends the signs of life of the invitation at hand
}

// Receive returns the invitations of this process: next is the descriptor of the launcher's socket, zero for none.
func Receive(first io.Reader, next int) (*Invitations, error) {
	in := &Invitations{first: first, calm: func() {}}
	if next == 0 {
		return in, nil
	}
	f := os.NewFile(uintptr(next), "launcher")
	if f == nil {
		return nil, fmt.Errorf("talk to the launcher: %s cannot be %d", NextEnv, next)
	}
	conn, err := net.FileConn(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("talk to the launcher over the descriptor %d of %s: %w", next, NextEnv, err)
	}
	in.launcher, in.lines = conn, bufio.NewReaderSize(conn, 16<<10)
	return in, nil
}

// Next says that the former invitation is done, and returns another one, or io.EOF when there is none or ctx ends.
func (in *Invitations) Next(ctx context.Context) (*tasks.Invitation, error) {
	in.calm()
	b, err := in.take(ctx)
	if err != nil {
		return nil, err
	}
	inv, err := tasks.DecodeInvitation(b)
	if err == nil {
		in.calm = in.beat()
	}
	return inv, err
}

// Close says nothing more.
func (in *Invitations) Close() {
	in.calm()
	if in.launcher != nil {
		_ = in.launcher.Close()
	}
}

// take returns the next invitation's JSON.
func (in *Invitations) take(ctx context.Context) ([]byte, error) {
	if in.first != nil {
		b, err := io.ReadAll(io.LimitReader(in.first, tasks.InvitationLimit+1))
		in.first = nil
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the invitation: %w", err)
		case len(b) > tasks.InvitationLimit:
			return nil, fmt.Errorf("read the invitation: it has more than %d bytes", tasks.InvitationLimit)
		}
		return b, nil
	}
	if in.launcher == nil {
		return nil, io.EOF
	}
	in.say(SaysDone)
	defer context.AfterFunc(ctx, func() { _ = in.launcher.SetReadDeadline(time.Now()) })()
	b, err := in.lines.ReadBytes('\n')
	if err != nil {
		return nil, io.EOF // the launcher has no more, or it is gone, perhaps amid a line: then nobody counts on that one
	}
	return b, nil
}

// beat says that this process lives, until the returned function is called.
func (in *Invitations) beat() (calm func()) {
	if in.launcher == nil {
		return func() {}
	}
	in.say(SaysAlive)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(Beat)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				in.say(SaysAlive)
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		in.calm = func() {}
	}
}

// say tells the launcher, if it still is there and listens.
func (in *Invitations) say(what byte) {
	_ = in.launcher.SetWriteDeadline(time.Now().Add(Beat))
	_, _ = in.launcher.Write([]byte{what})
}
