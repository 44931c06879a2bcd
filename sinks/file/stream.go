package file

import (
	"context"
	"fmt"
	"io"

	"github.com/mayfly-connect/mayfly/tasks"
)

// stream writes to what is no regular file: at least once.
type stream struct {
	out      io.Writer
	closer   io.Closer // nil for the standard output
	name     string
	slice    tasks.Slice
	position int64
	written  int64
	buf      []byte
}

var _ tasks.Writer = (*stream)(nil)

func (s *stream) Put(_ context.Context, records []tasks.Record) error {
	if len(records) == 0 {
		return nil
	}
	s.buf = appendLines(s.buf[:0], records, s.position)
	n, err := s.out.Write(s.buf)
	s.written += int64(n)
	if err != nil {
		return tasks.Retriable(fmt.Errorf("write to %s: %w", s.name, err))
	}
	s.position = max(s.position, records[len(records)-1].Raw.Offset+1)
	return nil
}

func (s *stream) Position() int64 { return s.position }

func (s *stream) Finish(_ context.Context, end int64) (tasks.Delivery, error) {
	s.position = max(s.position, end)
	return tasks.Delivery{Bytes: s.written}, nil
}

func (s *stream) Abort() {
	if s.closer != nil {
		_ = s.closer.Close() // what was written is with the reader
		s.closer = nil
	}
}
