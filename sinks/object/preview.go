package object

import (
	"bytes"
	"context"

	"github.com/mayfly-connect/mayfly/tasks"
)

// Preview returns a sink that makes objects and writes none: each goes to show instead.
func Preview(s *Settings, show func(name string, content []byte)) tasks.Sink { return preview{s, show} }

// preview is that sink, and its store, which is always empty.
type preview struct {
	settings *Settings
	show     func(name string, content []byte)
}

var _ Store = preview{}

func (p preview) Open(_ context.Context, t tasks.SinkTask) (tasks.Writer, error) {
	return NewWriter(p.settings, p, t)
}

func (preview) Close() error { return nil }

func (preview) Stat(context.Context, string) (Info, error) { return Info{}, nil }

func (preview) Describe(context.Context, string, string, Description) error { return nil }

func (p preview) Create(_ context.Context, name string, _ Options) (Upload, error) {
	return &shown{preview: p, name: name}, nil
}

// shown is an object that is shown once it is whole.
type shown struct {
	preview
	name string
	body bytes.Buffer
}

func (s *shown) Write(_ context.Context, p []byte) error {
	s.body.Write(p)
	return nil
}

func (s *shown) Commit(context.Context, uint32) (string, error) {
	s.show(s.name, s.body.Bytes())
	return "1", nil
}

func (s *shown) Abort() {}
