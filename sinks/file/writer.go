package file

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mayfly-connect/mayfly/tasks"
)

// writer appends a slice to a regular file, exactly once.
type writer struct {
	connector, path string
	task            tasks.SinkTask
	position        int64
	delivery        tasks.Delivery
	// buf holds the lines of records from position to end that are not written yet.
	buf []byte
	end int64
}

var _ tasks.Writer = (*writer)(nil)

// open cuts off what an executor that died has left, and adopts the position where the file stands beyond the slice's
// start (I5).
func (w *writer) open(ctx context.Context) error {
	return w.locked(ctx, func(f *os.File, s *sidecar) error {
		if err := f.Truncate(s.Length); err != nil {
			return w.retriable(err)
		}
		if p, ok := s.position(w.connector, lane(w.task.Slice)); ok {
			w.position = max(w.position, p)
		}
		return nil
	})
}

// locked calls do with the file and its sidecar under the lock. Errors of the file system are retriable: a disk that is
// full gets space again.
func (w *writer) locked(ctx context.Context, do func(*os.File, *sidecar) error) error {
	unlock, err := lock(ctx, w.path)
	if err != nil {
		return err
	}
	defer unlock()
	f, err := os.OpenFile(w.path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return w.retriable(err)
	}
	err = w.recorded(f, do)
	return errors.Join(err, w.retriable(f.Close()))
}

func (w *writer) recorded(f *os.File, do func(*os.File, *sidecar) error) error {
	info, err := f.Stat()
	if err != nil {
		return w.retriable(err)
	}
	s, exists, err := readSidecar(w.path)
	if err != nil {
		return err
	}
	if !exists { // what the file holds already is someone else's, and stays
		s.Length = info.Size()
		if err := s.write(w.path); err != nil {
			return w.retriable(err)
		}
	}
	if info.Size() < s.Length {
		// Someone has emptied or replaced the file, as people do with logs: what is there now is where to go on.
		w.task.Log.Warn("a file is shorter than what was written into it; its end is taken as it is",
			"file", w.path, "length", info.Size(), "written", s.Length)
		s.Length = info.Size()
		if err := s.write(w.path); err != nil {
			return w.retriable(err)
		}
	}
	return do(f, &s)
}

func (w *writer) retriable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return tasks.Retriable(fmt.Errorf("connector %s: write to %s: %w; make room on the disk: the slice is run again and nothing is lost", w.connector, w.path, err))
	}
	return tasks.Retriable(fmt.Errorf("connector %s: write to %s: %w", w.connector, w.path, err))
}

// stepSize is the number of bytes that are worth a durable step: a step waits for the disk three times.
const stepSize = 1 << 20

// Put takes records that the file does not hold yet, and writes them once there is enough. It may block on the lock and the
// disk.
func (w *writer) Put(ctx context.Context, records []tasks.Record) error {
	if len(records) == 0 {
		return nil
	}
	w.buf = appendLines(w.buf, records, w.position)
	w.end = records[len(records)-1].Raw.Offset + 1
	if len(w.buf) < stepSize {
		return nil
	}
	return w.step(ctx)
}

// step writes what Put has gathered. Data and position move together (I5), and only where the file still stands where this
// writer left it: a writer that wakes up late finds it elsewhere.
func (w *writer) step(ctx context.Context) error {
	if w.end <= w.position {
		w.buf = w.buf[:0]
		return nil
	}
	return w.locked(ctx, func(f *os.File, s *sidecar) error {
		at, ok := s.position(w.connector, lane(w.task.Slice))
		switch {
		case ok && at >= w.end: // another has written all of it
			w.position = at
		case ok && at > w.position:
			w.position = at
			w.buf = w.buf[:0]
			return tasks.Stale(fmt.Errorf("connector %s: write %s to %s: another executor has brought the stream to offset %d meanwhile; it goes on from there",
				w.connector, w.task.Slice, w.path, at))
		default:
			if err := w.write(f, s); err != nil {
				return w.retriable(errors.Join(err, w.undo(f)))
			}
			w.position = w.end
			w.delivery.Bytes += int64(len(w.buf))
		}
		w.buf = w.buf[:0]
		return nil
	})
}

// write appends and then records it: the data is on the disk before the position moves.
func (w *writer) write(f *os.File, s *sidecar) error {
	if err := f.Truncate(s.Length); err != nil { // what an executor that died has left
		return err
	}
	if _, err := f.WriteAt(w.buf, s.Length); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	s.Length += int64(len(w.buf))
	s.move(w.connector, lane(w.task.Slice), w.end)
	return s.write(w.path)
}

// undo gives the disk back the space of what is not recorded, after a write that failed.
func (w *writer) undo(f *os.File) error {
	s, exists, err := readSidecar(w.path)
	if err != nil || !exists {
		return err
	}
	return f.Truncate(s.Length)
}

// Position returns where the file stands.
func (w *writer) Position() int64 { return w.position }

// Finish writes what is left; every slice closes its tail.
func (w *writer) Finish(ctx context.Context, end int64) (tasks.Delivery, error) {
	if err := w.step(ctx); err != nil {
		return w.delivery, err
	}
	w.position = max(w.position, end)
	return w.delivery, nil
}

// Abort gives up what was not written yet.
func (w *writer) Abort() { w.buf, w.end = nil, 0 }
