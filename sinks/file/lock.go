package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mayfly-connect/mayfly/tasks"
)

// lockPause is how long to wait before a lock that another holds is tried again. A lock is held for one write.
const lockPause = 5 * time.Millisecond

// lock takes the lock on a file's contents, across processes. It is a file of its own, since the sidecar is replaced. The
// kernel gives it back when its holder dies. It blocks until it has the lock or ctx ends.
func lock(ctx context.Context, file string) (unlock func(), err error) {
	path := sidecarPath(file) + ".lock"
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, tasks.Retriable(fmt.Errorf("lock %s: %w", file, err))
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil // closing gives the lock back
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, tasks.Retriable(errors.Join(fmt.Errorf("lock %s: %w", file, err), f.Close()))
		}
		select {
		case <-ctx.Done():
			return nil, tasks.Retriable(errors.Join(fmt.Errorf("lock %s, which another executor holds: %w", file, ctx.Err()), f.Close()))
		case <-time.After(lockPause):
		}
	}
}
