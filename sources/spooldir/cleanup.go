package spooldir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mayfly-connect/mayfly/tasks"
)

// finish does to a file that was read to its end what cleanup.policy says. It is safe to call again.
func (s *Source) finish(name string) error {
	switch s.cleanup {
	case cleanupDelete:
		if err := os.Remove(filepath.Join(s.input, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return tasks.Fatal(fmt.Errorf("delete finished file: %w", err))
		}
	case cleanupMove:
		return s.move(name, s.finished, finishedPathKey)
	}
	return nil
}

// move moves a file out of input.path; a file that is not there any more was moved before. It never replaces a file.
func (s *Source) move(name, dir, key string) error {
	from, to := filepath.Join(s.input, name), filepath.Join(dir, name)
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(to); err == nil {
		return tasks.Fatal(fmt.Errorf("move %s to %s (configuration key %s): a file of that name is there already; remove one of them", from, dir, key))
	}
	err := os.Rename(from, to)
	if err == nil || errors.Is(err, fs.ErrNotExist) && !exists(from) {
		return nil
	}
	return tasks.Fatal(fmt.Errorf("move %s to %s (configuration key %s): %w; the directory must exist, be writable, and be on the same file system as %s",
		from, dir, key, err, inputPathKey))
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
