package file

import (
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

// preview is the sink that shows what it would append.
type preview struct {
	name string
	show func(name string, content []byte)
}

// Open returns a writer like that of a file which is no regular one.
func (p preview) Open(_ context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	return &stream{out: p, name: p.name, slice: t.Slice, position: t.Slice.From}, nil
}

// Close does nothing.
func (preview) Close() error { return nil }

// Write implements io.Writer.
func (p preview) Write(b []byte) (int, error) {
	p.show(p.name, b)
	return len(b), nil
}
