package spooldir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mayfly-connect/mayfly/sources/text"
	"github.com/mayfly-connect/mayfly/tasks"
)

// Source reads the files of one directory. It keeps nothing between calls.
type Source struct {
	settings
	format format
}

var _ tasks.Source = (*Source)(nil)

// settle is how long a file must not have been written before a last row without a line end counts as a whole row.
// A file whose time is a little ahead, by the clock of another machine, is as fresh.
const (
	settle = time.Second
	skew   = time.Minute
)

// Splits lists the files in the order of their names. A file that was read to its end, but that an executor had no time to
// clean up, is cleaned up here.
func (s *Source) Splits(ctx context.Context, committed func(split string) tasks.Position) ([]tasks.Split, error) {
	entries, err := os.ReadDir(s.input)
	if err != nil {
		return nil, s.explain(fmt.Errorf("list %s (configuration key %s): %w", s.input, inputPathKey, err))
	}
	now := time.Now()
	var splits []tasks.Split
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, tasks.Retriable(err)
		}
		if e.IsDir() || !s.pattern.MatchString(e.Name()) {
			continue
		}
		split, err := s.split(e.Name(), now, committed)
		if errors.Is(err, fs.ErrNotExist) {
			continue // an executor has moved it since
		}
		if err != nil {
			return nil, s.explain(fmt.Errorf("file %s: %w", filepath.Join(s.input, e.Name()), err))
		}
		if split.Split != "" {
			splits = append(splits, split)
		}
	}
	return splits, nil
}

// split looks at one file; the zero split when it is not to be read yet, or is empty.
func (s *Source) split(name string, now time.Time, committed func(string) tasks.Position) (tasks.Split, error) {
	f, err := os.Open(filepath.Join(s.input, name))
	if err != nil {
		return tasks.Split{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return tasks.Split{}, err
	}
	age := now.Sub(info.ModTime())
	split := tasks.Split{Split: splitOf(name)}
	since, err := parsePosition(committed(split.Split))
	if err != nil {
		return tasks.Split{}, tasks.Fatal(err)
	}
	h, err := readHead(f)
	if err != nil {
		return tasks.Split{}, err
	}
	size := info.Size()
	if err := h.check(since, size); err != nil {
		return tasks.Split{}, tasks.Fatal(err)
	}
	if !info.Mode().IsRegular() || size == 0 || s.minimumAge > 0 && age < s.minimumAge {
		return tasks.Split{}, nil
	}
	end, err := s.format.end(f, size)
	if err != nil {
		return tasks.Split{}, err
	}
	if since.Offset >= end && end > 0 {
		return split, s.finish(name)
	}
	if end == size && -skew < age && age < settle {
		if end, err = lastLineEnd(f, since.Offset, size); err != nil {
			return tasks.Split{}, err
		}
	}
	start := since.Offset
	if start == 0 {
		if _, start, err = s.format.begin(text.NewWindow(f, 0, end)); err != nil {
			return tasks.Split{}, s.beginError(err)
		}
	}
	if end > start {
		split.End, split.Pending = h.position(end), end-start
	}
	return split, nil
}

// lastLineEnd returns the offset behind the last line end in [from, size), or from.
func lastLineEnd(f readerAt, from, size int64) (int64, error) {
	end := from
	err := text.ScanBack(f, from, size, func(block []byte, at int64) bool {
		for i := len(block) - 1; i >= 0; i-- {
			if block[i] == '\n' {
				end = at + int64(i) + 1
				return true
			}
		}
		return false
	})
	return end, err
}

// Open returns a reader of a slice. The file may have been moved since the slice was granted: a slice that is run again
// finds it in finished.path or error.path.
func (s *Source) Open(_ context.Context, t tasks.SourceTask) (tasks.Reader, error) {
	name, err := nameOf(t.Slice.Stream.Split)
	if err == nil && (name != filepath.Base(name) || name == "." || name == "..") {
		err = fmt.Errorf("source partition %s: the file name must not lead to another directory", t.Slice.Stream.Split)
	}
	if err != nil {
		return nil, tasks.Fatal(err)
	}
	f, err := s.find(name)
	if err != nil {
		return nil, err
	}
	r, err := s.newReader(f, name, t)
	if err != nil {
		_ = f.Close()
		return nil, s.explain(fmt.Errorf("file %s: %w", f.Name(), err))
	}
	return r, nil
}

func (s *Source) find(name string) (*os.File, error) {
	for _, dir := range []string{s.input, s.finished, s.failed} {
		if dir == "" {
			continue
		}
		f, err := os.Open(filepath.Join(dir, name))
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, s.explain(fmt.Errorf("open %s: %w", filepath.Join(dir, name), err))
		}
	}
	if _, err := os.Stat(s.input); err != nil {
		return nil, s.explain(fmt.Errorf("open %s (configuration key %s): %w", s.input, inputPathKey, err))
	}
	return nil, tasks.Fatal(fmt.Errorf("file %s is gone from %s while it was to be read; put it back, or reset its offset", name, s.input))
}

// Close has nothing to give back.
func (s *Source) Close() error { return nil }

// explain gives an error a kind if it has none: a missing directory may be mounted again, a permission must be granted by
// a person.
func (s *Source) explain(err error) error {
	if tasks.KindOf(err) != tasks.KindFatal {
		return err
	}
	if errors.Is(err, fs.ErrPermission) {
		return tasks.Fatal(fmt.Errorf("%w; let the executor's user read it", err))
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return tasks.Retriable(err)
	}
	return tasks.Fatal(err)
}

// beginError says what is wrong with a file's beginning.
func (s *Source) beginError(err error) error {
	if e, ok := errors.AsType[*rowError](err); ok {
		return tasks.Fatal(fmt.Errorf("header, %s", e.text()))
	}
	return err
}
